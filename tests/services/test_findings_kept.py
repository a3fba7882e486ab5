"""After any sequence of writes, roll-ups are what the rows say and findings what plain fractions say."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Finding, ItemRow, Opinion, Wave
from db.queries import standing
from db.queries.layouts import layout_of_wave
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM
from services import customer_merging, opinions, responses
from services.checking import verify
from services.closing import close_wave
from services.findings import Memory
from tests import databases
from tests import factories as make
from tests.plain_recomputation import Counted, Plain, PlainWave
from tests.snapshots import snapshot

SCHEMES = ("iatf-quarterly", "weighted-half-year", "owner-residence-number", "machinery-14")
CUSTOMERS = 3
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes here; the failing sequence is printed as it is."""
SEGMENTS = ("", "OEM")


class Survey:
    """A closed wave and an open one, written through the services and remembered in plain Python."""

    def __init__(self, engine: Engine, scheme: str) -> None:
        self.engine, self.plain = engine, Plain.of(make.preset(scheme))
        self.codes = [item["code"] for item in self.plain.items]
        with write_session(engine) as session:
            version = make.scheme(session, scheme)
            self.customers = [make.customer(session).id or 0 for _ in range(CUSTOMERS)]
            self.waves = [make.wave(session, version, code).id or 0 for code in ("2026-01", "2026-02")]
        self.memory = Memory()
        self.answers: dict[int, dict[str, Any]] = {}
        self.who: dict[int, tuple[int, int | None]] = {}
        self.waiting: set[int] = set()
        self.withdrawn: set[int] = set()
        self.said: dict[int, tuple[int, str]] = {}
        self.told: set[int] = set()
        self.rows = 0
        self.closed = False

    def answers_of(self, choice: list[int | None]) -> dict[str, Any]:
        """Answers out of numbers: a level by its position, or a number 0–100; None is a blank."""
        levels = self.plain.order
        chosen = zip(self.codes, choice, strict=False)
        return {c: None if n is None else levels[n % len(levels)] if levels else (n % 401) / 4 for c, n in chosen}

    def remember(self, key: int, wave: int, customer: int | None, answers: dict[str, Any]) -> None:
        self.answers[key], self.who[key] = answers, (wave, customer)
        if self.closed and wave == 0:
            self.waiting.add(key)

    def submit(self, wave: int, who: int, choice: list[int | None]) -> None:
        answers, customer = self.answers_of(choice), self.customer(who)
        with write_session(self.engine) as session:
            of = session.get_one(Wave, self.waves[wave])
            named = None if customer is None else session.get_one(make.Customer, customer)
            made = make.response(session, of, answers, customer=named, segment=SEGMENTS[who % 2])
            if made.status == "invalid":
                assert all(value is None for value in answers.values())
            key = made.id or 0
        self.remember(key, wave, customer, answers)

    def bring_in(self, wave: int, rows: list[tuple[int, list[int | None]]], *, remembering: bool) -> None:
        said = [(self.answers_of(choice), self.customer(who) or 0, SEGMENTS[who % 2]) for who, choice in rows]
        with write_session(self.engine) as session:
            of = session.get_one(Wave, self.waves[wave])
            memory = self.memory if remembering and wave == 1 else None
            ids = make.imported(session, of, said, first=self.rows, memory=memory).ids
        self.rows += len(rows)
        for key, (answers, customer, _) in zip(ids, said, strict=True):
            self.remember(key, wave, customer or None, answers)

    def say(self, wave: int, who: int, kind: str) -> None:
        """A customer says something that is sorted at once; a closed wave asks nobody any more."""
        if self.closed and wave == 0:
            return
        with write_session(self.engine) as session:
            of = session.get_one(Wave, self.waves[wave])
            customer = self.customer(who)
            named = None if customer is None else session.get_one(make.Customer, customer)
            answers = self.answers_of([who, *[None] * 13])
            made = make.response(session, of, answers, customer=named, opinions=["Late again"])
            one = session.exec(select(Opinion).where(Opinion.response_id == made.id)).one()
            opinions.sort(session, opinion_id=one.id or 0, version=one.version, kind=kind, by=SYSTEM, at=make.AT)
            key, said = made.id or 0, one.id or 0
        self.remember(key, wave, customer, answers)
        self.said[said] = (key, kind)

    def answer(self, which: int) -> None:
        waiting = sorted(one for one in self.said.keys() - self.told if self.said[one][0] not in self.withdrawn)
        if waiting:
            told = {"text": "Mended", "how": "notice", "on": make.AT.date(), "today": make.AT.date()}
            with write_session(self.engine) as session:
                one = session.get_one(Opinion, waiting[which % len(waiting)])
                given: dict[str, Any] = {"opinion_id": one.id or 0, "by": SYSTEM, "at": make.AT}
                if one.kind != "praise":
                    opinions.decline(session, version=one.version, reason="Not possible", **given)
                opinions.answer(session, version=one.version, **told, **given)
                self.told.add(one.id or 0)

    def unanswered(self, wave: int) -> set[tuple[str, str, str]]:
        """Problems and suggestions that wait, of responses that weren't withdrawn (rules.md 5)."""
        waits = {one for one, (_key, kind) in self.said.items() if kind != "praise"} - self.told
        found = {one: (self.said[one][0], *self.who[self.said[one][0]]) for one in waits}
        return {
            ("OPINION", str(customer or ""), f"opinion:{one}")
            for one, (key, of, customer) in found.items()
            if of == wave and key not in self.withdrawn
        }

    def correct(self, which: int, choice: list[int | None]) -> None:
        key = self.chosen(which)
        if key is None or key in self.withdrawn:
            return
        changed = self.answers_of(choice[: 1 + which % 4])
        before = self.answers[key]
        with write_session(self.engine) as session:
            responses.correct(session, response_id=key, answers=changed, by=SYSTEM, at=make.AT, reason="typo")
        if self.closed and self.who[key][0] == 0 and not self.is_rated(before) and self.is_rated({**before, **changed}):
            self.waiting.add(key)  # it would count only now, after closing: quality decides
        self.answers[key] = {**before, **changed}

    def withdraw(self, which: int) -> None:
        key = self.chosen(which)
        if key is not None and key not in self.withdrawn:
            with write_session(self.engine) as session:
                responses.withdraw(session, response_id=key, by=SYSTEM, at=make.AT, reason="asked for it")
            self.withdrawn.add(key)

    def admit(self, which: int) -> None:
        waiting = sorted(key for key in self.waiting - self.withdrawn if self.is_rated(self.answers[key]))
        if waiting:
            key = waiting[which % len(waiting)]
            with write_session(self.engine) as session:
                responses.admit(session, response_id=key, by=SYSTEM, at=make.AT, reason="was on holiday")
            self.waiting.discard(key)

    def close(self) -> None:
        if not self.closed:
            with write_session(self.engine) as session:
                close_wave(session, wave=session.get_one(Wave, self.waves[0]), by=SYSTEM, at=make.AT)
            self.closed = True

    def merge(self, kept: int, merged: int) -> None:
        one, other = self.customer(kept), self.customer(merged)
        if one is None or other is None or one == other:
            return
        with write_session(self.engine) as session:
            customer_merging.merge(session, kept_id=one, merged_id=other, by=SYSTEM, at=make.AT)
        self.customers = [one if key == other else key for key in self.customers]
        self.who = {key: (wave, one if who == other else who) for key, (wave, who) in self.who.items()}

    def customer(self, who: int) -> int | None:
        return self.customers[who] if who < CUSTOMERS else None

    def chosen(self, which: int) -> int | None:
        keys = sorted(self.answers)
        return keys[which % len(keys)] if keys else None

    def is_rated(self, answers: dict[str, Any]) -> bool:
        return any(value is not None for value in answers.values())

    def counted(self, wave: int) -> PlainWave:
        keys = [key for key in sorted(self.answers) if self.who[key][0] == wave]
        keys = [key for key in keys if key not in self.waiting | self.withdrawn and self.is_rated(self.answers[key])]
        return PlainWave(self.plain, [Counted(self.who[key][1], self.answers[key]) for key in keys])

    def check(self) -> None:
        with read_session(self.engine) as session:
            assert [str(damage) for damage in verify(session)] == []
            self.check_scores(session)
            before = self.counted(0) if self.closed else None
            assert self.open_findings(session, 1) == self.counted(1).findings(before) | self.unanswered(1)
            if not self.closed:
                assert self.open_findings(session, 0) == self.counted(0).findings(None) | self.unanswered(0)

    def check_scores(self, session: Session) -> None:
        wave = session.get_one(Wave, self.waves[1])
        scores = standing.wave_scores(session, wave.id or 0, layout_of_wave(session, wave))
        plain = self.counted(1)
        expected = [plain.index(), *(plain.composite(d["code"]) for d in self.plain.dimensions)]
        for score, wanted in zip(scores.composites.tolist(), expected, strict=False):
            assert (score != score) if wanted is None else abs(score - float(wanted)) < 1e-8

    def open_findings(self, session: Session, wave: int) -> set[tuple[str, str, str]]:
        items = dict(session.exec(select(ItemRow.id, ItemRow.code)).all())
        rows = session.exec(select(Finding).where(Finding.wave_id == self.waves[wave], Finding.state == "open"))
        return {(row.rule, str(row.customer_id or ""), spelled(row, items)) for row in rows}


