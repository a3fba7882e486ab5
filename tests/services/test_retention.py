"""Old records lose their personal data and people are erased: nothing of it is left anywhere, and no figure changes."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, Date, Engine, Float, Integer, LargeBinary, Table, func, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col
from sqlmodel import select as chosen

from db.columns import Moment
from db.models import Contact, Job, Mail, Opinion, Response, RetentionRun, Wave
from db.personal import LOGS, NOT_PERSONAL, PLACES
from db.queries.finding_report import finding_report
from db.queries.score_report import score_report, wave_by_code
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM, NotAllowed, Scope, Viewer
from domain.retention import MARK, TermOutOfRange, Terms
from services import checking, retention
from services.anonymising import finish_confirmed, next_portion
from services.retention import NothingDue, ReasonMissing, RunDecided, RunOpen, SamePerson
from tests import databases
from tests.company import answer, found_company
from tests.db.test_constraints import row, rows_of
from tests.factories import AT, preset

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATER = datetime(2040, 1, 15, 3, 0, tzinfo=UTC)
NAME = "Zhāng Wěiwei"
SAID = f"{NAME} says it was late"
TABLES = SQLModel.metadata.sorted_tables
BY_NAME = {place.table.name: place for place in PLACES}
alice = Viewer(1, "alice", "Alice", "administrator")
bob = Viewer(3, "bob", "Bob", "viewer")
charlie = Viewer(2, "charlie", "Charlie", "quality")
ENDED: dict[str, dict[str, Any]] = {
    "action": {"state": "closed", "closed_at": AT},
    "complaint": {"state": "closed", "closed_at": AT, "verified_at": AT},
    "request": {"state": "settled", "closed_at": AT, "satisfied": True, "department_id": 1},
    "customer_call": {"state": "settled", "ended_at": AT, "contact_id": 1},
    "wave": {"state": "closed", "closed_at": AT},
    "visit": {"state": "held", "held_on": AT.date()},
    "visit_defect": {"is_gone": True, "gone_on": AT.date()},
    "contact": {"active": False},
    "feedback_slip": {"answered_at": AT},
    "job": {"state": "done", "ended_at": AT},
    "import_run": {"finished_at": AT},
    "invitation": {"contact_id": 1, "subject_id": 1},
    "response": {"subject_id": 2},
    "hand_entry": {"contact_id": 1},
    "opinion": {"response_id": 1, "answered_on": AT.date(), "rewarded_on": AT.date()},
    "scheme_version": {"document": preset("iatf-quarterly")},
    "retention_run": {"kind": "retention", "state": "done", "decided_by_id": 2, "proposed_by_id": 1, "ended_at": AT},
}
"""What makes the term of a record begin; everything is contact 1's where a row is about a person."""


def planted(table: Table, number: int) -> dict[str, Any]:
    """A valid row in which every column that may name a person does."""
    empty = {one.name: {} for one in table.columns if isinstance(one.type, JSON)}
    values = row(table, number) | empty | ENDED.get(table.name, {})
    for name in BY_NAME[table.name].texts if table.name in BY_NAME else ():
        kind = table.c[name].type
        said: Any = SAID if table.name != "contact" else {"name": NAME}.get(name, f"{name}@{NAME}")
        values[name] = {"n": 3, "said": ["", said]} if isinstance(kind, JSON) else said
        if isinstance(kind, LargeBinary):
            values[name] = SAID.encode()
    return values


@pytest.fixture
def old(engine: Engine) -> Engine:
    """A database in which every table has rows of 2026 that name the person."""
    fill(engine)
    return engine


@pytest.fixture
def small(sqlite_engine: Engine) -> Engine:
    """The same on SQLite only: for what doesn't depend on the kind."""
    fill(sqlite_engine)
    return sqlite_engine


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in TABLES:
            numbers = (1, 2) if table.name == "stored_file" else rows_of(table)
            rows = [] if table.name == "log_pass" else [planted(table, number) for number in numbers]
            for values in rows:
                connection.execute(table.insert(), values)
        for name in ("audit_event", "job", "retention_run") if engine.dialect.name == "postgresql" else ():
            connection.execute(select(func.setval(f"{name}_id_seq", 100)))


def left(engine: Engine, word: str) -> list[str]:
    """Table and column of everything in which the word still stands, whatever the column is for."""
    found = []
    with engine.connect() as connection:
        for table in TABLES:
            for values in connection.execute(select(table)).mappings():
                texts = {name: v.decode() if isinstance(v, bytes) else str(v) for name, v in values.items()}
                found += [f"{table.name}.{name}" for name, said in texts.items() if word in said]
    return sorted(set(found))


def proposed(engine: Engine, *, contact_id: int | None = None) -> int:
    with write_session(engine) as session:
        named: dict[str, Any] = {"form_key": "one", "by": alice, "at": LATER, "zone": SHANGHAI}
        if contact_id is None:
            return retention.propose(session, **named).id or 0
        return retention.propose_erasure(session, contact_id=contact_id, reason=f"{NAME} asked", **named).id or 0


