"""Saving schemes: a new version each time, the waves keep theirs, and nobody overwrites what somebody else saved."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import AuditEvent, ItemRow, SchemeRow, SchemeVersion, Wave
from db.queries.imports import stored_schemes
from db.queries.layouts import newest_version
from db.queries.scheme_lists import scheme_histories, scheme_history
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere, Viewer
from domain.scheme_draft import document_of, draft_of, rows_of, with_rows, with_values
from domain.scheme_file import SchemeInvalid, load
from services.schemes import NothingChanged, SchemeChangedMeanwhile, presets_for, save_version
from tests import factories as make
from tests.company import AT, Company, found_company

CODE = "iatf-quarterly"


def changed(document: str, satisfied: int) -> str:
    return document_of(with_values(draft_of(document), {"satisfied_score": satisfied}))


def saved(engine: Engine, by: Viewer, satisfied: int = 75, base: int = 1) -> SchemeVersion:
    with write_session(engine) as session:
        return save_version(session, document=changed(make.preset(CODE), satisfied), base=base, by=by, at=AT)


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return found_company(sqlite_engine)


def test_a_saved_scheme_is_the_next_version_and_waves_keep_theirs(engine: Engine) -> None:
    company = found_company(engine)
    version = saved(engine, company.people["dora"])
    with read_session(engine) as session:
        assert version.number == 2
        wave = session.get_one(Wave, company.now)
        assert session.get_one(SchemeVersion, wave.scheme_version_id).number == 1
        newest = newest_version(session, CODE)
        assert newest is not None
        assert load(newest.document).satisfied_score == 75
        about = select(AuditEvent).where(AuditEvent.about == "scheme_version", AuditEvent.about_id == version.id)
        assert session.exec(about).one().user_id == company.people["dora"].user_id


def test_items_keep_their_key_over_the_versions_and_new_ones_get_one(company: Company, sqlite_engine: Engine) -> None:
    draft = draft_of(make.preset(CODE))
    rows = rows_of(draft, "items")
    rows[3] |= {"code": "taste"}
    with write_session(sqlite_engine) as session:
        by = company.people["dora"]
        save_version(session, document=document_of(with_rows(draft, "items", rows)), base=1, by=by, at=AT)
        keys = dict(session.exec(select(ItemRow.code, ItemRow.id)).all())
    assert "taste" in keys
    assert {code: keys[code] for code in company.items} == company.items


def test_going_back_to_an_earlier_version_is_a_version_too(company: Company, sqlite_engine: Engine) -> None:
    saved(sqlite_engine, company.people["dora"], 75, base=1)
    assert saved(sqlite_engine, company.people["dora"], 80, base=2).number == 3
    with read_session(sqlite_engine) as session:
        newest = newest_version(session, CODE)
        assert newest is not None
        assert newest.number == 3


def test_the_second_of_two_editors_is_told_and_nothing_is_saved(company: Company, sqlite_engine: Engine) -> None:
    saved(sqlite_engine, company.people["dora"], 75)
    with pytest.raises(SchemeChangedMeanwhile, match="version 2"):
        saved(sqlite_engine, company.people["erik"], 70)
    with read_session(sqlite_engine) as session:
        assert [one.number for one in scheme_history(session, company.people["dora"], CODE).versions] == [2, 1]


def test_saving_what_is_there_or_cannot_work_saves_nothing(company: Company, sqlite_engine: Engine) -> None:
    with pytest.raises(NothingChanged):
        saved(sqlite_engine, company.people["dora"], 80)
    with pytest.raises(SchemeInvalid), write_session(sqlite_engine) as session:
        save_version(session, document="code = 1", base=1, by=company.people["dora"], at=AT)
    with read_session(sqlite_engine) as session:
        assert len(session.exec(select(SchemeVersion)).all()) == 1


@pytest.mark.parametrize(("who", "refusal"), [("bob", NotAllowed), ("alice", NotAllowed), ("ivan", NotThere)])
def test_who_does_not_edit_schemes_or_organises_others_saves_none(
    company: Company, sqlite_engine: Engine, who: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        saved(sqlite_engine, company.people[who])
    assert saved(sqlite_engine, company.people["erik"]).number == 2  # the organiser of this scheme


def test_an_organiser_neither_gives_a_scheme_away_nor_begins_one_for_others(
    company: Company, sqlite_engine: Engine
) -> None:
    erik = company.people["erik"]
    for code, organiser in ((CODE, "service"), ("another", "service")):
        draft = with_values(draft_of(make.preset(CODE)), {"organiser": organiser, "code": code})
        base = 1 if code == CODE else 0
        with pytest.raises(NotThere), write_session(sqlite_engine) as session:
            save_version(session, document=document_of(draft), base=base, by=erik, at=AT)
    with read_session(sqlite_engine) as session:
        assert [row.code for row in session.exec(select(SchemeRow))] == [CODE]
        assert {load(text).organiser for text in presets_for(session, erik).values()} == {"sales"}
        assert CODE not in presets_for(session, company.people["dora"])


def codes_for(session: Session, viewer: Viewer) -> list[str]:
    return [one.code for one in scheme_histories(session, viewer)]


@pytest.mark.parametrize(
    ("who", "seen"), [("dora", [CODE]), ("erik", [CODE]), ("root", [CODE]), ("ivan", []), ("bob", None), ("fay", None)]
)
def test_schemes_are_listed_for_those_who_may_edit_them(
    company: Company, sqlite_engine: Engine, who: str, seen: list[str] | None
) -> None:
    def listed() -> list[str]:
        with read_session(sqlite_engine) as session:
            return codes_for(session, company.people[who])

    read: Callable[[], list[str]] = listed
    if seen is None:
        with pytest.raises(NotAllowed):
            read()
    else:
        assert read() == seen


def test_a_version_names_the_waves_that_run_under_it(company: Company, sqlite_engine: Engine) -> None:
    saved(sqlite_engine, company.people["dora"])
    with read_session(sqlite_engine) as session:
        history = scheme_history(session, company.people["dora"], CODE)
        assert [(one.number, one.waves, one.saved_by) for one in history.versions] == [
            (2, [], "Dora"),
            (1, ["2026-Q3", "2026-Q2"], ""),
        ]
        with pytest.raises(NotThere):
            scheme_history(session, company.people["dora"], "no-such")


def test_an_import_reads_a_wave_that_is_there_by_its_own_version(company: Company, sqlite_engine: Engine) -> None:
    saved(sqlite_engine, company.people["dora"])
    with read_session(sqlite_engine) as session:
        (stored,) = stored_schemes(session, company.people["dora"])
        assert load(stored.document).satisfied_score == 75
        assert {wave: load(text).satisfied_score for wave, text in stored.documents.items()} == {
            "2026-Q3": 80,
            "2026-Q2": 80,
        }
