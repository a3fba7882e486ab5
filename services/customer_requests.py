"""Requests of customers and contact slips (rules.md 7): recorded, assigned, solved and closed, called back, opened again."""

from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, select

from db.models import Department, Opinion, Request
from db.queries.calendars import calendar_of
from db.queries.complaints import complaining_customers, request_for
from domain import clocks
from domain.access import NotThere, Viewer
from domain.clocks import due_at
from domain.complaints import CHANNELS, REQUEST_KINDS
from domain.errors import N_, Refusal
from domain.scheme import Calendar
from services.complaint_changes import note, numbered, put, request_to_change
from services.opinions import add_opinion, answered_elsewhere, hand_over
from settings import settings

OPINION_OF: Final = {"complaint": "problem", "repair": "problem", "enquiry": "request", "suggestion": "suggestion"}
"""Kind of a request → what it is among the opinions."""


class NothingRequested(Refusal):
    """A request that says nothing."""

    def __init__(self) -> None:
        super().__init__(N_("Write down what the customer said."))


class NotNow(Refusal):
    """The request isn't where this step begins."""

    def __init__(self) -> None:
        super().__init__(N_("This step is not possible now: look at the state of the request."))


class SolutionMissing(Refusal):
    """A request isn't closed without what was done."""

    def __init__(self) -> None:
        super().__init__(N_("Say what was done, and what the customer was told."))


def record_request(
    session: Session,
    *,
    kind: str,
    channel: str,
    said: str,
    received_at: datetime,
    form_key: str,
    by: Viewer,
    at: datetime,
    customer_id: int | None = None,
    source: str = "",
    department_id: int | None = None,
) -> Request:
    """Records a request or contact slip, which anybody signed in may; with a department it is assigned at once.

    Who sees no customers names them in `source`. The same form key once. The solution plan is due in 24 hours.
    Raises NothingRequested, NotAllowed, NotThere.
    """
    by.check("record_requests")
    known = session.exec(select(Request).where(Request.form_key == form_key)).first()
    if known is not None:
        return request_for(session, by, known.number)
    if not said.strip():
        raise NothingRequested
    if kind not in REQUEST_KINDS or channel not in CHANNELS:
        raise NotThere
    if customer_id is not None and not _may_name(session, by, customer_id):
        raise NotThere
    if department_id is not None and session.get(Department, department_id) is None:
        raise NotThere
    due = due_at("solution", received_at, calendar=calendar_of(session, Calendar()), zone=settings().zone)
    about: dict[str, Any] = {
        "kind": kind,
        "channel": channel,
        "customer_id": customer_id,
        "department_id": department_id,
    }
    made = numbered(
        session,
        lambda number: Request(
            number=number,
            form_key=form_key,
            said=said.strip(),
            source=source.strip(),
            state="assigned" if department_id else "recorded",
            received_at=received_at,
            solution_due_at=due,
            recorded_at=at,
            recorded_by_id=by.user_id or None,
            **about,
        ),
        Request,
    )
    said_in = {"request_id": made.id, "text": made.said, "source": "request", "kind": OPINION_OF[kind]}
    whose = {"customer_id": customer_id, "said_by": made.source, "department_id": department_id}
    add_opinion(session, **said_in, **whose, received_at=received_at, recorded_by_id=by.user_id or None, at=at)
    note(session, made, "record", by=by, at=at)
    return made


def assign_request(
    session: Session, *, number: int, version: int, department_id: int, by: Viewer, at: datetime
) -> Request:
    """Hands a request that isn't closed to a department; raises NotNow, ComplaintChangedMeanwhile, NotAllowed, NotThere."""
    one = request_to_change(session, number, by, version=version)
    if session.get(Department, department_id) is None:
        raise NotThere
    if one.state not in ("recorded", "assigned"):
        raise NotNow
    put(session, one, "assign", by=by, at=at, state="assigned", department_id=department_id)
    hand_over(session, _opinions_of(session, one), department_id=department_id, by=by, at=at)
    return one


def note_phone_failed(
    session: Session, *, number: int, version: int, is_near: bool, by: Viewer, at: datetime
) -> Request:
    """The phone didn't solve it: on site within 1 working day in the home province, 3 elsewhere.

    Raises NotNow, ComplaintChangedMeanwhile, NotAllowed, NotThere.
    """
    one = request_to_change(session, number, by, version=version)
    if one.state != "assigned" or one.phone_failed_at is not None:
        raise NotNow
    calendar, days = calendar_of(session, Calendar()), clocks.NEAR if is_near else clocks.FAR
    due = due_at("on_site", at, calendar=calendar, zone=settings().zone, working_days=days)
    put(session, one, "phone_failed", by=by, at=at, phone_failed_at=at, on_site_due_at=due)
    return one


def close_request(session: Session, *, number: int, version: int, solution: str, by: Viewer, at: datetime) -> Request:
    """What was done and what the customer was told; then the customer is called back.

    Raises NotNow, SolutionMissing, ComplaintChangedMeanwhile, NotAllowed, NotThere.
    """
    one = request_to_change(session, number, by, version=version)
    if one.state != "assigned":
        raise NotNow
    if not solution.strip():
        raise SolutionMissing
    put(session, one, "close", by=by, at=at, state="closed", closed_at=at, solved_at=at, solution=solution.strip())
    on = at.astimezone(settings().zone).date()
    answered_elsewhere(session, _opinions_of(session, one), text=solution, how="request", on=on, by=by, at=at)
    return one


def call_back(
    session: Session, *, number: int, version: int, is_satisfied: bool, by: Viewer, at: datetime, remark: str = ""
) -> Request:
    """What the customer says of it: settled, or opened again. Raises NotNow, ComplaintChangedMeanwhile, NotAllowed, NotThere."""
    one = request_to_change(session, number, by, version=version)
    if one.state != "closed":
        raise NotNow
    called: dict[str, Any] = {"called_back_at": at, "satisfied": is_satisfied}
    if is_satisfied:
        put(session, one, "settle", by=by, at=at, comment=remark, state="settled", **called)
        return one
    again: dict[str, Any] = {"state": "assigned", "closed_at": None, "reopened": one.reopened + 1}
    put(session, one, "reopen", by=by, at=at, comment=remark, **again, **called)
    return one


def _opinions_of(session: Session, one: Request) -> list[int]:
    return [key or 0 for key in session.exec(select(Opinion.id).where(Opinion.request_id == one.id))]


def _may_name(session: Session, by: Viewer, customer_id: int) -> bool:
    return by.may("view_complaints") and customer_id in {key for key, _c, _n in complaining_customers(session, by)}
