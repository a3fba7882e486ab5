"""Customers, contacts and subjects as programs name them: found, or made where the program may do that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from db import bulk
from db.models import Contact, Customer, Subject
from domain.access import Viewer
from domain.customer_entries import ContactEntry, EntryInvalid, checked_contacts
from domain.errors import N_, Refusal
from domain.mapping import comparable
from services.audit import audit
from services.customers import customer_ids


class CustomerUnknown(Refusal):
    """A customer that isn't in the register, from a program that may not add one."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("There is no customer {code}, and this token may not add any."), code=code)


class ContactUnknown(Refusal):
    """A contact that the customer doesn't have, from a program that may not add one."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("Customer {code} has no such contact, and this token may not add any."), code=code)


@dataclass(frozen=True)
class NamedCustomer:
    """A customer by its code; the rest is for one that is new."""

    code: str
    name: str = ""
    segment: str = ""
    region: str = ""


def customers_named(
    session: Session, wanted: Iterable[NamedCustomer], *, may_add: bool, by: Viewer, at: datetime
) -> dict[str, Customer]:
    """Customers by the codes given; a merged one is the one that was kept. Raises CustomerUnknown, EntryInvalid."""
    first: dict[str, NamedCustomer] = {}
    for one in wanted:
        first.setdefault(one.code, one)
    if not first:
        return {}
    codes = {one.code: comparable(one.code) for one in first.values()}
    if not all(codes.values()):
        raise EntryInvalid(N_("Enter the customer's code."))
    known = set(session.exec(select(Customer.code).where(col(Customer.code).in_(sorted(set(codes.values()))))))
    new = [one for one in first.values() if codes[one.code] not in known]
    if new and not may_add:
        raise CustomerUnknown(new[0].code)
    keys = customer_ids(session, [(one.code, one.name) for one in first.values()], at=at)
    rows = {
        row.id: row for row in session.exec(select(Customer).where(col(Customer.id).in_(sorted(set(keys.values())))))
    }
    found = {one.code: rows[keys[one.code, one.name]] for one in first.values()}
    for one in new:
        row = found[one.code]
        row.segment, row.region = row.segment or one.segment, row.region or one.region
        audit(session, by=by.user_id, at=at, verb="add", about="customer", about_id=row.id)
    session.flush()
    return found


def contact_named(
    session: Session, customer: Customer, wanted: ContactEntry, *, may_add: bool, by: Viewer, at: datetime
) -> Contact:
    """The customer's active contact with this mail address or, without one, this name. Raises ContactUnknown, EntryInvalid."""
    entry = next(iter(checked_contacts([wanted])), None)
    if entry is None:
        raise EntryInvalid(N_("A contact needs a name."))
    same = func.lower(Contact.mail) == entry.mail.lower() if entry.mail else col(Contact.name) == entry.name
    there = select(Contact).where(Contact.customer_id == customer.id, col(Contact.active).is_(True), same)
    found = session.exec(there.order_by(col(Contact.id))).first()
    if found is not None:
        return found
    if not may_add:
        raise ContactUnknown(customer.code)
    made = Contact(
        customer_id=customer.id or 0,
        name=entry.name,
        post=entry.post,
        mail=entry.mail,
        phone=entry.phone,
        language=entry.language,
    )
    session.add(made)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="add", about="contact", about_id=made.id)
    return made


def subject_ids(session: Session, wanted: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
    """Keys of subjects by kind and code; new ones are made under the name given."""
    rows = sorted({(kind, code): name for kind, code, name in wanted}.items())
    bulk.insert_new_rows(session, Subject, ("kind", "code", "name"), [(*place, name) for place, name in rows])
    kinds = sorted({kind for (kind, _), _ in rows})
    codes = sorted({code for (_, code), _ in rows})
    found = select(Subject.kind, Subject.code, Subject.id).where(
        col(Subject.kind).in_(kinds), col(Subject.code).in_(codes)
    )
    return {(kind, code): key or 0 for kind, code, key in session.exec(found)}
