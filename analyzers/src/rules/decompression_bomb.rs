//! CWE-409: an archive from outside that is unpacked without a limit on what comes out.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row, python, python_row};
use crate::rule::{c, c_row, go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

mod go;
mod native;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "decompression-bomb",
    cwe: &[409, 400],
    severity: Severity::Medium,
    summary: "An archive from outside is unpacked without a limit on what comes out.",
    advice: "Look at the sizes in the archive first (`ZipInfo.file_size`), and read in pieces up to a limit.",
    rows: &[
        c_row(&[Kind::Call], native::check),
        javascript_row(&[Kind::Call], script::check),
        go_row(&[Kind::Call], go::call),
        python_row(&[Kind::Call], check_python),
    ],
    bad: &[
        c(
            "#include <zlib.h>\nint main(int argc, char **argv) { gzFile in = gzopen(argv[1], \"rb\"); char b[512]; while (gzread(in, b, sizeof b) > 0) use(b); }\n",
        ),
        javascript(
            "const zlib = require('zlib');\napp.post('/', (req, res) => { res.send(zlib.gunzipSync(req.body)); });\n",
        ),
        javascript(
            "const zlib = require('zlib');\napp.post('/', (req, res) => { req.pipe(zlib.createGunzip()).pipe(out); });\n",
        ),
        golang(
            "package p\nimport (\"compress/gzip\"; \"io\")\nfunc f() {\n\tr, err := gzip.NewReader(file)\n\tif err != nil { return }\n\tio.Copy(out, r)\n}\n",
        ),
        golang(
            "package p\nimport (\"compress/flate\"; \"io\")\nfunc f() {\n\tdata, err := io.ReadAll(flate.NewReader(file))\n\t_, _ = data, err\n}\n",
        ),
        python(
            "import zipfile\nfrom flask import request\ndef f():\n    archive = zipfile.ZipFile(request.files['a'])\n    archive.extractall('/srv/in')\n",
        ),
        python("import gzip\nfrom flask import request\ndef f():\n    return gzip.decompress(request.data)\n"),
        python(
            "import pandas as pd\nfrom flask import request\ndef f():\n    return pd.read_csv(request.files['a'], compression='gzip')\n",
        ),
    ],
    good: &[
        c(
            "#include <zlib.h>\nint main(int argc, char **argv) { gzFile in = gzopen(argv[1], \"rb\"); char b[512]; int n, all = 0; while ((n = gzread(in, b, sizeof b)) > 0) { all += n; if (all > 1000000) break; } }\n",
        ),
        javascript(
            "const zlib = require('zlib');\napp.post('/', (req, res) => { res.send(zlib.gunzipSync(req.body, { maxOutputLength: 1e6 })); });\n",
        ),
        javascript("const zlib = require('zlib');\nconst text = zlib.gunzipSync(fs.readFileSync('a.gz'));\n"),
        golang(
            "package p\nimport (\"compress/gzip\"; \"io\")\nfunc f() {\n\tr, err := gzip.NewReader(file)\n\tif err != nil { return }\n\tio.CopyN(out, r, 1 << 20)\n}\n",
        ),
        golang(
            "package p\nimport (\"compress/gzip\"; \"io\")\nfunc f() {\n\tr, err := gzip.NewReader(file)\n\tif err != nil { return }\n\tio.Copy(out, io.LimitReader(r, 1 << 20))\n}\n",
        ),
        golang("package p\nimport (\"io\")\nfunc f() {\n\tio.Copy(out, file)\n}\n"),
        python("import zipfile\nzipfile.ZipFile('data.zip').extractall('out')\n"),
        python(
            "import zipfile\nfrom flask import request\nLIMIT = 1 << 24\ndef f():\n    archive = zipfile.ZipFile(request.files['a'])\n    if sum(part.file_size for part in archive.infolist()) > LIMIT:\n        raise ValueError()\n    archive.extractall('/srv/in')\n",
        ),
        python("import gzip\ndef f(path):\n    with gzip.open(path) as file:\n        return file.read()\n"),
    ],
};

/// Callees that read compressed data, given as their first argument.
const READERS: &[&str] = &[
    "bz2.BZ2File",
    "bz2.decompress",
    "bz2.open",
    "gzip.GzipFile",
    "gzip.decompress",
    "gzip.open",
    "lzma.LZMAFile",
    "lzma.decompress",
    "lzma.open",
    "pyzstd.ZstdFile",
    "pyzstd.decompress",
    "pyzstd.open",
    "shutil.unpack_archive",
    "zlib.decompress",
    "zstandard.open",
];
/// Callees that open an archive, and the methods that unpack it.
const ARCHIVES: &[&str] = &["zipfile.ZipFile", "zipfile.PyZipFile"];
const UNPACK: &[&str] = &["extract", "extractall", "open", "read", "extractfile", "testzip"];

fn check_python(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let data = if READERS.contains(&path) {
        context
            .positional(call, 0)
            .or_else(|| ["filename", "fileobj", "data"].iter().find_map(|name| context.keyword(call, name)))
    } else if path.starts_with("pandas.read_") && !matches!(path, "pandas.read_sql" | "pandas.read_sql_query") {
        context.positional(call, 0).or_else(|| {
            ["filepath_or_buffer", "path_or_buffer", "path_or_buf", "io"]
                .iter()
                .find_map(|name| context.keyword(call, name))
        })
    } else if UNPACK.contains(&context.method(call)) {
        context.object(call).and_then(|archive| opened(context, archive))
    } else {
        None
    };
    let Some(data) = data.filter(|_| !writes(context, call)) else { return };
    let Some(taint) = context.tainted(data, Purposes::SIZE) else { return };
    if looks_at_sizes(context, call) {
        return;
    }
    let message = format!("An archive made from {} is unpacked without a limit.", taint.source());
    if taint.origin.source != Source::Request {
        return found.push(context, Report::audit(call, concept::UNBOUNDED_READ, message).trace(taint.trace));
    }
    let report =
        Report::issue(call, concept::UNBOUNDED_READ, message).confidence(taint.confidence.min(Confidence::Medium));
    found.push(context, report.trace(taint.trace));
}

/// What the archive that an object stands for was opened from.
fn opened(context: &Context<'_>, archive: NodeId) -> Option<NodeId> {
    let open = context.value(archive);
    if context.kind(open) != Kind::Call {
        return None;
    }
    let path = context.callee(open);
    let opens = ARCHIVES.contains(&path) || path.starts_with("tarfile.") && path.ends_with("open");
    (opens && !writes(context, open))
        .then(|| context.positional(open, 0).or_else(|| context.keyword(open, "fileobj")))
        .flatten()
}

fn writes(context: &Context<'_>, call: NodeId) -> bool {
    let mode = context.argument(call, 1, "mode").and_then(|mode| context.string(mode)).unwrap_or_default();
    mode.starts_with(['w', 'a', 'x'])
}

/// Whether the function looks at sizes of members before.
fn looks_at_sizes(context: &Context<'_>, call: NodeId) -> bool {
    let Some(function) = context.function(call) else { return false };
    context.tree().subtree(function).take(4_000).any(|part| {
        part < call
            && context.kind(part) == Kind::Attribute
            && matches!(context.name(part), "file_size" | "compress_size" | "size" | "content_length")
    })
}
