"""What was presented beside what holds now; the index retraced change by change."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.presented import Line, Step, Touched, changed, digest, index_of, lines, retraced

POINT = 10**9


def figures(score: float, n: int, **more: object) -> dict[str, object]:
    return {"index": {"score": score, "n": n}, "satisfaction_rate": 0.5, "returns": {"rate": 0.9, "sent": 10}, **more}


def test_only_what_differs_has_changed() -> None:
    price = {"code": "price", "score": 70.0, "n": 4}
    then = figures(81.2, 10, items=[price, {"code": "speed", "score": 90.0, "n": 10}])
    now = figures(81.0, 11, items=[{**price, "score": 70.0 + 1e-9}, {"code": "speed", "score": 90.0, "n": 11}])
    assert changed(lines(then, now)) == [
        Line("index", "", 81.2, 10, 81.0, 11),
        Line("satisfaction_rate", "", 0.5, 10, 0.5, 11),
        Line("item", "speed", 90.0, 10, 90.0, 11),
    ]


def test_a_customer_who_came_later_was_not_presented() -> None:
    then = figures(80.0, 1, by_customer={"C1": [1, 80 * POINT]})
    now = figures(80.0, 1, by_customer={"C1": [2, 150 * POINT], "C2": [1, 100 * POINT]})
    assert changed(lines(then, now)) == [
        Line("customer", "C1", 80.0, 1, 75.0, 2),
        Line("customer", "C2", None, 0, 100.0, 1),
    ]


def test_what_an_older_version_did_not_keep_is_not_compared() -> None:
    now = figures(80.0, 1, by_customer={"C1": [1, 80 * POINT]}, segments=[{"code": "A", "score": 80.0, "n": 1}])
    assert changed(lines(figures(80.0, 1), now)) == []


def test_the_hash_does_not_depend_on_the_order_of_names() -> None:
    assert digest({"b": 1, "a": "满意"}) == digest({"a": "满意", "b": 1}) != digest({"a": "满意", "b": 2})


def test_the_index_is_retraced_from_what_it_is_now() -> None:
    """100 and 60 were presented (80); then 60 is corrected to 40 (70), 90 is admitted (76.67), 100 withdrawn (65)."""
    steps = [Step(0, 60 * POINT, 40 * POINT), Step(0, None, 90 * POINT), Step(0, 100 * POINT, None)]
    found = retraced({0: (2, 130 * POINT)}, steps)
    assert [before for before, _ in found] == [80.0, 70.0, pytest.approx(76.6667, abs=1e-4)]
    assert [after for _, after in found] == [70.0, pytest.approx(76.6667, abs=1e-4), 65.0]


def test_over_customers_each_counts_once() -> None:
    """One customer's mean of 100 and 80, another's 60: 75; the second one's only answer is withdrawn: 90."""
    assert retraced({1: (2, 180 * POINT), 2: (0, 0)}, [Step(2, 60 * POINT, None)]) == [(75.0, 90.0)]


SCORES = some.integers(0, 100 * POINT)


@given(some.lists(SCORES, min_size=1, max_size=5), some.lists(some.tuples(some.none() | SCORES, some.none() | SCORES)))
def test_going_forward_again_arrives_at_now(first: list[int], moves: list[tuple[int | None, int | None]]) -> None:
    n, total = len(first), sum(first)
    begun = index_of({0: (n, total)})
    steps = [Step(0, before, after) for before, after in moves]
    for one in steps:
        n += (one.after is not None) - (one.before is not None)
        total += (one.after or 0) - (one.before or 0)
    found = retraced({0: (n, total)}, steps) if n > 0 else []
    if found:
        assert (found[0][0], found[-1][1]) == (begun, index_of({0: (n, total)}))


def test_a_change_touches_the_figures_that_are_made_of_it() -> None:
    touched = Touched(frozenset({"price"}), frozenset({"commercial"}), "C1", "Large")
    kinds = [("index", ""), ("item", "price"), ("dimension", "commercial"), ("customer", "C1"), ("segment", "Large")]
    assert all(touched.touches(Line(kind, code, 1.0, 1, 2.0, 1)) for kind, code in kinds)
    assert not any(touched.touches(Line(kind, f"other {code}", 1.0, 1, 2.0, 1)) for kind, code in kinds[1:])
