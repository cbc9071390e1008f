//! CWE-328: a hash function that is broken.

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::common::{call_path, constant_text, first_use, purpose};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::words;

mod go;
mod more;
mod native;

pub(crate) const RULE: Rule = Rule {
    id: "weak-hash",
    cwe: &[327, 328],
    severity: Severity::Medium,
    summary: "A broken hash function (MD5, SHA-1 and older) is used.",
    advice: "Use SHA-256 or better; for passwords a slow hash such as scrypt, bcrypt or Argon2. Where the digest is no \
             security measure, say so with usedforsecurity=False.",
    rows: &[
        go_row(&[Kind::Call], go::call),
        c_row(&[Kind::Call, Kind::Name], native::check),
        python_row(&[Kind::Call], check_python),
        java_row(&[Kind::Call], check_java),
        javascript_row(&[Kind::Call], check_javascript),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::check),
    ],
    bad: &[
        javascript("const crypto = require('crypto');\nconst s = crypto.createSign('RSA-SHA1');\n"),
        golang("package p\nimport (\"crypto/md5\")\nfunc f() {\n\th := md5.Sum([]byte(data))\n\t_ = h\n}\n"),
        golang("package p\nimport (digest \"crypto/sha1\")\nfunc f() {\n\th := digest.New()\n\th.Write(data)\n}\n"),
        c(
            "#include <openssl/md5.h>\nvoid f(const unsigned char *p, size_t n, unsigned char *out) { MD5(p, n, out); }\n",
        ),
        c("#include <openssl/evp.h>\nvoid f(EVP_MD_CTX *c) { EVP_DigestInit_ex(c, EVP_sha1(), NULL); }\n"),
        c("void f(gcry_md_hd_t *h) { gcry_md_open(h, GCRY_MD_MD5, 0); }\n"),
        python("import hmac, hashlib\ndef sign(key, data):\n    return hmac.new(key, data, hashlib.md5).hexdigest()\n"),
        python("import hashlib\ndef sign(data):\n    return hashlib.md5(data).hexdigest()\n"),
        python("from hashlib import sha1 as digest\nx = digest(b'a')\n"),
        python("import hashlib\nh = hashlib.new('MD5')\n"),
        python("from Crypto.Hash import MD5\nMD5.new()\n"),
        python("from cryptography.hazmat.primitives import hashes\nh = hashes.Hash(hashes.SHA1())\n"),
        java(
            "import java.security.MessageDigest;\nclass A { byte[] f(byte[] b) throws Exception { return MessageDigest.getInstance(\"MD5\").digest(b); } }\n",
        ),
        java(
            "import org.apache.commons.codec.digest.DigestUtils;\nclass A { String f(String b) { return DigestUtils.sha1Hex(b); } }\n",
        ),
        javascript(
            "const crypto = require('crypto');\nfunction f(x) { return crypto.createHash('md5').update(x).digest('hex'); }\n",
        ),
        javascript(
            "import { createHash } from 'node:crypto';\nconst kind = 'SHA1';\nexport const f = (x) => createHash(kind).update(x).digest();\n",
        ),
        example(Language::Php, "<?php\n$s = hash('md5', $data);\n"),
        example(Language::CSharp, "class A { byte[] F(byte[] b) { return MD5.Create().ComputeHash(b); } }\n"),
        example(Language::Ruby, "sig = Digest::MD5.hexdigest(data)\n"),
        example(Language::Rust, "fn f(data: &[u8]) { let mut h = Sha1::new(); h.update(data); }\n"),
    ],
    good: &[
        javascript("const crypto = require('crypto');\nconst s = crypto.createSign('RSA-SHA256');\n"),
        golang("package p\nimport (\"crypto/sha256\")\nfunc f() {\n\th := sha256.Sum256([]byte(data))\n\t_ = h\n}\n"),
        c("#include <openssl/evp.h>\nvoid f(EVP_MD_CTX *c) { EVP_DigestInit_ex(c, EVP_sha256(), NULL); }\n"),
        c("void md5sum_label(char *sha1) { use(sha1); }\n"),
        python(
            "import hmac, hashlib\ndef sign(key, data):\n    return hmac.new(key, data, hashlib.sha256).hexdigest()\n",
        ),
        python("import hashlib\nhashlib.sha256(b'a')\n"),
        python("import hashlib\nhashlib.md5(b'a', usedforsecurity=False)\n"),
        python("import hashlib\nh = hashlib.new('sha512')\n"),
        java(
            "import java.security.MessageDigest;\nclass A { byte[] f(byte[] b) throws Exception { return MessageDigest.getInstance(\"SHA-256\").digest(b); } }\n",
        ),
        javascript("const crypto = require('crypto');\ncrypto.createHash('sha256').update(x);\n"),
        python("def md5(x):\n    return x\nmd5(1)\n"),
        example(Language::Php, "<?php\n$s = hash('sha256', $data);\n"),
        example(Language::CSharp, "class A { byte[] F(byte[] b) { return SHA256.Create().ComputeHash(b); } }\n"),
        example(Language::Ruby, "sig = Digest::SHA256.hexdigest(data)\n"),
        example(Language::Rust, "fn f(data: &[u8]) { let mut h = Sha256::new(); h.update(data); }\n"),
    ],
};

