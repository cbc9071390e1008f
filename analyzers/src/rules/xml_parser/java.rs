//! Java's XML readers: which calls parse, and which settings of the parser and its factory switch entities off.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::listed::{At, Sink, Table, of, parts};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Calls that parse, and what they parse.
static PARSES: Table = Table::new(&[
    of("DocumentBuilder", &["parse"], At::Nth(0)),
    of("SAXParser", &["parse"], At::Nth(0)),
    of("XMLReader", &["parse"], At::Nth(0)),
    of("SAXReader", &["read"], At::Nth(0)),
    of("SAXBuilder", &["build"], At::Nth(0)),
    of("Digester", &["parse", "asyncParse"], At::Nth(0)),
    of("XMLInputFactory", &["createXMLStreamReader", "createXMLEventReader"], At::Last),
    of("WstxInputFactory", &["createXMLStreamReader", "createXMLEventReader", "createSR"], At::Last),
    of("XMLInputFactory2", &["createXMLStreamReader", "createXMLEventReader"], At::Last),
    of("Transformer", &["transform"], At::Nth(0)),
    of("TransformerFactory", &["newTransformer", "newTemplates"], At::Nth(0)),
    of("SAXTransformerFactory", &["newXMLFilter", "newTransformer", "newTemplates"], At::Nth(0)),
    of("SchemaFactory", &["newSchema"], At::Nth(0)),
    of("Validator", &["validate"], At::Nth(0)),
    of("Unmarshaller", &["unmarshal"], At::Nth(0)),
    of("XPath", &["evaluate"], At::Nth(1)),
    of("XPathExpression", &["evaluate"], At::Nth(0)),
    of("XmlMapper", &["readTree"], At::Nth(0)),
    of("Persister", &["read", "validate"], At::Nth(1)),
    of("NodeBuilder", &["read"], At::Nth(0)),
    of("DocumentProvider", &["provide"], At::Nth(0)),
    of("StreamProvider", &["provide"], At::Nth(0)),
    of("Formatter", &["format"], At::Nth(0)),
    of("CDAUtil", &["load", "loadAs"], At::From(0)),
    of("ParserHelper", &["loadDocument"], At::Nth(0)),
    of("XMLDecoder", &["readObject"], At::Object),
    of("XMLStreamReaderFactory", &["create"], At::From(0)),
    of("XmlPullParser", &["setInput"], At::Nth(0)),
    of("Tidy", &["parseDOM"], At::Nth(0)),
    of("Builder", &["build"], At::Nth(0)),
]);

/// Classes whose result is a number of packages away from XML: the import must say that they are its.
const AMBIGUOUS: &[(&str, &str)] = &[
    ("Formatter", "simpleframework"),
    ("Builder", "nu.xom"),
    ("Validator", "xml.validation"),
    ("Persister", "simpleframework"),
    ("NodeBuilder", "simpleframework"),
    ("DocumentProvider", "simpleframework"),
    ("StreamProvider", "simpleframework"),
    ("Digester", "digester"),
    ("ParserHelper", "assertj"),
    ("Unmarshaller", "xml.bind"),
    ("XPath", "xml.xpath"),
    ("XPathExpression", "xml.xpath"),
];

/// What settings of a parser, its factory or its source say.
#[expect(clippy::struct_excessive_bools, reason = "one for each setting that counts")]
#[derive(Debug, Default, Clone, Copy)]
struct Settings {
    doctype_off: bool,
    general_off: bool,
    parameter_off: bool,
    dtd_off: bool,
    secure: bool,
    entities_on: bool,
    external_dtd_off: bool,
    external_style_off: bool,
    external_off: bool,
    support_dtd_off: bool,
    resolver: bool,
}

impl Settings {
    /// Whether outside entities cannot be read by what `class` makes.
    fn is_safe(self, class: &str) -> bool {
        if self.entities_on {
            return false;
        }
        let general = self.doctype_off || self.general_off && self.parameter_off && self.dtd_off || self.resolver;
        match class {
            "XMLInputFactory" | "WstxInputFactory" | "XMLInputFactory2" => self.support_dtd_off || self.resolver,
            "Transformer" | "TransformerFactory" | "SAXTransformerFactory" | "SchemaFactory" | "Validator" => {
                self.external_dtd_off && self.external_style_off || self.secure || general
            }
            "DocumentBuilder" => {
                general
                    || self.secure
                    || self.general_off && self.parameter_off
                    || self.external_dtd_off && self.external_off
            }
            _ => general,
        }
    }
}

