"""Comparing waves: changes and their intervals, since when, and what can't be told yet; numbers from outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from domain.comparing import (
    NOBODY,
    cannot_tell_yet,
    change,
    changes,
    dimension_standings,
    index_standing,
    item_standings,
    previous,
    share_change,
    since,
)
from domain.returns import ReturnTally
from domain.scheme import Scheme
from domain.scheme_file import load
from domain.scores import ItemScore, Score, Tally
from tests.factories import preset

IATF = load(preset("iatf-quarterly"))
CERTAIN = Score(100, 75.0, sd=5.0, low=74.0, high=76.0)


@dataclass(frozen=True)
class Layout:
    scheme: Scheme = IATF


@dataclass(frozen=True)
class Wave:
    code: str = "2026-Q3"
    state: str = "closed"
    planned_n: int | None = None
    layout: Layout = field(default_factory=Layout)


@dataclass(frozen=True)
class Figures:
    """A wave's figures; everything the test doesn't name has no score."""

    wave: Wave = field(default_factory=Wave)
    index: Score = NOBODY
    dimensions: Mapping[str, Score] = field(default_factory=dict)
    named_indexes: Mapping[str, Score] = field(default_factory=dict)
    items: Mapping[str, ItemScore] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    returns: ReturnTally = field(default_factory=ReturnTally)
    valid: int = 0


def waves(*scores: float | None, open_at_last: bool = False) -> list[Figures]:
    """A closed wave for each on-time score, of 100 answers with sd 5."""
    found = [
        Figures(
            Wave(f"2025-{number:02d}"),
            items={"on_time": ItemScore(Score(0 if s is None else 100, s, 5.0, s and s - 1, s and s + 1), None, None)},
        )
        for number, s in enumerate(scores, start=1)
    ]
    if open_at_last:
        found[-1] = replace(found[-1], wave=replace(found[-1].wave, state="open"))
    return found


# Since when


def test_a_status_holds_since_its_unbroken_run_began() -> None:
    (item,) = item_standings(waves(82, 74, 69, 76, 73, 71))
    assert (item.status, item.since) == ("amber", "2025-04")


def test_amber_before_does_not_count_for_red() -> None:
    assert item_standings(waves(69, 75, 75, 70))[0].since == "2025-04"


def test_a_wave_without_answers_breaks_no_run() -> None:
    assert item_standings(waves(82, 69, None, 68))[0].since == "2025-02"


def test_what_was_never_answered_has_no_since() -> None:
    (item,) = item_standings(waves(80, None))
    assert (item.status, item.since, item.change) == (None, "", None)


@pytest.mark.parametrize(
    ("statuses", "first"),
    [
        (["red"], 0),
        (["ok", "red", "red"], 1),
        (["red", "ok", "red"], 2),
        ([None, "ok"], 1),
        (["ok", None], None),
        ([], None),
    ],
)
def test_the_run_is_found_from_the_end(statuses: list[str | None], first: int | None) -> None:
    assert since(statuses) == first


# What it is compared with


def test_the_previous_wave_is_the_latest_closed_one() -> None:
    found = [Figures(Wave("2026-Q1")), Figures(Wave("2026-Q2", "open")), Figures(Wave("2026-Q3", "open"))]
    assert previous(found) is found[0]


def test_where_none_was_ever_closed_it_is_the_one_just_before() -> None:
    found = [Figures(Wave(code, "open")) for code in ("2014", "2015", "2016")]
    assert previous(found) is found[1]


def test_the_first_wave_has_nothing_before_it() -> None:
    (item,) = item_standings(waves(75))
    assert (item.before, item.change) == (None, None)


def test_a_change_is_tested_by_welch() -> None:
    """n = 100, sd 5 each: standard error √0.5; 2.0 points are 2.83 of them, 1.0 points 1.41 (t₁₉₈ = 1.972)."""
    sure = change(CERTAIN, replace(CERTAIN, score=77.0))
    unsure = change(CERTAIN, replace(CERTAIN, score=76.0))
    assert sure is not None
    assert unsure is not None
    assert (sure.difference, sure.certain, unsure.certain) == (-2.0, True, False)
    assert sure.low == pytest.approx(-2.0 - 1.972 * 0.5**0.5, abs=1e-3)


def test_without_a_score_nothing_changed() -> None:
    assert change(CERTAIN, Score(0, None)) is None
    assert change(Score(0, None), CERTAIN) is None
    assert change(CERTAIN, None) is None


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_shares_change_as_newcombe_published(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    found = share_change(*now, *before)
    assert found is not None
    assert (round(found.low or 0, 4), round(found.high or 0, 4)) == (low, high)
    assert found.certain == (low > 0)


def test_nothing_sent_is_no_share() -> None:
    assert share_change(0, 0, 3, 4) is None
    assert share_change(3, 4, 0, 0) is None


# What can't be told yet


@pytest.mark.parametrize(
    ("score", "is_open", "planned", "expected"),
    [
        (Score(4, 65.0, 12.0, 46.0, 84.0), True, 12, True),  # the interval holds 70
        (Score(4, 65.0, 12.0, 46.0, 84.0), False, 12, False),  # closed: the figures are the result
        (Score(12, 65.0, 12.0, 46.0, 84.0), True, 12, False),  # nobody is outstanding
        (Score(8, 60.0, 3.0, 57.0, 63.0), True, 12, False),  # surely under 70 already
        (Score(1, 60.0), True, 12, True),  # one answer has no interval
        (Score(4, 65.0, 12.0, 46.0, 84.0), True, None, True),  # nobody knows how many will come
        (Score(0, None), True, 12, False),
    ],
)
def test_few_answers_cannot_tell_yet(score: Score, is_open: bool, planned: int | None, expected: bool) -> None:
    assert cannot_tell_yet(score, 70.0, is_open=is_open, planned=planned) is expected


def test_an_item_on_target_needs_no_doubt() -> None:
    (item,) = item_standings(waves(80.5, open_at_last=True))
    assert (item.status, item.cannot_tell_yet) == ("ok", False)


def test_questionnaires_sent_say_how_many_answers_to_expect() -> None:
    (figures,) = waves(79.5, open_at_last=True)
    sent = replace(figures, returns=ReturnTally(sent=240), wave=replace(figures.wave, planned_n=100))
    assert [(one.planned, one.cannot_tell_yet) for one in item_standings([sent])] == [(240, True)]
    unsent = replace(figures, wave=replace(figures.wave, planned_n=100))
    assert [(one.planned, one.cannot_tell_yet) for one in item_standings([unsent])] == [(100, False)]


# Standings


def test_items_stand_worst_first_and_the_unanswered_last() -> None:
    scores = {"price": 90.0, "on_time": 70.0, "attitude": None, "quantity": 79.96}
    items = {code: ItemScore(Score(10 if s else 0, s), None, None) for code, s in scores.items()}
    found = item_standings([Figures(items=items)])
    assert [(one.code, one.status) for one in found] == [
        ("on_time", "red"),  # at 70.0 exactly
        ("quantity", "amber"),  # 79.96 is below 80
        ("price", "ok"),
        ("attitude", None),
    ]


def test_red_is_measured_by_the_red_bound_and_amber_by_its_own() -> None:
    items = {code: ItemScore(Score(10, s), None, None) for code, s in (("on_time", 65.0), ("price", 75.0))}
    assert [one.bound for one in item_standings([Figures(items=items)])] == [70.0, 80.0]


def test_the_index_is_measured_by_its_target() -> None:
    owner = load(preset("owner-residence"))
    figures = Figures(Wave(layout=Layout(owner)), index=Score(40, owner.targets.index - 0.5))
    assert (index_standing([figures]).status, index_standing([figures]).bound) == ("amber", owner.targets.index)


def test_only_dimensions_in_sight_are_shown() -> None:
    found = dimension_standings([Figures(dimensions={"delivery": Score(5, 72.0), "quality": Score(5, 71.0)})])
    assert [one.code for one in found] == ["quality", "delivery"]


# Two periods


def test_what_both_periods_have_is_compared_by_code() -> None:
    before, now = waves(80.0, 77.0)
    (item,) = [one for one in changes(before, now) if one.kind == "item"]
    assert (item.code, item.name.zh, item.status_before, item.status_now) == ("on_time", "准时交付", "ok", "amber")
    assert item.difference is not None
    assert (item.difference.difference, item.difference.certain) == (-3.0, True)


def test_an_item_of_one_period_only_is_listed_without_a_difference() -> None:
    before = Figures(items={"price": ItemScore(CERTAIN, None, None)})
    found = {one.code: one for one in changes(before, Figures(items={}))}
    assert (found["price"].now.score, found["price"].difference) == (None, None)


def test_the_index_comes_first_then_dimensions_then_items() -> None:
    both = Figures(index=CERTAIN, dimensions={"delivery": CERTAIN}, items={"on_time": ItemScore(CERTAIN, None, None)})
    assert [one.kind for one in changes(both, both)] == ["index", "dimension", "item"]
