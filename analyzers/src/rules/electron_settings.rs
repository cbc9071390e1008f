//! CWE-94/1188: windows of desktop programs in which pages may do what programs may.

use crate::concept;
use crate::finding::Severity;
use crate::rule::common::label;
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "electron-settings",
    cwe: &[94, 829, 79],
    severity: Severity::High,
    summary: "A page in a desktop window may reach the system, or is loaded without the browser's protection.",
    advice: "Leave `contextIsolation`, `sandbox` and `webSecurity` on and `nodeIntegration` off, and hand pages what they need in a preload script.",
    rows: &[javascript_row(&[Kind::Pair], check)],
    bad: &[
        javascript(
            "const w = new BrowserWindow({ webPreferences: { nodeIntegration: true, contextIsolation: false } });\n",
        ),
        javascript("const options = { webPreferences: { webSecurity: false } };\nnew BrowserWindow(options);\n"),
    ],
    good: &[
        javascript(
            "const w = new BrowserWindow({ webPreferences: { preload, contextIsolation: true, sandbox: true } });\n",
        ),
        javascript("const job = { nodeIntegration: false, webSecurity: true };\n"),
        javascript("const panel = { sandbox: false };\n"),
    ],
};

/// Options, the value that takes protection away, and what that does.
const OPTIONS: &[(&str, bool, &[u16], &str)] = &[
    ("nodeIntegration", true, &[94, 829, 79], "Scripts of the page can use the system as the program can."),
    ("nodeIntegrationInWorker", true, &[94, 829], "Workers of the page can use the system as the program can."),
    ("nodeIntegrationInSubFrames", true, &[94, 829], "Frames in the page can use the system as the program can."),
    ("enableRemoteModule", true, &[94, 829], "Scripts of the page can reach the main process."),
    ("contextIsolation", false, &[94, 829, 79], "Scripts of the page share their objects with the preload script."),
    ("webSecurity", false, &[79, 346], "Pages of every origin can read each other in this window."),
    ("allowRunningInsecureContent", true, &[494, 319], "Scripts that were loaded without encryption run in the page."),
    ("allowDisplayingInsecureContent", true, &[494, 319], "Content that was loaded without encryption is shown."),
    ("experimentalFeatures", true, &[94], "Features that nobody has examined are on."),
];

fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
    let name = label(context, key);
    let Some(&(_, bad, cwe, message)) = OPTIONS.iter().find(|(known, ..)| *known == name) else { return };
    if context.truth(value) != Some(bad) || !context.mentions("webPreferences") && !context.mentions("BrowserWindow") {
        return;
    }
    let report = Report::issue(pair, concept::EVAL_STRING, message).cwe(cwe);
    let mild = matches!(name, "experimentalFeatures" | "allowDisplayingInsecureContent");
    found.push(context, if mild { report.severity(Severity::Medium) } else { report });
}
