"""A meeting: its agenda and participants, the minutes that write themselves, signing, sending, and what became of the last ones."""

from typing import Any, Final
from uuid import uuid4

import pandas as pd
import streamlit as st

from components import clock, meeting_words, notices, share_form, states
from components.formats import day_in_form, moment, period, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.meetings import MeetingDetail, MinuteLine
from db.queries.people import active_people
from db.session import read_session
from domain.access import Viewer
from domain.action_states import STATE_NAMES, State
from domain.meetings import LONGEST_LINE, LONGEST_TITLE, TOPIC_KINDS, Topic
from services import meetings

FORM: Final = "meeting.form"
EDITING: Final = "meeting.editing"


def way_back() -> None:
    """Back to the list."""
    st.page_link("meetings.py", label=_("Meetings"), icon=":material/arrow_back:")


def title(viewer: Viewer, meeting: MeetingDetail) -> None:
    """Name, day and state; the ways to the projector and the presenter's window."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.title(meeting_words.name(meeting), anchor=False, width="content")
            st.markdown(_badge(meeting), width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            here = {"meeting": str(meeting.id)}
            if viewer.may("hold_meetings"):
                st.page_link(
                    "presenter.py",
                    label=_("Presenter"),
                    icon=":material/speaker_notes:",
                    query_params=here,
                    width="content",
                )
            if viewer.may("share_views") and st.button(_("Share view"), icon=":material/share:", key="share.open"):
                share_form.begin(viewer, "meeting", here, meeting)
            st.page_link(
                "projector.py", label=_("Projector"), icon=":material/slideshow:", query_params=here, width="content"
            )
    scheme = plain(meeting.scheme.in_(language()))
    st.caption(f"{day_in_form(meeting.held_on)} · {period(meeting.wave)} · {scheme}")


def _badge(meeting: MeetingDetail) -> str:
    if meeting.sent_at:
        return f":green-badge[✓ {_('Minutes sent')}]"
    if meeting.signed_at:
        return f":green-badge[✓ {_('Minutes signed')}]"
    return f":blue-badge[○ {_('Minutes open')}]"


def agenda(viewer: Viewer, meeting: MeetingDetail) -> None:
    """The agenda in its order; whoever holds the meeting edits it as a table."""
    with states.plain_card(_("Agenda"), _("one line, one slide; red items get one each")):
        if meeting.is_signed or not viewer.may("hold_meetings"):
            for number, one in enumerate(meeting.topics, start=1):
                st.markdown(f"{number}. {plain(meeting_words.topic(one))}")
            return
        kinds = {_(meeting_words.TOPICS[kind]): kind for kind in TOPIC_KINDS}
        names = {kind: name for name, kind in kinds.items()}
        rows = [
            {"place": n, "kind": names[one.kind], "title": one.title} for n, one in enumerate(meeting.topics, start=1)
        ]
        edited = st.data_editor(
            pd.DataFrame(rows, columns=["place", "kind", "title"]),
            key=f"meeting.agenda.{meeting.id}.{meeting.version}",
            num_rows="dynamic",
            hide_index=True,
            column_config={
                "place": st.column_config.NumberColumn(_("Place"), width=60, help=_("Sorts the lines when saved")),
                "kind": st.column_config.SelectboxColumn(_("Topic"), options=list(kinds), required=True, width=230),
                "title": st.column_config.TextColumn(_("Own title"), max_chars=LONGEST_TITLE, width=170),
            },
        )
        if st.button(_("Save agenda"), icon=":material/check:", key="meeting.save_agenda"):
            ordered = edited.sort_values("place", kind="stable", na_position="last")
            pairs = zip(ordered["kind"], ordered["title"], strict=True)
            topics = [
                Topic(kinds[kind], title if isinstance(title, str) else "") for kind, title in pairs if kind in kinds
            ]
            values: dict[str, Any] = {"meeting_id": meeting.id, "version": meeting.version, "topics": topics}
            _done(Tried(lambda s: meetings.edit_agenda(s, **values, by=viewer, at=clock.now())), _("Saved"))


def people(viewer: Viewer, meeting: MeetingDetail) -> None:
    """Who takes part, and when."""
    with states.plain_card(_("Participants"), f"{len(meeting.people)}"):
        if meeting.is_signed or not viewer.may("hold_meetings"):
            st.markdown(" · ".join(plain(name) for name in meeting.people.values()))
            return
        with read_session() as session:
            names = {one.id: one.name for one in active_people(session)} | meeting.people
        with st.form(f"meeting.people.{meeting.version}", border=False):
            left, right = st.columns([1, 1.6], gap="small")
            day = left.date_input(_("Day"), meeting.held_on, format="YYYY-MM-DD")
            name = right.text_input(_("Title (may be empty)"), meeting.title, max_chars=LONGEST_TITLE)
            chosen = st.multiselect(
                _("Who takes part"),
                list(names),
                default=list(meeting.people),
                format_func=names.__getitem__,
                placeholder=_("Choose"),
            )
            pressed = st.form_submit_button(_("Save"), icon=":material/check:")
        if pressed:
            values: dict[str, Any] = {"meeting_id": meeting.id, "version": meeting.version, "held_on": day}
            values |= {"title": name or "", "people": chosen}
            _done(Tried(lambda s: meetings.edit_meeting(s, **values, by=viewer, at=clock.now())), _("Saved"))


def minutes(viewer: Viewer, meeting: MeetingDetail) -> None:
    """What was shown, decided and assigned; edited until it is signed, then sent."""
    may_edit = viewer.may("hold_meetings") and not meeting.is_signed
    with states.plain_card(_("Minutes"), _("they write themselves while the projector runs")):
        if not meeting.minutes:
            st.caption(_("Nothing has been shown, decided or assigned yet."))
        for kind, heading in meeting_words.KINDS.items():
            lines = [line for line in meeting.minutes if line.kind == kind]
            if lines:
                st.markdown(f"**{_(heading)}**")
            for line in lines:
                _line(viewer, line, may_edit=may_edit)
        if may_edit:
            decision(viewer, meeting, key="meeting")
        _finish(viewer, meeting)


def _line(viewer: Viewer, line: MinuteLine, *, may_edit: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.session_state.get(EDITING) == line.id and may_edit:
            text = st.text_input(_("Line"), line.text, max_chars=LONGEST_LINE, label_visibility="collapsed")
            if st.button(_("Save"), key=f"minute.save.{line.id}", icon=":material/check:"):
                values: dict[str, Any] = {"minute_id": line.id, "text": text or ""}
                st.session_state.pop(EDITING)
                _done(Tried(lambda s: meetings.edit_minute(s, **values, by=viewer, at=clock.now())), _("Saved"))
            return
        st.markdown(meeting_words.minute(line), width="stretch")
        if line.action:
            _open_action(line)
        if may_edit:
            if st.button("", key=f"minute.edit.{line.id}", icon=":material/edit:", type="tertiary", help=_("Edit")):
                st.session_state[EDITING] = line.id
                st.rerun()
            if st.button(
                "", key=f"minute.strike.{line.id}", icon=":material/delete:", type="tertiary", help=_("Strike out")
            ):
                _done(
                    Tried(lambda s: meetings.strike_minute(s, minute_id=line.id, by=viewer, at=clock.now())),
                    _("Struck out"),
                )


def _open_action(line: MinuteLine) -> None:
    label = _(STATE_NAMES[State(line.state)])
    st.page_link("action.py", label=label, query_params={"number": str(line.action)}, width="content")


def decision(viewer: Viewer, meeting: MeetingDetail, *, key: str) -> None:
    """One line to write down what was decided, by whom it is seen to and until when."""
    form_key = st.session_state.setdefault(FORM, uuid4().hex)
    names = meeting.people
    with st.form(f"{key}.decide.{form_key}", border=False):
        text = st.text_input(_("Decision"), max_chars=LONGEST_LINE)
        left, right = st.columns([1.2, 1], gap="small")
        owner = left.selectbox(
            _("Owner"), list(names), index=None, format_func=names.__getitem__, placeholder=_("Nobody")
        )
        due = right.date_input(_("Until"), None, format="YYYY-MM-DD")
        pressed = st.form_submit_button(_("Write down"), icon=":material/add:")
    if not pressed:
        return
    values: dict[str, Any] = {"meeting_id": meeting.id, "text": text or "", "owner_id": owner, "due_on": due}
    made = Tried(lambda s: meetings.decide(s, **values, form_key=form_key, by=viewer, at=clock.now()))
    if made.worked:
        st.session_state.pop(FORM)
    _done(made, _("Written down"))


def _finish(viewer: Viewer, meeting: MeetingDetail) -> None:
    """Signing, then sending."""
    if meeting.signed_at:
        st.caption(f"✓ {plain(meeting.signed_by)} · {moment(meeting.signed_at, clock.zone())}")
    if not viewer.may("hold_meetings"):
        return
    if not meeting.signed_at:
        st.caption(_("Signed minutes don't change any more."))
        if st.button(_("Sign the minutes"), type="primary", icon=":material/draw:", disabled=not meeting.minutes):
            values: dict[str, Any] = {"meeting_id": meeting.id, "version": meeting.version}
            _done(Tried(lambda s: meetings.sign_off(s, **values, by=viewer, at=clock.now())), _("Signed"))
    elif not meeting.sent_at:
        if st.button(_("Send to the participants"), type="primary", icon=":material/send:"):
            _done(
                Tried(lambda s: meetings.send_minutes(s, meeting_id=meeting.id, by=viewer, at=clock.now())), _("Sent")
            )
    else:
        st.caption(_("Sent {time}", time=moment(meeting.sent_at, clock.zone())))


def last(viewer: Viewer, meeting: MeetingDetail) -> None:
    """What became of the decisions and actions of the meeting before."""
    if meeting.previous_id is None:
        return
    done = sum(line.done_at is not None for line in meeting.last)
    with states.plain_card(_("From the last meeting"), _("{done} of {n} done", done=done, n=len(meeting.last))):
        here = {"meeting": str(meeting.previous_id)}
        st.page_link("meeting.py", label=_("Its minutes"), icon=":material/history:", query_params=here)
        for line in meeting.last:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                is_done = line.done_at is not None
                badge = meeting_words.late(line.due_on, today=clock.today(), is_done=is_done)
                st.markdown(f"{badge} {meeting_words.minute(line)}", width="stretch")
                if line.action:
                    _open_action(line)
                elif not is_done and viewer.may("hold_meetings") and st.button(_("Done"), key=f"minute.done.{line.id}"):
                    values: dict[str, Any] = {"minute_id": line.id}
                    _done(Tried(lambda s: meetings.settle_decision(s, **values, by=viewer, at=clock.now())), _("Done"))  # noqa: B023


def pin(viewer: Viewer, meeting: MeetingDetail) -> None:
    """Live figures, or those of the moment in which they were frozen."""
    if meeting.is_signed:
        return
    wanted = st.toggle(
        _("Freeze the figures"),
        value=meeting.frozen_id is not None,
        key=f"meeting.pin.{meeting.id}.{meeting.version}",
        help=_("The slides then keep the figures of this moment, with time and hash."),
    )
    if wanted != (meeting.frozen_id is not None):
        verb = meetings.pin_figures if wanted else meetings.unpin_figures
        _done(Tried(lambda s: verb(s, meeting_id=meeting.id, by=viewer, at=clock.now())), _("Saved"))


def _done(tried: Tried, said: str) -> None:
    if tried.worked:
        notices.say(said)
        st.rerun()
