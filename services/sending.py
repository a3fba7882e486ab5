"""A wave goes out: invitations, mails and reminders are queued, and sent in the background; bounces are written down.

Nobody is asked twice: who has an invitation of the wave gets no second one, and of each reminder only one mail.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, func, select

from db.models import Contact, Invitation, Job, Mail, Reminder, Wave
from db.queries.responses import wave_for
from db.queries.returns import refusals
from db.queries.sending import addressees, job_key, sending_job
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.mail_addresses import address_of, addresses_in, same_mailbox
from services import jobs
from services.audit import audit
from services.invitations import InvitationAnswered, Recipient, mark_undeliverable, send
from services.mail_server import MailNotSet
from services.recording import WaveTakesNothing, lock_wave
from services.waves import check_run_here
from settings import settings

NOT_AGAIN_WITHIN: Final = timedelta(hours=20)
"""Who was reminded is left in peace for about a day: a second press reminds nobody twice."""
WITHOUT_MAIL: Final = ("no_address", "same_address")
"""Contacts who can still get a link of their own on paper."""
CHANNEL: Final = "线上 Online"
"""How answers to mails, links and QR codes come back, unless the sender says otherwise."""


class NobodyToSendTo(Refusal):
    """Everybody who could be asked was asked."""

    def __init__(self) -> None:
        super().__init__(N_("There is nobody left to send to: whoever can be asked has an invitation already."))


class NobodyToRemind(Refusal):
    """Nobody is outstanding, or all were reminded within a day."""

    def __init__(self) -> None:
        super().__init__(N_("There is nobody to remind: everybody has answered, or was asked within the last day."))


class AlreadyReminded(Refusal):
    """One who was reminded within a day."""

    def __init__(self) -> None:
        super().__init__(N_("This contact was reminded within the last day."))


class DoesNotWantToAnswer(Refusal):
    """Who has said no is left in peace; the link stays open, in case they change their mind."""

    def __init__(self) -> None:
        super().__init__(
            N_("This contact doesn't want to answer: that is a result, and nobody is reminded against it.")
        )


class NoAddress(Refusal):
    """A contact without a mail address that can be used."""

    def __init__(self) -> None:
        super().__init__(N_("This contact has no usable mail address. Remind by phone or message instead."))


class MailNotWaiting(Refusal):
    """Only an unclear or failed mail can be sent again, and only to somebody who hasn't answered."""

    def __init__(self) -> None:
        super().__init__(N_("This mail can't be sent again: it has arrived, waits already, or was answered."))


@dataclass(frozen=True)
class SentOut:
    """What was made of a press on "Send" or "Remind": invitations, mails queued, and how many had no usable address."""

    invitations: int
    mails: int
    without_address: int


@dataclass(frozen=True)
class Bounced:
    """What became of a list of bounced addresses: invitations marked, those that had been answered, addresses not asked."""

    marked: int
    answered: int
    unknown: list[str]


def send_out(
    session: Session,
    *,
    wave_id: int,
    one_each: bool,
    by_mail: bool,
    form_key: str,
    by: Viewer,
    at: datetime,
    channel: str = CHANNEL,
) -> SentOut:
    """Invites the contacts who weren't yet, and queues their mails; without mails also those who have no address.

    Raises NotAllowed, NotThere, WaveImported, WaveTakesNothing, MailNotSet, NobodyToSendTo.
    """
    wave = _locked(session, wave_id, by, mails=by_mail)
    listed = addressees(session, by, wave_id, one_each=one_each)
    chosen = [one for one in listed if one.state == "new" or (not by_mail and one.state in WITHOUT_MAIL)]
    if not chosen:
        raise NobodyToSendTo
    to = [Recipient(one.customer, one.contact, channel=channel) for one in chosen]
    day = at.astimezone(settings().zone).date()
    made = [invitation for invitation, _ in send(session, wave=wave, to=to, sent_on=day, by=by, at=at)]
    if by_mail:
        _queue(session, [(i, one.address) for i, one in zip(made, chosen, strict=True)], "invitation", by, at)
        _start(session, wave_id, form_key, by, at)
    without = sum(one.state in ("no_address", "no_contact") for one in listed)
    return SentOut(len(made), len(made) if by_mail else 0, 0 if not by_mail else without)


