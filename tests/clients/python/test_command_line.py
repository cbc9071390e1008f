"""The command line: `scan`, `fix`, `config`, `secure` and `demo --once` as a shell sees them, as data."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "judge"))

import gateway  # noqa: E402

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
WEAK = """import sqlite3


def show(database, name):
    connection = sqlite3.connect(database)
    return connection.execute("SELECT id FROM users WHERE name = '%s'" % name).fetchone()
"""
CLEAN = "def double(x):\n    return 2 * x\n"
QUIET = WEAK.replace("fetchone()", "fetchone()  # nosec")

# arguments, standard input, exit status, parts of standard output, parts of standard error
CASES = [
    ("scan - --language python", WEAK, 1, ["-:6:12", "CWE-89", "1 finding ("], []),
    ("scan - --language python --fail-on never", WEAK, 0, ["CWE-89"], []),
    ("scan - --language python", CLEAN, 0, ["0 findings"], []),
    ("scan - --language python", QUIET, 1, ["CWE-89", "nosec"], []),
    ("scan -", WEAK, 1, ["-:6:12", "CWE-89"], []),
    ("scan -", "hello\n", 2, [], ["--language"]),
    ("scan - --stdin-filename src/show.py", "import os\nos.system(input())\n", 1, ["src/show.py:2:"], []),
    ("scan weak.py", "", 1, ["weak.py:6:12"], []),
    ("scan clean.py missing.py", "", 2, [], ["missing.py"]),
    ("scan notes.txt", "", 2, [], ["notes.txt", "--language"]),
    ("scan . --format sarif", "", 1, ['"version": "2.1.0"', "external/cwe/cwe-089"], []),
    ("scan", "", 2, [], ["Usage"]),
    ("scan . --format xml", "", 2, [], ["xml"]),
    ("fix - --language python", WEAK, 0, ["name = ?", "def show(database, name):"], ["1 of 1 findings fixed"]),
    ("fix - --language python", CLEAN, 0, [CLEAN], []),
    ("fix - --language python --strategy none", WEAK, 0, [WEAK], []),
    ("fix - --language python --strategy none --fail-on medium", WEAK, 1, [WEAK], []),
    ("fix - --language python --fail-on low", WEAK, 0, ["name = ?"], []),
    ("fix - --language python --diff", WEAK, 0, ["-    return connection.execute", "+"], []),
    ("fix weak.py", "", 0, ["name = ?"], []),
    ("fix .", "", 0, ["--- ", "weak.py"], []),
    ("fix missing.py", "", 2, [], ["missing.py"]),
    ("fix - --language cobol", WEAK, 2, [], ["python"]),
    ("config check", "", 0, ["valid"], []),
    ("config check --config bad.toml", "", 64, [], ["no_such_key"]),
    ("config show", "", 0, ["[server]", "[policy]"], []),
    ("--version", "", 0, ["sallyport"], []),
    ("no-such-command", "", 2, [], ["no-such-command"]),
]


class CommandLine(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        files = {"weak.py": WEAK, "clean.py": CLEAN, "notes.txt": "hello\n", "bad.toml": "[server]\nno_such_key = 1\n", "node_modules/x.py": WEAK}
        for name, text in files.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")

    def run_one(self, arguments: str, given: str = "", binary: str = "sallyport") -> subprocess.CompletedProcess:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "SALLYPORT"))}
        return subprocess.run([TARGET / binary, *arguments.split()], input=given, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False)

    def check(self, arguments: str, given: str, status: int, out: list[str], err: list[str]) -> None:
        done = self.run_one(arguments, given)
        self.assertEqual(done.returncode, status, done.stderr)
        for part in out:
            self.assertIn(part, done.stdout)
        for part in err:
            self.assertIn(part, done.stderr)
        self.assertNotIn("\x1b[", done.stdout, "colour without a terminal")

    def test_write_changes_files_once(self) -> None:
        first = self.run_one("fix . --write")
        self.assertEqual((first.returncode, first.stdout), (0, ""))
        text = (self.folder / "weak.py").read_text(encoding="utf-8")
        self.assertIn("name = ?", text)
        self.assertEqual((self.folder / "clean.py").read_text(encoding="utf-8"), CLEAN)
        self.assertEqual((self.folder / "node_modules/x.py").read_text(encoding="utf-8"), WEAK)
        self.run_one("fix . --write")
        self.assertEqual((self.folder / "weak.py").read_text(encoding="utf-8"), text)

    def test_many_files_are_fast(self) -> None:
        for number in range(300):
            (self.folder / f"many{number}.py").write_text(WEAK, encoding="utf-8")
        done = self.run_one("fix . --write")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("1 of 1 findings fixed"), 301)

    def test_secure_prints_the_secured_answer(self) -> None:
        with gateway.scripted_upstream(TARGET / "scripted") as port:
            prompt = self.folder / "prompt.txt"
            prompt.write_text("Look a user up by name in SQLite, in Python.", encoding="utf-8")
            arguments = f"secure --file prompt.txt --model scripted-large --upstream http://127.0.0.1:{port}"
            done = self.run_one(arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("def find_user(database, name):", done.stdout)
            self.assertNotIn("'%s'\" % name", done.stdout)
            self.assertIn("verdict: secured", done.stderr)
            plain = self.run_one(arguments + " --strategy none")
            self.assertIn("'%s'\" % name", plain.stdout)
            self.assertEqual(json.loads(self.run_one(arguments + " --json").stdout)["sallyport"]["verdict"], "secured")
            self.assertEqual(self.run_one(arguments.replace("scripted-large", "no-such-model")).returncode, 1)

    def test_demo_shows_the_whole_job(self) -> None:
        done = self.run_one("demo --once --out out")
        self.assertEqual(done.returncode, 0, done.stderr)
        pages = sorted((self.folder / "out").glob("*.html"))
        self.assertGreaterEqual(len(pages), 15)
        self.assertTrue(all(str(page.relative_to(self.folder)) in done.stdout for page in pages))
        for word in ("secured", "residual", "clean", "CWE-89", "CWE-78", "prompt cache hit"):
            self.assertIn(word, done.stdout)


for number, case in enumerate(CASES):
    setattr(CommandLine, f"test_case_{number:02}_{case[0].replace(' ', '_')}", lambda self, case=case: self.check(*case))


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed = len({str(test).split(" (")[0] for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(bool(failed))
