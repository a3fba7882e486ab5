"""What a scope lets through: the one place where filters and permissions become conditions."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, bindparam, false, true
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, exists, or_, select

from db.columns import column
from db.models import Cohort, Customer, CustomerReturn, SchemeRow, Wave
from db.queries.layouts import department_ids, layout_of_version
from db.rollups import Layout
from domain.access import Scope, Viewer

SHOWN_STATES = ("open", "closed")
WAVE_COLUMNS = (
    *("id", "code", "state", "version", "position", "starts_on", "ends_on", "planned_n", "scheme_version_id"),
)


@dataclass(frozen=True)
class WaveInfo:
    """A wave as screens need it."""

    id: int
    code: str
    state: str
    version: int
    position: str
    starts_on: date | None
    ends_on: date | None
    planned_n: int | None
    layout: Layout


def schemes_in_sight(session: Session, viewer: Viewer) -> list[SchemeRow]:
    """Schemes that have waves and that the viewer may see, the one with the newest wave first."""
    statement = select(SchemeRow, Wave.position).join(Wave, col(Wave.scheme_id) == SchemeRow.id)
    statement = statement.where(col(Wave.state).in_(SHOWN_STATES), may_see_scheme(viewer)).order_by(
        (col(Wave.state) == "open").desc(), col(Wave.position).desc()
    )
    return list({scheme.code: scheme for scheme, _ in session.exec(statement)}.values())


def waves_in(session: Session, scope: Scope) -> list[WaveInfo]:
    """Waves of the scope's scheme that were not planned, void or pilots, oldest first."""
    if not scope.viewer.may("view_scores"):
        return []
    organiser = scope.viewer.only_schemes_of
    statement = _WAVES if organiser is None else _WAVES.where(col(SchemeRow.organiser_id) == organiser)
    rows = session.connection().execute(statement, {"scheme": scope.scheme_id}).all()
    layouts = {version: layout_of_version(session, version) for version in {row[-1] for row in rows}}
    waves = [WaveInfo(**dict(zip(WAVE_COLUMNS, wave, strict=False)), layout=layouts[key]) for *wave, key in rows]
    codes = [wave.code for wave in waves]
    first = codes.index(scope.first) if scope.first in codes else 0
    last = codes.index(scope.last) + 1 if scope.last in codes else len(codes)
    return waves[first:last]


_WAVES = (
    select_columns(*(column(Wave, name) for name in WAVE_COLUMNS))
    .join(SchemeRow, col(SchemeRow.id) == Wave.scheme_id)
    .where(col(Wave.scheme_id) == bindparam("scheme"), col(Wave.state).in_(SHOWN_STATES), col(Wave.is_pilot).is_(False))
    .order_by(col(Wave.position))
)


def wave_info(session: Session, scope: Scope, code: str) -> WaveInfo | None:
    """One wave of the scope's scheme, whatever the period range."""
    every = waves_in(session, Scope(scope.viewer, scope.scheme_id))
    return next((wave for wave in every if wave.code == code), None)


def may_see_scheme(viewer: Viewer) -> ColumnElement[bool]:
    """Condition on `scheme`: which ones the viewer may see."""
    if not viewer.may("view_scores"):
        return false()
    organiser = viewer.only_schemes_of
    return true() if organiser is None else col(SchemeRow.organiser_id) == organiser


def of_cohorts(scope: Scope, model: type[SQLModel]) -> list[ColumnElement[bool]]:
    """Conditions on a cohort-tier table: segment, region and channel of the response."""
    wanted = {"segment": scope.segment, "region": scope.region, "channel": scope.channel}
    chosen = [getattr(Cohort, name) == value for name, value in wanted.items() if value]
    return [column(model, "cohort_id").in_(select(Cohort.id).where(*chosen))] if chosen else []


def of_customers(scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions on `customer` for figures of a wave in sight: filters, and the own customers where only those may be seen.

    Whose name and contacts may be read without a wave is `customers_in_sight`. A customer comes with those that were
    merged into it: findings of closed waves are still about them.
    """
    conditions: list[ColumnElement[bool]] = []
    if scope.customer_id is not None:
        conditions.append(or_(col(Customer.id) == scope.customer_id, col(Customer.merged_into_id) == scope.customer_id))
    if scope.viewer.only_customers_of is not None:
        conditions.append(is_sold_to_by(scope.viewer.only_customers_of))
    if (only := scope.viewer.only_customer) is not None:
        conditions.append(or_(col(Customer.id) == only, col(Customer.merged_into_id) == only))
    if not scope.viewer.may("view_customers"):
        conditions.append(false())
    conditions += [
        col(getattr(Customer, name)) == value for name in ("segment", "region") if (value := getattr(scope, name))
    ]
    return conditions


def is_sold_to_by(user_id: int) -> ColumnElement[bool]:
    """Condition on `customer`: the seller's own, and what was merged into them."""
    own = aliased(Customer)
    kept = select(own.id).where(own.sales_owner_id == user_id)
    return or_(col(Customer.sales_owner_id) == user_id, col(Customer.merged_into_id).in_(kept))


def customers_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `customer`: an organiser's are those that the own schemes have asked or heard, sales have their own."""
    conditions = of_customers(Scope(viewer, 0))
    if viewer.only_schemes_of is not None:
        mine = select(Wave.id).join(SchemeRow).where(SchemeRow.organiser_id == viewer.only_schemes_of)
        there = (col(CustomerReturn.customer_id) == col(Customer.id), col(CustomerReturn.wave_id).in_(mine))
        conditions.append(exists().where(*there))
    return conditions


def named(search: str) -> ColumnElement[bool]:
    """Condition on `customer`: code or name holds the text."""
    text = search.strip().replace("\0", "")  # which PostgreSQL doesn't take
    return or_(
        *(
            col(column).icontains(text, autoescape=True)
            for column in (Customer.code, Customer.name_zh, Customer.name_en)
        )
    )


def visible_items(session: Session, scope: Scope, layout: Layout) -> tuple[bool, ...]:
    """For each item of the scheme, whether its department is in sight."""
    departments, only = scope.departments, scope.viewer.only_item
    asked = tuple(only in (None, key) for key in layout.item_ids)
    if departments is None:
        return asked
    known = department_ids(session)
    return tuple(
        wanted and known.get(item.department) in departments
        for wanted, item in zip(asked, layout.scheme.items, strict=True)
    )
