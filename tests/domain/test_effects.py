"""Did it help? Worked examples of rules.md 6, and what holds for all figures."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.effects import REASONS, Measured, as_stored, effect_of, from_stored, reason_of, share
from domain.outcomes import Outcome, by_group, summary
from domain.scores import EQUAL_WITHIN, Score

RED = Measured(
    "item:4", "准时交付", "On time", ("ITEM_BELOW",), "2026-Q2", Score(12, 62.5), Score(14, 75.0), 70.0, True
)


def after(score: float | None, n: int = 14, **changes: object) -> Measured:
    return replace(RED, after=Score(n, score), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (after(75.0), "recovered"),
        (after(70.0), "still_missed"),  # at the red bound is red (iatf-quarterly)
        (after(70.0, included=False, bound=70.0), "recovered"),  # elsewhere only under it
        (after(70.0 + 5e-7), "still_missed"),  # equal within 1e-6
        (after(69.0), "still_missed"),  # better than 62.5, and still red
        (after(75.0, before=Score(12, 76.0)), "lower"),
        (after(76.0, before=Score(12, 76.0)), "kept"),
        (after(75.0, n=2), "few"),
        (after(75.0, n=2, before=Score(2, 62.5)), "recovered"),  # a customer with two contacts never gives more
        (after(None, n=0), "few"),
        (after(None, n=0, changed=("gone",)), "not_asked"),
        (after(75.0, before=Score(0, None)), "no_before"),
        (after(60.0, before=Score(0, None)), "still_missed"),
        (after(90.0, rules=("LOW_ANSWER",), low_answers=1), "low_answers"),
        (after(90.0, rules=("LOW_ANSWER",)), "no_low_answers"),
        (after(90.0, rules=("ITEM_BELOW", "LOW_ANSWER"), low_answers=1), "recovered"),
        (
            replace(RED, before=share(8, 10), after=share(95, 100), bound=0.9, is_share=True, included=False),
            "recovered",
        ),
    ],
)
def test_why_the_figures_suggest_their_verdict(one: Measured, reason: str) -> None:
    assert reason_of(one) == reason


def test_all_subjects_must_be_better_and_one_that_cannot_tell_waits() -> None:
    assert effect_of([]) is None
    for subjects, verdict in (
        ([after(75.0), after(75.0)], "effective"),
        ([after(75.0), after(75.0, n=1)], "cannot_tell"),
        ([after(60.0), after(75.0, n=1)], "not_effective"),
    ):
        found = effect_of(subjects)
        assert found is not None
        assert (found.verdict, REASONS[found.reason][0]) == (verdict, verdict)


def test_the_change_of_a_share_has_newcombes_interval() -> None:
    one = replace(RED, before=share(48, 80), after=share(56, 70), is_share=True)
    found = one.difference
    assert found is not None
    # Newcombe 1998, table II(a): 56/70 − 48/80
    assert (round(found.difference, 4), round(found.low or 0, 4), round(found.high or 0, 4)) == (0.2, 0.0524, 0.3339)


points = some.floats(0, 100)
scores = some.builds(Score, some.integers(1, 50), points)
subjects = some.builds(
    Measured,
    *(some.just("item:4"), some.just(""), some.just("")),
    some.sampled_from([("ITEM_BELOW",), ("DECLINE",), ("ITEM_BELOW", "DECLINE")]),
    *(some.just("2026-Q2"), scores, scores, some.none() | points, some.booleans()),
)


@given(subjects)
def test_effective_means_over_the_bound_and_not_lower_and_nothing_else(one: Measured) -> None:
    verdict = REASONS[reason_of(one)][0]
    now, then = one.after.score or 0.0, one.before.score or 0.0
    missed = one.bound is not None and now < one.bound - EQUAL_WITHIN
    at_it = one.bound is not None and one.included and now <= one.bound + EQUAL_WITHIN
    if one.after.n < min(3, one.before.n):
        assert verdict == "cannot_tell"
    else:
        assert (verdict == "effective") == (not missed and not at_it and now >= then - EQUAL_WITHIN)


@given(some.lists(subjects, min_size=1, max_size=4))
def test_what_is_kept_reads_back_unchanged(measured: list[Measured]) -> None:
    effect = effect_of(measured)
    assert effect is not None
    assert from_stored(as_stored(effect)) == effect.subjects


def outcome(number: int, state: str = "closed", **changes: object) -> Outcome:
    found, due, done, closed = date(2026, 1, 5), date(2026, 2, 2), date(2026, 2, 2), date(2026, 4, 5)
    known = Outcome(number, "", state, 1, 1, "method", "", found, due, done, closed if state == "closed" else None)
    return known._replace(**changes)  # type: ignore[arg-type]


def test_the_counts_over_actions_worked_by_hand() -> None:
    outcomes = [
        outcome(1),  # in time, on the day: 90 days from finding to closing
        outcome(2, round=2, implemented_on=date(2026, 2, 3), closed_on=date(2026, 4, 25), recurred_in="2026-Q3"),
        outcome(3, "analysing", round=3, implemented_on=date(2026, 2, 1)),  # done in the round before, not in this one
        outcome(4, "open", due_on=date(2026, 12, 1), implemented_on=None),
        outcome(5, "cancelled", round=2),  # must not be counted
    ]
    whole = summary(outcomes, today=date(2026, 6, 1))
    assert (whole.actions, whole.effective, whole.at_first, whole.failed, whole.checks) == (4, 2, 1, 3, 5)
    assert (whole.late, whole.recurred, whole.days) == (2, 1, 100.0)
    assert (whole.effective_share, whole.late_share, whole.recurred_share) == (0.4, 0.5, 0.5)


def test_groups_stand_worst_first_and_unchecked_ones_last() -> None:
    outcomes = [
        outcome(1, department_id=1),
        outcome(2, "open", department_id=2),
        outcome(3, "analysing", department_id=3, round=2),
        outcome(4, "cancelled", department_id=4),
    ]
    found = by_group(outcomes, lambda one: str(one.department_id), today=date(2026, 6, 1))
    assert [name for name, _ in found] == ["3", "1", "2"]
