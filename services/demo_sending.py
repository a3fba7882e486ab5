"""What the sample company's open wave sent: mails, two of them in trouble, and the first reminders."""

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Final

from sqlmodel import Session, col, select

from db.models import Contact, Invitation, Mail, Reminder, Wave
from domain.access import Viewer
from sample_data.timeline import Timeline, moment
from services.mailing import WORKER_DIED

SENT_AT, REMINDED_AT, CALLED_AT = time(8, 5), time(9, 30), time(15, 40)
NO_SUCH_MAILBOX: Final = "550 5.1.1 user unknown"
FULL: Final = "452 4.2.2 mailbox full"
REMINDED_OF, CALLED_OF = 3, 9
"""Two of three who are outstanding were reminded by mail, one of nine was called as well."""
NOTE: Final = "周五前回复 will answer by Friday"


def tell_sending(session: Session, timeline: Timeline, by: Viewer) -> None:
    """Adds to the open wave what its organiser did."""
    wave = session.exec(select(Wave).where(Wave.state == "open")).one()
    asked = select(Invitation, Contact).join(Contact).where(Invitation.wave_id == wave.id)
    rows = session.exec(asked.order_by(col(Invitation.id))).all()
    waiting = [invitation for invitation, _ in rows if invitation.state == "sent"]
    unclear, failed = (waiting[place].id for place in (4, 11))
    sent_at = moment(timeline.sent_on(timeline.last), SENT_AT)
    for invitation, contact in rows:
        mail = Mail(
            kind="invitation",
            invitation_id=invitation.id or 0,
            wave_id=invitation.wave_id,
            address=contact.mail,
            state="sent",
            attempts=1,
            queued_at=sent_at,
            queued_by_id=by.user_id,
            ended_at=sent_at + timedelta(seconds=invitation.id or 0),
        )
        if invitation.state == "undeliverable":
            mail.state, mail.reason = "undeliverable", NO_SUCH_MAILBOX
        elif invitation.id == unclear:
            mail.state, mail.reason = "unclear", WORKER_DIED
        elif invitation.id == failed:
            mail.state, mail.reason, mail.attempts = "failed", FULL, 3
        session.add(mail)
    _reminders(session, waiting, timeline, by)
    session.flush()


def _reminders(session: Session, waiting: Sequence[Invitation], timeline: Timeline, by: Viewer) -> None:
    day = timeline.day_ago(1)
    for place, invitation in enumerate(waiting):
        if place % REMINDED_OF == 0:
            continue
        calls = [("phone", moment(day, CALLED_AT), NOTE)] if place % CALLED_OF == 1 else []
        for number, (how, at, note) in enumerate([("mail", moment(day, REMINDED_AT), ""), *calls], start=1):
            session.add(
                Reminder(
                    invitation_id=invitation.id or 0,
                    wave_id=invitation.wave_id,
                    round=number,
                    how=how,
                    note=note,
                    at=at,
                    by_id=by.user_id,
                )
            )
