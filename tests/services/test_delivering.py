"""What people are told leaves the house once, by the way and at the time that they chose, through refusals and kills."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from db.models import AuditEvent, ChatTarget, Delivery, Leader, Notification, User
from db.queries.deliveries import deliveries_with_trouble
from db.session import engine_for, read_session, write_session
from domain.access import NotAllowed, NotThere, Viewer
from domain.telling import Wishes, leaves_at
from services import chat_targets, chats, deliveries, delivering, leading, notice_texts, telling_choices
from services.delivering import deliver
from services.leases import LeaseLost
from services.mail_server import Outcome
from services.notifying import mark_read, tell
from settings import ROOT, settings
from tests import factories as make
from tests.smtp_sink import Sink, smtp_sink

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
"""Noon in Shanghai."""
LEADS = """
from datetime import UTC, datetime
from db.session import default_engine
from services import deliveries, delivering, leading
from settings import settings
deliveries.put_out(default_engine(), at=datetime.now(UTC), zone=settings().zone)
delivering.deliver(leading.lead(default_engine(), datetime.now(UTC)))
"""
SENDER = "Quality <quality@example.com>"


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with smtp_sink() as running:
        monkeypatch.setenv("SMTP_URL", running.url)
        monkeypatch.setenv("MAIL_FROM", SENDER)
        settings.cache_clear()
        yield running
    settings.cache_clear()


def person(engine: Engine, name: str, role: str = "quality", **more: Any) -> Viewer:
    with write_session(engine) as session:
        return make.viewer(make.user(session, name, role, mail=f"{name}@example.com", **more))


def told(engine: Engine, *people: Viewer, n: int = 1, at: datetime = NOON, kind: str = "assigned") -> None:
    with write_session(engine) as session:
        already = len(session.exec(select(Notification.id)).all())
        for number in range(already + 1, already + n + 1):
            facts = {"number": str(number), "title": f"T{number}"}
            usual = {"link": f"/action?number={number}", "facts": facts, "once": f"a{number}", "at": at}
            tell(session, kind=kind, to=[one.user_id for one in people], **usual)  # type: ignore[arg-type]


def sent(engine: Engine, at: datetime = NOON) -> dict[str, int]:
    """Puts out and delivers, as the leader does it at this moment."""
    deliveries.put_out(engine, at=at, zone=SHANGHAI)
    mine = leading.lead(engine, datetime.now(UTC))
    assert mine is not None
    try:
        return deliver(mine, now=lambda: at)
    finally:
        mine.give_up()


def choose(engine: Engine, who: Viewer, *targets: int, **wishes: Any) -> None:
    with write_session(engine) as session:
        telling_choices.choose(session, wishes=Wishes(**wishes), chats=targets, by=who, at=NOON)


def chat(engine: Engine, name: str = "room", **more: Any) -> int:
    with write_session(engine) as session:
        row = ChatTarget(name=name, kind="slack", address="https://hooks.example.com/s3cret", created_at=NOON, **more)
        session.add(row)
        session.flush()
        return row.id or 0


def states(engine: Engine) -> Counter[str]:
    with read_session(engine) as session:
        return Counter(session.exec(select(Delivery.state)))


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What chats were sent, instead of the courier's work."""
    texts: list[str] = []

    def post(_kind: str, _address: str, _secret: str, text: str) -> Outcome:
        texts.append(text)
        return Outcome("sent")

    monkeypatch.setattr(chats, "post", post)
    return texts


# By mail


def test_a_person_gets_a_mail_once_in_the_own_language_with_a_link_to_this_installation(
    engine: Engine, sink: Sink
) -> None:
    alice, zhu = person(engine, "alice", language="en"), person(engine, "zhu", language="zh_CN")
    told(engine, alice, zhu)
    assert sent(engine) == {"sent": 2}
    assert sent(engine) == {}
    assert sink.recipients == ["alice@example.com", "zhu@example.com"]
    english, chinese = sink.message(0), sink.message(1)
    assert english["Subject"] == "A-1 is yours: T1"
    assert "A-1 已派给您" in chinese["Subject"]
    assert f"{settings().base_url}/action?number=1" in english.get_content()


