"""An action as its gates see it."""

from typing import Final

from sqlmodel import Session, col, select

from db.models import Action, ActionEffect, ActionFinding, Finding, Wave
from db.queries.layouts import layout_of_version
from domain.action_gates import ActionFacts

FACTS: Final = (
    *("state", "round", "owner_id", "due_on", "cause", "cause_category", "countermeasure", "containment"),
    *("containment_not_applicable", "prevention", "prevention_not_applicable", "approved_by_id", "evidence", "verdict"),
    *(
        "verified_by_id",
        "customer_told",
        "customer_told_on",
        "customer_confirmed",
        "not_reached",
        "cancel_reason",
        "verdict_reason",
    ),
)
"""Columns of an action that its gates look at."""


def facts_of(session: Session, action: Action) -> ActionFacts:
    """The action as its gates see it."""
    rules = set(session.exec(select(Finding.rule).join(ActionFinding).where(ActionFinding.action_id == action.id)))
    known = {name: getattr(action, name) for name in FACTS}
    return ActionFacts(
        **known,
        from_complaint="COMPLAINT" in rules,
        from_opinion=bool(rules & {"COMPLAINT", "OPINION"}),
        check=check_of(session, action),
        suggested=suggested(session, action),
    )


def check_of(session: Session, action: Action) -> str:
    """How the scheme of the action's wave has effects checked; by the next wave where there is none."""
    wave = session.get(Wave, action.wave_id) if action.wave_id else None
    return layout_of_version(session, wave.scheme_version_id).scheme.actions.effectiveness if wave else "next_wave"


def suggested(session: Session, action: Action) -> str:
    """The verdict that the last wave to measure this round suggests, empty where none did."""
    mine = select(ActionEffect.verdict).where(ActionEffect.action_id == action.id, ActionEffect.round == action.round)
    return session.exec(mine.order_by(col(ActionEffect.id).desc()).limit(1)).first() or ""
