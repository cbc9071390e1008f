//! CWE-295: certificates or host names are not checked.

mod callback;
mod go;
mod java;
mod more;
mod native;
mod python;
mod ruby;
mod settings;

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::common::{call_path, constant_text, is_false, label, path_of};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "tls-verify",
    cwe: &[295],
    severity: Severity::High,
    summary: "The certificate or host name of the peer is not checked.",
    advice: "Leave verification on; for a private authority give its certificate (verify=\"ca.pem\", cafile=…).",
    rows: &[
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        go_row(&[Kind::Keyword, Kind::Assign], go::option),
        c_row(&[Kind::Call, Kind::Boolean], native::check),
        python_row(&[Kind::Call], check_call),
        python_row(&[Kind::Assign], check_assign),
        python_row(&[Kind::Attribute], check_context),
        python_row(&[Kind::Keyword, Kind::Pair, Kind::Assign], python::option),
        python_row(&[Kind::Call], python::call),
        java_row(&[Kind::Function], check_trust_manager),
        java_row(&[Kind::Call], java::call),
        java_row(&[Kind::New], java::construction),
        javascript_row(&[Kind::Pair], check_agent_option),
        javascript_row(&[Kind::Assign], check_environment),
        row(
            &[Language::CSharp, Language::Ruby, Language::Rust, Language::Bash],
            &[Kind::Call, Kind::Attribute],
            more::check,
        ),
        row(&[Language::Ruby], &[Kind::Keyword, Kind::Pair], ruby::option),
        row(&[Language::Ruby], &[Kind::Assign], ruby::assign),
        row(&[Language::CSharp], &[Kind::Assign, Kind::AugAssign, Kind::Keyword], callback::setting),
        row(&[Language::CSharp], &[Kind::New], callback::creation),
        row(&[Language::Php], &[Kind::Call], callback::call),
        row(&[Language::Php], &[Kind::Pair], callback::pair),
    ],
    bad: &[
        example(
            Language::CSharp,
            "class A { void F(HttpClientHandler h) { h.ServerCertificateCustomValidationCallback = (m, c, n, e) => true; } }\n",
        ),
        example(Language::Php, "<?php\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);\n"),
        example(Language::Php, "<?php\n$c = stream_context_create(['ssl' => ['verify_peer' => false]]);\n"),
        python("client = Elasticsearch('https://x', verify_certs=False)\n"),
        python("import pycurl\nc = pycurl.Curl()\nc.setopt(pycurl.SSL_VERIFYPEER, 0)\n"),
        python("import os\nos.environ['PYTHONHTTPSVERIFY'] = '0'\n"),
        python(
            "import ssl, websocket\nws = websocket.create_connection('wss://x', sslopt={'cert_reqs': ssl.CERT_NONE})\n",
        ),
        example(Language::Ruby, "conn = Faraday.new(url, ssl: { verify: false })\nconn.get('/')\n"),
        example(Language::Ruby, "RestClient::Request.execute(method: :get, url: url, verify_ssl: false)\n"),
        example(Language::Yaml, "scrape_configs:\n  - tls_config:\n      insecure_skip_verify: true\n"),
        example(Language::Json, "{\"agent\": {\"rejectUnauthorized\": false}}\n"),
        example(Language::Toml, "[registry]\ninsecure_skip_verify = true\n"),
        example(Language::Ini, "strict-ssl=false\n"),
        example(Language::Dockerfile, "FROM node:20\nENV NODE_TLS_REJECT_UNAUTHORIZED=0\nUSER node\n"),
        example(Language::Terraform, "provider \"x\" {\n  skip_tls_verify = true\n}\n"),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tc := &tls.Config{InsecureSkipVerify: true}\n\t_ = c\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tvar c tls.Config\n\tc.InsecureSkipVerify = true\n}\n",
        ),
        c("#include <openssl/ssl.h>\nvoid f(SSL_CTX *c) { SSL_CTX_set_verify(c, SSL_VERIFY_NONE, NULL); }\n"),
        c("#include <curl/curl.h>\nvoid f(CURL *c) { curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L); }\n"),
        c(
            "#include <openssl/ssl.h>\nint f(SSL *s) { long result = SSL_get_verify_result(s); return result == X509_V_OK || result == X509_V_ERR_CERT_HAS_EXPIRED; }\n",
        ),
        java(
            "import javax.net.ssl.*;\nclass A { void f(SSLContext c) throws Exception { c.init(null, new TrustManager[] { new X509TrustManager() { public void checkClientTrusted(X509Certificate[] x, String a) { } public void checkServerTrusted(X509Certificate[] x, String a) { } public X509Certificate[] getAcceptedIssuers() { return null; } } }, null); } }\n",
        ),
        python("import requests\nrequests.get(url, verify=False)\n"),
        python("import requests\ns = requests.Session()\ns.verify = False\n"),
        python("import ssl\nctx = ssl._create_unverified_context()\n"),
        python("import ssl\nctx = ssl.create_default_context()\nctx.check_hostname = False\n"),
        python("import ssl\nctx.verify_mode = ssl.CERT_NONE\n"),
        python("import urllib3\nhttp = urllib3.PoolManager(cert_reqs='CERT_NONE')\n"),
        python("import ssl\nssl._create_default_https_context = ssl._create_unverified_context\n"),
        java(
            "class T implements X509TrustManager { public void checkServerTrusted(X509Certificate[] c, String a) { } }\n",
        ),
        java("class A { void f(HttpsURLConnection c) { c.setHostnameVerifier((host, session) -> true); } }\n"),
        javascript("const agent = new https.Agent({ checkServerIdentity: () => undefined });\n"),
        javascript("const client = new MongoClient(url, { tlsAllowInvalidCertificates: true });\n"),
        javascript("const agent = new https.Agent({ rejectUnauthorized: false });\n"),
        javascript("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n"),
        example(Language::Rust, "fn f() { Client::builder().danger_accept_invalid_certs(true).build(); }\n"),
        example(Language::Ruby, "http.verify_mode = OpenSSL::SSL::VERIFY_NONE\n"),
        example(
            Language::CSharp,
            "class A { void F() { h.ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator; } }\n",
        ),
        example(Language::Bash, "curl -k https://example.org/x\n"),
        example(Language::Bash, "wget --no-check-certificate https://example.org/x\n"),
    ],
    good: &[
        example(
            Language::CSharp,
            "class A { void F(HttpClientHandler h) { h.ServerCertificateCustomValidationCallback = (m, c, n, e) => e == SslPolicyErrors.None; } }\n",
        ),
        example(
            Language::Php,
            "<?php\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, true);\ncurl_setopt($ch, CURLOPT_SSL_VERIFYHOST, 2);\n",
        ),
        python("client = Elasticsearch('https://x', verify_certs=True)\n"),
        python("parser = Parser(ssl_verify=options.verify)\n"),
        example(Language::Ruby, "conn = Faraday.new(url, ssl: { verify: true })\ncheck(name, verify: false)\n"),
        example(Language::Yaml, "scrape_configs:\n  - tls_config:\n      insecure_skip_verify: false\n"),
        example(Language::Json, "{\"agent\": {\"rejectUnauthorized\": true}}\n"),
        example(Language::Toml, "[registry]\ninsecure_skip_verify = false\n"),
        example(Language::Ini, "strict-ssl=true\n"),
        example(Language::Dockerfile, "FROM node:20\nENV NODE_ENV=production\nUSER node\n"),
        example(Language::Terraform, "provider \"x\" {\n  skip_tls_verify = var.skip\n}\n"),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tc := &tls.Config{MinVersion: tls.VersionTLS12}\n\t_ = c\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/tls\")\nfunc f() {\n\tc := &tls.Config{InsecureSkipVerify: false}\n\t_ = c\n}\n",
        ),
        c("#include <openssl/ssl.h>\nvoid f(SSL_CTX *c) { SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL); }\n"),
        c("#include <curl/curl.h>\nvoid f(CURL *c) { curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L); }\n"),
        java(
            "import javax.net.ssl.*;\nclass A { void f(HttpsURLConnection c, java.util.List<String> known) { c.setHostnameVerifier((host, session) -> known.contains(host)); } }\n",
        ),
        java(
            "class T implements X509TrustManager { public void checkServerTrusted(X509Certificate[] c, String a) { inner.checkServerTrusted(c, a); } }\n",
        ),
        java("class A { void f(List<String> l) { l.removeIf((x) -> true); } }\n"),
        javascript("const agent = new https.Agent({ rejectUnauthorized: true });\n"),
        python("import requests\nrequests.get(url, verify='ca.pem')\n"),
        python("def check(text, verify):\n    return text\ncheck('a', verify=False)\n"),
        python("import ssl\nctx.verify_mode = ssl.CERT_REQUIRED\n"),
        example(Language::Rust, "fn f() { Client::builder().danger_accept_invalid_certs(false).build(); }\n"),
        example(Language::Ruby, "http.verify_mode = OpenSSL::SSL::VERIFY_PEER\n"),
        example(Language::CSharp, "class A { void F() { h.ServerCertificateCustomValidationCallback = Check; } }\n"),
        example(Language::Bash, "curl https://example.org/x\n"),
    ],
};

