//! CWE-193: what lies behind the end of memory whose size is known only by name: `buffer[n]` of `n` elements.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::conditions::each_condition;
use crate::rule::c::{arguments, declarations, declared, evaluate, library, values};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Deepest expression that is followed.
const DEEPEST: u32 = 8;
/// Most different names in one sum.
const MOST_TERMS: usize = 6;

/// A number as a sum of named values and a constant.
#[derive(Debug, Clone, Default)]
struct Sum {
    constant: i64,
    terms: Vec<(String, i64)>,
}

impl Sum {
    fn constant(constant: i64) -> Self {
        Self { constant, terms: Vec::new() }
    }

    fn add(mut self, other: &Self, sign: i64) -> Option<Self> {
        self.constant = self.constant.checked_add(other.constant.checked_mul(sign)?)?;
        for (name, count) in &other.terms {
            let count = count.checked_mul(sign)?;
            match self.terms.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = known.checked_add(count)?,
                None => self.terms.push((name.clone(), count)),
            }
        }
        self.terms.retain(|&(_, count)| count != 0);
        (self.terms.len() <= MOST_TERMS).then_some(self)
    }
}

/// Checks `object[index]` and `*pointer`.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (object, index) = if context.kind(node) == Kind::Unary {
        if context.name(node) != "*" {
            return;
        }
        let Some(value) = tree.child(node, Field::Value) else { return };
        (value, None)
    } else {
        let (Some(object), Some(index)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else {
            return;
        };
        (object, Some(index))
    };
    // Numbers alone are looked at elsewhere; the address one past the end may be taken.
    let above = tree.parent(node);
    let named = above.map(|above| (context.kind(above), context.name(above)));
    if matches!(named, Some((Kind::Unary, "&" | "sizeof"))) || index.is_some_and(|it| number(context, it).is_some()) {
        return;
    }
    if beyond(context, node, object, index).is_some_and(|past| past >= 0) {
        let message = "What is used lies behind the end of the memory.";
        let report = Report::issue(node, concept::ARRAY_INDEX, message).cwe(&[193, 787, 125, 119, 131]);
        found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, node)));
    }
}

/// How far behind the last element an access is: zero for the first one outside.
fn beyond(context: &Context<'_>, node: NodeId, object: NodeId, index: Option<NodeId>) -> Option<i64> {
    let offset = match index {
        Some(index) => sum(context, index, 0)?,
        None => Sum::default(),
    };
    if let Some((count, moved)) = pointer(context, object, 0) {
        let past = moved.add(&offset, 1)?.add(&count, -1)?;
        if past.terms.is_empty() {
            // Two numbers are looked at elsewhere.
            return (!count.terms.is_empty()).then_some(past.constant);
        }
        let variable = index.or_else(|| last_operand(context, object))?;
        let limits = limits(context, node, variable);
        return furthest(&limits, |limit| {
            let own = sum(context, variable, 0)?;
            let past = past.clone().add(&own, -1)?.add(limit, 1)?;
            past.terms.is_empty().then_some(past.constant)
        });
    }
    // A pointer that conditions compare with the end of some memory.
    if index.is_none() && context.kind(object) == Kind::Name {
        let ends = ends(context, node, object);
        return furthest(&ends, |past| past.terms.is_empty().then_some(past.constant));
    }
    None
}

/// The least that all limits allow; `None` where one of them says nothing.
fn furthest(limits: &[Sum], past: impl Fn(&Sum) -> Option<i64>) -> Option<i64> {
    let mut least = None;
    for limit in limits {
        let this = past(limit)?;
        least = Some(least.map_or(this, |known: i64| known.min(this)));
    }
    least
}

/// The number that is added last to a pointer: `n` of `p + n`.
fn last_operand(context: &Context<'_>, object: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let at = if context.kind(object) == Kind::Name { single(context, object)? } else { object };
    let right = (context.kind(at) == Kind::Binary).then(|| tree.child(at, Field::Right)).flatten()?;
    let mut at = right;
    while context.kind(at) == Kind::Binary {
        at = tree.child(at, Field::Left)?;
    }
    (context.kind(at) == Kind::Name).then_some(at)
}

