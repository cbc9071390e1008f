//! Whether code holds the safe form that belongs to a kind of sink; a form counts only as the code of the candidate shows it.

mod answer;
mod go;
mod native;
mod pattern;
mod process;
mod query;
mod switch;
mod table;
mod xml;

use crate::concept;
use crate::finding::Finding;
use crate::lang::Language;
use crate::program::Program;
use crate::resolve::Constant;
use crate::syntax::{Field, Kind, NodeId};

use table::{CHECKS, TABLE};

/// Whether the code at `root` holds a safe form for the finding. `strict`: the form is what a rewrite of the catalogue
/// would write; a model's candidate may also check the value before its use.
pub(super) fn is_safe(before: &Program, program: &Program, finding: &Finding, root: NodeId, strict: bool) -> bool {
    if program.language.is_c_family() {
        return native::is_safe(program, finding.concept, root);
    }
    if program.language == Language::Go {
        return go::is_safe(program, finding.concept, root, strict)
            || matches!(finding.concept, concept::SLOW_REGEX | concept::UNCHECKED_INPUT)
                && pattern::pattern(before, finding.node, program, root);
    }
    if program.language == Language::Java && finding.concept == concept::XML_PARSER {
        return xml::is_hardened(program, root);
    }
    let special = match finding.concept {
        concept::INFORMATION_LEAK => answer::says_nothing(program, root),
        concept::PROTOTYPE_KEY => passes_over(program, root),
        concept::TOKEN_VERIFY => named_algorithms(program, root),
        concept::SQL_STRING => query::query(program, root),
        concept::SHELL_STRING | concept::SHELL_CONSTANT | concept::SHELL_WILDCARD => {
            process::process(program, root, strict)
        }
        concept::TLS_VERIFY => switch::verification(program, root),
        concept::BIND_ALL => switch::address(program, root),
        concept::FILE_MODE => switch::mode(program, root),
        concept::ASSERT_CHECK => program.tree.subtree(root).any(|node| program.tree.kind(node) == Kind::Raise),
        concept::WEAK_KEY => numbers(program, root).any(|number| number >= 2048),
        concept::FLASK_DEBUG => switch::off(program, root),
        concept::COOKIE_FLAGS => switch::on(program, root),
        concept::SLOW_REGEX | concept::UNCHECKED_INPUT => pattern::pattern(before, finding.node, program, root),
        concept::TEMPLATE_STRING => query::template(program, root),
        // Python's forms are names, in the table; Java's are texts.
        concept::TLS_VERSION => texts(program, root).any(|text| matches!(text, "TLSv1.2" | "TLSv1.3")),
        concept::WEAK_HASH => texts(program, root).any(|text| {
            matches!(
                text.to_ascii_lowercase().as_str(),
                "sha256"
                    | "sha-256"
                    | "sha512"
                    | "sha-512"
                    | "sha384"
                    | "sha-384"
                    | "sha3-256"
                    | "sha3-512"
                    | "pbkdf2withhmacsha256"
                    | "pbkdf2withhmacsha512"
            )
        }),
        concept::PASSWORD_HASH => {
            texts(program, root).any(|text| text.to_ascii_lowercase().starts_with("pbkdf2withhmacsha"))
        }
        concept::MARK_SAFE => {
            calls(program, root).any(|call| name(program, call) == "format" || name(program, call) == "format_html")
        }
        _ => false,
    };
    special || listed(program, finding.concept, root) || (!strict && checked(program, finding.concept, root))
}

fn listed(program: &Program, wanted: &str, root: NodeId) -> bool {
    let tree = &program.tree;
    TABLE.iter().filter(|forms| forms.concepts.contains(&wanted)).any(|forms| {
        tree.subtree(root).any(|node| match tree.kind(node) {
            Kind::Call | Kind::New => {
                let path = path(program, node);
                forms.calls.iter().any(|call| {
                    if call.contains('.') {
                        path == *call || path.ends_with(&format!(".{call}"))
                    } else {
                        name(program, node) == *call
                    }
                }) || forms.options.iter().any(|(option, value)| {
                    tree.keyword(node, option, &program.text).is_some_and(|given| match *value {
                        "*" => tree.kind(given) != Kind::Null,
                        value => tree.text(given, &program.text) == value,
                    })
                })
            }
            Kind::Name | Kind::Attribute => forms.names.contains(&tree.name(node, &program.text)),
            _ => false,
        })
    })
}

