"""Each preset says what its manual says (rules.md 2)."""

from pathlib import Path

import pytest

from domain.scheme import Deductions, Scheme
from domain.scheme_file import dump, load

FOLDER = Path(__file__).parents[2] / "sample_data" / "presets"
FILES = sorted(FOLDER.glob("*.toml"))


def preset(code: str) -> Scheme:
    return load((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))


def test_the_thirteen_presets_are_there_and_owner_residence_for_numbers_as_well() -> None:
    assert {file.stem for file in FILES} == {
        *("iatf-quarterly", "weighted-half-year", "machinery-14", "points-annual", "owner-residence", "property-q4"),
        *("callback-1-3-12", "work-order", "it-ops-half-year", "dental-half-year", "service-2025"),
        *("estate-experience", "bank-branch", "owner-residence-number"),
    }


@pytest.mark.parametrize(
    ("code", "organiser", "cadence", "items", "response_rate", "coverage"),
    [
        ("property-q4", "marketing", "yearly", 7, 0.5, None),
        ("callback-1-3-12", "after_sales", "per_event", 3, 0.7, None),
        ("work-order", "service_supervision", "per_event", 4, None, None),
        ("it-ops-half-year", "marketing", "half_yearly", 5, None, None),
        ("dental-half-year", "customer_service", "half_yearly", 6, None, None),
        ("service-2025", "customer_service", "monthly", 7, 0.8, 0.3),
        ("estate-experience", "customer_management", "yearly", 6, None, None),
        ("bank-branch", "customer_service", "yearly", 5, None, None),
    ],
)
def test_the_presets_below_80_amber_and_below_70_red_have_their_cadence_and_targets(
    code: str, organiser: str, cadence: str, items: int, response_rate: float | None, coverage: float | None
) -> None:
    scheme = preset(code)
    assert (scheme.organiser, scheme.cadence, len(scheme.items)) == (organiser, cadence, items)
    assert (scheme.targets.response_rate, scheme.targets.coverage) == (response_rate, coverage)
    assert (scheme.thresholds.amber_below, scheme.thresholds.red_below, scheme.satisfied_score) == (80, 70, 80)
    assert (scheme.level_scores / 1e9).tolist() == [100, 80, 60, 40, 20]


def test_what_else_the_manuals_say_is_in_the_presets() -> None:
    assert [level.name.zh for level in preset("property-q4").levels] == [
        *("很满意", "满意", "基本满意", "不满意", "很不满意")
    ]
    assert preset("dental-half-year").window.months == 1
    assert preset("callback-1-3-12").actions.effectiveness == "customer"
    assert preset("work-order").thresholds.watch_level == "dissatisfied"
    assert preset("service-2025").item_by_code["overall"].dimension is None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_preset_is_named_like_its_file_in_both_languages_and_survives_writing(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    scheme = load(text)
    assert scheme.code == file.stem
    assert load(dump(scheme)) == scheme
    named = [scheme.name, *scheme.departments.values()]
    named += [part.name for group in (scheme.levels, scheme.dimensions, scheme.items, scheme.grades) for part in group]
    assert all(name.zh and name.en for name in named)
    assert text.startswith("#")
    assert "(ours)" in text or "# Ours" in text


def test_iatf_quarterly_has_14_items_in_5_dimensions_of_equal_weight() -> None:
    scheme = preset("iatf-quarterly")
    sizes = [sum(item.dimension == d.code for item in scheme.items) for d in scheme.dimensions]
    assert sizes == [3, 3, 3, 2, 3]
    assert {d.weight for d in scheme.dimensions} == {1}
    assert [level.points for level in scheme.levels] == [100, 80, 60, 40, 20]
    assert (scheme.thresholds.amber_below, scheme.thresholds.red_at_or_below) == (80, 70)
    assert scheme.thresholds.decline_step == 0
    assert (scheme.targets.index, scheme.targets.customer, scheme.targets.response_rate) == (80, 80, 0.99)
    assert (scheme.window.working_days, scheme.actions.effectiveness) == (5, "next_wave")
    assert (scheme.cadence, scheme.organiser) == ("quarterly", "sales")


def test_weighted_half_year_weighs_50_15_15_10_10() -> None:
    scheme = preset("weighted-half-year")
    assert [d.weight for d in scheme.dimensions] == [50, 15, 15, 10, 10]
    assert (scheme.satisfied_score, scheme.thresholds.red_below, scheme.thresholds.amber_below) == (70, 70, 70)
    assert (scheme.targets.response_rate, scheme.watch_position) == (0.8, 2)
    assert [level.name.zh for level in scheme.levels] == ["很满意", "较满意", "一般", "不太满意", "很不满意"]


def test_points_annual_weighs_all_12_items_the_same() -> None:
    scheme = preset("points-annual")
    assert scheme.composite_weights[0].tolist() == [1] * 12
    assert [level.points for level in scheme.levels] == [50, 30, 20, 0, -10]
    assert (scheme.level_scores / 1e9).tolist() == [100, 60, 40, 0, -20]


def test_machinery_14_has_full_marks_that_add_up_to_100_and_deductions() -> None:
    scheme = preset("machinery-14")
    assert [item.weight for item in scheme.items] == [10, 10, 10, 10, 8, 8, 8, 6, 6, 6, 6, 4, 4, 4]
    assert (scheme.composite_weights[0] * 2).tolist() == [item.weight for item in scheme.items]
    assert scheme.deductions == Deductions(5, 10, ("quality", "delivery", "service"), 0)
    assert scheme.index_over == "customers"
    assert len(scheme.levels) == 7


@pytest.mark.parametrize("code", ["owner-residence", "owner-residence-number"])
def test_owner_residence_has_five_bands_and_a_chain_of_approval(code: str) -> None:
    scheme = preset(code)
    assert [(g.name.zh, g.at_least) for g in scheme.grades] == [
        ("非常满意", 95),
        ("满意", 80),
        ("一般", 70),
        ("不满意", 60),
        ("很不满意", 0),
    ]
    assert scheme.approval.countersigned_by == ("engineering", "design", "marketing", "property")
    assert scheme.approval.approved_by == "vice_president"
    assert scheme.targets.coverage == 0.8
    assert scheme.required.void_when_missed


def test_owner_residence_takes_levels_as_they_are_or_numbers() -> None:
    levels, numbers = preset("owner-residence"), preset("owner-residence-number")
    assert levels.points_are_scores
    assert (levels.level_scores / 1e9).tolist() == [97.5, 87.5, 75, 65, 30]
    assert numbers.number_scale
    assert numbers.item_codes == levels.item_codes
