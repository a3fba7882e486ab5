"""What can be shown to somebody who has no account: one view with its filters, until a day (rules.md 11)."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from domain.errors import N_

FILTERS: Final = ("scheme", "period", "from", "segment", "region", "channel", "department", "customer")
"""Filters of the screens of figures, which a share keeps as they were."""
SHORTEST_TURN, LONGEST_TURN = 1, 600
"""Seconds that a slide of a wall screen may stand."""
USUAL_DAYS: Final = 7
MOST_DAYS: Final = 366
LONGEST_TITLE: Final = 120


class View(NamedTuple):
    """A view that can be shared: its page, what it is called, what its address holds, what its reader may choose in it.

    `needs` is the permission of its page; a share never gives more than its maker has at the moment of looking.
    """

    page: str
    name: str
    needs: str
    holds: tuple[str, ...] = FILTERS
    free: tuple[str, ...] = ()
    more: frozenset[str] = frozenset()


READS: Final = frozenset({"view_scores", "view_customers", "view_findings", "view_actions"})
"""What a share may read at most; never a permission that writes, and personal data only where its maker chose so."""
VIEWS: Final = {
    "overview": View("overview", N_("Overview"), "view_scores"),
    "customers": View("customers", N_("Customers"), "view_customers", free=("search", "below", "page")),
    "customer": View("customer", N_("Customer file"), "view_customers", (*FILTERS, "code"), ("show",)),
    "items": View("items", N_("Dimensions and items"), "view_scores", free=("view", "dimension", "item", "by")),
    "item": View("items", N_("Item"), "view_scores", (*FILTERS, "item"), ("view", "by")),
    "presented": View(
        "presented", N_("As presented"), "view_scores", ("scheme", "wave"), more=frozenset({"view_waves"})
    ),
    "meeting": View(
        "projector",
        N_("Projector"),
        "attend_meetings",
        ("meeting",),
        ("slide",),
        frozenset({"attend_meetings", "view_complaints"}),
    ),
    "wall": View(
        "projector",
        N_("Wall screen"),
        "attend_meetings",
        ("scheme",),
        ("slide",),
        frozenset({"attend_meetings", "view_complaints"}),
    ),
}


OF_SLIDES: Final = frozenset({"meeting", "wall"})
"""Views of which slides are chosen, that may turn by themselves."""


def permissions(view: str, *, with_people: bool) -> frozenset[str]:
    """The permissions that a share of a view leaves of its maker's.

    >>> sorted(permissions("meeting", with_people=False) - READS)
    ['attend_meetings', 'view_complaints']
    """
    return READS | VIEWS[view].more | ({"view_personal"} if with_people else frozenset())


def held(view: str, address: Mapping[str, str]) -> dict[str, str]:
    """What of an address a share of the view keeps.

    >>> held("presented", {"scheme": "s", "wave": "2026-Q3", "view": "trends", "segment": ""})
    {'scheme': 's', 'wave': '2026-Q3'}
    """
    return {name: value for name, value in address.items() if name in VIEWS[view].holds and value}


def overruled(view: str, params: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    """The address that a reader gets who asked for another one: the share's own, and what may be chosen in it.

    >>> overruled("customer", {"code": "C1"}, {"code": "C2", "show": "items", "customer": "C3"})
    {'code': 'C1', 'show': 'items'}
    """
    free = {name: value for name, value in asked.items() if name in VIEWS[view].free and name not in params}
    return {**params, **free}


def shown_groups(sizes: Mapping[str, int], least: int) -> set[str]:
    """Groups whose figures may stand apart: those of `least` and more, and none from which a smaller one comes by subtraction.

    Where fewer than `least` are left out in all, the smallest of the others is left out as well.

    >>> sorted(shown_groups({"a": 9, "b": 6, "c": 2}, 5)), sorted(shown_groups({"a": 9, "b": 6, "c": 2, "d": 3}, 5))
    (['a'], ['a', 'b'])
    >>> sorted(shown_groups({"a": 9, "b": 1}, 1)), shown_groups({"a": 9, "b": 0}, 5)
    (['a', 'b'], {'a'})
    """
    there = {name: size for name, size in sizes.items() if size}
    kept = sorted((name for name, size in there.items() if size >= least), key=lambda name: (there[name], name))
    hidden = sum(size for size in there.values() if size < least)
    return set(kept[1:] if 0 < hidden < least else kept)


def slides_shown(keys: Iterable[str], chosen: Iterable[str]) -> list[int]:
    """Places of the slides that a share shows, in their order; all where none was chosen, or none of those is left.

    >>> slides_shown(["index", "returns", "item:a"], ["item:a", "index", "gone"]), slides_shown(["index"], [])
    ([0, 2], [0])
    """
    wanted, every = set(chosen), list(keys)
    found = [place for place, key in enumerate(every) if key in wanted]
    return found or list(range(len(every)))
