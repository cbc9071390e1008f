//! CWE-521: passwords that are accepted though they are short.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::go as golang;
use crate::rule::{Context, Findings, Report, Rule, java, javascript, python, python_row, row};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::names_password;

pub(crate) const RULE: Rule = Rule {
    id: "password-policy",
    cwe: &[521],
    severity: Severity::Low,
    summary: "Passwords are accepted that are quickly guessed.",
    advice: "Ask for at least eight characters (twelve where there is no second factor), and refuse known ones.",
    rows: &[row(MEASURED, &[Kind::Compare], check_length), python_row(&[Kind::Assign], check_setting)],
    bad: &[
        golang(
            "package p\nimport \"errors\"\nfunc validate(password string) error {\n\tif len(password) < 6 {\n\t\treturn errors.New(\"too short\")\n\t}\n\treturn nil\n}\n",
        ),
        java("class A { boolean f(String password) { return password != null && password.length() >= 4; } }\n"),
        javascript("function valid(password) { return password.length >= 5; }\n"),
        python("def validate(password: str) -> bool:\n    return len(password) >= 4\n"),
        python("def register(name, password):\n    if len(password) < 6:\n        raise ValueError('too short')\n"),
        python("AUTH_PASSWORD_VALIDATORS = []\n"),
    ],
    good: &[
        golang(
            "package p\nimport \"errors\"\nfunc validate(password string) error {\n\tif len(password) < 12 {\n\t\treturn errors.New(\"too short\")\n\t}\n\treturn nil\n}\n",
        ),
        golang("package p\nfunc given(password string) bool { return len(password) > 0 }\n"),
        java("class A { boolean f(String name) { return name.length() >= 4; } }\n"),
        javascript("function valid(password) { return password.length >= 10; }\n"),
        python("def register(name, password):\n    if len(password) < 10:\n        raise ValueError('too short')\n"),
        python("def register(name, password):\n    if len(password) == 0:\n        raise ValueError('missing')\n"),
        python("def check(name):\n    return len(name) >= 4\n"),
        python(
            "AUTH_PASSWORD_VALIDATORS = [{'NAME': 'django.contrib.auth.password_validation.MinimumLengthValidator'}]\n",
        ),
    ],
};

/// Languages in which a length is compared.
const MEASURED: &[Language] =
    &[Language::Python, Language::Go, Language::Java, Language::JavaScript, Language::TypeScript];

/// The text whose length an expression is.
fn measured(context: &Context<'_>, side: NodeId) -> Option<NodeId> {
    match (context.program().language, context.kind(side)) {
        (Language::Python | Language::Go, Kind::Call) => {
            matches!(context.callee(side), "len" | "unicode/utf8.RuneCountInString")
                .then(|| context.positional(side, 0))
                .flatten()
        }
        (Language::Java, Kind::Call) if context.method(side) == "length" => context.object(side),
        (Language::JavaScript | Language::TypeScript, Kind::Attribute) if context.name(side) == "length" => {
            context.tree().child(side, Field::Object)
        }
        _ => None,
    }
}

/// Characters below which a password is quickly guessed.
const FEWEST: i64 = 8;

fn check_length(context: &Context<'_>, compare: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(compare, Field::Left), tree.child(compare, Field::Right)) else {
        return;
    };
    let measures = |side: NodeId| {
        measured(context, side).is_some_and(|subject| match context.kind(subject) {
            Kind::Name | Kind::Attribute => names_password(context.name(subject)),
            Kind::Call => names_password(context.method(subject)),
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
