//! Formats of Java: from outside, or with more or fewer arguments than they name.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

/// The format of a call and its arguments.
fn parts(context: &Context<'_>, call: NodeId) -> Option<(NodeId, Vec<NodeId>)> {
    let path = context.callee(call);
    let method = context.method(call);
    let mut arguments: Vec<NodeId> = context.tree().positional(call).collect();
    if method == "formatted" {
        return context
            .object(call)
            .filter(|&object| context.string(object).is_some())
            .map(|object| (object, arguments));
    }
    let known = is_method_of(path, "String", "format")
        || matches!(method, "printf" | "format" | "readLine" | "readPassword")
            && ["PrintStream", "PrintWriter", "Formatter", "Console"]
                .iter()
                .any(|class| is_method_of(path, class, method))
        || matches!(method, "printf" | "format") && (path.contains("System.out.") || path.contains("System.err."));
    if !known || arguments.is_empty() {
        return None;
    }
    let first = *arguments.first()?;
    let kind = context.program().names.type_of(first).unwrap_or_default();
    if kind.ends_with("Locale") || context.path(first).contains("Locale.") {
        arguments.remove(0);
    }
    if arguments.is_empty() {
        return None;
    }
    let format = arguments.remove(0);
    Some((format, arguments))
}

/// A call that formats.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some((format, arguments)) = parts(context, call) else { return };
    if let Some(taint) = context.outside(format, Purposes::SHELL).or_else(|| {
        // A property that a user of the program sets.
        context
            .tainted(format, Purposes::SHELL)
            .filter(|taint| taint.origin.source == crate::taint::Source::Environment && !context.is_constant(format))
    }) {
        let message = format!("A format is made from {}.", taint.source());
        let report = Report::issue(call, concept::UNCHECKED_INPUT, message).severity(Severity::Low);
        return found.push(context, report.confidence(taint.confidence).trace(taint.trace));
    }
    let Some(given) = count(context, &arguments) else { return };
    let texts: Vec<usize> = if let Some(text) = context.string(format) {
        needed(text).into_iter().collect()
    } else {
        let leaves = context.flow().leaves(format);
        let all: Option<Vec<usize>> = leaves.iter().map(|&leaf| context.string(leaf).and_then(needed)).collect();
        all.unwrap_or_default()
    };
    let (Some(&least), Some(&most)) = (texts.iter().min(), texts.iter().max()) else { return };
    let message = if most > given.1 && (texts.len() == 1 || least > given.1 || texts.iter().any(|&need| need > given.1))
    {
        "The format names more arguments than it gets."
    } else if most < given.0 {
        "The format gets arguments that it does not name."
    } else {
        return;
    };
    let report = Report::issue(call, concept::UNCHECKED_RESULT, message).cwe(&[685]).severity(Severity::Low);
    found.push(context, report.confidence(Confidence::High));
}

/// How many arguments there are, least and most; `None` where an array of unknown length is passed.
fn count(context: &Context<'_>, arguments: &[NodeId]) -> Option<(usize, usize)> {
    let [only] = arguments else { return Some((arguments.len(), arguments.len())) };
    let lengths: Vec<Option<usize>> = context
        .flow()
        .leaves(*only)
        .into_iter()
        .filter_map(|leaf| match context.kind(leaf) {
            Kind::List => {
                let text = context.source(leaf);
                let elements = context.tree().children(leaf).count();
                let of_objects = text.contains("Object") || text.contains("String") || text.starts_with('{');
                if !of_objects {
                    return None;
                }
                // `new Object[3]` shows its length, `new Object[n]` does not.
                if text.contains('{') {
                    return Some(Some(elements));
                }
                let inside =
                    text.split_once('[').and_then(|(_, rest)| rest.split(']').next()).unwrap_or_default().trim();
                Some(inside.parse().ok())
            }
            Kind::Parameter => context.source(leaf).contains(['[', '.']).then_some(None),
            _ => None,
        })
        .collect();
    if lengths.is_empty() {
        let kind = context.program().names.definition(*only).and_then(|definition| definition.declared);
        return match kind {
            Some(kind) if context.source(kind).contains(['[', '.']) => None,
            _ => Some((1, 1)),
        };
    }
    let known: Option<Vec<usize>> = lengths.into_iter().collect();
    let known = known?;
    Some((*known.iter().min()?, *known.iter().max()?))
}

/// How many arguments a format names; `None` where it cannot be read.
fn needed(format: &str) -> Option<usize> {
    let bytes = format.as_bytes();
    let (mut ordinary, mut most, mut at) = (0_usize, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte != b'%' {
            continue;
        }
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        let mut explicit = None;
        if at > start && bytes.get(at) == Some(&b'$') {
            explicit = format.get(start..at).and_then(|digits| digits.parse::<usize>().ok());
            at += 1;
        }
        let mut relative = false;
        while bytes
            .get(at)
            .is_some_and(|byte| matches!(byte, b'-' | b'#' | b'+' | b' ' | b'0'..=b'9' | b',' | b'(' | b'.' | b'<'))
        {
            relative |= bytes.get(at) == Some(&b'<');
            at += 1;
        }
        let conversion = *bytes.get(at)?;
        at += 1;
        if matches!(conversion, b't' | b'T') {
            at += 1;
        }
        match conversion {
            b'%' | b'n' => {}
            _ if !conversion.is_ascii_alphabetic() => return None,
            _ if relative => {}
            _ => match explicit {
                Some(index) => most = most.max(index),
                None => ordinary += 1,
            },
        }
    }
    Some(most.max(ordinary))
}
