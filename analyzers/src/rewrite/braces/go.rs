//! Rewrites of Go: standard library only, and none where the types at hand do not show that the result compiles.

mod command;
mod option;
mod query;
#[cfg(test)]
mod tests;

use super::Propose;
use crate::concept;
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// Which rewrites Go has for a finding on which concept.
pub(super) const ROWS: &[(&[&str], Propose)] = &[
    (&[concept::SQL_STRING], query::propose),
    (&[concept::SHELL_STRING], command::propose),
    (&[concept::WEAK_HASH], digest),
    (&[concept::INSECURE_RANDOM], random),
    (&[concept::TLS_VERIFY, concept::TLS_VERSION], option::tls),
    (&[concept::FILE_MODE], option::mode),
    (&[concept::REQUEST_TIMEOUT], option::server),
    (&[concept::COOKIE_FLAGS], option::cookie),
    (&[concept::TEMPORARY_PATH], option::temporary),
    (&[concept::TIMING_COMPARE], compare),
    (&[concept::MARK_SAFE, concept::HTML_UNESCAPED], markup),
    (&[concept::PATH_TRAVERSAL], confine),
    (&[concept::HARDCODED_SECRET], super::secret::propose),
];

/// How the unit writes a package, and the import that this needs; `None` where the name means something else.
pub(super) fn package(context: Context<'_>, path: &str) -> Option<(String, Option<String>)> {
    let tree = context.tree();
    let name = path.rsplit('/').next()?;
    for node in tree.ids() {
        match tree.kind(node) {
            Kind::ImportItem if tree.import_path(node) == Some(path) => {
                let local = context.name(node);
                if local != "_" && local != "." {
                    return Some((local.to_owned(), None));
                }
            }
            Kind::ImportItem | Kind::Parameter | Kind::Function if context.name(node) == name => return None,
            Kind::Name
                if context.name(node) == name
                    && context.program.names.binding(node).is_some()
                    && tree.field(node) == Field::Target =>
            {
                return None;
            }
            _ => {}
        }
    }
    Some((name.to_owned(), Some(format!("import \"{path}\""))))
}

/// Whether an expression is a `string`, as far as the unit shows.
fn is_string(context: Context<'_>, node: NodeId) -> bool {
    const GETTERS: &[&str] = &[
        "FormValue",
        "PostFormValue",
        "PathValue",
        "Query",
        "Param",
        "PostForm",
        "DefaultQuery",
        "QueryParam",
        "UserAgent",
        "Referer",
        "String",
        "Getenv",
        "Sprintf",
        "Sprint",
        "TrimSpace",
        "ToLower",
        "ToUpper",
        "EncodeToString",
        "EscapeString",
    ];
    let tree = context.tree();
    match tree.kind(node) {
        Kind::String => !context.text(node).starts_with('\''),
        Kind::Binary => context.name(node) == "+" && tree.children(node).any(|side| is_string(context, side)),
        Kind::Cast => tree.child(node, Field::Type).is_some_and(|kind| context.text(kind) == "string"),
        Kind::Call => {
            let path = context.callee_path(node);
            GETTERS.contains(&context.callee_name(node))
                || context.callee_name(node) == "Get" && (path.contains("URL.Query") || path.contains("Header"))
        }
        Kind::Subscript => tree.child(node, Field::Object).is_some_and(|object| {
            context.path(object) == "os.Args" || context.callee_path(object) == "github.com/gorilla/mux.Vars"
        }),
        Kind::Name => {
            context.type_of(node) == Some("string")
                || context.program.names.definition(node).is_some_and(|definition| {
                    definition.value.is_some_and(|value| value != node && is_string(context, value))
                })
        }
        _ => context.type_of(node) == Some("string"),
    }
}

/// `md5.Sum(x)` → `sha256.Sum256(x)`, `sha1.New()` → `sha256.New()`.
fn digest(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(callee) = tree.child(call, Field::Callee) else { return };
    let function = match context.callee_path(call) {
        "crypto/md5.Sum" | "crypto/sha1.Sum" => "Sum256",
        "crypto/md5.New" | "crypto/sha1.New" => "New",
        _ => return,
    };
    // An array of the old length would no longer hold the digest.
    let sized =
        ["[16]byte", "[20]byte", "md5.Size", "sha1.Size"].iter().any(|part| context.program.text.contains(part));
    let Some((name, import)) = package(context, "crypto/sha256").filter(|_| !sized) else { return };
    let draft = Draft::new(EditKind::StrongAlgorithm, call, &[327], "hash with SHA-256").import(import);
    out.push(draft.replace(tree.span(callee), format!("{name}.{function}")).finish());
}

const RANDOM_HELPER: &str = "// secureInt draws a number below limit from the operating system's generator.
func secureInt(limit int) int {
	number, err := cryptorand.Int(cryptorand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		panic(err)
	}
	return int(number.Int64())
}
";

