//! Failures that JavaScript hands to a callback that does not look, and promises that are taken for their result.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Checks whose result is a promise unless a callback is given: the end of the name, and the arguments without one.
const PROMISES: &[(&str, usize)] = &[
    ("bcrypt.compare", 2),
    ("bcryptjs.compare", 2),
    ("argon2.verify", 2),
    ("jose.jwtVerify", 2),
    ("jwtVerify", 2),
    ("fs/promises.access", 1),
    ("fs.promises.access", 1),
];
/// Calls whose callback gets the failure first.
const CALLBACKS: &[&str] = &[
    "fs.readFile",
    "fs.writeFile",
    "fs.appendFile",
    "fs.open",
    "fs.stat",
    "fs.readdir",
    "fs.mkdir",
    "crypto.randomBytes",
    "crypto.pbkdf2",
    "crypto.scrypt",
    "jsonwebtoken.verify",
    "jwt.verify",
    "bcrypt.compare",
    "bcrypt.hash",
    "bcryptjs.compare",
    "bcryptjs.hash",
    "child_process.exec",
    "child_process.execFile",
    "dns.lookup",
    "zlib.gunzip",
    "zlib.inflate",
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if path.is_empty() {
        return;
    }
    if PROMISES.iter().any(|(name, count)| *name == path && context.tree().positional(call).count() == *count)
        && is_condition(context, call)
    {
        let message = "The promise of a check is taken for its result, and is always true.";
        let report = Report::issue(call, concept::UNCHECKED_RESULT, message).cwe(&[252, 703]);
        return found.push(context, report.severity(Severity::High));
    }
    if CALLBACKS.contains(&path) {
        callback(context, call, found);
    }
}

/// Whether an expression decides what runs: `if (f())`, `if (!f())`, `f() && …`.
fn is_condition(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let mut below = call;
    for above in tree.ancestors(call).take(6) {
        match context.kind(above) {
            Kind::Unary | Kind::Boolean => below = above,
            Kind::If | Kind::While | Kind::Conditional => return tree.field(below) == Field::Test,
            _ => return false,
        }
    }
    false
}

/// `fs.readFile(path, (err, data) => use(data))`
fn callback(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(function) = tree.positional(call).last().filter(|&last| context.kind(last) == Kind::Lambda) else {
        return;
    };
    let parameters: Vec<NodeId> = tree.children_in(function, Field::Parameter).take(3).collect();
    let [failure, rest @ ..] = parameters.as_slice() else { return };
    let Some(&result) = rest.first() else { return };
    let (failure, result) = (context.name(*failure), context.name(result));
    let Some(body) = tree.child(function, Field::Body) else { return };
    if failure.is_empty() || failure.starts_with('_') || result.is_empty() || context.source(body).contains("arguments")
    {
        return;
    }
    let says = |name: &str| {
        tree.subtree(body).take(4_000).any(|part| context.kind(part) == Kind::Name && context.source(part) == name)
    };
    if !says(failure) && says(result) {
        let message = "The result is used, and nobody looks whether there was a failure.";
        let report = Report::issue(call, concept::UNCHECKED_RESULT, message).cwe(&[252, 703]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
