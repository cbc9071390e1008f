//! CWE-404/772: files and connections that nobody closes.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, cpp, cpp_row, example, java, java_row, javascript, javascript_row,
    python, python_row, row,
};
use crate::syntax::{Field, Kind, NodeId};

mod lock;
mod member;
mod native;
mod python;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "unreleased-resource",
    cwe: &[772, 404],
    severity: Severity::Low,
    summary: "A file or connection is opened and never closed.",
    advice: "Open it in the head of a `try` or `with`, which closes it whatever happens.",
    rows: &[
        javascript_row(&[Kind::Assign], script::check),
        c_row(&[Kind::Call, Kind::New], native::check),
        c_row(&[Kind::Call], lock::check),
        cpp_row(&[Kind::Class], member::check),
        java_row(&[Kind::New], check_managed),
        row(&[Language::CSharp], &[Kind::New, Kind::Call], check_managed),
        python_row(&[Kind::Assign], python::check),
    ],
    bad: &[
        javascript(
            "const fs = require('fs');\nfunction head(path) { const fd = fs.openSync(path, 'r'); const part = Buffer.alloc(16); fs.readSync(fd, part, 0, 16, 0); return part; }\n",
        ),
        javascript(
            "const { Pool } = require('pg');\nconst pool = new Pool();\nasync function list() { const client = await pool.connect(); const found = await client.query('SELECT 1'); return found.rows; }\n",
        ),
        c("#include <stdlib.h>\nint f(char *p, int n) { p = realloc(p, n); if (!p) return 1; free(p); return 0; }\n"),
        c(
            "#include <pthread.h>\nint f(int e) { pthread_mutex_lock(&lock); if (e) return 1; pthread_mutex_unlock(&lock); return 0; }\n",
        ),
        example(
            Language::CSharp,
            "class A { string F(string path) { var reader = new StreamReader(path); return reader.ReadToEnd(); } }\n",
        ),
        c(
            "#include <stdio.h>\nint f(void) { FILE *in = fopen(\"a\", \"r\"); if (!in) return -1; return fgetc(in); }\n",
        ),
        c(
            "#include <stdlib.h>\nint f(int e) { char *p = malloc(8); if (!p) return -1; if (e) return -2; free(p); return 0; }\n",
        ),
        cpp("void f() { int *p = new int; *p = 1; }\n"),
        cpp("class Cache { char *data; public: Cache() { data = new char[64]; } ~Cache() {} };\n"),
        cpp(
            "class Log { FILE *out; public: Log(); ~Log(); void stop() { fclose(out); } };\nLog::Log() { out = fopen(\"a\", \"w\"); }\nLog::~Log() { }\n",
        ),
        java(
            "import java.io.*;\nclass A { int f() throws IOException { InputStream in = new FileInputStream(\"a\"); return in.read(); } }\n",
        ),
        python("def read(path):\n    f = open(path)\n    data = f.read()\n    return data\n"),
        python(
            "import socket\ndef probe(host):\n    s = socket.socket()\n    s.connect((host, 80))\n    return s.recv(10)\n",
        ),
    ],
    good: &[
        javascript(
            "const fs = require('fs');\nfunction head(path) { const fd = fs.openSync(path, 'r'); try { const part = Buffer.alloc(16); fs.readSync(fd, part, 0, 16, 0); return part; } finally { fs.closeSync(fd); } }\n",
        ),
        javascript(
            "const fs = require('fs');\nfunction open(path) { const fd = fs.openSync(path, 'r'); return fd; }\n",
        ),
        javascript(
            "const { Pool } = require('pg');\nconst pool = new Pool();\nasync function list() { const client = await pool.connect(); try { return (await client.query('SELECT 1')).rows; } finally { client.release(); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { string F(string path) { using var reader = new StreamReader(path); return reader.ReadToEnd(); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { string F(string path) { using (var reader = new StreamReader(path)) { return reader.ReadToEnd(); } } }\n",
        ),
        example(
            Language::CSharp,
            "class A { Stream F(string path) { var file = File.OpenRead(path); return file; } }\n",
        ),
        c(
            "#include <stdlib.h>\nint f(char *p, int n) { char *q = realloc(p, n); if (!q) { free(p); return 1; } free(q); return 0; }\n",
        ),
        c(
            "#include <pthread.h>\nint f(int e) { pthread_mutex_lock(&lock); if (e) { pthread_mutex_unlock(&lock); return 1; } pthread_mutex_unlock(&lock); return 0; }\n",
        ),
        c(
            "#include <stdio.h>\nint f(void) { FILE *in = fopen(\"a\", \"r\"); if (!in) return -1; int n = fgetc(in); fclose(in); return n; }\n",
        ),
        c("#include <stdlib.h>\nchar *f(void) { char *p = malloc(8); return p; }\n"),
        c("#include <stdlib.h>\nvoid f(struct s *s) { char *p = malloc(8); s->p = p; }\n"),
        c("#include <stdlib.h>\nvoid f(void) { char *p = malloc(8); keep(p); }\n"),
        c("#include <stdlib.h>\nvoid f(void) { char *p = malloc(8); exit(1); }\n"),
        cpp("void f() { std::unique_ptr<int> p(new int); }\n"),
        cpp(
            "class Cache { char *data; public: Cache() { data = new char[64]; } ~Cache() { clear(); } void clear() { delete[] data; } };\n",
        ),
        cpp("class View { Label *label; public: View() { label = new Label(this); } ~View() {} };\n"),
        cpp(
            "class Log { FILE *out; public: Log(); ~Log(); };\nLog::Log() { out = fopen(\"a\", \"w\"); }\nLog::~Log() { fclose(out); }\n",
        ),
        java(
            "import java.io.*;\nclass A { int f() throws IOException { try (InputStream in = new FileInputStream(\"a\")) { return in.read(); } } }\n",
        ),
        java(
            "import java.io.*;\nclass A { int f() throws IOException { InputStream in = new FileInputStream(\"a\"); try { return in.read(); } finally { in.close(); } } }\n",
        ),
        java(
            "import java.io.*;\nclass A { InputStream f() throws IOException { return new BufferedInputStream(new FileInputStream(\"a\")); } }\n",
        ),
        python(
            "def read(path):\n    f = open(path)\n    try:\n        return f.read()\n    finally:\n        f.close()\n",
        ),
        python("def opened(path):\n    f = open(path)\n    return f\n"),
        python("def read(path):\n    f = open(path)\n    with f:\n        return f.read()\n"),
        python("class A:\n    def start(self, path):\n        f = open(path)\n        self.file = f\n"),
    ],
};

