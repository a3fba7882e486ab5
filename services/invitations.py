"""Questionnaires go out and come back; of the token in each link only the hash is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from db import bulk
from db.models import Contact, Customer, Invitation, Wave
from db.queries.calendars import calendar_of
from db.queries.layouts import layout_of_wave
from db.queries.responses import wave_for
from db.rollups import RETURNS, ReturnDelta, add_returns
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.returns import due_on
from services.audit import audit
from services.links import new_seed, token_hash, token_of
from services.recording import WaveTakesNothing, cohort_id, lock_wave
from services.return_findings import set_window
from services.waves import check_run_here


class InvitationAnswered(Refusal):
    """The questionnaire has come back already, or was taken back."""

    def __init__(self) -> None:
        super().__init__(N_("This questionnaire has been answered already. Thank you."))


@dataclass(frozen=True)
class Recipient:
    """Whom a questionnaire goes to, and the cohort that its answer counts in (the customer's, where not given)."""

    customer: Customer | None = None
    contact: Contact | None = None
    segment: str | None = None
    region: str | None = None
    channel: str = ""
    subject_id: int | None = None


@dataclass(frozen=True)
class Returned:
    """An invitation that came back: on which day, and whether within its window."""

    invitation_id: int
    on: date
    in_time: bool


def send(
    session: Session, *, wave: Wave, to: Sequence[Recipient], sent_on: date, by: Viewer, at: datetime
) -> list[tuple[Invitation, str]]:
    """Writes one invitation per recipient and returns each with its token, in their order; nothing is mailed here.

    They are due by the scheme's window over its working calendar. Raises NotAllowed, NotThere, WaveImported,
    and WaveTakesNothing where the wave isn't open.
    """
    by.check("run_waves")
    check_run_here(wave_for(session, by, wave.id or 0))
    scheme = layout_of_wave(session, wave).scheme
    due = due_on(sent_on, scheme.window, calendar_of(session, scheme.calendar))
    cohorts = _cohorts(session, to)
    seeds = [new_seed() for _ in to]
    tokens = list(map(token_of, seeds))
    lock_wave(session, wave)
    if wave.state != "open":
        raise WaveTakesNothing(wave.code)
    ids = bulk.next_ids(session, Invitation, len(to))
    invitations = [
        Invitation(
            id=key,
            wave_id=wave.id or 0,
            customer_id=one.customer.id if one.customer else None,
            contact_id=one.contact.id if one.contact else None,
            subject_id=one.subject_id,
            cohort_id=cohort,
            token_hash=token_hash(token),
            link_seed=seed,
            sent_on=sent_on,
            due_on=due,
        )
        for key, one, cohort, seed, token in zip(ids, to, cohorts, seeds, tokens, strict=True)
    ]
    session.add_all(invitations)
    session.flush()
    sent = _counts(sent=1)
    add_returns(session, wave.id or 0, [ReturnDelta(i.cohort_id, i.customer_id, sent) for i in invitations])
    if wave.window_over and (due is None or due >= sent_on):
        set_window(session, wave, is_over=False, at=at)
    audit(session, by=by.user_id, at=at, verb="send", about="wave", about_id=wave.id, invitations=len(invitations))
    return list(zip(invitations, tokens, strict=True))


def invitation_of_token(session: Session, token: str) -> Invitation | None:
    """The invitation that a link belongs to."""
    return session.exec(select(Invitation).where(Invitation.token_hash == token_hash(token))).first()


def mark_undeliverable(session: Session, *, invitation_id: int, by: Viewer, at: datetime) -> Invitation:
    """The questionnaire could not be delivered: it stays in the denominator of the rate and is shown apart.

    Once more changes nothing. Raises NotAllowed, NotThere, InvitationAnswered.
    """
    by.check("run_waves")
    invitation = session.get(Invitation, invitation_id, with_for_update=True, populate_existing=True)
    if invitation is None:
        raise NotThere
    wave = wave_for(session, by, invitation.wave_id)
    if invitation.state == "undeliverable":
        return invitation
    if invitation.state == "answered":
        raise InvitationAnswered
    invitation.state = "undeliverable"
    session.flush()
    lock_wave(session, wave)
    delta = ReturnDelta(invitation.cohort_id, invitation.customer_id, _counts(undeliverable=1))
    add_returns(session, wave.id or 0, [delta])
    audit(session, by=by.user_id, at=at, verb="mark_undeliverable", about="invitation", about_id=invitation_id)
    return invitation


def mark_returned(session: Session, returned: Sequence[Returned]) -> None:
    """Invitations have come back; the roll-ups follow with their responses. Raises InvitationAnswered the second time."""
    for one in sorted(returned, key=lambda r: r.invitation_id):
        statement = (
            update(Invitation)
            .where(col(Invitation.id) == one.invitation_id, col(Invitation.state) != "answered")
            .values(state="answered", returned_on=one.on, in_time=one.in_time)
        )
        if session.connection().execute(statement).rowcount != 1:
            raise InvitationAnswered


def _cohorts(session: Session, to: Sequence[Recipient]) -> list[int]:
    wanted = [_cohort(one) for one in to]
    ids = {which: cohort_id(session, *which) for which in sorted(set(wanted))}
    return [ids[which] for which in wanted]


def _cohort(one: Recipient) -> tuple[str, str, str]:
    segment = one.segment if one.segment is not None else one.customer.segment if one.customer else ""
    region = one.region if one.region is not None else one.customer.region if one.customer else ""
    return segment, region, one.channel


def _counts(**changed: int) -> tuple[int, ...]:
    return tuple(changed.get(name, 0) for name in RETURNS)


__all__ = [
    "InvitationAnswered",
    "Recipient",
    "Returned",
    "invitation_of_token",
    "mark_returned",
    "mark_undeliverable",
    "send",
    "token_hash",
]
