"""The register finds whom a plan means, and shows each seller the own customers only."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.models import Purchase
from db.queries.customer_list import contacts_of, customer_card, customers_matching, register_page, sellers
from db.session import write_session
from domain.access import NotAllowed, NotThere
from domain.customer_filters import CustomerFilter, filter_of
from tests import factories as make


@pytest.fixture
def session(engine: Engine) -> Any:
    with write_session(engine) as session:
        yield session


def bought(session: Session, of: Any, quantity: float, unit: str, **more: Any) -> None:
    session.add(Purchase(customer_id=of.id or 0, product="Steel", quantity=quantity, unit=unit, **more))
    session.flush()


def codes(session: Session, viewer: Any, **wanted: Any) -> list[str]:
    keys = customers_matching(session, viewer, CustomerFilter(**wanted))
    return [row.customer.code for row in register_page(session, viewer, CustomerFilter(**wanted)).rows if keys]


def test_at_least_a_tonne_at_a_time_is_one_purchase_in_whatever_unit(session: Session) -> None:
    quinn = make.viewer(make.user(session, "quinn"))
    large, kilos, small, pieces = (make.customer(session, code) for code in ("A1", "A2", "A3", "A4"))
    bought(session, large, 1.0, "吨")
    bought(session, kilos, 1200, "KG ")
    bought(session, small, 999.9, "kg")
    bought(session, small, 0.6, "t")
    bought(session, pieces, 5000, "pcs")
    assert codes(session, quinn, at_least=1, unit="t") == ["A1", "A2"]
    assert codes(session, quinn, at_least=1000, unit="公斤") == ["A1", "A2"]
    assert codes(session, quinn, at_least=5000, unit="pcs") == ["A4"]
    assert codes(session, quinn, at_least=1000) == ["A2", "A4"]


def test_quantity_and_day_are_of_the_same_purchase(session: Session) -> None:
    quinn = make.viewer(make.user(session, "quinn"))
    both, apart = make.customer(session, "A1"), make.customer(session, "A2")
    bought(session, both, 2, "t", promised_on=date(2026, 1, 1), delivered_on=date(2026, 7, 1))
    bought(session, apart, 2, "t", promised_on=date(2026, 1, 1))
    bought(session, apart, 0.1, "t", promised_on=date(2026, 8, 1))
    assert codes(session, quinn, at_least=1, unit="t", bought_since=date(2026, 7, 1)) == ["A1"]
    assert codes(session, quinn, bought_since=date(2026, 7, 1)) == ["A1", "A2"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"segments": ("OEM",)}, ["A1"]),
        ({"regions": ("East", "West")}, ["A1", "A2"]),
        ({"vip": True}, ["A2"]),
        ({"active": None}, ["A1", "A2", "A3", "A4"]),
        ({"active": False}, ["A4"]),
        ({"value_from": 100.0, "value_to": 200.0}, ["A1"]),
        ({"since_from": date(2026, 1, 1)}, ["A2"]),
        ({"since_to": date(2025, 12, 31)}, ["A1"]),
        ({"search": "驱动"}, ["A3"]),
        ({"segments": ("OEM",), "vip": True}, []),
    ],
)
def test_every_condition_leaves_out_whom_it_does_not_mean(
    sqlite_engine: Engine, wanted: dict[str, Any], expected: list[str]
) -> None:
    with write_session(sqlite_engine) as session:
        quinn = make.viewer(make.user(session, "quinn"))
        make.customer(session, "A1", segment="OEM", region="East", value=150.0, since_on=date(2020, 1, 1))
        make.customer(session, "A2", segment="Tier 1", region="West", value=999.0, since_on=date(2026, 3, 1), vip=True)
        make.customer(session, "A3", name_zh="华东驱动")
        make.customer(session, "A4", active=False)
        assert codes(session, quinn, **wanted) == expected
        assert filter_of(CustomerFilter(**wanted).as_dict()) == CustomerFilter(**wanted)


def test_a_seller_keeps_the_own_customers_and_who_only_reads_none(session: Session) -> None:
    alice, bob, charlie = (
        make.viewer(make.user(session, name, role))
        for name, role in (("alice", "sales"), ("bob", "sales"), ("charlie", "viewer"))
    )
    hers = make.customer(session, "A1", sales_owner_id=alice.user_id)
    make.contact(session, hers, name="Li")
    theirs = make.customer(session, "A2", sales_owner_id=bob.user_id)
    assert codes(session, alice) == ["A1"]
    assert customer_card(session, alice, "A1").contacts[0].name == "Li"
    assert list(sellers(session, alice)) == [alice.user_id]
    assert contacts_of(session, bob, [hers.id or 0, theirs.id or 0]) == {}
    with pytest.raises(NotThere):
        customer_card(session, bob, "A1")
    for read in (
        lambda: customers_matching(session, charlie, CustomerFilter()),
        lambda: customer_card(session, charlie, "A1"),
    ):
        with pytest.raises(NotAllowed):
            read()