const VERBS: &[&str] =
    &["get", "post", "put", "delete", "patch", "head", "options", "request", "send", "stream", "Client", "AsyncClient"];

fn check_call(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let last = path.rsplit('.').next().unwrap_or(path);
    let http = path.starts_with("requests.") || path.starts_with("httpx.");
    if let Some(verify) = context.keyword(call, "verify").filter(|&verify| is_false(context, verify)) {
        if http || (VERBS.contains(&last) && path != last) {
            findings.push(context, Report::issue(verify, concept::TLS_VERIFY, "Certificates are not checked."));
        }
        return;
    }
    if path.starts_with("aiohttp.") || (VERBS.contains(&last) && path.contains("session")) {
        for name in ["ssl", "verify_ssl"] {
            if let Some(off) = context.keyword(call, name).filter(|&value| is_false(context, value)) {
                findings.push(context, Report::issue(off, concept::TLS_VERIFY, "Certificates are not checked."));
            }
        }
    }
    let none = context.keyword(call, "cert_reqs").filter(|&mode| {
        constant_text(context, mode) == Some("CERT_NONE") || path_of(context, mode) == Some("ssl.CERT_NONE")
    });
    if let Some(mode) = none {
        findings.push(context, Report::issue(mode, concept::TLS_VERIFY, "Certificates are not checked."));
    }
}

