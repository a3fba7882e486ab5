"""The worker's part of sending: the outbox of a wave goes out mail by mail, each at most once by itself.

A mail is marked `sending`, and that is committed, before its first byte leaves; what became of it is committed together
with the next one's mark. So a killed worker leaves one mail of which nobody can know whether it left: the next worker
marks it `unclear`, and a person decides (architecture.md 9).
"""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from db.models import Consent, Contact, Invitation, Mail, Wave
from db.queries.layouts import layout_of_wave
from db.queries.returns import refusals
from db.session import write_session
from domain.access import NotThere, Viewer
from domain.errors import N_
from services.invitations import InvitationAnswered, mark_undeliverable
from services.leases import Lease, LeaseLost
from services.links import LinkLost, link_of
from services.mail_server import MailNotSet, MailServerConnection, MailServerUnreachable, Outcome
from services.mail_texts import Letter, language_for, mail_of
from settings import MailServer, settings

ATTEMPTS: Final = 3
"""So often a mail is offered that the server refuses for the moment."""
PAUSES: Final = (1, 2, 4, 8)
"""Seconds before the server is tried again when there is no way to it."""
RECOUNTED_EVERY: Final = 50
WORKER_DIED: Final = N_("The server stopped while this mail was on its way: it may have arrived.")


@dataclass(frozen=True)
class Outgoing:
    """A mail that is marked `sending`: its key in the outbox, the invitation, where it goes and what it says."""

    id: int
    invitation_id: int
    address: str
    message: EmailMessage


def send_mails(lease: Lease, payload: dict[str, Any], by: Viewer | None) -> tuple[str, dict[str, Any]]:
    """Sends what is queued for a wave; raises MailNotSet, MailServerUnreachable (the rest stays queued), LeaseLost."""
    if by is None:
        raise NotThere
    by.check("run_waves")
    server = settings().mail_server
    if server is None:
        raise MailNotSet
    wave_id = int(payload["wave_id"])
    with write_session(lease.engine) as session:
        _mark_interrupted(session, lease)
    with MailServerConnection(server) as connection:
        run = _Run(lease, wave_id, by, server, connection)
        return run.until_empty()


@dataclass
class _Run:
    lease: Lease
    wave_id: int
    by: Viewer
    server: MailServer
    connection: MailServerConnection
    handed_over: int = 0
    progress: dict[str, int] = field(default_factory=dict)

    def until_empty(self) -> tuple[str, dict[str, Any]]:
        finished: tuple[Outgoing, Outcome] | None = None
        while True:
            going_on, outgoing = self._next(finished)
            if outgoing is None:
                return ("done" if going_on else "cancelled"), {"wave_id": self.wave_id}
            finished = outgoing, self._delivered(outgoing)

    def _next(self, finished: tuple[Outgoing, Outcome] | None) -> tuple[bool, Outgoing | None]:
        """Notes what became of the last mail and marks the next one, in one transaction."""
        now = datetime.now(UTC)
        try:
            with write_session(self.lease.engine) as session:
                if finished:
                    _note(session, *finished, by=self.by, at=now)
                going_on = self.lease.keep(session, **self._counted(session))
                outgoing = _marked(session, self.wave_id, self.lease.job_id, self.server) if going_on else None
                return going_on, outgoing
        except LeaseLost:
            if finished:  # the next worker took it for unclear; we know better
                with write_session(self.lease.engine) as session:
                    _note(session, *finished, by=self.by, at=now)
            raise

    def _counted(self, session: Session) -> dict[str, int]:
        """Progress, recounted now and then: mails are queued and dropped meanwhile."""
        self.progress["done"] = self.progress.get("done", 0) + 1
        if self.handed_over % RECOUNTED_EVERY == 0:
            self.progress = _progress(session, self.wave_id)
        self.handed_over += 1
        return self.progress

    def _delivered(self, outgoing: Outgoing) -> Outcome:
        """Hands the mail over; where there is no way to the server, it goes back into the queue, and we wait a little."""
        for pause in (*PAUSES, None):
            try:
                return self.connection.deliver(outgoing.message, outgoing.address)
            except MailServerUnreachable:
                if pause is None or not self._keep_lease():
                    with write_session(self.lease.engine) as session:
                        _put_back(session, outgoing)
                    raise
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _keep_lease(self) -> bool:
        with write_session(self.lease.engine) as session:
            return self.lease.keep(session)


