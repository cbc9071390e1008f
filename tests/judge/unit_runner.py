"""Runs recorded unit tests against candidate modules; started inside the sandbox, reads jobs and writes results as JSON lines.

A job is `{"id", "files": {name: text}, "test": module}`; its result `{"id", "tests": {method: "passed" | "failed" | "error"},
"problem": text or null}`. Each job has a fresh process and a fresh folder.
"""

import base64
import importlib
import json
import os
import pathlib
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import unittest
import warnings

SECONDS = 15
PATIENCE = 20
PRELOADED = ["flask", "flask_sqlalchemy", "sqlalchemy", "werkzeug", "jinja2", "sqlite3", "yaml", "lxml.etree", "Crypto.Cipher.AES", "xml.sax", "unittest.mock", "requests", "jwt"]


class Outcomes(unittest.TestResult):
    """Remembers what became of each method."""

    def __init__(self) -> None:
        super().__init__()
        self.tests: dict[str, str] = {}

    def addSuccess(self, test) -> None:
        self.tests[test._testMethodName] = "passed"

    def addFailure(self, test, err) -> None:
        self.tests[test._testMethodName] = "failed"

    def addError(self, test, err) -> None:
        self.tests[getattr(test, "_testMethodName", "setup")] = "error"


def child(job: dict, folder: str, pipe: int) -> None:
    """Runs one job and writes its result to `pipe`; never returns."""
    os.setsid()
    os.chdir(folder)
    for name, text in job["files"].items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(text["b64"]) if isinstance(text, dict) else text.encode())
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    signal.alarm(SECONDS)
    sys.path.insert(0, folder)
    warnings.simplefilter("ignore")
    outcomes, problem = Outcomes(), None
    try:
        module = importlib.import_module(job["test"])
        unittest.defaultTestLoader.loadTestsFromModule(module).run(outcomes)
    except BaseException as error:  # whatever a candidate raises is its result
        problem = type(error).__name__
    os.write(pipe, json.dumps({"id": job["id"], "tests": outcomes.tests, "problem": problem}).encode())
    os._exit(0)


def run(job: dict) -> dict:
    folder = tempfile.mkdtemp()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        child(job, folder, writer)
    os.close(writer)
    text, deadline = b"", time.monotonic() + PATIENCE
    while (left := deadline - time.monotonic()) > 0 and select.select([reader], [], [], left)[0]:
        part = os.read(reader, 65536)
        text += part
        if not part or len(text) > 1 << 20:
            break
    os.close(reader)
    for stop in (lambda: os.killpg(pid, signal.SIGKILL), lambda: os.kill(pid, signal.SIGKILL)):
        try:
            stop()
        except ProcessLookupError:
            pass
    os.waitpid(pid, 0)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return json.loads(text)
    except ValueError:
        return {"id": job["id"], "tests": {}, "problem": "ended or timed out"}


def main() -> None:
    warnings.simplefilter("ignore")
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except Exception:  # a job that needs it will say so
            pass
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
