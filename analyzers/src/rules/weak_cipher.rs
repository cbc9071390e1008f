//! CWE-327: a cipher, mode or key length that is broken.

mod go;
mod java;
mod more;
mod native;
mod python;
mod script;

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::common::{call_path, constant_integer, first_use, path_of};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "weak-cipher",
    cwe: &[327],
    severity: Severity::High,
    summary: "A broken cipher, a mode that shows patterns, or a short key is used.",
    advice: "Use AES-GCM or ChaCha20-Poly1305 with a random nonce, RSA keys of 2048 bits or more, curves of 224 bits or more.",
    rows: &[
        go_row(&[Kind::Call], go::call),
        c_row(&[Kind::Call, Kind::Name], native::check),
        python_row(&[Kind::Call], check_cipher),
        python_row(&[Kind::Call], python::check),
        python_row(&[Kind::Attribute, Kind::Name], check_mode),
        java_row(&[Kind::Call], java::call),
        java_row(&[Kind::New], java::construction),
        java_row(&[Kind::Call], java::from_settings),
        javascript_row(&[Kind::Call, Kind::New], script::check),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust],
            &[Kind::Call, Kind::New, Kind::Attribute],
            more::check,
        ),
    ],
    bad: &[
        javascript("const crypto = require('crypto');\ncrypto.generateKeyPairSync('rsa', { modulusLength: 1024 });\n"),
        javascript("const CryptoJS = require('crypto-js');\nconst c = CryptoJS.DES.encrypt(text, key);\n"),
        javascript("const NodeRSA = require('node-rsa');\nconst key = new NodeRSA({ b: 512 });\n"),
        golang(
            "package p\nimport (\"crypto/des\")\nfunc f() {\n\tblock, err := des.NewCipher(key)\n\t_, _ = block, err\n}\n",
        ),
        golang("package p\nimport (\"crypto/rc4\")\nfunc f() {\n\tc, err := rc4.NewCipher(key)\n\t_, _ = c, err\n}\n"),
        golang(
            "package p\nimport (\"crypto/rand\"; \"crypto/rsa\")\nfunc f() {\n\tk, err := rsa.GenerateKey(rand.Reader, 1024)\n\t_, _ = k, err\n}\n",
        ),
        c(
            "#include <openssl/evp.h>\nvoid f(EVP_CIPHER_CTX *c) { EVP_EncryptInit_ex(c, EVP_des_cbc(), NULL, key, iv); }\n",
        ),
        c("void f(HCRYPTPROV p) { CryptGenKey(p, CALG_RC4, 0, 0); }\n"),
        c("#include <openssl/rsa.h>\nvoid f(RSA *r, BIGNUM *e) { RSA_generate_key_ex(r, 1024, e, NULL); }\n"),
        java(
            "import java.security.spec.*;\nclass A { Object f() { return new ECGenParameterSpec(\"secp112r1\"); } }\n",
        ),
        java(
            "import javax.crypto.*;\nclass A { void f() throws Exception { g(64); } private void g(int n) throws Exception { KeyGenerator k = KeyGenerator.getInstance(\"AES\"); k.init(n); } }\n",
        ),
        java("import javax.crypto.spec.*;\nclass A { Object f() { return new IvParameterSpec(new byte[16]); } }\n"),
        python("from Crypto.Cipher import PKCS1_v1_5\ndef f(key, m):\n    return PKCS1_v1_5.new(key).encrypt(m)\n"),
        python(
            "from cryptography.hazmat.primitives.asymmetric import padding\ndef f(pub, m):\n    return pub.encrypt(m, padding.PKCS1v15())\n",
        ),
        python(
            "from Crypto.Cipher import AES\ndef f(key, m):\n    return AES.new(key, AES.MODE_CBC, key[:16]).encrypt(m)\n",
        ),
        python(
            "from cryptography.hazmat.primitives.asymmetric import rsa\nk = rsa.generate_private_key(public_exponent=3, key_size=2048)\n",
        ),
        python("from Crypto.Cipher import DES\ncipher = DES.new(key)\n"),
        python("from Crypto.Cipher import AES\ncipher = AES.new(key, AES.MODE_ECB)\n"),
        python(
            "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\nCipher(algorithms.ARC4(key), None)\n",
        ),
        python("from cryptography.hazmat.primitives.ciphers import modes\nm = modes.ECB()\n"),
        python(
            "from cryptography.hazmat.primitives.asymmetric import rsa\nrsa.generate_private_key(public_exponent=65537, key_size=1024)\n",
        ),
        python("from Crypto.PublicKey import RSA\nRSA.generate(1024)\n"),
        java(
            "import javax.crypto.Cipher;\nclass A { Cipher f() throws Exception { return Cipher.getInstance(\"DES/CBC/PKCS5Padding\"); } }\n",
        ),
        java(
            "import javax.crypto.Cipher;\nclass A { Cipher f() throws Exception { return Cipher.getInstance(\"AES\"); } }\n",
        ),
        java(
            "import java.security.*;\nclass A { void f() throws Exception { KeyPairGenerator g = KeyPairGenerator.getInstance(\"RSA\"); g.initialize(1024); } }\n",
        ),
        javascript("const crypto = require('crypto');\nconst c = crypto.createCipheriv('aes-128-ecb', key, null);\n"),
        javascript("const crypto = require('crypto');\nconst c = crypto.createCipher('aes-256-cbc', password);\n"),
        example(Language::Php, "<?php\n$c = openssl_encrypt($text, 'des-cbc', $key);\n"),
        example(Language::CSharp, "class A { void F() { var des = new DESCryptoServiceProvider(); } }\n"),
        example(Language::Ruby, "c = OpenSSL::Cipher.new('des-cbc')\n"),
        example(Language::Rust, "fn f() { let c = Cipher::aes_128_ecb(); }\n"),
    ],
    good: &[
        javascript("const crypto = require('crypto');\ncrypto.generateKeyPairSync('rsa', { modulusLength: 4096 });\n"),
        javascript("const CryptoJS = require('crypto-js');\nconst c = CryptoJS.AES.encrypt(text, key);\n"),
        golang(
            "package p\nimport (\"crypto/aes\")\nfunc f() {\n\tblock, err := aes.NewCipher(key)\n\t_, _ = block, err\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/rand\"; \"crypto/rsa\")\nfunc f() {\n\tk, err := rsa.GenerateKey(rand.Reader, 3072)\n\t_, _ = k, err\n}\n",
        ),
        c(
            "#include <openssl/evp.h>\nvoid f(EVP_CIPHER_CTX *c) { EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, iv); }\n",
        ),
        c("#include <openssl/rsa.h>\nvoid f(RSA *r, BIGNUM *e) { RSA_generate_key_ex(r, 3072, e, NULL); }\n"),
        java(
            "import java.security.spec.*;\nclass A { Object f() { return new ECGenParameterSpec(\"secp256r1\"); } }\n",
        ),
        java(
            "import javax.crypto.spec.*;\nclass A { Object f() { byte[] iv = new byte[16]; new java.security.SecureRandom().nextBytes(iv); return new IvParameterSpec(iv); } }\n",
        ),
        java(
            "import javax.crypto.Cipher;\nclass A { Cipher f() throws Exception { return Cipher.getInstance(\"AES/GCM/NoPadding\"); } }\n",
        ),
        java("class A { void f(Pool pool) { pool.initialize(10); } }\n"),
        javascript("const crypto = require('crypto');\nconst c = crypto.createCipheriv('aes-256-gcm', key, iv);\n"),
        python("from Crypto.Cipher import PKCS1_OAEP\ndef f(key, m):\n    return PKCS1_OAEP.new(key).encrypt(m)\n"),
        python(
            "from cryptography.hazmat.primitives.asymmetric import padding\ndef f(key, m, h):\n    return key.sign(m, padding.PKCS1v15(), h)\n",
        ),
        python("from Crypto.Cipher import AES\ncipher = AES.new(key, AES.MODE_GCM)\n"),
        python("from cryptography.hazmat.primitives.asymmetric import rsa\nrsa.generate_private_key(65537, 4096)\n"),
        python("from Crypto.PublicKey import RSA\nRSA.generate(size)\n"),
        example(Language::Php, "<?php\n$c = openssl_encrypt($text, 'aes-256-gcm', $key);\n"),
        example(Language::CSharp, "class A { void F() { var aes = new AesGcm(key); } }\n"),
        example(Language::Ruby, "c = OpenSSL::Cipher.new('aes-256-gcm')\n"),
        example(Language::Rust, "fn f() { let c = Cipher::aes_256_gcm(); }\n"),
    ],
};

