"""The leader's part of telling: the outbox goes out message by message, each at most once by itself.

As with mails of a wave (services/mailing): a message is marked `sending`, and that is committed, before its first byte
leaves; what became of it is committed together with the next one's mark. What a killed leader was sending is `unclear`
to the next one, and an administrator decides.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, or_, select

from db.models import ChatTarget, ChosenChat, Delivered, Delivery, Notification, User
from db.queries.deliveries import wishes_of
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import N_
from domain.mail_addresses import address_of
from services import chats
from services.complaint_minutes import minutes_told
from services.leading import Lead
from services.leases import LeaseLost
from services.mail_server import MailServerConnection, MailServerUnreachable, Outcome
from services.mail_texts import Attached, language_for
from services.notice_texts import Told, chat_text, mail_of
from services.report_schedules import reports_told
from services.sign_in import viewer_of
from settings import settings

BACK_OFF: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""How long a message waits after each failed try; after one more it is given up."""
LEADER_DIED: Final = N_("The server stopped while this message was on its way: it may have arrived.")


def now_utc() -> datetime:
    """This moment; tests bring their own."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Outgoing:
    """A message that is marked `sending`, and how it is handed over."""

    id: int
    target_id: int | None
    hand_over: Callable[[], Outcome]


@dataclass
class _Run:
    lead: Lead
    now: Callable[[], datetime]
    mail: MailServerConnection | None
    became: Counter[str] = field(default_factory=Counter)

    def until_empty(self) -> None:
        finished: tuple[Outgoing, Outcome] | None = None
        while True:
            try:
                with write_session(self.lead.engine) as session:
                    if finished:
                        self._note(session, *finished)
                    self.lead.keep(session)
                    outgoing = _marked(session, self.lead.claim, self.now(), self.mail)
            except LeaseLost:
                if finished:  # the next leader took it for unclear; we know better
                    with write_session(self.lead.engine) as session:
                        self._note(session, *finished)
                raise
            if outgoing is None:
                return
            finished = outgoing, self._outcome(outgoing)

    def _outcome(self, outgoing: Outgoing) -> Outcome:
        """What became of a message; where there is no way to its server, all others for the same one wait as well."""
        try:
            return outgoing.hand_over()
        except (MailServerUnreachable, chats.ChatUnreachable) as trouble:
            with write_session(self.lead.engine) as session:
                same = _same_way(outgoing.target_id)
                later = update(Delivery).where(same, col(Delivery.state) == "queued")
                until = self.now() + BACK_OFF[0]
                session.connection().execute(later.where(col(Delivery.not_before) < until).values(not_before=until))
            return Outcome("queued", str(trouble.values.get("reason", trouble)))

    def _note(self, session: Session, outgoing: Outgoing, outcome: Outcome) -> None:
        """Writes down what became of a message, also where somebody took it for unclear meanwhile."""
        wanted = select(Delivery).where(Delivery.id == outgoing.id, col(Delivery.state).in_(("sending", "unclear")))
        row = session.exec(wanted.with_for_update().execution_options(populate_existing=True)).first()
        if row is None:
            return
        state = "failed" if outcome.state == "undeliverable" else outcome.state
        row.claim, row.reason, row.ended_at = None, outcome.reason, self.now()
        if state == "queued" and row.attempts > len(BACK_OFF):
            state = "failed"
        if state == "queued":
            row.ended_at, row.not_before = None, self.now() + BACK_OFF[row.attempts - 1]
        row.state = state
        session.add(row)
        session.flush()
        self.became[state] += 1


def deliver(lead: Lead, *, now: Callable[[], datetime] = now_utc) -> dict[str, int]:
    """Sends what is due; state → how many messages came into it. Raises LeaseLost, and stops, where the lead is lost."""
    if not _anything(lead, now()):
        return {}
    server = settings().mail_server
    with write_session(lead.engine) as session:
        lead.keep(session)
        interrupted = update(Delivery).where(col(Delivery.state) == "sending")
        values = {"state": "unclear", "claim": None, "reason": LEADER_DIED, "ended_at": now()}
        unclear = session.connection().execute(interrupted.values(**values)).rowcount
    if server is None:
        run = _Run(lead, now, None)
        run.until_empty()
    else:
        with MailServerConnection(server) as connection:
            run = _Run(lead, now, connection)
            run.until_empty()
    return dict(run.became + Counter({"unclear": unclear}))


def _anything(lead: Lead, at: datetime) -> bool:
    """Whether something is due, or was left halfway."""
    waiting = (col(Delivery.state) == "queued") & (col(Delivery.not_before) <= at)
    with read_session(lead.engine) as session:
        found = select(Delivery.id).where(or_(waiting, col(Delivery.state) == "sending")).limit(1)
        return session.exec(found).first() is not None


def _marked(session: Session, claim: int, at: datetime, mail: MailServerConnection | None) -> Outgoing | None:
    """The next message that is due and still wanted, marked as being sent; None where none is left."""
    free = or_(col(ChatTarget.id).is_(None), col(ChatTarget.next_at).is_(None), col(ChatTarget.next_at) <= at)
    due = select(Delivery).join(ChatTarget, col(ChatTarget.id) == Delivery.target_id, isouter=True)
    due = due.where(Delivery.state == "queued", col(Delivery.not_before) <= at, free)
    due = due.order_by(col(Delivery.not_before), col(Delivery.id)).limit(1)
    while row := session.exec(due.with_for_update(of=Delivery, skip_locked=True)).first():
        hand_over = _wanted(session, row, at, mail)
        if hand_over is None:
            row.state, row.ended_at = "dropped", at
        else:
            row.state, row.claim, row.attempts = "sending", claim, row.attempts + 1
        session.add(row)
        session.flush()
        if hand_over is not None:
            return Outgoing(row.id or 0, row.target_id, hand_over)
    return None


def _wanted(
    session: Session, row: Delivery, at: datetime, mail: MailServerConnection | None
) -> Callable[[], Outcome] | None:
    """How a message is handed over; None where nobody wants it any more: read in the app, account or way given up."""
    person = session.get_one(User, row.person_id)
    unread = select(Notification).join(Delivered).where(Delivered.delivery_id == row.id)
    if row.target_id is None:
        unread = unread.where(col(Notification.read_at).is_(None))
    listed = session.exec(unread.order_by(col(Notification.id))).all()
    told = [Told(one.kind, one.facts, one.link) for one in listed]
    if not told or not person.active:
        return None
    language, base = language_for(person.language, person.name), settings().base_url
    if row.target_id is None:
        address, server = address_of(person.mail), settings().mail_server
        if mail is None or server is None or address is None or not wishes_of(session, row.person_id).by_mail:
            return None
        usual = {"name": person.name, "address": address, "language": language, "base_url": base}
        message: EmailMessage = mail_of(told, sender=server.sender, key=f"told.{row.id}.{row.attempts}", **usual)
        for file in _files(session, viewer_of(person), told, language, at):
            message.add_attachment(file.content, maintype="application", subtype=file.subtype, filename=file.name)
        return partial(mail.deliver, message, address)
    target = session.get_one(ChatTarget, row.target_id)
    if not target.active or session.get(ChosenChat, (row.person_id, row.target_id)) is None:
        return None
    target.next_at = at + chats.SPACING[target.kind]
    session.add(target)
    text = chat_text(told, language=language, base_url=base, with_titles=target.with_titles)
    return partial(chats.post, target.kind, target.address, target.secret, text)


def _files(session: Session, reader: Viewer, told: Sequence[Told], language: str, at: datetime) -> list[Attached]:
    """What goes with the mail: reports that were ordered, and minutes that were approved."""
    facts = [one.facts for one in told]
    minutes = minutes_told(session, reader, facts, language=language, zone=settings().zone, at=at)
    return [*reports_told(session, reader, facts, at=at), *minutes]


def _same_way(target_id: int | None) -> ColumnElement[bool]:
    return col(Delivery.target_id).is_(None) if target_id is None else col(Delivery.target_id) == target_id
