"""A customer's problem or suggestion without an answer is a finding (rules.md 5, OPINION), kept by every write of it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from db.models import Finding, Opinion, Response, Wave
from db.queries.layouts import department_ids, layout_of_wave
from db.queries.opinions import RULE, opinions_that_wait, schemes_asking
from db.queries.people import active_people
from domain.opinions import waits
from services.notifying import tell
from services.recording import lock_wave


def keep_opinions(session: Session, ids: Collection[int], *, at: datetime) -> None:
    """Brings the findings of opinions up to date, each in the wave where it waits; locks those waves in their order."""
    chosen = select(Opinion).where(col(Opinion.id).in_(ids)).order_by(col(Opinion.id))
    by_wave: dict[int, list[Opinion]] = {}
    for one in session.exec(chosen.execution_options(populate_existing=True)) if ids else ():
        wave_id = one.finding_wave_id or one.wave_id
        if wave_id is not None:
            by_wave.setdefault(wave_id, []).append(one)
    for wave_id, some in sorted(by_wave.items()):
        wave = session.get_one(Wave, wave_id)
        lock_wave(session, wave)
        _keep(session, wave, some, at)


def keep_opinions_of_response(session: Session, response_id: int, *, at: datetime) -> None:
    """The same for what a response says, after it was stored or withdrawn."""
    ids = session.exec(select(Opinion.id).where(Opinion.response_id == response_id, col(Opinion.kind) != "")).all()
    keep_opinions(session, [key for key in ids if key], at=at)


def keep_opinions_of_wave(session: Session, wave: Wave, *, at: datetime) -> None:
    """The same for a whole wave, whose row must be locked: out of the rows, as `verify` counts them."""
    known = select(Finding.about).where(Finding.wave_id == wave.id, Finding.rule == RULE)
    about = opinions_that_wait(session, wave) | set(session.exec(known))
    ids = sorted(int(one.partition(":")[2]) for one in about)
    _keep(session, wave, session.exec(select(Opinion).where(col(Opinion.id).in_(ids))), at)


def _keep(session: Session, wave: Wave, opinions: Iterable[Opinion], at: datetime) -> None:
    """Writes what changed, and tells the heads of a department of what is new; a closed wave's findings stay as they are."""
    if wave.state != "open" or wave.is_pilot:
        return
    listed = {f"opinion:{one.id}": one for one in opinions}
    mine = select(Finding).where(Finding.wave_id == wave.id, Finding.rule == RULE, col(Finding.about).in_(listed))
    known = {row.about: row for row in session.exec(mine.execution_options(populate_existing=True))}
    new: list[tuple[Opinion, int | None]] = []
    for about, one in listed.items():
        holds, found = _waits(session, one), known.get(about)
        if found is None and not holds:
            continue
        if found is None:
            found = Finding(wave_id=wave.id or 0, rule=RULE, about=about, appeared_at=at)
        elif (found.state == "open") != holds:
            found.returned += holds
            found.state, found.cleared_at = ("open", None) if holds else ("cleared", at)
        was = found.department_id if found.id else None
        if holds:
            for name, value in _place(session, wave, one).items():
                setattr(found, name, value)
            if found.department_id != was:
                new.append((one, found.department_id))
        session.add(found)
    session.flush()
    for one, department in new:
        _tell(session, one, department, at)


def _waits(session: Session, one: Opinion) -> bool:
    response = session.get(Response, one.response_id) if one.response_id else None
    is_withdrawn = response is not None and response.status == "withdrawn"
    return waits(one.kind, is_answered=one.answered_on is not None, is_withdrawn=is_withdrawn)


def _place(session: Session, wave: Wave, one: Opinion) -> dict[str, Any]:
    """What the finding is about and who must act: the opinion's department, the item's, else the organiser.

    A scheme that never asked the customer doesn't learn who it was.
    """
    department, layout = one.department_id, layout_of_wave(session, wave)
    item = one.item_id if one.item_id in layout.item_ids else None
    dimension = one.dimension_id if one.dimension_id in layout.composite_ids else None
    if department is None:
        code = layout.scheme.items[layout.item_ids.index(item)].department if item else layout.scheme.organiser
        department = department_ids(session).get(code)
    customer = one.customer_id
    if customer is not None and one.wave_id != wave.id and wave.scheme_id not in schemes_asking(session, customer):
        customer = None
    return {"item_id": item, "dimension_id": dimension, "customer_id": customer, "department_id": department}


def _tell(session: Session, one: Opinion, department_id: int | None, at: datetime) -> None:
    people = [p for p in active_people(session) if p.department_id == department_id and p.role == "department"]
    heads = [p.id for p in people if p.is_head] or [p.id for p in people]
    link, once = f"/opinions?opinion={one.id}", f"opinion:{one.id}:{department_id}"
    tell(session, kind="opinion_waiting", to=heads, link=link, facts={"number": str(one.id)}, once=once, at=at)
