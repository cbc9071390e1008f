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
            name: "DtdProcessing.Parse",
            with: &[],
            severity: Severity::High,
            confidence: Confidence::Medium,
            audit: false,
            message: "XML is read with its document types.",
        },
        Use {
            language: CSharp,
            name: "XmlUrlResolver",
            with: &[],
            severity: Severity::High,
            confidence: Confidence::Medium,
            audit: false,
            message: "XML is read with what it refers to.",
        },
        Use {
            language: CSharp,
            name: "XmlReader.Create",
            with: &[],
            severity: Severity::Low,
            confidence: Confidence::Low,
            audit: true,
            message: "XML is read; fine where the reader refuses document types.",
        },
        Use {
            language: CSharp,
            name: "XmlTextReader",
            with: &[],
            severity: Severity::Low,
            confidence: Confidence::Low,
            audit: true,
            message: "XML is read; fine where the reader refuses document types.",
        },
        Use {
            language: CSharp,
            name: "XmlDocument.Load",
            with: &[],
            severity: Severity::Low,
            confidence: Confidence::Low,
            audit: true,
            message: "XML is read; fine where the reader refuses document types.",
        },
        Use {
            language: CSharp,
            name: "XmlDocument.LoadXml",
            with: &[],
            severity: Severity::Low,
            confidence: Confidence::Low,
            audit: true,
            message: "XML is read; fine where the reader refuses document types.",
        },
        Use {
            language: CSharp,
            name: ".LoadXml",
            with: &[],
            severity: Severity::Low,
            confidence: Confidence::Low,
            audit: true,
            message: "XML is read; fine where the reader refuses document types.",
        },
        Use {
            language: Php,
            name: "simplexml_load_string",
            with: &["libxml_noent", "libxml_dtdload"],
            severity: Severity::High,
            confidence: Confidence::Medium,
            audit: false,
            message: "XML is read with the entities that it declares.",
        },
        Use {
            language: Php,
            name: "simplexml_load_file",
            with: &["libxml_noent", "libxml_dtdload"],
            severity: Severity::High,
            confidence: Confidence::Medium,
            audit: false,
            message: "XML is read with the entities that it declares.",
        },
        Use {
            language: Php,
            name: ".loadXML",
            with: &["libxml_noent", "libxml_dtdload"],
            severity: Severity::High,
            confidence: Confidence::Medium,
            audit: false,
            message: "XML is read with the entities that it declares.",
        },
        Use {
            language: Php,
            name: ".load",
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
