//! Ways to make a finding go away without making the program safe, counted before and after; never a judgement of style.

use crate::program::Program;
use crate::resolve::Constant;
use crate::scan::Analysis;
use crate::syntax::{Field, Kind, NodeId};

/// Number of features below.
const FEATURES: usize = 13;

/// Whether the candidate holds more of any evasion than the original. Functions called `helpers` are the catalogue's own.
pub(super) fn is_new(
    before: &Program,
    found: &Analysis,
    after: &Program,
    analysis: &Analysis,
    helpers: &[&str],
) -> bool {
    if analysis.suppressions.len() > found.suppressions.len() {
        return true;
    }
    let (old, new) = (count(before, &[]), count(after, helpers));
    new.iter().zip(old).any(|(new, old)| *new > old)
}

fn count(program: &Program, helpers: &[&str]) -> [usize; FEATURES] {
    let tree = &program.tree;
    let own: Vec<NodeId> = tree
        .ids()
        .filter(|&node| tree.kind(node) == Kind::Function && helpers.contains(&tree.name(node, &program.text)))
        .collect();
    let mut counts = [0; FEATURES];
    for node in tree.ids() {
        if own.iter().any(|&helper| tree.contains(helper, node)) {
            continue;
        }
        features(program, node, |feature| counts[feature] += 1);
    }
    counts
}

/// Functions that reach code by name, run text, or hide what is called.
const REFLECTION: &[&str] = &[
    "getattr",
    "setattr",
    "delattr",
    "__import__",
    "globals",
    "locals",
    "vars",
    "importlib.import_module",
    "functools.partial",
    "operator.attrgetter",
    "operator.methodcaller",
    "builtins.getattr",
    "importlib.reload",
    "types.FunctionType",
    "sys.modules",
    "ctypes.CDLL",
    "inspect.getattr_static",
    "Class.forName",
    "java.lang.Class.forName",
    "Reflect.get",
    "Reflect.apply",
    "Reflect.construct",
    "module.constructor._load",
    "process.binding",
    "process.mainModule.require",
    "reflect.ValueOf",
    "plugin.Open",
];

/// Methods of the same.
const REFLECTION_METHODS: &[&str] = &[
    "getMethod",
    "getDeclaredMethod",
    "invoke",
    "newInstance",
    "getDeclaredField",
    "setAccessible",
    "__getattribute__",
    "import_module",
    "loadClass",
    "forName",
    "MethodByName",
    "FieldByName",
];

/// Functions that run text as code.
const RUNS_TEXT: &[&str] = &[
    "eval",
    "exec",
    "compile",
    "execfile",
    "builtins.eval",
    "builtins.exec",
    "Function",
    "vm.runInNewContext",
    "vm.runInThisContext",
    "vm.runInContext",
    "code.interact",
    "runpy.run_path",
    "setTimeout",
];

/// Functions that take text apart so that it is not seen.
const HIDES_TEXT: &[&str] = &[
    "chr",
    "fromhex",
    "b64decode",
    "b32decode",
    "b16decode",
    "a85decode",
    "b85decode",
    "unhexlify",
    "decodebytes",
    "rot13",
    "maketrans",
    "atob",
    "fromCharCode",
    "fromCodePoint",
    "decompress",
    "decode64",
    "a2b_base64",
    "a2b_hex",
    "parseHexBinary",
    "DecodeString",
];

/// Programs that run a string they are given.
const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "cmd",
    "cmd.exe",
    "powershell",
    "pwsh",
    "/bin/sh",
    "/bin/bash",
    "/usr/bin/env",
    "/usr/bin/sh",
    "/usr/bin/bash",
    "env",
    "busybox",
    "perl",
    "python",
    "python3",
    "node",
    "ruby",
    "xargs",
    "eval",
];

