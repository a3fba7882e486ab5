"""Which customers a plan or a list means (rules.md 8: segment, region, value, frequency, new or old, VIP)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Final

UNITS: Final[tuple[tuple[tuple[str, ...], float], ...]] = (
    (("t", "吨", "ton", "tons", "tonne", "tonnes"), 1_000.0),
    (("kg", "千克", "公斤", "kilogram", "kilograms"), 1.0),
    (("g", "克", "gram", "grams"), 0.001),
)
"""Names of units of mass, in small letters, and how many kilograms one is."""


@dataclass(frozen=True)
class CustomerFilter:
    """Conditions on a customer; all that are set must hold, and an empty one lets everybody through.

    `at_least` is a quantity of a single purchase in `unit` ("bought at least 1 t at a time"; without a unit, in any),
    `bought_since` the day from which such a purchase counts (of its delivery, else as promised). `since_from` and
    `since_to` say who is new and who is old, `value_from` and `value_to` a year's business.
    """

    search: str = ""
    segments: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    owners: tuple[int, ...] = ()
    active: bool | None = True
    vip: bool | None = None
    value_from: float | None = None
    value_to: float | None = None
    since_from: date | None = None
    since_to: date | None = None
    at_least: float | None = None
    unit: str = ""
    bought_since: date | None = None

    @property
    def asks_for_purchases(self) -> bool:
        """Whether only customers with a certain purchase are meant."""
        return self.at_least is not None or self.bought_since is not None

    def as_dict(self) -> dict[str, Any]:
        """What is set, as JSON can keep it; `filter_of` reads it back.

        >>> CustomerFilter(segments=("OEM",), since_from=date(2026, 1, 1)).as_dict()
        {'segments': ['OEM'], 'since_from': '2026-01-01'}
        """
        usual = CustomerFilter()
        changed = {name: value for name, value in asdict(self).items() if value != getattr(usual, name)}
        return {name: _plain(value) for name, value in changed.items()}


def filter_of(stored: Mapping[str, Any]) -> CustomerFilter:
    """A filter as it was stored; raises TypeError or ValueError for anything else.

    >>> filter_of({"segments": ["OEM"], "since_from": "2026-01-01"}).since_from
    datetime.date(2026, 1, 1)
    """
    kinds = {field.name: str(field.type) for field in fields(CustomerFilter)}
    return CustomerFilter(**{name: _read(value, kinds.get(name, "")) for name, value in stored.items()})


def quantities(at_least: float, unit: str) -> list[tuple[tuple[str, ...], float]]:
    """The same quantity in every unit that can be compared: names of the unit, and how many of it.

    A unit that isn't known is compared with itself only; without one every unit fits (no names).

    >>> quantities(1, "吨")[1]
    (('kg', '千克', '公斤', 'kilogram', 'kilograms'), 1000.0)
    >>> quantities(500, "pcs"), quantities(500, "")
    ([(('pcs',), 500)], [((), 500)])
    """
    name = unit.strip().lower()
    if not name:
        return [((), at_least)]
    kilograms = next((weight for names, weight in UNITS if name in names), None)
    if kilograms is None:
        return [((name,), at_least)]
    return [(names, at_least * kilograms / weight) for names, weight in UNITS]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _read(value: Any, kind: str) -> Any:
    if "date" in kind and isinstance(value, str):
        return date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
