"""What calls and visits are called on screens: their kinds, states and results, each with a sign where it is a state."""

from typing import Final

from components.formats import plain
from components.texts import _
from domain.errors import N_

CALL_KINDS: Final = {
    "1m": N_("1 month after delivery"),
    "3m": N_("3 months after delivery"),
    "1y": N_("End of warranty"),
    "free": N_("Other call"),
}
CALL_STATES: Final = {
    "due": (N_("To be called"), "blue", "call"),
    "waiting": (N_("Waits for a department"), "violet", "hourglass_empty"),
    "again": (N_("Call again"), "blue", "call"),
    "settled": (N_("Settled"), "green", "check"),
    "cancelled": (N_("Given up"), "gray", "close"),
}
RESULTS: Final = {
    "spoken": N_("Spoken"),
    "no_answer": N_("No answer"),
    "busy": N_("Busy"),
    "appointment": N_("Appointment"),
    "refused": N_("Declined"),
    "wrong_number": N_("Wrong number"),
}
VISIT_KINDS: Final = {
    "visit": N_("Customer visit"),
    "symposium": N_("Symposium or focus group"),
    "mystery": N_("Mystery visit"),
    "inspection": N_("Inspection"),
}
VISIT_STATES: Final = {
    "planned": (N_("Planned"), "blue", "event"),
    "held": (N_("Held"), "green", "check"),
    "cancelled": (N_("Cancelled"), "gray", "close"),
}


def badge(states: dict[str, tuple[str, str, str]], state: str) -> str:
    """A state with its sign and word."""
    word, colour, sign = states[state]
    return f":{colour}-badge[:material/{sign}: {plain(_(word))}]"
