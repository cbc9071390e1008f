//! CWE-321/798: cryptographic keys, tokens and URL passwords written into the source.

mod script;
mod shell;

use crate::concept;
use crate::finding::{Severity, Step};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report, Rule, example, javascript, javascript_row, python, python_row, row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{is_placeholder, names_secret};

pub(crate) const RULE: Rule = Rule {
    id: "hardcoded-key",
    cwe: &[321, 798],
    severity: Severity::High,
    summary: "A cryptographic key or access token is written into the source.",
    advice: "Read it from the environment or a secret store at the place of use, and replace the one that was published.",
    rows: &[
        javascript_row(&[Kind::Call, Kind::New], script::check),
        javascript_row(&[Kind::String], python_text),
        go_row(&[Kind::String], python_text),
        python_row(&[Kind::Call], python_call),
        python_row(&[Kind::String], python_text),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::String], python_text),
        row(&[Language::Bash], &[Kind::String], python_text),
        row(&[Language::Bash], &[Kind::Call], shell::check),
    ],
    bad: &[
        python(
            "import hashlib\nfrom Crypto.Cipher import AES\ndef box():\n    phrase = 'correct horse battery'\n    return AES.new(hashlib.sha256(phrase.encode()).digest(), AES.MODE_GCM)\n",
        ),
        python(
            "import base64, hashlib\nfrom cryptography.fernet import Fernet\nf = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b'of the house').digest()))\n",
        ),
        example(Language::Bash, "mysql -u root -pZx81_kqpw shop < dump.sql\n"),
        example(Language::Bash, "curl https://deploy:Xk29fjQ7@git.example.com/a.tar.gz -o a.tar.gz\n"),
        javascript("app.use(session({ secret: 'keyboard cat', resave: false }));\n"),
        javascript(
            "const crypto = require('crypto');\nconst c = crypto.createCipheriv('aes-128-cbc', Buffer.from('sixteen byte key'), iv);\n",
        ),
        javascript("const id = 'AKIAQ3EGRIDYVAXCBD2P';\n"),
        python("headers = {'Authorization': 'Bearer 4eC39HqLyjWDarjtT1zdp7dc'}\n"),
        python("import psycopg2\nc = psycopg2.connect('dbname=app user=admin password=s3cretpw host=db')\n"),
        python("HOOK = 'https://hooks.slack.com/services/T00000042/B00000017/kq81mZpw93mdnsh2'\n"),
        example(Language::Php, "<?php\n$id = 'AKIAQ3EGRIDYVAXCBD2P';\n"),
        example(Language::CSharp, "class A { string url = \"postgres://admin:Xk29fj@db.internal/app\"; }\n"),
        example(Language::Ruby, "ID = 'AKIAQ3EGRIDYVAXCBD2P'\n"),
        example(Language::Rust, "const ID: &str = \"AKIAQ3EGRIDYVAXCBD2P\";\n"),
        golang("package p\nvar id = \"AKIAIOSFODNN7ABCDEFG\"\n"),
        python("import jwt\ndef make(p):\n    return jwt.encode(p, 'my-signing-phrase', algorithm='HS256')\n"),
        python("from Crypto.Cipher import AES\nK = b'0123456789abcdef'\nc = AES.new(K, AES.MODE_GCM)\n"),
        python("from cryptography.fernet import Fernet\nf = Fernet(b'c2VjcmV0LWtleS1mb3ItdGVzdGluZy0xMjM0NTY3ODk=')\n"),
        python("client = connect('AKIAQ3EGRIDYVAXCBD2P')\n"),
        python("engine = create_engine('postgresql://admin:Xk29fj@db.internal/app')\n"),
        python("import hmac\ndef sign(m):\n    return hmac.new(b'k3y-of-mine', m, 'sha256').digest()\n"),
    ],
    good: &[
        python(
            "import hashlib, os\nfrom Crypto.Cipher import AES\ndef box():\n    return AES.new(hashlib.sha256(os.environ['PHRASE'].encode()).digest(), AES.MODE_GCM)\n",
        ),
        python(
            "import hashlib\nfrom Crypto.Cipher import AES\ndef box(phrase):\n    return AES.new(hashlib.sha256(phrase.encode()).digest(), AES.MODE_GCM)\n",
        ),
        example(Language::Bash, "mysql -u root -p\"$DB_PASSWORD\" shop < dump.sql\n"),
        javascript("app.use(session({ secret: process.env.SECRET, resave: false }));\n"),
        javascript(
            "const crypto = require('crypto');\nconst c = crypto.createCipheriv('aes-256-cbc', crypto.scryptSync(password, salt, 32), iv);\n",
        ),
        python("headers = {'Authorization': 'Bearer ' + token}\n"),
        python("c = connect('dbname=app user=admin password=%s host=db' % secret)\n"),
        example(Language::Php, "<?php\n$id = getenv('AWS_ACCESS_KEY_ID');\n"),
        example(Language::CSharp, "class A { string url = \"postgres://user:password@localhost/db\"; }\n"),
        example(Language::Ruby, "ID = ENV['AWS_ACCESS_KEY_ID']\n"),
        example(Language::Rust, "const NAME: &str = \"AKIA\";\n"),
        golang("package p\nvar id = \"AKIA\"\n"),
        python("import os, jwt\ndef make(p):\n    return jwt.encode(p, os.environ['JWT_KEY'], algorithm='HS256')\n"),
        python("from cryptography.fernet import Fernet\nf = Fernet(Fernet.generate_key())\n"),
        python("url = 'postgresql://user:password@localhost/db'\n"),
        python("url = 'https://example.org/a:b@c'\n"),
        python("def test_sign():\n    import hmac\n    assert hmac.new(b'key', b'm', 'sha256').digest()\n"),
    ],
};

