//! CWE-170: a buffer is read as text although nothing put an end mark into it.

use crate::concept;
use crate::finding::{Confidence, Severity, Step};
use crate::lang::memory;
use crate::rule::c::paths::{Next, after, evaluated};
use crate::rule::c::{arguments, capacity, declared, evaluate, library, longest};
use crate::rule::{Context, Findings, Report, Rule, c, c_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "missing-terminator",
    cwe: &[170, 665],
    severity: Severity::Medium,
    summary: "A buffer is read as text although nothing put an end mark into it.",
    advice: "Set the last byte to 0 after read, readlink and strncpy, and give buffers a first value.",
    rows: &[c_row(&[Kind::Assign], declaration), c_row(&[Kind::Call], filled)],
    bad: &[
        c("#include <string.h>\nint f(void) { char name[64]; strcat(name, \"x\"); return 0; }\n"),
        c(
            "#include <unistd.h>\nvoid f(const char *p) { char name[64]; readlink(p, name, sizeof(name)); puts(name); }\n",
        ),
        c(
            "#include <string.h>\nvoid f(const char *s) { char name[64]; strncpy(name, s, sizeof(name)); printf(\"%s\", name); }\n",
        ),
        c("#include <unistd.h>\nint f(int fd) { char line[64]; read(fd, line, sizeof(line)); return strlen(line); }\n"),
    ],
    good: &[
        c("#include <string.h>\nint f(void) { char name[64] = \"\"; strcat(name, \"x\"); return 0; }\n"),
        c("#include <string.h>\nint f(void) { char name[64]; name[0] = 0; strcat(name, \"x\"); return 0; }\n"),
        c(
            "#include <unistd.h>\nvoid f(const char *p) { char name[64]; int n = readlink(p, name, sizeof(name) - 1); if (n < 0) return; name[n] = 0; puts(name); }\n",
        ),
        c(
            "#include <string.h>\nvoid f(const char *s) { char name[64]; strncpy(name, s, sizeof(name) - 1); name[63] = 0; printf(\"%s\", name); }\n",
        ),
        c(
            "#include <unistd.h>\nint f(int fd) { char line[64]; memset(line, 0, sizeof(line)); read(fd, line, sizeof(line) - 1); return strlen(line); }\n",
        ),
        c(
            "#include <stdio.h>\nint f(int c) { char name[64]; if (c) { fill(name); return strlen(name); } return 0; }\n",
        ),
    ],
};

/// Functions that read the text at these places.
const READERS: &[(&str, &[usize])] = &[
    ("strlen", &[0]),
    ("strdup", &[0]),
    ("strcat", &[0, 1]),
    ("strcpy", &[1]),
    ("strcmp", &[0, 1]),
    ("strcasecmp", &[0, 1]),
    ("strchr", &[0]),
    ("strrchr", &[0]),
    ("strstr", &[0, 1]),
    ("strtok", &[0]),
    ("puts", &[0]),
    ("fputs", &[0]),
    ("atoi", &[0]),
    ("atol", &[0]),
    ("strtol", &[0]),
    ("strtoul", &[0]),
    ("system", &[0]),
    ("fopen", &[0]),
    ("open", &[0]),
    ("unlink", &[0]),
];

/// Functions that fill a buffer without an end mark: name, buffer, size.
const FILLERS: &[(&str, usize, usize)] = &[
    ("read", 1, 2),
    ("recv", 1, 2),
    ("recvfrom", 1, 2),
    ("pread", 1, 2),
    ("readlink", 1, 2),
    ("readlinkat", 2, 3),
    ("strncpy", 0, 2),
    ("fread", 0, 2),
    ("SSL_read", 1, 2),
];

/// What a step does to the buffer.
enum Does {
    /// Nothing that matters.
    Nothing,
    /// It reads it as text.
    Reads,
    /// It ends the text, or may.
    Ends,
}

/// An array of characters without a first value.
fn declaration(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if tree.child(node, Field::Value).is_some() || context.body(node).is_none() {
        return;
    }
    let Some(target) = tree.child(node, Field::Target).filter(|&target| context.kind(target) == Kind::Name) else {
        return;
    };
    let Some(own) = declared(context, target).filter(|own| own.node == node && own.array && own.stars == 0) else {
        return;
    };
    let is_static = ["static", "extern"].iter().any(|word| context.source(node).starts_with(word));
    let local =
        tree.parent(node).is_some_and(|block| matches!(context.kind(block), Kind::Block | Kind::Module | Kind::Error))
            && !tree.ancestors(node).any(|above| context.kind(above) == Kind::Class);
    if is_static || !local || !matches!(own.kind.split_whitespace().last(), Some("char" | "wchar_t")) {
        return;
    }
    let name = context.source(target);
    report(context, node, name, found);
}

/// A call that fills a buffer to its end.
fn filled(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let Some(&(_, at, size)) = FILLERS.iter().find(|(known, ..)| *known == name) else { return };
    let given = arguments(context, call);
    let (Some(&buffer), Some(&size)) = (given.get(at), given.get(size)) else { return };
    let Some(own) = declared(context, buffer).filter(|own| own.array && own.stars == 0) else { return };
    if !matches!(context.kind(buffer), Kind::Name | Kind::Attribute) || !own.kind.trim().ends_with("char") {
        return;
    }
    let most = given.get(1).filter(|_| name == "strncpy").and_then(|&from| longest(context, from));
    // Sizes that are only known by name are the same where they read the same.
    let whole = || {
        let written = context.tree().child(own.node, Field::Index).map(|index| context.source(index));
        written.is_some_and(|written| written == context.source(size)) && most.is_none()
    };
    let full = match (capacity(context, buffer), evaluate(context, size)) {
        (Some(room), Some(size)) => size >= room && most.is_none_or(|most| most >= size),
        _ => whole(),
    };
    if full {
        report(context, call, context.source(buffer), found);
    }
}

