"""Questionnaires go out: due days, tokens, what counts as sent."""

from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Cohort, CohortReturn, CustomerReturn, Invitation, Wave
from db.session import write_session
from domain.access import SYSTEM, NotAllowed, NotThere
from services.closing import close_wave
from services.invitations import (
    InvitationAnswered,
    Recipient,
    invitation_of_token,
    mark_undeliverable,
    send,
)
from services.recording import WaveTakesNothing
from tests import factories as make

ALL = {"by": SYSTEM, "at": make.AT}


@pytest.fixture
def session(sqlite_engine: Engine) -> Any:
    with write_session(sqlite_engine) as session:
        yield session


@pytest.mark.parametrize(
    ("sent_on", "due_on"),
    [(date(2025, 9, 26), date(2025, 10, 10)), (date(2025, 9, 28), date(2025, 10, 11))],
)
def test_five_working_days_are_counted_over_the_holiday_of_the_rule_book(
    session: Session, sent_on: date, due_on: date
) -> None:
    invited, _ = make.invitation(session, make.wave(session), make.customer(session), sent_on=sent_on)
    assert invited.due_on == due_on


def test_a_scheme_without_a_window_has_no_due_day(session: Session) -> None:
    wave = make.wave(session, make.scheme(session, "weighted-half-year"), "2026-H2")
    invited, _ = make.invitation(session, wave, make.customer(session))
    assert invited.due_on is None


def test_only_the_hash_of_a_token_is_kept_and_leads_back_to_its_invitation(session: Session) -> None:
    invited, token = make.invitation(session, make.wave(session), make.customer(session))
    assert invited.token_hash == sha256(token.encode()).hexdigest()
    assert len(token) >= 32
    assert token not in str(session.exec(select(Invitation)).all())
    assert invitation_of_token(session, token) is invited
    assert invitation_of_token(session, token[:-1]) is None


def test_each_recipient_counts_as_sent_in_its_cohort_and_customer(session: Session) -> None:
    wave, oem = make.wave(session), make.customer(session, segment="OEM", region="East")
    other = make.customer(session, segment="Tier 1")
    contact = make.contact(session, oem)
    to = [Recipient(oem, contact, channel="mail"), Recipient(oem, channel="mail"), Recipient(other, segment="Export")]
    sent = send(session, wave=wave, to=to, sent_on=date(2026, 10, 9), **ALL)
    assert [(i.customer_id, i.contact_id) for i, _ in sent] == [(oem.id, contact.id), (oem.id, None), (other.id, None)]
    assert len({token for _, token in sent}) == 3
    cohorts = {cohort.id: (cohort.segment, cohort.region, cohort.channel) for cohort in session.exec(select(Cohort))}
    counted = {cohorts[row.cohort_id]: row.sent for row in session.exec(select(CohortReturn))}
    assert counted == {("OEM", "East", "mail"): 2, ("Export", "", ""): 1}
    assert {row.customer_id: row.sent for row in session.exec(select(CustomerReturn))} == {oem.id: 2, other.id: 1}


def test_undeliverable_ones_stay_sent_and_are_shown_apart_once(session: Session) -> None:
    invited, _ = make.invitation(session, make.wave(session), make.customer(session))
    for _ in range(2):
        mark_undeliverable(session, invitation_id=invited.id or 0, **ALL)
    (row,) = session.exec(select(CohortReturn))
    assert (row.sent, row.undeliverable, row.returned) == (1, 1, 0)


def test_an_answered_one_was_delivered(session: Session) -> None:
    wave = make.wave(session)
    invited, _ = make.invitation(session, wave, make.customer(session))
    make.response(session, wave, invitation=invited)
    with pytest.raises(InvitationAnswered):
        mark_undeliverable(session, invitation_id=invited.id or 0, **ALL)


def test_nothing_goes_out_for_a_closed_wave(session: Session) -> None:
    wave = close_wave(session, wave=make.wave(session), **ALL)
    with pytest.raises(WaveTakesNothing):
        make.invitation(session, wave, make.customer(session))


def test_only_who_runs_the_wave_sends(session: Session) -> None:
    wave: Wave = make.wave(session)
    invited, _ = make.invitation(session, wave)
    bob = make.viewer(make.user(session, "bob", "viewer"))
    elsewhere = make.department(session, "elsewhere")
    charlie = make.viewer(make.user(session, "charlie", "organiser", department_id=elsewhere.id))
    for person, refusal in ((bob, NotAllowed), (charlie, NotThere)):
        with pytest.raises(refusal):
            send(session, wave=wave, to=[Recipient()], sent_on=date(2026, 10, 9), by=person, at=make.AT)
        with pytest.raises(refusal):
            mark_undeliverable(session, invitation_id=invited.id or 0, by=person, at=make.AT)
