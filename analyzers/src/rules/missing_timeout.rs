//! CWE-400: a network request that may wait for ever.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::{call_path, is_null};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "missing-timeout",
    cwe: &[400],
    severity: Severity::Medium,
    summary: "A network request has no time limit and may hold its worker for ever.",
    advice: "Give a timeout in seconds.",
    rows: &[go_row(&[Kind::Call], go_call), go_row(&[Kind::New], go_server), python_row(&[Kind::Call], check_python)],
    bad: &[
        golang("package p\nimport (\"net/http\")\nfunc f() {\n\thttp.ListenAndServe(\":8080\", nil)\n}\n"),
        golang(
            "package p\nimport (\"net/http\")\nfunc f() {\n\ts := &http.Server{Addr: \":8080\"}\n\ts.ListenAndServe()\n}\n",
        ),
        python("import requests\nr = requests.get(url)\n"),
        python("import requests\nr = requests.post(url, data=x, timeout=None)\n"),
        python("from urllib.request import urlopen\npage = urlopen(url).read()\n"),
        python("import httpx\nhttpx.get(url, timeout=None)\n"),
    ],
    good: &[
        golang(
            "package p\nimport (\"net/http\"; \"time\")\nfunc f() {\n\ts := &http.Server{Addr: \":8080\", ReadHeaderTimeout: 5 * time.Second}\n\ts.ListenAndServe()\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"time\")\nfunc f() {\n\ts := &http.Server{Addr: \":8080\"}\n\ts.ReadTimeout = 5 * time.Second\n\ts.ListenAndServe()\n}\n",
        ),
        python("import requests\nrequests.get(url, timeout=10)\n"),
        python("import requests\nrequests.get(url, **options)\n"),
        python("import httpx\nhttpx.get(url)\n"),
        python("cache.get(url)\n"),
        python("from urllib.request import urlopen\nurlopen(url, None, 5)\n"),
    ],
};

const REQUESTS: &[&str] = &[
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.delete",
    "requests.patch",
    "requests.head",
    "requests.options",
    "requests.request",
];

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let (waits_by_default, position) = match path {
        "urllib.request.urlopen" => (true, Some(2)),
        _ if REQUESTS.contains(&path) => (true, None),
        _ if path.starts_with("httpx.") => (false, None),
        _ => return,
    };
    let tree = context.tree();
    let given = context.keyword(call, "timeout").or_else(|| position.and_then(|at| tree.positional(call).nth(at)));
    let spread = tree.children_in(call, Field::Argument).any(|argument| tree.kind(argument) == Kind::Spread);
    let waits = match given {
        Some(timeout) => is_null(context, timeout),
        None => waits_by_default && !spread,
    };
    if waits {
        let report = Report::issue(call, concept::REQUEST_TIMEOUT, "A network request has no time limit.");
        findings.push(
            context,
            if position.is_some() { report.severity(Severity::Low).confidence(Confidence::Medium) } else { report },
        );
    }
}

/// `http.ListenAndServe` has no place for a time limit.
fn go_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if matches!(
        context.callee(call),
        "net/http.ListenAndServe" | "net/http.ListenAndServeTLS" | "net/http.Serve" | "net/http.ServeTLS"
    ) {
        let message = "The server waits for slow clients without a time limit.";
        let report = Report::issue(call, concept::REQUEST_TIMEOUT, message).cwe(&[400, 676]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}

/// `http.Server{…}` without `ReadHeaderTimeout` or `ReadTimeout`.
fn go_server(context: &Context<'_>, literal: NodeId, found: &mut Findings) {
    const LIMITS: [&str; 2] = ["ReadHeaderTimeout", "ReadTimeout"];
    if context.callee(literal) != "net/http.Server" {
        return;
    }
    let given = LIMITS.iter().any(|name| context.keyword(literal, name).is_some());
    let tree = context.tree();
    let set = || {
        tree.subtree(tree.scope(literal)).take(4_000).any(|node| {
            context.kind(node) == Kind::Assign
                && tree.child(node, Field::Target).is_some_and(|target| LIMITS.contains(&context.name(target)))
        })
    };
    if !given && !set() {
        let message = "The server waits for slow clients without a time limit.";
        let report = Report::issue(literal, concept::REQUEST_TIMEOUT, message);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}
