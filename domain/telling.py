"""When somebody who was told something is written to: at once, in the day's digest, after the quiet hours. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.errors import N_

RHYTHMS: Final = {"at_once": N_("At once"), "digest": N_("Once a day")}
NEVER_IN_DIGEST: Final = frozenset({"clock_running_out"})
"""Half an hour is over long before the next digest."""
SENTENCES: Final[dict[str, str]] = {
    "assigned": N_("{action} is yours: {title}"),
    "approval_waiting": N_("The plan of {action} waits for approval: {title}"),
    "due_soon": N_("{action} is due on {due}: {title}"),
    "overdue": N_("{action} is {days} days late: {title}"),
    "not_effective": N_("{action} was not effective and goes into round {round}: {title}"),
    "clock_running_out": N_("Complaint {number}: “{clock}” runs out"),
    "red_finding": N_("New red findings in {wave}: {n}. First: {title}"),
    "told_slip": N_("Complaint {number}: a slip is for you"),
    "meeting_called": N_("You take part in a meeting on {due}: {title}"),
    "minutes_sent": N_("The minutes of {due} are signed: {title}"),
    "report_ready": N_("A report is ready for you: {title}"),
    "opinion_waiting": N_("Opinion {number} of a customer waits for your department"),
    "wave_due": N_("The next wave of {title} is to be planned: {wave}"),
    "calls_due": N_("Customers to call today: {n}"),
}
"""Kind → what is said (a message)."""
WITHOUT_TITLES: Final[dict[str, str]] = {
    "assigned": N_("{action} has a new owner"),
    "approval_waiting": N_("The plan of {action} waits for approval"),
    "due_soon": N_("{action} is due on {due}"),
    "overdue": N_("{action} is {days} days late"),
    "not_effective": N_("{action} was not effective and goes into round {round}"),
    "red_finding": N_("New red findings in {wave}: {n}"),
    "meeting_called": N_("A meeting is called for {due}"),
    "minutes_sent": N_("The minutes of {due} are signed"),
    "report_ready": N_("A report is ready for you"),
    "wave_due": N_("The next wave of a scheme is to be planned: {wave}"),
}
"""The same for a chat outside the house; what isn't here names no title."""
OF_OTHERS: Final[dict[tuple[str, str], str]] = {
    ("clock_running_out", "request"): N_("Request {number}: “{clock}” runs out"),
    ("clock_running_out", "audit"): N_("Complaint {number}: countermeasures not audited on {due}: {n}"),
    ("opinion_waiting", "buys_again"): N_("Opinion {number}: a customer wants to buy again"),
    ("minutes_sent", "complaint"): N_("The minutes of {due} on complaint {number} are signed"),
    ("minutes_sent", "approved"): N_("The minutes of {due} on complaint {number} are approved"),
}
"""Kind and the fact `of` → what is said where the kind is about something else than usual; no titles in it."""


@dataclass(frozen=True)
class Wishes:
    """How a person wants to be told. Times are minutes since midnight in `zone`; quiet hours of no length are none."""

    by_mail: bool = True
    rhythm: str = "at_once"
    digest_at: int = 8 * 60 + 30
    quiet_from: int = 21 * 60
    quiet_until: int = 7 * 60
    zone: str = ""
    """Name of a time zone; "": the organisation's."""


def said_of(kind: str, facts: Mapping[str, Any], *, with_titles: bool = True) -> str:
    """The message of a kind and what it is about, to be filled with the facts.

    >>> said_of("clock_running_out", {"of": "request"}), said_of("calls_due", {})
    ('Request {number}: “{clock}” runs out', 'Customers to call today: {n}')
    """
    usual = SENTENCES[kind] if with_titles else WITHOUT_TITLES.get(kind, SENTENCES[kind])
    return OF_OTHERS.get((kind, str(facts.get("of", ""))), usual)


def leaves_at(wishes: Wishes, kind: str, at: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) from which a thing told at `at` may leave; `at` itself where nothing holds it back.

    `zone` is the organisation's. At 22:15 in Shanghai, with the usual quiet hours:

    >>> late = datetime(2026, 11, 23, 14, 15, tzinfo=UTC)
    >>> f"{leaves_at(Wishes(), 'assigned', late, ZoneInfo('Asia/Shanghai')):%d %H:%M}"
    '23 23:00'
    """
    own = ZoneInfo(wishes.zone) if wishes.zone else zone
    if wishes.rhythm == "digest" and kind not in NEVER_IN_DIGEST:
        at = _next(wishes.digest_at, at, own)
    return _next(wishes.quiet_until, at, own) if is_quiet(wishes, at, own) else at


def is_quiet(wishes: Wishes, at: datetime, zone: ZoneInfo) -> bool:
    """Whether a moment falls into the quiet hours, which may go over midnight; their end isn't one of them."""
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if wishes.quiet_from <= wishes.quiet_until:
        return wishes.quiet_from <= minute < wishes.quiet_until
    return minute >= wishes.quiet_from or minute < wishes.quiet_until


def _next(minute: int, after: datetime, zone: ZoneInfo) -> datetime:
    """The next time that a clock on the wall shows so many minutes since midnight."""
    day, shown = after.astimezone(zone).date(), time(*divmod(minute, 60))
    found = datetime.combine(day, shown, tzinfo=zone).astimezone(UTC)
    if found <= after:
        found = datetime.combine(day + timedelta(days=1), shown, tzinfo=zone).astimezone(UTC)
    return found
