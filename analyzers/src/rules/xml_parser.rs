//! CWE-611: an XML parser that expands entities.

mod csharp;
mod go;
mod java;
mod native;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::{call_path, is_false, is_true};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

mod more;
mod ruby;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "xml-parser",
    cwe: &[611, 20, 776],
    severity: Severity::Medium,
    summary: "XML from outside is read by a parser that expands entities.",
    advice: "Parse with defusedxml, or with lxml's XMLParser(resolve_entities=False, no_network=True).",
    rows: &[
        go_row(&[Kind::Call], go::check),
        c_row(&[Kind::Call], native::check),
        python_row(&[Kind::Call], check_python),
        java_row(&[Kind::Call], java::call),
        javascript_row(&[Kind::Call], script::check),
        row(&[Language::Php, Language::CSharp], &[Kind::Call, Kind::New, Kind::Attribute], more::check),
        row(&[Language::Ruby], &[Kind::Call], ruby::check),
        row(&[Language::CSharp], &[Kind::New, Kind::Attribute], csharp::setting),
        row(&[Language::CSharp], &[Kind::Keyword, Kind::Assign], csharp::option),
        row(&[Language::CSharp], &[Kind::New, Kind::Attribute], csharp::trusted),
    ],
    bad: &[
        golang(
            "package p\nimport \"github.com/lestrrat-go/libxml2/parser\"\nfunc read(text string) {\n\tp := parser.New(parser.XMLParseNoEnt)\n\tp.ParseString(text)\n}\n",
        ),
        c("#include <libxml/parser.h>\nvoid f(const char *name) { xmlReadFile(name, NULL, XML_PARSE_NOENT); }\n"),
        python("import xml.etree.ElementTree as ET\ndef read(path):\n    return ET.parse(path)\n"),
        python("from xml.dom.minidom import parseString\ndef read(text):\n    return parseString(text)\n"),
        python("from lxml import etree\ndef read(text):\n    return etree.fromstring(text)\n"),
        python("from lxml import etree\nparser = etree.XMLParser(resolve_entities=True)\n"),
        python(
            "import xml.etree.ElementTree as ET\ndef check(text):\n    text.StartDoctypeDeclHandler = None\n    return text\ndef read(text):\n    return ET.fromstring(check(text))\n",
        ),
        python("import xml.sax\ndef read(path, handler):\n    xml.sax.parse(path, handler)\n"),
        java(
            "import javax.xml.parsers.*;\nclass A { Object f(java.io.InputStream in) throws Exception { DocumentBuilder b = DocumentBuilderFactory.newInstance().newDocumentBuilder(); return b.parse(in); } }\n",
        ),
        java(
            "import javax.xml.stream.*;\nclass A { void f(java.net.Socket s) throws Exception { XMLInputFactory f = XMLInputFactory.newFactory(); f.createXMLStreamReader(s.getInputStream()); } }\n",
        ),
        java(
            "import org.dom4j.io.SAXReader;\nclass A { Object f(javax.servlet.http.HttpServletRequest r) throws Exception { SAXReader reader = new SAXReader(); reader.setFeature(\"http://xml.org/sax/features/external-general-entities\", false); return reader.read(r.getInputStream()); } }\n",
        ),
        javascript(
            "const libxmljs = require('libxmljs');\napp.post('/', (req, res) => { libxmljs.parseXml(req.body, { noent: true }); });\n",
        ),
        example(
            Language::CSharp,
            "class A { void F() { var s = new XmlReaderSettings { DtdProcessing = DtdProcessing.Parse }; } }\n",
        ),
        example(
            Language::CSharp,
            "class A { void F() { var s = new XsltSettings { EnableScript = true }; Load(s); } }\n",
        ),
        example(Language::Php, "<?php\n$x = simplexml_load_string($text, 'SimpleXMLElement', LIBXML_NOENT);\n"),
        example(Language::Ruby, "doc = Nokogiri::XML(text) { |config| config.noent }\n"),
        example(Language::Ruby, "doc = Nokogiri::XML.parse(text, nil, nil, Nokogiri::XML::ParseOptions::NOENT)\n"),
    ],
    good: &[
        golang(
            "package p\nimport \"github.com/lestrrat-go/libxml2/parser\"\nfunc read(text string) {\n\tp := parser.New(parser.XMLParseNoNet)\n\tp.ParseString(text)\n}\n",
        ),
        golang(
            "package p\nimport \"encoding/xml\"\nfunc read(data []byte, to any) error {\n\treturn xml.Unmarshal(data, to)\n}\n",
        ),
        example(Language::Ruby, "doc = Nokogiri::XML(text) { |config| config.nonet }\n"),
        example(Language::Ruby, "doc = Nokogiri::XML.parse(text, nil, nil, Nokogiri::XML::ParseOptions::NONET)\n"),
        c("#include <libxml/parser.h>\nvoid f(const char *name) { xmlReadFile(name, NULL, XML_PARSE_NONET); }\n"),
        java(
            "import javax.xml.parsers.*;\nclass A { Object f(java.io.InputStream in) throws Exception { DocumentBuilderFactory d = DocumentBuilderFactory.newInstance(); d.setFeature(\"http://apache.org/xml/features/disallow-doctype-decl\", true); return d.newDocumentBuilder().parse(in); } }\n",
        ),
        java(
            "import javax.xml.stream.*;\nclass A { void f(java.net.Socket s) throws Exception { XMLInputFactory f = XMLInputFactory.newFactory(); f.setProperty(XMLInputFactory.SUPPORT_DTD, false); f.createXMLStreamReader(s.getInputStream()); } }\n",
        ),
        python("import defusedxml.ElementTree as ET\ndef read(path):\n    return ET.parse(path)\n"),
        python(
            "from lxml import etree\nparser = etree.XMLParser(resolve_entities=False)\netree.fromstring(text, parser)\n",
        ),
        python("import xml.etree.ElementTree as ET\nroot = ET.fromstring('<a/>')\n"),
        python("import xml.etree.ElementTree as ET\nroot = ET.Element('a')\n"),
        python(
            "import xml.etree.ElementTree as ET\nfrom xml.parsers import expat\ndef check(text):\n    def refuse(*_):\n        raise ValueError('no')\n    checker = expat.ParserCreate()\n    checker.StartDoctypeDeclHandler = refuse\n    checker.Parse(text, True)\n    return text\ndef read(text):\n    return ET.fromstring(check(text))\n",
        ),
        javascript(
            "const libxmljs = require('libxmljs');\napp.post('/', (req, res) => { libxmljs.parseXml(req.body); });\n",
        ),
        example(
            Language::CSharp,
            "class A { void F() { var s = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit }; } }\n",
        ),
        example(Language::Php, "<?php\n$x = simplexml_load_string($text);\n"),
    ],
};