fn check_assign(context: &Context<'_>, assign: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    if tree.kind(target) != Kind::Attribute {
        return;
    }
    let off = match tree.name(target, context.text()) {
        "check_hostname" | "verify" => is_false(context, value),
        "verify_mode" => path_of(context, value) == Some("ssl.CERT_NONE"),
        _ => false,
    };
    if off {
        findings.push(
            context,
            Report::issue(value, concept::TLS_VERIFY, "Checks of certificates or host names are switched off."),
        );
    }
}

fn check_context(context: &Context<'_>, node: NodeId, findings: &mut Findings) {
    if path_of(context, node) == Some("ssl._create_unverified_context") {
        let report = Report::issue(node, concept::TLS_VERIFY, "A context without checks of certificates is used.");
        findings.push(context, report.severity(Severity::Medium));
    }
}

/// A trust manager whose check does nothing.
fn check_trust_manager(context: &Context<'_>, function: NodeId, findings: &mut Findings) {
    if context.name(function) == "checkServerTrusted"
        && java::refuses_nothing(context, function)
        && !java::is_put_to_use(context, function)
    {
        findings.push(context, Report::issue(function, concept::TLS_VERIFY, "Every certificate is trusted."));
    }
}

fn check_agent_option(context: &Context<'_>, pair: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
    let name = label(context, key);
    let off = matches!(name, "rejectUnauthorized" | "strictSSL" | "sslValidate" | "checkServerIdentity")
        && is_false(context, value)
        || matches!(
            name,
            "tlsAllowInvalidCertificates" | "tlsAllowInvalidHostnames" | "tlsInsecure" | "acceptInvalidCerts"
        ) && crate::rule::common::is_true(context, value)
        || name == "NODE_TLS_REJECT_UNAUTHORIZED" && constant_text(context, value) == Some("0")
        || name == "checkServerIdentity" && checks_nothing(context, value);
    if off {
        findings.push(context, Report::issue(value, concept::TLS_VERIFY, "Certificates are not checked."));
    }
}

/// `checkServerIdentity: () => undefined`, `() => {}`, `() => null`
fn checks_nothing(context: &Context<'_>, value: NodeId) -> bool {
    let tree = context.tree();
    if tree.kind(value) != Kind::Lambda {
        return false;
    }
    tree.child(value, Field::Body).is_some_and(|body| match tree.kind(body) {
        Kind::Block => !tree.subtree(body).take(200).any(|part| matches!(tree.kind(part), Kind::Call | Kind::Raise)),
        Kind::Null => true,
        Kind::Name => context.source(body) == "undefined",
        _ => false,
    })
}

fn check_environment(context: &Context<'_>, assign: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let off = constant_text(context, value) == Some("0") || context.integer(value) == Some(0);
    if off && context.source(target).contains("NODE_TLS_REJECT_UNAUTHORIZED") {
        findings.push(
            context,
            Report::issue(value, concept::TLS_VERIFY, "Certificates are not checked in the whole process."),
        );
    }
}
