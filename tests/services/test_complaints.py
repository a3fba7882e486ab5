"""Complaints: verified with their finding, clocks with their own start, 8D in order, closing by two people, recurrence."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from db.models import Abnormality, ComplaintClock, ComplaintEvent, Finding, Notification, User
from db.queries.audit_days import audit_days_of
from db.queries.complaints import clocks_running, complaint_detail, complaints, past_cases, requests
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere
from domain.audits import AuditDays
from domain.clocks import REPORTS_A_COUNT
from domain.complaints import (
    STEPS,
    ClockStillRunning,
    NotAudited,
    NotConfirmed,
    SamePerson,
    StepIncomplete,
    StepTooEarly,
)
from services import complaint_records, customer_requests, eight_d
from services import complaints as verbs
from services.complaint_changes import ComplaintChangedMeanwhile
from services.notice_texts import Told, sentence
from services.reminding import remind
from tests.company import AT, found_company

MINUTE, ZONE = timedelta(minutes=1), ZoneInfo("Asia/Shanghai")
GOODS = {"product": "Pump", "part_number": "P-100", "lot": "L7", "quantity": 500.0, "defect_share": 0.04}


class Desk:
    """Dora verifies, Alice's department (logistics) acts, Charlie's is another one, Fay sells to alpha, Bob looks on."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.company = engine, found_company(engine)

    def do(self, verb: Callable[..., Any], by: str, at: datetime = AT, **values: Any) -> Any:
        with write_session(self.engine) as session:
            return verb(session, **values, by=self.company.people[by], at=at)

    def see(self, read: Callable[..., Any], who: str, *values: Any, **more: Any) -> Any:
        with read_session(self.engine) as session:
            return read(session, self.company.people[who], *values, **more)

    def record(self, by: str = "dora", **more: Any) -> int:
        values = {"customer_id": self.company.customers["alpha"], "channel": "mail", "category": "quality", **GOODS}
        values |= {"received_at": AT, "description": "Wrong label on the carton", "form_key": "c1"}
        return int(self.do(verbs.record, by, **{**values, **more}).number)

    def verified(self, **more: Any) -> int:
        number = self.record(**more)
        judged = {
            "is_confirmed": True,
            "responsibility": "ours",
            "department_id": self.company.departments["logistics"],
        }
        self.do(verbs.verify, "dora", number=number, version=self.version(number), **judged)
        return number

    def version(self, number: int) -> int:
        return int(self.see(complaint_detail, "dora", number).complaint.version)

    def step(self, number: int, step: int, by: str = "alice", *, is_done: bool = True, **content: str) -> None:
        given = content or dict.fromkeys(STEPS[step][1], f"D{step} said")
        values = {"version": self.version(number), "step": step, "content": given, "is_done": is_done}
        self.do(eight_d.save_step, by, number=number, **values)

    def clocks(self, number: int) -> dict[str, ComplaintClock]:
        return {clock.code: clock for clock in self.see(complaint_detail, "dora", number).clocks}

    def everything_in_time(self, number: int) -> None:
        """What the clocks wait for is done: slips, those who quarantine, the report."""
        self.do(verbs.send_slips, "dora", number=number, person_ids=(self.company.people["hana"].user_id,))
        for code in ("tell_oqc", "stock", "tell_ipqc", "wip", "report"):
            said = "120 pieces, blocked" if code in REPORTS_A_COUNT else ""
            self.do(verbs.stop_clock, "alice", number=number, code=code, report=said)

    def ready_to_close(self, number: int) -> None:
        for step in range(8):
            self.step(number, step)
        look = {"countermeasure": "Scanner at the line", "on": date(2026, 9, 15), "is_kept": True}
        self.do(eight_d.audit_countermeasure, "dora", number=number, **look)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def test_a_verified_complaint_is_a_finding_and_its_clocks_begin_each_by_its_own_event(desk: Desk) -> None:
    number = desk.verified()
    with read_session(desk.engine) as session:
        finding = session.exec(select(Finding).where(Finding.rule == "COMPLAINT")).one()
    assert (finding.about, finding.wave_id, finding.state) == (f"complaint:{number}", desk.company.now, "open")
    assert {code: clock.due_at - AT for code, clock in desk.clocks(number).items()} == {
        **dict.fromkeys(("slip", "tell_oqc", "tell_ipqc"), 30 * MINUTE),
        "report": datetime(2026, 9, 17, 16, tzinfo=AT.tzinfo) - AT,  # Monday 14 → end of Thursday 17 in Shanghai
    }
    desk.do(verbs.stop_clock, "alice", AT + 20 * MINUTE, number=number, code="tell_oqc")
    assert desk.clocks(number)["stock"].due_at == AT + 50 * MINUTE
    with pytest.raises(verbs.ReportMissing):
        desk.do(verbs.stop_clock, "alice", AT + 45 * MINUTE, number=number, code="stock")
    desk.do(verbs.stop_clock, "alice", AT + 45 * MINUTE, number=number, code="stock", report="120 pieces, blocked")
    with pytest.raises(verbs.ClockNotRunning):
        desk.do(verbs.stop_clock, "alice", number=number, code="stock", report="again")
    assert desk.do(verbs.send_slips, "dora", number=number, person_ids=(desk.company.people["hana"].user_id,))
    with read_session(desk.engine) as session:
        running = clocks_running(session, AT + 50 * MINUTE)
    assert [(one.number, one.code) for one in running] == [(number, "tell_ipqc"), (number, "report")]
    people = {desk.company.people[name].user_id for name in ("dora", "alice", "hana")}
    assert set(running[0].people) == people


