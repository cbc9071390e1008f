//! CWE-732: a file mode that lets others read or write what they should not.

mod go;
mod java;
mod more;
mod native;
mod script;
mod settings;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::{call_path, constant_integer, path_of};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "file-mode",
    cwe: &[732, 276],
    severity: Severity::High,
    summary: "A file or directory is made writable for everybody.",
    advice: "Give the owner alone what is needed: 0o600 for files, 0o700 for directories and programs.",
    rows: &[
        javascript_row(&[Kind::Call], script::call),
        javascript_row(&[Kind::Pair], script::option),
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        c_row(&[Kind::Call], native::check),
        go_row(&[Kind::Call], go::call),
        python_row(&[Kind::Call], check_python),
        java_row(&[Kind::Call], java::call),
        row(&[Language::Php, Language::Ruby, Language::Rust, Language::Bash], &[Kind::Call], more::check),
    ],
    bad: &[
        example(
            Language::Rust,
            "fn f(p: &str) { fs::set_permissions(p, fs::Permissions::from_mode(0o777)).unwrap(); }\n",
        ),
        javascript("const fs = require('fs');\nfs.chmodSync(file, 0o777);\n"),
        javascript("const fs = require('fs');\nfs.writeFileSync(file, text, { mode: 0o666 });\n"),
        example(Language::Yaml, "- name: a\n  file:\n    path: /srv/a\n    mode: \"0777\"\n"),
        example(Language::Terraform, "resource \"local_file\" \"f\" {\n  file_permission = \"0777\"\n}\n"),
        example(Language::Dockerfile, "FROM a:1\nCOPY --chmod=777 run.sh /run.sh\nUSER app\n"),
        golang("package p\nimport (\"os\")\nfunc f() {\n\tos.WriteFile(\"x\", data, 0666)\n}\n"),
        golang("package p\nimport (\"os\")\nfunc f() {\n\tos.MkdirAll(\"x\", os.ModePerm)\n}\n"),
        golang("package p\nimport (\"os\")\nfunc f() {\n\tos.Chmod(\"x\", os.FileMode(0o777))\n}\n"),
        c("#include <sys/stat.h>\nvoid f(const char *p) { chmod(p, 0777); }\n"),
        c("#include <sys/stat.h>\nvoid f(void) { umask(0); }\n"),
        c("#include <fcntl.h>\nint f(const char *p) { return open(p, O_CREAT | O_WRONLY); }\n"),
        c("#include <sys/stat.h>\nvoid f(const char *p) { chmod(p, S_IRUSR | S_IWOTH); }\n"),
        c("void f(PSECURITY_DESCRIPTOR d) { SetSecurityDescriptorDacl(d, TRUE, NULL, FALSE); }\n"),
        java("import java.io.File;\nclass A { void f(File f) { f.setWritable(true, false); } }\n"),
        python("import os\nos.chmod('/etc/app.conf', 0o777)\n"),
        python("import os, stat\nos.chmod(path, stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)\n"),
        python("from pathlib import Path\nPath('x').chmod(0o666)\n"),
        python("import os\nos.umask(0)\n"),
        python("import os\nos.makedirs(d, mode=0o777)\n"),
        python("import os\nfd = os.open(p, os.O_CREAT | os.O_WRONLY, 0o666)\n"),
        python("import os\nmode = 511\nos.chmod(p, mode)\n"),
        example(Language::Php, "<?php\nchmod('/srv/x', 0777);\n"),
        example(Language::Ruby, "File.chmod(0777, '/srv/x')\n"),
        example(Language::Bash, "chmod -R 777 /srv/x\n"),
    ],
    good: &[
        example(
            Language::Rust,
            "fn f(p: &str) { fs::set_permissions(p, fs::Permissions::from_mode(0o600)).unwrap(); }\n",
        ),
        javascript("const fs = require('fs');\nfs.chmodSync(file, 0o600);\n"),
        javascript(
            "const fs = require('fs');\nfs.writeFileSync(file, text, { mode: 0o644 });\nconst paint = { mode: 0o777 };\n",
        ),
        example(Language::Yaml, "- name: a\n  file:\n    path: /srv/a\n    mode: \"0640\"\n"),
        example(Language::Terraform, "resource \"local_file\" \"f\" {\n  file_permission = \"0600\"\n}\n"),
        example(Language::Dockerfile, "FROM a:1\nCOPY --chmod=755 run.sh /run.sh\nUSER app\n"),
        golang("package p\nimport (\"os\")\nfunc f() {\n\tos.WriteFile(\"x\", data, 0600)\n}\n"),
        golang("package p\nimport (\"os\")\nfunc f() {\n\tos.MkdirAll(\"x\", 0o755)\n}\n"),
        c("#include <sys/stat.h>\nvoid f(const char *p) { chmod(p, 0600); chmod(p, S_IRUSR | S_IWUSR); }\n"),
        c(
            "#include <fcntl.h>\nint f(const char *p) { return open(p, O_CREAT | O_WRONLY, 0600) + open(p, O_RDONLY); }\n",
        ),
        c("#include <sys/stat.h>\nvoid f(void) { umask(077); }\n"),
        java("import java.io.File;\nclass A { void f(File f) { f.setWritable(true); } }\n"),
        python("import os\nos.chmod('x', 0o600)\n"),
        python("import os\nos.chmod('run.sh', 0o755)\n"),
        python("import os\nos.umask(0o077)\n"),
        python("import os\nos.mkdir('x')\n"),
        example(Language::Php, "<?php\nchmod('/srv/x', 0640);\n"),
        example(Language::Ruby, "File.chmod(0640, '/srv/x')\n"),
        example(Language::Bash, "chmod 640 /srv/x\n"),
    ],
};

