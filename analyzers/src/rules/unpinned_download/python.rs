//! Programs that are fetched and run by Python without a look at what came.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Words of a check of what was fetched.
const CHECKED: &[&str] = &["hashlib", "sha256", "gpg", "verify_signature", "checksum", "compare_digest"];

fn report(context: &Context<'_>, node: NodeId, message: &'static str, found: &mut Findings) {
    let report = Report::issue(node, concept::UNPINNED_DOWNLOAD, message).cwe(&[494, 829]).severity(Severity::High);
    found.push(context, report.confidence(Confidence::Medium));
}

pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    match path {
        "exec" | "eval" | "builtins.exec" | "runpy.run_path" | "pickle.loads" | "marshal.loads" => {
            let fetched = context.positional(call, 0).and_then(|text| context.tainted(text, Purposes::CODE));
            if fetched.is_some_and(|taint| taint.origin.source == Source::Network) && !checked(context) {
                report(context, call, "What was fetched is run unchecked.", found);
            }
        }
        "os.system"
        | "os.popen"
        | "subprocess.run"
        | "subprocess.call"
        | "subprocess.check_call"
        | "subprocess.Popen"
        | "subprocess.check_output"
        | "subprocess.getoutput" => command(context, call, found),
        "importlib.util.spec_from_file_location" | "importlib.machinery.SourceFileLoader" => {
            let named = context.positional(call, 1);
            if let Some(named) = named.filter(|&named| was_fetched(context, named) && !checked(context)) {
                report(context, named, "What was fetched is loaded as a module unchecked.", found);
            }
        }
        _ => {}
    }
}

fn checked(context: &Context<'_>) -> bool {
    CHECKED.iter().any(|word| context.mentions(word))
}

/// The words of a command that is written out, in a list or in one text.
fn command(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(first) = context.positional(call, 0) else { return };
    let value = context.value(first);
    let parts: Vec<NodeId> = match context.kind(value) {
        Kind::List | Kind::Tuple => tree.children(value).take(40).collect(),
        _ => vec![value],
    };
    let text: Vec<&str> =
        parts.iter().map(|&part| context.string(part).unwrap_or_else(|| context.source(part))).collect();
    let line = text.join(" ");
    let fetches = line.contains("curl ") || line.contains("wget ");
    let piped = line.split('|').skip(1).any(|part| {
        let part = part.trim_start().trim_start_matches("sudo ");
        ["sh", "bash", "python", "python3", "zsh"]
            .iter()
            .any(|shell| part.split([' ', '"', '\'']).next() == Some(shell))
    });
    if fetches && piped {
        return report(context, call, "A script is fetched and run unchecked.", found);
    }
    let installs = line.contains("pip") && line.contains("install");
    let loose = line.contains("--trusted-host")
        || line.contains("--index-url http://")
        || line.contains("-i http://")
        || line.contains("--extra-index-url http://");
    if installs && loose {
        return report(context, call, "Packages are installed from a server that nobody checked.", found);
    }
    if !checked(context) && parts.iter().any(|&part| was_fetched(context, part)) {
        report(context, call, "A program is fetched and run unchecked.", found);
    }
}

/// Whether the file that an expression names was fetched in this unit.
fn was_fetched(context: &Context<'_>, name: NodeId) -> bool {
    let tree = context.tree();
    if !matches!(context.kind(name), Kind::Name | Kind::String | Kind::Attribute) {
        return false;
    }
    let same = |other: NodeId| {
        context.source(other) == context.source(name)
            || context.string(name).is_some_and(|text| context.string(other) == Some(text))
    };
    let scope = context.function(name).unwrap_or(NodeId::ROOT);
    tree.subtree(scope)
        .take(4_000)
        .take_while(|&node| node < name)
        .filter(|&node| context.kind(node) == Kind::Call)
        .any(|node| match context.callee(node) {
            "urllib.request.urlretrieve" | "wget.download" | "urllib.urlretrieve" => {
                context.argument(node, 1, "filename").is_some_and(same)
            }
            "open" => {
                context.positional(node, 0).is_some_and(same)
                    && context
                        .positional(node, 1)
                        .and_then(|mode| context.string(mode))
                        .is_some_and(|mode| mode.starts_with('w'))
                    && writes_fetched(context, node)
            }
            _ => false,
        })
}

/// Whether the file opened here gets what came over the network.
fn writes_fetched(context: &Context<'_>, open: NodeId) -> bool {
    let tree = context.tree();
    let block = tree.ancestors(open).take(3).find(|&above| context.kind(above) == Kind::With);
    let range = block.or_else(|| context.function(open)).unwrap_or(NodeId::ROOT);
    tree.subtree(range).take(2_000).any(|node| {
        context.kind(node) == Kind::Call
            && context.method(node) == "write"
            && context
                .positional(node, 0)
                .and_then(|data| context.tainted(data, Purposes::DATA))
                .is_some_and(|taint| taint.origin.source == Source::Network)
    })
}
