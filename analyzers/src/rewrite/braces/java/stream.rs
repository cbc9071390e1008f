//! CWE-502: a stream of objects takes the classes that its reader expects; none where the unit does not say which.

use crate::edit::{Edit, EditKind};
use crate::rewrite::braces::statement;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// Classes that hold nothing but values of the platform.
const PLAIN: &[&str] = &[
    "String",
    "Integer",
    "Long",
    "Double",
    "Boolean",
    "BigDecimal",
    "BigInteger",
    "LocalDate",
    "LocalDateTime",
    "UUID",
];

/// `(User) stream.readObject()` → with a filter for `User` and the platform's classes before it.
pub(in crate::rewrite::braces) fn propose(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, call));
}

fn edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    if context.callee_name(call) != "readObject" {
        return None;
    }
    let cast = tree.parent(call).filter(|&cast| tree.kind(cast) == Kind::Cast)?;
    let class = context.text(tree.child(cast, Field::Type)?);
    let pattern = pattern(context, class)?;
    let object = tree.child(tree.child(call, Field::Callee)?, Field::Object)?;
    let definition = context.program.names.definition(object)?;
    let maker = definition.value.filter(|&maker| {
        tree.kind(maker) == Kind::New && context.callee_path(maker).rsplit('.').next() == Some("ObjectInputStream")
    })?;
    let line =
        format!("{}.setObjectInputFilter(ObjectInputFilter.Config.createFilter({pattern}));", context.text(object));
    let made = tree.statement(maker);
    let edit = if tree.field(made) == Field::Resource {
        // At the start of the block that the stream is open for.
        let body = tree.parent(made).and_then(|whole| tree.child(whole, Field::Body))?;
        let first = tree.children(body).next()?;
        statement::before(context, first, &[line])?
    } else {
        statement::after(context, made, &[line])?
    };
    let imported = tree.ids().filter(|&node| tree.kind(node) == Kind::ImportItem).any(|node| {
        tree.import_path(node) == Some("java.io.ObjectInputFilter")
            || tree.import_path(node) == Some("java.io") && context.name(node) == "*"
    });
    let draft = Draft::new(EditKind::DataOnlyFormat, call, &[502], "let the stream hold the expected classes only");
    let import = (!imported).then(|| "import java.io.ObjectInputFilter;".to_owned());
    Some(draft.import(import).text(edit).finish())
}

/// The filter's pattern as an expression: a class of the unit whose fields are the platform's, or one of the platform.
fn pattern(context: Context<'_>, class: &str) -> Option<String> {
    if PLAIN.contains(&class) {
        return Some("\"java.base/*;!*\"".to_owned());
    }
    let tree = context.tree();
    let declared = tree.ids().find(|&node| tree.kind(node) == Kind::Class && context.name(node) == class)?;
    let body = tree.child(declared, Field::Body)?;
    let known = tree.children(body).filter(|&field| tree.kind(field) == Kind::Assign).all(|field| {
        let kind = tree.child(field, Field::Type).map_or("", |kind| context.text(kind));
        kind.starts_with(|letter: char| letter.is_ascii_lowercase()) && !kind.contains('.') || PLAIN.contains(&kind)
    });
    let alone = tree.child(declared, Field::Base).is_none_or(|base| context.text(base).contains("Serializable"));
    (known && alone).then(|| format!("{class}.class.getName() + \";java.base/*;!*\""))
}
