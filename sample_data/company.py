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


@dataclass(frozen=True)
class Step:
    """What somebody did with an action: a verb, who (user name), when, and what was written.

    `at` is (quarter, working days after its closing); without it `ago` counts working days back from loading.
    """

    verb: str
    by: str
    at: tuple[int, int] | None
    ago: int
    fields: dict[str, str]


@dataclass(frozen=True)
class ActionStory:
    """A corrective action with all its steps, the first of which assigns it; about an item, a dimension, a customer."""

    quarter: int
    item: str
    items: tuple[str, ...]
    dimension: str
    customer: str
    title: str
    problem: str
    department: str
    owner: str
    approver: str
    due: tuple[int, int] | None
    due_in: int
    steps: tuple[Step, ...]


ABOUT = {"item": "", "items": (), "dimension": "", "customer": "", "due": None, "due_in": 0}
"""What an action in the file may leave out."""


def actions() -> list[ActionStory]:
    """The corrective actions, in the order of the file."""
    entries = document(SOURCE / "actions.toml")["actions"]
    return [ActionStory(**{**ABOUT, **entry, "steps": tuple(map(_step, entry["steps"]))}) for entry in entries]


def _step(entry: dict[str, Any]) -> Step:
    known = {"verb", "by", "at", "ago"}
    fields = {name: value for name, value in entry.items() if name not in known}
    return Step(entry["verb"], entry["by"], entry.get("at"), entry.get("ago", 0), fields)


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
