//! Passwords that Python keeps or compares as they are: in rows, objects, dictionaries and cookies.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::label;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{names_password, words};

/// Words that say a unit does hash its passwords somewhere.
const HASHING: &[&str] =
    &["hash", "Hash", "bcrypt", "argon", "scrypt", "pbkdf", "crypt", "set_password", "check_password", "encrypt"];
/// Collections of accounts.
const ACCOUNTS: &[&str] = &[
    "users",
    "accounts",
    "credentials",
    "passwords",
    "logins",
    "userdb",
    "members",
    "customers",
    "admins",
    "registered",
];
/// Classes whose objects are accounts.
const CLASSES: &[&str] =
    &["User", "Account", "Member", "Customer", "Admin", "Employee", "Student", "Login", "UserModel"];

fn hashes(context: &Context<'_>) -> bool {
    HASHING.iter().any(|word| context.mentions(word))
}

/// Whether a value is a password as somebody typed it.
fn is_plain(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let plain = |name: &str| {
        names_password(name)
            && !words(name)
                .iter()
                .any(|word| matches!(word.as_str(), "hash" | "hashed" | "encrypted" | "digest" | "enc" | "confirm"))
    };
    let keyed = |node: Option<NodeId>| node.and_then(|key| context.string(key)).is_some_and(plain);
    match context.kind(node) {
        Kind::Name => {
            let value = context.value(node);
            match context.kind(value) {
                Kind::Call | Kind::Subscript if value != node => is_plain(context, value),
                Kind::Name | Kind::Attribute => plain(context.name(node)) && !made_by_call(context, node),
                _ => false,
            }
        }
        Kind::Attribute => plain(context.name(node)),
        Kind::Subscript => keyed(tree.child(node, Field::Index)),
        Kind::Call => {
            matches!(context.method(node), "get" | "pop") && keyed(context.positional(node, 0))
                || matches!(context.callee(node), "input" | "getpass.getpass")
                    && context
                        .positional(node, 0)
                        .and_then(|prompt| context.string(prompt))
                        .is_some_and(|prompt| prompt.to_ascii_lowercase().contains("password"))
                || matches!(context.method(node), "strip" | "encode" | "decode")
                    && context.object(node).is_some_and(|object| is_plain(context, object))
                || matches!(context.callee(node), "str" | "base64.b64encode" | "base64.urlsafe_b64encode")
                    && context.positional(node, 0).is_some_and(|inner| is_plain(context, inner))
        }
        _ => false,
    }
}

/// Whether a caller in the unit passes the result of a function.
fn made_by_call(context: &Context<'_>, node: NodeId) -> bool {
    context.flow().leaves(node).into_iter().any(|leaf| context.kind(leaf) == Kind::Call && !is_plain(context, leaf))
}

/// Whether an object is a collection of accounts by its name.
fn holds_accounts(context: &Context<'_>, object: NodeId) -> bool {
    let name = match context.kind(object) {
        Kind::Name | Kind::Attribute => context.name(object),
        _ => return false,
    };
    words(name).iter().any(|word| ACCOUNTS.contains(&word.as_str()))
}

fn report(context: &Context<'_>, node: NodeId, message: &'static str, found: &mut Findings) {
    let report = Report::issue(node, concept::INFORMATION_LEAK, message).cwe(&[256, 312, 522]);
    found.push(context, report.confidence(Confidence::Medium));
}

/// Rows, objects and cookies.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    match context.method(call) {
        "set_cookie" => {
            if context.argument(call, 1, "value").is_some_and(|value| is_plain(context, value)) {
                report(context, call, "A password is kept in a cookie.", found);
            }
            return;
        }
        "execute" | "executemany" | "fetch" | "run" if !hashes(context) => {
            let query = context.positional(call, 0).and_then(|query| context.string(query)).unwrap_or_default();
            let query = query.get(..400).unwrap_or(query).to_ascii_lowercase();
            let writes = query.contains("insert into") || query.trim_start().starts_with("update");
            if !writes || !["passw", "pwd"].iter().any(|column| query.contains(column)) {
                return;
            }
            let given = tree.positional(call).skip(1).take(20).map(|value| context.value(value));
            let plain = given
                .flat_map(|value| match context.kind(value) {
                    Kind::Tuple | Kind::List => tree.children(value).take(40).collect(),
                    Kind::Dict => tree.children(value).filter_map(|pair| tree.child(pair, Field::Value)).collect(),
                    _ => vec![value],
                })
                .any(|value| is_plain(context, value));
            if plain {
                report(context, call, "A password is stored as it is.", found);
            }
            return;
        }
        _ => {}
    }
    let path = context.callee(call);
    let class = path.rsplit('.').next().unwrap_or_default();
    let creates = CLASSES.contains(&class) || class == "create" && path.contains("objects");
    if !creates || hashes(context) {
        return;
    }
    let stored = ["session.add", "db.Model", ".save(", "objects.create", "DeclarativeBase", "Base)", "insert_one"]
        .iter()
        .any(|word| context.mentions(word));
    let password = ["password", "passwd", "pwd"].iter().find_map(|name| tree.keyword(call, name, context.text()));
    if stored && password.is_some_and(|password| is_plain(context, password)) {
        report(context, call, "A password is stored as it is.", found);
    }
}

/// `users[name] = password`, `users[name] = {"password": password}`.
pub(super) fn assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let object = tree.child(target, Field::Object).filter(|_| context.kind(target) == Kind::Subscript);
    if !object.is_some_and(|object| holds_accounts(context, object)) || hashes(context) {
        return;
    }
    let value = if context.kind(value) == Kind::Name { context.value(value) } else { value };
    let plain = match context.kind(value) {
        Kind::Dict => tree.children(value).take(40).any(|pair| {
            tree.child(pair, Field::Key).is_some_and(|key| names_password(label(context, key)))
                && tree.child(pair, Field::Value).is_some_and(|value| is_plain(context, value))
        }),
        _ => is_plain(context, value),
    };
    if plain {
        report(context, assign, "A password is stored as it is.", found);
    }
}

/// `user.password == password`: what is stored is the password itself.
pub(super) fn compare(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if !matches!(context.name(node), "==" | "!=") {
        return;
    }
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let stored = |side: NodeId| match context.kind(side) {
        Kind::Attribute => {
            let object = tree.child(side, Field::Object).map(|object| context.source(object)).unwrap_or_default();
            !matches!(object, "self" | "args" | "form" | "request" | "data" | "settings" | "config")
                && names_password(context.name(side))
        }
        Kind::Subscript => {
            let object = tree.child(side, Field::Object);
            object.is_some_and(|object| holds_accounts(context, object))
                || tree.child(side, Field::Index).and_then(|key| context.string(key)).is_some_and(names_password)
                    && object.is_some_and(|object| {
                        matches!(context.source(object), "user" | "row" | "account" | "record")
                            || context.kind(object) == Kind::Subscript
                                && tree.child(object, Field::Object).is_some_and(|inner| holds_accounts(context, inner))
                    })
        }
        Kind::Call => {
            matches!(context.method(side), "get")
                && context.object(side).is_some_and(|object| holds_accounts(context, object))
        }
        _ => false,
    };
    for (one, other) in [(left, right), (right, left)] {
        if stored(one) && is_plain(context, other) && !hashes(context) {
            return report(context, node, "A stored password is compared as it is.", found);
        }
    }
}
