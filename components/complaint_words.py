"""Complaints, requests and their clocks in words."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from components import clock
from components.formats import day_in_form, moment, plain
from components.texts import _, ngettext
from domain.clocks import ClockState, state_of
from domain.errors import N_

AN_HOUR, A_DAY = 60, 1440
"""Minutes."""
CLOCK_SIGNS: Final = {
    "running": (N_("Running"), "blue", "schedule"),
    "missed": (N_("Missed"), "red", "schedule"),
    "met": (N_("Met"), "green", "check"),
    "late": (N_("Met late"), "gray", "history"),
}
VERBS: Final = {
    "record": N_("recorded"),
    "add_picture": N_("picture added"),
    "verify": N_("defect confirmed"),
    "reject": N_("not confirmed"),
    "decide": N_("responsibility decided"),
    "add_finding": N_("made a finding"),
    "set_report_due": N_("customer's time for the report"),
    "send_slips": N_("told by slip"),
    "read_slip": N_("slip read"),
    "stop_clock": N_("clock stopped"),
    "send_somebody": N_("the phone did not solve it"),
    "phone_failed": N_("the phone did not solve it"),
    "save_step": N_("8D saved"),
    "complete_step": N_("discipline completed"),
    "audit": N_("countermeasure audited"),
    "confirm_auditor": N_("effect confirmed by the auditor"),
    "confirm_project": N_("effect confirmed by the project staff"),
    "close": N_("closed"),
    "recur": N_("recurred"),
    "rework": N_("rework entered"),
    "hold_meeting": N_("minutes written"),
    "sign_minutes": N_("minutes signed"),
    "approve_minutes": N_("minutes approved"),
    "download": N_("8D report downloaded"),
    "assign": N_("assigned"),
    "settle": N_("called back: satisfied"),
    "reopen": N_("called back: not satisfied, open again"),
}
"""What an event is called in a history."""


def clock_badge(due: datetime, done: datetime | None) -> str:
    """What a clock says now: running with the time left, missed and by how much, met, or late."""
    found = state_of(due, done, clock.now())
    word, colour, sign = CLOCK_SIGNS[found.state]
    return f":{colour}-badge[:material/{sign}: {_(word)}{_beside(found)}]"


def clock_text(due: datetime) -> str:
    """A running clock in a table cell, without its sign."""
    found = state_of(due, None, clock.now())
    time_left = duration(found.left)
    return _("{time} late", time=time_left) if found.state == "missed" else _("{time} left", time=time_left)


def duration(left: timedelta) -> str:
    """A stretch of time in its largest unit; its sign is left to the words beside it."""
    minutes = round(abs(left).total_seconds() / 60)
    if minutes >= 2 * A_DAY:
        return ngettext("{n} day", "{n} days", minutes // A_DAY)
    if minutes >= 2 * AN_HOUR:
        return ngettext("{n} hour", "{n} hours", minutes // AN_HOUR)
    return ngettext("{n} minute", "{n} minutes", minutes)


def due_text(due: datetime) -> str:
    """When a clock runs out: the day where it is its end, the time where it is today, else both.

    The midnight that ends a working day belongs to that day.
    """
    local = due.astimezone(clock.zone())
    if local.time() == time():
        return day_in_form((local - timedelta(minutes=1)).date())
    return f"{local:%H:%M}" if local.date() == clock.today() else moment(due, clock.zone())


def history(events: Any) -> str:
    """The lines of a history, the newest first."""
    lines = []
    for line in events:
        what = _(VERBS.get(line.event.verb, line.event.verb))
        step = line.event.changes.get("step") if line.event.changes else None
        what += f" D{step[1]}" if step else ""
        said = f": {plain(line.event.comment)}" if line.event.comment else ""
        lines.append(f":gray[{moment(line.event.at, clock.zone())} · {plain(line.who)}] {what}{said}")
    return "  \n".join(lines)


def _beside(found: ClockState) -> str:
    if found.state in ("met", "late"):
        return ""
    return f" · {duration(found.left)}"
