"""An action as its gates see it."""

from typing import Final

from sqlmodel import Session, select

from db.models import Action, ActionFinding, Finding
from domain.action_gates import ActionFacts

FACTS: Final = (
    *("state", "round", "owner_id", "due_on", "cause", "cause_category", "countermeasure", "containment"),
    *("containment_not_applicable", "prevention", "prevention_not_applicable", "approved_by_id", "evidence", "verdict"),
    *("verified_by_id", "customer_told", "customer_told_on", "customer_confirmed", "not_reached", "cancel_reason"),
)
"""Columns of an action that its gates look at."""


def facts_of(session: Session, action: Action) -> ActionFacts:
    """The action as its gates see it."""
    rules = set(session.exec(select(Finding.rule).join(ActionFinding).where(ActionFinding.action_id == action.id)))
    known = {name: getattr(action, name) for name in FACTS}
    return ActionFacts(
        **known, from_complaint="COMPLAINT" in rules, from_opinion=bool(rules & {"COMPLAINT", "OPINION"})
    )
