//! CWE-22: file paths built from outside text.

mod braces;
mod go;
mod more;
mod native;
mod script;
mod settings;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, Taint, c, c_row, example, java, java_row, javascript, javascript_row,
    python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "path-traversal",
    cwe: &[22, 73],
    severity: Severity::High,
    summary: "A path from outside can leave the directory it is meant for.",
    advice: "Take only the base name, or resolve the path and check that it lies inside the base directory, before it is used.",
    rows: &[
        row(&[Language::Nginx], &[Kind::Pair], settings::check),
        c_row(&[Kind::Call, Kind::New], native::check),
        go_row(&[Kind::Call], go::call),
        python_row(&[Kind::Call], python_call),
        java_row(&[Kind::Call, Kind::New], braces::java),
        javascript_row(&[Kind::Call], script::check),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust, Language::Bash],
            &[Kind::Call, Kind::New, Kind::Assign],
            more::check,
        ),
    ],
    bad: &[
        example(Language::Nginx, "location /files {\n  alias /srv/data/;\n}\n"),
        c(
            "#include <stdio.h>\nvoid f(int s) { char name[80], path[200]; recv(s, name, 80, 0); snprintf(path, sizeof path, \"/srv/%s\", name); FILE *f = fopen(path, \"r\"); }\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f() {\n\thttp.Handle(\"/\", http.FileServer(http.Dir(\"/\")))\n}\n",
        ),
        golang(
            "package p\nimport (\"archive/zip\"; \"os\"; \"path/filepath\")\nfunc f() {\n\tr, _ := zip.OpenReader(\"a.zip\")\n\tfor _, file := range r.File {\n\t\tout, _ := os.Create(filepath.Join(\"/srv\", file.Name))\n\t\tuse(out)\n\t}\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os\"; \"path/filepath\")\nfunc f(w http.ResponseWriter, r *http.Request) {\ndata, _ := os.ReadFile(filepath.Join(\"/srv\", r.URL.Query().Get(\"name\")))\n\tw.Write(data)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nhttp.ServeFile(w, r, \"/srv/\" + r.FormValue(\"name\"))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nf, err := os.Open(r.URL.Path)\n\t_, _ = f, err\n}\n",
        ),
        python(
            "import sqlite3\nfrom flask import request\n@app.get('/db')\ndef d():\n    c = sqlite3.connect('dbs/' + request.args['name'] + '.db')\n    return ''\n",
        ),
        python(
            "from flask import send_from_directory\n@app.get('/d/<folder>/<name>')\ndef d(folder, name):\n    return send_from_directory(f'/data/{folder}', name)\n",
        ),
        python(
            "from pathlib import Path\nfrom fastapi import UploadFile\nasync def save(upload: UploadFile, folder: Path):\n    target = folder / upload.filename\n    target.write_bytes(await upload.read())\n",
        ),
        python("from flask import request\ndef f():\n    return open('/data/' + request.args['name']).read()\n"),
        python(
            "import os\nfrom flask import request, send_file\ndef f():\n    return send_file(os.path.join('files', request.args.get('f')))\n",
        ),
        python(
            "import os\ndef read(name):\n    path = os.path.join('/srv/files', name)\n    with open(path) as f:\n        return f.read()\n",
        ),
        python("from pathlib import Path\ndef read(name):\n    return (Path('/srv') / name).read_text()\n"),
        python("import os\nfrom flask import request\ndef f():\n    os.remove(f'/srv/{request.form[\"n\"]}')\n"),
        python(
            "import os\nfrom flask import request\ndef up():\n    file = request.files['f']\n    file.save(os.path.join('up', file.filename))\n",
        ),
        python(
            "import os\ndef read(base, name):\n    path = os.path.join(base, name)\n    if not os.path.exists(path):\n        return None\n    return open(path).read()\n",
        ),
        java(
            "import java.io.*;\nclass A { void f(HttpServletRequest r) throws IOException { new FileInputStream(new File(\"/srv\", r.getParameter(\"n\"))); } }\n",
        ),
        java(
            "import java.nio.file.*;\nclass A { byte[] f(String name) throws Exception { return Files.readAllBytes(Paths.get(\"/srv\", name)); } }\n",
        ),
        java(
            "import java.nio.file.*;\nclass A { void f(HttpServletRequest r) throws Exception { Path p = Paths.get(\"/srv\").resolve(r.getParameter(\"n\")); Files.delete(p); } }\n",
        ),
        java("class A { void f(String name) { File f = new File(\"/srv/\" + name); f.delete(); } }\n"),
        javascript(
            "const fs = require('fs');\napp.get('/', (req, res) => { fs.readFile('./files/' + req.query.n, (e, d) => res.send(d)); });\n",
        ),
        javascript(
            "const fs = require('fs'), path = require('path');\nfunction read(name) { return fs.readFileSync(path.join('/srv', name)); }\n",
        ),
        javascript("app.get('/', (req, res) => { res.sendFile(path.join(__dirname, req.params.f)); });\n"),
        javascript(
            "import { unlink } from 'fs/promises';\nexport async function rm(req) { await unlink(`/srv/${req.body.n}`); }\n",
        ),
        example(Language::Php, "<?php\nreadfile('/srv/' . $_GET['f']);\n"),
        example(Language::Php, "<?php\ninclude $_GET['page'] . '.php';\n"),
        example(
            Language::CSharp,
            "class A { string F() { return File.ReadAllText(\"/srv/\" + Request.Query[\"f\"]); } }\n",
        ),
        example(Language::Ruby, "def show\n  send_file \"/srv/#{params[:f]}\"\nend\n"),
        example(
            Language::Rust,
            "use std::fs;\nfn f(name: String) -> String { fs::read_to_string(format!(\"/srv/{}\", name)).unwrap() }\n",
        ),
        example(Language::Bash, "source \"$1\"\n"),
    ],
    good: &[
        javascript(
            "const fs = require('fs');\nconst path = require('path');\napp.get('/', (req, res) => { const name = path.normalize(req.query.f).replace(/^(\\.\\.(\\/|\\\\|$))+/, ''); fs.readFile(path.join('/srv', name), (e, d) => res.end(d)); });\n",
        ),
        example(Language::Nginx, "location /files/ {\n  alias /srv/data/;\n}\n"),
        c("#include <stdio.h>\nint main(int argc, char **argv) { FILE *f = fopen(argv[1], \"r\"); return f == 0; }\n"),
        c("#include <stdio.h>\nvoid f(void) { FILE *f = fopen(\"/etc/hosts\", \"r\"); }\n"),
        golang(
            "package p\nimport (\"net/http\")\nfunc f() {\n\thttp.Handle(\"/\", http.FileServer(http.Dir(\"static\")))\n}\n",
        ),
        golang(
            "package p\nimport (\"archive/zip\"; \"os\"; \"path/filepath\")\nfunc f() {\n\tr, _ := zip.OpenReader(\"a.zip\")\n\tfor _, file := range r.File {\n\t\tif !filepath.IsLocal(file.Name) { return }\n\t\tout, _ := os.Create(filepath.Join(\"/srv\", file.Name))\n\t\tuse(out)\n\t}\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os\"; \"path/filepath\")\nfunc f(w http.ResponseWriter, r *http.Request) {\ndata, _ := os.ReadFile(filepath.Join(\"/srv\", filepath.Base(r.FormValue(\"name\"))))\n\tw.Write(data)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os\"; \"path/filepath\"; \"strings\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nname := filepath.Join(\"/srv\", r.FormValue(\"name\"))\n\tif !strings.HasPrefix(name, \"/srv/\") { return }\n\tos.Remove(name)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os\"; \"path/filepath\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nname := r.FormValue(\"name\")\n\tif !filepath.IsLocal(name) { return }\n\tos.Remove(filepath.Join(\"/srv\", name))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os\"; \"strings\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nname := r.FormValue(\"name\")\n\tif strings.Contains(name, \"..\") || strings.Contains(name, \"/\") { return }\n\tos.Remove(\"/srv/\" + name)\n}\n",
        ),
        java(
            "import java.io.*;\nclass A { void f(HttpServletRequest r) throws IOException { new FileInputStream(new File(\"/srv\", new File(r.getParameter(\"n\")).getName())); } }\n",
        ),
        java(
            "import java.nio.file.*;\nclass A { byte[] f(String name) throws Exception { Path base = Paths.get(\"/srv\").toRealPath(); Path p = base.resolve(name).normalize(); if (!p.startsWith(base)) { throw new SecurityException(\"outside\"); } return Files.readAllBytes(p); } }\n",
        ),
        java(
            "class A { void f(String name) throws Exception { File f = new File(\"/srv/\", name); if (!f.getCanonicalPath().startsWith(\"/srv/\")) { throw new SecurityException(\"outside\"); } f.delete(); } }\n",
        ),
        java("class A { void f(String path) throws Exception { new FileReader(path); } }\n"),
        javascript("const fs = require('fs');\nfs.readFileSync('/etc/app.conf');\n"),
        javascript(
            "const fs = require('fs'), path = require('path');\nfunction read(name) { return fs.readFileSync(path.join('/srv', path.basename(name))); }\n",
        ),
        javascript(
            "const fs = require('fs'), path = require('path');\nfunction read(name) { const base = path.resolve('/srv'); const p = path.resolve(base, name); if (!p.startsWith(base + path.sep)) { throw new Error('outside'); } return fs.readFileSync(p); }\n",
        ),
        javascript("app.get('/', (req, res) => { res.sendFile(req.params.f, { root: '/srv' }); });\n"),
        python(
            "from pathlib import Path\nfrom flask import request\n@app.get('/f')\ndef f():\n    base = Path('/srv').resolve()\n    p = (base / request.args['n']).resolve()\n    if base not in p.parents:\n        return '', 404\n    return p.read_text()\n",
        ),
        python(
            "import re\nfrom flask import request\ndef slug(text):\n    return re.sub(r'[^a-z0-9-]', '', text)\n@app.get('/f')\ndef f():\n    return open('/srv/' + slug(request.args['n'])).read()\n",
        ),
        python(
            "import re\ndef is_valid(name):\n    return re.fullmatch(r'[a-z0-9]+', name) is not None\ndef read(name):\n    if not is_valid(name):\n        raise ValueError(name)\n    return open('/srv/' + name).read()\n",
        ),
        python(
            "import os\nfrom flask import request\ndef f():\n    return open(os.path.join('d', os.path.basename(request.args['n']))).read()\n",
        ),
        python(
            "import os\nfrom flask import request\ndef f():\n    base = os.path.realpath('d')\n    path = os.path.realpath(os.path.join(base, request.args['n']))\n    if not path.startswith(base + os.sep):\n        raise ValueError()\n    return open(path).read()\n",
        ),
        python("def load(path):\n    with open(path) as f:\n        return f.read()\n"),
        python("open('/etc/app.conf')\n"),
        python(
            "from werkzeug.utils import secure_filename\nimport os\nfrom flask import request\ndef up():\n    f = request.files['f']\n    f.save(os.path.join('up', secure_filename(f.filename)))\n",
        ),
        python(
            "from flask import request, send_from_directory\ndef f():\n    return send_from_directory('d', request.args['n'])\n",
        ),
        python(
            "from pathlib import Path\ndef read(name):\n    base = Path('/srv').resolve()\n    p = (base / name).resolve()\n    if not p.is_relative_to(base):\n        raise ValueError()\n    return p.read_text()\n",
        ),
        python(
            "from pathlib import Path\ndef find(base: Path, name: str):\n    path = base / name\n    try:\n        path.resolve().relative_to(base.resolve())\n    except ValueError:\n        raise PermissionError()\n    with open(path) as f:\n        return f.read()\n",
        ),
        python("def save(item_id: int):\n    open(f'/srv/{item_id}.txt', 'w')\n"),
        example(Language::Php, "<?php\nreadfile('/srv/' . basename($_GET['f']));\ninclude 'header.php';\n"),
        example(
            Language::CSharp,
            "class A { string F() { return File.ReadAllText(\"/srv/\" + Path.GetFileName(Request.Query[\"f\"])); } }\n",
        ),
        example(Language::Ruby, "def show\n  send_file File.join('/srv', File.basename(params[:f]))\nend\n"),
        example(Language::Rust, "use std::fs;\nfn f() -> String { fs::read_to_string(\"/etc/hosts\").unwrap() }\n"),
        example(Language::Bash, "source ./lib.sh\n"),
    ],
};

