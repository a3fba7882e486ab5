"""What time brings: who is told of due and late actions and of clocks that run out, once each; and who reads what."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event, update
from sqlmodel import col, select

from db.models import (
    TOLD_RULES,
    Action,
    Complaint,
    ComplaintClock,
    CustomerCall,
    Finding,
    Job,
    Notification,
    SchemeRow,
    User,
    Wave,
)
from db.queries.notifications import notifications, unread
from db.session import read_session, write_session
from services import reminding
from services.notifying import mark_read, tell
from services.red_findings import tell_red
from tests.company import AT, Company, found_company
from tests.services.test_actions import DUE, assigned

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(DUE.year, DUE.month, DUE.day, 12, tzinfo=ZONE)


def remind(engine: Engine, *, at: datetime, zone: ZoneInfo) -> dict[str, int]:
    """What is told at this moment, but for the waves that the scheme's cadence asks for: they have a test of their own."""
    return {kind: n for kind, n in reminding.remind(engine, at=at, zone=zone).items() if kind != "wave_due"}


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return found_company(sqlite_engine)


def heard(engine: Engine, kind: str) -> list[str]:
    """Names of those who were told, in their order."""
    with read_session(engine) as session:
        statement = select(User.username).join(Notification).where(Notification.kind == kind)
        return list(session.exec(statement.order_by(col(Notification.id))))


def test_an_action_is_told_of_three_days_before_it_is_due_and_only_once(
    sqlite_engine: Engine, company: Company
) -> None:
    assigned(sqlite_engine, company)
    assert remind(sqlite_engine, at=NOON - timedelta(days=4), zone=ZONE) == {}
    assert remind(sqlite_engine, at=NOON - timedelta(days=3), zone=ZONE) == {"due_soon": 1}
    assert remind(sqlite_engine, at=NOON, zone=ZONE) == {}
    assert heard(sqlite_engine, "due_soon") == ["alice"]


def test_a_late_action_is_told_of_daily_to_the_owner_then_to_the_head_and_to_quality(
    sqlite_engine: Engine, company: Company
) -> None:
    action = assigned(sqlite_engine, company)
    with write_session(sqlite_engine) as session:
        head = session.exec(
            select(User).where(User.department_id == action.department_id, User.username != "alice")
        ).first()
        if head is None:
            head = User(username="hana", username_lower="hana", name="Hana", role="department", password_hash="x")
        head.department_id, head.is_head = action.department_id, True
        session.add(head)
        who = head.username
    told_on = [remind(sqlite_engine, at=NOON + timedelta(days=day), zone=ZONE) for day in (1, 1, 3)]
    assert told_on == [{"overdue": 1}, {}, {"overdue": 1}]
    assert heard(sqlite_engine, "overdue") == ["alice", "alice"]
    remind(sqlite_engine, at=NOON + timedelta(days=4), zone=ZONE)
    assert who in heard(sqlite_engine, "overdue")
    told = remind(sqlite_engine, at=NOON + timedelta(days=8), zone=ZONE)
    with read_session(sqlite_engine) as session:
        quality = set(session.exec(select(User.username).where(User.role == "quality")))
    assert quality
    assert quality <= set(heard(sqlite_engine, "overdue"))
    assert told == {"overdue": 1 + len(quality)}


def test_who_takes_an_action_over_is_told_as_well(sqlite_engine: Engine, company: Company) -> None:
    action, later = assigned(sqlite_engine, company), NOON - timedelta(days=2)
    remind(sqlite_engine, at=later, zone=ZONE)
    with write_session(sqlite_engine) as session:
        row = session.get_one(Action, action.id)
        row.owner_id = company.people["dora"].user_id
        session.add(row)
    assert remind(sqlite_engine, at=later, zone=ZONE) == {"due_soon": 1}
    assert remind(sqlite_engine, at=later, zone=ZONE) == {}
    assert heard(sqlite_engine, "due_soon") == ["alice", "dora"]


