//! CWE-252: what a call says about its success is not looked at.

use crate::concept;
use crate::finding::{Confidence, Severity, Step};
use crate::lang::memory;
use crate::rule::c::paths::{Next, after, evaluated};
use crate::rule::c::{arguments, declarations, declared, evaluate, format, library, values};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

const SCANS: &[(&str, usize)] = &[
    ("scanf", 1),
    ("fscanf", 2),
    ("sscanf", 2),
    ("scanf_s", 1),
    ("fscanf_s", 2),
    ("sscanf_s", 2),
    ("wscanf", 1),
    ("swscanf", 2),
    ("fwscanf", 2),
];

/// Calls whose failure leaves more rights than meant.
const PRIVILEGES: &[&str] = &[
    "setuid",
    "setgid",
    "seteuid",
    "setegid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "initgroups",
];

/// Calls that may transfer less than asked, or nothing.
const TRANSFERS: &[&str] = &["read", "pread", "recv", "recvfrom", "fread", "send", "sendto", "SSL_read"];

/// Whether a call stands alone, and its result is thrown away without a word.
fn dropped(context: &Context<'_>, call: NodeId) -> bool {
    context.tree().parent(call).is_some_and(|above| context.kind(above) == Kind::ExprStatement)
        && arguments(context, call).len() >= 3
}

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let tree = context.tree();
    if PRIVILEGES.contains(&name) {
        let alone = tree.parent(call).is_some_and(|above| context.kind(above) == Kind::ExprStatement);
        if alone {
            let message = "Where the call fails, the program goes on with the rights it had.";
            found.push(context, Report::issue(call, concept::PRIVILEGE_DROP, message).cwe(&[252, 273, 269, 250]));
        }
        return;
    }
    if TRANSFERS.contains(&name) && dropped(context, call) {
        let message = "How much was transferred, or that it failed, is not looked at.";
        let report = Report::issue(call, concept::UNCHECKED_RESULT, message).cwe(&[252, 253, 754]);
        return found.push(context, report.confidence(Confidence::Low).severity(Severity::Low));
    }
    let opened = arguments(context, call).iter().any(|&part| {
        let inner =
            if context.kind(part) == Kind::Assign { tree.child(part, Field::Value).unwrap_or(part) } else { part };
        context.kind(inner) == Kind::Call && library(context, inner) == "fopen"
    });
    if opened
        && matches!(
            name,
            "fwrite"
                | "fread"
                | "fgets"
                | "fputs"
                | "fprintf"
                | "fscanf"
                | "getc"
                | "fgetc"
                | "fclose"
                | "fseek"
                | "ftell"
                | "putc"
                | "fputc"
                | "feof"
        )
    {
        let message = "Where the file cannot be opened, a null pointer is used.";
        return found.push(context, Report::issue(call, concept::UNCHECKED_RESULT, message).cwe(&[476, 690, 252]));
    }
    let Some(&(_, first)) = SCANS.iter().find(|(known, _)| *known == name) else { return };
    scanned(context, call, first, found);
}

