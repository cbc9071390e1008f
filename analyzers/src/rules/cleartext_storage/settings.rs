//! Storage that clouds are told not to encrypt, and secrets that workflows and outputs print.

use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language::{self, Json, Terraform, Yaml};
use crate::rule::setting::{Is, Settings, above, key, member, setting, sibling, text, value};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::words::names_secret;

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Terraform, Yaml, Json];

const MESSAGE: &str = "Data is stored without being encrypted.";
const CWE: &[u16] = &[311, 312];

static SETTINGS: Settings = Settings::new(
    concept::UNENCRYPTED_STORE,
    &[
        setting(&[Terraform], &["resource", "storage_encrypted"], Is::Off, MESSAGE).cwe(CWE),
        setting(&[Terraform], &["resource", "encrypted"], Is::Off, MESSAGE).cwe(CWE),
        setting(&[Terraform], &["at_rest_encryption_enabled"], Is::Off, MESSAGE).cwe(CWE),
        setting(&[Terraform], &["encrypt_at_rest", "enabled"], Is::Off, MESSAGE).cwe(CWE),
        setting(&[Terraform], &["server_side_encryption", "enabled"], Is::Off, MESSAGE).cwe(CWE),
        setting(&[Terraform], &["infrastructure_encryption_enabled"], Is::Off, MESSAGE).cwe(CWE).audit(),
        setting(&[Terraform], &["transit_encryption_enabled"], Is::Off, "Data is sent without being encrypted.")
            .cwe(&[319, 311]),
        setting(&[Yaml, Json], &["properties", "storageencrypted"], Is::Off, MESSAGE).cwe(CWE),
        setting(&[Yaml, Json], &["properties", "encrypted"], Is::Off, MESSAGE).cwe(CWE),
    ],
);

/// Resources that are not encrypted unless they are told to be, and the setting that tells them.
const BY_DEFAULT: &[(&str, &str, &[&str])] = &[
    ("aws_db_instance", "storage_encrypted", &["replicate_source_db", "snapshot_identifier", "kms_key_id"]),
    ("aws_rds_cluster", "storage_encrypted", &["snapshot_identifier", "kms_key_id", "engine_mode"]),
    ("aws_ebs_volume", "encrypted", &["snapshot_id", "kms_key_id"]),
    ("aws_efs_file_system", "encrypted", &["kms_key_id"]),
    ("aws_redshift_cluster", "encrypted", &["snapshot_identifier", "kms_key_id"]),
];

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
    match context.program().language {
        Terraform => {
            resource(context, pair, found);
            output(context, pair, found);
        }
        Yaml => echo(context, pair, found),
        _ => {}
    }
}

/// A resource that does not say that it is encrypted.
fn resource(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let name = key(context, pair);
    let Some((_, wanted, excuses)) = BY_DEFAULT.iter().find(|(known, ..)| *known == name) else { return };
    if above(context, pair, "resource").is_none() {
        return;
    }
    let tree = context.tree();
    let labelled = value(context, pair).and_then(|labels| tree.children(labels).next());
    let Some(body) = labelled.and_then(|label| value(context, label)) else { return };
    let told = std::iter::once(wanted).chain(*excuses).any(|name| member(context, body, name).is_some());
    if !told {
        let report = Report::issue(pair, concept::UNENCRYPTED_STORE, MESSAGE).cwe(CWE);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// An output that prints a secret.
fn output(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    if !key(context, pair).eq_ignore_ascii_case("value") || above(context, pair, "output").is_none() {
        return;
    }
    let Some(value) = value(context, pair) else { return };
    let said = text(context, value);
    let last = said.rsplit('.').next().unwrap_or_default();
    let secret = said.contains('.')
        && context.kind(value) == Kind::Other
        && names_secret(last)
        && sibling(context, pair, "sensitive") != Some("true");
    if secret {
        let message = "A secret is printed as an output.";
        let report = Report::issue(pair, concept::INFORMATION_LEAK, message).cwe(&[532, 200]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// A workflow's step that prints a secret.
fn echo(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    if key(context, pair) != "run" {
        return;
    }
    let Some(value) = value(context, pair) else { return };
    let printed = text(context, value).lines().take(200).any(|line| {
        let line = line.trim();
        let prints = ["echo ", "printf ", "cat <<"].iter().any(|start| line.starts_with(start));
        // What is handed on to a program or a file is not printed.
        prints
            && line.contains("${{ secrets.")
            && !line.contains('|')
            && !line.contains('>')
            && !line.contains("::add-mask")
    });
    if printed {
        let message = "A secret is printed to the log of a workflow.";
        found.push(context, Report::issue(pair, concept::INFORMATION_LEAK, message).cwe(&[532, 200]));
    }
}
