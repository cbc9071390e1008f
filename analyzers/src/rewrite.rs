//! The rewrite catalogue: every faithful edit that is applicable at each finding; none where there is none.

mod arithmetic;
mod braces;
mod callee;
mod comparison;
mod context;
mod declaration;
mod digest;
mod draft;
mod exception;
mod host;
mod literal;
mod log;
mod markup;
mod native;
mod option;
mod password;
mod path;
mod pattern;
mod pieces;
mod policy;
mod random;
mod secret;
mod shell;
mod sql;
mod temporary;
mod token;

use crate::concept;
use crate::edit::Edit;
use crate::finding::{Class, Finding};
use crate::lang::Language;
use crate::program::Program;
use crate::rewrite::context::Context;
use crate::scan::Analysis;
use crate::syntax::{Field, Kind, NodeId};

/// Proposes edits for a finding at a node.
type Propose = fn(Context<'_>, NodeId, &mut Vec<Edit>);

/// Which rewrites are asked for a finding on which concept.
const PYTHON: &[(&[&str], Propose)] = &[
    (&[concept::SQL_STRING], sql::propose),
    (&[concept::SHELL_STRING, concept::SHELL_CONSTANT, concept::SHELL_WILDCARD], shell::propose),
    (&[concept::HARDCODED_SECRET], secret::propose),
    (&[concept::YAML_LOAD], callee::yaml),
    (&[concept::EVAL_STRING], callee::eval),
    (&[concept::EVAL_STRING], arithmetic::eval),
    (&[concept::PICKLE_LOAD], callee::pickle),
    (&[concept::INSECURE_RANDOM], random::propose),
    (&[concept::WEAK_HASH, concept::PASSWORD_HASH], digest::propose),
    (&[concept::WEAK_HASH, concept::PASSWORD_HASH], password::propose),
    (&[concept::MKTEMP], temporary::propose),
    (&[concept::REQUEST_TIMEOUT], option::timeout),
    (&[concept::FLASK_DEBUG], option::debug),
    (&[concept::TLS_VERIFY], option::verification),
    (&[concept::TLS_VERSION], option::protocol),
    (&[concept::SSH_HOST_KEY], option::host_key),
    (&[concept::XML_PARSER], option::xml),
    (&[concept::XML_PARSER], declaration::propose),
    (&[concept::TAR_EXTRACT], option::archive),
    (&[concept::JINJA_AUTOESCAPE], option::autoescape),
    (&[concept::COOKIE_FLAGS], option::cookie),
    (&[concept::BIND_ALL], option::bind),
    (&[concept::FILE_MODE], option::mode),
    (&[concept::WEAK_KEY], option::key_size),
    (&[concept::HTML_UNESCAPED], markup::escape),
    (&[concept::TEMPLATE_STRING], markup::template),
    (&[concept::MARK_SAFE], markup::mark_safe),
    (&[concept::PATH_TRAVERSAL], path::propose),
    (&[concept::UPLOAD_NAME], path::upload),
    (&[concept::OPEN_REDIRECT], path::redirect),
    (&[concept::SWALLOW_EXCEPTION], exception::swallow),
    (&[concept::ASSERT_CHECK], exception::assertion),
    (&[concept::UNCHECKED_INPUT], host::propose),
    (&[concept::TIMING_COMPARE], comparison::propose),
    (&[concept::LINE_INJECTION], log::propose),
    (&[concept::SLOW_REGEX], pattern::propose),
    (&[concept::TOKEN_VERIFY], token::propose),
];

/// Most edits of one unit; hostile input cannot make the catalogue grow without bound.
const MOST_EDITS: usize = 500;

/// Every concrete edit for the findings of `analysis`, ordered by node, then by kind.
pub fn candidates(program: &Program, analysis: &Analysis) -> Vec<Edit> {
    let mut edits = Vec::new();
    for finding in &analysis.findings {
        propose(program, finding, &mut edits);
        if edits.len() >= MOST_EDITS {
            break;
        }
    }
    secret::merge(program, &mut edits);
    let mut asked: Vec<(&'static str, bool)> = Vec::new();
    edits.retain(|edit| {
        let Some((name, source)) = edit.helper.as_ref().map(|(name, source)| (*name, source)) else { return true };
        if let Some(&(_, free)) = asked.iter().find(|(known, _)| *known == name) {
            return free;
        }
        let free = is_free(program, name, source);
        asked.push((name, free));
        free
    });
    arrange(edits)
}

/// Whether a helper's name stands for nothing else in the unit.
fn is_free(program: &Program, name: &str, source: &str) -> bool {
    let tree = &program.tree;
    let lines = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    tree.ids().all(|node| match tree.kind(node) {
        Kind::Function if tree.name(node, &program.text) == name => {
            let (own, helper): (Vec<String>, Vec<String>) = (lines(tree.text(node, &program.text)), lines(source));
            helper.join("\n").contains(&own.join("\n"))
        }
        Kind::Class | Kind::Parameter | Kind::ImportItem => tree.name(node, &program.text) != name,
        Kind::Name => tree.field(node) != Field::Target || tree.text(node, &program.text) != name,
        _ => true,
    })
}

fn propose(program: &Program, finding: &Finding, edits: &mut Vec<Edit>) {
    let rows = match program.language {
        Language::Python => PYTHON,
        Language::Java => braces::JAVA,
        Language::JavaScript | Language::TypeScript => braces::JAVASCRIPT,
        Language::Go => braces::GO,
        Language::C | Language::Cpp => native::ROWS,
        _ => &[],
    };
    // What is only a pattern is left alone where the catalogue has no edit that suits a harmless use too.
    if finding.class == Class::Audit && program.language != Language::Python {
        return;
    }
    let context = Context { program };
    for (_, propose) in rows.iter().filter(|(concepts, _)| concepts.contains(&finding.concept)) {
        propose(context, finding.node, edits);
    }
}

/// Sorts edits, drops repeated ones and puts those that share a node or a byte into one conflict group.
fn arrange(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.node, edit.kind));
    let mut kept: Vec<Edit> = Vec::with_capacity(edits.len());
    for mut edit in edits {
        if kept.iter().any(|known| known.kind == edit.kind && known.texts == edit.texts) {
            continue;
        }
        edit.group = kept.len() as u32;
        let joined: Vec<u32> = kept.iter().filter(|known| conflict(known, &edit)).map(|known| known.group).collect();
        if let Some(&least) = joined.iter().min() {
            for known in &mut kept {
                if joined.contains(&known.group) {
                    known.group = least;
                }
            }
            edit.group = least;
        }
        kept.push(edit);
    }
    kept
}

fn conflict(one: &Edit, other: &Edit) -> bool {
    one.node == other.node
        || one.texts.iter().any(|left| {
            other
                .texts
                .iter()
                .any(|right| left.span.overlaps(right.span) || (left.span == right.span && left.text != right.text))
        })
}

/// The text after applying `edits` (at most one per conflict group), with imports and helpers added.
pub fn apply(program: &Program, edits: &[&Edit]) -> String {
    crate::edit::apply(program, edits).text
}

#[cfg(test)]
mod tests;