/// Elements behind a pointer's memory, and how far the pointer is inside it.
fn pointer(context: &Context<'_>, node: NodeId, depth: u32) -> Option<(Sum, Sum)> {
    if depth > DEEPEST {
        return None;
    }
    let tree = context.tree();
    let below = |node: NodeId| pointer(context, node, depth + 1);
    match context.kind(node) {
        Kind::Name => {
            if let Some(own) = declared(context, node).filter(|own| own.array && !own.parameter) {
                let mut sizes = tree.children_in(own.node, Field::Index);
                let (size, more) = (sizes.next()?, sizes.next());
                return more.is_none().then(|| Some((sum(context, size, 0)?, Sum::default()))).flatten();
            }
            below(single(context, node)?)
        }
        Kind::Cast => below(tree.children_in(node, Field::Value).last()?),
        Kind::Binary => {
            let sign = match context.name(node) {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let (count, moved) = below(tree.child(node, Field::Left)?)?;
            Some((count, moved.add(&sum(context, tree.child(node, Field::Right)?, 0)?, sign)?))
        }
        Kind::Unary if context.name(node) == "&" => {
            let inner = tree.child(node, Field::Value).filter(|&inner| context.kind(inner) == Kind::Subscript)?;
            let (count, moved) = below(tree.child(inner, Field::Object)?)?;
            Some((count, moved.add(&sum(context, tree.child(inner, Field::Index)?, 0)?, 1)?))
        }
        Kind::New => Some((sum(context, tree.child(node, Field::Index)?, 0)?, Sum::default())),
        Kind::Call => {
            let given = arguments(context, node);
            let count = match library(context, node) {
                "malloc" | "alloca" | "xmalloc" | "g_malloc" | "g_malloc0" | "kmalloc" | "valloc" => {
                    elements(context, *given.first()?)?
                }
                "realloc" | "xrealloc" => elements(context, *given.get(1)?)?,
                "calloc" => {
                    let (first, second) = (*given.first()?, *given.get(1)?);
                    if is_size(context, first) { sum(context, second, 0)? } else { sum(context, first, 0)? }
                }
                _ => return None,
            };
            Some((count, Sum::default()))
        }
        _ => None,
    }
}

fn is_size(context: &Context<'_>, node: NodeId) -> bool {
    context.kind(node) == Kind::Unary && context.name(node) == "sizeof"
}

/// Elements of an allocation of so many bytes: at most the bytes themselves.
fn elements(context: &Context<'_>, size: NodeId) -> Option<Sum> {
    let tree = context.tree();
    if context.kind(size) == Kind::Binary && context.name(size) == "*" {
        let (left, right) = (tree.child(size, Field::Left)?, tree.child(size, Field::Right)?);
        if is_size(context, right) {
            return sum(context, left, 0);
        }
        if is_size(context, left) {
            return sum(context, right, 0);
        }
    }
    sum(context, size, 0)
}

/// The expression that alone gives a name its value here.
fn single(context: &Context<'_>, node: NodeId) -> Option<NodeId> {
    let list = values(context, node)?;
    let [only] = list[..] else { return None };
    let assigned = context.tree().parent(only).is_some_and(|above| context.kind(above) == Kind::Assign);
    assigned.then_some(only)
}

/// The number that an expression always is; a variable that changes is none.
fn number(context: &Context<'_>, node: NodeId) -> Option<i64> {
    let varies = context.kind(node) == Kind::Name && context.flow().data().definitions_of(node).len() > 1;
    if varies { None } else { evaluate(context, node) }
}

/// A number as a sum.
fn sum(context: &Context<'_>, node: NodeId, depth: u32) -> Option<Sum> {
    if let Some(number) = number(context, node) {
        return Some(Sum::constant(number));
    }
    if depth > DEEPEST {
        return None;
    }
    let tree = context.tree();
    let below = |node: NodeId| sum(context, node, depth + 1);
    match context.kind(node) {
        Kind::Cast => below(tree.children_in(node, Field::Value).last()?),
        Kind::Binary => {
            let (left, right) = (tree.child(node, Field::Left)?, tree.child(node, Field::Right)?);
            match context.name(node) {
                "+" => below(left)?.add(&below(right)?, 1),
                "-" => below(left)?.add(&below(right)?, -1),
                "*" => {
                    let (factor, other) = match (number(context, left), number(context, right)) {
                        (Some(factor), _) => (factor, right),
                        (None, Some(factor)) => (factor, left),
                        (None, None) => return None,
                    };
                    Sum::default().add(&below(other)?, factor)
                }
                _ => None,
            }
        }
        Kind::Name => {
            if let Some(value) = single(context, node)
                && matches!(context.kind(value), Kind::Binary | Kind::Name | Kind::Call | Kind::Cast)
                && let Some(known) = below(value)
            {
                return Some(known);
            }
            let definitions = context.flow().data().definitions_of(node);
            let name = format!("{}#{definitions:?}", context.source(node));
            Some(Sum { constant: 0, terms: vec![(name, 1)] })
        }
        Kind::Call if matches!(library(context, node), "strlen" | "wcslen") => {
            let measured = context.positional(node, 0)?;
            let definitions = context.flow().data().definitions_of(measured);
            let name = format!("strlen {}#{definitions:?}", context.source(measured));
            (context.kind(measured) == Kind::Name).then(|| Sum { constant: 0, terms: vec![(name, 1)] })
        }
        _ => None,
    }
}

/// What conditions that hold at `node` say of the variable: at most these numbers.
fn limits(context: &Context<'_>, node: NodeId, variable: NodeId) -> Vec<Sum> {
    let own = sum(context, variable, 0);
    let Some(own) = own.filter(|own| own.terms.len() == 1) else { return Vec::new() };
    let mut list = Vec::new();
    each_condition(context, node, |left, operator, right| {
        let (Some(low), Some(high)) = (sum(context, left, 0), sum(context, right, 0)) else { return };
        if operator == "==" {
            return;
        }
        if low.terms.iter().all(|(name, _)| own.terms.iter().any(|(known, _)| known == name)) && !low.terms.is_empty() {
            // `own + k < high`
            let more = low.constant - own.constant;
            let strict = i64::from(operator != "<=");
            list.extend(high.add(&Sum::constant(more + strict), -1));
        }
    });
    list
}

/// What conditions that hold at `node` say of a pointer: so far behind the end of the memory at most.
fn ends(context: &Context<'_>, node: NodeId, variable: NodeId) -> Vec<Sum> {
    let name = context.source(variable);
    let mut list = Vec::new();
    each_condition(context, node, |left, operator, right| {
        if context.source(left) == name
            && let Some((count, moved)) = pointer(context, right, 0)
            && let Some(past) = moved.add(&count, -1)
        {
            let strict = i64::from(operator != "<=");
            list.extend(past.add(&Sum::constant(strict), -1).filter(|_| !count.terms.is_empty()));
        } else if context.source(left) == name || context.source(right) == name {
            // Something else keeps it.
            list.push(Sum { constant: 0, terms: vec![("?".to_owned(), 1)] });
        }
    });
    list
}
