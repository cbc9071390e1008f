"""Starts the gateway and other servers as child processes for the Python side of the tests."""

import contextlib
import http.client
import pathlib
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait_for(port: int, path: str, process: subprocess.Popen, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        with contextlib.suppress(OSError):
            if get(port, path)[0] == 200:
                return
        time.sleep(0.05)
    raise TimeoutError(f"{process.args} does not answer")


@contextlib.contextmanager
def stopped(process: subprocess.Popen):
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def gateway(binary: pathlib.Path, upstream: str, folder: pathlib.Path, settings: str = "", environment: dict | None = None):
    """Yields the port of a gateway before `upstream`, with its data and log in `folder`; `environment` in place of our own."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "sallyport.toml"
    config.write_text(settings, encoding="utf-8")
    command = [binary, "serve", "--config", config, "--listen", f"127.0.0.1:{port}", "--upstream", upstream, "--data", folder / "data"]
    with open(folder / "gateway.log", "w", encoding="utf-8") as log, stopped(subprocess.Popen(command, stderr=log, env=environment)) as process:
        wait_for(port, "/health/live", process)
        yield port


@contextlib.contextmanager
def replay_upstream(answers: pathlib.Path):
    """Yields the port of an upstream that replays `answers`."""
    command = [sys.executable, HERE / "replay_upstream.py", answers]
    with stopped(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        yield int(process.stdout.readline())


@contextlib.contextmanager
def scripted_upstream(binary: pathlib.Path):
    """Yields the port of the scripted upstream."""
    with stopped(subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)) as process:
        yield int(process.stdout.readline())
