"""An action as its gates see it."""

from typing import Final

from sqlmodel import Session, col, func, select

from db.models import Action, ActionEffect, ActionEvent, ActionFile, ActionFinding, ActionSignature, Finding, Wave
from db.queries.layouts import department_ids, layout_of_version
from domain.action_gates import ActionFacts
from domain.scheme import ActionRules

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
    about = select(Finding.rule, Wave.is_anonymous).join(ActionFinding).join(Wave)
    found = session.exec(about.where(ActionFinding.action_id == action.id)).all()
    rules = {rule for rule, _is_anonymous in found}
    known = {name: getattr(action, name) for name in FACTS}
    return ActionFacts(
        **known,
        from_complaint="COMPLAINT" in rules,
        from_opinion="COMPLAINT" in rules or ("OPINION", False) in {tuple(one) for one in found},
        chain=_chain(session, action),
        signed_by=tuple(one.user_id for one in signatures(session, action.id or 0)),
        evidence_files=_evidence_files(session, action),
        check=check_of(session, action),
        suggested=suggested(session, action),
    )


def check_of(session: Session, action: Action) -> str:
    """How the scheme of the action's wave has effects checked; by the next wave where there is none."""
    return _rules_of(session, action).effectiveness


def submitted(session: Session, action_id: int) -> int:
    """The event by which the plan was submitted last, 0 before that."""
    mine = select(func.max(ActionEvent.id)).where(ActionEvent.action_id == action_id, ActionEvent.verb == "plan")
    return session.exec(mine).one() or 0


def signatures(session: Session, action_id: int) -> list[ActionSignature]:
    """Approvals of the plan as it was submitted last, in their order."""
    mine = select(ActionSignature).where(ActionSignature.submitted_id == submitted(session, action_id))
    return list(session.exec(mine.order_by(col(ActionSignature.place))))


def _chain(session: Session, action: Action) -> tuple[int, ...]:
    """The departments that approve its plan in turn, as its scheme says (rules.md 2)."""
    codes = _rules_of(session, action).approvers
    known = department_ids(session) if len(codes) > 1 else {}
    return tuple(known.get(code, 0) for code in codes)


def _evidence_files(session: Session, action: Action) -> int:
    mine = select(func.count(col(ActionFile.id))).where(
        ActionFile.action_id == action.id, ActionFile.round == action.round, col(ActionFile.removed_at).is_(None)
    )
    return session.exec(mine).one()


def _rules_of(session: Session, action: Action) -> ActionRules:
    wave = session.get(Wave, action.wave_id) if action.wave_id else None
    return layout_of_version(session, wave.scheme_version_id).scheme.actions if wave else ActionRules()


def suggested(session: Session, action: Action) -> str:
    """The verdict that the last wave to measure this round suggests, empty where none did."""
    mine = select(ActionEffect.verdict).where(ActionEffect.action_id == action.id, ActionEffect.round == action.round)
    return session.exec(mine.order_by(col(ActionEffect.id).desc()).limit(1)).first() or ""
