"""What the rows of a wave add up to: read in windows of responses, so that memory doesn't grow with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import Select, Text, bindparam, case, cast, func, or_, union
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel

from db import bulk
from db.bulk import table_of
from db.models import Answer, CustomerScore, CustomerTally, Invitation, Response
from db.rollups import RETURNS, SUMS, Batch, Group, Layout, grouped
from domain.answers import Levels
from domain.scheme import BLANK, IntArray
from domain.scores import BoolArray, ResponseScores, response_scores

WINDOW = 10_000
"""Keys of responses looked at together."""
CELLS = 4_000_000
"""Cells of the customer tier that are held at once; a wave with more customers is read in several passes."""
NO_SCORE = -(2**62)
ANY_KEY = (-(2**62), 2**62)
ITEM_STEP, RESPONSE_STEP = 2**14, 2**44
"""An answer travels as one number, since a number costs what three would: response, item (under 2³⁰), level."""


@dataclass(frozen=True)
class Window:
    """Responses of a wave, in the order of their keys: what they store, and their levels (R × items).

    `score` is NO_SCORE where none is stored; `strange` are (response, item) keys of answers to no item of the scheme.
    """

    ids: IntArray
    cohort: IntArray
    customer: IntArray
    version: IntArray
    counted: BoolArray
    score: IntArray
    levels: Levels
    strange: IntArray

    def scores(self, layout: Layout) -> ResponseScores:
        """What the scores should be."""
        return response_scores(self.levels, layout.scheme)


@dataclass
class Sum:
    """Windows added up by customer or by cohort, over the given sorted ids."""

    group: Group

    @classmethod
    def of(cls, ids: IntArray, layout: Layout) -> "Sum":
        tally = np.zeros((len(ids), len(layout.item_ids), len(layout.tally_columns)), dtype=np.int64)
        return cls(Group(ids, tally, np.zeros((len(ids), len(layout.composite_ids), len(SUMS)), dtype=np.int64)))

    def add(self, batch: Batch, by: IntArray, layout: Layout) -> None:
        part = grouped(batch, by, layout)
        place = np.searchsorted(self.group.ids, part.ids)
        self.group.tally[place] += part.tally
        self.group.sums[place] += part.sums


def counted_batch(window: Window, scores: ResponseScores, *, named: bool = False) -> Batch:
    """The responses of a window that count; `named`: only those of customers."""
    chosen = window.counted & scores.answered[:, 0]
    if named:
        chosen &= window.customer > 0
    part = ResponseScores(scores.score[chosen], scores.answered[chosen])
    one = np.ones(int(chosen.sum()), dtype=np.int64)
    return Batch(window.levels[chosen], part, window.cohort[chosen], window.customer[chosen], one)


def customer_passes(session: Session, wave_id: int, layout: Layout) -> list[IntArray]:
    """All customers of a wave, in rows or roll-ups, sorted, in portions; the first begins with 0 = no customer."""
    found = bulk.fetch_numbers(session, _CUSTOMERS, {"wave": wave_id}, 1)[:, 0]
    size = max(1, CELLS // max(1, len(layout.item_ids) * len(layout.tally_columns)))
    every = np.unique(np.append(found, 0))
    return [every[start : start + size] for start in range(0, len(every), size)]


def windows(session: Session, wave_id: int, customers: IntArray, layout: Layout) -> Iterator[Window]:
    """The responses of a wave and of a range of customers."""
    first, last = session.connection().execute(_ENDS, {"wave": wave_id}).one()
    if first is None:
        return
    given = {"wave": wave_id, "low": int(customers[0]), "high": int(customers[-1])}
    for start in range(first, last + 1, WINDOW):
        given |= {"first": start, "last": start + WINDOW - 1}
        rows = bulk.fetch_numbers(session, _RESPONSES, given, 6)
        if len(rows):
            yield _window(rows, _unpacked(_packed(session, given), start), layout)


def _packed(session: Session, given: dict[str, Any]) -> IntArray:
    """The answers of a window: all in one text, since a row for each would take twice as long."""
    found: str | None = session.connection().execute(_ANSWERS, given).scalar()
    return np.fromstring(found, dtype=np.int64, sep=",") if found else np.empty(0, dtype=np.int64)


def _unpacked(packed: IntArray, first: int) -> IntArray:
    """Response, item and level of answers."""
    response, rest = np.divmod(packed, RESPONSE_STEP)
    return np.stack([response + first, *np.divmod(rest, ITEM_STEP)], axis=1)


def _window(rows: IntArray, answers: IntArray, layout: Layout) -> Window:
    items = np.array(layout.item_ids)
    order = np.argsort(items)
    place = np.searchsorted(items, answers[:, 1], sorter=order).clip(max=len(items) - 1)
    known = items[order[place]] == answers[:, 1]
    levels = np.full((len(rows), len(items)), BLANK, dtype=np.int16)
    row = np.searchsorted(rows[:, 0], answers[known, 0])
    levels[row, order[place[known]]] = answers[known, 2]
    ids, cohort, customer, version, counted, score = rows.T
    return Window(ids, cohort, customer, version, counted == 1, score, levels, answers[~known, :2])


_CUSTOMERS: Any = union(
    *(
        sa_select(table.c.customer_id).where(table.c.wave_id == bindparam("wave"), table.c.customer_id.is_not(None))
        for table in (table_of(Response), table_of(CustomerScore), table_of(CustomerTally))
    )
)
_RESPONSE, _ANSWER = table_of(Response).c, table_of(Answer).c
_WHO = func.coalesce(_RESPONSE.customer_id, 0)
_HERE = (
    _RESPONSE.wave_id == bindparam("wave"),
    _RESPONSE.id.between(bindparam("first"), bindparam("last")),
    _WHO.between(bindparam("low"), bindparam("high")),
)
_ENDS = sa_select(func.min(_RESPONSE.id), func.max(_RESPONSE.id)).where(_RESPONSE.wave_id == bindparam("wave"))
_COUNTED = case((_RESPONSE.status == "counted", 1), else_=0)
_RESPONSES = (
    sa_select(
        *(_RESPONSE.id, _RESPONSE.cohort_id, _WHO, _RESPONSE.scheme_version_id),
        *(_COUNTED, func.coalesce(_RESPONSE.score, NO_SCORE)),
    )
    .where(*_HERE)
    .order_by(_RESPONSE.id)
)
_PACKED = (_ANSWER.response_id - bindparam("first")) * RESPONSE_STEP + _ANSWER.item_id * ITEM_STEP + _ANSWER.level
_ANSWERS = (
    sa_select(func.aggregate_strings(cast(_PACKED, Text), ","))
    .join_from(table_of(Response), table_of(Answer), _RESPONSE.id == _ANSWER.response_id)
    .where(*_HERE)
)


def differences(
    kept: IntArray, ids: IntArray, keys: IntArray, cells: IntArray
) -> Iterator[tuple[int, int, int, int, int]]:
    """Where rows (who, what, numbers…) differ from cells[who, what, :]: who, what, column, kept, wanted."""
    order = np.argsort(keys)
    row = np.searchsorted(ids, kept[:, 0]).clip(max=max(len(ids) - 1, 0))
    place = np.searchsorted(keys, kept[:, 1], sorter=order).clip(max=len(keys) - 1)
    known = (ids[row] == kept[:, 0]) & (keys[order[place]] == kept[:, 1]) if len(ids) else np.zeros(len(kept), bool)
    there = np.zeros_like(cells)
    there[row[known], order[place[known]]] = kept[known, 2:]
    for who, what, column in np.argwhere(there != cells).tolist():
        yield int(ids[who]), int(keys[what]), column, int(there[who, what, column]), int(cells[who, what, column])
    for strange in kept[~known]:
        for column in np.flatnonzero(strange[2:]).tolist():
            yield int(strange[0]), int(strange[1]), column, int(strange[2 + column]), 0


def kept_cells(
    session: Session,
    wave_id: int,
    model: type[SQLModel],
    keys: tuple[str, str],
    columns: tuple[str, ...],
    only: IntArray | None,
) -> IntArray:
    """What a tier keeps of a wave: who, what, numbers…; without rows of noughts, for a range of keys or all of them."""
    ends = ANY_KEY if only is None else (int(only[0]), int(only[-1]))
    given = {"wave": wave_id, "first": ends[0], "last": ends[1]}
    return bulk.fetch_numbers(session, _cells(model, keys, columns), given, len(keys) + len(columns))


@cache
def _cells(model: type[SQLModel], keys: tuple[str, str], columns: tuple[str, ...]) -> Select[Any]:
    table = table_of(model).c
    first: Any = bindparam("first")
    return sa_select(*(table[name] for name in (*keys, *columns))).where(
        table.wave_id == bindparam("wave"),
        table[keys[0]].between(first, bindparam("last")),
        or_(*(table[name] != 0 for name in columns)),
    )


def kept_returns(session: Session, wave_id: int, model: type[SQLModel], whose: str) -> dict[int, tuple[int, ...]]:
    """Returns by cohort or customer as they are kept."""
    rows = bulk.fetch_numbers(session, _kept_returns(model, whose), {"wave": wave_id}, 1 + len(RETURNS))
    return {who: tuple(counts) for who, *counts in rows.tolist()}


@cache
def _kept_returns(model: type[SQLModel], whose: str) -> Select[Any]:
    table = table_of(model).c
    return sa_select(*(table[name] for name in (whose, *RETURNS))).where(table.wave_id == bindparam("wave"))


def returns_by(session: Session, wave_id: int, whose: str) -> dict[int, tuple[int, ...]]:
    """Returns by cohort or customer: invitations as they stand, responses by their status."""
    found: dict[int, list[int]] = {}
    invited, answered = (
        bulk.fetch_numbers(session, statement, {"wave": wave_id}, columns).tolist()
        for statement, columns in zip(_returns(whose), (6, 3), strict=True)
    )
    for who, *counts in invited:
        found[who] = [*counts, 0, 0]
    for who, *counts in answered:
        found.setdefault(who, [0] * len(RETURNS))[-2:] = counts
    return {who: tuple(counts) for who, counts in found.items()}


@cache
def _returns(whose: str) -> tuple[Select[Any], Select[Any]]:
    """By invitation and by response: whose, and how often each was what."""

    def times(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    invited, answered = table_of(Invitation).c, table_of(Response).c
    back = invited.state == "answered"
    invitations = sa_select(
        invited[whose],
        func.count(),
        times(back),
        times(back & invited.in_time.is_(True)),
        times(back & invited.in_time.is_(False)),
        times(invited.state == "undeliverable"),
    ).where(invited.wave_id == bindparam("wave"), invited[whose].is_not(None))
    responses = sa_select(
        answered[whose], times(answered.status == "counted"), times(answered.status == "invalid")
    ).where(answered.wave_id == bindparam("wave"), answered[whose].is_not(None))
    return invitations.group_by(invited[whose]), responses.group_by(answered[whose])
