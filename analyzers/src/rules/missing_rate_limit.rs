//! CWE-770/307: routes that cost much, or that guess passwords, which anybody may call as often as they like.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "missing-rate-limit",
    cwe: &[770, 307, 400],
    severity: Severity::Low,
    summary: "A route that checks passwords or does expensive work may be called without limit.",
    advice: "Put a limiter before the route (`express-rate-limit`), by account as well as by address where it checks passwords.",
    rows: &[javascript_row(&[Kind::Call], check)],
    bad: &[javascript(
        "const app = require('express')();\napp.post('/login', async (req, res) => { const ok = await bcrypt.compare(req.body.password, user.hash); res.json({ ok }); });\n",
    )],
    good: &[
        javascript(
            "const app = require('express')();\nconst limit = require('express-rate-limit');\napp.use(limit({ max: 5 }));\napp.post('/login', async (req, res) => { res.json({ ok: await bcrypt.compare(req.body.password, user.hash) }); });\n",
        ),
        javascript("const app = require('express')();\napp.get('/', (req, res) => { res.json({ up: true }); });\n"),
    ],
};

/// What says that calls are counted.
const LIMITERS: &[&str] = &[
    "limit",
    "Limit",
    "throttle",
    "Throttle",
    "brute",
    "Brute",
    "slowDown",
    "slow-down",
    "attempts",
    "Attempts",
    "lockout",
];
/// Calls that check a password or a token.
const GUESSABLE: &[&str] = &[
    "compare",
    "compareSync",
    "comparePassword",
    "verifyPassword",
    "checkPassword",
    "validatePassword",
    "verifyUser",
    "authenticate",
    "login",
];
/// Functions that start programs or work on files, from their modules.
const EXPENSIVE: &[&str] = &["child_process.", "fs.", "fs/promises.", "fs-extra."];

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let verb = matches!(context.method(call), "get" | "post" | "put" | "patch" | "delete" | "all");
    if !verb || LIMITERS.iter().any(|word| context.mentions(word)) {
        return;
    }
    let Some(callee) = context.tree().child(call, crate::syntax::Field::Callee) else { return };
    let routed =
        context.positional(call, 0).and_then(|path| context.string(path)).is_some_and(|path| path.starts_with('/'));
    if !routed {
        return;
    }
    let tree = context.tree();
    let data = context.flow().data();
    for handler in tree.positional(call).skip(1).take(8) {
        for function in functions(context, handler) {
            if !context.flow().handles_requests(call, callee, function) {
                continue;
            }
            let direct = tree.subtree(function).take(2_000).find_map(|part| work(context, part));
            // One step down: a helper of the unit.
            let said = direct.or_else(|| {
                let mut calls = tree.subtree(function).take(2_000).filter(|&part| context.kind(part) == Kind::Call);
                calls.find_map(|inner| {
                    let helper = data.called(inner)?;
                    tree.subtree(helper).take(1_000).find_map(|part| work(context, part))
                })
            });
            if let Some((message, guessed)) = said {
                // A limit may well stand before the server where only its load is at stake.
                let report = if guessed {
                    Report::issue(call, concept::UNBOUNDED_WORK, message).confidence(Confidence::Medium)
                } else {
                    Report::audit(call, concept::UNBOUNDED_WORK, message)
                };
                return found.push(context, report);
            }
        }
    }
}

/// The functions that handle a route: one that stands there, one of the unit, also inside a wrapper.
fn functions(context: &Context<'_>, handler: NodeId) -> Vec<NodeId> {
    let data = context.flow().data();
    let one = |node: NodeId| match context.kind(node) {
        Kind::Lambda => Some(node),
        _ => data.function_of(node),
    };
    let mut list: Vec<NodeId> = one(handler).into_iter().collect();
    if list.is_empty() && context.kind(handler) == Kind::Call {
        list.extend(context.tree().positional(handler).take(4).filter_map(one));
    }
    list
}

/// What is said of a call that checks a password or costs much, and whether passwords can be guessed by it.
fn work(context: &Context<'_>, call: NodeId) -> Option<(&'static str, bool)> {
    if context.kind(call) != Kind::Call {
        return None;
    }
    let path = context.callee(call);
    let last = path.rsplit('.').next().unwrap_or(path);
    let method = context.method(call);
    if GUESSABLE.contains(&last) || GUESSABLE.contains(&method) {
        return Some(("Passwords can be tried on this route as often as somebody likes.", true));
    }
    let expensive = EXPENSIVE.iter().any(|module| path.starts_with(module))
        && !matches!(last, "existsSync" | "exists" | "access" | "constants" | "join");
    let message = "This route works with files or programs, and may be called as often as somebody likes.";
    expensive.then_some((message, false))
}