/// Functions that use their first argument as a path.
const FIRST: &[&str] = &[
    "open",
    "io.open",
    "codecs.open",
    "aiofiles.open",
    "gzip.open",
    "bz2.open",
    "os.open",
    "os.remove",
    "os.unlink",
    "os.rmdir",
    "os.removedirs",
    "os.mkdir",
    "os.makedirs",
    "os.listdir",
    "os.scandir",
    "os.chmod",
    "os.chown",
    "os.truncate",
    "shutil.rmtree",
    "zipfile.ZipFile",
    "tarfile.open",
    "flask.send_file",
    "send_file",
    "django.http.FileResponse",
    "fastapi.responses.FileResponse",
    "starlette.responses.FileResponse",
    "linecache.getlines",
    "pandas.read_csv",
    "PIL.Image.open",
    "cv2.imread",
    "numpy.load",
    "file",
    "sqlite3.connect",
    "aiohttp.web.FileResponse",
    "starlette.responses.FileResponse",
    "sanic.response.file",
    "sanic.response.file_stream",
    "sanic.file",
    "quart.send_file",
    "lzma.open",
    "os.startfile",
    "shutil.unpack_archive",
    "pandas.read_excel",
    "pandas.read_json",
    "pandas.read_parquet",
    "numpy.loadtxt",
    "wave.open",
    "fitz.open",
    "docx.Document",
    "openpyxl.load_workbook",
    "pypdf.PdfReader",
    "PyPDF2.PdfReader",
    "mmap.mmap",
];
/// Functions that only look, where a path from a request counts.
const LOOKS: &[&str] = &["glob.glob", "glob.iglob", "os.walk", "os.stat", "os.utime", "os.readlink", "shutil.chown"];
/// Functions whose first two arguments are paths.
const PAIR: &[&str] = &[
    "os.rename",
    "os.replace",
    "os.link",
    "os.symlink",
    "shutil.copy",
    "shutil.copy2",
    "shutil.copyfile",
    "shutil.copytree",
    "shutil.move",
];
/// Methods of paths.
const METHODS: &[&str] = &[
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "unlink",
    "rmdir",
    "iterdir",
    "touch",
    "open",
    "mkdir",
    "rename",
    "symlink_to",
];

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if FIRST.contains(&path) {
        if let Some(name) = context
            .positional(call, 0)
            .or_else(|| context.keyword(call, "file"))
            .or_else(|| context.keyword(call, "path"))
        {
            used(context, call, name, found);
        }
    } else if LOOKS.contains(&path) {
        let name = context.positional(call, 0).filter(|&name| {
            context.outside(name, Purposes::PATH).is_some_and(|taint| taint.origin.source == Source::Request)
        });
        if let Some(name) = name {
            used(context, call, name, found);
        }
    } else if PAIR.contains(&path) {
        for at in 0..2 {
            if let Some(name) = context.positional(call, at) {
                used(context, call, name, found);
            }
        }
    } else if matches!(path, "flask.send_from_directory" | "send_from_directory") {
        // The directory is taken as it is; only the name is held inside it.
        if let Some(folder) = context.argument(call, 0, "directory") {
            used(context, call, folder, found);
        }
    } else if path == "django.views.static.serve" {
        let root = context.argument(call, 2, "document_root").and_then(|root| context.string(root));
        if root == Some("/") {
            let message = "Every file of the machine is served.";
            found.push(context, Report::issue(call, concept::PATH_TRAVERSAL, message));
        }
    } else if context.method(call) == "read"
        && context
            .object(call)
            .and_then(|object| context.program().names.type_of(object))
            .is_some_and(|kind| kind.starts_with("configparser."))
    {
        if let Some(name) = context.positional(call, 0) {
            used(context, call, name, found);
        }
    } else if METHODS.contains(&context.method(call)) {
        if let Some(object) = context.object(call).filter(|&object| is_path(context, object)) {
            used(context, call, object, found);
        }
    } else if matches!(context.method(call), "exists" | "is_file") && context.positional(call, 0).is_none() {
        // A path that is looked up here and handed to the caller.
        if let Some(object) =
            context.object(call).filter(|&object| is_path(context, object) && returned(context, object))
        {
            used(context, call, object, found);
        }
    } else if matches!(context.method(call), "save" | "extract" | "download_file" | "write_file" | "static_file")
        && let Some(name) = context.positional(
            call,
            usize::from(context.method(call) == "download_file" && context.positional(call, 2).is_some()) * 2,
        )
    {
        let upload = context.object(call).is_some_and(|object| {
            context.tainted(object, Purposes::PATH).is_some_and(|taint| taint.origin.source == Source::Request)
        });
        if upload || joined(context, name) {
            used(context, call, name, found);
        }
    }
}

