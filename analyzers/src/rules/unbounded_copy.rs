//! CWE-120: a copy into a buffer whose length nothing limits.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::format::{self, Part, printed};
use crate::rule::c::{self as sizes, arguments, capacity, library, longest};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, cpp};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "unbounded-copy",
    cwe: &[120, 787, 676],
    severity: Severity::High,
    summary: "Text is copied into a buffer without a limit on its length.",
    advice: "Use a function that takes the size of the buffer (snprintf, fgets, strlcpy) and give it sizeof the buffer; check that nothing was cut off.",
    rows: &[c_row(&[Kind::Call], check), c_row(&[Kind::Binary], extraction)],
    bad: &[
        c("void f(void) { char line[80]; gets(line); }\n"),
        c("int main(int argc, char **argv) { char name[32]; strcpy(name, argv[1]); return 0; }\n"),
        c("void f(void) { char b[8]; strcpy(b, \"much too long\"); }\n"),
        c("#define COPY(d, s) strcpy(d, s)\nvoid f(void) { char b[8]; COPY(b, getenv(\"HOME\")); }\n"),
        c("void f(int n) { char b[8]; sprintf(b, \"value: %d\", n); }\n"),
        c("void f(void) { char word[16]; scanf(\"%s\", word); }\n"),
        c("void f(void) { char word[16]; scanf(\"%16s\", word); }\n"),
        c("void f(void) { char b[16]; strcpy(b, \"/tmp/\"); strcat(b, getenv(\"USER\")); }\n"),
        c("void f(int s) { char in[512], out[64]; recv(s, in, sizeof in, 0); sprintf(out, \"got %s\", in); }\n"),
        cpp("#include <cstring>\nint main(int argc, char **argv) { char b[10]; std::strcpy(b, argv[1]); }\n"),
        cpp("#include <iostream>\nint main() { char b[10]; std::cin >> b; }\n"),
    ],
    good: &[
        c("void f(void) { char b[8]; strcpy(b, \"short\"); }\n"),
        c("void f(const char *s) { char b[8]; snprintf(b, sizeof b, \"%s\", s); }\n"),
        c("void f(int n) { char b[32]; sprintf(b, \"value: %d\", n); }\n"),
        c("void f(void) { char word[16]; scanf(\"%15s\", word); }\n"),
        c("char *copy(const char *s) { char *d = malloc(strlen(s) + 1); if (d) strcpy(d, s); return d; }\n"),
        c("void f(void) { char a[10], b[20]; fgets(a, sizeof a, stdin); strcpy(b, a); }\n"),
        c("void strcpy_all(char *gets) { gets = 0; }\n"),
        c("void f(const char *s) { char b[8]; if (strlen(s) >= sizeof(b)) return; strcpy(b, s); }\n"),
        cpp("#include <iostream>\nint main() { std::string s; std::cin >> s; }\n"),
    ],
};

/// Functions that copy the text at the second place.
const COPIES: &[&str] = &[
    "strcpy", "wcscpy", "stpcpy", "wcpcpy", "_mbscpy", "_tcscpy", "lstrcpy", "lstrcpyA", "lstrcpyW", "StrCpy",
    "StrCpyA", "StrCpyW", "_mbccpy", "strcpyA", "strcpyW", "_tccpy",
];

/// Functions that add the text at the second place.
const ADDITIONS: &[&str] = &[
    "strcat", "wcscat", "_mbscat", "_tcscat", "lstrcat", "lstrcatA", "lstrcatW", "StrCat", "StrCatA", "StrCatW",
    "streadd", "strtrns",
];

