//! CWE-685, CWE-686: a format that does not fit the number or the types of its arguments.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::arguments;
use crate::rule::c::format::{self, Directive, Part};
use crate::rule::c::types::{Type, type_of};
use crate::rule::{Context, Findings, Report, Rule, c, c_row};
use crate::syntax::{Kind, NodeId};

use super::format_string::native as format_string;

pub(crate) const RULE: Rule = Rule {
    id: "format-arguments",
    cwe: &[686, 685, 628],
    severity: Severity::Medium,
    summary: "A format does not fit its arguments.",
    advice: "Give each directive exactly one argument of its type: %zu for size_t, %ld for long, %s for a text.",
    rows: &[c_row(&[Kind::Call], check)],
    bad: &[
        c("#include <stdio.h>\nvoid f(void) { printf(\"%s\\n\", 1); }\n"),
        c("#include <stdio.h>\nvoid f(const char *s) { printf(\"%d\\n\", s); }\n"),
        c("#include <stdio.h>\nvoid f(int a) { printf(\"%d %d\\n\", a); }\n"),
        c("#include <stdio.h>\nvoid f(double d) { printf(\"%d\\n\", d); }\n"),
        c("#include <stdio.h>\nvoid f(long n) { printf(\"%d\\n\", n); }\n"),
    ],
    good: &[
        c("#include <stdio.h>\nvoid f(int a, const char *s) { printf(\"%d %s %c %%\\n\", a, s, 'x'); }\n"),
        c("#include <stdio.h>\nvoid f(size_t n, long m, void *p) { printf(\"%zu %ld %p\\n\", n, m, p); }\n"),
        c("#include <stdio.h>\nvoid f(int w, double d) { printf(\"%*d %.*f\\n\", w, 3, w, d); }\n"),
        c("#include <stdio.h>\nvoid f(float x, unsigned char c) { printf(\"%f %d\\n\", x, c); }\n"),
    ],
};

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(place) = format_string::place(context, call) else { return };
    let given = arguments(context, call);
    let Some(text) = given.get(place.at).and_then(|&format| context.string(format)) else { return };
    if place.list || context.has_spread(call) {
        return;
    }
    let values = given.get(place.at + 1..).unwrap_or_default();
    let (mut next, mut wanted, mut wrong) = (0, 0, false);
    for part in format::parts(text) {
        let Part::Directive(directive) = part else { continue };
        if directive.letter == 'm' && !place.scans || place.scans && directive.star {
            continue;
        }
        let mut take = |at: Option<usize>| {
            let index = at.map_or(next, |at| at.saturating_sub(1));
            if at.is_none() {
                next += 1;
            }
            wanted = wanted.max(index + 1);
            values.get(index).copied()
        };
        let [at, width, precision] = directive.places;
        for (star, at) in [(directive.star && !place.scans, width), (directive.star_precision, precision)] {
            // A width is a number.
            let given = if star { take(at) } else { None };
            wrong |=
                matches!(given.and_then(|value| type_of(context, value)), Some(Type::Pointer(..) | Type::Float(_)));
        }
        let value = take(at);
        if directive.length.starts_with('I') && !place.scans {
            wrong |= value
                .and_then(|value| windows_size(context, value))
                .is_some_and(|size| size != if directive.length == "I64" { 8 } else { 4 });
        }
        wrong |= value.and_then(|value| type_of(context, value)).is_some_and(|of| {
            !(if place.scans { stored(&directive, of) } else { printed(&directive, of, place.wide) })
        });
    }
    let count = given.len() - place.at - 1;
    let strange = format::parts(text).into_iter().any(
        |part| matches!(part, Part::Directive(directive) if !"diouxXeEfFgGaAcsSCpnm[Z".contains(directive.letter)),
    );
    if wanted > count && !strange {
        let message = "The format asks for more arguments than there are.";
        let report = Report::issue(call, concept::FORMAT_STRING, message).cwe(&[685, 234, 628]);
        found.push(context, report.trace(crate::rule::c::declarations(context, call)));
    }
    if wrong {
        let message = "An argument has another type than its directive asks for.";
        let report = Report::issue(call, concept::FORMAT_STRING, message).cwe(&[686, 628]);
        found.push(context, report.confidence(Confidence::Medium).trace(crate::rule::c::declarations(context, call)));
    }
}

/// Bytes of a declared whole number on Windows, small ones widened.
fn windows_size(context: &Context<'_>, value: NodeId) -> Option<i64> {
    let own = crate::rule::c::declared(context, value).filter(crate::rule::c::Declared::is_integer)?;
    let longs = own.kind.split_whitespace().filter(|word| *word == "long").count();
    let (size, _) = crate::rule::c::integer(own.kind)?;
    Some(if longs == 1 { 4 } else { size.max(4) })
}

/// Whether a value of a type can be printed by a directive.
fn printed(directive: &Directive, of: Type<'_>, wide: bool) -> bool {
    let size = match directive.length.as_str() {
        "hh" | "h" | "" | "w" | "I32" => 4,
        _ => 8,
    };
    match (directive.letter, of) {
        _ if directive.length == "w" => true,
        // On Windows `long` has 32 bits.
        // Looked at by itself: on Windows `long` has 32 bits.
        (_, Type::Integer(..)) if directive.length.starts_with('I') => true,
        ('d' | 'i' | 'u' | 'x' | 'X' | 'o', Type::Integer(actual, _)) => actual.max(4) == size,
        ('c', Type::Integer(actual, _)) => actual <= 4,
        ('s' | 'S', Type::Pointer(kind, stars)) => {
            let characters = kind.split_whitespace().last().unwrap_or_default();
            let is_wide = matches!(characters, "wchar_t" | "WCHAR" | "char16_t");
            let is_text = is_wide || integer_of_one(characters) || matches!(characters, "void" | "TCHAR");
            let wants_wide = directive.length == "l" || directive.letter == 'S';
            if directive.letter == 'S' && !wide && integer_of_one(characters) {
                return false;
            }
            if directive.letter == 'S' {
                // Wide on Unix, the other kind on Windows.
                return stars == 0;
            }
            if !is_text {
                // What a type name stands for is not known.
                return stars > 0 || !known(characters);
            }
            stars == 0 && (wide || characters == "void" || characters == "TCHAR" || is_wide == wants_wide)
        }
        ('f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'a' | 'A', Type::Float(actual)) => {
            actual > 8 || !matches!(directive.length.as_str(), "L" | "ll" | "q")
        }
        ('p', Type::Pointer(..)) => true,
        ('p', Type::Integer(size, _)) => size == 8,
        ('n', _) => true,
        (
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' | 'c' | 's' | 'S' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'a' | 'A' | 'p',
            _,
        ) => false,
        _ => true,
    }
}

fn integer_of_one(word: &str) -> bool {
    crate::rule::c::integer(word).is_some_and(|(size, _)| size == 1)
}

fn known(word: &str) -> bool {
    crate::rule::c::integer(word).is_some() || matches!(word, "float" | "double")
}

/// Whether a directive of `scanf` can store into what a value of a type points to.
fn stored(directive: &Directive, of: Type<'_>) -> bool {
    let Type::Pointer(kind, 0) = of else {
        return !matches!(of, Type::Integer(..) | Type::Float(_));
    };
    let size = match directive.length.as_str() {
        "hh" => 1,
        "h" => 2,
        "" => 4,
        _ => 8,
    };
    match directive.letter {
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' => crate::rule::c::integer(kind).is_none_or(|(actual, _)| actual == size),
        _ => true,
    }
}
