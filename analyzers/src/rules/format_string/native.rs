//! CWE-134: a format that is not constant.

use crate::concept;
use crate::finding::Confidence;
use crate::graph::dfg::Value;
use crate::lang::memory::{self, Gives};
use crate::rule::c::types::{Type, type_of};
use crate::rule::c::{arguments, declared, library};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Where a call has its format.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Place {
    /// Its place among the arguments.
    pub(in crate::rules) at: usize,
    /// It reads (`scanf`) rather than prints.
    pub(in crate::rules) scans: bool,
    /// Its arguments come as one list (`vprintf`).
    pub(in crate::rules) list: bool,
    /// It prints wide characters.
    pub(in crate::rules) wide: bool,
}

/// Library functions with a format, and its place.
const FORMATS: &[(&str, usize)] = &[
    ("printf", 0),
    ("wprintf", 0),
    ("_tprintf", 0),
    ("fprintf", 1),
    ("fwprintf", 1),
    ("dprintf", 1),
    ("sprintf", 1),
    ("wsprintf", 1),
    ("wsprintfA", 1),
    ("wsprintfW", 1),
    ("swprintf", 2),
    ("snprintf", 2),
    ("_snprintf", 2),
    ("_snwprintf", 2),
    ("sprintf_s", 2),
    ("asprintf", 1),
    ("syslog", 1),
    ("err", 1),
    ("errx", 1),
    ("warn", 0),
    ("warnx", 0),
    ("error", 2),
    ("printk", 0),
    ("setproctitle", 0),
    ("g_print", 0),
    ("g_printf", 0),
    ("g_printerr", 0),
    ("g_strdup_printf", 0),
    ("StringCchPrintf", 2),
    ("StringCchPrintfA", 2),
    ("StringCchPrintfW", 2),
    ("StringCbPrintf", 2),
    ("vprintf", 0),
    ("vwprintf", 0),
    ("vfprintf", 1),
    ("vfwprintf", 1),
    ("vdprintf", 1),
    ("vsprintf", 1),
    ("vsnprintf", 2),
    ("_vsnprintf", 2),
    ("vswprintf", 2),
    ("vasprintf", 1),
    ("vsyslog", 1),
    ("verr", 1),
    ("vwarn", 0),
    ("scanf", 0),
    ("wscanf", 0),
    ("fscanf", 1),
    ("fwscanf", 1),
    ("sscanf", 1),
    ("swscanf", 1),
    ("vscanf", 0),
    ("vfscanf", 1),
    ("vsscanf", 1),
];

/// Where the format of a call stands, if it is one of the library's or of a variadic function of the unit.
pub(in crate::rules) fn place(context: &Context<'_>, call: NodeId) -> Option<Place> {
    let name = library(context, call);
    if let Some(&(_, at)) = FORMATS.iter().find(|(known, _)| *known == name) {
        let bare = name.trim_start_matches('_');
        let list = bare.starts_with('v');
        let wide = bare.contains("wprintf") || name.ends_with('W') || bare.contains("wscanf");
        return Some(Place { at, scans: name.contains("scanf"), list, wide });
    }
    let function = context.flow().data().called(call)?;
    let parameters = parameters(context, function);
    if let Some(at) = parameters.iter().position(|&part| is_printed_as_format(context, function, part)) {
        return Some(Place { at, scans: false, list: true, wide: false });
    }
    let last = *parameters.last().filter(|_| is_variadic(context, function))?;
    let text = context.source(last);
    // Its name says what it is, or it is handed on as a format.
    let says = ["fmt", "format", "frmt", "template"].iter().any(|name| text.to_ascii_lowercase().contains(name));
    let body = context.tree().child(function, Field::Body)?;
    let hands_on = context.tree().subtree(body).take(2_000).any(|inner| {
        context.kind(inner) == Kind::Call && {
            let callee = context.callee(inner);
            callee.trim_start_matches('_').starts_with('v') && FORMATS.iter().any(|(known, _)| *known == callee)
        }
    });
    (text.contains("char") && (says || hands_on)).then_some(Place {
        at: parameters.len() - 1,
        scans: false,
        list: false,
        wide: false,
    })
}

/// Whether a function does nothing to a parameter but give it to `printf` as the format.
fn is_printed_as_format(context: &Context<'_>, function: NodeId, parameter: NodeId) -> bool {
    let tree = context.tree();
    let Some(body) = tree.child(function, Field::Body) else { return false };
    let name = context.name(parameter);
    !name.is_empty()
        && !is_variadic(context, function)
        && tree.subtree(body).take(1_000).filter(|&inner| context.kind(inner) == Kind::Call).any(|inner| {
            let callee = library(context, inner);
            let place = FORMATS.iter().find(|(known, _)| *known == callee);
            let format = place.and_then(|&(_, at)| tree.positional(inner).nth(at));
            format.is_some_and(|format| context.source(format) == name)
        })
}

fn parameters(context: &Context<'_>, function: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    tree.children(function).filter(|&part| tree.kind(part) == Kind::Parameter).take(32).collect()
}

fn is_variadic(context: &Context<'_>, function: NodeId) -> bool {
    let tree = context.tree();
    let end = tree.child(function, Field::Body).map_or(tree.span(function).end, |body| tree.span(body).start);
    crate::rule::c::between(context, tree.span(function).start, end).contains("...")
}

