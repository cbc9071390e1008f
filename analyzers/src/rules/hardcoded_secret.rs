//! CWE-259, CWE-798: a password, key or token in the source.

mod go;
mod java;
pub(super) mod more;
mod native;
mod python;
mod settings;
mod sql;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::{call_path, constant_text, label};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, java, java_row, javascript, javascript_row, python, python_row,
};
use crate::rule::{example, row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{is_placeholder, names_password, names_secret, words};

pub(crate) const RULE: Rule = Rule {
    id: "hardcoded-secret",
    cwe: &[798, 259, 321],
    severity: Severity::Medium,
    summary: "A password, key or token stands in the source.",
    advice: "Read it from the environment or a secret store where it is used, and fail with a clear error when it is not configured.",
    rows: &[
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        row(&[Language::Html], &[Kind::Pair], settings::attribute),
        row(&[Language::Sql], &[Kind::Other], sql::check),
        go_row(&[Kind::Assign], check_assign),
        go_row(&[Kind::Keyword], go::option),
        go_row(&[Kind::Pair], check_pair),
        go_row(&[Kind::Compare], check_compare),
        go_row(&[Kind::Call], go::call),
        go_row(&[Kind::Return], go::returned),
        c_row(&[Kind::Assign], check_assign),
        c_row(&[Kind::Call], native::call),
        c_row(&[Kind::String], native::text),
        python_row(&[Kind::Assign], check_assign),
        python_row(&[Kind::Keyword], check_keyword),
        python_row(&[Kind::Parameter], check_default),
        python_row(&[Kind::Pair], check_pair),
        python_row(&[Kind::Compare], check_compare),
        python_row(&[Kind::Compare], python::accounts),
        python_row(&[Kind::Call], python::call),
        java_row(&[Kind::Assign], check_assign),
        java_row(&[Kind::Call, Kind::New], check_java_argument),
        javascript_row(&[Kind::Assign], check_assign),
        javascript_row(&[Kind::Parameter], check_default),
        javascript_row(&[Kind::Pair], check_pair),
        javascript_row(&[Kind::Compare], check_compare),
        javascript_row(&[Kind::Call], check_javascript_argument),
        java_row(&[Kind::Call, Kind::New], java::call),
        java_row(&[Kind::String], java::text),
        row(&[Language::Php, Language::CSharp, Language::Ruby], &[Kind::Parameter], more::default),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::call),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust, Language::Bash],
            &[Kind::Assign],
            check_assign,
        ),
        row(&[Language::Php, Language::CSharp, Language::Ruby], &[Kind::Keyword], check_keyword),
        row(&[Language::Php, Language::Ruby], &[Kind::Pair], check_pair),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Compare], check_compare),
    ],
    bad: &[
        c("#include <libpq-fe.h>\nPGconn *f(void) { return PQconnectdb(\"host=db user=app password=Zx81kqpw93\"); }\n"),
        c("#include <curl/curl.h>\nvoid f(CURL *c) { curl_easy_setopt(c, CURLOPT_USERPWD, \"admin:Zx81kqpw93\"); }\n"),
        javascript("function may(password) { return password === 'Sup3rS3cret'; }\n"),
        python("if (user, password) == ('admin', 's3cr3t!'):\n    login()\n"),
        python("USERS = {'admin': 'admin123'}\ndef login(user, password):\n    return USERS.get(user) == password\n"),
        python("import argparse\np = argparse.ArgumentParser()\np.add_argument('--password', default='root1234')\n"),
        python("import smtplib\ns = smtplib.SMTP_SSL('smtp.a.example')\ns.login('me@a.example', 'Wint3r-2041')\n"),
        python("import os\nconnect(os.environ.get('DB_PASSWORD', 'hunter22'))\n"),
        python("app.secret_key = 'a very secret phrase'\n"),
        example(
            Language::Yaml,
            "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: s3cr3tPa55\n",
        ),
        example(
            Language::Yaml,
            "services:\n  db:\n    image: mysql:8\n    environment:\n      - MYSQL_ROOT_PASSWORD=root\n",
        ),
        example(
            Language::Yaml,
            "kind: Deployment\nspec:\n  containers:\n    - name: a\n      env:\n        - name: API_KEY\n          value: \"a8f5f167f44f4964\"\n",
        ),
        example(
            Language::Yaml,
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: hunter2x\n",
        ),
        example(Language::Yaml, "spring:\n  datasource:\n    url: jdbc:h2:mem\n    password: Zx81kqpw93\n"),
        example(
            Language::Json,
            "{\"ConnectionStrings\": {\"a\": \"x\"}, \"Database\": {\"Password\": \"Zx81kqpw93\"}}\n",
        ),
        example(Language::Json, "{\"note\": \"ghp_abcdefghijklmnopqrstuvwxyz0123456789\"}\n"),
        example(Language::Toml, "[database]\nuser = \"app\"\npassword = \"Zx81kqpw93\"\n"),
        example(Language::Ini, "[client]\nuser = app\npassword = Zx81kqpw93\n"),
        example(Language::Dockerfile, "FROM a:1\nENV DB_HOST=db DB_PASSWORD=Zx81kqpw93\nUSER app\n"),
        example(Language::Dockerfile, "FROM a:1\nARG NPM_TOKEN=npm_Zx81kqpw93mdnsh2\nUSER app\n"),
        example(
            Language::Terraform,
            "resource \"aws_db_instance\" \"d\" {\n  storage_encrypted = true\n  username = \"app\"\n  password = \"Zx81kqpw93\"\n}\n",
        ),
        example(
            Language::Terraform,
            "provider \"aws\" {\n  access_key = \"AKIAQ7ZKD93MXNSH2PQR\"\n  region     = \"eu-west-1\"\n}\n",
        ),
        example(
            Language::Nginx,
            "location / {\n  set $api_key Zx81kqpw93mdnsh2;\n  proxy_pass http://user:Zx81kqpw93@backend;\n}\n",
        ),
        example(Language::Html, "<form><input type=\"password\" name=\"p\" value=\"Zx81kqpw93\"></form>\n"),
        example(Language::Sql, "CREATE USER 'app'@'localhost' IDENTIFIED BY 'Zx81kqpw93';\n"),
        example(Language::Sql, "CREATE LOGIN app WITH PASSWORD = 'Zx81kqpw93';\n"),
        example(Language::Php, "<?php\n$db = new mysqli('localhost', 'shop', 'Zx81_kqpw!', 'shop');\n"),
        example(Language::Php, "<?php\ndefine('DB_PASSWORD', 'Zx81_kqpw!');\n"),
        example(
            Language::CSharp,
            "class A { object F() { return new NetworkCredential(\"mail\", \"Zx81_kqpw!\"); } }\n",
        ),
        example(Language::Ruby, "token = JWT.encode(payload, 'Zx81_kqpw!', 'HS256')\n"),
        example(
            Language::Rust,
            "fn f(c: Client) { c.get(\"https://a.example\").basic_auth(\"u\", Some(\"Zx81_kqpw!\")); }\n",
        ),
        golang("package p\nconst apiKey = \"abcdef123456\"\n"),
        golang("package p\nfunc f() {\n\tuser, password := \"admin\", \"hunter2\"\n\tlogin(user, password)\n}\n"),
        golang("package p\nvar config = Config{User: \"root\", Password: \"s3cret\"}\n"),
        golang(
            "package p\nimport (\"github.com/golang-jwt/jwt/v5\")\nfunc f() {\n\ttoken := jwt.New(jwt.SigningMethodHS256)\n\tkey := []byte(\"AllYourBase1\")\n\ttoken.SignedString(key)\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/hmac\"; \"crypto/sha256\")\nfunc f() {\n\tm := hmac.New(sha256.New, []byte(\"topsecretvalue\"))\n\t_ = m\n}\n",
        ),
        golang(
            "package p\nimport (\"github.com/golang-jwt/jwt/v5\")\nfunc f() {\n\tjwt.Parse(text, func(t *jwt.Token) (interface{}, error) { return []byte(\"topsecretvalue\"), nil })\n}\n",
        ),
        golang("package p\nfunc f(password string) bool { return password == \"letmein1\" }\n"),
        c("const char *password = \"hunter2!x\";\n"),
        c("#define API_KEY \"a8f5f167f44f4964\"\n"),
        c("int f(const char *password) { return strcmp(password, \"hunter2!x\") == 0; }\n"),
        java("class A { void f(Source s) { s.setPassword(\"Tr0ub4dor\"); } }\n"),
        java("class A { String f() { return \"ghp_abcdefghijklmnopqrstuvwxyz0123456789\"; } }\n"),
        python("password = 'hunter2'\n"),
        python("app.config['SECRET_KEY'] = 'dev-key-1'\n"),
        python("import mysql.connector\nmysql.connector.connect(host='localhost', user='root', passwd='root')\n"),
        python("def connect(user, password='s3cret'):\n    pass\n"),
        python("settings = {'user': 'a', 'api_key': 'abcdef123456'}\n"),
        python("if password == 'letmein1':\n    login()\n"),
        python("app.secret_key = 'x' + 'yz'\n"),
        python("class Config:\n    JWT_SECRET = b'topsecretvalue'\n"),
        java("class A { private static final String PASSWORD = \"hunter2\"; }\n"),
        java(
            "import java.sql.*;\nclass A { Connection f() throws Exception { return DriverManager.getConnection(\"jdbc:mysql://localhost/x\", \"root\", \"root\"); } }\n",
        ),
        java(
            "import javax.crypto.spec.SecretKeySpec;\nclass A { Object k = new SecretKeySpec(\"0123456789abcdef\".getBytes(), \"AES\"); }\n",
        ),
        java("class A { boolean f(String password) { return password.equals(\"letmein1\"); } }\n"),
        javascript("const apiKey = 'abcdef123456';\n"),
        javascript("const db = mysql.createConnection({ user: 'root', password: 'root1' });\n"),
        javascript("const jwt = require('jsonwebtoken');\nconst t = jwt.sign({ a: 1 }, 'topsecretvalue');\n"),
        javascript("app.use(session({ secret: 'keyboardcat1' }));\n"),
        example(Language::Php, "<?php\n$db_password = 'Zx81_kqpw!';\n"),
        example(Language::Php, "<?php\n$config = ['password' => 'Zx81_kqpw!'];\n"),
        example(Language::CSharp, "class A { const string ApiKey = \"Zx81kqpw93mdnsh2\"; }\n"),
        example(Language::Ruby, "API_KEY = 'Zx81kqpw93mdnsh2'\n"),
        example(Language::Rust, "const API_KEY: &str = \"Zx81kqpw93mdnsh2\";\n"),
        example(Language::Bash, "DB_PASSWORD='Zx81_kqpw!'\n"),
    ],
    good: &[
        c(
            "#include <stdio.h>\nvoid f(char *out, size_t n, const char *p) { snprintf(out, n, \"host=db user=app password=%s\", p); }\n",
        ),
        javascript("function empty(password) { return password === '' || password !== 'password'; }\n"),
        python("import os\nconnect(os.environ.get('DB_PASSWORD', ''))\n"),
        python("import argparse\np = argparse.ArgumentParser()\np.add_argument('--password', default=None)\n"),
        python("LABELS = {'a': 'first'}\ndef f(name, value):\n    return LABELS.get(name) == value\n"),
        example(
            Language::Yaml,
            "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n      POSTGRES_USER: app\n      PASSWORD_FILE: /run/secrets/db\n",
        ),
        example(
            Language::Yaml,
            "env:\n  - name: API_KEY\n    valueFrom:\n      secretKeyRef:\n        name: api-1\n        key: api_key1\n",
        ),
        example(
            Language::Yaml,
            "openapi: 3.0.0\ncomponents:\n  schemas:\n    Login:\n      properties:\n        password:\n          type: string\n          example: s3cr3tPa55\n",
        ),
        example(Language::Yaml, "de:\n  login:\n    password: Kennwort\n    forgot_password: Kennwort vergessen\n"),
        example(Language::Yaml, "steps:\n  - uses: a/b@v1\n    with:\n      token: ${{ secrets.GITHUB_TOKEN }}\n"),
        example(Language::Json, "{\"username\": \"alice\", \"password\": \"Zx81kqpw93\"}\n"),
        example(
            Language::Json,
            "{\"name\": \"a\", \"dependencies\": {\"jsonwebtoken\": \"9.0.2\", \"passport\": \"0.7.0\"}}\n",
        ),
        example(
            Language::Toml,
            "[package]\nname = \"token\"\nversion = \"1.0.0\"\n[dependencies]\nsecrecy = \"0.8\"\n",
        ),
        example(Language::Ini, "DB_PASSWORD=Zx81kqpw93\nAPI_KEY=your_api_key\n"),
        example(Language::Dockerfile, "FROM a:1\nARG NPM_TOKEN\nENV DB_PASSWORD_FILE=/run/secrets/db\nUSER app\n"),
        example(
            Language::Terraform,
            "resource \"aws_db_instance\" \"d\" {\n  storage_encrypted = true\n  password = var.db_password\n}\nvariable \"db_password\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
        example(
            Language::Nginx,
            "location / {\n  proxy_pass http://backend;\n  proxy_set_header Authorization $http_authorization;\n}\n",
        ),
        example(
            Language::Html,
            "<form><input type=\"password\" name=\"p\" value=\"{{ form.p }}\"><input type=\"hidden\" name=\"csrf_token\" value=\"abc123def\"></form>\n",
        ),
        example(
            Language::Sql,
            "CREATE USER app IDENTIFIED BY '${password}';\nINSERT INTO users (name, password) VALUES ('a', 'b');\n",
        ),
        example(Language::Php, "<?php\n$db = new mysqli('localhost', 'shop', getenv('DB_PASSWORD'), 'shop');\n"),
        example(Language::CSharp, "class A { string c = \"Server=db;Database=shop;Integrated Security=true;\"; }\n"),
        example(Language::Ruby, "token = JWT.encode(payload, ENV.fetch('JWT_SECRET'), 'HS256')\n"),
        example(
            Language::Rust,
            "fn f(c: Client, p: &str) { c.get(\"https://a.example\").basic_auth(\"u\", Some(p)); }\n",
        ),
        golang("package p\nimport \"os\"\nvar apiKey = os.Getenv(\"API_KEY\")\n"),
        golang("package p\nconst passwordField = \"password\"\n"),
        golang(
            "package p\nimport (\"crypto/hmac\"; \"crypto/sha256\"; \"os\")\nfunc f() {\n\tm := hmac.New(sha256.New, []byte(os.Getenv(\"KEY\")))\n\t_ = m\n}\n",
        ),
        golang("package p\nfunc f(password string) bool { return password == \"\" }\n"),
        c("const char *password = getenv(\"PASSWORD\");\n"),
        c("int f(const char *name) { return strcmp(name, \"password\") == 0; }\n"),
        java("class A { void f(Source s) { s.setPassword(System.getenv(\"PASSWORD\")); } }\n"),
        java("class A { private static final String PASSWORD = System.getenv(\"DB_PASSWORD\"); }\n"),
        java("class A { boolean f(String kind) { return kind.equals(\"password\"); } }\n"),
        javascript("const apiKey = process.env.API_KEY;\n"),
        javascript("const labels = { password: 'Password' };\n"),
        javascript("const t = jwt.sign({ a: 1 }, process.env.JWT_SECRET);\n"),
        python("import os\npassword = os.environ['DB_PASSWORD']\n"),
        python("password = ''\n"),
        python("password = 'your_password'\n"),
        python("password_field = 'password'\n"),
        python("token_type = 'bearer'\n"),
        python("if kind == 'password':\n    pass\n"),
        python("def test_login():\n    password = 'hunter2'\n    assert login('a', password)\n"),
        python("fields = {'password': 'Password'}\n"),
        example(Language::Php, "<?php\n$db_password = getenv('DB_PASSWORD');\n"),
        example(Language::CSharp, "class A { string ApiKey = Environment.GetEnvironmentVariable(\"API_KEY\"); }\n"),
        example(Language::Ruby, "API_KEY = ENV.fetch('API_KEY')\n"),
        example(Language::Rust, "fn f() { let api_key = std::env::var(\"API_KEY\").unwrap(); }\n"),
        example(Language::Bash, "DB_PASSWORD=\"$1\"\n"),
    ],
};

