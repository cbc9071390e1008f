//! Rewrites of C and C++: bounds taken from arrays whose size the unit shows, constant formats, checks switched on; none
//! where the size of a buffer is not known.

use super::Propose;
use super::context::Context;
use super::draft::Draft;
use crate::concept;
use crate::edit::{Edit, EditKind};
use crate::rule::Context as Questions;
use crate::rule::c::{declared, library};
use crate::syntax::{Field, Kind, NodeId};

#[cfg(test)]
mod tests;

/// Which rewrites C and C++ have for a finding on which concept.
pub(super) const ROWS: &[(&[&str], Propose)] = &[
    (&[concept::UNBOUNDED_COPY], bounded),
    (&[concept::FORMAT_STRING], constant_format),
    (&[concept::TLS_VERIFY], verified),
    (&[concept::FILE_MODE], tightened),
];

const BOUND: &str = "give the copy the size of the buffer";

/// `gets`, `strcpy`, `strcat` and `sprintf` into an array: the form that takes its size.
fn bounded(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let questions = Questions::new(context.program);
    if tree.kind(call) != Kind::Call {
        return;
    }
    let given: Vec<NodeId> = tree.positional(call).collect();
    let (Some(callee), Some(&buffer)) = (tree.child(call, Field::Callee), given.first()) else { return };
    let array =
        declared(&questions, buffer).is_some_and(|own| own.array && own.stars == 0 && own.kind.ends_with("char"));
    if !array || !matches!(tree.kind(buffer), Kind::Name | Kind::Attribute) || tree.kind(callee) == Kind::Attribute {
        return;
    }
    let name = library(&questions, call);
    // Under another name or through a macro the call is left alone.
    if context.text(callee) != name {
        return;
    }
    let to = context.text(buffer);
    let statement = tree.parent(call).filter(|&above| tree.kind(above) == Kind::ExprStatement);
    let draft = Draft::new(EditKind::SafeCallee, call, &[120], BOUND).import(Some("#include <stdio.h>".to_owned()));
    match (name, &given[..], statement) {
        ("gets", [_], Some(statement)) => {
            let text = format!("{{ if (fgets({to}, sizeof({to}), stdin)) {to}[strcspn({to}, \"\\n\")] = '\\0'; }}");
            let draft = draft.import(Some("#include <string.h>".to_owned()));
            out.push(draft.replace(tree.span(statement), text).finish());
        }
        ("strcpy", &[_, from], Some(_)) => {
            let text = format!("snprintf({to}, sizeof({to}), \"%s\", {})", context.text(from));
            out.push(draft.replace(tree.span(call), text).finish());
        }
        ("strcat", &[_, from], Some(_)) => {
            let text = format!("strncat({to}, {}, sizeof({to}) - strlen({to}) - 1)", context.text(from));
            out.push(draft.replace(tree.span(call), text).finish());
        }
        ("sprintf", [_, format, rest @ ..], _) => {
            // Printing a buffer into itself is something else.
            let overlaps = rest.iter().any(|&part| context.text(part) == to);
            if overlaps || context.program.names.text(*format).is_none() {
                return;
            }
            let after = tree.span(buffer).end as usize;
            let draft = draft.replace(tree.span(callee), "snprintf");
            out.push(draft.insert(after, format!(", sizeof({to})")).finish());
        }
        _ => {}
    }
}

/// `printf(text)` → `printf("%s", text)`.
fn constant_format(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let questions = Questions::new(context.program);
    let at = match library(&questions, call) {
        "printf" => 0,
        "fprintf" | "syslog" | "dprintf" => 1,
        "snprintf" => 2,
        _ => return,
    };
    let given: Vec<NodeId> = tree.positional(call).collect();
    let Some(&format) = given.get(at).filter(|_| given.len() == at + 1) else { return };
    if context.program.names.text(format).is_some() || tree.child(call, Field::Callee).is_none() {
        return;
    }
    let draft = Draft::new(EditKind::SafeOption, call, &[134], "print the text by a constant format");
    out.push(draft.insert(tree.span(format).start as usize, "\"%s\", ").finish());
}

/// `SSL_VERIFY_NONE` → `SSL_VERIFY_PEER`, `CURLOPT_SSL_VERIFYPEER` on.
fn verified(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let questions = Questions::new(context.program);
    let given: Vec<NodeId> = tree.positional(call).collect();
    let draft = Draft::new(EditKind::EnableVerification, call, &[295], "check the certificate of the peer");
    match (library(&questions, call), &given[..]) {
        ("SSL_CTX_set_verify" | "SSL_set_verify", &[_, mode, ..]) if context.text(mode) == "SSL_VERIFY_NONE" => {
            out.push(draft.replace(tree.span(mode), "SSL_VERIFY_PEER").finish());
        }
        ("curl_easy_setopt", &[_, option, value])
            if matches!(tree.kind(value), Kind::Number | Kind::Bool | Kind::Name) =>
        {
            let on = if context.text(option).ends_with("VERIFYHOST") { "2L" } else { "1L" };
            out.push(draft.replace(tree.span(value), on).finish());
        }
        _ => {}
    }
}

/// `chmod(path, 0777)` → `0755`, `umask(0)` → `022`.
fn tightened(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let questions = Questions::new(context.program);
    let draft = Draft::new(EditKind::TightenMode, call, &[732], "let nobody but the owner write");
    let name = library(&questions, call);
    let given: Vec<NodeId> = tree.positional(call).collect();
    if name == "umask" {
        if let Some(&mask) = given.first().filter(|&&mask| matches!(context.text(mask), "0" | "00" | "000" | "0000")) {
            out.push(draft.replace(tree.span(mask), "022").finish());
        }
        return;
    }
    let Some(&mode) = given.last().filter(|&&mode| tree.kind(mode) == Kind::Number) else { return };
    let number = context.text(mode).strip_prefix('0').and_then(|digits| i64::from_str_radix(digits, 8).ok());
    if let Some(number) = number.filter(|number| number & 0o002 != 0 && (0..=0o7777).contains(number)) {
        out.push(draft.replace(tree.span(mode), format!("0{:o}", number & !0o022)).finish());
    }
}
