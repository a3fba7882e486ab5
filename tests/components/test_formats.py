"""Figures, periods and times read as design.md 2 and 4 say."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import formats, status
from domain.scores import at_or_below, below

SCORES = st.floats(-40, 100, allow_nan=False).map(lambda score: round(score, 6))


@pytest.mark.parametrize(
    ("score", "bounds", "text"),
    [
        (79.96, (80.0,), "79.96"),
        (79.996, (80.0,), "79.996"),
        (80.0, (80.0,), "80.0"),
        (80.04, (80.0,), "80.04"),
        (70.0, (80.0, 70.0), "70.0"),
        (70.04, (80.0, 70.0), "70.04"),
        (94.96, (95.0,), "94.96"),
        (63.84, (80.0, 70.0), "63.8"),
        (-20.0, (), "−20.0"),
        (-0.04, (), "0.0"),
        (None, (80.0,), "–"),
        (float("nan"), (80.0,), "–"),
    ],
)
def test_a_score_is_never_rounded_over_a_bound(score: float | None, bounds: tuple[float, ...], text: str) -> None:
    assert formats.shown(score, *bounds) == text


@given(SCORES, st.sampled_from([60.0, 70.0, 80.0, 94.5]))
def test_what_is_shown_lies_on_the_same_side_of_a_bound_as_the_score(score: float, bound: float) -> None:
    read = float(formats.shown(score, bound).replace("−", "-"))
    assert (below(read, bound), at_or_below(read, bound)) == (below(score, bound), at_or_below(score, bound))


@pytest.mark.parametrize(("language", "text"), [("en", "91.4 % (234 / 256)"), ("zh_CN", "91.4 %（234 / 256）")])
def test_a_share_shows_what_it_is_a_share_of(language: str, text: str) -> None:
    assert formats.share(234, 256, language=language) == text


def test_a_rate_just_under_its_target_does_not_read_as_the_target() -> None:
    assert formats.percent(0.98996, 0.99) == "98.996 %"
    assert formats.share(0, 0, 0.99, language="en") == "– (0 / 0)"


@pytest.mark.parametrize(
    ("difference", "certain", "english", "chinese"),
    [
        (2.14, True, "↑ 2.1", "↑ 2.1"),
        (-2.1, True, "↓ 2.1", "↓ 2.1"),
        (-0.3, False, "≈ 0.3 cannot tell", "≈ 0.3 不能断定"),
        (0.02, True, "↑ 0.02", "↑ 0.02"),
        (1.0, None, "≈ 1.0 cannot tell", "≈ 1.0 不能断定"),
        (None, None, "–", "–"),
    ],
)
def test_an_arrow_appears_only_for_a_certain_change(
    difference: float | None, certain: bool | None, english: str, chinese: str
) -> None:
    assert formats.change(difference, certain, language="en") == english
    assert formats.change(difference, certain, language="zh_CN") == chinese


def test_a_chart_is_told_in_a_sentence() -> None:
    told = status.sentence("满意度指数", 81.25, target=80.0, difference=2.0, certain=True, language="zh_CN")
    assert told == "满意度指数 81.2，达到目标 80，升高"
    assert status.sentence("Index", None, target=80.0, language="en") == "Index: no score yet"


def test_the_interval_is_left_out_where_there_is_none() -> None:
    assert formats.interval(78.61, 80.72, 1234, language="zh_CN") == "95% 区间 78.6–80.7 · n=1,234"
    assert formats.interval(None, None, 1, language="zh_CN") == "n=1 *"


@pytest.mark.parametrize(
    ("code", "chinese", "english", "short"),
    [
        ("2026-Q3", "2026年三季度", "Q3 2026", "26Q3"),
        ("2026-H1", "2026年上半年", "H1 2026", "26H1"),
        ("2026-H2", "2026年下半年", "H2 2026", "26H2"),
        ("2026-11", "2026年11月", "Nov 2026", "26-11"),
        ("2026-03", "2026年3月", "Mar 2026", "26-03"),
        ("2026", "2026年", "2026", "2026"),
        ("2026-13", "2026-13", "2026-13", "2026-13"),
        ("2026-Q5", "2026-Q5", "2026-Q5", "2026-Q5"),
        ("试点 A", "试点 A", "试点 A", "试点 A"),
    ],
)
def test_a_period_has_a_name_in_both_languages_and_a_short_one(
    code: str, chinese: str, english: str, short: str
) -> None:
    assert formats.period(code, language="zh_CN") == chinese
    assert formats.period(code, language="en") == english
    assert formats.period_short(code) == short


def test_days_and_moments_follow_the_place_where_they_are_read() -> None:
    assert formats.day(date(2026, 9, 16), language="zh_CN") == "9月16日"
    assert formats.day(date(2025, 9, 6), today=date(2026, 1, 1), language="zh_CN") == "2025年9月6日"
    assert formats.day_in_form(date(2026, 9, 6)) == "2026-09-06"
    assert formats.day_in_form(None) == "–"
    late = datetime(2026, 9, 15, 18, 42, 18, tzinfo=UTC)
    assert formats.clock(late, ZoneInfo("Asia/Shanghai")) == "02:42:18"
    assert formats.moment(late, ZoneInfo("Asia/Shanghai")) == "2026-09-16 02:42"


@pytest.mark.parametrize(
    ("days", "working", "english", "chinese"),
    [
        (2, True, "2 workdays left", "剩 2 个工作日"),
        (1, True, "1 workday left", "剩 1 个工作日"),
        (9, False, "9 days left", "剩 9 天"),
        (0, True, "due today", "今天到期"),
        (-1, False, "1 day late", "逾期 1 天"),
        (-12, True, "12 days late", "逾期 12 天"),
    ],
)
def test_time_left_turns_into_days_late(days: int, working: bool, english: str, chinese: str) -> None:
    assert formats.time_left(days, working_days=working, language="en") == english
    assert formats.time_left(days, working_days=working, language="zh_CN") == chinese


def test_a_status_is_told_by_sign_and_word_and_colour() -> None:
    assert status.badge("red", language="zh_CN") == ":red-badge[● 红]"
    assert status.badge("amber", language="zh_CN") == ":orange-badge[◇ 黄]"
    assert status.marked_word("ok", language="zh_CN") == "达标"
    signs = [(look.sign, look.word) for look in status.STATUS.values()]
    assert len(set(signs)) == len(signs)


@pytest.mark.parametrize(("days", "colour"), [(-1, "red"), (0, "orange"), (2, "orange"), (3, "gray")])
def test_what_is_due_soon_stands_out(days: int, colour: str) -> None:
    assert status.due_badge(days, language="en").startswith(f":{colour}-badge[:material/schedule: ")
