"""Opinions of customers (rules.md 5 and 7): recorded, sorted, adopted or not with the reason, answered, rewarded."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from db.models import Department, Opinion, Wave
from db.queries.complaints import complaining_customers
from db.queries.opinions import choices_of_opinion, finding_of_opinion, newest_wave, opinion_detail, opinion_for
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.opinions import KINDS, TO_ANSWER, WAYS
from services.audit import audit
from services.opinion_findings import keep_opinions


class NothingSaid(Refusal):
    """An opinion without words."""

    def __init__(self) -> None:
        super().__init__(N_("Write down what the customer said."))


class NotYet(Refusal):
    """Something is to have happened on a day that hasn't come."""

    def __init__(self) -> None:
        super().__init__(N_("Choose a day until today."))


class OpinionChangedMeanwhile(Refusal):
    """Somebody else saved it since it was read."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else has changed this record since you opened it. Look at it again."))


class NotSorted(Refusal):
    """Nobody has said yet what it is."""

    def __init__(self) -> None:
        super().__init__(N_("Say first whether it is a problem, a suggestion, praise or a request."))


class OutcomeMissing(Refusal):
    """An answer to a problem or suggestion says what becomes of it (rules.md 5)."""

    def __init__(self) -> None:
        super().__init__(N_("Assign an action or record a complaint first, or say why it is not adopted."))


class IsHandled(Refusal):
    """What leads to an action, complaint or request is adopted."""

    def __init__(self) -> None:
        super().__init__(N_("It is handled already: an action, a complaint or a request came from it."))


class AnswerMissing(Refusal):
    """An answer without words, its way or a day that has come."""

    def __init__(self) -> None:
        super().__init__(N_("Write down what the customer was told, how, and on which day until today."))


class AnsweredAlready(Refusal):
    """What a customer was told is not overwritten."""

    def __init__(self) -> None:
        super().__init__(N_("The customer has been answered already."))


class ReasonMissing(Refusal):
    """Nothing is put aside without a reason."""

    def __init__(self) -> None:
        super().__init__(N_("Say why it is not adopted."))


class NobodyToReward(Refusal):
    """Nobody knows who said it, or it was no suggestion."""

    def __init__(self) -> None:
        super().__init__(N_("A reward is for a suggestion of somebody who is known, once, and says what it is."))


class NoWaveRuns(Refusal):
    """A finding belongs to a running wave."""

    def __init__(self) -> None:
        super().__init__(N_("No wave is running: the opinion becomes a finding, and an action, as soon as one does."))


def record(
    session: Session,
    *,
    text: str,
    kind: str,
    received_at: datetime,
    form_key: str,
    by: Viewer,
    at: datetime,
    customer_id: int | None = None,
    said_by: str = "",
    department_id: int | None = None,
) -> Opinion:
    """Records what was said outside any survey; a department's user records it for the own department. The same form key once.

    Raises NothingSaid, NotYet, NotAllowed, NotThere.
    """
    by.check("edit_opinions")
    known = session.exec(select(Opinion).where(Opinion.form_key == form_key)).first()
    if known is not None:
        return opinion_for(session, by, known.id or 0)
    if not text.strip():
        raise NothingSaid
    if received_at > at:
        raise NotYet
    if kind not in ("", *KINDS):
        raise NotThere
    if customer_id is not None and customer_id not in {key for key, _c, _n in complaining_customers(session, by)}:
        raise NotThere
    if by.only_department is not None:
        department_id = by.only_department
    if department_id is not None and session.get(Department, department_id) is None:
        raise NotThere
    made = add_opinion(
        session,
        at=at,
        text=text.strip(),
        kind=kind,
        source="record",
        received_at=received_at,
        form_key=form_key,
        customer_id=customer_id,
        said_by=said_by.strip(),
        department_id=department_id,
        recorded_by_id=by.user_id or None,
    )
    audit(session, by=by.user_id, at=at, verb="record", about="opinion", about_id=made.id)
    return made


def add_opinion(session: Session, *, at: datetime, **values: Any) -> Opinion:
    """Puts what was said into the inbox, and into the findings where it waits; part of the write that heard it."""
    one = Opinion(**values)
    _place_finding(session, one)
    session.add(one)
    session.flush()
    keep_opinions(session, [one.id or 0], at=at)
    return one


def sort(
    session: Session,
    *,
    opinion_id: int,
    version: int,
    kind: str,
    by: Viewer,
    at: datetime,
    about: str = "",
    department_id: int | None = None,
) -> Opinion:
    """Says what it is, what it is about (a `Choice.code`) and whose it is; without a department, the one that answers for that.

    Raises AnsweredAlready, NotSorted, OpinionChangedMeanwhile, NotAllowed, NotThere.
    """
    one = _to_change(session, opinion_id, version, by)
    if one.answered_on is not None:
        raise AnsweredAlready
    if not kind:
        raise NotSorted
    choice = {c.code: c for c in choices_of_opinion(session, by, opinion_id)}.get(about)
    if kind not in KINDS or (about and choice is None):
        raise NotThere
    if department_id is not None and session.get(Department, department_id) is None:
        raise NotThere
    owner = department_id or (choice.department_id if choice else None) or one.department_id
    values = {"kind": kind, "department_id": owner}
    values |= {"item_id": choice.item_id, "dimension_id": choice.dimension_id} if choice else {}
    _put(session, one, "sort", by=by, at=at, **values)
    return one


def watch(session: Session, *, opinion_id: int, version: int, by: Viewer, at: datetime) -> Opinion:
    """Makes an opinion that came between two waves a finding of the running one; raises NoWaveRuns where none runs.

    Raises OpinionChangedMeanwhile, NotAllowed, NotThere.
    """
    one = _to_change(session, opinion_id, version, by)
    _put(session, one, "watch", by=by, at=at)
    wave = session.get(Wave, one.finding_wave_id or one.wave_id or 0)
    if one.kind in TO_ANSWER and (wave is None or wave.state != "open"):
        raise NoWaveRuns
    return one


def finding_to_assign(session: Session, *, opinion_id: int, version: int, by: Viewer, at: datetime) -> int:
    """The finding of an opinion, made now where it came between two waves. Raises as `watch`, NotSorted."""
    one = watch(session, opinion_id=opinion_id, version=version, by=by, at=at)
    found = finding_of_opinion(session, one)
    if found is None or found.id is None:
        raise NotSorted
    return found.id


def decline(session: Session, *, opinion_id: int, version: int, reason: str, by: Viewer, at: datetime) -> Opinion:
    """Not adopted, with the reason; the customer still gets an answer.

    Raises ReasonMissing, NotSorted, IsHandled, AnsweredAlready, OpinionChangedMeanwhile, NotAllowed, NotThere.
    """
    one = _to_change(session, opinion_id, version, by)
    if one.answered_on is not None:
        raise AnsweredAlready
    if one.kind not in TO_ANSWER:
        raise NotSorted
    if opinion_detail(session, by, opinion_id).outcome not in ("", "not_adopted"):
        raise IsHandled
    if not reason.strip():
        raise ReasonMissing
    _put(session, one, "decline", by=by, at=at, not_adopted=reason.strip())
    return one


def answer(
    session: Session,
    *,
    opinion_id: int,
    version: int,
    text: str,
    how: str,
    on: date,
    today: date,
    by: Viewer,
    at: datetime,
) -> Opinion:
    """What the customer was told, how and when: then the opinion is no finding any more.

    A problem or suggestion needs its outcome first. Where nobody knows who said it, only a notice for all can answer it.
    Raises AnsweredAlready, NotSorted, OutcomeMissing, AnswerMissing, OpinionChangedMeanwhile, NotAllowed, NotThere.
    """
    one = _to_change(session, opinion_id, version, by)
    if one.answered_on is not None:
        raise AnsweredAlready
    if not one.kind:
        raise NotSorted
    detail = opinion_detail(session, by, opinion_id)
    if one.kind in TO_ANSWER and not detail.outcome:
        raise OutcomeMissing
    if not text.strip() or how not in WAYS or on > today:
        raise AnswerMissing
    if detail.line.is_anonymous and how != "notice":
        raise AnswerMissing
    told = {"answer": text.strip(), "answered_how": how, "answered_on": on, "answered_by_id": by.user_id or None}
    _put(session, one, "answer", by=by, at=at, **told)
    return one


def reward(
    session: Session, *, opinion_id: int, version: int, what: str, on: date, today: date, by: Viewer, at: datetime
) -> Opinion:
    """What a customer got for a valuable suggestion; raises NobodyToReward, NotYet, OpinionChangedMeanwhile, NotAllowed, NotThere."""
    one = _to_change(session, opinion_id, version, by)
    is_known = one.customer_id is not None or bool(one.said_by)
    if one.kind != "suggestion" or not is_known or one.reward or not what.strip():
        raise NobodyToReward
    if on > today:
        raise NotYet
    _put(session, one, "reward", by=by, at=at, reward=what.strip(), rewarded_on=on)
    return one


def answered_elsewhere(
    session: Session, ids: Collection[int], *, text: str, how: str, on: date, by: Viewer, at: datetime
) -> None:
    """What a customer was told about an action, a request or on a call answers the opinions behind it; part of that write."""
    waiting = select(Opinion).where(col(Opinion.id).in_(ids), col(Opinion.answered_on).is_(None))
    for one in session.exec(waiting.order_by(col(Opinion.id)).with_for_update()).all() if ids and text.strip() else ():
        one.kind = one.kind or "request"
        told = {"answer": text.strip(), "answered_how": how, "answered_on": on, "answered_by_id": by.user_id or None}
        _put(session, one, "answer", by=by, at=at, **told)


def name_customer(session: Session, opinion_id: int, *, customer_id: int, by: Viewer, at: datetime) -> None:
    """A complaint of a customer comes from the opinion; one that was recorded without a customer is that customer's from now on.

    Part of that write. Raises NotThere where it is another customer's, or anonymous; NotAllowed.
    """
    one = opinion_for(session, by, opinion_id, locked=True)
    if one.customer_id == customer_id:
        return
    if one.customer_id is not None or opinion_detail(session, by, opinion_id).line.is_anonymous:
        raise NotThere
    if one.response_id is None:  # an answer stays whose it was when it was given
        _put(session, one, "name_customer", by=by, at=at, customer_id=customer_id)


def hand_over(session: Session, ids: Collection[int], *, department_id: int, by: Viewer, at: datetime) -> None:
    """A request that goes to a department takes its opinion along; part of that write."""
    for one in session.exec(select(Opinion).where(col(Opinion.id).in_(ids))).all() if ids else ():
        if one.answered_on is None and one.department_id != department_id:
            _put(session, one, "sort", by=by, at=at, department_id=department_id)


def _to_change(session: Session, opinion_id: int, version: int, by: Viewer) -> Opinion:
    by.check("edit_opinions")
    one = opinion_for(session, by, opinion_id, locked=True)
    if one.version != version:
        raise OpinionChangedMeanwhile
    return one


def _put(session: Session, one: Opinion, verb: str, *, by: Viewer, at: datetime, **values: Any) -> None:
    """Writes the values, keeps the finding, and leaves an audit row."""
    changed = sorted(name for name, value in values.items() if getattr(one, name) != value)
    for name, value in values.items():
        setattr(one, name, value)
    _place_finding(session, one)
    one.version += 1
    session.add(one)
    session.flush()
    keep_opinions(session, [one.id or 0], at=at)
    audit(session, by=by.user_id, at=at, verb=verb, about="opinion", about_id=one.id, fields=changed)


def _place_finding(session: Session, one: Opinion) -> None:
    """Where its own wave is over, or it belongs to none, it waits in the newest running one."""
    if one.kind not in TO_ANSWER or one.answered_on is not None or one.finding_wave_id is not None:
        return
    own = session.get(Wave, one.wave_id) if one.wave_id else None
    if own is not None and (own.state == "open" or own.is_pilot):
        return
    newest = newest_wave(session, own.scheme_id if own else None, customer_id=one.customer_id)
    one.finding_wave_id = newest.id if newest else None
