"""Visits, symposia, mystery visits and inspections (rules.md 8): planned, held; opinions and defects go where others act."""

from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from sqlmodel import Session, col, func, select

from db.models import (
    OPINION_KINDS,
    VISIT_KINDS,
    Department,
    Finding,
    Opinion,
    Visit,
    VisitDefect,
    VisitOpinion,
    Wave,
)
from db.queries.visits import customers_to_visit, open_waves, visit_for
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.pictures import picture_kind
from services.audit import audit
from services.files import store_file
from services.opinions import add_opinion as add_opinion_to_inbox
from services.recording import lock_wave

RECORDED: Final = (
    *("held_on", "place", "people", "steps", "record", "conclusions", "follow_up_on"),
    *("advantages", "competitors", "buying_habits", "people_news"),
)
"""What is written down when and after a visit is held."""
WORDS: Final = ("record", "conclusions", "advantages", "competitors", "buying_habits", "people_news")
"""What of it says what the visit brought: a record has at least one of them, an opinion or a defect."""
RULE: Final = "VISIT_DEFECT"
INSPECTING: Final = ("mystery", "inspection")


class PurposeMissing(Refusal):
    """A visit that isn't for anything."""

    def __init__(self) -> None:
        super().__init__(N_("Say what the visit is for."))


class CustomerMissing(Refusal):
    """A visit to nobody."""

    def __init__(self) -> None:
        super().__init__(N_("Choose the customer first."))


class VisitChangedMeanwhile(Refusal):
    """Somebody else saved the visit since it was read."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has changed this record since you opened it. Look at it again."))


class VisitCancelled(Refusal):
    """Nothing is recorded on a visit that wasn't made."""

    def __init__(self) -> None:
        super().__init__(N_("This visit was cancelled."))


class DayInFuture(Refusal):
    """A visit was held on a day that hasn't come."""

    def __init__(self) -> None:
        super().__init__(N_("A visit is recorded after it was held."))


class FollowUpTooEarly(Refusal):
    """A follow-up that comes before what it follows."""

    def __init__(self) -> None:
        super().__init__(N_("The follow-up can't be before the visit."))


class NothingSaid(Refusal):
    """A record, an opinion or a defect without words."""

    def __init__(self) -> None:
        super().__init__(N_("Write down what was said or seen."))


class WaveMissing(Refusal):
    """A defect is a finding of a running wave."""

    def __init__(self) -> None:
        super().__init__(N_("Choose a running wave first: its findings will hold the defects."))


class DefectGone(Refusal):
    """The defect was found repaired before."""

    def __init__(self) -> None:
        super().__init__(N_("This defect is gone already."))


def plan_visit(
    session: Session,
    *,
    kind: str,
    planned_on: date,
    purpose: str,
    form_key: str,
    by: Viewer,
    at: datetime,
    customer_id: int | None = None,
    wave_id: int | None = None,
    people: str = "",
    steps: str = "",
    place: str = "",
) -> Visit:
    """Plans a visit of one's own: who comes along, what for, in which steps. The same form key gives the same visit.

    Without `wave_id` it belongs to no wave. Raises PurposeMissing, CustomerMissing, NotAllowed, NotThere.
    """
    by.check("enter_responses")
    known = session.exec(select(Visit).where(Visit.form_key == form_key, Visit.created_by_id == by.user_id)).first()
    if known:
        return known
    if kind not in VISIT_KINDS:
        raise NotThere
    if not purpose.strip():
        raise PurposeMissing
    if kind == "visit" and customer_id is None:
        raise CustomerMissing
    if customer_id is not None and customer_id not in {key for key, _c, _n in customers_to_visit(session, by)}:
        raise NotThere
    _check_wave(session, by, wave_id)
    texts: dict[str, Any] = {
        "purpose": purpose.strip(),
        "people": people.strip(),
        "steps": steps.strip(),
        "place": place.strip(),
    }
    visit = Visit(
        form_key=form_key,
        kind=kind,
        customer_id=customer_id,
        wave_id=wave_id,
        visitor_id=by.user_id,
        planned_on=planned_on,
        created_at=at,
        created_by_id=by.user_id,
        **texts,
    )
    session.add(visit)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="plan", about="visit", about_id=visit.id, kind=kind)
    return visit