/// Functions that print into the first place, and where their format stands.
const PRINTS: &[&str] = &["sprintf", "wsprintf", "wsprintfA", "wsprintfW", "_stprintf"];

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let mut name = library(context, call);
    // `ACE_OS::strcpy` and its like do the same.
    if context.tree().child(call, Field::Callee).is_some_and(|callee| context.source(callee).contains("::")) {
        name = name.rsplit('.').next().unwrap_or(name);
    }
    let given = arguments(context, call);
    match name {
        "gets" | "_getws" | "getws" | "_getts" if given.len() == 1 => {
            let message = "gets cannot know the size of the buffer: a longer line overwrites what follows it.";
            found.push(context, Report::issue(call, concept::UNBOUNDED_COPY, message).cwe(&[242, 120, 787, 676]));
        }
        _ if COPIES.contains(&name) => copy(context, call, &given, false, found),
        _ if ADDITIONS.contains(&name) => copy(context, call, &given, true, found),
        _ if PRINTS.contains(&name) => print(context, call, &given, found),
        "vsprintf" | "vswprintf" | "_vstprintf" if given.len() == 3 => {
            let message = "vsprintf does not know the size of the buffer.";
            let known = given.first().is_some_and(|&to| capacity(context, to).is_some());
            let report = if known {
                Report::issue(call, concept::UNBOUNDED_COPY, message).confidence(Confidence::Low)
            } else {
                audit(call, message)
            };
            found.push(context, report);
        }
        "vscanf" | "vwscanf" => varying_scan(context, call, given.first().copied(), found),
        "vsscanf" | "vswscanf" if given.first().is_some_and(|&from| context.is_constant(from)) => {}
        "vfscanf" | "vsscanf" | "vfwscanf" | "vswscanf" => varying_scan(context, call, given.get(1).copied(), found),
        "scanf" | "wscanf" | "_tscanf" => scan(context, call, &given, 0, found),
        "fscanf" | "sscanf" | "fwscanf" | "swscanf" => scan(context, call, &given, 1, found),
        _ => {}
    }
}

fn audit(call: NodeId, message: &'static str) -> Report {
    Report::audit(call, concept::UNBOUNDED_COPY, message)
}

/// `strcpy(to, from)`, `strcat(to, from)`.
fn copy(context: &Context<'_>, call: NodeId, given: &[NodeId], adds: bool, found: &mut Findings) {
    let &[to, from] = given else { return };
    let room = capacity(context, to);
    let length = longest(context, from);
    let constant = context.is_constant(from);
    match (room, length) {
        (Some(room), Some(length)) if length >= room => {
            let report = Report::issue(call, concept::UNBOUNDED_COPY, "The text can be longer than the buffer.");
            let sure = if constant { Confidence::High } else { Confidence::Medium };
            return found.push(context, report.confidence(sure).trace(sizes::buffer(context, to)));
        }
        (Some(room), Some(length)) if length < room && !adds => {
            let message = "The text fits today; nothing holds it to the buffer tomorrow.";
            return found.push(context, audit(call, message).trace(sizes::buffer(context, to)));
        }
        _ => {}
    }
    if sized_by(context, to, from) {
        let message = "The length of the text is looked at elsewhere, not by the copy.";
        return found.push(context, audit(call, message).trace(sizes::buffer(context, to)));
    }
    if let Some((origin, checked)) = outside(context, from, Source::Environment)
        && !checked
    {
        let trace = context.flow().trace(from, origin);
        let message = format!("The length of {} is not limited by the size of the buffer.", origin.source.name());
        let sure = if room.is_some() { Confidence::High } else { Confidence::Medium };
        return found
            .push(context, Report::issue(call, concept::UNBOUNDED_COPY, message).confidence(sure).trace(trace));
    }
    let message = if adds {
        "Text is added to the buffer without a limit."
    } else {
        "Text is copied into the buffer without a limit."
    };
    // A buffer of a fixed size, and a text whose length nothing here knows.
    let fixed = || sizes::declared(context, to).is_some_and(|own| own.array);
    if (room.is_some() || fixed()) && length.is_none() && is_unknown(context, from) {
        let message = "Nothing keeps the text from being longer than the buffer.";
        let report = Report::issue(call, concept::UNBOUNDED_COPY, message).confidence(Confidence::Low);
        return found.push(context, report.trace(sizes::buffer(context, to)));
    }
    found.push(context, audit(call, message).trace(sizes::buffer(context, to)));
}