/// Where a callee takes its key.
fn key_position(path: &str) -> Option<usize> {
    match path {
        "jwt.encode" | "jwt.decode" | "jose.jwt.encode" | "jose.jwt.decode" => Some(1),
        "hmac.new" | "hmac.HMAC" | "hmac.digest" | "cryptography.fernet.Fernet" => Some(0),
        "cryptography.hazmat.primitives.ciphers.algorithms.AES"
        | "cryptography.hazmat.primitives.ciphers.aead.AESGCM" => Some(0),
        "itsdangerous.URLSafeTimedSerializer"
        | "itsdangerous.URLSafeSerializer"
        | "itsdangerous.Serializer"
        | "itsdangerous.TimestampSigner" => Some(0),
        _ if path.starts_with("Crypto") && path.contains(".Cipher.") && path.rsplit('.').next() == Some("new") => {
            Some(0)
        }
        _ => None,
    }
}

fn in_test(context: &Context<'_>, node: NodeId) -> bool {
    context.tree().ancestors(node).any(|above| {
        matches!(context.kind(above), Kind::Function | Kind::Class)
            && context.name(above).to_ascii_lowercase().starts_with("test")
    })
}

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(at) = key_position(context.callee(call)) else { return };
    let Some(key) = context.argument(call, at, "key") else { return };
    let literal = made_from(context, key);
    let Some(text) = context.string(literal).filter(|text| text.len() >= 4 && !is_placeholder(text)) else { return };
    if text.contains("-----BEGIN PUBLIC") || in_test(context, call) {
        return;
    }
    // The literal is the sink; where its name says that it is a secret, that name has its own finding.
    let value = context.value(literal);
    let named =
        context.tree().parent(value).filter(|&above| context.kind(above) == Kind::Assign).is_some_and(|assign| {
            context.tree().children_in(assign, Field::Target).any(|target| names_secret(context.source(target)))
        });
    let is_argument = context.tree().parent(value).is_some_and(|above| context.kind(above) == Kind::Keyword);
    if !named && !is_argument {
        let message = "A cryptographic key is written into the source.";
        let step = |node: NodeId, note: &str| Step { span: context.tree().span(node), note: note.to_owned() };
        let trace = vec![step(value, "the key stands here"), step(call, "it is used as a key")];
        found.push(context, Report::issue(value, concept::HARDCODED_SECRET, message).trace(trace));
    }
}

/// What a key is computed from where nothing else goes in: `hashlib.sha256(b"…").digest()`, `b64encode(b"…")`.
fn made_from(context: &Context<'_>, key: NodeId) -> NodeId {
    let mut at = key;
    for _ in 0..8 {
        let value = context.value(at);
        if context.string(value).is_some() || context.kind(value) != Kind::Call {
            return at;
        }
        let path = context.callee(value);
        let inner = match context.method(value) {
            "digest" | "hexdigest" | "encode" | "ljust" | "rjust" | "zfill" => context.object(value),
            _ if path.starts_with("hashlib.pbkdf2") => context.positional(value, 1),
            _ if path.starts_with("hashlib.") || path.starts_with("base64.") || path == "bytes" => {
                context.positional(value, 0)
            }
            _ => None,
        };
        match inner {
            Some(inner) => at = inner,
            None => return at,
        }
    }
    at
}

