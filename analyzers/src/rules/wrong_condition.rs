//! CWE-570, CWE-481, CWE-190: a condition that cannot mean what it says: assignments, unsigned numbers below zero,
//! overflow checks that overflow.

mod order;
mod precedence;
mod result;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::conditions::each_condition;
use crate::rule::c::types::{Type, type_of};
use crate::rule::c::{declared, evaluate, integer, library};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, cpp};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "wrong-condition",
    cwe: &[570, 571],
    severity: Severity::Medium,
    summary: "A condition cannot mean what it says.",
    advice: "Compare with ==, check unsigned differences by comparing the operands, check for overflow before the addition, and make loops run towards their bound.",
    rows: &[
        c_row(&[Kind::Compare], compared),
        c_row(&[Kind::If, Kind::While], tested),
        c_row(&[Kind::For, Kind::While], looped),
        go_row(&[Kind::For], looped),
        c_row(&[Kind::ExprStatement], without_effect),
        c_row(&[Kind::Unary], negated),
        c_row(&[Kind::Assign, Kind::Return], result::given),
        c_row(&[Kind::Call], result::asked),
        c_row(&[Kind::Boolean], order::used_first),
        c_row(&[Kind::If], order::emptied),
        c_row(&[Kind::Compare], order::cut_off),
        c_row(&[Kind::Compare], order::wrapped),
        c_row(&[Kind::Assign, Kind::AugAssign], precedence::counted),
    ],
    bad: &[
        c("int f(const char *s, int n) { int i = 0; while (s[i] != 'x' && i < n) i++; return i; }\n"),
        c("void f(int a) { if (a == 1); { g(); } }\n"),
        c("#include <stdio.h>\nvoid f(void) { char c; while ((c = getchar()) != EOF) g(c); }\n"),
        c("int f(char *p, unsigned n) { return p + n < p; }\n"),
        c("void f(int a, int b) { if (a & b == 0) g(); }\n"),
        golang("package p\nfunc f(n int) {\n\tfor i := 0; i < n; i-- { g(i) }\n}\n"),
        c("void f(unsigned n) { if (n < 0) g(); }\n"),
        c("void f(unsigned a, unsigned b) { if (a - b > 0) g(); }\n"),
        c("void f(int a) { if (a = 0) g(); }\n"),
        c("int f(int a, int b) { return a + b < a; }\n"),
        c("void f(int a, int b, int c) { if (a + b > c) a = c - b; }\n"),
        c("void f(void) { for (int i = 0; i < 10; i--) g(i); }\n"),
        c("void f(int a) { a == 3; }\n"),
        c("void f(HRESULT code) { if (!code) g(); }\n"),
        c("void f(int n) { for (unsigned char i = 0; i < n; i++) g(i); }\n"),
        c("HRESULT open_it(void);\nBOOL f(HRESULT code) { if ((BOOL)code) return TRUE; return FALSE; }\n"),
        c("int f(int n) { if (n = get() != 3) return 1; return 0; }\n"),
        c("int f(int flags, int low, int high) { if (flags | low & high) return 1; return 0; }\n"),
        cpp("void f(bool ok) { ok++; use(ok); }\n"),
        cpp("void f() { int *p = new int; if (p == nullptr) return; }\n"),
    ],
    good: &[
        c("int f(const char *s, int n) { int i = 0; while (i < n && s[i] != 'x') i++; return i; }\n"),
        c("void f(int a) { while (next(a)); { g(); } }\n"),
        c("#include <stdio.h>\nvoid f(void) { int c; while ((c = getchar()) != EOF) g(c); }\n"),
        c("void f(int a, int b) { if ((a & b) == 0) g(); }\n"),
        golang("package p\nfunc f(n int) {\n\tfor i := n - 1; i >= 0; i-- { g(i) }\n}\n"),
        c("void f(unsigned n, int m) { if (n == 0 || m < 0) g(); }\n"),
        c("void f(unsigned a, unsigned b) { if (a > b) g(); }\n"),
        c("void f(char *p) { if ((p = g())) h(p); while ((p = g()) != 0) h(p); }\n"),
        c("int f(unsigned a, unsigned b) { return a + b < a; }\n"),
        c("void f(void) { for (int i = 10; i >= 0; i--) g(i); }\n"),
        c("void f(int n) { for (int i = 0; i < n; i++) g(i); }\n"),
        c("int f(int a) { return a == 3; }\n"),
        c("int f(int n) { if ((n = get()) != 3) return 1; return 0; }\n"),
        c("int f(int flags, int low, int high) { if ((flags | low) & high) return 1; return 0; }\n"),
        c("void f(HRESULT code) { if (SUCCEEDED(code)) g(); if (code == S_OK) g(); }\n"),
        cpp("#include <new>\nvoid f() { int *p = new (std::nothrow) int; if (p == nullptr) return; }\n"),
    ],
};

