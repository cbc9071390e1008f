//! Rewrites of Java and JavaScript on samples of their own.

mod cases;

use proptest::prelude::*;

use crate::edit::apply;
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::scan::analyse;

/// Applies the first edit of each group until nothing changes; each step must parse and be accepted.
fn settle(language: Language, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..6 {
        let program = Program::parse(language, text.as_str(), &Limits::default());
        let analysis = analyse(&program);
        let edits = super::super::candidates(&program, &analysis);
        let applied = apply(&program, &edits.iter().collect::<Vec<_>>());
        if applied.used.is_empty() {
            return text;
        }
        let used: Vec<_> = applied.used.iter().map(|&at| &edits[at]).collect();
        let verified = crate::verify::rewrite(&program, &analysis, applied.text.clone(), &used);
        assert!(verified.is_ok(), "{:?}:\n{}", verified.err(), applied.text);
        text = applied.text;
    }
    unreachable!("never settles:\n{text}");
}

#[track_caller]
fn java(before: &str, expected: &[&str]) {
    check(Language::Java, before, expected);
}

#[track_caller]
fn script(before: &str, expected: &[&str]) {
    check(Language::JavaScript, before, expected);
}

/// The result must hold each of `expected`, in order, and have no finding left.
#[track_caller]
pub(super) fn check(language: Language, before: &str, expected: &[&str]) {
    let after = settle(language, before);
    assert_ne!(after, before, "no edit");
    let mut rest = after.as_str();
    for part in expected {
        assert!(rest.contains(part), "no {part} (in this order) in\n{after}");
        rest = rest.split_once(part).map_or("", |(_, later)| later);
    }
    let analysis = analyse(&Program::parse(language, after.as_str(), &Limits::default()));
    assert_eq!(analysis.issues().count(), 0, "{:?}\n{after}", analysis.findings);
}

#[track_caller]
pub(super) fn keeps(language: Language, before: &str) {
    assert_eq!(settle(language, before), before);
}

#[test]
fn settings_of_scripts() {
    script(
        "const https = require('https');\nhttps.get({ host: 'a.example', rejectUnauthorized: false }, done);\n",
        &["rejectUnauthorized: true"],
    );
    script(
        "app.get('/', (req, res) => {\n  res.cookie('session_id', id);\n  res.end();\n});\n",
        &["res.cookie('session_id', id, { httpOnly: true, secure: true, sameSite: \"lax\" });"],
    );
    script(
        "app.get('/', (req, res) => {\n  res.cookie('session_id', id, { maxAge: 5, secure: false });\n  res.end();\n});\n",
        &["{ httpOnly: true, maxAge: 5, secure: true }"],
    );
    script(
        "const session = require('express-session');\napp.use(session({ secret: key, cookie: { httpOnly: false } }));\n",
        &["httpOnly: true"],
    );
}

#[test]
fn digests_are_compared_in_constant_time() {
    script(
        "const crypto = require('crypto');\nfunction ok(key, body, given) {\n  const own = crypto.createHmac('sha256', key).update(body).digest('hex');\n  return own === given;\n}\n",
        &["crypto.timingSafeEqual(one, other)", "return digestsMatch(own, given);"],
    );
    keeps(
        Language::JavaScript,
        "const crypto = require('crypto');\nfunction ok(key, body, given) {\n  return crypto.createHmac('sha256', key).update(body).digest() === given;\n}\n",
    );
}

#[test]
fn patterns_of_scripts() {
    script(
        "app.get('/', (req, res) => {\n  res.json(names.filter(name => new RegExp('^' + req.query.p, 'i').test(name)));\n});\n",
        &["function escapeRegExp(text)", "new RegExp('^' + escapeRegExp(req.query.p), 'i')"],
    );
    keeps(
        Language::JavaScript,
        "app.get('/', (req, res) => {\n  res.json(names.filter(name => new RegExp(req.query.p).test(name)));\n});\n",
    );
    script(
        "function allowed(host) {\n  return /^good\\.example|better\\.example$/.test(host) || /^a\\.example|b\\.example/.test(host);\n}\n",
        &["/^(?:a\\.example|b\\.example)/.test(host)"],
    );
}

