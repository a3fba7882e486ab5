"""A wave that was imported, without a plan here, takes answers with their file; nobody is asked through it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Invitation, OpenLink, Response, Wave
from db.session import read_session, write_session
from domain.access import Viewer
from services import api_invitations, entries, invitations, links, sending
from services.api_customers import NamedCustomer
from services.api_responses import Incoming, take_in
from services.waves import WaveImported
from tests import factories as make
from tests.factories import AT

Ask = Callable[[Session, Wave, Viewer], Any]


def sent_out(session: Session, wave: Wave, by: Viewer) -> Any:
    return sending.send_out(session, wave_id=wave.id or 0, one_each=True, by_mail=False, form_key="a", by=by, at=AT)


def sent(session: Session, wave: Wave, by: Viewer) -> Any:
    to = [invitations.Recipient(make.customer(session, "B"))]
    return invitations.send(session, wave=wave, to=to, sent_on=AT.date(), by=by, at=AT)


def public(session: Session, wave: Wave, by: Viewer) -> Any:
    return links.open_link(session, wave_id=wave.id or 0, by=by, at=AT)


def asked_by_a_program(session: Session, wave: Wave, by: Viewer) -> Any:
    wanted = [api_invitations.Wanted(NamedCustomer("A"))]
    return api_invitations.invite(
        session, wave_id=wave.id or 0, wanted=wanted, may_add=True, today=AT.date(), by=by, at=AT
    )


def keyed(session: Session, wave: Wave, by: Viewer) -> Any:
    customer, answers = make.customer(session, "B"), make.all_same(session, wave, "satisfied")
    about = {"wave_id": wave.id or 0, "customer_id": customer.id, "channel": "phone", "form_key": "a"}
    return entries.enter(session, **about, answers=answers, by=by, at=AT)


@pytest.mark.parametrize("ask", [sent_out, sent, public, asked_by_a_program, keyed])
def test_nobody_is_asked_through_an_imported_wave(sqlite_engine: Engine, ask: Ask) -> None:
    by, wave = place(sqlite_engine, "imported")
    with pytest.raises(WaveImported), write_session(sqlite_engine) as session:
        ask(session, session.get_one(Wave, wave), by)
    with read_session(sqlite_engine) as session:
        assert [session.exec(select(kind)).all() for kind in (Invitation, OpenLink, Response)] == [[], [], []]


@pytest.mark.parametrize("ask", [sent_out, sent, public, asked_by_a_program, keyed])
def test_a_wave_that_runs_here_is_asked_through(sqlite_engine: Engine, ask: Ask) -> None:
    by, wave = place(sqlite_engine, "run_here")
    with write_session(sqlite_engine) as session:
        assert ask(session, session.get_one(Wave, wave), by)


def test_answers_collected_elsewhere_come_in_by_a_program_too(sqlite_engine: Engine) -> None:
    by, wave = place(sqlite_engine, "imported")
    with write_session(sqlite_engine) as session:
        answers = make.all_same(session, session.get_one(Wave, wave), "satisfied")
        incoming = [Incoming(answers, id="1", customer=NamedCustomer("A"))]
        assert take_in(session, wave_id=wave, incoming=incoming, may_add=False, by=by, at=AT)[0].is_new


def place(engine: Engine, origin: str) -> tuple[Viewer, int]:
    """Somebody of quality, and an open wave; A has a contact with an address."""
    with write_session(engine) as session:
        make.contact(session, make.customer(session, "A"), mail="a@a.example")
        return make.viewer(make.user(session)), make.wave(session, origin=origin).id or 0
