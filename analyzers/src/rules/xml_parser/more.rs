//! XML parsers in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Php};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

static USES: Uses = Uses::new(
    concept::XML_PARSER,
    &[
        Use {
            language: CSharp,
            names: &["XmlReader.Create", "XmlTextReader", "XmlDocument.Load", "XmlDocument.LoadXml", ".LoadXml"],
            with: &[],
            severity: Severity::Low,
            confidence: Confidence::Low,
            audit: true,
            message: "XML is read; fine where the reader refuses document types.",
        },
        Use {
            language: Php,
            names: &["simplexml_load_string", "simplexml_load_file", ".loadXML", ".load"],
            with: &["libxml_noent", "libxml_dtdload"],
            severity: Severity::High,
            confidence: Confidence::Medium,
            audit: false,
            message: "XML is read with the entities that it declares.",
        },
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    USES.check(context, node, found);
}
