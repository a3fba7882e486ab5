"""Saying what a wave's questions continue: kept once, by those who edit the scheme, and seen in its figures."""

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from db.models import AuditEvent, Finding, ItemLink, ItemRow, Wave
from db.queries.figures import About
from db.queries.item_links import Step, links_followed, steps
from db.queries.layouts import layout_of_wave
from db.queries.narrowing import waves_in
from db.queries.scores import results
from db.queries.subjects import SubjectReader
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere, Scope
from domain.item_links import Link, LinkInvalid
from domain.scheme_draft import document_of, draft_of, rows_of, with_rows
from services.checking import verify
from services.closing import close_wave
from services.item_links import ask_again, confirm
from services.schemes import save_version
from services.waves import open_wave
from tests import factories as make
from tests.company import AT, Company, found_company

RENAMED = Link("punctual", "renamed", ("on_time",))


@dataclass
class Changed:
    """The small company with a third wave, in which on-time delivery is asked under another code."""

    company: Company
    engine: Engine
    wave: int

    def confirm(self, who: str, *links: Link) -> None:
        with write_session(self.engine) as session:
            confirm(session, wave_id=self.wave, links=links, by=self.company.people[who], at=AT)

    def steps(self, session: Session, who: str = "dora") -> list[Step]:
        return steps(session, self.company.people[who], self.company.scheme_id)


@pytest.fixture
def changed(sqlite_engine: Engine) -> Changed:
    return renamed(sqlite_engine)


def renamed(engine: Engine) -> Changed:
    company = found_company(engine)
    draft = draft_of(make.preset("iatf-quarterly"))
    rows = [row | {"code": "punctual"} if row["code"] == "on_time" else row for row in rows_of(draft, "items")]
    with write_session(engine) as session:
        by = company.people["dora"]
        version = save_version(session, document=document_of(with_rows(draft, "items", rows)), base=1, by=by, at=AT)
        wave = open_wave(session, version=version, code="2026-Q4", by=None, at=AT)
        make.response(session, wave, "very_satisfied")
        return Changed(company, engine, wave.id or 0)


def trend(changed: Changed, session: Session, item: str) -> list[float | None]:
    scope = Scope(changed.company.people["dora"], changed.company.scheme_id)
    history = links_followed(session, scope, results(session, scope, waves_in(session, scope)))
    return [one.items[item].score.score if item in one.items else None for one in history]


def test_a_renamed_item_is_asked_once_and_its_trend_then_runs_on(engine: Engine) -> None:
    changed = renamed(engine)
    with read_session(changed.engine) as session:
        (step,) = changed.steps(session)
        assert (step.before.code, step.wave.code) == ("2026-Q3", "2026-Q4")
        assert [one.proposed for one in step.doubts] == [RENAMED]
        assert trend(changed, session, "punctual") == [None, None, 100]
    changed.confirm("erik", RENAMED)
    with read_session(changed.engine) as session:
        (step,) = changed.steps(session)
        assert (step.doubts, [(one.link, one.by) for one in step.confirmed]) == ([], [(RENAMED, "Erik")])
        assert trend(changed, session, "punctual") == [80, 75, 100]
        assert session.exec(select(AuditEvent).where(AuditEvent.about == "item_link")).one().about_id == changed.wave


def test_what_was_said_is_replaced_by_what_is_said_later_and_can_be_asked_again(changed: Changed) -> None:
    changed.confirm("dora", RENAMED)
    changed.confirm("dora", Link("punctual", "merged", ("on_time", "quantity")))
    with read_session(changed.engine) as session:
        assert trend(changed, session, "punctual") == [80, 77.5, 100]
    with write_session(changed.engine) as session:
        ask_again(session, wave_id=changed.wave, item="punctual", by=changed.company.people["dora"], at=AT)
    with read_session(changed.engine) as session:
        assert session.exec(select(ItemLink)).all() == []
        assert [one.proposed for one in changed.steps(session)[0].doubts] == [RENAMED]