/// Whether a text comes from somebody else: a parameter, a member or what a function gave.
fn is_unknown(context: &Context<'_>, from: NodeId) -> bool {
    let base = crate::lang::memory::base(context.tree(), context.text(), from);
    let Some(base) = base else { return false };
    if context.kind(base) == Kind::Attribute {
        return !sizes::declared(context, base).is_some_and(|own| own.array);
    }
    let definitions = context.flow().data().definitions_of(base);
    // A variable of another unit, or one whose declaration is cut away.
    if definitions.is_empty() {
        return context.kind(base) == Kind::Name
            && sizes::declared(context, base).is_none()
            && !context.name(base).chars().all(|letter| letter.is_uppercase() || !letter.is_alphabetic());
    }
    definitions.iter().all(|&at| match context.flow().data().definitions[at as usize].value {
        crate::graph::dfg::Value::Parameter(_) => true,
        crate::graph::dfg::Value::Expression(value) => match context.kind(value) {
            Kind::Call => !matches!(library(context, value), "malloc" | "calloc" | "strerror" | "inet_ntoa"),
            Kind::Attribute | Kind::Subscript => true,
            _ => false,
        },
        _ => false,
    })
}

/// The outside value of at least this strength in an expression, and whether its length was looked at.
fn outside(context: &Context<'_>, node: NodeId, least: Source) -> Option<(crate::taint::Origin, bool)> {
    let origin = context.flow().tainted(node, Purposes::DATA)?;
    (origin.source >= least && origin.source != Source::Parameter).then_some((origin, origin.checked))
}

/// Whether the buffer was allocated by the length of the text, or its length is compared before.
fn sized_by(context: &Context<'_>, to: NodeId, from: NodeId) -> bool {
    let (to, from) = (context.source(to), context.source(from));
    let value = |text: &str| text.trim_matches(['(', ')', '&', '*', ' ']).to_owned();
    let (to, from) = (value(to), value(from));
    let text = context.text();
    if to.is_empty() || from.is_empty() {
        return false;
    }
    let measured = format!("strlen({from})");
    text.contains(&measured)
}

/// `sprintf(to, format, …)`.
fn print(context: &Context<'_>, call: NodeId, given: &[NodeId], found: &mut Findings) {
    let [to, format, rest @ ..] = given else { return };
    let room = capacity(context, *to);
    let Some(text) = context.string(*format) else {
        if room.is_some() && is_unknown(context, *format) {
            let message = "The format is made elsewhere: nothing keeps the text from being longer than the buffer.";
            let report = Report::issue(call, concept::UNBOUNDED_COPY, message).confidence(Confidence::Low);
            return found.push(context, report.trace(sizes::buffer(context, *to)));
        }
        return found.push(
            context,
            audit(call, "sprintf does not know the size of the buffer.").trace(sizes::buffer(context, *to)),
        );
    };
    let most = printed(context, text, rest);
    if let Some(room) = room {
        match most {
            Ok(most) if most < room => {
                let message = "The text fits today; nothing holds it to the buffer tomorrow.";
                return found.push(context, audit(call, message).trace(sizes::buffer(context, *to)));
            }
            Ok(most) if most >= room => {
                let message = "What is printed can be longer than the buffer.";
                let sure = if most > 2 * room { Confidence::High } else { Confidence::Medium };
                return found.push(
                    context,
                    Report::issue(call, concept::UNBOUNDED_COPY, message).cwe(&[787, 120, 805]).confidence(sure),
                );
            }
            Err(least) if least >= room => {
                let message = "What is printed is longer than the buffer.";
                return found
                    .push(context, Report::issue(call, concept::UNBOUNDED_COPY, message).cwe(&[787, 120, 805]));
            }
            _ => {}
        }
    }
    let texts = format::parts(text).into_iter().filter_map(|part| match part {
        Part::Directive(directive) => Some(directive),
        Part::Text(_) => None,
    });
    for (directive, &argument) in texts.zip(rest) {
        if directive.letter != 's' || directive.precision.is_some() || directive.star_precision {
            continue;
        }
        if let Some((origin, false)) = outside(context, argument, Source::Environment) {
            let trace = context.flow().trace(argument, origin);
            let message = format!("The length of {} is not limited by the size of the buffer.", origin.source.name());
            return found.push(context, Report::issue(call, concept::UNBOUNDED_COPY, message).trace(trace));
        }
        if room.is_some()
            && directive.width.is_none()
            && longest(context, argument).is_none()
            && is_unknown(context, argument)
            && !sized_by(context, *to, argument)
        {
            let message = "Nothing keeps the text from being longer than the buffer.";
            let report = Report::issue(call, concept::UNBOUNDED_COPY, message).confidence(Confidence::Low);
            return found.push(context, report.trace(sizes::buffer(context, *to)));
        }
    }
    let message = "sprintf does not know the size of the buffer.";
    found.push(context, audit(call, message).trace(sizes::buffer(context, *to)));
}