/// Tokens that show what they are, and URLs with a password.
fn python_text(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(text) = context.tree().string(node, context.text()) else { return };
    let text = text.as_ref();
    if text.len() < 14 || in_test(context, node) {
        return;
    }
    if text.split_whitespace().take(3).any(shows_token) || shows_token(text) || is_bearer(text) || is_webhook(text) {
        return found.push(
            context,
            Report::issue(node, concept::HARDCODED_SECRET, "An access token is written into the source.").cwe(&[798]),
        );
    }
    if let Some(password) = connection_password(text).filter(|password| !is_placeholder(password)) {
        let plain = !matches!(password.to_ascii_lowercase().as_str(), "password" | "pass" | "secret" | "pwd");
        if plain {
            let report = Report::issue(node, concept::HARDCODED_SECRET, "A connection string holds a password.");
            return found.push(context, report.cwe(&[798, 259]).severity(Severity::Medium));
        }
    }
    if shows_key_inside(text) && context.program().language.names_keys_in_guards() {
        // Keys of maps are public by design, and are held to the sites that may use them elsewhere.
        let message = "A key of a service stands inside a text; it must be held to the sites that may use it.";
        return found.push(context, Report::audit(node, concept::HARDCODED_SECRET, message).cwe(&[798]));
    }
    let known = ["password", "pass", "passwd", "secret", "postgres", "guest", "pwd", "root", "user", "username"];
    if let Some(password) = url_password(text)
        && !is_placeholder(password)
        && !known.contains(&password.to_ascii_lowercase().as_str())
        && !password.contains(['{', '$', '%', '<'])
    {
        let report = Report::issue(node, concept::HARDCODED_SECRET, "A URL in the source holds a password.");
        found.push(context, report.cwe(&[798, 259]).severity(Severity::Medium));
    }
}

/// Whether a key of Google's services stands somewhere in a text.
fn shows_key_inside(text: &str) -> bool {
    const LENGTH: usize = 39;
    text.match_indices("AIza").take(16).any(|(at, _)| {
        text.get(at..at + LENGTH)
            .is_some_and(|key| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')))
    })
}

/// Whether a text is an access token by its form.
pub(super) fn shows_token(text: &str) -> bool {
    let word = |prefix: &str, least: usize| {
        text.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() >= least && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        })
    };
    let token = (word("AKIA", 16) && text.len() == 20)
        || word("ghp_", 30)
        || word("github_pat_", 30)
        || word("glpat-", 18)
        || word("xoxb-", 20)
        || word("xoxp-", 20)
        || word("sk_live_", 16)
        || (word("AIza", 30) && text.len() < 50)
        || (word("sk-", 32) && text.len() < 200)
        || (text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") && text.len() > 80);
    token && !text.contains("EXAMPLE") && !is_placeholder(text)
}

/// The password in `scheme://user:password@host`.
pub(super) fn url_password(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    let plain = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'));
    (plain && !password.is_empty()).then_some(password)
}

/// `Bearer …` with a value that nobody would make up.
fn is_bearer(text: &str) -> bool {
    let Some((scheme, token)) = text.split_once(' ') else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'=' | b'/' | b'+');
    matches!(scheme, "Bearer" | "Token" | "token" | "Basic" | "ApiKey")
        && token.len() >= 16
        && token.bytes().all(plain)
        && token.bytes().any(|byte| byte.is_ascii_digit())
        && !is_placeholder(token)
}

/// An address of a chat service that lets anybody post who knows it.
fn is_webhook(text: &str) -> bool {
    let parts = |rest: &str| rest.split('/').filter(|part| part.len() >= 8).count();
    text.strip_prefix("https://hooks.slack.com/services/").is_some_and(|rest| parts(rest) >= 3)
        || ["https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/"]
            .iter()
            .any(|head| text.strip_prefix(head).is_some_and(|rest| parts(rest) >= 2))
}

/// The password in `host=… user=… password=…` and `SERVER=…;UID=…;PWD=…`.
fn connection_password(text: &str) -> Option<&str> {
    if text.len() > 400 || !text.contains('=') || text.contains("://") {
        return None;
    }
    let separator = if text.contains(';') { ';' } else { ' ' };
    let mut password = None;
    let mut known = 0;
    for part in text.split(separator) {
        let Some((key, value)) = part.split_once('=') else { continue };
        match key.trim().to_ascii_lowercase().as_str() {
            "password" | "pwd" => password = Some(value.trim()),
            "host" | "server" | "user" | "uid" | "user id" | "dbname" | "database" | "data source" | "driver" => {
                known += 1;
            }
            _ => {}
        }
    }
    password.filter(|password| known > 0 && password.len() >= 3 && !password.contains(['{', '%', '$', '<', '*']))
}
