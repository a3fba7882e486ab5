"""Scores and returns of a wave apart by segment, region or channel of the response; out of the roll-ups."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Select, func
from sqlmodel import Session, SQLModel, select

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
from db.queries.narrowing import WaveInfo, of_cohorts, of_customers
from db.queries.scores import TALLY
from db.rollups import LEVELS, SUMS
from domain.access import Scope
from domain.overview import SegmentReturns
from domain.returns import ReturnTally
from domain.scores import Score, Sums, Tally, score_of_sums, score_of_tally

GROUPS = ("segment", "region", "channel")
SENT = ("sent", "returned", "in_time", "late", "invalid", "undeliverable")


def groups_of(scope: Scope) -> tuple[str, ...]:
    """By what figures can be taken apart: a customer has a segment and a region, and answers by any channel."""
    return GROUPS[:2] if scope.by_customer else GROUPS


def returns_by_segment(session: Session, scope: Scope, wave: WaveInfo) -> list[SegmentReturns]:
    """What became of the questionnaires of each segment, lowest response rate first."""
    rows = _grouped(session, scope, CohortReturn, CustomerReturn, "segment", SENT, wave)
    found = [SegmentReturns(name, ReturnTally(**dict(zip(SENT, sums, strict=True)))) for name, sums in rows]
    return sorted((one for one in found if one.returns.sent), key=lambda one: (one.returns.rate or 0.0, one.segment))


def composite_by_group(
    session: Session, scope: Scope, wave: WaveInfo, code: str, by: str = "segment"
) -> dict[str, Score]:
    """Score of the index (code "") or of a dimension in each group, lowest first."""
    layout = wave.layout
    key = dict(zip(layout.scheme.composites, layout.composite_ids, strict=True))[code]
    rows = _grouped(session, scope, CohortScore, CustomerScore, by, SUMS, wave, composite=key)
    return _lowest_first({name: score_of_sums(Sums(*sums)) for name, sums in rows})


def item_by_group(session: Session, scope: Scope, wave: WaveInfo, code: str, by: str = "segment") -> dict[str, Score]:
    """Score of an item in each group, lowest first."""
    layout = wave.layout
    key = dict(zip(layout.scheme.item_codes, layout.item_ids, strict=True))[code]
    rows = _grouped(session, scope, CohortTally, CustomerTally, by, TALLY, wave, item_id=key)
    levels = 0 if layout.scheme.number_scale else len(layout.scheme.levels)
    tallies = {name: Tally(sums[:levels], *sums[LEVELS:]) for name, sums in rows}
    return _lowest_first({name: score_of_tally(tally, layout.scheme).score for name, tally in tallies.items()})


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
    model: Any = customers if scope.by_customer else cohorts
    group: Any = getattr(Customer if scope.by_customer else Cohort, by)
    statement: Select[Any] = select(group, *(func.sum(getattr(model, name)) for name in columns))
    statement = _joined(statement, scope, model).where(model.wave_id == wave.id).group_by(group)
    for name, value in fixed.items():
        statement = statement.where(getattr(model, name) == value)
    found: dict[str, tuple[int, ...]] = defaultdict(tuple)
    for name, *sums in session.connection().execute(statement):
        found[name] = tuple(int(value) for value in sums)
    return list(found.items())


def _joined(statement: Select[Any], scope: Scope, model: Any) -> Select[Any]:
    if scope.by_customer:
        return statement.join(Customer, Customer.id == model.customer_id).where(*of_customers(scope))
    return statement.join(Cohort, Cohort.id == model.cohort_id).where(*of_cohorts(scope, model))


def _lowest_first(scores: dict[str, Score]) -> dict[str, Score]:
    answered = {name: score for name, score in scores.items() if score.n}
    return dict(sorted(answered.items(), key=lambda one: one[1].score or 0.0))