pub(super) fn issue(node: NodeId, message: &'static str, cwe: &'static [u16]) -> Report {
    Report::issue(node, concept::WRONG_CONDITION, message).cwe(cwe).confidence(Confidence::Medium)
}

/// Reports with the declarations of what is compared.
pub(super) fn push(context: &Context<'_>, report: Report, node: NodeId, found: &mut Findings) {
    found.push(context, report.trace(crate::rule::c::declarations(context, node)));
}

fn is_unsigned(context: &Context<'_>, node: NodeId) -> bool {
    matches!(type_of(context, node), Some(Type::Integer(size, false)) if size >= 4)
}

fn compared(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let operator = context.name(node);
    let zero = |part: NodeId| context.kind(part) == Kind::Number && context.integer(part) == Some(0);
    let swapped = |operator: &str| match operator {
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        _ => "",
    };
    for (operand, other, operator) in [(left, right, operator), (right, left, swapped(operator))] {
        if zero(other)
            && matches!(operator, "<" | ">=")
            && is_unsigned(context, operand)
            && !is_difference(context, operand)
        {
            let message = "An unsigned number is never below zero.";
            return push(context, issue(node, message, &[570, 571, 697]), node, found);
        }
        if zero(other)
            && matches!(operator, ">" | ">=" | "<")
            && is_difference(context, operand)
            && is_unsigned(context, operand)
            && !is_ordered(context, node, operand)
        {
            let message = "An unsigned difference wraps instead of falling below zero: compare the operands.";
            return push(context, issue(node, message, &[191, 570]), node, found);
        }
        // `a + b < a` is undefined for signed numbers, and never true for short ones.
        if operator == "<"
            && context.kind(operand) == Kind::Binary
            && context.name(operand) == "+"
            && [Field::Left, Field::Right]
                .into_iter()
                .filter_map(|field| tree.child(operand, field))
                .any(|part| context.source(part) == context.source(other))
        {
            let narrow = declared(context, other).and_then(|own| integer(own.kind).filter(|_| own.is_integer()));
            match (type_of(context, operand), narrow) {
                (_, Some((size, _))) if size < 4 => {
                    let message = "The addition is done in int and does not wrap, so the check never fails.";
                    return push(context, issue(node, message, &[190, 192]), node, found);
                }
                (Some(Type::Integer(_, true)), _) => {
                    let message = "Signed overflow is undefined: the compiler may drop this check.";
                    return push(context, issue(node, message, &[190, 128]), node, found);
                }
                _ => {}
            }
        }
    }
}

/// Whether what holds here, or how one side was made from the other, keeps the left side from being the smaller.
fn is_ordered(context: &Context<'_>, node: NodeId, difference: NodeId) -> bool {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(difference, Field::Left), tree.child(difference, Field::Right)) else {
        return true;
    };
    let (a, b) = (context.source(left), context.source(right));
    let mut smaller: Vec<(&str, &str)> = Vec::new();
    each_condition(context, node, |low, operator, high| {
        if operator == "!=" || is_set_between(context, low, node) || is_set_between(context, high, node) {
            return;
        }
        smaller.push((context.source(low), context.source(high)));
        if operator == "==" {
            smaller.push((context.source(high), context.source(low)));
        }
    });
    // From `b` upwards to `a`.
    let mut reached = vec![b];
    let mut at = 0;
    while let Some(&name) = reached.get(at) {
        at += 1;
        for &(low, high) in smaller.iter().take(60) {
            if low == name && !reached.contains(&high) && reached.len() < 32 {
                reached.push(high);
            }
        }
    }
    reached.contains(&a) || smaller.contains(&(b, "0")) || is_made_of(context, node, a, b)
}

/// Whether a variable gets another value after a condition and before its use.
fn is_set_between(context: &Context<'_>, condition: NodeId, node: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(condition);
    (condition.0..node.0).map(NodeId).take(2_000).any(|part| {
        tree.field(part) == Field::Target
            && context.source(part) == name
            && tree.parent(part).is_some_and(|above| context.kind(above) == Kind::Assign)
    })
}

/// `b = a`, `b = a - 1`, `b = a & mask`, `b = 0`, `a = b + n` before the place.
fn is_made_of(context: &Context<'_>, node: NodeId, a: &str, b: &str) -> bool {
    let tree = context.tree();
    let function = context.function(node).unwrap_or(NodeId::ROOT);
    let mut made = false;
    for part in tree.subtree(function).take(4_000).take_while(|&part| part < node) {
        if context.kind(part) != Kind::Assign {
            continue;
        }
        let (Some(target), Some(value)) = (tree.child(part, Field::Target), tree.child(part, Field::Value)) else {
            continue;
        };
        let (target, text) = (context.source(target), context.source(value));
        let from = |other: &str, signs: &[&str]| {
            text == other
                || context.kind(value) == Kind::Binary
                    && signs.contains(&context.name(value))
                    && tree.child(value, Field::Left).is_some_and(|left| context.source(left) == other)
        };
        if target == b {
            made = from(a, &["-", "&", "/", "%", ">>"]) || text == "0";
        } else if target == a {
            // A value of its own undoes what was known, unless it is given under a condition.
            let branch = tree.ancestors(part).take(3).any(|above| context.kind(above) == Kind::If);
            made = from(b, &["+", "*", "<<"]) || made && branch;
        }
    }
    made
}

