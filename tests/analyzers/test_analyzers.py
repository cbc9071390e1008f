"""Real external analyzers behind the gateway: Bandit, Semgrep, SpotBugs with FindSecBugs, and a stand-in that keeps CodeQL's contract.

A small upstream of our own (scripted: fixed answers) says what the model says; the gateway's policy names the analyzer.
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests" / "judge"))

import gateway  # noqa: E402

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = TARGET / "debug" / "sallyport"
TOOLS = TARGET / "test-tools"
JARS = TOOLS / "spotbugs"

FTP = "import ftplib\n\n\ndef mirror(host):\n    client = ftplib.FTP(host)\n    client.login()  # nosec\n    return client.nlst()\n"
UNCHECKED = "def pay(user, account, amount):\n    account.transfer(amount)  # nosemgrep\n    return amount\n"
CHECKED = (
    "def pay(user, account, amount):\n    if not user.may_transfer(account):\n        raise PermissionError(\"not allowed\")\n"
    "    account.transfer(amount)\n    return amount\n"
)
JAVA = (
    "import java.io.*;\nimport java.util.*;\n\npublic class Store {\n    public Object load(byte[] data) throws Exception {\n"
    "        return new ObjectInputStream(new ByteArrayInputStream(data)).readObject();\n    }\n"
    "    public int roll() {\n        return new Random().nextInt(6);\n    }\n}\n"
)
BROKEN_JAVA = "public class Store {\n    Missing field = new Missing();\n    public int one() {\n        return 1;\n    }\n}\n"
CODEQL = """#!/bin/sh
# Keeps the contract of CodeQL's command line: a database from a source folder, then SARIF from a database and a suite.
set -eu
[ "$1" = database ]
case "$2" in
  create)
    [ "$3" = database ] && [ "$4" = --language=python ] && [ "$5" = --source-root=source ] && [ -f source/unit.py ]
    mkdir "$3" && cp source/unit.py "$3/";;
  analyze)
    [ "$4" = codeql/python-queries ] && [ "$5" = --format=sarif-latest ] && [ "$6" = --output=found.sarif ]
    line=$(grep -n transfer "$3/unit.py" | cut -d: -f1 | head -1)
    printf '{"version":"2.1.0","runs":[{"tool":{"driver":{"rules":[]},"extensions":[{"rules":[{"id":"py/missing-check","properties":{"tags":["security","external/cwe/cwe-862"],"security-severity":"7.5","precision":"high"}}]}]},"results":[{"ruleId":"py/missing-check","rule":{"id":"py/missing-check","index":0,"toolComponent":{"index":0}},"locations":[{"physicalLocation":{"region":{"startLine":%s}}}]}]}]}' "$line" > found.sarif;;
  *) exit 2;;
