"""Customers are found by code or name as survey files write them, and made when they are new."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from db import bulk
from db.columns import milliseconds
from db.models import Customer
from domain.customer_cells import is_chinese
from domain.customer_names import name_key
from domain.mapping import comparable

COLUMNS = ("code", "name_zh", "name_en", "name_key", "segment", "region", "address", "active", "created_at")
MOST_AT_ONCE = 2_000
Pair = tuple[str, str]


def customer_ids(
    session: Session,
    wanted: Iterable[Pair],
    *,
    at: datetime,
    places: Mapping[Pair, Pair] | None = None,
) -> dict[Pair, int]:
    """Keys of customers by (code, name) as a file has them, one of which may be empty; new ones are made.

    A code decides; without one the name does, as cells are compared, and becomes the code of a new customer. Names
    that differ in more than that are different customers: merging them is for people to decide. One that was merged
    stands for the one that was kept. `places`: segment and region that a new customer begins with.
    """
    pairs = sorted(set(wanted))
    found = _found(session, pairs)
    known = places or {}
    missing = {_code(*pair): pair for pair in pairs if pair not in found}
    if missing:
        bulk.insert_new_rows(
            session, Customer, COLUMNS, [_row(pair, known.get(pair, ("", "")), at) for pair in missing.values()]
        )
        found = _found(session, pairs)
    return found


def _code(code: str, name: str) -> str:
    return comparable(code or name)


def _found(session: Session, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    by_code = _keys(session, "code", {_code(*pair) for pair in pairs})
    names = {comparable(name) for code, name in pairs if not code}
    by_name = _keys(session, "name_zh", names) | _keys(session, "name_en", names)
    found = {
        (code, name): by_code.get(_code(code, name)) or (None if code else by_name.get(comparable(name)))
        for code, name in pairs
    }
    return {pair: key for pair, key in found.items() if key is not None}


def _keys(session: Session, column: str, values: set[str]) -> dict[str, int]:
    listed = sorted(values)
    found: dict[str, int] = {}
    for start in range(0, len(listed), MOST_AT_ONCE):
        field = col(getattr(Customer, column))
        statement = select(field, func.coalesce(Customer.merged_into_id, Customer.id)).where(
            field.in_(listed[start : start + MOST_AT_ONCE])
        )
        found.update({value: key for value, key in session.exec(statement.order_by(col(Customer.id).desc())) if key})
    return found


def _row(pair: Pair, place: Pair, at: datetime) -> tuple[object, ...]:
    code, name = pair
    shown = comparable(name or code)
    names = (shown, "") if is_chinese(shown) else ("", shown)
    return (_code(code, name), *names, name_key(shown), *place, "", True, milliseconds(at))
