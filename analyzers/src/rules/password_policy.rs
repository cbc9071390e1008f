//! CWE-521: passwords that are accepted though they are short.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::names_password;

pub(crate) const RULE: Rule = Rule {
    id: "password-policy",
    cwe: &[521],
    severity: Severity::Low,
    summary: "Passwords are accepted that are quickly guessed.",
    advice: "Ask for at least eight characters (twelve where there is no second factor), and refuse known ones.",
    rows: &[python_row(&[Kind::Compare], check_length), python_row(&[Kind::Assign], check_setting)],
    bad: &[
        python("def validate(password: str) -> bool:\n    return len(password) >= 4\n"),
        python("def register(name, password):\n    if len(password) < 6:\n        raise ValueError('too short')\n"),
        python("AUTH_PASSWORD_VALIDATORS = []\n"),
    ],
    good: &[
        python("def register(name, password):\n    if len(password) < 10:\n        raise ValueError('too short')\n"),
        python("def register(name, password):\n    if len(password) == 0:\n        raise ValueError('missing')\n"),
        python("def check(name):\n    return len(name) >= 4\n"),
        python(
            "AUTH_PASSWORD_VALIDATORS = [{'NAME': 'django.contrib.auth.password_validation.MinimumLengthValidator'}]\n",
        ),
    ],
};

/// Characters below which a password is quickly guessed.
const FEWEST: i64 = 8;

fn check_length(context: &Context<'_>, compare: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(compare, Field::Left), tree.child(compare, Field::Right)) else {
        return;
    };
    let measures = |side: NodeId| {
        context.kind(side) == Kind::Call
            && context.callee(side) == "len"
            && context.positional(side, 0).is_some_and(|subject| match context.kind(subject) {
                Kind::Name | Kind::Attribute => names_password(context.name(subject)),
                _ => false,
            })
    };
    let least = if measures(left) {
        let Some(number) = context.integer(right) else { return };
        match context.name(compare) {
            "<" | ">=" => number,
            "<=" | ">" => number + 1,
            _ => return,
        }
    } else if measures(right) {
        let Some(number) = context.integer(left) else { return };
        match context.name(compare) {
            ">" | "<=" => number,
            ">=" | "<" => number + 1,
            _ => return,
        }
    } else {
        return;
    };
    // One character or none is a test for a missing value; the same unit may ask for more elsewhere.
    if (3..FEWEST).contains(&least) {
        let message = "Passwords of fewer than eight characters are accepted.";
        let report = Report::issue(compare, concept::PASSWORD_POLICY, message);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

fn check_setting(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let named =
        tree.children_in(assign, Field::Target).any(|target| context.source(target) == "AUTH_PASSWORD_VALIDATORS");
    let empty = tree
        .child(assign, Field::Value)
        .is_some_and(|value| context.kind(value) == Kind::List && tree.children(value).next().is_none());
    if named && empty {
        let message = "Any password is accepted.";
        found.push(context, Report::issue(assign, concept::PASSWORD_POLICY, message).confidence(Confidence::Medium));
    }
}
