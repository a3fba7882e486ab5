"""Calls to customers (rules.md 8): listed from deliveries, tried, handed to a department, called again until settled."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from db.models import (
    ATTEMPT_RESULTS,
    CallAttempt,
    Contact,
    Customer,
    CustomerCall,
    Department,
    FeedbackSlip,
    Opinion,
    Purchase,
    SchemeRow,
    User,
    Wave,
)
from db.queries.calls import call_for, slips_in_sight
from db.queries.customer_list import to_edit
from domain.access import PERMISSIONS, NotThere, Viewer
from domain.answers import Given
from domain.cadence import calls_within
from domain.errors import N_, Refusal
from services import entries
from services.audit import audit
from services.notifying import tell
from services.opinions import add_opinion, answered_elsewhere
from settings import settings

BEHIND, AHEAD = timedelta(days=31), timedelta(days=92)
"""How long after its day a call is still listed, and how long before."""
OPEN: Final = ("due", "waiting", "again")


class CallEnded(Refusal):
    """The call is settled or cancelled."""

    def __init__(self) -> None:
        super().__init__(N_("This call has ended already."))


class AppointmentMissing(Refusal):
    """An appointment without its time, or one in the past."""

    def __init__(self) -> None:
        super().__init__(N_("Say when the customer wants to be called: a time from now on."))


class SlipWithoutProblem(Refusal):
    """A slip that says nothing."""

    def __init__(self) -> None:
        super().__init__(N_("Say what the customer's problem is: the department acts on these words."))


class ResultMissing(Refusal):
    """An answer that says nothing."""

    def __init__(self) -> None:
        super().__init__(N_("Say what was done for the customer."))


class SlipNotAnswered(Refusal):
    """A call can't be settled while a department owes its answer."""

    def __init__(self) -> None:
        super().__init__(N_("A department hasn't answered its slip yet: the customer is called again after that."))


class SlipAnswered(Refusal):
    """The slip has its answer."""

    def __init__(self) -> None:
        super().__init__(N_("This slip has been answered already."))


class ReasonMissing(Refusal):
    """A call is given up without saying why."""

    def __init__(self) -> None:
        super().__init__(N_("Say why this call is given up."))


class CallerUnknown(Refusal):
    """Somebody who doesn't call customers."""

    def __init__(self) -> None:
        super().__init__(N_("Choose somebody whose role includes entering answers."))


def list_calls(session: Session, *, scheme_id: int, today: date, by: Viewer, at: datetime) -> int:
    """Lists the calls that deliveries ask for: 1 and 3 months later and at the end of the warranty, each once.

    Those more than a month past are left out. Returns how many are new. Raises NotAllowed, NotThere.
    """
    by.check("run_waves")
    _check_scheme(session, by, scheme_id)
    listed = select(CustomerCall.purchase_id, CustomerCall.kind).where(CustomerCall.scheme_id == scheme_id)
    known = {(purchase, kind) for purchase, kind in session.exec(listed)}
    bought = (
        select(Purchase)
        .join(Customer, col(Customer.id) == Purchase.customer_id)
        .where(col(Purchase.delivered_on).is_not(None), col(Customer.active).is_(True), *to_edit(by))
    )
    made = 0
    for purchase in session.exec(bought.order_by(col(Purchase.id))).all():
        if purchase.delivered_on is None:
            continue
        for kind, day in calls_within(purchase.delivered_on, purchase.warranty_ends_on, today - BEHIND, today + AHEAD):
            if (purchase.id, kind) in known:
                continue
            contact = _first_contact(session, purchase.customer_id)
            session.add(
                CustomerCall(
                    form_key=f"{scheme_id}:{purchase.id}:{kind}",
                    scheme_id=scheme_id,
                    customer_id=purchase.customer_id,
                    contact_id=contact,
                    purchase_id=purchase.id,
                    kind=kind,
                    due_on=day,
                    created_at=at,
                    created_by_id=by.user_id or None,
                )
            )
            made += 1
    session.flush()
    audit(session, by=by.user_id, at=at, verb="list_calls", about="scheme", about_id=scheme_id, calls=made)
    return made


def add_call(
    session: Session,
    *,
    scheme_id: int,
    customer_id: int,
    due_on: date,
    form_key: str,
    by: Viewer,
    at: datetime,
    contact_id: int | None = None,
) -> CustomerCall:
    """A call at any time, by whoever adds it; the same form key gives the same call. Raises NotAllowed, NotThere."""
    by.check("edit_customers")
    by.check("enter_responses")
    known = session.exec(select(CustomerCall).where(CustomerCall.form_key == form_key)).first()
    if known:
        return known
    _check_scheme(session, by, scheme_id)
    if session.exec(select(Customer.id).where(Customer.id == customer_id, *to_edit(by))).first() is None:
        raise NotThere
    _check_contact(session, customer_id, contact_id)
    call = CustomerCall(
        form_key=form_key,
        scheme_id=scheme_id,
        customer_id=customer_id,
        contact_id=contact_id or _first_contact(session, customer_id),
        kind="free",
        due_on=due_on,
        caller_id=by.user_id or None,
        created_at=at,
        created_by_id=by.user_id or None,
    )
    session.add(call)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="add", about="call", about_id=call.id)
    return call


