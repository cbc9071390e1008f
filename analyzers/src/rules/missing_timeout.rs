//! CWE-400: a network request that may wait for ever.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::{call_path, is_null};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "missing-timeout",
    cwe: &[400],
    severity: Severity::Medium,
    summary: "A network request has no time limit and may hold its worker for ever.",
    advice: "Give a timeout in seconds.",
    rows: &[python_row(&[Kind::Call], check_python)],
    bad: &[
        python("import requests\nr = requests.get(url)\n"),
        python("import requests\nr = requests.post(url, data=x, timeout=None)\n"),
        python("from urllib.request import urlopen\npage = urlopen(url).read()\n"),
        python("import httpx\nhttpx.get(url, timeout=None)\n"),
    ],
    good: &[
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