/// Whether a constant in the place of a credential called `name` is one.
pub(super) fn is_credential(name: &str, value: &str) -> bool {
    names_secret(name)
        && !is_placeholder(value)
        && !value.contains(char::is_whitespace)
        && !value.starts_with(['/', '.'])
        && !value.contains("://")
        && !is_word_about(name, value)
        && !matches!(
            value.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "none" | "null" | "on" | "off"
        )
        && (!names_loosely(name) || looks_random(value))
}

/// Whether only a loose word says that a name holds a credential: lexers have tokens, and much else passes.
fn names_loosely(name: &str) -> bool {
    let words = words(name);
    let loose = |word: &str| matches!(word, "token" | "tokens" | "pass" | "credentials" | "credential");
    words.iter().any(|word| loose(word))
        && words.iter().all(|word| loose(word) || !names_secret(word))
        && !words.iter().any(|word| {
            matches!(
                word.as_str(),
                "api" | "auth" | "access" | "bearer" | "db" | "user" | "refresh" | "jwt" | "bot" | "github" | "slack"
            )
        })
}

/// Whether a text looks made up by a generator or a person: digits or capitals among its letters, or signs.
fn looks_random(value: &str) -> bool {
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let mixed = value.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
        && value.bytes().any(|byte| byte.is_ascii_lowercase());
    value.len() >= 6 && (digit || mixed || value.contains(['!', '$', '&', '@'])) && !value.starts_with('#')
}

