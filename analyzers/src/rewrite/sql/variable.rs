//! A query that is put together in a variable before it runs; never touches a variable with other readers.

use crate::edit::{Edit, EditKind, after_statement};
use crate::query_methods::takes_parameters;
use crate::rewrite::context::{Context, Uses};
use crate::rewrite::draft::Draft;
use crate::rewrite::pieces::{Piece, Pieces, pieces};
use crate::rewrite::sql::driver::Placeholder;
use crate::rewrite::sql::query::Query;
use crate::rewrite::sql::{CWE, SUMMARY, Sink, add_parameters, query_argument, sink, text_call, wrapped};
use crate::syntax::{Field, Kind, NodeId};

/// Edits for `execute(sql)` where `sql` was assigned before.
pub(super) fn propose(context: Context<'_>, call: NodeId, read: NodeId) -> Option<Edit> {
    let uses = context.uses(context.tree().scope(call), context.text(read));
    if uses.leaks {
        return None;
    }
    single(context, call, read, &uses).or_else(|| gathered(context, read, &uses))
}

/// The call that runs the query which is read here.
fn run_by(context: Context<'_>, read: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let call =
        context.around(read, |above| tree.kind(above) == Kind::Call && takes_parameters(context.callee_name(above)))?;
    (query_argument(context, call) == Some(read)).then_some(call)
}

/// One assignment, seen by one or more calls.
fn single(context: Context<'_>, call: NodeId, read: NodeId, uses: &Uses) -> Option<Edit> {
    let tree = context.tree();
    let statement = context.reaching(read, uses)?;
    let target = context.assigned_name(statement)?;
    let value = tree.child(statement, Field::Value)?;
    // `sql = text(f"…")`
    let wrapped_value = text_call(context, value).map(|(_, inner)| inner);
    let query_node = wrapped_value.unwrap_or(value);
    let taken = pieces(context.program, query_node).filter(Pieces::is_dynamic)?;
    let readers: Vec<NodeId> = uses
        .read
        .iter()
        .copied()
        .filter(|&other| other == read || context.reaching(other, uses) == Some(statement))
        .collect();
    let sinks: Vec<Sink> =
        readers.iter().filter_map(|&reader| run_by(context, reader)).filter_map(|call| sink(context, call)).collect();
    let mut first = sink(context, call)?;
    if wrapped_value.is_some() {
        first.placeholder = Placeholder::Named;
        first.wrap_text = false;
    }
    let existing = first.existing.as_ref().map(|(_, list)| list.as_slice());
    let query = Query::new(context, &taken, first.placeholder, existing, true)?;
    if !query.is_changed {
        return None;
    }
    let stays = taken.values().all(|value| context.is_stable(value))
        && !sinks.iter().chain([&first]).any(|sink| {
            let names: Vec<&str> = taken.values().flat_map(|value| context.names_in(value)).collect();
            context.bound_between(tree.scope(call), &names, statement, sink.call)
        });
    let everywhere = sinks.len() == readers.len();
    let list = first.placeholder.list(&query.parameters);
    let mut draft = Draft::new(EditKind::ParameteriseQuery, call, CWE, SUMMARY);
    if !everywhere {
        // Someone else reads the text: the call gets a query of its own.
        if !stays || wrapped_value.is_some() {
            return None;
        }
        let (text, import) = wrapped(context, &first, &query.literal);
        draft = draft
            .import(import)
            .replace(tree.span(read), if text_call(context, first.argument).is_some() { query.literal } else { text });
        return add_parameters(context, &first, &list, draft).map(Draft::finish);
    }
    if sinks.len() > 1
        && sinks.iter().any(|sink| sink.existing.is_some() || sink.placeholder != first.placeholder)
        && wrapped_value.is_none()
    {
        return None;
    }
    draft = draft.replace(tree.span(query_node), query.literal);
    let list = if stays {
        list
    } else {
        if !context.alone_on_line(statement) || first.placeholder == Placeholder::Dollar {
            return None;
        }
        let name = context.free_name(&format!("{}_parameters", context.text(target)));
        draft = draft.text(after_statement(&context.program.text, tree.span(statement), &[format!("{name} = {list}")]));
        name
    };
    for mut sink in sinks {
        if wrapped_value.is_some() {
            sink.wrap_text = false;
            sink.placeholder = Placeholder::Named;
        }
        if sink.wrap_text {
            let (text, import) = wrapped(context, &sink, context.text(read));
            draft = draft.import(import).replace(tree.span(sink.argument), text);
        }
        draft = add_parameters(context, &sink, &list, draft)?;
    }
    Some(draft.finish())
}

