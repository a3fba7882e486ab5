"""What a reader can filter by, and the counter that tells open screens that something changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from db.models import ActionEvent, Cohort, CohortScore, Department, SchemeRow, Wave
from db.queries.customers import CustomerName, customer_names
from db.queries.narrowing import WaveInfo, schemes_in_sight, waves_in
from domain.access import Scope, Viewer

MOST_CUSTOMERS = 300
"""More than these aren't offered in one list: the Customers screen has a search."""


@dataclass(frozen=True)
class Choices:
    """Values for the filter bar, each in the order in which it is offered; of many customers only the first few."""

    schemes: list[SchemeRow]
    waves: list[WaveInfo]
    segments: list[str]
    regions: list[str]
    channels: list[str]
    departments: list[Department]
    customers: list[CustomerName]


def choices(session: Session, viewer: Viewer, scheme_code: str) -> Choices:
    """What the viewer may choose from within a scheme; the first one in sight where the code isn't known."""
    schemes = schemes_in_sight(session, viewer)
    if not schemes:
        return Choices([], [], [], [], [], [], [])
    scheme = next((row for row in schemes if row.code == scheme_code), schemes[0])
    waves = waves_in(session, Scope(viewer, scheme.id or 0))
    there = select(CohortScore.cohort_id).where(
        col(CohortScore.wave_id).in_([wave.id for wave in waves]), CohortScore.composite == 0
    )
    cohorts = session.exec(select(Cohort).where(col(Cohort.id).in_(there))).all()
    wanted = {item.department for wave in waves[-1:] for item in wave.layout.scheme.items}
    departments = select(Department).where(col(Department.code).in_(wanted)).order_by(col(Department.code))
    if viewer.only_department is not None:
        departments = departments.where(Department.id == viewer.only_department)
    return Choices(
        [scheme, *(row for row in schemes if row is not scheme)],
        waves,
        _values(cohorts, "segment"),
        _values(cohorts, "region"),
        _values(cohorts, "channel"),
        list(session.exec(departments)),
        customer_names(session, viewer, limit=MOST_CUSTOMERS + 1),
    )


def change_counter(session: Session, scheme_id: int) -> tuple[int, int]:
    """Grows with every write to a wave of the scheme and to any action; costs one small read."""
    waves, actions = session.connection().execute(_CHANGES, {"scheme": scheme_id}).one()
    return int(waves), int(actions)


_CHANGES = select_columns(
    select(func.coalesce(func.sum(Wave.version), 0)).where(Wave.scheme_id == bindparam("scheme")).scalar_subquery(),
    select(func.coalesce(func.max(ActionEvent.id), 0)).scalar_subquery(),
)


def _values(cohorts: Sequence[Cohort], name: str) -> list[str]:
    return sorted({value for cohort in cohorts if (value := getattr(cohort, name))})
