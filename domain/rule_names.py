"""What each rule of findings is called (rules.md 5), for screens and reports."""

from typing import Final

from domain.errors import N_

RULE_NAMES: Final[dict[str, str]] = {
    "INDEX_BELOW": N_("Index under target"),
    "CUSTOMER_BELOW": N_("Customer under target"),
    "ITEM_BELOW": N_("Item at or under red"),
    "DECLINE": N_("Lower than before"),
    "LOW_ANSWER": N_("Low answers"),
    "RATE_BELOW": N_("Response rate under target"),
    "COVERAGE_BELOW": N_("Coverage under target"),
    "TOO_FEW_VALID": N_("Too few valid responses"),
    "SATISFACTION_RATE_BELOW": N_("Satisfaction rate under goal"),
    "OPINION": N_("Opinion without an answer"),
    "COMPLAINT": N_("Complaint"),
    "VISIT_DEFECT": N_("Defect from a visit"),
}
"""Rules of findings → what they say, messages."""