/// `PASSWORD = "password"` as a key or field name, `ACCESS_TOKEN = "accessToken"`.
fn is_word_about(name: &str, value: &str) -> bool {
    let (name, value) = (words(name), words(value));
    !value.is_empty()
        && value.iter().all(|word| !word.bytes().any(|byte| byte.is_ascii_digit()))
        && value.iter().all(|word| name.contains(word))
}

fn in_test(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    tree.ancestors(node).any(|above| {
        matches!(tree.kind(above), Kind::Function | Kind::Class)
            && words(tree.name(above, context.text())).first().is_some_and(|word| word == "test" || word == "tests")
    })
}

fn report(context: &Context<'_>, name: &str, value: NodeId, findings: &mut Findings) {
    let value = fallback(context, value);
    let Some(text) = constant_text(context, value) else { return };
    let literal = matches!(context.kind(value), Kind::String | Kind::Template | Kind::Binary | Kind::Cast);
    if !literal || !(is_credential(name, text) || python::phrase(context, name, text)) || in_test(context, value) {
        return;
    }
    let cwe: &[u16] = match name {
        // Whoever knows this key signs in as anybody.
        "SECRET_KEY" | "secret_key" | "JWT_SECRET_KEY" | "JWT_SECRET" => &[798, 321, 287],
        _ if names_password(name) => &[259, 798],
        _ => &[798, 321],
    };
    let report = Report::issue(value, concept::HARDCODED_SECRET, "A credential stands in the source.").cwe(cwe);
    findings.push(context, report.confidence(Confidence::Medium));
}

