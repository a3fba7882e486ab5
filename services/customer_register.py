"""The register of customers is kept: a customer with contacts and purchases is saved as one, or not at all."""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from db import bulk
from db.models import AuditEvent, Contact, Customer, Purchase, User
from db.queries.customer_list import EDIT, to_edit
from domain.access import NotThere, Viewer
from domain.customer_cells import is_chinese
from domain.customer_entries import (
    ContactEntry,
    CustomerEntry,
    Entered,
    EntryInvalid,
    PurchaseEntry,
    checked_contacts,
    checked_customer,
    checked_purchases,
    entry_of,
    key_of,
)
from domain.errors import N_, Refusal
from services.audit import audit

Change = tuple[Any, Any]
"""Old and new value."""
LINES = ("contacts", "purchases")
GIVEN = "NEW-"
"""How codes begin that are given until somebody enters the customer's own."""


class CustomerChangedMeanwhile(Refusal):
    """Somebody else saved the customer first; `what` says who, when (UTC), and changes: field → (as it was read, as it is).

    Its `now` and `version` are what to go on from. Nothing of the refused change is lost but unsaved.
    """

    def __init__(self, **what: Any) -> None:
        super().__init__(N_("Somebody else has just changed this customer. Your changes are not saved yet."))
        self.what = what


def add(session: Session, *, entered: Entered, by: Viewer, at: datetime) -> Customer:
    """A new customer, a seller's own. Raises EntryInvalid, NotAllowed."""
    by.check(EDIT)
    entry = _checked(session, entered.customer, by, was=None)
    contacts, purchases = checked_contacts(entered.contacts), checked_purchases(entered.purchases)
    customer = Customer(**asdict(entry), name_key=key_of(entry), created_at=at)
    session.add(customer)
    session.flush()
    _keep(session, Contact, customer.id or 0, contacts)
    _keep(session, Purchase, customer.id or 0, purchases)
    counts = {"contacts": len(contacts), "purchases": len(purchases)}
    audit(session, by=by.user_id, at=at, verb="add", about="customer", about_id=customer.id, **counts)
    return customer


def named(session: Session, *, name: str, by: Viewer, at: datetime) -> Customer:
    """The customer that is called so, as far as the asker may edit it; else a new one with a code to go on with.

    Raises EntryInvalid, NotAllowed.
    """
    by.check(EDIT)
    entry = CustomerEntry(name_zh=name.strip()) if is_chinese(name) else CustomerEntry(name_en=name.strip())
    known = select(Customer).where(Customer.name_key == key_of(entry), col(Customer.active), *to_edit(by))
    found = session.exec(known.order_by(col(Customer.id))).first() if name.strip() else None
    if found is not None:
        return found
    codes = set(session.exec(select(Customer.code).where(col(Customer.code).startswith(GIVEN))))
    free = next(code for n in count(1) if (code := f"{GIVEN}{n}") not in codes)
    return add(session, entered=Entered(replace(entry, code=free)), by=by, at=at)


def change(
    session: Session, *, customer_id: int, version: int, was: Entered, entered: Entered, by: Viewer, at: datetime
) -> Customer:
    """Saves a customer with contacts and purchases over the version that `was` read.

    A contact that is left out is taken away, or made inactive where a questionnaire went to it. Raises
    CustomerChangedMeanwhile, EntryInvalid, NotAllowed, NotThere.
    """
    by.check(EDIT)
    customer = session.exec(
        select(Customer).where(Customer.id == customer_id, *to_edit(by)).execution_options(populate_existing=True)
    ).first()
    if customer is None:
        raise NotThere
    if customer.version != version:
        raise _changed_since(session, customer, was)
    entry = _checked(session, entered.customer, by, was=customer)
    contacts, purchases = checked_contacts(entered.contacts), checked_purchases(entered.purchases)
    wanted = {**asdict(entry), "name_key": key_of(entry)}
    changed = {name: value for name, value in wanted.items() if getattr(customer, name) != value}
    here = update(Customer).where(col(Customer.id) == customer_id, col(Customer.version) == version)
    if session.exec(here.values(**changed, version=version + 1)).rowcount != 1:
        raise _changed_since(session, session.get_one(Customer, customer_id, populate_existing=True), was)
    _keep(session, Contact, customer_id, contacts)
    _keep(session, Purchase, customer_id, purchases)
    changed_lines = {"contacts": contacts != was.contacts, "purchases": purchases != was.purchases}
    touched = sorted([*(changed.keys() - {"name_key"}), *(name for name in LINES if changed_lines[name])])
    audit(session, by=by.user_id, at=at, verb="change", about="customer", about_id=customer_id, fields=touched)
    session.refresh(customer)
    return customer


