"""A list of customers, contacts and purchases goes into the register: looked at first, written when it is confirmed."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from db.models import Contact, Customer, Purchase, User
from db.queries.customer_list import EDIT, to_edit
from domain.access import Viewer
from domain.customer_cells import BadEntry, Wrong, cleaned, is_chinese, read_cell
from domain.customer_columns import missing
from domain.customer_entries import (
    ContactEntry,
    CustomerEntry,
    PurchaseEntry,
    checked_customer,
    entry_of,
    key_of,
)
from domain.customer_names import name_key
from domain.errors import N_, Refusal
from domain.mapping import comparable
from services.audit import audit
from services.customer_reports import Change, CustomerReport, changes_of
from services.reading import Table

MOST_PROBLEMS: Final = 10_000
MOST_LISTED: Final = 500


class ColumnsMissing(Refusal):
    """Nothing says which customer a row is about."""

    def __init__(self) -> None:
        super().__init__(N_("Say which column is the customer's code or name."))


def import_customers(
    session: Session, *, table: Table, columns: Mapping[str, str], by: Viewer, at: datetime, dry_run: bool = False
) -> CustomerReport:
    """Writes a list into the register, columns as role → header; an empty cell changes nothing, and the same list again neither.

    A code says who is meant, else the name as cells are compared. A name that only is spelled otherwise than that of
    somebody who is there is refused: people decide. Rows that are wrong are left out and named. Raises ColumnsMissing,
    NotAllowed.
    """
    by.check(EDIT)
    if missing(columns):
        raise ColumnsMissing
    work = _Work(session, columns, by, at)
    rows = 0
    for line, cells in table.rows():
        rows += 1
        work.take(line, dict(zip(table.headers, cells, strict=False)))
    report = CustomerReport(
        rows, len(work.refused), work.counted(), work.problems[:MOST_PROBLEMS], work.changes(), dry_run
    )
    if not dry_run and report.changes:
        work.write()
        counts = {f"{kind}_{what}": n for kind, some in report.counts.items() for what, n in some.items()}
        audit(session, by=by.user_id, at=at, verb="import", about="customer", **counts)
    return report


@dataclass
class _Known:
    """A customer as it is or will be, with the rows that the file has of it."""

    row: Customer | None
    entry: CustomerEntry
    was: CustomerEntry | None
    rows: int = 0
    said: dict[str, Any] = field(default_factory=dict)
    contacts: list[tuple[Contact | None, ContactEntry]] = field(default_factory=list)
    purchases: list[tuple[Purchase | None, PurchaseEntry]] = field(default_factory=list)
    listed: Counter[Any] = field(default_factory=Counter)


class _Work:
    """A list on its way in."""

    def __init__(self, session: Session, columns: Mapping[str, str], by: Viewer, at: datetime) -> None:
        self.session, self.columns, self.by, self.at = session, columns, by, at
        self.problems: list[BadEntry] = []
        self.refused: set[int] = set()
        self.known: dict[str, _Known] = {}
        every = session.exec(select(Customer)).all()
        mine = set(session.exec(select(Customer.id).where(*to_edit(by))))
        kept = {row.id: row for row in every}
        self.by_code = {row.code: kept[row.merged_into_id or row.id] for row in every}
        self.by_name = {
            comparable(name): kept[row.merged_into_id or row.id]
            for row in reversed(every)
            for name in (row.name_zh, row.name_en)
            if name
        }
        self.by_key = {name_key(name) for name in [*self.by_name, *self.by_code]}
        self.mine = mine
        sellers = session.exec(select(User).where(User.role == "sales"))
        self.sellers = {name_key(name): user.id for user in sellers for name in (user.username, user.name)}

    def take(self, line: int, cells: Mapping[str, str]) -> None:
        """Reads a row into what is known; a wrong one changes nothing."""
        said = {role: cleaned(cells.get(header, "")) for role, header in self.columns.items()}
        before = len(self.problems)
        values: dict[str, Any] = {}
        for role, text in said.items():
            if text:
                values[role], reason = read_cell(role, text, self.sellers)
                if reason is not None:
                    self._bad(line, role, text, reason)
        known = self._customer(line, said)
        if known is not None:
            self._check_parts(line, said)
            self._check_same(line, known, values)
        if len(self.problems) > before or known is None:
            self.refused.add(line)
            return
        self._adopt(known, values)

    def _good(self) -> list[_Known]:
        """Customers of whom at least one row isn't refused."""
        return [known for known in self.known.values() if known.rows]

    def counted(self) -> dict[str, dict[str, int]]:
        """How many of each kind are new, changed, the same."""
        found: dict[str, Counter[str]] = {kind: Counter() for kind in ("customers", "contacts", "purchases")}
        for known in self._good():
            found["customers"][_fate(known.row, known.was, known.entry)] += 1
            for row, contact in known.contacts:
                found["contacts"][_fate(row, entry_of(ContactEntry, row) if row else None, contact)] += 1
            for bought, purchase in known.purchases:
                found["purchases"][_fate(bought, entry_of(PurchaseEntry, bought) if bought else None, purchase)] += 1
        return {kind: {what: some[what] for what in ("new", "changed", "same")} for kind, some in found.items()}

    def changes(self) -> list[Change]:
        """What is new, and what changes from what to what; the first ones."""
        found: list[Change] = []
        for known in self._good():
            code, entry = known.entry.code, known.entry
            found += changes_of("customers", code, entry.name_zh or entry.name_en, known.was, entry)
            for row, contact in known.contacts:
                was = entry_of(ContactEntry, row) if row else None
                found += changes_of("contacts", code, contact.name, was, contact)
            for bought, purchase in known.purchases:
                had = entry_of(PurchaseEntry, bought) if bought else None
                found += changes_of("purchases", code, purchase.product, had, purchase)
            if len(found) >= MOST_LISTED:
                break
        return found[:MOST_LISTED]

    def write(self) -> None:
        """Writes everything that is new or changed."""
        for known in self._good():
            customer = known.row
            if customer is None:
                customer = Customer(**asdict(known.entry), name_key=key_of(known.entry), created_at=self.at)
                self.session.add(customer)
                self.session.flush()
            elif known.entry != known.was:
                customer.sqlmodel_update({**asdict(known.entry), "name_key": key_of(known.entry)})
            changed = known.row is not None and known.entry != known.was
            for row, entry in [*known.contacts, *known.purchases]:
                changed |= self._write_line(row, entry, customer.id or 0)
            if known.row is not None and changed:
                customer.version += 1
        self.session.flush()

    def _write_line(self, row: Any, entry: Any, customer_id: int) -> bool:
        values = {name: value for name, value in asdict(entry).items() if name != "id"}
        if row is None:
            kind = Contact if isinstance(entry, ContactEntry) else Purchase
            self.session.add(kind(customer_id=customer_id, **values))
            return True
        changed = any(getattr(row, name) != value for name, value in values.items())
        row.sqlmodel_update(values)
        return changed

    def _bad(self, line: int, role: str, value: str, reason: Wrong) -> None:
        self.problems.append(BadEntry(line, self.columns.get(role, ""), value, reason))

    def _customer(self, line: int, said: Mapping[str, str]) -> _Known | None:
        """Whom a row is about; None where it can't be said."""
        code = said.get("code", "")
        names = [name for name in (said.get("name_zh", ""), said.get("name_en", "")) if name]
        if not code and not names:
            self._bad(line, "code", "", Wrong.NO_CUSTOMER)
            return None
        key = code or names[0]
        row = self.by_code.get(key) or (
            None if code else next((self.by_name[n] for n in names if n in self.by_name), None)
        )
        if row is not None:
            return self._there(line, row, key)
        if key in self.known:
            return self.known[key]
        if not code and any(name_key(name) in self.by_key for name in names):
            self._bad(line, "name_zh" if "name_zh" in self.columns else "name_en", names[0], Wrong.LIKE_ANOTHER)
            return None
        self.known[key] = _Known(None, CustomerEntry(code=key, sales_owner_id=self.by.only_customers_of), None)
        return self.known[key]

    def _there(self, line: int, row: Customer, said: str) -> _Known | None:
        if row.id not in self.mine:
            self._bad(line, "code" if "code" in self.columns else "name_zh", said, Wrong.NOT_YOURS)
            return None
        if row.code not in self.known:
            entry = entry_of(CustomerEntry, row)
            self.known[row.code] = _Known(row, entry, entry)
        return self.known[row.code]

    def _check_parts(self, line: int, said: Mapping[str, str]) -> None:
        for needed, parts, reason in (
            ("contact", ("post", "mail", "phone"), Wrong.NO_CONTACT),
            ("product", ("quantity", "promised_on", "delivered_on", "warranty_ends_on"), Wrong.NO_PRODUCT),
        ):
            part = next((role for role in parts if said.get(role)), "")
            if part and not said.get(needed):
                self._bad(line, part, said[part], reason)

    def _check_same(self, line: int, known: _Known, values: Mapping[str, Any]) -> None:
        for role, value in values.items():
            if role in _OF_CUSTOMER and role != "code" and known.said.get(role, value) != value:
                self._bad(line, role, str(value), Wrong.SAYS_OTHERWISE)

    def _adopt(self, known: _Known, values: Mapping[str, Any]) -> None:
        mine = {_OF_CUSTOMER[role]: value for role, value in values.items() if role in _OF_CUSTOMER and role != "code"}
        if self.by.only_customers_of is not None:
            mine.pop("sales_owner_id", None)
        known.said |= {role: value for role, value in values.items() if role in _OF_CUSTOMER}
        if "name_zh" not in self.columns and is_chinese(mine.get("name_en", "")):
            mine["name_zh"] = mine.pop("name_en")
        known.rows += 1
        if known.row is None and not (
            known.entry.name_zh or known.entry.name_en or {"name_zh", "name_en"} & mine.keys()
        ):
            mine["name_zh" if is_chinese(known.entry.code) else "name_en"] = known.entry.code
        known.entry = checked_customer(replace(known.entry, **mine))
        if values.get("contact"):
            self._adopt_contact(known, values)
        if values.get("product"):
            self._adopt_purchase(known, values)

    def _adopt_contact(self, known: _Known, values: Mapping[str, Any]) -> None:
        given = {name: values[name] for name in ("post", "mail", "phone", "language") if name in values}
        wanted = ContactEntry(name=values["contact"], **given)
        for place, (row, entry) in enumerate(known.contacts):
            if _same_person(entry, wanted):
                known.contacts[place] = (row, replace(entry, name=wanted.name, **given))
                return
        there = self._rows_of(Contact, known.row)
        taken = {row.id for row, _ in known.contacts if row}
        row = next(
            (one for one in there if one.id not in taken and _same_person(entry_of(ContactEntry, one), wanted)), None
        )
        entry = replace(entry_of(ContactEntry, row), name=wanted.name, **given) if row else wanted
        known.contacts.append((row, entry))

    def _adopt_purchase(self, known: _Known, values: Mapping[str, Any]) -> None:
        """The n-th row of a purchase in the file is the n-th of it that is there."""
        given = {name: values[name] for name in ("delivered_on", "warranty_ends_on") if name in values}
        quantity, promised = values.get("quantity", 0.0), values.get("promised_on")
        wanted = PurchaseEntry(None, values["product"], quantity, values.get("unit", ""), promised, **given)
        known.listed[_which(wanted)] += 1
        same = [one for one in self._rows_of(Purchase, known.row) if _which(one) == _which(wanted)]
        number = known.listed[_which(wanted)] - 1
        row = same[number] if number < len(same) else None
        known.purchases.append((row, replace(entry_of(PurchaseEntry, row), **given) if row else wanted))

    def _rows_of(self, model: type[Any], customer: Customer | None) -> list[Any]:
        if customer is None:
            return []
        lines = self.__dict__.setdefault(model.__tablename__, {})
        if not lines:
            lines = self.__dict__[model.__tablename__] = defaultdict(list)
            for row in self.session.exec(select(model).order_by(col(model.id))):
                lines[row.customer_id].append(row)
        found: list[Any] = lines[customer.id]
        return found


_OF_CUSTOMER: Final = {
    **{one.name: one.name for one in fields(CustomerEntry) if one.name != "sales_owner_id"},
    "owner": "sales_owner_id",
}
"""Role → field of a customer."""


def _fate(row: object, was: Any, now: Any) -> str:
    return "new" if row is None else "same" if was == now else "changed"


def _which(one: Any) -> tuple[object, ...]:
    return one.product, one.quantity, one.unit, one.promised_on


def _same_person(one: ContactEntry, other: ContactEntry) -> bool:
    """By mail where both have one, else by name."""
    if one.mail and other.mail:
        return one.mail.casefold() == other.mail.casefold()
    return name_key(one.name) == name_key(other.name)
