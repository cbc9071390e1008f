//! Credentials in the calls and tables of Python programs.

use super::{in_test, is_credential, report};
use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::label;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{is_placeholder, names_password, names_secret, words};

fn push(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let report = Report::issue(node, concept::HARDCODED_SECRET, "A credential stands in the source.").cwe(&[259, 798]);
    found.push(context, report.confidence(Confidence::Medium));
}

/// Whether an expression is a password written out.
fn is_written_out(context: &Context<'_>, node: NodeId) -> bool {
    context.kind(node) == Kind::String
        && context.string(node).is_some_and(|text| text.len() >= 3 && !is_placeholder(text))
        && !in_test(context, node)
}

/// `add_argument("--password", default="…")`, `getenv("API_KEY", "…")`, `server.login("me", "…")`, `auth=("me", "…")`.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let first = || context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default();
    if matches!(method, "add_argument" | "option" | "add_option") {
        let option = context
            .tree()
            .positional(call)
            .filter_map(|name| context.string(name))
            .map(|name| name.trim_start_matches('-'))
            .find(|name| names_secret(name));
        if let (Some(option), Some(default)) = (option, context.keyword(call, "default")) {
            report(context, option, default, found);
        }
    } else if matches!(
        path,
        "os.getenv" | "os.environ.get" | "os.environ.setdefault" | "decouple.config" | "environ.get"
    ) {
        // Where the value has a name of its own, that name has its finding.
        let assigned = context.tree().parent(call).is_some_and(|above| match context.kind(above) {
            Kind::Assign => context
                .tree()
                .children_in(above, Field::Target)
                .any(|target| names_secret(context.source(target)) || context.kind(target) == Kind::Subscript),
            Kind::Keyword | Kind::Parameter => names_secret(context.name(above)),
            Kind::Pair => context.tree().child(above, Field::Key).is_some_and(|key| names_secret(label(context, key))),
            _ => false,
        });
        if let Some(default) = context.argument(call, 1, "default").filter(|_| !assigned && names_secret(first())) {
            report(context, first(), default, found);
        }
    } else if method == "login" {
        let mail = ["smtplib", "imaplib", "poplib", "ftplib"].iter().any(|library| context.mentions(library));
        let password = context.positional(call, 1).or_else(|| context.keyword(call, "password"));
        let driver = super::super::empty_password::is_driver(context, call);
        if let Some(password) = password.filter(|&password| mail && !driver && is_written_out(context, password)) {
            push(context, password, found);
        }
    }
    if let Some(pair) = context.tree().keyword(call, "auth", context.text())
        && context.kind(pair) == Kind::Tuple
        && let Some(password) = context.tree().children(pair).nth(1)
        && is_written_out(context, password)
    {
        push(context, password, found);
    }
}

/// `USERS.get(name) == password` where the unit writes the passwords of all users out.
pub(super) fn accounts(context: &Context<'_>, compare: NodeId, found: &mut Findings) {
    if !matches!(context.name(compare), "==" | "!=") {
        return;
    }
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(compare, Field::Left), tree.child(compare, Field::Right)) else {
        return;
    };
    for (side, other) in [(left, right), (right, left)] {
        let table = match context.kind(side) {
            Kind::Subscript => tree.child(side, Field::Object),
            Kind::Call if context.method(side) == "get" => context.object(side),
            _ => None,
        };
        let Some(table) = table.filter(|&table| matches!(context.kind(table), Kind::Name | Kind::Attribute)) else {
            continue;
        };
        let dict = context.value(table);
        if context.kind(dict) != Kind::Dict || context.string(other).is_some() {
            continue;
        }
        let named = words(context.name(table)).iter().any(|word| {
            matches!(
                word.as_str(),
                "users" | "accounts" | "credentials" | "passwords" | "logins" | "user" | "admins" | "members"
            )
        });
        let asked =
            names_password(label(context, other)) || words(context.source(other)).iter().any(|word| word == "password");
        let mut values = tree.children(dict).take(40).filter_map(|pair| tree.child(pair, Field::Value));
        if (named || asked) && values.any(|value| is_written_out(context, value)) {
            return push(context, dict, found);
        }
    }
}

/// A key that signs sessions may hold spaces, whatever else a text with spaces is.
pub(super) fn phrase(context: &Context<'_>, name: &str, text: &str) -> bool {
    context.program().language == crate::lang::Language::Python
        && matches!(name, "secret_key" | "SECRET_KEY" | "JWT_SECRET_KEY" | "JWT_SECRET")
        && text.contains(' ')
        && text.len() < 120
        && is_credential(name, &text.replace(' ', "-"))
}
