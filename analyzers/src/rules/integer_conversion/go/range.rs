//! Between which numbers an expression of Go lies: by its type, the constants in it, and the conditions under which it
//! runs; what a condition compares with something unknown counts as bounded on that side.

use super::{Width, returns, width};
use crate::graph::dfg::Value;
use crate::rule::Context;
use crate::syntax::{Field, Kind, NodeId};

/// Deepest expression that is looked into, and most blocks around it.
const MOST_DEPTH: u32 = 10;
const MOST_AROUND: usize = 40;
/// Most statements of a block that are looked at, and nodes of one.
const MOST_STATEMENTS: usize = 200;
const MOST_NODES: usize = 400;

/// The least and the greatest value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    low: i128,
    high: i128,
    /// A check against something unknown was passed on that side.
    low_checked: bool,
    high_checked: bool,
    /// Its type, where it has one.
    pub(super) width: Option<Width>,
}

impl Range {
    fn new(low: i128, high: i128, width: Option<Width>) -> Self {
        Self { low, high, low_checked: false, high_checked: false, width }
    }

    fn whole(width: Width) -> Self {
        let (low, high) = width.ends();
        Self::new(low, high, Some(width))
    }

    /// Whether a type holds every value.
    pub(super) fn fits(self, to: Width) -> bool {
        let (low, _) = to.ends();
        // Eight bits of either sign are a byte.
        let byte = to.bits == 8 && !to.signed && self.low >= -128 && self.width.is_some_and(|own| own.bits > 8);
        self.low > self.high || self.fits_above(to) && (self.low_checked || self.low >= low || byte)
    }

    /// Whether a type holds the greatest value.
    pub(super) fn fits_above(self, to: Width) -> bool {
        self.high_checked || self.high <= to.ends().1
    }

    /// What either may be.
    fn hull(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            low_checked: self.low_checked && other.low_checked,
            high_checked: self.high_checked && other.high_checked,
            width: self.width,
        }
    }

    /// The result of arithmetic, which wraps around where its type cannot hold it.
    fn in_type(low: Option<i128>, high: Option<i128>, width: Option<Width>) -> Option<Self> {
        match (low, high, width) {
            (Some(low), Some(high), None) => Some(Self::new(low, high, None)),
            (Some(low), Some(high), Some(width)) => {
                let (least, greatest) = width.ends();
                let holds = least <= low && high <= greatest;
                Some(if holds { Self::new(low, high, Some(width)) } else { Self::whole(width) })
            }
            (.., width) => width.map(Self::whole),
        }
    }
}

/// The range of an expression where `at` runs; `None` where its type is not known.
pub(super) fn of(context: &Context<'_>, node: NodeId, at: NodeId, depth: u32) -> Option<Range> {
    if depth > MOST_DEPTH {
        return None;
    }
    if let Some(number) = number(context, node) {
        return Some(Range::new(number, number, declared(context, node)));
    }
    let range = plain(context, node, at, depth)?;
    Some(if context.kind(node) == Kind::Cast { range } else { around(context, range, node, at, depth) })
}

