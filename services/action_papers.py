"""The corrective and preventive action report (纠正预防措施报告): one action from the problem to its effect."""

from typing import Any, cast

from sqlmodel import Session

from db.queries.actions import action
from db.queries.effects import effects, tellings
from domain.access import Viewer
from domain.action_gates import CAUSE_CATEGORIES, COUNTERMEASURE_KINDS
from domain.action_names import FIELDS, VERBS, VERDICTS
from domain.action_rows import ActionDetail
from domain.action_states import STATE_NAMES, State
from domain.documents import Status
from domain.effects import VERDICT_NAMES, EffectRow
from domain.errors import N_
from domain.papers import Paper, Part
from domain.period_names import period_name
from domain.rule_names import RULE_NAMES
from domain.scores import Score
from domain.tables import Cell, Table
from services.speech import Speech

CODED: dict[str, dict[str, str]] = {
    "cause_category": CAUSE_CATEGORIES,
    "countermeasure_kind": COUNTERMEASURE_KINDS,
    "verdict": VERDICTS,
}
SECTIONS = (
    (N_("Problem"), ("problem",)),
    (N_("Containment"), ("containment", "containment_not_applicable")),
    (N_("Root cause"), ("whys", "cause_category", "cause")),
    (
        N_("Long-term countermeasure"),
        ("countermeasure_kind", "countermeasure", "prevention", "prevention_not_applicable"),
    ),
    (N_("Evidence"), ("evidence",)),
    (N_("Effectiveness check"), ("verdict", "verdict_reason", "customer_told", "cancel_reason")),
)
"""Heading (a message of `FIELDS` or design.md 7) → fields under it."""


def action_paper(session: Session, viewer: Viewer, number: int, speech: Speech) -> Paper:
    """The report of an action in sight. Raises NotAllowed, NotThere."""
    viewer.check_account()
    detail = action(session, viewer, number)
    _, row = speech.say, detail.row
    facts = [
        (_("State"), _(STATE_NAMES[State(row.state)])),
        (_("Round"), str(row.round)),
        (_("Customer"), detail.customer.in_(speech.language) if detail.customer else ""),
        (_("Department"), row.department.in_(speech.language)),
        (_("Owner"), row.owner),
        (_("Due date"), speech.day(row.due_on)),
        (_("Closed on"), speech.day(row.closed_at)),
    ]
    parts = [Part(facts=[one for one in facts if one[1]]), *_findings(detail, speech)]
    for heading, names in SECTIONS:
        said = [(_(FIELDS[name]), text) for name in names if (text := _text(detail, name, speech))]
        parts += [Part(_(heading), facts=said)] if said else []
    parts += _effects(effects(session, viewer, row.id), speech)
    told = [
        [speech.day(one.happened_at), one.said or one.outcome, one.who] for one in tellings(session, viewer, row.id)
    ]
    if told:
        parts.append(Part(_("The customer is told"), table=Table("", [_("Day"), _("What was said"), _("Who")], told)))
    parts.append(_history(detail, speech))
    signatures = [
        (_("Approved by"), detail.person("approved_by_id")),
        (_("Checked by"), detail.person("verified_by_id")),
    ]
    return Paper(f"{_('Corrective and preventive action report')} · A-{row.number}", row.title, parts, signatures)


def _text(detail: ActionDetail, name: str, speech: Speech) -> str:
    found: Any = detail.fields.get(name)
    if not found:
        return ""
    if isinstance(found, list):
        return "\n".join(f"{place}. {line}" for place, line in enumerate(found, start=1))
    return speech.say(CODED[name].get(found, str(found))) if name in CODED else str(found)


def _findings(detail: ActionDetail, speech: Speech) -> list[Part]:
    _ = speech.say
    if not detail.findings:
        return []
    rows: list[list[Cell]] = []
    for one in detail.findings:
        subject, known = one.subject, one.subject.known
        about = subject.item or subject.dimension
        what = about.name.in_(speech.language) if about else _("Overall score")
        rows.append([_(RULE_NAMES[one.rule]), what, known.score.score, known.score.n, known.bound, one.since])
    headers = [_("Finding"), _("About"), _("Score"), "n", _("Bound"), _("Since")]
    statuses = [cast(Status, one.status or "") for one in detail.findings]
    bounds = tuple({one.subject.known.bound or 0.0 for one in detail.findings})
    return [
        Part(_("Findings"), table=Table(_("Findings"), headers, rows), statuses=statuses, coloured=2, bounds=bounds)
    ]


def _effects(rows: list[EffectRow], speech: Speech) -> list[Part]:
    """What each wave says, before → after with n and interval."""
    _, lines = speech.say, []
    for row in rows:
        for one, _reason in row.subjects:
            name = (one.zh if speech.language == "zh_CN" else one.en) or _("Satisfaction index")
            figures = [_figure(score, is_share=one.is_share) for score in (one.before, one.after)]
            lines.append([period_name(row.wave, speech.language), name, *figures, _(VERDICT_NAMES[row.verdict])])
    headers = [_("Measured in"), _("About"), _("Before"), _("After"), _("Effect by the figures")]
    return [Part(_("Effect by the figures"), table=Table("", headers, lines))] if lines else []


def _figure(score: Score, *, is_share: bool) -> str:
    if score.score is None:
        return ""
    factor, sign = (100, " %") if is_share else (1, "")
    interval = (
        "" if score.low is None or score.high is None else f" ({score.low * factor:.1f}–{score.high * factor:.1f})"
    )
    return f"{score.score * factor:.1f}{sign}{interval} · n={score.n}"


def _history(detail: ActionDetail, speech: Speech) -> Part:
    _ = speech.say
    rows: list[list[Cell]] = [
        [
            *(speech.moment(one.at), one.who, _(VERBS.get(one.verb, one.verb))),
            _(STATE_NAMES[State(one.to_state)]) if one.to_state else "",
            "; ".join(
                [*(_(FIELDS[name]) for name in one.changes if name in FIELDS), *([one.comment] if one.comment else [])]
            ),
        ]
        for one in reversed(detail.history)
    ]
    headers = [_("Time"), _("Who"), _("What"), _("State"), _("Changed")]
    return Part(_("History"), table=Table(_("History"), headers, rows))
