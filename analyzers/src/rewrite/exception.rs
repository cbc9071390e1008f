//! CWE-703: swallowed exceptions are logged, asserts that guard behaviour raise; never changes what is caught.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// `except …: pass` → the exception is logged.
pub(super) fn swallow(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let handler = std::iter::once(node).chain(tree.ancestors(node)).find(|&above| tree.kind(above) == Kind::Handler);
    let handler = handler.or_else(|| tree.subtree(node).find(|&below| tree.kind(below) == Kind::Handler));
    let Some(handler) = handler else { return };
    let body = tree.subtree(handler).find(|&below| matches!(tree.kind(below), Kind::Pass | Kind::Continue));
    let Some(body) = body else { return };
    let (logging, import) = context.module("logging");
    let log = format!("{logging}.getLogger(__name__).warning(\"an exception was ignored\", exc_info=True)");
    let draft =
        Draft::new(EditKind::NarrowException, handler, &[703], "log the exception that is ignored").import(import);
    let span = tree.span(body);
    let draft = if tree.kind(body) == Kind::Pass {
        draft.replace(span, log)
    } else {
        let text = context.program.text.as_str();
        if !context.alone_on_line(body) {
            return;
        }
        let start = crate::edit::start_of_line(text, span.start as usize);
        let indent = &text[start..span.start as usize];
        draft.insert(span.start as usize, format!("{log}{}{indent}", crate::edit::line_ending(text)))
    };
    out.push(draft.finish());
}

/// `assert condition, message` → `if not condition: raise AssertionError(message)`.
pub(super) fn assertion(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let statement = tree.statement(node);
    if tree.kind(statement) != Kind::Assert || !context.alone_on_line(statement) {
        return;
    }
    // In tests, assert is the way to say it.
    let in_test = tree
        .ancestors(statement)
        .any(|above| tree.kind(above) == Kind::Function && context.name(above).starts_with("test"));
    if in_test || context.imports("pytest") || context.imports("unittest") {
        return;
    }
    let Some(test) = tree.child(statement, Field::Test) else { return };
    let text = context.program.text.as_str();
    let span = tree.span(statement);
    let message = tree.child(statement, Field::Value);
    let condition = message.map_or_else(
        || text[tree.span(test).start as usize..span.end as usize].to_owned(),
        |_| context.text(test).to_owned(),
    );
    // A condition in parentheses of its own keeps them.
    let condition = if tree.span(test).start as usize > span.start as usize + "assert ".len() {
        context.text(test).to_owned()
    } else {
        condition
    };
    let message = message.map_or("", |message| context.text(message));
    let start = crate::edit::start_of_line(text, span.start as usize);
    let indent = &text[start..span.start as usize];
    let newline = crate::edit::line_ending(text);
    let step = if indent.contains('\t') { "\t" } else { "    " };
    let raise = format!("if not ({condition}):{newline}{indent}{step}raise AssertionError({message})");
    let draft = Draft::new(
        EditKind::ExplicitRaise,
        statement,
        &[703],
        "raise instead of asserting, which optimised runs leave out",
    );
    out.push(draft.replace(span, raise).finish());
}
