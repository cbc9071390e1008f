//! CWE-329/760/1204: an initialisation vector, nonce or salt that is always the same.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};

mod go;
mod more;
mod native;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "fixed-nonce",
    cwe: &[329, 1204],
    severity: Severity::Medium,
    summary: "An initialisation vector, nonce or salt is always the same.",
    advice: "Make a new one for every message or password (`os.urandom(16)`), and store it beside the result.",
    rows: &[
        javascript_row(&[Kind::Call], script::check),
        go_row(&[Kind::Call], go::call),
        c_row(&[Kind::Call], native::check),
        python_row(&[Kind::Call], check_python),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust],
            &[Kind::Call, Kind::New, Kind::Assign],
            more::check,
        ),
    ],
    bad: &[
        c(
            "#include <openssl/evp.h>\nvoid f(EVP_CIPHER_CTX *c, const unsigned char *key) { unsigned char iv[16] = {0}; EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv); }\n",
        ),
        c(
            "#include <openssl/evp.h>\nstatic const unsigned char IV[] = \"0123456789abcdef\";\nvoid f(EVP_CIPHER_CTX *c, const unsigned char *key) { EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, IV); }\n",
        ),
        c(
            "#include <openssl/evp.h>\nvoid f(const char *p, int n, unsigned char *out) { PKCS5_PBKDF2_HMAC(p, n, (const unsigned char *)\"salt\", 4, 600000, EVP_sha256(), 32, out); }\n",
        ),
        example(
            Language::Php,
            "<?php\n$iv = '1234567890123456';\n$c = openssl_encrypt($t, 'aes-256-cbc', $key, 0, $iv);\n",
        ),
        example(
            Language::CSharp,
            "class A { void F(byte[] key) { using var aes = Aes.Create(); aes.Key = key; aes.IV = new byte[16]; G(aes); } }\n",
        ),
        example(Language::Ruby, "def seal(cipher)\n  cipher.iv = '1234567890123456'\nend\n"),
        example(
            Language::Rust,
            "fn f(c: Aes256Gcm, t: &[u8]) { c.encrypt(Nonce::from_slice(b\"unique nonce\"), t).unwrap(); }\n",
        ),
        javascript(
            "const crypto = require('crypto');\nconst iv = Buffer.from('0123456789abcdef');\nconst c = crypto.createCipheriv('aes-256-cbc', key, iv);\n",
        ),
        javascript("const crypto = require('crypto');\nconst key = crypto.scryptSync(password, 'salt', 32);\n"),
        golang(
            "package p\nimport (\"crypto/aes\"; \"crypto/cipher\")\nfunc f() {\n\tblock, _ := aes.NewCipher(key)\n\tc := cipher.NewCBCEncrypter(block, []byte(\"0123456789abcdef\"))\n\t_ = c\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/aes\"; \"crypto/cipher\")\nfunc f() {\n\tblock, _ := aes.NewCipher(key)\n\tgcm, _ := cipher.NewGCM(block)\n\tnonce := make([]byte, 12)\n\tgcm.Seal(nil, nonce, text, nil)\n}\n",
        ),
        python(
            "from Crypto.Cipher import AES\ndef f(key, data):\n    return AES.new(key, AES.MODE_CBC, b'0000000000000000').encrypt(data)\n",
        ),
        python("from cryptography.hazmat.primitives.ciphers import modes\nmode = modes.CBC(b'\\x00' * 16)\n"),
        python(
            "import hashlib\ndef f(password):\n    return hashlib.pbkdf2_hmac('sha256', password, b'salt', 600000)\n",
        ),
        python(
            "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\ndef f(key, data):\n    return AESGCM(key).encrypt(b'123456789012', data, None)\n",
        ),
        python("import random\nrandom.seed(42)\ntoken = random.getrandbits(128)\n"),
    ],
    good: &[
        c(
            "#include <openssl/evp.h>\n#include <openssl/rand.h>\nvoid f(EVP_CIPHER_CTX *c, const unsigned char *key) { unsigned char iv[16] = {0}; if (RAND_bytes(iv, sizeof iv) != 1) return; EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv); }\n",
        ),
        c(
            "#include <openssl/evp.h>\nvoid f(EVP_CIPHER_CTX *c, const unsigned char *key, const unsigned char *iv) { EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv); EVP_EncryptInit_ex(c, NULL, NULL, NULL, NULL); }\n",
        ),
        example(
            Language::Php,
            "<?php\n$iv = random_bytes(16);\n$c = openssl_encrypt($t, 'aes-256-cbc', $key, 0, $iv);\n",
        ),
        example(
            Language::CSharp,
            "class A { void F(AesGcm c, byte[] t, byte[] o, byte[] g) { var nonce = new byte[12]; RandomNumberGenerator.Fill(nonce); c.Encrypt(nonce, t, o, g); } }\n",
        ),
        example(Language::Ruby, "def seal(cipher)\n  iv = cipher.random_iv\n  cipher.iv = iv\nend\n"),
        example(
            Language::Rust,
            "fn f(c: Aes256Gcm, t: &[u8]) { let mut n = [0u8; 12]; OsRng.fill_bytes(&mut n); c.encrypt(Nonce::from_slice(&n), t).unwrap(); }\n",
        ),
        javascript(
            "const crypto = require('crypto');\nconst iv = crypto.randomBytes(16);\nconst c = crypto.createCipheriv('aes-256-cbc', key, iv);\n",
        ),
        javascript(
            "const crypto = require('crypto');\nconst salt = crypto.randomBytes(16);\nconst key = crypto.scryptSync(password, salt, 32);\n",
        ),
        golang(
            "package p\nimport (\"crypto/aes\"; \"crypto/cipher\"; \"crypto/rand\")\nfunc f() {\n\tblock, _ := aes.NewCipher(key)\n\tgcm, _ := cipher.NewGCM(block)\n\tnonce := make([]byte, gcm.NonceSize())\n\tif _, err := rand.Read(nonce); err != nil { return }\n\tgcm.Seal(nonce, nonce, text, nil)\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/aes\"; \"crypto/cipher\"; \"crypto/rand\"; \"io\")\nfunc f() {\n\tiv := make([]byte, aes.BlockSize)\n\tio.ReadFull(rand.Reader, iv)\n\tc := cipher.NewCTR(block, iv)\n\t_ = c\n}\n",
        ),
        python(
            "import os\nfrom Crypto.Cipher import AES\ndef f(key, data):\n    iv = os.urandom(16)\n    return iv + AES.new(key, AES.MODE_CBC, iv).encrypt(data)\n",
        ),
        python(
            "import hashlib, os\ndef f(password):\n    salt = os.urandom(16)\n    return hashlib.pbkdf2_hmac('sha256', password, salt, 600000)\n",
        ),
        python(
            "from Crypto.Cipher import AES\ndef f(key, data):\n    return AES.new(key, AES.MODE_GCM).encrypt(data)\n",
        ),
        python("import random\nrandom.seed(42)\nsample = random.sample(range(10), 3)\n"),
        python(
            "from Crypto.Cipher import AES\ndef f(key, iv, data):\n    return AES.new(key, AES.MODE_CBC, iv).decrypt(data)\n",
        ),
    ],
};

