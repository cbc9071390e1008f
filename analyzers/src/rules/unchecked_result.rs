//! CWE-252: results that are the whole point of a call, and are not looked at.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report, Rule, c, c_row, java, java_row, javascript, javascript_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};

mod go;
mod native;
mod nothing;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "unchecked-result",
    cwe: &[252],
    severity: Severity::Low,
    summary: "A call whose only effect is its result is made without looking at the result.",
    advice: "Use the result; texts, numbers and paths do not change in place.",
    rows: &[
        javascript_row(&[Kind::Call], script::check),
        go_row(&[Kind::ExprStatement], go::close),
        c_row(&[Kind::Call], native::check),
        c_row(&[Kind::Call], nothing::check),
        java_row(&[Kind::ExprStatement], check_java),
    ],
    bad: &[
        javascript(
            "const bcrypt = require('bcrypt');\nfunction login(user, password) { if (bcrypt.compare(password, user.hash)) { return user; } return null; }\n",
        ),
        javascript(
            "const fs = require('fs');\nfs.readFile('settings.json', (err, data) => { start(JSON.parse(data)); });\n",
        ),
        c(
            "#include <stdio.h>\nvoid f(const char *p) { char b[9]; FILE *in = fopen(p, \"r\"); fgets(b, 9, in); fclose(in); }\n",
        ),
        c("#include <string.h>\nvoid f(char *line) { char *end = strchr(line, ':'); *end = 0; }\n"),
        golang(
            "package p\nimport (\"os\")\nfunc f() {\n\tf, err := os.Create(\"x\")\n\tif err != nil { return }\n\tdefer f.Close()\n\tf.WriteString(\"a\")\n}\n",
        ),
        c("#include <stdio.h>\nint f(void) { int n; scanf(\"%d\", &n); return n; }\n"),
        c("#include <stdio.h>\nint f(void) { int n; if (scanf(\"%d\", &n)) return n; return 0; }\n"),
        c("#include <unistd.h>\nvoid f(void) { setuid(1000); }\n"),
        c("#include <stdio.h>\nvoid f(void) { fwrite(\"x\", 1, 1, fopen(\"a.txt\", \"w\")); }\n"),
        java("class A { void f(String s) { s.trim(); } }\n"),
    ],
    good: &[
        javascript(
            "const bcrypt = require('bcrypt');\nasync function login(user, password) { if (await bcrypt.compare(password, user.hash)) { return user; } return null; }\n",
        ),
        javascript(
            "const fs = require('fs');\nfs.readFile('settings.json', (err, data) => { if (err) throw err; start(JSON.parse(data)); });\n",
        ),
        javascript("const fs = require('fs');\nfs.readFile('settings.json', (err, data) => done(err, data));\n"),
        c(
            "#include <stdio.h>\nvoid f(const char *p) { char b[9]; FILE *in = fopen(p, \"r\"); if (!in) return; fgets(b, 9, in); fclose(in); }\n",
        ),
        c("#include <string.h>\nvoid f(char *line) { char *end = strchr(line, ':'); if (end != NULL) *end = 0; }\n"),
        golang(
            "package p\nimport (\"os\")\nfunc f() {\n\tf, err := os.Open(\"x\")\n\tif err != nil { return }\n\tdefer f.Close()\n\tread(f)\n}\n",
        ),
        golang(
            "package p\nimport \"os\"\nfunc f() error {\n\tf, err := os.Create(\"x\")\n\tif err != nil { return err }\n\tdefer f.Close()\n\tf.WriteString(\"a\")\n\treturn f.Close()\n}\n",
        ),
        c("#include <stdio.h>\nint f(void) { int n; if (scanf(\"%d\", &n) != 1) return -1; return n; }\n"),
        c("#include <stdio.h>\nint f(void) { int n = 0; scanf(\"%d\", &n); return n; }\n"),
        c(
            "#include <stdio.h>\nint f(void) { int n; int got = scanf(\"%d\", &n); if (got == 1) return n; return 0; }\n",
        ),
        c("#include <unistd.h>\nvoid f(void) { if (setuid(1000) != 0) abort(); }\n"),
        java("class A { String f(String s) { return s.trim(); } }\n"),
        java("class A { void f(Text s) { s.trim(); } }\n"),
    ],
};

const TEXT: &[&str] = &[
    "trim",
    "strip",
    "toUpperCase",
    "toLowerCase",
    "replace",
    "replaceAll",
    "replaceFirst",
    "substring",
    "concat",
    "intern",
    "repeat",
    "formatted",
    "split",
];

fn check_java(context: &Context<'_>, statement: NodeId, found: &mut Findings) {
    let Some(call) = context.tree().children(statement).find(|&part| context.kind(part) == Kind::Call) else { return };
    let path = context.callee(call);
    let method = context.method(call);
    let text =
        TEXT.contains(&method) && (path == format!("java.lang.String.{method}") || path == format!("String.{method}"));
    let number = ["BigInteger", "BigDecimal"].iter().any(|class| {
        ["add", "subtract", "multiply", "divide", "negate", "abs", "pow"]
            .iter()
            .any(|name| *name == method && is_method_of(path, class, name))
    });
    let caught = context.tree().ancestors(call).any(|above| context.kind(above) == Kind::Try);
    if (text || number) && !caught {
        let message = "The result of a call that changes nothing is not looked at.";
        return found
            .push(context, Report::issue(call, concept::UNCHECKED_RESULT, message).confidence(Confidence::High));
    }
    let file =
        ["delete", "mkdir", "mkdirs", "renameTo", "createNewFile", "setReadable", "setWritable", "setExecutable"];
    if file.contains(&method) && path == format!("java.io.File.{method}") {
        let message = "Whether the file was changed is not looked at.";
        found.push(context, Report::audit(call, concept::UNCHECKED_RESULT, message));
    }
}
