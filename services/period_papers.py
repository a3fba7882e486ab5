"""What the company says of a month or a year: monthly service report, yearly analysis, appraisal sheet (rules.md 9 and 10)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from sqlmodel import Session

from db.queries import period_figures as reads
from db.queries.made_reports import month_analysis
from db.queries.period_figures import PresentedWave, Span
from domain.access import Viewer
from domain.appraisal import Deed, punctuality
from domain.complaints import CATEGORIES, COMPLAINT_STATES, FIGURES, RESPONSIBILITIES
from domain.documents import CellKind, Chart, Series, Status
from domain.errors import N_
from domain.opinions import KINDS
from domain.papers import Paper, Part
from domain.period_names import period_name
from domain.rule_names import RULE_NAMES
from domain.scores import status
from domain.tables import Cell, Table
from services.speech import Speech

PEOPLE_JUDGE: Final = N_(
    "This sheet lists figures. It neither praises nor penalises anybody: people judge, knowing the circumstances."
)
WORST: Final = 10
"""Items that a yearly analysis names."""


def month_of(month: str, speech: Speech) -> Span:
    """The days of a month ("2026-10")."""
    first = date(int(month[:4]), int(month[5:]), 1)
    return Span(first, (first + timedelta(days=31)).replace(day=1), speech.zone)


def year_of(year: str, speech: Speech) -> Span:
    """The days of a year."""
    return Span(date(int(year), 1, 1), date(int(year) + 1, 1, 1), speech.zone)


def month_paper(session: Session, viewer: Viewer, month: str, at: datetime, speech: Speech) -> Paper:
    """The monthly service report (客户服务调查报告) with the general manager's analysis. Raises NotAllowed."""
    _, span = speech.say, month_of(month, speech)
    earlier = Span((span.first - timedelta(days=1)).replace(day=1), span.first, speech.zone)
    said = month_analysis(session, viewer, month)
    signed = f"{said.signed_by} · {speech.moment(said.signed_at)}" if said.signed_at else ""
    analysis = [said.said] if said.said else [_("The general manager has not written an analysis of causes yet.")]
    parts = [
        Part(_("What came in and what was done"), table=_counted(session, viewer, span, earlier, speech)),
        *_surveys(reads.presented_waves(session, viewer, span), speech),
        *_complaints(session, viewer, span, speech),
        *_late(session, viewer, span, speech),
        Part(_("The general manager's analysis of causes"), texts=analysis),
    ]
    remark = f"{period_name(month, speech.language)} · {_('Made at')} {speech.moment(at)}"
    return Paper(_("Monthly service report"), remark, parts, [(_("General manager"), signed)])


def year_paper(session: Session, viewer: Viewer, year: str, at: datetime, speech: Speech) -> Paper:
    """The yearly analysis for the management review. Raises NotAllowed."""
    _, span = speech.say, year_of(year, speech)
    earlier = year_of(str(int(year) - 1), speech)
    waves = reads.presented_waves(session, viewer, span)
    parts = [
        *_surveys(waves, speech),
        *_dimensions(waves, speech),
        *_weakest(waves, speech),
        *_rules(waves, speech),
        Part(_("What came in and what was done"), table=_counted(session, viewer, span, earlier, speech)),
        *_by_month(session, viewer, span, speech),
        *_on_time(session, viewer, span, at, speech),
        *_late(session, viewer, span, speech),
    ]
    remark = f"{year} · {_('Made at')} {speech.moment(at)}"
    signatures = [(_("Made by"), ""), (_("Reviewed by"), ""), (_("General manager"), "")]
    return Paper(f"{_('Yearly analysis')} · {_('Management review')}", remark, parts, signatures)


def appraisal_paper(session: Session, viewer: Viewer, year: str, at: datetime, speech: Speech) -> Paper:
    """The appraisal sheet: target, score, actions on time, complaints, per department and person. Raises NotAllowed."""
    _, span, today = speech.say, year_of(year, speech), at.astimezone(speech.zone).date()
    found = reads.deeds(session, viewer, span)
    departments, people = reads.names_of(session, viewer)
    waves = reads.presented_waves(session, viewer, span)
    ours = Counter(
        one.department_id for one in reads.complaint_rows(session, viewer, span) if one.responsibility == "ours"
    )
    rows: list[list[Cell]] = []
    statuses: list[Status] = []
    for key, (code, name) in departments.items():
        score, n, target, how = _of_department(waves, code)
        mine = [one for one in found if one.department_id == key]
        if not mine and not n and not ours[key]:
            continue
        rows.append([name.in_(speech.language) or code, target, score, n or None, *_kept(mine, today), ours[key]])
        statuses.append(how)
    headers = [_("Department"), _("Target"), _("Score"), "n", *_kept_headers(speech), _("Complaints, ours")]
    by_person: list[list[Cell]] = [
        [people.get(owner, ""), *_kept([one for one in found if one.owner_id == owner], today)]
        for owner in sorted({one.owner_id for one in found}, key=lambda key: people.get(key, ""))
    ]
    parts = [
        Part(
            texts=[
                _(PEOPLE_JUDGE),
                _("Score: the mean of the department's items in the year's closed waves, weighted by answers."),
            ]
        ),
        Part(
            _("Departments"),
            table=Table(_("Departments"), headers, rows),
            statuses=statuses,
            coloured=2,
            kinds={6: "share"},
        ),
    ]
    if by_person:
        people_table = Table(_("People"), [_("Owner"), *_kept_headers(speech)], by_person)
        parts.append(Part(_("People"), table=people_table, kinds={3: "share"}))
    remark = f"{year} · {_('Made at')} {speech.moment(at)}"
    return Paper(_("Appraisal sheet"), remark, parts, [(_("Head of department"), ""), (_("General manager"), "")])