def test_a_clock_is_told_of_ten_minutes_before_it_runs_out(sqlite_engine: Engine, company: Company) -> None:
    with write_session(sqlite_engine) as session:
        usual = {"channel": "mail", "category": "quality", "description": "scratched", "received_at": AT}
        by = {"recorded_by_id": company.people["dora"].user_id}
        complaint = Complaint(
            number=1, form_key="f", customer_id=company.customers["alpha"], recorded_at=AT, **usual, **by
        )
        session.add(complaint)
        session.flush()
        due = AT + timedelta(minutes=30)
        session.add(ComplaintClock(complaint_id=complaint.id or 0, code="slip", round=1, started_at=AT, due_at=due))
    assert remind(sqlite_engine, at=AT + timedelta(minutes=19), zone=ZONE) == {}
    assert remind(sqlite_engine, at=AT + timedelta(minutes=20), zone=ZONE)["clock_running_out"] >= 1
    assert remind(sqlite_engine, at=AT + timedelta(minutes=40), zone=ZONE) == {}


def test_one_reads_ones_own_only(sqlite_engine: Engine, company: Company) -> None:
    alice, dora = company.people["alice"], company.people["dora"]
    with write_session(sqlite_engine) as session:
        for number in (1, 2):
            told = {"link": "/action?number=1", "facts": {"number": "1", "title": "x"}, "at": AT}
            tell(session, kind="assigned", to=[alice.user_id], once=f"a{number}", **told)  # type: ignore[arg-type]
    with write_session(sqlite_engine) as session:
        first = notifications(session, alice)[-1]
        assert mark_read(session, ids=[first.id], by=dora, at=AT) == 0
        assert mark_read(session, ids=[first.id], by=alice, at=AT) == 1
        assert (unread(session, alice), unread(session, dora)) == (1, 0)
        assert notifications(session, dora) == []
        assert mark_read(session, by=alice, at=AT) == 1


# Waves, calls and red findings


def test_the_next_wave_is_told_to_the_organisers_once_when_its_planning_is_due(
    sqlite_engine: Engine, company: Company
) -> None:
    at = datetime(2027, 3, 1, 12, tzinfo=ZONE)
    assert reminding.remind(sqlite_engine, at=at, zone=ZONE)["wave_due"] >= 1
    assert "wave_due" not in reminding.remind(sqlite_engine, at=at + timedelta(days=1), zone=ZONE)


def test_calls_are_told_on_their_day_to_whoever_makes_them(sqlite_engine: Engine, company: Company) -> None:
    with write_session(sqlite_engine) as session:
        scheme = session.exec(select(SchemeRow.id)).first()
        usual = {"scheme_id": scheme, "customer_id": company.customers["alpha"], "created_at": AT, "kind": "free"}
        for number, day in enumerate((DUE, DUE, DUE + timedelta(days=1))):
            caller = company.people["dora"].user_id
            session.add(CustomerCall(form_key=f"c{number}", due_on=day, caller_id=caller, **usual))
    assert "calls_due" not in remind(sqlite_engine, at=NOON - timedelta(days=1), zone=ZONE)
    assert remind(sqlite_engine, at=NOON, zone=ZONE)["calls_due"] == 1
    assert "calls_due" not in remind(sqlite_engine, at=NOON, zone=ZONE)
    with read_session(sqlite_engine) as session:
        (told,) = session.exec(select(Notification).where(Notification.kind == "calls_due"))
        assert (told.person_id, told.facts["n"]) == (company.people["dora"].user_id, "2")


def red(engine: Engine, company: Company, *customers: str) -> None:
    """New red findings about an item of the open wave, one for each customer."""
    with write_session(engine) as session:
        wave = session.exec(select(Wave).where(Wave.state == "open").order_by(col(Wave.position).desc())).first()
        assert wave is not None
        usual = {"wave_id": wave.id, "rule": "ITEM_BELOW", "appeared_at": AT}
        for one in customers:
            key = company.customers[one]
            session.add(Finding(about=f"customer:{key}/item:new", customer_id=key, **usual))


