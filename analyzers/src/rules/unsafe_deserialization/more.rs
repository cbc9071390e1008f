//! Deserialisers in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Php, Ruby};
use crate::rule::listed::{At, Sinks, Use, Uses, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::Purposes;

static SINKS: Sinks = Sinks::new(
    Purposes::DATA,
    concept::PICKLE_LOAD,
    "Objects are built from",
    &[
        sink(Php, "unserialize", At::Nth(0)),
        sink(Php, "yaml_parse", At::Nth(0)),
        sink(Php, "igbinary_unserialize", At::Nth(0)),
        sink(Ruby, "Marshal.load", At::Nth(0)),
        sink(Ruby, "Marshal.restore", At::Nth(0)),
        sink(Ruby, "YAML.load", At::Nth(0)),
        sink(Ruby, "YAML.unsafe_load", At::Nth(0)),
        sink(Ruby, "YAML.load_file", At::Nth(0)),
        sink(Ruby, "Psych.load", At::Nth(0)),
        sink(Ruby, "Psych.unsafe_load", At::Nth(0)),
        sink(Ruby, "Oj.load", At::Nth(0)),
        sink(Ruby, "Oj.object_load", At::Nth(0)),
        sink(Ruby, "Ox.parse_obj", At::Nth(0)),
        sink(Ruby, "Hash.from_trusted_xml", At::Nth(0)),
    ],
);
static USES: Uses = Uses::new(
    concept::PICKLE_LOAD,
    &[
        Use {
            language: CSharp,
            name: "BinaryFormatter",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A formatter that builds any object is used.",
        },
        Use {
            language: CSharp,
            name: "NetDataContractSerializer",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A formatter that builds any object is used.",
        },
        Use {
            language: CSharp,
            name: "LosFormatter",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A formatter that builds any object is used.",
        },
        Use {
            language: CSharp,
            name: "SoapFormatter",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A formatter that builds any object is used.",
        },
        Use {
            language: CSharp,
            name: "ObjectStateFormatter",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A formatter that builds any object is used.",
        },
        Use {
            language: CSharp,
            name: "SimpleTypeResolver",
            with: &[],
            severity: Severity::High,
            confidence: Confidence::Medium,
            audit: false,
            message: "A serialiser is told to build any type that the text names.",
        },
        Use {
            language: CSharp,
            name: "TypeNameHandling.All",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A serialiser is told to build any type that the text names.",
        },
        Use {
            language: CSharp,
            name: "TypeNameHandling.Auto",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A serialiser is told to build any type that the text names.",
        },
        Use {
            language: CSharp,
            name: "TypeNameHandling.Objects",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A serialiser is told to build any type that the text names.",
        },
        Use {
            language: CSharp,
            name: "TypeNameHandling.Arrays",
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A serialiser is told to build any type that the text names.",
        },
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
    USES.check(context, node, found);
}
