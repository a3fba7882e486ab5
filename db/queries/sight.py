"""Which findings and actions a reader may see (rules.md 11), as conditions; every read and write of them uses these."""

from sqlalchemy import ColumnElement, false
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from db.models import Action, ActionFinding, Customer, Finding, SchemeRow, Wave
from db.queries.narrowing import is_sold_to_by
from domain.access import Viewer


def findings_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `finding`: a department's own, those about a seller's customers, those of an organiser's schemes."""
    conditions: list[ColumnElement[bool]] = [] if viewer.may("view_findings") else [false()]
    conditions += _shared(viewer)
    if viewer.only_department is not None:
        conditions.append(col(Finding.department_id) == viewer.only_department)
    if viewer.only_customers_of is not None:
        conditions.append(col(Finding.customer_id).in_(_customers_of(viewer.only_customers_of)))
    if viewer.only_schemes_of is not None:
        conditions.append(col(Finding.wave_id).in_(_waves_of(viewer.only_schemes_of)))
    return conditions


def actions_in_sight(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `action`: a department's own; else also what one owns or made, and what is about one's part."""
    if not viewer.may("view_actions"):
        return [false()]
    conditions = _about_shared(viewer)
    if viewer.only_department is not None:
        return [*conditions, col(Action.department_id) == viewer.only_department]
    own = [col(Action.owner_id) == viewer.user_id, col(Action.created_by_id) == viewer.user_id]
    if viewer.only_customers_of is not None:
        mine = _customers_of(viewer.only_customers_of)
        about = select(ActionFinding.action_id).join(Finding).where(col(Finding.customer_id).in_(mine))
        return [*conditions, or_(*own, col(Action.customer_id).in_(mine), col(Action.id).in_(about))]
    if viewer.only_schemes_of is not None:
        organised = col(Action.wave_id).in_(_waves_of(viewer.only_schemes_of))
        return [*conditions, or_(*own, organised, col(Action.department_id) == viewer.only_schemes_of)]
    return conditions


def _shared(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `finding`: what a share about one customer or one item leaves."""
    conditions: list[ColumnElement[bool]] = []
    if viewer.only_customer is not None:
        conditions.append(col(Finding.customer_id).in_(_with_merged(viewer.only_customer)))
    if viewer.only_item is not None:
        conditions += [col(Finding.item_id) == viewer.only_item, col(Finding.customer_id).is_(None)]
    return conditions


def _about_shared(viewer: Viewer) -> list[ColumnElement[bool]]:
    """The same on `action`."""
    findings = _shared(viewer)
    if not findings:
        return []
    about = col(Action.id).in_(select(ActionFinding.action_id).join(Finding).where(*findings))
    if viewer.only_customer is None:
        return [about]
    return [or_(about, col(Action.customer_id) == viewer.only_customer)]


def _with_merged(customer_id: int) -> SelectOfScalar[int] | SelectOfScalar[None]:
    return select(Customer.id).where(or_(Customer.id == customer_id, Customer.merged_into_id == customer_id))


def _customers_of(user_id: int) -> SelectOfScalar[int] | SelectOfScalar[None]:
    return select(Customer.id).where(is_sold_to_by(user_id))


def _waves_of(organiser_id: int) -> SelectOfScalar[int] | SelectOfScalar[None]:
    return select(Wave.id).join(SchemeRow).where(col(SchemeRow.organiser_id) == organiser_id)