def remind_all(session: Session, *, wave_id: int, form_key: str, by: Viewer, at: datetime) -> SentOut:
    """Queues a reminder for everybody who hasn't answered or refused, and wasn't asked or reminded within a day.

    Raises NotAllowed, NotThere, WaveImported, WaveTakesNothing, MailNotSet, NobodyToRemind.
    """
    _locked(session, wave_id, by, mails=True)
    outstanding = _outstanding(session, wave_id, at)
    able = [(invitation, address) for invitation, address in outstanding if address]
    if not able:
        raise NobodyToRemind
    rounds = _rounds(session, wave_id)
    for invitation, _ in able:
        session.add(_reminder(invitation, rounds[invitation.id or 0] + 1, "mail", "", by, at))
    _queue(session, able, "reminder", by, at, rounds)
    _start(session, wave_id, form_key, by, at)
    audit(session, by=by.user_id, at=at, verb="remind", about="wave", about_id=wave_id, reminders=len(able))
    return SentOut(0, len(able), len(outstanding) - len(able))


def to_remind(session: Session, *, wave_id: int, by: Viewer, at: datetime) -> int:
    """How many `remind_all` would write to now. Raises NotAllowed, NotThere."""
    by.check("run_waves")
    wave_for(session, by, wave_id)
    return sum(bool(address) for _, address in _outstanding(session, wave_id, at))


def remind(
    session: Session, *, invitation_id: int, how: str, note: str = "", form_key: str, by: Viewer, at: datetime
) -> Reminder:
    """Records that one contact was reminded by message or phone, or queues a mail.

    Raises NotAllowed, NotThere, WaveTakesNothing, InvitationAnswered, DoesNotWantToAnswer, AlreadyReminded, NoAddress,
    MailNotSet.
    """
    by.check("run_waves")
    invitation = session.get(Invitation, invitation_id, populate_existing=True)
    if invitation is None:
        raise NotThere
    _locked(session, invitation.wave_id, by, mails=how == "mail")
    session.refresh(invitation)
    if invitation.state == "answered":
        raise InvitationAnswered
    if invitation_id in _refused(session, invitation.wave_id):
        raise DoesNotWantToAnswer
    rounds = _rounds(session, invitation.wave_id)
    made = _reminder(invitation, rounds[invitation_id] + 1, how, note, by, at)
    if how == "mail":
        if _recent(session, invitation.wave_id, at).get(invitation_id):
            raise AlreadyReminded
        contact = session.get(Contact, invitation.contact_id) if invitation.contact_id else None
        address = address_of(contact.mail) if contact else None
        if address is None:
            raise NoAddress
        _queue(session, [(invitation, address)], "reminder", by, at, rounds)
        _start(session, invitation.wave_id, form_key, by, at)
    session.add(made)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="remind", about="invitation", about_id=invitation_id, how=how)
    return made


def send_again(session: Session, *, mail_id: int, form_key: str, by: Viewer, at: datetime) -> Mail:
    """Queues an unclear or failed mail once more: somebody has decided that it may arrive twice.

    Raises NotAllowed, NotThere, WaveImported, WaveTakesNothing, MailNotSet, MailNotWaiting.
    """
    by.check("run_waves")
    mail = session.get(Mail, mail_id, with_for_update=True, populate_existing=True)
    if mail is None:
        raise NotThere
    _locked(session, mail.wave_id, by, mails=True)
    invitation = session.get_one(Invitation, mail.invitation_id)
    if mail.state not in ("unclear", "failed") or invitation.state != "sent":
        raise MailNotWaiting
    mail.state, mail.attempts, mail.reason, mail.ended_at = "queued", 0, "", None
    mail.queued_at, mail.queued_by_id = at, by.user_id or None
    session.add(mail)
    session.flush()
    _start(session, mail.wave_id, form_key, by, at)
    audit(session, by=by.user_id, at=at, verb="send_again", about="mail", about_id=mail_id)
    return mail


def go_on(session: Session, *, wave_id: int, form_key: str, by: Viewer, at: datetime) -> Job:
    """Sends what still waits, after a stop or when the server was away.

    Raises NotAllowed, NotThere, WaveImported, WaveTakesNothing, MailNotSet.
    """
    _locked(session, wave_id, by, mails=True)
    return _start(session, wave_id, form_key, by, at)


def stop(session: Session, *, wave_id: int, by: Viewer, at: datetime) -> None:
    """Asks the wave's running job to stop after the current mail; what waits stays queued. Raises NotAllowed, NotThere."""
    by.check("run_waves")
    wave_for(session, by, wave_id)
    job = sending_job(session, wave_id)
    if job is not None:
        jobs.stop(session, job, at)


