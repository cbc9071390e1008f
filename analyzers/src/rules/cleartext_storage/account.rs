//! Passwords that JavaScript servers keep or compare as they came, and settings that end up in a bundle.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::label;
use crate::rule::script::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;
use crate::words::{names_password, names_secret};

const KEPT: &str = "A password is kept as it came; whoever reads the database has it.";
/// What says that passwords are hashed somewhere in the unit.
const HASHES: &[&str] = &[
    "hash",
    "Hash",
    "bcrypt",
    "argon2",
    "scrypt",
    "pbkdf2",
    "crypt",
    "setPassword",
    "User.register(",
    "digest",
    "signUp",
];
/// Methods that store a record.
const STORES: &[&str] = &[
    "create",
    "insert",
    "insertOne",
    "insertMany",
    "save",
    "add",
    "push",
    "set",
    "build",
    "update",
    "updateOne",
    "findByIdAndUpdate",
    "findOneAndUpdate",
    "put",
    "upsert",
];

fn hashes(context: &Context<'_>) -> bool {
    HASHES.iter().any(|word| context.mentions(word))
}

/// `User.create({ name, password: req.body.password })`
pub(super) fn record(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
    if !names_password(label(context, key)) || !is_given(context, value) || hashes(context) {
        return;
    }
    let call = tree.ancestors(pair).take(4).find(|&above| matches!(context.kind(above), Kind::Call | Kind::New));
    let Some(call) = call.filter(|&call| stores(context, call)) else { return };
    let Some(taint) = requested(context, value, Purposes::DATA) else { return };
    let report = if is_elsewhere(context, call) {
        Report::audit(pair, concept::PASSWORD_HASH, KEPT)
    } else {
        Report::issue(pair, concept::PASSWORD_HASH, KEPT).confidence(Confidence::Medium)
    };
    found.push(context, report.cwe(&[256, 312, 522]).trace(taint.trace));
}

/// `db.query("INSERT INTO users (name, password) …", [name, password])`
pub(super) fn query(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.kind(call) == Kind::New {
        return bundle(context, call, found);
    }
    let method = context.method(call);
    if !matches!(method, "query" | "execute" | "run") || hashes(context) {
        return;
    }
    let text =
        context.positional(call, 0).and_then(|text| context.string(text)).unwrap_or_default().to_ascii_lowercase();
    let writes = (text.contains("insert into") || text.contains("update ")) && text.contains("passw");
    let Some(values) = context.positional(call, 1).filter(|_| writes) else { return };
    let list = context.value(values);
    let given = context.tree().children(list).take(30).find(|&value| is_given(context, value));
    if let Some(taint) = given.and_then(|value| requested(context, value, Purposes::DATA)) {
        let report = Report::issue(call, concept::PASSWORD_HASH, KEPT).cwe(&[256, 312, 522]);
        found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
    }
}

/// `user.password === req.body.password`
pub(super) fn comparison(context: &Context<'_>, compare: NodeId, found: &mut Findings) {
    if !matches!(context.name(compare), "==" | "===" | "!=" | "!==") || hashes(context) {
        return;
    }
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(compare, Field::Left), tree.child(compare, Field::Right)) else {
        return;
    };
    let kept = |side: NodeId| {
        context.kind(side) == Kind::Attribute
            && names_password(context.name(side))
            && tree.child(side, Field::Object).is_some_and(|object| {
                let holder = context.source(object);
                !["req", "body", "ctx", "params", "query", "event"].iter().any(|part| holder.contains(part))
            })
    };
    for (stored, given) in [(left, right), (right, left)] {
        if kept(stored)
            && is_given(context, given)
            && let Some(taint) = requested(context, given, Purposes::DATA)
        {
            let message = "A password is compared with one that is kept as it came.";
            let report = Report::issue(compare, concept::PASSWORD_HASH, message).cwe(&[256, 312, 522]);
            return found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
        }
    }
}

/// `new webpack.DefinePlugin({ "process.env": JSON.stringify(process.env) })`: pages carry what the build knows.
fn bundle(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !context.callee(call).ends_with("DefinePlugin") {
        return;
    }
    let tree = context.tree();
    let Some(options) = context.positional(call, 0).map(|options| context.value(options)) else { return };
    let whole = |node: NodeId| context.path(node) == "process.env" && tree.field(node) != Field::Object;
    let leaks = tree.subtree(options).take(300).any(|part| match context.kind(part) {
        Kind::Attribute => {
            whole(part) || names_secret(context.name(part)) && context.path(part).starts_with("process.env.")
        }
        Kind::Name if tree.field(part) != Field::Callee => {
            let value = context.value(part);
            names_password(context.source(part)) || value != part && whole(value)
        }
        _ => false,
    });
    if leaks {
        let message = "Settings of the build, secrets among them, become part of what every visitor loads.";
        let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(&[312, 200, 359]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether a value is called a password, as the request has it.
fn is_given(context: &Context<'_>, value: NodeId) -> bool {
    matches!(context.kind(value), Kind::Name | Kind::Attribute | Kind::Subscript) && names_password(context.name(value))
}

fn stores(context: &Context<'_>, call: NodeId) -> bool {
    match context.kind(call) {
        Kind::New => context.tree().child(call, Field::Callee).is_some_and(|class| {
            let text = context.source(class);
            text.starts_with(|letter: char| letter.is_ascii_uppercase())
                && !text.ends_with("Error")
                && !text.ends_with("Client")
        }),
        _ => {
            STORES.contains(&context.method(call))
                && context.object(call).is_some_and(|object| !context.source(object).contains("session"))
        }
    }
}

/// Whether the record's class is imported from a file of the same program, which may hash by itself.
fn is_elsewhere(context: &Context<'_>, call: NodeId) -> bool {
    let path = context.callee(call);
    path.starts_with('.') || path.starts_with("@/") || path.starts_with("~/")
}
