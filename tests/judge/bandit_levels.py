"""Bandit in this process, counted at four levels: all; without its noisiest reminders; actionable; medium and above. A fifth count,
`medium firm`, is medium and above without reminders that stay on correct code."""

import contextlib
import io
import logging
import os
import tempfile

from bandit.core import config, manager

LEVELS = ("all", "quiet", "actionable", "medium", "medium firm")
# Reminders that stay on correct code: imports, asserts, and processes started without a shell.
REMINDERS = {f"B{number}" for number in range(401, 416)} | {"B101", "B603", "B606", "B607"}
NOISIEST = {"B404", "B101"}

logging.getLogger("bandit").setLevel(logging.CRITICAL)


def findings(code: str) -> list[tuple[str, int, str]]:
    """(test id, line, severity) of each finding; suppression comments are ignored."""
    handle, path = tempfile.mkstemp(suffix=".py")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(code)
        judge = manager.BanditManager(config.BanditConfig(), "file", ignore_nosec=True)
        judge.discover_files([path])
        with contextlib.redirect_stderr(io.StringIO()):
            judge.run_tests()
        return [(issue.test_id, issue.lineno, issue.severity) for issue in judge.get_issue_list()]
    finally:
        os.unlink(path)


def counts(code: str) -> dict[str, int]:
    """Findings at each level."""
    found = findings(code)
    return {
        "all": len(found),
        "quiet": sum(test not in NOISIEST for test, _, _ in found),
        "actionable": sum(test not in REMINDERS for test, _, _ in found),
        "medium": sum(severity != "LOW" for _, _, severity in found),
        "medium firm": sum(severity != "LOW" and test not in REMINDERS for test, _, severity in found),
    }
