"""A wave's answers under another version of its scheme, beside what they count: read from the rows, nothing is stored."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlmodel import Session, col, select

from db.models import Customer, SchemeRow, SchemeVersion, Wave
from db.queries.deductions import deductions
from db.queries.item_links import renamed_links
from db.queries.layouts import layout_of_version
from db.queries.narrowing import WaveInfo, of_customers, visible_items
from db.queries.recount import Sum, Window, counted_batch, customer_passes, windows
from db.queries.scores import shown_composites
from db.queries.weighted import cohorts_in, customers_in
from db.rollups import Layout
from domain.access import NotThere, Scope
from domain.rescoring import can_translate, carried, own_codes, rules_for
from domain.scheme import IntArray, Name, Scheme
from domain.scores import (
    ItemScore,
    Score,
    Sums,
    Tally,
    customer_score,
    response_scores,
    score_of_sums,
    score_of_tally,
    score_over_customers,
)

Progress = Callable[[int], None]
"""Is told how many responses were read."""


@dataclass(frozen=True)
class VersionInfo:
    """A version of a scheme that a wave can be looked at under."""

    id: int
    number: int
    saved_at: datetime
    waves: list[str]


@dataclass(frozen=True)
class CustomerPair:
    """A customer's score as it counts and under the other version; n is the number of responses."""

    code: str
    name: Name
    own: Score
    other: Score


@dataclass(frozen=True)
class Rescored:
    """Scores under another version, by code in its order, as far as the reader may see them.

    `customers`: the largest differences first, none where the reader may not see customers. `same_points`: its points
    were used; otherwise the answers keep those of their own scale. `missing`: its items that this wave didn't ask.
    """

    layout: Layout
    index: Score
    dimensions: dict[str, Score]
    named_indexes: dict[str, Score]
    items: dict[str, ItemScore]
    customers: list[CustomerPair]
    same_points: bool
    missing: tuple[str, ...]
    codes: dict[str, str]
    """Its items by code → those of this wave."""


@dataclass(frozen=True)
class _Customers:
    """Customers of a pass: key → sums of the customer score, with what complaints take from it."""

    sums: dict[int, Sums]
    scheme: Scheme

    def score(self, key: int) -> Score:
        return customer_score(self.sums[key], self.scheme)


def versions_of(session: Session, scope: Scope) -> list[VersionInfo]:
    """Versions of the scope's scheme, the newest first, for whom its waves are in sight."""
    scope.viewer.check("view_scores")
    organiser = scope.viewer.only_schemes_of
    waves = session.exec(select(Wave.scheme_version_id, Wave.code).where(Wave.scheme_id == scope.scheme_id)).all()
    statement = select(SchemeVersion).where(SchemeVersion.scheme_id == scope.scheme_id)
    statement = statement.order_by(col(SchemeVersion.number).desc())
    if organiser is not None:
        statement = statement.join(SchemeRow).where(SchemeRow.organiser_id == organiser)
    return [
        VersionInfo(one.id or 0, one.number, one.created_at, [code for key, code in waves if key == one.id])
        for one in session.exec(statement)
    ]


def rescored(
    session: Session, scope: Scope, wave: WaveInfo, number: int, *, on_progress: Progress | None = None
) -> Rescored:
    """The counted responses of a wave under version `number` of its scheme; raises NotThere.

    Grows with the responses of the wave, its memory doesn't.
    """
    other = _layout(session, scope, wave, number)
    own = wave.layout
    codes = own_codes(own.scheme, other.scheme, renamed_links(session, scope))
    cohorts, customers = cohorts_in(session, scope), customers_in(session, scope)
    total, parts, done = Sum.of(np.array([0]), other), [], 0
    for portion in customer_passes(session, wave.id, own):
        here, there = Sum.of(portion, own), Sum.of(portion, other)
        for window in windows(session, wave.id, portion, own):
            chosen = window.counted & np.isin(window.cohort, cohorts)
            if customers is not None:
                chosen &= np.isin(window.customer, customers)
            _add(replace(window, counted=chosen), own, other, codes, here, there)
            done += int(window.counted.sum())
            if on_progress:
                on_progress(done)
        total.group.tally[0] += there.group.tally.sum(axis=0)
        total.group.sums[0] += there.group.sums.sum(axis=0)
        parts.append((_with_deductions(session, wave.id, own, here), _with_deductions(session, wave.id, other, there)))
    return _figures(session, scope, wave, other, codes, total, parts)