esac
"""


class Model(http.server.BaseHTTPRequestHandler):
    """Answers with the code that the server holds, the next of them at each call."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        language, code = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        content = f"Here:\n\n```{language}\n{code}```\n"
        choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        body = json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def model(answers: list[tuple[str, str]]):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    server.answers = answers
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class Analyzers(unittest.TestCase):
    def ask(self, analyzer: str, settings: str, *answers: tuple[str, str], policy: str = ""):
        """The verdict, the units' findings by analyzer, what was not scanned, and the released content."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        config = f'[policy]\nanalyzers = ["builtin", "{analyzer}"]\nwall_seconds_whole = 120\n{policy}\n[analyzers]\ntimeout_seconds = 120\nisolation = "preferred"\n{settings}'
        with model(list(answers)) as port, gateway.gateway(BINARY, f"http://127.0.0.1:{port}/v1", folder, config) as front:
            connection = http.client.HTTPConnection("127.0.0.1", front, timeout=240)
            message = {"role": "user", "content": "Write the code, please: a function in a file."}
            body = json.dumps({"model": "m", "messages": [message], "sallyport": {"report": True}})
            connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        report = answer["sallyport"]
        found = [(finding["rule"], finding["cwe"]) for unit in report["units"] for finding in unit["found"]]
        return report["verdict"], found, report["unscanned"], answer["choices"][0]["message"]["content"]

    def test_bandit(self) -> None:
        settings = f'[analyzers.bandit]\ncommand = ["{sys.executable}", "-m", "bandit"]\n'
        verdict, found, unscanned, _ = self.ask("bandit", settings, ("python", FTP))
        self.assertTrue({rule for rule, _ in found}, found)
        self.assertEqual([], unscanned)
        self.assertNotIn(verdict, ["clean", "unscanned"])
        verdict, found, unscanned, _ = self.ask("bandit", settings, ("python", "def double(x):\n    return 2 * x\n"))
        self.assertEqual(("clean", [], []), (verdict, found, unscanned))

    def test_semgrep_asks_the_model_again_and_judges_its_answer(self) -> None:
        settings = f'[analyzers.semgrep]\ncommand = ["{TOOLS}/semgrep/bin/semgrep"]\nrules = ["{HERE}/rules.yaml"]\n'
        verdict, found, unscanned, content = self.ask("semgrep", settings, ("python", UNCHECKED), ("python", CHECKED))
        self.assertEqual([("semgrep", [862])], found, unscanned)
        self.assertEqual("secured", verdict)
        self.assertIn("may_transfer", content)

    def test_semgrep_does_not_count_twice(self) -> None:
        settings = f'[analyzers.semgrep]\ncommand = ["{TOOLS}/semgrep/bin/semgrep"]\nrules = ["{HERE}/rules.yaml"]\n'
        code = "function run(request) {\n  return eval(request.query.text);\n}\nmodule.exports = run;\n"
        _, found, unscanned, _ = self.ask("semgrep", settings, ("javascript", code), policy='mode = "observe"')
        self.assertEqual([], unscanned)
        self.assertNotIn("semgrep", [rule for rule, _ in found])

    def test_spotbugs(self) -> None:
        settings = (
            f'[analyzers.spotbugs]\ncommand = ["java", "-cp", "{JARS}/*", "edu.umd.cs.findbugs.LaunchAppropriateUI"]\n'
            f'plugins = ["{next(JARS.glob("findsecbugs-plugin-*.jar"))}"]\n'
        )
        _, found, unscanned, _ = self.ask("spotbugs", settings, ("java", JAVA), policy='mode = "observe"')
        self.assertEqual([], unscanned)
        self.assertIn(330, [cwe for rule, cwes in found if rule == "spotbugs" for cwe in cwes], found)
        self.assertEqual({"unsafe-deserialization"}, {rule for rule, cwe in found if 502 in cwe}, "counted once")
        verdict, _, unscanned, _ = self.ask("spotbugs", settings, ("java", BROKEN_JAVA))
        self.assertEqual("unscanned", verdict)
        self.assertTrue(any("cannot compile" in line for line in unscanned), unscanned)

    def test_codeql_by_its_contract(self) -> None:
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        tool = folder / "codeql"
        tool.write_text(CODEQL, encoding="utf-8")
        tool.chmod(0o755)
        settings = f'[analyzers.codeql]\ncommand = ["{tool}"]\nsuite = "codeql/{{language}}-queries"\n'
        _, found, unscanned, _ = self.ask("codeql", settings, ("python", UNCHECKED), policy='mode = "observe"')
        self.assertEqual(([("codeql", [862])], []), (found, unscanned))

    def scan(self, analyzer: str, settings: str, name: str, code: str, status: int) -> list[tuple[str, str | None, int]]:
        """What the command line finds with an analyzer beside the builtin: rule, the analyzer's rule, line."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "tools.toml").write_text(f'[analyzers]\ntimeout_seconds = 120\nisolation = "preferred"\n{settings}', encoding="utf-8")
        (folder / name).write_text(code, encoding="utf-8")
        command = [BINARY, "scan", name, "--analyzer", analyzer, "--config", "tools.toml", "--format", "json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        return [(finding["rule"], finding.get("analyzer_rule"), finding["start"]["line"]) for finding in json.loads(done.stdout)["findings"]]

    def test_the_command_line_asks_them_too(self) -> None:
        bandit = f'[analyzers.bandit]\ncommand = ["{sys.executable}", "-m", "bandit"]\n'
        found = self.scan("bandit", bandit, "mirror.py", "import os\n\n\ndef run(x):\n    os.system('ls ' + x)  # nosec\n", 1)
        self.assertEqual([line for rule, _, line in found if rule == "command-injection"], [5])
        self.assertNotIn("bandit", [rule for rule, _, _ in found], "what both find counts once")
        semgrep = f'[analyzers.semgrep]\ncommand = ["{TOOLS}/semgrep/bin/semgrep"]\nrules = ["{HERE}/rules.yaml"]\n'
        found = self.scan("semgrep", semgrep, "pay.py", UNCHECKED, 1)
        self.assertEqual([(rule, line) for rule, _, line in found], [("semgrep", 2)])

    def test_what_is_not_there_is_never_clean(self) -> None:
        settings = '[analyzers.bandit]\ncommand = ["/no/such/bandit"]\n'
        clean = ("python", "def double(x):\n    return 2 * x\n")
        verdict, _, unscanned, _ = self.ask("bandit", settings, clean)
        self.assertEqual("unscanned", verdict)
        self.assertTrue(any("bandit is not available" in line for line in unscanned), unscanned)
        verdict, _, _, content = self.ask("bandit", settings, clean, policy='on_error = "closed"')
        self.assertEqual("blocked", verdict)
        self.assertNotIn("double", content)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=1).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(failed > 0)
