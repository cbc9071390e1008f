//! Rewrites one unit's code without a model call; what does not verify is never returned.

use analyzers::edit::{Edit, EditKind};
use analyzers::syntax::Kind;
use models::rewriter::Rewriter;

use super::scope::{Reading, Scope};

/// What rewriting came to.
#[derive(Debug)]
pub(super) struct Mended {
    /// The better code, if there is any.
    pub(super) better: Option<Better>,
    /// Kinds of edit that were considered.
    pub(super) considered: Vec<EditKind>,
}

/// Rewritten code.
#[derive(Debug)]
pub(super) struct Better {
    /// The unit's code.
    pub(super) code: String,
    /// Its analysis.
    pub(super) reading: Reading,
    /// Similarity to what was rewritten.
    pub(super) similarity: f32,
    /// The edits it applies.
    pub(super) applied: Vec<Edit>,
}

/// The best verified rewrite of a unit that reads as `before`. Blocks for milliseconds.
pub(super) fn mend(rewriter: &Rewriter, scope: &Scope, before: &Reading) -> Mended {
    let Ok(rewritten) = rewriter.rewrite(&before.program, &before.analysis) else {
        return Mended { better: None, considered: Vec::new() };
    };
    let mut considered = Vec::new();
    for (edit, _) in &rewritten.considered {
        if !considered.contains(&edit.kind) {
            considered.push(edit.kind);
        }
    }
    let better = rewritten.verified.and_then(|verified| {
        let mut headers: Vec<String> = Vec::new();
        for edit in &rewritten.applied {
            let needs = edit.imports.iter().chain(edit.helper.as_ref().map(|(_, source)| source));
            needs.for_each(|header| {
                if !headers.contains(header) {
                    headers.push(header.clone());
                }
            });
        }
        let code = scope.code_of(&before.program.text, &verified.program.text, &headers);
        let reading = scope.read(&code);
        let rules = |reading: &Reading| reading.own.issues().map(|finding| finding.rule).collect::<Vec<_>>();
        let known = rules(before);
        let nothing_new = rules(&reading).iter().all(|rule| known.contains(rule));
        let parses = reading.program.tree.has_errors() <= before.program.tree.has_errors();
        let tree = &reading.program.tree;
        let defines = |name: &str| {
            tree.ids().any(|node| tree.kind(node) == Kind::Function && tree.name(node, &reading.program.text) == name)
        };
        let helped = rewritten
            .applied
            .iter()
            .filter_map(|edit| edit.helper.as_ref())
            .all(|(name, _)| scope.is_alone() || defines(name));
        let unit = before.program.text.get(scope.lead_bytes()..).unwrap_or_default();
        let kept = scope.is_kept((unit, before), (&code, &reading));
        (reading.k < before.k && nothing_new && parses && helped && kept).then_some(Better {
            code,
            reading,
            similarity: verified.similarity,
            applied: rewritten.applied,
        })
    });
    Mended { better, considered }
}

/// Environment variables that edits ask for, each once.
pub(super) fn variables(applied: &[Edit]) -> Vec<String> {
    let mut all = Vec::new();
    for name in applied.iter().flat_map(|edit| &edit.variables) {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all
}
