//! What a literal or an operator looks like, as flags; never its text.

use analyzers::syntax::{Kind, NodeId};

use super::facts::Facts;

const EMPTY: usize = 0;
const SHORT: usize = 1;
const LONG: usize = 2;
const BLANKS: usize = 3;
const QUERY: usize = 4;
const SHELL: usize = 5;
const MARKUP: usize = 6;
const ADDRESS: usize = 7;
const PATH: usize = 8;
const PLACEHOLDER: usize = 9;
const OPAQUE: usize = 10;
const EVERY_INTERFACE: usize = 11;
const ALGORITHM_BROKEN: usize = 12;
const ALGORITHM_SOUND: usize = 13;
const ZERO_ONE: usize = 14;
const MODE: usize = 15;
const LARGE: usize = 16;
const TRUE: usize = 17;
const FALSE: usize = 18;
const CONCATENATION: usize = 19;
const FORMATTING: usize = 20;
const TYPELESS_HANDLER: usize = 21;

/// Feature slots of this group.
pub(super) const FLAGS: usize = TYPELESS_HANDLER + 1;

const BROKEN: &[&str] = &["md5", "sha1", "sha-1", "des", "rc4", "arc4", "md4", "ecb", "blowfish", "3des", "desede"];
const SOUND: &[&str] = &["sha256", "sha-256", "sha512", "sha-512", "sha384", "sha3", "aes", "gcm", "hs256", "rs256"];

/// Calls `set` with each flag that holds for a node.
pub(super) fn flags(facts: &Facts<'_>, node: NodeId, mut set: impl FnMut(usize)) {
    let program = facts.program();
    let tree = &program.tree;
    match tree.kind(node) {
        Kind::String | Kind::Text => text_flags(unquoted(tree.text(node, &program.text)), set),
        Kind::Template => {
            set(FORMATTING);
            text_flags(unquoted(tree.text(node, &program.text)), set);
        }
        Kind::Number => number_flags(tree.text(node, &program.text), set),
        Kind::Bool => {
            let is_true = tree.text(node, &program.text).eq_ignore_ascii_case("true");
            set(if is_true { TRUE } else { FALSE });
        }
        Kind::Binary => match tree.name(node, &program.text) {
            "+" => set(CONCATENATION),
            "%" => set(FORMATTING),
            _ => {}
        },
        Kind::Handler if tree.child(node, analyzers::syntax::Field::Type).is_none() => set(TYPELESS_HANDLER),
        _ => {}
    }
}

fn unquoted(text: &str) -> &str {
    text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).trim_matches(['"', '\'', '`'])
}

fn text_flags(text: &str, mut set: impl FnMut(usize)) {
    let bytes = &text.as_bytes()[..text.len().min(512)];
    set(match bytes.len() {
        0 => EMPTY,
        1..=16 => SHORT,
        _ => LONG,
    });
    let lower = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    if bytes.contains(&b' ') {
        set(BLANKS);
    } else if bytes.len() >= 8 && bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic) {
        set(OPAQUE);
    }
    let trimmed = lower.trim_start();
    if ["select ", "insert ", "update ", "delete ", "create ", "drop ", "alter "]
        .iter()
        .any(|verb| trimmed.starts_with(verb))
    {
        set(QUERY);
    }
    if bytes.iter().any(|byte| matches!(byte, b'|' | b';' | b'&' | b'>' | b'<' | b'$' | b'*' | b'`')) {
        set(SHELL);
    }
    if lower.contains("</")
        || lower.contains("<p")
        || lower.contains("<h")
        || lower.contains("<div")
        || lower.contains("<b")
    {
        set(MARKUP);
    }
    if lower.contains("://") {
        set(ADDRESS);
    }
    if trimmed.starts_with('/') || trimmed.starts_with("./") || trimmed.starts_with("../") {
        set(PATH);
    }
    if lower.contains("%s") || lower.contains("{}") || lower.contains('?') || lower.contains("%d") {
        set(PLACEHOLDER);
    }
    if matches!(trimmed, "0.0.0.0" | "::") {
        set(EVERY_INTERFACE);
    }
    if bytes.len() <= 32 {
        if BROKEN.iter().any(|name| lower.contains(name)) {
            set(ALGORITHM_BROKEN);
        }
        if SOUND.iter().any(|name| lower.contains(name)) {
            set(ALGORITHM_SOUND);
        }
    }
}

fn number_flags(text: &str, mut set: impl FnMut(usize)) {
    if matches!(text, "0" | "1") {
        set(ZERO_ONE);
    }
    if text.starts_with("0o") || (text.len() == 4 && text.starts_with('0')) {
        set(MODE);
    }
    if text.len() >= 4 {
        set(LARGE);
    }
}