/// Most nodes of a unit that are looked at for a secret made with a seeded generator.
const MOST_LOOKED_AT: usize = 2_000;

/// Where a callee takes a value that must be new each time: position, name, and the weakness when it is not.
fn place(context: &Context<'_>, call: NodeId) -> Option<(usize, &'static [&'static str], &'static [u16])> {
    const VECTOR: &[u16] = &[329, 1204];
    const NONCE: &[u16] = &[323, 1204];
    const SALT: &[u16] = &[760, 916];
    let path = context.callee(call);
    Some(match path {
        "hashlib.pbkdf2_hmac" => (2, &["salt"], SALT),
        "hashlib.scrypt" => (9, &["salt"], SALT),
        "bcrypt.hashpw" => (1, &["salt"], SALT),
        "cryptography.hazmat.primitives.ciphers.modes.CBC"
        | "cryptography.hazmat.primitives.ciphers.modes.CFB"
        | "cryptography.hazmat.primitives.ciphers.modes.OFB" => (0, &["initialization_vector"], VECTOR),
        "cryptography.hazmat.primitives.ciphers.modes.CTR" => (0, &["nonce"], NONCE),
        "cryptography.hazmat.primitives.ciphers.modes.GCM" => (0, &["initialization_vector"], NONCE),
        _ if path.ends_with("PBKDF2HMAC") || path.ends_with(".Scrypt") && path.starts_with("cryptography.") => {
            (usize::from(path.ends_with("PBKDF2HMAC")) * 2, &["salt"], SALT)
        }
        _ if path.starts_with("Crypto") && path.ends_with(".KDF.PBKDF2") => (1, &["salt"], SALT),
        _ if path.starts_with("Crypto") && path.contains(".Cipher.") && path.ends_with(".new") => {
            (2, &["iv", "IV", "nonce"], VECTOR)
        }
        _ if context.method(call) == "encrypt" && made_by_aead(context, call) => (0, &["nonce"], NONCE),
        _ => return None,
    })
}

fn made_by_aead(context: &Context<'_>, call: NodeId) -> bool {
    context.object(call).is_some_and(|object| {
        let maker = context.value(object);
        context.kind(maker) == Kind::Call && context.callee(maker).contains(".ciphers.aead.")
    })
}

fn check_python(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.callee(call) == "random.seed" {
        return seeded(context, call, found);
    }
    let Some((at, names, cwe)) = place(context, call) else { return };
    let Some(value) =
        context.positional(call, at).or_else(|| names.iter().find_map(|name| context.keyword(call, name)))
    else {
        return;
    };
    let fixed = context.string(value).is_some() || is_repeated(context, value);
    if fixed {
        let message = "A value that must be new each time is always the same.";
        found.push(context, Report::issue(value, concept::FIXED_NONCE, message).cwe(cwe));
    }
}

/// `bytes(16)`, `bytearray(16)`, `bytes([0] * 16)`.
fn is_repeated(context: &Context<'_>, value: NodeId) -> bool {
    let value = context.value(value);
    context.kind(value) == Kind::Call
        && matches!(context.callee(value), "bytes" | "bytearray" | "bytes.fromhex")
        && context.positional(value, 0).is_some_and(|inner| context.is_constant(inner))
}

/// A seed that is always the same, in a unit that makes secrets with the generator.
fn seeded(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    // Seeds stand at the beginning.
    if call.index() > MOST_LOOKED_AT {
        return;
    }
    let fixed = context.positional(call, 0).is_some_and(|seed| {
        context.is_constant(seed)
            || context.kind(seed) == Kind::Call && matches!(context.callee(seed), "time.time" | "os.getpid" | "int")
    });
    let tree = context.tree();
    let secret = fixed
        && tree.ids().take(MOST_LOOKED_AT).any(|node| {
            context.kind(node) == Kind::Call
                && context.callee(node).starts_with("random.")
                && crate::rule::common::purpose(context, node).iter().any(|name| crate::words::names_unguessable(name))
        });
    if secret {
        let message = "The generator of a secret starts from a fixed number.";
        let report = Report::issue(call, concept::FIXED_NONCE, message).cwe(&[335, 337]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