/// What is taken where the environment does not say: `os.getenv("SECRET_KEY", "abc")`, `os.environ.get(…) or "abc"`.
fn fallback(context: &Context<'_>, value: NodeId) -> NodeId {
    let tree = context.tree();
    match context.kind(value) {
        Kind::Call if matches!(context.callee(value), "os.getenv" | "os.environ.get" | "os.environ.setdefault") => {
            context.argument(value, 1, "default").map_or(value, |default| match context.kind(default) {
                Kind::Name => context.value(default),
                _ => default,
            })
        }
        Kind::Boolean if context.name(value) == "or" => tree.child(value, Field::Right).unwrap_or(value),
        // `SECRET_KEY = KEY` where the unit says what the key is.
        Kind::Name if context.program().language == Language::Python => context.value(value),
        _ => value,
    }
}

fn check_assign(context: &Context<'_>, assign: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(assign, Field::Value) else { return };
    for target in tree.children_in(assign, Field::Target) {
        // `user, password := "a", "b"`
        if tree.kind(target) == Kind::Tuple && tree.kind(value) == Kind::Tuple {
            for (target, value) in tree.children(target).zip(tree.children(value)) {
                report(context, label(context, target), value, findings);
            }
        }
        let name = match tree.kind(target) {
            Kind::Subscript => tree.child(target, Field::Index).map_or("", |index| label(context, index)),
            _ => label(context, target),
        };
        report(context, name, value, findings);
    }
}

