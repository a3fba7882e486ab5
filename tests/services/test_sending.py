"""A wave goes out: once to everybody, in the background, through kills and refusals; and what comes back is written down."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import func, select

from db.models import AuditEvent, Contact, Invitation, Job, Mail, Reminder, User, Wave
from db.queries.returns import chase_page
from db.queries.sending import addressees, links, mails_with_trouble, outbox
from db.queries.waves import survey_wave_of
from db.session import engine_for, read_session, write_session
from domain.access import NotAllowed, NotThere, Viewer
from domain.errors import Refusal
from services import answering, invitations, jobs, mailing, sending
from services.links import LinkLost, link_of, open_link, token_hash, token_of
from services.mail_server import MailNotSet
from services.recording import WaveTakesNothing
from settings import ROOT, settings
from tests import factories as make
from tests.smtp_sink import Sink, smtp_sink

AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
SOON, TOMORROW = AT + timedelta(hours=1), AT + timedelta(days=1)
SENDER = "Quality <quality@example.com>"


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """What differs by database is tried in test_sending_at_once.py."""
    return sqlite_engine


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with smtp_sink() as running:
        use_mail_server(monkeypatch, running)
        yield running


def use_mail_server(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    monkeypatch.setenv("SMTP_URL", sink.url)
    monkeypatch.setenv("MAIL_FROM", SENDER)
    monkeypatch.setenv("BASE_URL", "https://survey.example.com")
    settings.cache_clear()


@pytest.fixture
def alice(engine: Engine) -> Viewer:
    with write_session(engine) as session:
        return make.viewer(make.user(session, "alice", "quality"))


@pytest.fixture
def wave_id(engine: Engine) -> int:
    return three_customers(engine)


def three_customers(engine: Engine) -> int:
    """An open wave, and three customers: two contacts, one contact, one contact without an address."""
    with write_session(engine) as session:
        wave = make.wave(session)
        first, second, third = (make.customer(session, code) for code in ("A", "B", "C"))
        make.contact(session, first, name="朱娟", mail="zhu@a.example", language="zh_CN")
        make.contact(session, first, name="Tang", mail="Tang <tang@a.example>")
        make.contact(session, second, name="Bo", mail="bo@b.example", language="en")
        make.contact(session, third, name="Cy", mail="")
        return wave.id or 0


def send_out(engine: Engine, wave_id: int, by: Viewer, at: datetime = AT, **more: object) -> sending.SentOut:
    given = {"one_each": False, "by_mail": True, "form_key": f"{at}", "by": by, "at": at, **more}
    with write_session(engine) as session:
        return sending.send_out(session, wave_id=wave_id, **given)


def sent(engine: Engine, wave_id: int, by: Viewer, **more: object) -> None:
    """Everything is queued, and the worker has done it."""
    send_out(engine, wave_id, by, **more)
    jobs.run_worker(engine, once=True)


def states(engine: Engine) -> Counter[str]:
    with read_session(engine) as session:
        return Counter(session.exec(select(Mail.state)))


def counted(engine: Engine, model: type) -> int:
    with read_session(engine) as session:
        return session.exec(select(func.count()).select_from(model)).one()


def invitation_of(engine: Engine, name: str) -> Invitation:
    with read_session(engine) as session:
        return session.exec(select(Invitation).join(Contact).where(Contact.name == name)).one()


def last_job(engine: Engine) -> Job:
    with read_session(engine) as session:
        return session.exec(select(Job).order_by(Job.id.desc())).first()  # type: ignore[union-attr,return-value]


# Sending


def test_every_contact_with_an_address_gets_one_mail_with_the_own_link(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    made = send_out(engine, wave_id, alice)
    assert (made.invitations, made.mails, made.without_address) == (3, 3, 1)
    assert sink.arrived == [], "the page only queues"
    jobs.run_worker(engine, once=True)
    assert sorted(sink.recipients) == ["bo@b.example", "tang@a.example", "zhu@a.example"]
    assert (states(engine), last_job(engine).state) == ({"sent": 3}, "done")
    for number, address in enumerate(sink.recipients):
        text = sink.message(number).get_content()
        (link,) = [line for line in text.splitlines() if line.startswith("http")]
        name = {"bo@b.example": "Bo", "tang@a.example": "Tang", "zhu@a.example": "朱娟"}[address]
        asked = invitation_of(engine, name)
        assert link == link_of(asked)
        assert link.startswith("https://survey.example.com/q/")
        assert token_hash(link.rpartition("/")[2]) == asked.token_hash


def test_a_mail_is_in_the_contacts_language_and_says_until_when_and_what_for(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sent(engine, wave_id, alice)
    mails = {address: sink.message(number) for number, address in enumerate(sink.recipients)}
    english, chinese = mails["bo@b.example"], mails["zhu@a.example"]
    assert english["From"] == SENDER
    assert str(english["To"]) == "Bo <bo@b.example>"
    text = english.get_content()
    assert "Dear Bo," in text
    assert "October" in text
    assert "anonymised after 3 years" in text
    assert "朱娟" in chinese.get_content()
    assert "10月" in chinese.get_content()
    assert "满意" in chinese["Subject"]


def test_nobody_is_invited_twice_however_often_send_is_pressed(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sent(engine, wave_id, alice)
    with pytest.raises(sending.NobodyToSendTo):
        send_out(engine, wave_id, alice, at=TOMORROW)
    jobs.run_worker(engine, once=True)
    assert len(sink.arrived) == 3
    with write_session(engine) as session:
        make.contact(session, make.customer(session, "D"), name="New", mail="new@d.example")
    sent(engine, wave_id, alice, at=TOMORROW)
    assert sink.recipients[3:] == ["new@d.example"]


def test_the_database_itself_refuses_the_same_mail_a_second_time(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    send_out(engine, wave_id, alice)
    with read_session(engine) as session:
        first = session.exec(select(Mail)).first()
    again = Mail(kind="invitation", invitation_id=first.invitation_id, wave_id=wave_id, address="x@y.z", queued_at=AT)
    with pytest.raises(IntegrityError), write_session(engine) as session:
        session.add(again)


def test_one_contact_of_each_customer_is_the_first_who_can_get_a_mail(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sent(engine, wave_id, alice, one_each=True)
    assert sorted(sink.recipients) == ["bo@b.example", "zhu@a.example"]


def test_a_mailbox_that_two_contacts_share_gets_one_mail(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    with write_session(engine) as session:
        make.contact(session, make.customer(session, "E"), name="Other", mail="BO@B.EXAMPLE")
    with read_session(engine) as session:
        found = addressees(session, alice, wave_id, one_each=False)
    assert {one.contact.name: one.state for one in found if one.contact}["Other"] == "same_address"
    sent(engine, wave_id, alice)
    assert len(sink.arrived) == 3


def test_a_name_with_line_ends_adds_no_header(engine: Engine, alice: Viewer, wave_id: int, sink: Sink) -> None:
    with write_session(engine) as session:
        customer = make.customer(session, "F")
        make.contact(session, customer, name="Eve\r\nBcc: all@example.com", mail="eve@f.example")
        make.contact(session, customer, name="Mal", mail="mal@f.example\r\nBcc: all@example.com")
    sent(engine, wave_id, alice)
    message = sink.message(sink.recipients.index("eve@f.example"))
    assert message["Bcc"] is None
    assert "all@example.com" not in sink.recipients
    assert not any("mal@" in one for one in sink.recipients)


def test_without_a_mail_server_nothing_is_queued_and_links_can_still_be_made(
    engine: Engine, alice: Viewer, wave_id: int
) -> None:
    with pytest.raises(MailNotSet):
        send_out(engine, wave_id, alice)
    assert (counted(engine, Invitation), counted(engine, Job)) == (0, 0)
    made = send_out(engine, wave_id, alice, by_mail=False)
    assert (made.invitations, made.mails) == (4, 0)
    with read_session(engine) as session:
        assert len({link_of(line.invitation) for line in links(session, alice, wave_id)}) == 4


def test_a_wave_that_is_not_open_sends_nothing(engine: Engine, alice: Viewer, wave_id: int, sink: Sink) -> None:
    send_out(engine, wave_id, alice)
    with write_session(engine) as session:
        wave = session.get_one(Wave, wave_id)
        wave.state, wave.closed_at = "closed", AT
    jobs.run_worker(engine, once=True)
    assert (sink.arrived, states(engine)) == ([], {"dropped": 3})
    with pytest.raises(WaveTakesNothing):
        send_out(engine, wave_id, alice, at=TOMORROW)


def test_who_answered_before_the_mail_left_gets_none(engine: Engine, alice: Viewer, wave_id: int, sink: Sink) -> None:
    send_out(engine, wave_id, alice)
    with write_session(engine) as session:
        asked = session.get_one(Invitation, invitation_of(engine, "Bo").id)
        make.response(session, session.get_one(Wave, wave_id), invitation=asked)
    jobs.run_worker(engine, once=True)
    assert "bo@b.example" not in sink.recipients
    assert states(engine) == {"sent": 2, "dropped": 1}


def test_when_queueing_fails_nothing_of_it_stays(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(jobs, "enqueue", fail)
    before = counted(engine, AuditEvent)
    with pytest.raises(ZeroDivisionError):
        send_out(engine, wave_id, alice)
    assert [counted(engine, model) for model in (Invitation, Mail, Job)] == [0, 0, 0]
    assert counted(engine, AuditEvent) == before


# What the server says


def test_a_mailbox_that_is_not_there_makes_the_invitation_undeliverable(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sink.refused = {"bo@b.example": "550 5.1.1 no such user", "tang@a.example": "554 no", "zhu@a.example": "451 later"}
    sent(engine, wave_id, alice)
    with read_session(engine) as session:
        lines = {line.address: line for line in mails_with_trouble(session, alice, wave_id)}
    assert {address: line.state for address, line in lines.items()} == {
        "bo@b.example": "undeliverable",
        "tang@a.example": "failed",
        "zhu@a.example": "failed",  # after three tries
    }
    assert lines["bo@b.example"].reason == "550 5.1.1 no such user"
    assert invitation_of(engine, "Bo").state == "undeliverable"
    assert invitation_of(engine, "Tang").state == "sent"


def test_a_server_that_hangs_up_in_the_middle_leaves_mails_unclear_and_they_go_out_again_only_by_hand(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sink.hangs_up_after_data = True
    sent(engine, wave_id, alice, one_each=True)
    assert states(engine) == {"unclear": 2}
    sink.hangs_up_after_data = False
    with write_session(engine) as session:
        sending.go_on(session, wave_id=wave_id, form_key="again", by=alice, at=TOMORROW)
    jobs.run_worker(engine, once=True)
    assert len(sink.arrived) == 2, "not by itself"
    with write_session(engine) as session:
        line = mails_with_trouble(session, alice, wave_id)[0]
        sending.send_again(session, mail_id=line.id, form_key="one", by=alice, at=TOMORROW)
    jobs.run_worker(engine, once=True)
    assert len(sink.arrived) == 3
    assert states(engine) == {"unclear": 1, "sent": 1}
    assert sink.message(2)["Message-ID"] in {sink.message(0)["Message-ID"], sink.message(1)["Message-ID"]}
    with pytest.raises(sending.MailNotWaiting), write_session(engine) as session:
        sending.send_again(session, mail_id=line.id, form_key="two", by=alice, at=TOMORROW)


def test_a_server_that_is_away_is_said_and_everything_waits(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "PAUSES", (0,))
    monkeypatch.setenv("SMTP_URL", "smtp+plain://127.0.0.1:9")
    settings.cache_clear()
    sent(engine, wave_id, alice)
    job = last_job(engine)
    assert (job.state, states(engine)) == ("failed", {"queued": 3})
    assert "refused" in Refusal(job.result["template"], **job.result["values"]).explain(str)
    monkeypatch.setenv("SMTP_URL", sink.url)
    settings.cache_clear()
    with write_session(engine) as session:
        sending.go_on(session, wave_id=wave_id, form_key="later", by=alice, at=TOMORROW)
    jobs.run_worker(engine, once=True)
    assert (len(sink.arrived), states(engine)) == (3, {"sent": 3})


def test_a_stopped_job_leaves_the_rest_in_the_queue(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_out(engine, wave_id, alice)
    delivered = mailing.MailServerConnection.deliver

    def and_stop(*given: object) -> object:
        with write_session(engine) as session:
            sending.stop(session, wave_id=wave_id, by=alice, at=SOON)
        return delivered(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(mailing.MailServerConnection, "deliver", and_stop)
        jobs.run_worker(engine, once=True)
    assert (last_job(engine).state, states(engine)) == ("cancelled", {"sent": 1, "queued": 2})
    with read_session(engine) as session:
        seen = outbox(session, alice, wave_id)
    assert (seen.waiting, seen.all) == (2, 3)


def test_a_job_of_somebody_who_lost_the_right_meanwhile_sends_nothing(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    send_out(engine, wave_id, alice)
    with write_session(engine) as session:
        session.get_one(User, alice.user_id).role = "viewer"
    jobs.run_worker(engine, once=True)
    assert (sink.arrived, last_job(engine).state) == ([], "failed")


# Kills


def wait_for(what: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.01)


def test_a_thousand_mails_across_two_kills_reach_no_address_twice_and_leave_one_unclear_each_at_most(
    sqlite_url: str, sink: Sink
) -> None:
    engine, mails = engine_for(sqlite_url), 1_000
    with write_session(engine) as session:
        alice = make.viewer(make.user(session, "alice", "quality"))
        wave_id = make.wave(session).id or 0
        for number in range(mails):
            make.contact(session, make.customer(session), name=f"N{number}", mail=f"n{number}@example.com")
    send_out(engine, wave_id, alice)
    given = {**os.environ, "DATABASE_URL": sqlite_url, "SMTP_URL": sink.url, "MAIL_FROM": SENDER}
    for stop_at in (300, 650, mails - 2):
        worker = subprocess.Popen([sys.executable, str(ROOT / "cli.py"), "worker"], env=given, stdin=subprocess.DEVNULL)
        try:
            if stop_at < mails - 2:
                wait_for(lambda least=stop_at: len(sink.arrived) >= least)  # type: ignore[misc]
            else:
                wait_for(lambda: last_job(engine).state == "done")
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        with write_session(engine) as session:  # instead of waiting until the lease has run out
            session.exec(select(Job)).one().leased_until = AT
    found = states(engine)
    assert max(Counter(sink.recipients).values()) == 1
    assert found["unclear"] <= 2
    assert found["sent"] + found["unclear"] == mails
    assert len(sink.arrived) >= found["sent"]
    with read_session(engine) as session:
        assert len(mails_with_trouble(session, alice, wave_id)) == found["unclear"]


# Reminders


def test_reminding_all_reaches_who_has_not_answered_and_pressing_again_within_a_day_nobody(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sent(engine, wave_id, alice)
    with write_session(engine) as session:
        asked = session.get_one(Invitation, invitation_of(engine, "Bo").id)
        make.response(session, session.get_one(Wave, wave_id), invitation=asked)
    with pytest.raises(sending.NobodyToRemind), write_session(engine) as session:
        sending.remind_all(session, wave_id=wave_id, form_key="soon", by=alice, at=SOON)
    for day, number in ((1, 1), (2, 2)):
        at = AT + timedelta(days=day)
        with write_session(engine) as session:
            made = sending.remind_all(session, wave_id=wave_id, form_key=f"{at}", by=alice, at=at)
        assert made.mails == 2
        with pytest.raises(sending.NobodyToRemind), write_session(engine) as session:
            sending.remind_all(session, wave_id=wave_id, form_key="twice", by=alice, at=at + timedelta(hours=1))
        jobs.run_worker(engine, once=True)
        assert sorted(sink.recipients[-2:]) == ["tang@a.example", "zhu@a.example"]
        assert counted(engine, Reminder) == 2 * number
    mailed = [line for n in range(7) for line in sink.message(n).get_content().splitlines() if "/q/" in line]
    assert len(set(mailed)) == 3, "a reminder brings the same link"


def test_who_does_not_want_to_answer_is_told_in_the_chase_list_and_reminded_by_nobody(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sent(engine, wave_id, alice)
    with write_session(engine) as session:
        sending.remind_all(session, wave_id=wave_id, form_key="r", by=alice, at=TOMORROW)
    bo = invitation_of(engine, "Bo")
    with write_session(engine) as session:
        answering.refuse(session, answering.Link(token_of(bo.link_seed)), at=TOMORROW)
    jobs.run_worker(engine, once=True)
    assert len(sink.recipients) == 3 + 2, "what was queued for the one who refused isn't sent"
    later = TOMORROW + timedelta(days=2)
    with write_session(engine) as session:
        assert sending.remind_all(session, wave_id=wave_id, form_key="s", by=alice, at=later).mails == 2
    with pytest.raises(sending.DoesNotWantToAnswer), write_session(engine) as session:
        sending.remind(session, invitation_id=bo.id or 0, how="phone", form_key="p", by=alice, at=later)
    with read_session(engine) as session:
        wave = survey_wave_of(session, session.get_one(Wave, wave_id))
        page = chase_page(session, alice, wave)
    assert (page.total, page.refused, page.reminded_enough) == (3, 1, 2)
    assert [line.refused_at for line in page.rows] == [None, None, TOMORROW]


def test_a_reminder_by_phone_is_recorded_with_who_when_and_what_was_said(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sent(engine, wave_id, alice)
    asked = invitation_of(engine, "Bo").id or 0
    for _ in range(2):
        with write_session(engine) as session:
            sending.remind(
                session, invitation_id=asked, how="phone", note=" on Friday ", form_key="p", by=alice, at=TOMORROW
            )
    with read_session(engine) as session:
        rows = session.exec(select(Reminder).order_by(Reminder.round)).all()  # type: ignore[arg-type]
    assert [(row.round, row.how, row.note, row.by_id) for row in rows] == [
        (1, "phone", "on Friday", alice.user_id),
        (2, "phone", "on Friday", alice.user_id),
    ]
    with pytest.raises(sending.AlreadyReminded), write_session(engine) as session:
        sending.remind(session, invitation_id=asked, how="mail", form_key="m", by=alice, at=TOMORROW)


# Bounces


def test_a_list_of_bounced_addresses_marks_their_invitations_undeliverable(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    sent(engine, wave_id, alice)
    with write_session(engine) as session:
        asked = session.get_one(Invitation, invitation_of(engine, "Tang").id)
        make.response(session, session.get_one(Wave, wave_id), invitation=asked)
    text = "Undelivered: <Bo@B.example>\ntang@a.example;stranger@x.example\n=cmd()"
    with write_session(engine) as session:
        found = sending.mark_bounced(session, wave_id=wave_id, text=text, by=alice, at=SOON)
    assert found == sending.Bounced(1, 1, ["stranger@x.example"])
    assert invitation_of(engine, "Bo").state == "undeliverable"
    assert invitation_of(engine, "Tang").state == "answered"


# Links


def test_after_a_change_of_the_secret_old_links_work_and_are_not_made_again(
    engine: Engine, alice: Viewer, wave_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_out(engine, wave_id, alice, by_mail=False)
    asked = invitation_of(engine, "Bo")
    token = link_of(asked).rpartition("/")[2]
    monkeypatch.setenv("SECRET_KEY", "3q7xVb0kTzW5yRr9LmN2pCjD8sGfHa4E")
    settings.cache_clear()
    with read_session(engine) as session:
        assert invitations.invitation_of_token(session, token).id == asked.id  # type: ignore[union-attr]
    with pytest.raises(LinkLost):
        link_of(asked)


def test_the_public_link_of_a_wave_is_made_once(engine: Engine, alice: Viewer, wave_id: int) -> None:
    with write_session(engine) as session:
        first, second = (open_link(session, wave_id=wave_id, by=alice, at=AT) for _ in range(2))
    assert first == second
    assert first.startswith(f"{settings().base_url}/q/open/")


# Who may


def test_alice_sends_bob_and_charlie_do_not_and_another_departments_organiser_sees_nothing(
    engine: Engine, alice: Viewer, wave_id: int, sink: Sink
) -> None:
    with write_session(engine) as session:
        bob = make.viewer(make.user(session, "bob", "viewer"))
        charlie = make.viewer(make.user(session, "charlie", "interviewer"))
        elsewhere = make.department(session, "elsewhere").id
        olga = make.viewer(make.user(session, "olga", "organiser", department_id=elsewhere))
    sent(engine, wave_id, alice)
    asked = invitation_of(engine, "Bo").id or 0
    mail_id = 1
    for who, refusal in ((bob, NotAllowed), (charlie, NotAllowed), (olga, NotThere)):
        for call in (
            lambda s, by: sending.send_out(s, wave_id=wave_id, one_each=True, by_mail=True, form_key="x", by=by, at=AT),
            lambda s, by: sending.remind_all(s, wave_id=wave_id, form_key="x", by=by, at=AT),
            lambda s, by: sending.remind(s, invitation_id=asked, how="phone", form_key="x", by=by, at=AT),
            lambda s, by: sending.send_again(s, mail_id=mail_id, form_key="x", by=by, at=AT),
            lambda s, by: sending.go_on(s, wave_id=wave_id, form_key="x", by=by, at=AT),
            lambda s, by: sending.stop(s, wave_id=wave_id, by=by, at=AT),
            lambda s, by: sending.mark_bounced(s, wave_id=wave_id, text="bo@b.example", by=by, at=AT),
            lambda s, by: addressees(s, by, wave_id, one_each=False),
            lambda s, by: outbox(s, by, wave_id),
            lambda s, by: mails_with_trouble(s, by, wave_id),
            lambda s, by: links(s, by, wave_id),
        ):
            with pytest.raises(refusal), write_session(engine) as session:
                call(session, who)
