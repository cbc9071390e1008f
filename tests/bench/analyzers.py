#!/usr/bin/env python3
"""What `sallyport scan` costs beside other analyzers of Python: same files, alternating runs.

    cargo build --release -p gateway && tests/bench/analyzers.py [--binary FILE] [--directory DIR] [--rounds 5]

Beside it: the parse alone (tree-sitter's own Python package), `ruff check --select S`, Bandit in one process that is
running already and as a command, Semgrep with local rules. They are installed from PyPI below `target/`. The files are
those of an installed package (Werkzeug) or below DIR; they are copied, so that no ignore file and no configuration
counts. Prints CPU and wall time, median and spread over the rounds, then the ratios that are aimed at.
"""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TOOLS = TARGET / "test-tools" / "bench"
SEMGREP = TARGET / "test-tools" / "semgrep"
PACKAGES = ["bandit==1.9.4", "ruff==0.14.0", "tree-sitter==0.25.2", "tree-sitter-python==0.25.0", "Werkzeug==2.3.8"]
SEMGREP_PACKAGES = ["semgrep==1.185.0"]

# Both print the seconds that they take for all files whose names they get, apart from starting and reading them.
PARSE = """
import sys, time, tree_sitter, tree_sitter_python
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
texts = [open(name, "rb").read() for name in sys.argv[1:]]
start = time.process_time()
for text in texts:
    parser.parse(text)
print(time.process_time() - start)
"""
BANDIT = """
import logging, sys, time
from bandit.core import config, manager
logging.disable(logging.CRITICAL)
run = manager.BanditManager(config.BanditConfig(), "file", ignore_nosec=True)
run.discover_files(sys.argv[1:])
start = time.process_time()
run.run_tests()
print(time.process_time() - start)
"""


def install(folder: pathlib.Path, packages: list[str]) -> pathlib.Path:
    """A virtual environment with these packages; made again when they change."""
    noted = folder / "bench-packages.txt"
    wanted = "\n".join(packages)
    if not noted.is_file() or noted.read_text() != wanted:
        if not (folder / "bin" / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
        noted.write_text(wanted)
    return folder / "bin"


def corpus(directory: pathlib.Path, into: pathlib.Path) -> tuple[list[str], int]:
    """Copies the Python files; their names and thousands of lines."""
    names, lines = [], 0
    for path in sorted(directory.rglob("*.py")):
        text = path.read_bytes()
        copy = into / path.relative_to(directory)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(text)
        names.append(str(copy))
        lines += text.count(b"\n")
    if not names:
        sys.exit(f"no Python files below {directory}")
    return names, lines


def timed(command: list, done: tuple[int, ...]) -> tuple[float, float, str]:
    """CPU and wall seconds of a command, and what it printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SALLYPORT")}
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode not in done:
        sys.exit(f"{command[0]} ended with {run.returncode}: {run.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, run.stdout


def middle(values: list[float], unit: float = 1e3) -> str:
    return f"{statistics.median(values) * unit:.1f} ({min(values) * unit:.1f}–{max(values) * unit:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=TARGET / "release" / "sallyport")
    parser.add_argument("--directory", type=pathlib.Path, help="Python code to scan; the installed Werkzeug if not given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rules", type=pathlib.Path, default=ROOT / "tests/analyzers/rules.yaml", help="Semgrep's rules")
    parser.add_argument("--without-semgrep", action="store_true")
    options = parser.parse_args()
    if not options.binary.is_file():
        sys.exit(f"no binary at {options.binary}")
    tools = install(TOOLS, PACKAGES)
    semgrep = None if options.without_semgrep else install(SEMGREP, SEMGREP_PACKAGES) / "semgrep"
    directory = options.directory or next((TOOLS / "lib").glob("python*/site-packages/werkzeug"))
    with tempfile.TemporaryDirectory() as name:
        folder, empty = pathlib.Path(name) / "code", pathlib.Path(name) / "empty"
        folder.mkdir(), empty.mkdir()
        names, lines = corpus(directory, folder)
        size = sum(os.path.getsize(name) for name in names)
        print(f"{len(names)} files, {lines} lines, {size / 1024:.0f} KiB of {directory.name}; {os.cpu_count()} cores\n")
        scan = [options.binary, "scan", "--format", "json", "--fail-on", "never"]
        commands = {
            "sallyport scan, one thread": [*scan, "--jobs", "1", folder],
            "sallyport scan": [*scan, folder],
            "sallyport scan of nothing": [*scan, empty],
            "ruff --select S": [tools / "ruff", "check", "--select", "S", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero", "--quiet", folder],
            "bandit": [tools / "bandit", "-r", "-q", "-f", "json", "--ignore-nosec", "--exit-zero", folder],
        }
        if semgrep:
            commands["semgrep, local rules"] = [semgrep, "scan", "--config", options.rules, "--metrics=off", "--disable-version-check", "--no-git-ignore", "--disable-nosem", "--quiet", "--json", folder]
        insiders = {"tree-sitter parse alone": PARSE, "bandit in-process": BANDIT}
        cpu: dict[str, list[float]] = {row: [] for row in [*commands, *insiders]}
        wall: dict[str, list[float]] = {row: [] for row in commands}
        for number in range(options.rounds + 1):
            print(f"round {number} of {options.rounds}{' (warm-up)' if number == 0 else ''}", file=sys.stderr)
            for row, command in commands.items():
                spent, took, _ = timed(command, (0,))
                if number:
                    cpu[row].append(spent)
                    wall[row].append(took)
            for row, script in insiders.items():
                printed = timed([tools / "python", "-c", script, *names], (0,))[2]
                if number:
                    cpu[row].append(float(printed))
    print("| | CPU ms | per 1,000 lines | wall ms |\n|---|---|---|---|")
    for row, values in cpu.items():
        print(f"| {row} | {middle(values)} | {statistics.median(values) * 1e6 / lines:.2f} | {middle(wall[row]) if row in wall else '–'} |")
    # A command's start is no part of what a file costs.
    start = statistics.median(cpu["sallyport scan of nothing"])
    own = [max(value - start, 1e-9) for value in cpu["sallyport scan, one thread"]]

    def ratio(what: str, over: list[float], under: list[float], aim: str) -> None:
        ratios = [one / other for one, other in zip(over, under, strict=True)]
        print(f"| {what} | {statistics.median(ratios):.1f} ({min(ratios):.1f}–{max(ratios):.1f}) | {aim} |")

    print("\n| ratio | median (spread) | aim |\n|---|---|---|")
    ratio("scan (CPU, without its start) to the parse alone", own, cpu["tree-sitter parse alone"], "≤ 3")
    ratio("Bandit in-process to scan (CPU, without its start)", cpu["bandit in-process"], own, "≥ 10")
    ratio("Bandit's command to scan (wall)", wall["bandit"], wall["sallyport scan"], "–")
    ratio("scan to ruff (CPU)", cpu["sallyport scan, one thread"], cpu["ruff --select S"], "–")
    if semgrep:
        ratio("Semgrep to scan (wall)", wall["semgrep, local rules"], wall["sallyport scan"], "≥ 50")
    each = statistics.median(own) / len(names) * 1e3
    print(f"\nA file takes {each:.2f} ms. CodeShield's published figures are 70 ms for its first layer and 450 ms for its second, per answer.")


if __name__ == "__main__":
    main()
