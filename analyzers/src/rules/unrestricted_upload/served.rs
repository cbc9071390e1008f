//! Uploads that Java and Go keep under the name that the client gives them.

use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language;
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Words of a look at the kind of the file, in lower case.
const LOOKS: &[&str] =
    &["contenttype", "content-type", "extension", "allowed", "mime", "endswith", "hassuffix", ".ext(", "tika", "valid"];

/// Signs that a program in Go gives the files of a folder to whoever asks.
const SERVES: &[&str] = &["FileServer(", ".Static(", "StaticFS(", "ServeFile(", "ServeFiles(", "static", "public"];

/// Checks a call or a creation of Java.
pub(super) fn java(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let target = match context.kind(call) {
        Kind::New if path.rsplit('.').next() == Some("FileOutputStream") => context.positional(call, 0),
        Kind::New => None,
        _ => match method {
            "transferTo" => context.positional(call, 0),
            "write" if is_method_of(path, "Files", method) => context.positional(call, 0),
            "write" if is_method_of(path, "Part", method) || is_method_of(path, "FileItem", method) => {
                context.positional(call, 0)
            }
            "copy" if is_method_of(path, "Files", method) => context.positional(call, 1),
            "copyInputStreamToFile" | "copyToFile" => context.positional(call, 1),
            _ => None,
        },
    };
    if let Some(target) = target {
        stored(context, call, target, found);
    }
}

/// Checks a call of Go.
pub(super) fn go(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !["multipart", "FormFile"].iter().any(|word| context.mentions(word)) {
        return;
    }
    let target = match context.callee(call) {
        "os.Create" | "os.OpenFile" | "os.WriteFile" | "io/ioutil.WriteFile" => context.positional(call, 0),
        _ if matches!(context.method(call), "SaveUploadedFile" | "SaveFile") => context.positional(call, 1),
        _ => None,
    };
    if let Some(target) = target {
        stored(context, call, target, found);
    }
}

fn stored(context: &Context<'_>, call: NodeId, target: NodeId, found: &mut Findings) {
    let mut budget = 400;
    if context.is_constant(target) || !names_client_file(context, target, 0, &mut budget) {
        return;
    }
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    if crate::rule::served::speaks_of(context, function, LOOKS) {
        return;
    }
    let message = "An uploaded file is stored under the client's name, whatever its kind.";
    // Programs in Go run nothing that lies in a folder: it does harm where it is given to others.
    let given = context.program().language != Language::Go || SERVES.iter().any(|word| context.mentions(word));
    let report = if given {
        Report::issue(call, concept::UPLOAD_NAME, message).confidence(Confidence::Medium)
    } else {
        Report::audit(call, concept::UPLOAD_NAME, message)
    };
    found.push(context, report);
}

/// Whether the name that the client gives its file is part of an expression.
fn names_client_file(context: &Context<'_>, node: NodeId, depth: u32, budget: &mut u32) -> bool {
    let value = context.value(node);
    for part in context.tree().subtree(value).take(80) {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        let named = match context.kind(part) {
            Kind::Call => matches!(context.method(part), "getOriginalFilename" | "getSubmittedFileName"),
            Kind::Attribute => context.program().language == Language::Go && context.name(part) == "Filename",
            Kind::Name if depth < 4 && context.value(part) != part => {
                names_client_file(context, part, depth + 1, budget)
            }
            _ => false,
        };
        if named {
            return true;
        }
    }
    false
}
