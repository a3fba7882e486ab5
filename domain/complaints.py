"""Requests, complaints and 8D (rules.md 7): what must be given before a step may be taken; each refusal says what is missing."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from domain.errors import N_, Refusal

REQUEST_KINDS: Final = {
    "complaint": N_("Complaint"),
    "repair": N_("Repair"),
    "enquiry": N_("Enquiry"),
    "suggestion": N_("Suggestion"),
}
CHANNELS: Final = {
    "phone": N_("Phone"),
    "fax": N_("Fax"),
    "mail": N_("E-mail"),
    "message": N_("Message"),
    "web": N_("Web"),
    "visit": N_("Visit"),
    "api": N_("API"),
}
CATEGORIES: Final = {
    "quality": N_("Quality"),
    "delivery": N_("Delivery"),
    "service": N_("Service"),
    "other": N_("Other"),
}
RESPONSIBILITIES: Final = {"open": N_("Not decided"), "ours": N_("Ours"), "not_ours": N_("Not ours")}
COMPLAINT_STATES: Final = {
    "recorded": (N_("To be verified"), "blue", "inbox"),
    "verified": (N_("In 8D"), "violet", "pending"),
    "rejected": (N_("Not confirmed"), "gray", "close"),
    "closed": (N_("Closed"), "green", "check"),
}
REQUEST_STATES: Final = {
    "recorded": (N_("Recorded"), "blue", "inbox"),
    "assigned": (N_("Assigned"), "violet", "pending"),
    "closed": (N_("To be called back"), "blue", "call"),
    "settled": (N_("Settled"), "green", "check"),
}
STEPS: Final[dict[int, tuple[str, dict[str, str]]]] = {
    0: (N_("Emergency response"), {"emergency": N_("What was done at once")}),
    1: (N_("Team"), {"team": N_("Leader and members, with their departments")}),
    2: (N_("Problem"), {"problem": N_("What, where, when, how many, how it was found")}),
    3: (
        N_("Containment"),
        {"stock": N_("Stock"), "in_process": N_("Work in progress"), "at_customer": N_("Goods at the customer")},
    ),
    4: (N_("Root cause"), {"occurrence": N_("Why it occurred"), "escape": N_("Why it was not found")}),
    5: (N_("Chosen corrective actions"), {"corrective": N_("What removes the cause, who, until when")}),
    6: (N_("Implemented and validated"), {"implemented": N_("What was put in place"), "validated": N_("How it was validated")}),
    7: (N_("Prevention"), {"prevention": N_("What keeps it from coming back; enters the abnormality history")}),
    8: (N_("Closing"), {"closing": N_("What was learned, thanks to the team")}),
}  # fmt: skip
"""Discipline → its name and its fields, all of which it needs."""
LAST: Final = 8
REPORTABLE: Final = 5
"""The report goes to the customer when the corrective actions are chosen (D5); the rest follows (ours)."""
CONFIRMATIONS: Final = {"auditor": N_("Process auditor"), "project": N_("Project staff")}
FIGURES: Final = {
    "complaint_rate": (N_("Complaint rate"), N_("%")),
    "part_fault": (N_("Part fault rate"), N_("ppm")),
    "repair_rate": (N_("Repair rate"), N_("%")),
}
"""Quality figures of a wave → name and unit."""


class StepIncomplete(Refusal):
    """A discipline lacks something."""

    def __init__(self, step: int) -> None:
        super().__init__(N_("D{step} is not complete: fill in every field."), step=step)


class StepTooEarly(Refusal):
    """The disciplines are completed in their order."""

    def __init__(self, step: int, before: int) -> None:
        super().__init__(N_("Complete D{before} before D{step}."), step=step, before=before)


class NotConfirmed(Refusal):
    """The effect isn't confirmed by everybody who must."""

    def __init__(self) -> None:
        super().__init__(N_("Closing needs the effect confirmed by the process auditor and by the project staff."))


class NotAudited(Refusal):
    """No audit has found the countermeasures kept."""

    def __init__(self) -> None:
        super().__init__(N_("Closing needs an audit of the countermeasures that found them kept."))


class NotKept(Refusal):
    """The last audit of a countermeasure found it not kept."""

    def __init__(self, countermeasure: str) -> None:
        template = N_(
            "The last audit found a countermeasure not kept: {countermeasure}. Closing needs an audit that finds it kept."
        )
        super().__init__(template, countermeasure=countermeasure)


class MeetingMissing(Refusal):
    """A recurrence without its meeting."""

    def __init__(self) -> None:
        super().__init__(N_("It recurred: closing needs the minutes of a new meeting."))


class MinutesOpen(Refusal):
    """Minutes that aren't signed by all and approved."""

    def __init__(self) -> None:
        super().__init__(N_("Closing needs every minutes signed by those who attended and approved by quality."))


class ClockStillRunning(Refusal):
    """Something that had to be done within its time has never been done."""

    def __init__(self, what: str) -> None:
        super().__init__(N_("A clock is still running: {what}. Closing needs it done."), what=what)


class SamePerson(Refusal):
    """Auditor and project staff are two people."""

    def __init__(self) -> None:
        super().__init__(N_("Auditor and project staff must be two people."))


def check_step(step: int, content: Mapping[str, str], done: Collection[int]) -> None:
    """Whether a discipline can be completed after those that are done; raises StepIncomplete, StepTooEarly."""
    if step > 0 and step - 1 not in done:
        raise StepTooEarly(step, min(set(range(step)) - set(done)))
    if not all(content.get(name, "").strip() for name in STEPS[step][1]):
        raise StepIncomplete(step)


def check_closing(
    done: Collection[int],
    confirmed_by: Mapping[str, int | None],
    *,
    audits: Mapping[str, bool],
    round_: int = 1,
    minutes_approved: Sequence[bool] = (),
    running: Sequence[str] = (),
) -> None:
    """Whether a round of a complaint can be closed, D0–D7 done (rules.md 7).

    `audits`: countermeasure → whether its last audit found it kept; `minutes_approved` of the meetings of this round;
    `running`: what its clocks still wait for, be it late (ours: what was to be done in time is done before closing).
    Raises StepTooEarly, ClockStillRunning, NotAudited, NotKept, MeetingMissing, MinutesOpen, NotConfirmed, SamePerson.
    """
    missing = set(range(LAST)) - set(done)
    if missing:
        raise StepTooEarly(LAST, min(missing))
    if running:
        raise ClockStillRunning(running[0])
    if not audits:
        raise NotAudited
    if broken := [name for name, is_kept in audits.items() if not is_kept]:
        raise NotKept(broken[0])
    if round_ > 1 and not minutes_approved:
        raise MeetingMissing
    if not all(minutes_approved):
        raise MinutesOpen
    people = [confirmed_by.get(name) for name in CONFIRMATIONS]
    if None in people:
        raise NotConfirmed
    if len(set(people)) < len(people):
        raise SamePerson
