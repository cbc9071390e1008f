//! CWE-703: an exception that is caught and dropped.

mod java;
mod native;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::path_of;
use crate::rule::{Context, Findings, Report, Rule, cpp, cpp_row, java, java_row, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "swallowed-exception",
    cwe: &[703, 390],
    severity: Severity::Low,
    summary: "Every exception is caught and dropped, failures of checks included.",
    advice: "Catch the exceptions that are expected, and log what is dropped.",
    rows: &[
        cpp_row(&[Kind::ExprStatement], native::made),
        cpp_row(&[Kind::Handler], native::dropped),
        python_row(&[Kind::Handler], check_python),
        python_row(&[Kind::Handler], check_consent),
        java_row(&[Kind::Handler], java::handler),
    ],
    bad: &[
        cpp("#include <stdexcept>\nvoid f(int n) { if (n < 0) { std::runtime_error(\"negative\"); } }\n"),
        java("class A { void f() { try { g(); } catch (Exception e) { } } }\n"),
        python(
            "def is_authorized(user):\n    try:\n        return check(user)\n    except Exception:\n        return True\n",
        ),
        python("try:\n    work()\nexcept:\n    pass\n"),
        python("try:\n    work()\nexcept Exception:\n    # never mind\n    pass\n"),
        python("for x in y:\n    try:\n        work(x)\n    except BaseException as e:\n        continue\n"),
        python("try:\n    work()\nexcept Exception:\n    ...\n"),
    ],
    good: &[
        cpp("void f() { try { g(); } catch (...) { clean(); throw; } }\n"),
        cpp("#include <stdexcept>\nvoid f(int n) { if (n < 0) { throw std::runtime_error(\"negative\"); } }\n"),
        java("class A { void f() { try { g(); } catch (Exception e) { log.warn(\"g\", e); } } }\n"),
        python(
            "def is_authorized(user):\n    try:\n        return check(user)\n    except Exception:\n        return False\n",
        ),
        python("try:\n    work()\nexcept KeyError:\n    pass\n"),
        python("try:\n    work()\nexcept Exception as e:\n    log(e)\n"),
    ],
};

/// A check of rights that says yes when it fails.
fn check_consent(context: &Context<'_>, handler: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let Some(body) = tree.child(handler, Field::Body) else { return };
    let Some(function) = context.function(handler) else { return };
    let name = context.name(function).to_ascii_lowercase();
    let asks = ["auth", "verify", "is_valid", "permission", "allowed", "check_", "has_access", "is_admin", "can_"]
        .iter()
        .any(|word| name.contains(word));
    let consents = tree.children(body).last().is_some_and(|last| {
        context.kind(last) == Kind::Return
            && tree
                .child(last, Field::Value)
                .is_some_and(|value| context.kind(value) == Kind::Bool && context.truth(value) == Some(true))
    });
    let broad = tree.child(handler, Field::Type).is_none_or(|kind| {
        matches!(
            path_of(context, kind).map(|path| path.trim_start_matches("builtins.")),
            Some("Exception" | "BaseException")
        )
    });
    if asks && consents && broad {
        let message = "When the check fails, everybody passes it.";
        let report = Report::issue(handler, concept::SWALLOW_EXCEPTION, message).cwe(&[636, 755, 703, 287]);
        findings.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
    }
}

fn check_python(context: &Context<'_>, handler: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let broad = tree.child(handler, Field::Type).is_none_or(|kind| {
        matches!(
            path_of(context, kind).map(|path| path.trim_start_matches("builtins.")),
            Some("Exception" | "BaseException")
        )
    });
    let Some(body) = tree.child(handler, Field::Body) else { return };
    let drops = |statement: NodeId| match tree.kind(statement) {
        Kind::Pass | Kind::Continue => true,
        Kind::ExprStatement => matches!(context.source(statement), "..."),
        _ => false,
    };
    let mut statements = tree.children(body).peekable();
    if broad && statements.peek().is_some() && statements.all(drops) {
        let report = Report::issue(handler, concept::SWALLOW_EXCEPTION, "Every exception is caught and dropped.");
        let base = tree.child(handler, Field::Type).and_then(|kind| path_of(context, kind));
        let report = report.confidence(Confidence::High);
        let only = tree.children(body).next().map(|statement| tree.kind(statement));
        findings.push(
            context,
            match only {
                Some(Kind::Pass) if base != Some("BaseException") => report.bandit("B110"),
                Some(Kind::Continue) if base != Some("BaseException") => report.bandit("B112"),
                _ => report,
            },
        );
    }
}
