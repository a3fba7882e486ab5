"""A scheme on the editor's tables and fields: nothing is lost on the way there and back, and mistakes have a place."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.scheme_changes import Entry, changes, merged
from domain.scheme_draft import (
    TABLES,
    Draft,
    Place,
    checked,
    document_of,
    draft_of,
    place_of,
    rows_of,
    with_rows,
    with_values,
)
from domain.scheme_file import SchemeInvalid, load

PRESETS = {
    file.stem: file.read_text("utf-8") for file in (Path(__file__).parents[2] / "sample_data/presets").glob("*.toml")
}
IATF = draft_of(PRESETS["iatf-quarterly"])


def through_the_tables(draft: Draft) -> Draft:
    for table in TABLES:
        draft = with_rows(draft, table, rows_of(draft, table))
    return draft


@pytest.mark.parametrize("code", PRESETS)
def test_a_preset_comes_out_of_the_editor_as_it_went_in(code: str) -> None:
    draft = through_the_tables(draft_of(PRESETS[code]))
    assert checked(draft) == load(PRESETS[code])
    assert checked(draft).departments == load(PRESETS[code]).departments
    assert document_of(draft_of(document_of(draft))) == document_of(draft)


@given(code=st.sampled_from(sorted(PRESETS)), data=st.data())
def test_a_small_change_of_any_preset_is_the_one_change_that_is_told(code: str, data: st.DataObject) -> None:
    draft = draft_of(PRESETS[code])
    at = data.draw(st.integers(0, len(draft["items"]) - 1))
    weight = data.draw(st.integers(1, 99).map(lambda n: f"{n / 8:g}"))
    rows = rows_of(draft, "items")
    before, rows[at]["weight"] = rows[at]["weight"], weight
    found = changes(draft, with_rows(draft, "items", rows))
    told = [Entry(("items", rows[at]["code"], "weight"), before, weight)]
    assert found == ([] if Decimal(weight) == Decimal(before) else told)
    assert (
        checked(with_rows(draft, "items", rows)).items[at].weight == load(document_of(draft)).items[at].weight or found
    )


def test_what_the_editor_does_not_know_is_kept() -> None:
    draft = {"survey": {"questions": 30}, **IATF, "items": [{**row, "hint": "x"} for row in IATF["items"]]}
    assert through_the_tables(draft) == draft
    assert tomllib.loads(document_of(draft))["survey"] == {"questions": 30}


def test_rows_that_came_went_moved_or_changed_are_told_by_their_code() -> None:
    rows = rows_of(IATF, "levels")
    rows[1]["points"], rows[0]["en"] = "85", ""
    after = with_rows(IATF, "levels", [*rows[:4], {"code": "awful", "zh": "极差", "points": "1", "value": "0"}])
    assert changes(IATF, after) == [
        Entry(("levels", "very_satisfied", "en"), "Very satisfied", ""),
        Entry(("levels", "satisfied", "points"), "80", "85"),
        Entry(("levels", "very_dissatisfied"), "很不满意 / Very dissatisfied", ""),
        Entry(("levels", "awful"), "", "极差"),
    ]
    turned = with_rows(IATF, "dimensions", rows_of(IATF, "dimensions")[::-1])
    assert [one.path for one in changes(IATF, turned)] == [("dimensions", "", "order")]


def test_sections_are_told_entry_by_entry() -> None:
    after = with_values(IATF, {"red_at_or_below": None, "red_below": 60}, "thresholds")
    assert changes(IATF, after) == [
        Entry(("thresholds", "red_at_or_below"), "70", ""),
        Entry(("thresholds", "red_below"), "", "60"),
    ]


REFUSED: dict[str, tuple[Draft, Place]] = {
    "weights that add up to nothing": (
        with_rows(
            IATF,
            "items",
            [row | {"weight": "0"} if row["dimension"] == "delivery" else row for row in rows_of(IATF, "items")],
        ),
        Place("dimensions", 1),
    ),
    "thresholds in the wrong order": (with_values(IATF, {"amber_below": 60}, "thresholds"), Place("thresholds")),
    "a level twice": (
        with_rows(IATF, "levels", [*rows_of(IATF, "levels"), rows_of(IATF, "levels")[0]]),
        Place("levels"),
    ),
    "levels in the wrong order": (with_rows(IATF, "levels", rows_of(IATF, "levels")[::-1]), Place("levels", 1)),
    "a weight that is no number": (
        with_rows(IATF, "dimensions", [row | {"weight": "much"} for row in rows_of(IATF, "dimensions")]),
        Place("dimensions", 0, "weight"),
    ),
    "an item of an unknown dimension": (
        with_rows(IATF, "items", [row | {"dimension": "taste"} for row in rows_of(IATF, "items")]),
        Place("items", 0, "dimension"),
    ),
    "a department twice": (
        with_rows(IATF, "departments", [*rows_of(IATF, "departments"), {"code": "sales", "zh": "业务"}]),
        Place("departments", None, None),
    ),
    "a day that is none": (
        with_values(IATF, {"days_off": ["2026-13-01"]}, "calendar"),
        Place("calendar", None, "days_off"),
    ),
    "no approver": (with_values(IATF, {"approvers": []}, "actions"), Place("actions")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_work_is_refused_with_its_place(what: str) -> None:
    draft, place = REFUSED[what]
    with pytest.raises(SchemeInvalid) as refused:
        checked(draft)
    found = place_of(refused.value)
    assert (found.section, found.row) == (place.section, place.row)
    assert place.field in (None, found.field)


def test_changes_of_two_people_are_put_together_and_mine_count_where_both_changed() -> None:
    mine = with_values(with_values(IATF, {"satisfied_score": 85}), {"index": 82}, "targets")
    rows = [row | {"weight": "2"} if row["code"] == "quality" else row for row in rows_of(IATF, "dimensions")]
    theirs = with_rows(
        with_values(with_values(IATF, {"cadence": "monthly"}), {"index": 90}, "targets"), "dimensions", rows
    )
    both = merged(IATF, mine, theirs)
    expected: list[tuple[tuple[str, ...], Any]] = [
        (("cadence",), "monthly"),
        (("satisfied_score",), "85"),
        (("dimensions", "quality", "weight"), "2"),
        (("targets", "index"), "82"),
    ]
    assert sorted((one.path, one.after) for one in changes(IATF, both)) == sorted(expected)
