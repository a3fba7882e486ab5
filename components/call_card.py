"""The call card: what a caller must know of the customer, what was tried so far, and what comes of the call."""

from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import clock, notices, states, wave_words
from components.call_words import CALL_KINDS, CALL_STATES, RESULTS, badge
from components.formats import NOTHING, day_in_form, moment, period_short, plain, shown
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.calls import ENDED, CallCard, SlipLine
from db.queries.people import DepartmentInfo
from domain.access import Viewer
from domain.key_rows import key_of_levels, keyed
from domain.scheme import Name
from services import calls

FORMS: Final = "call.forms"
SLIP_DAYS: Final = timedelta(days=3)


def title(card: CallCard) -> None:
    """The way back, who is called, why and in which state."""
    st.page_link("calls.py", label=_("Calls"), icon=":material/arrow_back:")
    name = plain(_name(card).in_(language()) or card.customer.code)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(f"{name} · {_(CALL_KINDS[card.call.kind])}", anchor=False, width="content")
        st.markdown(badge(CALL_STATES, card.call.state), width="content")


def known(card: CallCard) -> None:
    """Contact and post, product, quantity, delivery, needs; earlier answers; open matters."""
    with states.card(_("Whom and what")):
        contact = next((one for one in card.contacts if one.id == card.call.contact_id), None)
        if contact:
            parts = [part for part in (contact.post, contact.phone, contact.mail) if part]
            st.markdown(f"**{plain(contact.name)}** :gray[{plain(' · '.join(parts))}]")
        else:
            st.caption(_("No contact is known."))
        facts = {_("Due"): day_in_form(card.call.due_on), _("Sales owner"): card.owner, _("Caller"): card.caller}
        if card.purchase:
            bought = card.purchase
            quantity = f"{bought.quantity:g} {bought.unit}".strip()
            facts |= {
                _("Product"): bought.product,
                _("Quantity"): quantity,
                _("Delivered"): day_in_form(bought.delivered_on),
                _("Warranty until"): day_in_form(bought.warranty_ends_on),
            }
        facts[_("Special needs")] = card.needs
        st.markdown("  \n".join(f":gray[{name}] {plain(value) or NOTHING}" for name, value in facts.items()))
    with states.card(_("Earlier answers"), _("and what was low")):
        for one in card.earlier:
            low = ", ".join(f"{item.name.in_(language())} ({level.name.in_(language())})" for item, level in one.low)
            score = f"**{shown(one.score)}** " if one.score is not None else ""
            st.markdown(f"{period_short(one.wave)} {score}:gray[{plain(low)}]")
        if not card.earlier:
            st.caption(_("No answers in this scheme yet."))
    with states.card(_("Open matters")):
        open_slips = [one for one in card.slips if one.slip.answered_at is None]
        for slip in open_slips:
            due = day_in_form(slip.slip.due_on)
            st.markdown(f"{plain(slip.slip.problem)} :gray[{plain(slip.department.in_(language()))} · {due}]")
        for number, subject in card.actions:
            st.markdown(f"A\u2011{number} {plain(subject)}")
        told = {one.slip.problem for one in open_slips}
        for problem in (one for one in card.problems if one.text not in told):
            st.markdown(f"“{plain(problem.text, at_most=160)}”")
        if not (open_slips or card.actions or card.problems):
            st.caption(_("Nothing is open."))


def _name(card: CallCard) -> Name:
    return Name(card.customer.name_zh, card.customer.name_en)


def history(card: CallCard) -> None:
    """Tries and slips, oldest first."""
    with states.card(_("So far")):
        if not (card.attempts or card.slips):
            st.caption(_("Nobody has called yet."))
        for attempt, who in card.attempts:
            line = _("company line") if attempt.company_line else _("another line")
            what = f"{moment(attempt.at, clock.zone())} · {plain(who)} · {line}"
            st.markdown(f"**{_(RESULTS[attempt.result])}** :gray[{what}]  \n{plain(attempt.note)}")
        for one in card.slips:
            _slip(one)
        if card.call.appointment_at:
            st.markdown(f":blue-badge[:material/event: {moment(card.call.appointment_at, clock.zone())}]")
        if card.call.buys_again:
            st.markdown(f"**{_('Wants to buy again')}** {plain(card.call.buys_again)} :gray[{plain(card.owner)}]")


def _slip(one: SlipLine) -> None:
    slip = one.slip
    department = plain(one.department.in_(language()))
    st.markdown(f"**{_('Feedback slip')}** :gray[{department} · {day_in_form(slip.due_on)}]  \n{plain(slip.problem)}")
    if slip.technician_on:
        st.markdown(f":gray[{_('Technician on site')} {day_in_form(slip.technician_on)}]")
    if slip.answered_at:
        st.markdown(f"→ {plain(slip.result)} :gray[{moment(slip.answered_at, clock.zone())}]")


def steps(viewer: Viewer, card: CallCard, departments: list[DepartmentInfo]) -> None:
    """What can be done now: note a try, key the answers, ask a department, settle, give up."""
    if card.call.state in ENDED:
        return
    tries, answers, slip, end = st.tabs([_("Note a try"), _("Enter answers"), _("Feedback slip"), _("End the call")])
    with tries:
        _try(viewer, card)
    with answers:
        _answers(viewer, card)
    with slip:
        _write_slip(viewer, card, departments)
    with end:
        _end(viewer, card)