def test_the_customers_own_time_counts_instead_of_three_working_days(desk: Desk) -> None:
    number = desk.verified()
    desk.do(verbs.set_report_due, "dora", number=number, version=desk.version(number), due=AT + timedelta(hours=20))
    assert desk.clocks(number)["report"].due_at == AT + timedelta(hours=20)
    with pytest.raises(verbs.DueBeforeNow):
        desk.do(verbs.set_report_due, "dora", number=number, version=desk.version(number), due=AT - MINUTE)


def test_a_complaint_about_service_has_a_day_for_its_solution_and_somebody_goes_there(desk: Desk) -> None:
    number = desk.record(category="service")
    assert desk.clocks(number)["solution"].due_at == AT + timedelta(hours=24)
    desk.do(verbs.send_somebody, "dora", number=number, is_near=False)
    assert desk.clocks(number)["on_site"].due_at == datetime(2026, 9, 17, 16, tzinfo=AT.tzinfo)


def test_a_complaint_that_is_not_confirmed_needs_its_reason_and_stops_its_clocks(desk: Desk) -> None:
    number = desk.record(category="service")
    with pytest.raises(verbs.ReasonMissing):
        desk.do(verbs.verify, "dora", number=number, version=1, is_confirmed=False)
    desk.do(verbs.verify, "dora", number=number, version=1, is_confirmed=False, reason="Another supplier's part")
    assert all(clock.done_at for clock in desk.clocks(number).values())
    with pytest.raises(verbs.AlreadyJudged):
        desk.do(verbs.verify, "dora", number=number, version=2, is_confirmed=False, reason="again")


def test_the_disciplines_are_completed_in_their_order_and_whole(desk: Desk) -> None:
    number = desk.verified()
    with pytest.raises(StepTooEarly, match="Complete D0 before D1"):
        desk.step(number, 1)
    desk.step(number, 3, is_done=False, stock="120 blocked", in_process="", at_customer="")  # a draft may come early
    for step in range(3):
        desk.step(number, step)
    with pytest.raises(StepIncomplete):
        desk.step(number, 3, stock="120 blocked", in_process=" ", at_customer="none")
    with pytest.raises(StepTooEarly, match="D3"):
        desk.do(verbs.stop_clock, "alice", number=number, code="report")
    for step in (3, 4, 5):
        desk.step(number, step)
    desk.do(verbs.stop_clock, "alice", number=number, code="report")