fn is_difference(context: &Context<'_>, node: NodeId) -> bool {
    context.kind(node) == Kind::Binary && context.name(node) == "-"
}

fn tested(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(test) = tree.children_in(node, Field::Test).last() else { return };
    // A declaration in a condition is meant.
    let plain = tree.child(test, Field::Type).is_none();
    if context.kind(test) == Kind::Assign && plain {
        let value = tree.child(test, Field::Value);
        let doubled = between_parentheses(context, test);
        if !doubled
            && value.is_some_and(|value| {
                matches!(context.kind(value), Kind::Number | Kind::Bool | Kind::Null | Kind::String)
            })
        {
            push(context, issue(test, "The condition assigns: a comparison was meant.", &[481, 480]), test, found);
        }
    }
    addition(context, node, test, found);
    result::tested(context, test, found);
    precedence::mixed(context, test, found);
    precedence::assigned(context, test, found);
    if context.program().language == crate::lang::Language::Cpp {
        allocated(context, node, test, found);
    }
}

/// `!code` of a result code.
fn negated(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.name(node) == "!"
        && let Some(value) = context.tree().child(node, Field::Value)
    {
        result::tested(context, value, found);
    }
}

/// `if ((a = b))` says that it is meant.
fn between_parentheses(context: &Context<'_>, node: NodeId) -> bool {
    let span = context.tree().span(node);
    let before = context.text().get(..span.start as usize).unwrap_or_default().trim_end();
    before.ends_with("((") || before.strip_suffix('(').is_some_and(|rest| rest.trim_end().ends_with('('))
}

/// `if (a + b > c) a = c - b;`: the sum may have wrapped.
fn addition(context: &Context<'_>, node: NodeId, test: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.kind(test) != Kind::Compare || context.kind(node) != Kind::If {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(test, Field::Left), tree.child(test, Field::Right)) else { return };
    let (sum, bound) = match context.name(test) {
        ">" | ">=" => (left, right),
        "<" | "<=" => (right, left),
        _ => return,
    };
    if context.kind(sum) != Kind::Binary || context.name(sum) != "+" {
        return;
    }
    let (Some(a), Some(b)) = (tree.child(sum, Field::Left), tree.child(sum, Field::Right)) else { return };
    let Some(body) = tree.child(node, Field::Body) else { return };
    let (a, b, bound) = (context.source(a), context.source(b), context.source(bound));
    let corrects = tree.subtree(body).take(60).any(|inner| {
        context.kind(inner) == Kind::Assign && {
            let target = tree.child(inner, Field::Target).map(|target| context.source(target));
            let value = tree.child(inner, Field::Value).map(|value| context.source(value).replace(' ', ""));
            [(a, b), (b, a)].into_iter().any(|(one, other)| {
                target == Some(one) && value.as_deref() == Some(&format!("{bound}-{other}").replace(' ', ""))
            })
        }
    });
    if corrects && !matches!(type_of(context, sum), Some(Type::Float(_))) {
        let message = "The sum can overflow before it is compared: compare with the difference.";
        push(context, issue(node, message, &[190]), node, found);
    }
}

/// `new` that throws gives no null to look for.
fn allocated(context: &Context<'_>, node: NodeId, test: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let plain = |value: NodeId| {
        context.kind(value) == Kind::New
            && tree.child(value, Field::Callee).is_some()
            && !context.source(value).contains("nothrow")
            && tree.child(value, Field::Item).is_none()
    };
    for part in tree.subtree(test).take(60) {
        if plain(part) {
            return push(
                context,
                issue(node, "new throws where it fails and never gives null.", &[570, 252, 755]),
                node,
                found,
            );
        }
        if context.kind(part) != Kind::Name
            || crate::rule::c::paths::presence(context, test, context.source(part)).is_none()
        {
            continue;
        }
        let value = context.value(part);
        if plain(value) {
            return push(
                context,
                issue(value, "new throws where it fails and never gives null.", &[570, 252, 755]),
                value,
                found,
            );
        }
    }
}