def as_entered(session: Session, customer: Customer) -> Entered:
    """A customer as a form would have it now; who asks has been checked."""
    contacts = select(Contact).where(Contact.customer_id == customer.id)
    purchases = select(Purchase).where(Purchase.customer_id == customer.id)
    return Entered(
        entry_of(CustomerEntry, customer),
        tuple(entry_of(ContactEntry, row) for row in session.exec(contacts.order_by(col(Contact.id)))),
        tuple(entry_of(PurchaseEntry, row) for row in session.exec(purchases.order_by(col(Purchase.id)))),
    )


def _checked(session: Session, entry: CustomerEntry, by: Viewer, *, was: Customer | None) -> CustomerEntry:
    """The entry as it may be saved: a code that is free, and a seller's customers stay the seller's."""
    entry = checked_customer(entry)
    taken = select(Customer.id).where(Customer.code == entry.code)
    if (was is None or entry.code != was.code) and session.exec(taken).first() is not None:
        raise EntryInvalid(N_("There is already a customer with the code “{code}”."), code=entry.code)
    owner = entry.sales_owner_id if by.only_customers_of is None else by.only_customers_of
    if owner is not None and session.get(User, owner) is None:
        raise NotThere
    return CustomerEntry(**(asdict(entry) | {"sales_owner_id": owner}))


def _keep(session: Session, model: type[Any], customer_id: int, entries: Sequence[Any]) -> None:
    """The customer's rows become the entries; another customer's row is none of them."""
    rows = {row.id: row for row in session.exec(select(model).where(model.customer_id == customer_id))}
    if any(entry.id not in rows for entry in entries if entry.id):
        raise NotThere
    kept = {entry.id for entry in entries}
    gone = [key for key in rows if key not in kept]
    used = _used(session, model, gone)
    for key in used:
        if model is Purchase:
            raise EntryInvalid(N_("A purchase that a survey refers to can't be taken away."))
        rows[key].active = False
    session.connection().execute(delete(model).where(model.id.in_([key for key in gone if key not in used])))
    for entry in entries:
        row = rows[entry.id] if entry.id else model(customer_id=customer_id)
        for one in fields(entry):
            if one.name != "id":
                setattr(row, one.name, getattr(entry, one.name))
        session.add(row)
    session.flush()


def _used(session: Session, model: type[SQLModel], keys: Sequence[int]) -> set[int]:
    """Rows that something else refers to, a questionnaire that was sent for example."""
    target, found = bulk.table_of(model).c.id, set()
    for table in SQLModel.metadata.sorted_tables if keys else ():
        for column in table.columns:
            if any(key.column is target for key in column.foreign_keys):
                found |= set(session.connection().execute(sa_select(column).where(column.in_(keys))).scalars())
    return found


def _changed_since(session: Session, customer: Customer, was: Entered) -> CustomerChangedMeanwhile:
    now = as_entered(session, customer)
    changes: dict[str, Change] = {
        one.name: (old, new)
        for one in fields(CustomerEntry)
        if (old := getattr(was.customer, one.name)) != (new := getattr(now.customer, one.name))
    }
    changes |= {
        name: (getattr(was, name), getattr(now, name)) for name in LINES if getattr(was, name) != getattr(now, name)
    }
    last = (
        select(AuditEvent, User.name)
        .join(User, col(User.id) == AuditEvent.user_id, isouter=True)
        .where(AuditEvent.about == "customer", AuditEvent.about_id == customer.id, AuditEvent.verb != "view")
        .order_by(col(AuditEvent.id).desc())
    )
    event, who = session.exec(last).first() or (None, "")
    return CustomerChangedMeanwhile(
        who=who or "", when=event.at if event else None, now=now, version=customer.version, changes=changes
    )
