"""Opinions of customers (rules.md 5 and 7): what they are, where they came from, and what is still owed to the customer."""

from typing import Final

from domain.errors import N_

KINDS: Final = {
    "problem": N_("Problem"),
    "suggestion": N_("Suggestion"),
    "praise": N_("Praise"),
    "request": N_("Request"),
}
TO_ANSWER: Final = ("problem", "suggestion")
"""Kinds that are a finding until the customer has an answer (OPINION)."""
SOURCES: Final = {
    "survey": N_("Survey"),
    "visit": N_("Visit or symposium"),
    "call": N_("Call"),
    "request": N_("Contact slip"),
    "record": N_("Recorded here"),
}
WAYS: Final = {
    "phone": N_("Phone"),
    "mail": N_("E-mail"),
    "letter": N_("Letter"),
    "message": N_("Message"),
    "visit": N_("Visit"),
    "notice": N_("Public notice"),
}
"""How a customer is answered; where nobody knows who said it, only by a notice for all."""
ANSWERED: Final = {**WAYS, "action": N_("With the action"), "request": N_("With the request"), "call": N_("Call back")}
"""The same, with what is recorded elsewhere and answers the opinion too."""
STATES: Final = {
    "unsorted": (N_("To be sorted"), "blue", "inbox"),
    "waiting": (N_("To be answered"), "violet", "reply"),
    "answered": (N_("Answered"), "green", "check"),
    "kept": (N_("Taken note of"), "gray", "visibility"),
}
"""State → its word, colour and sign."""


def waits(kind: str, *, is_answered: bool, is_withdrawn: bool = False) -> bool:
    """Whether the customer still waits for an answer: when it does, the opinion is a finding.

    >>> waits("problem", is_answered=False), waits("praise", is_answered=False), waits("problem", is_answered=True)
    (True, False, False)
    """
    return kind in TO_ANSWER and not is_answered and not is_withdrawn


def state_of(kind: str, *, is_answered: bool) -> str:
    """One of STATES.

    >>> state_of("", is_answered=False), state_of("suggestion", is_answered=False), state_of("praise", is_answered=False)
    ('unsorted', 'waiting', 'kept')
    """
    if is_answered:
        return "answered"
    if not kind:
        return "unsorted"
    return "waiting" if kind in TO_ANSWER else "kept"


def needs_sorting(kind: str, *, has_department: bool, is_answered: bool) -> bool:
    """Whether somebody must say what it is, or whose it is.

    >>> needs_sorting("problem", has_department=False, is_answered=False)
    True
    """
    return not kind or (waits(kind, is_answered=is_answered) and not has_department)
