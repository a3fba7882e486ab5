"""Things to test with: plain defaults, made through the services; a test names only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from db.columns import milliseconds
from db.models import Contact, Customer, Department, Invitation, Response, SchemeVersion, User, Wave
from db.queries.layouts import layout_of_version, layout_of_wave
from db.queries.presented import frozen_at_closing
from db.session import write_session
from domain.access import SYSTEM, Viewer
from domain.answers import levels_of
from services import invitations, responses
from services.findings import Memory
from services.recording import NewResponses, Recorded, cohort_id, record
from services.schemes import store_scheme
from services.waves import open_wave

AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
PRESETS = Path(__file__).parent.parent / "sample_data" / "presets"
_number = count(1)


def preset(code: str) -> str:
    """The TOML document of a scheme that ships."""
    return (PRESETS / f"{code}.toml").read_text(encoding="utf-8")


def scheme(session: Session, code: str = "iatf-quarterly", *, document: str = "") -> SchemeVersion:
    return store_scheme(session, document=document or preset(code), by=None, at=AT)


def wave(session: Session, version: SchemeVersion | None = None, code: str = "2026-Q4", **more: Any) -> Wave:
    run = {"origin": "run_here", **more}
    return open_wave(session, version=version or scheme(session), code=code, by=None, at=AT, **run)


def customer(session: Session, code: str = "", **more: Any) -> Customer:
    code = code or f"C{next(_number)}"
    made = Customer(**{"code": code, "name_en": f"Customer {code}", "created_at": AT, **more})
    session.add(made)
    session.flush()
    return made


def contact(session: Session, of: Customer, **more: Any) -> Contact:
    made = Contact(customer_id=of.id or 0, **{"name": "Somebody", **more})
    session.add(made)
    session.flush()
    return made


def department(session: Session, code: str = "quality", **more: Any) -> Department:
    made = Department(**{"code": code, "name_en": code.capitalize(), **more})
    session.add(made)
    session.flush()
    return made


def user(session: Session, username: str = "alice", role: str = "quality", **more: Any) -> User:
    values = {"name": username.capitalize(), "password_hash": "-", "created_at": AT}
    made = User(username=username, role=role, **{**values, **more})
    session.add(made)
    session.flush()
    return made


def viewer(of: User) -> Viewer:
    return Viewer(of.id or 0, of.username, of.name, of.role, of.department_id)


def all_same(session: Session, of: Wave, given: str | float) -> dict[str, str | float]:
    """The same answer to every item of the wave's scheme."""
    return dict.fromkeys(layout_of_wave(session, of).scheme.item_codes, given)


def response(
    session: Session, of: Wave, answers: Mapping[str, Any] | str | float = "satisfied", **more: Any
) -> Response:
    """A submitted response; a single answer stands for all items."""
    said = all_same(session, of, answers) if isinstance(answers, str | float | int) else answers
    key = responses.submit(session, wave=of, answers=said, **{"by": SYSTEM, "at": AT, **more})
    return session.get_one(Response, key)


def invitation(session: Session, of: Wave, to: Customer | None = None, **more: Any) -> tuple[Invitation, str]:
    recipient = invitations.Recipient(to, channel=more.pop("channel", ""))
    sent_on = more.pop("sent_on", date(2026, 10, 9))
    (sent,) = invitations.send(session, wave=of, to=[recipient], sent_on=sent_on, by=SYSTEM, at=AT, **more)
    return sent


def imported(
    session: Session,
    of: Wave,
    rows: Sequence[tuple[Mapping[str, Any], int, str]],
    *,
    first: int = 0,
    memory: Memory | None = None,
) -> Recorded:
    """Many responses at once, as an import writes them: (answers, customer's key or 0, segment) of each."""
    layout = layout_of_version(session, of.scheme_version_id)
    cohorts = {segment: cohort_id(session, segment, "", "file") for segment in sorted({row[2] for row in rows})}
    n = len(rows)
    levels = [levels_of(answers, layout.scheme) for answers, _, _ in rows]
    new = NewResponses(
        levels=np.array(levels, dtype=np.int16).reshape(n, len(layout.item_ids)),
        cohort=np.array([cohorts[segment] for _, _, segment in rows], dtype=np.int64),
        customer=np.array([key for _, key, _ in rows], dtype=np.int64),
        row_keys=[f"row:{first + row}" for row in range(n)],
        content_hashes=["-"] * n,
        weights=[None] * n,
        respondents=[""] * n,
        submitted=[milliseconds(AT)] * n,
        opinions=[[]] * n,
    )
    return record(session, of, layout, new, at=AT, memory=memory)


def frozen(session: Session, of: Wave) -> dict[str, Any]:
    """What closing the wave froze."""
    kept = frozen_at_closing(session, of.id or 0)
    return kept.figures if kept else {}


def written(engine: Engine, make: Any, *arguments: Any, **named: Any) -> Any:
    """What a factory makes, in a transaction of its own."""
    with write_session(engine) as session:
        return make(session, *arguments, **named)
