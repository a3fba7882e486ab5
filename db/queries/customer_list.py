"""The register of customers: whom surveys can ask, for those who keep it (not what customers said, see customers.py)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from db.models import Contact, Customer, CustomerMerge, CustomersApart, Purchase, User
from db.queries.narrowing import named
from domain.access import NotThere, Viewer
from domain.customer_filters import CustomerFilter, quantities

EDIT = "edit_customers"
PAGE = 50


@dataclass(frozen=True)
class ListedCustomer:
    """A line of the register: the customer, who sells to it, how many contacts can be asked."""

    customer: Customer
    owner: str
    contacts: int


@dataclass(frozen=True)
class RegisterPage:
    """One page of the register, how many customers there are in all, and how many come before this page."""

    rows: list[ListedCustomer]
    total: int
    offset: int = 0


@dataclass(frozen=True)
class PastMerge:
    """A merge that can be undone: which customer was taken in, when and by whom."""

    id: int
    code: str
    name_zh: str
    name_en: str
    by: str
    merge: CustomerMerge


@dataclass(frozen=True)
class CustomerCard:
    """Everything that the register holds of a customer."""

    customer: Customer
    contacts: list[Contact]
    purchases: list[Purchase]
    merges: list[PastMerge]


def to_edit(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Conditions on `customer`: sellers keep their own; whoever plans surveys must be able to ask anybody (ADR 7)."""
    own = viewer.only_customers_of
    there = col(Customer.merged_into_id).is_(None)
    return [there] if own is None else [there, col(Customer.sales_owner_id) == own]


def customers_matching(session: Session, viewer: Viewer, wanted: CustomerFilter) -> list[int]:
    """Keys of the customers that a filter lets through, as far as the viewer keeps them; raises NotAllowed."""
    viewer.check(EDIT)
    found = session.exec(select(Customer.id).where(*_conditions(viewer, wanted)).order_by(col(Customer.id)))
    return [key for key in found if key is not None]


