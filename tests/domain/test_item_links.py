"""Items followed over waves: renamed, split, merged, on another scale; what nobody confirmed is joined to nothing."""

from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from domain.item_links import Link, LinkInvalid, checked, doubts, followed, pooled
from domain.scheme import Dimension, Item, Level, Name, Scheme, Targets, Thresholds
from domain.scores import ItemScore, Score, Tally, score_of_tally

WORDINGS = {"quality": "产品质量", "price": "价格水平", "delivery": "按时交货", "packing": "包装完好"}


def scheme(items: dict[str, str], *, steps: int = 5) -> Scheme:
    levels = tuple(Level(f"L{n}", Name(zh=f"{n}分"), Fraction(n), Fraction(n)) for n in range(steps, 0, -1))
    made = tuple(Item(code, Name(zh=zh), "all", Fraction(1), "quality") for code, zh in items.items())
    whole = (Dimension("all", Name(en="All"), Fraction(1)),)
    bounds = Thresholds(80, red_below=70)
    return Scheme("s", Name(en="S"), "quality", "yearly", levels, False, whole, made, bounds, Targets(80, 80), 80)


@dataclass(frozen=True)
class Figures:
    """A wave's items with their scores."""

    wave: Any
    items: dict[str, ItemScore]
    changed: dict[str, str] = field(default_factory=dict)


def wave(code: str, rules: Scheme, **scores: float) -> Figures:
    layout = SimpleNamespace(version_id=id(rules), scheme=rules)
    items = {item: ItemScore(Score(10, value, 5.0, value - 3, value + 3), 4.0, 0.5) for item, value in scores.items()}
    return Figures(SimpleNamespace(code=code, layout=layout), items)


def series(history: list[Figures], item: str) -> list[float | None]:
    return [one.items[item].score.score if item in one.items else None for one in history]


OLD = scheme(WORDINGS)


def test_the_same_wording_joins_by_itself_and_nothing_is_asked() -> None:
    reworded = scheme({**WORDINGS, "price": "价格水平。"})
    assert doubts(OLD, reworded) == []
    found = followed([wave("1", OLD, price=70), wave("2", reworded, price=75)], {})
    assert series(found, "price") == [70, 75]
    assert found[1].changed == {}


def test_a_shared_code_with_another_wording_is_asked_and_joined_to_nothing_until_somebody_says_so() -> None:
    other = scheme({**WORDINGS, "price": "客户投诉的处理"})
    (doubt,) = doubts(OLD, other)
    assert (doubt.item.code, doubt.before and doubt.before.code, doubt.proposed.kind) == ("price", "price", "new")
    history = [wave("1", OLD, price=70), wave("2", other, price=75)]
    assert series(followed(history, {}), "price") == [None, 75]
    said = {"2": {"price": Link("price", "same")}}
    assert series(followed(history, said), "price") == [70, 75]


def test_a_renamed_item_is_proposed_by_its_wording_and_then_followed_over_many_waves_with_a_mark() -> None:
    new = scheme({"quality": "产品质量", "cost": "价格水平", "delivery": "按时交货", "packing": "包装完好"})
    (doubt,) = doubts(OLD, new)
    assert doubt.proposed == Link("cost", "renamed", ("price",))
    history = [wave("1", OLD, price=70), wave("2", OLD, price=72), wave("3", new, cost=75), wave("4", new, cost=76)]
    assert series(followed(history, {}), "cost") == [None, None, 75, 76]
    found = followed(history, {"3": {"cost": doubt.proposed}})
    assert series(found, "cost") == [70, 72, 75, 76]
    assert [one.changed for one in found] == [{}, {}, {"cost": "renamed"}, {}]


def test_a_split_item_goes_on_twice_and_merged_ones_are_the_mean_of_all_their_answers() -> None:
    new = scheme({"quality": "产品质量", "road": "陆运按时", "sea": "海运按时", "value": "价格与包装"})
    said = {
        "road": Link("road", "split", ("delivery",)),
        "sea": Link("sea", "split", ("delivery",)),
        "value": Link("value", "merged", ("price", "packing")),
    }
    first = wave("1", OLD, quality=90, price=60, delivery=80, packing=70)
    found = followed([first, wave("2", new, quality=91, road=81, sea=82, value=66)], {"2": said})
    assert (series(found, "road"), series(found, "sea")) == ([80, 81], [80, 82])
    assert series(found, "value") == [65, 66]
    assert found[1].changed == {"road": "split", "sea": "split", "value": "merged"}


def test_pooled_answers_have_the_mean_and_deviation_of_the_answers_themselves() -> None:
    rules = scheme(WORDINGS)
    one, other, both = Tally((3, 2, 1, 0, 0)), Tally((0, 1, 0, 4, 2)), Tally((3, 3, 1, 4, 2))
    found = pooled([score_of_tally(one, rules), score_of_tally(other, rules)])
    expected = score_of_tally(both, rules).score
    assert found is not None
    assert (found.score.n, found.score.score) == (13, pytest.approx(expected.score))
    assert (found.score.sd, found.score.low) == (pytest.approx(expected.sd), pytest.approx(expected.low))


def test_another_scale_joins_on_0_to_100_with_a_mark_and_is_asked_once() -> None:
    ten = scheme(WORDINGS, steps=10)
    assert {one.proposed.kind for one in doubts(OLD, ten)} == {"rescaled"}
    found = followed([wave("1", OLD, price=70), wave("2", ten, price=75)], {})
    assert (series(found, "price"), found[1].changed["price"]) == ([70, 75], "rescaled")


def test_a_link_over_a_wave_that_is_not_shown_holds_too() -> None:
    new = scheme({"cost": "价格水平"})
    first, between, last = wave("1", OLD, price=70), wave("2", new, cost=72), wave("3", new, cost=75)
    said = {"2": {"cost": Link("cost", "renamed", ("price",))}}
    found = followed([first, last], said, [one.wave for one in (first, between, last)])
    assert series(found, "cost") == [70, 75]


def test_an_item_that_is_gone_stays_with_its_waves_and_goes_to_no_other() -> None:
    new = scheme({"quality": "产品质量"})
    found = followed([wave("1", OLD, quality=90, price=60), wave("2", new, quality=91)], {})
    assert series(found, "price") == [60, None]


@pytest.mark.parametrize(
    "link",
    [
        Link("cost", "renamed"),
        Link("cost", "renamed", ("price", "packing")),
        Link("price", "renamed", ("price",)),
        Link("cost", "merged", ("price",)),
        Link("cost", "split", ("nothing",)),
        Link("nothing", "new"),
        Link("cost", "guessed"),
    ],
)
def test_a_link_that_says_nothing_is_refused(link: Link) -> None:
    with pytest.raises(LinkInvalid):
        checked(link, OLD, scheme({**WORDINGS, "cost": "价格水平"}))