/// Classes that read entities only if told so, or whose safe form shows at the call.
fn needs_object(class: &str) -> bool {
    !matches!(
        class,
        "CDAUtil"
            | "ParserHelper"
            | "NodeBuilder"
            | "XMLDecoder"
            | "Persister"
            | "Formatter"
            | "DocumentProvider"
            | "StreamProvider"
            | "Digester"
            | "XMLStreamReaderFactory"
    )
}

/// A call that parses XML.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(&Sink { class, at, .. }) = PARSES.row(context, call) else { return };
    let path = context.callee(call);
    if AMBIGUOUS.iter().any(|(known, part)| *known == class && path.matches('.').count() > 1 && !path.contains(part)) {
        return;
    }
    if class == "XMLStreamReaderFactory"
        || class == "Builder" && !path.contains("nu.xom")
        || class == "Formatter" && !path.contains("simpleframework")
    {
        return;
    }
    let inputs = parts(context, call, at);
    if inputs.is_empty() || class == "Persister" && context.positional(call, 1).is_none() {
        return;
    }
    let mut settings = Settings::default();
    let mut made = !needs_object(class);
    if needs_object(class) {
        made |= follow(context, call, context.object(call), &mut settings, 0);
    }
    for &input in &inputs {
        follow(context, call, Some(input), &mut settings, 0);
    }
    let exposed = inputs.iter().any(|&input| {
        let own = context.kind(context.value(input)) == Kind::New
            && context.tree().positional(context.value(input)).all(|part| context.is_constant(part));
        !own && !matches!(context.exposure(input, Purposes::DATA), Exposure::Constant | Exposure::Harmless)
    });
    // A document that is already in memory was parsed elsewhere.
    let in_memory = inputs.iter().all(|&input| {
        let kind = context.program().names.type_of(input).unwrap_or_default();
        let kind = kind.rsplit('.').next().unwrap_or(kind);
        matches!(kind, "DOMSource" | "Document" | "Node" | "Element" | "NodeList")
    });
    if !exposed || in_memory || settings.is_safe(class) || class == "Transformer" && settings.secure {
        return;
    }
    let tainted = inputs.iter().find_map(|&input| context.tainted(input, Purposes::DATA));
    if class == "Unmarshaller" || class == "XPath" || class == "XPathExpression" || class == "SchemaFactory" {
        // Their own parsers are safe unless the source brings another one or is raw.
        let raw = tainted.as_ref().is_some_and(|taint| taint.origin.source > crate::taint::Source::Parameter);
        if !raw {
            return;
        }
    }
    if !made {
        let message = "XML is read by a parser whose settings are made elsewhere.";
        return found.push(context, Report::audit(call, concept::XML_PARSER, message));
    }
    let message = "XML is read by a parser that expands entities.";
    let report = Report::issue(call, concept::XML_PARSER, message).cwe(&[611, 776, 827]);
    let report = match tainted {
        Some(taint) => report.confidence(taint.confidence.max(Confidence::Medium)).trace(taint.trace),
        None => report.confidence(Confidence::Medium),
    };
    let maker = context.object(call).map(|object| context.value(object)).filter(|_| needs_object(class));
    found.push(
        context,
        match maker {
            Some(maker) => report.step(context, maker, "the parser is made here"),
            None => report,
        },
    );
}

/// Collects the settings of an object and of what it was made from; whether the unit shows how it was made.
fn follow(context: &Context<'_>, call: NodeId, object: Option<NodeId>, settings: &mut Settings, depth: u32) -> bool {
    let Some(object) = object.filter(|_| depth < 8) else { return false };
    let tree = context.tree();
    if matches!(context.kind(object), Kind::Name | Kind::Attribute) {
        configure(context, call, object, settings, depth);
    }
    let value = context.value(object);
    match context.kind(value) {
        Kind::Call => {
            let inner = context.object(value);
            let shown = inner.is_some_and(|inner| {
                let text = context.source(inner);
                text.rsplit('.').next().is_some_and(|last| last.starts_with(|letter: char| letter.is_ascii_uppercase()))
            });
            for argument in tree.positional(value).take(6) {
                follow(context, call, Some(argument), settings, depth + 1);
            }
            // A factory method of the unit.
            if let Some(function) = context.flow().data().called(value) {
                for node in tree.subtree(function).take(3_000).filter(|&node| context.kind(node) == Kind::Call) {
                    set(context, node, settings, depth);
                }
                return true;
            }
            shown || follow(context, call, inner, settings, depth + 1)
        }
        Kind::New => {
            for argument in tree.positional(value).take(6) {
                follow(context, call, Some(argument), settings, depth + 1);
            }
            true
        }
        Kind::Cast => {
            let inner = tree.child(value, Field::Value);
            follow(context, call, inner, settings, depth + 1)
        }
        _ => {
            // Given more than once: every place where it is made counts.
            let leaves = context.flow().leaves(object);
            leaves.iter().filter(|&&leaf| leaf != object && leaf != value).take(4).any(|&leaf| {
                matches!(context.kind(leaf), Kind::Call | Kind::New)
                    && follow(context, call, Some(leaf), settings, depth + 1)
            })
        }
    }
}

