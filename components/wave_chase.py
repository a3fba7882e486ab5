"""Who is to be chased: everybody without an answer, and responses that say too little; reminded or completed one by one."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import access, chooser, clock, live, notices, states
from components.formats import NOTHING, count, day_in_form, plain, time_left
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.returns import LEAST_REMINDERS, ChaseLine, ChasePage, IncompleteLine, chase_page, incomplete, left_out
from db.queries.waves import SurveyWave
from db.session import read_session
from domain.access import Viewer
from domain.errors import N_
from domain.returns import days_late, working_days_left
from domain.scheme import Name
from domain.workdays import WorkingCalendar
from services import invitations, responses, sending
from settings import settings

PAGE: Final = 50
MOST_ROWS: Final = 9
WAYS: Final = {"phone": N_("Phone"), "message": N_("Message"), "mail": N_("Mail"), "visit": N_("Visit")}
TABLE, TURN, OFFSET = "returns.chase", "returns.chase.turn", "returns.chase.page"


def draw(viewer: Viewer, wave: SurveyWave, first: ChasePage, calendar: WorkingCalendar) -> None:
    """The list with its bar of actions, and below it the incomplete responses."""
    if wave.is_anonymous:
        return
    access.note_view(viewer, "chase_list", wave.id)
    with states.card(_("To be chased"), _("the next to be due first")):
        _rule(first)
        if first.total:
            _list(viewer, wave, first, calendar)
    with read_session() as session:
        lines = incomplete(session, viewer, wave)
    if lines:
        _incomplete(viewer, wave, lines)


def _rule(page: ChasePage) -> None:
    """At least two reminders, and how far that is done."""
    if not page.total:
        st.caption(_("Everybody has answered."))
        return
    st.caption(
        _(
            "{total} without an answer · everybody is reminded at least {least} times: done for {done}",
            total=count(page.total),
            least=LEAST_REMINDERS,
            done=count(page.reminded_enough),
        )
        + (" · " + _("{n} don't want to answer", n=count(page.refused)) if page.refused else "")
    )


def _list(viewer: Viewer, wave: SurveyWave, first: ChasePage, calendar: WorkingCalendar) -> None:
    page, pages = first, -(-first.total // PAGE)
    if pages > 1 and (number := min(st.session_state.get(OFFSET) or 1, pages)) > 1:
        with read_session() as session:
            page = chase_page(session, viewer, wave, offset=(number - 1) * PAGE, limit=PAGE)
    bar = st.container(horizontal=True, vertical_alignment="center")
    turn = st.session_state.setdefault(TURN, 0)
    picked = chooser.chosen(
        page.rows,
        [_row(one, calendar, is_open=wave.state == "open") for one in page.rows],
        columns=_columns(),
        most_rows=MOST_ROWS,
        alt=_("Contacts without an answer, the next to be due first"),
        key=f"{TABLE}.{turn}.{page.offset}",
        personal=True,
    )
    with bar:
        _bar(viewer, wave, picked[0] if picked else None)
    if pages > 1:
        st.pagination(pages, key=OFFSET)


def _bar(viewer: Viewer, wave: SurveyWave, one: ChaseLine | None) -> None:
    if not viewer.may("run_waves") or wave.state != "open":
        return
    if one is None:
        st.markdown(f":gray[{_('Choose a line to remind one contact.')}]", width="content")
        return
    who = " · ".join(plain(text) for text in (_name(one), one.contact.name if one.contact else "") if text)
    st.markdown(f"**{who}**", width="content")
    if one.refused_at is not None:
        day = day_in_form(one.refused_at.astimezone(clock.zone()).date())
        st.markdown(f":gray[{_('Said on {day}: does not want to answer. Nobody reminds against it.', day=day)}]")
        return
    if st.button(
        _("Remind by mail"), icon=":material/mail:", disabled=settings().mail_server is None, key="chase.mail"
    ):
        _reminded(viewer, one, "mail", "")
    if st.button(_("Record a reminder"), icon=":material/call:", key="chase.record"):
        live.hold()
        st.dialog(_("Record a reminder"), on_dismiss=_released)(_record)(viewer, one, who)
    is_undeliverable = one.invitation.state == "undeliverable"
    if st.button(_("Undeliverable"), icon=":material/block:", disabled=is_undeliverable, key="chase.undeliverable"):
        made = Tried(
            lambda session: invitations.mark_undeliverable(
                session, invitation_id=one.invitation.id or 0, by=viewer, at=clock.now()
            )
        )
        _said(made, _("Marked as undeliverable"))


def _record(viewer: Viewer, one: ChaseLine, who: str) -> None:
    st.markdown(f"**{who}** :gray[{plain(one.contact.phone) if one.contact else ''}]")
    with st.form("chase.record.form", border=False):
        ways = ("phone", "message")
        how = st.radio(_("How"), ways, format_func=lambda way: _(WAYS[way]), horizontal=True)
        note = st.text_area(_("What was said"), max_chars=1000, height=86)
        if st.form_submit_button(_("Record"), type="primary", icon=":material/check:"):
            _reminded(viewer, one, how or "phone", note)


def _reminded(viewer: Viewer, one: ChaseLine, how: str, note: str) -> None:
    made = Tried(
        lambda session: sending.remind(
            session,
            invitation_id=one.invitation.id or 0,
            how=how,
            note=note,
            form_key=uuid4().hex,
            by=viewer,
            at=clock.now(),
        )
    )
    _said(made, _("The reminder is queued") if how == "mail" else _("The reminder is recorded"))


def _said(made: Tried, words: str) -> None:
    if made.worked:
        notices.say(words)
        _released()
        st.session_state[TURN] = st.session_state.get(TURN, 0) + 1  # nothing is chosen any more
        st.rerun()


def _released() -> None:
    live.hold(False)


def _incomplete(viewer: Viewer, wave: SurveyWave, lines: Sequence[IncompleteLine]) -> None:
    with states.card(_("Invalid and partial responses"), _("asked again, they can be completed; old values stay")):
        turn = st.session_state.setdefault(TURN, 0)
        bar = st.container(horizontal=True, vertical_alignment="center")
        picked = chooser.chosen(
            lines,
            [_incomplete_row(one) for one in lines],
            columns=_incomplete_columns(),
            most_rows=MOST_ROWS,
            alt=_("Invalid and partial responses, the emptiest first"),
            key=f"returns.incomplete.{turn}",
            personal=True,
        )
        with bar:
            if not picked:
                st.markdown(f":gray[{_('Choose a line to complete a response.')}]", width="content")
            elif viewer.may("import") and st.button(_("Complete"), icon=":material/edit:", key="chase.complete"):
                live.hold()
                dialog = st.dialog(_("Complete a response"), width="medium", on_dismiss=_released)
                dialog(_complete)(viewer, wave, picked[0])


def _complete(viewer: Viewer, wave: SurveyWave, one: IncompleteLine) -> None:
    """The items that were left out, and how the answers came."""
    scheme, lang = wave.layout.scheme, language()
    with read_session() as session:
        items = left_out(session, viewer, one.response.id or 0)
    st.markdown(f"**{plain(_name(one))}** :gray[{plain(one.response.respondent)}]")
    given: dict[str, Any] = {}
    with st.form("chase.complete.form", border=False):
        for item in items:
            if scheme.number_scale:
                given[item.code] = st.number_input(item.name.in_(lang), 0.0, 100.0, None, key=f"complete.{item.code}")
                continue
            names = {step.code: step.name.in_(lang) for step in scheme.levels}
            given[item.code] = st.selectbox(
                plain(item.name.in_(lang)),
                list(names),
                None,
                format_func=names.__getitem__,
                placeholder=_("still blank"),
                key=f"complete.{item.code}",
            )
        how = st.radio(_("How the answers came"), list(WAYS), format_func=lambda way: _(WAYS[way]), horizontal=True)
        reason = st.text_input(_("Reason"), max_chars=300, placeholder=_("for example: asked again by phone"))
        if not st.form_submit_button(_("Save"), type="primary", icon=":material/check:"):
            return
    answers = {code: value for code, value in given.items() if value is not None}
    made = Tried(
        lambda session: responses.correct(
            session,
            response_id=one.response.id or 0,
            answers=answers,
            by=viewer,
            at=clock.now(),
            reason=reason or "",
            how=how or "",
        )
    )
    _said(made, _("The response is completed"))


def _name(one: ChaseLine | IncompleteLine) -> str:
    return Name(one.customer.name_zh, one.customer.name_en).in_(language()) if one.customer else ""


def _row(one: ChaseLine, calendar: WorkingCalendar, *, is_open: bool) -> dict[str, Any]:
    today, due = clock.today(), one.invitation.due_on
    left = NOTHING
    if due is not None and not is_open:
        left = day_in_form(due)
    elif due is not None:
        late = days_late(due, today)
        days = -late if late else working_days_left(due, today, calendar)
        left = time_left(days, working_days=not late)
    is_undeliverable = one.invitation.state == "undeliverable"
    last = one.reminded_at.astimezone(clock.zone()).date() if one.reminded_at else None
    return {
        "customer": _name(one) or None,
        "contact": one.contact.name if one.contact else None,
        "phone": (one.contact.phone or None) if one.contact else None,
        "owner": one.owner or None,
        "sent": day_in_form(one.invitation.sent_on),
        "due": _("Doesn't want to answer") if one.refused_at else _("Undeliverable") if is_undeliverable else left,
        "reminders": f"{one.reminders} / {LEAST_REMINDERS}",
        "last": day_in_form(last),
    }


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "customer": text(_("Customer"), width=200),
        "contact": text(_("Contact"), width=110),
        "phone": text(_("Phone"), width=110),
        "owner": text(_("Sales owner"), width=100),
        "sent": text(_("Sent on"), width=95),
        "due": text(_("Time left"), width=130),
        "reminders": text(_("Reminders"), width=90),
        "last": text(_("Last reminder"), width=110),
    }


def _incomplete_row(one: IncompleteLine) -> dict[str, Any]:
    return {
        "status": _("Invalid") if one.response.status == "invalid" else _("Partial"),
        "customer": _name(one),
        "respondent": one.response.respondent or None,
        "answered": f"{one.answered} / {one.items}",
        "received": day_in_form(one.response.received_at.astimezone(clock.zone()).date()),
    }


def _incomplete_columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "status": text(_("Status"), width=90),
        "customer": text(_("Customer"), width=220),
        "respondent": text(_("Respondent"), width=120),
        "answered": text(_("Items answered"), width=120),
        "received": text(_("Received"), width=110),
    }