def mark_bounced(session: Session, *, wave_id: int, text: str, by: Viewer, at: datetime) -> Bounced:
    """Marks the invitations of every address in a text (a list, a file, bounce messages) as undeliverable.

    Raises NotAllowed, NotThere.
    """
    by.check("run_waves")
    wave_for(session, by, wave_id)
    wanted = addresses_in(text)
    statement = select(Invitation, Mail.address, Contact.mail).where(Invitation.wave_id == wave_id)
    statement = statement.join(Mail, col(Mail.invitation_id) == Invitation.id, isouter=True)
    statement = statement.join(Contact, col(Contact.id) == Invitation.contact_id, isouter=True)
    known: dict[str, dict[int, Invitation]] = {}
    for invitation, sent_to, of_contact in session.exec(statement):
        box = same_mailbox(sent_to or address_of(of_contact or "") or "")
        known.setdefault(box, {})[invitation.id or 0] = invitation
    bounced = [one for box in wanted for one in known.get(box, {}).values()]
    reachable = [one for one in bounced if one.state == "sent"]
    for one in sorted(reachable, key=lambda invitation: invitation.id or 0):
        mark_undeliverable(session, invitation_id=one.id or 0, by=by, at=at)
    answered = sum(one.state == "answered" for one in bounced)
    return Bounced(len(reachable), answered, [box for box in wanted if box not in known])


def _locked(session: Session, wave_id: int, by: Viewer, *, mails: bool) -> Wave:
    """The open wave, held until the transaction ends, so that two presses take turns."""
    by.check("run_waves")
    wave = wave_for(session, by, wave_id)
    check_run_here(wave)
    if mails and settings().mail_server is None:
        raise MailNotSet
    lock_wave(session, wave)
    if wave.state != "open":
        raise WaveTakesNothing(wave.code)
    return wave


def _outstanding(session: Session, wave_id: int, at: datetime) -> list[tuple[Invitation, str]]:
    """Who hasn't answered or refused, and wasn't asked or reminded within a day, each with a usable address or ""."""
    recent, refused = _recent(session, wave_id, at), _refused(session, wave_id)
    statement = select(Invitation, Contact.mail).where(Invitation.wave_id == wave_id, Invitation.state == "sent")
    statement = statement.join(Contact, col(Contact.id) == Invitation.contact_id, isouter=True)
    found = session.exec(statement.order_by(col(Invitation.id))).all()
    wanted = [(one, mail) for one, mail in found if not recent.get(one.id or 0) and one.id not in refused]
    return [(one, address_of(mail or "") or "") for one, mail in wanted]


def _refused(session: Session, wave_id: int) -> set[int]:
    """Invitations whose receivers don't want to answer."""
    return {key for key, _ in session.exec(refusals(wave_id))}


def _recent(session: Session, wave_id: int, at: datetime) -> Counter[int]:
    """Invitation → how often it was mailed about or reminded of within a day."""
    since = at - NOT_AGAIN_WITHIN
    mailed = select(Mail.invitation_id).where(Mail.wave_id == wave_id, col(Mail.queued_at) > since)
    told = select(Reminder.invitation_id).where(Reminder.wave_id == wave_id, col(Reminder.at) > since)
    return Counter([*session.exec(mailed), *session.exec(told)])


def _rounds(session: Session, wave_id: int) -> Counter[int]:
    """Invitation → the last round of reminders."""
    last = select(Reminder.invitation_id, func.max(Reminder.round)).where(Reminder.wave_id == wave_id)
    return Counter(dict(session.exec(last.group_by(col(Reminder.invitation_id))).all()))


def _reminder(invitation: Invitation, number: int, how: str, note: str, by: Viewer, at: datetime) -> Reminder:
    return Reminder(
        invitation_id=invitation.id or 0,
        wave_id=invitation.wave_id,
        round=number,
        how=how,
        note=note.strip(),
        at=at,
        by_id=by.user_id or None,
    )


def _queue(
    session: Session,
    letters: Iterable[tuple[Invitation, str]],
    kind: str,
    by: Viewer,
    at: datetime,
    rounds: Counter[int] | None = None,
) -> None:
    session.add_all(
        Mail(
            kind=kind,
            invitation_id=invitation.id or 0,
            wave_id=invitation.wave_id,
            round=0 if rounds is None else rounds[invitation.id or 0] + 1,
            address=address,
            queued_at=at,
            queued_by_id=by.user_id or None,
        )
        for invitation, address in letters
    )
    session.flush()


def _start(session: Session, wave_id: int, form_key: str, by: Viewer, at: datetime) -> Job:
    """The job that sends what is queued: the one that waits for its turn, else a new one."""
    known = sending_job(session, wave_id)
    if known is not None and known.state == "queued":
        return known
    key = f"{job_key(wave_id)}{form_key}"
    return jobs.enqueue(session, kind="send", form_key=key, payload={"wave_id": wave_id}, by=by, at=at)
