"""Scheme documents: what is written is read back, and what can't be meant is refused with its place."""

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.scheme import (
    ActionRules,
    Approval,
    Calendar,
    Deductions,
    Dimension,
    Grade,
    Item,
    Level,
    Name,
    NamedIndex,
    Required,
    Scheme,
    Targets,
    Thresholds,
    Window,
)
from domain.scheme_checks import LARGEST_WEIGHT
from domain.scheme_file import SchemeInvalid, document_hash, dump, load

PRESETS = Path(__file__).parents[2] / "sample_data" / "presets"
IATF = (PRESETS / "iatf-quarterly.toml").read_text(encoding="utf-8")
MACHINERY = (PRESETS / "machinery-14.toml").read_text(encoding="utf-8")

codes = st.from_regex(r"[a-z0-9][a-z0-9_.\-]{0,8}", fullmatch=True)
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20).map(str.strip)
names = st.builds(Name, zh=texts.filter(bool), en=texts)
positive = st.fractions(min_value=Fraction(1, 4), max_value=100, max_denominator=4)
scores = st.floats(0, 100).map(lambda score: round(score, 6))
shares = st.none() | st.floats(0, 1)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    """Any scheme that the rules allow."""
    levels = draw(level_lists())
    dimensions = tuple(Dimension(code, draw(names), draw(positive)) for code in draw(code_lists(1, 4)))
    items = draw(item_lists(dimensions))
    grades = zip(draw(code_lists(0, 4)), sorted(draw(st.sets(scores, min_size=4)), reverse=True), strict=False)
    amber = draw(scores)
    red = draw(st.floats(0, amber))
    below = draw(st.booleans())
    rated = [item.code for item in items if item.weight > 0]
    taken = {dimension.code for dimension in dimensions}
    deductions = st.builds(Deductions, scores, scores, st.just(("quality", "other")), scores)
    named = draw(st.booleans())
    deducted = draw(st.none() | deductions) if named else None
    return Scheme(
        code=draw(codes),
        name=draw(names),
        organiser=draw(codes),
        cadence=draw(st.sampled_from(["quarterly", "half_yearly", "yearly", "per_event"])),
        levels=levels,
        points_are_scores=draw(st.booleans()) if levels else True,
        dimensions=dimensions,
        items=items,
        thresholds=Thresholds(
            amber_below=amber,
            red_below=red if below else None,
            red_at_or_below=None if below else red,
            watch_level=draw(st.sampled_from(levels)).code if levels else None,
            decline_step=draw(scores),
        ),
        targets=draw(st.builds(Targets, scores, scores, shares, shares, shares)),
        satisfied_score=draw(scores),
        grades=tuple(Grade(code, draw(names), at_least) for code, at_least in grades),
        named_indexes=tuple(
            NamedIndex(code, draw(names), tuple(draw(st.lists(st.sampled_from(rated), min_size=1, unique=True))))
            for code in draw(code_lists(0, 2))
            if code not in taken
        ),
        index_over="customers" if deducted else "responses",
        late_answers_count=draw(st.booleans()),
        customers_named=named,
        ask_importance=draw(st.booleans()),
        ask_earlier_problems=draw(st.booleans()),
        window=draw(st.builds(Window, working_days=st.integers(1, 30)) | st.builds(Window, months=st.integers(1, 12))),
        required=draw(st.builds(Required, st.none() | st.integers(1, 999), shares, st.booleans())),
        deductions=deducted,
        actions=ActionRules(draw(st.integers(1, 60)), ("quality",), draw(st.sampled_from(["next_wave", "audit"]))),
        approval=Approval(tuple(draw(code_lists(0, 3))), draw(st.none() | codes)),
        calendar=Calendar("CN", draw(st.sampled_from([(), ("2026-10-09",)])), ("2026-10-02",)),
        retention_years=draw(st.integers(1, 30)),
    )


