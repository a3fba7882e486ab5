"""A customer is saved whole; two who edit the same one do not lose each other's work."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import AuditEvent, Contact, Customer, Purchase
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere, Viewer
from domain.customer_entries import ContactEntry, CustomerEntry, Entered, EntryInvalid, PurchaseEntry
from services.customer_register import CustomerChangedMeanwhile, add, as_entered, change
from tests import factories as make
from tests.services.test_faults import Broken, failing_at

NEW = Entered(
    CustomerEntry(code=" Ｋ1 ", name_zh="凯拓", segment="OEM", value=5.0, since_on=date(2020, 1, 1)),
    (ContactEntry(name="Li", mail="li@k.example"), ContactEntry()),
    (PurchaseEntry(product="Axle", quantity=2, unit="t"),),
)


def people(session: Session) -> list[Viewer]:
    named = (("alice", "sales"), ("bob", "viewer"), ("charlie", "sales"), ("quinn", "quality"))
    return [make.viewer(make.user(session, name, role)) for name, role in named]


def added(engine: Engine) -> tuple[list[Viewer], int, Entered]:
    with write_session(engine) as session:
        alice, *others = people(session)
        key = add(session, entered=NEW, by=alice, at=make.AT).id or 0
        return [alice, *others], key, as_entered(session, session.get_one(Customer, key))


def saved(engine: Engine, key: int, was: Entered, by: Viewer, version: int = 1, **more: Any) -> None:
    with write_session(engine) as session:
        entered = Entered(
            replace(was.customer, **more.get("customer", {})),
            more.get("contacts", was.contacts),
            more.get("purchases", was.purchases),
        )
        change(session, customer_id=key, version=version, was=was, entered=entered, by=by, at=make.AT)


def test_a_new_customer_is_the_sellers_own_with_contacts_and_purchases(engine: Engine) -> None:
    (alice, *_), key, was = added(engine)
    assert (was.customer.code, was.customer.sales_owner_id) == ("K1", alice.user_id)
    assert [one.name for one in was.contacts] == ["Li"]
    assert [one.quantity for one in was.purchases] == [2.0]
    more = (*was.contacts, ContactEntry(name="Wang"))
    saved(engine, key, was, alice, customer={"region": "East"}, contacts=more, purchases=())
    with read_session(engine) as session:
        now = as_entered(session, session.get_one(Customer, key))
        assert (now.customer.region, [c.name for c in now.contacts], now.purchases) == ("East", ["Li", "Wang"], ())
        written = session.exec(select(AuditEvent).where(AuditEvent.verb == "change")).one()
        assert written.details == {"fields": ["contacts", "purchases", "region"]}


def test_the_second_of_two_is_told_what_the_first_saved(engine: Engine) -> None:
    (alice, _bob, _charlie, quinn), key, was = added(engine)
    saved(engine, key, was, alice, customer={"region": "East"}, contacts=())
    with pytest.raises(CustomerChangedMeanwhile) as told:
        saved(engine, key, was, quinn, customer={"segment": "Tier 1"})
    assert told.value.what["changes"] == {"region": ("", "East"), "contacts": (was.contacts, ())}
    assert (told.value.what["who"], told.value.what["version"]) == ("Alice", 2)
    with read_session(engine) as session:
        assert session.get_one(Customer, key).segment == "OEM"


def test_only_whose_customer_it_is_changes_it(sqlite_engine: Engine) -> None:
    (alice, bob, charlie, quinn), key, was = added(sqlite_engine)
    for who, refusal in ((bob, NotAllowed), (charlie, NotThere)):
        with pytest.raises(refusal):
            saved(sqlite_engine, key, was, who, customer={"region": "East"})
    saved(sqlite_engine, key, was, alice, customer={"sales_owner_id": charlie.user_id})
    with read_session(sqlite_engine) as session:
        assert session.get_one(Customer, key).sales_owner_id == alice.user_id, "a seller gives no customer away"
    saved(sqlite_engine, key, was, quinn, 2, customer={"sales_owner_id": charlie.user_id})
    with read_session(sqlite_engine) as session:
        assert session.get_one(Customer, key).sales_owner_id == charlie.user_id


def test_a_contact_of_another_customer_is_not_changed(sqlite_engine: Engine) -> None:
    (alice, *_), key, was = added(sqlite_engine)
    with write_session(sqlite_engine) as session:
        other = make.contact(session, make.customer(session, "other"), name="Zhao").id
    with pytest.raises(NotThere):
        saved(sqlite_engine, key, was, alice, contacts=(ContactEntry(other, "Mine now"),))


def test_a_contact_who_was_asked_becomes_inactive_instead_of_going_away(sqlite_engine: Engine) -> None:
    (alice, *_), key, was = added(sqlite_engine)
    with write_session(sqlite_engine) as session:
        invited, _ = make.invitation(session, make.wave(session), session.get_one(Customer, key))
        invited.contact_id = was.contacts[0].id
        session.add(invited)
    saved(sqlite_engine, key, was, alice, contacts=())
    with read_session(sqlite_engine) as session:
        assert [(c.name, c.active) for c in session.exec(select(Contact))] == [("Li", False)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer": {"code": " "}},
        {"customer": {"name_zh": ""}},
        {"customer": {"value": -1.0}},
        {"customer": {"code": "taken"}},
        {"contacts": (ContactEntry(post="buyer"),)},
        {"contacts": (ContactEntry(name="Li", mail="nowhere"),)},
        {"purchases": (PurchaseEntry(quantity=1),)},
        {"purchases": (PurchaseEntry(product="Axle", quantity=-1),)},
    ],
)
def test_what_can_not_be_right_is_refused(sqlite_engine: Engine, wrong: dict[str, Any]) -> None:
    (alice, *_), key, was = added(sqlite_engine)
    with write_session(sqlite_engine) as session:
        make.customer(session, "taken")
    with pytest.raises(EntryInvalid):
        saved(sqlite_engine, key, was, alice, **wrong)


def test_a_failure_at_any_statement_leaves_nothing_behind(sqlite_engine: Engine) -> None:
    (alice, *_), key, was = added(sqlite_engine)

    def everything() -> list[str]:
        with read_session(sqlite_engine) as session:
            return [
                repr(row) for model in (Customer, Contact, Purchase, AuditEvent) for row in session.exec(select(model))
            ]

    before, statement, failed = everything(), 0, True
    while failed:
        statement, failed = statement + 1, False
        try:
            with failing_at(sqlite_engine, statement):
                saved(sqlite_engine, key, was, alice, customer={"region": "East"}, purchases=())
        except Broken:
            failed = True
            assert everything() == before
    assert statement > 5
    assert everything() != before