fn check_keyword(context: &Context<'_>, keyword: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let name = tree.name(keyword, context.text());
    let Some(value) = tree.child(keyword, Field::Value) else { return };
    // What a driver is given as a password is one, whatever it looks like.
    let driver = tree.parent(keyword).is_some_and(|call| super::empty_password::is_driver(context, call));
    if driver && names_password(name) && context.kind(value) == Kind::String && !in_test(context, value) {
        let text = constant_text(context, value).unwrap_or_default();
        if !is_placeholder(text) {
            let message = "A credential stands in the source.";
            let report = Report::issue(value, concept::HARDCODED_SECRET, message).cwe(&[259, 798, 287]);
            findings.push(context, report.confidence(Confidence::Medium));
        }
        return;
    }
    report(context, name, value, findings);
}

fn check_default(context: &Context<'_>, parameter: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    if let Some(value) = tree.child(parameter, Field::Default) {
        report(context, tree.name(parameter, context.text()), value, findings);
    }
}

fn check_pair(context: &Context<'_>, pair: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    if let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) {
        report(context, label(context, key), value, findings);
    }
}

/// `password == "letmein"`; not `os.getenv("PASSWORD") == …`, whose left side is a call.
fn check_compare(context: &Context<'_>, compare: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    if !matches!(tree.name(compare, context.text()), "==" | "!=" | "===" | "!==") {
        return;
    }
    let sides: Vec<NodeId> = tree.children(compare).collect();
    // `(user, password) == ("admin", "…")`
    if let [left, right] = sides[..]
        && tree.kind(left) == Kind::Tuple
        && tree.kind(right) == Kind::Tuple
    {
        for (one, other) in tree.children(left).zip(tree.children(right)) {
            report(context, label(context, one), other, findings);
        }
        return;
    }
    for (at, &side) in sides.iter().enumerate() {
        let name = match tree.kind(side) {
            Kind::Subscript => tree.child(side, Field::Index).map_or("", |index| label(context, index)),
            Kind::Call if call_path(context, side).is_some_and(|path| path.ends_with(".get")) => {
                tree.positional(side).next().map_or("", |key| label(context, key))
            }
            _ => label(context, side),
        };
        for (other_at, &other) in sides.iter().enumerate() {
            if other_at != at && tree.kind(other) == Kind::String {
                report(context, name, other, findings);
            }
        }
    }
}

