"""The figures of single subjects (the index, a dimension, an item, a customer, an item at a customer), out of the roll-ups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func
from sqlmodel import Session, col, select

from db.models import CohortScore, CohortTally, CustomerScore, CustomerTally
from db.rollups import CUSTOMER_SUMS, LEVELS, SUMS, Layout
from domain.item_links import pooled
from domain.scheme import Scheme
from domain.scores import (
    ItemScore,
    Score,
    Sums,
    Tally,
    customer_score,
    low_answers,
    score_of_sums,
    score_of_tally,
    score_over_customers,
    status,
)
from domain.statistics import t_interval, welch
from domain.subjects import Figures

TALLY = (*(f"n{level}" for level in range(LEVELS)), "n", "total", "squares")
Counts = tuple[int, ...]


@dataclass(frozen=True)
class About:
    """What figures are about; `composite` is a dimension's key, 0 the index or the customer score."""

    wave_id: int
    customer_id: int | None = None
    item_id: int | None = None
    composite: int = 0


@dataclass(frozen=True)
class _Cells:
    """What was read: key → counts, for the whole wave (customer None) and for customers."""

    tallies: Mapping[tuple[int, int | None, int], Counts]
    sums: Mapping[tuple[int, int | None, int], Counts]


def figures(
    session: Session,
    abouts: Iterable[About],
    layouts: Mapping[int, Layout],
    before: Mapping[int, tuple[int, str]],
    origins: Mapping[int, Mapping[int, tuple[int, ...]]] | None = None,
) -> dict[About, Figures]:
    """Figures of subjects; `layouts` by wave, `before` names the previous wave (key, code) of those that have one.

    `origins` says by wave which items an item continues there, where they aren't simply the same.
    A handful of statements, however many subjects. No access check: the caller has read the subjects under one.
    """
    wanted = list(dict.fromkeys(abouts))
    earlier_of = {about: _earlier(about, before, origins or {}) for about in wanted}
    earlier = [one for some in earlier_of.values() for one in some]
    cells = _read(session, [*wanted, *earlier])
    overall = _over_customers(session, {*wanted, *earlier}, layouts)
    found = {}
    for about in wanted:
        layout = layouts[about.wave_id]
        now, low = _score(about, layout, cells, overall)
        previous, code = None, ""
        if about.wave_id in before:
            wave, code = before[about.wave_id]
            parts = [_score(one, layouts.get(wave, layout), cells, overall)[0] for one in earlier_of[about]]
            pool = pooled([ItemScore(part, None, None) for part in parts])
            previous = pool.score if pool else None
        found[about] = _compared(about, now, low, previous, code, layout.scheme)
    return found


def _earlier(
    about: About, before: Mapping[int, tuple[int, str]], origins: Mapping[int, Mapping[int, tuple[int, ...]]]
) -> list[About]:
    """The same subject in the previous wave: several items where an item continues several."""
    if about.wave_id not in before:
        return []
    there = replace(about, wave_id=before[about.wave_id][0])
    if about.item_id is None or about.wave_id not in origins:
        return [there]
    return [replace(there, item_id=item) for item in origins[about.wave_id].get(about.item_id, ())]


def as_frozen(known: Figures) -> dict[str, Any]:
    """Figures as a finding keeps them when its wave closes (JSON), unrounded; the rest follows from the scheme."""
    before = known.previous or Score(0, None)
    kept = {"score": known.score.score, "n": known.score.n, "sd": known.score.sd, "low": known.low_answers}
    return {
        **kept,
        "rate": known.score.satisfaction_rate,
        "before": before.score,
        "before_n": before.n,
        "before_sd": before.sd,
    }


def from_frozen(about: About, kept: Mapping[str, Any], scheme: Scheme, previous: str) -> Figures:
    """What `as_frozen` kept, under the scheme of its wave; `previous` is the wave that it was compared with."""
    now = _score_of(kept["score"], kept["n"], kept.get("sd"), kept.get("rate"))
    before = _score_of(kept.get("before"), kept.get("before_n", 0), kept.get("before_sd"))
    return _compared(about, now, kept.get("low", 0), before, previous, scheme)


def _score_of(score: float | None, n: int, sd: float | None, rate: float | None = None) -> Score:
    low, high = (None, None) if score is None or sd is None else t_interval(score, sd, n)
    return Score(n, score, sd, low, high, rate)


