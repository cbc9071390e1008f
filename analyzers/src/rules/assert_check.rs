//! CWE-617, CWE-703: a check by `assert`, which optimised runs leave out.

mod native;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, python, python_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::words;

pub(crate) const RULE: Rule = Rule {
    id: "assert-check",
    cwe: &[703, 617],
    severity: Severity::Low,
    summary: "A check that protects something is an assert, which python -O leaves out.",
    advice: "Raise an exception when the check fails.",
    rows: &[python_row(&[Kind::Assert], check_python), c_row(&[Kind::Call], native::check)],
    bad: &[
        c(
            "#include <assert.h>\nvoid f(char *to, const char *from, unsigned n) { assert(n <= 64); memcpy(to, from, n); }\n",
        ),
        python(
            "from flask import request\n@app.post('/t')\ndef t():\n    amount = int(request.form['amount'])\n    assert amount > 0\n    transfer(amount)\n",
        ),
        python("def delete(user, item):\n    assert user.is_admin\n    item.delete()\n"),
        python("def pay(request):\n    assert has_permission(request.user, 'pay')\n    charge()\n"),
    ],
    good: &[
        c("#include <assert.h>\nint f(int a, int b) { assert(b != 0); return a / b; }\n"),
        python("def mean(values):\n    assert values\n    return sum(values) / len(values)\n"),
        python("def test_admin():\n    assert user.is_admin\n"),
    ],
};

const GUARDS: &[&str] = &[
    "admin",
    "administrator",
    "authenticated",
    "authorized",
    "authorised",
    "authorize",
    "authorise",
    "permission",
    "permissions",
    "permitted",
    "allowed",
    "role",
    "roles",
    "owner",
    "superuser",
    "staff",
    "privileged",
    "signature",
    "verified",
    "verify",
    "valid",
    "trusted",
    "csrf",
];

fn check_python(context: &Context<'_>, assert: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let text = context.text();
    let in_test = tree.ancestors(assert).any(|above| {
        matches!(tree.kind(above), Kind::Function | Kind::Class)
            && words(tree.name(above, text)).first().is_some_and(|word| word == "test" || word == "tests")
    });
    let test = tree.child(assert, Field::Test).or_else(|| tree.children(assert).next());
    let guards = test.is_some_and(|test| {
        tree.subtree(test).any(|part| {
            matches!(tree.kind(part), Kind::Name | Kind::Attribute)
                && words(tree.name(part, text)).iter().any(|word| GUARDS.contains(&word.as_str()))
        })
    });
    let inside = tree.scope(assert) != NodeId::ROOT;
    // What a request sends is checked in optimised runs no more.
    let guards = guards
        || test.is_some_and(|test| {
            tree.subtree(test)
                .take(30)
                .any(|part| context.kind(part) == Kind::Name && is_read_from_request(context, context.value(part)))
        });
    findings.push(
        context,
        if guards && inside && !in_test {
            Report::issue(assert, concept::ASSERT_CHECK, "A check that protects something is an assert.")
                .confidence(Confidence::Medium)
        } else {
            Report::audit(assert, concept::ASSERT_CHECK, "An assert is left out by optimised runs.")
        }
        .bandit("B101"),
    );
}

/// `request.form["n"]`, also as a number.
fn is_read_from_request(context: &Context<'_>, node: NodeId) -> bool {
    let inner = match context.kind(node) {
        Kind::Call if matches!(context.callee(node), "int" | "float" | "str") => context.positional(node, 0),
        _ => Some(node),
    };
    inner.is_some_and(|inner| {
        matches!(context.kind(inner), Kind::Call | Kind::Subscript)
            && context
                .tainted(inner, crate::taint::Purposes::CODE)
                .is_some_and(|taint| taint.origin.source == crate::taint::Source::Request)
    })
}
