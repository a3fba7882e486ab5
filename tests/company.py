"""A small company for tests of the loop: people, customers, a closed and an open wave of the default scheme, findings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Customer, Department, Finding, SchemeRow, User, Wave
from db.queries.layouts import layout_of_wave
from db.session import write_session
from domain.access import Viewer
from domain.scheme import BLANK
from services.recording import NewResponses, cohort_id, record
from services.schemes import store_scheme
from services.sign_in import viewer_of
from services.waves import open_wave

PRESETS = Path(__file__).resolve().parent.parent / "sample_data" / "presets"
AT = datetime(2026, 9, 14, 2, 0, tzinfo=UTC)
"""Monday, 10:00 in Shanghai."""
TODAY = date(2026, 9, 14)
BEST, GOOD, NEUTRAL, BAD, WORST = range(5)
"""Levels of the default scheme: 100, 80, 60, 40, 20 points."""


@dataclass
class Company:
    """Everything by its short name; keys of what tests point at."""

    scheme_id: int
    before: int
    now: int
    people: dict[str, Viewer]
    departments: dict[str, int]
    customers: dict[str, int]
    items: dict[str, int]

    def finding(self, session: Session, rule: str, about: str) -> Finding:
        """A finding of the open wave; `about` names customers and items by their codes: "alpha/on_time"."""
        customer, _, item = about.partition("/") if "/" in about else (about, "", "")
        if customer in self.items:
            customer, item = "", customer
        statement = select(Finding).where(Finding.wave_id == self.now, Finding.rule == rule)
        statement = statement.where(Finding.customer_id == self.customers.get(customer))
        return session.exec(statement.where(Finding.item_id == self.items.get(item))).one()


PEOPLE = {
    "alice": ("department", "logistics", True),  # head of logistics: may write
    "bob": ("viewer", None, False),  # may read
    "charlie": ("department", "quality", True),  # of another department
    "dora": ("quality", "quality", False),
    "erik": ("organiser", "sales", True),
    "fay": ("sales", "sales", False),  # alpha is hers, beta isn't
    "gus": ("approver", None, False),
    "hana": ("department", "logistics", False),
    "ivan": ("organiser", "service", True),  # organises another scheme
    "root": ("administrator", None, False),
}
"""Name → role, department, head of it."""


def found_company(engine: Engine) -> Company:
    """alpha is poor at on-time delivery (60) and fell there from 80; beta is content (100), and was."""
    with write_session(engine) as session:
        version = store_scheme(session, document=(PRESETS / "iatf-quarterly.toml").read_text("utf-8"), by=None, at=AT)
        departments = {row.code: row.id or 0 for row in session.exec(select(Department))}
        people = {name: _person(session, name, departments) for name in PEOPLE}
        customers = {
            code: _customer(session, code, zh, people["fay"].user_id if code == "alpha" else None)
            for code, zh in (("alpha", "阿尔法"), ("beta", "贝塔"))
        }
        before = open_wave(session, version=version, code="2026-Q2", by=None, at=AT, origin="run_here")
        answer(session, before, customers["alpha"], {})
        answer(session, before, customers["beta"], {})
        before.state, before.closed_at = "closed", AT
        session.add(before)
        now = open_wave(session, version=version, code="2026-Q3", by=None, at=AT, origin="run_here")
        answer(session, now, customers["alpha"], {"on_time": WORST}, {"on_time": BEST})
        answer(session, now, customers["beta"], {}, {"on_time": BEST})
        layout = layout_of_wave(session, now)
        items = dict(zip(layout.scheme.item_codes, layout.item_ids, strict=True))
        scheme_id = session.exec(select(SchemeRow.id).where(SchemeRow.code == "iatf-quarterly")).one()
        return Company(scheme_id or 0, before.id or 0, now.id or 0, people, departments, customers, items)


def answer(session: Session, wave: Wave, customer_id: int, *answers: dict[str, int], usual: int = GOOD) -> None:
    """Responses of a customer: the levels given by item code, the others at `usual`."""
    layout = layout_of_wave(session, wave)
    levels = np.full((len(answers), len(layout.item_ids)), usual, dtype=np.int16)
    for row, given in enumerate(answers):
        for code, level in given.items():
            levels[row, layout.scheme.item_codes.index(code)] = BLANK if level is None else level
    n = len(answers)
    cohort = np.full(n, cohort_id(session, "", "", ""))
    keys = [f"{customer_id}-{wave.version}-{row}" for row in range(n)]
    new = NewResponses(
        *(levels, cohort, np.full(n, customer_id), keys, keys, [None] * n, [""] * n, [None] * n, [[] for _ in range(n)])
    )
    record(session, wave, layout, new, at=AT)


def _person(session: Session, name: str, departments: dict[str, int]) -> Viewer:
    role, department, head = PEOPLE[name]
    user = User(
        username=name,
        name=name.title(),
        password_hash="-",
        role=role,
        department_id=departments[department] if department else None,
        is_head=head,
        created_at=AT,
    )
    session.add(user)
    session.flush()
    return viewer_of(user)


def _customer(session: Session, code: str, name: str, owner: int | None) -> int:
    customer = Customer(code=code, name_zh=name, name_en=code.title(), sales_owner_id=owner, created_at=AT)
    session.add(customer)
    session.flush()
    return customer.id or 0
