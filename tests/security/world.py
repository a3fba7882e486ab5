"""A company in which everything that somebody must not see has a name of its own, to be looked for in what they are shown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from db.models import (
    Action,
    ActionFinding,
    Customer,
    Department,
    Finding,
    ImportRun,
    Invitation,
    Job,
    Purchase,
    Response,
    SchemeRow,
    StoredMapping,
    Wave,
)
from db.queries.layouts import layout_of_wave
from db.rollups import Layout
from db.session import write_session
from domain.access import Scope, Viewer
from domain.scheme import Scheme
from services import calls, complaints, customer_requests, meetings, visits
from services.closing import close_wave
from tests import factories as make

AT = datetime(2026, 9, 14, 2, 0, tzinfo=UTC)
TODAY = date(2026, 9, 14)
PEOPLE = {
    "root": ("administrator", None),
    "quinn": ("quality", "quality"),
    "olga": ("organiser", "sales"),
    "omar": ("organiser", "service"),
    "dan": ("department", "logistics"),
    "dee": ("department", "quality"),
    "lost": ("department", None),
    "sam": ("sales", "sales"),
    "sue": ("sales", "sales"),
    "vic": ("viewer", None),
    "abe": ("approver", None),
    "ivy": ("interviewer", "service"),
}
"""Name → role and department: two departments, two sellers, two organisers, and one of each other role."""
ALL = frozenset(PEOPLE)
EVERYTHING = frozenset({"root", "quinn"})
SCREENS = EVERYTHING | {"vic", "abe"}
"""Who sees all customers and actions."""
CUSTOMERS = {"alpha": "sam", "beta": "sue", "gamma": "sue", "delta": None}
"""Customer → seller. alpha was asked in both schemes, beta in the first, gamma in the second, delta in none."""
FIRST, SECOND = "iatf-quarterly", "service-quarterly"
"""Schemes of sales (olga) and of service (omar)."""
MAY_SEE: dict[str, frozenset[str]] = {
    "Alpha Company": SCREENS | {"olga", "omar", "sam", "dan", "dee"},  # departments by the findings about their items
    "Beta Company": SCREENS | {"olga", "sue", "dan", "dee", "ivy"},  # ivy calls and keys for whoever is asked
    "Gamma Company": SCREENS | {"omar", "sue", "dan", "dee"},
    "Delta Company": SCREENS,
    "Contact of alpha": EVERYTHING | {"olga", "omar", "sam"},
    "Contact of beta": EVERYTHING | {"olga", "sue", "ivy"},
    "Contact of gamma": EVERYTHING | {"omar", "sue"},
    "Contact of delta": EVERYTHING,
    "Purchase of alpha": EVERYTHING | {"olga", "omar", "sam"},
    "Purchase of beta": EVERYTHING | {"olga", "sue"},
    "Purchase of gamma": EVERYTHING | {"omar", "sue"},
    "Purchase of delta": EVERYTHING,
    "Said by alpha in iatf-quarterly": EVERYTHING | {"olga", "sam"},
    "Said by alpha in service-quarterly": EVERYTHING | {"omar", "sam"},
    "Said by beta in iatf-quarterly": EVERYTHING | {"olga", "sue", "ivy"},
    "Said by gamma in service-quarterly": EVERYTHING | {"omar", "sue"},
    "Respondent at alpha in iatf-quarterly": EVERYTHING | {"olga", "sam"},
    "Respondent at alpha in service-quarterly": EVERYTHING | {"omar", "sam"},
    "Respondent at beta in iatf-quarterly": EVERYTHING | {"olga", "sue"},
    "Respondent at gamma in service-quarterly": EVERYTHING | {"omar", "sue"},
    "Action of logistics": SCREENS | {"olga", "sam", "dan"},
    "Action of quality": SCREENS | {"olga", "sue", "dee"},
    "Action in the second scheme": SCREENS | {"omar", "sue", "dee"},
    "File of the first scheme": EVERYTHING | {"olga"},
    "File of the second scheme": EVERYTHING | {"omar"},
    "Job of olga": EVERYTHING | {"olga"},
    "Job of omar": EVERYTHING | {"omar"},
    "Visit to beta": EVERYTHING | {"sue"},
    "Needs of beta": EVERYTHING | {"olga", "sue", "ivy"},
    "Slip to logistics": EVERYTHING | {"olga", "sue", "ivy", "dan"},
    "Complaint of beta": EVERYTHING | {"olga", "sue", "dan"},
    "Request of beta": EVERYTHING | {"sue", "dan"},
    "Meeting of sales": EVERYTHING | {"olga", "dan", "sam", "vic", "abe"},
    "Decided by sales": EVERYTHING | {"olga", "dan", "sam", "vic", "abe"},
    "root@example.com": frozenset({"root"}),
}
"""What is seeded → who may be shown it (rules.md 11)."""


@dataclass
class World:
    """Keys of what is there, by short names; `own` says which items are a department's."""

    people: dict[str, Viewer]
    customers: dict[str, int]
    departments: dict[str, int]
    schemes: dict[str, int]
    waves: dict[str, int]
    before: int
    actions: dict[str, int]
    findings: list[int]
    items: list[int]
    responses: list[int]
    waiting: int
    invitation: int
    jobs: dict[str, int]
    calls: dict[str, int]
    visits: dict[str, int]
    own: dict[str, frozenset[str]]
    """Department → codes of its items and of the dimensions that hold nothing else."""
    foreign: dict[str, frozenset[str]]
    """Department → all other codes."""

    def scopes(self, viewer: Viewer) -> Iterator[Scope]:
        """Every scheme, by every filter that an address can name."""
        for scheme in self.schemes.values():
            yield Scope(viewer, scheme)
            yield Scope(viewer, scheme, segment="Segment", department_id=self.departments["quality"])
            yield Scope(viewer, scheme, customer_id=self.customers["alpha"])
            yield Scope(viewer, scheme, customer_id=self.customers["beta"], channel="file")


