"""Papers about results: the summary and analysis table of a wave, and what is said of it to the public."""

from collections.abc import Sequence
from typing import Any, Final, cast

from sqlmodel import Session

from db.queries.made_reports import SummaryState, public_summary
from db.queries.returns import SMALLEST_GROUP
from db.queries.wave_report import ScoreLine, WaveReport, wave_report
from domain.access import Viewer
from domain.action_states import STATE_NAMES, State
from domain.documents import Status
from domain.errors import N_, Refusal
from domain.papers import Paper, Part
from domain.period_names import period_name
from domain.rule_names import RULE_NAMES
from domain.tables import Cell, Table
from services.speech import Speech
from services.wave_papers import wave_name
from services.wave_reports import OVER, STATUS_WORDS


class SummaryNotApproved(Refusal):
    """A summary leaves the company when an approver has agreed to it, not before."""

    def __init__(self) -> None:
        super().__init__(N_("The public summary of this wave has not been approved."))


class TooFewToSay(Refusal):
    """A summary of so few answers would say what single customers answered."""

    def __init__(self) -> None:
        super().__init__(N_("Fewer than {least} valid responses: nothing is published of them."), least=SMALLEST_GROUP)


METHOD: Final = N_("Every figure is a mean of scores from 0 to 100; n is the number of valid responses.")


def summary_table_paper(session: Session, viewer: Viewer, wave_id: int, speech: Speech) -> Paper:
    """The summary and analysis table (汇总分析表). Raises NotAllowed, NotThere."""
    report = wave_report(session, viewer, wave_id, language=speech.language)
    _, index, scheme = speech.say, report.figures["index"], report.wave.layout.scheme
    facts = [
        (_("Satisfaction index"), _points(index["score"])),
        (_("Target of the index"), _points(scheme.targets.index)),
        (_("95% interval"), " – ".join(_points(one) for one in index["ci95"] or ())),
        (_("Valid responses"), str(report.figures["valid"])),
        (_("Response rate"), _share(report.figures["returns"]["rate"])),
        (_("Satisfaction rate"), _share(report.figures["satisfaction_rate"])),
        (_("Compared with"), period_name(report.compared_with, speech.language) if report.compared_with else ""),
    ]
    parts = [Part(facts=[one for one in facts if one[1]]), _scores(_("Dimensions"), report.dimensions, speech)]
    parts += [_items(report, speech), *_more(report, speech)]
    signatures = [(_("Made by"), ""), (_("Reviewed by"), ""), (_("Approved by"), "")]
    return Paper(_("Summary and analysis table"), wave_name(report.wave, speech.language), parts, signatures)


def public_paper(session: Session, viewer: Viewer, wave_id: int, speech: Speech) -> Paper:
    """Index, n, method and what we changed, where an approver agreed.

    Raises SummaryNotApproved, TooFewToSay, NotAllowed, NotThere.
    """
    viewer.check_account()
    state: SummaryState = public_summary(session, viewer, wave_id)
    if state.state != "approved":
        raise SummaryNotApproved
    report = wave_report(session, viewer, wave_id, language=speech.language)
    _, index = speech.say, report.figures["index"]
    if report.figures["valid"] < SMALLEST_GROUP:
        raise TooFewToSay
    facts = [
        (_("Satisfaction index"), _points(index["score"])),
        (_("Valid responses"), f"n = {report.figures['valid']}"),
        (_("95% interval"), " – ".join(_points(one) for one in index["ci95"] or ())),
    ]
    rows: list[list[Cell]] = [[one.name, one.score, one.n] for one in report.dimensions if one.n >= SMALLEST_GROUP]
    method = [_(OVER[report.wave.layout.scheme.index_over]), _(METHOD)]
    parts = [Part(facts=[one for one in facts if one[1]])]
    parts += (
        [Part(_("Dimensions"), table=Table(_("Dimensions"), [_("Dimension"), _("Score"), "n"], rows))] if rows else []
    )
    parts += [Part(_("Method"), texts=method)]
    if changed := state.changed.in_(speech.language):
        parts.append(Part(_("What we changed"), texts=[changed]))
    return Paper(_("What our customers told us"), period_name(report.wave.code, speech.language), parts)


def _points(score: float | None) -> str:
    return "" if score is None else f"{score:.1f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.1f} %"


def _scores(title: str, lines: Sequence[ScoreLine], speech: Speech) -> Part:
    _ = speech.say
    rows: list[list[Cell]] = [
        [one.name, one.n, one.score, _(STATUS_WORDS[one.status]), one.target, one.before, _change(one)] for one in lines
    ]
    headers = [_("Name"), "n", _("Score"), _("Status"), _("Target"), _("Previous score"), _("Change")]
    how = [_how(one) for one in lines]
    return Part(
        title, table=Table(title, headers, rows), statuses=how, coloured=2, kinds={6: "change"}, bounds=_bounds(lines)
    )


def _how(one: ScoreLine) -> Status:
    return cast(Status, one.status or "")


def _bounds(lines: Sequence[ScoreLine]) -> tuple[float, ...]:
    """What no score may be rounded over."""
    return tuple(sorted({one.target for one in lines if one.target is not None}))


def _change(one: ScoreLine) -> float | None:
    return None if one.score is None or one.before is None else one.score - one.before


def _items(report: WaveReport, speech: Speech) -> Part:
    """Items, the lowest first, each with its findings and the actions on them."""
    _ = speech.say
    by_item: dict[str, list[Any]] = {}
    for finding in report.findings:
        if finding["item"] and not finding["customer"]:
            by_item.setdefault(finding["item"]["code"], []).append(finding)
    lines = sorted(report.items, key=lambda one: 101.0 if one.score is None else one.score)
    rows: list[list[Cell]] = []
    for one in lines:
        found = by_item.get(one.code, [])
        said = _(", ").join(dict.fromkeys(_(RULE_NAMES[rule]) for rule in (finding["rule"] for finding in found)))
        numbers = sorted({action["number"] for finding in found for action in finding["actions"]})
        actions = ", ".join(f"A-{number}" for number in numbers)
        rows.append([one.name, one.n, one.score, _(STATUS_WORDS[one.status]), one.before, _change(one), said, actions])
    headers = [_("Item"), "n", _("Score"), _("Status"), _("Previous score"), _("Change"), _("Finding"), _("Actions")]
    table, how = Table(_("Items"), headers, rows), [_how(one) for one in lines]
    return Part(_("Items"), table=table, statuses=how, coloured=2, kinds={5: "change"}, bounds=_bounds(lines))


def _more(report: WaveReport, speech: Speech) -> list[Part]:
    """Segments, and the actions with their effect."""
    _ = speech.say
    parts = [_scores(_("Segments"), report.segments, speech)] if report.segments else []
    rows: list[list[Cell]] = [
        [f"A-{one.number}", one.title, one.department, one.owner, one.due_on, _(STATE_NAMES[State(one.state)])]
        for one in report.actions
    ]
    headers = [_("No."), _("Action"), _("Department"), _("Owner"), _("Due date"), _("State")]
    return [*parts, Part(_("Actions"), table=Table(_("Actions"), headers, rows))] if rows else parts
