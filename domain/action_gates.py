"""What must be given before a corrective action may take a step (rules.md 6); each gate says what is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.errors import N_, Refusal

CAUSE_CATEGORIES: Final = {
    "people": N_("People"),
    "machine": N_("Machine"),
    "material": N_("Material"),
    "method": N_("Method"),
    "environment": N_("Environment"),
    "measurement": N_("Measurement"),
}
"""Categories of root causes → English names, to be translated."""
COUNTERMEASURE_KINDS: Final = {
    "training": N_("Training and instruction"),
    "procedure": N_("Procedure or standard"),
    "design": N_("Product or design"),
    "equipment": N_("Equipment or tool"),
    "supplier": N_("Supplier"),
    "planning": N_("Planning, stock or capacity"),
    "communication": N_("Communication with the customer"),
}
"""Kinds of countermeasures (ours) → English names, to be translated; which kinds help is seen on the page of effects."""
EFFECTIVE: Final = "effective"
NOT_EFFECTIVE: Final = "not_effective"
"""Verdicts of an effectiveness check; "" before it."""
BY_CUSTOMER: Final = "customer"
"""The check of a scheme that takes the customer's confirmation by call-back for the effect."""
ATTEMPTS_TO_REACH: Final = 3
"""So many attempts without reaching the customer stand in for the customer's confirmation (ours, rules.md 6)."""


class GateFailure(Refusal):
    """Something that an action needs before its next step is missing; `gate` is its code."""

    def __init__(self, gate: str, template: str, **values: object) -> None:
        super().__init__(template, **values)
        self.gate = gate


@dataclass(frozen=True)
class ActionFacts:
    """What the gates look at, named as the columns of an action.

    Approval, evidence, check and what the customer said belong to the current round. Texts that are blank count as
    missing. The reason why containment or prevention isn't applicable stands in for it, except for complaints.
    `chain` holds the departments that approve the plan one after the other (none or one: any approver does),
    `signed_by` who has done so. `check` is how the scheme has effects checked, `suggested` the verdict that a later
    wave's figures suggest.
    """

    state: str = "open"
    round: int = 1
    owner_id: int | None = None
    due_on: date | None = None
    cause: str = ""
    cause_category: str | None = None
    countermeasure: str = ""
    containment: str = ""
    containment_not_applicable: str = ""
    prevention: str = ""
    prevention_not_applicable: str = ""
    from_complaint: bool = False
    from_opinion: bool = False
    chain: tuple[int, ...] = ()
    signed_by: tuple[int, ...] = ()
    sent_back_reason: str = ""
    approved_by_id: int | None = None
    evidence: str = ""
    evidence_files: int = 0
    check: str = "next_wave"
    suggested: str = ""
    verdict: str = ""
    verdict_reason: str = ""
    verified_by_id: int | None = None
    customer_told: str = ""
    customer_told_on: date | None = None
    customer_confirmed: bool = False
    not_reached: int = 0
    cancel_reason: str = ""


@dataclass(frozen=True)
class ActorFacts:
    """Who takes the step, and what the role allows: `may_approve` approves plans, `may_confirm` confirms effects.

    Confirming is for the organiser and quality (rules.md 6). `stands_in` approves for any department of a chain.
    """

    user: int
    may_approve: bool = False
    may_confirm: bool = False
    department: int | None = None
    stands_in: bool = False


Gate = Callable[[ActionFacts, ActorFacts], list[GateFailure]]


