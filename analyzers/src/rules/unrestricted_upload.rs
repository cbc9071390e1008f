//! CWE-434: an uploaded file that is stored whatever it is.

mod script;
mod served;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "unrestricted-upload",
    cwe: &[434],
    severity: Severity::Medium,
    summary: "An uploaded file is stored under a name of the client's choice, whatever its kind.",
    advice: "Check the extension against a list, make up the name yourself, and store it where nothing is run.",
    rows: &[
        go_row(&[Kind::Call], served::go),
        java_row(&[Kind::Call, Kind::New], served::java),
        javascript_row(&[Kind::Pair], script::storage),
        javascript_row(&[Kind::Function], script::method),
        python_row(&[Kind::Call], check_python),
        row(&[Language::Php], &[Kind::Call], check_php),
    ],
    bad: &[
        golang(
            "package p\nimport (\"io\"; \"net/http\"; \"os\"; \"path/filepath\")\nfunc up(w http.ResponseWriter, r *http.Request) {\n\tfile, header, err := r.FormFile(\"f\")\n\tif err != nil { return }\n\tout, err := os.Create(filepath.Join(\"static\", filepath.Base(header.Filename)))\n\tif err != nil { return }\n\tio.Copy(out, file)\n}\n",
        ),
        java(
            "import org.springframework.web.multipart.MultipartFile;\nclass A { @PostMapping(\"/up\") String f(@RequestParam MultipartFile file) throws Exception { String name = file.getOriginalFilename(); file.transferTo(new java.io.File(\"/srv/www/\" + name)); return \"ok\"; } }\n",
        ),
        java(
            "import java.nio.file.*;\nclass A { void f(javax.servlet.http.Part part) throws Exception { Path to = Paths.get(\"uploads\").resolve(part.getSubmittedFileName()); Files.copy(part.getInputStream(), to); } }\n",
        ),
        example(
            Language::Php,
            "<?php\nmove_uploaded_file($_FILES['f']['tmp_name'], 'uploads/' . $_FILES['f']['name']);\n",
        ),
        javascript(
            "const multer = require('multer');\nconst storage = multer.diskStorage({ destination: 'public', filename: (req, file, done) => done(null, file.originalname) });\n",
        ),
        python(
            "from django.core.files.storage import FileSystemStorage\ndef upload(request):\n    doc = request.FILES['d']\n    fs = FileSystemStorage()\n    fs.save(doc.name, doc)\n",
        ),
        python(
            "import os\nfrom flask import request\ndef up():\n    file = request.files['f']\n    file.save(os.path.join('static', file.filename))\n",
        ),
        python(
            "from flask import request\nfrom werkzeug.utils import secure_filename\ndef up():\n    f = request.files['f']\n    f.save('uploads/' + secure_filename(f.filename))\n",
        ),
    ],
    good: &[
        golang(
            "package p\nimport (\"io\"; \"net/http\"; \"os\"; \"path/filepath\")\nfunc up(w http.ResponseWriter, r *http.Request) {\n\tfile, header, err := r.FormFile(\"f\")\n\tif err != nil || filepath.Ext(header.Filename) != \".png\" { return }\n\tout, err := os.Create(filepath.Join(\"uploads\", filepath.Base(header.Filename)))\n\tif err != nil { return }\n\tio.Copy(out, file)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os\")\nfunc up(w http.ResponseWriter, r *http.Request) {\n\tfile, _, err := r.FormFile(\"f\")\n\tif err != nil { return }\n\tout, err := os.Create(\"uploads/\" + newName())\n\tif err != nil { return }\n\tuse(out, file)\n}\n",
        ),
        java(
            "import org.springframework.web.multipart.MultipartFile;\nclass A { String f(MultipartFile file) throws Exception { if (!ALLOWED.contains(file.getContentType())) { return \"no\"; } file.transferTo(new java.io.File(\"/srv/in/\" + file.getOriginalFilename())); return \"ok\"; } }\n",
        ),
        java(
            "import org.springframework.web.multipart.MultipartFile;\nclass A { void f(MultipartFile file) throws Exception { file.transferTo(new java.io.File(\"/srv/in/\" + java.util.UUID.randomUUID())); } }\n",
        ),
        example(
            Language::Php,
            "<?php\n$kind = pathinfo($_FILES['f']['name'], PATHINFO_EXTENSION);\nif (!in_array($kind, ['png', 'jpg'])) { exit; }\nmove_uploaded_file($_FILES['f']['tmp_name'], 'uploads/' . uniqid() . '.' . $kind);\n",
        ),
        javascript(
            "const multer = require('multer');\nconst storage = multer.diskStorage({ destination: 'in', filename: (req, file, done) => done(null, crypto.randomUUID()) });\n",
        ),
        python(
            "import os\nfrom flask import request\nALLOWED = {'png', 'jpg'}\ndef up():\n    file = request.files['f']\n    if file.filename.rsplit('.', 1)[1].lower() not in ALLOWED:\n        raise ValueError()\n    file.save(os.path.join('static', file.filename))\n",
        ),
        python(
            "from flask import request\nimport uuid\ndef up():\n    request.files['f'].save('/srv/in/' + str(uuid.uuid4()))\n",
        ),
        python("def f(figure, name):\n    figure.save('out/' + name)\n"),
    ],
};

