//! CWE-90/643: outside text in LDAP filters and XPath expressions.

mod java;

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python,
    python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

mod go;
mod more;
mod native;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "filter-injection",
    cwe: &[90],
    severity: Severity::High,
    summary: "A directory filter or XPath expression is built from outside text.",
    advice: "Escape the value for the filter (`escape_filter_chars`) and pass XPath variables.",
    rows: &[
        go_row(&[Kind::Call, Kind::New], go::call),
        c_row(&[Kind::Call], native::check),
        python_row(&[Kind::Call], python_call),
        javascript_row(&[Kind::Call], script::check),
        java_row(&[Kind::Call, Kind::New], java::call),
        row(&[Language::Php, Language::CSharp, Language::Ruby], &[Kind::Call, Kind::New, Kind::Assign], more::check),
    ],
    bad: &[
        c(
            "#include <ldap.h>\n#include <stdio.h>\nint f(LDAP *ld, char **argv, LDAPMessage **out) { char filter[256]; snprintf(filter, sizeof filter, \"(uid=%s)\", argv[1]); return ldap_search_ext_s(ld, \"dc=x\", 2, filter, NULL, 0, NULL, NULL, NULL, 0, out); }\n",
        ),
        c(
            "#include <libxml/xpath.h>\n#include <stdio.h>\nxmlXPathObjectPtr f(xmlXPathContextPtr c, const char *name) { char path[256]; snprintf(path, sizeof path, \"//user[@name='%s']\", name); return xmlXPathEvalExpression((xmlChar *)path, c); }\n",
        ),
        java(
            "import com.mongodb.client.*;\nimport org.bson.Document;\nclass A { Object f(MongoCollection<Document> users, javax.servlet.http.HttpServletRequest r) { return users.find(Document.parse(\"{ name: '\" + r.getParameter(\"n\") + \"' }\")).first(); } }\n",
        ),
        java(
            "import com.mongodb.*;\nclass A { Object f(DBCollection users, javax.servlet.http.HttpServletRequest r) { return users.find(new BasicDBObject(\"$where\", \"this.name == '\" + r.getParameter(\"n\") + \"'\")); } }\n",
        ),
        javascript(
            "const xpath = require('xpath');\napp.get('/', (req, res) => { res.json(xpath.select(`//user[@name='${req.query.name}']`, doc)); });\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"github.com/antchfx/xmlquery\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nxmlquery.Find(doc, \"//user[@name='\" + r.FormValue(\"n\") + \"']\")\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"fmt\"; \"github.com/go-ldap/ldap/v3\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nldap.NewSearchRequest(\"dc=x\", ldap.ScopeWholeSubtree, 0, 0, 0, false, fmt.Sprintf(\"(uid=%s)\", r.FormValue(\"u\")), nil, nil)\n}\n",
        ),
        java(
            "import javax.naming.directory.*;\nclass A { Object f(DirContext c, javax.servlet.http.HttpServletRequest r) throws Exception { return c.search(\"dc=x\", \"(uid=\" + r.getParameter(\"u\") + \")\", null); } }\n",
        ),
        java(
            "import javax.xml.xpath.*;\nclass A { Object f(org.w3c.dom.Document d, javax.servlet.http.HttpServletRequest r) throws Exception { XPath x = XPathFactory.newInstance().newXPath(); return x.evaluate(\"/u[@n='\" + r.getParameter(\"u\") + \"']\", d); } }\n",
        ),
        python(
            "import ldap\ndef bind(conn, user, password):\n    conn.simple_bind_s('uid=' + user + ',dc=a', password)\n",
        ),
        python(
            "import ldap\ndef f(conn, user):\n    return conn.search_s('dc=x', ldap.SCOPE_SUBTREE, '(uid=' + user + ')')\n",
        ),
        python("from lxml import etree\ndef f(tree, name):\n    return tree.xpath(f\"//user[@name='{name}']\")\n"),
        javascript(
            "const ldap = require('ldapjs');\napp.get('/', (req, res) => { client.search('o=x', { filter: `(uid=${req.query.u})` }, done); });\n",
        ),
        example(Language::Php, "<?php\nldap_search($c, 'dc=x', '(uid=' . $_GET['u'] . ')');\n"),
        example(
            Language::CSharp,
            "class A { void F(XmlDocument d, string n) { d.SelectSingleNode(\"//user[@name='\" + n + \"']\"); } }\n",
        ),
        example(Language::Ruby, "def f(doc)\n  doc.xpath(\"//user[@name='#{params[:n]}']\")\nend\n"),
    ],
    good: &[
        c(
            "#include <ldap.h>\nint f(LDAP *ld, LDAPMessage **out) { return ldap_search_ext_s(ld, \"dc=x\", 2, \"(objectClass=person)\", NULL, 0, NULL, NULL, NULL, 0, out); }\n",
        ),
        c(
            "#include <libxml/xpath.h>\n#include <stdio.h>\n#include <stdlib.h>\nxmlXPathObjectPtr f(xmlXPathContextPtr c, char **argv) { char path[64]; snprintf(path, sizeof path, \"//user[%d]\", atoi(argv[1])); return xmlXPathEvalExpression((xmlChar *)path, c); }\n",
        ),
        java(
            "import com.mongodb.client.*;\nimport com.mongodb.client.model.Filters;\nclass A { Object f(MongoCollection users, javax.servlet.http.HttpServletRequest r) { return users.find(Filters.eq(\"name\", r.getParameter(\"n\"))).first(); } }\n",
        ),
        java(
            "import com.mongodb.*;\nclass A { Object f(DBCollection users, javax.servlet.http.HttpServletRequest r) { return users.find(new BasicDBObject(\"name\", r.getParameter(\"n\"))); } }\n",
        ),
        javascript(
            "const xpath = require('xpath');\napp.get('/', (req, res) => { res.json(xpath.select('//user[@name=$name]', doc)); });\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"github.com/go-ldap/ldap/v3\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nldap.NewSearchRequest(\"dc=x\", ldap.ScopeWholeSubtree, 0, 0, 0, false, \"(uid=\" + ldap.EscapeFilter(r.FormValue(\"u\")) + \")\", nil, nil)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"github.com/antchfx/xmlquery\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nxmlquery.Find(doc, \"//user\")\n}\n",
        ),
        java(
            "import javax.xml.xpath.*;\nclass A { Object f(org.w3c.dom.Document d) throws Exception { XPath x = XPathFactory.newInstance().newXPath(); return x.evaluate(\"/u[@n=$name]\", d); } }\n",
        ),
        python(
            "import ldap\nfrom ldap.dn import escape_dn_chars\ndef bind(conn, user, password):\n    conn.simple_bind_s('uid=' + escape_dn_chars(user) + ',dc=a', password)\n",
        ),
        python(
            "import ldap\nfrom ldap.filter import escape_filter_chars\ndef f(conn, user):\n    return conn.search_s('dc=x', ldap.SCOPE_SUBTREE, '(uid=' + escape_filter_chars(user) + ')')\n",
        ),
        python("def f(tree, name):\n    return tree.xpath('//user[@name=$name]', name=name)\n"),
        python("from flask import request\ndef f(db):\n    return db.users.find({'name': str(request.args['n'])})\n"),
        python("def f(text, word):\n    return text.find(word)\n"),
        python(
            "from flask import request\nfrom lxml import etree\nclass Store:\n    def find(self, name):\n        return self.rows[name]\nstore = Store()\ndef f():\n    return store.find(request.args['n'])\n",
        ),
        javascript(
            "const ldap = require('ldapjs');\napp.get('/', (req, res) => { client.search('o=x', { filter: '(uid=a)' }, done); });\n",
        ),
        example(Language::Php, "<?php\nldap_search($c, 'dc=x', '(uid=' . ldap_escape($_GET['u']) . ')');\n"),
        example(Language::CSharp, "class A { void F(XmlDocument d) { d.SelectSingleNode(\"//user\"); } }\n"),
        example(Language::Ruby, "def f(doc)\n  doc.xpath('//user')\nend\n"),
    ],
};

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let (argument, concept, cwe): (_, _, &'static [u16]) = match context.method(call) {
        "search_s" | "search_ext_s" | "search_st" | "search_ext" => {
            (context.argument(call, 2, "filterstr"), concept::LDAP_STRING, &[90])
        }
        "search" if context.keyword(call, "search_filter").is_some() || context.mentions("ldap") => {
            (context.argument(call, 1, "search_filter"), concept::LDAP_STRING, &[90])
        }
        // The name of an entry, not a filter.
        "simple_bind_s" | "bind_s" | "simple_bind" => {
            let whole = context.argument(call, 0, "who");
            (
                whole.filter(|&name| !matches!(context.kind(context.value(name)), Kind::Name)),
                concept::LDAP_STRING,
                &[90],
            )
        }
        "xpath" => (context.positional(call, 0), concept::XPATH_STRING, &[643, 91]),
        "find" | "findall" | "iterfind" if context.mentions("etree") || context.mentions("ElementTree") => {
            (context.positional(call, 0), concept::XPATH_STRING, &[643, 91])
        }
        _ => return,
    };
    let Some(argument) = argument else { return };
    // A method of the unit that has the name by chance.
    if context.flow().data().called(call).is_some() {
        return;
    }
    let Exposure::Tainted(taint) = context.exposure(argument, Purposes::FILTER) else { return };
    // A whole filter passed on by a helper is its caller's matter.
    let whole = matches!(context.kind(context.value(argument)), Kind::Name | Kind::Attribute);
    if whole && taint.origin.source != Source::Request {
        return;
    }
    let message = format!("A filter expression is put together with {}.", taint.source());
    let report = Report::issue(call, concept, message).cwe(cwe).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}
