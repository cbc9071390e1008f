//! Old protocol versions among the options of JavaScript.

use crate::concept;
use crate::rule::common::label;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, NodeId};

/// `secureProtocol: "TLSv1_method"`, `minVersion: "TLSv1"`, `ssl: { … }`
pub(super) fn option(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
    let Some(text) = context.string(value) else { return };
    let old = match label(context, key) {
        "secureProtocol" => {
            text.starts_with("SSLv2")
                || text.starts_with("SSLv3")
                || text.starts_with("TLSv1_method")
                || text.starts_with("TLSv1_1")
                || text.starts_with("TLSv1_client")
                || text.starts_with("TLSv1_server")
        }
        "minVersion" | "maxVersion" | "tlsMinVersion" | "minTLSVersion" => {
            matches!(text, "TLSv1" | "TLSv1.0" | "TLSv1.1" | "SSLv3")
        }
        _ => false,
    };
    if old {
        found.push(context, Report::issue(value, concept::TLS_VERSION, "An old protocol version is chosen."));
    }
}