def _try(viewer: Viewer, card: CallCard) -> None:
    with st.form(f"call.try.{len(card.attempts)}", border=False):
        result = st.radio(_("Result"), list(RESULTS), format_func=lambda one: _(RESULTS[one]), horizontal=True)
        people = {one.id: " · ".join(filter(None, (one.name, one.post, one.phone))) for one in card.contacts}
        known = list(people)
        now = known.index(card.call.contact_id) if card.call.contact_id in people else None
        whom = st.selectbox(
            _("Whom to call next"), known, now, people.__getitem__, placeholder=_("Choose"), disabled=not known
        )
        own_line = st.checkbox(_("Over the company's line"), value=True)
        with st.container(horizontal=True):
            on = st.date_input(_("Appointment on"), None, format="YYYY-MM-DD")
            when = st.time_input(_("at"), time(10))
        note = st.text_area(_("What was said"), max_chars=1000, height=68)
        pressed = st.form_submit_button(_("Note"), type="primary", icon=":material/check:")
    if pressed:
        at = datetime.combine(on, when, clock.zone()) if result == "appointment" and on and when else None
        values = {"result": result, "company_line": own_line, "note": note, "appointment_at": at, "contact_id": whom}
        _do(viewer, card, calls.note_attempt, _("Noted"), form="try", **values)


def _answers(viewer: Viewer, card: CallCard) -> None:
    if card.call.response_id:
        st.caption(_("The answers of this call are in. Correct them on the wave's screen, under “Entered responses”."))
        return
    if card.open_wave_id is None:
        st.caption(_("No wave of this scheme is running: answers can be entered once one is."))
        return
    words = {level.code: level.name.in_(language()) for level in card.scheme.levels}
    keys = key_of_levels(card.scheme)
    st.markdown(" · ".join(f"**{key}** {plain(words[code])}" for key, code in keys.items()))
    names = [plain(item.name.in_(language())) for item in card.scheme.items]
    st.markdown(" · ".join(f":gray[{place}] {name}" for place, name in enumerate(names, start=1)))
    with st.form("call.answers", border=False):
        row = st.text_input(_("Answers, one key per item"), autocomplete="off")
        opinion = st.text_area(_("What the customer said"), max_chars=2000, height=68)
        agreed = st.checkbox(_("The customer agreed to the survey"))
        pressed = st.form_submit_button(_("Save answers"), type="primary", icon=":material/check:")
    if not pressed:
        return
    now = keyed(row or "", card.scheme)
    if not now.is_complete:
        states.refused(wave_words.wrong_keys(now))
        return
    values = {"wave_id": card.open_wave_id, "answers": now.answers, "opinions": [opinion], "agreed": agreed}
    _do(viewer, card, calls.enter_answers, _("Answers saved"), form="answers", **values)


def _write_slip(viewer: Viewer, card: CallCard, departments: list[DepartmentInfo]) -> None:
    known = {one.id: one.name.in_(language()) or one.code for one in departments}
    with st.form(f"call.slip.{len(card.slips)}", border=False):
        problem = st.text_area(_("Problem, in the customer's words"), max_chars=2000, height=86)
        with st.container(horizontal=True):
            department = st.selectbox(
                _("Department"), list(known), index=None, format_func=known.__getitem__, placeholder=_("Choose")
            )
            due = st.date_input(_("Answer by"), clock.today() + SLIP_DAYS, format="YYYY-MM-DD")
            technician = st.date_input(_("Technician on site"), None, format="YYYY-MM-DD")
        pressed = st.form_submit_button(_("Send slip"), type="primary", icon=":material/send:")
    if not pressed:
        return
    if department is None:
        states.refused(_("Choose the department."))
        return
    values = {"department_id": department, "problem": problem, "due_on": due, "technician_on": technician}
    _do(viewer, card, calls.write_slip, _("The department has the slip"), form="slip", **values)


def _end(viewer: Viewer, card: CallCard) -> None:
    with st.form("call.settle", border=False):
        needs = st.text_input(_("Special needs"), card.needs, max_chars=300)
        again = st.text_input(
            _("Wants to buy again"), max_chars=300, placeholder=_("what and when; it goes to the sales owner")
        )
        pressed = st.form_submit_button(_("Settled"), type="primary", icon=":material/check:")
    if pressed:
        _do(viewer, card, calls.settle, _("The call is settled"), special_needs=needs, buys_again=again)
    with st.form("call.give_up", border=False):
        reason = st.text_input(_("Reason for giving up"), max_chars=300)
        stopped = st.form_submit_button(_("Give up"), icon=":material/close:")
    if stopped:
        _do(viewer, card, calls.give_up, _("The call is given up"), reason=reason)


def _do(viewer: Viewer, card: CallCard, verb: Any, said: str, *, form: str = "", **values: Any) -> None:
    """Tries a step; a form's key is kept until it worked, so that a rerun can't save twice."""
    keys = st.session_state.setdefault(FORMS, {})
    more = {"form_key": keys.setdefault((card.call.id, form), uuid4().hex)} if form else {}
    made = Tried(lambda s: verb(s, call_id=card.call.id or 0, by=viewer, at=clock.now(), **values, **more))
    if made.worked:
        keys.pop((card.call.id, form), None)
        notices.say(said)
        st.rerun()
