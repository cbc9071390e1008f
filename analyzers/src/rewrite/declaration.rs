//! CWE-611, 776: XML text for a parser of the standard library is refused where it declares a document type or entities.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// Reads a tree as `ElementTree.fromstring` does, in one pass; `MODULE` stands for the unit's name of that module.
const READER: &str = r#"def parse_plain_xml(source):
    """Parses XML text that declares no document type and no entity; ValueError for any other."""

    def refuse(*_):
        raise ValueError("document type and entity declarations are not accepted")

    def qualified(name):
        return "{" + name if "}" in name else name

    def start(name, attributes):
        builder.start(qualified(name), {qualified(key): value for key, value in attributes.items()})

    builder = MODULE.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: builder.end(qualified(name))
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(source, True)
    except expat.ExpatError as problem:
        error = MODULE.ParseError(str(problem))
        error.code, error.position = problem.code, (problem.lineno, problem.offset)
        raise error from None
    return builder.close()
"#;

const CHECKER: &str = r#"def refuse_declarations(source):
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

/// `ElementTree.fromstring(text)` → `parse_plain_xml(text)`, `ElementTree.parse(file)` → `parse_plain_xml_file(file)`; other readers get `refuse_declarations(text)`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let of_library = |call: NodeId| {
        let path = context.callee_path(call);
        tree.kind(call) == Kind::Call && (path.starts_with("xml.etree.") || path.starts_with("xml.dom."))
    };
    let Some(call) = context.around(node, of_library) else { return };
    let Ok(import) = context.import_of("xml.parsers", "expat") else { return };
    let draft = Draft::new(EditKind::HardenParser, call, &[611, 776], "refuse document type and entity declarations")
        .import(import);
    out.extend(read(context, call, draft.clone()).or_else(|| check(context, call, draft)));
}

fn read(context: Context<'_>, call: NodeId, draft: Draft) -> Option<Edit> {
    let tree = context.tree();
    let reads = matches!(
        context.callee_path(call),
        "xml.etree.ElementTree.fromstring"
            | "xml.etree.ElementTree.XML"
            | "xml.etree.cElementTree.fromstring"
            | "xml.etree.cElementTree.XML"
    );
    let mut arguments = tree.children_in(call, Field::Argument);
    let (argument, None) = (arguments.next()?, arguments.next()) else { return None };
    // A stream over text that is at hand needs no file to be read.
    let streamed = tree.kind(argument) == Kind::Call && matches!(context.callee_name(argument), "BytesIO" | "StringIO");
    let from_file = !streamed
        && matches!(context.callee_path(call), "xml.etree.ElementTree.parse" | "xml.etree.cElementTree.parse");
    if !(reads || from_file) || matches!(tree.kind(argument), Kind::Keyword | Kind::Spread) {
        return None;
    }
    let (module, import) = context.module("xml.etree.ElementTree");
    let reader = READER.replace("MODULE", &module);
    let (name, reader) =
        if from_file { ("parse_plain_xml_file", of_file(&reader, &module)) } else { ("parse_plain_xml", reader) };
    let draft = draft.import(import).helper(name, reader);
    Some(draft.replace(tree.span(tree.child(call, Field::Callee)?), name).finish())
}

/// The reader for a path or an opened file.
fn of_file(reader: &str, module: &str) -> String {
    let read = concat!(
        "    if hasattr(source, \"read\"):\n        text = source.read()\n    else:\n",
        "        with open(source, \"rb\") as file:\n            text = file.read()\n",
        "    builder = ",
    );
    reader
        .replace("def parse_plain_xml(", "def parse_plain_xml_file(")
        .replace("Parses XML text", "Parses an XML file")
        .replace("    builder = ", read)
        .replace("Parse(source, ", "Parse(text, ")
        .replace("return builder.close()", &format!("return {module}.ElementTree(builder.close())"))
}

fn check(context: Context<'_>, call: NodeId, draft: Draft) -> Option<Edit> {
    let tree = context.tree();
    let argument = tree.positional(call).next()?;
    let (owner, source) = match context.callee_name(call) {
        "fromstring" | "XML" | "XMLID" | "parseString" => (call, argument),
        // A stream over text that is at hand.
        "parse" | "iterparse"
            if tree.kind(argument) == Kind::Call && matches!(context.callee_name(argument), "BytesIO" | "StringIO") =>
        {
            (argument, tree.positional(argument).next()?)
        }
        _ => return None,
    };
    let checked = tree.kind(source) == Kind::Call
        && tree.child(source, Field::Callee).is_some_and(|callee| context.text(callee) == "refuse_declarations");
    if tree.kind(source) == Kind::Spread || checked {
        return None;
    }
    let text = format!("refuse_declarations({})", context.text(source));
    let draft = draft.helper("refuse_declarations", CHECKER.to_owned());
    Some(draft.replace(context.whole_argument(owner, source), text).finish())
}