def test_closing_needs_every_discipline_an_audit_and_two_people_and_clears_the_finding(desk: Desk) -> None:
    number = desk.verified()

    def close() -> None:
        desk.do(eight_d.close, "dora", number=number, version=desk.version(number), learned="Labels are scanned now")

    def confirm(whose: str, by: str) -> None:
        desk.do(eight_d.confirm_effect, by, number=number, version=desk.version(number), whose=whose)

    with pytest.raises(StepTooEarly):
        close()
    for step in range(8):
        desk.step(number, step)
    with pytest.raises(ClockStillRunning, match="Notify improvement engineering"):
        close()
    desk.everything_in_time(number)
    with pytest.raises(NotAudited):
        close()
    look = {"number": number, "countermeasure": "Scanner", "on": date(2026, 9, 15), "is_kept": True}
    desk.do(eight_d.audit_countermeasure, "dora", **look)
    with pytest.raises(eight_d.AuditedAlready):
        desk.do(eight_d.audit_countermeasure, "dora", **look)
    confirm("auditor", "dora")
    with pytest.raises(NotConfirmed):
        close()
    with pytest.raises(SamePerson):
        confirm("project", "dora")
    confirm("project", "alice")
    close()
    with read_session(desk.engine) as session:
        assert session.exec(select(Finding.state).where(Finding.rule == "COMPLAINT")).one() == "cleared"
        assert session.exec(select(Abnormality.prevention)).one() == "D7 said"


def test_the_history_keeps_what_a_discipline_said_before_it_was_written_again(desk: Desk) -> None:
    number = desk.verified()
    desk.step(number, 0, emergency="Stop the line")
    desk.step(number, 0, emergency="Stop the line and sort")
    with read_session(desk.engine) as session:
        changes = session.exec(select(ComplaintEvent.changes).where(ComplaintEvent.verb == "complete_step")).all()
    assert changes == [
        {"step": [None, 0], "emergency": ["", "Stop the line"]},
        {"step": [None, 0], "emergency": ["Stop the line", "Stop the line and sort"]},
    ]


def test_a_recurrence_begins_a_new_round_and_keeps_the_earlier_one(desk: Desk) -> None:
    number = desk.verified()
    desk.ready_to_close(number)
    with pytest.raises(eight_d.RecurrenceMissing):
        desk.do(eight_d.recur, "dora", number=number, version=desk.version(number), what=" ")
    desk.do(eight_d.recur, "dora", AT + timedelta(days=9), number=number, version=desk.version(number), what="Lot L9")
    detail = desk.see(complaint_detail, "dora", number)
    assert (detail.complaint.round, detail.steps, len(detail.earlier_clocks)) == (2, {}, 4)
    assert {clock.code for clock in detail.clocks} == {"slip", "tell_oqc", "tell_ipqc", "report"}
    assert [one.complaint.number for one in desk.see(past_cases, "dora", text="D7 said")] == [number]
    assert desk.see(past_cases, "dora", part_number="p-100", other_than=number) == []


def test_a_department_sees_its_own_a_seller_its_customers_and_who_is_told_sees_it_too(desk: Desk) -> None:
    number = desk.verified()
    other = desk.record(customer_id=desk.company.customers["beta"], form_key="c2")
    seen = {who: [x.complaint.number for x in desk.see(complaints, who)] for who in ("alice", "charlie", "fay", "dora")}
    assert {who: sorted(keys) for who, keys in seen.items()} == {
        "alice": [number],
        "charlie": [],
        "fay": [number],
        "dora": [number, other],
    }
    with pytest.raises(NotAllowed):
        desk.see(complaints, "bob")
    with pytest.raises(NotThere):
        desk.see(complaint_detail, "charlie", number)
    desk.do(verbs.send_slips, "dora", number=number, person_ids=(desk.company.people["charlie"].user_id,))
    assert desk.see(complaint_detail, "charlie", number).slips[0].slip.read_at is None
    desk.do(verbs.read_slip, "charlie", number=number)
    assert desk.see(complaint_detail, "charlie", number).slips[0].slip.read_at == AT
    with pytest.raises(NotAllowed):
        desk.do(verbs.verify, "alice", number=other, version=1, is_confirmed=True)
    with pytest.raises(NotThere):
        desk.record(by="fay", customer_id=desk.company.customers["beta"], form_key="c3")


def test_two_editors_and_a_form_that_is_sent_twice_lose_nothing(desk: Desk) -> None:
    number = desk.verified()
    assert desk.record() == number
    version = desk.version(number)
    desk.step(number, 0)
    late = {"version": version, "step": 0, "content": {"emergency": "other"}, "is_done": True}
    with pytest.raises(ComplaintChangedMeanwhile):
        desk.do(eight_d.save_step, "hana", number=number, **late)
    with read_session(desk.engine) as session:
        told = session.exec(select(ComplaintEvent.verb).order_by(ComplaintEvent.id)).all()  # type: ignore[arg-type]
    assert told == ["record", "verify", "complete_step"]