/// `scanf` into variables that have no value yet.
fn scanned(context: &Context<'_>, call: NodeId, first: usize, found: &mut Findings) {
    let tree = context.tree();
    let given = arguments(context, call);
    let wanted = given.get(first - 1).and_then(|&format| context.string(format)).map(|text| {
        format::parts(text)
            .into_iter()
            .filter(
                |part| matches!(part, format::Part::Directive(directive) if !directive.star && directive.letter != 'n'),
            )
            .count()
    });
    let looked = looks(context, call, wanted.unwrap_or(1));
    if looked == Look::Full {
        return;
    }
    if looked == Look::Wrong {
        // The condition is the finding; its uses say nothing new.
        let message = "Nothing or EOF counts as success here: compare with the number of directives.";
        found.push(
            context,
            Report::issue(call, concept::UNCHECKED_RESULT, message).cwe(&[253, 252]).confidence(Confidence::Medium),
        );
        return;
    }
    let there = if let Look::Partial(there) = looked { usize::try_from(there).unwrap_or(0) } else { 0 };
    for &target in given.iter().skip(first + there).take(8) {
        let Some(base) = memory::base(tree, context.text(), target).filter(|&base| context.kind(base) == Kind::Name)
        else {
            continue;
        };
        if is_set_before(context, base, call) {
            continue;
        }
        let name = context.source(base);
        let mut used = None;
        after(
            context,
            call,
            |_, _| true,
            |step, vertex| {
                for inner in evaluated(context, step, vertex) {
                    if context.kind(inner) != Kind::Name || context.source(inner) != name {
                        continue;
                    }
                    let written = tree.field(inner) == Field::Target
                        || tree
                            .parent(inner)
                            .is_some_and(|above| context.kind(above) == Kind::Unary && context.name(above) == "&");
                    if written {
                        return Next::Stop;
                    }
                    if used.is_none_or(|at| inner < at) {
                        used = Some(inner);
                    }
                    return Next::Stop;
                }
                Next::On
            },
        );
        if let Some(at) = used {
            let message = "Where nothing could be read, the variable has no value here.";
            let report = Report::issue(at, concept::UNCHECKED_RESULT, message).cwe(&[252, 253, 457]);
            let mut trace = declarations(context, at);
            trace.push(Step { span: tree.span(call), note: "read here".to_owned() });
            found.push(context, report.confidence(Confidence::Medium).trace(trace));
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// The result is compared with the number of values.
    Full,
    /// It is compared with a smaller number: only so many values are there.
    Partial(i64),
    /// It is compared with something that does not say that any value is there.
    Wrong,
    /// It is not looked at.
    None,
}

/// How the result of a call is looked at.
fn looks(context: &Context<'_>, call: NodeId, wanted: usize) -> Look {
    let tree = context.tree();
    let Some(above) = tree.parent(call) else { return Look::None };
    match context.kind(above) {
        Kind::ExprStatement | Kind::Module | Kind::Block | Kind::Error => Look::None,
        Kind::Cast if context.source(above).starts_with("(void)") => Look::None,
        Kind::Compare => compared(context, above, call, wanted),
        Kind::If | Kind::While | Kind::Unary | Kind::Boolean => Look::Wrong,
        Kind::Assign => {
            let Some(target) = tree.child(above, Field::Target) else { return Look::Full };
            if declared(context, target).is_some_and(|own| matches!(own.kind.trim(), "bool" | "BOOL" | "_Bool")) {
                return Look::Wrong;
            }
            let name = context.source(target);
            let function = context.function(call).unwrap_or(NodeId::ROOT);
            let uses = tree
                .subtree(function)
                .take(6_000)
                .filter(|&part| part > call && context.source(part) == name && context.kind(part) == Kind::Name);
            let mut any = Look::None;
            for part in uses {
                let Some(above) = tree.parent(part) else { continue };
                match context.kind(above) {
                    Kind::Compare => match compared(context, above, part, wanted) {
                        Look::Full => return Look::Full,
                        look => any = look,
                    },
                    Kind::If | Kind::While | Kind::Boolean | Kind::Unary => any = Look::Wrong,
                    _ => return Look::Full,
                }
            }
            any
        }
        _ => Look::Full,
    }
}

fn compared(context: &Context<'_>, comparison: NodeId, result: NodeId, wanted: usize) -> Look {
    let tree = context.tree();
    let other = tree.children(comparison).find(|&part| part != result && !tree.contains(part, result));
    let Some(bound) =
        other.and_then(|other| evaluate(context, other).or_else(|| (context.source(other) == "EOF").then_some(-1)))
    else {
        return Look::Full;
    };
    let wanted = wanted as i64;
    let left = tree.child(comparison, Field::Left).is_some_and(|left| tree.contains(left, result));
    let operator = match (context.name(comparison), left) {
        ("<", false) => ">",
        (">", false) => "<",
        ("<=", false) => ">=",
        (">=", false) => "<=",
        (operator, _) => operator,
    };
    // How many values there are where the comparison speaks of success.
    let there = match operator {
        "==" | "!=" | ">=" | "<" => bound,
        ">" | "<=" => bound + 1,
        _ => return Look::Full,
    };
    match there {
        there if there >= wanted => Look::Full,
        there if there >= 1 => Look::Partial(there),
        _ if wanted == 0 => Look::Full,
        _ => Look::Wrong,
    }
}

/// Whether a variable has a value before the call.
fn is_set_before(context: &Context<'_>, base: NodeId, call: NodeId) -> bool {
    let Some(own) = declared(context, base) else { return true };
    if own.parameter || own.array {
        return true;
    }
    let tree = context.tree();
    if own.stars > 0 && is_fresh(context, base) {
        return false;
    }
    if tree.child(own.node, Field::Value).is_some() || context.body(own.node).is_none() {
        return true;
    }
    let head = context.source(own.node);
    if head.starts_with("static") || head.starts_with("extern") {
        return true;
    }
    let name = context.source(base);
    (own.node.0..call.0).map(NodeId).take(6_000).any(|node| {
        context.source(node) == name
            && (tree.field(node) == Field::Target && tree.parent(node) != Some(own.node)
                || tree
                    .parent(node)
                    .is_some_and(|above| context.kind(above) == Kind::Unary && context.name(above) == "&"))
    })
}

/// A pointer to memory that was just made and holds nothing.
fn is_fresh(context: &Context<'_>, base: NodeId) -> bool {
    let tree = context.tree();
    values(context, base).is_some_and(|list| {
        list.iter().all(|&value| {
            let mut at = value;
            while context.kind(at) == Kind::Cast {
                let Some(inner) = tree.children_in(at, Field::Value).last() else { break };
                at = inner;
            }
            context.kind(at) == Kind::New && tree.child(at, Field::Argument).is_none()
                || context.kind(at) == Kind::Call && library(context, at) == "malloc"
        })
    })
}
