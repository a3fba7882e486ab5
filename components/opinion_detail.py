"""One opinion of the inbox: what was said, whose it is, what it led to, what the customer was told, and what comes next."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from components import assign_form, clock, complaint_list, notices, opinion_list, states
from components.action_words import state as action_state
from components.call_words import badge
from components.finding_words import action_name
from components.formats import day_in_form, moment, period, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.opinions import Choice, OpinionDetail
from db.queries.people import DepartmentInfo
from db.session import write_session
from domain.access import Viewer
from domain.errors import N_
from domain.opinions import ANSWERED, KINDS, SOURCES, STATES, TO_ANSWER, WAYS, needs_sorting, state_of
from services import opinion_slips, opinions

VERBS: Final = {
    "record": N_("recorded"),
    "sort": N_("sorted"),
    "watch": N_("made a finding"),
    "decline": N_("not adopted"),
    "name_customer": N_("customer named"),
    "answer": N_("answered"),
    "reward": N_("rewarded"),
    "download": N_("slip downloaded"),
}


def draw(
    viewer: Viewer, detail: OpinionDetail, choices: Sequence[Choice], everywhere: Sequence[DepartmentInfo]
) -> None:
    """Everything about one opinion, and the step that comes next."""
    one = detail.line.opinion
    may_edit, is_answered = viewer.may("edit_opinions"), one.answered_on is not None
    with states.card():
        _head(detail)
        st.markdown(f"##### “{plain(one.text)}”")
        _outcome(detail)
        if is_answered:
            _answered(detail)
        if may_edit and not is_answered:
            unsorted = needs_sorting(one.kind, has_department=one.department_id is not None, is_answered=False)
            if unsorted:
                _sort(viewer, detail, choices, everywhere)
            elif one.kind in TO_ANSWER and not detail.outcome:
                _decide(viewer, detail)
            if one.kind and (detail.outcome or one.kind not in TO_ANSWER):
                _answer(viewer, detail)
            if not unsorted:
                with st.expander(_("Sort again")):
                    _sort(viewer, detail, choices, everywhere)
        if may_edit:
            _reward(viewer, detail)
        _foot(viewer, detail)


def _head(detail: OpinionDetail) -> None:
    one, line = detail.line.opinion, detail.line
    who = line.customer.in_(language()) or one.said_by or (_("Anonymous") if line.is_anonymous else "")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(badge(STATES, state_of(one.kind, is_answered=one.answered_on is not None)), width="content")
        if one.kind:
            st.markdown(f":gray-badge[{_(KINDS[one.kind])}]", width="content")
        if line.customer_code and st.button(plain(who), type="tertiary", icon=":material/apartment:"):
            st.switch_page("customer.py", query_params={"customer": line.customer_code})
        if not line.customer_code and who:
            st.markdown(f"**{plain(who)}**", width="content")
    parts = [
        line.about.in_(language()),
        line.department.in_(language()),
        _(SOURCES[one.source]),
        period(line.wave) if line.wave else "",
        day_in_form(one.received_at.astimezone(clock.zone()).date()),
    ]
    st.caption(plain(" · ".join(part for part in parts if part)))


def _outcome(detail: OpinionDetail) -> None:
    """What it led to, each with the way there."""
    one = detail.line.opinion
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for action in detail.actions:
            label = f"{action_name(action.number)} · {action_state(action.state)}"
            query = {"number": str(action.number)}
            st.page_link("action.py", label=label, icon=":material/check_circle:", query_params=query)
        if detail.complaint is not None:
            query = {"number": str(detail.complaint)}
            label = _("Complaint {n}", n=detail.complaint)
            st.page_link("complaint.py", label=label, icon=":material/report:", query_params=query)
        if detail.request is not None:
            label = _("Request {n}", n=detail.request)
            st.page_link("customer_requests.py", label=label, icon=":material/support_agent:")
    if one.not_adopted:
        st.markdown(f":gray-badge[:material/block: {_('Not adopted')}] {plain(one.not_adopted)}")
    if one.reward:
        given = f"{plain(one.reward)} :gray[{day_in_form(one.rewarded_on)}]"
        st.markdown(f":green-badge[:material/redeem: {_('Rewarded')}] {given}")


def _answered(detail: OpinionDetail) -> None:
    one = detail.line.opinion
    how = " · ".join(
        part for part in (day_in_form(one.answered_on), _(ANSWERED[one.answered_how]), detail.answered_by) if part
    )
    with st.container(border=True, gap="xxsmall"):
        st.markdown(f"**{_('What the customer was told')}** :gray[{plain(how)}]")
        st.markdown(plain(one.answer))


def _sort(
    viewer: Viewer, detail: OpinionDetail, choices: Sequence[Choice], everywhere: Sequence[DepartmentInfo]
) -> None:
    """Kind, what it is about and whose it is in one row; Enter or the button saves, and the next one opens."""
    one = detail.line.opinion
    names, departments = {c.code: c.name for c in choices}, {d.id: d.name for d in everywhere}
    about = next((c.code for c in choices if _is_about(c, one)), None)
    with st.form(f"opinions.sort.{one.id}.{one.version}", border=False):
        kind = st.segmented_control(
            _("Kind"),
            list(KINDS),
            format_func=lambda code: _(KINDS[code]),
            default=one.kind or None,
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(
                _("Item or dimension"),
                list(names),
                index=list(names).index(about) if about else None,
                format_func=lambda code: names[code].in_(language()),
                placeholder=_("None"),
            )
            department = st.selectbox(
                _("Department"),
                list(departments),
                index=list(departments).index(one.department_id) if one.department_id in departments else None,
                format_func=lambda key: departments[key].in_(language()),
                placeholder=_("As the item says"),
            )
        pressed = st.form_submit_button(_("Save and next"), type="primary", icon=":material/keyboard_return:")
    if pressed:
        values = {**_keys(detail), "kind": kind or "", "about": chosen or "", "department_id": department}
        _done(partial(opinions.sort, **values), viewer, go_on=True)


def _is_about(choice: Choice, one: Any) -> bool:
    if choice.item_id is not None:
        return bool(choice.item_id == one.item_id)
    return choice.dimension_id is not None and bool(choice.dimension_id == one.dimension_id)


def _decide(viewer: Viewer, detail: OpinionDetail) -> None:
    """An action, a complaint, or not adopted: one press each."""
    one = detail.line.opinion
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if viewer.may("assign") and st.button(
            _("Assign action"), type="primary", icon=":material/add_task:", shortcut="A", key="opinions.assign"
        ):
            _assign(viewer, detail)
        may_complain = viewer.may("edit_complaints") and viewer.may("edit_customers") and not detail.line.is_anonymous
        if may_complain and st.button(_("Make it a complaint"), icon=":material/report:", key="opinions.complain"):
            known = {"opinion_id": one.id, "customer_id": one.customer_id, "said_by": one.said_by, "said": one.text}
            complaint_list.record(viewer, **known)
        with (
            st.popover(_("Not adopted"), icon=":material/block:"),
            st.form(f"opinions.decline.{one.id}.{one.version}", border=False),
        ):
            reason = st.text_area(_("Why it is not adopted"), max_chars=1000, height=90)
            if st.form_submit_button(_("Not adopted"), type="primary"):
                _done(partial(opinions.decline, **_keys(detail), reason=reason or ""), viewer)


def _assign(viewer: Viewer, detail: OpinionDetail) -> None:
    """Opens the form for the opinion's finding, which is made first where it came between two waves."""
    finding = detail.finding
    if finding is None:
        made = Tried(lambda s: opinions.finding_to_assign(s, **_keys(detail), by=viewer, at=clock.now()))
        finding = made.result
    if finding is not None:
        assign_form.assign(viewer, finding_ids=[finding])


