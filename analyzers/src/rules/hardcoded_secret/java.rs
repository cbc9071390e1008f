//! Credentials that Java calls take by their place.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::words::is_placeholder;

/// Where calls take a password, key or token.
static PLACES: Table = Table::new(&[
    of("DriverManager", &["getConnection"], At::Nth(2)),
    of("SecretKeySpec", &["new"], At::Nth(0)),
    of("PBEKeySpec", &["new"], At::Nth(0)),
    of("DESKeySpec", &["new"], At::Nth(0)),
    of("KeyParameter", &["new"], At::Nth(0)),
    of("PasswordAuthentication", &["new"], At::Nth(1)),
    of("UsernamePasswordCredentials", &["new"], At::Nth(1)),
    of("KerberosKey", &["new"], At::Nth(1)),
    of("Credentials", &["basic"], At::Nth(1)),
    of("Algorithm", &["HMAC256", "HMAC384", "HMAC512"], At::Nth(0)),
    of("Jwts", &["setSigningKey", "signWith"], At::Last),
    of("JwtParser", &["setSigningKey"], At::Nth(0)),
    of("Keys", &["hmacShaKeyFor"], At::Nth(0)),
    of("MACSigner", &["new"], At::Nth(0)),
    of("MACVerifier", &["new"], At::Nth(0)),
    of("DefaultJedisClientConfig", &["new"], At::Nth(4)),
    of("DefaultJedisClientConfig", &["password"], At::Nth(0)),
    of("Jedis", &["auth"], At::Last),
    of("JedisClientConfig", &["updatePassword"], At::Nth(0)),
    of("Builder", &["password", "setPassword"], At::Nth(0)),
    of("KeyStore", &["load", "getKey"], At::Nth(1)),
    of("KeyManagerFactory", &["init"], At::Nth(1)),
    of(
        "*",
        &["setPassword", "setConnectionPassword", "setSecretKey", "setApiKey", "setAuthToken", "setPassphrase"],
        At::Nth(0),
    ),
    of(
        "*",
        &["setKeyStorePassword", "setTrustStorePassword", "withPassword", "setDatabasePassword", "setProxyPassword"],
        At::Nth(0),
    ),
    of("BasicAWSCredentials", &["new"], At::Nth(1)),
    of("AwsBasicCredentials", &["create"], At::Nth(1)),
    of("AzureKeyCredential", &["new"], At::Nth(0)),
    of("FTPClient", &["login"], At::Nth(1)),
    of("JSch", &["addIdentity"], At::Nth(1)),
    of("Transport", &["connect"], At::Nth(2)),
    of("ConnectionFactory", &["setPassword"], At::Nth(0)),
    of("Connection", &["authenticateWithPassword", "authenticateWithDSA"], At::Nth(1)),
    of("Connection", &["authenticateWithPublicKey"], At::Nth(2)),
    of("*", &["addPasswordIdentity", "setCipherKey", "setEncryptionCipherKey", "setDecryptionCipherKey"], At::Nth(0)),
    of(
        "MongoCredential",
        &[
            "createCredential",
            "createMongoCRCredential",
            "createPlainCredential",
            "createScramSha1Credential",
            "createScramSha256Credential",
        ],
        At::Nth(2),
    ),
    of("UsernamePasswordCredentialBuilder", &["password"], At::Nth(0)),
    of("ClientSecretCredentialBuilder", &["clientSecret"], At::Nth(0)),
    of("*", &["clientSecret", "setClientSecret", "setAccessKeySecret", "setSecretAccessKey"], At::Nth(0)),
    of("*", &["setAccessToken", "setBearerToken", "setPrivateKeyPassword", "setSigningKey"], At::Nth(0)),
    of("BasicSessionCredentials", &["new"], At::Nth(1)),
    of("StorageSharedKeyCredential", &["new"], At::Nth(1)),
    of("KeyStore", &["store", "setKeyEntry"], At::Nth(2)),
    of("KeyStore", &["PasswordProtection"], At::Nth(0)),
    of("PasswordProtection", &["new"], At::Nth(0)),
    of("HttpHeaders", &["setBasicAuth"], At::Nth(1)),
    of("HttpHeaders", &["setBearerAuth"], At::Nth(0)),
    of("BasicAuthenticationInterceptor", &["new"], At::Nth(1)),
    of("UsernamePasswordToken", &["new"], At::Nth(1)),
    of("DriverManagerDataSource", &["new"], At::Nth(2)),
    of("HmacUtils", &["new", "hmacSha256Hex", "hmacSha1Hex"], At::Nth(1)),
    of("StandardPBEStringEncryptor", &["setPassword"], At::Nth(0)),
    of("Encryptors", &["text", "standard", "delux", "queryableText", "stronger"], At::Nth(0)),
    of("Jwts", &["verifyWith"], At::Nth(0)),
    of("JwtBuilder", &["signWith"], At::Last),
    of("JwtParserBuilder", &["setSigningKey", "verifyWith"], At::Nth(0)),
    of("Session", &["setPassword"], At::Nth(0)),
    of("LdapConnection", &["bind"], At::Nth(1)),
    of("LDAPConnection", &["bind"], At::Last),
    of("DSLContext", &["using"], At::Nth(2)),
    of("Sql2o", &["new"], At::Nth(2)),
    of("Jdbi", &["create"], At::Nth(2)),
    of("Flyway", &["dataSource"], At::Nth(2)),
]);