/// Several assignments, in branches or one after the other: the parameters are gathered in a list beside the text.
fn gathered(context: Context<'_>, read: NodeId, uses: &Uses) -> Option<Edit> {
    let tree = context.tree();
    let name = context.text(read);
    let call = run_by(context, read)?;
    let first = sink(context, call)?;
    if !matches!(first.placeholder, Placeholder::Question | Placeholder::Percent)
        || first.existing.is_some()
        || text_call(context, first.argument).is_some()
    {
        return None;
    }
    let parameters = context.free_name(&format!("{name}_parameters"));
    let mut draft = Draft::new(EditKind::ParameteriseQuery, call, CWE, SUMMARY);
    let mut any = false;
    let mut own_reads = Vec::new();
    for &bound in &uses.bound {
        let statement = tree.statement(bound);
        let target = context.assigned_name(statement)?;
        if target != bound || !context.alone_on_line(statement) {
            return None;
        }
        let value = tree.child(statement, Field::Value)?;
        let mut taken = pieces(context.program, value)?;
        let mut goes_on = tree.kind(statement) == Kind::AugAssign;
        if goes_on && !matches!(context.name(statement), "+=" | "+") {
            return None;
        }
        if let Some(Piece::Value(node, _)) = taken.pieces.first()
            && tree.kind(*node) == Kind::Name
            && context.text(*node) == name
        {
            // `sql = sql + "…"` keeps its first summand.
            goes_on = true;
            own_reads.push(*node);
            taken.pieces.remove(0);
        }
        if taken.values().any(|value| context.names_in(value).any(|inner| inner == name)) {
            return None;
        }
        let percent = first.placeholder == Placeholder::Percent
            && taken.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('%')));
        if percent {
            return None;
        }
        let query = Query::new(context, &taken, first.placeholder, None, false)?;
        let values: Vec<&str> = query.parameters.iter().map(|(_, value)| value.as_str()).collect();
        if !values.is_empty() {
            any = true;
            let span =
                own_reads.last().filter(|&&own| tree.contains(statement, own)).map_or(tree.span(value), |&own| {
                    let mut span = tree.span(value);
                    let rest = &context.program.text[tree.span(own).end as usize..span.end as usize];
                    let skip = rest
                        .find('+')
                        .map_or(0, |plus| plus + 1 + (rest[plus + 1..].len() - rest[plus + 1..].trim_start().len()));
                    span.start = tree.span(own).end + skip as u32;
                    span
                });
            draft = draft.replace(span, query.literal);
        }
        let line = match (goes_on, values.is_empty()) {
            (true, true) => continue,
            (true, false) => format!("{parameters} += [{}]", values.join(", ")),
            (false, _) => format!("{parameters} = [{}]", values.join(", ")),
        };
        draft = draft.text(after_statement(&context.program.text, tree.span(statement), &[line]));
    }
    if !any {
        return None;
    }
    for &reader in uses.read.iter().filter(|reader| !own_reads.contains(reader)) {
        let sink = sink(context, run_by(context, reader)?)?;
        if sink.placeholder != first.placeholder || sink.existing.is_some() {
            return None;
        }
        draft = add_parameters(context, &sink, &parameters, draft)?;
    }
    Some(draft.finish())
}
