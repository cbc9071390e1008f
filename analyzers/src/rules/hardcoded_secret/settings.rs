//! Credentials in configuration: settings, variables, addresses with a password in them.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Dockerfile, Html, Ini, Json, Nginx, Terraform, Toml, Yaml};
use crate::rule::setting::{above, key, sibling, text, top, value, variables};
use crate::rule::{Context, Findings, Report};
use crate::rules::hardcoded_key::{shows_token, url_password};
use crate::syntax::{Kind, NodeId};
use crate::words::{is_placeholder, names_password, names_secret, words};

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Yaml, Json, Toml, Ini, Dockerfile, Terraform, Nginx];

/// Passwords that servers come with, or that everybody tries first.
const DEFAULTS: &[&str] = &[
    "admin",
    "root",
    "toor",
    "password",
    "postgres",
    "mysql",
    "guest",
    "secret",
    "123456",
    "12345678",
    "test",
    "redis",
    "rabbitmq",
    "minioadmin",
    "mongo",
    "changeit",
    "letmein",
    "passw0rd",
    "qwerty",
    "default",
    "user",
    "pass",
];

/// Words of a name that stand for where a secret is, rather than for the secret.
const ELSEWHERE: &[&str] = &[
    "existing",
    "ref",
    "store",
    "mount",
    "arn",
    "manager",
    "provider",
    "backend",
    "engine",
    "kms",
    "from",
    "rotation",
    "enabled",
    "enable",
    "required",
    "require",
    "generate",
    "version",
    "description",
    "docs",
    "link",
    "issuer",
    "audience",
    "pull",
    "class",
    "volume",
    "role",
    "group",
    "command",
    "resolver",
    "source",
    "extractor",
    "location",
    "address",
];

/// Keys above a value that hold a description of data, not data.
const DESCRIBED: &[&str] = &[
    "example",
    "examples",
    "properties",
    "schema",
    "schemas",
    "parameters",
    "definitions",
    "securityschemes",
    "responses",
    "translation",
    "translations",
    "messages",
    "labels",
    "i18n",
    "locale",
    "headers",
    "enum",
    "$defs",
];

/// Words of keys that show that a file of JSON is configuration.
const CONFIGURATION: &[&str] = &[
    "config",
    "configuration",
    "settings",
    "connection",
    "connections",
    "connectionstrings",
    "database",
    "databases",
    "db",
    "env",
    "environment",
    "credentials",
    "auths",
    "smtp",
    "mail",
    "redis",
    "mongodb",
    "mysql",
    "postgres",
    "aws",
    "jwt",
    "oauth",
    "secrets",
    "appsettings",
    "production",
    "development",
    "staging",
    "profiles",
    "datasources",
    "session",
];

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let language = context.program().language;
    let mut all = variables(context, pair);
    if let (Json | Yaml | Toml, Some(list)) = (language, value(context, pair))
        && context.kind(list) == Kind::List
        && all.is_empty()
    {
        let tree = context.tree();
        let items = tree.children(list).take(64).filter(|&item| context.kind(item) == Kind::String);
        all.extend(items.map(|item| ("", text(context, item), item)));
    }
    let kubernetes = language == Yaml && in_secret(context, pair);
    for (name, said, node) in all {
        let Some(kind) = secret(name, said, kubernetes) else { continue };
        if is_described(context, pair) {
            return;
        }
        let template = value(context, pair).is_some_and(|value| context.kind(value) == Kind::Template);
        if template && kind != Secret::Token {
            continue;
        }
        let (severity, confidence) = match kind {
            Secret::Token => (Severity::High, Confidence::High),
            Secret::Address | Secret::Made => (Severity::Medium, Confidence::Medium),
            Secret::Default => (Severity::Medium, Confidence::Medium),
        };
        let message = match kind {
            Secret::Token => "An access token or private key stands in the configuration.",
            Secret::Address => "A password stands in an address.",
            Secret::Made => "A credential stands in the configuration.",
            Secret::Default => "A password that everybody tries first stands in the configuration.",
        };
        let cwe: &[u16] = match kind {
            Secret::Default => &[798, 521],
            _ if names_password(name) => &[798, 259],
            _ => &[798, 321],
        };
        // What a file of variables or a piece of data holds need not be a program's own.
        let quiet = kind != Secret::Token
            && match language {
                Ini => is_environment(context, pair),
                Json => !is_configuration(context, pair),
                _ => false,
            };
        let report = if quiet {
            Report::audit(node, concept::HARDCODED_SECRET, message)
        } else {
            Report::issue(node, concept::HARDCODED_SECRET, message).severity(severity).confidence(confidence)
        };
        found.push(context, report.cwe(cwe));
    }
}

