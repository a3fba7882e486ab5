"""Whom a wave can be sent to, what has gone out, and what became of each mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.models import INVITATION_STATES, Contact, Customer, Invitation, Job, Mail, PlanCustomer
from db.queries.customer_list import contacts_of, customers_matching
from db.queries.responses import wave_for
from domain.access import Viewer
from domain.customer_filters import CustomerFilter
from domain.mail_addresses import address_of, same_mailbox

WITH_TROUBLE = ("unclear", "failed", "undeliverable")


@dataclass(frozen=True)
class Addressee:
    """A contact who can be asked, or a customer without one; `state`: new, asked, no_address, same_address, no_contact."""

    customer: Customer
    contact: Contact | None
    address: str
    state: str


@dataclass(frozen=True)
class Outbox:
    """How many mails of a wave are in each state; the job that sends them, where there was one."""

    counts: dict[str, int]
    job: Job | None

    @property
    def waiting(self) -> int:
        """Mails that wait for their turn."""
        return self.counts.get("queued", 0)

    @property
    def all(self) -> int:
        """All mails of the wave."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class MailLine:
    """A mail that somebody should look at: to whom, what the server said, when."""

    id: int
    kind: str
    round: int
    state: str
    customer: Customer | None
    contact: str
    address: str
    reason: str
    at: datetime
    is_answered: bool


@dataclass(frozen=True)
class LinkLine:
    """An invitation with everything that stands on a list of links or a printed sheet, but for the link itself."""

    invitation: Invitation
    customer: Customer | None
    contact: Contact | None


def addressees(session: Session, viewer: Viewer, wave_id: int, *, one_each: bool) -> list[Addressee]:
    """The contacts of the wave's customers, by customer; with `one_each` the first of each who can get a mail.

    Two contacts of the same mailbox get one mail: the second is `same_address`. Raises NotAllowed, NotThere.
    """
    viewer.check("run_waves")
    wave_for(session, viewer, wave_id)
    chosen = customers_of_wave(session, viewer, wave_id)
    customers = session.exec(select(Customer).where(col(Customer.id).in_(chosen)).order_by(col(Customer.code))).all()
    contacts = contacts_of(session, viewer, chosen)
    asked = set(session.exec(select(Invitation.contact_id).where(Invitation.wave_id == wave_id)))
    found: list[Addressee] = []
    taken: set[str] = set()
    for customer in customers:
        lines = _lines(customer, contacts.get(customer.id or 0, []), asked)
        lines = _one_of(lines) if one_each else lines
        for line in lines:
            box = same_mailbox(line.address)
            is_second = line.state == "new" and box in taken
            found.append(Addressee(line.customer, line.contact, line.address, "same_address") if is_second else line)
            taken |= {box} if line.state in ("new", "asked") else set()
    return found


def customers_of_wave(session: Session, viewer: Viewer, wave_id: int) -> list[int]:
    """The customers that were drawn for the wave, else all active ones that the viewer keeps."""
    drawn = session.exec(select(PlanCustomer.customer_id).where(PlanCustomer.wave_id == wave_id)).all()
    kept = customers_matching(session, viewer, CustomerFilter(active=True))
    return [key for key in kept if key in set(drawn)] if drawn else kept


def _lines(customer: Customer, contacts: Iterable[Contact], asked: set[int | None]) -> list[Addressee]:
    lines = []
    for contact in contacts:
        address = address_of(contact.mail) or ""
        state = "asked" if contact.id in asked else "new" if address else "no_address"
        lines.append(Addressee(customer, contact, address, state))
    return lines or [Addressee(customer, None, "", "no_contact")]


def _one_of(lines: list[Addressee]) -> list[Addressee]:
    """Who was asked already, else the first who can get a mail, else the first."""
    order = ("asked", "new", "no_address", "no_contact")
    return [min(lines, key=lambda line: order.index(line.state))]


def outbox(session: Session, viewer: Viewer, wave_id: int) -> Outbox:
    """Mails of a wave by state, and its newest job. Raises NotAllowed, NotThere."""
    viewer.check("run_waves")
    wave_for(session, viewer, wave_id)
    statement = select(Mail.state, func.count()).where(Mail.wave_id == wave_id).group_by(col(Mail.state))
    return Outbox(dict(session.exec(statement).all()), sending_job(session, wave_id))


def sending_job(session: Session, wave_id: int) -> Job | None:
    """The newest job that sends a wave's mails."""
    of_wave = col(Job.form_key).startswith(job_key(wave_id), autoescape=True)
    return session.exec(select(Job).where(Job.kind == "send", of_wave).order_by(col(Job.id).desc()).limit(1)).first()


def job_key(wave_id: int) -> str:
    """What the form key of a wave's jobs begins with."""
    return f"send:{wave_id}:"


def mails_with_trouble(session: Session, viewer: Viewer, wave_id: int, *, limit: int = 200) -> list[MailLine]:
    """Mails of which nobody knows whether they arrived, and those that were refused, newest first. Raises as `outbox`."""
    viewer.check("run_waves")
    wave_for(session, viewer, wave_id)
    statement = (
        select(Mail, col(Invitation.state), Customer, col(Contact.name))
        .join(Invitation, col(Invitation.id) == Mail.invitation_id)
        .join(Customer, col(Customer.id) == Invitation.customer_id, isouter=True)
        .join(Contact, col(Contact.id) == Invitation.contact_id, isouter=True)
        .where(Mail.wave_id == wave_id, col(Mail.state).in_(WITH_TROUBLE))
        .order_by(col(Mail.id).desc())
        .limit(limit)
    )
    return [
        MailLine(
            mail.id or 0,
            mail.kind,
            mail.round,
            mail.state,
            customer,
            name or "",
            mail.address,
            mail.reason,
            mail.ended_at or mail.queued_at,
            state == "answered",
        )
        for mail, state, customer, name in session.exec(statement)
    ]


def links(session: Session, viewer: Viewer, wave_id: int) -> list[LinkLine]:
    """The invitations of a wave that can still be answered, by customer; of an anonymous one all. Raises as `outbox`."""
    viewer.check("run_waves")
    wave = wave_for(session, viewer, wave_id)
    states = INVITATION_STATES if wave.is_anonymous else ("sent", "undeliverable")  # who is missing would have answered
    statement = (
        select(Invitation, Customer, Contact)
        .join(Customer, col(Customer.id) == Invitation.customer_id, isouter=True)
        .join(Contact, col(Contact.id) == Invitation.contact_id, isouter=True)
        .where(Invitation.wave_id == wave_id, col(Invitation.state).in_(states))
        .order_by(col(Customer.code), col(Invitation.id))
    )
    return [LinkLine(invitation, customer, contact) for invitation, customer, contact in session.exec(statement)]


def sent_days(session: Session, viewer: Viewer, wave_id: int) -> dict[date, int]:
    """How many invitations went out on which day, oldest first. Raises as `outbox`."""
    viewer.check("run_waves")
    wave_for(session, viewer, wave_id)
    statement = select(col(Invitation.sent_on), func.count()).where(Invitation.wave_id == wave_id)
    return dict(session.exec(statement.group_by(col(Invitation.sent_on)).order_by(col(Invitation.sent_on))).all())
