//! CWE-798: a credential is read from the environment where it is used; never when a class or module is loaded, never
//! with a default.

mod constant;
mod place;

use super::typed;
use crate::credential;
use crate::edit::{Edit, EditKind};
use crate::lang::Language;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::secret::{CWE, SUMMARY, is_placeholder, name};
use crate::syntax::{Field, Kind, NodeId};

use place::Place;

const READER: &str = "requireEnvironment";

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

const GO_HELPER: &str = r#"// requireEnvironment returns the value of an environment variable that must be set.
func requireEnvironment(name string) string {
	value := os.Getenv(name)
	if value == "" {
		panic("the environment variable " + name + " is not set")
	}
	return value
}
"#;

/// The literal of a finding, wherever it stands.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    if let Some(literal) = credential::literal(context.program, node) {
        out.extend(edit(context, literal));
    }
}

fn edit(context: Context<'_>, literal: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let text = context.program.names.text(literal)?;
    let wrong_place = tree.field(literal) == Field::Key || tree.in_error(literal) || place::in_browser(context);
    if wrong_place || is_placeholder(text) {
        return None;
    }
    let variable = name::variable(context, literal)?;
    let in_place = || {
        let draft = draft(context, literal, &variable)?;
        Some(draft.replace(tree.span(literal), reading(&variable)).finish())
    };
    match place::of(context, literal)? {
        Place::Later if constant::is_own_field(context, literal) => {
            constant::edit(context, literal, &variable).or_else(in_place)
        }
        Place::Later => in_place(),
        Place::Loading if constant::is_whole(context, literal) => constant::edit(context, literal, &variable),
        // A call that runs now and needs the value is its use.
        Place::Loading if place::is_needed(context, literal) => in_place(),
        Place::Loading => constant::stored(context, literal, &variable),
    }
}

/// What reads a variable.
fn reading(variable: &str) -> String {
    format!("{READER}(\"{variable}\")")
}

/// A draft with the helper that reads variables; `None` where Go's `os` means something else.
fn draft(context: Context<'_>, node: NodeId, variable: &str) -> Option<Draft> {
    let draft = Draft::new(EditKind::SecretFromEnvironment, node, CWE, SUMMARY).variable(variable.to_owned());
    Some(match context.program.language {
        Language::Java => draft.helper(READER, JAVA_HELPER.to_owned()),
        Language::Go => {
            let (name, import) = super::go::package(context, "os")?;
            (name == "os").then(|| draft.import(import).helper(READER, GO_HELPER.to_owned()))?
        }
        _ => draft.helper(READER, typed(context, SCRIPT_HELPER, &[("(name)", "(name: string): string")])),
    })
}

/// The text of an expression around `literal` that reads the variable instead.
fn reading_of(context: Context<'_>, whole: NodeId, literal: NodeId, variable: &str) -> String {
    let (outer, inner) = (context.tree().span(whole), context.tree().span(literal));
    let text = context.program.text.as_str();
    let before = text.get(outer.start as usize..inner.start as usize).unwrap_or_default();
    let after = text.get(inner.end as usize..outer.end as usize).unwrap_or_default();
    format!("{before}{}{after}", reading(variable))
}

/// Whether a field or variable is named by this node where it is declared.
fn is_declared(context: Context<'_>, statement: NodeId) -> bool {
    context.tree().kind(statement) == Kind::Assign
        && context
            .tree()
            .child(statement, Field::Target)
            .is_some_and(|target| context.tree().kind(target) == Kind::Name)
}
