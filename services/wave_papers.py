"""What belongs to a wave, as papers: its plan with approvals, its questionnaire, complaints, minutes of meetings."""

from collections.abc import Sequence
from typing import Final

from db.queries.complaints import ComplaintDetail
from db.queries.meetings import MeetingDetail
from db.queries.plans import PlanDetail
from db.queries.waves import SurveyWave
from domain.action_states import STATE_NAMES, State
from domain.clocks import CLOCKS
from domain.complaints import CATEGORIES, CHANNELS, COMPLAINT_STATES, RESPONSIBILITIES, STEPS
from domain.errors import N_
from domain.papers import Fact, Paper, Part
from domain.period_names import period_name
from domain.plans import INCENTIVES, METHODS, STATES
from domain.questionnaire import Questionnaire
from domain.sampling import SAMPLINGS, STRATA
from domain.tables import Table
from services.speech import Speech

BOX, LINE = "□", "_" * 60
MINUTES: Final = {"shown": N_("Shown"), "decided": N_("Decided"), "assigned": N_("Assigned")}
QUESTIONS: Final = {
    "single": N_("Single choice"),
    "multiple": N_("Multiple choice"),
    "recommend": N_("Recommendation 0–10"),
    "scenario": N_("Scenario"),
    "number": N_("Number"),
    "text": N_("Free text"),
}
"""Kind of an extra question → its name."""


def wave_name(wave: SurveyWave, language: str) -> str:
    """Scheme and period."""
    scheme = wave.layout.scheme
    return f"{scheme.name.in_(language) or scheme.code} · {period_name(wave.code, language)}"


def plan_paper(wave: SurveyWave, plan: PlanDetail | None, speech: Speech) -> Paper:
    """The plan of a wave, who countersigned and approved it; a sentence where it was opened without one."""
    _ = speech.say
    title, remark = _("Survey plan"), wave_name(wave, speech.language)
    if plan is None:
        return Paper(title, remark, [Part(texts=[_("This wave was opened without a plan.")])])
    fields = plan.fields
    how = _(SAMPLINGS[fields.sampling]) + (f" · {_(STRATA[fields.stratum])}" if fields.stratum in STRATA else "")
    facts = [
        (_("No."), str(plan.number)),
        (_("State"), _(STATES[plan.state])),
        (_("Objective"), fields.objective),
        (_("Scope"), fields.scope),
        (_("How people are asked"), _(", ").join(_(METHODS[name]) for name in fields.methods)),
        (_("Channels"), fields.channels),
        (_("Done by"), fields.agency or _("own people")),
        (_("Leader"), plan.leader),
        (_("Budget"), "" if fields.budget is None else f"{fields.budget:,.0f}"),
        (_("Survey days"), f"{speech.day(fields.starts_on)} – {speech.day(fields.ends_on)}"),
        (_("Analysis"), speech.day(fields.analysis_on)),
        (_("Report"), speech.day(fields.report_on)),
        (_("Valid responses wanted"), str(wave.planned_n or "")),
        (_("Milestones"), fields.milestones),
        (_("Incentive"), f"{fields.incentive} · {_(INCENTIVES[fields.incentive_how])}" if fields.incentive else ""),
    ]
    sample = [
        (_("Sample"), how),
        (_("Customers drawn"), f"{plan.drawn} / {plan.population}"),
        (_("Seed"), str(plan.seed if plan.seed is not None else "")),
        (_("Drawn at"), speech.moment(plan.drawn_at)),
    ]
    people = [[name, task] for name, task in plan.members.items()]
    people += [[one.name.in_(speech.language), one.help] for one in plan.signatures if one.help]
    signed = [
        [one.name.in_(speech.language), _("Countersigned"), one.signed_by, speech.moment(one.signed_at)]
        for one in plan.signatures
        if one.must_sign
    ]
    signed = [
        [_("Author"), _("Submitted"), plan.author, speech.moment(plan.submitted_at)],
        *signed,
        [_("Approver"), _("Approved"), plan.approved_by, speech.moment(plan.approved_at)],
    ]
    parts = [
        Part(facts=[one for one in facts if one[1]]),
        Part(_("Sample"), facts=[one for one in sample if one[1]]),
        Part(_("Who works on it"), table=Table(_("People"), [_("Who"), _("Task, or how they help")], people)),
        Part(_("Approvals"), table=Table(_("Approvals"), [_("Who"), _("What"), _("Name"), _("When")], signed)),
    ]
    return Paper(title, remark, [one for one in parts if one.table is None or one.table.rows])


def questionnaire_paper(wave: SurveyWave, asked: Questionnaire, speech: Speech) -> Paper:
    """Every question as it was asked, with its levels."""
    _, language, scheme = speech.say, speech.language, asked.scheme
    rows = [
        [str(number), section.name.in_(language) if section.name else _("Beside the index"), item.name.in_(language)]
        for section in asked.sections
        for number, item in section.items
    ]
    levels = [
        [level.name.in_(language), f"{float(level.points):g}", level.text.in_(language)] for level in scheme.levels
    ]
    extras = [
        [_(QUESTIONS[one.kind]), one.name.in_(language), " / ".join(option.in_(language) for option in one.options)]
        for one in asked.extras
    ]
    texts = [text for name in ("purpose", "consent") if (text := asked.text(name, language))]
    remark = f"{wave_name(wave, language)} · {_('Version')} {asked.number}"
    parts = [
        Part(texts=texts),
        Part(_("Questions"), table=Table(_("Questions"), [_("No."), _("Dimension"), _("Question")], rows)),
    ]
    if levels:
        parts.append(Part(_("Scale"), table=Table(_("Scale"), [_("Level"), _("Points"), _("What it means")], levels)))
    else:
        parts.append(Part(_("Scale"), texts=[_("A number from 0 to 100.")]))
    if extras:
        headers = [_("Kind"), _("Question"), _("Options")]
        parts.append(Part(_("Further questions"), table=Table(_("Further questions"), headers, extras)))
    return Paper(asked.text("title", language), remark, parts)


