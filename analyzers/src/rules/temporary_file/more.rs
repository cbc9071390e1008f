//! Temporary files in PHP, C#, Ruby, Rust and shell scripts.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::prefix;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Where everybody may write.
const SHARED: &[&str] = &["/tmp/", "/var/tmp/", "/dev/shm/"];

/// Calls that make or write the file of their first argument; the mode, where it is one of those to be looked for in
/// the second.
const WRITERS: &[(Language, &[&str], &[&str])] = &[
    (Language::Php, &["fopen", "SplFileObject"], &["w", "a", "c"]),
    (Language::Php, &["file_put_contents", "touch", "mkdir"], &[]),
    (Language::Ruby, &["File.open", "File.new", "open"], &["w", "a"]),
    (
        Language::Ruby,
        &["File.write", "IO.write", "File.binwrite", "FileUtils.touch", "FileUtils.mkdir", "Dir.mkdir"],
        &[],
    ),
    (
        Language::CSharp,
        &[
            "File.WriteAllText",
            "File.WriteAllBytes",
            "File.WriteAllLines",
            "File.AppendAllText",
            "File.Create",
            "File.CreateText",
            "File.OpenWrite",
            "StreamWriter",
        ],
        &[],
    ),
    (Language::Rust, &["File.create", "fs.write", "fs.create_dir"], &[]),
];

fn ends(path: &str, names: &[&str]) -> bool {
    names.iter().any(|name| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// Checks a call or a creation.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let language = context.program().language;
    let path = context.callee(call);
    if language == Language::Rust && ends(path, &["env.temp_dir", "temp_dir"]) {
        let message =
            "Everybody may write in this directory, which the environment chooses: names in it can be taken first.";
        return found.push(context, Report::audit(call, concept::TEMPORARY_PATH, message).cwe(&[379, 377, 807]));
    }
    let guessed = match language {
        Language::Php => matches!(path, "tmpnam" | "tempnam_unsafe"),
        Language::CSharp => ends(path, &["Path.GetTempFileName"]),
        Language::Ruby => ends(path, &["Dir.Tmpname.create", "Dir.Tmpname.make_tmpname"]),
        _ => false,
    };
    if guessed {
        let message = "A temporary name is made that others can foresee.";
        return found.push(context, Report::audit(call, concept::MKTEMP, message).cwe(&[377]));
    }
    let known = WRITERS.iter().find(|(known, names, _)| *known == language && ends(path, names));
    let Some((_, _, modes)) = known else { return };
    let Some(file) = context.positional(call, 0) else { return };
    let start = context.string(file).map_or_else(|| prefix(context, file), str::to_owned);
    if !SHARED
        .iter()
        .any(|folder| start.starts_with(folder) && (start.len() > folder.len() || !names_random(context, file)))
    {
        return;
    }
    let mode = context.positional(call, 1).and_then(|mode| context.string(mode)).unwrap_or_default();
    if !modes.is_empty() && !modes.iter().any(|known| mode.starts_with(known)) || names_random(context, file) {
        return;
    }
    let message = "A fixed path in a shared directory: another user can put a link there first.";
    let report = Report::issue(call, concept::TEMPORARY_PATH, message).cwe(&[377, 379]);
    found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
}

/// Whether something that nobody can guess is part of the name.
fn names_random(context: &Context<'_>, file: NodeId) -> bool {
    let value = context.value(file);
    context.tree().subtree(value).take(60).any(|part| {
        matches!(context.kind(part), Kind::Call | Kind::Name | Kind::Attribute) && {
            let name = context.source(part).to_ascii_lowercase();
            ["uuid", "random", "guid", "hex", "token"].iter().any(|word| name.contains(word))
        }
    })
}

/// `mktemp -u`, `> /tmp/name.$$`.
pub(super) fn shell(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.kind(node) == Kind::Call {
        let dry = context.callee(node) == "mktemp"
            && tree.positional(node).take(8).any(|part| {
                context.string(part).is_some_and(|text| {
                    text == "--dry-run" || text.starts_with('-') && !text.starts_with("--") && text.contains('u')
                })
            });
        if dry {
            let message = "A temporary name is made without its file.";
            found.push(context, Report::issue(node, concept::MKTEMP, message).cwe(&[377]));
        }
        return;
    }
    // A name from the number of the process can be foreseen.
    let text = context.source(node).trim_start_matches(['"', '\'']);
    let own = SHARED.iter().any(|folder| text.starts_with(folder)) && (text.contains("$$") || text.contains("${$}"));
    if own && tree.parent(node).is_none_or(|above| context.kind(above) != Kind::Template) {
        let message = "The number of the process can be foreseen: another user can take the name first.";
        let report = Report::issue(node, concept::TEMPORARY_PATH, message).cwe(&[377, 379]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}