def _mark_interrupted(session: Session, lease: Lease) -> None:
    """What this job's earlier worker was sending when it died."""
    lease.keep(session)
    theirs = update(Mail).where(col(Mail.job_id) == lease.job_id, col(Mail.state) == "sending")
    values = {"state": "unclear", "job_id": None, "reason": WORKER_DIED, "ended_at": datetime.now(UTC)}
    session.connection().execute(theirs.values(**values))


def _marked(session: Session, wave_id: int, job_id: int, server: MailServer) -> Outgoing | None:
    """The next mail that is still wanted, marked as being sent; None where none is left."""
    wave = session.get_one(Wave, wave_id)
    survey = layout_of_wave(session, wave).scheme.name
    waiting = select(Mail).where(Mail.wave_id == wave_id, Mail.state == "queued")
    waiting = waiting.order_by(col(Mail.attempts), col(Mail.id)).limit(1).with_for_update(skip_locked=True)
    while mail := session.exec(waiting).first():
        invitation = session.get_one(Invitation, mail.invitation_id)
        contact = session.get(Contact, invitation.contact_id) if invitation.contact_id else None
        mail.attempts += 1
        refused = refusals(wave_id).where(Consent.invitation_id == invitation.id)
        if wave.state != "open" or invitation.state != "sent" or session.exec(refused).first():
            _end(mail, "dropped", "")
        else:
            language = language_for(contact.language if contact else "", contact.name if contact else "")
            try:
                link = link_of(invitation)
            except LinkLost as lost:
                _end(mail, "failed", str(lost))
            else:
                mail.state, mail.job_id = "sending", job_id
                session.add(mail)
                session.flush()
                name = contact.name if contact else ""
                day, is_anonymous = invitation.due_on, wave.is_anonymous
                letter = Letter(
                    mail.kind, name, mail.address, language, survey.in_(language), link, day, is_anonymous=is_anonymous
                )
                message = mail_of(letter, sender=server.sender, key=f"{mail.kind}.{mail.id}.{invitation.link_seed}")
                return Outgoing(mail.id or 0, mail.invitation_id, mail.address, message)
        session.add(mail)
        session.flush()
    return None


def _end(mail: Mail, state: str, reason: str) -> None:
    mail.state, mail.reason, mail.job_id, mail.ended_at = state, reason, None, datetime.now(UTC)


def _note(session: Session, outgoing: Outgoing, outcome: Outcome, *, by: Viewer, at: datetime) -> None:
    """Writes down what became of a mail that was being sent, also where somebody took it for unclear meanwhile."""
    found = select(Mail).where(Mail.id == outgoing.id, col(Mail.state).in_(("sending", "unclear")))
    mail = session.exec(found.with_for_update()).first()
    if mail is None:
        return
    state = "failed" if outcome.state == "queued" and mail.attempts >= ATTEMPTS else outcome.state
    mail.state, mail.reason, mail.job_id = state, outcome.reason, None
    mail.ended_at = None if state == "queued" else at
    session.add(mail)
    session.flush()
    if state == "undeliverable":
        with suppress(InvitationAnswered):  # it came back by another way
            mark_undeliverable(session, invitation_id=outgoing.invitation_id, by=by, at=at)


def _put_back(session: Session, outgoing: Outgoing) -> None:
    """Nothing of the mail has left: it waits as before."""
    mine = update(Mail).where(col(Mail.id) == outgoing.id, col(Mail.state) == "sending")
    session.connection().execute(mine.values(state="queued", job_id=None, attempts=Mail.attempts - 1))


def _progress(session: Session, wave_id: int) -> dict[str, int]:
    """How many of the wave's mails are past waiting, and how many there are."""
    counted = select(Mail.state, func.count()).where(Mail.wave_id == wave_id).group_by(col(Mail.state))
    counts = dict(session.exec(counted).all())
    everything = sum(counts.values())
    return {"done": everything - counts.get("queued", 0), "total": everything}