def confirmed(engine: Engine, *, contact_id: int | None = None) -> int:
    key = proposed(engine, contact_id=contact_id)
    with write_session(engine) as session:
        retention.confirm(session, run_id=key, by=charlie, at=LATER)
    return key


def table_of(name: str) -> Table:
    return next(table for table in TABLES if table.name == name)


def is_text(table: Table, name: str) -> bool:
    column = table.c[name]
    return not column.foreign_keys and not isinstance(column.type, Integer | Boolean | Date | Float | Moment)


def test_every_text_column_is_listed_as_personal_or_not() -> None:
    for table in TABLES:
        there = {one.name for one in table.columns if is_text(table, one.name)}
        personal = set(BY_NAME[table.name].texts) if table.name in BY_NAME else set()
        other = set(NOT_PERSONAL.get(table.name, ()))
        assert not personal & other, table.name
        assert there == personal | other, f"db/personal.py says where personal data stands; {table.name}"


def test_after_its_term_nothing_personal_is_left_anywhere(old: Engine) -> None:
    assert len(left(old, NAME)) > 80, "it was everywhere"
    key = confirmed(old)
    finish_confirmed(old, at=LATER, zone=SHANGHAI)
    assert left(old, NAME) == []
    with read_session(old) as session:
        run = session.get_one(RetentionRun, key)
        assert run.state == "done"
        assert run.changed == {line["table"]: line["rows"] for line in run.planned}, "what was listed, and no more"
        assert {session.get_one(Opinion, n).text for n in (1, 2)} == {MARK}
    with pytest.raises(NothingDue), write_session(old) as session:
        retention.propose(session, form_key="two", by=alice, at=LATER, zone=SHANGHAI)


