//! LDAP, XPath and document queries of Java.

use crate::concept;
use crate::rule::sinks::{At, Sink, reached};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// XPath expressions.
const XPATHS: &[Sink] = &[
    ("XPath", &["evaluate", "evaluateExpression", "compile"], At::Argument(0)),
    ("XPathAPI", &["selectNodeList", "selectSingleNode", "eval"], At::Argument(1)),
    (
        "Document",
        &["selectObject", "selectSingleNode", "valueOf", "numberValueOf", "matches", "createXPath"],
        At::Argument(0),
    ),
    ("Document", &["selectNodes"], At::From(0)),
    (
        "Node",
        &["selectObject", "selectSingleNode", "valueOf", "numberValueOf", "matches", "createXPath"],
        At::Argument(0),
    ),
    ("Node", &["selectNodes"], At::From(0)),
    ("Element", &["selectObject", "selectSingleNode", "selectNodes", "createXPath"], At::Argument(0)),
    ("DefaultXPath", &["new"], At::Argument(0)),
    ("XPathPattern", &["new"], At::Argument(0)),
    ("DocumentFactory", &["createPattern", "createXPath", "createXPathFilter"], At::Argument(0)),
    ("ProxyDocumentFactory", &["createPattern", "createXPath", "createXPathFilter"], At::Argument(0)),
    ("DocumentHelper", &["createPattern", "createXPath", "createXPathFilter", "selectNodes"], At::Argument(0)),
    ("DocumentHelper", &["sort"], At::Argument(1)),
    ("JXPathContext", &["getValue", "selectNodes", "iterate", "getPointer", "setValue", "createPath"], At::Argument(0)),
    ("XPathExpression", &["compile"], At::Argument(0)),
    ("XPathFactory", &["compile", "evaluate"], At::Argument(0)),
    ("XPathFactory", &["instance"], At::Argument(0)),
];
/// Other receivers of these methods, told by the method alone.
const XPATH_METHODS: &[Sink] =
    &[("*", &["evaluateExpression", "createXPath", "createXPathFilter", "createPattern"], At::Argument(0))];
/// LDAP names and filters.
const LDAP: &[Sink] = &[
    ("DirContext", &["search"], At::From(0)),
    ("InitialDirContext", &["search"], At::From(0)),
    ("LdapContext", &["search"], At::From(0)),
    ("InitialLdapContext", &["search"], At::From(0)),
    ("EventDirContext", &["search"], At::From(0)),
    ("LDAPConnection", &["search", "asyncSearch", "searchForEntry"], At::From(0)),
    ("LdapConnection", &["search"], At::From(0)),
    ("LdapNetworkConnection", &["search"], At::From(0)),
    (
        "LdapTemplate",
        &["search", "searchForObject", "searchForContext", "authenticate", "find", "findOne"],
        At::From(0),
    ),
    ("LdapOperations", &["search", "searchForObject", "authenticate"], At::From(0)),
    ("SearchRequest", &["new"], At::From(0)),
    ("SearchRequestImpl", &["setFilter", "setBase"], At::Argument(0)),
    ("Filter", &["create"], At::Argument(0)),
];
/// Queries of document stores.
const DOCUMENTS: &[Sink] = &[
    ("BasicDBObject", &["parse"], At::Argument(0)),
    ("Document", &["parse"], At::Argument(0)),
    ("BsonDocument", &["parse"], At::Argument(0)),
    ("JSON", &["parse"], At::Argument(0)),
    ("BasicQuery", &["new"], At::Argument(0)),
    ("JavaScript", &["new"], At::Argument(0)),
    ("Code", &["new"], At::Argument(0)),
];

/// A call or construction that takes an expression.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let mut xpaths = reached(context, call, XPATHS);
    if xpaths.is_empty() {
        xpaths = reached(context, call, XPATH_METHODS);
    }
    for expression in xpaths {
        if report(context, call, expression, concept::XPATH_STRING, &[643, 91], found) {
            return;
        }
    }
    for part in reached(context, call, LDAP) {
        if report(context, call, part, concept::LDAP_STRING, &[90], found) {
            return;
        }
    }
    let mongo = context.text().contains("mongodb") || context.text().contains("org.bson");
    for query in reached(context, call, DOCUMENTS) {
        if mongo && report(context, call, query, concept::QUERY_OBJECT, &[943, 89], found) {
            return;
        }
    }
}

fn report(
    context: &Context<'_>,
    call: NodeId,
    part: NodeId,
    concept: &'static str,
    cwe: &'static [u16],
    found: &mut Findings,
) -> bool {
    if context.is_constant(part) {
        return false;
    }
    let Some(taint) = context.tainted(part, Purposes::FILTER) else { return false };
    let whole = matches!(context.kind(context.value(part)), Kind::Name | Kind::Attribute | Kind::Parameter);
    // A whole expression passed on by a helper is its caller's matter.
    if whole && taint.origin.source < Source::Arguments {
        let message = "An expression comes from the caller.";
        found.push(context, Report::audit(call, concept, message).cwe(cwe));
        return true;
    }
    let message = format!("A filter expression is put together with {}.", taint.source());
    let report = Report::issue(call, concept, message).cwe(cwe).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
    true
}
