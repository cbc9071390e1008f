//! A credential is gone when its text is nowhere that it was not before, and something else supplies the value.

use crate::credential;
use crate::finding::Finding;
use crate::lang::Language;
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId};

/// Whether the literal of the finding left the unit, also as a default, a concatenation or an encoding.
pub(super) fn is_gone(before: &Program, finding: &Finding, after: &Program) -> bool {
    let values = literals(before, finding.node);
    !values.is_empty()
        && values.iter().all(|value| {
            occurrences(after, value) < occurrences(before, value)
                && encodings(value).iter().all(|encoded| {
                    after.text.matches(encoded.as_str()).count() <= before.text.matches(encoded.as_str()).count()
                })
        })
        && supplied(after, before)
}

/// The string literals at a node: itself, its value, or what a call takes.
fn literals(program: &Program, node: NodeId) -> Vec<String> {
    let tree = &program.tree;
    if program.language != Language::Python
        && let Some(literal) = credential::literal(program, node)
        && let Some(text) = program.names.text(literal)
    {
        return vec![text.to_owned()];
    }
    let from = match tree.kind(node) {
        Kind::Name | Kind::Attribute | Kind::Subscript => tree.parent(node).unwrap_or(node),
        _ => node,
    };
    let mut found = Vec::new();
    for below in tree.subtree(from) {
        let in_key = tree.field(below) == Field::Key || tree.field(below) == Field::Index;
        if matches!(tree.kind(below), Kind::String)
            && !in_key
            && let Some(text) = program.names.text(below)
            && !text.is_empty()
        {
            found.push(text.to_owned());
        }
    }
    if tree.kind(from) == Kind::Call && found.len() > 1 {
        // Which argument is meant is said by the finding's span alone; the last is the usual one.
        found.drain(..found.len() - 1);
    }
    found
}

/// Expressions whose constant value is the text or, where it is long enough to be told, holds it, and that do not have
/// it from another: literals, and what puts it together.
fn occurrences(program: &Program, value: &str) -> usize {
    let tree = &program.tree;
    let holds = |node: NodeId| {
        program.names.text(node).is_some_and(|text| text == value || (value.len() >= 6 && text.contains(value)))
    };
    tree.ids()
        .filter(|&node| !matches!(tree.kind(node), Kind::Name | Kind::Attribute) && holds(node))
        .filter(|&node| !tree.subtree(node).skip(1).take(DEEPEST).any(holds))
        .count()
}

/// Most parts of an expression that are looked at.
const DEEPEST: usize = 64;

/// The text reversed, in hexadecimal and in base 64.
fn encodings(value: &str) -> Vec<String> {
    if value.len() < 4 {
        return Vec::new();
    }
    let reversed: String = value.chars().rev().collect();
    let hex = value.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    vec![reversed, hex, base64(value.as_bytes())]
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, &byte| number << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            out.push(char::from(LETTERS[(number >> (18 - 6 * at) & 63) as usize]));
        }
    }
    out
}

/// Whether the candidate reads more from the environment, the user or a store of secrets than the original, without a
/// constant to fall back on.
fn supplied(after: &Program, before: &Program) -> bool {
    reads(after) > reads(before) && fallbacks(after) <= fallbacks(before)
}

const READERS: &[&str] = &[
    "require_environment",
    "getenv",
    "Getenv",
    "LookupEnv",
    "getpass",
    "get_secret",
    "get_secret_value",
    "get_password",
    "requireEnvironment",
];

fn reads(program: &Program) -> usize {
    let tree = &program.tree;
    tree.ids()
        .filter(|&node| match tree.kind(node) {
            Kind::Call => tree.child(node, Field::Callee).is_some_and(|callee| {
                READERS.contains(&tree.name(callee, &program.text))
                    || program
                        .names
                        .path(callee)
                        .is_some_and(|path| path.starts_with("os.environ.") || path.ends_with(".getenv"))
            }),
            Kind::Subscript | Kind::Attribute => tree.child(node, Field::Object).is_some_and(|object| {
                program.names.path(object).is_some_and(|path| path == "os.environ" || path == "process.env")
                    || tree.text(object, &program.text) == "process.env"
            }),
            _ => false,
        })
        .count()
}

/// Reads of the environment with a constant default: an argument, `or`, `||`, `??`.
fn fallbacks(program: &Program) -> usize {
    let tree = &program.tree;
    let is_text = |node: NodeId| program.names.text(node).is_some();
    let mentions = |node: NodeId| {
        let text = tree.text(node, &program.text);
        text.contains("environ") || text.contains("getenv") || text.contains("process.env")
    };
    tree.ids()
        .filter(|&node| match tree.kind(node) {
            Kind::Call => {
                tree.child(node, Field::Callee).is_some_and(|callee| {
                    program
                        .names
                        .path(callee)
                        .is_some_and(|path| matches!(path, "os.environ.get" | "os.getenv" | "os.environ.setdefault"))
                }) && (tree.positional(node).nth(1).is_some_and(is_text)
                    || tree.keyword(node, "default", &program.text).is_some_and(is_text))
            }
            Kind::Boolean | Kind::Conditional => mentions(node) && tree.children(node).any(is_text),
            _ => false,
        })
        .count()
}