def spelled(row: Finding, items: dict[int | None, str]) -> str:
    if row.item_id is not None:
        return items[row.item_id]
    return row.about if row.about.startswith(("dimension", "opinion")) else "index"


choices = st.lists(st.none() | st.integers(0, 400), min_size=14, max_size=14)
people = st.integers(0, CUSTOMERS)
waves = st.integers(0, 1)
steps = st.one_of(
    st.tuples(st.just("submit"), waves, people, choices),
    st.tuples(st.just("submit"), st.just(1), people, choices),
    st.tuples(st.just("import"), waves, st.lists(st.tuples(people, choices), min_size=1, max_size=5), st.booleans()),
    st.tuples(st.just("correct"), st.integers(0, 50), choices),
    st.tuples(st.just("withdraw"), st.integers(0, 50)),
    st.tuples(st.just("admit"), st.integers(0, 50)),
    st.tuples(st.just("say"), waves, people, st.sampled_from(["problem", "suggestion", "praise"])),
    st.tuples(st.just("answer"), st.integers(0, 50)),
    st.tuples(st.just("close")),
    st.tuples(st.just("merge"), people, people),
)


def play(survey: Survey, sequence: list[tuple[Any, ...]]) -> None:
    for step in sequence:
        match step:
            case "import", wave, rows, remembering:
                survey.bring_in(wave, rows, remembering=remembering)
            case verb, *arguments:
                getattr(survey, verb)(*arguments)
    survey.check()


