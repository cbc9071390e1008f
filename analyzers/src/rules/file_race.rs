//! CWE-367: a file is checked by its name and then used by its name.

mod go;
mod java;
mod python;
mod script;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::{arguments, library};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, java, java_row, javascript, javascript_row, python, python_row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "file-race",
    cwe: &[367, 362],
    severity: Severity::Medium,
    summary: "A file is checked by its name and then used by its name: it can be another one by then.",
    advice: "Open the file first and ask the descriptor (fstat, fchmod, fchown), or let the use itself fail (O_EXCL, O_NOFOLLOW).",
    rows: &[
        go_row(&[Kind::Call], go::check),
        java_row(&[Kind::Call, Kind::New], java::check),
        javascript_row(&[Kind::Call], script::check),
        c_row(&[Kind::Call], check),
        python_row(&[Kind::If], python::check),
    ],
    bad: &[
        golang(
            "package p\nimport \"os\"\nfunc save(path string, data []byte) error {\n\tif _, err := os.Stat(path); os.IsNotExist(err) {\n\t\treturn os.WriteFile(path, data, 0600)\n\t}\n\treturn nil\n}\n",
        ),
        java(
            "import java.io.*;\nclass A { void f(File file) throws IOException { if (!file.exists()) { FileWriter out = new FileWriter(file); out.write(\"x\"); out.close(); } } }\n",
        ),
        java(
            "import java.nio.file.*;\nclass A { void f(Path p, String s) throws Exception { if (Files.notExists(p)) { Files.writeString(p, s); } } }\n",
        ),
        javascript(
            "const fs = require('fs');\nfunction save(p, text) { if (!fs.existsSync(p)) { fs.writeFileSync(p, text); } }\n",
        ),
        javascript("const fs = require('fs');\nfs.access(p, (err) => { if (!err) { fs.unlink(p, done); } });\n"),
        c("#include <unistd.h>\nvoid f(const char *p) { if (access(p, W_OK) == 0) { FILE *f = fopen(p, \"w\"); } }\n"),
        c(
            "#include <sys/stat.h>\nint f(const char *p) { struct stat s; if (stat(p, &s) != 0) return -1; return open(p, O_RDWR); }\n",
        ),
        c("#include <sys/stat.h>\nvoid f(const char *p) { FILE *o = fopen(p, \"w\"); fclose(o); chmod(p, 0600); }\n"),
        python(
            "import os\ndef read(path):\n    if os.access(path, os.R_OK):\n        with open(path) as f:\n            return f.read()\n",
        ),
        python("import os\ndef remove(path):\n    if not os.path.islink(path):\n        os.remove(path)\n"),
    ],
    good: &[
        golang(
            "package p\nimport \"os\"\nfunc save(path string) error {\n\tif _, err := os.Stat(path); err != nil {\n\t\treturn os.MkdirAll(path, 0700)\n\t}\n\treturn nil\n}\n",
        ),
        golang(
            "package p\nimport \"os\"\nfunc rewrite(path string, data []byte) error {\n\tinfo, err := os.Stat(path)\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn os.WriteFile(path, data, info.Mode())\n}\n",
        ),
        java(
            "import java.nio.file.*;\nclass A { void f(Path p, String s) throws Exception { if (Files.notExists(p)) { Files.writeString(p, s, StandardOpenOption.CREATE_NEW); } } }\n",
        ),
        java(
            "import java.io.*;\nclass A { void f(File in, File out) throws IOException { if (in.exists()) { FileWriter w = new FileWriter(out); w.close(); } } }\n",
        ),
        javascript(
            "const fs = require('fs');\nfunction save(p, text) { fs.writeFileSync(p, text, { flag: 'wx' }); }\n",
        ),
        javascript("const fs = require('fs');\nif (!fs.existsSync(dir)) { fs.mkdirSync(dir); }\n"),
        c(
            "#include <sys/stat.h>\nint f(const char *p) { struct stat s; int fd = open(p, O_RDWR); if (fstat(fd, &s) != 0) return -1; return fd; }\n",
        ),
        c(
            "#include <unistd.h>\nvoid f(const char *p, const char *q) { if (access(p, R_OK) == 0) { FILE *f = fopen(q, \"w\"); } }\n",
        ),
        c("#include <unistd.h>\nint f(const char *p) { return access(p, R_OK); }\n"),
        python(
            "import os\ndef read(path):\n    if os.path.exists(path):\n        with open(path) as f:\n            return f.read()\n",
        ),
        python("import os\ndef make(path):\n    if not os.path.exists(path):\n        os.makedirs(path)\n"),
    ],
};