/// What shows that a value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    /// Its own form.
    Token,
    /// It is an address with a password in it.
    Address,
    /// Its name, and that it looks made up.
    Made,
    /// Its name, and that everybody knows it.
    Default,
}

fn secret(name: &str, said: &str, kubernetes: bool) -> Option<Secret> {
    let said = said.trim();
    if shows_token(said) {
        return Some(Secret::Token);
    }
    if let Some(password) = url_password(said) {
        let given = !is_placeholder(password)
            && !password.starts_with(['$', '{', '%', '<', '*'])
            && !said.contains("${")
            && !matches!(password, "password" | "pass" | "pw" | "secret" | "passwd" | "pwd")
            && !said.contains(&format!("{password}:{password}@"));
        return given.then_some(Secret::Address);
    }
    let words = words(name);
    // `passwordKey` names the entry that holds the password.
    let entry = names_password(name) && words.last().is_some_and(|word| word == "key");
    let elsewhere = entry || words.iter().any(|word| ELSEWHERE.contains(&word.as_str()));
    let is_text = said.len() <= 400 && !said.contains(char::is_whitespace);
    let reference = said.contains("{{")
        || said.contains("${")
        || said.contains("://")
        || said.starts_with(['$', '/', '.', '@', '*', '!', '%', '#'])
        || [
            "arn:",
            "vault:",
            "ssm:",
            "env:",
            "file:",
            "ref+",
            "enc:",
            "enc[",
            "{cipher}",
            "secretref:",
            "projects/",
            "secret/",
            "env.",
        ]
        .iter()
        .any(|start| said.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)));
    if !names_secret(name) || elsewhere || !is_text || reference {
        return None;
    }
    if names_password(name) && DEFAULTS.iter().any(|known| known.eq_ignore_ascii_case(said)) {
        return Some(Secret::Default);
    }
    let made = super::is_credential(name, said) && (super::looks_random(said) || kubernetes && said.len() >= 6);
    made.then_some(Secret::Made)
}

/// Whether a pair stands in the data of a Kubernetes `Secret`.
fn in_secret(context: &Context<'_>, pair: NodeId) -> bool {
    let data = above(context, pair, "stringdata").or_else(|| above(context, pair, "data"));
    data.is_some_and(|data| sibling(context, data, "kind") == Some("Secret"))
}

/// Whether a pair describes data: of an interface, a schema, a translation, a test.
fn is_described(context: &Context<'_>, pair: NodeId) -> bool {
    let tree = context.tree();
    let names: Vec<String> = tree
        .ancestors(pair)
        .take(60)
        .filter(|&above| tree.kind(above) == Kind::Pair)
        .map(|above| key(context, above).to_ascii_lowercase())
        .collect();
    names.iter().any(|name| DESCRIBED.contains(&name.as_str()))
        || ["openapi", "swagger", "asyncapi", "$schema"].iter().any(|name| top(context, name).is_some())
            && context.program().language != Terraform
}

/// Whether a file is one of environment variables: names in capitals, no sections.
fn is_environment(context: &Context<'_>, pair: NodeId) -> bool {
    let name = key(context, pair);
    context.tree().parent(pair) == Some(NodeId::ROOT) && !name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Whether a file of JSON is configuration rather than a piece of data.
fn is_configuration(context: &Context<'_>, pair: NodeId) -> bool {
    let tree = context.tree();
    tree.ancestors(pair).take(60).filter(|&above| tree.kind(above) == Kind::Pair).any(|above| {
        words(key(context, above)).iter().any(|word| CONFIGURATION.contains(&word.as_str()))
            || CONFIGURATION.contains(&key(context, above).to_ascii_lowercase().as_str())
    })
}

/// Checks an attribute of HTML: a password that is filled in.
pub(super) fn attribute(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    if context.program().language != Html || !key(context, pair).eq_ignore_ascii_case("value") {
        return;
    }
    let is =
        |name: &str, wanted: &str| sibling(context, pair, name).is_some_and(|said| said.eq_ignore_ascii_case(wanted));
    let said = value(context, pair).map_or("", |value| text(context, value));
    let hidden = is("type", "hidden")
        && sibling(context, pair, "name").is_some_and(|name| {
            names_secret(name)
                && super::looks_random(said)
                && !words(name)
                    .iter()
                    .any(|word| matches!(word.as_str(), "csrf" | "csrfmiddlewaretoken" | "xsrf" | "token"))
        });
    let given = !said.contains(['{', '<', '$']) && !is_placeholder(said) && said.len() >= 3;
    if given && (is("type", "password") || hidden) {
        let report = Report::issue(pair, concept::HARDCODED_SECRET, "A credential stands in a page.");
        found.push(context, report.cwe(&[798, 259]).confidence(Confidence::Medium));
    }
}
