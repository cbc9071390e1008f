//! CWE-611: parsers of XML are told to refuse entities from outside, right after they or their factories are made;
//! never where what that throws is not allowed for.

use super::{guards, may_throw};
use crate::edit::{Edit, EditKind};
use crate::rewrite::braces::statement;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// Longest chain of objects that is followed.
const LONGEST: usize = 8;

/// What makes parsers, how it is told, and what telling it throws.
struct Maker {
    class: &'static str,
    /// With `{name}` for the object and `{class}` for its class as written.
    lines: &'static [&'static str],
    throws: &'static [&'static str],
    import: Option<&'static str>,
}

const NO_DOCTYPE: &str = "{name}.setFeature(\"http://apache.org/xml/features/disallow-doctype-decl\", true);";

const MAKERS: &[Maker] = &[
    Maker {
        class: "DocumentBuilderFactory",
        lines: &[NO_DOCTYPE],
        throws: &["ParserConfigurationException"],
        import: None,
    },
    Maker {
        class: "SAXParserFactory",
        lines: &[NO_DOCTYPE],
        throws: &["ParserConfigurationException", "SAXException"],
        import: None,
    },
    Maker {
        class: "XMLInputFactory",
        lines: &[
            "{name}.setProperty({class}.SUPPORT_DTD, false);",
            "{name}.setProperty({class}.IS_SUPPORTING_EXTERNAL_ENTITIES, false);",
        ],
        throws: &[],
        import: None,
    },
    Maker {
        class: "TransformerFactory",
        lines: &[
            "{name}.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, \"\");",
            "{name}.setAttribute(XMLConstants.ACCESS_EXTERNAL_STYLESHEET, \"\");",
        ],
        throws: &[],
        import: Some("javax.xml.XMLConstants"),
    },
    Maker { class: "SAXBuilder", lines: &[NO_DOCTYPE], throws: &[], import: None },
    Maker { class: "SAXReader", lines: &[NO_DOCTYPE], throws: &["SAXException"], import: None },
    Maker { class: "XMLReaderFactory", lines: &[NO_DOCTYPE], throws: &["SAXException"], import: None },
];

/// The call that parses.
pub(in crate::rewrite::braces) fn propose(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, call));
}

fn edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let mut at = call;
    for _ in 0..LONGEST {
        let object = tree.child(tree.child(at, Field::Callee)?, Field::Object)?;
        let (value, named) = match tree.kind(object) {
            Kind::Name => {
                let definition = context.program.names.definition(object)?;
                (definition.value?, Some((context.text(object), tree.statement(definition.node))))
            }
            _ => (object, None),
        };
        if let Some((maker, class)) = maker(context, value) {
            return match named {
                Some((name, made)) => told(context, call, at, maker, class, name, made),
                None => taken_out(context, call, at, maker, class, value),
            };
        }
        at = value;
    }
    None
}

/// What makes parsers at a node, with the class as it is written there.
fn maker(context: Context<'_>, node: NodeId) -> Option<(&'static Maker, &str)> {
    let tree = context.tree();
    let callee = tree.child(node, Field::Callee)?;
    let written = match tree.kind(node) {
        Kind::New => context.text(callee),
        Kind::Call if context.name(callee).starts_with("new") || context.name(callee) == "createXMLReader" => {
            context.text(tree.child(callee, Field::Object)?)
        }
        _ => return None,
    };
    let class = written.rsplit('.').next()?;
    MAKERS.iter().find(|maker| maker.class == class).map(|maker| (maker, written))
}

fn lines(maker: &Maker, class: &str, name: &str) -> Vec<String> {
    maker.lines.iter().map(|line| line.replace("{name}", name).replace("{class}", class)).collect()
}

fn draft(context: Context<'_>, call: NodeId, maker: &Maker) -> Option<Draft> {
    let draft = Draft::new(EditKind::HardenParser, call, &[611], "let the parser refuse entities from outside");
    let Some(path) = maker.import else { return Some(draft) };
    let tree = context.tree();
    let (package, class) = path.rsplit_once('.')?;
    let imported = tree.ids().filter(|&node| tree.kind(node) == Kind::ImportItem).any(|node| {
        tree.import_path(node) == Some(path) || tree.import_path(node) == Some(package) && context.name(node) == "*"
    });
    let free = tree.ids().all(|node| tree.kind(node) != Kind::Class || context.name(node) != class);
    free.then(|| draft.import((!imported).then(|| format!("import {path};"))))
}

/// Whether what telling the maker throws is allowed for where that is written.
fn is_allowed(context: Context<'_>, place: NodeId, used: NodeId, maker: &Maker) -> bool {
    // What makes the parser throws the same.
    let same = guards(context, place) == guards(context, used)
        && matches!(context.callee_name(used), "newDocumentBuilder" | "newSAXParser");
    same || may_throw(context, place, maker.throws)
}

/// A maker with a name is told after the statement that makes it.
fn told(
    context: Context<'_>,
    call: NodeId,
    used: NodeId,
    maker: &Maker,
    class: &str,
    name: &str,
    made: NodeId,
) -> Option<Edit> {
    if !is_allowed(context, made, used, maker) {
        return None;
    }
    let edit = statement::after(context, made, &lines(maker, class, name))?;
    Some(draft(context, call, maker)?.text(edit).finish())
}

/// A maker in the middle of a chain gets a name before the statement.
fn taken_out(
    context: Context<'_>,
    call: NodeId,
    used: NodeId,
    maker: &Maker,
    class: &str,
    made: NodeId,
) -> Option<Edit> {
    let tree = context.tree();
    let whole = tree.statement(made);
    let simple = matches!(tree.kind(whole), Kind::ExprStatement | Kind::Assign | Kind::Return);
    if !simple || !is_allowed(context, whole, used, maker) || tree.scope(made) != tree.scope(whole) {
        return None;
    }
    let wanted = if maker.class.ends_with("Factory") { "factory" } else { "parser" };
    let name = context.free_name(wanted);
    let class_of_name = if maker.class == "XMLReaderFactory" { "XMLReader" } else { class };
    let mut added = vec![format!("{class_of_name} {name} = {};", context.text(made))];
    added.extend(lines(maker, class, &name));
    let edit = statement::before(context, whole, &added)?;
    Some(draft(context, call, maker)?.text(edit).replace(tree.span(made), name).finish())
}