def record_visit(
    session: Session, *, visit_id: int, version: int, today: date, by: Viewer, at: datetime, **values: Any
) -> Visit:
    """Writes down what a visit brought: matters, conclusions, follow-up, market information; it is then held.

    Raises VisitChangedMeanwhile, VisitCancelled, DayInFuture, FollowUpTooEarly, NothingSaid, NotAllowed, NotThere.
    """
    visit = _to_change(session, by, visit_id, version)
    if visit.state == "cancelled":
        raise VisitCancelled
    held_on = values.get("held_on") or visit.held_on
    if held_on is None or held_on > today:
        raise DayInFuture
    given = {name: values[name] for name in RECORDED if name in values}
    follow_up_on = given.get("follow_up_on")
    if follow_up_on is not None and follow_up_on < held_on:
        raise FollowUpTooEarly
    has_words = any(_tidy(given.get(name, getattr(visit, name))) for name in WORDS)
    if not (has_words or _has_lines(session, visit_id)):
        raise NothingSaid
    changed = sorted(name for name, value in given.items() if _tidy(value) != getattr(visit, name))
    for name, value in given.items():
        setattr(visit, name, _tidy(value))
    visit.state, visit.held_on, visit.version = "held", held_on, version + 1
    session.add(visit)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="record", about="visit", about_id=visit_id, fields=changed)
    return visit


def _has_lines(session: Session, visit_id: int) -> bool:
    """Whether opinions or defects of the visit are written down."""
    lines = ((VisitOpinion, col(VisitOpinion.visit_id)), (VisitDefect, col(VisitDefect.visit_id)))
    return any(session.exec(select(table).where(of == visit_id).limit(1)).first() for table, of in lines)


def cancel_visit(session: Session, *, visit_id: int, version: int, by: Viewer, at: datetime) -> Visit:
    """A planned visit that isn't made; raises VisitChangedMeanwhile, VisitCancelled, NotAllowed, NotThere."""
    visit = _to_change(session, by, visit_id, version)
    if visit.state != "planned":
        raise VisitCancelled
    visit.state, visit.version = "cancelled", version + 1
    session.add(visit)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="cancel", about="visit", about_id=visit_id)
    return visit


def add_opinion(
    session: Session, *, visit_id: int, kind: str, text: str, form_key: str, by: Viewer, at: datetime
) -> Opinion:
    """What somebody said there goes to the customer's opinions; the same form key once. Raises NothingSaid, NotThere."""
    visit = visit_for(session, by, visit_id)
    known = session.exec(select(VisitOpinion).where(VisitOpinion.form_key == form_key)).first()
    if known:
        if known.visit_id != visit_id:
            raise NotThere
        return session.get_one(Opinion, known.opinion_id)
    if not text.strip() or kind not in OPINION_KINDS:
        raise NothingSaid
    about = {"customer_id": visit.customer_id, "wave_id": visit.wave_id}
    said: dict[str, Any] = {"kind": kind, "text": text.strip(), "source": "visit", "received_at": at}
    opinion = add_opinion_to_inbox(session, **about, **said, recorded_by_id=by.user_id or None, at=at)
    session.add(VisitOpinion(form_key=form_key, visit_id=visit_id, opinion_id=opinion.id or 0))
    session.flush()
    audit(session, by=by.user_id, at=at, verb="add_opinion", about="visit", about_id=visit_id, opinion=opinion.id)
    return opinion