const MODULES: &[&str] = &[
    "xml.etree.ElementTree",
    "xml.etree.cElementTree",
    "xml.dom.minidom",
    "xml.dom.pulldom",
    "xml.dom.expatbuilder",
    "xml.sax",
    "xml.sax.expatreader",
];
const READERS: &[&str] = &[
    "parse",
    "fromstring",
    "fromstringlist",
    "iterparse",
    "XMLParser",
    "XML",
    "XMLID",
    "parseString",
    "make_parser",
    "create_parser",
];

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some((module, reader)) = call_path(context, call).and_then(|path| path.rsplit_once('.')) else { return };
    let tree = context.tree();
    if module == "lxml.etree" || module == "lxml.objectify" {
        let expands = match reader {
            "XMLParser" | "ETCompatXMLParser" => {
                context.keyword(call, "resolve_entities").is_some_and(|value| is_true(context, value))
            }
            "parse" | "fromstring" | "XML" | "XMLID" => {
                context.argument(call, 1, "parser").is_none() && !constant(context, call)
            }
            "iterparse" => !context.keyword(call, "resolve_entities").is_some_and(|value| is_false(context, value)),
            _ => false,
        };
        if expands {
            let report = Report::issue(call, concept::XML_PARSER, "XML is read by a parser that expands entities.");
            findings.push(context, report.confidence(Confidence::Medium));
        }
    } else if MODULES.contains(&module)
        && READERS.contains(&reader)
        && !constant(context, call)
        && !guarded(context, call)
    {
        let given = tree.child(call, Field::Argument).is_some();
        let report = Report::issue(call, concept::XML_PARSER, "XML is read by a parser that expands entities.");
        findings.push(context, report.confidence(if given { Confidence::Medium } else { Confidence::Low }));
    }
}

/// Text that stands in the program needs no guard.
fn constant(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    tree.positional(call)
        .next()
        .is_some_and(|source| tree.kind(source) == Kind::String && context.source(source).contains('<'))
}

/// Whether the source went through a function of the program that refuses document type or entity declarations.
fn guarded(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let name = |node: NodeId| tree.name(node, &context.program().text);
    let function = |wanted: &str| {
        let named = |&node: &NodeId| tree.kind(node) == Kind::Function && name(node) == wanted;
        tree.ids().find(named)
    };
    let raises = |node: NodeId| tree.subtree(node).any(|below| tree.kind(below) == Kind::Raise);
    let refuses = |node: NodeId| {
        tree.subtree(node).filter(|&below| tree.kind(below) == Kind::Assign).any(|assign| {
            let declares = |target: NodeId| matches!(name(target), "StartDoctypeDeclHandler" | "EntityDeclHandler");
            tree.children_in(assign, Field::Target).any(declares)
                && tree
                    .child(assign, Field::Value)
                    .filter(|&value| matches!(tree.kind(value), Kind::Name | Kind::Attribute))
                    .and_then(|value| function(name(value)))
                    .is_some_and(raises)
        })
    };
    tree.positional(call).next().is_some_and(|source| {
        tree.subtree(source)
            .filter(|&below| tree.kind(below) == Kind::Call)
            .filter_map(|below| tree.child(below, Field::Callee))
            .filter(|&callee| tree.kind(callee) == Kind::Name)
            .filter_map(|callee| function(name(callee)))
            .any(refuses)
    })
}
