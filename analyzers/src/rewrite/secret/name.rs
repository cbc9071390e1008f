//! What the environment variable of a credential is called: by its place in the code, never by its value.

use crate::lang::Language;
use crate::rewrite::context::Context;
use crate::rewrite::literal;
use crate::rewrite::secret::is_placeholder;
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

/// Prefixes of what other languages import, by the start of the module's name.
const MODULE_PREFIXES: &[(&str, &str)] = &[
    ("mysql", "DB"),
    ("pg", "DB"),
    ("mssql", "DB"),
    ("oracledb", "DB"),
    ("knex", "DB"),
    ("sequelize", "DB"),
    ("typeorm", "DB"),
    ("mongoose", "DB"),
    ("mongodb", "DB"),
    ("java.sql", "DB"),
    ("com.zaxxer.hikari", "DB"),
    ("org.apache.commons.dbcp2", "DB"),
    ("org.postgresql", "DB"),
    ("com.mysql", "DB"),
    ("database/sql", "DB"),
    ("gorm.io", "DB"),
    ("github.com/jmoiron/sqlx", "DB"),
    ("github.com/jackc/pgx", "DB"),
    ("go.mongodb.org", "DB"),
    ("redis", "REDIS"),
    ("ioredis", "REDIS"),
    ("redis.clients", "REDIS"),
    ("github.com/go-redis", "REDIS"),
    ("github.com/redis", "REDIS"),
    ("nodemailer", "SMTP"),
    ("javax.mail", "SMTP"),
    ("jakarta.mail", "SMTP"),
    ("net/smtp", "SMTP"),
    ("gopkg.in/gomail", "SMTP"),
    ("ssh2", "SSH"),
    ("com.jcraft.jsch", "SSH"),
    ("golang.org/x/crypto/ssh", "SSH"),
    ("basic-ftp", "FTP"),
    ("org.apache.commons.net.ftp", "FTP"),
    ("express-session", "SESSION"),
    ("cookie-session", "SESSION"),
    ("github.com/gorilla/sessions", "SESSION"),
    ("jsonwebtoken", "JWT"),
    ("io.jsonwebtoken", "JWT"),
    ("com.auth0.jwt", "JWT"),
    ("github.com/golang-jwt", "JWT"),
    ("stripe", "STRIPE"),
    ("com.stripe", "STRIPE"),
    ("github.com/stripe", "STRIPE"),
    ("twilio", "TWILIO"),
    ("openai", "OPENAI"),
    ("aws-sdk", "AWS"),
    ("@aws-sdk", "AWS"),
    ("com.amazonaws", "AWS"),
    ("software.amazon.awssdk", "AWS"),
];

/// What the credential is that a call takes: the end of its name, and its argument where that matters.
const TAKEN: &[(&str, &str)] = &[
    ("java.sql.DriverManager.getConnection", "dbPassword"),
    ("jsonwebtoken.sign", "jwtSecret"),
    ("jsonwebtoken.verify", "jwtSecret"),
    ("createHmac", "hmacSecret"),
    ("cookieParser", "cookieSecret"),
    ("PBEKeySpec", "password"),
    ("SecretKeySpec", "secretKey"),
    ("DESKeySpec", "secretKey"),
    ("KeyParameter", "secretKey"),
    ("hmacShaKeyFor", "jwtSecret"),
    ("HMAC256", "jwtSecret"),
    ("HMAC384", "jwtSecret"),
    ("HMAC512", "jwtSecret"),
    ("setSigningKey", "jwtSecret"),
    ("signWith", "jwtSecret"),
    ("MACSigner", "jwtSecret"),
    ("MACVerifier", "jwtSecret"),
    ("PasswordAuthentication", "password"),
    ("UsernamePasswordCredentials", "password"),
    ("basic", "password"),
    ("login", "password"),
    ("auth", "password"),
    ("connect", "password"),
    ("load", "keystorePassword"),
    ("addIdentity", "passphrase"),
    ("BasicAWSCredentials", "awsSecretKey"),
    ("AwsBasicCredentials.create", "awsSecretKey"),
    ("SignedString", "jwtSecret"),
    ("crypto/hmac.New", "hmacSecret"),
    ("NewCipher", "encryptionKey"),
    ("chacha20poly1305.New", "encryptionKey"),
    ("NewCookieStore", "sessionSecret"),
    ("NewFilesystemStore", "sessionSecret"),
    ("cookie.NewStore", "sessionSecret"),
    ("PlainAuth", "smtpPassword"),
];

/// What an address with a password in it is the address of.
const ADDRESSES: &[(&str, &str)] = &[
    ("mongodb", "MONGODB_URI"),
    ("redis", "REDIS_URL"),
    ("amqp", "AMQP_URL"),
    ("postgres", "DATABASE_URL"),
    ("mysql", "DATABASE_URL"),
    ("mariadb", "DATABASE_URL"),
    ("sqlserver", "DATABASE_URL"),
    ("jdbc:", "DATABASE_URL"),
];