const CIPHERS: &[&str] = &["DES", "DES3", "ARC2", "ARC4", "Blowfish", "CAST", "XOR"];
const ALGORITHMS: &[&str] = &["ARC4", "Blowfish", "IDEA", "CAST5", "SEED", "TripleDES"];

fn check_cipher(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let pycrypto = path.strip_prefix("Crypto.Cipher.").or_else(|| path.strip_prefix("Cryptodome.Cipher."));
    let broken = pycrypto.and_then(|rest| rest.strip_suffix(".new")).is_some_and(|name| CIPHERS.contains(&name))
        || (path.starts_with("cryptography.")
            && path.rsplit_once(".algorithms.").is_some_and(|(_, name)| ALGORITHMS.contains(&name)));
    if broken {
        let report = Report::issue(call, concept::WEAK_CIPHER, "A broken cipher is used.");
        findings.push(context, report.trace(first_use(context, call, "the cipher is used")));
        return;
    }
    if let Some((argument, name, least)) = key_length(path) {
        let bits = context.argument(call, argument, name).and_then(|bits| constant_integer(context, bits));
        if bits.is_some_and(|bits| bits < least) {
            let report = Report::issue(call, concept::WEAK_KEY, "A key is too short.").cwe(&[326, 327]);
            let report = report.severity(if bits < Some(1024) { Severity::High } else { Severity::Medium });
            findings.push(context, report.bandit("B505"));
        }
    } else if path.ends_with(".ec.generate_private_key") && path.starts_with("cryptography.") {
        let curve = context.argument(call, 0, "curve").map(|curve| match context.kind(curve) {
            Kind::Call => context.callee(curve),
            _ => context.path(curve),
        });
        if curve.and_then(|curve| curve.rsplit('.').next()).is_some_and(|curve| SHORT_CURVES.contains(&curve)) {
            let report = Report::issue(call, concept::WEAK_KEY, "The curve is too small.").cwe(&[326, 327]);
            findings.push(context, report.severity(Severity::Medium).bandit("B505"));
        }
    }
}

