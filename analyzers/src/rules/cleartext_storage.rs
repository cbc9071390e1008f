//! CWE-312/532: a password or key that is written to a file or log as it is.

mod account;
mod go;
mod java;
mod more;
mod plain;
mod script;
mod settings;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{names_password, names_secret};

pub(crate) const RULE: Rule = Rule {
    id: "cleartext-storage",
    cwe: &[312, 532],
    severity: Severity::Medium,
    summary: "A password or key is written as it is.",
    advice: "Store a slow hash of passwords, keep keys in a secret store, and leave both out of logs and messages.",
    rows: &[
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        go_row(&[Kind::Call], go::call),
        python_row(&[Kind::Call], check_python),
        python_row(&[Kind::Call], plain::call),
        python_row(&[Kind::Assign], plain::assign),
        python_row(&[Kind::Compare], plain::compare),
        javascript_row(&[Kind::Call], script::check_call),
        javascript_row(&[Kind::Assign], script::check_assign),
        javascript_row(&[Kind::Pair], account::record),
        javascript_row(&[Kind::Call, Kind::New], account::query),
        javascript_row(&[Kind::Compare], account::comparison),
        java_row(&[Kind::Call, Kind::New], java::call),
        row(&[Language::CSharp, Language::Php, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::call),
        row(&[Language::CSharp, Language::Ruby], &[Kind::Assign], more::assign),
    ],
    bad: &[
        javascript(
            "app.post('/register', async (req, res) => { await users.insertOne({ name: req.body.name, password: req.body.password }); res.end(); });\n",
        ),
        javascript(
            "app.post('/login', (req, res) => { const user = find(req.body.name); if (user.password !== req.body.password) { return res.end(); } res.json(user.id); });\n",
        ),
        javascript(
            "app.post('/r', (req, res) => { const { name, password } = req.body; db.query('INSERT INTO users (name, password) VALUES (?, ?)', [name, password]); res.end(); });\n",
        ),
        javascript("new webpack.DefinePlugin({ 'process.env': JSON.stringify(process.env) });\n"),
        javascript("localStorage.setItem('password', document.getElementById('p').value);\n"),
        python(
            "import logging\nlogger = logging.getLogger()\ndef charge(card_number, cvv):\n    logger.info('charging %s %s', card_number, cvv)\n",
        ),
        python(
            "def register(name, password):\n    cursor.execute('INSERT INTO users (name, password) VALUES (?, ?)', (name, password))\n",
        ),
        python("def register(users, name, password):\n    users[name] = {'password': password}\n"),
        python("def login(user, password):\n    return user.password == password\n"),
        python(
            "@app.post('/r')\ndef r():\n    user = User(name=request.form['n'], password=request.form['password'])\n    db.session.add(user)\n",
        ),
        example(
            Language::CSharp,
            "class A { ILogger log; void F(string user, string password) { log.LogInformation($\"login {user} {password}\"); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { void F(string password) { Response.Cookies[\"p\"].Value = password; } }\n",
        ),
        example(Language::Php, "<?php\nerror_log(\"login $user with \" . $_POST['password']);\n"),
        example(Language::Ruby, "def login(user, password)\n  logger.info \"login #{user} #{password}\"\nend\n"),
        example(Language::Rust, "fn f(user: &str, password: &str) { info!(\"login {} {}\", user, password); }\n"),
        example(Language::Terraform, "resource \"aws_ebs_volume\" \"v\" {\n  size      = 10\n  encrypted = false\n}\n"),
        example(Language::Terraform, "resource \"aws_db_instance\" \"d\" {\n  engine = \"postgres\"\n}\n"),
        example(Language::Terraform, "output \"password\" {\n  value = random_password.db.result_password\n}\n"),
        example(
            Language::Yaml,
            "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      StorageEncrypted: false\n",
        ),
        example(Language::Yaml, "on: push\njobs:\n  a:\n    steps:\n      - run: echo \"${{ secrets.TOKEN }}\"\n"),
        example(
            Language::Json,
            "{\"Resources\": {\"V\": {\"Type\": \"AWS::EC2::Volume\", \"Properties\": {\"Encrypted\": false}}}}\n",
        ),
        golang(
            "package p\nimport \"log\"\nfunc login(user, password string) { log.Printf(\"login %s %s\", user, password) }\n",
        ),
        golang(
            "package p\nimport (\"fmt\"; \"log\")\nfunc login(password string) {\n\tmessage := fmt.Sprintf(\"with %s\", password)\n\tlog.Println(message)\n}\n",
        ),
        python("import logging\ndef f():\n    logging.debug('got %s', get_password())\n"),
        python("def f(request):\n    print(f\"login with {request.form['password']}\")\n"),
        java("class A { Logger log; void f(String password) { log.info(\"login \" + password); } }\n"),
        java("class A { void f(String password) { Cookie c = new Cookie(\"p\", password); } }\n"),
        python("import logging\ndef login(user, password):\n    logging.info('login %s %s', user, password)\n"),
        python("def save(password):\n    with open('p.txt', 'w') as file:\n        file.write(password)\n"),
        python("from pathlib import Path\ndef save(user_password):\n    Path('p').write_text(user_password)\n"),
        python("def login(user, password):\n    print('password is ' + password)\n"),
        javascript("function save(password) { localStorage.setItem('p', password); }\n"),
        javascript("function save(user) { sessionStorage.p = user.password; }\n"),
        javascript("function login(user, password) { console.log('login', user, password); }\n"),
    ],
    good: &[
        javascript(
            "app.post('/register', async (req, res) => { const hash = await bcrypt.hash(req.body.password, 12); await users.insertOne({ name: req.body.name, password: hash }); res.end(); });\n",
        ),
        javascript(
            "app.post('/register', (req, res) => { if (req.body.password !== req.body.repeatPassword) { return res.end(); } next(); });\n",
        ),
        javascript("new webpack.DefinePlugin({ 'process.env.NODE_ENV': JSON.stringify(process.env.NODE_ENV) });\n"),
        python(
            "def register(name, password):\n    cursor.execute('INSERT INTO users (name, password) VALUES (?, ?)', (name, hash_it(password)))\n",
        ),
        python("def same(password, confirm_password):\n    return password == confirm_password\n"),
        python("def login(client, name, password):\n    return client.sign_in(name=name, password=password)\n"),
        example(
            Language::CSharp,
            "class A { ILogger log; void F(string user, string password) { log.LogInformation($\"login {user}\"); Check(password); } }\n",
        ),
        example(
            Language::Php,
            "<?php\nerror_log(\"login $user\");\n$ok = password_verify($_POST['password'], $hash);\n",
        ),
        example(Language::Ruby, "def login(user, password)\n  logger.info \"login #{user} #{password.length}\"\nend\n"),
        example(Language::Rust, "fn f(user: &str, password: &str) { info!(\"login {} {}\", user, password.len()); }\n"),
        example(
            Language::Terraform,
            "resource \"aws_ebs_volume\" \"v\" {\n  size      = 10\n  encrypted = true\n}\nresource \"aws_db_instance\" \"d\" {\n  storage_encrypted = true\n}\noutput \"address\" {\n  value = aws_db_instance.d.address\n}\n",
        ),
        example(
            Language::Yaml,
            "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      StorageEncrypted: true\n",
        ),
        example(
            Language::Yaml,
            "on: push\njobs:\n  a:\n    steps:\n      - run: echo \"${{ secrets.TOKEN }}\" | docker login -u a --password-stdin\n",
        ),
        example(Language::Json, "{\"Properties\": {\"encrypted\": \"maybe\"}}\n"),
        golang("package p\nimport \"log\"\nfunc login(user, password string) { log.Printf(\"login %s\", user) }\n"),
        golang("package p\nimport \"log\"\nfunc login(password string) { log.Println(\"length\", len(password)) }\n"),
        java("class A { Logger log; void f(String password) { log.info(\"login of {}\", user); } }\n"),
        java("class A { Logger log; void f(String password) { log.info(\"length \" + password.length()); } }\n"),
        python("import logging\ndef login(user, password):\n    logging.info('login %s', user)\n"),
        python("import logging\ndef f(password):\n    logging.info('length %d', len(password))\n"),
        python("import bcrypt\ndef save(password, file):\n    file.write(bcrypt.hashpw(password, bcrypt.gensalt()))\n"),
        python("def f():\n    print('Enter your password')\n"),
        python("import logging\ndef f(token_count):\n    logging.info('%d tokens', token_count)\n"),
        python("import logging\ndef f(password_error):\n    logging.info('%s', password_error)\n"),
        javascript("function save(theme) { localStorage.setItem('theme', theme); }\n"),
        javascript("function login(user, password) { console.log('login', user); }\n"),
    ],
};

fn check_python(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let (method, object) = (context.method(call), context.object(call));
    let named = |object: Option<NodeId>, words: &[&str]| {
        let name =
            object.map(|object| context.source(object)).unwrap_or_default().rsplit('.').next().unwrap_or_default();
        words.iter().any(|word| {
            let name = name.to_ascii_lowercase();
            name == *word || word.len() > 2 && name.ends_with(word)
        })
    };
    let log = matches!(method, "debug" | "info" | "warning" | "warn" | "error" | "exception" | "critical" | "log")
        && (path.starts_with("logging.") || named(object, &["log", "logger", "logging"]));
    let file = match method {
        "write_text" | "write_bytes" => true,
        "write" => {
            named(object, &["file", "fh", "fd", "fp", "f", "out", "output"])
                || object.is_some_and(|object| {
                    context.kind(context.value(object)) == Kind::Call
                        && context.callee(context.value(object)).ends_with("open")
                })
                || object
                    .is_some_and(|object| context.callee(object).ends_with(".open") || context.method(object) == "open")
        }
        _ => false,
    };
    let prints = path == "print";
    if !(log || file || prints) {
        return;
    }
    let written = context.tree().positional(call).take(8).find(|&value| holds_secret(context, value, prints, 0));
    if written.is_none() {
        return;
    }
    let (cwe, message): (&'static [u16], _) = if file {
        (&[312, 522], "A password or key is written to a file as it is.")
    } else {
        (&[532, 312], "A password or key is written to the log or screen as it is.")
    };
    let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(cwe);
    let report = report.severity(if prints { Severity::Low } else { Severity::Medium });
    found.push(context, report.confidence(Confidence::Medium));
}

/// Whether a secret is part of a text as it is: not hashed, encrypted, measured or compared.
fn holds_secret(context: &Context<'_>, node: NodeId, passwords_only: bool, depth: u32) -> bool {
    let tree = context.tree();
    if depth > 6 {
        return false;
    }
    let secret =
        |name: &str| if passwords_only { names_password(name) } else { names_secret(name) || names_private(name) };
    match context.kind(node) {
        // `get_password()`, `form["password"]`, `form.get("password")`
        Kind::Call if !context.callee(node).is_empty() || !context.method(node).is_empty() => {
            let path = context.callee(node);
            let last = if path.is_empty() { context.method(node) } else { path.rsplit('.').next().unwrap_or(path) };
            let keyed =
                last == "get" && context.positional(node, 0).and_then(|key| context.string(key)).is_some_and(secret);
            let wraps = matches!(
                last,
                "str" | "repr" | "bytes" | "format" | "encode" | "join" | "decode" | "strip" | "b64encode" | "dumps"
            );
            keyed
                || secret(last) && last.starts_with("get")
                || wraps
                    && tree
                        .positional(node)
                        .chain(context.object(node))
                        .any(|part| holds_secret(context, part, passwords_only, depth + 1))
        }
        Kind::Subscript => tree.child(node, Field::Index).and_then(|key| context.string(key)).is_some_and(secret),
        Kind::Name if context.value(node) != node && !secret(context.name(node)) => {
            let value = context.value(node);
            matches!(context.kind(value), Kind::Call | Kind::Subscript | Kind::Template | Kind::Binary)
                && holds_secret(context, value, passwords_only, depth + 1)
        }
        Kind::Name | Kind::Attribute => {
            secret(context.name(node)) && !context.is_constant(node) && !is_made_safe(context, node)
        }
        Kind::Template | Kind::Interpolation | Kind::Tuple | Kind::List | Kind::Dict | Kind::Pair => {
            tree.children(node).any(|part| holds_secret(context, part, passwords_only, depth + 1))
        }
        Kind::Binary => {
            matches!(context.name(node), "+" | "%")
                && tree.children(node).any(|part| holds_secret(context, part, passwords_only, depth + 1))
        }
        _ => false,
    }
}

/// Whether the name stands for the result of a call that hashes, encrypts or hides.
fn is_made_safe(context: &Context<'_>, node: NodeId) -> bool {
    let value = context.value(node);
    if context.kind(value) != Kind::Call {
        return false;
    }
    let name = context.callee(value).to_ascii_lowercase();
    ["hash", "crypt", "digest", "mask", "redact", "hide", "len", "bool", "getpass"]
        .iter()
        .any(|word| name.contains(word))
}

/// Data of people and payments that no log should hold.
fn names_private(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "cvv" | "cvc" | "ssn" | "social_security_number" | "credit_card" | "iban" | "authorization"
    ) || ["card_number", "credit_card_number", "cvv_code", "ssn_number", "tax_id", "passport_number"]
        .iter()
        .any(|word| lower.ends_with(word))
}