def register_page(
    session: Session, viewer: Viewer, wanted: CustomerFilter, *, offset: int = 0, limit: int = PAGE
) -> RegisterPage:
    """Customers by code; an offset past the end shows the last page. Raises NotAllowed."""
    viewer.check(EDIT)
    conditions = _conditions(viewer, wanted)
    total = session.exec(select(func.count()).select_from(Customer).where(*conditions)).one()
    offset = max(0, min(offset, (total - 1) // limit * limit))
    reachable = select(func.count()).where(col(Contact.customer_id) == Customer.id, col(Contact.active).is_(True))
    statement = (
        select(Customer, User.name, reachable.scalar_subquery())
        .join(User, col(User.id) == Customer.sales_owner_id, isouter=True)
        .where(*conditions)
        .order_by(col(Customer.code))
        .offset(offset)
        .limit(limit)
    )
    return RegisterPage([ListedCustomer(c, owner or "", n) for c, owner, n in session.exec(statement)], total, offset)


def customer_card(session: Session, viewer: Viewer, code: str) -> CustomerCard:
    """A customer with contacts, purchases and merges; the code of one that was merged leads to the one that was kept.

    Raises NotThere, NotAllowed.
    """
    viewer.check(EDIT)
    found = session.exec(select(Customer).where(Customer.code == code.replace("\0", ""))).first()
    key = (found.merged_into_id or found.id) if found else None
    customer = session.exec(select(Customer).where(Customer.id == key, *to_edit(viewer))).first()
    if customer is None:
        raise NotThere
    by_name = select(Contact).where(Contact.customer_id == key).order_by(col(Contact.active).desc(), col(Contact.id))
    newest = col(Purchase.promised_on).desc(), col(Purchase.id).desc()
    bought = select(Purchase).where(Purchase.customer_id == key).order_by(*newest)
    return CustomerCard(
        customer, list(session.exec(by_name)), list(session.exec(bought)), _merges_into(session, key or 0)
    )


def sellers(session: Session, viewer: Viewer) -> dict[int, str]:
    """Who may be responsible for a customer: active accounts of sales, by name, and those who are it already."""
    viewer.check(EDIT)
    responsible = select(Customer.sales_owner_id).where(*to_edit(viewer), col(Customer.sales_owner_id).is_not(None))
    mine = [] if viewer.only_customers_of is None else [col(User.id) == viewer.only_customers_of]
    active = (col(User.role) == "sales") & col(User.active).is_(True)
    statement = select(User.id, User.name).where(or_(active, col(User.id).in_(responsible)), *mine)
    return {key: name for key, name in session.exec(statement.order_by(col(User.name))) if key is not None}


def groups(session: Session, viewer: Viewer) -> dict[str, list[str]]:
    """Segments and regions that customers have, and units that they bought in: what filters offer."""
    viewer.check(EDIT)
    found: dict[str, list[str]] = {}
    for name in ("segment", "region"):
        values = session.exec(select(getattr(Customer, name)).where(*to_edit(viewer)).distinct())
        found[name] = sorted(value for value in values if value)
    mine = select(Customer.id).where(*to_edit(viewer))
    units = session.exec(select(Purchase.unit).where(col(Purchase.customer_id).in_(mine)).distinct())
    return {**found, "unit": sorted(unit for unit in units if unit)}


def names_to_compare(session: Session, viewer: Viewer) -> list[tuple[int, str, str, str]]:
    """Key, code and both names of every customer that the viewer keeps, to look for doubles."""
    viewer.check(EDIT)
    columns = select(Customer.id, Customer.code, Customer.name_zh, Customer.name_en)
    return [(key or 0, code, zh, en) for key, code, zh, en in session.exec(columns.where(*to_edit(viewer)))]


def kept_apart(session: Session, viewer: Viewer) -> set[tuple[int, int]]:
    """Pairs of customers that the viewer keeps, the lower key first, of whom was said that they are not the same."""
    viewer.check(EDIT)
    mine = select(Customer.id).where(*to_edit(viewer))
    pairs = select(CustomersApart.first_id, CustomersApart.second_id)
    both = col(CustomersApart.first_id).in_(mine), col(CustomersApart.second_id).in_(mine)
    return set(session.exec(pairs.where(*both)).all())


def contacts_of(session: Session, viewer: Viewer, customer_ids: Sequence[int]) -> dict[int, list[Contact]]:
    """Active contacts of several customers that the viewer keeps, for plans and sending."""
    viewer.check(EDIT)
    mine = select(Customer.id).where(col(Customer.id).in_(customer_ids), *to_edit(viewer))
    statement = select(Contact).where(col(Contact.customer_id).in_(mine), col(Contact.active).is_(True))
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in session.exec(statement.order_by(col(Contact.id))):
        found[contact.customer_id].append(contact)
    return found


def _merges_into(session: Session, key: int) -> list[PastMerge]:
    statement = (
        select(CustomerMerge, Customer, User.name)
        .join(Customer, col(Customer.id) == CustomerMerge.merged_id)
        .join(User, col(User.id) == CustomerMerge.by_id, isouter=True)
        .where(CustomerMerge.kept_id == key, col(CustomerMerge.undone_at).is_(None))
        .order_by(col(CustomerMerge.id).desc())
    )
    return [
        PastMerge(merge.id or 0, merged.code, merged.name_zh, merged.name_en, by or "", merge)
        for merge, merged, by in session.exec(statement)
    ]


def _conditions(viewer: Viewer, wanted: CustomerFilter) -> list[ColumnElement[bool]]:
    conditions = to_edit(viewer)
    if wanted.search.strip():
        conditions.append(named(wanted.search))
    for column, values in (
        (col(Customer.segment), wanted.segments),
        (col(Customer.region), wanted.regions),
        (col(Customer.sales_owner_id), wanted.owners),
    ):
        conditions += [column.in_(values)] if values else []
    for flag, value in ((col(Customer.active), wanted.active), (col(Customer.vip), wanted.vip)):
        conditions += [flag.is_(value)] if value is not None else []
    for amount, first, last in (
        (col(Customer.value), wanted.value_from, wanted.value_to),
        (col(Customer.since_on), wanted.since_from, wanted.since_to),
    ):
        conditions += [amount >= first] if first is not None else []
        conditions += [amount <= last] if last is not None else []
    if wanted.asks_for_purchases:
        conditions.append(col(Customer.id).in_(select(Purchase.customer_id).where(*_bought(wanted))))
    return conditions


def _bought(wanted: CustomerFilter) -> list[ColumnElement[bool]]:
    """Conditions on `purchase`: one single purchase has to meet all of them."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.bought_since is not None:
        day = func.coalesce(col(Purchase.delivered_on), col(Purchase.promised_on))
        conditions.append(day >= wanted.bought_since)
    if wanted.at_least is not None:
        unit = func.lower(func.trim(col(Purchase.unit)))
        enough = [
            (col(Purchase.quantity) >= n - 1e-9) & (unit.in_(names) if names else unit.is_not(None))
            for names, n in quantities(wanted.at_least, wanted.unit)
        ]
        conditions.append(or_(*enough))
    return conditions
