//! Shell scripts that hand text to another shell, or let a value fall apart into words where that does harm.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "su", "ssh"];

/// `bash -c "… $1"`, `ssh host "… $1"`: what the value holds is read as a command.
pub(super) fn inner(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let words: Vec<NodeId> = tree.children_in(call, Field::Argument).take(24).collect();
    let own = context.callee(call);
    let (name, rest) = if matches!(own, "sudo" | "env" | "nohup" | "exec" | "timeout") {
        let at = words.iter().position(|&word| context.string(word).is_some_and(|text| SHELLS.contains(&text)));
        let Some(at) = at else { return };
        (
            words.get(at).and_then(|&word| context.string(word)).unwrap_or_default(),
            words.get(at + 1..).unwrap_or_default(),
        )
    } else {
        (own.rsplit('/').next().unwrap_or(own), words.as_slice())
    };
    if !SHELLS.contains(&name) {
        return;
    }
    // Only the text of the command: after `-c`, or after the host of `ssh`.
    let from = match name {
        "ssh" => rest.iter().position(|&word| !context.string(word).is_some_and(|text| text.starts_with('-'))),
        _ => rest.iter().position(|&word| {
            context
                .string(word)
                .is_some_and(|text| text.starts_with('-') && !text.starts_with("--") && text.ends_with('c'))
        }),
    };
    let Some(from) = from else { return };
    for &word in rest.get(from + 1..).unwrap_or_default().iter().take(4) {
        let built = context.kind(word) == Kind::Template || context.kind(word) == Kind::Name;
        let Some(taint) = context.tainted(word, Purposes::SHELL).filter(|_| built) else { continue };
        if taint.origin.source < Source::Arguments || taint.origin.checked {
            continue;
        }
        let message = format!("A command for another shell is put together with {}.", taint.source());
        let report = Report::issue(call, concept::SHELL_STRING, message).confidence(Confidence::Medium);
        return found.push(context, report.trace(taint.trace));
    }
}

/// `rm -rf $dir/*`: an empty value, or one with blanks, makes it another command.
pub(super) fn removal(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let words: Vec<NodeId> = tree.children_in(call, Field::Argument).take(24).collect();
    let deep = words.iter().any(|&word| {
        context.string(word).is_some_and(|text| {
            text == "--recursive" || text.starts_with('-') && !text.starts_with("--") && text.contains(['r', 'R'])
        })
    });
    if context.callee(call) != "rm" || !deep {
        return;
    }
    let bare = words.iter().find(|&&word| {
        let text = context.source(word);
        let begins = text.starts_with('$') && !text.starts_with("$(") && !text.contains(":?");
        begins && matches!(context.kind(word), Kind::Name | Kind::Template)
    });
    let Some(&word) = bare else { return };
    let outside = context.tainted(word, Purposes::SHELL).is_some_and(|taint| taint.origin.source >= Source::Arguments);
    let message = "What is removed falls apart into words, and is everything where the value is empty.";
    let report = if outside {
        Report::issue(call, concept::SHELL_STRING, message).severity(Severity::Medium).confidence(Confidence::Medium)
    } else {
        Report::audit(call, concept::SHELL_STRING, message)
    };
    found.push(context, report.cwe(&[78, 22, 73]));
}
