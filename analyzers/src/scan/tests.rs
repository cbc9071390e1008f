use super::analyse;
use crate::lang::Language;
use crate::program::{Limits, Program};

fn markers(language: Language, code: &str, expected: &[&str]) {
    let program = Program::parse(language, code, &Limits::default());
    let found: Vec<_> = analyse(&program).suppressions.iter().map(|suppression| suppression.marker).collect();
    assert_eq!(found, expected, "{code}");
}

#[test]
fn suppressions_are_reported() {
    markers(Language::Python, "x = 1  # nosec\n", &["nosec"]);
    markers(Language::Python, "x = 1  # NOQA: S602\n", &["noqa"]);
    markers(Language::Python, "x = 1  # the nosecond rule\n", &[]);
    markers(Language::Python, "x = 'nosec'\n", &[]);
}

use crate::finding::{Class, Status};

fn rules(code: &str) -> Vec<&'static str> {
    let program = Program::parse(Language::Python, code, &Limits::default());
    analyse(&program)
        .findings
        .iter()
        .filter(|finding| finding.class == Class::Issue)
        .map(|finding| finding.rule)
        .collect()
}

/// A unit of many lines with a sink in the middle of a function, inside a class.
fn sample() -> String {
    let filler = (0..30)
        .map(|at| format!("    def helper{at}(self, a):\n        return a + {at}\n\n"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "import os\nimport pickle\n\nclass Service:\n{filler}    def ping(self, host, data):\n        try:\n            os.system('ping -c 1 ' + host)\n            value = pickle.loads(data)\n        finally:\n            self.close()\n        return value\n\n{filler}"
    )
}

#[test]
fn windows_of_a_unit_keep_its_findings() {
    let code = sample();
    let lines: Vec<&str> = code.lines().collect();
    let sink = lines.iter().position(|line| line.contains("os.system")).unwrap_or_default();
    for start in sink - 18..=sink {
        let window = lines[start..(start + 20).min(lines.len())].join("\n");
        let found = rules(&window);
        assert!(found.contains(&"command-injection"), "window at {start}:\n{window}\n{found:?}");
    }
}

#[test]
fn broken_code_keeps_its_findings() {
    for code in [
        "import os\ndef f(x):\n    os.system('ls ' + x)\n    y = (1,\n",
        "import os\ndef f(x):\n    os.system('ls ' + x\n    y = 1\n",
        "        os.system('ls ' + x)\n    except Exception as e:\n        print(e)\n",
        "}\nimport os\nos.system('ls ' + input())\n@@@\n",
    ] {
        assert!(rules(code).contains(&"command-injection"), "{code}: {:?}", rules(code));
    }
}

#[test]
fn comments_never_silence() {
    let marked = "import os\ndef f(x):\n    os.system('ls ' + x)  # nosec # noqa: S605  # nosemgrep NOSONAR\n";
    assert_eq!(rules(marked), ["command-injection"]);
}

#[test]
fn dead_code_is_only_reported() {
    assert!(rules("import os\nif False:\n    os.system(input())\n").is_empty());
    assert_eq!(rules("import os\nif True:\n    os.system(input())\n"), ["command-injection"]);
}

#[test]
fn hostile_units_are_survived() {
    let many = |line: &str| line.repeat(2_000);
    let chain = (1..2_000).map(|at| format!("a{at} = a{} + a{}\n", at - 1, at / 2)).collect::<Vec<_>>().concat();
    let cases = [
        many("os.system(x)\n"),
        many("q = 'SELECT * FROM t WHERE a = ' + q\n"),
        format!("def f(a0):\n    {}\n    os.system(a1999)\n", chain.replace('\n', "\n    ")),
        many("def f(x):\n    return f(f(x))\n"),
        many("x = {'password': 'a'}\n"),
        "(".repeat(20_000),
        "if a:\n".repeat(2_000),
        many("It is a fact that the quick brown fox jumps, over the lazy dog; therefore: nothing.\n"),
        many("open('/tmp/x', mode)\n"),
        format!("x = {}1\n", "1 + ".repeat(5_000)),
        many("if x in y and not z:\n    return\n"),
    ];
    for code in cases {
        let program = Program::parse(Language::Python, code.as_str(), &Limits::default());
        let analysis = analyse(&program);
        assert!(analysis.findings.len() <= crate::rule::MOST_FINDINGS);
    }
}

#[test]
fn unread_units_are_never_whole() {
    let limits = Limits { bytes: 10, ..Limits::default() };
    let program = Program::parse(Language::Python, "import os\nos.system(input())\n", &limits);
    assert_ne!(analyse(&program).status, Status::Scanned);
}

mod any_text {
    use proptest::prelude::*;

    use crate::lang::Language;
    use crate::program::{Limits, Program};
    use crate::scan::analyse;

    const PIECES: &[&str] = &[
        "import os\n",
        "from flask import request\n",
        "def f(x):\n    ",
        "os.system(",
        "x",
        ")\n",
        "cursor.execute(",
        "'SELECT * FROM t WHERE a = '",
        " + ",
        "f'{x}'",
        " % ",
        "(x,)",
        "\n",
        "    ",
        "if x in ('a',):\n    ",
        "return ",
        "for y in x:\n    ",
        "lambda z: ",
        "[",
        "]",
        "{",
        "}",
        "'password'",
        ": ",
        "=",
        "try:\n    ",
        "except:\n    pass\n",
        "while True:\n    ",
        "open('/tmp/a', 'w')",
        "eval(",
        "self.",
        "class A:\n    ",
        "é",
        "\"",
        "'",
        "#nosec",
        "re.match('(a+)+', ",
        ".format(",
        "yield ",
        "global x\n",
        "*",
        "**",
    ];

    proptest! {
        #[test]
        fn is_survived(text in "\\PC{0,300}") {
            for language in Language::ALL {
                analyse(&Program::parse(language, text.as_str(), &Limits::default()));
            }
        }

        #[test]
        fn any_pattern_is_survived(text in "[()\\[\\]{}|*+?.^$,:a-z0-9é\\\\ -]{0,60}") {
            let text = text.replace(['\'', '\n'], "");
            for code in [format!("import re\nre.match(r'{text} ', url)\n"), format!("ok = url.endswith('{text}.com')\n")] {
                analyse(&Program::parse(Language::Python, code, &Limits::default()));
            }
        }

        #[test]
        fn made_of_pieces_is_survived(parts in prop::collection::vec(prop::sample::select(PIECES), 0..80)) {
            let text = parts.concat();
            let program = Program::parse(Language::Python, text.as_str(), &Limits::default());
            let first = analyse(&program);
            for finding in &first.findings {
                prop_assert!(text.get(finding.span.range()).is_some());
                prop_assert!(finding.trace.iter().all(|step| text.get(step.span.range()).is_some()));
            }
            prop_assert_eq!(&first, &analyse(&program));
        }
    }
}

#[test]
fn tricks_do_not_hide_a_sink() {
    for code in [
        "import os\ns = os.system\ns(input())\n",
        "import importlib\nimportlib.import_module('os').system(input())\n",
        "__import__('os').system(input())\n",
        "import os\ngetattr(os, 'sys' + 'tem')(input())\n",
        "import os\nos.__dict__['system'](input())\n",
        "import os as o\n(o.system)(input())\n",
        "from os import system as run\nrun(input())\n",
        "from os import *\nsystem(input())\n",
        "import os\nif (command := input()):\n    os.system(command)\n",
        "import os\nlist(map(os.system, [input()]))\n",
        "import os, functools\nfunctools.partial(os.system, input())()\n",
        "import subprocess\nopts = {'shell': True}\nsubprocess.run(input(), **opts)\n",
        "import subprocess\nflag = 1\nsubprocess.run('ls ' + input(), shell=flag)\n",
        "import subprocess\nclass A:\n    def f(self, x):\n        self.c = 'ls ' + x\n        self.g()\n    def g(self):\n        subprocess.run(self.c, shell=True)\n",
        "import os\ndef wrap(c):\n    return os.popen(c)\nwrap('ls ' + input())\n",
        "import os\nfor c in ['ls ' + input()]:\n    os.system(c)\n",
        "import os\nos.system(\n    # comment\n    'ls %s' % input()\n)\n",
        "import os\nrun = lambda c: os.system(c)\nrun(input())\n",
        "import os\ntry:\n    raise E\nexcept E:\n    os.system(input())\n",
        "import os\nos.system(' '.join(['ls', input()]))\n",
    ] {
        assert!(rules(code).contains(&"command-injection"), "{code}: {:?}", rules(code));
    }
}
