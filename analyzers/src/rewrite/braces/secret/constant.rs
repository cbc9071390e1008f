//! Credentials that are constants of a module or class: every use reads the variable, and a name that others may know
//! goes on working.

use super::place::{Place, has_word, head, is_field, is_needed, of};
use super::{draft, is_declared, reading_of};
use crate::credential;
use crate::edit::Edit;
use crate::lang::Language;
use crate::rewrite::context::Context;
use crate::syntax::{Field, Kind, NodeId, Span};

/// Whether the literal, as it is or in another form, is all that a constant holds.
pub(super) fn is_whole(context: Context<'_>, literal: NodeId) -> bool {
    declaration(context, literal).is_some()
}

/// Whether the literal is all that a field holds which only its class sees.
pub(super) fn is_own_field(context: Context<'_>, literal: NodeId) -> bool {
    declaration(context, literal).is_some_and(|(statement, _)| {
        is_field(context, statement)
            && (has_word(context, statement, "private")
                || has_word(context, statement, "readonly")
                || context.text(statement).starts_with('#'))
    })
}

fn declaration(context: Context<'_>, literal: NodeId) -> Option<(NodeId, NodeId)> {
    let tree = context.tree();
    let statement = tree.statement(literal);
    let value = tree.child(statement, Field::Value).filter(|_| is_declared(context, statement))?;
    let whole = credential::behind(context.program, value) == Some(literal) && tree.contains(value, literal);
    whole.then_some((statement, value))
}

/// A constant whose uses read the variable.
pub(super) fn edit(context: Context<'_>, literal: NodeId, variable: &str) -> Option<Edit> {
    let tree = context.tree();
    let (statement, value) = declaration(context, literal)?;
    let target = tree.child(statement, Field::Target)?;
    let script = context.program.language.is_script();
    if script && is_field(context, statement) {
        return getter(context, literal, statement, variable);
    }
    let uses = uses(context, target).filter(|uses| !uses.is_empty() && !tree.has_errors())?;
    let read = reading_of(context, value, literal, variable);
    let mut replaced = Vec::new();
    for used in uses {
        replaced.push(read_at(context, used, &read)?);
    }
    let mut edit = draft(context, literal, variable)?;
    match visibility(context, statement)? {
        Visibility::Own => edit = edit.replace(removed(context, statement)?, ""),
        // Others find the variable's value under the name, or nothing.
        Visibility::Shared if context.program.language == Language::Java && value == literal => {
            edit = edit.replace(tree.span(value), format!("System.getenv(\"{variable}\")"));
        }
        Visibility::Shared if context.program.language == Language::JavaScript && value == literal => {
            edit = edit.replace(tree.span(value), format!("process.env.{variable}"));
        }
        Visibility::Shared => return None,
    }
    // Several uses in one property become one getter.
    replaced.sort_by_key(|(span, _)| (span.start, span.end));
    replaced.dedup();
    if replaced.windows(2).any(|pair| pair[0].0.overlaps(pair[1].0)) {
        return None;
    }
    for (span, text) in replaced {
        edit = edit.replace(span, text);
    }
    Some(edit.finish())
}

/// Who may know a name.
enum Visibility {
    /// The unit alone.
    Own,
    /// Others too.
    Shared,
}

fn visibility(context: Context<'_>, statement: NodeId) -> Option<Visibility> {
    let tree = context.tree();
    let text = context.program.text.as_str();
    let top = tree.parent(statement) == Some(NodeId::ROOT);
    Some(match context.program.language {
        Language::Java => {
            if !is_field(context, statement) || context.text(statement).starts_with('@') {
                return None;
            }
            if has_word(context, statement, "private") { Visibility::Own } else { Visibility::Shared }
        }
        Language::Go => {
            let name = context.name(tree.child(statement, Field::Target)?);
            (top && !name.starts_with(char::is_uppercase)).then_some(Visibility::Own)?
        }
        _ => {
            let before = text.get(..tree.span(statement).start as usize)?.trim_end();
            // In a script that is no module the name is everybody's.
            if !top || !is_module(context) {
                return None;
            }
            if before.ends_with("export") { Visibility::Shared } else { Visibility::Own }
        }
    })
}

