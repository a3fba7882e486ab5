"""The states of a corrective action and the steps between them, as a table (rules.md 6).

A step asks for its own gates and again for those passed before: what was changed behind a gate (the owner becomes the
approver, the evidence is taken away) stops the action at the next step, so that a closed action has met all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain.action_gates import (
    CAUSE_CATEGORIES,
    ActionFacts,
    ActorFacts,
    Gate,
    GateFailure,
    actor_approves,
    all_others_signed,
    customer_knows,
    has_cancel_reason,
    has_evidence,
    has_send_back_reason,
    is_approved,
    is_checked,
    is_effective,
    is_grounded,
    is_not_effective,
    may_approve,
    others_sign_after,
    plan_is_complete,
    signs_next,
)
from domain.errors import N_, Refusal

__all__ = ["CAUSE_CATEGORIES", "ActionFacts", "ActorFacts", "GateFailure"]


class State(StrEnum):
    """Where a corrective action stands."""

    OPEN = "open"
    ANALYSING = "analysing"
    PLANNED = "planned"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    IMPLEMENTED = "implemented"
    VERIFYING = "verifying"
    CLOSED = "closed"
    CANCELLED = "cancelled"


STATE_NAMES: Final[dict[State, str]] = {
    State.OPEN: N_("Opened"),
    State.ANALYSING: N_("Analysing"),
    State.PLANNED: N_("Planned"),
    State.APPROVED: N_("Approved"),
    State.IN_PROGRESS: N_("In progress"),
    State.IMPLEMENTED: N_("Implemented"),
    State.VERIFYING: N_("Verifying"),
    State.CLOSED: N_("Closed"),
    State.CANCELLED: N_("Cancelled"),
}
"""English names, to be translated."""
FINAL: Final = frozenset({State.CLOSED, State.CANCELLED})
"""Nothing changes any more."""
PATH: Final = tuple(state for state in State if state is not State.CANCELLED)
"""The states in their order, for the step line of an action."""


@dataclass(frozen=True)
class Transition:
    """A step that an action may take: `verb` is its code, `name` what the button says, `gates` what it needs."""

    source: State
    target: State
    verb: str
    name: str
    gates: tuple[Gate, ...] = ()


class StepNotThere(Refusal):
    """An action in this state has no such step: it was taken already, or one before it is missing."""

    def __init__(self, state: State) -> None:
        template = N_('This step is not possible while the action is "{state}". Look at the action again.')
        super().__init__(template, state=STATE_NAMES[state])

    def explain(self, translate: Callable[[str], str]) -> str:
        """The same sentence in another language, with the state's name in it, too."""
        return translate(self.template).format(state=translate(str(self.values["state"])))


PLAN: Final = (plan_is_complete,)
SIGNATURE: Final = (*PLAN, actor_approves, signs_next)
APPROVAL: Final = (*PLAN, is_approved)
EVIDENCE: Final = (*APPROVAL, has_evidence)

TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(State.OPEN, State.ANALYSING, "analyse", N_("Start analysis")),
    Transition(State.ANALYSING, State.PLANNED, "plan", N_("Submit plan"), PLAN),
    Transition(State.PLANNED, State.APPROVED, "approve", N_("Approve"), (*SIGNATURE, all_others_signed)),
    Transition(State.PLANNED, State.PLANNED, "sign", N_("Approve in turn"), (*SIGNATURE, others_sign_after)),
    Transition(State.PLANNED, State.ANALYSING, "send_back", N_("Send back"), (may_approve, has_send_back_reason)),
    Transition(State.APPROVED, State.IN_PROGRESS, "start", N_("Start work"), APPROVAL),
    Transition(State.IN_PROGRESS, State.IMPLEMENTED, "implement", N_("Report as implemented"), EVIDENCE),
    Transition(State.IMPLEMENTED, State.VERIFYING, "verify", N_("Start effectiveness check"), EVIDENCE),
    Transition(
        State.VERIFYING,
        State.CLOSED,
        "close",
        N_("Confirm effective and close"),
        (*EVIDENCE, is_checked, is_effective, is_grounded, customer_knows),
    ),
    Transition(
        State.VERIFYING,
        State.ANALYSING,
        "reopen",
        N_("Not effective, back to analysis"),
        (is_checked, is_not_effective, is_grounded),
    ),
    *(
        Transition(source, State.CANCELLED, "cancel", N_("Cancel action"), (has_cancel_reason,))
        for source in (State.OPEN, State.ANALYSING, State.PLANNED, State.APPROVED, State.IN_PROGRESS)
    ),
)

