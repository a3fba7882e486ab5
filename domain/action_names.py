"""What fields, verdicts and steps of corrective actions are called: messages. Pure."""

from typing import Final

from domain.action_states import TRANSITIONS
from domain.errors import N_

FIELDS: Final[dict[str, str]] = {
    "title": N_("Action title"),
    "problem": N_("Problem"),
    "state": N_("State"),
    "round": N_("Round"),
    "department_id": N_("Department"),
    "owner_id": N_("Owner"),
    "approver_id": N_("Approver"),
    "due_on": N_("Due date"),
    "whys": N_("Five whys"),
    "cause": N_("Root cause"),
    "cause_category": N_("Category of the cause"),
    "containment": N_("Containment"),
    "containment_not_applicable": N_("Why no containment"),
    "countermeasure": N_("Long-term countermeasure"),
    "countermeasure_kind": N_("Kind of countermeasure"),
    "prevention": N_("Prevention of recurrence"),
    "prevention_not_applicable": N_("Why no prevention"),
    "cost_cents": N_("Cost"),
    "cost_currency": N_("Currency"),
    "evidence": N_("Evidence"),
    "approved_by_id": N_("Approved by"),
    "sent_back_reason": N_("Reason for sending back"),
    "verified_by_id": N_("Checked by"),
    "verdict": N_("Verdict"),
    "verdict_reason": N_("Reason of the verdict"),
    "customer_told": N_("What the customer was told"),
    "customer_told_on": N_("Customer told on"),
    "customer_confirmed": N_("Confirmed by the customer"),
    "not_reached": N_("Attempts to reach the customer"),
    "cancel_reason": N_("Reason for cancelling"),
}
"""Fields of an action, messages."""
VERDICTS: Final = {"effective": N_("Effective"), "not_effective": N_("Not effective")}
VERBS: Final[dict[str, str]] = {
    "assign": N_("Assigned"),
    "edit": N_("Edited"),
    "comment": N_("Comment"),
    "add_file": N_("File added"),
    "remove_file": N_("File taken away"),
    "extend": N_("Waits for the next period"),
    "tell": N_("The customer is told"),
    **{step.verb: step.name for step in TRANSITIONS},
}
"""What an event says that was done, messages."""
