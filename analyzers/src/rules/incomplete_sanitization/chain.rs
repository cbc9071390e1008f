//! Replacements of text, alone and one after the other.

use std::borrow::Cow;

use crate::lang::Language;
use crate::pattern::{characters, literal_of};
use crate::rule::Context;
use crate::rule::script::pattern;
use crate::syntax::{Field, Kind, NodeId};

/// Most replacements in a row that are looked at.
const LONGEST: usize = 16;

/// One `text.replace(from, to)`.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a call says")]
#[derive(Debug)]
pub(super) struct Replace<'c> {
    pub(super) call: NodeId,
    /// The text that is replaced, where the pattern is no more than text.
    pub(super) from: Option<String>,
    /// The text in a pattern that also says where it must stand: `^\\`, `"(?!x)`.
    pub(super) core: Option<String>,
    /// The characters that are replaced, where the pattern is for single ones.
    pub(super) set: Option<Vec<char>>,
    /// What is put in, where that is constant.
    pub(super) to: Option<Cow<'c, str>>,
    /// Whether a function says what is put in.
    pub(super) by_function: bool,
    /// Whether every occurrence is replaced, where that is known.
    pub(super) all: Option<bool>,
    /// Whether the flags of the pattern are known.
    pub(super) flags_known: bool,
    /// Whether letters match in either case.
    pub(super) any_case: bool,
    /// Signs with which entities begin that a table of a function puts in.
    entities: bool,
}

impl Replace<'_> {
    /// Whether the replacement puts in `sign` where it was not.
    pub(super) fn makes(&self, sign: char) -> bool {
        let put = self.to.as_deref().is_some_and(|to| to.contains(sign) && to.len() > 1);
        (put || sign == '&' && self.entities) && self.from.as_deref() != Some(sign.to_string().as_str())
    }
}

/// What is put in, with the parts of the match written as JavaScript writes them: `\\\&` of Ruby is `\$&`.
fn template(language: Language, text: &str) -> Cow<'_, str> {
    if language != Language::Ruby || !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.clone().next()) {
            ('\\', Some('\\')) => out.push('\\'),
            ('\\', Some('&' | '0')) => out.push_str("$&"),
            ('\\', Some(digit)) if digit.is_ascii_digit() => out.extend(['$', digit]),
            ('\\', Some(other)) => out.extend(['\\', other]),
            _ => {
                out.push(letter);
                continue;
            }
        }
        letters.next();
    }
    Cow::Owned(out)
}

/// Whether a call replaces text, and whether every occurrence; with what it looks for and what it puts in.
fn replaces(context: &Context<'_>, call: NodeId) -> Option<(bool, NodeId, NodeId)> {
    let method = context.method(call);
    let every = match context.program().language {
        Language::Ruby => match method {
            "sub" | "sub!" => false,
            "gsub" | "gsub!" => true,
            _ => return None,
        },
        Language::CSharp if method == "Replace" && !context.callee(call).starts_with("Regex.") => true,
        Language::Php if context.callee(call) == "str_replace" => true,
        Language::JavaScript | Language::TypeScript => match method {
            "replace" => false,
            "replaceAll" => true,
            _ => return None,
        },
        _ => return None,
    };
    Some((every, context.positional(call, 0)?, context.positional(call, 1)?))
}

/// Reads a call that replaces text.
pub(super) fn replace<'c>(context: &'c Context<'_>, call: NodeId) -> Option<Replace<'c>> {
    if context.kind(call) != Kind::Call {
        return None;
    }
    let (every, first, second) = replaces(context, call)?;
    let language = context.program().language;
    let by_function = matches!(context.kind(context.value(second)), Kind::Lambda);
    let to = context.string(second).map(|text| template(language, text));
    let entities = by_function && {
        let tree = context.tree();
        let scope = context.source(tree.scope(call));
        scope.contains("&quot;") || scope.contains("&lt;")
    };
    let mut found = Replace {
        call,
        from: None,
        core: None,
        set: None,
        to,
        by_function,
        all: None,
        flags_known: true,
        any_case: false,
        entities,
    };
    if let Some(text) = context.string(first) {
        found.set = (text.chars().count() == 1).then(|| text.chars().collect());
        found.from = Some(text.to_owned());
        found.all = Some(every);
        return Some(found);
    }
    let Some(pattern) = pattern(context, first) else { return Some(found) };
    found.all = pattern.flags.map(|flags| every || flags.contains('g'));
    found.flags_known = pattern.flags.is_some();
    if language == Language::Ruby {
        found.all = Some(every);
    }
    found.any_case = pattern.has('i');
    found.from = literal_of(pattern.text);
    found.core = literal_of(&without_places(pattern.text));
    found.set = characters(pattern.text);
    Some(found)
}

