//! Template engines of JavaScript, and objects of a request that become their options.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::{is_answer, requested};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions whose first argument is the source of a template.
const ENGINES: &[&str] = &[
    "pug.compile",
    "pug.render",
    "pug.compileClient",
    "jade.compile",
    "jade.render",
    "ejs.compile",
    "ejs.render",
    "dot.template",
    "dot.compile",
    "dust.compile",
    "nunjucks.renderString",
    "nunjucks.compile",
    "lodash.template",
    "underscore.template",
    "_.template",
    "handlebars.compile",
    "handlebars.precompile",
    "Handlebars.compile",
    "mustache.render",
    "Mustache.render",
    "hogan.compile",
    "hogan.js.compile",
    "hogan.js",
    "Hogan.compile",
    "eta.render",
    "Eta.render",
    "squirrelly.render",
    "Sqrl.render",
    "vash.compile",
    "liquidjs.Liquid.parseAndRender",
    "swig.render",
    "swig.compile",
    "twig.twig",
    "art-template.render",
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if ENGINES.contains(&path) {
        let Some(source) = context.positional(call, 0) else { return };
        if let Exposure::Tainted(taint) = context.exposure(source, Purposes::CODE) {
            // What a helper is given may well be a constant of its caller.
            if taint.origin.source <= Source::Parameter && context.kind(context.value(source)) != Kind::Binary {
                return found.push(
                    context,
                    Report::audit(call, concept::TEMPLATE_STRING, "The source of a template varies.")
                        .trace(taint.trace),
                );
            }
            let message = format!("The source of a template is made from {}.", taint.source());
            let report = Report::issue(call, concept::TEMPLATE_STRING, message).confidence(taint.confidence);
            found.push(context, report.trace(taint.trace));
        }
        return;
    }
    // `res.render("page", req.body)`: keys such as `layout` or `settings` are options of the engine.
    if context.method(call) == "render" && context.object(call).is_some_and(|object| is_answer(context, object)) {
        let Some(values) = context.positional(call, 1) else { return };
        let whole = matches!(context.kind(context.value(values)), Kind::Attribute | Kind::Name | Kind::Subscript);
        let escapes = ["pug", "jade", "nunjucks"]
            .iter()
            .any(|engine| context.text().contains(&format!("'view engine', '{engine}'")));
        if let Some(taint) = requested(context, values, Purposes::CODE).filter(|_| whole && !escapes) {
            let message = "An object from a request becomes the template's values, and with them its options.";
            let report = Report::issue(call, concept::TEMPLATE_STRING, message).cwe(&[73, 94]);
            found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
        }
    }
}
