//! CWE-22: an archive unpacked without looking at its member names.

mod script;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::call_path;
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "archive-extraction",
    cwe: &[22],
    severity: Severity::High,
    summary: "An archive is unpacked without looking at its member names, which may point outside the target.",
    advice: "Give tarfile filter=\"data\" (Python 3.12, and security releases of 3.8 and later), or check each member's path.",
    rows: &[javascript_row(&[Kind::Call], script::check), python_row(&[Kind::Call], check_python)],
    bad: &[
        javascript(
            "const fs = require('fs');\nconst unzipper = require('unzipper');\nfs.createReadStream('a.zip').pipe(unzipper.Parse()).on('entry', entry => { entry.pipe(fs.createWriteStream('out/' + entry.path)); });\n",
        ),
        javascript(
            "const AdmZip = require('adm-zip');\nconst fs = require('fs');\nfor (const entry of new AdmZip(file).getEntries()) { const target = path.join(dir, entry.entryName); fs.writeFileSync(target, entry.getData()); }\n",
        ),
        python("import tarfile\nt = tarfile.open(path)\nt.extractall('out')\n"),
        python("import tarfile\nwith tarfile.open(path) as t:\n    t.extractall()\n"),
        python("import shutil\nshutil.unpack_archive(upload, 'out')\n"),
        python(
            "import tarfile\ndef f(path):\n    t = tarfile.open(path)\n    for member in t:\n        t.extract(member, 'out')\n",
        ),
        python(
            "import tarfile\ndef f(path):\n    with tarfile.open(path) as t:\n        t.extractall('out', members=t.getmembers())\n",
        ),
    ],
    good: &[
        javascript(
            "const fs = require('fs');\nconst unzipper = require('unzipper');\nfs.createReadStream('a.zip').pipe(unzipper.Parse()).on('entry', entry => { const target = path.resolve('out', entry.path); if (!target.startsWith(root + path.sep)) return; entry.pipe(fs.createWriteStream(target)); });\n",
        ),
        javascript("const fs = require('fs');\nconst entry = menu[0];\nfs.writeFileSync(entry.path, text);\n"),
        python("import tarfile\nwith tarfile.open(path) as t:\n    t.extractall('out', filter='data')\n"),
        python("import tarfile\nwith tarfile.open(path) as t:\n    t.extractall('out', members=safe(t))\n"),
        python(
            "import tarfile\ndef f(path):\n    t = tarfile.open(path)\n    for member in t:\n        if '..' in member.name or member.name.startswith('/'):\n            continue\n        t.extract(member, 'out')\n",
        ),
        python("import zipfile\nwith zipfile.ZipFile(path) as z:\n    z.extractall('out')\n"),
    ],
};

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let Some(path) = call_path(context, call) else { return };
    if path == "shutil.unpack_archive" {
        let kind = context.keyword(call, "filter").and_then(|filter| context.string(filter));
        if kind != Some("data") && !context.positional(call, 0).is_some_and(|archive| context.is_constant(archive)) {
            let message = "An archive is unpacked without looking at its member names.";
            let report = Report::issue(call, concept::TAR_EXTRACT, message);
            findings.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
        }
        return;
    }
    let method = context.method(call);
    if !matches!(method, "extractall" | "extract") {
        return;
    }
    let tar = path.starts_with("tarfile.")
        || context.object(call).is_some_and(|object| {
            context.program().names.type_of(object).is_some_and(|kind| kind.starts_with("tarfile."))
        });
    let spread = tree.children_in(call, Field::Argument).any(|argument| tree.kind(argument) == Kind::Spread);
    if !tar || spread || is_filtered(context, call) || has_chosen_members(context, call) {
        return;
    }
    let message = "A tar archive is unpacked without looking at its member names.";
    let own = context.object(call).is_some_and(|object| is_own_file(context, object));
    let report = Report::issue(call, concept::TAR_EXTRACT, message);
    // A file that the program names itself may still come from anywhere.
    let milder = |report: Report| report.severity(Severity::Medium).confidence(Confidence::Medium);
    findings.push(context, if own { milder(report) } else { report });
}

/// Whether a filter is given that refuses dangerous members, or one that cannot be seen.
fn is_filtered(context: &Context<'_>, call: NodeId) -> bool {
    context.keyword(call, "filter").is_some_and(|filter| {
        let value = context.value(filter);
        context.kind(value) != Kind::Null && context.string(filter) != Some("fully_trusted")
    })
}

/// Whether the members were chosen: by a function, or by a look at the member before it is unpacked.
fn has_chosen_members(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let object = context.object(call).map(|object| context.source(object)).unwrap_or_default();
    if context.method(call) == "extractall" {
        return context.argument(call, 1, "members").is_some_and(|members| {
            let value = context.value(members);
            let all = context.source(members) == object
                || context.kind(value) == Kind::Call && matches!(context.method(value), "getmembers" | "getnames");
            !all
        });
    }
    let Some(member) = context.positional(call, 0) else { return true };
    if context.string(member).is_some() {
        return true;
    }
    let name = context.source(member);
    // The loop over the archive, and what it asks of the member before.
    let Some(walk) = tree.ancestors(call).find(|&above| context.kind(above) == Kind::For) else { return false };
    tree.subtree(walk).take(2_000).take_while(|&part| part < call).any(|part| {
        context.kind(part) == Kind::If
            && tree.child(part, Field::Test).is_some_and(|test| {
                tree.subtree(test)
                    .take(100)
                    .any(|inner| context.kind(inner) == Kind::Name && context.source(inner) == name)
            })
    })
}

/// Whether the archive is a file that the program names itself.
fn is_own_file(context: &Context<'_>, archive: NodeId) -> bool {
    let open = context.value(archive);
    context.kind(open) == Kind::Call
        && context
            .positional(open, 0)
            .is_some_and(|file| context.string(file).is_some_and(|name| !name.contains("://")))
}