def code_lists(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(codes, min_size=least, max_size=most, unique=True)


@st.composite
def level_lists(draw: st.DrawFn) -> tuple[Level, ...]:
    if draw(st.booleans()):
        return ()
    found = draw(code_lists(2, 11))
    points = sorted(draw(st.sets(positive, min_size=len(found), max_size=len(found))), reverse=True)
    return tuple(
        Level(code, Name(zh=f"等级{at}"), point, Fraction(at, 3), Name(zh=draw(texts)))
        for at, (code, point) in enumerate(zip(found, points, strict=True))
    )


@st.composite
def item_lists(draw: st.DrawFn, dimensions: tuple[Dimension, ...]) -> tuple[Item, ...]:
    homes = [dimension.code for dimension in dimensions]
    homes += draw(st.lists(st.sampled_from([*homes, None]), max_size=5))
    weights = st.integers(1, 12).map(Fraction)
    found = draw(code_lists(len(homes), len(homes)))
    return tuple(
        Item(code, draw(names), home, draw(weights), draw(codes)) for code, home in zip(found, homes, strict=True)
    )


@given(schemes())
def test_a_scheme_that_is_written_is_read_back_the_same(scheme: Scheme) -> None:
    assume(int(scheme.composite_weights.sum(axis=1).max()) <= LARGEST_WEIGHT)
    assert load(dump(scheme)) == scheme


def test_departments_are_written_and_read_back() -> None:
    assert load(dump(load(IATF))).departments["quality"] == Name(zh="质量部", en="Quality")


def test_numbers_may_be_written_as_whole_decimal_or_fraction() -> None:
    machinery = load(MACHINERY)
    assert machinery.levels[1].points == Fraction(5, 6)
    assert load(MACHINERY.replace('points = "3/6"', "points = 0.5")).levels[3].points == Fraction(1, 2)


def test_a_document_from_notepad_with_a_byte_order_mark_and_crlf_is_read() -> None:
    assert load("\ufeff" + IATF.replace("\n", "\r\n")) == load(IATF)


def test_the_hash_is_of_the_text_not_of_its_line_ends() -> None:
    assert document_hash("\ufeff" + IATF.replace("\n", "\r\n")) == document_hash(IATF)
    assert document_hash(IATF.replace("index = 80", "index = 81")) != document_hash(IATF)
    assert len(document_hash(IATF)) == 64


def test_an_item_without_a_dimension_stands_beside_the_index() -> None:
    beside = '\n  { code = "overall", zh = "总体满意度", en = "Overall satisfaction" },\n]'
    scheme = load(IATF.replace("\n]\n\nnamed_indexes", beside + "\n\nnamed_indexes"))
    assert scheme.item_by_code["overall"].dimension is None
    assert scheme.item_by_code["overall"].department == "sales"
    assert scheme.composite_weights[0].tolist()[-1] == 0


def test_items_beside_the_index_keep_their_own_weights_in_a_named_index() -> None:
    beside = """
  { code = "overall", zh = "总体满意度", weight = 3 },
  { code = "again", zh = "再次购买" },
]

named_indexes = [
  { code = "loyalty", zh = "忠诚度指数", items = ["overall", "again"] },"""
    scheme = load(IATF.replace("\n]\n\nnamed_indexes = [", beside))
    loyalty = scheme.composite_weights[scheme.composites.index("loyalty")].tolist()
    assert loyalty[:14] == [0] * 14
    assert loyalty[14] == 3 * loyalty[15] > 0


def changed(old: str, new: str, text: str = IATF) -> str:
    assert old in text
    return text.replace(old, new, 1)


WRONG: dict[str, tuple[Callable[[], str], str]] = {
    "no TOML": (lambda: "code = ", "not a TOML document"),
    "an unknown key": (lambda: "colour = 1\n" + IATF, "colour is not known here"),
    "an unknown key inside": (
        lambda: changed("weight = 1,", "wieght = 1, weight = 1,"),
        "items[0].wieght is not known",
    ),
    "a missing key": (lambda: changed('cadence = "quarterly"\n', ""), "cadence is missing"),
    "a missing key inside": (lambda: changed("points = 80,  ", ""), "levels[1].points is missing"),
    "a weight that is a text": (
        lambda: changed('dimension = "quality",       weight = 1', 'dimension = "quality", weight = "much"'),
        'items[0].weight must be a number from -1000000 to 1000000, such as 20, 87.5 or "5/6"; it is "much"',
    ),
    "a flag as a number": (lambda: "late_answers_count = 1\n" + IATF, "late_answers_count must be true or false"),
    "true as a number": (
        lambda: changed("working_days = 5", "working_days = true"),
        "window.working_days must be a whole",
    ),
    "infinity": (lambda: changed("index = 80", "index = inf"), "targets.index must be a number"),
    "a tiny number": (lambda: changed("index = 80", "index = 1e-999999"), "targets.index must be a number"),
    "half a fraction": (lambda: changed("points = 80,", 'points = "8/0",'), "levels[1].points must be a number"),
    "a level twice": (lambda: changed('code = "satisfied"', 'code = "very_satisfied"'), "very_satisfied comes twice"),
    "a level's name twice": (lambda: changed('zh = "满意"', 'zh = "非常满意"'), "非常满意 comes twice"),
    "no levels": (
        lambda: MACHINERY[: MACHINERY.index("levels = [")] + MACHINERY[MACHINERY.index("dimensions = [") :],
        "levels are missing",
    ),
    "one level": (
        lambda: "\n".join(line for line in MACHINERY.splitlines() if "points = " not in line or "5/6" in line),
        "2 to 11 levels",
    ),
    "an item twice": (lambda: changed('code = "quantity"', 'code = "on_time"'), "on_time comes twice"),
    "a dimension twice": (lambda: changed('code = "delivery"', 'code = "quality"'), "quality comes twice"),
    "an index named like a dimension": (
        lambda: changed('code = "product_quality"', 'code = "quality"'),
        "quality comes twice",
    ),
    "a negative weight": (
        lambda: changed('dimension = "delivery",      weight = 1', 'dimension = "delivery", weight = -1'),
        "items[3].weight must not be negative",
    ),
    "weights of nothing": (
        lambda: IATF.replace('"price_tech",    weight = 1, dep', '"price_tech", weight = 0, dep'),
        "dimensions[3]: the weights of the items of price_tech add up to nothing",
    ),
    "a dimension without weight": (
        lambda: changed('en = "Service",              weight = 1', 'en = "Service", weight = 0'),
        "dimensions[2].weight must be more than 0",
    ),
    "weights without a common measure": (
        lambda: changed('en = "Service",              weight = 1', 'en = "Service", weight = "999983/999979"'),
        "no manageable common measure",
    ),
    "an unknown dimension": (
        lambda: changed('dimension = "delivery"', 'dimension = "transport"'),
        "items[3].dimension: transport",
    ),
    "levels out of order": (
        lambda: changed("points = 80,", "points = 50,"),
        "levels[2]: levels stand from best to worst",
    ),
    "levels of equal points": (
        lambda: changed("points = 80,", "points = 100,"),
        "levels[1]: levels stand from best to worst",
    ),
    "a best level without points": (
        lambda: (
            MACHINERY.replace("points = 1, ", "points = 0, ")
            .replace('"5/6"', "-1")
            .replace('"4/6"', "-2")
            .replace('"3/6"', "-3")
            .replace('"2/6"', "-4")
            .replace('"1/6"', "-5")
            .replace("points = 0,     value = 1", "points = -6, value = 1")
        ),
        "levels[0].points must be more than 0",
    ),
    "a score under -100": (
        lambda: changed("points = 20,", "points = -101,"),
        "levels[4].points make a score of -101.0",
    ),
    "red above amber": (
        lambda: changed("red_at_or_below = 70", "red_at_or_below = 81"),
        "red (81.0) must not lie above",
    ),
    "both red bounds": (
        lambda: changed("red_at_or_below = 70", "red_at_or_below = 70\nred_below = 70"),
        "only one of them",
    ),
    "no red bound": (lambda: changed("red_at_or_below = 70", ""), "either red_below or red_at_or_below"),
    "a watch level off the scale": (
        lambda: changed('watch_level = "neutral"', 'watch_level = "soso"'),
        "thresholds.watch_level: soso",
    ),
    "an index of unknown items": (
        lambda: changed('["performance", "consistency"', '["performance", "colour"'),
        "named_indexes[0].items: colour",
    ),
    "an index of nothing": (
        lambda: changed('["performance", "consistency", "appearance", "packaging"]', "[]"),
        "named_indexes[0].items must name",
    ),
    "grades out of order": (
        lambda: changed("at_least = 80 },", 'at_least = 80 }, { code = "B", en = "B", at_least = 90 },'),
        "grades[1]: grades stand from best to worst",
    ),
    "a share in percent": (
        lambda: changed("response_rate = 0.99", "response_rate = 99"),
        "targets.response_rate must be a number from 0 to 1",
    ),
    "two windows": (lambda: changed("working_days = 5", "working_days = 5\nmonths = 1"), "window: give working_days"),
    "an unknown cadence": (
        lambda: changed('"quarterly"', '"fortnightly"'),
        'cadence must be one of half_yearly, monthly, per_event, quarterly, yearly; it is "fortnightly"',
    ),
    "an unknown country": (lambda: changed('country = "CN"', 'country = "XX"'), "calendar.country: XX"),
    "a day that is none": (
        lambda: changed('country = "CN"', 'country = "CN"\ndays_off = ["2026-02-30"]'),
        "calendar.days_off[0] must be a date",
    ),
    "a day off and on": (
        lambda: changed('country = "CN"', 'country = "CN"\ndays_off = [2026-05-04]\ndays_on = ["2026-05-04"]'),
        "2026-05-04 stands in days_off and in days_on",
    ),
    "deductions over responses": (
        lambda: changed('index_over = "customers"', "", MACHINERY),
        "deductions change customer scores",
    ),
    "deductions for an unknown matter": (
        lambda: changed('"delivery", "service"]', '"delivery", "smell"]', MACHINERY),
        "smell is not known",
    ),
    "customers without names": (lambda: "customers_named = false\n" + MACHINERY, "needs customers_named = true"),
    "an unknown department": (
        lambda: changed('department = "planning"', 'department = "plan"'),
        "items[12].department: plan is not known",
    ),
    "an approver from nowhere": (
        lambda: changed('approvers = ["quality"]', 'approvers = ["boss"]'),
        "actions.approvers[0]: boss",
    ),
    "no approver": (lambda: changed('approvers = ["quality"]', "approvers = []"), "actions.approvers must name"),
    "a name in no language": (
        lambda: changed('zh = "准时交付",     en = "On-time delivery",', ""),
        "items[3] has no name",
    ),
    "a code with a blank": (lambda: changed('code = "on_time"', 'code = "on time"'), "items[3].code must be a code"),
    "a table that is none": (
        lambda: changed("[window]\nworking_days = 5", "").replace("satisfied_score", "window = 5\nsatisfied_score", 1),
        "window must be a table",
    ),
    "a list that is none": (
        lambda: changed('approvers = ["quality"]', 'approvers = "quality"'),
        "actions.approvers must be a list",
    ),
    "an endless document": (lambda: IATF + "#" * 500_000, "at most 500000 characters"),
    "a nest of brackets": (lambda: "code = " + "[" * 100_000, "not a TOML document"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_what_can_t_be_meant_is_refused_with_its_place(mistake: str) -> None:
    text, message = WRONG[mistake]
    with pytest.raises(SchemeInvalid) as refused:
        load(text())
    assert message in str(refused.value)


@given(st.text(max_size=200) | st.sampled_from(IATF.splitlines()).flatmap(lambda line: st.just(IATF.replace(line, ""))))
def test_any_other_text_is_refused_or_read_and_never_breaks(text: str) -> None:
    with suppress(SchemeInvalid):
        assert load(dump(load(text))) == load(text)