def told_red(engine: Engine) -> list[str]:
    with read_session(engine) as session:
        found = select(Notification).where(Notification.kind == "red_finding").order_by(col(Notification.id))
        return [one.facts["n"] for one in session.exec(found)]


def test_red_findings_are_told_together_at_once_and_then_at_most_hourly(
    sqlite_engine: Engine, company: Company
) -> None:
    with write_session(sqlite_engine) as session:
        session.connection().execute(update(Finding).values(told=True))
        quality = len(session.exec(select(User).where(User.role == "quality", col(User.active))).all())
    alpha, *others = company.customers
    red(sqlite_engine, company, alpha)
    assert tell_red(sqlite_engine, at=AT) == quality
    assert tell_red(sqlite_engine, at=AT) == 0
    red(sqlite_engine, company, *others)
    assert tell_red(sqlite_engine, at=AT + timedelta(minutes=59)) == 0
    assert tell_red(sqlite_engine, at=AT + timedelta(hours=1)) == quality
    assert told_red(sqlite_engine) == ["1"] * quality + [str(len(others))] * quality


def test_what_misses_a_target_is_told_gravest_first_and_names_no_customer(
    sqlite_engine: Engine, company: Company
) -> None:
    with write_session(sqlite_engine) as session:
        known = session.exec(select(Finding).where(Finding.wave_id == company.now)).all()
        missed = [one for one in known if one.rule in TOLD_RULES]
    assert {one.rule for one in missed} == {"INDEX_BELOW", "CUSTOMER_BELOW", "ITEM_BELOW"}
    assert tell_red(sqlite_engine, at=AT) > 0
    with read_session(sqlite_engine) as session:
        rows = session.exec(select(Notification).where(Notification.kind == "red_finding")).all()
        names = dict(session.exec(select(User.id, User.username)).all())
    said = {(names[one.person_id], *(one.facts[name] for name in ("n", "title", "title_zh_CN"))) for one in rows}
    assert {line for line in said if line[0] != "dora"} == {
        ("erik", "2", "Index under target", "满意度指数未达标"),  # the organiser: the index and alpha
        ("alice", "1", "On-time delivery", "准时交付"),
    }


def test_only_what_is_still_to_be_told_is_read(sqlite_engine: Engine) -> None:
    said: list[str] = []
    event.listen(sqlite_engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    tell_red(sqlite_engine, at=AT)
    with sqlite_engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {next(one for one in said if 'finding' in one)}").all()
    assert "finding_to_tell" in str(plan)


def test_red_findings_of_waves_that_are_over_are_told_to_nobody(sqlite_engine: Engine, company: Company) -> None:
    red(sqlite_engine, company, *company.customers)
    with write_session(sqlite_engine) as session:
        session.connection().execute(update(Wave).values(state="closed", closed_at=AT))
    assert (tell_red(sqlite_engine, at=AT), told_red(sqlite_engine)) == (0, [])
    with read_session(sqlite_engine) as session:
        assert all(session.exec(select(Finding.told).where(col(Finding.rule).in_(TOLD_RULES))))


def test_an_import_tells_one_thing_when_it_is_over(sqlite_engine: Engine, company: Company) -> None:
    red(sqlite_engine, company, *company.customers)
    with write_session(sqlite_engine) as session:
        session.connection().execute(update(Wave).values(origin="imported"))
        session.add(Job(kind="import", form_key="i", state="running", created_at=AT))
    assert tell_red(sqlite_engine, at=AT) == 0
    with write_session(sqlite_engine) as session:
        session.connection().execute(update(Job).values(state="done"))
    assert tell_red(sqlite_engine, at=AT) > 0
