//! CWE-400/789: time or memory that outside numbers decide.

mod script;

use crate::concept;
use crate::finding::Severity;
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report, Rule, java, java_row, javascript, javascript_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "unbounded-work",
    cwe: &[400, 770],
    severity: Severity::Medium,
    summary: "Somebody else decides how long a thread sleeps or how much memory is taken.",
    advice: "Compare the number with a greatest value first.",
    rows: &[
        javascript_row(&[Kind::Call, Kind::New], script::call),
        javascript_row(&[Kind::For, Kind::While], script::walk),
        java_row(&[Kind::Call, Kind::New], check_java),
    ],
    bad: &[
        javascript("app.get('/', (req, res) => { setTimeout(() => res.end(), req.query.ms); });\n"),
        javascript("app.get('/', (req, res) => { res.send(Buffer.alloc(parseInt(req.query.size))); });\n"),
        javascript(
            "app.get('/', (req, res) => { const n = Number(req.query.n); for (let i = 0; i < n; i++) { work(i); } res.end(); });\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r) throws Exception { int n = Integer.parseInt(r.getParameter(\"n\")); Thread.sleep(n); } }\n",
        ),
    ],
    good: &[
        javascript("app.get('/', (req, res) => { setTimeout(() => res.end(), Math.min(req.query.ms, 1000)); });\n"),
        javascript(
            "app.get('/', (req, res) => { const n = parseInt(req.query.size); if (n > 100) { return res.end(); } res.send(Buffer.alloc(n)); });\n",
        ),
        javascript("app.get('/', (req, res) => { for (let i = 0; i < items.length; i++) { work(i); } res.end(); });\n"),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r) throws Exception { int n = Integer.parseInt(r.getParameter(\"n\")); Thread.sleep(Math.min(n, 1000)); } }\n",
        ),
        java("class A { void f() throws Exception { Thread.sleep(1000); } }\n"),
    ],
};

static WORK: Table = Table::new(&[
    of("Thread", &["sleep"], At::Nth(0)),
    of("TimeUnit", &["sleep"], At::Nth(0)),
    of("ArrayList", &["new"], At::Nth(0)),
    of("HashMap", &["new"], At::Nth(0)),
    of("HashSet", &["new"], At::Nth(0)),
    of("Vector", &["new"], At::Nth(0)),
    of("StringBuilder", &["new", "setLength", "ensureCapacity"], At::Nth(0)),
    of("ByteBuffer", &["allocate", "allocateDirect"], At::Nth(0)),
    of("ByteArrayOutputStream", &["new"], At::Nth(0)),
    of("String", &["repeat"], At::Nth(0)),
    of("Collections", &["nCopies"], At::Nth(0)),
    of("Executors", &["newFixedThreadPool"], At::Nth(0)),
]);

fn check_java(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let sleeps = context.method(call) == "sleep";
    for amount in WORK.reached(context, call) {
        let Some(taint) = context.outside(amount, Purposes::SIZE) else { continue };
        // Text, or a collection, is no amount.
        let number = taint.origin.safe.holds(Purposes::SHELL);
        if !number || !matches!(taint.origin.source, Source::Request | Source::Network) {
            continue;
        }
        let message = if sleeps {
            "Somebody else decides how long a thread sleeps."
        } else {
            "Somebody else decides how much memory is taken."
        };
        let report = Report::issue(call, concept::UNBOUNDED_WORK, message).confidence(taint.confidence);
        return found.push(context, report.trace(taint.trace));
    }
}
