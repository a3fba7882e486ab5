"""The organisation's own look of its slides."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from db.columns import Moment, key, link, maybe_link


class ReportTemplate(SQLModel, table=True):
    """A PowerPoint file that slides are made on; the newest one holds."""

    __tablename__ = "report_template"
    id: int | None = key()
    file_id: int = link("stored_file.id", unique=True)
    added_at: datetime = Field(sa_type=Moment)
    added_by_id: int | None = maybe_link("user_account.id")