/// Curves of fewer than 224 bits.
const SHORT_CURVES: &[&str] = &["SECT163K1", "SECT163R2", "SECP192R1"];

/// Where a key generator takes the length, and the least that is sound.
fn key_length(path: &str) -> Option<(usize, &'static str, i64)> {
    match path {
        // `rsa` is the name of a library of its own, but this function is not in it.
        "cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key" | "rsa.generate_private_key" => {
            Some((1, "key_size", 2048))
        }
        "cryptography.hazmat.primitives.asymmetric.dsa.generate_private_key" => Some((0, "key_size", 2048)),
        "Crypto.PublicKey.RSA.generate"
        | "Cryptodome.PublicKey.RSA.generate"
        | "Crypto.PublicKey.DSA.generate"
        | "Cryptodome.PublicKey.DSA.generate" => Some((0, "bits", 2048)),
        "rsa.newkeys" => Some((0, "nbits", 2048)),
        "paramiko.RSAKey.generate" | "paramiko.DSSKey.generate" => Some((0, "bits", 2048)),
        _ => None,
    }
}

fn check_mode(context: &Context<'_>, attribute: NodeId, findings: &mut Findings) {
    let Some(path) = path_of(context, attribute) else { return };
    if context.kind(attribute) == Kind::Name && context.tree().field(attribute) != Field::Callee {
        return;
    }
    let is_mode = path.ends_with(".MODE_ECB") && (path.starts_with("Crypto.") || path.starts_with("Cryptodome."))
        || path == "cryptography.hazmat.primitives.ciphers.modes.ECB";
    if is_mode {
        findings.push(
            context,
            Report::issue(attribute, concept::WEAK_CIPHER, "The ECB mode shows patterns of the plain text.")
                .trace(first_use(context, attribute, "the cipher is used")),
        );
    }
}

/// `DES/ECB/PKCS5Padding`, `aes-128-ecb`: the cipher, then what is done with it.
fn check_transformation(context: &Context<'_>, call: NodeId, separator: char, findings: &mut Findings) {
    let Some(name) = context.positional(call, 0).and_then(|name| context.string(name)) else { return };
    let name = name.to_ascii_lowercase();
    let mut parts = name.split(separator);
    let cipher = parts.next().unwrap_or_default();
    let broken = matches!(
        cipher,
        "des"
            | "desede"
            | "des3"
            | "des_ede3"
            | "3des"
            | "rc2"
            | "rc4"
            | "arcfour"
            | "blowfish"
            | "bf"
            | "cast5"
            | "idea"
            | "seed"
            | "tripledes"
    );
    // Java takes ECB where no mode is named.
    let default_mode = separator == '/' && name == "aes" && context.callee(call) == "javax.crypto.Cipher.getInstance";
    if broken {
        findings.push(context, Report::issue(call, concept::WEAK_CIPHER, "A broken cipher is used."));
    } else if default_mode || parts.any(|part| part == "ecb") && cipher != "rsa" {
        findings
            .push(context, Report::issue(call, concept::WEAK_CIPHER, "The ECB mode shows patterns of the plain text."));
    }
}