def paper_form(wave: SurveyWave, asked: Questionnaire, speech: Speech) -> Paper:
    """The questionnaire to be filled in by hand: a box for each level of each question, then the further questions."""
    _, language, scheme = speech.say, speech.language, asked.scheme
    levels = [level.name.in_(language) for level in scheme.levels] or ["0–100"]
    who = [(_(name), "") for name in (N_("Customer"), N_("Filled in by"), N_("Post"), N_("Date"))]
    parts = [Part(texts=[text] if (text := asked.text("purpose", language)) else [], facts=who)]
    for section in asked.sections:
        rows = [
            [f"{number}  {item.name.in_(language)}", *(BOX if scheme.levels else "" for _level in levels)]
            for number, item in section.items
        ]
        name = section.name.in_(language) if section.name else _("Beside the index")
        parts.append(Part(name, table=Table(name, [_("Question"), *levels], rows)))
    for extra in asked.extras:
        options = "   ".join(f"{BOX} {option.in_(language)}" for option in extra.options)
        parts.append(Part(extra.name.in_(language), texts=[options or LINE]))
    parts.append(Part(_("What went wrong, what could be better, what was good?"), texts=[LINE, LINE]))
    parts.append(Part(texts=[text] if (text := asked.text("consent", language)) else []))
    return Paper(asked.text("title", language), f"{wave_name(wave, language)} · {_('Version')} {asked.number}", parts)


def complaint_paper(detail: ComplaintDetail, speech: Speech) -> Paper:
    """A complaint from its record to its closing: the 8D steps, clocks, audits, minutes and events."""
    _, one = speech.say, detail.complaint
    goods = " · ".join(part for part in (one.product, one.part_number, one.lot) if part)
    facts = [
        (_("Customer"), detail.customer.in_(speech.language)),
        (_("Received"), speech.moment(one.received_at)),
        (_("Channel"), _(CHANNELS[one.channel])),
        (_("Category"), _(CATEGORIES[one.category])),
        (_("State"), _(COMPLAINT_STATES[one.state][0])),
        (_("Responsibility"), _(RESPONSIBILITIES[one.responsibility])),
        (_("Product"), goods),
        (_("Complaint"), one.description),
        (_("Effect at the customer"), one.effect),
        (_("Department"), detail.department.in_(speech.language)),
        (_("Verified"), speech.moment(one.verified_at)),
        (_("Closed on"), speech.moment(one.closed_at)),
    ]
    parts = [Part(facts=[fact for fact in facts if fact[1]]), *_disciplines(detail, speech)]
    clocks = [
        [_(CLOCKS[c.code].what), speech.moment(c.due_at), speech.moment(c.done_at), c.note]
        for c in (*detail.earlier_clocks, *detail.clocks)
        if c.code in CLOCKS
    ]
    audits = [
        [a.countermeasure, speech.day(a.audited_on), _("Kept") if a.is_kept else _("Not kept"), a.note]
        for a in detail.audits
    ]
    minutes = [
        [speech.day(m.minutes.held_on), m.minutes.said, _(", ").join(name for _key, name, at in m.signatures if at)]
        for m in detail.minutes
    ]
    tables = [
        Table(_("Clocks"), [_("Clock"), _("Due"), _("Done"), _("Note")], clocks),
        Table(_("Audits"), [_("Countermeasure"), _("Day"), _("Kept"), _("Note")], audits),
        Table(_("Minutes"), [_("Day"), _("Minutes"), _("Signed by")], minutes),
    ]
    parts += [Part(table.title, table=table) for table in tables if table.rows]
    return Paper(f"{_('8D report')} · {one.number}", detail.customer.in_(speech.language), parts)


def _disciplines(detail: ComplaintDetail, speech: Speech) -> list[Part]:
    _, parts = speech.say, []
    for step, (name, fields) in STEPS.items():
        row = detail.steps.get(step)
        if row is not None:
            facts: Sequence[Fact] = [(_(label), str(row.content.get(key, ""))) for key, label in fields.items()]
            parts.append(Part(f"D{step} {_(name)}", facts=facts))
    return parts


def minutes_paper(meeting: MeetingDetail, speech: Speech) -> Paper:
    """The minutes of a meeting: what was shown, decided and assigned to whom until when, and what became of it."""
    _ = speech.say
    title = meeting.title or f"{_('Meeting')} · {period_name(meeting.wave, speech.language)}"
    rows = [
        [
            *(_(MINUTES[line.kind]), line.text, line.owner, speech.day(line.due_on)),
            speech.day(line.done_at) or (_(STATE_NAMES[State(line.state)]) if line.state else ""),
        ]
        for line in meeting.minutes
    ]
    headers = [_("Kind"), _("Minutes"), _("Owner"), _("Due date"), _("Done")]
    parts = [
        Part(facts=[(_("Day"), speech.day(meeting.held_on)), (_("Took part"), _(", ").join(meeting.people.values()))]),
        Part(_("Minutes"), table=Table(_("Minutes"), headers, rows)),
    ]
    signed = (
        [(_("Signed by"), f"{meeting.signed_by} · {speech.moment(meeting.signed_at)}")] if meeting.is_signed else []
    )
    return Paper(f"{_('Minutes')} · {title}", meeting.scheme.in_(speech.language), parts, signed)