def test_what_was_read_in_the_app_meanwhile_is_not_mailed(sqlite_engine: Engine, sink: Sink) -> None:
    alice = person(sqlite_engine, "alice")
    told(sqlite_engine, alice)
    deliveries.put_out(sqlite_engine, at=NOON, zone=SHANGHAI)
    with write_session(sqlite_engine) as session:
        mark_read(session, by=alice, at=NOON)
    sent(sqlite_engine)
    assert (sink.arrived, states(sqlite_engine)) == ([], {"dropped": 1})


def test_much_at_the_same_time_is_one_mail(sqlite_engine: Engine, sink: Sink) -> None:
    told(sqlite_engine, person(sqlite_engine, "alice", language="en"), n=4)
    sent(sqlite_engine)
    assert [sink.message()["Subject"], len(sink.arrived)] == ["4 things wait for you", 1]


def test_who_chose_a_digest_gets_one_mail_at_that_time_with_what_came_since(sqlite_engine: Engine, sink: Sink) -> None:
    alice = person(sqlite_engine, "alice", language="en")
    choose(sqlite_engine, alice, rhythm="digest", digest_at=8 * 60 + 30)
    told(sqlite_engine, alice)
    assert sent(sqlite_engine, NOON) == {}
    told(sqlite_engine, alice)
    morning = datetime(2026, 11, 24, 8, 30, tzinfo=SHANGHAI)
    assert sent(sqlite_engine, morning - timedelta(minutes=1)) == {}
    assert sent(sqlite_engine, morning) == {"sent": 1}
    assert sink.message()["Subject"] == "2 things wait for you"
    told(sqlite_engine, alice)
    assert sent(sqlite_engine, morning + timedelta(seconds=5)) == {}, "that is for tomorrow"
    assert sent(sqlite_engine, morning + timedelta(days=1)) == {"sent": 1}


def test_quiet_hours_hold_back_until_they_end(sqlite_engine: Engine, sink: Sink) -> None:
    alice = person(sqlite_engine, "alice", language="en")
    night = datetime(2026, 11, 23, 23, 0, tzinfo=SHANGHAI)
    told(sqlite_engine, alice, n=2, at=night)
    assert sent(sqlite_engine, night) == {}
    assert sent(sqlite_engine, datetime(2026, 11, 24, 7, 0, tzinfo=SHANGHAI)) == {"sent": 1}


@pytest.mark.parametrize(
    ("wishes", "kind", "local", "leaves"),
    [
        (Wishes(), "assigned", "2026-11-23 12:00", "2026-11-23 12:00"),
        (Wishes(), "assigned", "2026-11-23 21:00", "2026-11-24 07:00"),
        (Wishes(), "assigned", "2026-11-23 07:00", "2026-11-23 07:00"),
        (Wishes(quiet_from=0, quiet_until=0), "assigned", "2026-11-23 03:00", "2026-11-23 03:00"),
        (Wishes(quiet_from=720, quiet_until=780), "assigned", "2026-11-23 12:59", "2026-11-23 13:00"),
        (Wishes(rhythm="digest"), "assigned", "2026-12-31 08:30", "2027-01-01 08:30"),
        (Wishes(rhythm="digest", digest_at=360), "assigned", "2026-11-23 12:00", "2026-11-24 07:00"),
        (Wishes(rhythm="digest"), "clock_running_out", "2026-11-23 12:00", "2026-11-23 12:00"),
    ],
    ids=["day", "night", "end of night", "no quiet", "noon", "new year", "digest at night", "a clock"],
)
def test_when_something_leaves(wishes: Wishes, kind: str, local: str, leaves: str) -> None:
    at, wanted = (datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) for text in (local, leaves))
    assert leaves_at(wishes, kind, at, SHANGHAI) == wanted


def test_quiet_hours_end_by_the_clock_on_the_wall_when_summer_time_begins() -> None:
    berlin = Wishes(zone="Europe/Berlin")
    before = datetime(2026, 3, 28, 22, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert leaves_at(berlin, "assigned", before, SHANGHAI) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)


def test_a_server_that_refuses_for_now_is_tried_five_times_ever_later_and_then_no_more(
    sqlite_engine: Engine, sink: Sink
) -> None:
    told(sqlite_engine, person(sqlite_engine, "alice"))
    sink.refused["alice@example.com"] = "450 later"
    at, waits = NOON, []
    for _ in range(4):
        assert sent(sqlite_engine, at) == {"queued": 1}
        with read_session(sqlite_engine) as session:
            then = session.exec(select(Delivery.not_before)).one()
        waits.append((then - at) / timedelta(minutes=1))
        assert sent(sqlite_engine, then - timedelta(seconds=1)) == {}
        at = then
    assert waits == [1, 5, 30, 120]
    assert sent(sqlite_engine, at) == {"failed": 1}


