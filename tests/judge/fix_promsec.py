"""`sallyport fix` over the programs that PromSec trains on: how many with an actionable finding come out cleared and intact.

    python fix_promsec.py --binary target/release/sallyport [--data ../shared/data]

Cleared: no actionable Bandit finding is left. Intact: it compiles, every public name, signature and route is kept, no
function lost a statement or became a stub. Both in total and as the mean over the task families that have such files,
beside doing nothing, the catalogue in order, and greedy; a second run must change nothing.
"""

import argparse
import ast
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import bandit_levels

FILES = ["train/python.jsonl", "train/promsec500_rest.jsonl"]
STRATEGIES = ["none", "rule-order", "greedy", "rewrite"]


def programs(data: pathlib.Path) -> list[dict]:
    records = [json.loads(line) for name in FILES for line in (data / name).read_text(encoding="utf-8").splitlines()]
    return [record for record in records if record.get("promsec500")]


def family(record: dict) -> str:
    """The task: what the file is called without the wording of its prompt and its number."""
    name = record["id"].rsplit("/", 1)[-1]
    name = re.sub(r"_copilot_\d+\.py$|_\d+\.py$", "", name)
    return re.sub(r"(unsubscribe)_scenario.*", r"\1", name)


def fix(binary: str, codes: list[str], strategy: str) -> list[str]:
    """Every program after `sallyport fix --write`, as files of one folder."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder, f"{number:05}.py") for number in range(len(codes))]
        for path, code in zip(paths, codes, strict=True):
            path.write_bytes(code.encode("utf-8", "surrogatepass"))
        done = subprocess.run([binary, "fix", "--write", "--strategy", strategy, folder], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"fix failed: {done.stderr[-2000:]}")
        return [path.read_bytes().decode("utf-8", "surrogatepass") for path in paths]


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def surface(tree: ast.Module) -> set[str]:
    """What others see: names, signatures, decorators (routes)."""
    items = set()
    for node in tree.body:
        if isinstance(node, ast.Assign):
            items |= {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        if isinstance(node, FUNCTIONS) and node.name == "__getattr__":
            items |= {value.value for value in ast.walk(node) if isinstance(value, ast.Constant) and isinstance(value.value, str)}
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            arguments = node.args
            names = [item.arg for item in [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg] if item]
            items.add(f"{node.name}({','.join(names)})")
            items |= {f"@{ast.unparse(decorator)} {node.name}" for decorator in node.decorator_list}
        if isinstance(node, ast.ClassDef):
            items.add(f"class {node.name}({','.join(ast.unparse(base) for base in node.bases)})")
    return items


def is_stub(function: ast.AST) -> bool:
    def idle(statement: ast.stmt) -> bool:
        if isinstance(statement, (ast.Pass, ast.Raise)):
            return True
        if isinstance(statement, ast.Expr):
            return isinstance(statement.value, ast.Constant)
        return isinstance(statement, ast.Return) and (statement.value is None or isinstance(statement.value, ast.Constant))

    return all(idle(statement) for statement in function.body)


def shape(tree: ast.Module) -> dict[str, tuple[int, bool, list[str]]]:
    """Per function: number of statements, whether it is a stub, and the statements themselves."""
    return {
        node.name: (
            sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)),
            is_stub(node),
            [ast.dump(inner) for inner in ast.walk(node) if isinstance(inner, ast.stmt) and not hasattr(inner, "body")],
        )
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
    }


def parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):
        return None


def intact(before: str, after: str) -> bool:
    if before == after:
        return True
    old, new = parsed(before), parsed(after)
    if old is None or new is None:
        return old is None
    if not surface(old) <= surface(new):
        return False
    new_shape = shape(new)
    for name, (statements, stub, texts) in shape(old).items():
        if name not in new_shape:
            return False
        statements_now, stub_now, texts_now = new_shape[name]
        kept = sum((collections.Counter(texts) & collections.Counter(texts_now)).values())
        if statements_now < statements or (stub_now and not stub) or (len(texts) >= 4 and kept * 4 < len(texts)):
            return False
    return True


def share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {100 * part / whole:.1f} %" if whole else "-"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("SALLYPORT", "target/release/sallyport"))
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("../shared/data"))
    parser.add_argument("--strategies", nargs="*", default=STRATEGIES)
    parser.add_argument("--show", action="store_true", help="list what was not cleared")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        print(f"no programs at {arguments.data}", file=sys.stderr)
        return 3
    checks = {}
    records = programs(arguments.data)
    actionable = [record for record in records if bandit_levels.counts(record["code"])["actionable"]]
    families = collections.Counter(family(record) for record in records)
    print(f"{len(records)} programs in {len(families)} task families, {len(actionable)} with an actionable finding")
    for strategy in arguments.strategies:
        after = fix(arguments.binary, [record["code"] for record in records], strategy)
        by_id = {record["id"]: code for record, code in zip(records, after, strict=True)}
        again = fix(arguments.binary, after, strategy)
        per_family = collections.defaultdict(list)
        broken = sum(not intact(record["code"], by_id[record["id"]]) for record in records)
        medium = [0, 0]
        for record in actionable:
            code = by_id[record["id"]]
            levels = bandit_levels.counts(code)
            medium[0] += bandit_levels.counts(record["code"])["medium"]
            medium[1] += levels["medium"]
            good = parsed(code) is not None and not levels["actionable"] and intact(record["code"], code)
            per_family[family(record)].append(good)
            if arguments.show and not good:
                print("  not cleared:", record["id"], sorted({test for test, _, _ in bandit_levels.findings(code)} - bandit_levels.REMINDERS))
        total = sum(sum(goods) for goods in per_family.values())
        mean = sum(sum(goods) / len(goods) for goods in per_family.values()) / len(per_family)
        unstable = sum(one != two for one, two in zip(after, again, strict=True))
        print(f"\n{strategy}: cleared and intact {share(total, len(actionable))}, mean over {len(per_family)} families with such files {100 * mean:.1f} %")
        print(f"  broken {broken}, changed by a second run {unstable}, medium and above {medium[0]} -> {medium[1]}")
        for name, goods in sorted(per_family.items()):
            print(f"  {name}: {share(sum(goods), len(goods))}")
        if strategy == "rewrite":
            checks = {"85 % cleared and intact": total >= 0.85 * len(actionable), "75 % as mean over families": mean >= 0.75, "none broken": not broken, "a second run changes nothing": not unstable}
    for name, met in checks.items():
        print("met   " if met else "MISSED", name)
    print(f"{sum(checks.values())} passed, {len(checks) - sum(checks.values())} failed")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
