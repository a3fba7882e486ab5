"""What rules.md 7 asks for before a complaint is closed, one line a row."""

from typing import Any

import pytest

from domain.complaints import (
    ClockStillRunning,
    MeetingMissing,
    MinutesOpen,
    NotAudited,
    NotConfirmed,
    NotKept,
    SamePerson,
    StepTooEarly,
    check_closing,
)

READY: dict[str, Any] = {
    "done": set(range(8)),
    "confirmed_by": {"auditor": 1, "project": 2},
    "audits": {"Scanner": True},
}


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"done": set(range(7))}, StepTooEarly),
        ({"running": ["8D report"]}, ClockStillRunning),
        ({"audits": {}}, NotAudited),
        ({"audits": {"Scanner": True, "Training": False}}, NotKept),
        ({"round_": 2}, MeetingMissing),
        ({"round_": 2, "minutes_approved": [True, False]}, MinutesOpen),
        ({"minutes_approved": [False]}, MinutesOpen),
        ({"confirmed_by": {"auditor": 1, "project": None}}, NotConfirmed),
        ({"confirmed_by": {"auditor": 1, "project": 1}}, SamePerson),
    ],
)
def test_closing_is_refused_while_something_is_missing(changed: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_closing(**{**READY, **changed})


@pytest.mark.parametrize("changed", [{}, {"minutes_approved": [True]}, {"round_": 2, "minutes_approved": [True]}])
def test_closing_goes_when_everything_is_there(changed: dict[str, Any]) -> None:
    check_closing(**{**READY, **changed})