def _answer(viewer: Viewer, detail: OpinionDetail) -> None:
    one = detail.line.opinion
    ways = ["notice"] if detail.line.is_anonymous else list(WAYS)
    with st.form(f"opinions.answer.{one.id}.{one.version}", border=False):
        text = st.text_area(_("What the customer was told"), max_chars=4000, height=90)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            how = st.selectbox(_("How"), ways, format_func=lambda code: _(WAYS[code]))
            on = st.date_input(_("On"), clock.today(), format="YYYY-MM-DD")
            pressed = st.form_submit_button(_("Save answer"), type="primary", icon=":material/reply:")
        if detail.line.is_anonymous:
            st.caption(_("Nobody knows who said it: a notice for all answers it."))
    if pressed:
        values = {**_keys(detail), "text": text or "", "how": how, "on": on, "today": clock.today()}
        _done(partial(opinions.answer, **values), viewer, go_on=True)


def _reward(viewer: Viewer, detail: OpinionDetail) -> None:
    one = detail.line.opinion
    if one.kind != "suggestion" or one.reward or not (one.customer_id or one.said_by):
        return
    with (
        st.popover(_("Reward"), icon=":material/redeem:"),
        st.form(f"opinions.reward.{one.id}.{one.version}", border=False),
    ):
        what = st.text_input(_("What the customer got"), max_chars=200)
        on = st.date_input(_("On"), clock.today(), format="YYYY-MM-DD")
        if st.form_submit_button(_("Reward"), type="primary"):
            _done(partial(opinions.reward, **_keys(detail), what=what or "", on=on, today=clock.today()), viewer)


def _foot(viewer: Viewer, detail: OpinionDetail) -> None:
    one = detail.line.opinion
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        if detail.finding is not None:
            st.caption(_("A finding of {period}", period=period(detail.finding_wave)), width="content")
        elif one.kind in TO_ANSWER and one.answered_on is None:
            st.caption(_("No wave is running that it could be a finding of."), width="content")
        with st.container(horizontal=True, width="content", gap="small"):
            for form, label in (("docx", _("Feedback slip (Word)")), ("pdf", _("PDF"))):
                st.download_button(
                    label,
                    partial(_slip, viewer, one.id or 0, form),
                    f"opinion-{one.id}.{form}",
                    icon=":material/print:" if form == "docx" else None,
                    type="tertiary",
                    on_click="ignore",
                    key=f"opinions.slip.{form}",
                )
    lines = [
        f":gray[{moment(event.at, clock.zone())} · {plain(event.who)}] {_(VERBS.get(event.verb, event.verb))}"
        for event in detail.events
    ]
    if lines:
        st.caption("  \n".join(lines[:6]))


def _slip(viewer: Viewer, opinion_id: int, form: str) -> bytes:
    with write_session() as session:
        return opinion_slips.download(
            session, opinion_id=opinion_id, form=form, language=language(), zone=clock.zone(), by=viewer, at=clock.now()
        )


def _keys(detail: OpinionDetail) -> dict[str, Any]:
    return {"opinion_id": detail.line.opinion.id, "version": detail.line.opinion.version}


def _done(write: Callable[..., Any], viewer: Viewer, *, go_on: bool = False) -> None:
    made = Tried(lambda s: write(s, by=viewer, at=clock.now()).id)
    if made.worked:
        notices.say(_("Saved"))
        if go_on:
            opinion_list.go_on()
        st.rerun()
