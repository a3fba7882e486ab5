"""The satisfaction analysis report of a wave (客户满意度分析报告, rules.md 10): one document for Word and PDF."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any, Final

from sqlmodel import Session

from db.queries.made_reports import WrittenAnalysis, wave_review
from db.queries.plans import PlanDetail, plan
from db.queries.wave_report import WaveReport, wave_report
from domain.access import Viewer
from domain.documents import Block, Column, Document, Facts, Grid, Heading, Points, SignOff, Text
from domain.errors import N_
from domain.opinions import KINDS
from domain.plans import METHODS
from domain.tables import Cell
from domain.written import count, percent, shown
from services.analysis_parts import Parts, worst_first
from services.wave_reports import OVER, origin

MOST_CUSTOMERS: Final = 60
MOST_FINDINGS: Final = 30
MOST_OPINIONS: Final = 30


def analysis(
    session: Session, *, wave_id: int, language: str, by: Viewer, at: datetime, zone: tzinfo, live: bool = False
) -> Document:
    """The report of a wave as its reader may see it, frozen or `live`. Raises NotAllowed, NotThere."""
    report = wave_report(session, by, wave_id, language=language, live=live)
    return analysis_of(session, report, by=by, at=at, zone=zone)


def analysis_of(session: Session, report: WaveReport, *, by: Viewer, at: datetime, zone: tzinfo) -> Document:
    """The same of a report that its reader has read, with the plan and the reviewer's opinion."""
    wave_id = report.wave.id
    planned = plan(session, by, wave_id) if by.may("view_waves") else None
    return _document(Parts(report, zone), planned, wave_review(session, by, wave_id), at=at)


def _document(parts: Parts, planned: PlanDetail | None, review: WrittenAnalysis, *, at: datetime) -> Document:
    _, report = parts.say, parts.report
    cover = [
        (_("Period"), parts.period),
        (_("Scheme"), _("{name}, version {number}").format(name=parts.scheme_name, number=report.scheme_version)),
        (_("Figures"), origin(report, _)),
        *(
            [(_("Presented at"), f"{parts.speech.moment(report.presented_at)} {report.presented_by}")]
            if report.presented_at
            else []
        ),
        *([(_("Hash of the figures (SHA-256)"), report.sha256)] if report.sha256 else []),
        (_("Made at"), parts.speech.moment(at)),
    ]
    return Document(
        title=_("Customer satisfaction analysis report"),
        language=report.language,
        blocks=list(_blocks(parts, planned, review)),
        subtitle=f"{parts.scheme_name} · {parts.period}",
        cover=cover,
        footer=f"{_('Customer satisfaction analysis report')} · {parts.period}",
        personal=bool(report.opinions),
    )


def _blocks(parts: Parts, planned: PlanDetail | None, review: WrittenAnalysis) -> Iterator[Block]:
    yield from _purpose(parts, planned)
    yield from _sample(parts, planned)
    yield from _method(parts)
    yield from _results(parts)
    yield from _comparison(parts)
    yield from _strengths(parts)
    yield from _findings(parts)
    yield from _actions(parts)
    yield from _opinions(parts)
    yield from _next(parts)
    yield Heading(parts.say(N_("Review and sign-off")))
    signed = f"{review.signed_by} · {parts.speech.moment(review.signed_at)}" if review.signed_at else ""
    names = ((N_("Written by"), ""), (N_("Reviewed by"), signed), (N_("Approver"), ""))
    roles = [(parts.say(role), name) for role, name in names]
    yield SignOff(roles, opinion=parts.say(N_("The reviewer's opinion")), said=review.said)


def _purpose(parts: Parts, planned: PlanDetail | None) -> Iterator[Block]:
    _ = parts.say
    yield Heading(_("Purpose"))
    yield Text(parts.headline(), "lead")
    usual = _(
        "To learn how satisfied customers were in {period}, what lies below target and for whom, and whether the actions"
        " taken since the wave before have helped."
    )
    yield Text((planned.fields.objective if planned else "") or usual.format(period=parts.period))


def _sample(parts: Parts, planned: PlanDetail | None) -> Iterator[Block]:
    _, figures = parts.say, parts.report.figures
    returns = figures["returns"]
    yield Heading(_("Sample and response"))
    asked = []
    if planned and planned.state == "approved":
        ways = ", ".join(_(METHODS[one]) for one in planned.fields.methods)
        asked = [
            (_("Scope"), planned.fields.scope),
            (_("Survey methods"), ways),
            (_("Customers drawn"), f"{count(planned.drawn)} / {count(planned.population)}" if planned.drawn else ""),
        ]
    facts: list[tuple[str, str]] = [
        *((name, said) for name, said in asked if said),
        (_("Sent"), count(returns["sent"])),
        (_("Returned"), count(returns["returned"])),
        (_("Returned in time"), count(returns["in_time"])),
        (_("Response rate"), percent(returns["rate"])),
        (_("Valid responses"), count(figures["valid"])),
        (_("Invalid responses"), count(figures["invalid"])),
    ]
    yield Facts(facts)
    if parts.report.segments:
        rows: list[list[Cell]] = [
            [one.name, one.sent, one.in_time, one.in_time / one.sent if one.sent else None]
            for one in parts.report.segments
        ]
        columns = [Column(_("Segment")), Column(_("Sent"), "count"), Column(_("Returned in time"), "count", 1.6)]
        yield Grid([*columns, Column(_("Response rate"), "share")], rows, title=_("Response by segment"))


