"""Charts: rows say what happened, specs hold no data, fit their rows and are built once."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import altair
import pytest
from streamlit.testing.v1 import AppTest

from components import charts
from components.chart_theme import Spec, even_ticks, level_shades, score_range
from components.charts.comparisons import change_rows, changes_spec
from components.charts.drawing import Row
from components.charts.levels import band_counts, band_words, distribution_rows, distribution_spec, level_bars_spec
from components.charts.returns import rate_rows, rates_spec
from components.charts.subjects import subject_rows, subjects_spec
from components.charts.waves import shared_range, small_spec, trend_rows, trend_spec
from domain.scores import Score

INDEX = [
    charts.WavePoint("w1", "2026-Q1", Score(230, 80.1, 8.0, 79.0, 81.2), "ok"),
    charts.WavePoint("w2", "2026-Q2", Score(0, None), None),
    charts.WavePoint("w3", "2026-Q3", Score(1, 79.96), "amber"),
]
DIMENSIONS = [
    charts.Subject("delivery", "交付", Score(234, 63.84, 8.0, 62.0, 65.7), "red", before=66.0),
    charts.Subject("price", "价格技术", Score(0, None), None),
]
ANSWERS = [charts.LevelCounts("on_time", "准时交付", (1, 2, 4, 2, 1), 67.5, "red")]
WORDS = ("非常满意", "满意", "一般", "不满意", "非常不满意")
COMPARED = [
    charts.Comparison("a", "A", 80.0, 77.0, -4.8, -1.2, certain=True),
    charts.Comparison("b", "B", 80.0, 81.0, -0.8, 2.8, certain=False),
    charts.Comparison("c", "C", 80.0, 83.0, 1.2, 4.8, certain=True),
    charts.Comparison("d", "D", 80.0, 83.0),
]
RETURNED = [charts.Returns("oem", "整车厂", 72, 71), charts.Returns("new", "新客户", 0, 0)]

CHARTS: list[Any] = [
    pytest.param(
        lambda: trend_spec("zh_CN", 75, 85, 80.0, 70.0, 176, 12, False), trend_rows(INDEX, "zh_CN"), id="trend"
    ),
    pytest.param(lambda: small_spec("zh_CN", 60, 95, 80.0, 70.0, 148), trend_rows(INDEX, "zh_CN"), id="small"),
    pytest.param(
        lambda: subjects_spec("zh_CN", 60, 90, 80.0, 70.0, True, 172, 12),
        subject_rows(DIMENSIONS, "zh_CN", 80.0, with_n=True),
        id="subjects",
    ),
    pytest.param(lambda: changes_spec("zh_CN", 70, 90, 80.0, 172, 12), change_rows(COMPARED, "zh_CN"), id="changes"),
    pytest.param(
        lambda: distribution_spec("zh_CN", WORDS, -40, 80, 520, 12),
        distribution_rows(ANSWERS, WORDS),
        id="distribution",
    ),
    pytest.param(lambda: level_bars_spec("zh_CN", WORDS, 140, 12), distribution_rows(ANSWERS, WORDS), id="level bars"),
    pytest.param(lambda: rates_spec("zh_CN", 0.99, 140, 12), rate_rows(RETURNED, "zh_CN", 0.99), id="rates"),
]


def fields(part: object) -> set[str]:
    """Every data field that a spec reads."""
    if isinstance(part, dict):
        own = {part["field"]} if isinstance(part.get("field"), str) else set()
        return own.union(*(fields(value) for name, value in part.items() if name != "config"))
    return set().union(*(fields(value) for value in part)) if isinstance(part, list) else set()


@pytest.mark.parametrize(("spec", "rows"), CHARTS)
def test_a_spec_is_valid_vega_lite_without_data(spec: Callable[[], Spec], rows: Sequence[Row]) -> None:
    altair.LayerChart.from_dict(spec())
    assert '"data"' not in json.dumps(spec())
    assert "datasets" not in spec()


@pytest.mark.parametrize(("spec", "rows"), CHARTS)
def test_rows_have_every_field_that_the_spec_reads(spec: Callable[[], Spec], rows: Sequence[Row]) -> None:
    in_expressions = set(
        re.findall(r"datum\.(\w+)", json.dumps([layer.get("transform", []) for layer in spec()["layer"]]))
    )
    assert fields(spec()) | in_expressions <= set(rows[0])


@pytest.mark.parametrize(("spec", "rows"), CHARTS)
def test_a_spec_is_built_once(spec: Callable[[], Spec], rows: Sequence[Row]) -> None:
    assert spec() is spec()


def test_a_spec_says_its_words_in_its_language() -> None:
    assert "目标 80" in json.dumps(trend_spec("zh_CN", 75, 85, 80.0, None, 176, 12, False), ensure_ascii=False)
    assert "Target 80" in json.dumps(trend_spec("en", 75, 85, 80.0, None, 176, 12, False))


def test_a_trend_writes_out_its_first_and_last_score_and_leaves_a_gap_where_there_is_none() -> None:
    rows = trend_rows(INDEX, "zh_CN", 80.0)
    assert [row["label"] for row in rows] == ["80.1", "", "79.96"]
    assert [row["score"] for row in rows] == [80.1, None, 79.96]
    assert [row["last"] for row in rows] == [0, 0, 1]
    assert rows[0]["name"] == "2026年一季度"
    assert rows[2]["top"] == 79.96, "a label needs a height where there is no interval"


def test_small_trends_share_a_range_that_holds_all_of_them_and_the_bounds() -> None:
    low, high = shared_range([INDEX], 80.0, 70.0)
    assert low <= 68.8
    assert high >= 82.4


@pytest.mark.parametrize(("values", "bounds", "expected"), [([80.0], [80.0], (75, 85)), ([60.0, 95.0], [], (59, 96))])
def test_a_narrow_range_is_widened_to_nine_points(
    values: list[float | None], bounds: list[float | None], expected: tuple[int, int]
) -> None:
    assert score_range(values, *bounds) == expected


def test_ticks_are_even_and_few() -> None:
    assert even_ticks(74, 85) == [74, 76, 78, 80, 82, 84]
    assert all(len(even_ticks(0, high)) <= 8 for high in range(10, 101))


def test_a_subject_carries_its_sign_and_n() -> None:
    rows = subject_rows(DIMENSIONS, "en", 80.0, with_n=True)
    assert [(row["label"], row["small"]) for row in rows] == [("● 63.8", "n=234"), ("–", "n=0 *")]
    assert rows[0]["earlier"] == "66.0"


def test_a_change_is_better_or_worse_only_when_it_is_certain() -> None:
    rows = change_rows(COMPARED, "en")
    assert [row["change"] for row in rows] == ["worse", "unclear", "better", "unclear"]
    assert [row["label"] for row in rows] == ["↓ 3.0", "≈ 1.0", "↑ 3.0", "≈ 3.0"]
    assert rows[0]["lo"] == pytest.approx(75.2)
    assert rows[0]["hi"] == pytest.approx(78.8)
    assert rows[0]["span"] == "[−4.8, −1.2]"
    assert rows[3]["lo"] is None


def test_bars_are_centred_on_the_middle_level() -> None:
    rows = distribution_rows(ANSWERS, WORDS, 80.0, 70.0)
    assert [row["word"] for row in rows] == list(reversed(WORDS))
    assert [row["percent"] for row in rows] == [10, 20, 40, 20, 10]
    assert [(row["start"], row["end"]) for row in rows] == [(-50, -40), (-40, -20), (-20, 20), (20, 40), (40, 50)]
    assert [row["level"] for row in rows] == [4, 3, 2, 1, 0]
    assert [row["label"] for row in rows] == ["● 67.5", None, None, None, None]


def test_an_even_number_of_levels_is_centred_between_its_halves() -> None:
    rows = distribution_rows([charts.LevelCounts("q", "Q", (1, 1, 1, 1), 50.0)], ("a", "b", "c", "d"))
    assert [row["start"] for row in rows] == [-50, -25, 0, 25]


def test_small_parts_carry_no_figure_and_an_item_without_answers_has_no_bar() -> None:
    rows = distribution_rows([charts.LevelCounts("q", "Q", (94, 5, 1), 90.0)], ("a", "b", "c"))
    assert [row["text"] for row in rows] == ["", "", "94"]
    empty = distribution_rows([charts.LevelCounts("q", "Q", (0, 0, 0), None, None)], ("a", "b", "c"))
    assert {row["percent"] for row in empty} == {0.0}


def test_a_number_scale_is_shown_in_five_bands_best_first() -> None:
    assert band_words() == ["90–100", "80–<90", "70–<80", "60–<70", "0–<60"]
    assert band_counts([100, 90, 89.99, 80, 60, 59.99, 0]) == [2, 2, 0, 1, 2]


@pytest.mark.parametrize("levels", range(2, 12))
def test_levels_have_different_colours_from_worst_to_best(levels: int) -> None:
    shades = level_shades(levels)
    assert len(set(shades)) == levels
    assert (shades[0][0], shades[-1][0]) == ("#B9510A", "#2450B8")


def test_a_rate_is_missing_where_nothing_was_sent() -> None:
    rows = rate_rows(RETURNED, "zh_CN", 0.99)
    assert [(row["label"], row["detail"]) for row in rows] == [("98.6 %", "71 / 72 · 缺 1"), ("–", "0 / 0")]
    assert rows[1]["percent"] is None


def page_of_charts() -> None:
    import streamlit as st

    from components import charts
    from domain.scores import Score

    score = Score(234, 79.6, 8.0, 78.6, 80.7)
    points = [charts.WavePoint("w1", "2026-Q3", score, "amber")]
    st.session_state.wave = charts.trend(points, target=80.0, alt_text="Index 79.6, below target 80", key="trend")
    st.session_state.code = charts.subjects(
        [charts.Subject("d", "D", score)], target=80.0, alt_text="d", key="subjects"
    )
    charts.item_trend(points, charts.shared_range([points], 80.0), target=80.0, red=70.0, alt_text="item")
    charts.changes([charts.Comparison("a", "A", 80.0, 77.0)], alt_text="changes", key="changes")
    charts.distribution(
        [charts.LevelCounts("q", "Q", (1, 2, 3), 60.0)], ["a", "b", "c"], alt_text="levels", key="levels"
    )
    charts.level_bars(charts.LevelCounts("q", "Q", (1, 2, 3), 60.0), ["a", "b", "c"], alt_text="one item", key="item")
    charts.response_rates([charts.Returns("r", "R", 10, 9)], target=0.99, alt_text="rates", key="rates")
    charts.trend([], alt_text="nothing yet", key="nothing")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_chart_draws_with_its_sentence_for_screen_readers(language: str) -> None:
    screen = AppTest.from_function(page_of_charts)
    screen.session_state["language"] = language
    screen.run()
    assert not screen.exception
    drawn = [element.proto.alt for element in screen.get("vega_lite_chart")]
    assert drawn == [
        "Index 79.6, below target 80",
        "d",
        "item",
        "changes",
        "levels",
        "one item",
        "rates",
        "nothing yet",
    ]
    assert screen.session_state["wave"] is None
    assert screen.session_state["code"] is None
