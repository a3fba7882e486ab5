"""What is kept beside the 8D of a complaint (rules.md 7): rework as it goes on, and minutes signed in order."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from db.models import Complaint, ComplaintSlip, Minutes, MinutesSignature, Rework
from db.queries.complaints import complaint_for
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from services import notifying
from services.complaint_changes import check_readers, complaint_to_change, note
from services.effects import heads_of
from settings import settings


class CountsDontFit(Refusal):
    """More bad pieces than pieces."""

    def __init__(self) -> None:
        super().__init__(N_("The bad pieces can't be more than those that were looked at."))


class MinutesEmpty(Refusal):
    """Minutes without words, of nobody, or of a meeting to come."""

    def __init__(self) -> None:
        super().__init__(N_("Write the minutes, choose who attended, and a day until today."))


class NotYourTurn(Refusal):
    """Minutes are signed in order, each place once."""

    def __init__(self) -> None:
        super().__init__(N_("It is not your turn to sign: minutes are signed in order."))


class NotAllSigned(Refusal):
    """Minutes are approved once, when everybody has signed."""

    def __init__(self) -> None:
        super().__init__(N_("Minutes are approved once, after everybody has signed."))


def add_rework(
    session: Session,
    *,
    number: int,
    place: str,
    quantity: int,
    bad: int,
    form_key: str,
    by: Viewer,
    at: datetime,
    remark: str = "",
) -> Rework:
    """So many pieces were sorted or reworked somewhere, of which so many were bad; the same form key once.

    Raises CountsDontFit, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by)
    known = session.exec(select(Rework).where(Rework.form_key == form_key)).first()
    if known is not None:
        if known.complaint_id != one.id:
            raise NotThere
        return known
    if quantity <= 0 or not 0 <= bad <= quantity:
        raise CountsDontFit
    made = Rework(
        form_key=form_key,
        complaint_id=one.id or 0,
        place=place.strip(),
        quantity=quantity,
        bad=bad,
        note=remark.strip(),
        at=at,
        by_id=by.user_id or None,
    )
    session.add(made)
    session.flush()
    note(session, one, "rework", by=by, at=at, changes={"quantity": [None, quantity], "bad": [None, bad]})
    return made


def hold_meeting(
    session: Session,
    *,
    number: int,
    held_on: date,
    text: str,
    attended: tuple[int, ...],
    form_key: str,
    by: Viewer,
    at: datetime,
) -> Minutes:
    """Minutes of a meeting about the current round, to be signed by those who attended, in this order.

    The same form key once. Raises MinutesEmpty, SeesNoComplaints, NotAllowed, NotThere.
    """
    one = complaint_to_change(session, number, by)
    known = session.exec(select(Minutes).where(Minutes.form_key == form_key)).first()
    if known is not None:
        if known.complaint_id != one.id:
            raise NotThere
        return known
    order = tuple(dict.fromkeys(attended))
    if not text.strip() or not order or held_on > at.astimezone(settings().zone).date():
        raise MinutesEmpty
    check_readers(session, order)
    made = Minutes(
        form_key=form_key,
        complaint_id=one.id or 0,
        round=one.round,
        held_on=held_on,
        said=text.strip(),
        at=at,
        by_id=by.user_id or None,
    )
    session.add(made)
    session.flush()
    places = [MinutesSignature(minutes_id=made.id or 0, position=n, person_id=one) for n, one in enumerate(order, 1)]
    session.add_all(places)
    session.flush()
    note(session, one, "hold_meeting", by=by, at=at, changes={"attended": [None, list(order)]})
    return made


def sign_minutes(session: Session, *, number: int, minutes_id: int, by: Viewer, at: datetime) -> None:
    """The next signature; with the last one the participants are told. Raises NotYourTurn, NotAllowed, NotThere."""
    one, minutes = _minutes(session, number, minutes_id, by)
    waiting = select(MinutesSignature).where(
        MinutesSignature.minutes_id == minutes.id, col(MinutesSignature.signed_at).is_(None)
    )
    place = session.exec(waiting.order_by(col(MinutesSignature.position))).first()
    if place is None or place.person_id != by.user_id:
        raise NotYourTurn
    place.signed_at = at
    session.add(place)
    session.flush()
    note(session, one, "sign_minutes", by=by, at=at)
    if session.exec(waiting).first() is None:
        people = session.exec(select(MinutesSignature.person_id).where(MinutesSignature.minutes_id == minutes.id))
        _tell(session, one, minutes, "complaint", people.all(), at)


def approve_minutes(session: Session, *, number: int, minutes_id: int, by: Viewer, at: datetime) -> Minutes:
    """Quality approves minutes that all have signed; they go to the departments.

    Raises NotAllSigned, NotAllowed, NotThere.
    """
    by.check("verify_complaints")
    one, minutes = _minutes(session, number, minutes_id, by)
    mine = (MinutesSignature.minutes_id == minutes.id, col(MinutesSignature.signed_at).is_(None))
    if minutes.approved_at is not None or session.exec(select(MinutesSignature).where(*mine)).first():
        raise NotAllSigned
    minutes.approved_at, minutes.approved_by_id = at, by.user_id
    session.add(minutes)
    session.flush()
    note(session, one, "approve_minutes", by=by, at=at)
    _tell(session, one, minutes, "approved", _departments(session, one, minutes), at)
    return minutes


def _departments(session: Session, one: Complaint, minutes: Minutes) -> list[int]:
    """Who took part, whoever got a slip for a department, and the heads of the department that acts."""
    signed = select(MinutesSignature.person_id).where(MinutesSignature.minutes_id == minutes.id)
    slips = select(ComplaintSlip.person_id).where(ComplaintSlip.complaint_id == one.id)
    heads = heads_of(session, one.department_id) if one.department_id else []
    return sorted({*session.exec(signed), *session.exec(slips), *heads})


def _tell(session: Session, one: Complaint, minutes: Minutes, of: str, people: Sequence[int], at: datetime) -> None:
    """Says once that the minutes are signed by all (`of` "complaint"), or approved."""
    facts = {"of": of, "number": str(one.number), "due": minutes.held_on.isoformat(), "minutes": str(minutes.id)}
    once = f"{'approved' if of == 'approved' else 'signed'}:{minutes.id}"
    link = f"/complaint?number={one.number}"
    notifying.tell(session, kind="minutes_sent", to=people, link=link, facts=facts, once=once, at=at)


def _minutes(session: Session, number: int, minutes_id: int, by: Viewer) -> tuple[Complaint, Minutes]:
    one = complaint_for(session, by, number, locked=True)
    minutes = session.get(Minutes, minutes_id, with_for_update=True, populate_existing=True)
    if minutes is None or minutes.complaint_id != one.id:
        raise NotThere
    return one, minutes