def plan_is_complete(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """Root cause with category, countermeasure, owner, due date; containment and prevention given or not applicable."""
    needs = [
        (given(facts.cause), "cause", N_("Describe the root cause.")),
        (facts.cause_category in CAUSE_CATEGORIES, "cause_category", N_("Choose the category of the root cause.")),
        (given(facts.countermeasure), "countermeasure", N_("Describe the countermeasure.")),
        (facts.owner_id is not None, "owner_id", N_("Choose an owner.")),
        (facts.due_on is not None, "due_on", N_("Set a due date.")),
        (_contained(facts), "containment", _CONTAINMENT[facts.from_complaint]),
        (_prevented(facts), "prevention", _PREVENTION[facts.from_complaint]),
    ]
    return [GateFailure(gate, template) for met, gate, template in needs if not met]


def actor_approves(facts: ActionFacts, actor: ActorFacts) -> list[GateFailure]:
    """The approver has the role, and isn't the owner."""
    needs = [
        (actor.may_approve, "approver", N_("Only an approver may approve the plan.")),
        (
            actor.user != facts.owner_id,
            "approver_is_owner",
            N_("The owner can't approve the own plan. Ask another approver."),
        ),
    ]
    return [GateFailure(gate, template) for met, gate, template in needs if not met]


def signs_next(facts: ActionFacts, actor: ActorFacts) -> list[GateFailure]:
    """In a chain of several departments each approves in its turn, and nobody twice; quality may stand in (ours)."""
    if len(facts.chain) < 2:
        return []
    turn = facts.chain[min(len(facts.signed_by), len(facts.chain) - 1)]
    needs = [
        (
            actor.stands_in or actor.department == turn,
            "not_next",
            N_("It is another department's turn to approve this plan."),
        ),
        (
            actor.user not in facts.signed_by,
            "signed_twice",
            N_("You have approved this plan already: the next approval is somebody else's."),
        ),
    ]
    return [GateFailure(gate, template) for met, gate, template in needs if not met]


def others_sign_after(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """This approval isn't the last one of the chain."""
    if len(facts.signed_by) + 1 < len(facts.chain):
        return []
    return [GateFailure("last_to_sign", N_("Nobody else has to approve after this."))]


def all_others_signed(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """This approval is the last one of the chain."""
    if len(facts.signed_by) + 1 >= len(facts.chain):
        return []
    return [GateFailure("others_sign_after", N_("Others have to approve after this."))]


def is_approved(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """The plan of this round was approved by somebody who isn't (in the meantime) its owner."""
    if facts.approved_by_id is None:
        return [GateFailure("approved_by_id", N_("The plan of this round is not approved yet."))]
    if facts.owner_id in (facts.approved_by_id, *facts.signed_by):
        template = N_("The owner approved the own plan. Choose another owner.")
        return [GateFailure("approver_is_owner", template)]
    return []


def has_evidence(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """Text or a file shows that the countermeasure is in place."""
    if given(facts.evidence) or facts.evidence_files > 0:
        return []
    return [GateFailure("evidence", N_("Give evidence that it is implemented: a text or a file."))]


def is_checked(facts: ActionFacts, actor: ActorFacts) -> list[GateFailure]:
    """The effect was checked, and is confirmed, by people who aren't the owner."""
    needs = [
        (facts.verified_by_id is not None, "verified_by_id", N_("Say who checked the effect.")),
        (
            facts.owner_id is None or facts.owner_id not in (facts.verified_by_id, actor.user),
            "checker_is_owner",
            N_("The owner can't check the effect of the own action. Ask somebody else."),
        ),
        (actor.may_confirm, "confirm", N_("Only the organiser or quality may confirm the effect.")),
    ]
    return [GateFailure(gate, template) for met, gate, template in needs if not met]


def is_effective(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """The check found the action effective."""
    if facts.verdict == EFFECTIVE:
        return []
    return [GateFailure("effective", N_("The check did not find the action effective. Send it back to analysis."))]


def is_not_effective(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """The check found the action not effective."""
    if facts.verdict == NOT_EFFECTIVE:
        return []
    return [GateFailure("not_effective", N_("Record first that the check found the action not effective."))]


def is_grounded(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """The verdict is what the figures suggest, or the customer's own, where the scheme asks the customer; or has a reason."""
    by_customer = facts.check == BY_CUSTOMER and facts.customer_confirmed and facts.verdict == EFFECTIVE
    if given(facts.verdict_reason) or by_customer or facts.verdict in ("", facts.suggested):
        return []
    return [GateFailure("verdict_reason", _UNGROUNDED.get(facts.suggested) or _NOT_MEASURED[facts.check])]


def customer_knows(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """Where the action came from a customer's words: what the customer was told, when, and the confirmation."""
    if not facts.from_opinion:
        return []
    told = given(facts.customer_told) and facts.customer_told_on is not None
    answered = facts.customer_confirmed or facts.not_reached >= ATTEMPTS_TO_REACH
    needs = [
        (told, "customer_told", N_("Record what the customer was told, and when.")),
        (
            answered,
            "customer_confirmed",
            N_("Record the customer's confirmation, or three attempts to reach the customer."),
        ),
    ]
    return [GateFailure(gate, template) for met, gate, template in needs if not met]


def has_cancel_reason(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """A reason for cancelling is given."""
    return [] if given(facts.cancel_reason) else [GateFailure("cancel_reason", N_("Say why the action is cancelled."))]


def may_approve(_facts: ActionFacts, actor: ActorFacts) -> list[GateFailure]:
    """Sending a plan back is the approver's, too."""
    return [] if actor.may_approve else [GateFailure("approver", N_("Only an approver may send the plan back."))]


def has_send_back_reason(facts: ActionFacts, _actor: ActorFacts) -> list[GateFailure]:
    """A reason for sending the plan back is given; the history keeps it."""
    if given(facts.sent_back_reason):
        return []
    return [GateFailure("sent_back_reason", N_("Say why the plan is sent back."))]


def given(text: str) -> bool:
    """Whether a text says something."""
    return bool(text.strip())


def _contained(facts: ActionFacts) -> bool:
    return given(facts.containment) or (not facts.from_complaint and given(facts.containment_not_applicable))


def _prevented(facts: ActionFacts) -> bool:
    return given(facts.prevention) or (not facts.from_complaint and given(facts.prevention_not_applicable))


_CONTAINMENT: Final = {
    True: N_("Describe the containment: a complaint needs it."),
    False: N_("Describe the containment, or say why it is not applicable."),
}
_PREVENTION: Final = {
    True: N_("Describe how recurrence is prevented: a complaint needs it."),
    False: N_("Describe how recurrence is prevented, or say why it is not applicable."),
}
_UNGROUNDED: Final = {
    EFFECTIVE: N_("The figures suggest that it was effective. Say why you decide otherwise."),
    NOT_EFFECTIVE: N_("The figures suggest that it was not effective. Say why you decide otherwise."),
    "cannot_tell": N_("Too few answers to tell. Wait for the next period, or say what else shows the effect."),
}
_NOT_MEASURED: Final = {
    "next_wave": N_("No later period has been closed yet. Wait for it, or say what else shows the effect."),
    BY_CUSTOMER: N_("Record the customer's confirmation, or say what else shows the effect."),
    "audit": N_("Say what the audit found."),
}