def hand_to(session: Session, *, call_ids: Sequence[int], caller_id: int, by: Viewer, at: datetime) -> None:
    """Gives calls to somebody; raises CallerUnknown, CallEnded, NotAllowed, NotThere."""
    by.check("run_waves")
    person = session.get(User, caller_id)
    if person is None or not person.active or "enter_responses" not in PERMISSIONS[person.role]:
        raise CallerUnknown
    for key in sorted(call_ids):
        _open(session, by, key).caller_id = caller_id
    session.flush()
    audit(session, by=by.user_id, at=at, verb="hand_to", about="call", calls=sorted(call_ids), caller=caller_id)


def note_attempt(
    session: Session,
    *,
    call_id: int,
    result: str,
    form_key: str,
    by: Viewer,
    at: datetime,
    company_line: bool = True,
    note: str = "",
    appointment_at: datetime | None = None,
    contact_id: int | None = None,
) -> CallAttempt:
    """Notes a try: spoken, nobody there, busy, an appointment, refused (which ends the call) or a wrong number.

    The same form key notes it once. Raises AppointmentMissing, CallEnded, NotAllowed, NotThere.
    """
    known = session.exec(select(CallAttempt).where(CallAttempt.form_key == form_key)).first()
    call = _open(session, by, call_id) if known is None else call_for(session, by, call_id)
    if known:
        return known
    if result not in ATTEMPT_RESULTS:
        raise NotThere
    if result == "appointment" and (appointment_at is None or appointment_at <= at):
        raise AppointmentMissing
    _check_contact(session, call.customer_id, contact_id)
    attempt = CallAttempt(
        form_key=form_key,
        call_id=call_id,
        at=at,
        by_id=by.user_id or None,
        result=result,
        company_line=company_line,
        note=note.strip(),
    )
    session.add(attempt)
    call.contact_id = contact_id or call.contact_id
    call.appointment_at = appointment_at if result == "appointment" else None
    if result == "refused":
        call.state, call.reason, call.ended_at = "cancelled", "refused", at
    call.version += 1
    session.flush()
    audit(session, by=by.user_id, at=at, verb="attempt", about="call", about_id=call_id, result=result)
    return attempt


def enter_answers(
    session: Session,
    *,
    call_id: int,
    wave_id: int,
    answers: Mapping[str, Given | None],
    form_key: str,
    by: Viewer,
    at: datetime,
    opinions: Sequence[str] = (),
    agreed: bool = False,
) -> int:
    """What the customer answered on the phone, as a response of the scheme's open wave. Raises as `services.entries.enter`."""
    call = call_for(session, by, call_id)
    wave = session.get(Wave, wave_id)
    if wave is None or wave.scheme_id != call.scheme_id:
        raise NotThere
    key = entries.enter(
        session,
        wave_id=wave_id,
        customer_id=call.customer_id,
        contact_id=call.contact_id,
        answers=answers,
        channel="phone",
        opinions=opinions,
        agreed=agreed,
        form_key=form_key,
        by=by,
        at=at,
    )
    call.response_id = None if wave.is_anonymous else key
    session.add(call)
    session.flush()
    return key


def write_slip(
    session: Session,
    *,
    call_id: int,
    department_id: int,
    problem: str,
    due_on: date,
    form_key: str,
    by: Viewer,
    at: datetime,
    technician_on: date | None = None,
) -> FeedbackSlip:
    """What a call didn't solve goes to a department, and as a problem into the customer's opinions; then it waits.

    Raises SlipWithoutProblem, CallEnded, NotAllowed, NotThere.
    """
    known = session.exec(select(FeedbackSlip).where(FeedbackSlip.form_key == form_key)).first()
    call = _open(session, by, call_id)
    if known:
        return known
    if not problem.strip():
        raise SlipWithoutProblem
    if session.get(Department, department_id) is None:
        raise NotThere
    slip = FeedbackSlip(
        form_key=form_key,
        call_id=call_id,
        department_id=department_id,
        problem=problem.strip(),
        due_on=due_on,
        technician_on=technician_on,
        written_at=at,
        written_by_id=by.user_id or None,
    )
    session.add(slip)
    call.state, call.version = "waiting", call.version + 1
    session.flush()
    said: dict[str, Any] = {"kind": "problem", "text": problem.strip(), "source": "call", "received_at": at}
    whose = {"customer_id": call.customer_id, "department_id": department_id, "slip_id": slip.id}
    add_opinion(session, **said, **whose, at=at)
    audit(session, by=by.user_id, at=at, verb="write_slip", about="call", about_id=call_id, slip=slip.id)
    return slip