const RESOURCES: &[&str] = &[
    "FileInputStream",
    "FileOutputStream",
    "FileReader",
    "FileWriter",
    "RandomAccessFile",
    "ZipFile",
    "JarFile",
    "ZipInputStream",
    "Socket",
    "ServerSocket",
    "DatagramSocket",
];

/// What of C# must be disposed of, by class or by the end of the call that opens it.
const DISPOSABLE: &[&str] = &[
    "FileStream",
    "StreamReader",
    "StreamWriter",
    "BinaryReader",
    "BinaryWriter",
    "SqlConnection",
    "MySqlConnection",
    "NpgsqlConnection",
    "SQLiteConnection",
    "SqliteConnection",
    "OleDbConnection",
    "OracleConnection",
    "TcpClient",
    "TcpListener",
    "UdpClient",
    "Timer",
    "ZipArchive",
    "HttpClient",
    "WebClient",
    "SmtpClient",
];
const OPENERS: &[&str] = &[
    "File.OpenRead",
    "File.OpenWrite",
    "File.OpenText",
    "File.Open",
    "File.Create",
    "File.CreateText",
    "File.AppendText",
    "XmlReader.Create",
    "XmlWriter.Create",
    "ZipFile.OpenRead",
    "ZipFile.Open",
];

/// Whether a creation or call opens what somebody must close.
fn opens(context: &Context<'_>, node: NodeId) -> bool {
    match (context.program().language, context.kind(node)) {
        (Language::CSharp, Kind::New) => DISPOSABLE.contains(&class_of(context, node)),
        (Language::CSharp, _) => OPENERS.iter().any(|name| context.callee(node).ends_with(name)),
        _ => RESOURCES.contains(&class_of(context, node)),
    }
}

