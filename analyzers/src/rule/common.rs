//! Questions that many checks ask; each answers for one node, none keeps state.

use crate::finding::Step;
use crate::resolve::Constant;
use crate::rule::Context;
use crate::syntax::{Field, Kind, NodeId};

/// The canonical dotted name of an expression.
pub(crate) fn path_of<'c>(context: &'c Context<'_>, node: NodeId) -> Option<&'c str> {
    context.program().names.path(node)
}

/// The canonical dotted name of what a call calls.
pub(crate) fn call_path<'c>(context: &'c Context<'_>, call: NodeId) -> Option<&'c str> {
    path_of(context, context.tree().child(call, Field::Callee)?)
}

/// The folded text of an expression.
pub(crate) fn constant_text<'c>(context: &'c Context<'_>, node: NodeId) -> Option<&'c str> {
    context.program().names.text(node)
}

/// The folded whole number of an expression.
pub(crate) fn constant_integer(context: &Context<'_>, node: NodeId) -> Option<i64> {
    context.program().names.constant(node).and_then(Constant::integer)
}

/// Whether an expression is always false.
pub(crate) fn is_false(context: &Context<'_>, node: NodeId) -> bool {
    context.program().names.constant(node).and_then(Constant::bool) == Some(false)
}

/// Whether an expression is always true.
pub(crate) fn is_true(context: &Context<'_>, node: NodeId) -> bool {
    context.program().names.constant(node).and_then(Constant::bool) == Some(true)
}

/// Whether an expression is always null.
pub(crate) fn is_null(context: &Context<'_>, node: NodeId) -> bool {
    matches!(context.program().names.constant(node), Some(Constant::Null))
}

/// Names that say what the value of an expression is for: what it is assigned to, passed as or stored under, and the
/// functions and classes around it, nearest first.
pub(crate) fn purpose<'c>(context: &'c Context<'_>, node: NodeId) -> Vec<&'c str> {
    let tree = context.tree();
    let text = context.text();
    let mut names = Vec::new();
    for above in tree.ancestors(node) {
        match tree.kind(above) {
            Kind::Assign | Kind::AugAssign => {
                for target in tree.children_in(above, Field::Target) {
                    names.extend(tree.subtree(target).map(|part| label(context, part)).filter(|name| !name.is_empty()));
                }
            }
            Kind::Keyword | Kind::Function | Kind::Class | Kind::Parameter => names.push(tree.name(above, text)),
            Kind::Pair => names.extend(tree.child(above, Field::Key).map(|key| label(context, key))),
            _ => {}
        }
    }
    for input in tree.subtree(node) {
        if matches!(tree.kind(input), Kind::Name | Kind::Attribute) {
            names.push(tree.name(input, text));
        }
    }
    names
}

/// What a target, key or name is called: an identifier, the attribute's name or the text of a key.
pub(crate) fn label<'c>(context: &'c Context<'_>, node: NodeId) -> &'c str {
    match context.kind(node) {
        Kind::String => constant_text(context, node).unwrap_or_default(),
        Kind::Name | Kind::Attribute | Kind::Parameter => context.tree().name(node, context.text()),
        _ => "",
    }
}

/// Where the object that `call` makes is used first: `cipher = ARC4.new(key)` and then `cipher.encrypt(data)`.
pub(crate) fn first_use(context: &Context<'_>, call: NodeId, note: &str) -> Vec<Step> {
    let tree = context.tree();
    let statement = tree.statement(call);
    let target = tree.child(statement, Field::Target).filter(|_| tree.kind(statement) == Kind::Assign);
    let Some(target) = target.filter(|&target| tree.kind(target) == Kind::Name) else { return Vec::new() };
    let name = context.source(target);
    let scope = tree.scope(call);
    let after = tree.end(statement).index() as u32..tree.end(scope).index() as u32;
    let used = after.take(2_000).map(NodeId).find(|&node| {
        tree.kind(node) == Kind::Name
            && context.source(node) == name
            && matches!(tree.field(node), Field::Object | Field::Argument)
    });
    let step = |node| Step { span: tree.span(node), note: note.to_owned() };
    used.map(|node| vec![step(call), step(tree.parent(node).unwrap_or(node))]).unwrap_or_default()
}

/// Where what a setting is given to is used afterwards: the settings as an argument, or a method of the object itself.
pub(crate) fn used_later(context: &Context<'_>, node: NodeId, methods: &[&str], note: &str) -> Vec<Step> {
    const MOST: usize = 1_000;
    let tree = context.tree();
    let statement = tree.statement(node);
    let Some(target) = tree.child(statement, Field::Target) else { return Vec::new() };
    let object = if tree.kind(target) == Kind::Attribute { tree.child(target, Field::Object) } else { Some(target) };
    let name = object.map_or("", |object| context.source(object));
    let (after, end) = (tree.end(statement).index() as u32, tree.end(tree.scope(node)).index() as u32);
    let used = (after..end).take(MOST).map(NodeId).find(|&call| {
        let given = || tree.positional(call).take(8).any(|part| context.source(part) == name);
        let own = || context.object(call).is_some_and(|object| context.source(object) == name);
        !name.is_empty()
            && matches!(tree.kind(call), Kind::Call | Kind::New)
            && (given() || own() && methods.iter().any(|method| context.method(call).starts_with(method)))
    });
    let step = |node: NodeId, note: &str| Step { span: tree.span(node), note: note.to_owned() };
    used.map(|used| vec![step(node, "set here"), step(used, note)]).unwrap_or_default()
}

