//! CWE-319: a protocol that sends passwords in the clear.

mod java;
mod more;
mod native;
mod settings;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::{call_path, constant_integer};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, example, java, java_row, python, python_row, row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "cleartext-protocol",
    cwe: &[319],
    severity: Severity::Medium,
    summary: "A protocol sends passwords and data in the clear.",
    advice: "Use SSH, SFTP, FTP over TLS or SNMP v3.",
    rows: &[
        c_row(&[Kind::Call], native::check),
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        python_row(&[Kind::Call], check_python),
        java_row(&[Kind::Call], java::call),
        java_row(&[Kind::New], java::construction),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::check),
        row(&[Language::Bash], &[Kind::Call], more::check),
    ],
    bad: &[
        example(Language::Bash, "curl http://updates.example.org/tool.sh -o tool.sh\n"),
        c("#include <curl/curl.h>\nvoid f(CURL *c) { curl_easy_setopt(c, CURLOPT_URL, \"http://example.com/a\"); }\n"),
        example(
            Language::Terraform,
            "resource \"aws_lb_listener\" \"l\" {\n  port     = 80\n  protocol = \"HTTP\"\n  default_action {\n    type = \"forward\"\n  }\n}\n",
        ),
        example(
            Language::Html,
            "<form action=\"http://shop.acme.io/pay\" method=\"post\"><input name=\"card\"></form>\n",
        ),
        example(Language::Html, "<script src=\"http://cdn.acme.io/a.js\"></script>\n"),
        example(Language::Rust, "async fn f() { reqwest::get(\"http://api.example.com/v1\").await; }\n"),
        example(Language::Ruby, "HTTParty.get('http://api.example.com/v1')\n"),
        example(Language::Php, "<?php\n$t = file_get_contents('http://api.example.com/v1');\n"),
        example(
            Language::CSharp,
            "class A { void F(HttpClient c) { c.GetStringAsync(\"http://api.example.com/v1\"); } }\n",
        ),
        java("import org.apache.commons.net.ftp.FTPClient;\nclass A { Object f() { return new FTPClient(); } }\n"),
        java(
            "class A { void f(String c) { HttpPost p = new HttpPost(\"http://a.example/x\"); p.addHeader(\"Authorization\", \"Basic \" + c); } }\n",
        ),
        python(
            "import requests\ndef login(user, password):\n    return requests.post('http://api.a.example/login', json={'user': user, 'password': password}, timeout=5)\n",
        ),
        python("import ftplib\nftp = ftplib.FTP(host)\n"),
        python("import telnetlib\nt = telnetlib.Telnet(host)\n"),
        python(
            "import smtplib\ndef send(user, password):\n    server = smtplib.SMTP('mail.example.com')\n    server.login(user, password)\n",
        ),
        python("from pysnmp.hlapi import CommunityData\nc = CommunityData('public', mpModel=0)\n"),
    ],
    good: &[
        example(Language::Bash, "curl http://localhost:8080/health\nwget https://example.org/a\n"),
        c(
            "#include <curl/curl.h>\nvoid f(CURL *c) { curl_easy_setopt(c, CURLOPT_URL, \"https://example.com/a\"); curl_easy_setopt(c, CURLOPT_REFERER, \"http://example.com/\"); }\n",
        ),
        example(
            Language::Terraform,
            "resource \"aws_lb_listener\" \"l\" {\n  port     = 80\n  protocol = \"HTTP\"\n  default_action {\n    type = \"redirect\"\n  }\n}\n",
        ),
        example(
            Language::Html,
            "<form action=\"/pay\" method=\"post\"></form><a href=\"http://acme.io/\">a</a><script src=\"https://cdn.acme.io/a.js\"></script>\n",
        ),
        example(
            Language::Rust,
            "async fn f() { reqwest::get(\"http://localhost:8080/\").await; reqwest::get(\"https://api.example.com/\").await; }\n",
        ),
        example(Language::Ruby, "HTTParty.get('http://10.0.0.3/health')\n"),
        example(Language::Php, "<?php\n$t = file_get_contents('https://api.example.com/v1');\n"),
        example(
            Language::CSharp,
            "class A { void F(HttpClient c) { c.GetStringAsync(\"https://api.example.com/v1\"); } }\n",
        ),
        python(
            "import requests\ndef login(user, password):\n    return requests.post('https://api.a.example/login', json={'user': user, 'password': password}, timeout=5)\n",
        ),
        python(
            "import smtplib\ndef send(user, password):\n    server = smtplib.SMTP('mail.example.com')\n    server.starttls()\n    server.login(user, password)\n",
        ),
        java(
            "class A { void f(String c) { HttpPost p = new HttpPost(\"https://a.example/x\"); p.addHeader(\"Authorization\", \"Basic \" + c); } }\n",
        ),
        python("import ftplib\nftp = ftplib.FTP_TLS(host)\n"),
        python("import paramiko\nparamiko.SSHClient()\n"),
    ],
};

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let clear = match path {
        "ftplib.FTP" | "telnetlib.Telnet" => true,
        "pysnmp.hlapi.CommunityData" => context
            .keyword(call, "mpModel")
            .and_then(|model| constant_integer(context, model))
            .is_some_and(|model| model < 2),
        _ => false,
    };
    if !clear {
        return upgraded(context, call, path, findings);
    }
    {
        let report =
            Report::issue(call, concept::CLEARTEXT_PROTOCOL, "A protocol sends passwords and data in the clear.");
        findings.push(context, report.confidence(Confidence::Medium));
    }
}