/// A check of the value by pattern or against a list, with an exit where it fails.
fn checked(program: &Program, wanted: &str, root: NodeId) -> bool {
    let tree = &program.tree;
    let checkable = matches!(
        wanted,
        concept::SQL_STRING
            | concept::SHELL_STRING
            | concept::PATH_TRAVERSAL
            | concept::SERVER_REQUEST
            | concept::OPEN_REDIRECT
            | concept::URL_SCHEME
            | concept::UNCHECKED_INPUT
            | concept::DYNAMIC_IMPORT
            | concept::LDAP_STRING
            | concept::XPATH_STRING
            | concept::EVAL_STRING
    );
    checkable
        && tree.subtree(root).any(|node| {
            tree.kind(node) == Kind::If
                && tree.child(node, Field::Test).is_some_and(|test| {
                    tree.subtree(test).any(|part| match tree.kind(part) {
                        Kind::Call => CHECKS.contains(&name(program, part)),
                        Kind::Compare => {
                            matches!(tree.name(part, &program.text), "in" | "not in")
                                || tree.text(part, &program.text).contains(" in ")
                        }
                        _ => false,
                    })
                })
                && tree.child(node, Field::Body).is_some_and(|body| {
                    tree.subtree(body).any(|part| matches!(tree.kind(part), Kind::Raise | Kind::Return))
                })
        })
}

/// A guard that names the key to every prototype and goes on, or out.
fn passes_over(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    tree.subtree(root).any(|node| {
        tree.kind(node) == Kind::If
            && tree.child(node, Field::Test).is_some_and(|test| {
                let named = |name: &str| tree.subtree(test).any(|part| program.names.text(part) == Some(name));
                named("__proto__") && named("constructor")
            })
            && tree.child(node, Field::Body).is_some_and(|body| {
                tree.subtree(body).any(|part| matches!(tree.kind(part), Kind::Continue | Kind::Return | Kind::Raise))
            })
    })
}

/// A token that is verified by algorithms with names, of which none is `none`.
fn named_algorithms(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    program.language.is_script()
        && calls(program, root).filter(|&call| name(program, call) == "verify").any(|call| {
            tree.subtree(call).filter(|&list| tree.kind(list) == Kind::List).any(|list| {
                let mut names = tree.children(list).map(|part| program.names.text(part));
                tree.children(list).next().is_some()
                    && names.all(|name| name.is_some_and(|name| !name.eq_ignore_ascii_case("none")))
            })
        })
}

fn calls(program: &Program, root: NodeId) -> impl Iterator<Item = NodeId> {
    program.tree.subtree(root).filter(|&node| matches!(program.tree.kind(node), Kind::Call | Kind::New))
}

fn texts(program: &Program, root: NodeId) -> impl Iterator<Item = &str> {
    program
        .tree
        .subtree(root)
        .filter(|&node| program.tree.kind(node) == Kind::String)
        .filter_map(|node| program.names.text(node))
}

fn numbers(program: &Program, root: NodeId) -> impl Iterator<Item = i64> {
    program.tree.subtree(root).filter_map(|node| match program.names.constant(node) {
        Some(Constant::Integer(number)) => Some(number),
        _ => None,
    })
}

fn name(program: &Program, call: NodeId) -> &str {
    program.tree.child(call, Field::Callee).map_or("", |callee| program.tree.name(callee, &program.text))
}

fn path(program: &Program, call: NodeId) -> &str {
    program.tree.child(call, Field::Callee).and_then(|callee| program.names.path(callee)).unwrap_or_default()
}
