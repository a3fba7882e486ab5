"""Files of evidence: what is kept, who reads them, and that a file is enough to report an action as implemented."""

import zipfile
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from db.models import Action, AuditEvent
from db.queries.action_facts import facts_of
from db.queries.evidence import evidence_files, worked_before
from db.session import read_session, write_session
from domain.access import NotThere, Viewer
from domain.action_gates import GateFailure
from domain.evidence import NotEvidence
from services import actions, evidence
from services.action_checks import FieldNotEditable
from tests.company import AT, Company, found_company
from tests.services.test_actions import PLAN, assigned, step

PDF = b"%PDF-1.7\nnew packing instruction"


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return found_company(sqlite_engine)


def in_progress(engine: Engine, company: Company, form_key: str = "form 1") -> Action:
    dora, alice = company.people["dora"], company.people["alice"]
    action = assigned(engine, company, form_key=form_key)
    for verb, by, fields in (
        ("analyse", alice, {}),
        ("plan", alice, PLAN),
        ("approve", dora, {}),
        ("start", alice, {}),
    ):
        action = step(engine, action, verb, by, **fields)
    return action


def add(engine: Engine, action: Action, by: Viewer, content: bytes = PDF, name: str = "ECN.pdf") -> Action:
    with write_session(engine) as session:
        given: dict[str, Any] = {"action_id": action.id or 0, "version": action.version, "by": by, "at": AT}
        return evidence.add_file(session, name=name, content=content, **given)


def office(*names: str) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as parts:
        for name in names:
            parts.writestr(name, "x")
    return held.getvalue()


def test_a_file_is_evidence_enough_and_without_it_the_action_is_not_implemented(
    sqlite_engine: Engine, company: Company
) -> None:
    alice = company.people["alice"]
    action = in_progress(sqlite_engine, company)
    with pytest.raises(GateFailure) as missing:
        step(sqlite_engine, action, "implement", alice)
    assert missing.value.gate == "evidence"
    action = add(sqlite_engine, action, alice)
    with read_session(sqlite_engine) as session:
        (file,) = evidence_files(session, alice, action.id or 0)
        assert (file.name, file.size, file.who) == ("ECN.pdf", len(PDF), alice.name)
        assert facts_of(session, action).evidence_files == 1
    assert step(sqlite_engine, action, "implement", alice).state == "implemented"


def test_a_file_that_was_taken_away_no_longer_counts_and_its_line_stays(
    sqlite_engine: Engine, company: Company
) -> None:
    alice = company.people["alice"]
    action = add(sqlite_engine, in_progress(sqlite_engine, company), alice)
    with read_session(sqlite_engine) as session:
        entry = evidence_files(session, alice, action.id or 0)[0].entry_id
    with write_session(sqlite_engine) as session:
        given: dict[str, Any] = {"action_id": action.id or 0, "by": alice, "at": AT}
        action = evidence.remove_file(session, entry_id=entry, version=action.version, **given)
        with pytest.raises(NotThere):
            evidence.remove_file(session, entry_id=entry, version=action.version, **given)
        with pytest.raises(NotThere):
            evidence.taken_file(session, entry_id=entry, by=alice, at=AT)
    with read_session(sqlite_engine) as session:
        assert facts_of(session, action).evidence_files == 0


def test_a_file_is_read_by_who_sees_the_action_and_that_is_noted(sqlite_engine: Engine, company: Company) -> None:
    action = add(sqlite_engine, in_progress(sqlite_engine, company), company.people["alice"])
    with read_session(sqlite_engine) as session:
        entry = evidence_files(session, company.people["dora"], action.id or 0)[0].entry_id
    with write_session(sqlite_engine) as session:
        assert evidence.taken_file(session, entry_id=entry, by=company.people["dora"], at=AT) == PDF
        stranger = Viewer(999, "bob", "Bob", "department", department_id=company.departments["quality"])
        with pytest.raises(NotThere):
            evidence.taken_file(session, entry_id=entry, by=stranger, at=AT)
        noted = session.exec(select(AuditEvent).where(AuditEvent.verb == "download")).all()
    assert [one.user_id for one in noted] == [company.people["dora"].user_id]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"PK\x03\x04 no zip",
        office("anything.txt"),
        office("word/document.xml", "word/vbaProject.bin"),
        b"%PDF-1.7" + bytes(10 * 2**20),
    ],
    ids=["empty", "page", "program", "no-zip", "other-zip", "macros", "huge"],
)
def test_other_files_are_refused(sqlite_engine: Engine, company: Company, content: bytes) -> None:
    action = in_progress(sqlite_engine, company)
    with pytest.raises(NotEvidence):
        add(sqlite_engine, action, company.people["alice"], content)


def test_a_name_gets_the_ending_that_its_content_has(sqlite_engine: Engine, company: Company) -> None:
    alice = company.people["alice"]
    action = add(
        sqlite_engine, in_progress(sqlite_engine, company), alice, office("xl/workbook.xml"), "../../stock.exe"
    )
    with read_session(sqlite_engine) as session:
        (file,) = evidence_files(session, alice, action.id or 0)
    assert file.name.endswith(".exe.xlsx")
    assert "/" not in file.name


def test_files_are_added_while_the_work_goes_on_only(sqlite_engine: Engine, company: Company) -> None:
    with pytest.raises(FieldNotEditable):
        add(sqlite_engine, assigned(sqlite_engine, company), company.people["alice"])


def test_what_helped_against_the_same_item_before_is_offered(sqlite_engine: Engine, company: Company) -> None:
    alice = company.people["alice"]
    done, new = in_progress(sqlite_engine, company), assigned(sqlite_engine, company, form_key="form 2")
    with write_session(sqlite_engine) as session:
        row = session.get_one(Action, done.id)
        row.state, row.verdict, row.closed_at = "closed", "effective", AT
        session.add(row)
    with read_session(sqlite_engine) as session:
        (found,) = worked_before(session, alice, new.id or 0)
        assert (found.number, found.countermeasure, found.prevention) == (1, "Buffer of 3 days", "Monthly review")
        assert not worked_before(session, alice, done.id or 0)
    with write_session(sqlite_engine) as session:
        given: dict[str, Any] = {"action_id": new.id or 0, "version": new.version, "by": alice, "at": AT}
        saved = actions.edit(
            session, whys=[" late ", "", "no stock"], cost_cents=1_250_000, cost_currency="CNY", **given
        )
        assert (saved.whys, saved.cost_cents) == (["late", "no stock"], 1_250_000)
        with pytest.raises(actions.ActionIncomplete):
            actions.edit(session, cost_currency="yuan", **(given | {"version": saved.version}))
