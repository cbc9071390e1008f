//! CWE-79, 1336: values are escaped where they enter markup; never text that is markup itself.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::literal;
use crate::rewrite::pieces::{Conversion, Piece, Pieces, pieces};
use crate::syntax::{Field, Kind, NodeId};

const ESCAPE: &str = "escape_html";

fn escaping(string: NodeId) -> Draft {
    Draft::new(EditKind::EscapeMarkup, string, &[79], "escape the values that enter the markup")
        .import(Some("from html import escape as escape_html".to_owned()))
}

/// Escapes the values in markup that is returned or written, and in the markup that it is made of.
pub(super) fn escape(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let mut strings: Vec<NodeId> = markup_strings(context, node, tree.statement(node));
    if strings.is_empty() {
        out.extend(plain(context, node));
        return;
    }
    let mut done = Vec::new();
    let mut draft = escaping(strings[0]);
    let mut at = 0;
    while at < strings.len() && at < MOST_STRINGS {
        for (value, conversion) in values_of(context, strings[at]) {
            if done.contains(&value) {
                continue;
            }
            done.push(value);
            if !needs_escape(context, value, &conversion) {
                inner_strings(context, value, &mut strings);
                continue;
            }
            let source = context.text(value);
            let outer = tree
                .parent(value)
                .filter(|&parent| tree.kind(parent) == Kind::Call && context.callee_name(parent) == "str");
            let is_text = conversion == Conversion::Plain || context.type_of(value) == Some("str");
            let text = if is_text { format!("{ESCAPE}({source})") } else { format!("{ESCAPE}(str({source}))") };
            draft = draft.replace(tree.span(outer.unwrap_or(value)), text);
        }
        at += 1;
    }
    let edit = draft.finish();
    if !edit.texts.is_empty() {
        out.push(edit);
    }
}

/// Most strings that one page is put together of.
const MOST_STRINGS: usize = 40;

/// The strings of which a value that holds markup is made.
fn inner_strings(context: Context<'_>, value: NodeId, strings: &mut Vec<NodeId>) {
    let tree = context.tree();
    let mut roots = vec![value];
    if tree.kind(value) == Kind::Name {
        let uses = context.uses(tree.scope(value), context.text(value));
        roots.extend(
            uses.bound
                .iter()
                .filter(|&&bound| holds_markup(context, bound))
                .filter_map(|&bound| tree.child(tree.statement(bound), Field::Value)),
        );
        // `rows.append(f"<tr>…")`
        let appended = uses
            .read
            .iter()
            .filter_map(|&read| context.call_around(read))
            .filter(|&call| matches!(context.callee_name(call), "append" | "extend" | "insert"));
        roots.extend(appended);
    }
    for root in roots {
        let mut covered: Option<NodeId> = None;
        for below in tree.subtree(root) {
            if covered.is_some_and(|end| below < end) {
                continue;
            }
            let is_string = matches!(tree.kind(below), Kind::Template | Kind::Binary | Kind::Call)
                && (pieces(context.program, below).is_some_and(|taken| taken.is_dynamic())
                    || named_template(context, below));
            if is_string {
                covered = Some(tree.end(below));
                if !strings.contains(&below) {
                    strings.push(below);
                }
            }
        }
    }
}

/// The values in a string expression: of literals put together, or of the format of a named template.
fn values_of(context: Context<'_>, string: NodeId) -> Vec<(NodeId, Conversion)> {
    let tree = context.tree();
    if let Some(taken) = pieces(context.program, string) {
        return taken
            .pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Value(value, conversion) => Some((*value, conversion.clone())),
                Piece::Text(_) => None,
            })
            .collect();
    }
    match tree.kind(string) {
        Kind::Call => tree
            .children_in(string, Field::Argument)
            .filter_map(|argument| {
                if tree.kind(argument) == Kind::Keyword { tree.child(argument, Field::Value) } else { Some(argument) }
            })
            .filter(|&argument| tree.kind(argument) != Kind::Spread)
            .map(|argument| (argument, Conversion::Text))
            .collect(),
        Kind::Binary => tree.child(string, Field::Right).map_or_else(Vec::new, |right| match tree.kind(right) {
            Kind::Tuple => tree.children(right).map(|value| (value, Conversion::Text)).collect(),
            Kind::Dict => Vec::new(),
            _ => vec![(right, Conversion::Text)],
        }),
        _ => Vec::new(),
    }
}

