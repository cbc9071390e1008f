//! CWE-295: certificates or host names are not checked.

use crate::concept;
use crate::finding::Severity;
use crate::rule::common::{call_path, constant_text, is_false, path_of};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "tls-verify",
    cwe: &[295],
    severity: Severity::High,
    summary: "The certificate or host name of the peer is not checked.",
    advice: "Leave verification on; for a private authority give its certificate (verify=\"ca.pem\", cafile=…).",
    rows: &[
        python_row(&[Kind::Call], check_call),
        python_row(&[Kind::Assign], check_assign),
        python_row(&[Kind::Attribute], check_context),
    ],
    bad: &[
        python("import requests\nrequests.get(url, verify=False)\n"),
        python("import requests\ns = requests.Session()\ns.verify = False\n"),
        python("import ssl\nctx = ssl._create_unverified_context()\n"),
        python("import ssl\nctx = ssl.create_default_context()\nctx.check_hostname = False\n"),
        python("import ssl\nctx.verify_mode = ssl.CERT_NONE\n"),
        python("import urllib3\nhttp = urllib3.PoolManager(cert_reqs='CERT_NONE')\n"),
        python("import ssl\nssl._create_default_https_context = ssl._create_unverified_context\n"),
    ],
    good: &[
        python("import requests\nrequests.get(url, verify='ca.pem')\n"),
        python("def check(text, verify):\n    return text\ncheck('a', verify=False)\n"),
        python("import ssl\nctx.verify_mode = ssl.CERT_REQUIRED\n"),
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
