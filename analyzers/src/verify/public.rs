//! What others see of a unit: names, signatures, routes, exports, entry points; never its insides.

use std::collections::HashMap;

use crate::lang::Language;
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId};

/// Whether all that `before` shows to others is also in `after`.
pub(super) fn kept(before: &Program, after: &Program) -> bool {
    let module = is_module(before);
    let (old, new) = (surface(before, module), surface(after, module));
    old.iter().all(|(item, count)| new.get(item).copied().unwrap_or(0) >= *count || answered(after, item))
}

/// A module-level name that the module's one `__getattr__` answers for, or a getter of JavaScript.
fn answered(after: &Program, item: &str) -> bool {
    let Some(name) = item.strip_prefix("name ") else { return false };
    let tree = &after.tree;
    if after.language.is_script() {
        let is_getter =
            |text: &str| text.split_whitespace().take_while(|word| !word.contains('(')).any(|word| word == "get");
        return tree.ids().any(|node| {
            matches!(tree.kind(node), Kind::Function)
                && tree.name(node, &after.text) == name
                && is_getter(tree.text(node, &after.text))
                && tree.subtree(node).any(|part| tree.kind(part) == Kind::Return)
        });
    }
    let mut functions = tree.ids().filter(|&node| {
        tree.kind(node) == Kind::Function
            && tree.name(node, &after.text) == "__getattr__"
            && tree.scope(node) == NodeId::ROOT
            && tree.parent(node) == Some(NodeId::ROOT)
    });
    let (Some(function), None) = (functions.next(), functions.next()) else { return false };
    tree.subtree(function)
        .any(|node| tree.kind(node) == Kind::String && tree.text(node, &after.text).trim_matches(['"', '\'']) == name)
        && tree.subtree(function).any(|node| tree.kind(node) == Kind::Return)
}

/// Whether the names of a script are its own unless it exports them.
fn is_module(program: &Program) -> bool {
    let (tree, text) = (&program.tree, program.text.as_str());
    program.language.is_script()
        && (text.contains("require(")
            || text.lines().any(|line| line.contains("exports") || line.trim_start().starts_with("export "))
            || tree.children(NodeId::ROOT).any(|statement| tree.kind(statement) == Kind::Import))
}

/// Items with how often they occur.
fn surface(program: &Program, module: bool) -> HashMap<String, usize> {
    let (tree, text) = (&program.tree, program.text.as_str());
    let mut items = HashMap::new();
    let mut add = |item: String| *items.entry(item).or_insert(0) += 1;
    for node in tree.ids() {
        match tree.kind(node) {
            Kind::Function if !inside_function(program, node) => {
                let parameters: Vec<&str> = tree
                    .children_in(node, Field::Parameter)
                    .map(|parameter| parameter_name(program, parameter))
                    .collect();
                add(format!("function {}.{}({})", owner(program, node), tree.name(node, text), parameters.join(",")));
                for decorator in tree.children_in(node, Field::Decorator) {
                    add(format!("decorator {} {}", tree.name(node, text), flat(tree.text(decorator, text))));
                }
            }
            Kind::Class => {
                let bases: Vec<&str> = tree.children_in(node, Field::Base).map(|base| tree.text(base, text)).collect();
                add(format!("class {}.{}({})", owner(program, node), tree.name(node, text), bases.join(",")));
            }
            Kind::Assign
                if tree.scope(node) == NodeId::ROOT
                    && tree.is_statement(node)
                    && !is_private(program, node, module) =>
            {
                for target in tree.children_in(node, Field::Target) {
                    for name in tree.subtree(target) {
                        if tree.kind(name) == Kind::Name
                            && tree.field(name) != Field::Object
                            && tree.field(name) != Field::Index
                        {
                            add(format!("name {}", tree.text(name, text)));
                        }
                    }
                    let written = tree.text(target, text);
                    if written.contains("exports") {
                        add(format!("export {}", flat(written)));
                    }
                }
            }
            // Routes and handlers that are registered by a call: `app.get("/x", …)`, `add_url_rule("/x", …)`.
            Kind::Call => {
                if let Some(route) = route(program, node) {
                    add(route);
                }
            }
            Kind::If if tree.parent(node) == Some(NodeId::ROOT) => {
                if let Some(test) =
                    tree.child(node, Field::Test).filter(|&test| tree.text(test, text).contains("__name__"))
                {
                    add(format!("entry {}", flat(tree.text(test, text))));
                }
            }
            _ => {}
        }
    }
    // A name bound again and again is one name.
    for (item, count) in &mut items {
        if item.starts_with("name ") {
            *count = 1;
        }
    }
    items
}

