//! CWE-502, 95: unsafe loaders and `eval` give way to their safe forms; never where more than data is read.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::policy::{self, Policy};
use crate::syntax::{Field, Kind, NodeId};

const YAML: &[(&str, &str)] = &[
    ("yaml.load", "safe_load"),
    ("yaml.unsafe_load", "safe_load"),
    ("yaml.full_load", "safe_load"),
    ("yaml.load_all", "safe_load_all"),
    ("yaml.unsafe_load_all", "safe_load_all"),
    ("yaml.full_load_all", "safe_load_all"),
];

/// `yaml.load` → `yaml.safe_load`.
pub(super) fn yaml(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let found = |call: NodeId| YAML.iter().find(|(path, _)| *path == context.callee_path(call)).map(|(_, safe)| *safe);
    let tree = context.tree();
    let Some(call) = context.around(node, |above| tree.kind(above) == Kind::Call && found(above).is_some()) else {
        return;
    };
    let Some(safe) = found(call) else { return };
    // A parser object that is called `yaml`, not the module.
    let object = tree.child(call, Field::Callee).and_then(|callee| tree.child(callee, Field::Object));
    let is_variable = |node: NodeId| {
        context.program.names.definition(node).is_some_and(|definition| tree.kind(definition.node) != Kind::ImportItem)
    };
    if object.is_some_and(is_variable) {
        return;
    }
    let draft = Draft::new(EditKind::SafeCallee, call, &[502], "load plain data only");
    let Some(mut draft) = callee(context, call, "yaml", safe, draft) else { return };
    let loader = context.keyword_node(call, "Loader").or_else(|| tree.positional(call).nth(1));
    if let Some(loader) = loader {
        draft = draft.replace(context.argument_with_comma(call, loader), "");
    }
    out.push(draft.finish());
}

/// Replaces what a call calls by `module.name`; an attribute keeps its object.
pub(super) fn callee(context: Context<'_>, call: NodeId, module: &str, name: &str, draft: Draft) -> Option<Draft> {
    let tree = context.tree();
    let callee = tree.child(call, Field::Callee)?;
    let same_module = tree.kind(callee) == Kind::Attribute
        && tree
            .child(callee, Field::Object)
            .is_some_and(|object| tree.kind(object) == Kind::Name && context.path(object) == module);
    if same_module {
        return Some(draft.replace(tree.name_span(callee), name));
    }
    let (module, import) = context.module(module);
    Some(draft.replace(tree.span(callee), format!("{module}.{name}")).import(import))
}

/// Words of a place where an expression is worked out, rather than a literal read.
const COMPUTES: &[&str] = &[
    "calc",
    "expr",
    "formula",
    "comput",
    "math",
    "operator",
    "evaluat",
    "code",
    "script",
    "equation",
    "func",
    "lambda",
    "command",
    "rule",
    "condition",
    "predicate",
];

/// Words of a place where a literal is read.
const READS: &[&str] = &[
    "literal", "list", "dict", "tuple", "config", "setting", "data", "parse", "load", "read", "json", "row", "coord",
    "record", "number", "values", "option", "param", "matrix",
];

/// `eval` → `ast.literal_eval`, where a literal is what is read.
pub(super) fn eval(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(call) =
        context.around(node, |above| tree.kind(above) == Kind::Call && context.callee_path(above) == "eval")
    else {
        return;
    };
    let mut arguments = tree.children_in(call, Field::Argument);
    let (Some(argument), None) = (arguments.next(), arguments.next()) else { return };
    let function = tree.ancestors(call).find(|&above| tree.kind(above) == Kind::Function);
    let statement = context.text(tree.statement(call)).to_ascii_lowercase();
    let name = function.map_or("", |function| context.name(function)).to_ascii_lowercase();
    let source = context.text(argument).to_ascii_lowercase();
    let has = |words: &[&str]| {
        words
            .iter()
            .any(|word| name.contains(word) || source.contains(word) || statement.contains(&format!("{word} =")))
    };
    let reads_input = tree.kind(argument) == Kind::Call
        && matches!(context.callee_name(argument), "input" | "read" | "strip" | "decode");
    if has(COMPUTES) || tree.kind(argument) == Kind::Template || !(has(READS) || reads_input) {
        return;
    }
    let (ast, import) = context.module("ast");
    let Some(target) = tree.child(call, Field::Callee) else { return };
    let draft = Draft::new(EditKind::SafeCallee, call, &[95], "read literals only, run no code");
    out.push(draft.replace(tree.span(target), format!("{ast}.literal_eval")).import(import).finish());
}

/// Packages whose pickles hold objects of their own.
const OBJECT_PICKLES: &[&str] = &[
    "sklearn",
    "torch",
    "joblib",
    "numpy",
    "pandas",
    "tensorflow",
    "keras",
    "scipy",
    "xgboost",
    "lightgbm",
    "nltk",
    "spacy",
];

const PLAIN_LOADER: &str = r#"def load_plain_data(data):
    """Unpickles built-in data types only: no class or function of any module is looked up."""

    class PlainUnpickler(pickle.Unpickler):
        def find_class(self, module, name):
            raise pickle.UnpicklingError(f"{module}.{name} is not plain data")

    return PlainUnpickler(io.BytesIO(data)).load()
"#;

/// `pickle.loads` → an unpickler that looks up no class, where the unit shows no objects of its own.
pub(super) fn pickle(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let is_load = |path: &str| {
        matches!(
            path,
            "pickle.loads" | "pickle.load" | "cPickle.loads" | "cPickle.load" | "_pickle.loads" | "_pickle.load"
        )
    };
    let Some(call) =
        context.around(node, |above| tree.kind(above) == Kind::Call && is_load(context.callee_path(above)))
    else {
        return;
    };
    let objects = OBJECT_PICKLES.iter().any(|module| context.imports(module))
        || tree.ids().any(|node| tree.kind(node) == Kind::Class);
    let mut arguments = tree.children_in(call, Field::Argument);
    let (Some(argument), None) = (arguments.next(), arguments.next()) else { return };
    let (pickle, import) = context.module("pickle");
    let (io, import_io) = context.module("io");
    let statement = tree.statement(call);
    let policy = policy::broken(context, call).filter(|_| context.alone_on_line(statement));
    if (objects && policy.is_none()) || tree.kind(argument) == Kind::Keyword || pickle != "pickle" || io != "io" {
        return;
    }
    let Some(target) = tree.child(call, Field::Callee) else { return };
    let mut draft = Draft::new(EditKind::DataOnlyFormat, call, &[502], "unpickle built-in data types only")
        .replace(tree.span(target), "load_plain_data")
        .import(import)
        .import(import_io)
        .helper("load_plain_data", PLAIN_LOADER.to_owned());
    if let Some(policy) = policy {
        // The value that the list leaves out is refused where it would be used.
        let text = context.program.text.as_str();
        let at = tree.span(statement).start as usize;
        let indent = text.get(crate::edit::start_of_line(text, at)..at).unwrap_or_default();
        let (newline, step) = (crate::edit::line_ending(text), if indent.contains('\t') { "\t" } else { "    " });
        let Policy { list, value } = policy;
        draft = draft.insert(
            at,
            format!(
                "if {value} not in {list}:{newline}{indent}{step}raise ValueError(f\"{{{value}!r}} is not allowed here\"){newline}{indent}"
            ),
        );
    }
    if context.callee_name(call) == "load" {
        draft = draft.insert(context.whole_argument(call, argument).end as usize, ".read()");
    }
    out.push(draft.finish());
}
