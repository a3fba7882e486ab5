"""What time brings by itself: actions due or late, clocks that run out, waves to plan, calls to make. Each is told once.

Run by the worker every few minutes and by `python cli.py remind`; two at once tell nobody twice, because a thing that
somebody is told is unique in the database.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from db.models import Action, Department, Notification, User
from db.queries.audit_days import audits_missed
from db.queries.calls import calls_waiting
from db.queries.complaints import clocks_running
from db.queries.plans import waves_to_plan
from db.session import read_session, write_session
from domain.action_states import PATH, State
from services import notifying
from services.effects import heads_of, quality_people

DUE_SOON_DAYS, TO_HEAD_AFTER, TO_QUALITY_AFTER = 3, 3, 7
"""Days before the due date; days late after which the department's head, and quality, are told (rules.md 6)."""
TO_DO = PATH[: PATH.index(State.IMPLEMENTED)]
"""States in which the due date still presses."""
CLOCK_AHEAD = timedelta(minutes=10)
"""So long before it runs out a clock is told of."""
REQUESTS: Final = "/customer_requests"
ONCE: Final = {"complaint": "clock", "request": "request_clock"}


@dataclass(frozen=True)
class _Due:
    """Something to be told: `once` names it for whoever hears it."""

    kind: str
    to: tuple[int, ...]
    link: str
    facts: dict[str, str]
    once: str


def remind(engine: Engine, *, at: datetime, zone: ZoneInfo) -> dict[str, int]:
    """Tells what is due at this moment and wasn't told yet; kind → how many people were told of it."""
    today = at.astimezone(zone).date()
    with read_session(engine) as session:
        due = [*_actions(session, today), *_clocks(session, at), *_audits(session, today, zone)]
        due += [*_waves(session, today), *_calls(session, today)]
    told: Counter[str] = Counter()
    for one in due:
        told[one.kind] += _told(engine, one, at)
    return {kind: n for kind, n in sorted(told.items()) if n}


def _told(engine: Engine, one: _Due, at: datetime) -> int:
    """How many people hear of it for the first time."""
    with read_session(engine) as session:
        new = _not_told(session, one)
    if not new:
        return 0
    try:
        with write_session(engine) as session:
            notifying.tell(session, kind=one.kind, to=new, link=one.link, facts=one.facts, once=one.once, at=at)
            return len(new)
    except IntegrityError:  # another process tells the same at this moment
        return 0


def _not_told(session: Session, one: _Due) -> list[int]:
    """Who of them has an account in use and hasn't heard of it."""
    told = select(Notification.person_id).where(Notification.once == one.once)
    able = select(User.id).where(col(User.id).in_(one.to), col(User.active), col(User.id).not_in(told))
    return [key for key in session.exec(able.order_by(col(User.id))) if key is not None]


def _actions(session: Session, today: date) -> list[_Due]:
    soon = today + timedelta(days=DUE_SOON_DAYS)
    unfinished = (col(Action.state).in_(TO_DO), col(Action.due_on) <= soon)
    found = session.exec(select(Action).where(*unfinished).order_by(col(Action.number))).all()
    quality = tuple(quality_people(session)) if found else ()
    return [one for action in found for one in _of_action(session, action, today, quality)]


def _of_action(session: Session, action: Action, today: date, quality: tuple[int, ...]) -> list[_Due]:
    late = (today - action.due_on).days
    due = f"{action.id}:{action.due_on}"
    if late <= 0:
        return [_about(action, "due_soon", (action.owner_id,), f"due_soon:{due}")]
    found = [_about(action, "overdue", (action.owner_id,), f"overdue:{due}:{today}", late)]
    if late > TO_HEAD_AFTER:
        found.append(_about(action, "overdue", heads_of(session, action.department_id), f"overdue_head:{due}", late))
    if late > TO_QUALITY_AFTER:
        found.append(_about(action, "overdue", quality, f"overdue_quality:{due}", late))
    return [one for one in found if one.to]


def _about(action: Action, kind: str, to: Collection[int], once: str, late: int = 0) -> _Due:
    facts = {"number": str(action.number), "title": action.title, "due": action.due_on.isoformat()}
    facts |= {"days": str(late)} if late else {}
    return _Due(kind, tuple(to), f"/action?number={action.number}", facts, once)


def _clocks(session: Session, at: datetime) -> list[_Due]:
    return [
        _Due(
            "clock_running_out",
            tuple(clock.people),
            f"/complaint?number={clock.number}" if clock.of == "complaint" else REQUESTS,
            {"of": clock.of, "number": str(clock.number), "clock": clock.code, "due": clock.due_at.isoformat()},
            f"{ONCE[clock.of]}:{clock.number}:{clock.code}:{clock.due_at.isoformat()}",
        )
        for clock in clocks_running(session, at)
        if clock.due_at <= at + CLOCK_AHEAD and clock.people
    ]


def _audits(session: Session, today: date, zone: ZoneInfo) -> list[_Due]:
    """Audits of countermeasures that a working day passed without: quality, whose the process auditor is, hears of each day."""
    missed = audits_missed(session, today=today, zone=zone)
    to = tuple(quality_people(session)) if missed else ()
    return [
        _Due(
            "clock_running_out",
            to,
            f"/complaint?number={number}",
            {"of": "audit", "number": str(number), "due": day.isoformat(), "n": str(n)},
            f"audit:{number}:{day}",
        )
        for number, day, n in missed
    ]


def _waves(session: Session, today: date) -> list[_Due]:
    """Waves that a scheme in use asks for by its cadence: its organisers are told once, quality where there are none."""
    due = []
    for scheme, wave in waves_to_plan(session, today):
        at_work = select(User.id).where(User.role == "organiser", col(User.active)).join(Department)
        found = session.exec(at_work.where(Department.code == scheme.organiser).order_by(col(User.id))).all()
        to = tuple(key for key in found if key is not None) or tuple(quality_people(session))
        names = {"title": scheme.name.in_("en"), "title_zh_CN": scheme.name.in_("zh_CN")}
        due.append(_Due("wave_due", to, "/waves", {"wave": wave, **names}, f"wave:{scheme.code}:{wave}"))
    return [one for one in due if one.to]


def _calls(session: Session, today: date) -> list[_Due]:
    """Calls whose day has come: who makes them is told in the morning of each day on which some are left."""
    return [
        _Due("calls_due", (person,), "/calls", {"n": str(n)}, f"calls:{today}")
        for person, n in calls_waiting(session, today)
    ]
