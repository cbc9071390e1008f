//! Every rewrite on samples of its own: applied until stable, it parses, and its text is what was expected.

use super::{Context, Propose, arrange};
use crate::edit::{Edit, apply};
use crate::lang::Language;
use crate::program::{Limits, Program};

pub(super) fn parse(text: &str) -> Program {
    Program::parse(Language::Python, text, &Limits::default())
}

/// The edits that `propose` has at any node of the unit, whether or not a rule reports it.
fn anywhere(program: &Program, propose: Propose) -> Vec<Edit> {
    let mut edits = Vec::new();
    for node in program.tree.ids() {
        propose(Context { program }, node, &mut edits);
    }
    arrange(edits)
}

/// The text after the first edit of each group was applied, again and again until nothing changes.
pub(super) fn settle(text: &str, propose: Propose) -> String {
    let mut text = text.to_owned();
    for _ in 0..8 {
        let program = parse(&text);
        let edits = anywhere(&program, propose);
        let applied = apply(&program, &edits.iter().collect::<Vec<_>>());
        if applied.used.is_empty() {
            return text;
        }
        assert!(!parse(&applied.text).tree.has_errors(), "does not parse:\n{}", applied.text);
        assert_ne!(applied.text, text, "an edit that changes nothing");
        text = applied.text;
    }
    unreachable!("never settles:\n{text}");
}

fn check(propose: Propose, before: &str, after: &str) {
    assert_eq!(settle(before, propose), after, "from\n{before}");
}

fn keeps(propose: Propose, before: &str) {
    assert_eq!(settle(before, propose), before);
}

fn sql(before: &str, after: &str) {
    check(super::sql::propose, &format!("import sqlite3\n{before}"), &format!("import sqlite3\n{after}"));
}

fn mysql(before: &str, after: &str) {
    check(super::sql::propose, &format!("import MySQLdb\n{before}"), &format!("import MySQLdb\n{after}"));
}

