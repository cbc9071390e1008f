//! CWE-457: a variable is read before it has a value.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::paths::{Next, after, evaluated};
use crate::rule::c::{declarations, declared, integer};
use crate::rule::{Context, Findings, Report, Rule, c, c_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "uninitialised",
    cwe: &[457, 665, 908],
    severity: Severity::Medium,
    summary: "A variable is read before it has a value.",
    advice: "Give the variable a value where it is declared, or on every way to its first use.",
    rows: &[c_row(&[Kind::Assign], check)],
    bad: &[
        c("int f(void) { int n; return n + 1; }\n"),
        c("int f(int a) { int n; if (a) { return n; } n = 1; return n; }\n"),
        c("void f(void) { char *p; *p = 'x'; }\n"),
    ],
    good: &[
        c("int f(void) { int n = 0; return n + 1; }\n"),
        c("int f(int a) { int n; if (a) n = 1; else n = 2; return n; }\n"),
        c("int f(void) { int n; get(&n); return n; }\n"),
        c("int f(void) { static int n; return n++; }\n"),
        c("int f(void) { int n; return sizeof(n); }\n"),
        c("int f(void) { int i, s = 0; for (i = 0; i < 3; i++) s += i; return s; }\n"),
        c("int f(int a) { int n; switch (a) { case 1: n = 1; break; default: return 0; } return n; }\n"),
    ],
};

fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if tree.child(node, Field::Value).is_some() || context.body(node).is_none() {
        return;
    }
    let Some(target) = tree.child(node, Field::Target).filter(|&target| context.kind(target) == Kind::Name) else {
        return;
    };
    let Some(own) = declared(context, target).filter(|own| own.node == node) else { return };
    let plain = own.stars > 0 || integer(own.kind).is_some() || matches!(own.kind.trim(), "float" | "double" | "bool");
    let head = context.source(node);
    let above = tree.parent(node).map(|above| context.kind(above));
    if !plain
        || own.array
        || own.reference
        || ["static", "extern", "thread_local"].iter().any(|word| head.split_whitespace().next() == Some(word))
        || !matches!(above, Some(Kind::Block | Kind::Module | Kind::Error))
        || tree.ancestors(node).any(|above| context.kind(above) == Kind::Class)
    {
        return;
    }
    let name = context.source(target);
    let cpp = context.program().language == crate::lang::Language::Cpp;
    let mut used = None;
    after(
        context,
        node,
        |_, edge| edge != crate::graph::Edge::Exception,
        |step, vertex| {
            let mut read = None;
            for inner in evaluated(context, step, vertex) {
                if context.kind(inner) != Kind::Name || context.source(inner) != name {
                    continue;
                }
                match use_of(context, inner, cpp) {
                    // `n = n + 1` reads first.
                    Some(true) if read.is_none() || context.kind(step) != Kind::Assign => return Next::Stop,
                    Some(false) => read = read.or(Some(inner)),
                    Some(true) | None => {}
                }
            }
            if let Some(at) = read {
                if used.is_none_or(|earlier| at < earlier) {
                    used = Some(at);
                }
                return Next::Stop;
            }
            Next::On
        },
    );
    if let Some(at) = used {
        // Where one way gives it a value, conditions may keep to that way.
        let report = if context.flow().data().definitions_of(at).is_empty() {
            Report::issue(at, concept::UNINITIALISED, "The variable has no value here.").confidence(Confidence::Medium)
        } else {
            Report::audit(at, concept::UNINITIALISED, "The variable may have no value here.")
        };
        found.push(context, report.trace(declarations(context, at)));
    }
}

/// Whether a name is written (`Some(true)`), read (`Some(false)`) or neither.
fn use_of(context: &Context<'_>, node: NodeId, cpp: bool) -> Option<bool> {
    let tree = context.tree();
    let above = tree.parent(node)?;
    if tree.field(node) == Field::Target {
        return Some(context.kind(above) != Kind::AugAssign);
    }
    match context.kind(above) {
        Kind::Unary if context.name(above) == "&" => Some(true),
        Kind::Unary if context.name(above) == "sizeof" => None,
        Kind::Type => None,
        Kind::Cast if context.source(above).starts_with("(void)") => None,
        Kind::Call if tree.field(node) == Field::Argument && cpp && !takes_value(context, above) => Some(true),
        Kind::Binary if context.name(above) == ">>" && tree.field(node) == Field::Right => Some(true),
        Kind::New | Kind::Lambda => Some(true),
        Kind::Call if tree.field(node) == Field::Argument => {
            // A macro may set it.
            let callee = context.callee(above);
            Some(
                callee.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_' || letter.is_ascii_digit())
                    || callee.starts_with("va_"),
            )
        }
        Kind::Tuple => Some(true),
        _ => Some(false),
    }
}

/// A function of the C library, which takes its arguments by value.
fn takes_value(context: &Context<'_>, call: NodeId) -> bool {
    matches!(
        crate::rule::c::library(context, call),
        "strlen"
            | "strdup"
            | "strcpy"
            | "strcat"
            | "strcmp"
            | "memcpy"
            | "memset"
            | "printf"
            | "puts"
            | "free"
            | "atoi"
    )
}