const OTHERS_WRITE: i64 = 0o002;
const GROUP_WRITE: i64 = 0o020;
const RUN: i64 = 0o011;

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let mode = match path {
        "os.chmod" | "os.fchmod" | "os.lchmod" | "os.mkfifo" | "os.mknod" => context.argument(call, 1, "mode"),
        "os.mkdir" | "os.makedirs" => context.argument(call, 1, "mode"),
        "os.open" => context.argument(call, 2, "mode"),
        "os.umask" => {
            let mask = context.argument(call, 0, "mask").and_then(|mask| value(context, mask, 0));
            if mask.is_some_and(|mask| mask & OTHERS_WRITE == 0) {
                findings.push(
                    context,
                    report(call, "The mask lets everybody write new files.").confidence(Confidence::Medium),
                );
            }
            return;
        }
        _ if path.ends_with(".chmod") => context.argument(call, 0, "mode"),
        _ => return,
    };
    let Some(mode) = mode else { return };
    let Some(bits) = value(context, mode, 0) else { return };
    let report = if bits & OTHERS_WRITE != 0 {
        report(mode, "Everybody may write.")
    } else if bits & GROUP_WRITE != 0 {
        report(mode, "The whole group may write.").severity(Severity::Medium)
    } else if bits & RUN != 0 {
        Report::audit(mode, concept::FILE_MODE, "Others may run or enter it.")
    } else {
        return;
    };
    let named = path.ends_with("chmod") && context.positional(call, 1).is_some();
    findings.push(context, if named { report.bandit("B103") } else { report });
}

fn report(node: NodeId, message: &'static str) -> Report {
    Report::issue(node, concept::FILE_MODE, message)
}

/// The bits of a mode, through `|` and the names of module `stat`.
fn value(context: &Context<'_>, node: NodeId, depth: u32) -> Option<i64> {
    if let Some(number) = constant_integer(context, node) {
        return Some(number);
    }
    let tree = context.tree();
    match tree.kind(node) {
        Kind::Binary if tree.name(node, context.text()) == "|" && depth < 20 => {
            let (left, right) = (tree.child(node, Field::Left)?, tree.child(node, Field::Right)?);
            Some(value(context, left, depth + 1)? | value(context, right, depth + 1)?)
        }
        Kind::Name | Kind::Attribute => stat_bits(path_of(context, node)?.strip_prefix("stat.")?),
        _ => None,
    }
}

fn stat_bits(name: &str) -> Option<i64> {
    Some(match name {
        "S_IRWXU" => 0o700,
        "S_IRUSR" | "S_IREAD" => 0o400,
        "S_IWUSR" | "S_IWRITE" => 0o200,
        "S_IXUSR" | "S_IEXEC" => 0o100,
        "S_IRWXG" => 0o070,
        "S_IRGRP" => 0o040,
        "S_IWGRP" => 0o020,
        "S_IXGRP" => 0o010,
        "S_IRWXO" => 0o007,
        "S_IROTH" => 0o004,
        "S_IWOTH" => 0o002,
        "S_IXOTH" => 0o001,
        _ => return None,
    })
}