def test_minutes_are_signed_in_order_approved_when_all_have_signed_and_then_sent_to_the_departments(desk: Desk) -> None:
    number = desk.verified()
    people = desk.company.people
    values = {"held_on": date(2026, 9, 15), "text": "Scanner is bought", "form_key": "m"}
    attended = (people["hana"].user_id, people["alice"].user_id)
    made = desk.do(complaint_records.hold_meeting, "alice", number=number, attended=attended, **values)
    sign: dict[str, Any] = {"number": number, "minutes_id": made.id}
    with pytest.raises(complaint_records.NotYourTurn):
        desk.do(complaint_records.sign_minutes, "alice", **sign)
    desk.do(complaint_records.sign_minutes, "hana", **sign)
    with pytest.raises(complaint_records.NotAllSigned):
        desk.do(complaint_records.approve_minutes, "dora", **sign)
    desk.do(complaint_records.sign_minutes, "alice", **sign)
    with pytest.raises(NotAllowed):
        desk.do(complaint_records.approve_minutes, "alice", **sign)
    desk.do(verbs.send_slips, "dora", number=number, person_ids=(people["charlie"].user_id,))
    assert desk.do(complaint_records.approve_minutes, "dora", **sign).approved_at == AT
    approved = [name for name, facts in told(desk, "minutes_sent") if facts["of"] == "approved"]
    assert approved == ["alice", "charlie", "hana"]  # her head too, and Charlie by his slip; not Fay, nobody twice
    sent = sentence(Told("minutes_sent", told(desk, "minutes_sent")[0][1] | {"of": "approved"}, "/"), "en")
    assert sent == f"The minutes of 2026-09-15 on complaint {number} are approved"
    assert desk.see(complaint_detail, "alice", number).minutes[0].minutes.said == "Scanner is bought"


def test_a_request_is_called_back_and_opened_again_when_the_customer_is_not_satisfied(desk: Desk) -> None:
    asked = {
        "kind": "repair",
        "channel": "phone",
        "said": "It leaks",
        "received_at": AT,
        "form_key": "r",
        "source": "Mr Li",
    }
    made = desk.do(customer_requests.record_request, "bob", **asked)  # anybody signed in
    assert [line.request.number for line in desk.see(requests, "bob")] == [made.number]
    assert desk.see(requests, "alice") == []
    number, logistics = made.number, desk.company.departments["logistics"]
    with pytest.raises(NotAllowed):
        desk.do(customer_requests.assign_request, "bob", number=number, version=1, department_id=logistics)
    desk.do(customer_requests.assign_request, "dora", number=number, version=1, department_id=logistics)
    with pytest.raises(customer_requests.SolutionMissing):
        desk.do(customer_requests.close_request, "alice", number=number, version=2, solution=" ")
    desk.do(customer_requests.close_request, "alice", number=number, version=2, solution="Seal changed, Mr Li told")
    again = desk.do(
        customer_requests.call_back, "dora", number=number, version=3, is_satisfied=False, remark="Still leaks"
    )
    assert (again.state, again.reopened, again.closed_at) == ("assigned", 1, None)
    desk.do(customer_requests.close_request, "alice", number=number, version=4, solution="Pump changed")
    assert desk.do(customer_requests.call_back, "dora", number=number, version=5, is_satisfied=True).state == "settled"
    with pytest.raises(customer_requests.NotNow):
        desk.do(customer_requests.call_back, "dora", number=number, version=6, is_satisfied=True)


# What time and signatures bring by themselves


