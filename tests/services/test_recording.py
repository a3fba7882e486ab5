"""Responses go in, one or thousands at a time, with the same result."""

from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, func, select

from db.models import Answer, CohortReturn, Finding, Opinion, Response, Wave
from db.session import read_session, write_session
from domain.access import SYSTEM
from services import recording
from services.checking import verify
from services.closing import close_wave, void_wave
from services.findings import Memory
from services.recording import WaveChangedMeanwhile, WaveTakesNothing
from tests import factories as make
from tests.plain_recomputation import Counted, Plain, PlainWave
from tests.snapshots import snapshot

LEVELS = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied", None)
ITEMS = ("performance", "on_time", "price", "information")


def rows(customers: list[int], n: int = 130) -> list[tuple[dict[str, Any], int, str]]:
    """Answers in a pattern that reaches every level, blank items, and rows without a customer."""
    answers = [
        {item: None if row % 26 == 25 else LEVELS[(row * (place + 1)) % 6] for place, item in enumerate(ITEMS)}
        for row in range(n)
    ]
    return [(said, customers[row % len(customers)], ("", "OEM", "Tier 1")[row % 3]) for row, said in enumerate(answers)]


def surveyed(engine: Engine) -> tuple[int, list[int]]:
    with write_session(engine) as session:
        wave = make.wave(session)
        return wave.id or 0, [0, *(make.customer(session, f"C{n}").id or 0 for n in range(4))]


def bring_in(engine: Engine, wave_id: int, chunk: list[Any], first: int, memory: Memory | None = None) -> Any:
    with write_session(engine) as session:
        return make.imported(session, session.get_one(Wave, wave_id), chunk, first=first, memory=memory)


@pytest.mark.parametrize("size", [1, 7, 50, 130])
def test_however_responses_are_cut_into_transactions_the_result_is_the_same(sqlite_engine: Engine, size: int) -> None:
    engine = sqlite_engine
    wave_id, customers = surveyed(engine)
    chunks, memory = rows(customers), Memory()
    for start in range(0, len(chunks), size):
        bring_in(engine, wave_id, chunks[start : start + size], start, memory if size > 1 else None)
    counted = [Counted(customer or None, said) for said, customer, _ in chunks if any(said.values())]
    expected = PlainWave(Plain.of(make.preset("iatf-quarterly")), counted).findings(None)
    assert summary(engine) == (130, 5, 26, len(expected))
    with read_session(engine) as session:
        assert list(verify(session)) == []


def summary(engine: Engine) -> tuple[int, ...]:
    """How many responses, invalid ones, ones without a customer, open findings."""
    with read_session(engine) as session:
        count = select(func.count())
        return (
            session.exec(count.select_from(Response)).one(),
            session.exec(count.where(Response.status == "invalid")).one(),
            session.exec(count.where(col(Response.customer_id).is_(None))).one(),
            session.exec(count.where(Finding.state == "open")).one(),
        )


def test_rows_that_are_in_already_are_passed_over(engine: Engine) -> None:
    wave_id, customers = surveyed(engine)
    first = bring_in(engine, wave_id, rows(customers, 60), 0)
    before = snapshot(engine)
    again = bring_in(engine, wave_id, rows(customers, 60), 0)
    assert snapshot(engine) == before
    assert (again.ids, again.invalid) == ([0] * 60, 0)
    overlapping = bring_in(engine, wave_id, rows(customers, 60), 30)
    assert [key > 0 for key in overlapping.ids] == [False] * 30 + [True] * 30
    assert first.invalid == sum(all(value is None for value in said.values()) for said, _, _ in rows(customers, 60))
    with read_session(engine) as session:
        assert list(verify(session)) == []
        assert session.exec(select(func.count()).select_from(Response)).one() == 90


@pytest.fixture
def session(sqlite_engine: Engine) -> Any:
    with write_session(sqlite_engine) as session:
        yield session


def test_rows_after_closing_wait_and_count_nowhere(session: Session) -> None:
    wave = close_wave(session, wave=make.wave(session), by=SYSTEM, at=make.AT)
    make.imported(session, wave, [({"price": "neutral"}, 0, ""), ({}, 0, "")])
    assert session.exec(select(Response.status).order_by(col(Response.id))).all() == ["after_close", "invalid"]
    assert [(row.valid, row.invalid) for row in session.exec(select(CohortReturn))] == [(0, 1)]


def test_a_void_wave_takes_nothing(session: Session) -> None:
    wave = void_wave(session, wave=make.wave(session), reason="wrong form", by=SYSTEM, at=make.AT)
    with pytest.raises(WaveTakesNothing):
        make.imported(session, wave, [({"price": "neutral"}, 0, "")])


def test_a_wave_that_is_closed_meanwhile_is_noticed(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking at the wave and locking it, somebody closes it: the rows would count without a finding."""
    wave, lock = make.wave(session), recording.lock_wave

    def closed_before(session: Session, wave: Wave, **more: int) -> None:
        closing = update(Wave).where(col(Wave.id) == wave.id).values(state="closed", closed_at=make.AT)
        session.connection().execute(closing)
        lock(session, wave, **more)

    monkeypatch.setattr(recording, "lock_wave", closed_before)
    with pytest.raises(WaveChangedMeanwhile):
        make.imported(session, wave, [({"price": "neutral"}, 0, "")])


def test_each_write_is_seen_by_open_screens(session: Session) -> None:
    wave = make.wave(session)
    versions = []
    for first in range(3):
        make.imported(session, wave, [({"price": "satisfied"}, 0, "")], first=first)
        versions.append(wave.version)
    assert versions == [1, 2, 3]


def test_nothing_of_a_passed_over_row_is_written(session: Session) -> None:
    wave = make.wave(session)
    make.response(session, wave, row_key="row:0", opinions=["first"])
    make.imported(session, wave, [({"price": "neutral"}, 0, "")], first=0)
    assert [opinion.text for opinion in session.exec(select(Opinion))] == ["first"]
    assert session.exec(select(func.count()).select_from(Answer)).one() == 14
