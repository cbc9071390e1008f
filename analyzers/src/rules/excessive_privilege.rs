//! CWE-250/269: a container, role or account that may do more than its work needs.

mod dockerfile;
mod settings;
mod shell;
mod sql;

use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::{Rule, example, row};
use crate::syntax::Kind;

pub(crate) const RULE: Rule = Rule {
    id: "excessive-privilege",
    cwe: &[250, 269, 732],
    severity: Severity::Medium,
    summary: "A container, role or account may do more than its work needs.",
    advice: "Run as a user without privileges, drop all capabilities, keep the host's namespaces and sockets out, and name the actions and resources that are allowed.",
    rows: &[
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        row(&[Language::Dockerfile], &[Kind::Module], dockerfile::check),
        row(&[Language::Dockerfile], &[Kind::Pair], dockerfile::instruction),
        row(&[Language::Bash], &[Kind::Call], shell::check),
        row(&[Language::Sql], &[Kind::Other], sql::check),
    ],
    bad: &[
        example(
            Language::Yaml,
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: a:1\n      securityContext:\n        privileged: true\n",
        ),
        example(
            Language::Yaml,
            "spec:\n  hostNetwork: true\n  containers:\n    - name: a\n      securityContext:\n        capabilities:\n          add: [\"SYS_ADMIN\"]\n",
        ),
        example(Language::Yaml, "securityContext:\n  runAsUser: 0\n  allowPrivilegeEscalation: true\n"),
        example(
            Language::Yaml,
            "services:\n  web:\n    image: a:1\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n",
        ),
        example(Language::Yaml, "services:\n  web:\n    image: a:1\n    privileged: yes\n"),
        example(Language::Yaml, "on: push\npermissions: write-all\njobs: {}\n"),
        example(
            Language::Yaml,
            "kind: ClusterRole\nrules:\n  - apiGroups: [\"*\"]\n    resources: [\"*\"]\n    verbs: [\"*\"]\n",
        ),
        example(
            Language::Terraform,
            "resource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({\n    Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }]\n  })\n}\n",
        ),
        example(
            Language::Terraform,
            "data \"aws_iam_policy_document\" \"p\" {\n  statement {\n    actions   = [\"*\"]\n    resources = [\"*\"]\n  }\n}\n",
        ),
        example(
            Language::Json,
            "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"*\"], \"Resource\": \"*\"}]}\n",
        ),
        example(
            Language::Dockerfile,
            "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nUSER root\nCMD [\"python\", \"app.py\"]\n",
        ),
        example(Language::Dockerfile, "FROM node:20-alpine\nCOPY . .\nRUN npm ci\nCMD [\"node\", \"server.js\"]\n"),
        example(Language::Bash, "docker run --privileged -d image:1\n"),
        example(Language::Bash, "docker run -v /var/run/docker.sock:/var/run/docker.sock image:1\n"),
        example(Language::Sql, "GRANT ALL PRIVILEGES ON *.* TO 'app'@'%' WITH GRANT OPTION;\n"),
    ],
    good: &[
        example(
            Language::Yaml,
            "spec:\n  containers:\n    - name: a\n      image: a:1\n      securityContext:\n        privileged: false\n        runAsNonRoot: true\n        runAsUser: 1000\n        allowPrivilegeEscalation: false\n        capabilities:\n          drop: [\"ALL\"]\n          add: [\"NET_BIND_SERVICE\"]\n",
        ),
        example(
            Language::Yaml,
            "services:\n  web:\n    image: a:1\n    volumes:\n      - ./data:/data:ro\n    user: \"1000:1000\"\n",
        ),
        example(Language::Yaml, "on: push\npermissions:\n  contents: read\njobs: {}\n"),
        example(
            Language::Yaml,
            "openapi: 3.0.0\npaths:\n  /users:\n    get:\n      summary: privileged users\n      description: hostNetwork is true\n",
        ),
        example(
            Language::Terraform,
            "data \"aws_iam_policy_document\" \"p\" {\n  statement {\n    actions   = [\"s3:GetObject\"]\n    resources = [\"${aws_s3_bucket.b.arn}/*\"]\n  }\n}\n",
        ),
        example(
            Language::Terraform,
            "data \"aws_iam_policy_document\" \"p\" {\n  statement {\n    effect    = \"Deny\"\n    actions   = [\"*\"]\n    resources = [\"*\"]\n  }\n}\n",
        ),
        example(
            Language::Json,
            "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"s3:GetObject\"], \"Resource\": \"arn:aws:s3:::b/*\"}]}\n",
        ),
        example(
            Language::Dockerfile,
            "FROM python:3.12-slim AS base\nUSER root\nRUN apt-get update\nRUN useradd -m app\nUSER app\nCMD [\"python\", \"app.py\"]\n",
        ),
        example(Language::Dockerfile, "FROM gcr.io/distroless/static:nonroot\nCOPY app /app\nENTRYPOINT [\"/app\"]\n"),
        example(Language::Dockerfile, "RUN apt-get update && apt-get install -y curl\n"),
        example(Language::Bash, "docker run --rm --cap-drop=ALL -v ./data:/data image:1\n"),
        example(Language::Sql, "GRANT SELECT, INSERT ON shop.orders TO 'app'@'10.0.0.%';\n"),
    ],
};
