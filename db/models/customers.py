"""Who is asked."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Float, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Moment, key, link, maybe_link, text


class Customer(SQLModel, table=True):
    """A customer; `name_key` is the name without spelling differences (width, case, spaces)."""

    __tablename__ = "customer"
    id: int | None = key()
    code: str = Field(unique=True)
    name_zh: str = text()
    name_en: str = text()
    name_key: str = Field(default="", index=True)
    segment: str = ""
    region: str = ""
    sales_owner_id: int | None = maybe_link("user_account.id", index=True)
    department_id: int | None = maybe_link("department.id")
    address: str = text()
    active: bool = True
    created_at: datetime = Field(sa_type=Moment)


class Purchase(SQLModel, table=True):
    """What a customer bought: quantity, promised and actual delivery, end of warranty."""

    __tablename__ = "purchase"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_not_negative"),)
    id: int | None = key()
    customer_id: int = link("customer.id", index=True)
    product: str
    quantity: float = Field(sa_type=Float)
    unit: str = ""
    promised_on: date | None = None
    delivered_on: date | None = None
    warranty_ends_on: date | None = None


class Contact(SQLModel, table=True):
    """A person at a customer: personal data."""

    __tablename__ = "contact"
    id: int | None = key()
    customer_id: int = link("customer.id", index=True)
    name: str
    post: str = ""
    mail: str = ""
    phone: str = ""
    language: str = ""
    active: bool = True


class Cohort(SQLModel, table=True):
    """One combination of segment, region and channel, as they were when the response came."""

    __tablename__ = "cohort"
    __table_args__ = (UniqueConstraint("segment", "region", "channel"),)
    id: int | None = key()
    segment: str = ""
    region: str = ""
    channel: str = ""
