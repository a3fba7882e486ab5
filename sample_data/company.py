"""The sample company as it lies in the files: accounts, customers, contacts, purchases, questionnaires, actions."""

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

FOLDER = Path(__file__).parent
DEMO = FOLDER / "demo"
SOURCE = FOLDER / "source"
SCHEME_FILE = FOLDER / "presets" / "iatf-quarterly.toml"
Row = TypeVar("Row")


@dataclass(frozen=True)
class Account:
    """Who can sign in to the sample company."""

    username: str
    password: str
    name: str
    role: str
    department: str = ""
    head: bool = False


@dataclass(frozen=True)
class CustomerRow:
    """A customer; `sales` is the user name of the sales owner."""

    code: str
    name_zh: str
    name_en: str
    segment: str
    region: str
    sales: str
    address: str


@dataclass(frozen=True)
class ContactRow:
    """A person at a customer, numbered from 1; `channel` is how the questionnaires come back."""

    customer: str
    number: int
    name: str
    post: str
    language: str
    channel: str


@dataclass(frozen=True)
class PurchaseRow:
    """What a customer bought; days count from the first day of the open quarter (negative: before it)."""

    customer: str
    product: str
    quantity: int
    promised_day: int
    delivered_day: int
    warranty_months: int


@dataclass(frozen=True)
class QuestionnaireRow:
    """One questionnaire sent: quarter 1 (oldest) to 8 (open).

    `state` is returned, missing or undeliverable; `days` are working days from sending to the return, `minute` is the
    minute of that day; `answers` has a digit per item (5 = best, 0 = blank); the opinion is a problem, suggestion or praise.
    """

    quarter: int
    customer: str
    contact: int
    state: str
    days: int
    minute: int
    answers: str
    opinion: str = ""
    opinion_kind: str = ""
    opinion_item: str = ""


def accounts() -> list[Account]:
    """Accounts, in the order in which they are offered."""
    return [Account(**entry) for entry in document(SOURCE / "accounts.toml")["accounts"]]


def document(path: Path) -> dict[str, Any]:
    """A TOML file of ours."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read(kind: type[Row], name: str) -> list[Row]:
    """The rows of a CSV file in demo/, typed as the fields of `kind`."""
    types = {field.name: {"int": int}.get(str(field.type), str) for field in fields(kind)}  # type: ignore[arg-type]
    types |= {field.name: int for field in fields(kind) if field.type is int}  # type: ignore[arg-type]
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return [kind(**{key: types[key](value) for key, value in row.items()}) for row in csv.DictReader(file)]


def write(rows: Sequence[Any], path: Path) -> None:
    """Rows as CSV, the same bytes on every machine."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(rows[0])], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