/// Checks a node.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(place) = place(context, call) else { return };
    let given = arguments(context, call);
    let Some(&format) = given.get(place.at) else { return };
    if matches!(context.kind(format), Kind::Number | Kind::Null) || is_translated(context, format) {
        return;
    }
    let bare = given.len() == place.at + 1;
    match context.exposure(format, Purposes::CODE) {
        Exposure::Constant | Exposure::Harmless => {}
        Exposure::Tainted(taint) => {
            let source = taint.origin.source;
            let from_outside = !matches!(source, Source::Parameter | Source::Unknown);
            // Where the unit calls the function, what it hands over is judged there.
            let function = context.function(call);
            if context.kind(format) == Kind::Name
                && function.is_some_and(|function| !context.flow().callers(function).is_empty())
                && is_parameter(context, format)
            {
                return;
            }
            if is_settled(context, format, 0) {
                return;
            }
            if !from_outside && (is_handed_on(context, format) || !bare || place.scans) {
                return found.push(context, Report::audit(call, concept::FORMAT_STRING, "The format is not constant."));
            }
            let message = format!("The format is {}: directives in it read and write memory.", taint.source());
            let sure = if from_outside { Confidence::High } else { Confidence::Medium };
            found.push(
                context,
                Report::issue(call, concept::FORMAT_STRING, message).confidence(sure).trace(taint.trace),
            );
        }
        Exposure::Unclear => {
            if is_settled(context, format, 0) {
                return;
            }
            let value = context.value(format);
            let member = matches!(context.kind(value), Kind::Attribute | Kind::Subscript | Kind::New);
            let report = if bare && !place.list && !member {
                let message = "The format is not constant: directives in it read and write memory.";
                Report::issue(call, concept::FORMAT_STRING, message).confidence(Confidence::Medium)
            } else {
                Report::audit(call, concept::FORMAT_STRING, "The format is not constant.")
            };
            found.push(context, report);
        }
    }
}

fn is_parameter(context: &Context<'_>, node: NodeId) -> bool {
    let data = context.flow().data();
    data.definitions_of(node).iter().all(|&at| matches!(data.definitions[at as usize].value, Value::Parameter(_)))
}

/// Whether a text is made of constants alone, through copies, places in them, and calls that are given nothing else.
fn is_settled(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    if depth > 8 {
        return false;
    }
    let tree = context.tree();
    let below = |node: NodeId| is_settled(context, node, depth + 1);
    match context.kind(node) {
        Kind::String | Kind::Template | Kind::Null | Kind::Number => true,
        Kind::Name => {
            let data = context.flow().data();
            let definitions = data.definitions_of(node);
            let local =
                declared(context, node).is_some_and(|own| !own.parameter && (own.array || !definitions.is_empty()));
            let constant = declared(context, node).is_some_and(|own| {
                let head = context.source(own.node).split('=').next().unwrap_or_default();
                own.array && head.contains("const")
            });
            constant
                || local
                    && definitions.iter().all(|&at| rest_is_settled(context, data.definitions[at as usize].node, depth))
                    && definitions.iter().all(|&at| match data.definitions[at as usize].value {
                        Value::Expression(value) => value == data.definitions[at as usize].node || below(value),
                        Value::Written(call, _) => {
                            match memory::writer(library(context, call)).map(|writer| writer.gives) {
                                Some(Gives::Same(at)) => tree.positional(call).nth(usize::from(at)).is_some_and(below),
                                Some(Gives::From(at)) => tree
                                    .positional(call)
                                    .skip(usize::from(at))
                                    .all(|part| below(part) || is_number(context, part)),
                                _ => false,
                            }
                        }
                        _ => false,
                    })
        }
        Kind::Conditional => {
            [Field::Body, Field::Else].into_iter().filter_map(|field| tree.child(node, field)).all(below)
        }
        Kind::Binary => {
            tree.child(node, Field::Left).is_some_and(below)
                || tree.child(node, Field::Right).is_some_and(below) && context.name(node) == "+"
        }
        Kind::Cast => tree.children_in(node, Field::Value).last().is_some_and(below),
        Kind::Tuple => tree.children(node).last().is_some_and(below),
        Kind::AugAssign => tree.child(node, Field::Target).is_some_and(below),
        Kind::Unary => tree.child(node, Field::Value).is_some_and(below),
        Kind::Subscript => tree.child(node, Field::Object).is_some_and(below),
        Kind::List => tree.children(node).all(below),
        Kind::Call => {
            let outside = context.flow().tainted(node, Purposes::CODE);
            if outside.is_some_and(|origin| !matches!(origin.source, Source::Parameter | Source::Unknown)) {
                return false;
            }
            let mut given = tree.positional(node).peekable();
            given.peek().is_some() && given.all(|part| below(part) || is_number(context, part))
        }
        _ => false,
    }
}

/// Whether what `buffer[n] = 0` leaves of the buffer is settled.
fn rest_is_settled(context: &Context<'_>, target: NodeId, depth: u32) -> bool {
    context.kind(target) != Kind::Subscript
        || context.tree().child(target, Field::Object).is_none_or(|object| is_settled(context, object, depth + 1))
}

fn is_number(context: &Context<'_>, node: NodeId) -> bool {
    matches!(type_of(context, node), Some(Type::Integer(..) | Type::Float(_)))
}

/// `gettext("…")` and its relatives.
fn is_translated(context: &Context<'_>, format: NodeId) -> bool {
    context.kind(format) == Kind::Call
        && matches!(
            context.callee(format),
            "gettext" | "_" | "__" | "N_" | "dgettext" | "dcgettext" | "ngettext" | "tr" | "TEXT" | "_T"
        )
}

/// Whether the format is a parameter of a function that is variadic or takes an argument list itself.
fn is_handed_on(context: &Context<'_>, format: NodeId) -> bool {
    let Some(function) = context.function(format) else { return false };
    let takes_list = parameters(context, function).iter().any(|&part| context.source(part).contains("va_list"));
    (takes_list || is_variadic(context, function) || context.source(function).starts_with('#'))
        && parameters(context, function).iter().any(|&part| context.name(part) == context.source(format))
}
