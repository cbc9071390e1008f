"""`sallyport fix` judged by execution: programs with a proven flaw, their patched references, and cases for both.

    python fix_functional.py --binary target/release/sallyport [--data ../shared/data]

Of the vulnerable references: fixed-and-kept (all capability and safety cases pass), kept (capability only),
touched-and-broken, untouched. Of the patched references: damage. Candidates run in a sandbox only.
"""

import argparse
import collections
import difflib
import json
import os
import pathlib
import sys
import re
import tempfile

import sandbox
from fix_promsec import fix, share

# Marked before any run: what a rewrite of one program can reach, what needs the model, what needs the user's policy.
REACH = {502: "rewrite", 79: "rewrite", 74: "rewrite", 94: "model", 770: "model", 1333: "model", 863: "policy", 200: "policy", 347: "policy"}


def code_of(task: dict, half: str) -> str:
    parts = [task.get("code_before") or "", task[half], task.get("code_after") or ""]
    # The unit is what a user would have in one file: its definitions, then the function.
    parts.insert(0, task.get("setup") or "")
    return "".join(part if not part or part.endswith("\n") else part + "\n" for part in parts)


def credentials(before: str, after: str) -> dict[str, str]:
    """Variables that the fix reads, with the literals that it took away, in their order."""
    texts = re.compile(r"""(?:"([^"\n]*)"|'([^'\n]*)')""")
    reads = re.compile(r"""(?:require_environment\(|environ\.get\()"(\w+)"\)""")
    lost, variables = [], []
    for tag, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False).get_opcodes():
        if tag == "replace":
            new = reads.findall("\n".join(after.split("\n")[new_from:new_to]))
            old = [one or two for one, two in texts.findall("\n".join(before.split("\n")[old_from:old_to]))]
            now = [one or two for one, two in texts.findall("\n".join(after.split("\n")[new_from:new_to]))]
            lost += [text for text in old if text not in now]
            variables += new
    return dict(zip(variables, lost)) if len(variables) == len(lost) else {}


def run(jobs: list[dict]) -> dict[str, dict]:
    with tempfile.TemporaryDirectory() as folder:
        process = sandbox.start("functional_runner.py", pathlib.Path(folder, "root"))
        text, _ = process.communicate("".join(json.dumps(job) + "\n" for job in jobs), timeout=60 + 20 * len(jobs))
    return {result["id"]: result for result in map(json.loads, text.splitlines())}


def verdict(result: dict | None) -> tuple[bool, bool]:
    """(functional, secure)"""
    if not result or "error" in result:
        return False, False
    return all(result["capability"]), all(result["safety"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("SALLYPORT", "target/release/sallyport"))
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("../shared/data"))
    parser.add_argument("--strategy", default="rewrite")
    parser.add_argument("--show", action="store_true", help="list what broke")
    arguments = parser.parse_args()
    if not sandbox.available() or not arguments.data.is_dir():
        print("no sandbox or no data on this machine: nothing was run", file=sys.stderr)
        return 3
    tasks = [json.loads(line) for line in (arguments.data / "functional/seccodeplt.jsonl").read_text(encoding="utf-8").splitlines()]
    before = {(task["id"], half): code_of(task, half) for task in tasks for half in ("vulnerable", "patched")}
    after = dict(zip(before, fix(arguments.binary, list(before.values()), arguments.strategy), strict=True))
    by_id = {task["id"]: task for task in tasks}
    jobs = []
    for (identity, half), code in after.items():
        if code != before[identity, half]:
            task = by_id[identity]
            given = credentials(before[identity, half], code)
            for moment, text in (("before", before[identity, half]), ("after", code)):
                job = {"id": f"{identity}|{half}|{moment}", "environment": given, "code": text}
                jobs.append({**job, "testcases": task["testcases_py"], "entry": task["entry"]})
    results = run(jobs)
    rows = collections.defaultdict(collections.Counter)
    damaged = 0
    for (identity, half), code in after.items():
        task = by_id[identity]
        cwe = task["cwe"][0] if isinstance(task["cwe"], list) else task["cwe"]
        row = rows[int(cwe)]
        row[f"{half} all"] += 1
        if code == before[identity, half]:
            continue
        functional_before, secure_before = verdict(results.get(f"{identity}|{half}|before"))
        functional, secure = verdict(results.get(f"{identity}|{half}|after"))
        row[f"{half} changed"] += 1
        if half == "patched":
            lost = (functional_before and not functional) or (secure_before and not secure)
            damaged += lost
            row["damaged"] += lost
        else:
            row["kept"] += functional or not functional_before
            row["fixed and kept"] += functional and secure
        if arguments.show and ((half == "patched" and lost) or not functional):
            print("  broken:", identity, half, results.get(f"{identity}|{half}|after"))
    total = collections.Counter()
    print("CWE | by | tasks | changed | functional kept | fixed and kept | untouched | patched changed | patched damaged")
    for cwe, row in sorted(rows.items()):
        total.update(row)
        changed = row["vulnerable changed"]
        print(f"{cwe} | {REACH.get(cwe, 'model')} | {row['vulnerable all']} | {changed} | {share(row['kept'], changed)} | {share(row['fixed and kept'], changed)} | {row['vulnerable all'] - changed} | {row['patched changed']} | {row['damaged']}")
    changed = total["vulnerable changed"]
    print(f"all: changed {share(changed, total['vulnerable all'])}, functional kept {share(total['kept'], changed)}, fixed and kept {share(total['fixed and kept'], changed)}, patched damaged {damaged} of {total['patched all']} ({total['patched changed']} changed)")
    checks = {"95 % of the changed keep their function": total["kept"] >= 0.95 * changed, "no patched reference damaged": not damaged}
    for name, met in checks.items():
        print("met   " if met else "MISSED", name)
    print(f"{sum(checks.values())} passed, {len(checks) - sum(checks.values())} failed")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
