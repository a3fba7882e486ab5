"""Calls after a delivery: listed on their days, tried, handed to a department, called again until settled."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import CallAttempt, CustomerCall, Department, FeedbackSlip, Notification, Opinion, Purchase, Response
from db.queries.calls import call_card, calls, slips
from db.queries.layouts import layout_of_wave
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere
from domain.telling import said_of
from services.calls import (
    AppointmentMissing,
    CallEnded,
    ReasonMissing,
    SlipAnswered,
    SlipNotAnswered,
    SlipWithoutProblem,
    add_call,
    answer_slip,
    enter_answers,
    give_up,
    hand_to,
    list_calls,
    note_attempt,
    settle,
    write_slip,
)
from tests import factories as make
from tests.factories import AT

TODAY = date(2026, 10, 12)


class Desk:
    """A delivery to A of 2026-09-20; Alice calls A, Bob looks on, Charlie calls nobody, Sue sells to A, Dan answers slips."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            wave = make.wave(session, make.scheme(session, "callback-1-3-12"), "2026-10")
            self.wave, self.scheme = wave.id or 0, wave.scheme_id
            self.codes = layout_of_wave(session, wave).scheme.item_codes
            self.department = session.exec(select(Department.id).order_by(Department.id)).first() or 0
            roles = {
                "alice": "interviewer",
                "bob": "viewer",
                "charlie": "interviewer",
                "sue": "sales",
                "quinn": "quality",
            }
            self.people = {name: make.viewer(make.user(session, name, role)) for name, role in roles.items()}
            dan = make.user(session, "dan", "department", department_id=self.department)
            self.people["dan"] = make.viewer(dan)
            customer = make.customer(session, "A", sales_owner_id=self.people["sue"].user_id)
            self.customer = customer.id or 0
            make.contact(session, customer, name="Ms Wang", post="Buyer")
            days = {"promised_on": date(2026, 9, 18), "delivered_on": date(2026, 9, 20)}
            session.add(Purchase(customer_id=self.customer, product="Pump", quantity=3, unit="pcs", **days))
        self.do(list_calls, "quinn", scheme_id=self.scheme, today=TODAY)
        with write_session(engine) as session:
            self.call = session.exec(select(CustomerCall.id).where(CustomerCall.kind == "1m")).one() or 0
        self.do(hand_to, "quinn", call_ids=[self.call], caller_id=self.people["alice"].user_id)

    def do(self, verb: Any, by: str, **values: Any) -> Any:
        with write_session(self.engine) as session:
            return verb(session, **values, by=self.people[by], at=AT)

    def on_call(self, verb: Any, by: str = "alice", **values: Any) -> Any:
        return self.do(verb, by, call_id=self.call, **values)

    def slip(self, form_key: str = "slip", **more: Any) -> int:
        about = {"department_id": self.department, "problem": "It leaks", "due_on": TODAY, "form_key": form_key}
        return self.on_call(write_slip, **{**about, **more}).id

    def state(self) -> str:
        with read_session(self.engine) as session:
            return session.get_one(CustomerCall, self.call).state


@pytest.fixture
def desk(sqlite_engine: Engine) -> Desk:
    return Desk(sqlite_engine)


def count(session: Session, model: Any) -> int:
    return len(session.exec(select(model)).all())


def test_a_delivery_lists_its_calls_on_their_days_once(desk: Desk) -> None:
    assert desk.do(list_calls, "quinn", scheme_id=desk.scheme, today=TODAY) == 0
    assert desk.do(list_calls, "quinn", scheme_id=desk.scheme, today=date(2027, 8, 1)) == 1
    with read_session(desk.engine) as session:
        found = session.exec(select(CustomerCall.kind, CustomerCall.due_on).order_by(CustomerCall.due_on)).all()
    assert found == [("1m", date(2026, 10, 20)), ("3m", date(2026, 12, 20)), ("1y", date(2027, 9, 20))]


def test_the_list_holds_what_is_due_and_only_the_callers_own(desk: Desk) -> None:
    with read_session(desk.engine) as session:

        def due(who: str, until: date) -> list[str]:
            return [one.kind for one in calls(session, desk.people[who], until=until)]

        assert due("alice", date(2026, 10, 19)) == []
        assert due("alice", date(2026, 12, 31)) == ["1m"], "the second one is nobody's yet"
        assert due("quinn", date(2026, 12, 31)) == due("sue", date(2026, 12, 31)) == ["1m", "3m"]
        assert due("charlie", date(2026, 12, 31)) == []
        with pytest.raises(NotAllowed):
            calls(session, desk.people["bob"], until=TODAY)
        with pytest.raises(NotThere):
            call_card(session, desk.people["charlie"], desk.call)


