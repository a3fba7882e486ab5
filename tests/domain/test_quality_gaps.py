"""A content customer whose parts come back is pointed at."""

import pytest

from domain.quality_gaps import gaps
from domain.scheme_file import load
from tests.company import PRESETS

IATF = load((PRESETS / "iatf-quarterly.toml").read_text("utf-8"))  # target of a customer: 80


@pytest.mark.parametrize(
    ("score", "figures", "expected"),
    [
        (86.0, {"part_fault": 200.0}, ["part_fault"]),
        (80.0, {"part_fault": 100.0}, ["part_fault"]),
        (86.0, {"part_fault": 99.9}, []),
        (79.9, {"part_fault": 200.0}, []),  # not content: nothing to be surprised at
        (None, {"part_fault": 200.0}, []),
        (92.0, {"repair_rate": 1.0, "complaint_rate": 2.5, "part_fault": 3.0}, ["complaint_rate", "repair_rate"]),
    ],
)
def test_figures_that_do_not_fit_a_content_customer(
    score: float | None, figures: dict[str, float], expected: list[str]
) -> None:
    assert gaps(score, figures, IATF) == expected