/// Reads what is set on a name in the function around, or anywhere for a field.
fn configure(context: &Context<'_>, call: NodeId, object: NodeId, settings: &mut Settings, depth: u32) {
    let tree = context.tree();
    let name = context.source(object);
    let own = context.program().names.binding(object);
    let field = own.is_some_and(|binding| {
        let first = context.program().names.definitions(binding).first();
        first.is_some_and(|definition| context.kind(definition.scope) == Kind::Class)
    });
    let scope = if field { NodeId::ROOT } else { tree.scope(object) };
    for node in tree.subtree(scope).take(6_000) {
        if context.kind(node) != Kind::Call || !field && node >= call && !tree.contains(node, call) {
            continue;
        }
        let on = context.object(node).is_some_and(|of| {
            context.source(of) == name && (own.is_none() || context.program().names.binding(of) == own)
                || is_chain_of(context, of, name)
        });
        if on {
            set(context, node, settings, depth);
        }
    }
}

fn is_chain_of(context: &Context<'_>, object: NodeId, name: &str) -> bool {
    let mut at = object;
    for _ in 0..8 {
        match context.kind(at) {
            Kind::Call => match context.object(at) {
                Some(inner) => at = inner,
                None => return false,
            },
            _ => return context.source(at) == name && at != object,
        }
    }
    false
}

/// One setting.
fn set(context: &Context<'_>, node: NodeId, settings: &mut Settings, depth: u32) {
    let method = context.method(node);
    let first = context.positional(node, 0);
    let second = context.positional(node, 1);
    let on = |value: Option<NodeId>| {
        value.and_then(|value| {
            context.truth(value).or_else(|| match context.path(value).rsplit_once('.') {
                Some((head, "TRUE")) if head.ends_with("Boolean") => Some(true),
                Some((head, "FALSE")) if head.ends_with("Boolean") => Some(false),
                _ => None,
            })
        })
    };
    match method {
        "setFeature" | "setProperty" | "setAttribute" => {
            let Some(first) = first else { return };
            let key = context.string(first).map_or_else(|| context.path(first).to_owned(), str::to_owned);
            let key = key.rsplit(['/', '.']).next().unwrap_or_default().to_ascii_lowercase();
            let value = on(second);
            let empty = second.is_some_and(|value| context.string(value) == Some(""));
            let off = value == Some(false);
            match key.as_str() {
                "disallow-doctype-decl" => settings.doctype_off = value == Some(true),
                "external-general-entities" => {
                    settings.general_off = off;
                    settings.entities_on |= value == Some(true);
                }
                "external-parameter-entities" => {
                    settings.parameter_off = off;
                    settings.entities_on |= value == Some(true);
                }
                "load-external-dtd" => settings.dtd_off = off,
                "secure-processing" | "feature_secure_processing" => settings.secure = value == Some(true),
                "accessexternaldtd" | "access_external_dtd" => settings.external_dtd_off = empty,
                "accessexternalstylesheet" | "access_external_stylesheet" => settings.external_style_off = empty,
                "accessexternalschema" | "access_external_schema" => {
                    settings.external_style_off = empty;
                    settings.external_off = empty;
                }
                "supportdtd" | "support_dtd" => settings.support_dtd_off = off,
                "issupportingexternalentities" | "is_supporting_external_entities" => {
                    settings.external_off = off;
                    settings.entities_on |= value == Some(true);
                }
                _ => {}
            }
        }
        "setEntityResolver" | "setXMLResolver" => settings.resolver = true,
        "setXMLReader" => {
            if let Some(reader) = first {
                follow(context, node, Some(reader), settings, depth + 1);
            }
        }
        _ => {}
    }
}
