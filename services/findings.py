"""Findings are kept by every write: what holds now appears or returns, what no longer holds is cleared (rules.md 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import BigInteger, Update, bindparam, update
from sqlmodel import Session, col

from db import bulk
from db.columns import milliseconds
from db.models import Finding, Wave
from db.queries import standing
from db.queries.layouts import department_ids
from db.rollups import Group, Layout
from db.session import AFTER_COMMIT
from domain.findings import (
    CLEARED,
    NONE,
    OPEN,
    Figures,
    Rule,
    States,
    about,
    customer_findings,
    wave_findings,
)
from domain.scheme import IntArray
from domain.scores import BoolArray, FloatArray

QUALITY = "quality"
"""The department that answers for the satisfaction rate (rules.md 5); where there is none nobody is named."""
REMEMBERED_CELLS = 4_000_000
"""A table of customers larger than this is read anew for each transaction instead of being kept."""


@dataclass(frozen=True)
class CustomerTable:
    """Customers with their figures, previous scores and findings, all in the order of the sorted ids."""

    ids: IntArray
    figures: Figures
    before: FloatArray
    states: States


@dataclass(frozen=True)
class WaveTable:
    """A wave's own figures (one row), the scores that it is compared with, and its findings."""

    figures: Figures
    previous: standing.Previous | None
    states: States


@dataclass
class Memory:
    """What was read of a wave, so that nothing is read twice; true while the wave's version is `version`."""

    version: int = -1
    departments: dict[str, int] = field(default_factory=dict)
    wave: WaveTable | None = None
    customers: CustomerTable | None = None


_MEMORIES: WeakKeyDictionary[Any, dict[int, Memory]] = WeakKeyDictionary()
"""What the last committed write of this process knew of each open wave, by database."""


def memory_of(session: Session, wave: Wave) -> Memory:
    """What this process knows of a wave that the session has locked; kept again when the session commits.

    It is taken out meanwhile, so that two threads never have the same one.
    """
    known = _MEMORIES.setdefault(session.get_bind().engine.pool, {})
    memory = known.pop(wave.id or 0, None) or Memory()
    session.info.setdefault(AFTER_COMMIT, []).append(partial(_keep, known, wave.id or 0, memory))
    return memory


def _keep(known: dict[int, Memory], wave_id: int, memory: Memory) -> None:
    memory.customers = None
    known[wave_id] = memory


def keep_findings(
    session: Session,
    wave: Wave,
    layout: Layout,
    changed: Group,
    memory: Memory,
    *,
    at: datetime,
    cohorts: Group | None = None,
) -> None:
    """Brings the wave's findings up to date after `changed` went into the roll-ups; the wave's row must be locked.

    `changed` is by customer, `cohorts` the same and what has no customer, by cohort (None: nothing was added).
    `memory` may come from the transaction before; it is dropped by itself when somebody else wrote to the wave.
    """
    table = _wave_table(session, wave, layout, memory, cohorts)
    if len(changed.ids):
        customers, rows = _customer_table(session, wave, layout, changed, memory, table.previous)
        holds = customer_findings(_rows_of(customers.figures, rows), customers.before[rows], layout.scheme)
        change = _Change(layout.customer_rules, customers.ids[rows], customers.states[rows], holds)
        _write(session, wave, layout, change, memory, at)
        customers.states[rows] = _after(customers.states[rows], holds)
        _remember(customers, memory)
    holds = _wave_holds(session, wave, layout, table)
    change = _Change(layout.wave_rules, np.zeros(1, dtype=np.int64), table.states, holds)
    _write(session, wave, layout, change, memory, at)
    memory.wave = replace(table, states=_after(table.states, holds))
    memory.version = wave.version


def _wave_table(session: Session, wave: Wave, layout: Layout, memory: Memory, added: Group | None) -> WaveTable:
    """The wave's figures with what was added to them now."""
    if memory.version != wave.version - 1:
        memory.customers = memory.wave = None
    memory.version = -1  # should this transaction fail halfway, nothing of it is believed later
    if memory.wave is None:
        figures = standing.wave_figures(session, wave.id or 0, layout)
        states = standing.wave_states(session, wave.id or 0, layout)
        return WaveTable(figures, standing.previous(session, wave), states)
    known = memory.wave.figures
    if added is None:
        return memory.wave
    tally, sums = (part.sum(axis=0, keepdims=True) for part in (added.tally, added.sums))
    return replace(memory.wave, figures=Figures(known.tally + tally, known.sums + sums))


def _customer_table(
    session: Session, wave: Wave, layout: Layout, changed: Group, memory: Memory, previous: standing.Previous | None
) -> tuple[CustomerTable, IntArray]:
    """The table holding at least the changed customers, their change included, and their rows in it."""
    known = memory.customers
    if known is None:
        return _read_customers(session, wave, layout, changed.ids, previous), np.arange(len(changed.ids))
    place = np.searchsorted(known.ids, changed.ids).clip(max=len(known.ids) - 1)
    there = known.ids[place] == changed.ids
    known.figures.tally[place[there]] += changed.tally[there]
    known.figures.sums[place[there]] += changed.sums[there]
    if not there.all():
        known = _merged(known, _read_customers(session, wave, layout, changed.ids[~there], previous))
    return known, np.searchsorted(known.ids, changed.ids)