def test_what_was_taken_out_is_not_in_the_file_either(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    path = Path(make_url(str(sqlite_engine.url)).database or "")

    def written() -> bytes:
        """The file with everything in it that was committed."""
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()

    assert NAME.encode() in written(), "it was in the file, not only in the log beside it"
    confirmed(sqlite_engine)
    finish_confirmed(sqlite_engine, at=LATER, zone=SHANGHAI)
    sqlite_engine.dispose()
    assert NAME.encode() not in written()


def test_records_within_their_term_stay(small: Engine) -> None:
    """2026-10-12 and three years: the day after the term is over, that of five years isn't."""
    with read_session(small) as session:
        for day, tables in ((13, 30), (12, 0)):
            at = datetime(2029, 10, day, 12, tzinfo=UTC).astimezone(SHANGHAI)
            lines = retention.due(session, charlie, today=at.date(), zone=SHANGHAI)
            assert {line.record for line in lines} <= {"forms", "nonconformities"}
            assert (len([line for line in lines if line.oldest == AT.date()]) > 10) == bool(tables), f"on day {day}"


def test_open_records_and_those_of_a_scheme_that_keeps_longer_are_left_alone(small: Engine) -> None:
    action, version, response = (table_of(name) for name in ("action", "scheme_version", "response"))
    longer = preset("iatf-quarterly").replace("retention_years = 3", "retention_years = 30")
    with small.begin() as connection:
        connection.execute(update(action).where(action.c.id == 1).values(state="open", closed_at=None))
        connection.execute(update(version).where(version.c.scheme_id == 2).values(document=longer))
    confirmed(small)
    finish_confirmed(small, at=LATER, zone=SHANGHAI)
    with small.connect() as connection:
        titles = dict(connection.execute(select(action.c.id, action.c.title)).all())
        respondents = dict(connection.execute(select(response.c.wave_id, response.c.respondent)).all())
    assert titles == {1: SAID, 2: MARK}
    assert (respondents[1], respondents[2]) == ("", SAID)


def test_a_killed_run_goes_on_where_it_stopped(small: Engine) -> None:
    key = confirmed(small)
    for number in range(12):
        with pytest.raises(KeyboardInterrupt), write_session(small) as session:  # noqa: PT012 - dies within
            next_portion(session, key, at=LATER, zone=SHANGHAI, size=1)
            raise KeyboardInterrupt
        with write_session(small) as session:
            assert next_portion(session, key, at=LATER, zone=SHANGHAI, size=1 + number % 3)
    assert left(small, NAME)
    finish_confirmed(small, at=LATER, zone=SHANGHAI)
    assert left(small, NAME) == []
    with read_session(small) as session:
        run = session.get_one(RetentionRun, key)
        assert run.changed == {line["table"]: line["rows"] for line in run.planned}


def test_an_erased_person_is_named_nowhere_and_what_others_wrote_stays(old: Engine) -> None:
    confirmed(old, contact_id=1)
    finish_confirmed(old, at=LATER, zone=SHANGHAI)
    assert left(old, NAME) == ["contact.mail", "contact.name", "contact.phone", "contact.post"], "the namesake"
    with read_session(old) as session:
        erased, namesake = session.get_one(Contact, 1), session.get_one(Contact, 2)
        assert (erased.name, erased.mail, erased.phone, erased.active) == (MARK, "", "", False)
        assert namesake.name == NAME
        assert session.get_one(Mail, 1).address == ""
        event = session.exec(chosen(BY_NAME["action_event"].model)).first()
        assert event.comment == f"{MARK} says it was late"  # type: ignore[union-attr]


def test_logs_are_only_added_to(old: Engine) -> None:
    for table in map(table_of, sorted(LOGS)):
        changes: list[Any] = [table.update().values({one.name: one}) for one in table.columns]
        for change in (table.delete(), *changes):
            with pytest.raises(IntegrityError, match="append-only"), old.begin() as connection:
                connection.execute(change)


def test_one_proposes_another_confirms_and_a_reader_does_neither(small: Engine) -> None:
    with pytest.raises(NotAllowed), write_session(small) as session:
        retention.propose(session, form_key="-", by=bob, at=LATER, zone=SHANGHAI)
    with pytest.raises(NotAllowed), write_session(small) as session:
        retention.propose(session, form_key="-", by=charlie, at=LATER, zone=SHANGHAI)
    with pytest.raises(NotAllowed), read_session(small) as session:
        retention.due(session, bob, today=LATER.date(), zone=SHANGHAI)
    with pytest.raises(ReasonMissing), write_session(small) as session:
        retention.propose_erasure(session, contact_id=1, reason=" ", form_key="-", by=alice, at=LATER, zone=SHANGHAI)
    key = proposed(small)
    assert key == proposed(small), "a form that is sent twice"
    with pytest.raises(RunOpen), write_session(small) as session:
        retention.propose(session, form_key="two", by=alice, at=LATER, zone=SHANGHAI)
    for who, refusal in ((alice, SamePerson), (bob, NotAllowed)):
        with pytest.raises(refusal), write_session(small) as session:
            retention.confirm(session, run_id=key, by=who, at=LATER)
    with write_session(small) as session:
        assert not next_portion(session, key, at=LATER, zone=SHANGHAI), "nothing is done without the confirmation"
        retention.confirm(session, run_id=key, by=charlie, at=LATER)
        queued = session.exec(chosen(Job).where(Job.kind == "anonymise")).one()
        assert queued.payload == {"run_id": key}
    with pytest.raises(RunDecided), write_session(small) as session:
        retention.withdraw(session, run_id=key, by=charlie, at=LATER)


def test_terms_are_never_shorter_than_the_rules_say(small: Engine) -> None:
    with pytest.raises(TermOutOfRange):
        Terms(process=4)
    with write_session(small) as session:
        retention.set_terms(session, wanted=Terms(nonconformities=20), by=alice, at=LATER)
        assert retention.terms(session) == Terms(3, 20, 5)
        records = {line.record for line in retention.due(session, alice, today=LATER.date(), zone=SHANGHAI)}
    assert records == {"forms", "process"}


LEVELS = st.integers(0, 4)


@settings(max_examples=2)
@given(given=st.lists(st.tuples(LEVELS, LEVELS, st.text(min_size=1, max_size=30)), min_size=1, max_size=6))
def test_no_figure_and_no_finding_changes(given: list[tuple[int, int, str]]) -> None:
    with TemporaryDirectory() as folder:
        engine = engine_for(databases.sqlite_database(Path(folder)))
        company = found_company(engine)
        with write_session(engine) as session:
            wave = session.get_one(Wave, company.now)
            for on_time, usual, said in given:
                answer(session, wave, company.customers["alpha"], {"on_time": on_time}, usual=usual)
                session.add(
                    Opinion(
                        wave_id=wave.id,
                        customer_id=company.customers["alpha"],
                        kind="praise",
                        text=said,
                        received_at=AT,
                    )
                )
            session.exec(update(Response).values(respondent=NAME))
            session.add(Contact(customer_id=company.customers["alpha"], name=NAME, active=False))
        before = figures(engine)
        root, dora = company.people["root"], company.people["dora"]
        with write_session(engine) as session:
            run = retention.propose(session, form_key="one", by=root, at=LATER, zone=SHANGHAI)
            retention.confirm(session, run_id=run.id or 0, by=dora, at=LATER)
        finish_confirmed(engine, at=LATER, zone=SHANGHAI)
        assert figures(engine) == before
        assert left(engine, NAME) == []
        engine.dispose()


def figures(engine: Engine) -> Any:
    """Scores with n, findings, opinions by kind, and whether all of it is what the rows say."""
    with read_session(engine) as session:
        assert list(checking.verify(session)) == []
        waves = [wave_by_code(session, SYSTEM, code, "") for code in ("2026-Q2", "2026-Q3")]
        scope = Scope(SYSTEM, waves[0].layout.scheme_id)
        scores = [score_report(session, scope, wave, language="en") for wave in waves]
        kinds = session.exec(chosen(Opinion.wave_id, Opinion.kind).order_by(col(Opinion.id))).all()
        return scores, [finding_report(session, SYSTEM, wave, cleared=True) for wave in waves], kinds