/// Protocols that start in the clear and are secured by a second step, which the function does not take.
fn upgraded(context: &Context<'_>, call: NodeId, path: &str, findings: &mut Findings) {
    let (login, secured): (&[&str], &[&str]) = match path {
        "smtplib.SMTP" => (&["login"], &["starttls"]),
        "imaplib.IMAP4" | "poplib.POP3" => (&["login", "pass_"], &["starttls", "stls"]),
        "ldap3.Server" => (&["Connection"], &["start_tls", "use_ssl", "AUTO_BIND_TLS_BEFORE_BIND"]),
        _ => return credentials_over_http(context, call, path, findings),
    };
    let host = context.argument(call, 0, "host").and_then(|host| context.string(host)).unwrap_or_default();
    let own = host.split_once("://").map_or(host, |(_, rest)| rest);
    let secure = host.starts_with("ldaps://")
        || context.is_on(call, "use_ssl")
        || context.positional(call, 2).is_some_and(|ssl| context.truth(ssl) == Some(true));
    if ["localhost", "127.", "10.", "192.168.", "::1"].iter().any(|start| own.starts_with(start))
        || path == "ldap3.Server" && (host.is_empty() || secure)
    {
        return;
    }
    let tree = context.tree();
    let within = context.function(call).unwrap_or(NodeId::ROOT);
    let has = |names: &[&str]| {
        (call.index() as u32..tree.end(within).index() as u32).take(1_000).map(NodeId).any(|part| {
            match context.kind(part) {
                Kind::Attribute => names.contains(&context.name(part)),
                Kind::Name => names.contains(&context.source(part)),
                Kind::Keyword => {
                    names.contains(&context.name(part))
                        && context
                            .tree()
                            .child(part, Field::Value)
                            .is_some_and(|value| context.truth(value) != Some(false))
                }
                _ => false,
            }
        })
    };
    if has(login) && !has(secured) {
        let message = "A password is sent before the connection is secured.";
        let report = Report::issue(call, concept::CLEARTEXT_PROTOCOL, message).cwe(&[319, 522]);
        findings.push(context, report.confidence(Confidence::Medium));
    }
}

/// `requests.post("http://…", json={"password": …})`
fn credentials_over_http(context: &Context<'_>, call: NodeId, path: &str, findings: &mut Findings) {
    let Some((library, verb)) = path.rsplit_once('.') else { return };
    if !matches!(library, "requests" | "httpx") || !matches!(verb, "get" | "post" | "put" | "patch" | "request") {
        return;
    }
    let Some(url) = context.argument(call, usize::from(verb == "request"), "url") else { return };
    let start = crate::rule::common::prefix(context, url);
    let Some(rest) = start.strip_prefix("http://") else { return };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    if host.is_empty()
        || host == "localhost"
        || ["127.", "10.", "192.168.", "172.", "0.0.0.0", "testserver"].iter().any(|own| host.starts_with(own))
        || !host.contains('.')
    {
        return;
    }
    let tree = context.tree();
    let sent = ["json", "data", "auth", "headers", "params"].iter().filter_map(|name| context.keyword(call, name)).any(
        |value| {
            let value = context.value(value);
            tree.subtree(value).take(80).any(|part| match context.kind(part) {
                Kind::Pair => tree
                    .child(part, crate::syntax::Field::Key)
                    .and_then(|key| context.string(key))
                    .is_some_and(|key| crate::words::names_secret(key) || key.eq_ignore_ascii_case("authorization")),
                Kind::Name | Kind::Attribute => crate::words::names_password(context.name(part)),
                _ => false,
            })
        },
    );
    if sent {
        let message = "A password or token is sent over a connection that is not encrypted.";
        let report = Report::issue(call, concept::CLEARTEXT_PROTOCOL, message).cwe(&[319, 522]);
        findings.push(context, report.confidence(Confidence::Medium));
    }
}
