//! Types of C expressions, as far as declarations and literals of the unit show them; never inferred from use.

use std::cmp::Ordering;

use crate::rule::Context;
use crate::rule::c::{declared, integer, library};
use crate::syntax::{Field, Kind, NodeId};

/// Deepest expression that is looked into.
const DEEPEST: u32 = 12;

/// What kind of value an expression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type<'p> {
    /// A whole number of so many bytes, signed or not.
    Integer(i64, bool),
    /// A floating-point number.
    Float(i64),
    /// A pointer to what this type name says, with so many further `*`.
    Pointer(&'p str, usize),
    /// A structure or class.
    Object(&'p str),
}

/// The type of an expression.
pub(crate) fn type_of<'p>(context: &Context<'p>, node: NodeId) -> Option<Type<'p>> {
    below(context, node, 0)
}

fn below<'p>(context: &Context<'p>, node: NodeId, depth: u32) -> Option<Type<'p>> {
    if depth > DEEPEST {
        return None;
    }
    let tree = context.tree();
    let field = |field| tree.child(node, field).and_then(|part| below(context, part, depth + 1));
    match context.kind(node) {
        Kind::Number => Some(number(context.source(node))),
        Kind::Bool => Some(Type::Integer(1, false)),
        Kind::String if context.source(node).ends_with('\'') => Some(Type::Integer(1, true)),
        Kind::String if context.source(node).starts_with('L') => Some(Type::Pointer("wchar_t", 0)),
        Kind::String if context.source(node).starts_with("u\"") => Some(Type::Pointer("char16_t", 0)),
        Kind::String if context.source(node).starts_with('U') => Some(Type::Pointer("char32_t", 0)),
        Kind::String | Kind::Template => Some(Type::Pointer("char", 0)),
        Kind::Compare | Kind::Boolean => Some(Type::Integer(4, true)),
        Kind::Name if declared(context, node).is_none() => context.integer(node).map(|_| Type::Integer(4, true)),
        Kind::Name | Kind::Attribute | Kind::Subscript => variable(context, node),
        Kind::Cast => variable(context, node),
        Kind::Unary => match context.name(node) {
            "sizeof" => Some(Type::Integer(8, false)),
            "!" => Some(Type::Integer(4, true)),
            "*" => variable(context, node),
            "&" => None,
            _ => field(Field::Value).map(promoted),
        },
        Kind::Binary => {
            let (left, right) = (field(Field::Left)?, field(Field::Right)?);
            match (context.name(node), left, right) {
                (_, Type::Pointer(..), Type::Pointer(..)) => Some(Type::Integer(8, true)),
                (_, pointer @ Type::Pointer(..), Type::Integer(..)) => Some(pointer),
                ("<<" | ">>", left, _) => Some(promoted(left)),
                (_, Type::Float(a), Type::Float(b)) => Some(Type::Float(a.max(b))),
                (_, Type::Float(a), Type::Integer(..)) | (_, Type::Integer(..), Type::Float(a)) => Some(Type::Float(a)),
                (_, Type::Integer(..), Type::Integer(..)) => {
                    let (Type::Integer(a, first), Type::Integer(b, second)) = (promoted(left), promoted(right)) else {
                        return None;
                    };
                    let signed = match a.cmp(&b) {
                        Ordering::Equal => first && second,
                        Ordering::Greater => first,
                        Ordering::Less => second,
                    };
                    Some(Type::Integer(a.max(b), signed))
                }
                _ => None,
            }
        }
        Kind::Assign | Kind::AugAssign => field(Field::Target),
        Kind::Conditional => field(Field::Body),
        Kind::Call => result(context, node),
        _ => None,
    }
}