/// A pattern without its anchors, looks around and the group around all of it.
fn without_places(pattern: &str) -> String {
    let mut rest = pattern;
    for start in ["^", "\\b", "\\B"] {
        rest = rest.strip_prefix(start).unwrap_or(rest);
    }
    rest = rest.strip_suffix('$').filter(|rest| !rest.ends_with('\\')).unwrap_or(rest);
    if let Some((_, after)) = rest.strip_prefix("(?<").and_then(|rest| rest.split_once(')')) {
        rest = after;
    }
    if let Some((before, look)) = rest.split_once("(?")
        && look.ends_with(')')
        && look.matches(')').count() == 1
    {
        rest = before;
    }
    rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest).to_owned()
}

/// The replacements before and after a call in the same chain, in the order in which they run: calls on calls, and
/// assignments of the result to the name it was called on.
pub(super) fn chain<'c>(context: &'c Context<'_>, call: NodeId) -> Vec<Replace<'c>> {
    let mut list: Vec<Replace<'c>> = within(context, call);
    let tree = context.tree();
    let statement = tree.statement(call);
    let Some(name) = assigned(context, statement).or_else(|| changed(context, statement)) else { return list };
    let Some(block) = tree.parent(statement) else { return list };
    let siblings: Vec<NodeId> = tree.children(block).take(2_000).collect();
    let Some(at) = siblings.iter().position(|&each| each == statement) else { return list };
    let same = |statement: NodeId| -> Option<Vec<Replace<'c>>> {
        let own = assigned(context, statement)
            .or_else(|| changed(context, statement))
            .or_else(|| returned(context, statement))?;
        let value = tree.child(statement, Field::Value)?;
        (own == name).then(|| within(context, value)).filter(|list| !list.is_empty())
    };
    for &before in siblings[..at].iter().rev().take(LONGEST) {
        let Some(mut earlier) = same(before) else { break };
        earlier.append(&mut list);
        list = earlier;
    }
    for &after in siblings[at + 1..].iter().take(LONGEST) {
        let Some(mut later) = same(after) else { break };
        list.append(&mut later);
    }
    list
}

/// The name that `x = x.replace(…)` gives a new value.
fn assigned<'c>(context: &'c Context<'_>, statement: NodeId) -> Option<&'c str> {
    let tree = context.tree();
    if context.kind(statement) != Kind::Assign {
        return None;
    }
    tree.child(statement, Field::Target).map(|target| context.source(target))
}

/// The name whose text `x.sub!(…)` of Ruby changes in place.
fn changed<'c>(context: &'c Context<'_>, statement: NodeId) -> Option<&'c str> {
    let call = context.tree().child(statement, Field::Value)?;
    let changes = context.kind(statement) == Kind::ExprStatement && context.method(call).ends_with('!');
    context.object(call).filter(|_| changes).map(|object| context.source(object))
}

/// The name at the bottom of `return x.replace(…)`.
fn returned<'c>(context: &'c Context<'_>, statement: NodeId) -> Option<&'c str> {
    if context.kind(statement) != Kind::Return {
        return None;
    }
    let mut at = context.tree().child(statement, Field::Value)?;
    for _ in 0..LONGEST {
        match context.object(at) {
            Some(object) if context.kind(at) == Kind::Call => at = object,
            _ => break,
        }
    }
    Some(context.source(at))
}

/// The replacements of one chain of calls that holds `call`.
fn within<'c>(context: &'c Context<'_>, call: NodeId) -> Vec<Replace<'c>> {
    let tree = context.tree();
    let mut top = call;
    for _ in 0..LONGEST {
        let Some(callee) = tree.parent(top).filter(|_| tree.field(top) == Field::Object) else { break };
        match tree.parent(callee).filter(|&outer| context.kind(outer) == Kind::Call) {
            Some(outer) if tree.field(callee) == Field::Callee => top = outer,
            _ => break,
        }
    }
    let mut list = Vec::new();
    let mut at = Some(top);
    while let Some(node) = at.filter(|&node| context.kind(node) == Kind::Call && list.len() < LONGEST) {
        list.extend(replace(context, node));
        at = context.object(node);
    }
    list.reverse();
    list
}
