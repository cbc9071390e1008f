//! CWE-327: an old version of SSL or TLS.

mod go;
mod java;
mod more;
mod native;
mod script;
mod settings;

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::common::{call_path, first_use, path_of};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "tls-version",
    cwe: &[327],
    severity: Severity::High,
    summary: "An old protocol version (SSL, TLS 1.0, TLS 1.1) is allowed.",
    advice: "Use ssl.create_default_context() or PROTOCOL_TLS_CLIENT / PROTOCOL_TLS_SERVER with minimum_version TLSv1_2.",
    rows: &[
        javascript_row(&[Kind::Pair], script::option),
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        go_row(&[Kind::Keyword, Kind::Assign], go::option),
        go_row(&[Kind::New], go::literal),
        c_row(&[Kind::Call, Kind::New, Kind::Attribute, Kind::Name], native::check),
        python_row(&[Kind::Attribute, Kind::Name], check_version),
        python_row(&[Kind::Call], check_ciphers),
        python_row(&[Kind::Call], check_wrap),
        java_row(&[Kind::Call], java::call),
        java_row(&[Kind::New], java::construction),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust],
            &[Kind::Attribute, Kind::Name],
            more::check,
        ),
    ],
    bad: &[
        javascript("https.createServer({ key, cert, secureProtocol: 'TLSv1_method' }, app);\n"),
        javascript("tls.connect({ host, minVersion: 'TLSv1.1' });\n"),
        example(Language::Nginx, "server {\n  listen 443 ssl;\n  ssl_protocols TLSv1 TLSv1.1 TLSv1.2;\n}\n"),
        example(
            Language::Terraform,
            "resource \"aws_cloudfront_distribution\" \"d\" {\n  viewer_certificate {\n    minimum_protocol_version = \"TLSv1\"\n  }\n}\n",
        ),
        example(Language::Yaml, "spec:\n  minTLSVersion: VersionTLS10\n"),
        example(Language::Ini, "[system_default_sect]\nMinProtocol = TLSv1.0\n"),
        example(Language::Php, "<?php\ncurl_setopt($c, CURLOPT_SSLVERSION, CURL_SSLVERSION_SSLv3);\n"),
        example(
            Language::CSharp,
            "class A { void F() { ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls11; } }\n",
        ),
        example(Language::Ruby, "ctx.min_version = OpenSSL::SSL::TLS1_VERSION\n"),
        example(
            Language::Rust,
            "fn f(b: &mut SslContextBuilder) { b.set_min_proto_version(Some(SslVersion::TLS1)); }\n",
        ),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tc := &tls.Config{MinVersion: tls.VersionTLS10}\n\t_ = c\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tc := tls.Config{}\n\tc.MinVersion = tls.VersionSSL30\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tc := &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}}\n\t_ = c\n}\n",
        ),
        c("#include <openssl/ssl.h>\nvoid f(void) { SSL_CTX_new(SSLv3_method()); }\n"),
        c("void f(SCHANNEL_CRED *c) { c->grbitEnabledProtocols = SP_PROT_TLS1_0_CLIENT; }\n"),
        java(
            "import javax.net.ssl.SSLContext;\nclass A { Object f() throws Exception { return SSLContext.getInstance(\"SSLv3\"); } }\n",
        ),
        java(
            "class A { void f(javax.net.ssl.SSLSocket s) { s.setEnabledProtocols(new String[] { \"TLSv1.1\", \"TLSv1.2\" }); } }\n",
        ),
        python("import ssl\nctx = ssl.create_default_context()\nctx.set_ciphers('ALL:@SECLEVEL=0')\n"),
        python("import ssl\nc = ssl.SSLContext(ssl.PROTOCOL_TLSv1)\n"),
        python("import ssl\ns = ssl.wrap_socket(sock)\n"),
        python("from OpenSSL import SSL\nc = SSL.Context(SSL.SSLv3_METHOD)\n"),
        python("import ssl\nctx.minimum_version = ssl.TLSVersion.TLSv1\n"),
    ],
    good: &[
        javascript("https.createServer({ key, cert, secureProtocol: 'TLSv1_2_method' }, app);\n"),
        javascript("tls.connect({ host, minVersion: 'TLSv1.2' });\n"),
        example(Language::Nginx, "server {\n  listen 443 ssl;\n  ssl_protocols TLSv1.2 TLSv1.3;\n}\n"),
        example(
            Language::Terraform,
            "resource \"aws_cloudfront_distribution\" \"d\" {\n  viewer_certificate {\n    minimum_protocol_version = \"TLSv1.2_2021\"\n  }\n}\n",
        ),
        example(Language::Yaml, "spec:\n  minTLSVersion: VersionTLS12\n  version: \"1.1\"\n"),
        example(Language::Ini, "[system_default_sect]\nMinProtocol = TLSv1.2\n"),
        example(Language::Php, "<?php\ncurl_setopt($c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);\n"),
        example(
            Language::CSharp,
            "class A { void F() { ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls12; } }\n",
        ),
        example(Language::Ruby, "ctx.min_version = OpenSSL::SSL::TLS1_2_VERSION\n"),
        example(
            Language::Rust,
            "fn f(b: &mut SslContextBuilder) { b.set_min_proto_version(Some(SslVersion::TLS1_2)); }\n",
        ),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tc := &tls.Config{MinVersion: tls.VersionTLS12}\n\t_ = c\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tc := &tls.Config{MinVersion: tls.VersionTLS13, CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256}}\n\t_ = c\n}\n",
        ),
        c("#include <openssl/ssl.h>\nvoid f(void) { SSL_CTX_new(TLS_client_method()); }\n"),
        c("void f(SCHANNEL_CRED *c) { c->grbitEnabledProtocols = SP_PROT_TLS1_3_CLIENT; }\n"),
        java(
            "import javax.net.ssl.SSLContext;\nclass A { Object f() throws Exception { return SSLContext.getInstance(\"TLSv1.3\"); } }\n",
        ),
        python("import ssl\nctx = ssl.create_default_context()\nctx.set_ciphers('ECDHE+AESGCM')\n"),
        python("import ssl\nc = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"),
        python("import ssl\nc = ssl.create_default_context()\n"),
        python("import ssl\nctx.minimum_version = ssl.TLSVersion.TLSv1_2\n"),
    ],
};

