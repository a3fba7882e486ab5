"""One corrective action on its screen: where it stands, the report with its sections, what happened so far."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from components import action_evidence, action_words, clock, drawn, filters, states
from components.finding_words import action_name, compared
from components.finding_words import name as subject_name
from components.finding_words import score as score_text
from components.formats import NOTHING, count, day_in_form, moment, period_short, plain
from components.texts import _, language
from domain.access import Viewer
from domain.action_gates import CAUSE_CATEGORIES, COUNTERMEASURE_KINDS
from domain.action_names import FIELDS, VERBS
from domain.action_rows import ActionDetail, EventLine
from domain.action_states import PATH, STATE_NAMES, State
from domain.errors import N_
from domain.rule_names import RULE_NAMES

DONE, NOW, TO_DO = ":material/check_circle:", ":material/radio_button_checked:", ":material/radio_button_unchecked:"
HISTORY_HEIGHT: Final = 330
NOT_APPLICABLE: Final = N_("Not applicable: {reason}")


def way_back() -> None:
    """The way back to all actions."""
    st.page_link("actions.py", label=_("Back to board"), icon=":material/arrow_back:", query_params=filters.query())


def title(detail: ActionDetail) -> None:
    """Number and title."""
    st.title(plain(f"{action_name(detail.row.number)} {detail.row.title}", at_most=90), anchor=False, width="content")


def path(detail: ActionDetail) -> None:
    """The step line: what is done, where it stands, what is still to come."""
    row = detail.row
    if row.state == State.CANCELLED:
        line = f":gray-badge[{action_words.state(row.state)}] {plain(detail.fields['cancel_reason'])}"
    else:
        here = PATH.index(State(row.state))
        line = " → ".join(_step(state, place, here) for place, state in enumerate(PATH))
    again = f" :violet-badge[{_('Round {n}', n=row.round)}]" if row.round > 1 else ""
    late = f" {action_words.time_left(row, clock.today())}" if row.is_unfinished else ""
    st.markdown(line + again + late)


def _step(state: State, place: int, here: int) -> str:
    name = _(STATE_NAMES[state])
    if place == here:
        return f":green-badge[:material/check: {name}]" if state is State.CLOSED else f":blue-badge[{name}]"
    return f":gray[:material/check: {name}]" if place < here else f":gray[{name}]"


def report_head(detail: ActionDetail) -> None:
    """Number, findings, department; owner, due date, approval."""
    row, departments = detail.row, detail.departments
    rules = dict.fromkeys(_(RULE_NAMES[finding.rule]) for finding in detail.findings)
    approved = next((event for event in detail.history if event.verb == "approve"), None)
    by = _("{who} (asked)", who=detail.person("approver_id")) if detail.fields["approver_id"] else NOTHING
    if len(detail.facts.chain) > 1 and not detail.fields["approved_by_id"]:
        by = _chain(detail)
    if approved and detail.fields["approved_by_id"]:
        by = f"{detail.person('approved_by_id')} {day_in_form(approved.at.astimezone(clock.zone()).date())}"
    left = {
        _("Report number"): action_name(row.number),
        _("Findings"): _(", ").join(rules) or NOTHING,
        _("Department"): departments[detail.fields["department_id"]].in_(language()),
    }
    right = {_("Owner"): row.owner, _("Due date"): day_in_form(row.due_on), _("Approval"): by}
    if detail.fields["cost_cents"] is not None:
        left[_("Customer")] = detail.customer.in_(language()) if detail.customer else NOTHING
        right[_("Cost")] = action_words.cost(detail.fields["cost_cents"], detail.fields["cost_currency"])
    with states.plain_card(_("Corrective action report")):
        for place, facts in zip(st.columns(2, gap="small"), (left, right), strict=True):
            with place:
                _facts(facts)
        _sent_back(detail)


def _sent_back(detail: ActionDetail) -> None:
    """Why the plan came back, as long as it isn't submitted again."""
    last = next((event for event in detail.history if event.verb in ("plan", "send_back", "reopen")), None)
    if detail.row.state == State.ANALYSING and last and last.verb == "send_back":
        said = _("Sent back by {who}: {reason}", who=plain(last.who), reason=plain(last.comment))
        st.warning(said, icon=":material/undo:")


def _chain(detail: ActionDetail) -> str:
    """The departments that approve in turn, with those that have done so marked."""
    names = [
        detail.departments[key].in_(language()) if key in detail.departments else "?" for key in detail.facts.chain
    ]
    done = len(detail.facts.signed_by)
    return " → ".join(f"✓ {name}" if place < done else name for place, name in enumerate(names))


