//! Results of Go that are nil where the call failed, used before anybody looks; and maps that were never made.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Calls whose first result is nil where they fail.
const MAY_FAIL: &[&str] = &[
    "net/http.Get",
    "net/http.Post",
    "net/http.PostForm",
    "net/http.Head",
    "net/http.Client.Do",
    "net/http.Client.Get",
    "net/http.Client.Post",
    "net/http.Client.PostForm",
    "net/http.DefaultClient.Do",
    "net.Dial",
    "net.DialTimeout",
    "net.Listen",
    "crypto/tls.Dial",
    "crypto/tls.Listen",
    "database/sql.DB.Query",
    "database/sql.DB.QueryContext",
    "database/sql.DB.Prepare",
    "database/sql.DB.Begin",
    "database/sql.Tx.Query",
    "database/sql.Tx.Prepare",
];

/// Most nodes of a statement or function that are looked at.
const MOST_NODES: usize = 2_000;

/// Checks a declaration or an assignment.
pub(super) fn check(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    match tree.child(assign, Field::Value) {
        Some(value) if context.kind(value) == Kind::Call && MAY_FAIL.contains(&context.callee(value)) => {
            result(context, assign, found);
        }
        None => map(context, assign, found),
        Some(_) => {}
    }
}

/// The names on the left.
fn targets<'c>(context: &'c Context<'_>, assign: NodeId) -> Vec<&'c str> {
    let tree = context.tree();
    tree.children_in(assign, Field::Target)
        .take(4)
        .flat_map(|target| tree.subtree(target).take(8))
        .filter(|&part| context.kind(part) == Kind::Name)
        .map(|part| context.source(part))
        .collect()
}

/// `resp, err := http.Get(url)` and then `defer resp.Body.Close()`, before a look at `err`.
fn result(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let [name, failed] = targets(context, assign)[..] else { return };
    let Some(block) = tree.parent(assign).filter(|_| name != "_") else { return };
    for after in tree.children(block).filter(|&sibling| sibling > assign).take(60) {
        for part in tree.subtree(after).take(MOST_NODES) {
            match context.kind(part) {
                // Somebody looks, or another value comes in.
                Kind::Name if context.source(part) == failed => return,
                Kind::Compare if tree.children(part).any(|side| context.source(side) == name) => return,
                Kind::Name if tree.field(part) == Field::Target && context.source(part) == name => return,
                Kind::Attribute
                    if tree
                        .child(part, Field::Object)
                        .is_some_and(|object| context.kind(object) == Kind::Name && context.source(object) == name) =>
                {
                    let message = "What a call gives is used before anybody looks whether the call failed.";
                    let report = Report::issue(part, concept::UNCHECKED_RESULT, message);
                    let report = report.step(context, assign, "nil comes in where this fails");
                    return found.push(context, report.confidence(Confidence::Medium).cwe(&[476, 252]));
                }
                _ => {}
            }
        }
    }
}

/// `var seen map[string]bool` and then `seen[key] = true`.
fn map(context: &Context<'_>, declaration: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let typed = tree.child(declaration, Field::Type).is_some_and(|kind| context.source(kind).starts_with("map["));
    let [name] = targets(context, declaration)[..] else { return };
    let Some(function) = context.function(declaration).filter(|_| typed) else { return };
    let (from, to) = (tree.end(declaration).0, tree.end(function).0);
    for part in (from..to).take(MOST_NODES).map(NodeId) {
        let ours = |node: NodeId| context.kind(node) == Kind::Name && context.source(node) == name;
        match context.kind(part) {
            Kind::Name if tree.field(part) == Field::Target && ours(part) => return,
            // Its address is given away, or a function of its own may make it.
            Kind::Unary if tree.children(part).any(ours) => return,
            Kind::Lambda => return,
            Kind::Subscript
                if tree.field(part) == Field::Target && tree.child(part, Field::Object).is_some_and(ours) =>
            {
                let message = "A map is written to that was never made, which ends the program.";
                let report = Report::issue(part, concept::UNCHECKED_RESULT, message);
                let report = report.step(context, declaration, "nil comes in").confidence(Confidence::High);
                return found.push(context, report);
            }
            Kind::Tuple | Kind::List if tree.field(part) == Field::Target && tree.subtree(part).take(12).any(ours) => {
                return;
            }
            _ => {}
        }
    }
}
