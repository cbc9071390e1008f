//! CWE-916: passwords protected by a hash that is fast to guess.

mod go;
mod java;
mod more;
mod script;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::words::names_password;

pub(crate) const RULE: Rule = Rule {
    id: "password-hash",
    cwe: &[916, 759],
    severity: Severity::Medium,
    summary: "A password is protected by a hash that is fast to guess.",
    advice: "Use `hashlib.scrypt`, `hashlib.pbkdf2_hmac` with at least 600,000 rounds, bcrypt or Argon2, with a salt of its own.",
    rows: &[
        javascript_row(&[Kind::Call], script::check),
        python_row(&[Kind::Call], python_call),
        python_row(&[Kind::Assign], python_setting),
        java_row(&[Kind::Call, Kind::New], java::call),
        row(&[Language::CSharp, Language::Php, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::check),
        go_row(&[Kind::Call], go::call),
    ],
    bad: &[
        javascript(
            "const crypto = require('crypto');\nconst hash = (password) => crypto.createHash('sha256').update(password).digest('hex');\n",
        ),
        javascript("const crypto = require('crypto');\ncrypto.pbkdf2Sync(password, salt, 1000, 64, 'sha512');\n"),
        javascript("const bcrypt = require('bcrypt');\nbcrypt.hashSync(password, 4);\n"),
        example(
            Language::CSharp,
            "class A { byte[] F(string password) { using var sha = SHA256.Create(); return sha.ComputeHash(Encoding.UTF8.GetBytes(password)); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { object F(string p, byte[] s) { return new Rfc2898DeriveBytes(p, s, 1000); } }\n",
        ),
        example(Language::Php, "<?php\n$stored = md5($_POST['password']);\n"),
        example(Language::Php, "<?php\n$stored = hash('sha256', $salt . $password);\n"),
        example(Language::Ruby, "def store(password)\n  Digest::SHA256.hexdigest(password)\nend\n"),
        example(Language::Rust, "fn f(password: &str) -> Vec<u8> { Sha256::digest(password.as_bytes()).to_vec() }\n"),
        golang(
            "package p\nimport \"crypto/sha256\"\nfunc hash(password string) [32]byte { return sha256.Sum256([]byte(password)) }\n",
        ),
        golang(
            "package p\nimport \"golang.org/x/crypto/bcrypt\"\nfunc f(password []byte) { bcrypt.GenerateFromPassword(password, 4) }\n",
        ),
        golang(
            "package p\nimport (\"crypto/sha256\"; \"golang.org/x/crypto/pbkdf2\")\nfunc f(password, salt []byte) []byte { return pbkdf2.Key(password, salt, 1000, 32, sha256.New) }\n",
        ),
        java(
            "import java.security.MessageDigest;\nclass A { byte[] f(String password) throws Exception { MessageDigest d = MessageDigest.getInstance(\"SHA-256\"); return d.digest(password.getBytes()); } }\n",
        ),
        python("import bcrypt\nh = bcrypt.hashpw(pw, bcrypt.gensalt(rounds=4))\n"),
        python("from passlib.hash import md5_crypt\ndef h(p):\n    return md5_crypt.hash(p)\n"),
        python("PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']\n"),
        python("import hashlib\ndef store(password):\n    return hashlib.sha256(password.encode()).hexdigest()\n"),
        python(
            "import hashlib\ndef store(user_password, salt):\n    return hashlib.sha512((salt + user_password).encode()).hexdigest()\n",
        ),
        python(
            "import hashlib\ndef f(password, salt):\n    return hashlib.pbkdf2_hmac('sha256', password, salt, 1000)\n",
        ),
    ],
    good: &[
        javascript(
            "const crypto = require('crypto');\nconst etag = (body) => crypto.createHash('sha256').update(body).digest('hex');\n",
        ),
        javascript("const crypto = require('crypto');\ncrypto.pbkdf2Sync(password, salt, 600000, 64, 'sha512');\n"),
        javascript("const bcrypt = require('bcrypt');\nbcrypt.hashSync(password, 12);\n"),
        example(Language::CSharp, "class A { byte[] F(byte[] file) { return SHA256.HashData(file); } }\n"),
        example(
            Language::Php,
            "<?php\n$stored = password_hash($_POST['password'], PASSWORD_DEFAULT);\n$name = hash('sha256', $file);\n",
        ),
        example(Language::Ruby, "def store(password)\n  BCrypt::Password.create(password)\nend\n"),
        example(Language::Rust, "fn f(file: &[u8]) -> Vec<u8> { Sha256::digest(file).to_vec() }\n"),
        golang("package p\nimport \"crypto/sha256\"\nfunc sum(data []byte) [32]byte { return sha256.Sum256(data) }\n"),
        golang(
            "package p\nimport \"golang.org/x/crypto/bcrypt\"\nfunc f(password []byte) { bcrypt.GenerateFromPassword(password, bcrypt.DefaultCost) }\n",
        ),
        golang(
            "package p\nimport (\"crypto/sha256\"; \"golang.org/x/crypto/bcrypt\")\nfunc f(password string) {\n\tsum := sha256.Sum256([]byte(password))\n\tbcrypt.GenerateFromPassword(sum[:], 12)\n}\n",
        ),
        java(
            "import java.security.MessageDigest;\nclass A { byte[] f(byte[] file) throws Exception { MessageDigest d = MessageDigest.getInstance(\"SHA-256\"); return d.digest(file); } }\n",
        ),
        python("from passlib.hash import argon2\ndef h(p):\n    return argon2.hash(p)\n"),
        python("import hashlib\ndef f(data):\n    return hashlib.sha256(data).hexdigest()\n"),
        python(
            "import hashlib\ndef f(password, salt):\n    return hashlib.pbkdf2_hmac('sha256', password, salt, 600_000)\n",
        ),
        python(
            "import hashlib\ndef f(password, salt):\n    return hashlib.scrypt(password, salt=salt, n=16384, r=8, p=1)\n",
        ),
        python(
            "import hashlib\ndef check_breach(password):\n    prefix = hashlib.sha256(open('f','rb').read()).hexdigest()\n",
        ),
    ],
};

const FAST: &[&str] = &[
    "hashlib.md5",
    "hashlib.sha1",
    "hashlib.sha224",
    "hashlib.sha256",
    "hashlib.sha384",
    "hashlib.sha512",
    "hashlib.sha3_256",
    "hashlib.sha3_512",
    "hashlib.blake2b",
    "hashlib.blake2s",
];
/// Rounds of PBKDF2 below which guessing is cheap today.
const FEWEST_ROUNDS: i64 = 100_000;

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if path == "hashlib.pbkdf2_hmac" {
        let rounds = context.argument(call, 3, "iterations").and_then(|rounds| context.integer(rounds));
        if rounds.is_some_and(|rounds| rounds < FEWEST_ROUNDS) {
            let report = Report::issue(call, concept::PASSWORD_HASH, "The key derivation makes too few rounds.");
            found.push(context, report.severity(Severity::Low));
        }
        return;
    }
    if path == "hashlib.scrypt" {
        let cost = context.keyword(call, "n").and_then(|cost| context.integer(cost));
        if cost.is_some_and(|cost| cost < 16_384) {
            let report = Report::issue(call, concept::PASSWORD_HASH, "The key derivation costs too little.");
            found.push(context, report.severity(Severity::Low));
        }
        return;
    }
    if path == "bcrypt.gensalt" {
        let rounds = context.argument(call, 0, "rounds").and_then(|rounds| context.integer(rounds));
        if rounds.is_some_and(|rounds| rounds < 10) {
            let report = Report::issue(call, concept::PASSWORD_HASH, "The hash makes too few rounds.");
            found.push(context, report.severity(Severity::Low));
        }
        return;
    }
    if path.ends_with("PBKDF2HMAC") {
        let rounds = context.argument(call, 3, "iterations").and_then(|rounds| context.integer(rounds));
        if rounds.is_some_and(|rounds| rounds < FEWEST_ROUNDS) {
            let report = Report::issue(call, concept::PASSWORD_HASH, "The key derivation makes too few rounds.");
            found.push(context, report.severity(Severity::Low));
        }
        return;
    }
    if let Some(scheme) = path.strip_prefix("passlib.hash.").and_then(|rest| rest.split('.').next())
        && is_weak_scheme(scheme)
    {
        let message = "Passwords are protected by a hash that is fast to guess.";
        return found.push(context, Report::issue(call, concept::PASSWORD_HASH, message));
    }
    if path == "passlib.context.CryptContext"
        && let Some(schemes) = context.argument(call, 0, "schemes").map(|schemes| context.value(schemes))
        && context.tree().children(schemes).next().and_then(|first| context.string(first)).is_some_and(is_weak_scheme)
    {
        let message = "Passwords are protected by a hash that is fast to guess.";
        return found.push(context, Report::issue(call, concept::PASSWORD_HASH, message));
    }
    if !FAST.contains(&path) {
        return;
    }
    let Some(data) = context.positional(call, 0) else { return };
    let password = context.tree().subtree(data).take(60).any(|part| match context.kind(part) {
        Kind::Name => names_password(context.source(part)),
        Kind::Attribute => names_password(context.name(part)),
        _ => false,
    });
    if password {
        let message = "A password is protected by a hash that is fast to guess.";
        found.push(context, Report::issue(call, concept::PASSWORD_HASH, message).confidence(Confidence::Medium));
    }
}

/// Schemes of passlib that are fast to guess.
fn is_weak_scheme(scheme: &str) -> bool {
    ["md5", "sha1", "des_crypt", "lmhash", "nthash", "mysql", "plaintext", "hex_", "ldap_md5", "crypt16", "bigcrypt"]
        .iter()
        .any(|weak| scheme.contains(weak))
        && !scheme.starts_with("pbkdf2")
}

/// Django's list of hashers, of which the first makes the new hashes.
fn python_setting(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let Some(("PASSWORD_HASHERS", value)) = crate::rule::served::setting(context, assign) else { return };
    let first = context.tree().children(value).next().and_then(|first| context.string(first)).unwrap_or_default();
    if ["MD5PasswordHasher", "SHA1PasswordHasher", "CryptPasswordHasher"].iter().any(|weak| first.ends_with(weak)) {
        let message = "Passwords are protected by a hash that is fast to guess.";
        found.push(context, Report::issue(assign, concept::PASSWORD_HASH, message));
    }
}