/// Whether the names of a script are its own unless it exports them.
fn is_module(context: Context<'_>) -> bool {
    let text = context.program.text.as_str();
    context.tree().ids().any(|node| context.tree().kind(node) == Kind::Import)
        || text.contains("require(")
        || text.contains("module.exports")
        || text.lines().any(|line| line.starts_with("export "))
}

/// The lines of a declaration that goes, with the group that only it stands in.
fn removed(context: Context<'_>, statement: NodeId) -> Option<Span> {
    let text = context.program.text.as_str();
    let source = context.text(statement);
    let mut lines = crate::edit::whole_lines(text, context.tree().span(statement));
    let line = text.get(lines.range())?;
    // A comment behind the value goes with it.
    let (before, after) = line.split_once(source)?;
    let after = after.trim().trim_start_matches(';').trim();
    if !before.trim().is_empty() || !(after.is_empty() || after.starts_with("//")) {
        return None;
    }
    if context.program.language != Language::Go || source.starts_with("const") || source.starts_with("var") {
        lines.end += blank_line_after(text, lines);
        return Some(lines);
    }
    // `const (` … `)` with nothing else in it.
    let head = text.get(..lines.start as usize)?;
    let tail = text.get(lines.end as usize..)?;
    let opened = head.trim_end().strip_suffix('(').map(str::trim_end);
    let group = opened.and_then(|head| head.strip_suffix("const").or_else(|| head.strip_suffix("var")));
    let close = tail.find(|letter: char| !letter.is_whitespace()).filter(|&at| tail[at..].starts_with(')'));
    match (group, close) {
        (Some(head), Some(close)) => {
            let mut lines = crate::edit::whole_lines(text, Span::new(head.len(), lines.end as usize + close));
            lines.end += blank_line_after(text, lines);
            Some(lines)
        }
        _ => Some(lines),
    }
}

/// Length of the blank line after `lines`, where one stands before them too.
fn blank_line_after(text: &str, lines: Span) -> u32 {
    let before = text.get(..lines.start as usize).and_then(|head| head.lines().next_back());
    let after = text.get(lines.end as usize..).and_then(|tail| tail.split_inclusive('\n').next());
    match (before, after) {
        (Some(before), Some(after)) if before.trim().is_empty() && after.trim().is_empty() => after.len() as u32,
        _ => 0,
    }
}

/// Every read of a constant; `None` where the unit names it in another way.
fn uses(context: Context<'_>, target: NodeId) -> Option<Vec<NodeId>> {
    let tree = context.tree();
    let names = &context.program.names;
    let definition = names.definition(target)?.node;
    let binding = names.binding(target)?;
    let name = context.text(target);
    let java = context.program.language == Language::Java;
    let class = tree.ancestors(target).find(|&above| tree.kind(above) == Kind::Class).map(|class| context.name(class));
    let mut uses = Vec::new();
    for node in tree.ids().filter(|&node| node != definition && node != target) {
        match tree.kind(node) {
            Kind::Name if context.text(node) == name && tree.field(node) != Field::Key => match names.binding(node) {
                Some(other) if other == binding => uses.push(node),
                Some(_) => {}
                None => return None,
            },
            Kind::Attribute if java && context.name(node) == name => {
                let object = tree.child(node, Field::Object).map(|object| context.text(object));
                let own = object == Some("this") || object == class;
                if !own || tree.field(node) == Field::Target {
                    return None;
                }
                uses.push(node);
            }
            Kind::ImportItem if context.name(node) == name => return None,
            _ => {}
        }
    }
    let exported = context.program.language.is_script()
        && context.program.text.lines().any(|line| {
            line.trim_start().starts_with("export {")
                && line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == name)
        });
    (!exported).then_some(uses)
}