/// The constant text with which a text that is put together begins.
pub(crate) fn prefix(context: &Context<'_>, node: NodeId) -> String {
    let mut out = String::new();
    let mut budget = 40;
    extend(context, node, &mut out, &mut budget);
    out
}

/// Whether a text that is put together names the server, so that only the path or what follows it is open.
pub(crate) fn names_server(context: &Context<'_>, node: NodeId) -> bool {
    let lead = prefix(context, node);
    lead.split_once("://").is_some_and(|(scheme, rest)| {
        let host = rest.split('/').next().unwrap_or_default();
        !scheme.is_empty() && rest.contains(['/', '?', '#']) && !host.is_empty() && !host.contains(['{', '#'])
    })
}

/// Whether a text that is put together is a path on the same server.
pub(crate) fn stays_here(context: &Context<'_>, node: NodeId) -> bool {
    let lead = prefix(context, node);
    let mut letters = lead.chars();
    matches!(letters.next(), Some('/' | '?' | '#')) && !matches!(letters.next(), Some('/' | '\\') | None)
        || lead.starts_with("~/")
}

/// Appends what is constant at the start of `node`; whether all of it was.
fn extend(context: &Context<'_>, node: NodeId, out: &mut String, budget: &mut u32) -> bool {
    if *budget == 0 || out.len() > 500 {
        return false;
    }
    *budget -= 1;
    let tree = context.tree();
    let at = context.value(node);
    if let Some(text) = constant_text(context, at) {
        out.push_str(text);
        return true;
    }
    match context.kind(at) {
        Kind::Binary if matches!(context.name(at), "+" | ".") => {
            tree.children(at).all(|part| extend(context, part, out, budget))
        }
        Kind::Template => tree.pieces(at).into_iter().all(|part| match tree.child(part, Field::Value) {
            Some(value) => extend(context, value, out, budget),
            None => extend(context, part, out, budget),
        }),
        Kind::Call if context.method(at) == "format" => {
            let format = tree.positional(at).next().and_then(|format| constant_text(context, format));
            if let Some((head, _)) = format.and_then(|format| format.split_once('%')) {
                out.push_str(head);
            }
            false
        }
        Kind::Call if matches!(context.callee(at), "format" | "sprintf" | "string.Format" | "String.Format") => {
            let first = tree.positional(at).next();
            let head = first
                .and_then(|format| constant_text(context, format))
                .map(|format| format.split(['{', '%']).next().unwrap_or_default().to_owned());
            out.push_str(&head.unwrap_or_default());
            false
        }
        Kind::Call if matches!(context.callee(at), "java.net.URI.create" | "URI" | "URI.parse" | "URI.join") => {
            tree.positional(at).next().is_some_and(|part| extend(context, part, out, budget))
        }
        Kind::New => tree.positional(at).next().is_some_and(|part| extend(context, part, out, budget)),
        _ => false,
    }
}

/// An option that code sets: `T { name: value }` or `object.name = value`. Its name, the path of its type (empty where
/// that is not known), and the value.
pub(crate) fn setting<'c>(context: &'c Context<'_>, node: NodeId) -> Option<(&'c str, &'c str, NodeId)> {
    let tree = context.tree();
    match tree.kind(node) {
        Kind::Keyword => {
            let literal = tree.parent(node)?;
            let owner =
                if tree.kind(literal) == Kind::New { call_path(context, literal).unwrap_or_default() } else { "" };
            Some((context.name(node), owner, tree.child(node, Field::Value)?))
        }
        Kind::Assign => {
            let target = tree.child(node, Field::Target).filter(|&target| tree.kind(target) == Kind::Attribute)?;
            let object = tree.child(target, Field::Object)?;
            let owner = context.program().names.type_of(object).unwrap_or_default();
            Some((context.name(target), owner, tree.child(node, Field::Value)?))
        }
        _ => None,
    }
}

/// Whether a condition around a node says by its names that somebody asked for less security: `if allowInsecure {…}`.
pub(crate) fn asked_for(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let mut below = node;
    for above in tree.ancestors(node).take(40) {
        let test = match context.kind(above) {
            Kind::Function | Kind::Class => return false,
            Kind::If | Kind::Conditional if tree.field(below) == Field::Body => tree.child(above, Field::Test),
            Kind::Case => tree.child(above, Field::Test),
            _ => None,
        };
        if test.is_some_and(|test| says_insecure(context, test)) {
            return true;
        }
        below = above;
    }
    false
}

/// Whether the names and texts in a condition speak of less security.
fn says_insecure(context: &Context<'_>, test: NodeId) -> bool {
    let tree = context.tree();
    let says = |text: &str| {
        let list = crate::words::words(text);
        let has = |word: &str| list.iter().any(|known| known == word);
        let check = has("verify") || has("tls") || has("ssl") || has("cert") || has("certificate") || has("check");
        ["insecure", "unsecure", "legacy", "deprecated", "old", "noverify", "selfsigned", "skipverify"]
            .iter()
            .any(|word| has(word))
            || check && ["skip", "disable", "disabled", "no", "ignore"].iter().any(|word| has(word))
            || has("self") && has("signed")
    };
    let negated = context.kind(test) == Kind::Unary && matches!(context.name(test), "!" | "not");
    !negated
        && tree.subtree(test).take(40).any(|part| match context.kind(part) {
            Kind::Name | Kind::Attribute => {
                says(context.name(part)) || {
                    // `insecure := flag.Bool("insecure", …)`, `ok := isInsecure()`
                    let value = context.value(part);
                    value != part && context.kind(value) == Kind::Call && says(context.callee(value))
                }
            }
            Kind::String => context.string(part).is_some_and(says),
            _ => false,
        })
}
