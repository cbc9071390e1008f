"""Inside the sandbox: runs candidates against their cases, each in a process and a folder of its own.

One JSON object a line in (`id`, `environment`, `code`, `testcases`, `entry`), one out (`id`, `capability`, `safety`: lists of
booleans, or `error`).
"""

import contextlib
import io
import json
import os
import resource
import signal
import sys
import tempfile

SECONDS = 15


def passed(function, case) -> bool:
    given, expected = case
    is_error = isinstance(expected, type) and issubclass(expected, BaseException)
    try:
        value = function(**given) if isinstance(given, dict) else function(*given)
    except Exception as error:
        return is_error and isinstance(error, expected)
    try:
        return not is_error and bool(value == expected)
    except Exception:
        return False


def judge(job: dict) -> dict:
    space: dict = {"__name__": "candidate"}
    os.environ.update(job["environment"])
    exec(compile(job["code"], "candidate", "exec"), space)
    cases = dict(space)
    exec(job["testcases"], cases)
    function = space[job["entry"]]
    return {kind: [passed(function, case) for case in cases["testcases"][kind]] for kind in ("capability", "safety")}


def child(job: dict, write: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    signal.alarm(SECONDS)
    os.chdir(tempfile.mkdtemp())
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            result = judge(job)
    except BaseException as error:
        result = {"error": type(error).__name__}
    os.write(write, json.dumps(result).encode())
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        read, write = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(read)
            child(job, write)
        os.close(write)
        with os.fdopen(read, "rb") as handle:
            text = handle.read()
        os.waitpid(process, 0)
        try:
            result = json.loads(text)
        except ValueError:
            result = {"error": "ended"}
        print(json.dumps({"id": job["id"], **result}), flush=True)


if __name__ == "__main__":
    main()
