"""Visits, symposia and inspections: planned, recorded; opinions reach the customer's file, defects are findings."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Department, Finding, Opinion, StoredFile, Visit, VisitDefect, Wave
from db.queries.visits import picture, visit_detail, visits
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere
from domain.pictures import NotAPicture
from services.checking import verify
from services.closing import close_wave
from services.visits import (
    CustomerMissing,
    DayInFuture,
    DefectGone,
    FollowUpTooEarly,
    NothingSaid,
    PurposeMissing,
    VisitCancelled,
    VisitChangedMeanwhile,
    WaveMissing,
    add_defect,
    add_opinion,
    cancel_visit,
    inspect_again,
    plan_visit,
    record_visit,
)
from tests import factories as make
from tests.factories import AT

TODAY = date(2026, 10, 12)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


class Field:
    """Alice sells to A, Charlie to B; Bob looks on; Ivy inspects; Quinn sees all."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            self.wave = make.wave(session).id or 0
            roles = {"alice": "sales", "charlie": "sales", "bob": "viewer", "ivy": "interviewer", "quinn": "quality"}
            self.people = {name: make.viewer(make.user(session, name, role)) for name, role in roles.items()}
            owners = {"A": "alice", "B": "charlie"}
            self.customers = {
                code: make.customer(session, code, sales_owner_id=self.people[owner].user_id).id or 0
                for code, owner in owners.items()
            }
            self.department = session.exec(select(Department.id).order_by(Department.id)).first() or 0

    def do(self, verb: Any, by: str, **values: Any) -> Any:
        with write_session(self.engine) as session:
            return verb(session, **values, by=self.people[by], at=AT)

    def plan(self, by: str = "alice", kind: str = "visit", customer: str | None = "A", **more: Any) -> int:
        whom = self.customers[customer] if customer else None
        values = {"planned_on": TODAY, "purpose": "Ask about the pump", "form_key": f"{by}{kind}"}
        return self.do(plan_visit, by, **{**values, "kind": kind, "customer_id": whom, **more}).id or 0

    def defect(self, visit: int, form_key: str = "d", **more: Any) -> int:
        values = {"touchpoint": "Gate", "defect": "Sign is missing", "department_id": self.department}
        return self.do(add_defect, "ivy", visit_id=visit, form_key=form_key, **{**values, **more}).id or 0

    def inspection(self) -> int:
        return self.plan("ivy", "inspection", None, wave_id=self.wave)


@pytest.fixture
def field(sqlite_engine: Engine) -> Field:
    return Field(sqlite_engine)


def count(session: Session, model: Any) -> int:
    return len(session.exec(select(model)).all())


def test_a_visit_is_planned_then_recorded_with_market_information(field: Field) -> None:
    visit = field.plan(people="Mr Li", steps="Call, go, thank")
    words = {"record": "Leaks ", "competitors": "New pump at 90 %", "follow_up_on": TODAY + timedelta(days=7)}
    field.do(record_visit, "alice", visit_id=visit, version=1, today=TODAY, held_on=TODAY, **words)
    opinion = {"visit_id": visit, "kind": "problem", "text": "It leaks", "form_key": "o"}
    field.do(add_opinion, "alice", **opinion)
    field.do(add_opinion, "alice", **opinion)
    with read_session(field.engine) as session:
        detail = visit_detail(session, field.people["quinn"], visit)
        assert (detail.visit.state, detail.visit.record, detail.visit.competitors) == (
            "held",
            "Leaks",
            "New pump at 90 %",
        )
        assert [(one.text, one.customer_id) for one in detail.opinions] == [("It leaks", field.customers["A"])]
        assert count(session, Opinion) == 1


def test_a_record_says_something_and_its_follow_up_comes_after_it(field: Field) -> None:
    visit = field.plan()
    held: dict[str, Any] = {"visit_id": visit, "version": 1, "today": TODAY, "held_on": TODAY}
    with pytest.raises(NothingSaid):
        field.do(record_visit, "alice", **held, record=" ", people="Mr Li")
    with pytest.raises(FollowUpTooEarly):
        field.do(record_visit, "alice", **held, record="Leaks", follow_up_on=TODAY - timedelta(days=1))
    field.do(add_opinion, "alice", visit_id=visit, kind="praise", text="Quick", form_key="o")
    assert field.do(record_visit, "alice", **held, follow_up_on=TODAY).state == "held"


