//! Rewrites of Java and JavaScript; the same kinds of edit as Python's, and none where none is faithful.

mod command;
mod expression;
mod go;
mod java;
mod markup;
mod parts;
mod path;
mod query;
mod redirect;
mod script;
mod secret;
mod setting;
mod simple;
mod statement;
mod strength;
#[cfg(test)]
mod tests;

use super::Propose;
use super::context::Context;
use crate::concept;
use crate::lang::Language;

/// Which rewrites Java has for a finding on which concept.
pub(super) const JAVA: &[(&[&str], Propose)] = &[
    (&[concept::SQL_STRING], query::java),
    (&[concept::SHELL_STRING], command::java),
    (&[concept::INSECURE_RANDOM], simple::java_random),
    (&[concept::WEAK_HASH], simple::java_digest),
    (&[concept::TLS_VERSION], strength::java_protocol),
    (&[concept::WEAK_KEY], strength::java_key),
    (&[concept::HARDCODED_SECRET], secret::propose),
    (&[concept::HTML_UNESCAPED], markup::java),
    (&[concept::PATH_TRAVERSAL], path::java),
    (&[concept::XML_PARSER], java::xml::propose),
    (&[concept::PICKLE_LOAD], java::stream::propose),
    (&[concept::COOKIE_FLAGS], java::web::cookie),
    (&[concept::INFORMATION_LEAK], java::web::detail),
    (&[concept::OPEN_REDIRECT], java::web::redirect),
    (&[concept::LINE_INJECTION], java::web::header),
];

/// Which rewrites JavaScript has for a finding on which concept.
pub(super) const JAVASCRIPT: &[(&[&str], Propose)] = &[
    (&[concept::SQL_STRING], query::javascript),
    (&[concept::SHELL_STRING], command::javascript),
    (&[concept::INSECURE_RANDOM], simple::javascript_random),
    (&[concept::WEAK_HASH], simple::javascript_digest),
    (&[concept::HARDCODED_SECRET], secret::propose),
    (&[concept::HTML_UNESCAPED], markup::javascript),
    (&[concept::PATH_TRAVERSAL], path::javascript),
    (&[concept::TLS_VERIFY], setting::verification),
    (&[concept::COOKIE_FLAGS], setting::cookie),
    (&[concept::TIMING_COMPARE], setting::comparison),
    (&[concept::OPEN_REDIRECT], redirect::javascript),
    (&[concept::INFORMATION_LEAK], script::answer::propose),
    (&[concept::QUERY_OBJECT], script::document::propose),
    (&[concept::PROTOTYPE_KEY], script::key::propose),
    (&[concept::EVAL_STRING], script::evaluate::propose),
    (&[concept::SHELL_STRING], script::process::propose),
    (&[concept::TOKEN_VERIFY], setting::algorithms),
    (&[concept::SLOW_REGEX], expression::escape),
    (&[concept::UNCHECKED_INPUT], expression::anchor),
];

/// Which rewrites Go has for a finding on which concept.
pub(super) const GO: &[(&[&str], Propose)] = go::ROWS;

/// A helper of JavaScript, with the types that TypeScript wants in place of each `(…)` of its first line.
fn typed(context: Context<'_>, helper: &str, types: &[(&str, &str)]) -> String {
    if context.program.language != Language::TypeScript {
        return helper.to_owned();
    }
    types.iter().fold(helper.to_owned(), |text, (plain, typed)| text.replacen(plain, typed, 1))
}
