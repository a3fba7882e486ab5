"""A company of any size to measure on: 24 waves, 2,000 customers, 36 cohorts, the 14 items of the default scheme. Seeded."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, text
from sqlmodel import col, select

from db.columns import milliseconds
from db.models import Action, ActionFinding, Cohort, Customer, Department, Finding, Wave
from db.queries.layouts import layout_of_wave
from db.session import read_session, write_session
from domain.mapping import Mapping
from domain.scheme import BLANK, IntArray
from domain.scheme_file import load
from domain.scores import BoolArray
from services.customers import customer_ids
from services.findings import Memory
from services.importing import ROWS_AT_ONCE
from services.recording import NewResponses, cohort_id, record
from services.waves import open_wave
from tests import factories
from tests.factories import AT

WAVES = [f"{year}-Q{quarter}" for year in range(2021, 2027) for quarter in range(1, 5)]
CUSTOMERS = 2_000
SEGMENTS, REGIONS, CHANNELS = ("EV", "Hybrid", "Truck", "Parts"), ("East", "South", "North"), ("web", "mail", "phone")
LABELS = ("Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied")
SCHEME = load(factories.preset("iatf-quarterly"))
MAPPING = Mapping(
    items={code: code for code in SCHEME.item_codes},
    columns={
        "external_id": "id",
        **{role: role for role in ("customer", "segment", "region", "channel")},
        "submitted_at": "date",
    },
    opinions=("opinion",),
)


@dataclass(frozen=True)
class Company:
    """A database full of responses, and where to find things in it."""

    engine: Engine
    responses: int
    scheme_id: int
    wave_ids: list[int]
    customer_ids: list[int]
    cohort_ids: list[int]


def founded(engine: Engine, waves: list[str] = WAVES) -> Company:
    """The company before anybody has answered: all waves but the last are closed."""
    with write_session(engine) as session:
        version = factories.scheme(session)
        made = [open_wave(session, version=version, code=code, by=None, at=AT, origin="run_here") for code in waves]
        pairs = [(f"C{number:04}", f"Customer {number}") for number in range(CUSTOMERS)]
        customers = customer_ids(session, pairs, at=AT)
        for number, customer in enumerate(session.exec(select(Customer).order_by(col(Customer.id)))):
            customer.segment, customer.region = SEGMENTS[number % 4], REGIONS[number % 3]
        cohorts = [cohort_id(session, s, r, c) for s in SEGMENTS for r in REGIONS for c in CHANNELS]
        keys = sorted(customers.values())
        return Company(engine, 0, version.scheme_id, [wave.id or 0 for wave in made], keys, cohorts)


def find(engine: Engine) -> Company:
    """A company that was founded before, in another process."""
    with read_session(engine) as session:
        waves, customers, cohorts = (
            [key or 0 for key in session.exec(select(model.id).order_by(col(model.id)))]
            for model in (Wave, Customer, Cohort)
        )
        return Company(engine, 0, session.exec(select(Wave.scheme_id)).first() or 0, waves, customers, cohorts)


def filled(engine: Engine, responses: int) -> Company:
    """The company with so many responses, written as an import writes them."""
    company = founded(engine)
    per_wave = responses // len(WAVES)
    for number, wave_id in enumerate(company.wave_ids):
        memory = Memory()
        for first in range(0, per_wave, ROWS_AT_ONCE):
            rows = min(ROWS_AT_ONCE, per_wave - first)
            with write_session(engine) as session:
                wave = session.get_one(Wave, wave_id)
                new = new_responses(company, number, first, rows)
                record(session, wave, layout_of_wave(session, wave), new, at=AT, memory=memory)
        if number < len(WAVES) - 1:
            _close(engine, wave_id)
    act_on(company)
    settle(engine)
    return replace(company, responses=per_wave * len(WAVES))


def _close(engine: Engine, wave_id: int) -> None:
    with write_session(engine) as session:
        wave = session.get_one(Wave, wave_id)
        wave.state, wave.closed_at = "closed", AT
        session.add(wave)


def act_on(company: Company, actions: int = 40) -> None:
    """Somebody owns actions on findings of the newest wave, each on the item as a whole or on a customer's."""
    with write_session(company.engine) as session:
        owner = factories.user(session, "owner")
        department = session.exec(select(Department.id)).first() or 0
        newest = select(Finding).where(Finding.wave_id == company.wave_ids[-1], col(Finding.item_id).is_not(None))
        for number, finding in enumerate(session.exec(newest.order_by(col(Finding.id).desc()).limit(actions)), 1):
            said = {"title": f"Action {number}", "form_key": f"{number}", "due_on": AT.date(), "created_at": AT}
            where = {"wave_id": finding.wave_id, "customer_id": finding.customer_id, "department_id": department}
            action = Action(number=number, owner_id=owner.id or 0, created_by_id=owner.id or 0, **said, **where)
            session.add(action)
            session.flush()
            session.add(ActionFinding(action_id=action.id or 0, finding_id=finding.id or 0))


def settle(engine: Engine) -> None:
    """What a database does by itself after a while: its planner's figures, its write-ahead log."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))


def new_responses(company: Company, wave: int, first: int, rows: int) -> NewResponses:
    """Responses number `first` and following of a wave: customers in turn, each with a mood of its own."""
    dice = np.random.default_rng([wave, first])
    number = (first + np.arange(rows) + 7 * wave) % CUSTOMERS
    customers: IntArray = np.array(company.customer_ids)[number]
    cohorts: IntArray = np.array(company.cohort_ids)[9 * (number % 4) + 3 * (number % 3) + dice.integers(0, 3, rows)]
    return NewResponses(
        levels=levels(dice, number),
        cohort=cohorts,
        customer=customers,
        row_keys=[f"row:{first + row}" for row in range(rows)],
        content_hashes=["0" * 32] * rows,
        weights=[None] * rows,
        respondents=[""] * rows,
        submitted=[milliseconds(AT)] * rows,
        opinions=[[f"Opinion {first + row}"] if row % 10 == 0 else [] for row in range(rows)],
    )


def levels(dice: np.random.Generator, customer: IntArray, items: int = 14) -> IntArray:
    """Levels R × items, most of them satisfied; a customer's answers hang together, 3 % are blank."""
    mood = np.sin(customer)[:, None] * 0.3
    drawn = np.rint(0.7 + mood + dice.normal(0, 0.65, (len(customer), items))).clip(0, 4).astype(np.int16)
    blank: BoolArray = dice.random(drawn.shape) < 0.03
    blank[:, 0] = False
    drawn[blank] = BLANK
    return drawn


def write_csv(path: Path, responses: int) -> None:
    """A survey file as a customer would send it: labels, external ids, customers, channel, dates, some opinions."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "customer", "segment", "region", "channel", "date", "opinion", *SCHEME.item_codes])
        for first in range(0, responses, 10_000):
            rows = min(10_000, responses - first)
            dice = np.random.default_rng(first)
            number = (first + np.arange(rows)) % CUSTOMERS
            labels = np.array([*LABELS, ""])[levels(dice, number)]
            for row, (who, cells) in enumerate(zip(number.tolist(), labels.tolist(), strict=True)):
                place = (SEGMENTS[who % 4], REGIONS[who % 3], CHANNELS[row % 3])
                opinion = f"Opinion {first + row}" if row % 10 == 0 else ""
                writer.writerow([f"R{first + row}", f"C{who:04}", *place, "2026-10-08 14:30", opinion, *cells])