def _method(parts: Parts) -> Iterator[Block]:
    _, scheme = parts.say, parts.scheme
    bounds = scheme.thresholds
    red = _("below {bound}") if bounds.red_below is not None else _("{bound} and below")
    yield Heading(_("Method"))
    yield Points(
        [
            _("Scores run from 0 to 100. {how}").format(how=_(OVER[scheme.index_over])),
            _("Red: {red}. Amber: below {amber}. Target of the index: {target}, of a customer: {customer}.").format(
                red=red.format(bound=shown(bounds.red)),
                amber=shown(bounds.amber_below),
                target=shown(scheme.targets.index),
                customer=shown(scheme.targets.customer),
            ),
            _("A change is called certain where Welch's test says so at 5 %, two-sided; otherwise we cannot tell."),
            _("Scored under version {number} of the scheme. {figures}.").format(
                number=parts.report.scheme_version, figures=origin(parts.report, _)
            ),
        ]
    )


def _results(parts: Parts) -> Iterator[Block]:
    _, report, bound = parts.say, parts.report, parts.scheme.thresholds.amber_below
    yield Heading(_("Results"))
    yield parts.key_figures()
    for title, lines, name in (
        (_("By dimension"), report.dimensions, _("Dimension")),
        (_("By item"), report.items, _("Item")),
        (_("By segment"), report.segments, _("Segment")),
    ):
        if not lines:
            continue
        goal = parts.scheme.targets.index if lines is report.segments else bound
        known = worst_first(lines)
        yield Heading(title, 2)
        if known:
            yield parts.bars(_("Score, the lowest first"), known, goal)
        if lines is report.items and (spread := parts.levels()):
            yield spread
        yield parts.scores([*known, *(one for one in lines if one.score is None)], name, of_items=lines is report.items)
    yield from _customers(parts)


def _customers(parts: Parts) -> Iterator[Block]:
    _, customers = parts.say, parts.report.customers
    if customers is None:
        return
    yield Heading(_("By customer"), 2)
    yield Text(parts.customers_below())
    if low := parts.low_customers():
        yield parts.bars(_("The customers with the lowest scores"), low[:15], parts.scheme.targets.customer)
    yield parts.customers(MOST_CUSTOMERS)
    yield from _rest(parts, len(customers) - MOST_CUSTOMERS)


def _rest(parts: Parts, more: int) -> Iterator[Block]:
    if more > 0:
        yield Text(parts.say(N_("{n} more are in the Excel report.")).format(n=count(more)), "quiet")


def _comparison(parts: Parts) -> Iterator[Block]:
    _ = parts.say
    yield Heading(_("Comparison with earlier periods"))
    yield Text(parts.against_before() or _("There is no earlier wave to compare with."))
    if len(parts.report.history) > 1:
        yield parts.trend()
        if rates := parts.rates():
            yield rates
    for template, is_up in (
        (_("Certainly higher than in {period}"), True),
        (_("Certainly lower than in {period}"), False),
    ):
        moved = [
            f"{one.name}: {shown(one.before)} → {shown(one.score)}"
            for one in worst_first([*parts.report.dimensions, *parts.report.items])
            if one.is_certain and (one.score or 0) > (one.before or 0) is is_up
        ]
        if moved:
            yield Heading(template.format(period=parts.compared), 2)
            yield Points(moved)


def _strengths(parts: Parts) -> Iterator[Block]:
    _, strong = parts.say, parts.strong()
    yield Heading(_("Strengths"))
    if strong:
        yield Points([f"{one.name}: {shown(one.score)} (n = {count(one.n)})" for one in strong])
    else:
        yield Text(_("No item is on target."))


def _findings(parts: Parts) -> Iterator[Block]:
    _, found = parts.say, parts.report.findings
    yield Heading(_("Findings"))
    yield Text(_("{n} findings are open: what must be analysed.").format(n=count(len(found))))
    yield parts.findings(MOST_FINDINGS)
    yield from _rest(parts, len(found) - MOST_FINDINGS)


def _actions(parts: Parts) -> Iterator[Block]:
    yield Heading(parts.say(N_("Actions and their effect")))
    yield parts.actions(parts.report.actions)


def _opinions(parts: Parts) -> Iterator[Block]:
    _, found = parts.say, parts.report.opinions
    yield Heading(_("Opinions"))
    if found is None:
        yield Text(_("Opinions are not shown to the reader that this report was made for."))
        return
    counts: dict[str, int] = {}
    for one in found:
        counts[one.opinion.kind] = counts.get(one.opinion.kind, 0) + 1
    said = [
        f"{_(KINDS[kind]) if kind in KINDS else _('To be sorted')}: {count(n)}" for kind, n in sorted(counts.items())
    ]
    yield Text(" · ".join(said) or _("Nobody wrote anything."))
    language, rows = parts.report.language, []
    for one in found[:MOST_OPINIONS]:
        opinion: Any = one.opinion
        day = opinion.received_at.astimezone(parts.zone).date()
        rows.append([day, opinion.text, one.customer.in_(language), one.about.in_(language), opinion.answer])
    columns = [Column(_("Received on"), "day", 2.1), Column(_("Opinion"), width=5), Column(_("Customer"), width=2.4)]
    if rows:
        yield Grid([*columns, Column(_("About"), width=2.2), Column(_("Answer"), width=3)], rows)
    yield from _rest(parts, len(found) - MOST_OPINIONS)


def _next(parts: Parts) -> Iterator[Block]:
    _, said = parts.say, parts.suggestions()
    yield Heading(_("Suggestions"))
    if said:
        yield Points(said)
    else:
        yield Text(_("The figures ask for no further action."))
    yield Heading(_("Follow-up plan"))
    left = parts.still_open()
    if left:
        yield Text(_("{n} actions are open, the first due first.").format(n=count(len(left))))
    yield parts.actions(left)
