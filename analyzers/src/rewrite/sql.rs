//! CWE-89: values of a query become parameters; never an identifier, never where the driver's placeholder is not known.

mod driver;
mod query;
mod variable;

use crate::edit::{Edit, EditKind};
use crate::query_methods::takes_parameters;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::pieces::pieces;
use crate::syntax::{Kind, NodeId};

use driver::Placeholder;
use query::Query;

pub(super) const CWE: &[u16] = &[89];
pub(super) const SUMMARY: &str = "pass the values of the query as parameters";

/// Edits for a query that holds values in its text.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let calls = sinks(context, node);
    for call in calls {
        let Some(argument) = query_argument(context, call) else { continue };
        if context.tree().kind(argument) == Kind::Name {
            out.extend(variable::propose(context, call, argument));
        } else {
            out.extend(inline(context, call, argument));
        }
    }
}

/// The calls that run the query at `node`: around it, or of the variable that it is assigned to.
fn sinks(context: Context<'_>, node: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let runs = |call: NodeId| tree.kind(call) == Kind::Call && takes_parameters(context.callee_name(call));
    if let Some(call) = context.around(node, runs) {
        return vec![call];
    }
    let inside: Vec<NodeId> = tree.subtree(node).filter(|&below| runs(below)).collect();
    if !inside.is_empty() && tree.kind(node) != Kind::Module {
        return inside;
    }
    let statement = tree.statement(node);
    let Some(target) = context.assigned_name(statement) else { return Vec::new() };
    let uses = context.uses(tree.scope(statement), context.text(target));
    uses.read
        .iter()
        .filter_map(|&read| {
            context
                .around(read, runs)
                .filter(|&call| query_argument(context, call).is_some_and(|query| tree.contains(query, read)))
        })
        .take(1)
        .collect()
}

/// The node of the query's text: the first argument, or what is inside `text(…)`.
pub(super) fn query_argument(context: Context<'_>, call: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let argument = tree
        .positional(call)
        .next()
        .or_else(|| ["sql", "query", "statement"].iter().find_map(|name| context.keyword(call, name)))?;
    Some(text_call(context, argument).map_or(argument, |(_, inner)| inner))
}

/// `text(query)` of `SQLAlchemy`: the call and what is inside.
pub(super) fn text_call(context: Context<'_>, node: NodeId) -> Option<(NodeId, NodeId)> {
    let tree = context.tree();
    let is_text =
        tree.kind(node) == Kind::Call && context.callee_name(node) == "text" && tree.positional(node).count() == 1;
    let inner = is_text.then(|| tree.positional(node).next())??;
    Some((node, inner))
}

/// What runs a query: the call, its parameters so far, and how its driver writes placeholders.
pub(super) struct Sink {
    pub(super) call: NodeId,
    /// The argument as it stands, `text(…)` included.
    pub(super) argument: NodeId,
    pub(super) placeholder: Placeholder,
    /// Existing parameters, where they are a literal list.
    pub(super) existing: Option<(NodeId, Vec<NodeId>)>,
    /// Whether `text(…)` must be put around the query.
    pub(super) wrap_text: bool,
}

/// Reads a call that runs a query; `None` where no parameters can be added to it.
pub(super) fn sink(context: Context<'_>, call: NodeId) -> Option<Sink> {
    let tree = context.tree();
    let argument = tree
        .positional(call)
        .next()
        .or_else(|| ["sql", "query", "statement"].iter().find_map(|name| context.keyword(call, name)))?;
    let inner = argument;
    let text = text_call(context, inner);
    let (placeholder, wrap_text) = driver::placeholder(context, call, text.is_some())?;
    let mut existing = None;
    if placeholder != Placeholder::Dollar {
        let parameters = ["params", "parameters", "args", "vars"].iter().find_map(|name| context.keyword(call, name));
        let second = if driver::by_keyword(context, call) { None } else { tree.positional(call).nth(1) };
        if let Some(node) = parameters.or(second) {
            let list = node;
            if !matches!(tree.kind(list), Kind::Tuple | Kind::List) || placeholder == Placeholder::Named {
                return None;
            }
            existing = Some((list, crate::rewrite::pieces::elements(context.program, list)?));
        }
    } else if tree.positional(call).nth(1).is_some() {
        return None;
    }
    Some(Sink { call, argument, placeholder, existing, wrap_text })
}

fn inline(context: Context<'_>, call: NodeId, argument: NodeId) -> Option<Edit> {
    let pieces = pieces(context.program, argument).filter(super::pieces::Pieces::is_dynamic)?;
    let sink = sink(context, call)?;
    let query =
        Query::new(context, &pieces, sink.placeholder, sink.existing.as_ref().map(|(_, list)| list.as_slice()), true)?;
    if !query.is_changed {
        return None;
    }
    let mut draft = Draft::new(EditKind::ParameteriseQuery, call, CWE, SUMMARY);
    let (text, import) = wrapped(context, &sink, &query.literal);
    draft = draft.import(import);
    let inner = text_call(context, sink.argument).map(|(_, inner)| inner);
    draft = match inner {
        Some(inner) => draft.replace(context.tree().span(inner), query.literal.clone()),
        None => draft.replace(context.whole_argument(call, sink.argument), text),
    };
    add_parameters(context, &sink, &sink.placeholder.list(&query.parameters), draft).map(Draft::finish)
}

/// The literal with `text(…)` around it where the library wants that.
pub(super) fn wrapped(context: Context<'_>, sink: &Sink, literal: &str) -> (String, Option<String>) {
    if !sink.wrap_text {
        return (literal.to_owned(), None);
    }
    let known = context.tree().ids().any(|node| {
        context.tree().kind(node) == Kind::ImportItem
            && context.name(node) == "text"
            && context.tree().import_path(node).is_some_and(|path| path.starts_with("sqlalchemy"))
    });
    (format!("text({literal})"), (!known).then(|| "from sqlalchemy import text".to_owned()))
}

/// Adds the parameters to the call, or puts them in place of those that it has.
pub(super) fn add_parameters(context: Context<'_>, sink: &Sink, parameters: &str, draft: Draft) -> Option<Draft> {
    if let Some((list, _)) = sink.existing {
        return Some(draft.replace(context.tree().span(list), parameters));
    }
    if driver::by_keyword(context, sink.call) {
        let (at, comma) = context.argument_end(sink.call)?;
        return Some(draft.insert(at, format!("{}params={parameters}", if comma { ", " } else { " " })));
    }
    let at = context.whole_argument(sink.call, sink.argument).end as usize;
    if context.tree().parent(sink.argument).is_some_and(|parent| context.tree().kind(parent) == Kind::Keyword) {
        return None;
    }
    Some(draft.insert(at, format!(", {parameters}")))
}