def _read_customers(
    session: Session, wave: Wave, layout: Layout, ids: IntArray, previous: standing.Previous | None
) -> CustomerTable:
    wave_id = wave.id or 0
    before = np.full(len(ids), np.nan)
    if previous is not None:
        before = standing.customer_scores(session, previous.id, ids, previous.layout)
    figures = standing.customer_figures(session, wave_id, ids, layout)
    return CustomerTable(ids, figures, before, standing.customer_states(session, wave_id, ids, layout))


def _merged(one: CustomerTable, other: CustomerTable) -> CustomerTable:
    ids = np.concatenate([one.ids, other.ids])
    order = np.argsort(ids)
    tally = np.concatenate([one.figures.tally, other.figures.tally])[order]
    sums = np.concatenate([one.figures.sums, other.figures.sums])[order]
    taken = [part.deducted for part in (one.figures, other.figures) if part.deducted is not None]
    figures = Figures(tally, sums, np.concatenate(taken)[order] if taken else None)
    before = np.concatenate([one.before, other.before])[order]
    return CustomerTable(ids[order], figures, before, np.concatenate([one.states, other.states])[order])


def _rows_of(figures: Figures, rows: IntArray) -> Figures:
    taken = None if figures.deducted is None else figures.deducted[rows]
    return Figures(figures.tally[rows], figures.sums[rows], taken)


def _remember(table: CustomerTable, memory: Memory) -> None:
    memory.customers = table if table.figures.tally.size <= REMEMBERED_CELLS else None


def _wave_holds(session: Session, wave: Wave, layout: Layout, table: WaveTable) -> BoolArray:
    scheme, figures = layout.scheme, table.figures
    now = standing.wave_scores(session, wave.id or 0, layout, figures)
    low = figures.low_answers(scheme)[0]
    if wave.unnamed == 0:
        low = np.zeros_like(low)
    elif low.any():
        named = standing.low_customer_tally(session, wave.id or 0, layout)
        low = replace(figures, tally=figures.tally - named[None]).low_answers(scheme)[0]
    return wave_findings(now, table.previous.scores if table.previous else None, low, scheme)


def _after(states: States, holds: BoolArray) -> States:
    return np.where(holds, OPEN, np.where(states == NONE, NONE, CLEARED)).astype(np.int8)


@dataclass(frozen=True)
class _Change:
    rules: list[Rule]
    ids: IntArray
    states: States
    holds: BoolArray


def _write(session: Session, wave: Wave, layout: Layout, change: _Change, memory: Memory, at: datetime) -> None:
    if (_after(change.states, change.holds) == change.states).all():
        return
    appear = change.holds & (change.states == NONE)
    if appear.any():
        memory.departments = memory.departments or department_ids(session)
        rows = _rows(wave, layout, change, appear, memory.departments, milliseconds(at))
        bulk.insert_rows(session, Finding, COLUMNS, sorted(rows, key=lambda row: (row[1], row[2])))
    _set_state(session, wave, layout, change, change.holds & (change.states == CLEARED), RETURNS_NOW, at)
    _set_state(session, wave, layout, change, ~change.holds & (change.states == OPEN), CLEARS_NOW, at)


COLUMNS = (
    "wave_id",
    "rule",
    "about",
    "item_id",
    "dimension_id",
    "customer_id",
    "department_id",
    "state",
    "appeared_at",
    "returned",
)
_THIS = (
    col(Finding.wave_id) == bindparam("w"),
    col(Finding.rule) == bindparam("r"),
    col(Finding.about) == bindparam("a"),
)
CLEARS_NOW = update(Finding).where(*_THIS).values(state="cleared", cleared_at=bindparam("now", type_=BigInteger()))
RETURNS_NOW = update(Finding).where(*_THIS).values(state="open", cleared_at=None, returned=Finding.returned + 1)


def _rows(
    wave: Wave, layout: Layout, change: _Change, chosen: BoolArray, departments: Mapping[str, int], now: int
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for column in np.flatnonzero(chosen.any(axis=0)).tolist():
        rule = change.rules[column]
        item = None if rule.item is None else layout.item_ids[rule.item]
        dimension = layout.composite_ids[rule.composite] if rule.composite else None
        department = departments.get(_department(rule, layout))
        for customer in change.ids[chosen[:, column]].tolist():
            key = about(rule, customer or None, item, layout.scheme)
            rows.append((wave.id, rule.rule, key, item, dimension, customer or None, department, "open", now, 0))
    return rows


def _department(rule: Rule, layout: Layout) -> str:
    """Who must act (rules.md 5): the item's department; a dimension's when all its items have one; else the organiser."""
    scheme = layout.scheme
    if rule.item is not None:
        return scheme.items[rule.item].department
    if rule.rule == "SATISFACTION_RATE_BELOW":
        return QUALITY
    if rule.composite:
        code = scheme.composites[rule.composite]
        departments = {item.department for item in scheme.items if item.dimension == code}
        if len(departments) == 1:
            return departments.pop()
    return scheme.organiser


def _set_state(
    session: Session,
    wave: Wave,
    layout: Layout,
    change: _Change,
    chosen: BoolArray,
    statement: Update,
    at: datetime,
) -> None:
    now, changed = milliseconds(at), []
    for row, column in np.argwhere(chosen).tolist():
        rule = change.rules[column]
        item = None if rule.item is None else layout.item_ids[rule.item]
        changed.append((rule.rule, about(rule, int(change.ids[row]) or None, item, layout.scheme)))
    rows = [{"w": wave.id, "r": rule, "a": key, "now": now} for rule, key in sorted(changed)]
    bulk.update_rows(session, statement, rows)
