"""Scores and returns of a wave apart by segment, region or channel of the response; out of the roll-ups."""

from collections import defaultdict
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func
from sqlmodel import Session, SQLModel, col, select

from db.models import (
    Cohort,
    CohortReturn,
    CohortScore,
    CohortTally,
    Customer,
    CustomerReturn,
    CustomerScore,
    CustomerTally,
)
from db.queries.customers import STATEMENTS
from db.queries.narrowing import WaveInfo, of_cohorts, of_customers, visible_items
from db.queries.scores import TALLY, shown_composites
from db.rollups import CUSTOMER_SUMS, LEVELS, SUMS
from domain.access import NotThere, Scope
from domain.overview import SegmentReturns
from domain.returns import ReturnTally
from domain.scores import Score, Sums, Tally, score_of_sums, score_of_tally, score_over_customers
from domain.shares import shown_groups

GROUPS = ("segment", "region", "channel")
SENT = ("sent", "returned", "in_time", "late", "invalid", "undeliverable")


def groups_of(scope: Scope) -> tuple[str, ...]:
    """By what figures can be taken apart: a customer has a segment and a region, and answers by any channel."""
    return GROUPS[:2] if scope.by_customer else GROUPS


def returns_by_segment(session: Session, scope: Scope, wave: WaveInfo) -> list[SegmentReturns]:
    """What became of the questionnaires of each segment, lowest response rate first."""
    rows = _grouped(session, scope, CohortReturn, CustomerReturn, "segment", SENT, wave)
    apart = shown_groups({name: sums[0] for name, sums in rows}, scope.viewer.least)
    found = [
        SegmentReturns(name, ReturnTally(**dict(zip(SENT, sums, strict=True)))) for name, sums in rows if name in apart
    ]
    return sorted((one for one in found if one.returns.sent), key=lambda one: (one.returns.rate or 0.0, one.segment))


def scores_by_group(
    session: Session, scope: Scope, wave: WaveInfo, *, by: str, item: str = "", dimension: str = ""
) -> dict[str, Score]:
    """Score of an item, else of a dimension, else of the index, in each group, lowest first.

    Nothing where this wave's scheme has no such item or dimension; raises NotThere for one out of sight.
    """
    found: dict[str, Score] = {}
    if item and item in wave.layout.scheme.item_by_code:
        found = item_by_group(session, scope, wave, item, by)
    elif not item and dimension in wave.layout.scheme.composites:
        found = composite_by_group(session, scope, wave, dimension, by)
    apart = shown_groups({name: score.n for name, score in found.items()}, scope.viewer.least)
    return {name: score for name, score in found.items() if name in apart}


def composite_by_group(
    session: Session, scope: Scope, wave: WaveInfo, code: str, by: str = "segment"
) -> dict[str, Score]:
    """Score of the index (code "") or of a dimension in each group, lowest first; raises NotThere for one out of sight."""
    layout = wave.layout
    seen = {
        i.code for i, shown in zip(layout.scheme.items, visible_items(session, scope, layout), strict=True) if shown
    }
    if code and code not in shown_composites(layout, seen):
        raise NotThere
    key = dict(zip(layout.scheme.composites, layout.composite_ids, strict=True))[code]
    if not code and layout.scheme.index_over == "customers":
        return _lowest_first(_over_customers(session, scope, wave, by))
    rows = _grouped(session, scope, CohortScore, CustomerScore, by, SUMS, wave, composite=key)
    return _lowest_first({name: score_of_sums(Sums(*sums)) for name, sums in rows})


def item_by_group(session: Session, scope: Scope, wave: WaveInfo, code: str, by: str = "segment") -> dict[str, Score]:
    """Score of an item in each group, lowest first; raises NotThere for one out of sight."""
    layout = wave.layout
    place = layout.scheme.item_codes.index(code) if code in layout.scheme.item_by_code else -1
    if place < 0 or not visible_items(session, scope, layout)[place]:
        raise NotThere
    rows = _grouped(session, scope, CohortTally, CustomerTally, by, TALLY, wave, item_id=layout.item_ids[place])
    levels = 0 if layout.scheme.number_scale else len(layout.scheme.levels)
    tallies = {name: Tally(sums[:levels], *sums[LEVELS:]) for name, sums in rows}
    return _lowest_first({name: score_of_tally(tally, layout.scheme).score for name, tally in tallies.items()})


def _over_customers(session: Session, scope: Scope, wave: WaveInfo, by: str) -> dict[str, Score]:
    """The index as mean over customers, by their own segment or region; a customer has no channel."""
    if by not in GROUPS[:2]:
        return {}
    columns = [getattr(CustomerScore, name) for name in CUSTOMER_SUMS]
    statement: Select[Any] = select(getattr(Customer, by), *columns)
    statement = statement.join(CustomerScore, CustomerScore.customer_id == Customer.id).where(  # type: ignore[arg-type]
        col(CustomerScore.wave_id) == wave.id,
        col(CustomerScore.composite) == 0,
        col(CustomerScore.n) > 0,
        *of_customers(scope),
    )
    customers: dict[str, list[Sums]] = defaultdict(list)
    for name, *sums in session.connection().execute(statement):
        customers[name].append(Sums(*sums))
    return {name: score_over_customers(sums, wave.layout.scheme) for name, sums in customers.items()}


def _grouped(
    session: Session,
    scope: Scope,
    cohorts: type[SQLModel],
    customers: type[SQLModel],
    by: str,
    columns: tuple[str, ...],
    wave: WaveInfo,
    **fixed: int,
) -> list[tuple[str, tuple[int, ...]]]:
    if by not in groups_of(scope):
        return []
    model = customers if scope.by_customer else cohorts
    rows = session.connection().execute(_sums(scope, model, by, columns, tuple(fixed)), {"wave": wave.id, **fixed})
    return [(name, tuple(map(int, sums))) for name, *sums in rows]


@lru_cache(maxsize=STATEMENTS)
def _sums(scope: Scope, model: Any, by: str, columns: tuple[str, ...], fixed: tuple[str, ...]) -> Select[Any]:
    group: Any = getattr(Customer if scope.by_customer else Cohort, by)
    statement: Select[Any] = select(group, *(func.sum(getattr(model, name)) for name in columns))
    statement = _joined(statement, scope, model).where(model.wave_id == bindparam("wave")).group_by(group)
    return statement.where(*(getattr(model, name) == bindparam(name) for name in fixed))


def _joined(statement: Select[Any], scope: Scope, model: Any) -> Select[Any]:
    if scope.by_customer:
        return statement.join(Customer, Customer.id == model.customer_id).where(*of_customers(scope))
    return statement.join(Cohort, Cohort.id == model.cohort_id).where(*of_cohorts(scope, model))


def _lowest_first(scores: dict[str, Score]) -> dict[str, Score]:
    answered = {name: score for name, score in scores.items() if score.n}
    return dict(sorted(answered.items(), key=lambda one: one[1].score or 0.0))
