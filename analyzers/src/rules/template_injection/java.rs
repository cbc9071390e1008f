//! Template engines of Java.

use crate::concept;
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::Purposes;

/// Where an engine takes the source of a template.
static SOURCES: Table = Table::new(&[
    of("Template", &["new"], At::From(1)),
    of("StringTemplateLoader", &["putTemplate"], At::Nth(1)),
    of("PebbleEngine", &["getTemplate", "getLiteralTemplate"], At::Nth(0)),
    of("Velocity", &["evaluate"], At::Last),
    of("Velocity", &["mergeTemplate"], At::Nth(0)),
    of("VelocityEngine", &["evaluate"], At::Last),
    of("VelocityEngine", &["mergeTemplate", "getTemplate"], At::Nth(0)),
    of("RuntimeServices", &["evaluate", "parse"], At::Last),
    of("RuntimeSingleton", &["parse"], At::Nth(0)),
    of("StringResourceRepository", &["putStringResource"], At::Nth(1)),
    of("Jinjava", &["render", "renderForResult"], At::Nth(0)),
    of("TemplateEngine", &["process", "processThrottled"], At::Nth(0)),
    of("ITemplateEngine", &["process", "processThrottled"], At::Nth(0)),
    of("SpringTemplateEngine", &["process"], At::Nth(0)),
    of("TemplateEngine", &["createTemplate"], At::Nth(0)),
    of("SimpleTemplateEngine", &["createTemplate"], At::Nth(0)),
    of("GStringTemplateEngine", &["createTemplate"], At::Nth(0)),
    of("StreamingTemplateEngine", &["createTemplate"], At::Nth(0)),
    of("MarkupTemplateEngine", &["createTemplate"], At::Nth(0)),
    of("XmlTemplateEngine", &["createTemplate"], At::Nth(0)),
    of("Handlebars", &["compileInline"], At::Nth(0)),
    of("ST", &["new"], At::Nth(0)),
]);

/// A call or construction that takes the source of a template.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for source in SOURCES.reached(context, call) {
        if let Exposure::Tainted(taint) = context.exposure(source, Purposes::CODE) {
            // A name of a template that a helper passes on is its caller's matter.
            if taint.origin.source < crate::taint::Source::Arguments {
                return;
            }
            let message = format!("The source of a template is made from {}.", taint.source());
            let report = Report::issue(call, concept::TEMPLATE_STRING, message).cwe(&[1336, 94]);
            return found.push(context, report.confidence(taint.confidence).trace(taint.trace));
        }
    }
}