def test_of_what_was_handed_over_without_a_reply_nobody_knows_and_an_administrator_decides(
    sqlite_engine: Engine, sink: Sink
) -> None:
    root, alice = person(sqlite_engine, "root", "administrator"), person(sqlite_engine, "alice")
    told(sqlite_engine, alice)
    sink.hangs_up_after_data = True
    assert sent(sqlite_engine) == {"unclear": 1}
    sink.hangs_up_after_data = False
    assert sent(sqlite_engine) == {}
    with write_session(sqlite_engine) as session:
        (line,) = deliveries_with_trouble(session, root)
        with pytest.raises(NotAllowed):
            chat_targets.send_again(session, delivery_id=line.id, by=alice, at=NOON)
        chat_targets.send_again(session, delivery_id=line.id, by=root, at=NOON)
    assert sent(sqlite_engine) == {"sent": 1}
    with write_session(sqlite_engine) as session, pytest.raises(chat_targets.DeliveryNotInDoubt):
        chat_targets.send_again(session, delivery_id=line.id, by=root, at=NOON)


# Into chats


def test_a_chat_that_two_people_chose_hears_of_a_thing_once_and_without_its_title(
    engine: Engine, posted: list[str]
) -> None:
    room = chat(engine)
    people = [person(engine, name, language="en") for name in ("alice", "bob")]
    for one in people:
        choose(engine, one, room, by_mail=False)
    told(engine, *people)
    assert sent(engine) == {"sent": 1}
    assert posted == [f"A-1 has a new owner\n{settings().base_url}/action?number=1"]


def test_a_chat_of_another_department_can_not_be_chosen(sqlite_engine: Engine, posted: list[str]) -> None:
    with write_session(sqlite_engine) as session:
        theirs = make.department(session, "logistics").id
    room, alice = chat(sqlite_engine, department_id=theirs), person(sqlite_engine, "alice")
    with pytest.raises(NotThere):
        choose(sqlite_engine, alice, room)
    dan = person(sqlite_engine, "dan", "department", department_id=theirs)
    choose(sqlite_engine, dan, room, by_mail=False)
    told(sqlite_engine, dan)
    with write_session(sqlite_engine) as session:
        session.get_one(User, dan.user_id).department_id = None
    assert (sent(sqlite_engine), posted) == ({}, []), "who left the department is told there no more"


def test_an_ended_chat_gets_nothing_not_even_what_waits(sqlite_engine: Engine, posted: list[str]) -> None:
    room, alice, root = (
        chat(sqlite_engine),
        person(sqlite_engine, "alice"),
        person(sqlite_engine, "root", "administrator"),
    )
    choose(sqlite_engine, alice, room, by_mail=False)
    told(sqlite_engine, alice)
    deliveries.put_out(sqlite_engine, at=NOON, zone=SHANGHAI)
    with write_session(sqlite_engine) as session:
        chat_targets.end_chat(session, target_id=room, by=root, at=NOON)
    assert (sent(sqlite_engine), posted, states(sqlite_engine)) == ({}, [], {"dropped": 1})


def test_a_chat_is_posted_to_no_faster_than_its_service_likes(sqlite_engine: Engine, posted: list[str]) -> None:
    room, alice = chat(sqlite_engine), person(sqlite_engine, "alice")
    choose(sqlite_engine, alice, room, by_mail=False)
    told(sqlite_engine, alice, n=2)
    assert sent(sqlite_engine) == {"sent": 1}
    assert sent(sqlite_engine, NOON + timedelta(seconds=2)) == {"sent": 1}


def test_a_long_digest_fits_into_what_a_chat_takes_and_says_how_much_is_missing() -> None:
    many = [
        notice_texts.Told("assigned", {"number": str(n), "title": "字" * 90}, f"/action?number={n}") for n in range(90)
    ]
    text = notice_texts.chat_text(many, language="zh_CN", base_url="https://example.com", with_titles=True)
    assert len(text.encode()) <= 1_900
    assert text.count("https://") + int(text.rsplit("另有 ", 1)[1].split()[0]) == 90


