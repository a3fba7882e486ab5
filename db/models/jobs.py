"""Long work, and the files that it works on."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, count, key, link, maybe_link, one_of, text

JOB_STATES = ("queued", "running", "done", "failed", "cancelled")


class Job(SQLModel, table=True):
    """Work that outlives a page: its progress, its lease, the wish to stop it; `claims` counts who has held it."""

    __tablename__ = "job"
    __table_args__ = (one_of("state", JOB_STATES), Index("job_by_state", "state", "id"))
    id: int | None = key()
    kind: str
    form_key: str = Field(unique=True)
    state: str = "queued"
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    done: int = count()
    total: int = count()
    cancel_wanted: bool = False
    leased_until: datetime | None = Field(default=None, sa_type=Moment)
    claims: int = count()
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id", index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class StoredFile(SQLModel, table=True):
    """An uploaded file, kept in parts of 1 MB; uploads are removed after their import."""

    __tablename__ = "stored_file"
    id: int | None = key()
    name: str
    size: int = Field(sa_type=BigInteger)
    sha256: str = Field(index=True)
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


class FilePart(SQLModel, table=True):
    """One megabyte of a stored file."""

    __tablename__ = "file_part"
    file_id: int = link("stored_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    content: bytes


class ImportRun(SQLModel, table=True):
    """One file going into one wave; `rows_done` is the progress mark of the last committed transaction."""

    __tablename__ = "import_run"
    __table_args__ = (UniqueConstraint("wave_id", "file_sha256", "mapping_hash"),)
    id: int | None = key()
    wave_id: int = link("wave.id")
    file_name: str
    file_sha256: str
    mapping_hash: str
    mapping: str = text()
    rows_done: int = count()
    written: int = count()
    invalid: int = count()
    already_in: int = count()
    refused: int = count()
    finished_at: datetime | None = Field(default=None, sa_type=Moment)
    started_at: datetime = Field(sa_type=Moment)
    started_by_id: int | None = maybe_link("user_account.id")
