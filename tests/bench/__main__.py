"""Measures against the bars of "Speed and memory": `make bench`, `make bench ARGS="--million"`, `… --only submitting`.

Prints a line for each bar and writes build/bench.json. Ends with 0 also where a bar is missed, which a busy machine
can cause; `--strict` ends with 1 then.
"""

import argparse
import signal
import sys
from pathlib import Path

from tests import databases
from tests.bench import (
    actions,
    answering,
    importing,
    notifying,
    reading,
    reports,
    screens,
    submitting,
    verifying,
    viewers,
    writers,
)
from tests.bench.company import filled
from tests.bench.results import Report
from tests.bench.stores import KINDS, store

SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000
IMPORTED = 40_000
"""Rows of the file that is imported again and again, next to the bare insert and the ORM."""
GROUPS = (
    "reading",
    "screens",
    "verifying",
    "submitting",
    "writers",
    "importing",
    "beside",
    "viewers",
    "reports",
    "answering",
    "kills",
    "actions",
)
RESULT = Path("build/bench.json")


def main() -> int:
    """Runs the chosen groups on the chosen databases; the exit code."""
    chosen = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped then, too
    report, large = Report(), LARGE if chosen.million else MIDDLE
    databases.begin_run()
    try:
        for kind in chosen.on:
            print(f"== {kind}, {large:,} responses")
            _on(kind, report, chosen.only, large, chosen.rounds)
    finally:
        databases.end_run()
        report.write(RESULT)
    print(f"{len(report.missed)} missed: {', '.join(report.missed)}" if report.missed else "All bars hold.")
    return 1 if chosen.strict and report.missed else 0


def _on(kind: str, report: Report, groups: list[str], large: int, rounds: int) -> None:
    if {"importing"} & set(groups):
        importing.measure(report, kind, IMPORTED, 3)
    if {"beside"} & set(groups):
        importing.measure_beside(report, kind, large)
    if {"actions"} & set(groups):
        actions.measure(report, kind, max(5, rounds // 4))
    if {"kills"} & set(groups):
        answering.measure_kills(report, kind)
        notifying.measure_kills(report, kind)
    if set(groups) - {"importing", "beside", "kills", "actions"}:
        _on_companies(kind, report, groups, large, rounds)


def _on_companies(kind: str, report: Report, groups: list[str], large: int, rounds: int) -> None:
    with store(kind) as few, store(kind) as many:
        small, big = filled(few, SMALL), filled(many, large)
        if "reading" in groups:
            reading.measure(report, small, big, rounds)
        if "screens" in groups:
            screens.measure(report, small, big, max(5, rounds // 4))
        if "verifying" in groups:
            verifying.measure(report, big)
        if "submitting" in groups:
            submitting.measure(report, big, rounds * 5)
        if "writers" in groups and kind == "postgresql":
            writers.measure(report, big)
        if "viewers" in groups and kind == "sqlite":
            viewers.measure(report, big)
        if "reports" in groups and kind == "sqlite":
            reports.measure(report, big)
        if "answering" in groups:
            answering.measure(report, big)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--million", action="store_true", help="a million responses instead of 100 thousand")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a bar is missed")
    parser.add_argument("--on", nargs="+", choices=KINDS, default=KINDS, help="kinds of database")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS, help="groups of bars")
    parser.add_argument("--rounds", type=int, default=40, help="rounds of a median")
    return parser.parse_args()


sys.exit(main())