def test_a_title_can_neither_make_a_link_nor_call_everybody() -> None:
    bad = notice_texts.Told("assigned", {"number": "1", "title": "<!channel> @all https://evil.example"}, "/")
    text = notice_texts.chat_text([bad], language="en", base_url="https://example.com", with_titles=True)
    assert not {"<", "@"} & set(text)
    assert text.count("://") == 1


# One leader, and kills


def test_of_two_processes_one_leads_and_the_other_takes_over_when_it_is_away(engine: Engine) -> None:
    now = datetime.now(UTC)
    first = leading.lead(engine, now)
    assert first is not None
    assert leading.lead(engine, now + timedelta(seconds=30)) is None
    second = leading.lead(engine, now + leading.LEASE + timedelta(seconds=1))
    assert second is not None
    with pytest.raises(LeaseLost), write_session(engine) as session:
        first.keep(session)
    first.give_up()
    assert leading.lead(engine, now + timedelta(seconds=30)) is None, "who has lost the lead can't give it away"


def test_a_leader_that_lost_the_lead_writes_down_what_it_knows_and_stops(engine: Engine, sink: Sink) -> None:
    told(engine, person(engine, "alice"), person(engine, "bob"))
    deliveries.put_out(engine, at=NOON, zone=SHANGHAI)
    mine = leading.lead(engine, datetime.now(UTC))
    assert mine is not None
    original = delivering._Run._outcome

    def meanwhile(run: Any, outgoing: Any) -> Outcome:
        outcome = original(run, outgoing)
        with write_session(engine) as session:
            session.exec(select(Leader)).one().claim += 1
            row = session.get_one(Delivery, outgoing.id)
            row.state, row.claim = "unclear", None
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivering._Run, "_outcome", meanwhile)
        with pytest.raises(LeaseLost):
            deliver(mine, now=lambda: NOON)
    assert states(engine) == {"sent": 1, "queued": 1}


def wait_for(what: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.005)


def test_sixty_notifications_across_two_kills_reach_nobody_twice_and_leave_one_unclear_each_at_most(
    sqlite_url: str, sink: Sink
) -> None:
    engine, people = engine_for(sqlite_url), 60
    root = person(engine, "root", "administrator")
    everybody = [person(engine, f"p{number}") for number in range(people)]
    for one in everybody:
        choose(engine, one, quiet_from=0, quiet_until=0)
    told(engine, *everybody, at=datetime.now(UTC))
    given = {**os.environ, "DATABASE_URL": sqlite_url, "SMTP_URL": sink.url, "MAIL_FROM": SENDER}
    for stop_at in (15, 40, people - 2):
        command = [sys.executable, "-c", LEADS]
        worker = subprocess.Popen(command, env=given, cwd=ROOT, stdin=subprocess.DEVNULL)
        try:
            if stop_at < people - 2:
                wait_for(lambda least=stop_at: len(sink.arrived) >= least)  # type: ignore[misc]
            else:
                wait_for(lambda: not {"queued", "sending"} & states(engine).keys())
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        with write_session(engine) as session:  # instead of waiting until the lead has run out
            session.exec(select(Leader)).one().until = NOON - timedelta(days=1)
    found = states(engine)
    assert max(Counter(sink.recipients).values()) == 1
    assert found["unclear"] <= 2
    assert found["sent"] + found["unclear"] == people
    with read_session(engine) as session:
        assert len(deliveries_with_trouble(session, root)) == found["unclear"]


def test_a_chat_is_tried_after_the_commit_and_a_refusal_leaves_the_attempt_on_record(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, room = person(sqlite_engine, "root", "administrator"), chat(sqlite_engine)
    trying = select(AuditEvent.id).where(AuditEvent.verb == "try")

    def refuse(*_: object) -> Outcome:
        with read_session(sqlite_engine) as session:
            assert session.exec(trying).all(), "Posted while the transaction was still open."
        return Outcome("failed", "no such hook")

    monkeypatch.setattr(chats, "post", refuse)
    with pytest.raises(chat_targets.ChatRefused, match="no such hook"), write_session(sqlite_engine) as session:
        chat_targets.try_chat(session, target_id=room, by=root, at=NOON)