def _layout(session: Session, scope: Scope, wave: WaveInfo, number: int) -> Layout:
    scope.viewer.check("view_scores")
    version = next((one for one in versions_of(session, scope) if one.number == number), None)
    if version is None or wave.layout.scheme_id != scope.scheme_id:
        raise NotThere
    layout = layout_of_version(session, version.id)
    return replace(layout, scheme=rules_for(wave.layout.scheme, layout.scheme))


def _add(window: Window, own: Layout, other: Layout, codes: dict[str, str], here: Sum, there: Sum) -> None:
    batch = counted_batch(window, window.scores(own))
    here.add(batch, batch.customer, own)
    levels = carried(window.levels, own.scheme, other.scheme, codes)
    batch = counted_batch(replace(window, levels=levels), response_scores(levels, other.scheme))
    there.add(batch, batch.customer, other)


def _figures(
    session: Session,
    scope: Scope,
    wave: WaveInfo,
    other: Layout,
    codes: dict[str, str],
    total: Sum,
    parts: list[tuple[_Customers, _Customers]],
) -> Rescored:
    scheme, own = other.scheme, wave.layout.scheme
    hidden = {code for code, shown in _sight(session, scope, wave.layout) if not shown}
    sight = _sight(session, scope, other)
    seen = {code for code, shown in sight if shown and code not in hidden and codes.get(code) not in hidden}
    scores = {code: _score(row) for code, row in zip(scheme.composites, total.group.sums[0], strict=True)}
    tallies = zip(scheme.item_codes, total.group.tally[0].tolist(), strict=True)
    shown = shown_composites(other, seen)
    return Rescored(
        other,
        _over_customers(parts, other) if scheme.index_over == "customers" else scores[""],
        {d.code: scores[d.code] for d in scheme.dimensions if d.code in shown},
        {i.code: scores[i.code] for i in scheme.named_indexes if i.code in shown},
        {code: score_of_tally(_tally(row, other), scheme) for code, row in tallies if code in seen},
        _customers(session, scope, parts),
        can_translate(own, layout_of_version(session, other.version_id).scheme),
        tuple(code for code in scheme.item_codes if code not in codes),
        codes,
    )


def _sight(session: Session, scope: Scope, layout: Layout) -> list[tuple[str, bool]]:
    return list(zip(layout.scheme.item_codes, visible_items(session, scope, layout), strict=True))


def _score(sums: IntArray) -> Score:
    return score_of_sums(Sums(*sums.tolist()))


def _with_deductions(session: Session, wave_id: int, layout: Layout, found: Sum) -> _Customers:
    taken, sums = deductions(session, wave_id, layout.scheme), {}
    for key, rows in zip(found.group.ids.tolist(), found.group.sums, strict=True):
        points, complaints = taken.get(key, (0, 0))
        if key > 0 and rows[0, 0]:
            sums[key] = replace(Sums(*rows[0].tolist()), deducted=points, complaints=complaints)
    return _Customers(sums, layout.scheme)


def _tally(cell: list[int], layout: Layout) -> Tally:
    found = dict(zip(layout.tally_columns, cell, strict=True))
    levels = tuple(found.get(f"n{level}", 0) for level in range(len(layout.scheme.levels)))
    return Tally(levels, found["n"], found.get("total", 0), found.get("squares", 0))


def _over_customers(parts: list[tuple[_Customers, _Customers]], layout: Layout) -> Score:
    return score_over_customers([one for _, there in parts for one in there.sums.values()], layout.scheme)


def _customers(session: Session, scope: Scope, parts: list[tuple[_Customers, _Customers]]) -> list[CustomerPair]:
    statement = select(Customer).where(*of_customers(scope))
    known = {one.id: one for one in session.exec(statement)} if scope.viewer.may("view_customers") else {}
    found = []
    for here, there in parts:
        for key in here.sums.keys() & there.sums.keys() & known.keys():
            one = known[key]
            name = Name(one.name_zh or one.code, one.name_en)
            found.append(CustomerPair(one.code, name, here.score(key), there.score(key)))
    return sorted(found, key=lambda one: (-abs((one.other.score or 0.0) - (one.own.score or 0.0)), one.code))
