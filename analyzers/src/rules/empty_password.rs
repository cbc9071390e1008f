//! CWE-258: a connection with an empty password.

mod settings;

pub(super) mod script;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report, Rule, example, javascript, javascript_row, python, python_row, row};
use crate::syntax::{Kind, NodeId};
use crate::words::is_placeholder;

pub(crate) const RULE: Rule = Rule {
    id: "empty-password",
    cwe: &[258, 287, 521],
    severity: Severity::Medium,
    summary: "A server is reached with an empty password.",
    advice: "Give the account a password, and read it from the environment or a secret store.",
    rows: &[
        row(&[Language::Dockerfile, Language::Yaml, Language::Ini], &[Kind::Pair], settings::check),
        javascript_row(&[Kind::Call, Kind::New], script::check),
        python_row(&[Kind::Call], check_python),
        javascript_row(&[Kind::Call, Kind::New], script::check),
        python_row(&[Kind::Call], check_python),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], check_taken),
    ],
    bad: &[
        example(Language::Php, "<?php\n$db = new mysqli('db.internal', 'root', '', 'shop');\n"),
        example(Language::CSharp, "class A { object F() { return new NetworkCredential(\"mail\", \"\"); } }\n"),
        example(Language::Ruby, "db = PG.connect(host: 'db.internal', user: 'app', password: '')\n"),
        example(Language::Rust, "fn f() { let o = PgConnectOptions::new().host(\"db\").password(\"\"); g(o); }\n"),
        javascript(
            "const mysql = require('mysql');\nconst db = mysql.createConnection({ host: 'db', user: 'root', password: '' });\n",
        ),
        javascript(
            "const Sequelize = require('sequelize');\nconst s = new Sequelize('db', 'root', '', { dialect: 'mysql' });\n",
        ),
        example(Language::Dockerfile, "FROM mysql:8\nENV MYSQL_ALLOW_EMPTY_PASSWORD=yes\nUSER app\n"),
        example(
            Language::Yaml,
            "services:\n  a:\n    image: postgres:16\n    environment:\n      - POSTGRES_HOST_AUTH_METHOD=trust\n",
        ),
        example(Language::Ini, "MYSQL_ALLOW_EMPTY_PASSWORD=1\n"),
        python("import ldap\nconn = ldap.initialize('ldaps://a.example')\nconn.simple_bind_s('cn=root')\n"),
        python("import psycopg2\nc = psycopg2.connect(user='a', password='')\n"),
        python("import redis\nr = redis.Redis(host='cache', password='')\n"),
        python(
            "import requests\nrequests.get('https://a.example', auth=requests.auth.HTTPBasicAuth('user', ''), timeout=3)\n",
        ),
        python("from ldap3 import Connection\nc = Connection(server, user='cn=admin', password='')\n"),
    ],
    good: &[
        example(Language::Php, "<?php\n$db = new mysqli('db.internal', 'root', $password, 'shop');\n"),
        example(Language::CSharp, "class A { object F(string p) { return new NetworkCredential(\"mail\", p); } }\n"),
        example(
            Language::Ruby,
            "db = PG.connect(host: 'db.internal', user: 'app', password: ENV['P'])\nform = Form.new(password: '')\n",
        ),
        example(Language::Rust, "fn f(p: &str) { let o = PgConnectOptions::new().host(\"db\").password(p); g(o); }\n"),
        javascript(
            "const mysql = require('mysql');\nconst db = mysql.createConnection({ host: 'db', user: 'root', password: process.env.DB_PASSWORD });\n",
        ),
        example(Language::Dockerfile, "FROM mysql:8\nENV MYSQL_DATABASE=shop\nUSER app\n"),
        example(
            Language::Yaml,
            "services:\n  a:\n    image: postgres:16\n    environment:\n      - POSTGRES_HOST_AUTH_METHOD=scram-sha-256\n",
        ),
        example(Language::Ini, "MYSQL_ALLOW_EMPTY_PASSWORD=0\n"),
        python("import os, psycopg2\nc = psycopg2.connect(user='a', password=os.environ['P'])\n"),
        python("def create_user(name, password=''):\n    pass\ncreate_user('a', password='')\n"),
        python("form = LoginForm(user='', password='')\n"),
    ],
};