/// Whether the function around gives back what is written as `object`.
fn returned(context: &Context<'_>, object: NodeId) -> bool {
    let Some(function) = context.function(object) else { return false };
    let name = context.source(object);
    let mut returns = context.tree().subtree(function).take(3_000).filter(|&node| context.kind(node) == Kind::Return);
    returns.any(|node| context.tree().child(node, Field::Value).is_some_and(|value| context.source(value) == name))
}

/// Whether an object is a `pathlib` path.
fn is_path(context: &Context<'_>, object: NodeId) -> bool {
    let mut at = context.value(object);
    for _ in 0..8 {
        match context.kind(at) {
            Kind::Name | Kind::Attribute => {
                return context.program().names.type_of(at).is_some_and(|kind| kind.starts_with("pathlib."));
            }
            Kind::Call => {
                let path = context.callee(at);
                if path.starts_with("pathlib.") || path == "Path" {
                    return true;
                }
                let Some(inner) = context.object(at) else { return false };
                at = context.value(inner);
            }
            Kind::Binary if context.name(at) == "/" => {
                let Some(left) = context.tree().child(at, Field::Left) else { return false };
                at = context.value(left);
            }
            // `{"logs": Path("/var/log")}[key]`
            Kind::Subscript => {
                let Some(object) = context.tree().child(at, Field::Object) else { return false };
                let first = context.tree().children(context.value(object)).next();
                match first.and_then(|pair| context.tree().child(pair, Field::Value)) {
                    Some(value) => at = value,
                    None => return false,
                }
            }
            _ => return false,
        }
    }
    false
}

