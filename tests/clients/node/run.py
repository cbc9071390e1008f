"""Starts the gateway before the scripted upstream and runs the Node client's tests against it."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "judge"))

import gateway  # noqa: E402

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def main() -> int:
    binaries = TARGET / "debug"
    with tempfile.TemporaryDirectory() as folder, gateway.scripted_upstream(binaries / "scripted") as upstream:
        direct = f"http://127.0.0.1:{upstream}/v1"
        with gateway.gateway(binaries / "sallyport", direct, pathlib.Path(folder)) as port:
            environment = {**os.environ, "GATEWAY": f"http://127.0.0.1:{port}/v1", "DIRECT": direct, "NODE_PACKAGES": str(TARGET / "test-tools" / "node")}
            command = ["node", "--test", "--test-reporter=tap", str(ROOT / "tests" / "clients" / "node" / "openai.test.mjs")]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    counts = {word: int(number) for word, number in re.findall(r"^# (pass|fail) (\d+)$", done.stdout, re.M)}
    if done.returncode:
        print(done.stdout)
    print(f"{counts.get('pass', 0)} passed, {counts.get('fail', 1)} failed")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