/// Functions whose references are watched: naming one without calling it passes it on unseen.
const SINKS: &[&str] = &[
    "os.system",
    "os.popen",
    "os.execl",
    "os.execv",
    "os.execvp",
    "os.spawnl",
    "os.spawnv",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "eval",
    "exec",
    "pickle.loads",
    "pickle.load",
    "yaml.load",
    "yaml.unsafe_load",
    "marshal.loads",
    "tempfile.mktemp",
    "random.choice",
    "random.randint",
    "random.random",
    "hashlib.md5",
    "hashlib.sha1",
    "child_process.exec",
    "child_process.execSync",
    "commands.getoutput",
    "pty.spawn",
    "jsonpickle.decode",
    "dill.loads",
    "os/exec.Command",
    "os/exec.CommandContext",
    "syscall.Exec",
    "os.StartProcess",
    "crypto/md5.New",
    "crypto/md5.Sum",
    "crypto/sha1.New",
    "crypto/sha1.Sum",
    "math/rand.Intn",
    "html/template.HTML",
];

fn features(program: &Program, node: NodeId, mut add: impl FnMut(usize)) {
    let (tree, text) = (&program.tree, program.text.as_str());
    let path = |node: NodeId| program.names.path(node).unwrap_or_default();
    match tree.kind(node) {
        Kind::Call | Kind::New => {
            let Some(callee) = tree.child(node, Field::Callee) else { return };
            let (written, name) = (tree.text(callee, text), tree.name(callee, text));
            if REFLECTION.contains(&path(callee)) || REFLECTION.contains(&written) || REFLECTION_METHODS.contains(&name)
            {
                add(0);
            }
            if RUNS_TEXT.contains(&path(callee)) || RUNS_TEXT.contains(&written) {
                add(1);
            }
            if HIDES_TEXT.contains(&name) || (name == "decode" && path(callee).starts_with("codecs.")) {
                add(2);
            }
            // What is called is itself worked out.
            if is_worked_out(program, callee)
                && matches!(
                    tree.kind(callee),
                    Kind::Subscript | Kind::Call | Kind::Conditional | Kind::Boolean | Kind::Lambda
                )
                || (program.language.is_script() && matches!(name, "apply" | "bind"))
            {
                add(3);
            }
            if tree
                .children_in(node, Field::Argument)
                .any(|argument| tree.kind(argument) == Kind::Spread && tree.name(argument, text) == "**")
            {
                add(4);
            }
            // `shlex.split` of text with values splits the values too.
            if matches!(path(callee), "shlex.split")
                && tree.positional(node).next().is_some_and(|argument| program.names.constant(argument).is_none())
            {
                add(5);
            }
            if matches!(name, "split")
                && tree.parent(node).is_some_and(|parent| {
                    tree.kind(parent) == Kind::Call && path_is_process(path_of_callee(program, parent))
                })
            {
                add(5);
            }
            if name == "require"
                && tree.positional(node).next().is_some_and(|argument| program.names.constant(argument).is_none())
            {
                add(0);
            }
            if runs_shell(program, node) {
                add(6);
            }
        }
        Kind::List
            if tree.parent(node).is_some_and(|parent| !matches!(tree.kind(parent), Kind::Call))
                && shell_list(program, node) =>
        {
            add(6);
        }
        Kind::Name | Kind::Attribute => {
            let called = tree.field(node) == Field::Callee
                || tree.field(node) == Field::Object
                || tree.field(node) == Field::Target;
            let is_alias = !called
                && SINKS.contains(&path(node))
                && !matches!(tree.parent(node).map(|parent| tree.kind(parent)), Some(Kind::ImportItem | Kind::Import));
            // A name that stands for a sink through an alias is called by another spelling.
            if is_alias {
                add(0);
            }
            if matches!(
                tree.name(node, text),
                "__dict__" | "__globals__" | "__builtins__" | "__subclasses__" | "__class__" | "modules"
            ) && tree.kind(node) == Kind::Attribute
                || tree.text(node, text) == "__builtins__"
            {
                add(0);
            }
        }
        Kind::Assign => {
            let replaces = tree.children_in(node, Field::Target).any(|target| {
                tree.kind(target) == Kind::Attribute
                    && tree.child(target, Field::Object).is_some_and(|object| is_module(program, object))
                    && !matches!(tree.name(target, text), "exports")
            });
            if replaces {
                add(7);
            }
        }
        Kind::Handler => {
            let kinds: Vec<&str> = tree.children_in(node, Field::Type).map(|kind| tree.text(kind, text)).collect();
            let broad = kinds.is_empty()
                || kinds
                    .iter()
                    .any(|kind| matches!(*kind, "Exception" | "BaseException" | "Throwable" | "java.lang.Exception"));
            let statements: Vec<NodeId> = tree
                .children_in(node, Field::Body)
                .flat_map(
                    |body| if tree.kind(body) == Kind::Block { tree.children(body).collect() } else { vec![body] },
                )
                .collect();
            let empty = statements.iter().all(|&statement| {
                matches!(tree.kind(statement), Kind::Pass | Kind::Continue | Kind::Break)
                    || (tree.kind(statement) == Kind::Return
                        && tree
                            .child(statement, Field::Value)
                            .is_none_or(|value| program.names.constant(value).is_some()))
            });
            if broad {
                add(8);
            }
            if empty {
                add(9);
            }
        }
        Kind::If | Kind::While | Kind::Conditional => {
            if let Some(test) = tree.child(node, Field::Test)
                && is_constant_test(program, test, tree.kind(node))
            {
                add(10);
            }
        }
        Kind::Return | Kind::Raise | Kind::Break | Kind::Continue => {
            // Something stands behind it that never runs.
            let follows = tree.parent(node).is_some_and(|block| {
                matches!(tree.kind(block), Kind::Block | Kind::Module)
                    && tree.children(block).any(|sibling| {
                        sibling > node && tree.is_statement(sibling) && tree.kind(sibling) != Kind::Function
                    })
            });
            if follows {
                add(11);
            }
        }
        Kind::Subscript => {
            let reversed = tree.text(node, text).replace(' ', "").ends_with("[::-1]")
                && tree.children(node).next().is_some_and(|object| {
                    program.names.constant(object).is_some() || tree.kind(object) == Kind::String
                });
            if reversed {
                add(2);
            }
        }
        Kind::Function => {
            if raises_always(program, node) {
                add(12);
            }
            // A function that takes a sink's or sanitizer's name over.
            let name = tree.name(node, text);
            if tree.scope(node) == NodeId::ROOT
                && matches!(
                    name,
                    "escape"
                        | "quote"
                        | "system"
                        | "escape_html"
                        | "safe_load"
                        | "literal_eval"
                        | "evaluate_arithmetic"
                        | "refuse_declarations"
                        | "parse_plain_xml"
                        | "parse_plain_xml_file"
                        | "leads_to_host"
                        | "digests_match"
                        | "compare_digest"
                        | "one_line"
                        | "require_environment"
                        | "join_inside"
                        | "path_inside"
                        | "local_target"
                        | "localTarget"
                        | "oneLine"
                        | "pathInside"
                        | "joinInside"
                        | "requireEnvironment"
                        | "secure_filename"
                        | "sanitize"
                        | "load_plain_data"
                        | "encodeForHTML"
                )
            {
                add(7);
            }
        }
        _ => {}
    }
}

