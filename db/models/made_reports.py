"""Reports: those that were made, whom they go to by themselves, and what people write and sign for them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from db.columns import Moment, key, link, maybe_link, one_of, text
from domain.reports import FIGURES, FORMS, OCCASIONS, STORED

SUMMARY_STATES = ("asked", "approved", "withdrawn")


class MadeReport(SQLModel, table=True):
    """A report as a file. It holds what `for_id` may see; `made_by_id` pressed for it, nobody where a schedule made it.

    `about` is the number of an action, a complaint or an opinion, the code of a customer, a month or a year; `figures`
    whether they are those that were presented. `sha256` of the content stands with the file.
    """

    __tablename__ = "made_report"
    __table_args__ = (
        one_of("kind", STORED),
        one_of("form", FORMS),
        one_of("figures", FIGURES),
        Index("made_report_of_person", "for_id", "id"),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    kind: str
    form: str
    language: str
    wave_id: int | None = maybe_link("wave.id", index=True)
    about: str = ""
    figures: str = ""
    is_anonymised: bool = False
    is_personal: bool = False
    file_id: int = link("stored_file.id", unique=True)
    for_id: int = link("user_account.id")
    made_by_id: int | None = maybe_link("user_account.id")
    made_at: datetime = Field(sa_type=Moment)


class ReportSchedule(SQLModel, table=True):
    """A report that goes to chosen people by itself: before each meeting about a scheme, or after each of its waves."""

    __tablename__ = "report_schedule"
    __table_args__ = (
        one_of("kind", STORED),
        one_of("form", FORMS),
        one_of("occasion", tuple(OCCASIONS)),
    )
    id: int | None = key()
    form_key: str = Field(unique=True)
    kind: str
    form: str
    language: str
    scheme_id: int = link("scheme.id", index=True)
    occasion: str
    active: bool = True
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int = link("user_account.id")


class ReportReader(SQLModel, table=True):
    """Somebody whom a scheduled report goes to."""

    __tablename__ = "report_reader"
    schedule_id: int = link("report_schedule.id", primary_key=True)
    person_id: int = link("user_account.id", primary_key=True, index=True)


class ReportSending(SQLModel, table=True):
    """That a scheduled report went to somebody on an occasion ("wave:5", "meeting:12"): once, or why it didn't."""

    __tablename__ = "report_sending"
    __table_args__ = (CheckConstraint("(made_id IS NULL) = (trouble <> '')", name="made_or_trouble"),)
    schedule_id: int = link("report_schedule.id", primary_key=True)
    person_id: int = link("user_account.id", primary_key=True, index=True)
    thing: str = Field(primary_key=True)
    made_id: int | None = maybe_link("made_report.id", index=True)
    trouble: str = text()
    at: datetime = Field(sa_type=Moment)


class MonthAnalysis(SQLModel, table=True):
    """The general manager's analysis of the causes in a month's service report ("2026-10"); signed, it stays."""

    __tablename__ = "month_analysis"
    __table_args__ = (
        CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signed_has_name"),
        CheckConstraint("said <> ''", name="has_text"),
    )
    month: str = Field(primary_key=True)
    said: str = text()
    version: int = 1
    written_by_id: int = link("user_account.id")
    written_at: datetime = Field(sa_type=Moment)
    signed_by_id: int | None = maybe_link("user_account.id")
    signed_at: datetime | None = Field(default=None, sa_type=Moment)


class ReportReview(SQLModel, table=True):
    """The reviewer's opinion in a wave's analysis report; signed, it stays."""

    __tablename__ = "report_review"
    __table_args__ = (
        CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signed_has_name"),
        CheckConstraint("said <> ''", name="has_text"),
    )
    wave_id: int = link("wave.id", primary_key=True)
    said: str = text()
    version: int = 1
    written_by_id: int = link("user_account.id")
    written_at: datetime = Field(sa_type=Moment)
    signed_by_id: int | None = maybe_link("user_account.id")
    signed_at: datetime | None = Field(default=None, sa_type=Moment)


class PublicSummary(SQLModel, table=True):
    """That a wave's summary may leave the company, with what was changed in both languages; approved by another person."""

    __tablename__ = "public_summary"
    __table_args__ = (
        one_of("state", SUMMARY_STATES),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_has_time"),
        CheckConstraint("state <> 'approved' OR approved_by_id IS NOT NULL", name="approved_has_name"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> asked_by_id", name="approved_by_another"),
    )
    wave_id: int = link("wave.id", primary_key=True)
    changed_zh: str = text()
    changed_en: str = text()
    state: str = "asked"
    asked_by_id: int = link("user_account.id")
    asked_at: datetime = Field(sa_type=Moment)
    approved_by_id: int | None = maybe_link("user_account.id")
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