/// Reports the first place after `from` that reads the text.
fn report(context: &Context<'_>, from: NodeId, name: &str, found: &mut Findings) {
    let tree = context.tree();
    let block = tree.parent(tree.statement(from));
    let mut at = None;
    after(
        context,
        from,
        |_, edge| edge != crate::graph::Edge::Exception,
        |step, vertex| match does(context, step, vertex, name) {
            Does::Nothing => Next::On,
            Does::Ends => Next::Stop,
            Does::Reads => {
                at = Some(at.map_or(step, |known: NodeId| known.min(step)));
                Next::Stop
            }
        },
    );
    let Some(at) = at else { return };
    // Under a condition of its own it may be read only where it was ended.
    let apart = tree.parent(tree.statement(at)) != block;
    let ended = (from.0 + 1..at.0).map(NodeId).take(4_000).any(|node| {
        tree.field(node) == Field::Target && context.source(node).starts_with(name)
            || context.kind(node) == Kind::Call && may_end(context, node, name)
    });
    if apart && ended {
        return;
    }
    let message = "The buffer is read as text, and nothing has put an end mark into it.";
    let report = Report::issue(at, concept::WRONG_BOUND, message).cwe(&[170, 665, 125]);
    let declared = Step { span: tree.span(from), note: "without an end mark from here".to_owned() };
    found.push(context, report.confidence(Confidence::Medium).trace(vec![declared]));
}

fn does(context: &Context<'_>, step: NodeId, vertex: u32, name: &str) -> Does {
    let tree = context.tree();
    let mut reads = false;
    for node in evaluated(context, step, vertex) {
        if !matches!(context.kind(node), Kind::Name | Kind::Attribute) || context.source(node) != name {
            continue;
        }
        let Some(above) = tree.parent(node) else { continue };
        match (context.kind(above), tree.field(node)) {
            (Kind::Unary, _) if context.name(above) == "sizeof" => {}
            (Kind::Type, _) => {}
            (Kind::Subscript, Field::Object) | (Kind::Unary, _) if tree.field(above) == Field::Target => {
                let assign = tree.parent(above);
                let value = assign.and_then(|assign| tree.child(assign, Field::Value));
                // Only a character that is known not to be the end mark leaves it without one.
                if value.is_none_or(|value| evaluate(context, value).is_none_or(|value| value == 0)) {
                    return Does::Ends;
                }
            }
            (Kind::Subscript, Field::Object) => {}
            (Kind::Call, Field::Argument) => match called(context, above, node) {
                Does::Ends => return Does::Ends,
                Does::Reads => reads = true,
                Does::Nothing => {}
            },
            (Kind::Assign, Field::Target) if context.kind(step) == Kind::Assign => {}
            _ => return Does::Ends,
        }
    }
    if reads { Does::Reads } else { Does::Nothing }
}

/// What a call does to the buffer that it is given.
fn called(context: &Context<'_>, call: NodeId, buffer: NodeId) -> Does {
    let name = library(context, call);
    let given = arguments(context, call);
    let place = given.iter().position(|&part| part == buffer).unwrap_or(0);
    if let Some((_, places)) = READERS.iter().find(|(known, _)| *known == name) {
        return if places.contains(&place) { Does::Reads } else { Does::Ends };
    }
    let format = match name {
        "printf" => 0,
        "fprintf" | "sprintf" | "dprintf" => 1,
        "snprintf" => 2,
        _ if FILLERS.iter().any(|&(known, at, _)| known == name && at == place) => return Does::Nothing,
        _ => return by_function(context, call, buffer),
    };
    let text = given.get(format).and_then(|&format| context.string(format)).unwrap_or_default();
    let reads = place == format || place > format && text.contains("%s");
    if reads { Does::Reads } else { Does::Ends }
}

/// What a function of the unit does to its parameter.
fn by_function(context: &Context<'_>, call: NodeId, buffer: NodeId) -> Does {
    let tree = context.tree();
    let data = context.flow().data();
    let Some(function) = data.called(call) else { return Does::Ends };
    let given = data.passed(call, function).into_iter().find(|&(value, _)| value == buffer);
    let Some((_, parameter)) = given else { return Does::Ends };
    let name = context.name(parameter);
    let mut reads = false;
    for node in tree.subtree(function).take(2_000) {
        if context.kind(node) != Kind::Name || context.source(node) != name {
            continue;
        }
        let Some(above) = tree.parent(node).filter(|&above| context.kind(above) == Kind::Call) else {
            return Does::Ends;
        };
        let place = arguments(context, above).iter().position(|&part| part == node);
        let callee = library(context, above);
        let read = READERS
            .iter()
            .any(|(known, places)| *known == callee && place.is_some_and(|place| places.contains(&place)));
        if !read {
            return Does::Ends;
        }
        reads = true;
    }
    if reads { Does::Reads } else { Does::Nothing }
}

/// Whether a call may put an end mark into the buffer.
fn may_end(context: &Context<'_>, call: NodeId, name: &str) -> bool {
    let given = arguments(context, call);
    let base = |part: NodeId| memory::base(context.tree(), context.text(), part);
    let ours = given.iter().copied().find(|&part| base(part).is_some_and(|base| context.source(base) == name));
    ours.is_some_and(|part| matches!(called(context, call, part), Does::Ends))
}