def _counted(session: Session, viewer: Viewer, span: Span, before: Span, speech: Speech) -> Table:
    _ = speech.say
    now, then = (reads.counts(session, viewer, one) for one in (span, before))
    names = {
        "requests": _("Requests received"),
        "requests_closed": _("Requests closed"),
        "complaints": _("Complaints received"),
        "complaints_ours": _("of them our responsibility"),
        "complaints_closed": _("Complaints closed"),
        "opinions_answered": _("Opinions answered"),
        "actions_opened": _("Actions opened"),
        "actions_closed": _("Actions closed"),
    }
    rows: list[list[Cell]] = [[said, getattr(now, name), getattr(then, name)] for name, said in names.items()]
    rows[5:5] = [
        [f"{_('Opinions')}: {_(said)}", now.opinions.get(kind, 0), then.opinions.get(kind, 0)]
        for kind, said in KINDS.items()
    ]
    rows.append([_("Actions overdue now"), now.actions_overdue, None])
    return Table(_("Counts"), [_("What"), _("In this period"), _("Before")], rows)


def _surveys(waves: Sequence[PresentedWave], speech: Speech) -> list[Part]:
    """Each wave that closed, as it was presented, with the quality figures beside."""
    _ = speech.say
    if not waves:
        return [Part(_("Surveys"), texts=[_("No wave closed in this period.")])]
    rows: list[list[Cell]] = []
    for one in waves:
        index, returns = one.figures["index"], one.figures["returns"]
        before = one.before.get("index", {}).get("score")
        quality = "; ".join(
            f"{_(FIGURES[code][0])} {mean:.1f} {_(FIGURES[code][1])}" for code, mean in one.quality.items()
        )
        rows.append(
            [
                *(one.scheme.name.in_(speech.language) or one.scheme.code, period_name(one.code, speech.language)),
                *(index["score"], one.scheme.targets.index, index["n"]),
                None if before is None or index["score"] is None else index["score"] - before,
                *(one.figures["satisfaction_rate"], returns["rate"], quality),
            ]
        )
    headers = [_("Scheme"), _("Period"), _("Satisfaction index"), _("Target"), "n", _("Change")]
    headers += [_("Satisfaction rate"), _("Response rate"), _("Quality figures")]
    if not any(one.quality for one in waves):
        headers, rows = headers[:-1], [row[:-1] for row in rows]
    how = [_status(one.figures["index"]["score"], one, one.scheme.targets.index) for one in waves]
    kinds: dict[int, CellKind] = {5: "change", 6: "share", 7: "share"}
    return [Part(_("Surveys"), table=Table(_("Surveys"), headers, rows), statuses=how, coloured=2, kinds=kinds)]


def _status(score: float | None, wave: PresentedWave, target: float) -> Status:
    return cast(Status, status(score, wave.scheme, target=target) or "")


def _dimensions(waves: Sequence[PresentedWave], speech: Speech) -> list[Part]:
    """The index over the year, and dimension × wave, of each scheme."""
    _, parts = speech.say, []
    for code in dict.fromkeys(one.scheme.code for one in waves):
        mine = [one for one in waves if one.scheme.code == code]
        scheme = mine[-1].scheme
        scores = [{d["code"]: d["score"] for d in one.figures["dimensions"]} for one in mine]
        rows: list[list[Cell]] = [
            [
                one.name.in_(speech.language) or one.code,
                scheme.thresholds.amber_below,
                *(found.get(one.code) for found in scores),
            ]
            for one in scheme.dimensions
        ]
        how = [_status(scores[-1].get(one.code), mine[-1], scheme.thresholds.amber_below) for one in scheme.dimensions]
        headers = [_("Dimension"), _("Target"), *(period_name(one.code, speech.language) for one in mine)]
        title = f"{_('Dimensions')} · {scheme.name.in_(speech.language) or code}"
        index = [one.figures["index"]["score"] for one in mine]
        trend = Series(
            _("Satisfaction index"), index, [_status(score, mine[-1], scheme.targets.index) for score in index]
        )
        labels, remark = headers[2:], f"{_('Target')} {scheme.targets.index:g}"
        chart = Chart("line", trend.name, labels, [trend], scheme.targets.index, remark) if len(mine) > 1 else None
        parts.append(
            Part(title, table=Table(title, headers, rows), statuses=how, coloured=len(headers) - 1, chart=chart)
        )
    return parts


