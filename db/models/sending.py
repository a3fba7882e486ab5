"""What goes out: mails, reminders, links that anybody may open, and the company's own working days."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Moment, count, key, link, maybe_link, one_of, text

MAIL_KINDS = ("invitation", "reminder")
MAIL_STATES = ("queued", "sending", "sent", "failed", "unclear", "undeliverable", "dropped")
REMINDER_WAYS = ("mail", "message", "phone")


class Mail(SQLModel, table=True):
    """One mail of the outbox: queued → sending → sent; the same invitation gets each round of a kind once.

    `sending` is committed before the first byte leaves, so what is found so after a kill is `unclear`: it may have
    gone out, and is never sent again by itself. `dropped`: no longer wanted when its turn came.
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("invitation_id", "kind", "round"),
        one_of("kind", MAIL_KINDS),
        one_of("state", MAIL_STATES),
        CheckConstraint("(state = 'sending') = (job_id IS NOT NULL)", name="sending_has_job"),
        CheckConstraint("(kind = 'reminder') = (round > 0)", name="reminder_has_round"),
        Index("mail_of_wave", "wave_id", "state", "attempts", "id"),
    )
    id: int | None = key()
    kind: str
    invitation_id: int = link("invitation.id")
    wave_id: int = link("wave.id")
    round: int = 0
    address: str
    state: str = "queued"
    attempts: int = count()
    reason: str = text()
    job_id: int | None = maybe_link("job.id", index=True)
    queued_at: datetime = Field(sa_type=Moment)
    queued_by_id: int | None = maybe_link("user_account.id")
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class Reminder(SQLModel, table=True):
    """Somebody reminded the one who was asked: when, how, and what was said (personal data)."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("invitation_id", "round"),
        one_of("how", REMINDER_WAYS),
        CheckConstraint("round > 0", name="round_counts"),
        Index("reminder_of_wave", "wave_id", "invitation_id"),
    )
    id: int | None = key()
    invitation_id: int = link("invitation.id")
    wave_id: int = link("wave.id")
    round: int
    how: str
    note: str = text()
    at: datetime = Field(sa_type=Moment)
    by_id: int | None = maybe_link("user_account.id")


class OpenLink(SQLModel, table=True):
    """The public link of a wave, for a poster: whoever has it may answer. Of the token only the hash is kept."""

    __tablename__ = "open_link"
    wave_id: int = link("wave.id", primary_key=True)
    link_seed: str
    token_hash: str = Field(unique=True)
    made_at: datetime = Field(sa_type=Moment)
    made_by_id: int | None = maybe_link("user_account.id")


class CompanyDay(SQLModel, table=True):
    """A day that the company works, or doesn't, whatever the country does."""

    __tablename__ = "company_day"
    day: date = Field(primary_key=True)
    is_working: bool
    name: str = ""