/// Arguments that are credentials by their place, and `password.equals("letmein")`.
fn check_java_argument(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let Some(path) = call_path(context, call) else { return };
    if context.method(call) == "equals" {
        let (Some(object), Some(other)) = (context.object(call), context.positional(call, 0)) else { return };
        report(context, label(context, object), other, findings);
        report(context, label(context, other), object, findings);
        return;
    }
    let (argument, name) = match path {
        "java.sql.DriverManager.getConnection" => (2, "password"),
        "javax.crypto.spec.SecretKeySpec" => (0, "secretKey"),
        "javax.crypto.spec.PBEKeySpec" => (0, "password"),
        _ => return,
    };
    let Some(value) = context.positional(call, argument) else { return };
    // `"…".getBytes()`, `"…".toCharArray()`
    let literal = tree
        .subtree(value)
        .find(|&part| tree.kind(part) == Kind::String && (part == value || tree.field(part) == Field::Object));
    if let Some(literal) = literal.filter(|_| matches!(tree.kind(value), Kind::String | Kind::Call)) {
        report(context, name, literal, findings);
    }
}

/// The secret that a token or digest is signed with.
fn check_javascript_argument(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    if matches!(path.trim_start_matches("node:"), "jsonwebtoken.sign" | "jsonwebtoken.verify" | "crypto.createHmac")
        && let Some(secret) = context.positional(call, 1)
    {
        report(context, "secret", secret, findings);
    }
}