#[test]
fn java_queries() {
    java(
        "import java.sql.Connection;\nimport java.sql.ResultSet;\nimport java.sql.SQLException;\nimport java.sql.Statement;\n\npublic class A {\n    String f(Connection c, String n) throws SQLException {\n        try (Statement s = c.createStatement();\n             ResultSet r = s.executeQuery(\"SELECT e FROM t WHERE n = '\" + n + \"'\")) {\n            return r.getString(1);\n        }\n    }\n}\n",
        &[
            "import java.sql.PreparedStatement;",
            "try (PreparedStatement s = bindParameters(c.prepareStatement(\"SELECT e FROM t WHERE n = ?\"), n);",
            "s.executeQuery())",
            "private static PreparedStatement bindParameters(",
        ],
    );
    java(
        "import java.sql.*;\nclass A {\n    void f(Connection c, String n, String m) throws SQLException {\n        Statement s = c.createStatement();\n        String q = \"SELECT * FROM t WHERE n LIKE '%\" + n + \"%' AND m = '\" + m + \"'\";\n        ResultSet r = s.executeQuery(q);\n    }\n}\n",
        &[
            "PreparedStatement s = bindParameters(c.prepareStatement(\"SELECT * FROM t WHERE n LIKE ? AND m = ?\"), \"%\" + n + \"%\", m);\n        ResultSet r = s.executeQuery();",
        ],
    );
    java(
        "import java.sql.*;\nclass A {\n    void f(Connection c, String n) throws SQLException {\n        String q = \"DELETE FROM t WHERE n = '\" + n + \"'\";\n        Statement s = c.createStatement();\n        s.executeUpdate(q);\n        s.close();\n    }\n}\n",
        &[
            "String q = \"DELETE FROM t WHERE n = ?\";\n        PreparedStatement s = bindParameters(c.prepareStatement(q), n);\n        s.executeUpdate();\n        s.close();",
        ],
    );
    java(
        "import java.sql.*;\nclass A {\n    ResultSet f(Connection c, String n) throws SQLException {\n        PreparedStatement s = c.prepareStatement(String.format(\"SELECT * FROM t WHERE n = '%s'\", n));\n        return s.executeQuery();\n    }\n}\n",
        &["bindParameters(c.prepareStatement(\"SELECT * FROM t WHERE n = ?\"), n);"],
    );
    java(
        "class A {\n    Object f(JdbcTemplate t, String n) {\n        return t.queryForList(\"SELECT * FROM t WHERE n = '\" + n + \"'\");\n    }\n}\n",
        &["t.queryForList(\"SELECT * FROM t WHERE n = ?\", n)"],
    );
    java(
        "class A {\n    Object f(EntityManager m, String n) {\n        return m.createQuery(\"SELECT u FROM U u WHERE u.n = '\" + n + \"'\").getResultList();\n    }\n}\n",
        &["m.createQuery(\"SELECT u FROM U u WHERE u.n = ?1\").setParameter(1, n).getResultList()"],
    );
    keeps(
        Language::Java,
        "import java.sql.*;\nclass A {\n    void f(Statement s, String table) throws SQLException {\n        s.executeQuery(\"SELECT * FROM \" + table);\n    }\n}\n",
    );
    keeps(
        Language::Java,
        "import java.sql.*;\nclass A {\n    void f(Connection c, String column) throws SQLException {\n        Statement s = c.createStatement();\n        s.executeQuery(\"SELECT * FROM t ORDER BY \" + column);\n    }\n}\n",
    );
}

#[test]
fn javascript_queries() {
    script(
        "const mysql = require('mysql');\nconst db = mysql.createConnection(settings);\nfunction f(name, done) {\n  db.query(`SELECT * FROM t WHERE n = '${name}'`, done);\n}\n",
        &["db.query('SELECT * FROM t WHERE n = ?', [name], done);"],
    );
    script(
        "const { Pool } = require('pg');\nconst pool = new Pool();\nasync function f(name, age) {\n  const q = 'SELECT * FROM t WHERE n = \\'' + name + '\\' AND a > ' + age;\n  return pool.query(q);\n}\n",
        &["const q = 'SELECT * FROM t WHERE n = $1 AND a > $2';", "pool.query(q, [name, age])"],
    );
    script(
        "import sqlite3 from 'sqlite3';\nconst db = new sqlite3.Database('d');\nexport function f(req, res) {\n  db.all(\"SELECT * FROM t WHERE n LIKE '%\" + req.query.n + \"%'\", (e, rows) => res.json(rows));\n}\n",
        &["db.all(", "n LIKE ?", "[\"%\" + req.query.n + \"%\"], (e, rows)"],
    );
    keeps(Language::JavaScript, "function f(db, table) {\n  db.query('SELECT * FROM ' + table);\n}\n");
}

