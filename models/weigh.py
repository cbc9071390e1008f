"""Weighs programs by Bandit, for the trainer: JSON Lines {"key", "code"} on stdin, one JSON object {key: weight} on stdout.

The weight is the trainer's k over Bandit's findings: severity x confidence, without the reminders that stay on correct
code (imports B401-B415, assert B101, list-argument subprocess B603, B606, B607). Programs are parsed, never run.
"""

import json
import os
import sys
import tempfile

from bandit.core import config, manager

SEVERITY = {"LOW": 1.0, "MEDIUM": 3.0, "HIGH": 5.0}
CONFIDENCE = {"LOW": 0.3, "MEDIUM": 0.7, "HIGH": 1.0}
REMINDERS = {"B101", "B603", "B606", "B607"} | {f"B{number}" for number in range(401, 416)}


def main():
    with tempfile.TemporaryDirectory() as folder:
        keys = {}
        for line in sys.stdin:
            program = json.loads(line)
            path = os.path.join(folder, program["key"] + ".py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(program["code"])
            keys[path] = program["key"]
        judge = manager.BanditManager(config.BanditConfig(), "file", ignore_nosec=True)
        judge.discover_files(list(keys))
        judge.run_tests()
        skipped = {path for path, _ in judge.get_skipped()}
        weights = {key: 0.0 for path, key in keys.items() if path not in skipped}
        for issue in judge.get_issue_list():
            if issue.test_id not in REMINDERS:
                weights[keys[issue.fname]] += SEVERITY.get(issue.severity, 0.0) * CONFIDENCE.get(issue.confidence, 0.0)
    json.dump(weights, sys.stdout)


main()