def _weakest(waves: Sequence[PresentedWave], speech: Speech) -> list[Part]:
    """The lowest items of the newest wave of each scheme, with what they were before."""
    _, parts = speech.say, []
    for one in {wave.scheme.code: wave for wave in waves}.values():
        before = {item["code"]: item["score"] for item in one.before.get("items", ())}
        known = sorted((i for i in one.figures["items"] if i["score"] is not None), key=lambda item: item["score"])
        rows: list[list[Cell]] = []
        for item in known[:WORST]:
            named = one.scheme.item_by_code.get(item["code"])
            name = named.name.in_(speech.language) if named else item["code"]
            rows.append([name, item["score"], item["n"], before.get(item["code"])])
        how = [_status(item["score"], one, one.scheme.thresholds.amber_below) for item in known[:WORST]]
        title = f"{_('Lowest items')} · {period_name(one.code, speech.language)}"
        headers = [_("Item"), _("Score"), "n", _("Previous score")]
        parts.append(Part(title, table=Table(title, headers, rows), statuses=how, coloured=1))
    return parts


def _rules(waves: Sequence[PresentedWave], speech: Speech) -> list[Part]:
    _ = speech.say
    total: Counter[str] = Counter()
    for one in waves:
        total.update(one.findings)
    rows: list[list[Cell]] = [[_(RULE_NAMES[rule]), n] for rule, n in total.most_common()]
    return [Part(_("Findings"), table=Table(_("Findings"), [_("Finding"), _("Count")], rows))] if rows else []


def _complaints(session: Session, viewer: Viewer, span: Span, speech: Speech) -> list[Part]:
    _ = speech.say
    rows: list[list[Cell]] = [
        [
            *(one.number, speech.day(one.received_at), one.customer.in_(speech.language), _(CATEGORIES[one.category])),
            *(one.department.in_(speech.language), _(RESPONSIBILITIES[one.responsibility])),
            _(COMPLAINT_STATES[one.state][0]),
        ]
        for one in reads.complaint_rows(session, viewer, span)
    ]
    headers = [_("No."), _("Received"), _("Customer"), _("Category"), _("Department"), _("Responsibility"), _("State")]
    return [Part(_("Complaints"), table=Table(_("Complaints"), headers, rows))] if rows else []


def _by_month(session: Session, viewer: Viewer, span: Span, speech: Speech) -> list[Part]:
    """Complaints of each month by category."""
    _ = speech.say
    found = reads.complaint_rows(session, viewer, span)
    if not found:
        return []
    n = Counter((one.received_at.astimezone(speech.zone).month, one.category) for one in found)
    rows: list[list[Cell]] = [
        [
            period_name(f"{span.first.year}-{month:02}", speech.language),
            *(n[month, category] for category in CATEGORIES),
        ]
        for month in range(1, 13)
    ]
    headers = [_("Month"), *(_(name) for name in CATEGORIES.values())]
    return [Part(_("Complaints by month"), table=Table(_("Complaints by month"), headers, rows))]


def _late(session: Session, viewer: Viewer, span: Span, speech: Speech) -> list[Part]:
    _ = speech.say
    rows: list[list[Cell]] = [
        [f"A-{one.number}", one.title, one.department.in_(speech.language), one.owner, one.due_on]
        for one in reads.late_actions(session, viewer, span)
    ]
    headers = [_("No."), _("Action"), _("Department"), _("Owner"), _("Due date")]
    return [Part(_("Actions overdue now"), table=Table(_("Actions overdue now"), headers, rows))] if rows else []


def _on_time(session: Session, viewer: Viewer, span: Span, at: datetime, speech: Speech) -> list[Part]:
    _, today = speech.say, at.astimezone(speech.zone).date()
    found = reads.deeds(session, viewer, span)
    departments, _people = reads.names_of(session, viewer)
    rows: list[list[Cell]] = [
        [name.in_(speech.language) or code, *_kept(mine, today)]
        for key, (code, name) in departments.items()
        if (mine := [one for one in found if one.department_id == key])
    ]
    title = _("Actions on time")
    table = Table(title, [_("Department"), *_kept_headers(speech)], rows)
    return [Part(title, table=table, kinds={3: "share"})] if rows else []


def _kept_headers(speech: Speech) -> list[str]:
    _ = speech.say
    return [_("Actions due"), _("On time"), _("On time, share"), _("Effective"), _("Not effective")]


def _kept(found: Sequence[Deed], today: date) -> list[Cell]:
    kept = punctuality(found, today)
    return [kept.due, kept.on_time, kept.rate, kept.effective, kept.not_effective]


def _of_department(waves: Sequence[PresentedWave], code: str) -> tuple[float | None, int, float | None, Status]:
    """Score, answers, target and status of a department's items over the waves."""
    total, n, last = 0.0, 0, None
    for one in waves:
        for item in one.figures["items"]:
            named: Any = one.scheme.item_by_code.get(item["code"])
            if named is not None and named.department == code and item["score"] is not None:
                total, n, last = total + item["score"] * item["n"], n + item["n"], one
    if last is None or not n:
        return None, 0, None, ""
    target = last.scheme.thresholds.amber_below
    return total / n, n, target, _status(total / n, last, target)