/// `move_uploaded_file($temporary, 'uploads/' . $_FILES['f']['name'])`
fn check_php(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    const LOOKS: &[&str] = &[
        "pathinfo",
        "PATHINFO_EXTENSION",
        "mime",
        "finfo",
        "getimagesize",
        "in_array",
        "exif_imagetype",
        "SplFileInfo",
    ];
    if context.callee(call) != "move_uploaded_file" || LOOKS.iter().any(|word| context.text().contains(word)) {
        return;
    }
    let Some(target) = context.positional(call, 1) else { return };
    let named = |node: NodeId| {
        context.tree().subtree(context.value(node)).take(80).any(|part| {
            context.kind(part) == Kind::Subscript
                && context
                    .tree()
                    .child(part, crate::syntax::Field::Index)
                    .and_then(|key| context.string(key))
                    .is_some_and(|key| key == "name")
        })
    };
    let inner: Vec<NodeId> = context.tree().subtree(context.value(target)).take(60).collect();
    if named(target) || inner.into_iter().filter(|&part| context.kind(part) == Kind::Name).any(named) {
        let message = "An uploaded file is stored under the client's name, whatever its kind.";
        found.push(context, Report::issue(call, concept::UPLOAD_NAME, message).confidence(Confidence::Medium));
    }
}

fn check_python(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.method(call) != "save" {
        return;
    }
    let (Some(mut object), Some(name)) = (context.object(call), context.positional(call, 0)) else { return };
    // `FileSystemStorage().save(upload.name, upload)`
    if let Some(content) = context.positional(call, 1).filter(|_| context.mentions("django")) {
        object = content;
    }
    let uploaded = context.tainted(object, Purposes::DATA).is_some_and(|taint| taint.origin.source == Source::Request)
        && (context.mentions(".files") || context.mentions(".FILES"));
    if !uploaded || context.is_constant(name) || !names_client_file(context, name, 0) {
        return;
    }
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    if looks_at_kind(context, function) {
        return;
    }
    let message = "An uploaded file is stored under the client's name, whatever its kind.";
    found.push(context, Report::issue(call, concept::UPLOAD_NAME, message).confidence(Confidence::Medium));
}

/// Whether a path is made from `….filename`.
fn names_client_file(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let value = context.value(node);
    depth < 6
        && context.tree().subtree(value).take(60).any(|part| match context.kind(part) {
            Kind::Attribute => matches!(context.name(part), "filename" | "name"),
            Kind::Name if part != node && context.value(part) != part => names_client_file(context, part, depth + 1),
            _ => false,
        })
}

/// Whether the unit looks at the kind of the file: its extension or its type.
fn looks_at_kind(context: &Context<'_>, function: NodeId) -> bool {
    context.tree().subtree(function).take(4_000).any(|part| match context.kind(part) {
        Kind::Name | Kind::Attribute => {
            let name = context.name(part).to_ascii_lowercase();
            [
                "allow",
                "extension",
                "splitext",
                "content_type",
                "mimetype",
                "suffix",
                "endswith",
                "imghdr",
                "magic",
                "valid",
            ]
            .iter()
            .any(|word| name.contains(word))
        }
        Kind::Call => {
            context.method(part) == "endswith" || context.callee(part).to_ascii_lowercase().contains("allowed")
        }
        _ => false,
    })
}
