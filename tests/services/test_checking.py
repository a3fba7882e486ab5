"""Planted damage is found and named by its cell, and repaired."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, update
from sqlmodel import Session, SQLModel, col, select

from db import bulk
from db.models import (
    Answer,
    Cohort,
    CohortReturn,
    CohortScore,
    CohortTally,
    Customer,
    CustomerReturn,
    CustomerScore,
    CustomerTally,
    DimensionRow,
    Finding,
    FrozenResult,
    ItemRow,
    Response,
    Wave,
)
from db.session import read_session, write_session
from domain.access import SYSTEM
from services.checking import Damage, rebuild, verify
from services.closing import close_wave
from tests import factories as make
from tests.snapshots import snapshot


@dataclass(frozen=True)
class Company:
    """Two customers of iatf-quarterly with five responses, and one without a customer; one closed wave before."""

    engine: Engine
    wave_id: int

    def damages(self) -> list[Damage]:
        with read_session(self.engine) as session:
            return list(verify(session))

    def cells(self) -> list[str]:
        return [str(damage) for damage in self.damages()]

    def plant(self, change: Any) -> None:
        with write_session(self.engine) as session:
            session.connection().execute(change)

    def key_of(self, model: type[SQLModel], **values: Any) -> int:
        with read_session(self.engine) as session:
            row = session.exec(select(model).filter_by(**values)).first()
        assert row is not None
        return row.id


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return founded(sqlite_engine)


@pytest.fixture
def company_everywhere(engine: Engine) -> Company:
    return founded(engine)


def founded(engine: Engine) -> Company:
    with write_session(engine) as session:
        version = make.scheme(session)
        first, second = make.customer(session, "C1", segment="OEM"), make.customer(session, "C2", segment="OEM")
        before, now = make.wave(session, version, "2026-Q3"), make.wave(session, version, "2026-Q4")
        invited, _ = make.invitation(session, now, first, channel="mail")
    for wave, customer, answers in (
        (before, first, "very_satisfied"),
        (before, second, "satisfied"),
        (now, second, "satisfied"),
        (now, None, "neutral"),
    ):
        make.written(engine, make.response, wave, answers, customer=customer)
    make.written(engine, make.response, now, {"on_time": "neutral", "price": "satisfied"}, invitation=invited)
    with write_session(engine) as session:
        close_wave(session, wave=before, by=SYSTEM, at=make.AT)
    return Company(engine, now.id or 0)


def test_what_the_services_wrote_is_clean(company_everywhere: Company) -> None:
    assert company_everywhere.cells() == []


def test_a_changed_level_count_is_named(company: Company) -> None:
    customer, item = company.key_of(Customer, code="C1"), company.key_of(ItemRow, code="on_time")
    company.plant(
        update(CustomerTally)
        .where(col(CustomerTally.wave_id) == company.wave_id)
        .where(col(CustomerTally.customer_id) == customer, col(CustomerTally.item_id) == item)
        .values(n2=CustomerTally.n2 + 1)
    )
    assert company.cells() == [
        "customer_tally iatf-quarterly 2026-Q4 C1 on_time n2: 2 is kept, 1 recounted",
    ]


def test_a_changed_sum_of_a_cohort_is_named(company: Company) -> None:
    dimension, cohort = company.key_of(DimensionRow, code="delivery"), company.key_of(Cohort, channel="mail")
    company.plant(
        update(CohortScore)
        .where(col(CohortScore.composite) == dimension, col(CohortScore.cohort_id) == cohort)
        .values(total=0)
    )
    assert company.cells() == [
        "cohort_score iatf-quarterly 2026-Q4 OEM//mail delivery total: 0 is kept, 60000000000 recounted",
    ]


def test_a_lost_row_of_a_roll_up_is_named_by_its_columns(company: Company) -> None:
    customer = company.key_of(Customer, code="C1")
    company.plant(
        delete(CustomerScore).where(
            col(CustomerScore.wave_id) == company.wave_id,
            col(CustomerScore.customer_id) == customer,
            col(CustomerScore.composite) == 0,
        )
    )
    assert [(d.table, d.who, d.what, d.column, d.kept) for d in company.damages()] == [
        ("customer_score", "C1", "index", column, 0) for column in ("n", "total", "squares_high", "squares_low")
    ]


def test_a_row_too_many_is_named(company: Company) -> None:
    item, customer = company.key_of(ItemRow, code="price"), company.key_of(Customer, code="C1")
    with read_session(company.engine) as session:
        closed = session.exec(select(Wave).where(Wave.code == "2026-Q3")).one()
    with write_session(company.engine) as session:
        unknown = make.scheme(session, "points-annual")
        foreign = session.exec(select(ItemRow).where(ItemRow.scheme_id == unknown.scheme_id)).first()
        assert foreign is not None
    company.plant(insert(CohortTally).values(wave_id=closed.id, item_id=foreign.id, cohort_id=1, n3=4))
    company.plant(
        update(CustomerTally)
        .where(col(CustomerTally.wave_id) == closed.id, col(CustomerTally.item_id) == item)
        .where(col(CustomerTally.customer_id) == customer)
        .values(total=7)
    )
    assert sorted((d.table, d.wave, d.what, d.column, d.kept, d.recounted) for d in company.damages()) == [
        ("cohort_tally", "2026-Q3", foreign.code, "n3", 4, 0),
        ("customer_tally", "2026-Q3", "price", "total", 7, 0),
    ]


@pytest.mark.parametrize(
    ("model", "who", "column", "kept", "recounted"),
    [(CustomerReturn, "C1", "sent", 9, 1), (CohortReturn, "OEM//mail", "in_time", 9, 1)],
)
def test_a_changed_return_is_named(
    company: Company, model: type[SQLModel], who: str, column: str, kept: int, recounted: int
) -> None:
    sent = bulk.table_of(model)
    company.plant(update(sent).where(sent.c.sent == 1).values({column: kept}))
    (damage,) = company.damages()
    assert (damage.who, damage.column, damage.kept, damage.recounted) == (who, column, kept, recounted)


def test_a_changed_count_of_responses_without_customer_is_named(company: Company) -> None:
    company.plant(update(Wave).where(col(Wave.id) == company.wave_id).values(unnamed=3))
    assert "wave iatf-quarterly 2026-Q4 unnamed: 3 is kept, 1 recounted" in company.cells()


def test_a_changed_response_score_is_named(company: Company) -> None:
    key = company.key_of(Response, wave_id=company.wave_id, customer_id=company.key_of(Customer, code="C2"))
    company.plant(update(Response).where(col(Response.id) == key).values(score=1))
    assert company.cells() == [
        f"response iatf-quarterly 2026-Q4 response {key} score: 1 is kept, 80000000000 recounted"
    ]


def test_a_changed_answer_shows_in_everything_it_counts_in(company: Company) -> None:
    item = company.key_of(ItemRow, code="price")
    key = company.key_of(Response, wave_id=company.wave_id, customer_id=company.key_of(Customer, code="C1"))
    company.plant(delete(Answer).where(col(Answer.item_id) == item, col(Answer.response_id) == key))
    named = {(d.table, d.what) for d in company.damages()}
    assert {
        ("response", ""),
        ("cohort_tally", "price"),
        ("customer_score", "price_tech"),
        ("cohort_score", "index"),
    } <= named
    assert ("customer_tally", "on_time") not in named


@pytest.mark.parametrize(
    ("rule", "state", "wanted"), [("LOW_ANSWER", "cleared", "open"), ("CUSTOMER_BELOW", "cleared", "open")]
)
def test_a_flipped_finding_is_named(company: Company, rule: str, state: str, wanted: str) -> None:
    key = company.key_of(Finding, wave_id=company.wave_id, rule=rule, customer_id=company.key_of(Customer, code="C1"))
    company.plant(update(Finding).where(col(Finding.id) == key).values(state=state, cleared_at=make.AT))
    (damage,) = company.damages()
    assert (damage.table, damage.what, damage.kept, damage.recounted) == ("finding", rule, state, wanted)
    assert damage.who.startswith("C1")


def test_a_finding_that_holds_for_nobody_is_named(company: Company) -> None:
    item, customer = company.key_of(ItemRow, code="information"), company.key_of(Customer, code="C2")
    made = Finding(
        wave_id=company.wave_id,
        rule="ITEM_BELOW",
        about=f"customer:{customer}/item:{item}",
        item_id=item,
        customer_id=customer,
        appeared_at=make.AT,
    )
    with write_session(company.engine) as session:
        session.add(made)
    assert company.cells() == [
        "finding iatf-quarterly 2026-Q4 C2 information ITEM_BELOW state: open is kept, cleared recounted"
    ]


def test_a_changed_frozen_result_is_named(company: Company) -> None:
    with read_session(company.engine) as session:
        closed = session.exec(select(Wave).where(Wave.code == "2026-Q3")).one()
    with read_session(company.engine) as session:
        figures = {**make.frozen(session, closed), "valid": 99}
    company.plant(update(FrozenResult).where(col(FrozenResult.wave_id) == closed.id).values(figures=figures))
    assert [(d.table, d.wave, d.column) for d in company.damages()] == [("frozen_result", "2026-Q3", "figures")]


def test_a_finding_changed_after_closing_is_named(company: Company) -> None:
    with write_session(company.engine) as session:
        wave = session.get_one(Wave, company.wave_id)
        close_wave(session, wave=wave, by=SYSTEM, at=make.AT)
    assert company.cells() == []
    key = company.key_of(Finding, wave_id=company.wave_id, rule="CUSTOMER_BELOW")
    company.plant(update(Finding).where(col(Finding.id) == key).values(returned=5))
    assert [(d.table, d.wave, d.column) for d in company.damages()] == [("finding", "2026-Q4", "frozen")]


def test_an_answered_invitation_without_its_response_is_named(company: Company) -> None:
    company.plant(update(Response).where(col(Response.invitation_id).is_not(None)).values(invitation_id=None))
    (damage,) = company.damages()
    assert (damage.table, damage.column, damage.kept, damage.recounted) == ("invitation", "state", "answered", "sent")


def test_a_response_marked_late_that_was_in_time_is_named(company: Company) -> None:
    company.plant(update(Response).where(col(Response.invitation_id).is_not(None)).values(late=True))
    (damage,) = company.damages()
    assert (damage.table, damage.column, damage.kept, damage.recounted) == ("response", "late", 1, 0)


def test_a_row_that_refers_to_nothing_is_named_on_sqlite(sqlite_engine: Engine) -> None:
    with closing(sqlite3.connect(sqlite_engine.url.database or "")) as connection:
        connection.execute("INSERT INTO opinion (wave_id, kind, text, received_at) VALUES (77, '', 'x', 0)")
        connection.commit()
    with read_session(sqlite_engine) as session:
        assert [d.table for d in verify(session)] == ["opinion"]


def corrupt_everything(session: Session) -> None:
    connection = session.connection()
    connection.execute(delete(CustomerTally).where(col(CustomerTally.n2) > 0))
    connection.execute(delete(CohortScore))
    connection.execute(update(CohortTally).values(n=CohortTally.n + 3))
    connection.execute(update(CustomerScore).values(total=CustomerScore.total - 1))
    connection.execute(update(CohortReturn).values(valid=40))
    connection.execute(delete(CustomerReturn))
    connection.execute(update(Wave).values(unnamed=12))
    connection.execute(update(Response).values(score=5))
    connection.execute(update(Finding).where(col(Finding.state) == "open").values(state="cleared", cleared_at=make.AT))


def test_rebuild_brings_back_what_was_there(company_everywhere: Company) -> None:
    whole = snapshot(company_everywhere.engine)
    with write_session(company_everywhere.engine) as session:
        corrupt_everything(session)
        session.connection().execute(
            update(Finding)
            .where(col(Finding.wave_id) != company_everywhere.wave_id)
            .values(state="open", cleared_at=None)
        )
    assert len(company_everywhere.damages()) > 100
    repaired = rebuild(company_everywhere.engine, at=make.AT)
    assert len(repaired) > 100
    assert company_everywhere.cells() == []
    assert snapshot(company_everywhere.engine) == whole


def test_rebuild_of_one_wave_leaves_the_others(company: Company) -> None:
    company.plant(delete(CohortScore))
    rebuild(company.engine, at=make.AT, wave_id=company.wave_id)
    assert {damage.wave for damage in company.damages()} == {"2026-Q3"}


def test_rebuild_of_what_is_right_changes_nothing(company: Company) -> None:
    assert rebuild(company.engine, at=make.AT) == []


def test_a_wave_with_more_customers_than_are_held_at_once_is_recounted_in_passes(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.queries.recount.CELLS", 1)
    monkeypatch.setattr("db.queries.recount.WINDOW", 2)
    assert company.cells() == []
    company.plant(update(CustomerTally).where(col(CustomerTally.n2) == 1).values(n2=4))
    assert {d.table for d in company.damages()} == {"customer_tally"}
