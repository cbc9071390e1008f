//! CWE-377: a temporary file that others can foresee.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::{call_path, constant_text};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

mod go;
mod java;
mod more;
mod native;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "temporary-file",
    cwe: &[377, 379],
    severity: Severity::Medium,
    summary: "A temporary file has a name that others can foresee or take first.",
    advice: "Use tempfile.NamedTemporaryFile, mkstemp or TemporaryDirectory, which create the file at once and for this user alone.",
    rows: &[
        java_row(&[Kind::Call, Kind::New], java::check),
        javascript_row(&[Kind::Call], script::check),
        go_row(&[Kind::Call], go::call),
        c_row(&[Kind::Call], native::check),
        python_row(&[Kind::Call], check_name),
        python_row(&[Kind::String, Kind::Template], check_path),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::check),
        row(&[Language::Bash], &[Kind::Call, Kind::Template], more::shell),
    ],
    bad: &[
        java(
            "import java.io.*;\nclass A { void f(String s) throws IOException { FileWriter w = new FileWriter(\"/tmp/report.txt\"); w.write(s); w.close(); } }\n",
        ),
        java(
            "import java.nio.file.*;\nclass A { void f(byte[] b) throws Exception { Path p = Paths.get(System.getProperty(\"java.io.tmpdir\"), \"export.csv\"); Files.write(p, b); } }\n",
        ),
        java(
            "import java.io.*;\nclass A { void f() { File dir = new File(System.getProperty(\"java.io.tmpdir\") + \"/work\"); dir.mkdirs(); } }\n",
        ),
        javascript(
            "const fs = require('fs');\nconst os = require('os');\nconst path = require('path');\nconst file = path.join(os.tmpdir(), 'report.txt');\nfs.writeFileSync(file, text);\n",
        ),
        javascript("const fs = require('fs');\nfs.createWriteStream('/tmp/upload.bin');\n"),
        example(Language::Php, "<?php\nfile_put_contents('/tmp/report.txt', $text);\n"),
        example(Language::CSharp, "class A { void F(string s) { File.WriteAllText(\"/tmp/report.txt\", s); } }\n"),
        example(Language::Ruby, "File.open('/tmp/report.txt', 'w') { |file| file.write(text) }\n"),
        example(Language::Rust, "fn f(s: &str) { std::fs::write(\"/tmp/report.txt\", s).unwrap(); }\n"),
        example(Language::Bash, "name=$(mktemp -u)\necho a > \"$name\"\n"),
        example(Language::Bash, "out=\"/tmp/report.$$\"\necho a > \"$out\"\n"),
        golang("package p\nimport (\"os\")\nfunc f() {\n\tos.WriteFile(\"/tmp/report\", data, 0600)\n}\n"),
        golang(
            "package p\nimport (\"os\"; \"path/filepath\")\nfunc f() {\n\tf, err := os.Create(filepath.Join(os.TempDir(), \"report\"))\n\t_, _ = f, err\n}\n",
        ),
        c("#include <stdio.h>\nvoid f(void) { char n[L_tmpnam]; tmpnam(n); FILE *f = fopen(n, \"w\"); }\n"),
        c("#include <stdio.h>\nvoid f(void) { FILE *f = fopen(\"/tmp/state\", \"w\"); }\n"),
        python(
            "import os\ndef f(name, text):\n    with open(os.path.join('/tmp', name), 'w') as f:\n        f.write(text)\n",
        ),
        python("import tempfile\nname = tempfile.mktemp()\n"),
        python("import os\nname = os.tempnam()\n"),
        python("with open('/tmp/report.txt', 'w') as f:\n    f.write('x')\n"),
        python("path = '/var/tmp/cache.db'\n"),
        python("def save(name):\n    open(f'/tmp/{name}.txt', 'w').write('x')\n"),
    ],
    good: &[
        java(
            "import java.nio.file.*;\nclass A { void f(byte[] b) throws Exception { Path p = Files.createTempFile(\"export\", \".csv\"); Files.write(p, b); } }\n",
        ),
        java(
            "import java.io.*;\nclass A { void f(String s) throws IOException { FileWriter w = new FileWriter(\"/var/lib/app/report.txt\"); w.write(s); w.close(); } }\n",
        ),
        java(
            "import java.nio.file.*;\nclass A { void f(byte[] b) throws Exception { Path p = Paths.get(System.getProperty(\"java.io.tmpdir\"), java.util.UUID.randomUUID().toString()); Files.write(p, b); } }\n",
        ),
        javascript(
            "const fs = require('fs');\nconst os = require('os');\nconst path = require('path');\nconst dir = fs.mkdtempSync(path.join(os.tmpdir(), 'a-'));\nfs.writeFileSync(path.join(dir, 'report.txt'), text);\n",
        ),
        javascript("const fs = require('fs');\nfs.writeFileSync('/var/lib/app/report.txt', text);\n"),
        example(
            Language::Php,
            "<?php\n$name = tempnam(sys_get_temp_dir(), 'report');\nfile_put_contents($name, $text);\n",
        ),
        example(
            Language::CSharp,
            "class A { void F(string s) { File.WriteAllText(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), s); } }\n",
        ),
        example(Language::Ruby, "Tempfile.create('report') { |file| file.write(text) }\n"),
        example(Language::Rust, "fn f() { let file = tempfile::NamedTempFile::new().unwrap(); use_it(file); }\n"),
        example(Language::Bash, "out=$(mktemp)\necho a > \"$out\"\n"),
        golang(
            "package p\nimport (\"os\")\nfunc f() {\n\tf, err := os.CreateTemp(\"\", \"report\")\n\t_, _ = f, err\n}\n",
        ),
        golang("package p\nimport (\"os\")\nfunc f() {\n\tos.WriteFile(\"/var/lib/app/report\", data, 0600)\n}\n"),
        c("#include <stdlib.h>\nvoid f(void) { char n[] = \"/tmp/xXXXXXX\"; int fd = mkstemp(n); }\n"),
        c("#include <stdio.h>\nvoid f(void) { FILE *f = fopen(\"/tmp/state\", \"r\"); }\n"),
        python("import tempfile\nfd, name = tempfile.mkstemp()\n"),
        python("print('see /tmp for more')\n"),
        python("import tempfile\nd = tempfile.mkdtemp(dir='/tmp')\n"),
    ],
};

