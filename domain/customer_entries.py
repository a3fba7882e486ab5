"""What is entered of a customer, its contacts and its purchases, on a screen or in a file; and what can't be right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Final, TypeVar

from domain.customer_names import name_key
from domain.errors import N_, Refusal
from domain.mapping import comparable

MAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
LONGEST: Final = 200
LANGUAGES: Final = ("", "zh_CN", "en")


class EntryInvalid(Refusal):
    """Something entered that can't be right; the message says what and why."""


@dataclass(frozen=True)
class CustomerEntry:
    """A customer as it is entered; `value` is a year's business, `since_on` the day of the first business."""

    code: str = ""
    name_zh: str = ""
    name_en: str = ""
    segment: str = ""
    region: str = ""
    sales_owner_id: int | None = None
    address: str = ""
    value: float | None = None
    vip: bool = False
    since_on: date | None = None
    active: bool = True


@dataclass(frozen=True)
class ContactEntry:
    """A contact as it is entered; without an id it is new."""

    id: int | None = None
    name: str = ""
    post: str = ""
    mail: str = ""
    phone: str = ""
    language: str = ""
    active: bool = True


@dataclass(frozen=True)
class PurchaseEntry:
    """A purchase as it is entered; without an id it is new."""

    id: int | None = None
    product: str = ""
    quantity: float = 0.0
    unit: str = ""
    promised_on: date | None = None
    delivered_on: date | None = None
    warranty_ends_on: date | None = None


@dataclass(frozen=True)
class Entered:
    """A customer with all its contacts and purchases, as one form has them."""

    customer: CustomerEntry = field(default_factory=CustomerEntry)
    contacts: tuple[ContactEntry, ...] = ()
    purchases: tuple[PurchaseEntry, ...] = ()


Entry = TypeVar("Entry", CustomerEntry, ContactEntry, PurchaseEntry)


def entry_of(kind: type[Entry], row: Any) -> Entry:
    """What is stored, as it would be entered."""
    return kind(**{one.name: getattr(row, one.name) for one in fields(kind)})


def checked_customer(entry: CustomerEntry) -> CustomerEntry:
    """The entry without outer blanks; raises EntryInvalid."""
    entry = _trimmed(entry)
    entry = replace(entry, code=comparable(entry.code))
    if not entry.code:
        raise EntryInvalid(N_("Enter the customer's code."))
    if not (entry.name_zh or entry.name_en):
        raise EntryInvalid(N_("Enter the customer's name, in Chinese or English."))
    if entry.value is not None and not 0 <= entry.value < float("inf"):
        raise EntryInvalid(N_("The yearly business is a number, 0 or more."))
    return entry


def checked_contacts(entries: Sequence[ContactEntry]) -> tuple[ContactEntry, ...]:
    """The contacts without outer blanks, empty lines left out; raises EntryInvalid."""
    trimmed = [_trimmed(entry) for entry in entries]
    kept = [one for one in trimmed if one.id or any((one.name, one.post, one.mail, one.phone))]
    for one in kept:
        if not one.name:
            raise EntryInvalid(N_("A contact needs a name."))
        if one.mail and not MAIL.fullmatch(one.mail):
            raise EntryInvalid(N_("“{mail}” is no mail address."), mail=one.mail)
        if one.language not in LANGUAGES:
            raise EntryInvalid(N_("There is no language “{language}”."), language=one.language)
    return tuple(kept)


def checked_purchases(entries: Sequence[PurchaseEntry]) -> tuple[PurchaseEntry, ...]:
    """The purchases without outer blanks, empty lines left out; raises EntryInvalid."""
    trimmed = [_trimmed(entry) for entry in entries]
    kept = [one for one in trimmed if replace(one, id=None) != PurchaseEntry()]
    for one in kept:
        if not one.product:
            raise EntryInvalid(N_("A purchase needs its product."))
        if not 0 <= one.quantity < float("inf"):
            raise EntryInvalid(N_("A quantity is a number, 0 or more."))
    return tuple(kept)


def key_of(entry: CustomerEntry) -> str:
    """What the register compares names by, of the Chinese name where there is one."""
    return name_key(entry.name_zh or entry.name_en)


def _trimmed(entry: Entry) -> Entry:
    texts: dict[str, Any] = {
        one.name: " ".join(value.replace("\0", "").split())[:LONGEST]
        for one in fields(entry)
        if isinstance(value := getattr(entry, one.name), str)
    }
    return replace(entry, **texts)
