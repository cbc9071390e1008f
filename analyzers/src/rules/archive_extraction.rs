//! CWE-22: an archive unpacked without looking at its member names.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::call_path;
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "archive-extraction",
    cwe: &[22],
    severity: Severity::High,
    summary: "An archive is unpacked without looking at its member names, which may point outside the target.",
    advice: "Give tarfile filter=\"data\" (Python 3.12, and security releases of 3.8 and later), or check each member's path.",
    rows: &[python_row(&[Kind::Call], check_python)],
    bad: &[
        python("import tarfile\nt = tarfile.open(path)\nt.extractall('out')\n"),
        python("import tarfile\nwith tarfile.open(path) as t:\n    t.extractall()\n"),
        python("import shutil\nshutil.unpack_archive(upload, 'out')\n"),
    ],
    good: &[
        python("import tarfile\nwith tarfile.open(path) as t:\n    t.extractall('out', filter='data')\n"),
        python("import tarfile\nwith tarfile.open(path) as t:\n    t.extractall('out', members=safe(t))\n"),
        python("import zipfile\nwith zipfile.ZipFile(path) as z:\n    z.extractall('out')\n"),
    ],
};

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let Some(path) = call_path(context, call) else { return };
    let guarded = ["filter", "members"].iter().any(|name| context.keyword(call, name).is_some())
        || tree.children_in(call, Field::Argument).any(|argument| tree.kind(argument) == Kind::Spread);
    if guarded {
        return;
    }
    let tar = path.ends_with(".extractall")
        && (path.starts_with("tarfile.")
            || context.object(call).is_some_and(|object| {
                context.program().names.type_of(object).is_some_and(|kind| kind.starts_with("tarfile."))
            }));
    if tar {
        findings.push(
            context,
            Report::issue(call, concept::TAR_EXTRACT, "A tar archive is unpacked without looking at its member names."),
        );
    } else if path == "shutil.unpack_archive" {
        let report =
            Report::issue(call, concept::TAR_EXTRACT, "An archive is unpacked without looking at its member names.");
        findings.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
    }
}