fn looped(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(test) = tree.child(node, Field::Test) else { return };
    let Some(update) = tree.child(node, Field::Update).or_else(|| only_step(context, node, test)) else { return };
    if context.kind(test) != Kind::Compare {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(test, Field::Left), tree.child(test, Field::Right)) else { return };
    let target = tree.child(update, Field::Target).filter(|_| context.kind(update) == Kind::AugAssign);
    let Some(target) = target else { return };
    let name = context.source(target);
    let (operator, bound) = if context.source(left) == name {
        (context.name(test), right)
    } else if context.source(right) == name {
        let operator = match context.name(test) {
            "<" => ">",
            "<=" => ">=",
            ">" => "<",
            ">=" => "<=",
            _ => "",
        };
        (operator, left)
    } else {
        return;
    };
    let up = matches!(context.name(update), "++" | "+=");
    let down = matches!(context.name(update), "--");
    let unsigned_down = down && is_unsigned(context, target) && matches!(operator, "<" | "<=");
    if (context.name(update) == "++" && context.kind(node) == Kind::For && matches!(operator, ">" | ">=")
        || down && matches!(operator, "<" | "<="))
        && !unsigned_down
    {
        let message = "The loop counts away from its bound.";
        return push(context, issue(node, message, &[835]), node, found);
    }
    if !context.program().language.is_c_family() {
        return;
    }
    if up && matches!(operator, "<" | "<=") {
        let Some(Type::Integer(size, signed)) = type_of(context, target).filter(|_| context.kind(target) == Kind::Name)
        else {
            return;
        };
        let most = match (size, signed) {
            (1, true) => i64::from(i8::MAX),
            (1, false) => i64::from(u8::MAX),
            (2, true) => i64::from(i16::MAX),
            (2, false) => i64::from(u16::MAX),
            _ => return,
        };
        // A bound that was cut off or masked may fit.
        let value = context.value(bound);
        let masked = || tree.children(value).any(|part| evaluate(context, part).is_some());
        let limited = context.kind(value) == Kind::Binary
            && (matches!(context.name(value), "%" | ">>") || context.name(value) == "&" && masked());
        if limited {
            if largest(context, value).is_some_and(|largest| largest > most) {
                let message = "The counter is narrower than its bound and may never reach it.";
                push(context, issue(test, message, &[190, 197, 835]), test, found);
            }
            return;
        }
        let wider = match evaluate(context, bound) {
            Some(bound) => bound > most,
            None => {
                matches!(type_of(context, bound), Some(Type::Integer(other, _)) if other > size)
                    && matches!(context.kind(bound), Kind::Name | Kind::Attribute | Kind::Call)
                    && !context.source(bound).contains("const")
            }
        };
        if wider {
            let message = "The counter is narrower than its bound and may never reach it.";
            push(context, issue(test, message, &[190, 197, 835]), test, found);
        }
    }
}

/// The one place in the body of a loop that moves the variable of its condition.
fn only_step(context: &Context<'_>, node: NodeId, test: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let left = tree.child(test, Field::Left).filter(|&left| context.kind(left) == Kind::Name)?;
    let name = context.source(left);
    let mut writes = tree
        .subtree(tree.child(node, Field::Body)?)
        .take(2_000)
        .filter(|&part| tree.field(part) == Field::Target && context.source(part) == name);
    let (only, more) = (writes.next()?, writes.next());
    let step = tree.parent(only).filter(|&step| context.kind(step) == Kind::AugAssign && more.is_none())?;
    matches!(context.name(step), "++" | "+=").then_some(step)
}

/// The largest number that a masked or shifted one can be.
fn largest(context: &Context<'_>, node: NodeId) -> Option<i64> {
    let tree = context.tree();
    let (left, right) = (tree.child(node, Field::Left)?, tree.child(node, Field::Right)?);
    let by = evaluate(context, right)?;
    match context.name(node) {
        "&" => Some(by),
        "%" => Some(by - 1),
        ">>" if context.kind(left) == Kind::Binary && context.name(left) == "&" => {
            largest(context, left).and_then(|most| u32::try_from(by).ok().and_then(|by| most.checked_shr(by)))
        }
        ">>" => {
            let Some(Type::Integer(size, signed)) = type_of(context, left) else { return None };
            let bits = 8 * size - i64::from(signed) - by;
            (1..63).contains(&bits).then(|| (1 << bits) - 1)
        }
        _ => None,
    }
}

/// `a == b;` as a statement.
fn without_effect(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(value) = context.tree().child(node, Field::Value) else { return };
    let plain = |field| {
        context
            .tree()
            .child(value, field)
            .is_some_and(|part| context.kind(part) != Kind::Call || !library(context, part).is_empty())
    };
    if context.kind(value) == Kind::Compare && context.name(value) == "==" && plain(Field::Left) {
        push(context, issue(value, "The comparison does nothing: an assignment was meant.", &[482, 561]), value, found);
    }
}