fn class_of<'c>(context: &'c Context<'_>, node: NodeId) -> &'c str {
    let path = context.callee(node);
    path.rsplit('.').next().unwrap_or(path)
}

fn check_managed(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if !opens(context, node) {
        return;
    }
    // The wrappers around it: closing the outermost closes all.
    let mut outer = node;
    for above in tree.ancestors(node) {
        match context.kind(above) {
            Kind::New => outer = above,
            Kind::Cast => {}
            _ => break,
        }
    }
    let wraps = |class: &str| {
        class.ends_with("Reader")
            || class.ends_with("Writer")
            || class.ends_with("Stream")
            || class.ends_with("File")
            || class == "Scanner"
            || class.ends_with("Socket")
    };
    if outer != node && !wraps(class_of(context, outer)) {
        return;
    }
    let Some(function) = context.function(node) else { return };
    if tree.scope(node) != function {
        return;
    }
    let Some(above) = tree.parent(outer) else { return };
    let before = context.text().get(..tree.span(above).start as usize).unwrap_or_default();
    if before.trim_end().ends_with("using") {
        return;
    }
    let name = match context.kind(above) {
        Kind::Assign if tree.field(outer) == Field::Value && tree.field(above) != Field::Resource => {
            let Some(target) = tree.child(above, Field::Target).filter(|&target| context.kind(target) == Kind::Name)
            else {
                return;
            };
            let local = context.program().names.binding(target).is_some_and(|binding| {
                let all = context.program().names.definitions(binding);
                all.iter().all(|definition| definition.scope == function)
            });
            if !local {
                return;
            }
            context.source(target)
        }
        _ => return,
    };
    // Given to somebody, kept, returned or closed: whose it is then is not known here.
    let mut names = vec![name];
    let mut at = 0;
    while let Some(&name) = names.get(at) {
        at += 1;
        for usage in tree
            .subtree(function)
            .take(6_000)
            .filter(|&part| context.kind(part) == Kind::Name && context.source(part) == name)
        {
            let Some(above) = tree.parent(usage) else { continue };
            match (context.kind(above), tree.field(usage)) {
                (Kind::Attribute, Field::Object) => {
                    if matches!(
                        context.name(above),
                        "close"
                            | "Close"
                            | "Dispose"
                            | "DisposeAsync"
                            | "CloseAsync"
                            | "closeQuietly"
                            | "getChannel"
                            | "getInputStream"
                            | "getOutputStream"
                            | "accept"
                            | "stream"
                            | "lines"
                    ) {
                        return;
                    }
                }
                (Kind::Compare, _) | (_, Field::Target) => {}
                (Kind::New, _) => {
                    // Wrapped: the wrapper's fate is its own.
                    let Some(assign) = tree.parent(above).filter(|&up| context.kind(up) == Kind::Assign) else {
                        return;
                    };
                    let Some(target) =
                        tree.child(assign, Field::Target).filter(|&target| context.kind(target) == Kind::Name)
                    else {
                        return;
                    };
                    let wrapper = context.source(target);
                    if tree.field(assign) == Field::Resource || !wraps(class_of(context, above)) {
                        return;
                    }
                    if !names.contains(&wrapper) && names.len() < 6 {
                        names.push(wrapper);
                    }
                }
                _ => return,
            }
        }
    }
    let message = "A file or connection is opened and never closed.";
    found.push(context, Report::issue(node, concept::UNCHECKED_RESULT, message).confidence(Confidence::Medium));
}
