//! CWE-319: a protocol that sends passwords in the clear.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::{call_path, constant_integer};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "cleartext-protocol",
    cwe: &[319],
    severity: Severity::Medium,
    summary: "A protocol sends passwords and data in the clear.",
    advice: "Use SSH, SFTP, FTP over TLS or SNMP v3.",
    rows: &[python_row(&[Kind::Call], check_python)],
    bad: &[
        python("import ftplib\nftp = ftplib.FTP(host)\n"),
        python("import telnetlib\nt = telnetlib.Telnet(host)\n"),
        python("from pysnmp.hlapi import CommunityData\nc = CommunityData('public', mpModel=0)\n"),
    ],
    good: &[python("import ftplib\nftp = ftplib.FTP_TLS(host)\n"), python("import paramiko\nparamiko.SSHClient()\n")],
};

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let clear = match path {
        "ftplib.FTP" | "telnetlib.Telnet" => true,
        "pysnmp.hlapi.CommunityData" => context
            .keyword(call, "mpModel")
            .and_then(|model| constant_integer(context, model))
            .is_some_and(|model| model < 2),
        _ => false,
    };
    if clear {
        let report =
            Report::issue(call, concept::CLEARTEXT_PROTOCOL, "A protocol sends passwords and data in the clear.");
        findings.push(context, report.confidence(Confidence::Medium));
    }
}