def _compared(about: About, now: Score, low: int, previous: Score | None, code: str, scheme: Scheme) -> Figures:
    target = _target(about, scheme)
    how = status(now.score, scheme, target=target)
    bound = {"red": scheme.thresholds.red, "amber": target}.get(how or "")
    included = how == "red" and scheme.thresholds.red_at_or_below is not None
    if previous is None or previous.score is None or now.score is None:
        return Figures(now, low, how, bound, included)
    difference = welch(now.score, now.sd, now.n, previous.score, previous.sd, previous.n)
    return Figures(now, low, how, bound, included, previous, code, difference)


def _target(about: About, scheme: Scheme) -> float:
    if about.item_id or about.composite:
        return scheme.thresholds.amber_below
    return scheme.targets.customer if about.customer_id else scheme.targets.index


def _score(about: About, layout: Layout, cells: _Cells, overall: Mapping[int, Score]) -> tuple[Score, int]:
    if about.item_id:
        counts = cells.tallies.get((about.wave_id, about.customer_id, about.item_id))
        tally = _tally(counts, layout)
        return score_of_tally(tally, layout.scheme).score, low_answers(tally, layout.scheme)
    if about.customer_id is None and not about.composite and about.wave_id in overall:
        return overall[about.wave_id], 0
    counts = cells.sums.get((about.wave_id, about.customer_id, about.composite))
    sums = Sums(*counts) if counts else Sums()
    if about.customer_id and not about.composite:
        return customer_score(sums, layout.scheme), 0
    return score_of_sums(sums), 0


def _tally(counts: Counts | None, layout: Layout) -> Tally:
    if counts is None:
        return Tally((0,) * len(layout.scheme.levels))
    return Tally(counts[: len(layout.scheme.levels)], *counts[LEVELS:])


def _read(session: Session, abouts: Sequence[About]) -> _Cells:
    items = [about for about in abouts if about.item_id]
    scores = [about for about in abouts if not about.item_id]
    tallies = {
        **_rows(session, CustomerTally, CustomerTally.item_id, TALLY, [a for a in items if a.customer_id]),
        **_rows(session, CohortTally, CohortTally.item_id, TALLY, [a for a in items if not a.customer_id]),
    }
    sums = {
        **_rows(session, CustomerScore, CustomerScore.composite, CUSTOMER_SUMS, [a for a in scores if a.customer_id]),
        **_rows(session, CohortScore, CohortScore.composite, SUMS, [a for a in scores if not a.customer_id]),
    }
    return _Cells(tallies, sums)


def _rows(
    session: Session, model: Any, key: Any, names: Sequence[str], abouts: Sequence[About]
) -> dict[tuple[int, int | None, int], Counts]:
    """(wave, customer, item or composite) → counts added up over cohorts, or of the customer."""
    if not abouts:
        return {}
    wave, customer = model.wave_id, getattr(model, "customer_id", None)
    by = [wave, key] if customer is None else [wave, key, customer]
    sums = [func.sum(getattr(model, name)) for name in names]
    statement: Select[Any] = select(*by, *sums)
    statement = statement.where(wave.in_({a.wave_id for a in abouts})).group_by(*by)
    statement = statement.where(key.in_({a.item_id or a.composite for a in abouts}))
    if customer is not None:
        statement = statement.where(customer.in_({a.customer_id for a in abouts}))
    found: dict[tuple[int, int | None, int], Counts] = {}
    for row in session.connection().execute(statement):
        whose = row[2] if customer is not None else None
        found[row[0], whose, row[1]] = tuple(int(number) for number in row[len(by) :])
    return found


def _over_customers(session: Session, abouts: set[About], layouts: Mapping[int, Layout]) -> dict[int, Score]:
    """The index of waves whose scheme takes it over customers."""
    waves = {
        about.wave_id
        for about in abouts
        if about == About(about.wave_id)
        and about.wave_id in layouts
        and layouts[about.wave_id].scheme.index_over == "customers"
    }
    if not waves:
        return {}
    columns = [getattr(CustomerScore, name) for name in CUSTOMER_SUMS]
    statement: Select[Any] = select(CustomerScore.wave_id, *columns).where(
        col(CustomerScore.wave_id).in_(waves), CustomerScore.composite == 0
    )
    sums: dict[int, list[Sums]] = {wave: [] for wave in waves}
    for row in session.connection().execute(statement):
        sums[row[0]].append(Sums(*row[1:]))
    return {wave: score_over_customers(found, layouts[wave].scheme) for wave, found in sums.items()}