/// The name of the variable for a literal; two different literals never share one.
pub(in crate::rewrite) fn variable(context: Context<'_>, literal: NodeId) -> Option<String> {
    let plain = plain(context, literal)?;
    let own = value(context, literal)?;
    let tree = context.tree();
    let unit = of_unit(context);
    let full =
        |node: NodeId, plain: String| if is_general(&plain) { prefixed(context, node, &plain, unit) } else { plain };
    let base = full(literal, plain);
    let python = context.program.language == Language::Python;
    let mut values: Vec<String> = Vec::new();
    let texts = |node: &NodeId| tree.kind(*node) == Kind::String && (python || tree.field(*node) != Field::Key);
    for other in tree.ids().filter(|node| texts(node) || !python && *node == literal) {
        if (python || other == literal || is_taken(context, other))
            && self::plain(context, other).map(|plain| full(other, plain)).as_ref() == Some(&base)
            && let Some(value) = value(context, other)
            && !value.is_empty()
            && !values.contains(&value)
            && (python || !is_placeholder(&value))
        {
            values.push(value);
        }
    }
    let index = values.iter().position(|value| *value == own)?;
    let numbered = |at: usize| if at == 0 { base.clone() } else { format!("{base}_{}", at + 1) };
    // What an earlier edit reads is another credential.
    let taken = |name: &str| !python && context.program.text.contains(&format!("requireEnvironment(\"{name}\")"));
    (index..index + 20).map(numbered).find(|name| !taken(name))
}

/// Whether a literal among the arguments of a call is the one that can be a credential.
fn is_taken(context: Context<'_>, literal: NodeId) -> bool {
    let tree = context.tree();
    tree.parent(literal).is_none_or(|call| {
        !matches!(tree.kind(call), Kind::Call | Kind::New)
            || crate::credential::literal(context.program, call) == Some(literal)
    })
}

fn value(context: Context<'_>, literal: NodeId) -> Option<String> {
    if context.program.language == Language::Python {
        return literal::read(context.text(literal)).map(|(_, value)| value);
    }
    context.program.names.text(literal).map(str::to_owned)
}