/// The literal behind `"…".getBytes()`, `"…".toCharArray()`, `Base64.decode("…")`, or in an array of bytes.
fn literal(context: &Context<'_>, value: NodeId, depth: u32) -> Option<(NodeId, String)> {
    if depth > 4 {
        return None;
    }
    if let Some(text) = context.string(value) {
        return Some((value, text.to_owned()));
    }
    match context.kind(value) {
        Kind::Call => {
            let inner = match context.method(value) {
                "getBytes" | "toCharArray" | "toString" | "trim" => context.object(value),
                "decode" | "decodeHex" | "decodeBase64" | "parseHexBinary" | "parseBase64Binary" | "valueOf" => {
                    context.positional(value, 0)
                }
                _ => None,
            }?;
            literal(context, context.value(inner), depth + 1)
        }
        Kind::List => {
            let parts: Vec<NodeId> = context.tree().children(value).take(64).collect();
            let constant =
                parts.len() >= 4 && parts.iter().all(|&part| context.program().names.constant(part).is_some());
            constant.then(|| (value, context.source(value).to_owned()))
        }
        Kind::Name | Kind::Attribute => {
            let inner = context.value(value);
            if inner == value { None } else { literal(context, inner, depth + 1) }
        }
        _ => None,
    }
}

/// A call whose credential stands in the source.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if matches!(context.method(call), "setProperty" | "put") {
        return property(context, call, found);
    }
    for value in PLACES.reached(context, call) {
        let Some((_, text)) = literal(context, context.value(value), 0) else { continue };
        let text = text.trim();
        if text.len() < 3 || is_placeholder(text) && text.len() > 12 || text.starts_with("${") || text.contains("://") {
            continue;
        }
        if super::in_test(context, call) {
            return;
        }
        let report = Report::issue(call, concept::HARDCODED_SECRET, "A credential stands in the source.");
        return found.push(context, report.cwe(&[798, 321, 259]).confidence(Confidence::Medium));
    }
}

/// `System.setProperty("javax.net.ssl.keyStorePassword", "…")`.
fn property(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let key = context.positional(call, 0).and_then(|key| context.string(key)).unwrap_or_default();
    let last = key.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let named = context.positional(call, 0).is_some_and(|key| context.source(key).ends_with("SECURITY_CREDENTIALS"))
        || key == "java.naming.security.credentials";
    if !named && !last.ends_with("password") && !last.ends_with("secret") && !last.ends_with("secretkey") {
        return;
    }
    // A map of anything is no configuration.
    let configures = context.method(call) == "setProperty"
        || named
        || context.callee(call).contains("Properties")
        || key.contains('.') && context.object(call).is_some_and(|object| names_settings(context.source(object)));
    let Some(value) = context.positional(call, 1).and_then(|value| context.string(value)).filter(|_| configures) else {
        return;
    };
    if value.len() >= 3 && !value.starts_with("${") && !super::in_test(context, call) {
        let report = Report::issue(call, concept::HARDCODED_SECRET, "A credential stands in the source.");
        found.push(context, report.cwe(&[798, 259]).severity(Severity::Medium));
    }
}

fn names_settings(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["prop", "config", "setting", "env"].iter().any(|part| name.contains(part))
}

/// Tokens that show what they are.
pub(super) fn text(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(text) = context.tree().string(node, context.text()) else { return };
    if crate::rules::hardcoded_key::shows_token(&text) && !super::in_test(context, node) {
        let report = Report::issue(node, concept::HARDCODED_SECRET, "An access token is written into the source.");
        found.push(context, report.cwe(&[798]));
    }
}