/// A template that the unit or its caller names: `PAGE.format(…)`, `PAGE % …`.
fn named_template(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let template = match tree.kind(node) {
        Kind::Call if context.callee_name(node) == "format" => {
            tree.child(node, Field::Callee).and_then(|callee| tree.child(callee, Field::Object))
        }
        Kind::Binary if context.name(node) == "%" => tree.child(node, Field::Left),
        _ => None,
    };
    template.is_some_and(|template| {
        matches!(tree.kind(template), Kind::Name | Kind::Attribute)
            && context.program.names.text(template).is_some_and(|text| text.contains('<'))
    })
}

/// A value that is sent as it is, or put into a page by `replace`.
fn plain(context: Context<'_>, node: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let statement = tree.statement(node);
    let mut at = vec![statement];
    for name in tree.subtree(statement).filter(|&below| tree.kind(below) == Kind::Name) {
        let uses = context.uses(tree.scope(name), context.text(name));
        at.extend(context.reaching(name, &uses));
    }
    let replaced = at.iter().flat_map(|&root| tree.subtree(root)).find_map(|call| {
        let inserts = tree.kind(call) == Kind::Call && context.callee_name(call) == "replace";
        inserts
            .then(|| tree.positional(call).nth(1))
            .flatten()
            .filter(|&value| needs_escape(context, value, &Conversion::Plain))
    });
    let sent = match tree.kind(statement) {
        Kind::Return => tree.child(statement, Field::Value).map(|value| match tree.kind(value) {
            Kind::Call
                if matches!(
                    context.callee_name(value),
                    "make_response" | "Response" | "HttpResponse" | "HTMLResponse"
                ) =>
            {
                tree.positional(value).next().unwrap_or(value)
            }
            Kind::Tuple => tree.children(value).next().unwrap_or(value),
            _ => value,
        }),
        _ => context
            .call_around(node)
            .filter(|&call| {
                matches!(context.callee_name(call), "make_response" | "Response" | "HttpResponse" | "write")
            })
            .and_then(|call| tree.positional(call).next()),
    };
    let from_request = |value: NodeId| {
        let text = match tree.kind(value) {
            Kind::Name => {
                let uses = context.uses(tree.scope(value), context.text(value));
                context
                    .reaching(value, &uses)
                    .and_then(|assignment| tree.child(assignment, Field::Value))
                    .map_or("", |value| context.text(value))
            }
            Kind::Call | Kind::Subscript => context.text(value),
            _ => "",
        };
        text.contains("request.") && !text.contains("replace(") && !text.contains('<')
    };
    let value = replaced.or_else(|| sent.filter(|&value| from_request(value)))?;
    let source = context.text(value);
    let is_text = replaced.is_some() || tree.kind(value) == Kind::Call && context.callee_name(value) == "str";
    let text = if is_text { format!("{ESCAPE}({source})") } else { format!("{ESCAPE}(str({source}))") };
    Some(escaping(value).replace(tree.span(value), text).finish())
}

/// The string expressions at a finding: in the statement itself, or assigned to the name that it returns.
fn markup_strings(context: Context<'_>, node: NodeId, statement: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let body = [Field::Body, Field::Else, Field::Handler, Field::Finally];
    let mut strings = Vec::new();
    let mut covered: Option<NodeId> = None;
    for below in tree.subtree(statement) {
        if covered.is_some_and(|end| below < end) {
            continue;
        }
        if body.contains(&tree.field(below)) && tree.kind(below) == Kind::Block {
            covered = Some(tree.end(below));
            continue;
        }
        if matches!(tree.kind(below), Kind::Template | Kind::Binary | Kind::Call)
            && (pieces(context.program, below).is_some_and(|taken| taken.is_dynamic())
                || named_template(context, below))
        {
            strings.push(below);
            covered = Some(tree.end(below));
        }
    }
    if strings.is_empty() {
        for name in tree.subtree(statement).filter(|&below| tree.kind(below) == Kind::Name) {
            let uses = context.uses(tree.scope(node), context.text(name));
            for bound in &uses.bound {
                let assignment = tree.statement(*bound);
                if matches!(tree.kind(assignment), Kind::Assign | Kind::AugAssign)
                    && context.assigned_name(assignment).is_some()
                    && let Some(value) = tree.child(assignment, Field::Value)
                    && !strings.contains(&value)
                    && (named_template(context, value)
                        || pieces(context.program, value).is_some_and(|taken| taken.is_dynamic()))
                {
                    strings.push(value);
                }
            }
        }
    }
    strings
}