@contextmanager
def fresh_sqlite() -> Iterator[Engine]:
    with TemporaryDirectory() as folder:
        engine = engine_for(databases.sqlite_database(Path(folder)))
        yield engine
        engine.dispose()


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=8, deadline=None, phases=QUICK, suppress_health_check=list(HealthCheck))
@given(sequence=st.lists(steps, min_size=1, max_size=10))
def test_roll_ups_and_findings_are_right_after_any_sequence(scheme: str, sequence: list[tuple[Any, ...]]) -> None:
    with fresh_sqlite() as engine:
        play(Survey(engine, scheme), sequence)


def fixed_sequence() -> list[tuple[Any, ...]]:
    """One long sequence with everything in it, the same on every database."""
    rising = [
        [(row * 7 + column * 3) % 401 if (row + column) % 6 else None for column in range(14)] for row in range(40)
    ]
    blank: list[int | None] = [None] * 14
    return [
        ("import", 0, [(row % 4, rising[row]) for row in range(8)], False),
        ("submit", 1, 0, rising[9]),
        ("import", 1, [(row % 3, rising[row]) for row in range(10, 16)], True),
        ("import", 1, [(row % 4, rising[row]) for row in range(16, 22)], True),
        ("submit", 1, 3, blank),
        ("say", 0, 1, "problem"),
        ("say", 1, 0, "suggestion"),
        ("say", 1, 1, "praise"),
        ("close",),
        ("import", 1, [(row % 4, rising[row]) for row in range(22, 27)], True),
        ("submit", 0, 1, rising[28]),
        ("submit", 0, 2, blank),
        ("admit", 0),
        ("correct", 3, rising[30]),
        ("correct", 17, rising[31]),
        ("withdraw", 12),
        ("withdraw", 1),
        ("submit", 1, 2, rising[33]),
        ("say", 1, 2, "problem"),
        ("say", 1, 3, "problem"),
        ("answer", 1),
        ("merge", 0, 2),
        ("submit", 1, 2, rising[34]),
        ("correct", 20, rising[35]),
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_long_sequence_is_right_on_every_database(engine: Engine, scheme: str) -> None:
    play(Survey(engine, scheme), fixed_sequence())


def test_figures_are_the_same_on_every_database(postgresql_url: str) -> None:
    with fresh_sqlite() as engine:
        for one in (engine, engine_for(postgresql_url)):
            play(Survey(one, "weighted-half-year"), fixed_sequence())
        assert snapshot(engine) == snapshot(engine_for(postgresql_url))
