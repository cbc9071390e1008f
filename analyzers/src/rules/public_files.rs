//! CWE-219/548: directories that are not meant for the public, served as they are.

mod settings;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::script::option;
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row};
use crate::rule::{example, row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "public-files",
    cwe: &[548, 219, 200],
    severity: Severity::Medium,
    summary: "A server hands out a directory that also holds files which are nobody's business.",
    advice: "Serve a directory of its own, such as `public`, that holds nothing else.",
    rows: &[row(&[Language::Nginx], &[Kind::Pair], settings::check), javascript_row(&[Kind::Call], check)],
    bad: &[
        example(Language::Nginx, "location /files/ {\n  autoindex on;\n}\n"),
        javascript("const express = require('express');\napp.use(express.static(__dirname));\n"),
        javascript("const express = require('express');\napp.use('/js', express.static('./node_modules/angular'));\n"),
        javascript("const path = require('path');\napp.use(require('serve-static')(path.join(__dirname, '/')));\n"),
    ],
    good: &[
        example(Language::Nginx, "location /files/ {\n  autoindex off;\n}\n"),
        javascript(
            "const express = require('express');\nconst path = require('path');\napp.use(express.static(path.join(__dirname, 'public')));\n",
        ),
        javascript("const express = require('express');\napp.use(express.static('./node_modules/bootstrap/dist'));\n"),
    ],
};

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let root = match context.callee(call) {
        "express.static" | "connect.static" | "serve-static" | "koa-static" => context.positional(call, 0),
        "serve-handler" => option(context, call, "public"),
        _ => None,
    };
    let Some(root) = root else { return };
    let mut parts = Vec::new();
    if !collect(context, root, &mut parts, 0) {
        return;
    }
    let whole = parts.concat().replace("//", "/");
    let private = if whole.contains("node_modules") {
        !["dist", "build", "umd", "lib", "css", "js", "fonts", "public", "assets"]
            .iter()
            .any(|part| whole.trim_end_matches('/').rsplit('/').next().is_some_and(|last| last == *part))
    } else {
        matches!(whole.trim_end_matches(['/', '.']), "" | "<here>" | "<home>" | "~")
    };
    if private {
        let message = "The server hands out a directory that also holds private files.";
        let report = Report::issue(call, concept::INFORMATION_LEAK, message);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// The constant parts of a path in order; `false` where a part is not known.
fn collect(context: &Context<'_>, node: NodeId, parts: &mut Vec<String>, depth: u32) -> bool {
    if depth > 8 {
        return false;
    }
    if let Some(text) = context.string(node) {
        parts.push(text.to_owned());
        return true;
    }
    let value = context.value(node);
    match context.kind(value) {
        Kind::Name if matches!(context.source(value), "__dirname" | "__filename") => {
            parts.push("<here>".to_owned());
            true
        }
        Kind::String => {
            parts.push(context.string(value).unwrap_or_default().to_owned());
            true
        }
        Kind::Binary => context.tree().children(value).all(|part| collect(context, part, parts, depth + 1)),
        Kind::Call if matches!(context.callee(value), "path.join" | "path.resolve" | "path.normalize") => {
            context.tree().positional(value).all(|part| {
                let known = collect(context, part, parts, depth + 1);
                parts.push("/".to_owned());
                known
            })
        }
        Kind::Call if context.callee(value) == "os.homedir" => {
            parts.push("<home>".to_owned());
            true
        }
        Kind::Call if context.callee(value) == "process.cwd" => {
            parts.push("<here>".to_owned());
            true
        }
        _ => false,
    }
}
