"""Sending where several are at it at once, on every database: two presses, two workers, an answer in between."""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from db.models import Invitation, Job, Mail
from db.session import write_session
from domain.access import Viewer
from domain.errors import Refusal
from services import jobs, mailing
from tests import factories as make
from tests.services.test_sending import AT, counted, last_job, send_out, states, three_customers, use_mail_server
from tests.smtp_sink import Sink, smtp_sink


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with smtp_sink() as running:
        use_mail_server(monkeypatch, running)
        yield running


@pytest.fixture
def wave(engine: Engine) -> tuple[Viewer, int]:
    """Who sends, and the wave."""
    with write_session(engine) as session:
        alice = make.viewer(make.user(session, "alice", "quality"))
    return alice, three_customers(engine)


def test_four_presses_on_send_at_once_invite_everybody_once(
    engine: Engine, wave: tuple[Viewer, int], sink: Sink
) -> None:
    alice, wave_id = wave
    refused: list[Refusal] = []

    def press(number: int) -> None:
        try:
            send_out(engine, wave_id, alice, form_key=f"form {number}")
        except Refusal as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (counted(engine, Invitation), counted(engine, Mail), len(refused)) == (3, 3, 3)
    workers = [threading.Thread(target=jobs.run_worker, args=(engine,), kwargs={"once": True}) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (sorted(Counter(sink.recipients).values()), states(engine)) == ([1, 1, 1], {"sent": 3})


def test_a_worker_that_was_away_for_too_long_notes_its_last_mail_and_sends_no_more(
    engine: Engine, wave: tuple[Viewer, int], sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker sleeps in the middle of a mail; the second takes over, calls that one unclear, and sends the rest."""
    alice, wave_id = wave
    send_out(engine, wave_id, alice)
    delivered, asleep = mailing.MailServerConnection.deliver, []

    def fall_asleep_once(*given: object) -> object:
        if not asleep:
            asleep.append(True)
            with write_session(engine) as session:
                session.exec(select(Job)).one().leased_until = AT
            jobs.run_worker(engine, once=True)
            assert states(engine) == {"unclear": 1, "sent": 2}
        return delivered(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(mailing.MailServerConnection, "deliver", fall_asleep_once)
    jobs.run_worker(engine, once=True)
    assert Counter(sink.recipients).most_common(1)[0][1] == 1
    assert (len(sink.arrived), states(engine), last_job(engine).state) == (3, {"sent": 3}, "done")