/// Whether a callee is more than a pick from a literal table of known functions (`OPERATORS[type(node.op)](…)`).
/// Sinks in such a table are counted where they are named.
fn is_worked_out(program: &Program, callee: NodeId) -> bool {
    let tree = &program.tree;
    let table = (tree.kind(callee) == Kind::Subscript).then(|| tree.child(callee, Field::Object)).flatten();
    let table = table.and_then(|name| program.names.definition(name)).and_then(|definition| definition.value);
    let known = |value: NodeId| match tree.kind(value) {
        Kind::Lambda => true,
        Kind::Name | Kind::Attribute => program.names.path(value).is_some(),
        _ => false,
    };
    !table.is_some_and(|table| {
        tree.kind(table) == Kind::Dict
            && tree.children(table).all(|pair| tree.child(pair, Field::Value).is_some_and(known))
    })
}

fn path_of_callee(program: &Program, call: NodeId) -> &str {
    program.tree.child(call, Field::Callee).and_then(|callee| program.names.path(callee)).unwrap_or_default()
}

fn path_is_process(path: &str) -> bool {
    path.starts_with("subprocess.")
        || path.starts_with("os.exec")
        || path.starts_with("os.spawn")
        || path.starts_with("child_process.")
        || path.ends_with("ProcessBuilder")
}

