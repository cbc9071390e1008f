//! CWE-611, 776: XML text for a parser of the standard library is refused where it declares a document type or entities.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const HELPER: &str = r#"def refuse_declarations(source):
    """Returns XML text that declares no document type and no entity; ValueError for any other."""

    def refuse(*_):
        raise ValueError("document type and entity declarations are not accepted")

    checker = expat.ParserCreate()
    checker.StartDoctypeDeclHandler = refuse
    checker.EntityDeclHandler = refuse
    try:
        checker.Parse(source, True)
    except expat.ExpatError:
        return source  # The parser that reads it next says what is wrong.
    return source
"#;

const IMPORT: &str = "from xml.parsers import expat";

/// `ElementTree.fromstring(text)` → `ElementTree.fromstring(refuse_declarations(text))`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let of_library = |call: NodeId| {
        let path = context.callee_path(call);
        tree.kind(call) == Kind::Call && (path.starts_with("xml.etree.") || path.starts_with("xml.dom."))
    };
    let Some(call) = context.around(node, of_library) else { return };
    let Some(argument) = tree.positional(call).next() else { return };
    let source = match context.callee_name(call) {
        "fromstring" | "XML" | "XMLID" | "parseString" => Some((call, argument)),
        // A stream over text that is at hand.
        "parse" | "iterparse"
            if tree.kind(argument) == Kind::Call && matches!(context.callee_name(argument), "BytesIO" | "StringIO") =>
        {
            tree.positional(argument).next().map(|source| (argument, source))
        }
        _ => None,
    };
    let Some((owner, source)) = source.filter(|&(_, source)| tree.kind(source) != Kind::Spread) else { return };
    let known = context.program.text.contains(IMPORT);
    let taken = !known && tree.ids().any(|node| tree.kind(node) == Kind::Name && context.text(node) == "expat");
    let checked = tree.kind(source) == Kind::Call
        && tree.child(source, Field::Callee).is_some_and(|callee| context.text(callee) == "refuse_declarations");
    if taken || checked {
        return;
    }
    let draft = Draft::new(EditKind::HardenParser, call, &[611, 776], "refuse document type and entity declarations");
    out.push(
        draft
            .replace(context.whole_argument(owner, source), format!("refuse_declarations({})", context.text(source)))
            .import((!known).then(|| IMPORT.to_owned()))
            .helper("refuse_declarations", HELPER.to_owned())
            .finish(),
    );
}