def test_who_may_see_and_write_a_visit(field: Field) -> None:
    visit = field.plan()
    with pytest.raises(NotAllowed):
        field.plan("bob")
    with pytest.raises(NotThere):
        field.plan("charlie")
    with pytest.raises(NotThere):
        field.plan("ivy", "visit", "A", form_key="x")
    values = {"visit_id": visit, "version": 1, "today": TODAY, "held_on": TODAY}
    for who, refusal in (("bob", NotAllowed), ("charlie", NotThere), ("ivy", NotThere)):
        with pytest.raises(refusal):
            field.do(record_visit, who, **values)
    with read_session(field.engine) as session:
        seen = {who: len(visits(session, field.people[who])) for who in ("alice", "charlie", "ivy", "quinn")}
    assert seen == {"alice": 1, "charlie": 0, "ivy": 0, "quinn": 1}


def test_a_visit_says_for_what_to_whom_and_when(field: Field) -> None:
    with pytest.raises(PurposeMissing):
        field.plan(purpose=" ")
    with pytest.raises(CustomerMissing):
        field.plan(customer=None)
    visit = field.plan()
    assert field.plan() == visit, "the same form once"
    with pytest.raises(DayInFuture):
        field.do(record_visit, "alice", visit_id=visit, version=1, today=TODAY, held_on=TODAY + timedelta(days=1))
    with pytest.raises(VisitChangedMeanwhile):
        field.do(record_visit, "alice", visit_id=visit, version=2, today=TODAY, held_on=TODAY)
    with pytest.raises(NothingSaid):
        field.do(add_opinion, "alice", visit_id=visit, kind="problem", text=" ", form_key="o")
    field.do(cancel_visit, "alice", visit_id=visit, version=1)
    with pytest.raises(VisitCancelled):
        field.do(record_visit, "alice", visit_id=visit, version=2, today=TODAY, held_on=TODAY)


def test_each_defect_is_a_finding_until_it_is_gone_at_the_next_look(engine: Engine) -> None:
    field = Field(engine)
    visit = field.inspection()
    first, second = field.defect(visit, picture=PNG, picture_name="gate.png"), field.defect(visit, "e")
    assert field.defect(visit) == first, "the same form once"
    field.do(inspect_again, "ivy", defect_id=first, is_gone=False, on=TODAY)
    field.do(inspect_again, "ivy", defect_id=first, is_gone=True, on=TODAY, remark="New sign")
    with pytest.raises(DefectGone):
        field.do(inspect_again, "ivy", defect_id=first, is_gone=True, on=TODAY)
    with read_session(field.engine) as session:
        found = session.exec(select(Finding.about, Finding.state, Finding.department_id).order_by(Finding.id)).all()
        assert found == [
            (f"visit:{visit}/defect:1", "cleared", field.department),
            (f"visit:{visit}/defect:2", "open", field.department),
        ]
        assert picture(session, field.people["ivy"], first) == PNG
        assert picture(session, field.people["ivy"], second) == b""
        with pytest.raises(NotThere):
            picture(session, field.people["alice"], first)
        assert list(verify(session)) == []


def test_a_closed_wave_keeps_its_findings_of_defects(field: Field) -> None:
    visit = field.inspection()
    defect = field.defect(visit)
    with write_session(field.engine) as session:
        make.response(session, session.get_one(Wave, field.wave), customer=make.customer(session, "Z"))
    with write_session(field.engine) as session:
        close_wave(session, wave=session.get_one(Wave, field.wave), by=field.people["quinn"], at=AT)
    field.do(inspect_again, "ivy", defect_id=defect, is_gone=True, on=TODAY)
    with read_session(field.engine) as session:
        assert session.exec(select(Finding.state).where(Finding.rule == "VISIT_DEFECT")).one() == "open"
        assert session.get_one(VisitDefect, defect).is_gone
        assert list(verify(session)) == []
    with pytest.raises(WaveMissing):
        field.defect(visit, "late")


def test_a_picture_is_known_by_its_content_and_nothing_stays_of_a_refused_defect(field: Field) -> None:
    visit = field.inspection()
    with pytest.raises(NotAPicture):
        field.defect(visit, picture=b"<html>", picture_name="gate.png")
    with read_session(field.engine) as session:
        assert count(session, VisitDefect) == count(session, StoredFile) == count(session, Finding) == 0
        assert count(session, Visit) == 1
    with pytest.raises(WaveMissing):
        field.defect(field.plan("ivy", "mystery", None))