def answer_slip(
    session: Session,
    *,
    slip_id: int,
    result: str,
    today: date,
    by: Viewer,
    at: datetime,
    technician_on: date | None = None,
) -> FeedbackSlip:
    """What the department did; with the last answer the customer is to be called again today.

    Raises SlipAnswered, ResultMissing, NotAllowed, NotThere.
    """
    by.check("edit_actions")
    statement = select(FeedbackSlip).where(FeedbackSlip.id == slip_id, *slips_in_sight(by)).with_for_update()
    slip = session.exec(statement.execution_options(populate_existing=True)).first()
    if slip is None:
        raise NotThere
    if slip.answered_at is not None:
        raise SlipAnswered
    if not result.strip():
        raise ResultMissing
    slip.result, slip.answered_at, slip.answered_by_id = result.strip(), at, by.user_id or None
    slip.technician_on = technician_on or slip.technician_on
    session.add(slip)
    session.flush()
    call = session.get_one(CustomerCall, slip.call_id, with_for_update=True, populate_existing=True)
    if call.state == "waiting" and not _is_waiting(session, slip.call_id):
        call.state, call.due_on, call.version = "again", today, call.version + 1
        session.add(call)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="answer_slip", about="call", about_id=slip.call_id, slip=slip_id)
    return slip


def settle(
    session: Session, *, call_id: int, by: Viewer, at: datetime, special_needs: str = "", buys_again: str = ""
) -> CustomerCall:
    """The customer is content: the call ends. A wish to buy again goes to the sales owner, and into the opinions.

    Raises SlipNotAnswered, CallEnded, NotAllowed, NotThere.
    """
    call = _open(session, by, call_id)
    if _is_waiting(session, call_id):
        raise SlipNotAnswered
    call.state, call.ended_at, call.version = "settled", at, call.version + 1
    call.special_needs, call.buys_again = special_needs.strip(), buys_again.strip()
    if call.buys_again:
        call.buys_again_for_id = session.get_one(Customer, call.customer_id).sales_owner_id
        said: dict[str, Any] = {"kind": "request", "text": call.buys_again, "source": "call", "received_at": at}
        opinion = add_opinion(session, **said, customer_id=call.customer_id, at=at)
        _tell_seller(session, opinion, call.buys_again_for_id, at)
    session.add(call)
    session.flush()
    _answer_opinions(session, call_id, by, at)
    audit(session, by=by.user_id, at=at, verb="settle", about="call", about_id=call_id)
    return call


def _tell_seller(session: Session, opinion: Opinion, owner_id: int | None, at: datetime) -> None:
    facts = {"number": str(opinion.id), "of": "buys_again"}
    link, once = f"/opinions?opinion={opinion.id}", f"opinion:{opinion.id}:buys_again"
    tell(session, kind="opinion_waiting", to=[owner_id] if owner_id else [], link=link, facts=facts, once=once, at=at)


def _answer_opinions(session: Session, call_id: int, by: Viewer, at: datetime) -> None:
    """A customer who is content with what the departments did has an answer to what the slips said."""
    mine = select(Opinion.id, FeedbackSlip.result).join(FeedbackSlip, col(FeedbackSlip.id) == Opinion.slip_id)
    on = at.astimezone(settings().zone).date()
    for key, result in session.exec(mine.where(FeedbackSlip.call_id == call_id).order_by(col(Opinion.id))).all():
        answered_elsewhere(session, [key or 0], text=result, how="call", on=on, by=by, at=at)


def give_up(session: Session, *, call_id: int, reason: str, by: Viewer, at: datetime) -> CustomerCall:
    """A call that makes no sense any more; raises ReasonMissing, CallEnded, NotAllowed, NotThere."""
    call = _open(session, by, call_id)
    if not reason.strip():
        raise ReasonMissing
    call.state, call.reason, call.ended_at, call.version = "cancelled", reason.strip(), at, call.version + 1
    session.add(call)
    session.flush()
    audit(session, by=by.user_id, at=at, verb="give_up", about="call", about_id=call_id)
    return call


def _open(session: Session, by: Viewer, call_id: int) -> CustomerCall:
    call = call_for(session, by, call_id, locked=True)
    if call.state not in OPEN:
        raise CallEnded
    session.add(call)
    return call


def _is_waiting(session: Session, call_id: int) -> bool:
    waiting = select(FeedbackSlip.id).where(FeedbackSlip.call_id == call_id, col(FeedbackSlip.answered_at).is_(None))
    return session.exec(waiting).first() is not None


def _first_contact(session: Session, customer_id: int) -> int | None:
    there = select(Contact.id).where(Contact.customer_id == customer_id, col(Contact.active).is_(True))
    return session.exec(there.order_by(col(Contact.id)).limit(1)).first()


def _check_contact(session: Session, customer_id: int, contact_id: int | None) -> None:
    if contact_id is None:
        return
    there = select(Contact.id).where(Contact.id == contact_id, Contact.customer_id == customer_id)
    if session.exec(there).first() is None:
        raise NotThere


def _check_scheme(session: Session, by: Viewer, scheme_id: int) -> None:
    scheme = session.get(SchemeRow, scheme_id)
    if scheme is None:
        raise NotThere
    if by.only_schemes_of is not None and scheme.organiser_id != by.only_schemes_of:
        raise NotThere
