"""What became of the rows of a survey file."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from domain.mapped_rows import BadCell
from domain.review_flags import Flagged

MOST_PROBLEMS = 10_000
"""So many problems are listed; the rest is counted."""
LISTED_PROBLEMS = 2_000


@dataclass(frozen=True)
class ImportReport:
    """What became of a file's rows: written (invalid ones among them), in already, refused with the reason of each cell.

    A check tells rows that the file has twice (`already_in`) from those that are in the wave (`in_wave`).
    `flags` are what somebody should look at, in the order of the file, as many as problems at most; `flagged` counts all.
    """

    wave: str
    scheme: str = ""
    rows: int = 0
    written: int = 0
    invalid: int = 0
    already_in: int = 0
    refused: int = 0
    in_wave: int = 0
    problems: list[BadCell] = field(default_factory=list)
    flags: list[Flagged] = field(default_factory=list)
    flagged: dict[str, int] = field(default_factory=dict)
    finished: bool = False
    dry_run: bool = False


def with_problems(report: ImportReport, bad: list[BadCell], *, repeats: int = 0) -> ImportReport:
    """The report with more rows that were refused, or that the file has twice."""
    room = max(0, MOST_PROBLEMS - len(report.problems))
    return replace(
        report,
        refused=report.refused + len({cell.line for cell in bad}),
        already_in=report.already_in + repeats,
        problems=report.problems + bad[:room] if room else report.problems,
    )


def with_flags(report: ImportReport, flags: list[Flagged]) -> ImportReport:
    """The report with more rows that somebody should look at."""
    counts = Counter(report.flagged)
    counts.update(one.flag.name.lower() for one in flags)
    room = max(0, MOST_PROBLEMS - len(report.flags))
    return replace(report, flags=[*report.flags, *flags[:room]], flagged=dict(counts))


def report_as_dict(report: ImportReport) -> dict[str, Any]:
    """A report for the job's row, and for --json: counts, and the first problems."""
    problems = [
        {"line": cell.line, "column": cell.column, "value": cell.value, "reason": cell.reason.value}
        for cell in report.problems[:LISTED_PROBLEMS]
    ]
    names = ("scheme", "wave", "rows", "written", "invalid", "already_in", "refused", "in_wave", "finished", "dry_run")
    flags = [[one.line, one.flag.name.lower(), one.about] for one in report.flags[:LISTED_PROBLEMS]]
    return {
        **{name: getattr(report, name) for name in names},
        "problems": problems,
        "flagged": report.flagged,
        "flags": flags,
    }
