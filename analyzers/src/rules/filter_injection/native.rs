//! Filters of directories and XPath in C and C++: OpenLDAP, the LDAP of Windows, libxml2, pugixml.

use crate::concept;
use crate::finding::Confidence;
use crate::graph::dfg::Value;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions with a filter, and its place.
const LDAP: &[(&str, usize)] = &[
    ("ldap_search", 3),
    ("ldap_search_s", 3),
    ("ldap_search_st", 3),
    ("ldap_search_ext", 3),
    ("ldap_search_ext_s", 3),
    ("ldap_search_sA", 3),
    ("ldap_search_sW", 3),
    ("ldap_search_ext_sA", 3),
    ("ldap_search_ext_sW", 3),
];

/// Functions with an XPath expression, and its place.
const XPATH: &[(&str, usize)] = &[
    ("xmlXPathEval", 0),
    ("xmlXPathEvalExpression", 0),
    ("xmlXPathCompile", 0),
    ("xmlXPathCtxtCompile", 1),
    ("xmlXPathNodeEval", 1),
];

/// Methods of pugixml that take an XPath expression.
const METHODS: &[&str] = &["select_node", "select_nodes", "select_single_node"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let in_list = |list: &[(&str, usize)]| list.iter().find(|(known, _)| *known == name).map(|&(_, at)| at);
    let (at, concept, cwe): (_, _, &'static [u16]) = match (in_list(LDAP), in_list(XPATH)) {
        (Some(at), _) => (at, concept::LDAP_STRING, &[90]),
        (_, Some(at)) => (at, concept::XPATH_STRING, &[643, 91]),
        _ if METHODS.contains(&context.method(call)) => (0, concept::XPATH_STRING, &[643, 91]),
        _ => return,
    };
    let Some(&text) = arguments(context, call).get(at) else { return };
    let Exposure::Tainted(taint) = context.exposure(text, Purposes::FILTER) else { return };
    if taint.origin.source == Source::Unknown || is_handed_on(context, text) {
        return;
    }
    let message = format!("The filter or expression holds {}.", taint.source());
    let sure = if taint.origin.source == Source::Parameter { Confidence::Medium } else { taint.confidence };
    found.push(context, Report::issue(call, concept, message).cwe(cwe).confidence(sure).trace(taint.trace));
}

/// Whether a text is a parameter as it came: then it is the caller's.
fn is_handed_on(context: &Context<'_>, text: NodeId) -> bool {
    let data = context.flow().data();
    let definitions = data.definitions_of(text);
    context.kind(text) == Kind::Name
        && !definitions.is_empty()
        && definitions.iter().all(|&at| {
            matches!(data.definitions.get(at as usize).map(|definition| definition.value), Some(Value::Parameter(_)))
        })
}
