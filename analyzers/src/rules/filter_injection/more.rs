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
        sink(Php, &[".xpath", ".evaluate"], At::Nth(0)),
        sink(
            CSharp,
            &[
                ".SelectNodes",
                ".SelectSingleNode",
                ".XPathSelectElement",
                ".XPathSelectElements",
                ".XPathEvaluate",
                "XPathExpression.Compile",
                ".Select",
                ".Compile",
            ],
            At::Nth(0),
        ),
        sink(Ruby, &[".xpath", ".at_xpath"], At::Any),
        sink(Ruby, &[".find_first", ".at", ".search"], At::Nth(0)),
        sink(Ruby, &["XPath.first", "XPath.each", "XPath.match", "REXML.XPath.first", "REXML.XPath.match"], At::Any),
    ],
)
.built_only()
.noting_open()
.cwe(&[643, 91]);
static SINKS_1: Sinks = Sinks::new(
    Purposes::FILTER,
    concept::LDAP_STRING,
    "A directory filter is put together with",
    &[
        sink(Php, &["ldap_search", "ldap_list", "ldap_read"], At::Nth(2)),
        sink(Ruby, &[".search"], At::Named("filter")),
        sink(Ruby, &[".search"], At::Named("base")),
        sink(Ruby, &["Net.LDAP.Filter.construct"], At::Nth(0)),
        sink(Php, &["ldap_search", "ldap_bind"], At::Nth(1)),
        sink(CSharp, &["DirectoryEntry"], At::Nth(0)),
        sink(CSharp, &[".Filter", "DirectoryEntry.Path"], At::Set),
        sink(CSharp, &["DirectorySearcher", "SearchRequest"], At::Any),
    ],
)
.built_only()
.cwe(&[90]);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS_0.check(context, node, found);
    SINKS_1.check(context, node, found);
}
