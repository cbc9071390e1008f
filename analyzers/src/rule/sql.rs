//! Statements of SQL as rows of words; for rules on SQL itself.

use super::Context;
use crate::syntax::{Kind, NodeId};

/// Most words of a statement that are looked at.
const MOST: usize = 2_000;

/// The words of a statement, in lower case.
pub(crate) struct Words {
    /// The word, and its node.
    list: Vec<(String, Kind, NodeId)>,
}

/// The words of `node`, if it is a statement of SQL.
pub(crate) fn statement(context: &Context<'_>, node: NodeId) -> Option<Words> {
    let tree = context.tree();
    if tree.parent(node) != Some(NodeId::ROOT) {
        return None;
    }
    let word = |part: NodeId| {
        let text = if tree.kind(part) == Kind::Name || tree.kind(part) == Kind::String {
            tree.name(part, context.text())
        } else {
            tree.text(part, context.text())
        };
        (text.to_ascii_lowercase(), tree.kind(part), part)
    };
    Some(Words { list: tree.children(node).take(MOST).map(word).collect() })
}

impl Words {
    /// Whether the statement begins with these words.
    pub(crate) fn starts(&self, words: &[&str]) -> bool {
        self.at(0, words)
    }

    fn at(&self, from: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(at, word)| {
            self.list.get(from + at).is_some_and(|(own, kind, _)| own == word && *kind != Kind::String)
        })
    }

    /// Where these words stand in a row.
    pub(crate) fn find(&self, words: &[&str]) -> Option<usize> {
        (0..self.list.len()).find(|&from| self.at(from, words))
    }

    /// Whether these words stand in a row.
    pub(crate) fn holds(&self, words: &[&str]) -> bool {
        self.find(words).is_some()
    }

    /// The texts between single quotes.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.list.iter().filter(|(_, kind, _)| *kind == Kind::String).map(|(text, ..)| text.as_str())
    }

    /// The word, its kind and node at a place.
    pub(crate) fn get(&self, at: usize) -> Option<(&str, Kind, NodeId)> {
        self.list.get(at).map(|(word, kind, node)| (word.as_str(), *kind, *node))
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }
}
