"""The rules of a survey."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Moment, key, link, maybe_link


class SchemeRow(SQLModel, table=True):
    """A scheme, the line of its versions."""

    __tablename__ = "scheme"
    id: int | None = key()
    code: str = Field(unique=True)
    organiser_id: int | None = maybe_link("department.id")


class SchemeVersion(SQLModel, table=True):
    """One immutable version of a scheme: its TOML document and the document's hash."""

    __tablename__ = "scheme_version"
    __table_args__ = (UniqueConstraint("scheme_id", "number"), UniqueConstraint("scheme_id", "hash"))
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    number: int
    document: str = Field(sa_type=Text)
    hash: str
    created_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")


class DimensionRow(SQLModel, table=True):
    """A dimension, or a named index, of a scheme: stable over its versions; id > 0 is its composite number."""

    __tablename__ = "dimension"
    __table_args__ = (UniqueConstraint("scheme_id", "code"),)
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    code: str


class ItemRow(SQLModel, table=True):
    """An item of a scheme: stable over its versions; names, weight and department stand in the version."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("scheme_id", "code"),)
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    code: str


class StoredMapping(SQLModel, table=True):
    """A mapping that somebody corrected, to be used again for the next file with the same headers."""

    __tablename__ = "stored_mapping"
    __table_args__ = (UniqueConstraint("scheme_id", "fingerprint"),)
    id: int | None = key()
    scheme_id: int = link("scheme.id")
    fingerprint: str
    name: str = ""
    document: str = Field(sa_type=Text)
    used_at: datetime = Field(sa_type=Moment)
    created_by_id: int | None = maybe_link("user_account.id")
