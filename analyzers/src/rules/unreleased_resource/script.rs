//! Descriptors and connections of JavaScript that a function takes and never gives back.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// What takes something, by path or by its end, and what gives it back.
const TAKES: &[(&str, &[&str])] = &[
    ("fs.openSync", &["closeSync", "close"]),
    ("fs/promises.open", &["close"]),
    ("fs.promises.open", &["close"]),
    ("fs.opendirSync", &["closeSync", "close"]),
];
/// Pools: what their name holds, the method, and what gives a connection back.
const POOLS: &[(&str, &[&str])] =
    &[("connect", &["release", "end"]), ("getConnection", &["release", "end", "destroy", "close"])];
/// Functions that only use a descriptor.
const USES: &[&str] = &[
    "readSync",
    "writeSync",
    "fstatSync",
    "fsyncSync",
    "readFileSync",
    "writeFileSync",
    "appendFileSync",
    "ftruncateSync",
    "fchmodSync",
    "read",
    "write",
    "fstat",
    "log",
];

/// `const fd = fs.openSync(path)`, `const client = await pool.connect()`
pub(super) fn check(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let call = match context.kind(value) {
        Kind::Await => tree.child(value, Field::Value).unwrap_or(value),
        _ => value,
    };
    if context.kind(target) != Kind::Name || context.kind(call) != Kind::Call {
        return;
    }
    let path = context.callee(call);
    let gives = TAKES.iter().find(|(name, _)| *name == path).map(|(_, gives)| *gives).or_else(|| {
        let pool = context.kind(value) == Kind::Await
            && context.object(call).is_some_and(|object| {
                context.source(object).rsplit('.').next().unwrap_or_default().to_ascii_lowercase().contains("pool")
            })
            // The pools of other drivers connect as a whole.
            && (context.method(call) != "connect" || ["'pg", "\"pg"].iter().any(|module| context.mentions(module)));
        POOLS.iter().find(|(method, _)| pool && *method == context.method(call)).map(|(_, gives)| *gives)
    });
    let Some(gives) = gives else { return };
    let name = context.source(target);
    let scope = tree.scope(assign);
    if context.kind(scope) == Kind::Module {
        return;
    }
    for node in tree.subtree(scope).take(6_000).skip_while(|&node| node <= assign) {
        if context.kind(node) != Kind::Name || context.source(node) != name || node == target {
            continue;
        }
        let Some(above) = tree.parent(node) else { continue };
        let kept = match context.kind(above) {
            Kind::Attribute => gives.contains(&context.name(above)) || context.name(above).starts_with("create"),
            Kind::Call => {
                let last = context.callee(above).rsplit('.').next().unwrap_or_default();
                tree.field(node) == Field::Argument && (gives.contains(&last) || !USES.contains(&last))
            }
            Kind::Assign => tree.field(node) == Field::Value,
            Kind::Compare | Kind::If | Kind::Unary | Kind::Boolean => false,
            _ => true,
        };
        if kept {
            return;
        }
    }
    let message = "What is taken here is never given back.";
    let report = Report::issue(call, concept::RESOURCE_LEAK, message).confidence(Confidence::Medium);
    found.push(context, report);
}
