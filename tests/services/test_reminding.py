"""What time brings: who is told of due and late actions and of clocks that run out, once each; and who reads what."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from db.models import Action, Complaint, ComplaintClock, Notification, User
from db.queries.notifications import notifications, unread
from db.session import read_session, write_session
from services import reminding
from services.notifying import mark_read, tell
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
