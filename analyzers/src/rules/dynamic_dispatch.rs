//! CWE-470: a function of a dangerous module that is chosen at run time.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

mod go;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "dynamic-dispatch",
    cwe: &[470],
    severity: Severity::Medium,
    summary: "Which function of a dangerous module runs is chosen at run time.",
    advice: "Write the functions that may run into a table, and look the name up there.",
    rows: &[
        go_row(&[Kind::Call], go::check),
        python_row(&[Kind::Call], check_getattr),
        python_row(&[Kind::Subscript], check_subscript),
        javascript_row(&[Kind::Call, Kind::New], script::check),
    ],
    bad: &[
        golang(
            "package p\nimport (\"net/http\"; \"reflect\")\nfunc run(w http.ResponseWriter, r *http.Request) {\n\tname := r.URL.Query().Get(\"action\")\n\treflect.ValueOf(&Admin{}).MethodByName(name).Call(nil)\n}\n",
        ),
        python("import os\ndef call(name, value):\n    return getattr(os, name)(value)\n"),
        python("import subprocess\ndef call(name, value):\n    return subprocess.__dict__[name](value)\n"),
        python("def call(name, value):\n    return __import__(name).system(value)\n"),
        python(
            "from flask import request\nimport handlers\ndef call():\n    return getattr(handlers, request.args['f'])()\n",
        ),
        javascript("app.get('/:action', (req, res) => { actions[req.params.action](res); });\n"),
        javascript(
            "window.addEventListener('message', ev => { const m = JSON.parse(ev.data); window[m.name](m.payload); });\n",
        ),
        javascript("app.get('/:a', (req, res) => { const f = table[req.params.a]; res.end(f(1)); });\n"),
    ],
    good: &[
        golang(
            "package p\nimport (\"net/http\"; \"reflect\")\nfunc run(w http.ResponseWriter, r *http.Request) {\n\treflect.ValueOf(&Admin{}).MethodByName(\"Handle\" + r.FormValue(\"action\")).Call(nil)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"reflect\")\nvar known = map[string]bool{\"List\": true}\nfunc run(w http.ResponseWriter, r *http.Request) {\n\tname := r.FormValue(\"action\")\n\tif !known[name] {\n\t\treturn\n\t}\n\treflect.ValueOf(&Admin{}).MethodByName(name).Call(nil)\n}\n",
        ),
        python("import os\ndef f():\n    return getattr(os, 'O_BINARY', 0)\n"),
        python(
            "import os\ndef f(name):\n    if name not in ('getcwd', 'getpid'):\n        raise ValueError(name)\n    return getattr(os, name)()\n",
        ),
        python("def f(shop, field):\n    return getattr(shop, field)\n"),
        python("class A:\n    def act(self, verb):\n        return getattr(self, 'do_' + verb)()\n"),
        python("import math\ndef f(name, value):\n    return getattr(math, name)(value)\n"),
        javascript(
            "app.get('/:a', (req, res) => { if (actions.hasOwnProperty(req.params.a)) { actions[req.params.a](res); } });\n",
        ),
        javascript("app.get('/:a', (req, res) => { const f = actions.get(req.params.a); if (f) f(res); });\n"),
        javascript("function run(steps) { for (const name of ['a', 'b']) steps[name](); }\n"),
    ],
};

/// Modules whose functions run programs or code, or touch files.
const DANGEROUS: &[&str] = &[
    "os",
    "subprocess",
    "builtins",
    "__builtins__",
    "__builtin__",
    "posix",
    "sys",
    "shutil",
    "pickle",
    "marshal",
    "ctypes",
    "importlib",
    "commands",
    "pty",
];

/// Whether an expression is a module that can do harm, or one whose name is not known.
fn is_dangerous(context: &Context<'_>, node: NodeId) -> bool {
    let path = context.path(node);
    if DANGEROUS.contains(&path) {
        return true;
    }
    let value = context.value(node);
    context.kind(value) == Kind::Call
        && matches!(context.callee(value), "__import__" | "importlib.import_module")
        && context.positional(value, 0).is_some_and(|name| context.tainted(name, Purposes::CODE).is_some())
}

fn check_getattr(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let (object, name) = match context.callee(call) {
        "getattr" => (context.positional(call, 0), context.positional(call, 1)),
        path if path.ends_with("__getattribute__") => (context.object(call), context.positional(call, 0)),
        _ => {
            // `__import__(name).system(…)`
            return unknown_module(context, call, found);
        }
    };
    let (Some(object), Some(name)) = (object, name) else { return };
    chosen(context, call, object, name, found);
}

/// A function with a dangerous name of a module that is chosen at run time.
fn unknown_module(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(
        context.method(call),
        "system"
            | "popen"
            | "Popen"
            | "run"
            | "call"
            | "check_output"
            | "check_call"
            | "getoutput"
            | "exec"
            | "eval"
            | "loads"
    ) {
        return;
    }
    let Some(object) = context.object(call).map(|object| context.value(object)) else { return };
    let imports = context.kind(object) == Kind::Call
        && matches!(context.callee(object), "__import__" | "importlib.import_module");
    let unknown =
        imports && context.positional(object, 0).is_some_and(|name| context.tainted(name, Purposes::CODE).is_some());
    if unknown {
        report(context, call, Confidence::Medium, found);
    }
}

/// `module.__dict__[name]`, `vars(module)[name]`.
fn check_subscript(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(table), Some(name)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else { return };
    let called = tree.field(node) == Field::Callee;
    let object = match context.kind(table) {
        Kind::Attribute if context.name(table) == "__dict__" => tree.child(table, Field::Object),
        Kind::Call if context.callee(table) == "vars" => context.positional(table, 0),
        // The globals hold every function of the program.
        Kind::Call if called && matches!(context.callee(table), "globals" | "locals") => {
            let outside = context
                .tainted(name, Purposes::CODE)
                .filter(|taint| taint.origin.source >= Source::Network && !taint.origin.checked);
            if outside.is_some() {
                report(context, node, Confidence::High, found);
            }
            return;
        }
        Kind::Name if matches!(context.path(table), "__builtins__" | "builtins") => Some(table),
        _ => None,
    };
    if let Some(object) = object {
        chosen(context, node, object, name, found);
    }
}

fn chosen(context: &Context<'_>, sink: NodeId, object: NodeId, name: NodeId, found: &mut Findings) {
    if context.string(name).is_some() {
        return;
    }
    let Some(taint) = context.tainted(name, Purposes::CODE) else { return };
    let tree = context.tree();
    let strong = matches!(taint.origin.source, Source::Request | Source::Network | Source::Input);
    let called = tree.field(sink) == Field::Callee;
    if is_dangerous(context, object) {
        // A loader of what a name says gives the attribute back and does not call it.
        let loads = !called && !strong && context.kind(context.value(object)) == Kind::Call;
        if !taint.origin.checked && !loads {
            report(context, sink, if strong { Confidence::High } else { Confidence::Medium }, found);
        }
    } else if strong && called && !taint.origin.checked && whole(context, name) {
        report(context, sink, Confidence::Medium, found);
    }
}

/// Whether the name comes as it is, without a prefix of the program's.
fn whole(context: &Context<'_>, name: NodeId) -> bool {
    !matches!(context.kind(context.value(name)), Kind::Template | Kind::Binary)
}

fn report(context: &Context<'_>, node: NodeId, confidence: Confidence, found: &mut Findings) {
    let message = "Which function runs is chosen at run time, and the module has dangerous ones.";
    found.push(context, Report::issue(node, concept::DYNAMIC_IMPORT, message).confidence(confidence));
}