def build(engine: Engine) -> World:
    """Two schemes of the same questions, answers, findings, actions, imports and jobs in each."""
    with write_session(engine) as session:
        first = make.scheme(session)
        document = make.preset(FIRST).replace(f'code = "{FIRST}"', f'code = "{SECOND}"', 1)
        second = make.scheme(session, document=document.replace('organiser = "sales"', 'organiser = "service"', 1))
        departments = {row.code: row.id or 0 for row in session.exec(select(Department))}
        people = {name: _person(session, name, departments) for name in PEOPLE}
        customers = {code: _customer(session, code, people) for code in CUSTOMERS}
        before = make.wave(session, first, "2026-Q2")
    for code in ("alpha", "beta"):
        with write_session(engine) as session:
            make.response(
                session,
                session.get_one(Wave, before.id),
                "very_satisfied",
                customer=session.get_one(Customer, customers[code]),
                channel="file",
            )
    with write_session(engine) as session:
        closed = close_wave(session, wave=session.get_one(Wave, before.id), by=people["quinn"], at=AT)
        waiting = make.response(session, closed, "neutral", at=AT).id or 0
        waves = {code: make.wave(session, version, "2026-Q3") for code, version in ((FIRST, first), (SECOND, second))}
    for scheme, code in ((FIRST, "alpha"), (FIRST, "beta"), (SECOND, "alpha"), (SECOND, "gamma")):
        with write_session(engine) as session:
            make.response(
                session,
                session.get_one(Wave, waves[scheme].id),
                "very_dissatisfied" if code == "alpha" else "dissatisfied",
                customer=session.get_one(Customer, customers[code]),
                respondent=f"Respondent at {code} in {scheme}",
                opinions=[f"Said by {code} in {scheme}"],
                weight=2.0,
                channel="file",
            )
    with write_session(engine) as session:
        _met(session, waves[FIRST], people)
        actions = _actions(session, waves, people, departments, customers)
        for scheme, wave in waves.items():
            _imported(session, "first" if scheme == FIRST else "second", wave, people["root"].user_id)
        _complained(session, waves[FIRST], people["quinn"], departments["logistics"], customers["beta"])
        jobs = {name: _job(session, name, people[name].user_id) for name in ("olga", "omar")}
        invitation, _token = make.invitation(
            session, session.get_one(Wave, waves[FIRST].id), session.get_one(Customer, customers["beta"])
        )
        layout = layout_of_wave(session, waves[FIRST])
        own = {code: _own(layout.scheme, code) for code in departments}
        codes = {*layout.scheme.item_codes, *(dimension.code for dimension in layout.scheme.dimensions)}
        return World(
            people,
            customers,
            departments,
            {row.code: row.id or 0 for row in session.exec(select(SchemeRow))},
            {code: wave.id or 0 for code, wave in waves.items()},
            before.id or 0,
            actions,
            [key or 0 for key in session.exec(select(Finding.id))],
            [*layout.item_ids, *layout_of_wave(session, waves[SECOND]).item_ids],
            [key or 0 for key in session.exec(select(Response.id).where(Response.status == "counted"))],
            waiting,
            invitation.id or 0,
            jobs,
            {"beta": _called(session, waves[FIRST], people, departments, customers)},
            {"beta": _visited(session, people["sue"], customers["beta"])},
            own,
            {code: frozenset(codes - mine) for code, mine in own.items()},
        )


def _own(scheme: Scheme, department: str) -> frozenset[str]:
    items = {item.code for item in scheme.items if item.department == department}
    whole = {d.code for d in scheme.dimensions if {i.code for i in scheme.items if i.dimension == d.code} <= items}
    return frozenset(items | whole)


def _person(session: Session, name: str, departments: dict[str, int]) -> Viewer:
    role, department = PEOPLE[name]
    own = departments[department] if department else None
    return make.viewer(make.user(session, name, role, department_id=own, mail=f"{name}@example.com"))


def _customer(session: Session, code: str, people: dict[str, Viewer]) -> int:
    seller = CUSTOMERS[code]
    made = make.customer(
        session,
        code,
        name_en=f"{code.title()} Company",
        segment="Segment",
        sales_owner_id=people[seller].user_id if seller else None,
    )
    make.contact(session, made, name=f"Contact of {code}")
    session.add(Purchase(customer_id=made.id or 0, product=f"Purchase of {code}", quantity=1.0))
    return made.id or 0