/// Functions that look at a file by its name.
const CHECKS: &[&str] = &[
    "access",
    "faccessat",
    "stat",
    "lstat",
    "_access",
    "_stat",
    "euidaccess",
    "eaccess",
    "GetFileAttributes",
    "PathFileExists",
];

/// Functions that use a file by its name.
const USES: &[&str] = &[
    "fopen",
    "open",
    "freopen",
    "creat",
    "unlink",
    "remove",
    "rename",
    "chmod",
    "chown",
    "lchown",
    "mkdir",
    "rmdir",
    "truncate",
    "link",
    "symlink",
    "execv",
    "execl",
    "execve",
    "opendir",
    "_open",
    "_wfopen",
    "CreateFile",
    "CreateFileA",
    "DeleteFile",
    "fopen_s",
    "mount",
];

/// Changes of a file by its name right after it was made under that name.
const CHANGES: &[&str] = &["chmod", "chown", "lchown", "unlink", "rename"];

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    if !USES.contains(&name) {
        return;
    }
    let Some(&path) = arguments(context, call).get(usize::from(name == "fopen_s")) else { return };
    if !matches!(context.kind(path), Kind::Name | Kind::Attribute | Kind::Call | Kind::Subscript | Kind::String) {
        return;
    }
    let written = context.source(path);
    let tree = context.tree();
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    let makes = ["fopen", "open", "creat", "rename", "mkdir", "chmod", "chown"];
    for earlier in tree.subtree(function).take(6_000).take_while(|&node| node < call) {
        if context.kind(earlier) != Kind::Call {
            continue;
        }
        let other = library(context, earlier);
        let looks = CHECKS.contains(&other);
        let made = CHANGES.contains(&name) && makes.contains(&other) && other != name;
        if !(looks || made) {
            continue;
        }
        let same = arguments(context, earlier).iter().any(|&part| context.source(part) == written);
        let Some(&first) = arguments(context, earlier).first() else { continue };
        if !same && context.source(first) != written {
            continue;
        }
        // Other ways through the same condition, or a new name in between.
        if separate(context, earlier, call) || renamed(context, earlier, call, written) {
            continue;
        }
        let message = if looks {
            "The file was checked by its name before: it can be another one by now."
        } else {
            "The file was made under its name before: it can be another one by now."
        };
        let report = Report::issue(call, concept::FILE_RACE, message).confidence(Confidence::Medium);
        let note = if looks { "checked here" } else { "made here" };
        return found.push(context, report.step(context, earlier, note));
    }
}

/// Reports a change of the file that `written` names, where an earlier call of the function looks at it by that name.
fn changed_after_look(
    context: &Context<'_>,
    call: NodeId,
    written: &str,
    looks: impl Fn(NodeId) -> bool,
    found: &mut Findings,
) {
    let tree = context.tree();
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    let check = tree.subtree(function).take(4_000).take_while(|&node| node < call).find(|&node| {
        context.kind(node) == Kind::Call
            && looks(node)
            && !separate(context, node, call)
            && !renamed(context, node, call, written)
    });
    if let Some(check) = check {
        let message = "The file was checked by its name before: it can be another one by now.";
        let report = Report::issue(call, concept::FILE_RACE, message).step(context, check, "the file is looked at");
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}

/// Whether two places lie in different branches of one condition.
fn separate(context: &Context<'_>, one: NodeId, other: NodeId) -> bool {
    let tree = context.tree();
    tree.ancestors(one).filter(|&above| context.kind(above) == Kind::If).any(|branch| {
        let side = |node: NodeId| {
            [Field::Body, Field::Else]
                .into_iter()
                .find(|&field| tree.children_in(branch, field).any(|part| tree.contains(part, node)))
        };
        matches!((side(one), side(other)), (Some(a), Some(b)) if a != b)
    })
}

fn renamed(context: &Context<'_>, from: NodeId, to: NodeId, name: &str) -> bool {
    let tree = context.tree();
    (from.0..to.0).map(NodeId).take(6_000).any(|node| tree.field(node) == Field::Target && context.source(node) == name)
}