def sections(viewer: Viewer, detail: ActionDetail) -> None:
    """The numbered sections of the report, each with whether it is filled."""
    fields = detail.fields
    category = CAUSE_CATEGORIES.get(fields["cause_category"])
    with _section(1, _("Problem"), bool(fields["problem"] or detail.findings)):
        _text(fields["problem"])
        _findings(detail)
    with _section(2, _("Root cause"), bool(fields["cause"] and category), _(category) if category else ""):
        if fields["whys"]:
            st.markdown("\n".join(f"{place}. {plain(why)}" for place, why in enumerate(fields["whys"], start=1)))
        _text(fields["cause"])
    left, right = st.columns(2, gap="small")
    with left, _section(3, _("Containment"), bool(fields["containment"] or fields["containment_not_applicable"])):
        _text(fields["containment"], fields["containment_not_applicable"])
    long_term = bool(fields["countermeasure"] and (fields["prevention"] or fields["prevention_not_applicable"]))
    kind = COUNTERMEASURE_KINDS.get(fields["countermeasure_kind"])
    with right, _section(4, _("Long-term countermeasure and prevention"), long_term, _(kind) if kind else ""):
        _text(fields["countermeasure"])
        if fields["prevention"] or fields["prevention_not_applicable"]:
            _text(fields["prevention"], fields["prevention_not_applicable"])
    with _section(5, _("Evidence"), bool(fields["evidence"] or detail.facts.evidence_files)):
        if fields["evidence"] or not detail.facts.evidence_files:
            _text(fields["evidence"])
        action_evidence.files(viewer, detail)


def history(lines: Sequence[EventLine], detail: ActionDetail) -> None:
    """What happened, newest first."""
    told = [(_unbroken(day_in_form(line.at.astimezone(clock.zone()).date())), _told(line, detail)) for line in lines]
    drawn.keep([_event(line) for line in lines], alt=_("History, newest first"), personal=True, columns={})
    with st.container(height=HISTORY_HEIGHT if len(told) > 8 else "content", border=False):
        st.table(
            [{"on": on, "what": what} for on, what in told],
            border="horizontal",
            hide_header=True,
            hide_index=True,
            alt=_("History, newest first"),
        )


def _event(line: EventLine) -> dict[str, str]:
    """A line of the history as it is taken along: with what was said, in plain text."""
    return {
        _("Time"): moment(line.at, clock.zone()),
        _("Who"): line.who or _("System"),
        _("What"): _(VERBS.get(line.verb, line.verb)),
        _("Changed"): _("; ").join(_(FIELDS[name]) for name in line.changes if name in FIELDS),
        _("Comment"): line.comment,
    }


def _unbroken(text: str) -> str:
    return text.replace("-", "\u2011")


def _told(line: EventLine, detail: ActionDetail) -> str:
    who = plain(line.who or _("System"))
    departments = {key: name.in_(language()) for key, name in detail.departments.items()}
    said = f"{who}{_(': ')}{_(VERBS.get(line.verb, line.verb))}"
    if line.comment:
        return f"{said}{_(': ')}{plain(line.comment)}"
    names = [name for name in line.changes if name in FIELDS]
    changes = [_change(name, line, detail, departments) for name in names]
    return f"{said} :gray[{_('; ').join(changes)}]" if changes else said


def _change(name: str, line: EventLine, detail: ActionDetail, departments: dict[int, str]) -> str:
    """A field with its old and new value, where they are short; texts are in the sections."""
    field = _(FIELDS[name])
    if name in action_words.LONG_TEXTS:
        return field
    before, now = (action_words.shortly(name, found, detail.people, departments) for found in line.changes[name])
    return f"{field} {before} → {now}"


def _findings(detail: ActionDetail) -> None:
    """The findings with the figures of their period as they stand; how they stood at the beginning is in the problem."""
    subjects = list(dict.fromkeys(finding.subject for finding in detail.findings))
    for subject in subjects[:5]:
        if subject.words:
            st.caption(f"{period_short(subject.wave)} · {plain(subject_name(subject))}")
            continue
        facts = " · ".join(fact for fact in (f"n = {count(subject.known.score.n)}", compared(subject)) if fact)
        name = plain(subject.in_(language()) or _("Satisfaction index"))
        st.caption(f"{period_short(subject.wave)} · {name} {score_text(subject)} · {facts}")


def _section(number: int, name: str, filled: bool, what: str = "") -> Any:
    return states.plain_card(f"{DONE if filled else TO_DO} {number} {name}", f"· {what}" if what else "")


def _text(text: str, not_applicable: str = "") -> None:
    if not text and not_applicable:
        text = _(NOT_APPLICABLE, reason=not_applicable)
    if not text:
        st.caption(_("Not filled yet"))
    for line in text.splitlines():
        st.markdown(plain(line))


def _facts(facts: dict[str, str]) -> None:
    rows = [{"name": f":gray[{name}]", "value": plain(value)} for name, value in facts.items()]
    st.table(rows, border="horizontal", hide_header=True, hide_index=True)
