"""`scan` as people use a linter: ignore files, baselines, git, formats, terminals, what cannot be read."""

import json
import os
import pathlib
import pty
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "sallyport"
SCHEMA = os.environ.get("SARIF_SCHEMA", "")
WEAK = """import sqlite3


def show(database, name):
    connection = sqlite3.connect(database)
    return connection.execute("SELECT id FROM users WHERE name = '%s'" % name).fetchone()
"""
CLEAN = "def double(x):\n    return 2 * x\n"
MORE = WEAK + "\n\ndef again(database, name):\n    return sqlite3.connect(database).execute(\"DELETE FROM users WHERE name = '\" + name + \"'\")\n"


def environment(**more: str) -> dict:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "SALLYPORT", "GIT_")) and name != "NO_COLOR"}
    return kept | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"} | more


class Scan(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name: str, text: str = WEAK) -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def scan(self, arguments: str, status: int, folder: str = ".", given: str = "") -> subprocess.CompletedProcess:
        command = [BINARY, "scan", *shlex.split(arguments)]
        done = subprocess.run(command, input=given, cwd=self.folder / folder, env=environment(), capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn("panicked", done.stderr)
        return done

    def found(self, arguments: str, status: int = 1, folder: str = ".") -> list[tuple[str, int]]:
        """Path and line of each finding."""
        document = json.loads(self.scan(arguments + " --format json", status, folder).stdout)
        return [(finding["path"], finding["start"]["line"]) for finding in document["findings"]]

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment(), check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str = "next") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def test_json(self) -> None:
        self.write("weak.py"), self.write("clean.py", CLEAN)
        document = json.loads(self.scan("weak.py clean.py --format json", 1).stdout)
        self.assertEqual(set(document), {"findings", "files"})
        finding = document["findings"][0]
        self.assertEqual(set(finding), {"path", "rule", "cwe", "class", "severity", "confidence", "start", "end", "message", "fingerprint"})
        self.assertEqual((finding["path"], finding["cwe"][0], finding["class"], finding["start"]), ("weak.py", 89, "issue", {"line": 6, "column": 12}))
        self.assertEqual([file["status"] for file in document["files"]], ["scanned", "scanned"])
        self.assertEqual(document["files"][0], {"path": "clean.py", "language": "python", "status": "scanned"})
        audited = json.loads(self.scan("- --audit --format json", 0, given="import subprocess\nsubprocess.run(['ls'])\n").stdout)
        self.assertTrue(all(finding["class"] == "audit" for finding in audited["findings"]))

    def test_ignore_files_globs_and_links(self) -> None:
        for name in ("a.py", "gen/b.py", "sub/c.py", "sub/d.py", "node_modules/e.py", ".hidden/f.py", "tool"):
            self.write(name, "#!/usr/bin/env python3\n" + WEAK if name == "tool" else WEAK)
        self.write(".gitignore", "gen/\n"), self.write("sub/.sallyportignore", "d.py\n")
        (self.folder / "sub/loop").symlink_to(self.folder)
        self.assertEqual([path for path, _ in self.found(".")], ["a.py", "sub/c.py", "tool"])
        self.assertEqual([path for path, _ in self.found(". --exclude 'sub/**' --exclude tool")], ["a.py"])
        self.assertEqual(len(self.found(". --no-ignore")), 6)
        self.assertEqual([path for path, _ in self.found("gen/b.py")], ["gen/b.py"])
        self.assertIn("--exclude", self.scan(". --exclude '['", 2).stderr)

    def test_what_cannot_be_read_is_told_and_the_rest_is_scanned(self) -> None:
        self.write("weak.py"), self.write("long.py", "x = 1\n" * 1000)
        (self.folder / "latin.py").write_bytes(b"# caf\xe9\n")
        (self.folder / "dangling.py").symlink_to(self.folder / "nowhere")
        done = self.scan(". --format json --max-file-size 4K", 2)
        document = json.loads(done.stdout)
        self.assertEqual({file["path"]: file["status"] for file in document["files"]}, {"weak.py": "scanned", "long.py": "failed", "latin.py": "failed"})
        self.assertEqual(len(document["findings"]), 1)
        for part in ("latin.py: not UTF-8", "long.py: longer than 4096 bytes"):
            self.assertIn(part, done.stderr)
        self.assertIn("2 not read", self.scan(". --max-file-size 4K", 2).stdout)
        if os.geteuid() != 0:
            self.write("secret.py").chmod(0)
            self.assertIn("secret.py: ", self.scan("secret.py weak.py", 2).stderr)

    def test_baseline(self) -> None:
        self.write("src/weak.py")
        self.assertIn("1 finding written", self.scan("src --baseline known.json --write-baseline", 0).stderr)
        text = (self.folder / "known.json").read_text(encoding="utf-8")
        self.assertIn('"src/weak.py"', text)
        self.assertNotIn("SELECT", text)
        self.assertIn("0 new findings", self.scan("src --baseline known.json", 0).stdout)
        self.write("src/weak.py", "import os\n\n" + WEAK.replace("    return conn", "    if name:\n        return  conn"))
        self.assertEqual(self.found("src --baseline known.json", 0), [])
        self.assertEqual(self.found("weak.py --baseline ../known.json", 0, "src"), [])
        self.write("src/weak.py", MORE), self.write("src/other.py")
        self.assertEqual(self.found("src --baseline known.json"), [("src/other.py", 6), ("src/weak.py", 10)])
        self.assertIn("1 known and left out", self.scan("src --baseline known.json", 1).stdout)
        self.assertIn("--write-baseline", self.scan("src --baseline missing.json", 2).stderr)
        self.write("bad.json", "[]")
        self.assertIn("no baseline", self.scan("src --baseline bad.json", 2).stderr)
        self.scan("src --write-baseline", 2)

    def test_new_since_a_revision(self) -> None:
        self.git("init", "-q", "-b", "main")
        self.write("a/weak.py"), self.write("a/gone.py", CLEAN), self.write("a/moved.py", MORE)
        base = self.commit("base")
        self.assertEqual(self.found(". --diff HEAD", 0), [])
        self.write("a/weak.py", "# moved\n" + MORE), self.write("wéird name.py"), self.write("a/clean.py", CLEAN)
        (self.folder / "a/gone.py").unlink()
        (self.folder / "a/moved.py").rename(self.folder / "b.py")
        self.assertEqual(self.found(". --diff HEAD")[:1], [("a/weak.py", 11)])
        self.git("add", "-A")
        self.assertEqual(self.found(". --diff HEAD"), [("a/weak.py", 11), ("wéird name.py", 6)])
        self.assertEqual(self.found("weak.py --diff HEAD", folder="a"), [("weak.py", 11)])
        document = json.loads(self.scan(". --diff HEAD --format json", 1).stdout)
        self.assertEqual((document["left_out"], len(document["files"])), (3, 4))
        self.commit("more")
        self.assertEqual(len(self.found(f". --diff {base}")), 2)
        self.assertEqual(self.found(". --diff HEAD", 0), [])
        self.write("a/weak.py", CLEAN)
        self.commit("mended on main")
        self.git("checkout", "-q", "-b", "side", "HEAD~1")
        self.write("side.py")
        self.commit("side")
        self.assertEqual(self.found(". --diff main..."), [("side.py", 6)])
        # A line that comes twice: the one that was added is new, wherever it stands.
        head, body = WEAK.split("\n\n\n")
        self.write("side.py", WEAK + "\n\n" + body.replace("show", "second"))
        self.assertEqual(self.found("side.py --diff HEAD"), [("side.py", 11)])
        self.write("side.py", head + "\n\n\n" + body.replace("show", "second") + "\n# between\n" + body)
        self.assertEqual(self.found("side.py --diff HEAD"), [("side.py", 6)])

    def test_revisions_that_are_none(self) -> None:
        self.write("weak.py")
        self.assertIn("git repository", self.scan(". --diff HEAD", 2).stderr)
        self.git("init", "-q")
        self.commit()
        for base in ("no-such", "--output=x", "", "HEAD:weak.py"):
            self.assertIn("revision", self.scan(f". '--diff={base}'", 2).stderr)
        self.assertFalse((self.folder / "x").exists())
        self.assertIn("standard input", self.scan("- --diff HEAD", 2, given=WEAK).stderr)
        with tempfile.TemporaryDirectory() as elsewhere:
            pathlib.Path(elsewhere, "x.py").write_text(WEAK, encoding="utf-8")
            self.assertIn("outside the repository", self.scan(f"weak.py {elsewhere} --diff HEAD", 2).stderr)

    def tool(self, name: str, script: str) -> str:
        """A configuration with a tool of that name that prints SARIF: the script, which gets the file."""
        path = self.write(name + ".sh", "#!/bin/sh\n" + script)
        path.chmod(0o755)
        config = f'[analyzers]\nisolation = "preferred"\n[analyzers.sarif.{name}]\ncommand = ["{path}", "{{file}}"]\nlanguages = ["python"]\n'
        return f"--config {self.write(name + '.toml', config)}"

    def test_other_analyzers_are_asked_too(self) -> None:
        self.write("weak.py"), self.write("clean.py", CLEAN)
        rules = '[{"id":"SQL1","properties":{"tags":["external/cwe/cwe-089"]}},{"id":"Odd/2","properties":{"tags":["external/cwe/cwe-862"],"security-severity":"9.0"}}]'
        at = lambda rule, line: '{"ruleId":"%s","locations":[{"physicalLocation":{"region":{"startLine":%s}}}]}' % (rule, line)
        found = f'{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"rules":{rules}}}}},"results":[{at("SQL1", "%s")},{at("Odd/2", "%s")}]}}]}}'
        line = lambda text: f"$(grep -n '{text}' $1 | cut -d: -f1)"
        config = self.tool("second", f"grep -q sqlite3 $1 && printf '{found}' {line('SELECT')} {line('def show')} || echo '{{\"runs\":[]}}'")
        for name in ("second", "sarif:second"):
            document = json.loads(self.scan(f"weak.py clean.py --analyzer {name} {config} --format json", 1).stdout)
            told = [(finding["rule"], finding.get("analyzer"), finding.get("analyzer_rule"), finding["start"]["line"]) for finding in document["findings"]]
            self.assertEqual(told, [("second", "second", "Odd/2", 4), ("sql-injection", None, None, 6)], "both find the query: it counts once")
        text = self.scan(f"weak.py --analyzer second {config}", 1).stdout
        self.assertIn("weak.py:4:1: high second (CWE-862): second reports Odd/2.", text)
        own, second = json.loads(self.scan(f"weak.py --analyzer second {config} --format sarif", 1).stdout)["runs"]
        self.assertEqual([result["ruleId"] for result in own["results"]], ["sql-injection"])
        self.assertEqual((second["tool"]["driver"]["name"], [result["ruleId"] for result in second["results"]]), ("second", ["Odd/2"]))
        self.scan(f"clean.py --analyzer second {config}", 0)
        self.scan(f"weak.py --analyzer second {config} --baseline known.json --write-baseline", 0)
        self.assertIn("2 known and left out", self.scan(f"weak.py --analyzer second {config} --baseline known.json", 0).stdout)
        self.git("init", "-q")
        self.commit()
        self.write("weak.py", "# moved\n" + WEAK)
        self.assertEqual(self.found(f"weak.py --analyzer second {config} --diff HEAD", 0), [])

    def test_an_analyzer_that_says_nothing_is_told(self) -> None:
        self.write("weak.py"), self.write("clean.py", CLEAN)
        config = self.write("none.toml", '[analyzers.bandit]\ncommand = ["/no/such/bandit"]\n')
        done = self.scan(f"weak.py clean.py --analyzer bandit --config {config}", 2)
        self.assertEqual(done.stderr.count("bandit is not available"), 1)
        self.assertIn("sql-injection", done.stdout, "the builtin's findings stand")
        broken = self.tool("broken", "exit 3")
        done = self.scan(f"weak.py clean.py --analyzer broken {broken} --format json", 2)
        self.assertIn("clean.py: broken failed", done.stderr)
        self.assertEqual([file["unjudged"] for file in json.loads(done.stdout)["files"]], [["broken failed"], ["broken failed"]])
        self.assertIn("there are builtin, bandit, semgrep, spotbugs, codeql", self.scan("weak.py --analyzer pylint", 2).stderr)
        self.write("bad.toml", "[analyzers]\nno = 1\n")
        self.scan("weak.py --analyzer bandit --config bad.toml", 64)
        self.scan("weak.py --analyzer builtin --config bad.toml", 1)

    def sarif(self, arguments: str, status: int, folder: str = ".") -> dict:
        return json.loads(self.scan(arguments + " --format sarif", status, folder).stdout)

    def test_sarif_is_what_code_scanning_takes(self) -> None:
        self.git("init", "-q")
        self.write("src/wéird #1.py", "# 😀\nimport yaml\n\n\ndef load(t):\n    return ('😀', yaml.load(t))\n")
        self.write("src/weak.py"), self.write("src/partial.py", "def f(:\n  x = = 1\n")
        (self.folder / "src/latin.py").write_bytes(b"\xff\xfe")
        log = self.sarif(". --audit", 2, "src")
        (run,) = log["runs"]
        rules = run["tool"]["driver"]["rules"]
        self.assertEqual(len({rule["id"] for rule in rules}), len(rules))
        for rule in rules:
            self.assertTrue(all(len(rule[key]["text"]) <= 1024 for key in ("shortDescription", "fullDescription")))
            self.assertTrue(rule["help"]["text"] and "```" in rule["help"]["markdown"])
            self.assertIn("security", rule["properties"]["tags"])
            self.assertRegex(rule["properties"]["tags"][1], r"^external/cwe/cwe-\d{3}")
            self.assertLess(0, float(rule["properties"]["security-severity"]))
        places = {}
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertIn(result["level"], ("error", "warning", "note"))
            self.assertRegex(result["partialFingerprints"]["primaryLocationLineHash"], r"^[0-9a-f]{16}:\d+$")
            flows = [location["location"] for flow in result.get("codeFlows", []) for thread in flow["threadFlows"] for location in thread["locations"]]
            for location in result["locations"] + flows:
                physical = location["physicalLocation"]
                uri = physical["artifactLocation"]["uri"]
                self.assertEqual(urllib.parse.urlsplit(uri).scheme, "")
                self.assertTrue((self.folder / urllib.parse.unquote(uri)).is_file(), uri)
                region = physical["region"]
                self.assertLess((region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"]))
            places[result["ruleId"]] = result["locations"][0]["physicalLocation"]
        self.assertEqual(run["columnKind"], "utf16CodeUnits")
        self.assertEqual(places["unsafe-deserialization"]["region"]["startColumn"], 19)
        self.assertEqual(places["sql-injection"]["artifactLocation"], {"uri": "src/weak.py", "uriBaseId": "%SRCROOT%"})
        (invocation,) = run["invocations"]
        self.assertFalse(invocation["executionSuccessful"])
        self.assertEqual({note["level"] for note in invocation["toolExecutionNotifications"]}, {"error", "warning"})

    def test_sarif_is_valid_against_its_schema(self) -> None:
        if not SCHEMA or not pathlib.Path(SCHEMA).is_file():
            self.skipTest("no schema at SARIF_SCHEMA")
        import jsonschema

        schema = json.loads(pathlib.Path(SCHEMA).read_text(encoding="utf-8"))
        validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
        self.git("init", "-q")
        self.write("weak.py", MORE), self.write("partial.py", "def f(:\n"), self.write("clean.py", CLEAN)
        self.commit()
        self.write("weak.py", MORE.replace("DELETE", "UPDATE"))
        (self.folder / "latin.py").write_bytes(b"\xff\xfe")
        config = self.tool("second", 'echo \'{"runs":[{"tool":{"driver":{}},"results":[{"ruleId":"x","locations":[{"physicalLocation":{"region":{"startLine":1}}}]}]}]}\'')
        for arguments, status in (("weak.py", 1), ("clean.py", 0), (". --audit", 2), ("weak.py --diff HEAD", 1), ("/nonexistent.py", 2), (f"clean.py --analyzer second {config}", 1)):
            errors = [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(self.sarif(arguments, status))]
            self.assertEqual(errors, [], arguments)
        self.assertTrue(list(validator.iter_errors({"version": "2.1.0", "runs": [{"results": [{}]}]})), "the schema refuses what is wrong")

    def test_fingerprints_are_stable(self) -> None:
        prints = lambda: [result["partialFingerprints"] for result in self.sarif("weak.py", 1)["runs"][0]["results"]]
        self.write("weak.py", MORE)
        before = prints()
        self.write("weak.py", "# a comment\n\n" + MORE.replace("    ", "\t"))
        self.assertEqual(prints(), before)
        self.assertEqual(len({json.dumps(one) for one in before}), 2)

    def test_rules_are_explained(self) -> None:
        text = self.scan("--explain sql-injection", 0).stdout
        for part in ("sql-injection", "instead", "CWE-89", "high", "python", "Reported, python:", "Not reported, python:"):
            self.assertIn(part, text)
        self.assertIn("sql-injection", self.scan("--explain sql-injektion", 2).stderr)
        listed = self.scan("--rules", 0).stdout
        rules = json.loads(self.scan("--rules --format json", 0).stdout)
        markdown = self.scan("--rules --format markdown", 0).stdout
        self.assertGreater(len(rules), 30)
        for rule in rules:
            self.assertIn(rule["rule"], listed)
            self.assertIn(f"\n## {rule['rule']}\n", markdown)
            self.assertTrue(rule["bad"] and rule["good"] and rule["severities"] and rule["languages"] and rule["cwe"])
        self.assertIn("markdown", self.scan("- --format markdown", 2, given=WEAK).stderr)
        self.scan("--rules --format sarif", 2)
        self.scan("--rules weak.py", 2)

    def test_threads_change_nothing(self) -> None:
        for number in range(40):
            self.write(f"file{number}.py", MORE if number % 3 else CLEAN)
        self.assertEqual(self.scan(". --jobs 1", 1).stdout, self.scan(". --jobs 7", 1).stdout)
        self.scan(". --jobs 0", 2)

    def test_a_reader_that_leaves_is_no_failure(self) -> None:
        for number in range(200):
            self.write(f"file{number}.py", MORE)
        for form in ("text", "json", "sarif"):
            with subprocess.Popen([BINARY, "scan", ".", "--format", form], cwd=self.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                process.stdout.close()
                told = process.stderr.read().decode()
                self.assertEqual((process.wait(60), told), (1, ""), form)

    def terminal(self, arguments: str, on: str, **more: str) -> str:
        """What a terminal gets that is standard output or standard error."""
        ours, theirs = pty.openpty()
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, on: theirs}
        with subprocess.Popen([BINARY, "scan", *shlex.split(arguments)], cwd=self.folder, env=environment(**more), **streams) as process:
            os.close(theirs)
            shown = b""
            while True:
                try:
                    data = os.read(ours, 65536)
                except OSError:
                    break
                if not data:
                    break
                shown += data
            process.wait(60)
        os.close(ours)
        return shown.decode()

    def test_colours_are_for_terminals(self) -> None:
        self.write("weak.py")
        self.assertIn("\x1b[", self.terminal("weak.py", "stdout"))
        self.assertNotIn("\x1b[", self.terminal("weak.py", "stdout", NO_COLOR="1"))
        self.assertNotIn("\x1b[", self.scan("weak.py", 1).stdout)

    def test_progress_is_for_terminals(self) -> None:
        for number in range(100):
            self.write(f"file{number}.py", MORE * 30)
        start = time.monotonic()
        self.assertEqual(self.scan(". --jobs 1", 1).stderr, "")
        if time.monotonic() - start > 1:
            shown = self.terminal(". --jobs 1", "stderr")
            self.assertIn(" of 100 files", shown)
            self.assertTrue(shown.endswith("\r\x1b[K"), repr(shown[-40:]))

    def test_pre_commit_hooks(self) -> None:
        import yaml

        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
        self.git("init", "-q")
        self.write("weak.py"), self.write("notes.txt", "hello\n"), self.write("clean.py", CLEAN)
        self.commit()
        for hook in hooks:
            self.assertTrue(hook["name"] and hook["language"] == "system" and hook["types"])
            program, subcommand, *arguments = shlex.split(hook["entry"])
            self.assertEqual((program, subcommand), ("sallyport", "scan"))
            old = "--diff" in arguments
            self.scan(shlex.join(arguments) + " weak.py notes.txt clean.py", 0 if old else 1)


if __name__ == "__main__":
    if not shutil.which("git"):
        print("git is missing", file=sys.stderr)
        sys.exit(3)
    result = unittest.main(exit=False).result
    failed = len({str(test).split(" (")[0] for test, _ in result.failures + result.errors})
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed{skipped}")
    sys.exit(bool(failed))