/// Whether a call runs a shell by argument vector.
fn runs_shell(program: &Program, call: NodeId) -> bool {
    let tree = &program.tree;
    let path = path_of_callee(program, call);
    if tree
        .children_in(call, Field::Argument)
        .any(|argument| matches!(tree.kind(argument), Kind::List) && shell_list(program, argument))
    {
        return true;
    }
    let is_process = path_is_process(path)
        || path.ends_with("create_subprocess_exec")
        || path.ends_with("exec")
        || path.ends_with("spawn")
        || path.ends_with("execFile");
    is_process
        && tree.positional(call).next().is_some_and(|first| shell_word(program, first))
        && tree.positional(call).nth(1).is_some()
}

fn shell_list(program: &Program, list: NodeId) -> bool {
    let tree = &program.tree;
    let mut elements = tree.children(list);
    let first = elements.next().is_some_and(|first| shell_word(program, first));
    first && elements.any(|element| matches!(program.names.constant(element), Some(Constant::Text(text)) if text.starts_with('-') && text.contains('c') || text.starts_with("/c") || text.starts_with("/C") || text == "-e" || text == "-S" || text == "sh"))
}

fn shell_word(program: &Program, node: NodeId) -> bool {
    program.names.text(node).is_some_and(|text| SHELLS.contains(&text))
}

/// Whether a name stands for an imported module.
fn is_module(program: &Program, node: NodeId) -> bool {
    let tree = &program.tree;
    let (text, name) = (program.text.as_str(), tree.text(node, &program.text));
    tree.ids().any(|item| tree.kind(item) == Kind::ImportItem && tree.name(item, text) == name)
        && program.names.path(node).is_some_and(|path| {
            !path.contains('.')
                && matches!(
                    path,
                    "os" | "subprocess"
                        | "hashlib"
                        | "random"
                        | "pickle"
                        | "yaml"
                        | "ssl"
                        | "html"
                        | "shlex"
                        | "tempfile"
                        | "builtins"
                        | "sys"
                )
        })
        && tree.field(node) == Field::Object
        && !name.is_empty()
        && name != "ssl"
}

fn is_constant_test(program: &Program, test: NodeId, kind: Kind) -> bool {
    let tree = &program.tree;
    let text = tree.text(test, &program.text);
    match tree.kind(test) {
        Kind::Bool | Kind::Number | Kind::Null | Kind::String => {
            !(kind == Kind::While && matches!(text, "True" | "true" | "1"))
        }
        Kind::Compare | Kind::Boolean | Kind::Unary => {
            let leaves = tree.subtree(test).filter(|&node| tree.end(node).index() == node.index() + 1);
            let mut any = false;
            for leaf in leaves {
                any = true;
                if !matches!(tree.kind(leaf), Kind::Bool | Kind::Number | Kind::Null | Kind::String) {
                    return program.names.constant(test).is_some();
                }
            }
            any
        }
        _ => matches!(program.names.constant(test), Some(Constant::Bool(_) | Constant::Null)),
    }
}

/// Whether the function raises before it does anything, on every input.
fn raises_always(program: &Program, function: NodeId) -> bool {
    let tree = &program.tree;
    let Some(body) = tree.child(function, Field::Body) else { return false };
    for statement in tree.children(body) {
        match tree.kind(statement) {
            Kind::Raise => return true,
            Kind::ExprStatement | Kind::Assign | Kind::Import | Kind::Pass => {}
            _ => return false,
        }
    }
    false
}
