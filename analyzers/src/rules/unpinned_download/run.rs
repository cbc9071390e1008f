//! Programs that Java and Go fetch and run without a look at what came.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Words of a check of what was fetched.
const CHECKED: &[&str] =
    &["MessageDigest", "Signature", "sha256", "sha512", "checksum", "Checksum", "openpgp", "ed25519"];
/// Calls that keep what they are given in a file: the end of the name, and where the file stands.
const KEEPS: &[(&str, usize)] = &[
    ("Files.copy", 1),
    ("FileUtils.copyURLToFile", 1),
    ("BodyHandlers.ofFile", 0),
    ("Files.write", 0),
    ("FileOutputStream", 0),
    ("os.Create", 0),
    ("os.WriteFile", 0),
    ("os.OpenFile", 0),
    ("ioutil.WriteFile", 0),
];
/// What fetches, as it stands in the text of a function.
const FETCHES: &[&str] =
    &["openStream(", "copyURLToFile(", "HttpClient", "URLConnection", "http.Get(", "http.DefaultClient", ".Do(req"];

fn report(context: &Context<'_>, node: NodeId, message: &'static str, found: &mut Findings) {
    let report = Report::issue(node, concept::UNPINNED_DOWNLOAD, message).cwe(&[494, 829]).severity(Severity::High);
    found.push(context, report.confidence(Confidence::Medium));
}

fn ends(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '/']))
}

/// Checks a call or a creation.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let java = context.program().language == Language::Java;
    if java && (ends(path, "URLClassLoader") || ends(path, "URLClassLoader.newInstance")) {
        return loader(context, call, found);
    }
    let runs = if java {
        ends(path, "Runtime.exec")
            || ends(path, "ProcessBuilder")
            || ends(path, "ProcessBuilder.command")
            || context.method(call) == "exec" && context.source(call).starts_with("Runtime.getRuntime()")
            || ends(path, "System.load")
    } else {
        matches!(path, "os/exec.Command" | "os/exec.CommandContext" | "plugin.Open" | "syscall.Exec")
    };
    if !runs {
        return;
    }
    let tree = context.tree();
    let parts: Vec<NodeId> =
        tree.positional(call).take(12).flat_map(|part| tree.subtree(context.value(part)).take(60)).collect();
    let line: Vec<&str> = parts.iter().filter_map(|&part| context.string(part)).collect();
    if is_piped(&line.join(" ")) {
        return report(context, call, "A script is fetched and run unchecked.", found);
    }
    let Some(function) = context.function(call) else { return };
    let text = context.source(function);
    if !FETCHES.iter().any(|word| text.contains(word)) || CHECKED.iter().any(|word| context.mentions(word)) {
        return;
    }
    let named: Vec<&str> = tree.positional(call).take(6).flat_map(|part| names(context, part)).collect();
    let kept = tree.subtree(function).take(4_000).take_while(|&node| node < call).any(|node| {
        matches!(context.kind(node), Kind::Call | Kind::New)
            && KEEPS.iter().any(|(name, at)| {
                ends(context.callee(node), name)
                    && context
                        .positional(node, *at)
                        .is_some_and(|file| names(context, file).iter().any(|name| named.contains(name)))
            })
    });
    if kept {
        report(context, call, "A program is fetched and run unchecked.", found);
    }
}

/// The variables and texts in an expression that may name a file.
fn names<'c>(context: &'c Context<'_>, node: NodeId) -> Vec<&'c str> {
    let tree = context.tree();
    tree.subtree(node)
        .take(40)
        .filter_map(|part| match context.kind(part) {
            Kind::Name => {
                let name = context.source(part);
                let variable = name.starts_with(|first: char| first.is_lowercase());
                (variable && !context.flow().data().definitions_of(part).is_empty()).then_some(name)
            }
            Kind::String => context.string(part).filter(|text| text.contains(['/', '\\', '.'])),
            _ => None,
        })
        .collect()
}

/// `curl … | sh`
fn is_piped(line: &str) -> bool {
    let fetches = line.contains("curl ") || line.contains("wget ");
    fetches
        && line.split('|').skip(1).any(|part| {
            let part = part.trim_start().trim_start_matches("sudo ");
            let program = part.split([' ', '"', '\'']).next().unwrap_or_default();
            matches!(program, "sh" | "bash" | "zsh" | "python" | "python3" | "/bin/sh" | "/bin/bash")
        })
}

/// `new URLClassLoader(new URL[] { new URL("http://…") })`
fn loader(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(list) = context.positional(call, 0) else { return };
    let parts: Vec<NodeId> = tree
        .subtree(context.value(list))
        .take(60)
        .flat_map(|part| match context.kind(part) {
            Kind::Name if context.value(part) != part => tree.subtree(context.value(part)).take(20).collect(),
            _ => vec![part],
        })
        .collect();
    let plain = parts.iter().filter_map(|&part| context.string(part)).any(|text| {
        text.strip_prefix("http://").is_some_and(|host| !host.starts_with("localhost") && !host.starts_with("127."))
    });
    if plain {
        return report(
            context,
            call,
            "Classes are loaded without encryption: whoever is on the way can replace them.",
            found,
        );
    }
    let outside = parts.iter().find_map(|&part| {
        let text =
            matches!(context.kind(part), Kind::Name | Kind::Call) && tree.field(part) == crate::syntax::Field::Argument;
        let taint = if text { context.outside(part, Purposes::URL) } else { None };
        taint.filter(|taint| taint.origin.source == Source::Request)
    });
    if let Some(taint) = outside {
        let message = "A request says from where classes are loaded.";
        let report = Report::issue(call, concept::UNPINNED_DOWNLOAD, message).cwe(&[829, 494]).severity(Severity::High);
        found.push(context, report.confidence(taint.confidence).trace(taint.trace));
    }
}
