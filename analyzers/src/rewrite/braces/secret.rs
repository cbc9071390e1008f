//! CWE-798: a credential is read from the environment where it is used; never when a class or module is loaded, never
//! with a default.

use super::parts::reads;
use crate::edit::{Edit, EditKind};
use crate::lang::Language;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const CWE: &[u16] = &[798, 259];
const SUMMARY: &str = "read the credential from the environment where it is used";

const JAVA_HELPER: &str = r#"private static String requireEnvironment(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
        throw new IllegalStateException("the environment variable " + name + " is not set");
    }
    return value;
}
"#;

const SCRIPT_HELPER: &str = r"function requireEnvironment(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`the environment variable ${name} is not set`);
  }
  return value;
}
";

/// Java: literals in methods, and private constants.
pub(super) fn java(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, node));
}

/// JavaScript: literals in functions, and constants of the module that it does not export.
pub(super) fn javascript(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, node));
}

fn edit(context: Context<'_>, node: NodeId) -> Option<Edit> {
    let tree = context.tree();
    if tree.kind(node) != Kind::String || tree.field(node) == Field::Default {
        return None;
    }
    let variable = variable(context, node)?;
    let read = format!("requireEnvironment(\"{variable}\")");
    if runs_later(context, node) {
        return Some(helper(context, draft(node, &variable).replace(tree.span(node), read)).finish());
    }
    constant(context, node, &variable, &read)
}

fn draft(node: NodeId, variable: &str) -> Draft {
    Draft::new(EditKind::SecretFromEnvironment, node, CWE, SUMMARY).variable(variable.to_owned())
}

fn helper(context: Context<'_>, draft: Draft) -> Draft {
    let source = if context.program.language == Language::Java { JAVA_HELPER } else { SCRIPT_HELPER };
    draft.helper("requireEnvironment", source.to_owned())
}

/// Whether a node runs when a function is called, rather than when the unit is loaded.
fn runs_later(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let function =
        tree.ancestors(node).find(|&above| matches!(tree.kind(above), Kind::Function | Kind::Lambda | Kind::Decorator));
    function.is_some_and(|function| {
        let body = tree.child(function, Field::Body).is_some_and(|body| tree.contains(body, node));
        // A function that is called on the spot runs at once.
        let at_once = tree
            .parent(function)
            .is_some_and(|above| tree.kind(above) == Kind::Call && tree.field(function) == Field::Callee);
        tree.kind(function) != Kind::Decorator && body && !at_once
    })
}

/// A constant: its declaration goes, and every use reads the variable.
fn constant(context: Context<'_>, node: NodeId, variable: &str, read: &str) -> Option<Edit> {
    let tree = context.tree();
    let statement = tree.parent(node).filter(|&statement| {
        tree.kind(statement) == Kind::Assign && tree.child(statement, Field::Value) == Some(node)
    })?;
    let target = tree.child(statement, Field::Target).filter(|&target| tree.kind(target) == Kind::Name)?;
    let names = &context.program.names;
    names.definition(target)?;
    let source = context.text(statement);
    let own = if context.program.language == Language::Java {
        source.contains("private ") && !source.starts_with('@')
    } else {
        // In a script without exports the name is everybody's.
        let text = context.program.text.as_str();
        let module = text.contains("module.exports") || text.lines().any(|line| line.starts_with("export "));
        module && tree.parent(statement) == Some(NodeId::ROOT) && source.starts_with("const ")
    };
    let exported = context.program.text[..tree.span(statement).start as usize].trim_end().ends_with("export");
    let uses = reads(context, target);
    // `Class.NAME` and `this.NAME` are not seen as uses: any mention that is no use stops the edit.
    let mentions = context.program.text.matches(context.text(target)).count();
    if !own
        || exported
        || uses.is_empty()
        || mentions != uses.len() + 1
        || !uses.iter().all(|&used| runs_later(context, used))
    {
        return None;
    }
    let shorthand = uses.iter().any(|&used| {
        tree.parent(used).is_some_and(|pair| tree.kind(pair) == Kind::Pair && tree.span(pair) == tree.span(used))
    });
    if shorthand {
        return None;
    }
    let lines = crate::edit::whole_lines(&context.program.text, tree.span(statement));
    let alone = context.program.text[lines.range()].trim().trim_end_matches(';') == source.trim_end_matches(';');
    let mut draft = draft(node, variable).replace(lines, "");
    for used in uses {
        draft = draft.replace(tree.span(used), read);
    }
    alone.then(|| helper(context, draft).finish())
}

/// The variable's name after what the literal is called: a target, a key, an argument's place.
fn variable(context: Context<'_>, node: NodeId) -> Option<String> {
    let tree = context.tree();
    let above = tree.parent(node)?;
    let called = match tree.kind(above) {
        Kind::Assign => {
            let target = tree.child(above, Field::Target)?;
            match tree.kind(target) {
                Kind::Subscript => context.program.names.text(tree.child(target, Field::Index)?)?,
                _ => context.name(target),
            }
        }
        Kind::Pair => context.program.names.text(tree.child(above, Field::Key)?)?,
        Kind::Compare => tree.children(above).find(|&side| side != node).map(|side| context.name(side))?,
        Kind::Call | Kind::New => match context.callee_path(above) {
            "java.sql.DriverManager.getConnection" => "dbPassword",
            "jsonwebtoken.sign" | "jsonwebtoken.verify" => "jwtSecret",
            "javax.crypto.spec.PBEKeySpec" => "password",
            _ if context.callee_name(above) == "equals" => tree
                .positional(above)
                .chain(tree.child(tree.child(above, Field::Callee)?, Field::Object))
                .find(|&side| side != node)
                .map(|side| context.name(side))?,
            _ => return None,
        },
        _ => return None,
    };
    let mut name = String::new();
    let mut lower = false;
    for letter in called.chars() {
        if letter.is_ascii_uppercase() && lower {
            name.push('_');
        }
        lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        name.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' });
    }
    let name = name.trim_matches('_').to_owned();
    (!name.is_empty() && !name.starts_with(|letter: char| letter.is_ascii_digit())).then_some(name)
}
