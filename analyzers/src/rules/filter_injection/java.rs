//! LDAP, XPath and document queries of Java.

use crate::concept;
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// XPath expressions.
static XPATHS: Table = Table::new(&[
    of("XPath", &["evaluate", "evaluateExpression", "compile"], At::Nth(0)),
    of("XPathAPI", &["selectNodeList", "selectSingleNode", "eval"], At::Nth(1)),
    of(
        "Document",
        &["selectObject", "selectSingleNode", "valueOf", "numberValueOf", "matches", "createXPath"],
        At::Nth(0),
    ),
    of("Document", &["selectNodes"], At::From(0)),
    of("Node", &["selectObject", "selectSingleNode", "valueOf", "numberValueOf", "matches", "createXPath"], At::Nth(0)),
    of("Node", &["selectNodes"], At::From(0)),
    of("Element", &["selectObject", "selectSingleNode", "selectNodes", "createXPath"], At::Nth(0)),
    of("DefaultXPath", &["new"], At::Nth(0)),
    of("XPathPattern", &["new"], At::Nth(0)),
    of("DocumentFactory", &["createPattern", "createXPath", "createXPathFilter"], At::Nth(0)),
    of("ProxyDocumentFactory", &["createPattern", "createXPath", "createXPathFilter"], At::Nth(0)),
    of("DocumentHelper", &["createPattern", "createXPath", "createXPathFilter", "selectNodes"], At::Nth(0)),
    of("DocumentHelper", &["sort"], At::Nth(1)),
    of("JXPathContext", &["getValue", "selectNodes", "iterate", "getPointer", "setValue", "createPath"], At::Nth(0)),
    of("XPathExpression", &["compile"], At::Nth(0)),
    of("XPathFactory", &["compile", "evaluate"], At::Nth(0)),
    of("XPathFactory", &["instance"], At::Nth(0)),
]);
/// Other receivers of these methods, told by the method alone.
static XPATH_METHODS: Table =
    Table::new(&[of("*", &["evaluateExpression", "createXPath", "createXPathFilter", "createPattern"], At::Nth(0))]);
/// LDAP names and filters.
static LDAP: Table = Table::new(&[
    of("DirContext", &["search"], At::From(0)),
    of("InitialDirContext", &["search"], At::From(0)),
    of("LdapContext", &["search"], At::From(0)),
    of("InitialLdapContext", &["search"], At::From(0)),
    of("EventDirContext", &["search"], At::From(0)),
    of("LDAPConnection", &["search", "asyncSearch", "searchForEntry"], At::From(0)),
    of("LdapConnection", &["search"], At::From(0)),
    of("LdapNetworkConnection", &["search"], At::From(0)),
    of(
        "LdapTemplate",
        &["search", "searchForObject", "searchForContext", "authenticate", "find", "findOne"],
        At::From(0),
    ),
    of("LdapOperations", &["search", "searchForObject", "authenticate"], At::From(0)),
    of("SearchRequest", &["new"], At::From(0)),
    of("SearchRequestImpl", &["setFilter", "setBase"], At::Nth(0)),
    of("Filter", &["create"], At::Nth(0)),
]);
/// Queries of document stores.
static DOCUMENTS: Table = Table::new(&[
    of("BasicDBObject", &["parse"], At::Nth(0)),
    of("Document", &["parse"], At::Nth(0)),
    of("BsonDocument", &["parse"], At::Nth(0)),
    of("JSON", &["parse"], At::Nth(0)),
    of("BasicQuery", &["new"], At::Nth(0)),
    of("JavaScript", &["new"], At::Nth(0)),
    of("Code", &["new"], At::Nth(0)),
    of("Filters", &["where"], At::Nth(0)),
]);

/// A call or construction that takes an expression.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let mut xpaths = XPATHS.reached(context, call);
    if xpaths.is_empty() {
        xpaths = XPATH_METHODS.reached(context, call);
    }
    for expression in xpaths {
        if report(context, call, expression, concept::XPATH_STRING, &[643, 91], found) {
            return;
        }
    }
    for part in LDAP.reached(context, call) {
        if report(context, call, part, concept::LDAP_STRING, &[90], found) {
            return;
        }
    }
    let operator = context.positional(call, 0).and_then(|key| context.string(key));
    let holds =
        matches!(context.callee(call).rsplit('.').next(), Some("BasicDBObject" | "Document" | "append" | "put"));
    if holds
        && matches!(operator, Some("$where" | "$function" | "$accumulator"))
        && let Some(code) = context.positional(call, 1)
        && report(context, call, code, concept::QUERY_OBJECT, &[943, 94], found)
    {
        return;
    }
    let mongo = context.text().contains("mongodb") || context.text().contains("org.bson");
    for query in DOCUMENTS.reached(context, call) {
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
