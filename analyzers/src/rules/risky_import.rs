//! CWE-1104: an import of a module that is known for its dangers; a reminder, never an issue by itself.

use crate::concept;
use crate::finding::Severity;
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "risky-import",
    cwe: &[1104],
    severity: Severity::Low,
    summary: "A module is imported that is easy to misuse or no longer maintained.",
    advice: "Look at every use of it: what it is given must not come from outside, and a maintained module may do the same.",
    rows: &[python_row(&[Kind::ImportItem], check_python)],
    bad: &[
        python("import telnetlib\n"),
        python("import cgi\n"),
        python("from Crypto.Cipher import AES\n"),
        python("import pickle\n"),
        python("import subprocess\n"),
    ],
    good: &[python("import json\nfrom os import path\nfrom cryptography.fernet import Fernet\n")],
};

/// Modules that were taken out of the standard library or are abandoned.
const ABANDONED: &[&str] = &["cgi", "crypt", "imp", "asyncore", "asynchat", "smtpd", "nntplib", "telnetlib", "pipes"];

fn check_python(context: &Context<'_>, item: NodeId, found: &mut Findings) {
    let Some(path) = context.tree().import_path(item) else { return };
    if ABANDONED.contains(&path.split('.').next().unwrap_or_default()) {
        found.push(context, Report::audit(item, concept::RISKY_IMPORT, "This module is no longer maintained."));
    }
}