/// First parts of the names of libraries that reach a server with a password.
const DRIVERS: &[&str] = &[
    "psycopg2",
    "psycopg",
    "pg8000",
    "asyncpg",
    "aiopg",
    "pymysql",
    "MySQLdb",
    "mysql",
    "mariadb",
    "aiomysql",
    "tormysql",
    "pymssql",
    "pyodbc",
    "cx_Oracle",
    "oracledb",
    "redis",
    "aioredis",
    "pymongo",
    "motor",
    "neo4j",
    "cassandra",
    "couchbase",
    "peewee",
    "ldap3",
    "ldap",
    "ftplib",
    "imaplib",
    "poplib",
    "smtplib",
    "paramiko",
    "pika",
    "kombu",
    "clickhouse_driver",
    "sqlalchemy",
    "snowflake",
    "influxdb",
    "elasticsearch",
    "requests",
    "httpx",
    "playhouse",
];

/// Whether a call is one of a library that reaches a server with a password.
pub(super) fn is_driver(context: &Context<'_>, call: NodeId) -> bool {
    context.kind(call) == Kind::Call && DRIVERS.contains(&context.callee(call).split('.').next().unwrap_or_default())
}

/// Drivers of Ruby and C# that take a password by its name.
const NAMED: &[&str] = &[
    "PG.connect",
    "PG.Connection.new",
    "Mysql2.Client.new",
    "Redis.new",
    "Mongo.Client.new",
    "Cassandra.cluster",
    "Sequel.connect",
    "TinyTds.Client.new",
    "Net.SSH.start",
    "Net.SFTP.start",
    "ActiveRecord.Base.establish_connection",
    "SqlConnectionStringBuilder",
    "NpgsqlConnectionStringBuilder",
    "MySqlConnectionStringBuilder",
    "OracleConnectionStringBuilder",
    "ConnectionFactory",
];

/// A password of nothing where a library takes one.
fn check_taken(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let drives =
        NAMED.iter().any(|name| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    let named = ["password", "Password", "pass"].iter().find_map(|name| context.keyword(call, name)).filter(|_| drives);
    let taken = super::hardcoded_secret::more::taken(context, call);
    let empty = named.into_iter().chain(taken).find(|&value| {
        let text = super::hardcoded_secret::more::literal(context, value, 0);
        text.and_then(|text| context.string(text)) == Some("")
    });
    if let Some(password) = empty.filter(|_| path != "define") {
        let message = "A server is reached with an empty password.";
        found.push(context, Report::issue(password, concept::HARDCODED_SECRET, message).confidence(Confidence::Medium));
    }
}

fn check_python(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    // A bind with a name and no password is taken for an anonymous one, and succeeds.
    if matches!(context.method(call), "simple_bind_s" | "bind_s")
        && context.mentions("ldap")
        && context.positional(call, 0).is_some()
        && context.tree().children_in(call, crate::syntax::Field::Argument).count() == 1
        && !context.has_spread(call)
    {
        let message = "A directory is asked without a password.";
        let report = Report::issue(call, concept::HARDCODED_SECRET, message).cwe(&[287, 521, 306]);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if !is_driver(context, call) {
        return;
    }
    let last = path.rsplit('.').next().unwrap_or_default();
    let password = ["password", "passwd", "pwd", "secret_access_key"]
        .iter()
        .find_map(|name| context.keyword(call, name))
        .or_else(|| {
            let at = match last {
                "HTTPBasicAuth"
                | "HTTPDigestAuth"
                | "HTTPProxyAuth"
                | "PasswordAuthenticator"
                | "basic_auth"
                | "login"
                | "simple_bind_s"
                | "bind_s" => 1,
                "connect" if path.contains("_mysql") || path.starts_with("MySQLdb") || path.starts_with("pymysql") => 2,
                _ => return None,
            };
            context.positional(call, at)
        });
    // The same call with a password in it.
    if let Some(password) = password.filter(|&password| context.kind(password) == Kind::String)
        && context.tree().parent(password) == Some(call)
        && context.string(password).is_some_and(|text| !text.is_empty() && !is_placeholder(text))
    {
        let message = "A password stands in the source.";
        let report = Report::issue(password, concept::HARDCODED_SECRET, message).cwe(&[259, 798, 287]);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    let empty = password.filter(|&password| context.string(password) == Some(""));
    if let Some(password) = empty {
        let message = "A server is reached with an empty password.";
        found.push(context, Report::issue(password, concept::HARDCODED_SECRET, message).confidence(Confidence::Medium));
    }
}
