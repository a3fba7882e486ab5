"""The slides of a wave for the monthly meeting: one idea each, its sentence as the title, n and method in the notes (rules.md 9)."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final

from sqlmodel import Session

from db.queries.wave_report import wave_report
from domain.access import Viewer
from domain.documents import Column, Deck, Grid, Points, Slide, Text
from domain.meetings import ROWS_ON_A_SLIDE
from domain.tables import Cell
from domain.written import count, shown
from services.analysis_parts import Parts, worst_first

MOST_BARS: Final = 10
MOST_POINTS: Final = 6
LONGEST_POINT: Final = 140


def slides(
    session: Session, *, wave_id: int, language: str, by: Viewer, at: datetime, zone: tzinfo, live: bool = False
) -> Deck:
    """The slides of a wave as their reader may see it, frozen or `live`. Raises NotAllowed, NotThere."""
    parts = Parts(wave_report(session, by, wave_id, language=language, live=live), zone)
    return deck(parts, at=at)


def deck(parts: Parts, *, at: datetime) -> Deck:
    """The slides of a report that was read."""
    _ = parts.say
    made = _("Made at {time}").format(time=parts.speech.moment(at))
    return Deck(
        title=_("Customer satisfaction analysis report"),
        language=parts.report.language,
        slides=list(_slides(parts)),
        subtitle=f"{parts.scheme_name} · {parts.period}",
        notes=f"{parts.method()}\n{made}",
        footer=f"{parts.scheme_name} · {parts.period}",
    )


def _slides(parts: Parts) -> Iterator[Slide]:
    _, report, notes, bound = parts.say, parts.report, parts.method(), parts.scheme.thresholds.amber_below
    moved = [Text(said)] if (said := parts.against_before()) else []
    yield Slide(parts.verdict(), [parts.key_figures(), *moved, parts.trend()], notes)
    if rates := parts.rates():
        yield Slide(_("Response rate by period"), [rates], notes)
    if lowest := worst_first(report.dimensions):
        title = _("{name} is the lowest dimension: {score}").format(
            name=lowest[0].name, score=shown(lowest[0].score, bound)
        )
        yield Slide(title, [parts.bars(_("Score by dimension"), lowest[:MOST_BARS], bound)], notes)
    weak = [*parts.weak("red"), *parts.weak("amber")]
    if weak:
        red, amber = len(parts.weak("red")), len(parts.weak("amber"))
        title = _("{red} red and {amber} amber items").format(red=red, amber=amber)
        yield Slide(title, [parts.bars(_("Score by item"), worst_first(weak)[:MOST_BARS], bound)], notes)
    if strong := parts.strong():
        yield Slide(_("Strengths"), [parts.bars(_("Score by item"), strong, bound)], notes)
    if report.customers is not None:
        lowest_of_all, goal = parts.low_customers() or report.customers, parts.scheme.targets.customer
        chart = parts.bars(_("The customers with the lowest scores"), lowest_of_all[:MOST_BARS], goal)
        yield Slide(parts.customers_below(), [chart], notes)
    yield from _actions(parts, notes)
    if report.opinions:
        texts = [one.opinion.text.replace("\n", " ") for one in report.opinions[:MOST_POINTS]]
        cut = [text if len(text) <= LONGEST_POINT else f"{text[: LONGEST_POINT - 1]}…" for text in texts]
        yield Slide(_("{n} opinions, the newest").format(n=count(len(report.opinions))), [Points(cut)], notes)
    if said_next := parts.suggestions():
        yield Slide(_("Suggestions"), [Points(said_next[:MOST_POINTS])], notes)


def _actions(parts: Parts, notes: str) -> Iterator[Slide]:
    _, left = parts.say, parts.still_open()
    columns = [Column(_("Action number"), width=1.6), Column(_("Action"), width=5), Column(_("Department"), width=2)]
    columns += [Column(_("Owner"), width=1.8), Column(_("Due date"), "day", 1.9)]
    for first in range(0, len(left), ROWS_ON_A_SLIDE):
        rows: list[list[Cell]] = [
            [f"A-{one.number}", one.title, one.department, one.owner, one.due_on]
            for one in left[first : first + ROWS_ON_A_SLIDE]
        ]
        title = _("{n} actions are open, the first due first.").format(n=count(len(left)))
        yield Slide(title, [Grid(columns, rows)], notes)
