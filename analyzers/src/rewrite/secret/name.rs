//! What the environment variable of a credential is called: by its place in the code, never by its value.

use crate::rewrite::context::Context;
use crate::rewrite::literal;
use crate::syntax::{Field, Kind, NodeId};

/// Words of a name that holds a credential.
const WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "auth_key",
    "secret_key",
    "credential",
    "pass",
    "encryption_key",
    "signing_key",
    "jwt",
];

/// Whether a name says that it holds a credential.
pub(super) fn is_credential(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    WORDS
        .iter()
        .any(|word| lower == *word || (word.len() > 4 && lower.contains(word)) || lower.ends_with(&format!("_{word}")))
}

/// Libraries whose credentials have a usual prefix.
const PREFIXES: &[(&str, &str)] = &[
    ("MySQLdb", "DB"),
    ("pymysql", "DB"),
    ("mysql", "DB"),
    ("psycopg", "DB"),
    ("sqlite3", "DB"),
    ("pymongo", "DB"),
    ("pyodbc", "DB"),
    ("cx_Oracle", "DB"),
    ("redis", "REDIS"),
    ("smtplib", "SMTP"),
    ("imaplib", "IMAP"),
    ("ftplib", "FTP"),
    ("paramiko", "SSH"),
    ("boto3", "AWS"),
    ("openai", "OPENAI"),
    ("stripe", "STRIPE"),
    ("twilio", "TWILIO"),
];

/// The name of the variable for a literal; two different literals never share one.
pub(super) fn variable(context: Context<'_>, literal: NodeId) -> Option<String> {
    let base = base(context, literal)?;
    let own = literal::read(context.text(literal))?.1;
    let tree = context.tree();
    let mut values: Vec<String> = Vec::new();
    for other in tree.ids().filter(|&node| tree.kind(node) == Kind::String) {
        if self::base(context, other).as_ref() == Some(&base)
            && let Some((_, value)) = literal::read(context.text(other))
            && !value.is_empty()
            && !values.contains(&value)
        {
            values.push(value);
        }
    }
    let index = values.iter().position(|value| *value == own)?;
    Some(if index == 0 { base } else { format!("{base}_{}", index + 1) })
}

fn base(context: Context<'_>, literal: NodeId) -> Option<String> {
    let tree = context.tree();
    let parent = tree.parent(literal)?;
    let name = match tree.kind(parent) {
        Kind::Keyword | Kind::Parameter => context.name(parent).to_owned(),
        Kind::Pair => context.string(tree.child(parent, Field::Key)?)?,
        Kind::Assign => target_name(context, tree.child(parent, Field::Target)?)?,
        Kind::Compare => {
            tree.children(parent).find(|&side| side != literal).and_then(|side| target_name(context, side))?
        }
        Kind::Call => {
            let position = tree.positional(parent).position(|argument| argument == literal)?;
            match (context.callee_name(parent), position) {
                ("login" | "auth" | "basic_auth" | "HTTPBasicAuth", 1) => "password".to_owned(),
                _ => "credential".to_owned(),
            }
        }
        Kind::Boolean | Kind::Conditional | Kind::Tuple | Kind::List => {
            let assignment = tree.statement(literal);
            tree.child(assignment, Field::Target)
                .and_then(|target| target_name(context, target))
                .unwrap_or_else(|| "credential".to_owned())
        }
        _ => "credential".to_owned(),
    };
    let mut upper = String::new();
    let mut before_lower = false;
    for char in name.chars() {
        if char.is_ascii_uppercase() && before_lower {
            upper.push('_');
        }
        before_lower = char.is_ascii_lowercase();
        upper.push(if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' });
    }
    let upper = upper.trim_matches('_').to_owned();
    let upper = match upper.as_str() {
        "PASSWD" | "PWD" | "PASS" => "PASSWORD".to_owned(),
        "" => "CREDENTIAL".to_owned(),
        _ => upper,
    };
    let short = matches!(upper.as_str(), "PASSWORD" | "TOKEN" | "SECRET" | "KEY" | "CREDENTIAL" | "API_KEY");
    Some(if short { prefixed(context, literal, &upper) } else { upper })
}

/// A general name gets the library's prefix, else the program's.
fn prefixed(context: Context<'_>, literal: NodeId, name: &str) -> String {
    let tree = context.tree();
    let around = tree
        .ancestors(literal)
        .find(|&above| tree.kind(above) == Kind::Call)
        .map_or("", |call| context.callee_path(call));
    let prefix = PREFIXES.iter().find(|(library, _)| around.starts_with(library)).or_else(|| {
        let mut known = PREFIXES.iter().filter(|(library, _)| context.imports(library));
        known.next().filter(|_| known.next().is_none())
    });
    match (prefix, name) {
        (Some((_, prefix)), _) => format!("{prefix}_{name}"),
        (None, "API_KEY") => name.to_owned(),
        (None, _) => format!("APP_{name}"),
    }
}

fn target_name(context: Context<'_>, target: NodeId) -> Option<String> {
    let tree = context.tree();
    match tree.kind(target) {
        Kind::Name => Some(context.text(target).to_owned()),
        Kind::Attribute => Some(context.name(target).to_owned()),
        Kind::Subscript => context.string(tree.child(target, Field::Index)?),
        Kind::Call => {
            Some("password".to_owned()).filter(|_| context.text(target).to_ascii_lowercase().contains("pass"))
        }
        _ => None,
    }
}
