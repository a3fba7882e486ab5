"""Corrective actions: assigned, edited, taken from state to state through their gates, commented on, cancelled.

Each verb works in the caller's `write_session`: all of it is saved, or nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, func, select

from db.models import Action, ActionFinding, ActionSignature
from db.queries.action_facts import FACTS, facts_of, submitted
from domain.access import Viewer
from domain.action_people import actor_of
from domain.action_states import State, after
from domain.errors import N_
from services import action_news
from services.action_changes import (
    COMMENT,
    ActionChangedMeanwhile,
    action_to_change,
    note,
    save,
)
from services.action_checks import (
    NO_DUE_DATE,
    ActionIncomplete,
    FieldNotEditable,
    check,
    check_subject,
    stored_values,
    with_values,
)
from services.action_drafts import AssignDraft, draft, findings_to_assign, snapshot_of
from services.audit import audit
from services.effects import not_effective

__all__ = ["ActionChangedMeanwhile", "ActionIncomplete", "AssignDraft", "FieldNotEditable", "draft"]

TRIES: Final = 20
"""Simultaneous assignments that may take the next number before this one gives up."""


def assign(
    session: Session,
    *,
    finding_ids: Sequence[int] = (),
    title: str,
    department_id: int,
    owner_id: int,
    approver_id: int | None,
    due_on: date | None,
    containment: str = "",
    problem: str = "",
    figures: dict[str, Any] | None = None,
    wave_id: int | None = None,
    customer_id: int | None = None,
    form_key: str,
    by: Viewer,
    at: datetime,
) -> Action:
    """A new action about findings; the same `form_key` again gives back the action that it made.

    `figures` is a snapshot (JSON, `domain.subjects.snapshot`); None means that of the findings.
    Raises NotAllowed, NotThere (a finding, wave or customer that isn't the user's), ActionIncomplete.
    """
    by.check("assign")
    if saved := _made_by_form(session, form_key, by):
        return saved
    findings = findings_to_assign(session, by, finding_ids)
    customers = {finding.customer_id for finding in findings}
    if customer_id is None and len(customers) == 1:
        customer_id = customers.pop()
    check_subject(session, by, findings, wave_id, customer_id)
    if due_on is None:
        raise ActionIncomplete(NO_DUE_DATE)
    action = Action(
        number=0,
        form_key=form_key,
        title=title.strip(),
        wave_id=wave_id or (findings[0].wave_id if findings else None),
        customer_id=customer_id,
        department_id=department_id,
        owner_id=owner_id,
        approver_id=approver_id,
        due_on=due_on,
        figures=snapshot_of(session, by, findings) if figures is None else figures,
        problem=problem.strip(),
        containment=containment.strip(),
        created_at=at,
        created_by_id=by.user_id,
    )
    check(session, by, action, at)
    saved = _insert(session, action, by)
    if saved is not action:
        return saved
    session.add_all(ActionFinding(action_id=action.id or 0, finding_id=f.id or 0) for f in findings)
    note(session, action.id or 0, verb="assign", by=by, at=at, to_state=action.state)
    audit(
        session,
        by=by.user_id,
        at=at,
        verb="assign",
        about="action",
        about_id=action.id,
        findings=[f.id for f in findings],
    )
    session.flush()
    action_news.assigned(session, action, by=by, at=at)
    return action


def edit(session: Session, *, action_id: int, version: int, by: Viewer, at: datetime, **fields: Any) -> Action:
    """Writes fields that the action's state lets be written; nothing happens where nothing differs.

    Raises NotThere, NotAllowed, ActionChangedMeanwhile, FieldNotEditable, ActionIncomplete.
    """
    action = action_to_change(session, action_id, by, version=version)
    values = stored_values(action, fields, by)
    if not any(getattr(action, name) != value for name, value in values.items()):
        return action
    check(session, by, with_values(action, values), at, only=set(values))
    is_handed_over = values.get("owner_id", action.owner_id) != action.owner_id
    saved = save(session, action, values, verb="edit", by=by, at=at)
    if is_handed_over:
        action_news.assigned(session, saved, by=by, at=at)
    return saved


def advance(
    session: Session, *, action_id: int, version: int, verb: str, by: Viewer, at: datetime, **fields: Any
) -> Action:
    """Takes a step (a verb of `domain.action_states.TRANSITIONS`) after writing `fields`, through all its gates.

    `send_back` takes `sent_back_reason`, which only its event keeps. Raises what `edit` raises, StepNotThere, and
    GateFailure for the first thing that is missing.
    """
    why = str(fields.pop("sent_back_reason", "")).strip() if verb == "send_back" else ""
    action = action_to_change(session, action_id, by, version=version)
    values = stored_values(action, fields, by)
    changed = with_values(action, values)
    check(session, by, changed, at, only=set(values))
    facts = replace(facts_of(session, changed), sent_back_reason=why)
    moved = after(facts, verb, actor_of(by))
    values |= {name: getattr(moved, name) for name in FACTS}
    if moved.state == State.CLOSED:
        values["closed_at"] = at
    if len(moved.signed_by) > len(facts.signed_by):
        _sign(session, action, place=len(facts.signed_by), by=by, at=at)
    if verb == "reopen":
        not_effective(session, action, at=at)
    saved = save(session, action, values, verb=verb, by=by, at=at, comment=why or changed.verdict_reason)
    action_news.settled(session, saved, "approval_waiting", at=at)
    if saved.state == State.PLANNED:
        action_news.approval_waiting(session, saved, at=at)
    if saved.state in (State.IMPLEMENTED, State.CANCELLED):
        action_news.settled(session, saved, "assigned", "due_soon", "overdue", at=at)
    return saved


def cancel(session: Session, *, action_id: int, version: int, reason: str, by: Viewer, at: datetime) -> Action:
    """Gives an action up, with the reason; raises what `advance` raises."""
    return advance(session, action_id=action_id, version=version, verb="cancel", by=by, at=at, cancel_reason=reason)


def comment(session: Session, *, action_id: int, text: str, by: Viewer, at: datetime) -> None:
    """Adds a remark to the history; it changes nothing and so disturbs no other editor."""
    action = action_to_change(session, action_id, by)
    if not text.strip():
        raise ActionIncomplete(N_("Write the comment first."))
    note(
        session,
        action_id,
        verb=COMMENT,
        by=by,
        at=at,
        from_state=action.state,
        to_state=action.state,
        comment=text.strip(),
    )
    audit(session, by=by.user_id, at=at, verb=COMMENT, about="action", about_id=action_id)


def _sign(session: Session, action: Action, *, place: int, by: Viewer, at: datetime) -> None:
    signed = submitted(session, action.id or 0)
    session.add(
        ActionSignature(action_id=action.id or 0, submitted_id=signed, place=place, user_id=by.user_id, signed_at=at)
    )


def _made_by_form(session: Session, form_key: str, by: Viewer) -> Action | None:
    return session.exec(select(Action).where(Action.form_key == form_key, Action.created_by_id == by.user_id)).first()


def _insert(session: Session, action: Action, by: Viewer) -> Action:
    """Stores the action under the next number; on losing a race for it, tries the one after."""
    for _ in range(TRIES):
        action.number = (session.exec(select(func.max(Action.number))).one() or 0) + 1
        try:
            with session.begin_nested():
                session.add(action)
                session.flush()
            return action
        except IntegrityError:
            if saved := _made_by_form(session, action.form_key, by):
                return saved
            if session.exec(select(Action.id).where(Action.number == action.number)).first() is None:
                raise
    raise ActionIncomplete(N_("Too many people save an action at this moment. Try again."))