/// `vscanf("%s", list)`: where the text goes is not seen, and nothing limits it.
fn varying_scan(context: &Context<'_>, call: NodeId, format: Option<NodeId>, found: &mut Findings) {
    let Some(text) = format.and_then(|format| context.string(format)) else { return };
    let open = format::parts(text).iter().any(|part| {
        matches!(part, Part::Directive(directive)
            if matches!(directive.letter, 's' | '[') && directive.width.is_none() && !directive.star)
    });
    if open {
        let message = "A word of any length is read into the buffer: give the directive a width.";
        found.push(context, Report::issue(call, concept::UNBOUNDED_COPY, message));
    }
}

/// `scanf("%s", to)`: a width that leaves room for the end mark is needed.
fn scan(context: &Context<'_>, call: NodeId, given: &[NodeId], at: usize, found: &mut Findings) {
    let Some(text) = given.get(at).and_then(|&format| context.string(format)) else { return };
    let stored = format::parts(text).into_iter().filter_map(|part| match part {
        Part::Directive(directive) if !directive.star => Some(directive),
        _ => None,
    });
    // What is read from a text that fits is no longer than it.
    let source = if library(context, call).starts_with('s') && at == 1 { given.first().copied() } else { None };
    let source = source.and_then(|source| longest(context, source));
    for (directive, &to) in stored.zip(given.iter().skip(at + 1)) {
        if !matches!(directive.letter, 's' | '[' | 'S') {
            continue;
        }
        let room = capacity(context, to);
        match (directive.width, room) {
            (Some(width), Some(room)) if width < room => continue,
            (Some(_), None) => continue,
            (None, Some(room)) if source.is_some_and(|length| length < room) => continue,
            // A text that does not change.
            (None, None) if source.is_some() && given.first().is_some_and(|&from| context.is_constant(from)) => {
                continue;
            }
            _ => {}
        }
        let message = if directive.width.is_some() {
            "The width leaves no room for the end mark in the buffer."
        } else {
            "A word of any length is read into the buffer: give the directive a width."
        };
        return found.push(context, Report::issue(call, concept::UNBOUNDED_COPY, message));
    }
}

/// `cin >> buffer` with an array of characters.
fn extraction(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.name(node) != ">>" {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let mut stream = left;
    for _ in 0..16 {
        match tree.child(stream, Field::Left) {
            Some(inner) if context.kind(stream) == Kind::Binary => stream = inner,
            _ => break,
        }
    }
    let is_input = context.path(stream) == "cin"
        || context.program().names.type_of(stream).is_some_and(|kind| kind.ends_with("stream"));
    let characters = crate::rule::c::declared(context, right).is_some_and(|it| it.array && it.kind.ends_with("char"));
    if is_input && characters && !context.source(left).contains("setw") && !context.text().contains(".width(") {
        let message = "A word of any length is read into the array: use std::string, or set the width first.";
        found.push(context, Report::issue(node, concept::UNBOUNDED_COPY, message));
    }
}
