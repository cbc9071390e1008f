//! JavaScript scenarios, layouts and fillers.

use analyzers::concept;

use super::{Layout, Template, competing, decoy};

pub(super) const LAYOUTS: &[Layout] = &[
    "function {name}({parameters}) {\n  {body}\n}",
    "class Service {\n  constructor(settings) {\n    this.settings = settings;\n  }\n\n  {name}({parameters}) {\n    {body}\n  }\n}",
    "const {name} = async ({parameters}) => {\n  {body}\n};",
    "function {name}({parameters}) {\n  try {\n    {body}\n  } finally {\n    console.log(\"done\");\n  }\n}",
    "module.exports.{name} = function ({parameters}) {\n  if (module.enabled) {\n    {body}\n  }\n  return null;\n};",
];

pub(super) const FILLERS: &[&str] = &[
    "function total(rows) {\n  let sum = 0;\n  for (const row of rows) {\n    sum += row.price * row.count;\n  }\n  return sum;\n}\n",
    "const clamp = (value, low, high) => Math.min(high, Math.max(low, value));\n",
    "class Point {\n  constructor(x, y) {\n    this.x = x;\n    this.y = y;\n  }\n}\n",
    "function group(items, key) {\n  const groups = {};\n  for (const item of items) {\n    (groups[key(item)] ||= []).push(item);\n  }\n  return groups;\n}\n",
];

pub(super) const TEMPLATES: &[Template] = &[
    decoy(
        "js-md5-etag",
        concept::WEAK_HASH,
        "const crypto = require(\"crypto\");\n",
        &["etag", "entityTag"],
        "body",
        "const tag = «crypto.createHash(\"md5\")».update(body).digest(\"hex\");\nreturn `\"${tag}\"`;",
    ),
    decoy(
        "js-sha1-websocket",
        concept::WEAK_HASH,
        "const crypto = require(\"crypto\");\n\nconst MAGIC = \"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\";\n",
        &["acceptHeader", "handshake"],
        "nonce",
        "return «crypto.createHash(\"sha1\")».update(nonce + MAGIC).digest(\"base64\");",
    ),
    decoy(
        "js-random-particle",
        concept::INSECURE_RANDOM,
        "",
        &["particle", "spark"],
        "width",
        "const x = «Math.random()» * width;\nreturn { x, y: 0 };",
    ),
    decoy(
        "js-shell-pipe",
        concept::SHELL_CONSTANT,
        "const { execSync } = require(\"child_process\");\n",
        &["workers", "countProcesses"],
        "",
        "const output = «execSync(\"ps aux | grep node | wc -l\")»;\nreturn Number(output);",
    ),
    decoy(
        "js-sql-constant-table",
        concept::SQL_STRING,
        "const TABLE = \"orders\";\n",
        &["find", "order"],
        "pool, id",
        "return «pool.query(\"SELECT id FROM \" + TABLE + \" WHERE id = ?\", [id])»;",
    ),
    decoy(
        "js-markup-constant",
        concept::HTML_UNESCAPED,
        "",
        &["badge", "mark"],
        "node",
        "«node.innerHTML = \"<b>new</b>\"»;\nreturn node;",
    ),
    competing(
        "js-shell-argument",
        concept::SHELL_STRING,
        "const { execSync } = require(\"child_process\");\n",
        &["ping", "reach"],
        "host",
        "return «execSync(\"ping -c 1 \" + host)».toString();",
        &["argument-vector"],
    ),
    competing(
        "js-sql-value",
        concept::SQL_STRING,
        "const mysql = require(\"mysql\");\nconst pool = mysql.createPool({ host: \"localhost\" });\n",
        &["user", "account"],
        "name",
        "return «pool.query(\"SELECT id FROM users WHERE name = '\" + name + \"'\")»;",
        &["parameterise-query"],
    ),
    competing(
        "js-md5-signature",
        concept::WEAK_HASH,
        "const crypto = require(\"crypto\");\n",
        &["sign", "signature"],
        "secret, message",
        "return «crypto.createHash(\"md5\")».update(secret + message).digest(\"hex\");",
        &["strong-algorithm"],
    ),
    competing(
        "js-token-random",
        concept::INSECURE_RANDOM,
        "",
        &["sessionToken", "apiKey"],
        "",
        "const token = «Math.random().toString(36)»;\nreturn token.slice(2);",
        &["secure-random"],
    ),
];
