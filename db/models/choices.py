"""Questions with choices that came with a file, and why somebody should look at a response."""

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field, SQLModel

from db.columns import link, one_of

FLAGS = ("straight_line", "too_fast", "duplicate", "restarted", "not_attentive")


class ChoiceQuestionRow(SQLModel, table=True):
    """A question with choices of an imported file; its answers are extra answers, one chosen option a line."""

    __tablename__ = "choice_question"
    __table_args__ = (CheckConstraint("code LIKE 'file:%'", name="code_of_a_file"),)
    wave_id: int = link("wave.id", primary_key=True)
    code: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    is_multiple: bool


class ResponseFlag(SQLModel, table=True):
    """Somebody should look at this response; it counts until a person withdraws it."""

    __tablename__ = "response_flag"
    __table_args__ = (one_of("flag", FLAGS),)
    response_id: int = link("response.id", primary_key=True)
    flag: str = Field(primary_key=True)
    about: str = Field(sa_type=Text)
