//! XML parsers of Ruby whose options load what a document refers to.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Bits of the options of libxml2: entities are replaced, the document type is loaded; requests are refused.
const NOENT: i64 = 1 << 1;
const DTDLOAD: i64 = 1 << 2;
const DTDVALID: i64 = 1 << 4;
const NONET: i64 = 1 << 11;

/// What is known of a number of options.
#[derive(Clone, Copy, Default)]
struct Options {
    /// Bits that are surely set.
    set: i64,
    /// Bits that are surely not set, as far as the expression says.
    clear: i64,
}

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let path = context.callee(call);
    let (class, method) = path.rsplit_once('.').unwrap_or(("", path));
    let nokogiri = class.contains("Nokogiri") && matches!(method, "parse" | "XML")
        || matches!(
            path,
            "Nokogiri.XML" | "Nokogiri.XSLT" | "Nokogiri.XML.Document.parse" | "Nokogiri.XML.SAX.Parser.new"
        );
    let libxml = class.contains("XML")
        && ["Document", "Parser", "Reader", "HTMLParser"].iter().any(|part| class.ends_with(part))
        && matches!(method, "string" | "file" | "io" | "document");
    if !nokogiri && !libxml {
        return;
    }
    let mut risky = false;
    for argument in tree.children_in(call, Field::Argument).take(8) {
        let value = match context.kind(argument) {
            Kind::Keyword if context.name(argument) == "options" => tree.child(argument, Field::Value),
            Kind::Keyword => None,
            Kind::Dict => context.entry(argument, "options"),
            Kind::Lambda => {
                risky |= by_block(context, argument);
                None
            }
            _ if nokogiri && tree.positional(call).next() == Some(argument) => None,
            _ => Some(argument),
        };
        risky |= value.is_some_and(|value| options(context, value, 0).is_some_and(|known| loads(known, nokogiri)));
    }
    if risky {
        let message = "XML is read with the entities and files that it declares.";
        let report = Report::issue(call, concept::XML_PARSER, message).severity(Severity::High);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

fn loads(known: Options, nokogiri: bool) -> bool {
    known.set & (NOENT | DTDLOAD | DTDVALID) != 0 || nokogiri && known.clear & NONET != 0
}

/// The options that an expression stands for.
fn options(context: &Context<'_>, node: NodeId, depth: u32) -> Option<Options> {
    const MOST_DEPTH: u32 = 8;
    if depth > MOST_DEPTH {
        return None;
    }
    let tree = context.tree();
    let value = context.value(node);
    if let Some(set) = context.integer(value) {
        return Some(Options { set, clear: 0 });
    }
    match context.kind(value) {
        Kind::Attribute | Kind::Name => {
            let set = match context.name(value) {
                "NOENT" => NOENT,
                "DTDLOAD" => DTDLOAD,
                "DTDVALID" => DTDVALID,
                "NONET" => NONET,
                "DEFAULT_XML" | "RECOVER" | "STRICT" | "NOBLANKS" | "NOERROR" | "NOWARNING" | "HUGE" => 0,
                _ => return changed(context, value, depth),
            };
            Some(Options { set, clear: 0 })
        }
        Kind::Unary if context.name(value) == "~" => {
            let inner = options(context, tree.children(value).last()?, depth + 1)?;
            Some(Options { set: 0, clear: inner.set })
        }
        Kind::Binary => {
            let left = options(context, tree.child(value, Field::Left)?, depth + 1).unwrap_or_default();
            let right = options(context, tree.child(value, Field::Right)?, depth + 1).unwrap_or_default();
            match context.name(value) {
                "|" | "+" => Some(Options {
                    set: left.set | right.set,
                    clear: (left.clear | right.clear) & !(left.set | right.set),
                }),
                "&" => Some(Options {
                    set: left.set & !right.clear | right.set & !left.clear,
                    clear: left.clear | right.clear,
                }),
                _ => None,
            }
        }
        Kind::Call => {
            if context.method(value) == "new" {
                return context
                    .positional(value, 0)
                    .and_then(|first| options(context, first, depth + 1))
                    .or(Some(Options::default()));
            }
            changed(context, value, depth)
        }
        _ => None,
    }
}

/// `options.noent.nonet`
fn changed(context: &Context<'_>, node: NodeId, depth: u32) -> Option<Options> {
    let (name, object) = match context.kind(node) {
        Kind::Call => (context.method(node), context.object(node)?),
        Kind::Attribute => (context.name(node), context.tree().child(node, Field::Object)?),
        _ => return None,
    };
    let before = options(context, object, depth + 1).unwrap_or_default();
    Some(apply(before, name))
}

fn apply(before: Options, name: &str) -> Options {
    let set = |bit: i64| Options { set: before.set | bit, clear: before.clear & !bit };
    let unset = |bit: i64| Options { set: before.set & !bit, clear: before.clear | bit };
    match name {
        "noent" => set(NOENT),
        "dtdload" => set(DTDLOAD),
        "dtdvalid" => set(DTDVALID),
        "nonet" => set(NONET),
        "nonoent" => unset(NOENT),
        "nodtdload" => unset(DTDLOAD),
        "nodtdvalid" => unset(DTDVALID),
        "nononet" => unset(NONET),
        _ => before,
    }
}

/// `{ |config| config.noent }`
fn by_block(context: &Context<'_>, block: NodeId) -> bool {
    let tree = context.tree();
    tree.subtree(block).take(200).any(|part| {
        let name = match context.kind(part) {
            Kind::Call => context.method(part),
            Kind::Attribute => context.name(part),
            _ => return false,
        };
        matches!(name, "noent" | "dtdload" | "dtdvalid" | "nononet")
    })
}