/// Whether a value is text from outside rather than a number, markup or something that was escaped.
fn needs_escape(context: Context<'_>, value: NodeId, conversion: &Conversion) -> bool {
    let tree = context.tree();
    if !matches!(conversion, Conversion::Plain | Conversion::Text) {
        return false;
    }
    match tree.kind(value) {
        Kind::Number | Kind::String | Kind::Template | Kind::Bool | Kind::Null | Kind::Comprehension => false,
        Kind::Call => !matches!(
            context.callee_name(value),
            "escape"
                | "escape_html"
                | "len"
                | "int"
                | "float"
                | "round"
                | "sum"
                | "clean"
                | "url_for"
                | "render_template"
                | "render_template_string"
                | "join"
                | "Markup"
                | "csrf_token"
                | "bleach"
                | "render"
                | "dumps"
                | "quote"
                | "quote_plus"
        ),
        Kind::Name => {
            let uses = context.uses(tree.scope(value), context.text(value));
            let name = context.text(value).to_ascii_lowercase();
            if ["html", "markup", "_tag", "rows", "items_list", "body", "css", "style"]
                .iter()
                .any(|word| name.contains(word))
                && uses.bound.iter().any(|&bound| holds_markup(context, bound))
            {
                return false;
            }
            !uses.bound.iter().any(|&bound| holds_markup(context, bound) || was_escaped(context, bound))
        }
        _ => true,
    }
}

fn holds_markup(context: Context<'_>, bound: NodeId) -> bool {
    let tree = context.tree();
    let statement = tree.statement(bound);
    matches!(tree.kind(statement), Kind::Assign | Kind::AugAssign)
        && context.assigned_name(statement) == Some(bound)
        && tree.child(statement, Field::Value).is_some_and(|value| {
            tree.subtree(value).any(|below| {
                matches!(tree.kind(below), Kind::String | Kind::Template) && context.text(below).contains('<')
            })
        })
}

fn was_escaped(context: Context<'_>, bound: NodeId) -> bool {
    let tree = context.tree();
    // `for item in items`, where the items were escaped when they were gathered.
    let each = tree.ancestors(bound).find(|&above| tree.kind(above) == Kind::For && tree.field(bound) == Field::Target);
    if let Some(items) = each.and_then(|each| tree.child(each, Field::Iter)) {
        let mut roots = vec![items];
        if tree.kind(items) == Kind::Name {
            let uses = context.uses(tree.scope(items), context.text(items));
            roots.extend(uses.bound.iter().map(|&bound| tree.statement(bound)));
            roots.extend(uses.read.iter().filter_map(|&read| context.call_around(read)));
        }
        return roots.iter().any(|&root| {
            tree.subtree(root)
                .any(|below| tree.kind(below) == Kind::Call && context.callee_name(below).contains("escape"))
        });
    }
    let statement = tree.statement(bound);
    tree.kind(statement) == Kind::Assign
        && context.assigned_name(statement) == Some(bound)
        && tree.child(statement, Field::Value).is_some_and(|value| {
            tree.kind(value) == Kind::Call
                && matches!(
                    context.callee_name(value),
                    "escape" | "escape_html" | "clean" | "int" | "float" | "len" | "quote" | "quote_plus"
                )
        })
}