const HASHLIB: &[&str] = &["hashlib.md5", "hashlib.sha1", "hashlib.md4"];
const LIBRARIES: &[&str] = &[
    "Crypto.Hash.MD2.new",
    "Crypto.Hash.MD4.new",
    "Crypto.Hash.MD5.new",
    "Crypto.Hash.SHA.new",
    "Crypto.Hash.SHA1.new",
    "Cryptodome.Hash.MD2.new",
    "Cryptodome.Hash.MD4.new",
    "Cryptodome.Hash.MD5.new",
    "Cryptodome.Hash.SHA.new",
    "Cryptodome.Hash.SHA1.new",
    "cryptography.hazmat.primitives.hashes.MD5",
    "cryptography.hazmat.primitives.hashes.SHA1",
    "md5.new",
    "sha.new",
];

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    if path == "hashids.Hashids" {
        let salt = context.argument(call, 0, "salt").map(|salt| context.source(salt)).unwrap_or_default();
        if salt.contains("SECRET_KEY") {
            let message = "The key of the framework is a salt that can be worked out from the identifiers.";
            findings.push(context, Report::issue(call, concept::WEAK_HASH, message));
        }
        return;
    }
    let weak = match path {
        "hmac.new" | "hmac.HMAC" | "hmac.digest" => context.argument(call, 2, "digestmod").is_some_and(|digest| {
            context.path(digest) == "hashlib.md5" || matches!(constant_text(context, digest), Some("md5" | "MD5"))
        }),
        "hashlib.new" => names_weak_hash(context, call),
        _ => HASHLIB.contains(&path) || LIBRARIES.contains(&path),
    };
    if !weak || context.keyword(call, "usedforsecurity").is_some_and(|value| context.source(value) == "False") {
        return;
    }
    report(context, call, findings);
}

fn check_java(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some((class, method)) = call_path(context, call).and_then(|path| path.rsplit_once('.')) else { return };
    let weak = match class {
        _ if class.rsplit('.').next() == Some("DigestUtils") => {
            ["md5", "md2", "sha1", "getMd5", "getSha1", "getMd2"].iter().any(|name| method.starts_with(name))
                || method == "sha"
                || method == "shaHex"
        }
        _ if class.rsplit('.').next() == Some("Hashing") => matches!(method, "md5" | "sha1" | "goodFastHash" | "crc32"),
        "java.security.MessageDigest" => method == "getInstance" && names_weak_hash(context, call),
        _ => false,
    };
    if weak {
        report(context, call, findings);
    }
}

fn check_javascript(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let weak = match path.trim_start_matches("node:") {
        "crypto.createHash" | "crypto.hash" => names_weak_hash(context, call),
        "crypto.createSign" | "crypto.createVerify" => signs_weakly(context, call),
        "node-forge.md.md5.create"
        | "node-forge.md.sha1.create"
        | "forge.md.md5.create"
        | "forge.md.sha1.create"
        | "blueimp-md5"
        | "js-md5"
        | "js-sha1"
        | "spark-md5.hash"
        | "SparkMD5.hash" => true,
        "md5" | "sha1" | "crypto-js.MD5" | "crypto-js.SHA1" | "CryptoJS.MD5" | "CryptoJS.SHA1" | "crypto-js/md5"
        | "crypto-js/sha1" => true,
        _ => false,
    };
    if weak {
        report(context, call, findings);
    }
}

/// Whether a signature is made over a broken hash: `RSA-SHA1`, `md5WithRSAEncryption`.
fn signs_weakly(context: &Context<'_>, call: NodeId) -> bool {
    let name = context.positional(call, 0).and_then(|name| constant_text(context, name)).unwrap_or_default();
    let name = name.to_ascii_lowercase();
    name.contains("md5") || name.contains("md4") || name.ends_with("sha1") || name.starts_with("sha1with")
}

/// Whether the first argument names a broken hash function.
fn names_weak_hash(context: &Context<'_>, call: NodeId) -> bool {
    let name = context.argument(call, 0, "name").and_then(|name| constant_text(context, name)).unwrap_or_default();
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    matches!(name.as_str(), "md2" | "md4" | "md5" | "sha" | "sha1" | "ripemd160" | "rmd160" | "mdc2")
}

fn report(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let about = purpose(context, call);
    let report = Report::issue(call, concept::WEAK_HASH, "A broken hash function is used.").trace(first_use(
        context,
        call,
        "the hash is used",
    ));
    findings.push(
        context,
        if about.iter().any(|name| words::names_secret(name) || words::names_unguessable(name)) {
            report.severity(Severity::High)
        } else if about.iter().any(|name| is_checksum(name)) {
            Report::audit(
                call,
                concept::WEAK_HASH,
                "A broken hash function is used, where nothing seems to depend on it.",
            )
        } else {
            report
        },
    );
}

/// Names of digests that protect nothing.
fn is_checksum(name: &str) -> bool {
    let words = words::words(name);
    if words.iter().any(|word| matches!(word.as_str(), "signature" | "sign" | "verify" | "auth")) {
        return false;
    }
    words.iter().any(|word| {
        matches!(
            word.as_str(),
            "etag"
                | "checksum"
                | "cache"
                | "dedup"
                | "duplicate"
                | "duplicates"
                | "fingerprint"
                | "gravatar"
                | "bucket"
                | "shard"
                | "partition"
                | "cached"
                | "etags"
                | "filename"
                | "slug"
                | "color"
                | "colour"
                | "avatar"
                | "shards"
                | "buckets"
        )
    })
}
