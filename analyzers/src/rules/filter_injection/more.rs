//! Filters in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{CSharp, Php, Ruby};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::Purposes;

static SINKS_0: Sinks = Sinks::new(
    Purposes::FILTER,
    concept::XPATH_STRING,
    "An XPath expression is put together with",
    &[
        sink(Php, ".xpath", At::Nth(0)),
        sink(Php, ".evaluate", At::Nth(0)),
        sink(CSharp, ".SelectNodes", At::Nth(0)),
        sink(CSharp, ".SelectSingleNode", At::Nth(0)),
        sink(CSharp, ".XPathSelectElement", At::Nth(0)),
        sink(CSharp, ".XPathSelectElements", At::Nth(0)),
        sink(CSharp, ".XPathEvaluate", At::Nth(0)),
        sink(CSharp, "XPathExpression.Compile", At::Nth(0)),
        sink(CSharp, ".Select", At::Nth(0)),
        sink(CSharp, ".Compile", At::Nth(0)),
        sink(Ruby, ".xpath", At::Any),
        sink(Ruby, ".at_xpath", At::Any),
        sink(Ruby, ".find_first", At::Nth(0)),
        sink(Ruby, ".at", At::Nth(0)),
        sink(Ruby, ".search", At::Nth(0)),
        sink(Ruby, "XPath.first", At::Any),
        sink(Ruby, "XPath.each", At::Any),
        sink(Ruby, "XPath.match", At::Any),
        sink(Ruby, "REXML.XPath.first", At::Any),
        sink(Ruby, "REXML.XPath.match", At::Any),
    ],
)
.built_only()
.cwe(&[643, 91]);
static SINKS_1: Sinks = Sinks::new(
    Purposes::FILTER,
    concept::LDAP_STRING,
    "A directory filter is put together with",
    &[
        sink(Php, "ldap_search", At::Nth(2)),
        sink(Php, "ldap_list", At::Nth(2)),
        sink(Php, "ldap_read", At::Nth(2)),
        sink(Ruby, ".search", At::Named("filter")),
        sink(Ruby, ".search", At::Named("base")),
        sink(Ruby, "Net.LDAP.Filter.construct", At::Nth(0)),
        sink(Php, "ldap_search", At::Nth(1)),
        sink(Php, "ldap_bind", At::Nth(1)),
        sink(CSharp, "DirectoryEntry", At::Nth(0)),
        sink(CSharp, ".Filter", At::Set),
        sink(CSharp, "DirectorySearcher", At::Any),
        sink(CSharp, "SearchRequest", At::Any),
    ],
)
.built_only()
.cwe(&[90]);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS_0.check(context, node, found);
    SINKS_1.check(context, node, found);
}