const VERSIONS: &[&str] = &[
    "ssl.PROTOCOL_SSLv2",
    "ssl.PROTOCOL_SSLv3",
    "ssl.PROTOCOL_SSLv23",
    "ssl.PROTOCOL_TLSv1",
    "ssl.PROTOCOL_TLSv1_1",
    "ssl.TLSVersion.SSLv3",
    "ssl.TLSVersion.TLSv1",
    "ssl.TLSVersion.TLSv1_1",
    "OpenSSL.SSL.SSLv2_METHOD",
    "OpenSSL.SSL.SSLv23_METHOD",
    "OpenSSL.SSL.SSLv3_METHOD",
    "OpenSSL.SSL.TLSv1_METHOD",
    "OpenSSL.SSL.TLSv1_1_METHOD",
    "pyOpenSSL.SSL.SSLv2_METHOD",
    "pyOpenSSL.SSL.SSLv23_METHOD",
    "pyOpenSSL.SSL.SSLv3_METHOD",
    "pyOpenSSL.SSL.TLSv1_METHOD",
    "pyOpenSSL.SSL.TLSv1_1_METHOD",
];

fn check_version(context: &Context<'_>, node: NodeId, findings: &mut Findings) {
    if path_of(context, node).is_some_and(|path| VERSIONS.contains(&path)) {
        let report = Report::issue(node, concept::TLS_VERSION, "An old protocol version is chosen.").trace(first_use(
            context,
            node,
            "the context is used",
        ));
        findings.push(context, named_by_bandit(context, node, report));
    }
}

/// `method=…`, `ssl_version=…` and defaults of parameters are what Bandit looks at.
fn named_by_bandit(context: &Context<'_>, node: NodeId, report: Report) -> Report {
    if context.path(node).ends_with("PROTOCOL_SSLv23") {
        return report;
    }
    let above = context.tree().parent(node);
    match above.map(|above| (context.kind(above), context.name(above))) {
        Some((Kind::Keyword, "method" | "ssl_version")) => report.bandit("B502"),
        Some((Kind::Parameter, _)) => report.bandit("B503"),
        _ => report,
    }
}

/// `context.set_ciphers("ALL:@SECLEVEL=0")`
fn check_ciphers(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    if context.method(call) != "set_ciphers" {
        return;
    }
    let list = context.positional(call, 0).and_then(|list| context.string(list)).unwrap_or_default();
    let weak = list.split([':', ',', ' ']).any(|part| {
        matches!(
            part,
            "ALL" | "NULL" | "eNULL" | "aNULL" | "EXPORT" | "LOW" | "DES" | "3DES" | "RC4" | "MD5" | "COMPLEMENTOFALL"
        ) || matches!(part, "@SECLEVEL=0" | "DEFAULT@SECLEVEL=0" | "ALL@SECLEVEL=0" | "@SECLEVEL=1")
    });
    if weak && !(list.contains("!aNULL") && list.contains("!RC4")) {
        let report = Report::issue(call, concept::TLS_VERSION, "Broken ciphers are let in.").cwe(&[327, 326]);
        findings.push(context, report.severity(Severity::Medium));
    }
}

fn check_wrap(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let plain = call_path(context, call) == Some("ssl.wrap_socket") && context.keyword(call, "ssl_version").is_none();
    if plain {
        let report =
            Report::issue(call, concept::TLS_VERSION, "The socket is wrapped without a minimum version or checks.");
        findings.push(context, report.severity(Severity::Medium));
    }
}
