#!/usr/bin/env python3
"""What the gateway costs beside nginx as a plain reverse proxy: same core, same upstream, alternating runs.

    cargo build --release -p gateway -p tests && tests/bench/pass_through.py [--rounds 5] [--seconds 4]

Needs nginx and two cores: the proxy under test has the first to itself, upstream and client share the second. Rows: no
keys; a key with limits and a budget; a clean Python answer, which is analysed. Prints medians over the rounds with their
spread, and the ratio to nginx of the same shape.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/judge"))
from gateway import free_port, stopped, wait_for  # noqa: E402

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
PROXY_CORE, OTHER_CORE = "0", "1"
KEYS = '[keys]\nrequired = true\n[upstream]\napi_key_variable = "BENCH_KEY"\n'
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 10000000;
  upstream model {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 10000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }}
  }}
}}
"""


@contextlib.contextmanager
def upstream():
    command = ["taskset", "-c", OTHER_CORE, TARGET / "bench", "upstream"]
    with stopped(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)) as process:
        yield int(process.stdout.readline())


@contextlib.contextmanager
def nginx(folder: pathlib.Path, upstream_port: int):
    port = free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, upstream=upstream_port, port=port))
    command = ["taskset", "-c", PROXY_CORE, "nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    with stopped(subprocess.Popen(command)) as process:
        wait_for_port(port)
        yield port, process.pid, "none"


@contextlib.contextmanager
def gateway(folder: pathlib.Path, upstream_port: int, keys: bool):
    port = free_port()
    folder.mkdir()
    (folder / "sallyport.toml").write_text(KEYS if keys else "")
    data = ["--data", folder / "data"]
    environment = os.environ | {"BENCH_KEY": "upstream", "RUST_LOG": "error"}
    command = ["taskset", "-c", PROXY_CORE, TARGET / "sallyport", "serve", "--config", folder / "sallyport.toml"]
    command += ["--listen", f"127.0.0.1:{port}", "--upstream", f"http://127.0.0.1:{upstream_port}/v1", *data]
    with open(folder / "log", "w") as log, stopped(subprocess.Popen(command, stderr=log, env=environment)) as process:
        wait_for(port, "/health/live", process)
        key = "none"
        if keys:
            limits = ["--requests-per-minute", "100000000", "--tokens-per-minute", "4000000000", "--budget", "1000000/total"]
            create = [TARGET / "sallyport", "key", "create", "--config", folder / "sallyport.toml", *data, "--name", "bench", *limits]
            key = next(word for word in subprocess.check_output(create, text=True, env=environment).split() if word.startswith("sk-sp-"))
        yield port, process.pid, key


def wait_for_port(port: int) -> None:
    import socket
    import time

    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(port)


def family(pid: int) -> list[int]:
    """The process and its children (nginx has a worker)."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu(pid: int) -> float:
    """Seconds of processor time so far."""
    ticks = 0
    for process in family(pid):
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak(pid: int) -> float:
    """Peak resident memory in MiB."""
    lines = [line for process in family(pid) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def load(port: int, shape: str, key: str, connections: int, seconds: float, rate: float) -> dict:
    command = ["taskset", "-c", OTHER_CORE, TARGET / "bench", "load", str(port), shape, key, str(connections), str(seconds), str(rate)]
    result = json.loads(subprocess.check_output(command, text=True))
    if result["errors"] or not result["requests"]:
        raise RuntimeError(f"{result['errors']} errors, {result['requests']} answers")
    return result


def measure(port: int, pid: int, key: str, shape: str, seconds: float) -> dict:
    before = cpu(pid)
    full = load(port, shape, key, 64, seconds, 0)
    spent = cpu(pid) - before
    slow = load(port, shape, key, 1, seconds, 100)
    return {
        "cpu": spent / full["requests"] * 1e6,
        "rate": full["per_second"],
        "first": slow["first_p50"],
        "last": slow["last_p50"],
        "peak": peak(pid),
    }


def middle(rows: list[dict], name: str) -> float:
    return statistics.median(row[name] for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        back = stack.enter_context(upstream())
        peers = {
            "nginx": stack.enter_context(nginx(folder / "nginx", back)),
            "sallyport, no keys": stack.enter_context(gateway(folder / "plain", back, keys=False)),
            "sallyport, key + limits + budget": stack.enter_context(gateway(folder / "keys", back, keys=True)),
        }
        direct = (back, "none")
        plan = [(peer, shape) for shape in ("prose", "stream", "code") for peer in peers if not (shape == "code" and "key" in peer and "no keys" not in peer)]
        results: dict[tuple[str, str], list[dict]] = {row: [] for row in plan}
        straight: dict[str, list[dict]] = {shape: [] for shape in ("prose", "stream", "code")}
        for number in range(options.rounds + 1):
            print(f"round {number} of {options.rounds}{' (warm-up)' if number == 0 else ''}", file=sys.stderr)
            for shape in straight:
                straight[shape].append(load(*(direct[0], shape, direct[1]), 1, options.seconds, 100))
                for peer in (peer for peer, other in plan if other == shape):
                    port, pid, key = peers[peer]
                    row = measure(port, pid, key, shape, options.seconds)
                    if number:
                        results[peer, shape].append(row)
        print("| answer | proxy | CPU µs per request | to nginx | requests/s | added p50 at 100/s | added time to first byte | peak MiB |")
        print("|---|---|---|---|---|---|---|---|")
        for peer, shape in plan:
            rows = results[peer, shape]
            spread = f"{min(row['cpu'] for row in rows):.0f}–{max(row['cpu'] for row in rows):.0f}"
            ratio = middle(rows, "cpu") / middle(results["nginx", shape], "cpu")
            added = middle(rows, "last") - statistics.median(row["last_p50"] for row in straight[shape])
            first = middle(rows, "first") - statistics.median(row["first_p50"] for row in straight[shape])
            print(
                f"| {shape} | {peer} | {middle(rows, 'cpu'):.0f} ({spread}) | {ratio:.2f}× | {middle(rows, 'rate'):.0f} "
                f"| {added / 1000:.2f} ms | {first / 1000:.2f} ms | {middle(rows, 'peak'):.0f} |"
            )


if __name__ == "__main__":
    main()
