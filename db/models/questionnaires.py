"""What is asked beside the scheme's items, what was typed so far, who agreed to what, and what else was answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, one_of

PROBLEM_VERDICTS = ("improved", "partly", "not")


class QuestionnaireRow(SQLModel, table=True):
    """A version of a wave's questionnaire: its texts and extra questions; the newest one is asked."""

    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("wave_id", "number"), CheckConstraint("number > 0", name="number_counts"))
    id: int | None = key()
    wave_id: int = link("wave.id")
    number: int
    document: dict[str, Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


class AnswerDraft(SQLModel, table=True):
    """What somebody typed and hasn't submitted: found by the hash of the link; gone when the answer is in."""

    __tablename__ = "answer_draft"
    key_hash: str = Field(primary_key=True)
    wave_id: int = link("wave.id", index=True)
    fields: dict[str, Any] = Field(sa_type=Json)
    saved_at: datetime = Field(sa_type=Moment)


class Consent(SQLModel, table=True):
    """Somebody agreed, or refused, to which text, when and by which channel. A refusal has no response."""

    __tablename__ = "consent"
    __table_args__ = (CheckConstraint("given = (response_id IS NOT NULL)", name="given_has_response"),)
    id: int | None = key()
    wave_id: int = link("wave.id", index=True)
    response_id: int | None = maybe_link("response.id", unique=True)
    invitation_id: int | None = maybe_link("invitation.id", unique=True)
    given: bool
    version: str
    channel: str
    at: datetime = Field(sa_type=Moment)


class ExtraAnswer(SQLModel, table=True):
    """The answer to a question that isn't rated: codes of the chosen options, a number, or text (personal data)."""

    __tablename__ = "extra_answer"
    response_id: int = link("response.id", primary_key=True)
    question: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)


class ProblemAnswer(SQLModel, table=True):
    """What a customer says of an own earlier problem: improved, partly, not; "not" opens it again."""

    __tablename__ = "problem_answer"
    __table_args__ = (one_of("verdict", PROBLEM_VERDICTS),)
    response_id: int = link("response.id", primary_key=True)
    opinion_id: int = link("opinion.id", primary_key=True, index=True)
    verdict: str


class OpenTry(SQLModel, table=True):
    """An answer through a public link, counted for an hour per address; the address itself is kept nowhere."""

    __tablename__ = "open_try"
    __table_args__ = (Index("open_try_of_address", "wave_id", "address_hash", "at"),)
    id: int | None = key()
    wave_id: int = link("wave.id")
    address_hash: str
    at: datetime = Field(sa_type=Moment)
