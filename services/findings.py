"""Findings are kept by every write: what holds now appears or returns, what no longer holds is cleared (rules.md 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Update, bindparam, update
from sqlmodel import Session, col

from db import bulk
from db.columns import milliseconds
from db.models import Finding, Wave
from db.queries import standing
from db.queries.layouts import department_ids
from db.rollups import Group, Layout
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

REMEMBERED_CELLS = 4_000_000
"""A table of customers larger than this is read anew for each transaction instead of being kept."""


@dataclass(frozen=True)
class CustomerTable:
    """Customers with their figures, previous scores and findings, all in the order of the sorted ids."""

    ids: IntArray
    figures: Figures
    before: FloatArray
    states: States


@dataclass
class Memory:
    """What one import knows of its wave, so that nothing is read twice; true while the wave's version is `version`."""

    version: int = -1
    previous_read: bool = False
    previous: standing.Previous | None = None
    departments: dict[str, int] = field(default_factory=dict)
    customers: CustomerTable | None = None


def keep_findings(
    session: Session, wave: Wave, layout: Layout, changed: Group, memory: Memory, *, at: datetime
) -> None:
    """Brings the wave's findings up to date after `changed` went into the roll-ups; the wave's row must be locked.

    `memory` may come from the transaction before; it is dropped by itself when somebody else wrote to the wave.
    """
    _read_previous(session, wave, memory)
    if len(changed.ids):
        table, rows = _customer_table(session, wave, layout, changed, memory)
        holds = customer_findings(_rows_of(table.figures, rows), table.before[rows], layout.scheme)
        _write(
            session,
            wave,
            layout,
            _Change(layout.customer_rules, table.ids[rows], table.states[rows], holds),
            memory,
            at,
        )
        table.states[rows] = _after(table.states[rows], holds)
        _remember(table, memory)
    holds = _wave_holds(session, wave, layout, memory)
    states = standing.wave_states(session, wave.id or 0, layout)
    _write(
        session,
        wave,
        layout,
        _Change(layout.wave_rules, np.zeros(1, dtype=np.int64), states, holds),
        memory,
        at,
    )
    memory.version = wave.version


def _read_previous(session: Session, wave: Wave, memory: Memory) -> None:
    if memory.version != wave.version - 1:
        memory.customers, memory.previous_read = None, False
    memory.version = -1  # should this transaction fail halfway, nothing of it is believed later
    if not memory.previous_read:
        memory.previous = standing.previous(session, wave)
        memory.previous_read = True


def _customer_table(
    session: Session, wave: Wave, layout: Layout, changed: Group, memory: Memory
) -> tuple[CustomerTable, IntArray]:
    """The table holding at least the changed customers, their change included, and their rows in it."""
    known = memory.customers
    if known is None:
        return _read_customers(session, wave, layout, changed.ids, memory), np.arange(len(changed.ids))
    place = np.searchsorted(known.ids, changed.ids).clip(max=len(known.ids) - 1)
    there = known.ids[place] == changed.ids
    known.figures.tally[place[there]] += changed.tally[there]
    known.figures.sums[place[there]] += changed.sums[there]
    if not there.all():
        known = _merged(known, _read_customers(session, wave, layout, changed.ids[~there], memory))
    return known, np.searchsorted(known.ids, changed.ids)


def _read_customers(session: Session, wave: Wave, layout: Layout, ids: IntArray, memory: Memory) -> CustomerTable:
    wave_id = wave.id or 0
    before = np.full(len(ids), np.nan)
    if memory.previous is not None:
        before = standing.customer_scores(session, memory.previous.id, ids)
    figures = standing.customer_figures(session, wave_id, ids, layout)
    return CustomerTable(ids, figures, before, standing.customer_states(session, wave_id, ids, layout))


def _merged(one: CustomerTable, other: CustomerTable) -> CustomerTable:
    ids = np.concatenate([one.ids, other.ids])
    order = np.argsort(ids)
    tally = np.concatenate([one.figures.tally, other.figures.tally])[order]
    sums = np.concatenate([one.figures.sums, other.figures.sums])[order]
    before = np.concatenate([one.before, other.before])[order]
    return CustomerTable(ids[order], Figures(tally, sums), before, np.concatenate([one.states, other.states])[order])


def _rows_of(figures: Figures, rows: IntArray) -> Figures:
    return Figures(figures.tally[rows], figures.sums[rows])


def _remember(table: CustomerTable, memory: Memory) -> None:
    memory.customers = table if table.figures.tally.size <= REMEMBERED_CELLS else None


def _wave_holds(session: Session, wave: Wave, layout: Layout, memory: Memory) -> BoolArray:
    scheme = layout.scheme
    figures = standing.wave_figures(session, wave.id or 0, layout)
    now = standing.wave_scores(session, wave.id or 0, layout, figures)
    low = figures.low_answers(scheme)[0]
    if wave.unnamed == 0:
        low = np.zeros_like(low)
    elif low.any():
        named = standing.low_customer_tally(session, wave.id or 0, layout)
        low = replace(figures, tally=figures.tally - named[None]).low_answers(scheme)[0]
    return wave_findings(now, memory.previous.scores if memory.previous else None, low, scheme)


def _after(states: States, holds: BoolArray) -> States:
    return np.where(holds, OPEN, np.where(states == NONE, NONE, CLEARED)).astype(np.int8)


@dataclass(frozen=True)
class _Change:
    rules: list[Rule]
    ids: IntArray
    states: States
    holds: BoolArray


def _write(session: Session, wave: Wave, layout: Layout, change: _Change, memory: Memory, at: datetime) -> None:
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