/// `render_template_string(f"…{x}")` → the value as a variable of the template.
pub(super) fn template(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(call) = context
        .around(node, |above| tree.kind(above) == Kind::Call && context.callee_name(above) == "render_template_string")
    else {
        return;
    };
    let Some(argument) = tree.positional(call).next() else { return };
    let (literal_node, value) = if tree.kind(argument) == Kind::Name {
        let uses = context.uses(tree.scope(call), context.text(argument));
        if uses.leaks || uses.read.len() != 1 {
            return;
        }
        let Some(value) = context.reaching(argument, &uses).and_then(|statement| tree.child(statement, Field::Value))
        else {
            return;
        };
        (value, value)
    } else {
        (argument, argument)
    };
    let Some(taken) = pieces(context.program, value).filter(Pieces::is_dynamic) else { return };
    if tree.kind(argument) == Kind::Name {
        let names: Vec<&str> = taken.values().flat_map(|value| context.names_in(value)).collect();
        if !taken.values().all(|value| context.is_stable(value))
            || context.bound_between(tree.scope(call), &names, tree.statement(value), call)
        {
            return;
        }
    }
    let mut template = String::new();
    let mut variables: Vec<(String, String)> = Vec::new();
    for piece in &taken.pieces {
        match piece {
            Piece::Text(text) => template.push_str(text),
            Piece::Value(value, conversion) => {
                // Inside a tag of the template, a statement or a script, a variable would mean something else.
                if !matches!(conversion, Conversion::Plain | Conversion::Text) || inside_syntax(&template) {
                    return;
                }
                let name = variable_name(context, *value, &variables);
                template.extend(["{{ ", &name, " }}"]);
                let entry = (name, context.text(*value).to_owned());
                if !variables.contains(&entry) {
                    variables.push(entry);
                }
            }
        }
    }
    if variables.iter().any(|(name, _)| context.keyword(call, name).is_some()) {
        return;
    }
    let Some((at, comma)) = context.argument_end(call) else { return };
    let list: Vec<String> = variables.iter().map(|(name, source)| format!("{name}={source}")).collect();
    let span = if tree.kind(argument) == Kind::Name {
        tree.span(literal_node)
    } else {
        context.whole_argument(call, argument)
    };
    let draft = Draft::new(EditKind::TemplateEscape, call, &[1336, 79], "pass the values to the template as variables")
        .replace(span, literal::write(&template, &taken.style))
        .insert(at, format!("{}{}", if comma { ", " } else { " " }, list.join(", ")));
    out.push(draft.finish());
}

fn inside_syntax(template: &str) -> bool {
    let open = |start: &str, end: &str| template.rfind(start).is_some_and(|at| !template[at..].contains(end));
    open("{{", "}}") || open("{%", "%}") || open("<script", "</script>")
}

fn variable_name(context: Context<'_>, value: NodeId, taken: &[(String, String)]) -> String {
    let source = context.text(value);
    let last = source.rsplit('.').next().unwrap_or_default();
    let plain = !last.is_empty()
        && last.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
        && !last.starts_with(|char: char| char.is_ascii_digit());
    let base = if plain && !matches!(last, "self" | "request" | "config" | "session" | "g") {
        last.to_owned()
    } else {
        "value".to_owned()
    };
    let free = |name: &str| taken.iter().all(|(known, text)| known != name || text == source);
    if free(&base) {
        return base;
    }
    (2..100).map(|number| format!("{base}_{number}")).find(|name| free(name)).unwrap_or(base)
}

/// `Markup(f"…{x}")` → `Markup("…{}").format(x)`, which escapes.
pub(super) fn mark_safe(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(call) = context.around(node, |above| {
        tree.kind(above) == Kind::Call && matches!(context.callee_name(above), "Markup" | "mark_safe")
    }) else {
        return;
    };
    let mut arguments = tree.children_in(call, Field::Argument);
    let (Some(argument), None) = (arguments.next(), arguments.next()) else { return };
    let Some(taken) = pieces(context.program, argument).filter(Pieces::is_dynamic) else { return };
    let mut format = String::new();
    let mut values = Vec::new();
    for piece in &taken.pieces {
        match piece {
            Piece::Text(text) => format.push_str(&text.replace('{', "{{").replace('}', "}}")),
            Piece::Value(value, Conversion::Plain | Conversion::Text) => {
                format.push_str("{}");
                values.push(context.text(*value));
            }
            Piece::Value(..) => return,
        }
    }
    let written = literal::write(&format, &taken.style);
    let draft = Draft::new(EditKind::EscapeMarkup, call, &[79], "escape the values that enter the markup");
    let values = values.join(", ");
    if context.callee_name(call) == "Markup" {
        let end = tree.span(call).end as usize;
        out.push(
            draft
                .replace(context.whole_argument(call, argument), written)
                .insert(end, format!(".format({values})"))
                .finish(),
        );
    } else {
        let Some(callee) = tree.child(call, Field::Callee) else { return };
        let draft = draft
            .replace(tree.span(callee), "format_html")
            .replace(context.whole_argument(call, argument), format!("{written}, {values}"));
        out.push(draft.import(Some("from django.utils.html import format_html".to_owned())).finish());
    }
}