fn promoted(of: Type<'_>) -> Type<'_> {
    match of {
        Type::Integer(size, _) if size < 4 => Type::Integer(4, true),
        other => other,
    }
}

fn number<'p>(text: &str) -> Type<'p> {
    let lower = text.to_ascii_lowercase();
    let hexadecimal = lower.starts_with("0x");
    if !hexadecimal && (lower.contains('.') || lower.contains('e')) {
        return Type::Float(if lower.ends_with('f') { 4 } else { 8 });
    }
    let suffix = lower.trim_start_matches(|letter: char| {
        letter.is_ascii_digit() || hexadecimal && letter.is_ascii_hexdigit() || letter == 'x'
    });
    let digits = lower.trim_end_matches(['u', 'l']);
    let value = if hexadecimal { i64::from_str_radix(digits.trim_start_matches("0x"), 16) } else { digits.parse() };
    let wide = suffix.contains('l') || value.ok().is_none_or(|value| value > i64::from(u32::MAX));
    Type::Integer(if wide { 8 } else { 4 }, !suffix.contains('u'))
}

/// The type of a declared name, member, element or cast.
fn variable<'p>(context: &Context<'p>, node: NodeId) -> Option<Type<'p>> {
    let declared = declared(context, node)?;
    let stars = declared.stars + usize::from(declared.array);
    named(declared.kind, stars).filter(|of| *of != Type::Pointer(declared.kind, 0) || stars > 0).or_else(|| {
        let (kind, stars) = super::layout::unaliased(context, declared.kind, stars);
        named(kind, stars)
    })
}

/// The type of that name with so many pointers.
pub(crate) fn named(kind: &str, stars: usize) -> Option<Type<'_>> {
    if stars > 0 {
        return Some(Type::Pointer(kind, stars - 1));
    }
    if let Some((size, signed)) = integer(kind) {
        return Some(Type::Integer(size, signed));
    }
    match kind.split_whitespace().last()? {
        "float" => Some(Type::Float(4)),
        "double" => Some(Type::Float(8)),
        "bool" | "_Bool" => Some(Type::Integer(1, false)),
        "auto" | "void" => None,
        "LPSTR" | "LPCSTR" | "PSTR" | "PCSTR" => Some(Type::Pointer("char", 0)),
        "LPWSTR" | "LPCWSTR" | "PWSTR" | "PCWSTR" => Some(Type::Pointer("wchar_t", 0)),
        "string" | "std::string" | "wstring" | "std::wstring" | "CString" => Some(Type::Object(kind)),
        _ => None,
    }
}

/// What a call of a well-known function, or of one of the unit, gives.
fn result<'p>(context: &Context<'p>, call: NodeId) -> Option<Type<'p>> {
    let tree = context.tree();
    match library(context, call) {
        "strlen" | "wcslen" | "strnlen" | "fread" | "fwrite" | "strftime" => Some(Type::Integer(8, false)),
        "read" | "write" | "recv" | "send" | "readlink" | "lseek" | "ftell" | "strtol" | "atol" | "labs" => {
            Some(Type::Integer(8, true))
        }
        "strtoul" => Some(Type::Integer(8, false)),
        "atoi" | "abs" | "rand" | "getchar" | "fgetc" | "getc" | "strcmp" | "strncmp" | "memcmp" | "printf"
        | "snprintf" | "toupper" | "tolower" => Some(Type::Integer(4, true)),
        "atof" | "strtod" | "sqrt" | "pow" | "floor" | "ceil" | "fabs" => Some(Type::Float(8)),
        "getenv" | "strdup" | "strchr" | "strrchr" | "strstr" | "strtok" | "strerror" | "fgets" | "strcpy"
        | "strcat" => Some(Type::Pointer("char", 0)),
        "malloc" | "calloc" | "realloc" => Some(Type::Pointer("void", 0)),
        _ => {
            let function = context.flow().data().called(call)?;
            let kind = tree.child(function, Field::Type)?;
            let (from, to) = (tree.span(kind).end, tree.name_span(function).start);
            let stars = super::between(context, from, to).matches('*').count();
            named(context.source(kind), stars)
        }
    }
}
