"""What an action must be before it is written: people who may, a department that is there, fields that its state lets be written."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, select

from db.models import Action, Customer, Department, Finding
from db.queries.narrowing import customers_in_sight
from db.queries.people import active_people
from db.queries.responses import wave_for
from domain.access import NotThere, Viewer
from domain.action_gates import CAUSE_CATEGORIES, COUNTERMEASURE_KINDS
from domain.action_people import Person, approvers, owners
from domain.action_states import EDITABLE, STATE_NAMES, State
from domain.errors import N_, Refusal

DESCRIBING: Final = frozenset({"title", "problem", "department_id", "whys", "cost_cents", "cost_currency"})
"""What an action holds beside what its gates look at; it may be written as long as its plan may."""
CURRENCY: Final = re.compile("[A-Z]{3}")
NO_DUE_DATE: Final = N_("Choose a due date that is not over yet.")
MOST_CENTS: Final = 10**14
SET_BY_STEPS: Final = frozenset(
    {"verified_by_id", "evidence_files", "customer_told", "customer_told_on", "customer_confirmed", "not_reached"}
)
"""What nobody writes directly: who recorded a verdict is who checked; telling the customer is `services.effects.tell`."""


class ActionIncomplete(Refusal):
    """Something that every action needs is missing, or doesn't fit."""


class FieldNotEditable(Refusal):
    """A field that can't be written while the action is in its state."""

    def __init__(self, field: str, state: str) -> None:
        template = N_('This can\'t be changed while the action is "{state}".')
        super().__init__(template, state=STATE_NAMES[State(state)])
        self.field = field


def check_subject(
    session: Session, by: Viewer, findings: Sequence[Finding], wave_id: int | None, customer_id: int | None
) -> None:
    """Nobody hangs an action on a customer or wave that they don't see, but for those that their findings name."""
    if wave_id and wave_id not in {finding.wave_id for finding in findings}:
        wave_for(session, by, wave_id)
    if customer_id and customer_id not in {finding.customer_id for finding in findings}:
        seen = select(Customer.id).where(Customer.id == customer_id, *customers_in_sight(by))
        if session.exec(seen).first() is None:
            raise NotThere


def check(session: Session, by: Viewer, action: Action, at: datetime, *, only: set[str] | None = None) -> None:
    """Raises ActionIncomplete, NotThere; `only` names the fields that were written, None means all."""
    people = {person.id: person for person in active_people(session)}
    checks: dict[str, Callable[[], None]] = {
        "title": lambda: _check_title(action),
        "department_id": lambda: _check_department(session, by, action),
        "owner_id": lambda: _check_owner(people, action),
        "approver_id": lambda: _check_approver(people, action),
        "due_on": lambda: _check_due(action, at),
        "cause_category": lambda: _check_category(action),
        "countermeasure_kind": lambda: _check_kind(action),
        "cost_cents": lambda: _check_cost(action),
        "cost_currency": lambda: _check_cost(action),
    }
    touched = set(checks) if only is None else only | ({"owner_id"} if "department_id" in only else set())
    for name, check in checks.items():
        if name in touched:
            check()


def _check_title(action: Action) -> None:
    if not action.title:
        raise ActionIncomplete(N_("Give the action a title."))


def _check_department(session: Session, by: Viewer, action: Action) -> None:
    if by.only_department not in (None, action.department_id) or session.get(Department, action.department_id) is None:
        raise NotThere


def _check_owner(people: dict[int, Person], action: Action) -> None:
    if action.owner_id not in [person.id for person in owners(list(people.values()), action.department_id)]:
        raise ActionIncomplete(N_("Choose an owner with an active account, from the department where it has somebody."))


def _check_approver(people: dict[int, Person], action: Action) -> None:
    able = [person.id for person in approvers(list(people.values()), action.owner_id)]
    if action.approver_id is not None and action.approver_id not in able:
        raise ActionIncomplete(N_("Choose an approver who may approve and is not the owner."))


def _check_due(action: Action, at: datetime) -> None:
    if not action.due_on or action.due_on < at.date():  # a field of a form may have been emptied
        raise ActionIncomplete(NO_DUE_DATE)


def _check_category(action: Action) -> None:
    if action.cause_category and action.cause_category not in CAUSE_CATEGORIES:
        raise ActionIncomplete(N_("Choose the category of the root cause."))


def _check_kind(action: Action) -> None:
    if action.countermeasure_kind and action.countermeasure_kind not in COUNTERMEASURE_KINDS:
        raise ActionIncomplete(N_("Choose the kind of the countermeasure."))


def _check_cost(action: Action) -> None:
    cents, currency = action.cost_cents, action.cost_currency
    if cents is not None and (not 0 <= cents <= MOST_CENTS or not CURRENCY.fullmatch(currency)):
        raise ActionIncomplete(N_("Give the cost as an amount with its currency, for example 12500 CNY."))


def stored_values(action: Action, fields: dict[str, Any], by: Viewer) -> dict[str, Any]:
    """The fields as they are stored; raises FieldNotEditable."""
    allowed = EDITABLE[State(action.state)] - SET_BY_STEPS
    allowed |= DESCRIBING if "cause" in allowed else frozenset()
    for name in fields:
        if name not in allowed:
            raise FieldNotEditable(name, action.state)
    values = {name: _stored(value) for name, value in fields.items()}
    return values | ({"verified_by_id": by.user_id} if "verdict" in values else {})


def _stored(value: Any) -> Any:
    if isinstance(value, list):  # lines
        return [line.strip() for line in value if line.strip()]
    return value.strip() if isinstance(value, str) else value


def with_values(action: Action, values: dict[str, Any]) -> Action:
    """A copy with other values, to be checked before anything is written."""
    return Action(**(action.model_dump() | values))
