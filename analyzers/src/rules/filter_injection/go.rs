//! Filters in Go: XPath libraries and LDAP searches.

use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Packages that evaluate XPath expressions.
const XPATH: &[&str] = &[
    "github.com/antchfx/",
    "github.com/ChrisTrenkamp/goxpath",
    "github.com/go-xmlpath/xmlpath",
    "gopkg.in/xmlpath",
    "github.com/santhosh-tekuri/xpathparser",
    "github.com/jbowtie/gokogiri",
    "github.com/moovweb/gokogiri",
    "github.com/lestrrat-go/libxml2",
    "github.com/masterzen/xmlpath",
];
/// Functions that take an expression.
const EXPRESSIONS: &[&str] = &[
    "Find",
    "FindOne",
    "FindEach",
    "FindEachWithBreak",
    "Query",
    "QueryAll",
    "Select",
    "Compile",
    "CompileWithNS",
    "MustCompile",
    "Parse",
    "MustParse",
    "ParseExec",
    "Search",
    "SearchWithVariables",
    "EvalXPath",
    "EvalXPathAsBoolean",
    "Evaluate",
    "EvaluateAsBoolean",
    "CompileXPath",
    "XPathSearch",
    "QuerySelector",
    "QuerySelectorAll",
    "SearchByCompiledXPath",
    "SelectElement",
    "SelectElements",
    "ParseString",
    "NewXPath",
    "Exec",
    "ExecBool",
    "ExecNum",
    "ExecNode",
];
/// Where LDAP functions take text: base, filter, attributes.
const LDAP: &[(&str, &[usize])] = &[
    ("NewSearchRequest", &[0, 6, 7]),
    ("NewSearchRequestWithPaging", &[0, 3]),
    ("Authenticate", &[0]),
    ("GetGroupsOfUser", &[0]),
];

/// Checks a call or a literal.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let name = path.rsplit('.').next().unwrap_or_default();
    if XPATH.iter().any(|package| path.starts_with(package)) && EXPRESSIONS.contains(&name) {
        return report(
            context,
            call,
            context.tree().positional(call).collect(),
            concept::XPATH_STRING,
            &[643, 91],
            found,
        );
    }
    if path.contains("ldap")
        && let Some(&(_, places)) = LDAP.iter().find(|(known, _)| *known == name)
    {
        let parts = context.tree().positional(call).enumerate().filter(|(at, _)| places.contains(at));
        return report(context, call, parts.map(|(_, part)| part).collect(), concept::LDAP_STRING, &[90], found);
    }
    if context.kind(call) == Kind::New && path.contains("ldap") && name == "SearchRequest" {
        let parts = ["BaseDN", "Filter"].iter().filter_map(|name| context.keyword(call, name)).collect();
        report(context, call, parts, concept::LDAP_STRING, &[90], found);
    }
}

fn report(
    context: &Context<'_>,
    call: NodeId,
    parts: Vec<NodeId>,
    concept: &'static str,
    cwe: &'static [u16],
    found: &mut Findings,
) {
    for part in parts {
        let Some(taint) = context.tainted(part, Purposes::FILTER) else { continue };
        let whole = matches!(context.kind(context.value(part)), Kind::Name | Kind::Attribute | Kind::Subscript);
        if whole && taint.origin.source != Source::Request {
            continue;
        }
        let message = format!("A filter expression is put together with {}.", taint.source());
        let report = Report::issue(call, concept, message).cwe(cwe).confidence(taint.confidence);
        return found.push(context, report.trace(taint.trace));
    }
}