PLAN_FIELDS: Final = frozenset(
    {
        "cause",
        "cause_category",
        "countermeasure",
        "countermeasure_kind",
        "containment",
        "containment_not_applicable",
        "prevention",
        "prevention_not_applicable",
    }
)
FOR_A_ROUND: Final = frozenset({"approved_by_id", "signed_by", "evidence", "evidence_files"})
CHECK_FIELDS: Final = frozenset(
    {
        "verdict",
        "verdict_reason",
        "verified_by_id",
        "customer_told",
        "customer_told_on",
        "customer_confirmed",
        "not_reached",
    }
)
EDITABLE: Final[dict[State, frozenset[str]]] = {
    State.OPEN: PLAN_FIELDS | {"owner_id", "approver_id", "due_on", "cancel_reason"},
    State.ANALYSING: PLAN_FIELDS | {"owner_id", "approver_id", "due_on", "cancel_reason"},
    State.PLANNED: frozenset({"approver_id", "cancel_reason"}),
    State.APPROVED: frozenset({"owner_id", "due_on", "cancel_reason"}),
    State.IN_PROGRESS: frozenset({"owner_id", "due_on", "evidence", "evidence_files", "cancel_reason"}),
    State.IMPLEMENTED: frozenset({"evidence", "evidence_files"}),
    State.VERIFYING: CHECK_FIELDS,
    State.CLOSED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""What may be written in each state; a plan that was submitted is changed by sending it back (ours)."""


def steps_from(state: str) -> tuple[Transition, ...]:
    """The steps that an action in this state has, the main one first."""
    return tuple(step for step in TRANSITIONS if step.source == state)


def step(state: str, verb: str) -> Transition:
    """The step of that verb; `StepNotThere` where the state has none."""
    for transition in steps_from(state):
        if transition.verb == verb:
            return transition
    raise StepNotThere(State(state))


def may(facts: ActionFacts, transition: Transition, actor: ActorFacts) -> list[GateFailure]:
    """All that still stands in the way of a step; an empty list lets it pass. `StepNotThere` from another state."""
    if facts.state != transition.source:
        step(facts.state, transition.verb)
    return [failure for gate in transition.gates for failure in gate(facts, actor)]


def after(facts: ActionFacts, verb: str, actor: ActorFacts) -> ActionFacts:
    """The action after a step: state, approver, and on going back a new round without approval, evidence and check.

    Raises the first `GateFailure` that stands in the way, or `StepNotThere`.
    """
    transition = step(facts.state, verb)
    for failure in may(facts, transition, actor):
        raise failure
    moved = replace(facts, state=transition.target.value)
    if transition.target is State.APPROVED:
        return replace(moved, approved_by_id=actor.user, signed_by=(*facts.signed_by, actor.user))
    if verb == "sign":
        return replace(moved, signed_by=(*facts.signed_by, actor.user))
    if transition.source is State.PLANNED:
        return replace(moved, signed_by=(), sent_back_reason="")
    return _next_round(moved) if verb == "reopen" else moved


def _next_round(facts: ActionFacts) -> ActionFacts:
    fresh = ActionFacts()
    blank = {name: getattr(fresh, name) for name in CHECK_FIELDS | FOR_A_ROUND}
    return replace(facts, round=facts.round + 1, **blank)
