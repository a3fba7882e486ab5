"""Meetings in words: the agenda's lines, and the one sentence that each slide says."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from components import formats, status
from components.finding_words import action_name
from components.formats import count, day_in_form, percent, period_short, plain, shown
from components.overview.charts import index_sentence
from components.texts import _, language, ngettext
from db.queries.meetings import MeetingDetail, MinuteLine
from db.queries.slides import Deck
from domain.comparing import SubjectStanding
from domain.errors import N_
from domain.meetings import Slide, Topic

TOPICS: Final = {
    "last_actions": N_("Actions of the last meeting"),
    "index": N_("Index against target, trend"),
    "returns": N_("Response rate"),
    "dimensions": N_("Dimensions"),
    "items": N_("Red and amber items, with their customers"),
    "customers": N_("Customers below target"),
    "opinions": N_("Customer opinions"),
    "complaints": N_("Complaints"),
    "new_actions": N_("New actions"),
    "decisions": N_("Decisions"),
    "own": N_("Own topic"),
}
KINDS: Final = {"shown": N_("Shown"), "decided": N_("Decided"), "assigned": N_("Assigned")}


def topic(one: Topic | Slide) -> str:
    """What a line of the agenda is called; not harmless in Markdown where somebody has written it."""
    return one.title or _(TOPICS[one.kind])


def name(meeting: MeetingDetail) -> str:
    """The meeting's own title, else what it is about; harmless in Markdown."""
    return plain(meeting.title) if meeting.title else f"{_('Meeting')} · {formats.period(meeting.wave)}"


def sentence(slide: Slide, deck: Deck) -> str:
    """What a slide says; harmless in Markdown."""
    return plain(spoken(slide, deck))


def spoken(slide: Slide, deck: Deck) -> str:
    """The same as it stands in the minutes."""
    if slide.title:
        return slide.title
    return _SAID[slide.kind](slide, deck)


def _last(_slide: Slide, deck: Deck) -> str:
    if not deck.last:
        return _("No actions from an earlier meeting")
    done = sum(line.done_at is not None for line in deck.last)
    return _("{done} of {n} from the last meeting are done", done=count(done), n=count(len(deck.last)))


def _returns(_slide: Slide, deck: Deck) -> str:
    returns, target = deck.now.returns, deck.wave.layout.scheme.targets.response_rate
    if returns.rate is None:
        return _("{n} valid responses", n=count(deck.now.valid))
    said = percent(returns.rate, *([] if target is None else [target]))
    if target is None:
        return _("Response rate {rate}", rate=said)
    return _("Response rate {rate}, target {target}", rate=said, target=percent(target))


def _dimensions(_slide: Slide, deck: Deck) -> str:
    if not deck.dimensions:
        return _("No dimension is in sight")
    worst = deck.dimensions[0]
    return _(
        "Lowest dimension: {name} {score}", name=worst.name.in_(language()), score=shown(worst.score.score, worst.bound)
    )


def _items(_slide: Slide, deck: Deck) -> str:
    red, amber = (sum(one.status == wanted for one in deck.items) for wanted in ("red", "amber"))
    if not red and not amber:
        return _("No item is red or amber.")
    worst = deck.items[0]
    return _(
        "{red} red, {amber} amber: {name} since {period}",
        red=count(red),
        amber=count(amber),
        name=worst.name.in_(language()),
        period=period_short(worst.since),
    )


def _item(slide: Slide, deck: Deck) -> str:
    one = deck.item(slide.code)
    said = {"name": one.name.in_(language()), "score": shown(one.score.score, one.bound)}
    return _(
        "{name} {score}, {status} since {period}",
        **said,
        status=status.word(one.status).lower(),
        period=period_short(one.since),
    )


def _customers(_slide: Slide, deck: Deck) -> str:
    if deck.below is None:
        return _("No customers are named in this survey")
    return _("{n} of {total} customers below target", n=count(deck.below.below), total=count(deck.below.total))


def _opinions(_slide: Slide, deck: Deck) -> str:
    n = len(deck.opinions)
    return ngettext("The newest opinion", "The {n} newest opinions", n) if n else _("No opinions in this period.")


def _complaints(_slide: Slide, deck: Deck) -> str:
    n = len(deck.complaints)
    return ngettext("{n} open complaint", "{n} open complaints", n) if n else _("No open complaints")


def _new(_slide: Slide, deck: Deck) -> str:
    n = len(deck.new_actions)
    return (
        ngettext("{n} action about this period", "{n} actions about this period", n) if n else _("No new actions yet")
    )


def _decisions(_slide: Slide, deck: Deck) -> str:
    n = len(deck.decisions)
    return ngettext("{n} decision", "{n} decisions", n) if n else _("What do we decide?")


_SAID: Final = {
    "last_actions": _last,
    "index": lambda _slide, deck: index_sentence(deck.index, deck.wave.layout.scheme.targets.index),
    "returns": _returns,
    "dimensions": _dimensions,
    "items": _items,
    "item": _item,
    "customers": _customers,
    "opinions": _opinions,
    "complaints": _complaints,
    "new_actions": _new,
    "decisions": _decisions,
}
"""Kind of a slide → its sentence."""


def minute(line: MinuteLine) -> str:
    """A line of the minutes with who sees to it and until when; harmless in Markdown."""
    number = f"{action_name(line.action)} " if line.action else ""
    who = " · ".join(part for part in (plain(line.owner), day_in_form(line.due_on) if line.due_on else "") if part)
    return f"{number}{plain(line.text)}" + (f" :gray[{who}]" if who else "")


def since_when(standings: Sequence[SubjectStanding]) -> str:
    """The earliest period since which one of them stands so."""
    return period_short(min((one.since for one in standings if one.since), default=""))


def late(due_on: date | None, *, today: date, is_done: bool) -> str:
    """A badge for what is late, the day for what isn't, "done" for what is over."""
    if is_done:
        return f":green-badge[✓ {_('Done')}]"
    if due_on is None:
        return formats.NOTHING
    days = (due_on - today).days
    return status.due_badge(days) if days < 0 else formats.day(due_on, today=today)
