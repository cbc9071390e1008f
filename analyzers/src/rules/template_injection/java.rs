//! Template engines of Java.

use crate::concept;
use crate::rule::sinks::{At, Sink, reached};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::Purposes;

/// Where an engine takes the source of a template.
const SOURCES: &[Sink] = &[
    ("Template", &["new"], At::From(1)),
    ("StringTemplateLoader", &["putTemplate"], At::Argument(1)),
    ("PebbleEngine", &["getTemplate", "getLiteralTemplate"], At::Argument(0)),
    ("Velocity", &["evaluate"], At::Last),
    ("Velocity", &["mergeTemplate"], At::Argument(0)),
    ("VelocityEngine", &["evaluate"], At::Last),
    ("VelocityEngine", &["mergeTemplate", "getTemplate"], At::Argument(0)),
    ("RuntimeServices", &["evaluate", "parse"], At::Last),
    ("RuntimeSingleton", &["parse"], At::Argument(0)),
    ("StringResourceRepository", &["putStringResource"], At::Argument(1)),
    ("Jinjava", &["render", "renderForResult"], At::Argument(0)),
    ("TemplateEngine", &["process", "processThrottled"], At::Argument(0)),
    ("ITemplateEngine", &["process", "processThrottled"], At::Argument(0)),
    ("SpringTemplateEngine", &["process"], At::Argument(0)),
    ("TemplateEngine", &["createTemplate"], At::Argument(0)),
    ("SimpleTemplateEngine", &["createTemplate"], At::Argument(0)),
    ("GStringTemplateEngine", &["createTemplate"], At::Argument(0)),
    ("StreamingTemplateEngine", &["createTemplate"], At::Argument(0)),
    ("MarkupTemplateEngine", &["createTemplate"], At::Argument(0)),
    ("XmlTemplateEngine", &["createTemplate"], At::Argument(0)),
    ("Handlebars", &["compileInline"], At::Argument(0)),
    ("ST", &["new"], At::Argument(0)),
];

/// A call or construction that takes the source of a template.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for source in reached(context, call, SOURCES) {
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