/// What stands for the constant where it is used, and where that goes.
fn read_at(context: Context<'_>, used: NodeId, read: &str) -> Option<(Span, String)> {
    let tree = context.tree();
    let pair = tree.parent(used).filter(|&pair| tree.kind(pair) == Kind::Pair);
    let shorthand = pair.filter(|&pair| tree.span(pair) == tree.span(used));
    if of(context, used)? == Place::Later || is_needed(context, used) {
        return Some(match shorthand {
            Some(_) => (tree.span(used), format!("{}: {read}", context.text(used))),
            None => (tree.span(used), read.to_owned()),
        });
    }
    if !context.program.language.is_script() {
        return None;
    }
    let pair = tree.ancestors(used).find(|&above| tree.kind(above) == Kind::Pair)?;
    let value = tree.child(pair, Field::Value)?;
    let (outer, inner) = (tree.span(value), tree.span(used));
    let text = context.program.text.as_str();
    let before = text.get(outer.start as usize..inner.start as usize)?;
    let after = text.get(inner.end as usize..outer.end as usize)?;
    property(context, pair, &format!("{before}{read}{after}"))
}

/// `key: value` of an object that is only stored → a getter, which reads when the property is read.
fn property(context: Context<'_>, pair: NodeId, value: &str) -> Option<(Span, String)> {
    let tree = context.tree();
    let key = tree.child(pair, Field::Key)?;
    let name = context.name(key);
    let object = tree.parent(pair).filter(|&object| tree.kind(object) == Kind::Dict)?;
    // What is set later can be no getter; what is compared or destructured on the spot is needed now.
    let set = tree.ids().any(|node| {
        tree.kind(node) == Kind::Attribute && tree.field(node) == Field::Target && context.name(node) == name
    });
    let kept = tree
        .ancestors(object)
        .take_while(|&above| !tree.is_statement(above))
        .all(|above| matches!(tree.kind(above), Kind::Dict | Kind::Pair | Kind::List | Kind::Other | Kind::Cast));
    let plain = tree.subtree(pair).all(|part| !matches!(tree.kind(part), Kind::Await | Kind::Yield));
    (!set && kept && plain).then(|| (tree.span(pair), format!("get {}() {{ return {value}; }}", context.text(key))))
}

/// A value that loading stores without needing it.
pub(super) fn stored(context: Context<'_>, literal: NodeId, variable: &str) -> Option<Edit> {
    let tree = context.tree();
    if !context.program.language.is_script() {
        return None;
    }
    if let Some(pair) = tree.ancestors(literal).find(|&above| tree.kind(above) == Kind::Pair) {
        let value = tree.child(pair, Field::Value)?;
        let (span, text) = property(context, pair, &reading_of(context, value, literal, variable))?;
        return Some(draft(context, literal, variable)?.replace(span, text).finish());
    }
    None
}

/// `private key = "…"` and `static KEY = "…"` of a class → a getter of that name.
fn getter(context: Context<'_>, literal: NodeId, statement: NodeId, variable: &str) -> Option<Edit> {
    let tree = context.tree();
    let target = tree.child(statement, Field::Target)?;
    let value = tree.child(statement, Field::Value)?;
    let name = context.text(target);
    let set = tree.ids().any(|node| {
        tree.kind(node) == Kind::Attribute && tree.field(node) == Field::Target && context.name(node) == name
    });
    if set || tree.child(statement, Field::Decorator).is_some() {
        return None;
    }
    let words: Vec<&str> =
        head(context, statement).split_whitespace().filter(|&word| word != "readonly" && word != "declare").collect();
    let words = if words.is_empty() { String::new() } else { format!("{} ", words.join(" ")) };
    let declared = tree.child(statement, Field::Type).map(|declared| format!(": {}", context.text(declared)));
    let read = reading_of(context, value, literal, variable);
    let text = format!("{words}get {name}(){} {{ return {read}; }}", declared.unwrap_or_default());
    let mut span = tree.span(statement);
    // A method ends without a semicolon.
    if context.program.text.get(span.end as usize..).is_some_and(|rest| rest.starts_with(';')) {
        span.end += 1;
    }
    Some(draft(context, literal, variable)?.replace(span, text).finish())
}
