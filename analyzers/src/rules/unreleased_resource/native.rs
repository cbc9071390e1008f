//! CWE-401, CWE-775: memory or a file that is never given back on some way.

use crate::concept;
use crate::finding::{Confidence, Step};
use crate::graph::Edge;
use crate::rule::c::paths::{Next, Use, after, presence, uses};
use crate::rule::c::result::mentions;
use crate::rule::c::{arguments, declarations, declared, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// What makes something, and whether it is a file.
const MAKERS: &[(&str, bool)] = &[
    ("malloc", false),
    ("calloc", false),
    ("strdup", false),
    ("strndup", false),
    ("fopen", true),
    ("fdopen", true),
    ("popen", true),
    ("tmpfile", true),
    ("opendir", true),
    ("open", true),
    ("socket", true),
    ("creat", true),
    ("accept", true),
];

/// Functions that only look at what they are given.
const BORROWS: &[&str] = &[
    "strcpy",
    "strncpy",
    "strcat",
    "strncat",
    "memcpy",
    "memset",
    "memmove",
    "sprintf",
    "snprintf",
    "printf",
    "fprintf",
    "fputs",
    "fgets",
    "fread",
    "fwrite",
    "fscanf",
    "fgetc",
    "getc",
    "fputc",
    "putc",
    "puts",
    "strlen",
    "strcmp",
    "strncmp",
    "memcmp",
    "fseek",
    "ftell",
    "rewind",
    "feof",
    "ferror",
    "fflush",
    "fileno",
    "read",
    "write",
    "lseek",
    "fstat",
    "readdir",
    "getline",
    "strchr",
    "strrchr",
    "strstr",
    "atoi",
    "perror",
    "setvbuf",
    "setbuf",
    "fgetpos",
    "ungetc",
    "connect",
    "bind",
    "listen",
    "send",
    "recv",
    "setsockopt",
    "wcscpy",
    "vfprintf",
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let file = if context.kind(node) == Kind::New {
        if tree.child(node, Field::Callee).is_none() || tree.child(node, Field::Item).is_some() {
            return;
        }
        false
    } else {
        let name = library(context, node);
        let Some(&(_, file)) = MAKERS.iter().find(|(known, _)| *known == name) else { return };
        file
    };
    let mut at = node;
    let target = loop {
        let Some(above) = tree.parent(at) else { return };
        match context.kind(above) {
            Kind::Cast => at = above,
            Kind::Assign if tree.field(at) == Field::Value => break tree.child(above, Field::Target),
            _ => return,
        }
    };
    let Some(target) = target.filter(|&target| context.kind(target) == Kind::Name) else { return };
    let Some(function) = context.body(node) else { return };
    let Some(own) = declared(context, target) else { return };
    let head = context.source(own.node).split('=').next().unwrap_or_default();
    let kind = own.kind.trim();
    if own.parameter
        || own.reference
        || !tree.contains(function, own.node)
        || head.starts_with("static")
        || (own.stars == 0 && !matches!(kind, "int" | "SOCKET" | "auto"))
        || own.stars > 1
    {
        return;
    }
    let name = context.source(target);
    // Through another name or its address it may be given back as well.
    let aliased = tree.subtree(function).take(6_000).any(|part| {
        context.kind(part) == Kind::Unary
            && context.name(part) == "&"
            && tree.child(part, Field::Value).is_some_and(|inner| context.source(inner) == name)
    });
    if aliased || context.source(function).starts_with('#') {
        return;
    }
    let control = &context.flow().data().control;
    let mut overwritten = false;
    let ends = after(
        context,
        node,
        |vertex, edge| {
            let Some(&step) = control.nodes.get(vertex as usize) else { return true };
            let Some(test) = tree.child(step, Field::Test) else { return edge != Edge::Exception };
            match (presence(context, test, name), edge) {
                (Some(true), Edge::False) | (Some(false), Edge::True) => false,
                _ => edge != Edge::Exception,
            }
        },
        |step, vertex| {
            for each in uses(context, name, step, vertex) {
                match each {
                    Use::Set => {
                        // Another value over it, and nothing points to it any more.
                        let over = context.kind(step) == Kind::Assign
                            && tree.child(step, Field::Target).is_some_and(|it| context.source(it) == name)
                            && tree.child(step, Field::Value).is_some_and(|it| !mentions(context, it, name));
                        overwritten |= over && tree.ancestors(node).all(|above| above != step);
                        return Next::Stop;
                    }
                    Use::Kept(_) => return Next::Stop,
                    Use::Passed(call) if context.kind(call) != Kind::Call => return Next::Stop,
                    Use::Passed(call) if !BORROWS.contains(&library(context, call)) => return Next::Stop,
                    Use::Passed(_) | Use::Reached(_) | Use::Seen => {}
                }
            }
            let leaves = tree.subtree(step).take(200).any(|part| {
                context.kind(part) == Kind::Call
                    && matches!(
                        library(context, part),
                        "exit"
                            | "_exit"
                            | "abort"
                            | "_Exit"
                            | "err"
                            | "errx"
                            | "longjmp"
                            | "quick_exit"
                            | "pthread_exit"
                            | "execv"
                            | "execvp"
                            | "execl"
                            | "execlp"
                            | "execve"
                    )
                    && control.vertex(part) == vertex
            });
            if leaves || context.kind(step) == Kind::Raise { Next::Stop } else { Next::On }
        },
    );
    if !(ends.leaves || overwritten) || arguments(context, node).is_empty() && context.kind(node) == Kind::Call && !file
    {
        return;
    }
    let (message, cwe): (_, &[u16]) = if file {
        ("The file or descriptor is not closed on some way.", &[775, 772, 404])
    } else {
        ("The memory is not freed on some way.", &[401, 772, 404])
    };
    let report = Report::issue(node, concept::RESOURCE_LEAK, message).cwe(cwe).confidence(Confidence::Medium);
    let mut trace = declarations(context, target);
    let last = ends.last.filter(|&last| last > node && !overwritten);
    trace.extend(last.map(|last| Step { span: tree.span(last), note: "the way ends here".to_owned() }));
    found.push(context, report.trace(trace));
}