/// Whether the path is put together from a base and something else.
fn joined(context: &Context<'_>, name: NodeId) -> bool {
    let data = context.flow().data();
    let mut list = vec![context.value(name)];
    for &at in data.definitions_of(name).iter() {
        if let crate::graph::dfg::Value::Expression(value) = data.definitions[at as usize].value {
            list.push(value);
        }
    }
    list.into_iter().any(|value| joined_at(context, value, 0))
}

fn joined_at(context: &Context<'_>, value: NodeId, depth: u32) -> bool {
    const JOINS: &[&str] = &[
        "os.path.join",
        "posixpath.join",
        "pathlib.Path",
        "path.join",
        "path.resolve",
        "path/filepath.Join",
        "path.Join",
        "fmt.Sprintf",
        "java.io.File",
        "java.nio.file.Paths.get",
        "java.nio.file.Path.of",
    ];
    if depth > 6 {
        return false;
    }
    let value = context.value(value);
    match context.kind(value) {
        Kind::Template => true,
        Kind::Binary => matches!(context.name(value), "+" | "/" | "%"),
        Kind::Call | Kind::New => {
            let path = context.callee(value);
            let method = context.method(value);
            JOINS.contains(&path) && context.positional(value, 1).is_some()
                || matches!(method, "format" | "joinpath" | "resolve" | "concat")
                || context.tree().positional(value).take(3).any(|part| joined_at(context, part, depth + 1))
                || context.object(value).is_some_and(|object| joined_at(context, object, depth + 1))
        }
        _ => false,
    }
}