#[test]
fn commands() {
    java(
        "class A {\n    void f(String host) throws Exception {\n        Runtime.getRuntime().exec(\"ping -c 1 \" + host);\n    }\n}\n",
        &["Runtime.getRuntime().exec(new String[] {\"ping\", \"-c\", \"1\", \"--\", host});"],
    );
    java(
        "class A {\n    void f(String name) throws Exception {\n        String c = \"convert \" + name + \" out.png\";\n        Runtime.getRuntime().exec(c);\n    }\n}\n",
        &["{\n        Runtime.getRuntime().exec(new String[] {\"convert\", name, \"out.png\"});"],
    );
    java(
        "class A {\n    Process f(String d) throws Exception {\n        return new ProcessBuilder(\"sh\", \"-c\", \"ls -l \" + d).start();\n    }\n}\n",
        &["new ProcessBuilder(\"ls\", \"-l\", \"--\", d).start()"],
    );
    script(
        "const { exec } = require(\"child_process\");\n\nfunction f(file, callback) {\n  exec(`convert ${file} -resize 200x200 t.png`, (error) => callback(error));\n}\n",
        &[
            "const { execFile } = require(\"child_process\");",
            "execFile(\"convert\", [file, \"-resize\", \"200x200\", \"t.png\"], (error)",
        ],
    );
    script(
        "import cp from 'child_process';\nexport function f(host) {\n  return cp.execSync('ping -c 1 ' + host);\n}\n",
        &["cp.execFileSync(\"ping\", [\"-c\", \"1\", \"--\", host])"],
    );
    keeps(
        Language::JavaScript,
        "const { exec } = require('child_process');\nfunction f(x) {\n  exec('cat ' + x + ' | wc -l');\n}\n",
    );
    keeps(Language::JavaScript, "const { exec } = require('child_process');\nfunction f(x) {\n  exec(x);\n}\n");
    keeps(
        Language::Java,
        "class A {\n    void f(String x) throws Exception {\n        Runtime.getRuntime().exec(x);\n    }\n}\n",
    );
}

#[test]
fn generators_and_digests() {
    java(
        "import java.util.Random;\nclass A {\n    String makeToken() {\n        Random random = new Random();\n        return Long.toHexString(random.nextLong());\n    }\n}\n",
        &["import java.security.SecureRandom;", "Random random = new SecureRandom();"],
    );
    script(
        "function makeToken() {\n  return Math.random().toString(36).slice(2);\n}\n",
        &["const crypto = require(\"crypto\");", "(crypto.randomInt(2 ** 47) / 2 ** 47).toString(36)"],
    );
    script(
        "const letters = 'abc';\nfunction makePassword() {\n  return letters[Math.floor(Math.random() * letters.length)];\n}\n",
        &["crypto.randomInt(letters.length)"],
    );
    script(
        "const crypto = require('crypto');\nfunction hashToken(token) {\n  return crypto.createHash('md5').update(token).digest('hex');\n}\n",
        &["crypto.createHash('sha256')"],
    );
    java(
        "import java.security.MessageDigest;\nclass A {\n    byte[] f(byte[] token) throws Exception {\n        return MessageDigest.getInstance(\"MD5\").digest(token);\n    }\n}\n",
        &["MessageDigest.getInstance(\"SHA-256\")"],
    );
}

#[test]
fn protocols_and_keys() {
    java(
        "import javax.net.ssl.SSLContext;\nclass A {\n    SSLContext f() throws Exception {\n        return SSLContext.getInstance(\"SSLv3\");\n    }\n}\n",
        &["SSLContext.getInstance(\"TLSv1.2\")"],
    );
    java(
        "import java.security.*;\nclass A {\n    KeyPair f() throws Exception {\n        KeyPairGenerator g = KeyPairGenerator.getInstance(\"RSA\");\n        g.initialize(1024);\n        return g.generateKeyPair();\n    }\n}\n",
        &["g.initialize(2048)"],
    );
    keeps(
        Language::Java,
        "import java.security.*;\nclass A {\n    void f(KeyPairGenerator g) {\n        g.initialize(1024);\n    }\n}\n",
    );
}

#[test]
fn secrets() {
    java(
        "import java.sql.*;\nclass A {\n    Connection f() throws SQLException {\n        return DriverManager.getConnection(\"jdbc:x\", \"app\", \"hunter2x\");\n    }\n}\n",
        &["requireEnvironment(\"DB_PASSWORD\")", "private static String requireEnvironment(String name)"],
    );
    java(
        "class A {\n    private static final String API_KEY = \"abcdef123456\";\n\n    String f() {\n        return \"key \" + API_KEY;\n    }\n}\n",
        &["class A {\n\n    String f()", "\"key \" + requireEnvironment(\"API_KEY\")"],
    );
    script(
        "const jwt = require('jsonwebtoken');\nfunction sign(user) {\n  return jwt.sign({ user }, 'topsecretvalue');\n}\n",
        &["function requireEnvironment(name)", "jwt.sign({ user }, requireEnvironment(\"JWT_SECRET\"))"],
    );
    script(
        "const API_KEY = 'abcdef123456';\nfunction headers() {\n  return { 'x-key': API_KEY };\n}\nmodule.exports = { headers };\n",
        &["'x-key': requireEnvironment(\"API_KEY\")"],
    );
    script(
        "const apiKey = 'abcdef123456';\nmodule.exports = { apiKey };\n",
        &["module.exports = { get apiKey() { return requireEnvironment(\"API_KEY\"); } };"],
    );
    // Not all that a module of TypeScript exports can be undefined.
    keeps(
        Language::TypeScript,
        "export const apiKey = 'abcdef123456';\nexport const header = () => 'key ' + apiKey;\n",
    );
}