/// The range of an expression wherever it runs.
fn plain(context: &Context<'_>, node: NodeId, at: NodeId, depth: u32) -> Option<Range> {
    let tree = context.tree();
    match context.kind(node) {
        Kind::Name | Kind::Attribute | Kind::Subscript => {
            let value = context.value(node);
            let known = if value == node { None } else { of(context, value, at, depth + 1) };
            let range = known.or_else(|| declared(context, node).map(Range::whole))?;
            Some(Range { width: range.width.or_else(|| declared(context, node)), ..range })
        }
        Kind::Call => call(context, node, at, depth),
        Kind::Cast => {
            let to = tree.child(node, Field::Type).and_then(|kind| width(context, context.source(kind)))?;
            let inner = tree.child(node, Field::Value).and_then(|inner| of(context, inner, at, depth + 1));
            Some(match inner {
                Some(inner) if inner.fits(to) => Range { width: Some(to), ..inner },
                _ => Range::whole(to),
            })
        }
        Kind::Binary => {
            let left = of(context, tree.child(node, Field::Left)?, at, depth + 1)?;
            let right = of(context, tree.child(node, Field::Right)?, at, depth + 1)?;
            arithmetic(context.name(node), left, right)
        }
        Kind::Unary => {
            let inner = of(context, tree.child(node, Field::Value)?, at, depth + 1)?;
            match (context.name(node), inner.width) {
                ("-", width) => Range::in_type(inner.high.checked_neg(), inner.low.checked_neg(), width),
                ("^", Some(width)) if !width.signed => {
                    let (_, most) = width.ends();
                    Some(Range::new(most - inner.high, most - inner.low, Some(width)))
                }
                ("^", width) => Some(Range::new(-1 - inner.high, -1 - inner.low, width)),
                ("+", _) => Some(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

fn arithmetic(operator: &str, left: Range, right: Range) -> Option<Range> {
    let width = left.width.or(right.width);
    let constant = (right.low == right.high).then_some(right.low);
    let corners = |of: fn(i128, i128) -> Option<i128>| {
        let all = [(left.low, right.low), (left.low, right.high), (left.high, right.low), (left.high, right.high)];
        let all: Option<Vec<i128>> = all.into_iter().map(|(left, right)| of(left, right)).collect();
        let ends = all.and_then(|all| Some((*all.iter().min()?, *all.iter().max()?)));
        Range::in_type(ends.map(|ends| ends.0), ends.map(|ends| ends.1), width)
    };
    let mut range = match (operator, constant) {
        ("+", _) => corners(i128::checked_add),
        ("-", _) => corners(i128::checked_sub),
        ("*", _) => corners(i128::checked_mul),
        ("/", Some(by)) if by > 0 => Some(Range::new(left.low / by, left.high / by, width)),
        ("%", Some(by)) if by > 0 => {
            let low = if left.low >= 0 { 0 } else { 1 - by };
            Some(Range::new(low, left.high.clamp(0, by - 1), width))
        }
        ("&", Some(mask)) if mask >= 0 => Some(Range::new(0, mask, width)),
        (">>", Some(by)) if (0..64).contains(&by) => Some(Range::new(left.low >> by, left.high >> by, left.width)),
        ("<<", Some(by)) if (0..64).contains(&by) => {
            Range::in_type(left.low.checked_mul(1 << by), left.high.checked_mul(1 << by), left.width)
        }
        _ => width.map(Range::whole),
    }?;
    // A difference to what was checked against something unknown is bounded alike.
    if matches!(operator, "+" | "-") {
        range.low_checked = left.low_checked || right.high_checked;
        range.high_checked = left.high_checked || right.low_checked;
    }
    Some(range)
}

fn call(context: &Context<'_>, call: NodeId, at: NodeId, depth: u32) -> Option<Range> {
    let path = context.callee(call);
    let inner = |nth: usize| context.positional(call, nth).and_then(|part| of(context, part, at, depth + 1));
    match path {
        "len" | "cap" => Some(Range::new(0, i128::from(i64::MAX), width(context, "int"))),
        "min" | "max" => {
            let (left, right) = (inner(0), inner(1));
            let side = left.or(right)?;
            let mut range = match (left, right) {
                (Some(left), Some(right)) if path == "min" => {
                    Range::new(left.low.min(right.low), left.high.min(right.high), left.width.or(right.width))
                }
                (Some(left), Some(right)) => {
                    Range::new(left.low.max(right.low), left.high.max(right.high), left.width.or(right.width))
                }
                _ => side,
            };
            (range.low_checked, range.high_checked) = (path == "max", path == "min");
            Some(range)
        }
        "strconv.ParseInt" | "strconv.ParseUint" => {
            let bits = context.positional(call, 2).and_then(|bits| number(context, bits)).unwrap_or(64);
            let bits = u32::try_from(bits).ok().filter(|bits| (1..=64).contains(bits));
            let bits = bits.unwrap_or_else(|| width(context, "int").map_or(64, |int| int.bits));
            let signed = path == "strconv.ParseInt";
            let (low, high) = Width { bits, signed }.ends();
            Some(Range::new(low, high, Some(Width { bits: 64, signed })))
        }
        _ if path.starts_with("math/rand.") && path.ends_with('n') | path.ends_with('N') => {
            let most = inner(0).filter(|most| most.low == most.high)?;
            Some(Range::new(0, most.high - 1, returns(context, path).or(width(context, "int"))))
        }
        _ if path.starts_with("math/rand.") => {
            returns(context, path).map(|width| Range { low: 0, ..Range::whole(width) })
        }
        _ => returns(context, path).or_else(|| result(context, call)).map(Range::whole),
    }
}

/// The declared result of a function of the unit.
fn result(context: &Context<'_>, call: NodeId) -> Option<Width> {
    let function = context.flow().data().called(call)?;
    let kind = context.tree().child(function, Field::Type)?;
    width(context, context.source(kind))
}

/// The declared type of a name, or of the elements that a loop gives it.
fn declared(context: &Context<'_>, node: NodeId) -> Option<Width> {
    let names = &context.program().names;
    if let Some(kind) = names.type_of(node)
        && let Some(known) = width(context, kind).or_else(|| returns(context, kind))
    {
        return Some(known);
    }
    let data = context.flow().data();
    let [only] = data.definitions_of(node)[..] else { return None };
    let definition = &data.definitions[only as usize];
    let Value::Element(iter) = definition.value else { return None };
    let tree = context.tree();
    let last = tree
        .ancestors(definition.node)
        .take(2)
        .find(|&above| context.kind(above) == Kind::Tuple)
        .is_some_and(|targets| tree.children(targets).nth(1) == Some(definition.node));
    let kind = names.definition(iter).and_then(|definition| definition.declared).filter(|_| last)?;
    width(context, context.source(kind).trim().strip_prefix("[]")?)
}

/// A constant, also one of the greatest and least values in `math`.
fn number(context: &Context<'_>, node: NodeId) -> Option<i128> {
    if let Some(number) = context.integer(node) {
        return Some(i128::from(number));
    }
    if context.kind(node) == Kind::String {
        return None;
    }
    let name = context.path(node).strip_prefix("math.")?;
    let (greatest, kind) = match name.split_at_checked(3)? {
        ("Max", kind) => (true, kind),
        ("Min", kind) => (false, kind),
        _ => return None,
    };
    let (low, high) = width(context, &kind.to_ascii_lowercase())?.ends();
    Some(if greatest { high } else { low })
}

/// What the conditions under which `at` runs say of a name.
fn around(context: &Context<'_>, range: Range, name: NodeId, at: NodeId, depth: u32) -> Range {
    let tree = context.tree();
    let text = context.source(name);
    let mut range = range;
    let mut below = at;
    for above in tree.ancestors(at).take(MOST_AROUND) {
        match context.kind(above) {
            Kind::Function | Kind::Lambda => break,
            Kind::If | Kind::While | Kind::For | Kind::Conditional => {
                let side = match tree.field(below) {
                    Field::Body => Some(true),
                    Field::Else => Some(false),
                    _ => None,
                };
                if let (Some(test), Some(side)) = (tree.child(above, Field::Test), side) {
                    range = tested(context, range, text, test, side, depth);
                }
                if context.kind(above) == Kind::For {
                    range = counted(context, range, text, above, depth);
                }
            }
            Kind::Case if tree.field(below) == Field::Body => {
                range = chosen(context, range, text, above, depth);
            }
            Kind::Block | Kind::Module => {
                for before in tree.children(above).take_while(|&part| part < below).take(MOST_STATEMENTS) {
                    let body = tree.child(before, Field::Body);
                    let refuses = context.kind(before) == Kind::If && body.is_some_and(|body| leaves(context, body));
                    let test = tree.child(before, Field::Test).filter(|_| refuses);
                    if let Some(test) = test.filter(|_| !is_set(context, text, tree.end(before), at)) {
                        range = tested(context, range, text, test, false, depth);
                    }
                }
            }
            _ => {}
        }
        below = above;
    }
    range
}

/// Whether a name is given a value between two places.
fn is_set(context: &Context<'_>, name: &str, from: NodeId, to: NodeId) -> bool {
    let tree = context.tree();
    (from.0..to.0).take(MOST_NODES).map(NodeId).any(|node| {
        matches!(context.kind(node), Kind::Assign | Kind::AugAssign)
            && tree.child(node, Field::Target).is_some_and(|target| context.source(target) == name)
    })
}

/// Whether a block ends by leaving.
fn leaves(context: &Context<'_>, block: NodeId) -> bool {
    let tree = context.tree();
    tree.children(block).last().is_some_and(|last| match context.kind(last) {
        Kind::Return | Kind::Break | Kind::Continue => true,
        Kind::ExprStatement => tree.child(last, Field::Value).is_some_and(|call| {
            let path = context.callee(call);
            path == "panic" || path == "os.Exit" || path.contains("Fatal") || path.contains("Panic")
        }),
        _ => false,
    })
}

/// `for i := 0; …; i++`, `for i := range …`: never below where it begins.
fn counted(context: &Context<'_>, range: Range, name: &str, around: NodeId, depth: u32) -> Range {
    let tree = context.tree();
    let mut range = range;
    let first = |target: NodeId| match context.kind(target) {
        Kind::Tuple => tree.children(target).next().unwrap_or(target),
        _ => target,
    };
    if tree.child(around, Field::Iter).is_some() {
        if tree.child(around, Field::Target).is_some_and(|target| context.source(first(target)) == name) {
            (range.low, range.high_checked) = (range.low.max(0), true);
        }
        return range;
    }
    let begins = tree
        .child(around, Field::Init)
        .filter(|&init| tree.child(init, Field::Target).is_some_and(|target| context.source(first(target)) == name));
    let grows = tree.child(around, Field::Update).is_some_and(|update| matches!(context.name(update), "++" | "+="));
    let start = begins.filter(|_| grows).and_then(|init| tree.child(init, Field::Value));
    if let Some(start) = start.and_then(|start| of(context, start, around, depth + 1)) {
        range.low = range.low.max(start.low);
    }
    range
}

/// In a case of a `switch` over the name it is one of the constants; a case without a subject is a condition.
fn chosen(context: &Context<'_>, range: Range, name: &str, case: NodeId, depth: u32) -> Range {
    let tree = context.tree();
    let Some(switch) = tree.parent(case) else { return range };
    let tests: Vec<NodeId> = tree.children_in(case, Field::Test).take(32).collect();
    match tree.child(switch, Field::Test) {
        Some(subject) if context.source(subject) == name => {
            let numbers: Option<Vec<i128>> = tests.iter().map(|&test| number(context, test)).collect();
            let ends = numbers.and_then(|all| Some((*all.iter().min()?, *all.iter().max()?)));
            ends.map_or(range, |(low, high)| Range { low, high, ..range })
        }
        None => match tests[..] {
            [only] => tested(context, range, name, only, true, depth),
            _ => range,
        },
        Some(_) => range,
    }
}

/// A range after a condition came out as `side`.
fn tested(context: &Context<'_>, range: Range, name: &str, test: NodeId, side: bool, depth: u32) -> Range {
    let tree = context.tree();
    if depth > MOST_DEPTH {
        return range;
    }
    let parts = || (tree.child(test, Field::Left), tree.child(test, Field::Right));
    match context.kind(test) {
        Kind::Unary if context.name(test) == "!" => match tree.child(test, Field::Value) {
            Some(inner) => tested(context, range, name, inner, !side, depth + 1),
            None => range,
        },
        Kind::Boolean => {
            let (Some(left), Some(right)) = parts() else { return range };
            if (context.name(test) == "&&") == side {
                let range = tested(context, range, name, left, side, depth + 1);
                tested(context, range, name, right, side, depth + 1)
            } else {
                let left = tested(context, range, name, left, side, depth + 1);
                left.hull(tested(context, range, name, right, side, depth + 1))
            }
        }
        Kind::Compare => {
            let (Some(left), Some(right)) = parts() else { return range };
            let operator = context.name(test);
            match (offset(context, left, name), offset(context, right, name)) {
                (Some(by), _) => compared(context, range, operator, (right, by), side, depth),
                (None, Some(by)) => compared(context, range, flipped(operator), (left, by), side, depth),
                _ if scales(context, left, name) => unknown(range, operator, side),
                _ if scales(context, right, name) => unknown(range, flipped(operator), side),
                _ => range,
            }
        }
        _ => range,
    }
}

/// What is added to a name in an expression that is little more than it: `x`, `int64(x)`, `x - 1`.
fn offset(context: &Context<'_>, node: NodeId, name: &str) -> Option<i128> {
    let tree = context.tree();
    if context.source(node) == name {
        return Some(0);
    }
    match context.kind(node) {
        Kind::Cast => offset(context, tree.child(node, Field::Value)?, name),
        Kind::Binary if tree.child(node, Field::Right).is_some_and(|right| context.source(right) == name) => {
            let by = number(context, tree.child(node, Field::Left)?)?;
            (context.name(node) == "+").then_some(by)
        }
        Kind::Binary if tree.child(node, Field::Left).is_some_and(|left| context.source(left) == name) => {
            let by = number(context, tree.child(node, Field::Right)?)?;
            match context.name(node) {
                "+" => Some(by),
                "-" => by.checked_neg(),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether an expression is a name times a constant, or shifted by one.
fn scales(context: &Context<'_>, node: NodeId, name: &str) -> bool {
    let tree = context.tree();
    context.kind(node) == Kind::Binary
        && matches!(context.name(node), "*" | "<<" | ">>")
        && tree.child(node, Field::Left).is_some_and(|left| context.source(left) == name)
        && tree.child(node, Field::Right).is_some_and(|right| number(context, right).is_some())
}

/// A range after it was compared with something unknown.
fn unknown(range: Range, operator: &str, side: bool) -> Range {
    let mut range = range;
    match (operator, side) {
        ("<" | "<=", true) | (">" | ">=", false) => range.high_checked = true,
        (">" | ">=", true) | ("<" | "<=", false) => range.low_checked = true,
        ("==", true) | ("!=", false) => (range.low_checked, range.high_checked) = (true, true),
        _ => {}
    }
    range
}

fn flipped(operator: &str) -> &str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}

/// A range after it (and what is added to it) was compared with something.
fn compared(
    context: &Context<'_>,
    range: Range,
    operator: &str,
    (with, added): (NodeId, i128),
    side: bool,
    depth: u32,
) -> Range {
    let other = of(context, with, with, depth + 1).filter(|other| other.low == other.high);
    let Some(limit) = other.and_then(|other| other.low.checked_sub(added)) else {
        return unknown(range, operator, side);
    };
    let operator = match (operator, side) {
        (_, true) => operator,
        ("<", false) => ">=",
        ("<=", false) => ">",
        (">", false) => "<=",
        (">=", false) => "<",
        ("==", false) => "!=",
        ("!=", false) => "==",
        _ => return range,
    };
    let mut range = range;
    match operator {
        "<" => range.high = range.high.min(limit - 1),
        "<=" => range.high = range.high.min(limit),
        ">" => range.low = range.low.max(limit + 1),
        ">=" => range.low = range.low.max(limit),
        "==" => (range.low, range.high) = (limit, limit),
        "!=" if range.low == limit => range.low += 1,
        "!=" if range.high == limit => range.high -= 1,
        _ => {}
    }
    range
}