fn check_name(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    if call_path(context, call).is_some_and(|path| matches!(path, "tempfile.mktemp" | "os.tempnam" | "os.tmpnam")) {
        findings.push(context, Report::issue(call, concept::MKTEMP, "A temporary name is made without its file."));
    }
}

const SHARED: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];

fn check_path(context: &Context<'_>, node: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let start = match tree.kind(node) {
        Kind::Template => {
            context.program().names.text(node).or_else(|| tree.children(node).next().map(|first| context.source(first)))
        }
        _ => constant_text(context, node),
    };
    let Some(start) = start else { return };
    // `os.path.join("/tmp", name)`
    let joins = tree.parent(node).is_some_and(|above| {
        tree.kind(above) == Kind::Call
            && call_path(context, above) == Some("os.path.join")
            && tree.positional(above).next() == Some(node)
    });
    let shared = SHARED.iter().any(|folder| {
        start.strip_prefix(folder).is_some_and(|rest| {
            rest.starts_with('/') && rest.len() > 1
                || tree.kind(node) == Kind::Template && rest == "/"
                || matches!(rest, "" | "/") && joins
        })
    });
    if !shared
        || tree.parent(node).is_some_and(|above| matches!(tree.kind(above), Kind::Template | Kind::ExprStatement))
    {
        return;
    }
    // A folder handed to the temporary-file functions is what they are for.
    let call = tree
        .ancestors(node)
        .take_while(|&above| !tree.kind(above).is_statement())
        .find(|&above| tree.kind(above) == Kind::Call);
    if call
        .and_then(|call| call_path(context, call))
        .is_some_and(|path| path.starts_with("tempfile.") || path == "print")
    {
        return;
    }
    let used = call.is_some() || matches!(tree.field(node), Field::Value | Field::Default);
    if used {
        let report =
            Report::issue(node, concept::TEMPORARY_PATH, "A fixed path in a shared temporary directory is used.");
        findings.push(context, report.confidence(Confidence::Medium));
    }
}