#[test]
fn query_values_become_parameters() {
    sql("c.execute(f\"SELECT * FROM t WHERE a = '{x}'\")\n", "c.execute(\"SELECT * FROM t WHERE a = ?\", (x,))\n");
    sql(
        "c.execute(\"SELECT * FROM t WHERE a = '%s' AND b = %d\" % (x, y))\n",
        "c.execute(\"SELECT * FROM t WHERE a = ? AND b = ?\", (x, int(y)))\n",
    );
    sql("c.execute('DELETE FROM t WHERE id = ' + str(i) + ';')\n", "c.execute('DELETE FROM t WHERE id = ?;', (i,))\n");
    sql(
        "c.execute(\"SELECT a FROM t WHERE b LIKE '%{}%'\".format(q))\n",
        "c.execute(\"SELECT a FROM t WHERE b LIKE ?\", (f\"%{q}%\",))\n",
    );
    mysql(
        "c.execute(\"SELECT a FROM t WHERE b LIKE '%{}%'\".format(q))\n",
        "c.execute(\"SELECT a FROM t WHERE b LIKE %s\", (f\"%{q}%\",))\n",
    );
    mysql("c.execute(\"DELETE FROM t WHERE e = %s\" % (e))\n", "c.execute(\"DELETE FROM t WHERE e = %s\", (e,))\n");
    mysql(
        "c.execute(\"INSERT INTO t (a, b) VALUES (%s, %s)\" % (a, b))\n",
        "c.execute(\"INSERT INTO t (a, b) VALUES (%s, %s)\", (a, b))\n",
    );
    mysql(
        "c.execute('SELECT 1 FROM t WHERE a LIKE \"x%\" AND b=\"' + b + '\"')\n",
        "c.execute('SELECT 1 FROM t WHERE a LIKE \"x%%\" AND b=%s', (b,))\n",
    );
    sql(
        "c.execute('''SELECT *\nFROM t\nWHERE a = '{0}' '''.format(a))\n",
        "c.execute('''SELECT *\nFROM t\nWHERE a = ? ''', (a,))\n",
    );
    sql(
        "def f(c, a):\n    q = \"SELECT * FROM t WHERE a='\" + a + \"'\"\n    c.execute(q)\n    return c.fetchall()\n",
        "def f(c, a):\n    q = \"SELECT * FROM t WHERE a=?\"\n    c.execute(q, (a,))\n    return c.fetchall()\n",
    );
    sql(
        "def f(c, a):\n    q = f\"SELECT * FROM t WHERE a='{a}'\"\n    c.execute(q)\n    q = f\"DELETE FROM t WHERE a='{a}'\"\n    c.execute(q)\n",
        "def f(c, a):\n    q = \"SELECT * FROM t WHERE a=?\"\n    c.execute(q, (a,))\n    q = \"DELETE FROM t WHERE a=?\"\n    c.execute(q, (a,))\n",
    );
    sql(
        "def f(c, a):\n    q = f\"SELECT * FROM t WHERE a='{a}'\"\n    print(q)\n    c.execute(q)\n",
        "def f(c, a):\n    q = f\"SELECT * FROM t WHERE a='{a}'\"\n    print(q)\n    c.execute(\"SELECT * FROM t WHERE a=?\", (a,))\n",
    );
    sql(
        "def f(c, a, b):\n    q = \"SELECT * FROM t WHERE 1=1\"\n    if a:\n        q += f\" AND a = '{a}'\"\n    if b:\n        q += \" AND b = \" + str(b)\n    c.execute(q)\n",
        "def f(c, a, b):\n    q = \"SELECT * FROM t WHERE 1=1\"\n    q_parameters = []\n    if a:\n        q += \" AND a = ?\"\n        q_parameters += [a]\n    if b:\n        q += \" AND b = ?\"\n        q_parameters += [b]\n    c.execute(q, q_parameters)\n",
    );
    sql(
        "c.execute(f\"SELECT * FROM t WHERE a = ? AND b = '{b}'\", (a,))\n",
        "c.execute(\"SELECT * FROM t WHERE a = ? AND b = ?\", (a, b))\n",
    );
    sql(
        "TABLE = 'u'\nc.execute(f\"SELECT * FROM {TABLE} WHERE b = '{b}'\")\n",
        "TABLE = 'u'\nc.execute(f\"SELECT * FROM {TABLE} WHERE b = ?\", (b,))\n",
    );
    sql("c.execute(\"SELECT * FROM t LIMIT \" + n)\n", "c.execute(\"SELECT * FROM t LIMIT ?\", (int(n),))\n");
}

#[test]
fn sqlalchemy_text_gets_named_parameters() {
    let before = "from sqlalchemy import text\ndef f(s, name):\n    return s.execute(text(f\"SELECT * FROM u WHERE name = '{name}'\")).all()\n";
    let after = "from sqlalchemy import text\ndef f(s, name):\n    return s.execute(text(\"SELECT * FROM u WHERE name = :name\"), {\"name\": name}).all()\n";
    check(super::sql::propose, before, after);
}

#[test]
fn queries_that_no_parameter_can_mend_are_kept() {
    for query in [
        "c.execute(f\"SELECT * FROM {table}\")",
        "c.execute(f\"SELECT {columns} FROM t WHERE a = '{a}'\")",
        "c.execute(f\"SELECT * FROM t ORDER BY {order}\")",
        "c.execute(f\"SELECT * FROM t WHERE id IN ({ids})\")",
        "c.execute(f\"INSERT INTO t VALUES ({values})\")",
        "c.execute(f\"DROP TABLE {name}\")",
        "c.execute(query)",
        "c.execute(f\"SELECT * FROM t WHERE a = '{escape(a)}'\")",
        "c.execute(f\"SELECT * FROM t_{year} WHERE a = 1\")",
        "c.execute(f\"SELECT * FROM t WHERE {clause}\")",
    ] {
        keeps(super::sql::propose, &format!("import sqlite3\n{query}\n"));
    }
    // The driver is not known, or two are.
    keeps(super::sql::propose, "c.execute(f\"SELECT * FROM t WHERE a = '{a}'\")\n");
    keeps(super::sql::propose, "import sqlite3\nimport MySQLdb\nc.execute(f\"SELECT * FROM t WHERE a = '{a}'\")\n");
}

fn shell(before: &str, after: &str) {
    check(super::shell::propose, before, after);
}