def _actions(
    session: Session,
    waves: dict[str, Wave],
    people: dict[str, Viewer],
    departments: dict[str, int],
    customers: dict[str, int],
) -> dict[str, int]:
    listed = (
        ("Action of logistics", FIRST, "logistics", "dan", "alpha"),
        ("Action of quality", FIRST, "quality", "dee", "beta"),
        ("Action in the second scheme", SECOND, "quality", "dee", "gamma"),
    )
    made = {}
    for number, (title, scheme, department, owner, customer) in enumerate(listed, start=1):
        action = Action(
            number=number,
            form_key=title,
            title=title,
            problem=title,
            figures={"subjects": [{"en": f"{customer.title()} Company"}]},
            wave_id=waves[scheme].id,
            customer_id=customers[customer],
            department_id=departments[department],
            owner_id=people[owner].user_id,
            due_on=date(2026, 12, 1),
            created_at=AT,
            created_by_id=people["quinn"].user_id,
        )
        session.add(action)
        session.flush()
        about = select(Finding.id).where(
            Finding.wave_id == action.wave_id,
            Finding.customer_id == action.customer_id,
            Finding.department_id == action.department_id,
        )
        for key in session.exec(about):
            session.add(ActionFinding(action_id=action.id or 0, finding_id=key or 0))
        made[title] = action.id or 0
    return made


def _imported(session: Session, which: str, wave: Wave, by: int) -> None:
    name = f"File of the {which} scheme"
    run = {"file_name": name, "file_sha256": "0" * 64, "mapping_hash": "-", "mapping": name, "started_at": AT}
    session.add(ImportRun(wave_id=wave.id or 0, started_by_id=by, **run))
    session.add(StoredMapping(scheme_id=wave.scheme_id, fingerprint="-", name=name, document=name, used_at=AT))


def _called(
    session: Session, wave: Wave, people: dict[str, Viewer], departments: dict[str, int], customers: dict[str, int]
) -> int:
    """A call to beta in the first scheme that ivy makes, with a slip to logistics."""
    who = {"scheme_id": wave.scheme_id, "customer_id": customers["beta"], "due_on": TODAY}
    call = calls.add_call(session, **who, form_key="world", by=people["quinn"], at=AT)
    call.caller_id, call.special_needs = people["ivy"].user_id, "Needs of beta"
    about = {"department_id": departments["logistics"], "problem": "Slip to logistics", "due_on": TODAY}
    calls.write_slip(session, call_id=call.id or 0, **about, form_key="world", by=people["quinn"], at=AT)
    return call.id or 0


def _visited(session: Session, by: Viewer, customer_id: int) -> int:
    values = {"kind": "visit", "planned_on": TODAY, "purpose": "Visit to beta", "form_key": "world"}
    return visits.plan_visit(session, **values, customer_id=customer_id, by=by, at=AT).id or 0


def _complained(session: Session, wave: Wave, by: Viewer, department_id: int, customer_id: int) -> None:
    """Complaint 1 of beta is logistics' and a finding of the first scheme; request 1 of beta is logistics' too."""
    about = {"customer_id": customer_id, "department_id": department_id, "received_at": AT, "form_key": "world"}
    said = {"category": "quality", "channel": "phone", "description": "Complaint of beta"}
    complaints.record(session, **about, **said, by=by, at=AT)
    complaints.verify(session, number=1, version=1, is_confirmed=True, wave_id=wave.id, by=by, at=AT)
    asked = {"kind": "repair", "channel": "phone", "said": "Request of beta"}
    customer_requests.record_request(session, **about, **asked, by=by, at=AT)


def _met(session: Session, wave: Wave, people: dict[str, Viewer]) -> None:
    """A meeting about the first scheme of everybody but the seller of beta, with a decision."""
    about = {"wave_id": wave.id or 0, "held_on": TODAY, "title": "Meeting of sales", "form_key": "world"}
    those = [one.user_id for name, one in people.items() if name in ("olga", "dan", "sam", "vic", "abe")]
    one = meetings.call_meeting(session, **about, people=those, by=people["quinn"], at=AT)
    meetings.decide(session, meeting_id=one.id or 0, text="Decided by sales", form_key="d", by=people["quinn"], at=AT)


def _job(session: Session, name: str, by: int) -> int:
    job = Job(kind="import", form_key=name, payload={"filename": f"Job of {name}"}, created_at=AT, created_by_id=by)
    session.add(job)
    session.flush()
    return job.id or 0


def texts(found: Any) -> Iterator[str]:
    """Every text in what a call gave back, however deep; the questionnaire itself is no secret."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Layout | Scheme | Invitation):
        return
    elif isinstance(found, SQLModel):
        yield from texts(found.model_dump())
    elif isinstance(found, dict):
        yield from texts([*found.keys(), *found.values()])
    elif is_dataclass(found) and not isinstance(found, type):
        yield from texts([getattr(found, one.name) for one in fields(found)])
    elif isinstance(found, Iterable) and not hasattr(found, "dtype"):
        for one in found:
            yield from texts(one)