def test_the_card_shows_what_a_caller_must_know(desk: Desk) -> None:
    with read_session(desk.engine) as session:
        card = call_card(session, desk.people["alice"], desk.call)
    assert card.purchase
    assert (card.purchase.product, card.purchase.quantity, card.purchase.delivered_on) == ("Pump", 3, date(2026, 9, 20))
    assert [(one.name, one.post) for one in card.contacts] == [("Ms Wang", "Buyer")]
    assert (card.owner, card.caller, card.open_wave_id) == ("Sue", "Alice", desk.wave)


def test_an_unsolved_matter_goes_to_the_department_and_back_until_it_is_settled(desk: Desk) -> None:
    desk.on_call(note_attempt, result="spoken", form_key="1")
    slip = desk.slip()
    assert desk.state() == "waiting"
    with pytest.raises(SlipNotAnswered):
        desk.on_call(settle)
    with read_session(desk.engine) as session:
        assert [one.slip.problem for one in slips(session, desk.people["dan"])] == ["It leaks"]
        assert session.exec(select(Opinion.kind)).all() == ["problem"]
    desk.do(answer_slip, "dan", slip_id=slip, result="New seal", today=TODAY, technician_on=TODAY)
    assert desk.state() == "again"
    with pytest.raises(SlipAnswered):
        desk.do(answer_slip, "dan", slip_id=slip, result="Again", today=TODAY)
    desk.on_call(settle, buys_again="Two more pumps", special_needs="Deliver before noon")
    with read_session(desk.engine) as session:
        call = session.get_one(CustomerCall, desk.call)
        assert (call.state, call.buys_again_for_id) == ("settled", desk.people["sue"].user_id)
        assert session.exec(select(Opinion.kind).order_by(Opinion.id)).all() == ["problem", "request"]
        assert call_card(session, desk.people["alice"], desk.call).needs == "Deliver before noon"
        told = session.exec(select(Notification).where(Notification.person_id == call.buys_again_for_id)).one()
        said = said_of(told.kind, told.facts).format(**told.facts)
        assert (said, told.link) == ("Opinion 2: a customer wants to buy again", "/opinions?opinion=2")
    with pytest.raises(CallEnded):
        desk.on_call(note_attempt, result="busy", form_key="2")


def test_answers_on_the_phone_are_a_response_of_the_open_wave(desk: Desk) -> None:
    given = {"wave_id": desk.wave, "answers": dict.fromkeys(desk.codes, "satisfied"), "form_key": "a"}
    key = desk.on_call(enter_answers, **given)
    assert desk.on_call(enter_answers, **given) == key
    with read_session(desk.engine) as session:
        assert session.get_one(CustomerCall, desk.call).response_id == key
        assert session.get_one(Response, key).respondent == "Ms Wang"
        card = call_card(session, desk.people["alice"], desk.call)
        assert [(one.wave, one.score) for one in card.earlier] == [("2026-10", 80.0)]


def test_tries_and_slips_are_kept_once_and_say_what_they_must(desk: Desk) -> None:
    for _twice in range(2):
        desk.on_call(note_attempt, result="no_answer", form_key="1", company_line=False)
        desk.slip("s")
    with read_session(desk.engine) as session:
        assert (count(session, CallAttempt), count(session, FeedbackSlip), count(session, Opinion)) == (1, 1, 1)
    with pytest.raises(AppointmentMissing):
        desk.on_call(note_attempt, result="appointment", form_key="2", appointment_at=AT - timedelta(hours=1))
    with pytest.raises(SlipWithoutProblem):
        desk.slip("t", problem=" ")
    with pytest.raises(ReasonMissing):
        desk.on_call(give_up, reason="")


def test_nobody_else_touches_a_call(desk: Desk) -> None:
    for who, refusal in (("charlie", NotThere), ("bob", NotAllowed), ("dan", NotAllowed)):
        with pytest.raises(refusal):
            desk.on_call(settle, who)
        with pytest.raises(refusal):
            desk.on_call(note_attempt, who, result="busy", form_key=who)
    slip = desk.slip()
    with pytest.raises(NotAllowed):
        desk.do(answer_slip, "bob", slip_id=slip, result="x", today=TODAY)
    about = {"scheme_id": desk.scheme, "customer_id": desk.customer, "due_on": TODAY, "form_key": "own"}
    with pytest.raises(NotAllowed):
        desk.do(add_call, "charlie", **about)
    assert desk.do(add_call, "sue", **about).kind == "free"


def test_a_slip_that_fails_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.calls.audit", lambda *_arguments, **_named: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.slip()
    with read_session(desk.engine) as session:
        assert count(session, FeedbackSlip) == count(session, Opinion) == 0
    assert desk.state() == "due"
