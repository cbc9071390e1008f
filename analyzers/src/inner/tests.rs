use crate::finding::Class;
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::scan::analyse;

/// The rules of the issues in a unit, with the text that each is about.
#[track_caller]
fn check(language: Language, text: &str, expected: &[(&str, &str)]) {
    let program = Program::parse(language, text, &Limits::default());
    let analysis = analyse(&program);
    let found: Vec<(&str, &str)> = analysis
        .findings
        .iter()
        .filter(|finding| finding.class == Class::Issue && finding.rule != "excessive-privilege")
        .map(|finding| (finding.rule, &text[finding.span.range()]))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn commands_in_strings() {
    check(Language::Python, "import os\nos.system('chmod 777 /srv/x')\n", &[("file-mode", "chmod 777 /srv/x")]);
    check(
        Language::Python,
        "import subprocess\nsubprocess.run([\"bash\", \"-c\", \"echo \\\"a\\\"; chmod 777 x\"], timeout=3)\n",
        &[("file-mode", "chmod 777 x")],
    );
    check(
        Language::Go,
        "package p\nimport \"os/exec\"\nfunc f() { exec.Command(\"sh\", \"-c\", \"chmod 777 x\").Run() }\n",
        &[("file-mode", "chmod 777 x")],
    );
    check(
        Language::Rust,
        "fn f() { Command::new(\"sh\").arg(\"-c\").arg(\"chmod 777 x\").status(); }\n",
        &[("file-mode", "chmod 777 x")],
    );
    check(Language::Python, "import os\nos.system('ls -l')\nx = 'chmod 777 x'\n", &[]);
}

#[test]
fn statements_in_strings() {
    check(
        Language::Python,
        "db.execute(\"CREATE USER 'a'@'%' IDENTIFIED BY 'Zx81kqpw93'\")\n",
        &[("hardcoded-secret", "'Zx81kqpw93'")],
    );
    check(Language::Python, "db.execute(\"GRANT SELECT ON a.b TO 'c'@'localhost'\")\n", &[]);
}

#[test]
fn scripts_in_files() {
    check(
        Language::Dockerfile,
        "FROM a:1\nRUN apt-get update && \\\n    # open\n    chmod 777 /app\nUSER app\n",
        &[("file-mode", "chmod 777 /app")],
    );
    check(
        Language::Dockerfile,
        "FROM a:1\nRUN <<EOF\nchmod 777 /app\nEOF\nUSER app\n",
        &[("file-mode", "chmod 777 /app")],
    );
    check(
        Language::Yaml,
        "jobs:\n  a:\n    steps:\n      - run: |\n          echo ${{ github.sha }}\n          chmod 777 x\n",
        &[("file-mode", "chmod 777 x")],
    );
    check(Language::Json, "{\"scripts\": {\"build\": \"chmod 777 dist\"}}\n", &[("file-mode", "chmod 777 dist")]);
    check(
        Language::Html,
        "<p>a</p>\n<script>\n  const q = location.hash.slice(1);\n  document.getElementById('a').innerHTML = decodeURIComponent(q);\n</script>\n",
        &[("cross-site-scripting", "document.getElementById('a').innerHTML = decodeURIComponent(q)")],
    );
    check(
        Language::Html,
        "<a onclick=\"eval(location.hash.slice(1))\">a</a>\n",
        &[("code-injection", "eval(location.hash.slice(1))")],
    );
    check(
        Language::Terraform,
        "resource \"a\" \"b\" {\n  policy = <<EOF\n{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:PutObject\"}]}\nEOF\n}\n",
        &[("public-resource", "\"Principal\": \"*\"")],
    );
}
