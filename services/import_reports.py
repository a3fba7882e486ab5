"""What became of the rows of a survey file."""

from dataclasses import dataclass, field, replace

from domain.mapped_rows import BadCell

MOST_PROBLEMS = 10_000
"""So many problems are listed; the rest is counted."""


@dataclass(frozen=True)
class ImportReport:
    """What became of a file's rows: written (invalid ones among them), in already, refused with the reason of each cell."""

    wave: str
    scheme: str = ""
    rows: int = 0
    written: int = 0
    invalid: int = 0
    already_in: int = 0
    refused: int = 0
    problems: list[BadCell] = field(default_factory=list)
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
