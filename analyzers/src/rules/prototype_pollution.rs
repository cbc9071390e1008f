//! CWE-1321: keys from outside that reach the prototype of every object.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::script::{is_answer, requested};
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

mod merge;

pub(crate) const RULE: Rule = Rule {
    id: "prototype-pollution",
    cwe: &[1321, 915, 400],
    severity: Severity::High,
    summary: "A key from outside can be `__proto__` or `constructor`, and change every object of the program.",
    advice: "Refuse the keys `__proto__`, `constructor` and `prototype`, or keep such values in a Map or an object without prototype.",
    rows: &[
        javascript_row(&[Kind::Assign], check_assign),
        javascript_row(&[Kind::Call], check_call),
        javascript_row(&[Kind::Unary], check_delete),
    ],
    bad: &[
        javascript(
            "const extend = (into, from) => { Object.keys(from).forEach((key) => { if (isObject(from[key])) { into[key] = extend(into[key] || {}, from[key]); } else { into[key] = from[key]; } }); return into; };\n",
        ),
        javascript("app.delete('/:key', (req, res) => { delete settings[req.params.key]; res.end(); });\n"),
        javascript(
            "function merge(dst, src) { for (const key in src) { if (typeof src[key] === 'object') merge(dst[key], src[key]); else dst[key] = src[key]; } return dst; }\n",
        ),
        javascript("const _ = require('lodash');\napp.post('/', (req, res) => { _.merge({}, req.body); });\n"),
        javascript("app.post('/', (req, res) => { table[req.body.a][req.body.b] = req.body.c; });\n"),
    ],
    good: &[
        javascript(
            "function cast(model, object) { for (const key of Object.keys(object)) { object[key] = cast(model, object[key]); } return object; }\n",
        ),
        javascript(
            "function merge(dst, src) { for (const key in src) { if (key === '__proto__' || key === 'constructor') continue; if (typeof src[key] === 'object') merge(dst[key], src[key]); else dst[key] = src[key]; } return dst; }\n",
        ),
        javascript("function copy(dst, src) { for (const key in src) dst[key] = src[key]; return dst; }\n"),
        javascript("const _ = require('lodash');\napp.post('/', (req, res) => { _.merge({}, defaults); });\n"),
    ],
};

fn report(context: &Context<'_>, node: NodeId, confidence: Confidence, found: &mut Findings) {
    let message = "A key from outside can be `__proto__` and change every object of the program.";
    found.push(context, Report::issue(node, concept::PROTOTYPE_KEY, message).confidence(confidence));
}

fn check_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(target) = tree.child(assign, Field::Target).filter(|&target| context.kind(target) == Kind::Subscript)
    else {
        return;
    };
    let (Some(object), Some(index)) = (tree.child(target, Field::Object), tree.child(target, Field::Index)) else {
        return;
    };
    if merge::pollutes(context, target, object, index) {
        return report(context, assign, Confidence::Medium, found);
    }
    let inner = tree
        .child(context.value(object), Field::Index)
        .filter(|_| context.kind(context.value(object)) == Kind::Subscript);
    let nested =
        inner.and_then(|inner| requested(context, inner, Purposes::CODE)).filter(|taint| !taint.origin.checked);
    if nested.is_some() {
        return report(context, assign, Confidence::High, found);
    }
    if context.path(object) == "process.env" {
        return;
    }
    // `object[key] = …` with a key that the request gives as it is.
    let Some(taint) = requested(context, index, Purposes::CODE).filter(|taint| !taint.origin.checked) else { return };
    let fixed = matches!(context.kind(context.value(index)), Kind::Template | Kind::Binary);
    let request = matches!(context.source(object), "req" | "request" | "ctx" | "res" | "this");
    if !fixed && !request && context.kind(context.value(object)) != Kind::Subscript && !is_map(context, object) {
        let message = "A request names the property that is written.";
        let report = Report::issue(assign, concept::PROTOTYPE_KEY, message).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
    }
}

/// An object that has no prototype.
fn is_map(context: &Context<'_>, object: NodeId) -> bool {
    let value = context.value(object);
    context.kind(value) == Kind::Call && context.callee(value) == "Object.create"
}

/// Functions that merge deeply, and the first of their arguments that is merged in.
const MERGES: &[(&str, usize)] = &[
    ("lodash.merge", 1),
    ("lodash.mergeWith", 1),
    ("lodash.defaultsDeep", 1),
    ("lodash.set", 1),
    ("lodash.setWith", 1),
    ("lodash/merge", 1),
    ("lodash/set", 1),
    ("lodash.merge.default", 1),
    ("_.merge", 1),
    ("_.mergeWith", 1),
    ("_.defaultsDeep", 1),
    ("_.set", 1),
    ("merge", 1),
    ("deepmerge", 1),
    ("deep-extend", 1),
    ("merge-deep", 1),
    ("merge.recursive", 1),
    ("defaults-deep", 1),
    ("just-extend", 1),
    ("node.extend", 1),
    ("webix.extend", 1),
    ("webix.copy", 1),
    ("hoek.merge", 1),
    ("@hapi/hoek.merge", 1),
];

/// `delete object[key]`
fn check_delete(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.name(node) != "delete" {
        return;
    }
    let target = context.tree().child(node, Field::Value).filter(|&target| context.kind(target) == Kind::Subscript);
    if let Some(index) = target.and_then(|target| context.tree().child(target, Field::Index)) {
        chosen(context, node, index, "A request names the property that is removed.", found);
    }
}

fn chosen(context: &Context<'_>, node: NodeId, name: NodeId, message: &str, found: &mut Findings) {
    let fixed = matches!(context.kind(context.value(name)), Kind::Template | Kind::Binary);
    if let Some(taint) = requested(context, name, Purposes::CODE).filter(|taint| !fixed && !taint.origin.checked) {
        let report = Report::issue(node, concept::PROTOTYPE_KEY, message).cwe(&[250, 400, 915, 1321]);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium).trace(taint.trace));
    }
}

fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if matches!(path, "Object.defineProperty" | "Reflect.set" | "Reflect.defineProperty")
        && let Some(name) = context.positional(call, 1)
    {
        return chosen(context, call, name, "A request names the property that is written.", found);
    }
    if matches!(context.method(call), "setHeader" | "header" | "set")
        && context.positional(call, 1).is_some()
        && context.object(call).is_some_and(|object| is_answer(context, object))
        && let Some(name) = context.positional(call, 0)
    {
        return chosen(context, call, name, "A request names the header that is set.", found);
    }
    // `$.extend(true, {}, …)`
    let deep = matches!(path, "$.extend" | "jquery.extend" | "jQuery.extend" | "extend" | "angular.merge")
        && (path == "angular.merge"
            || context.positional(call, 0).and_then(|first| context.truth(first)) == Some(true));
    let Some(from) = MERGES.iter().find(|(name, _)| *name == path).map(|&(_, at)| at).or(deep.then_some(1)) else {
        return;
    };
    // A function of the unit is looked at itself.
    if context.flow().data().called(call).is_some() {
        return;
    }
    for part in context.tree().positional(call).skip(from).take(6) {
        if let Some(taint) = requested(context, part, Purposes::CODE).filter(|taint| !taint.origin.checked) {
            let message = "An object from a request is merged in with all its keys.";
            let report = Report::issue(call, concept::PROTOTYPE_KEY, message).confidence(taint.confidence);
            return found.push(context, report.trace(taint.trace));
        }
    }
}