#[test]
fn shell_strings_become_argument_lists() {
    shell(
        "import os\nos.system(f\"ping {host}\")\n",
        "import os\nimport subprocess\nsubprocess.run([\"ping\", \"--\", host])\n",
    );
    shell(
        "import os\nos.system('ping -c 1 ' + host)\n",
        "import os\nimport subprocess\nsubprocess.run([\"ping\", \"-c\", \"1\", \"--\", host])\n",
    );
    shell(
        "import os\nif os.system(\"ls %s\" % path) == 0: pass\n",
        "import os\nimport subprocess\nif subprocess.run([\"ls\", \"--\", path]).returncode == 0: pass\n",
    );
    shell(
        "import os\nx = os.popen(f\"nslookup {host} 2>&1\").read()\n",
        "import os\nimport subprocess\nx = subprocess.run([\"nslookup\", host], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout\n",
    );
    shell(
        "import subprocess\ndef f(count, host):\n    return subprocess.check_output(f\"ping -c {count} {host}\", shell=True, text=True)\n",
        "import subprocess\ndef f(count, host):\n    return subprocess.check_output([\"ping\", \"-c\", str(count), \"--\", host], text=True)\n",
    );
    shell(
        "import subprocess\ndef f(u, e):\n    p = subprocess.Popen(\"wget -q -O /dev/null \" + u + \"?contact=\" + e, shell=True)\n",
        "import subprocess\ndef f(u, e):\n    p = subprocess.Popen([\"wget\", \"-q\", \"-O\", \"/dev/null\", \"--\", f\"{u}?contact={e}\"])\n",
    );
    shell(
        "import subprocess\ndef f(name):\n    cmd = f\"cat '{name}'\"\n    subprocess.call(cmd, shell=True)\n",
        "import subprocess\ndef f(name):\n    cmd = [\"cat\", \"--\", name]\n    subprocess.call(cmd)\n",
    );
    shell(
        "import os\ndef f(name):\n    cmd = \"cat \" + name\n    print(cmd)\n    os.system(cmd)\n",
        "import os\nimport subprocess\ndef f(name):\n    cmd = \"cat \" + name\n    print(cmd)\n    subprocess.run([\"cat\", \"--\", name])\n",
    );
    shell(
        "import subprocess as sp\nsp.run(\n    f\"mkdir -p {path}\",\n    shell=True,\n    check=True,\n)\n",
        "import subprocess as sp\nsp.run(\n    [\"mkdir\", \"-p\", \"--\", path],\n    check=True,\n)\n",
    );
}

#[test]
fn shell_syntax_is_only_quoted() {
    shell(
        "import os\nimport shlex\nos.system(f\"cat {name} | wc -l\")\n",
        "import os\nimport shlex\nos.system(f\"cat {shlex.quote(name)} | wc -l\")\n",
    );
    shell(
        "import os\nimport shlex\nos.system(f\"grep x '{name}' > out.txt\")\n",
        "import os\nimport shlex\nos.system(f\"grep x {shlex.quote(name)} > out.txt\")\n",
    );
}

#[test]
fn commands_that_are_wholly_dynamic_are_kept() {
    for code in [
        "os.system(cmd)",
        "os.system(f\"{cmd} -l\")",
        "os.system('sh -c ' + x)",
        "subprocess.run(cmd, shell=True)",
        "os.system('ls *.txt | wc')",
    ] {
        keeps(super::shell::propose, &format!("import os\nimport subprocess\n{code}\n"));
    }
}

/// Every edit that verifies, in catalogue order, until nothing changes; with the concepts that are left.
pub(super) fn fix(language: Language, text: &str) -> (String, Vec<&'static str>) {
    let mut program = Program::parse(language, text, &Limits::default());
    let mut analysis = crate::scan::analyse(&program);
    for _ in 0..8 {
        let edits = super::candidates(&program, &analysis);
        let mut best: Option<crate::verify::Verified> = None;
        let mut taken: Vec<&Edit> = Vec::new();
        for edit in &edits {
            let mut set = taken.clone();
            set.push(edit);
            let text = super::apply(&program, &set);
            if let Ok(verified) = crate::verify::rewrite(&program, &analysis, text, &set)
                && best.as_ref().is_none_or(|best| verified.analysis.k() < best.analysis.k())
            {
                best = Some(verified);
                taken = set;
            }
        }
        let Some(verified) = best else { break };
        (program, analysis) = (verified.program, verified.analysis);
    }
    let left = analysis.issues().map(|finding| finding.concept).collect();
    (program.text, left)
}

