//! Credentials of C#, PHP, Ruby and Rust by the place where a library takes them.

use super::in_test;
use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Table, sink};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{is_placeholder, names_password, names_secret};

/// Where a password or key is taken.
static TAKERS: Table = Table::new(&[
    sink(
        CSharp,
        &[
            "NetworkCredential",
            "Membership.CreateUser",
            ".ChangePassword",
            "X509Certificate2",
            "X509Certificate",
            "PasswordAuthenticationMethod",
            ".Authenticate",
            "SqlCredential",
            "HttpBasicAuthenticator",
            "AWSCredentials",
            "BasicAWSCredentials",
        ],
        At::Nth(1),
    ),
    sink(
        CSharp,
        &[
            ".WithSecret",
            "SymmetricSecurityKey",
            "HMACSHA256",
            "HMACSHA384",
            "HMACSHA512",
            "HMACSHA1",
            "AesGcm",
            "ApiKeyCredential",
            "AzureKeyCredential",
            "JwtAuthenticator",
        ],
        At::Nth(0),
    ),
    sink(
        Php,
        &[
            "mysqli_connect",
            "mysqli",
            "mysqli_real_connect",
            "PDO",
            "mysql_connect",
            "ftp_login",
            "ssh2_auth_password",
            "ldap_bind",
            "imap_open",
            "openssl_encrypt",
            "openssl_decrypt",
            "hash_hmac",
            "oci_connect",
        ],
        At::Nth(2),
    ),
    sink(Php, &["JWT.encode", "JWT.decode", "define"], At::Nth(1)),
    sink(Php, &["Key"], At::Nth(0)),
    sink(
        Ruby,
        &[
            "JWT.encode",
            "JWT.decode",
            "OpenSSL.HMAC.hexdigest",
            "OpenSSL.HMAC.digest",
            ".basic_auth",
            "OpenSSL.PKey.RSA.new",
            "OpenSSL.PKey.read",
            "Aws.Credentials.new",
            "Mongo.Auth.User.new",
        ],
        At::Nth(1),
    ),
    sink(
        Ruby,
        &["ActiveSupport.MessageEncryptor.new", "ActiveSupport.MessageVerifier.new", "Stripe.api_key"],
        At::Nth(0),
    ),
    sink(Rust, &[".basic_auth", ".authenticate"], At::Nth(1)),
    sink(
        Rust,
        &[
            ".bearer_auth",
            ".password",
            "EncodingKey.from_secret",
            "DecodingKey.from_secret",
            ".new_from_slice",
            "Hmac.new_from_slice",
            "HmacSha256.new_from_slice",
            "Key.from_slice",
            "Key.from",
            "Fernet.new",
        ],
        At::Nth(0),
    ),
]);

/// The values that a call takes for a password or key, and whether it is one to reach a server with.
pub(in crate::rules) fn taken(context: &Context<'_>, call: NodeId) -> Vec<NodeId> {
    TAKERS.reached(context, call)
}

/// The constant text in a value, also through what turns it into bytes or wraps it.
pub(in crate::rules) fn literal(context: &Context<'_>, node: NodeId, depth: u32) -> Option<NodeId> {
    const MOST_DEPTH: u32 = 4;
    let tree = context.tree();
    let value = context.value(node);
    if matches!(context.kind(value), Kind::String | Kind::Template) && context.string(value).is_some() {
        return Some(value);
    }
    if depth >= MOST_DEPTH || context.kind(value) != Kind::Call {
        return None;
    }
    let path = context.callee(value);
    let last = path.rsplit('.').next().unwrap_or(path);
    let last = if last.is_empty() { context.method(value) } else { last };
    let wraps = matches!(
        last,
        "GetBytes"
            | "Some"
            | "as_bytes"
            | "as_ref"
            | "into"
            | "to_string"
            | "to_owned"
            | "from"
            | "as_str"
            | "encode"
            | "pack"
            | "freeze"
            | "ToCharArray"
            | "FromBase64String"
            | "clone"
    );
    let inner = tree.positional(value).next().or_else(|| context.object(value)).filter(|_| wraps)?;
    literal(context, inner, depth + 1)
}

/// Checks a call or a creation.
pub(super) fn call(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.callee(node);
    // `define('DB_PASSWORD', 'secret')`
    let defines = path == "define";
    if defines && !context.positional(node, 0).and_then(|name| context.string(name)).is_some_and(names_secret) {
        return;
    }
    // `new SqlConnection("Password=…")`
    let connects = context.kind(node) == Kind::New && path.ends_with("Connection");
    let settings = context.positional(node, 0).filter(|_| connects).and_then(|text| literal(context, text, 0));
    if let Some(text) = settings
        && context.string(text).is_some_and(holds_password)
        && !in_test(context, node)
    {
        return report(context, text, &[798, 259, 321], found);
    }
    for value in taken(context, node) {
        let Some(text) = literal(context, value, 0) else { continue };
        let secret = context.string(text).is_some_and(|text| {
            text.len() >= 4
                && !is_placeholder(text)
                && !text.contains("-----BEGIN")
                && !text.starts_with(['/', '$', '%'])
        });
        if secret && !in_test(context, node) && !is_named(context, text) {
            // What a local server is set up with.
            let usual = matches!(context.string(text), Some("postgres" | "password" | "root" | "guest" | "secret"));
            let cwe: &'static [u16] = if usual { &[798, 259] } else { &[798, 259, 321, 287] };
            report(context, text, cwe, found);
            return;
        }
    }
}

/// Whether the settings of a connection hold a password.
fn holds_password(text: &str) -> bool {
    text.split(';').take(24).filter_map(|part| part.split_once('=')).any(|(name, value)| {
        let (name, value) = (name.trim(), value.trim());
        ["password", "pwd"].iter().any(|known| name.eq_ignore_ascii_case(known))
            && value.len() >= 3
            && !is_placeholder(value)
            && !value.starts_with(['{', '$', '<', '%', '@'])
    })
}

/// Whether the name that the text is given says that it is a secret: told there.
fn is_named(context: &Context<'_>, text: NodeId) -> bool {
    let tree = context.tree();
    tree.parent(text).filter(|&above| context.kind(above) == Kind::Assign).is_some_and(|assign| {
        tree.children_in(assign, Field::Target)
            .any(|target| names_secret(context.source(target).trim_start_matches('$')))
    })
}

fn report(context: &Context<'_>, node: NodeId, cwe: &'static [u16], found: &mut Findings) {
    let report = Report::issue(node, concept::HARDCODED_SECRET, "A credential stands in the source.").cwe(cwe);
    found.push(context, report.confidence(Confidence::Medium));
}

/// The default of a parameter that takes a password: `def connect(user, password = "secret")`.
pub(super) fn default(context: &Context<'_>, parameter: NodeId, found: &mut Findings) {
    let name = context.name(parameter).trim_start_matches('$');
    let Some(value) = context.tree().child(parameter, Field::Default) else { return };
    let Some(text) = context.string(value).filter(|_| context.kind(value) == Kind::String) else { return };
    if names_password(name) && text.len() >= 4 && !is_placeholder(text) && !in_test(context, parameter) {
        report(context, value, &[798, 259], found);
    }
}