/// The name by the literal's place alone.
fn plain(context: Context<'_>, literal: NodeId) -> Option<String> {
    let tree = context.tree();
    let mut node = literal;
    let mut parent = tree.parent(node)?;
    if context.program.language != Language::Python {
        if let Some(address) = context.program.names.text(literal).filter(|text| text.contains("://"))
            && let Some((_, name)) = ADDRESSES.iter().find(|(scheme, _)| address.starts_with(scheme))
        {
            return Some((*name).to_owned());
        }
        // `"…".getBytes()`, `[]byte("…")`, `Buffer.from("…")` are the literal in another form.
        for _ in 0..8 {
            let form = match tree.kind(parent) {
                Kind::Cast | Kind::Binary | Kind::Template => true,
                Kind::Attribute => tree.field(node) == Field::Object,
                Kind::Call => {
                    tree.field(node) == Field::Callee
                        || matches!(context.callee_path(parent), "Buffer.from" | "String.valueOf")
                }
                _ => false,
            };
            if !form {
                break;
            }
            node = parent;
            parent = tree.parent(node)?;
        }
    }
    let name = match tree.kind(parent) {
        Kind::Keyword | Kind::Parameter => context.name(parent).to_owned(),
        Kind::Pair => {
            let key = tree.child(parent, Field::Key)?;
            context.string(key).unwrap_or_else(|| context.name(key).to_owned())
        }
        Kind::Assign => target_name(context, tree.child(parent, Field::Target)?)?,
        Kind::Compare => {
            tree.children(parent).find(|&side| side != node).and_then(|side| target_name(context, side))?
        }
        Kind::Call | Kind::New => {
            let position = tree.positional(parent).position(|argument| argument == node)?;
            taken(context, parent, node, position)
        }
        // `user, password := "…", "…"`
        Kind::Tuple if tree.parent(parent).is_some_and(|above| tree.kind(above) == Kind::Assign) => {
            let assign = tree.parent(parent)?;
            let at = tree.children(parent).position(|part| part == node)?;
            let targets = tree.child(assign, Field::Target)?;
            match tree.kind(targets) {
                Kind::Tuple => target_name(context, tree.children(targets).nth(at)?)?,
                _ => target_name(context, targets).unwrap_or_else(|| "credential".to_owned()),
            }
        }
        Kind::Boolean | Kind::Conditional | Kind::Tuple | Kind::List => {
            let assignment = tree.statement(literal);
            tree.child(assignment, Field::Target)
                .and_then(|target| target_name(context, target))
                .unwrap_or_else(|| "credential".to_owned())
        }
        Kind::Return => {
            let function = context.name(tree.scope(literal));
            let function = function.strip_prefix("get").filter(|rest| !rest.is_empty()).unwrap_or(function);
            if is_credential(function) { function.to_owned() } else { "credential".to_owned() }
        }
        _ => "credential".to_owned(),
    };
    let mut upper = String::new();
    let mut before = '_';
    let mut rest = name.chars().peekable();
    while let Some(char) = rest.next() {
        // `apiKey`, and `APIKey`.
        let starts = before.is_ascii_lowercase()
            || before.is_ascii_digit()
            || before.is_ascii_uppercase() && rest.peek().is_some_and(char::is_ascii_lowercase);
        if char.is_ascii_uppercase() && starts {
            upper.push('_');
        }
        before = char;
        upper.push(if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' });
    }
    let upper =
        upper.trim_matches('_').trim_start_matches(|char: char| char == '_' || char.is_ascii_digit()).to_owned();
    Some(match upper.as_str() {
        "PASSWD" | "PWD" | "PASS" => "PASSWORD".to_owned(),
        "" => "CREDENTIAL".to_owned(),
        _ => upper,
    })
}

/// What a call takes at a place.
fn taken(context: Context<'_>, call: NodeId, argument: NodeId, position: usize) -> String {
    let tree = context.tree();
    let callee = context.callee_name(call);
    if context.program.language == Language::Python {
        return match (callee, position) {
            ("login" | "auth" | "basic_auth" | "HTTPBasicAuth", 1) => "password".to_owned(),
            _ => "credential".to_owned(),
        };
    }
    if callee == "equals" {
        let object = tree.child(call, Field::Callee).and_then(|callee| tree.child(callee, Field::Object));
        let other = tree.positional(call).chain(object).find(|&side| side != argument);
        return other.and_then(|side| target_name(context, side)).unwrap_or_else(|| "credential".to_owned());
    }
    if callee == "setProperty" {
        let key = tree.positional(call).next().and_then(|key| context.string(key)).unwrap_or_default();
        return key.rsplit('.').next().unwrap_or_default().to_owned();
    }
    if let Some(name) = callee.strip_prefix("set").filter(|name| is_credential(name)) {
        return name.to_owned();
    }
    let path = context.callee_path(call);
    TAKEN
        .iter()
        .find(|(end, _)| {
            path == *end || callee == *end || path.strip_suffix(end).is_some_and(|rest| rest.ends_with(['.', '/']))
        })
        .map_or_else(|| "credential".to_owned(), |(_, name)| (*name).to_owned())
}

fn is_general(name: &str) -> bool {
    matches!(name, "PASSWORD" | "TOKEN" | "SECRET" | "KEY" | "CREDENTIAL" | "API_KEY")
}

/// The one library of the unit whose credentials have a prefix.
fn of_unit(context: Context<'_>) -> Option<&'static str> {
    let mut known: Vec<&'static str> = if context.program.language == Language::Python {
        PREFIXES.iter().filter(|(library, _)| context.imports(library)).map(|(_, prefix)| *prefix).collect()
    } else {
        let modules = context.modules();
        MODULE_PREFIXES
            .iter()
            .filter(|(library, _)| modules.iter().any(|module| begins(module, library)))
            .map(|(_, prefix)| *prefix)
            .collect()
    };
    if context.program.language != Language::Python {
        known.dedup();
    }
    let [only] = known[..] else { return None };
    Some(only)
}

/// Whether a dotted or slashed path begins with a library's name.
fn begins(path: &str, library: &str) -> bool {
    path.strip_prefix(library)
        .is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '-'))
}

/// A general name gets the library's prefix, else the program's.
fn prefixed(context: Context<'_>, literal: NodeId, name: &str, unit: Option<&str>) -> String {
    let tree = context.tree();
    let around = tree
        .ancestors(literal)
        .find(|&above| matches!(tree.kind(above), Kind::Call | Kind::New))
        .map_or("", |call| context.callee_path(call));
    let prefix = if context.program.language == Language::Python {
        PREFIXES.iter().find(|(library, _)| around.starts_with(library))
    } else {
        MODULE_PREFIXES.iter().find(|(library, _)| begins(around, library))
    };
    match (prefix.map(|(_, prefix)| *prefix).or(unit), name) {
        // A service has keys of its interface; a database or a signature has none.
        (Some("DB" | "JWT" | "SESSION" | "SMTP" | "SSH" | "FTP" | "REDIS"), "API_KEY")
            if context.program.language != Language::Python =>
        {
            name.to_owned()
        }
        (Some(prefix), _) => format!("{prefix}_{name}"),
        (None, "API_KEY") => name.to_owned(),
        (None, _) => format!("APP_{name}"),
    }
}

fn target_name(context: Context<'_>, target: NodeId) -> Option<String> {
    let tree = context.tree();
    match tree.kind(target) {
        Kind::Name => Some(context.text(target).to_owned()),
        Kind::Attribute => Some(context.name(target).to_owned()),
        Kind::Subscript => {
            let index = tree.child(target, Field::Index)?;
            context.string(index).or_else(|| context.program.names.text(index).map(str::to_owned))
        }
        Kind::Call => {
            Some("password".to_owned()).filter(|_| context.text(target).to_ascii_lowercase().contains("pass"))
        }
        _ => None,
    }
}