def add_defect(
    session: Session,
    *,
    visit_id: int,
    touchpoint: str,
    defect: str,
    department_id: int,
    form_key: str,
    by: Viewer,
    at: datetime,
    picture: bytes = b"",
    picture_name: str = "",
) -> VisitDefect:
    """A defect with its touchpoint, picture and department: a finding of the visit's wave until it is gone.

    The same form key adds it once. Raises WaveMissing, NothingSaid, NotAPicture, NotAllowed, NotThere.
    """
    visit = visit_for(session, by, visit_id, locked=True)
    known = session.exec(select(VisitDefect).where(VisitDefect.form_key == form_key)).first()
    if known:
        if known.visit_id != visit_id:
            raise NotThere
        return known
    if not defect.strip():
        raise NothingSaid
    wave = session.get(Wave, visit.wave_id) if visit.wave_id else None
    if visit.kind not in INSPECTING or wave is None or wave.state != "open":
        raise WaveMissing
    if session.get(Department, department_id) is None:
        raise NotThere
    file = _picture(session, picture, picture_name, by, at)
    numbers = select(func.coalesce(func.max(VisitDefect.number), 0)).where(VisitDefect.visit_id == visit_id)
    number = int(session.exec(numbers).one()) + 1
    customer_id = visit.customer_id
    lock_wave(session, wave)
    if wave.state != "open":
        raise WaveMissing
    finding = Finding(
        wave_id=wave.id or 0,
        rule=RULE,
        about=f"visit:{visit_id}/defect:{number}",
        customer_id=customer_id,
        department_id=department_id,
        appeared_at=at,
    )
    session.add(finding)
    session.flush()
    made = VisitDefect(
        form_key=form_key,
        visit_id=visit_id,
        number=number,
        touchpoint=touchpoint.strip(),
        defect=defect.strip(),
        department_id=department_id,
        picture_id=file,
        finding_id=finding.id,
        recorded_at=at,
        recorded_by_id=by.user_id or None,
    )
    session.add(made)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="add_defect", about="visit", about_id=visit_id, defect=made.id)
    return made


def inspect_again(
    session: Session, *, defect_id: int, is_gone: bool, on: date, by: Viewer, at: datetime, remark: str = ""
) -> VisitDefect:
    """The next look at a defect: gone, so that its finding is cleared while the wave runs, or still there.

    Raises DefectGone, NotAllowed, NotThere.
    """
    by.check("enter_responses")
    defect = session.get(VisitDefect, defect_id, with_for_update=True, populate_existing=True)
    if defect is None:
        raise NotThere
    visit = visit_for(session, by, defect.visit_id)
    if defect.is_gone:
        raise DefectGone
    defect.inspected_on, defect.remark = on, remark.strip()
    if is_gone:
        defect.is_gone, defect.gone_on = True, on
    session.add(defect)
    session.flush()
    if is_gone and visit.wave_id and defect.finding_id:
        _clear(session, session.get_one(Wave, visit.wave_id), defect.finding_id, at)
    audit(session, by=by.user_id, at=at, verb="inspect", about="visit", about_id=visit.id, defect=defect_id)
    return defect


def _clear(session: Session, wave: Wave, finding_id: int, at: datetime) -> None:
    """A closed wave's findings are frozen."""
    lock_wave(session, wave)
    if wave.state != "open":
        return
    finding = session.get_one(Finding, finding_id)
    finding.state, finding.cleared_at = "cleared", at
    session.add(finding)
    session.flush()


def _picture(session: Session, content: bytes, name: str, by: Viewer, at: datetime) -> int | None:
    if not content:
        return None
    picture_kind(content)
    return store_file(session, name=name or "picture", content=BytesIO(content), by=by.user_id or None, at=at).id


def _to_change(session: Session, by: Viewer, visit_id: int, version: int) -> Visit:
    visit = visit_for(session, by, visit_id, locked=True)
    if visit.version != version:
        raise VisitChangedMeanwhile
    return visit


def _check_wave(session: Session, by: Viewer, wave_id: int | None) -> None:
    if wave_id is not None and wave_id not in {one.id for one in open_waves(session, by)}:
        raise NotThere


def _tidy(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
