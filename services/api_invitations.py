"""Invitations that programs ask for: after a work order, with a delivery. The same one again is the same invitation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from db.models import Contact, Customer, Invitation
from db.queries.responses import wave_for
from domain.access import Viewer
from domain.customer_entries import ContactEntry
from domain.errors import N_, Refusal
from services.api_customers import NamedCustomer, contact_named, customers_named, subject_ids
from services.api_responses import CHANNEL, RowRefused
from services.invitations import Recipient, send
from services.links import LinkLost, link_of
from services.recording import WaveTakesNothing, cohort_id, lock_wave
from services.waves import check_run_here

Place = tuple[int | None, int | None, int | None]
"""Keys of customer, contact and subject."""


class SentTooLate(Refusal):
    """A day of sending that hasn't come yet."""

    def __init__(self, day: date) -> None:
        super().__init__(N_("{day} is still to come: an invitation is made when it is sent."), day=day.isoformat())


@dataclass(frozen=True)
class Wanted:
    """Whom to invite, and what about: `subject` is kind, code and name of a work order, delivery, project …"""

    customer: NamedCustomer
    contact: ContactEntry | None = None
    subject: tuple[str, str, str] | None = None
    sent_on: date | None = None
    channel: str = CHANNEL


@dataclass(frozen=True)
class Invited:
    """An invitation, and whether it was made by this call."""

    invitation: Invitation
    is_new: bool

    @property
    def link(self) -> str | None:
        """The address of its questionnaire; None where it can't be made again, because SECRET_KEY is another one."""
        try:
            return link_of(self.invitation)
        except LinkLost:
            return None


def invite(
    session: Session,
    *,
    wave_id: int,
    wanted: Sequence[Wanted],
    may_add: bool,
    today: date,
    by: Viewer,
    at: datetime,
) -> list[Invited]:
    """Invitations in an open wave, one for each customer, contact and subject; who mails the links is the program.

    Raises RowRefused with SentTooLate, ContactUnknown, EntryInvalid; CustomerUnknown, WaveImported, WaveTakesNothing, NotAllowed,
    NotThere.
    """
    by.check("run_waves")
    wave = wave_for(session, by, wave_id)
    check_run_here(wave)
    customers = customers_named(session, [one.customer for one in wanted], may_add=may_add, by=by, at=at)
    _take_turns(session, customers.values())
    subjects = subject_ids(session, [one.subject for one in wanted if one.subject])
    to: dict[Place, tuple[Recipient, date]] = {}
    places: list[Place] = []
    owns = [customers[one.customer.code] for one in wanted]
    for row, (one, customer) in enumerate(zip(wanted, owns, strict=True)):
        recipient = _recipient(session, row, one, customer, subjects, may_add, today, by, at)
        contact = recipient.contact.id if recipient.contact else None
        place = (customer.id, contact, recipient.subject_id)
        to.setdefault(place, (recipient, one.sent_on or today))
        places.append(place)
    for cohort in sorted({(own.segment, own.region, one.channel) for one, own in zip(wanted, owns, strict=True)}):
        cohort_id(session, *cohort)  # whoever writes responses has made theirs before they wait for the wave
    lock_wave(session, wave)  # others who ask for the same wait here
    if wave.state != "open":
        raise WaveTakesNothing(wave.code)
    there = _there(session, wave_id, to)
    new = {place: whom for place, whom in to.items() if place not in there}
    made: dict[Place, Invitation] = {}
    for day in sorted({when for _, when in new.values()}):
        here = {place: recipient for place, (recipient, when) in new.items() if when == day}
        sent = send(session, wave=wave, to=list(here.values()), sent_on=day, by=by, at=at)
        made |= {place: invitation for place, (invitation, _token) in zip(here, sent, strict=True)}
    return [Invited((there | made)[place], place in made) for place in places]


def invited_before(session: Session, viewer: Viewer, *, wave_id: int, ids: Sequence[int]) -> dict[int, Invitation]:
    """Invitations of a wave by their keys. Raises NotAllowed, NotThere."""
    viewer.check("run_waves")
    wave_for(session, viewer, wave_id)
    statement = select(Invitation).where(Invitation.wave_id == wave_id, col(Invitation.id).in_(ids))
    return {row.id or 0: row for row in session.exec(statement)}


def _take_turns(session: Session, customers: Iterable[Customer]) -> None:
    """Holds the customers, so that a contact that two programs name at the same moment is made once.

    Not against keys that refer to them: who writes findings about them under the wave's lock goes on.
    """
    ids = sorted({customer.id or 0 for customer in customers})
    held = select(Customer.id).where(col(Customer.id).in_(ids)).order_by(col(Customer.id))
    session.exec(held.with_for_update(key_share=True)).all()


def _recipient(
    session: Session,
    row: int,
    one: Wanted,
    customer: Customer,
    subjects: dict[tuple[str, str], int],
    may_add: bool,
    today: date,
    by: Viewer,
    at: datetime,
) -> Recipient:
    try:
        if one.sent_on and one.sent_on > today:
            raise SentTooLate(one.sent_on)
        contact: Contact | None = None
        if one.contact:
            contact = contact_named(session, customer, one.contact, may_add=may_add, by=by, at=at)
    except Refusal as refusal:
        raise RowRefused(row, refusal) from refusal
    subject = subjects[one.subject[:2]] if one.subject else None
    return Recipient(customer, contact, channel=one.channel, subject_id=subject)


def _there(session: Session, wave_id: int, to: dict[Place, tuple[Recipient, date]]) -> dict[Place, Invitation]:
    customers = sorted({place[0] or 0 for place in to})
    statement = select(Invitation).where(Invitation.wave_id == wave_id, col(Invitation.customer_id).in_(customers))
    rows = session.exec(statement.order_by(col(Invitation.id).desc()))
    found = {(row.customer_id, row.contact_id, row.subject_id): row for row in rows}
    return {place: row for place, row in found.items() if place in to}