fn used(context: &Context<'_>, call: NodeId, name: NodeId, found: &mut Findings) {
    let Exposure::Tainted(taint) = context.exposure(name, Purposes::PATH) else { return };
    let whole = !joined(context, name);
    let confidence = match taint.origin.source {
        Source::Request | Source::Network => taint.confidence,
        // A program may open what its user names.
        Source::Input | Source::Arguments | Source::Environment | Source::File if whole => {
            return audit(context, call, taint, found);
        }
        Source::Parameter | Source::Unknown if whole => return audit(context, call, taint, found),
        Source::Unknown => Confidence::Low,
        _ => taint.confidence.min(Confidence::Medium),
    };
    let strong = matches!(taint.origin.source, Source::Request | Source::Network);
    let message = format!("A path is made from {} and may lead out of its directory.", taint.source());
    let report = Report::issue(call, concept::PATH_TRAVERSAL, message)
        .severity(if strong { Severity::High } else { Severity::Medium })
        .confidence(confidence);
    found.push(context, report.trace(taint.trace));
}

fn audit(context: &Context<'_>, call: NodeId, taint: Taint, found: &mut Findings) {
    let message = format!("A file is named by {}.", taint.source());
    found.push(context, Report::audit(call, concept::PATH_TRAVERSAL, message).trace(taint.trace));
}