@pytest.mark.parametrize(
    ("who", "refusal"), [("bob", NotAllowed), ("alice", NotAllowed), ("fay", NotAllowed), ("ivan", NotThere)]
)
def test_who_does_not_edit_the_scheme_neither_sees_nor_says_it(
    changed: Changed, who: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        changed.confirm(who, RENAMED)
    with pytest.raises(refusal), read_session(changed.engine) as session:
        changed.steps(session, who)
    with pytest.raises(refusal), write_session(changed.engine) as session:
        ask_again(session, wave_id=changed.wave, item="punctual", by=changed.company.people[who], at=AT)


def test_one_link_that_says_nothing_stops_all_of_them(changed: Changed) -> None:
    with pytest.raises(LinkInvalid):
        changed.confirm("dora", RENAMED, Link("quantity", "merged", ("quantity",)))
    with read_session(changed.engine) as session:
        assert session.exec(select(ItemLink)).all() == []


def test_a_first_wave_has_none_before_it(changed: Changed) -> None:
    with pytest.raises(NotThere), write_session(changed.engine) as session:
        confirm(session, wave_id=changed.company.before, links=[], by=changed.company.people["dora"], at=AT)


@pytest.mark.parametrize(("kind", "is_another"), [("renamed", False), ("same", True), ("new", True), ("guessed", True)])
def test_the_database_refuses_links_that_cannot_be_meant(changed: Changed, kind: str, *, is_another: bool) -> None:
    with read_session(changed.engine) as session:
        scheme = session.get_one(Wave, changed.wave).scheme_id
        keys = dict(session.exec(select(ItemRow.code, ItemRow.id).where(ItemRow.scheme_id == scheme)).all())
    item, other = keys["punctual"] or 0, keys["on_time"] or 0
    values = {"wave_id": changed.wave, "item_id": item, "earlier_id": other if is_another else item}
    with pytest.raises(IntegrityError), write_session(changed.engine) as session:
        session.add(ItemLink(**values, kind=kind, confirmed_at=AT))


def test_a_decline_compares_with_what_the_item_continues_and_follows_what_is_said_of_it(
    sqlite_engine: Engine,
) -> None:
    """`information` becomes `parcels` without a word; once somebody says that it is the same, it is compared."""
    with write_session(sqlite_engine) as session:
        _compares(session)


def _compares(session: Session) -> None:
    document = make.preset("iatf-quarterly")
    before = make.wave(session, make.scheme(session, document=document), "2026-Q3")
    make.response(session, before, "very_satisfied")
    close_wave(session, wave=before, by=SYSTEM, at=make.AT)
    now = make.wave(session, make.scheme(session, document=document.replace('"information"', '"parcels"')), "2026-Q4")
    layout = layout_of_wave(session, now)
    about = f"item:{layout.item_ids[layout.scheme.item_codes.index('parcels')]}"
    make.response(session, now, "satisfied")

    def state() -> str:
        mine = select(Finding.state).where(Finding.wave_id == now.id, Finding.rule == "DECLINE", Finding.about == about)
        return session.exec(mine).first() or ""

    assert state() == ""
    link = Link("parcels", "renamed", ("information",))
    confirm(session, wave_id=now.id or 0, links=[link], by=SYSTEM, at=make.AT)
    assert state() == "open"
    assert [str(damage) for damage in verify(session)] == []
    ask_again(session, wave_id=now.id or 0, item="parcels", by=SYSTEM, at=make.AT)
    assert state() == "cleared"
    merged = Link("parcels", "merged", ("information", "price"))
    confirm(session, wave_id=now.id or 0, links=[merged], by=SYSTEM, at=make.AT)
    assert state() == "open"
    with_figures = SubjectReader(session, [session.get_one(Wave, now.id)])
    key = About(now.id or 0, item_id=int(about.removeprefix("item:")))
    known = with_figures.figures([key])[key]
    assert (known.previous and known.previous.score, known.previous and known.previous.n) == (100.0, 2)