/// What Python prints for a program, or `None` where there is no Python.
fn run(code: &str) -> Option<String> {
    let output = std::process::Command::new("python3").args(["-I", "-c", code]).output().ok()?;
    assert!(output.status.success(), "{}\n{code}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn findings_are_rewritten_once_and_behaviour_is_kept() {
    let mut ran = 0;
    let mut wrong = Vec::new();
    for case in include_str!("tests/cases.txt").split("=== ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("a case has a name");
        let (before, rest) = rest.split_once("---\n").expect("a case has two halves");
        let (after, call) = rest.split_once("+++\n").map_or((rest, None), |(after, call)| (after, Some(call)));
        let (fixed, left) = fix(Language::Python, before);
        if fixed != after || !left.is_empty() {
            wrong.push(format!("{name}: left {left:?}\n{fixed}"));
            continue;
        }
        assert_eq!(fix(Language::Python, &fixed).0, fixed, "{name} a second time");
        if let Some(call) = call
            && let Some(printed) = run(&format!("{before}\n{call}"))
        {
            assert_eq!(run(&format!("{after}\n{call}")), Some(printed), "{name} behaves differently");
            ran += 1;
        }
        // The same with the line ends of another system.
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(fix(Language::Python, &crlf(before)).0, crlf(after), "{name} with CRLF");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if ran == 0 {
        eprintln!("python3 is not here: behaviour was not compared");
    }
}

#[test]
fn helpers_refuse_what_is_an_attack() {
    let refuses = |before: &str, calls: &[&str]| {
        let (fixed, left) = fix(Language::Python, before);
        assert!(left.is_empty(), "{left:?}\n{fixed}");
        for call in calls {
            let guarded = format!("{fixed}\ntry:\n    print({call})\nexcept ValueError:\n    print('refused')\n");
            assert!(run(&guarded).is_none_or(|printed| printed.trim() == "refused"), "{call}");
        }
    };
    refuses(
        "def calculate(equation):\n    return eval(equation)\n",
        &[
            "calculate(\"__import__('os').getpid()\")",
            "calculate('abs(1)')",
            "calculate('(1).real')",
            "calculate('9 ** 9 ** 9')",
            "calculate('2 ** 9999 ** 2')",
            "calculate('-1 ** 0.5 + (-1) ** 0.5')",
            "calculate('1 if 1 else 2')",
            "calculate(\"'a' * 9\")",
            "calculate('True + 1')",
            "calculate('x')",
            "calculate('-' * 900 + '1' + 'e' * 200)",
            "calculate('1+' * 900 + '1')",
        ],
    );
    refuses(
        "import xml.etree.ElementTree as ET\ndef read(text):\n    return ET.fromstring(text).text\n",
        &[
            "read('<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>')",
            "read(b'<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>')",
            "read('<!DOCTYPE a><a/>')",
        ],
    );
}

#[test]
fn evaluation_of_more_than_arithmetic_is_kept() {
    for code in [
        "def run_code(expression):\n    return eval(expression)\n",
        "def calculate(rule, order):\n    return eval(rule)\n",
        "def calculate(formula):\n    return eval(formula, {'sqrt': math.sqrt})\n",
        "def calculate(formula):\n    return eval(formula, math.__dict__)\n",
        "def load(text):\n    return eval(text)\n",
    ] {
        keeps(super::arithmetic::eval, code);
    }
}

#[test]
fn a_call_without_its_own_parenthesis_is_survived() {
    let text = "requests.get(\"https://a.example/\"  db.execute(\"SELECT '%s'\" % é).fetchall()\nos.system(x)\n\
                requests.get(\"https://a.example/\" + (é, verify=False)\nrequests.get(a, (b)\nx = requests.get((b)";
    for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
        let program = parse(&text[..end]);
        for edit in super::candidates(&program, &crate::scan::analyse(&program)) {
            let _ = apply(&program, &[&edit]);
        }
    }
}
