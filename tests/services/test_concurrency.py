"""Many writers at once: counts and findings stay exact, nobody deadlocks, a token answers once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import func, select

from db.models import CustomerTally, Invitation, Response, Wave
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM
from domain.errors import Refusal
from services import responses
from services.checking import rebuild, verify
from services.closing import close_wave
from services.findings import Memory
from services.invitations import InvitationAnswered
from tests import factories as make

WRITERS = 8
EACH = 6
LEVELS = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Results or errors of the jobs, all begun at the same moment."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return job()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def damages(engine: Engine) -> list[str]:
    with read_session(engine) as session:
        return [str(damage) for damage in verify(session)]


def responses_in(engine: Engine) -> int:
    with read_session(engine) as session:
        return session.exec(select(func.count()).select_from(Response)).one()


def prepared(engine: Engine) -> tuple[Wave, list[int]]:
    with write_session(engine) as session:
        return make.wave(session), [make.customer(session).id or 0 for _ in range(3)]


def submitting(engine: Engine, wave: Wave, customers: list[int], writer: int) -> Callable[[], None]:
    def job() -> None:
        for turn in range(EACH):
            with write_session(engine) as session:
                customer = session.get_one(make.Customer, customers[(writer + turn) % 3])
                channel = f"channel {turn % 2}"
                make.response(session, wave, LEVELS[(writer * turn) % 5], customer=customer, channel=channel)

    return job


def importing(engine: Engine, wave: Wave, customers: list[int], chunks: int = 4) -> Callable[[], None]:
    def job() -> None:
        memory = Memory()
        for chunk in range(chunks):
            rows = [({"price": LEVELS[row % 5], "on_time": "satisfied"}, customers[row % 3], "") for row in range(60)]
            with write_session(engine) as session:
                here = session.get_one(Wave, wave.id)
                make.imported(session, here, rows, first=1000 * chunk, memory=memory)

    return job


def test_eight_writers_and_an_import_lose_nothing(postgresql_url: str) -> None:
    engine = engine_for(postgresql_url)
    wave, customers = prepared(engine)
    jobs: list[Callable[[], Any]] = [submitting(engine, wave, customers, writer) for writer in range(WRITERS)]
    assert at_once([*jobs, importing(engine, wave, customers)]) == [None] * (WRITERS + 1)
    assert responses_in(engine) == WRITERS * EACH + 4 * 60
    assert damages(engine) == []


def test_a_check_beside_writers_sees_one_moment(engine: Engine) -> None:
    wave, customers = prepared(engine)
    jobs: list[Callable[[], Any]] = [submitting(engine, wave, customers, writer) for writer in range(3)]
    checks: list[Callable[[], Any]] = [lambda: [damages(engine) for _ in range(6)]] * 2
    assert at_once([*jobs, *checks]) == [None] * 3 + [[[]] * 6] * 2


def test_forms_are_submitted_beside_an_import_on_sqlite(sqlite_engine: Engine) -> None:
    wave, customers = prepared(sqlite_engine)
    jobs = [submitting(sqlite_engine, wave, customers, 1), importing(sqlite_engine, wave, customers)]
    assert at_once(jobs) == [None, None]
    assert responses_in(sqlite_engine) == EACH + 4 * 60
    assert damages(sqlite_engine) == []


def test_one_invitation_answered_eight_times_at_once_gives_one_response(engine: Engine) -> None:
    with write_session(engine) as session:
        wave = make.wave(session)
        invited, _ = make.invitation(session, wave, make.customer(session))

    def answer(writer: int) -> Callable[[], Any]:
        return lambda: make.written(
            engine, make.response, wave, LEVELS[writer % 5], invitation=invited, row_key=f"try {writer}"
        )

    results = at_once([answer(writer) for writer in range(WRITERS)])
    assert sorted(type(result).__name__ for result in results) == ["InvitationAnswered"] * 7 + ["Response"]
    assert InvitationAnswered in {type(result) for result in results}
    assert responses_in(engine) == 1
    assert damages(engine) == []
    with read_session(engine) as session:
        assert session.get_one(Invitation, invited.id).state == "answered"


def test_one_form_sent_eight_times_at_once_is_written_once(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    results = at_once([lambda: make.written(engine, make.response, wave, row_key="form") for _ in range(WRITERS)])
    assert {result.id for result in results} == {1}
    assert damages(engine) == []


def test_two_corrections_of_one_response_at_once_both_count(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    made = make.written(engine, make.response, wave)

    def correct(item: str, level: str) -> Callable[[], Any]:
        more = {"answers": {item: level}, "by": SYSTEM, "at": make.AT, "reason": "typo"}
        return lambda: make.written(engine, responses.correct, response_id=made.id, **more) and None

    jobs = [correct("price", level) for level in LEVELS] + [correct("on_time", level) for level in LEVELS]
    assert at_once(jobs) == [None] * 10
    assert damages(engine) == []


def test_closing_amid_submissions_freezes_exactly_what_counts(engine: Engine) -> None:
    wave, customers = prepared(engine)

    def close() -> None:
        with write_session(engine) as session:
            close_wave(session, wave=session.get_one(Wave, wave.id), by=SYSTEM, at=make.AT)

    jobs: list[Callable[[], Any]] = [submitting(engine, wave, customers, writer) for writer in range(3)]
    results = at_once([*jobs, close])
    assert {type(result).__name__ for result in results} <= {"NoneType", "WaveChangedMeanwhile"}
    with read_session(engine) as session:
        kept = session.get_one(Wave, wave.id)
        counted = session.exec(select(func.count()).where(Response.status == "counted")).one()
        assert kept.state == "closed"
        assert make.frozen(session, kept)["valid"] == counted
    assert damages(engine) == []


def test_repair_beside_submissions_leaves_everything_right(engine: Engine) -> None:
    wave, customers = prepared(engine)
    submitting(engine, wave, customers, 0)()
    with write_session(engine) as session:
        session.connection().execute(update(CustomerTally).values(n=99, n1=7))
    jobs: list[Callable[[], Any]] = [submitting(engine, wave, customers, writer) for writer in range(2)]
    assert at_once([*jobs, lambda: rebuild(engine, at=make.AT) and None]) == [None] * 3
    assert damages(engine) == []