/// `rand.Intn(n)` → a draw from `crypto/rand`.
fn random(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(callee) = tree.child(call, Field::Callee) else { return };
    let draft = Draft::new(EditKind::SecureRandom, call, &[330], "draw secrets from the operating system's generator");
    match context.callee_path(call) {
        "math/rand.Intn" | "math/rand.IntN" if package(context, "math/big").is_some_and(|(name, _)| name == "big") => {
            let (_, big) = package(context, "math/big").unwrap_or_default();
            let draft = draft
                .replace(tree.span(callee), "secureInt")
                .import(Some("import cryptorand \"crypto/rand\"".to_owned()))
                .import(big)
                .helper("secureInt", RANDOM_HELPER.to_owned());
            out.push(draft.finish());
        }
        "math/rand.Read" => {
            let draft = draft
                .replace(tree.span(callee), "cryptorand.Read")
                .import(Some("import cryptorand \"crypto/rand\"".to_owned()));
            out.push(draft.finish());
        }
        _ => {}
    }
}

/// `a == b` → `subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1`.
fn compare(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    // Of two values that are compared one is known to be text, or both are.
    let operator = context.name(node);
    if !matches!(operator, "==" | "!=") || !(is_string(context, left) || is_string(context, right)) {
        return;
    }
    let Some((name, import)) = package(context, "crypto/subtle") else { return };
    let text = format!(
        "{name}.ConstantTimeCompare([]byte({}), []byte({})) {operator} 1",
        context.text(left),
        context.text(right)
    );
    let draft = Draft::new(EditKind::SafeCallee, node, &[208], "compare in constant time").import(import);
    out.push(draft.replace(tree.span(node), text).finish());
}

/// `template.HTML(x)` → of escaped text; values that are written to a page are escaped.
fn markup(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let path = context.callee_path(call);
    let draft = Draft::new(EditKind::EscapeMarkup, call, &[79], "escape the value for the page");
    if path == "html/template.HTML" {
        let Some(value) = tree.positional(call).next().filter(|&value| is_string(context, value)) else { return };
        let Some((name, _)) = package(context, "html/template") else { return };
        let text = format!("{name}.HTMLEscapeString({})", context.text(value));
        out.push(draft.replace(tree.span(value), text).finish());
        return;
    }
    let mut values = Vec::new();
    match path {
        "fmt.Fprintf" => {
            let Some(format) = tree.positional(call).nth(1).and_then(|format| context.program.names.text(format))
            else {
                return;
            };
            let verbs = crate::taint::verbs(format);
            for (at, value) in tree.positional(call).skip(2).enumerate() {
                if verbs.get(at).is_some_and(|verb| matches!(verb, 's' | 'v')) {
                    values.push(value);
                }
            }
        }
        "fmt.Fprint" | "fmt.Fprintln" | "io.WriteString" => {
            values.extend(tree.positional(call).skip(1).flat_map(|value| terms(context, value)));
        }
        _ if matches!(context.callee_name(call), "Write" | "WriteString") => {
            let Some(argument) = tree.positional(call).next() else { return };
            let inner =
                if tree.kind(argument) == Kind::Cast { tree.child(argument, Field::Value) } else { Some(argument) };
            let formatted = inner.filter(|&inner| context.callee_path(inner) == "fmt.Sprintf");
            match formatted {
                Some(formatted) => values.extend(tree.positional(formatted).skip(1)),
                None => values.extend(inner.into_iter().flat_map(|inner| terms(context, inner))),
            }
        }
        _ => return,
    }
    values.retain(|&value| context.program.names.constant(value).is_none());
    let Some((name, import)) = package(context, "html") else { return };
    if values.is_empty() || !values.iter().all(|&value| is_string(context, value)) {
        return;
    }
    let mut draft = draft.import(import);
    for value in values {
        draft = draft.replace(tree.span(value), format!("{name}.EscapeString({})", context.text(value)));
    }
    out.push(draft.finish());
}

/// The operands of a sum of texts.
fn terms(context: Context<'_>, node: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let mut open = vec![node];
    let mut terms = Vec::new();
    while let Some(node) = open.pop() {
        if tree.kind(node) == Kind::Binary && context.name(node) == "+" && terms.len() + open.len() < 64 {
            open.extend(tree.children(node));
        } else {
            terms.push(node);
        }
    }
    terms
}

/// `filepath.Join(base, name)` → of a name that cannot lead out: cleaned as if it began at the root.
fn confine(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let join = tree.positional(call).find_map(|argument| {
        let value = match tree.kind(argument) {
            Kind::Name => context.program.names.definition(argument)?.value?,
            _ => argument,
        };
        matches!(context.callee_path(value), "path/filepath.Join").then_some(value)
    });
    let Some(join) = join else { return };
    let parts: Vec<NodeId> = tree.positional(join).collect();
    let Some((&base, names)) = parts.split_first() else { return };
    let dynamic: Vec<NodeId> =
        names.iter().copied().filter(|&name| context.program.names.constant(name).is_none()).collect();
    let [name] = dynamic[..] else { return };
    let fixed = context.program.names.constant(base).is_some() || tree.kind(base) == Kind::Name;
    if !fixed || !is_string(context, name) {
        return;
    }
    let Some((package, _)) = package(context, "path/filepath") else { return };
    let draft = Draft::new(EditKind::ConfinePath, call, &[22], "keep the path below its base directory");
    out.push(draft.replace(tree.span(name), format!("{package}.Clean(\"/\"+{})", context.text(name))).finish());
}
