"""Who is asked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.columns import Json, Moment, key, link, maybe_link, text


class Customer(SQLModel, table=True):
    """A customer; `name_key` is the name without spelling differences (width, case, spaces).

    `value` is a year's business in the organisation's currency; one that was merged into another stays as an empty shell.
    """

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value_not_negative"),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
    )
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
    value: float | None = Field(default=None, sa_type=Float)
    vip: bool = False
    since_on: date | None = None
    merged_into_id: int | None = maybe_link("customer.id", index=True)
    version: int = 1
    created_at: datetime = Field(sa_type=Moment)


class CustomerMerge(SQLModel, table=True):
    """Two customers that turned out to be one: who put them together, and `moved`: the keys of what moved, by table.

    `moved` also says whether the merged one was active; it is what undoing goes by.
    """

    __tablename__ = "customer_merge"
    __table_args__ = (CheckConstraint("kept_id <> merged_id", name="two_customers"),)
    id: int | None = key()
    kept_id: int = link("customer.id", index=True)
    merged_id: int = link("customer.id", index=True)
    at: datetime = Field(sa_type=Moment)
    by_id: int | None = maybe_link("user_account.id")
    undone_at: datetime | None = Field(default=None, sa_type=Moment)
    undone_by_id: int | None = maybe_link("user_account.id")
    moved: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class CustomersApart(SQLModel, table=True):
    """Two customers, the lower key first, of whom somebody said that they are not the same: no merge is proposed."""

    __tablename__ = "customers_apart"
    __table_args__ = (CheckConstraint("first_id <> second_id", name="two_apart"),)
    first_id: int = link("customer.id", primary_key=True)
    second_id: int = link("customer.id", primary_key=True, index=True)
    at: datetime = Field(sa_type=Moment)
    by_id: int | None = maybe_link("user_account.id")


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