#[test]
fn markup() {
    script(
        "const express = require(\"express\");\n\nconst app = express();\n\napp.get(\"/greet\", (req, res) => {\n  res.send(\"<h1>Hello, \" + req.query.name + \"!</h1>\");\n});\n",
        &["function escapeHtml(value)", "escapeHtml(req.query.name) + \"!</h1>\""],
    );
    script(
        "function show(req) {\n  document.body.innerHTML = location.hash;\n}\n",
        &["document.body.textContent = location.hash;"],
    );
    java(
        "class A extends HttpServlet {\n    protected void doGet(HttpServletRequest q, HttpServletResponse r) throws IOException {\n        r.getWriter().println(\"<h1>\" + q.getParameter(\"n\") + \"</h1>\");\n    }\n}\n",
        &["escapeHtml(q.getParameter(\"n\"))", "private static String escapeHtml(Object value)"],
    );
    keeps(
        Language::JavaScript,
        "app.get('/', (req, res) => {\n  res.send(`<script>go(\"${req.query.n}\")</script>`);\n});\n",
    );
}

#[test]
fn paths() {
    script(
        "const fs = require(\"fs\");\n\nrouter.get(\"/d/:name\", (req, res) => {\n  fs.readFile(\"documents/\" + req.params.name, (error, data) => res.end());\n});\n",
        &[
            "const path = require(\"path\");",
            "function joinInside(base, name)",
            "fs.readFile(joinInside(\"documents\", req.params.name), ",
        ],
    );
    script(
        "const fs = require('fs');\nconst path = require('path');\nfunction read(name) {\n  const file = path.join(__dirname, 'files', name);\n  return fs.readFileSync(file);\n}\n",
        &["const file = joinInside(path.join(__dirname, 'files'), name);"],
    );
    java(
        "import java.nio.file.Files;\nimport java.nio.file.Paths;\nclass A {\n    byte[] f(String name) throws Exception {\n        return Files.readAllBytes(Paths.get(\"/srv\", name));\n    }\n}\n",
        &[
            "import java.nio.file.Path;",
            "Files.readAllBytes(pathInside(Paths.get(\"/srv\"), name))",
            "private static Path pathInside(",
        ],
    );
    java(
        "import java.io.*;\nclass A {\n    void f(String name) throws IOException {\n        new FileInputStream(new File(\"/srv/\" + name)).close();\n    }\n}\n",
        &["pathInside(Paths.get(\"/srv\"), name).toFile()"],
    );
}

/// Pieces of code with sinks, sources and broken syntax.
const PIECES: [&str; 44] = [
    "class A {",
    "void f(String x) {",
    "function f(x) {",
    "}",
    "{",
    "(",
    ")",
    ";",
    ",",
    "\n",
    " + ",
    "x",
    "é",
    "'",
    "\"",
    "`${",
    "`",
    "\"SELECT * FROM t WHERE a = '\"",
    "'DELETE FROM t WHERE a = '",
    "db.query(",
    "s.executeQuery(",
    "c.createStatement()",
    "Statement s = ",
    "Runtime.getRuntime().exec(",
    "\"ping \"",
    "exec(",
    "const { exec } = require('child_process');",
    "import java.sql.*;",
    "String q = ",
    "q",
    "res.send(",
    "\"<p>\"",
    "req.query.a",
    "e.innerHTML = ",
    "fs.readFile(",
    "\"docs/\"",
    "new File(",
    "Math.random()",
    "token = ",
    "const password = 'hunter2x';",
    "password",
    "MessageDigest.getInstance(\"MD5\")",
    "return ",
    "=> ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn broken_code_survives_analysis_and_rewriting(parts in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        for language in [Language::Java, Language::JavaScript, Language::Python] {
            let program = Program::parse(language, parts.concat(), &Limits::default());
            let analysis = analyse(&program);
            let edits = super::super::candidates(&program, &analysis);
            let applied = apply(&program, &edits.iter().collect::<Vec<_>>());
            let used: Vec<_> = applied.used.iter().map(|&at| &edits[at]).collect();
            let _ = crate::verify::rewrite(&program, &analysis, applied.text.clone(), &used);
        }
    }
}