/// A private field of Java, or a variable of a JavaScript module that no export mentions.
fn is_private(program: &Program, assign: NodeId, module: bool) -> bool {
    let (tree, text) = (&program.tree, program.text.as_str());
    match program.language {
        Language::Python => false,
        // What starts with a small letter stays in its package.
        Language::Go => {
            let name = tree.child(assign, Field::Target).map(|target| tree.name(target, text)).unwrap_or_default();
            !name.starts_with(char::is_uppercase)
        }
        // Internal linkage.
        Language::C | Language::Cpp => {
            let head = tree.text(assign, text).split('=').next().unwrap_or_default();
            head.split_whitespace().any(|word| word == "static")
        }
        Language::Java => {
            let head = tree.text(assign, text).split('=').next().unwrap_or_default();
            head.split_whitespace().any(|word| word == "private")
        }
        Language::CSharp => {
            tree.text(assign, text).split(['=', ';']).next().is_some_and(|head| head.contains("private"))
        }
        Language::Php => tree.text(tree.parent(assign).unwrap_or(assign), text).contains("private"),
        Language::Rust => true,
        Language::Ruby | Language::Bash => false,
        Language::JavaScript | Language::TypeScript => {
            let exports =
                || text.lines().filter(|line| line.contains("exports") || line.trim_start().starts_with("export "));
            let name = tree.child(assign, Field::Target).map(|target| tree.name(target, text)).unwrap_or_default();
            let before = &text[..tree.span(assign).start as usize];
            // `const { exec } = require("child_process")` is an import, not a name of the module's own.
            let value = tree.child(assign, Field::Value).filter(|&value| tree.kind(value) == Kind::Call);
            let callee = value.and_then(|call| tree.child(call, Field::Callee));
            let imports = callee.is_some_and(|callee| tree.text(callee, text) == "require");
            if imports && !tree.text(assign, text).contains("exports") {
                return true;
            }
            module
                && !name.is_empty()
                && !tree.text(assign, text).contains("exports")
                && !before.trim_end().ends_with("export")
                && exports().all(|line| !line.contains(name))
        }
        // Data has no names that others use.
        _ => false,
    }
}

fn parameter_name(program: &Program, parameter: NodeId) -> &str {
    let name = program.tree.name(parameter, &program.text);
    if name.is_empty() { program.tree.text(parameter, &program.text) } else { name }
}

fn inside_function(program: &Program, node: NodeId) -> bool {
    program.tree.ancestors(node).any(|above| matches!(program.tree.kind(above), Kind::Function | Kind::Lambda))
}

fn owner(program: &Program, node: NodeId) -> String {
    let tree = &program.tree;
    let mut names: Vec<&str> = tree
        .ancestors(node)
        .filter(|&above| tree.kind(above) == Kind::Class)
        .map(|class| tree.name(class, &program.text))
        .collect();
    names.reverse();
    names.join(".")
}

fn route(program: &Program, call: NodeId) -> Option<String> {
    if program.language == Language::Java {
        // Routes are annotations there.
        return None;
    }
    let (tree, text) = (&program.tree, program.text.as_str());
    let callee = tree.child(call, Field::Callee)?;
    let method = tree.name(callee, text);
    let registers = matches!(
        method,
        "get"
            | "post"
            | "put"
            | "delete"
            | "patch"
            | "use"
            | "all"
            | "route"
            | "add_url_rule"
            | "add_route"
            | "path"
            | "re_path"
            | "register_blueprint"
            | "include_router"
    );
    let first = tree.positional(call).next().filter(|&first| tree.kind(first) == Kind::String)?;
    let path = tree.text(first, text);
    let inside = path.get(1..).unwrap_or_default();
    let is_path = inside.len() > 1 && (inside.starts_with('/') || method == "path" || method == "re_path");
    let handles = tree.positional(call).nth(1).is_some();
    (registers && is_path && handles).then(|| format!("route {} {path}", flat(tree.text(callee, text))))
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