def told(desk: Desk, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Who heard something of this kind, with its facts, in the order of names."""
    with read_session(desk.engine) as session:
        rows = session.exec(
            select(User.username, Notification.facts)
            .join(Notification, Notification.person_id == User.id)  # type: ignore[arg-type]
            .where(Notification.kind == kind)
            .order_by(User.username)
        )
        return [(name, dict(facts)) for name, facts in rows]


def test_with_the_last_signature_everybody_who_took_part_hears_once_that_the_minutes_are_signed(desk: Desk) -> None:
    number, people = desk.verified(), desk.company.people
    values = {"held_on": date(2026, 9, 15), "text": "Scanner is bought", "form_key": "m"}
    attended = (people["hana"].user_id, people["alice"].user_id)
    made = desk.do(complaint_records.hold_meeting, "alice", number=number, attended=attended, **values)
    sign: dict[str, Any] = {"number": number, "minutes_id": made.id}
    desk.do(complaint_records.sign_minutes, "hana", **sign)
    assert told(desk, "minutes_sent") == []
    desk.do(complaint_records.sign_minutes, "alice", **sign)
    with pytest.raises(complaint_records.NotYourTurn):
        desk.do(complaint_records.sign_minutes, "alice", **sign)
    facts = {"of": "complaint", "number": str(number), "due": "2026-09-15"}
    assert told(desk, "minutes_sent") == [("alice", facts), ("hana", facts)]  # not Charlie, not Dora
    said = sentence(Told("minutes_sent", facts, "/"), "en", with_titles=False)
    assert said == f"The minutes of 2026-09-15 on complaint {number} are signed"


def test_the_clocks_of_a_request_run_until_it_is_solved_and_are_told_of_once(desk: Desk) -> None:
    asked = {"kind": "repair", "channel": "phone", "said": "It leaks", "received_at": AT, "form_key": "r"}
    logistics = desk.company.departments["logistics"]
    made = desk.do(customer_requests.record_request, "dora", department_id=logistics, **asked)
    step: dict[str, Any] = {"number": made.number}
    desk.do(customer_requests.note_phone_failed, "alice", **step, version=1, is_near=True)
    with read_session(desk.engine) as session:
        running = clocks_running(session, AT + MINUTE)
        assert clocks_running(session, AT - MINUTE) == []
    due = [AT + timedelta(hours=24), datetime(2026, 9, 15, 16, tzinfo=AT.tzinfo)]  # the end of Tuesday 15 in Shanghai
    assert [(one.of, one.code) for one in running if one.due_at in due] == [
        ("request", "solution"),
        ("request", "on_site"),
    ]
    at = AT + timedelta(hours=24) - 10 * MINUTE
    assert "clock_running_out" not in remind(desk.engine, at=at - MINUTE, zone=ZONE)
    assert [remind(desk.engine, at=at, zone=ZONE).get("clock_running_out", 0) for _ in range(2)] == [3, 0]
    assert [name for name, _facts in told(desk, "clock_running_out")] == ["alice", "dora", "hana"]
    desk.do(customer_requests.close_request, "alice", **step, version=2, solution="Seal changed")
    desk.do(customer_requests.call_back, "dora", **step, version=3, is_satisfied=False)
    with read_session(desk.engine) as session:
        assert clocks_running(session, at) == []


def test_a_day_without_its_audit_is_told_to_quality_once_and_counted_until_closing(desk: Desk) -> None:
    number = desk.verified()
    for step in range(7):
        desk.step(number, step)  # D6 on Monday 14
    look = {"countermeasure": "Scanner at the line", "number": number, "is_kept": True}
    desk.do(eight_d.audit_countermeasure, "dora", **look, on=date(2026, 9, 15))
    desk.do(eight_d.audit_countermeasure, "dora", **look, on=date(2026, 9, 17))

    def missed(today: date) -> list[AuditDays]:
        with read_session(desk.engine) as session:
            return audit_days_of(session, desk.company.people["alice"], number, today=today, zone=ZONE)

    assert missed(date(2026, 9, 16)) == [AuditDays(look["countermeasure"], 1, ())]  # today isn't over
    days = tuple(date(2026, 9, n) for n in (16, 18, 20))  # Sunday 20 is worked for the holiday, Saturday 19 is not
    assert missed(date(2026, 9, 21)) == [AuditDays(look["countermeasure"], 5, days)]
    heard = []
    for n in (17, 17, 18, 19, 20, 21):
        remind(desk.engine, at=datetime(2026, 9, n, 8, tzinfo=ZONE), zone=ZONE)
        heard.append([facts["due"] for _who, facts in told(desk, "clock_running_out") if facts["of"] == "audit"])
    assert [len(one) for one in heard] == [1, 1, 1, 2, 2, 3]
    assert sorted(heard[-1]) == [day.isoformat() for day in days]
    assert {who for who, facts in told(desk, "clock_running_out") if facts["of"] == "audit"} == {"dora"}
