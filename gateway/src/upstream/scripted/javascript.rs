//! The script's JavaScript tasks.

use super::task::{Shape, Task, Unit, Weakness};
use super::topic::Topic;

/// JavaScript tasks.
pub(super) const TASKS: &[Task] = &[
    Task {
        name: "thumbnail",
        language: "javascript",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Node.js function that makes a thumbnail of an uploaded image with ImageMagick.",
            "JavaScript (Node): call ImageMagick to create a thumbnail for an image file.",
            "I want to generate image thumbnails from Node.js by running ImageMagick.",
            "Node.js code for thumbnails through the ImageMagick command line, please.",
        ],
        keywords: &[&["node", "javascript"], &["thumbnail"], &["imagemagick", "image"]],
        units: &[Unit {
            before: "ImageMagick's `convert` does the work:",
            path: "thumbnail.js",
            code: r#"const { exec } = require("child_process");

function makeThumbnail(file, callback) {
  exec(`convert ${file} -resize 200x200 thumb.png`, (error) => callback(error));
}

module.exports = { makeThumbnail };
"#,
            weaknesses: &[Weakness {
                topic: Topic::Command,
                heeded: true,
                parts: &[
                    ("const { exec } =", "const { execFile } ="),
                    (
                        "exec(`convert ${file} -resize 200x200 thumb.png`, (error)",
                        "execFile(\"convert\", [\"--\", file, \"-resize\", \"200x200\", \"thumb.png\"], (error)",
                    ),
                ],
            }],
        }],
        after: "The callback gets an error when the conversion failed.",
    },
    Task {
        name: "greeting-page",
        language: "javascript",
        shape: Shape::Tilde,
        phrasings: &[
            "Write an Express route in JavaScript that greets the visitor by the name in the query string.",
            "Express: a greeting page that shows the visitor's name from the query.",
            "JavaScript with Express, please: GET /greet?name=… answers with a friendly greeting.",
            "How do I make an Express endpoint which greets people by name?",
        ],
        keywords: &[&["express"], &["greet"], &["name"]],
        units: &[Unit {
            before: "One route is enough:",
            path: "greet.js",
            code: r#"const express = require("express");

const app = express();

app.get("/greet", (req, res) => {
  res.send("<h1>Hello, " + req.query.name + "!</h1>");
});

module.exports = app;
"#,
            weaknesses: &[Weakness {
                topic: Topic::Markup,
                heeded: true,
                parts: &[
                    (
                        "const app = express();\n",
                        "const app = express();\n\nconst ENTITIES = { \"&\": \"&amp;\", \"<\": \"&lt;\", \">\": \"&gt;\", '\"': \"&quot;\", \"'\": \"&#39;\" };\n\nfunction escapeHtml(text) {\n  return String(text).replace(/[&<>\"']/g, (character) => ENTITIES[character]);\n}\n",
                    ),
                    ("req.query.name +", "escapeHtml(req.query.name) +"),
                ],
            }],
        }],
        after: "Mount it with `app.listen(3000)`.",
    },
    Task {
        name: "download-route",
        language: "javascript",
        shape: Shape::Fence,
        phrasings: &[
            "Write an Express route in JavaScript for downloading a stored document by its file name.",
            "Express download endpoint: send the document whose file name is in the URL.",
            "In JavaScript with Express, serve documents from a folder for download by name.",
            "I need an Express handler that lets people download a document by file name.",
        ],
        keywords: &[&["express"], &["download"], &["document"]],
        units: &[Unit {
            before: "The documents are read from the `documents` folder:",
            path: "download.js",
            code: r#"const express = require("express");
const fs = require("fs");

const router = express.Router();

router.get("/documents/:name", (req, res) => {
  fs.readFile("documents/" + req.params.name, (error, data) => {
    if (error) {
      res.status(404).end();
      return;
    }
    res.type("application/octet-stream").send(data);
  });
});

module.exports = router;
"#,
            weaknesses: &[Weakness {
                topic: Topic::Path,
                heeded: true,
                parts: &[
                    ("const fs = require(\"fs\");\n", "const fs = require(\"fs\");\nconst path = require(\"path\");\n"),
                    (
                        "fs.readFile(\"documents/\" + req.params.name,",
                        "fs.readFile(path.join(\"documents\", path.basename(req.params.name)),",
                    ),
                ],
            }],
        }],
        after: "A missing document gives status 404.",
    },
    Task {
        name: "deploy-hook",
        language: "javascript",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Node.js function that runs a deploy hook command and passes its output to a callback.",
            "Node.js: execute the command of a deploy hook and hand the output to a callback.",
            "I need JavaScript for Node which runs deploy hooks (a command each) and returns what they print.",
            "How can a Node.js service run the deploy hook command it is given and collect the output?",
        ],
        keywords: &[&["node", "javascript"], &["deploy"], &["hook"]],
        units: &[Unit {
            before: "`exec` collects the output:",
            path: "hooks.js",
            code: r#"const childProcess = require("child_process");

function runHook(command, callback) {
  childProcess.exec(command, (error, output) => callback(error, output));
}

module.exports = { runHook };
"#,
            weaknesses: &[Weakness {
                topic: Topic::Command,
                heeded: true,
                parts: &[(
                    "childProcess.exec(command, (error",
                    "childProcess.execFile(\"run-hook\", [\"--\", command], (error",
                )],
            }],
        }],
        after: "The callback gets the error, if any, and the output.",
    },
    Task {
        name: "filter-rules",
        language: "javascript",
        shape: Shape::Fence,
        phrasings: &[
            "Write a JavaScript function that keeps the records for which a rule such as \"age > 30\" holds.",
            "JavaScript: filter an array of records by a rule given as text, like \"age > 30\".",
            "How can I apply text rules such as \"age > 30\" to filter records in JavaScript?",
            "I need JavaScript to filter records with a rule string.",
        ],
        keywords: &[&["javascript", "node"], &["record"], &["rule"]],
        units: &[Unit {
            before: "The rule is turned into a condition:",
            path: "filter.js",
            code: r"function filterRecords(records, rule) {
  return records.filter((record) => {
    with (record) {
      return eval(rule);
    }
  });
}

module.exports = { filterRecords };
",
            weaknesses: &[Weakness {
                topic: Topic::Evaluate,
                heeded: true,
                parts: &[(
                    "  return records.filter((record) => {\n    with (record) {\n      return eval(rule);\n    }\n  });\n",
                    "  const [, field, operator, value] = /^(\\w+) *(>|<|===) *(-?[\\d.]+)$/.exec(rule) || [];\n  if (!field) {\n    throw new Error(\"a rule is a field, one of > < ===, and a number\");\n  }\n  const limit = Number(value);\n  return records.filter((record) => {\n    if (operator === \">\") return record[field] > limit;\n    if (operator === \"<\") return record[field] < limit;\n    return record[field] === limit;\n  });\n",
                )],
            }],
        }],
        after: "For example, `filterRecords(people, \"age > 30\")`.",
    },
];
