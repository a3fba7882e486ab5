"""The presenter's window: the slides as a list, what comes next, and what is decided, beside the projector."""

from typing import Any, Final

import streamlit as st

from components import clock, meeting_page, meeting_words, states
from components.formats import clock as time_of
from components.formats import plain
from components.texts import _
from db.queries.meetings import MeetingDetail, position
from db.queries.slides import Deck
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import Refusal
from services import meetings

EVERY_SECONDS: Final = 1


def title(viewer: Viewer, meeting: MeetingDetail) -> None:
    """Name, time, and whether figures are live."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(meeting_words.name(meeting), anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            meeting_page.pin(viewer, meeting)
            here = {"meeting": str(meeting.id)}
            st.page_link(
                "meeting.py", label=_("Minutes"), icon=":material/description:", query_params=here, width="content"
            )


def slides(viewer: Viewer, meeting: MeetingDetail, deck: Deck) -> None:
    """Every slide with its sentence; a press on one shows it on the projector."""
    with states.plain_card(_("Slides"), _("the projector follows")):
        for place, slide in enumerate(deck.slides):
            is_shown = place == meeting.position
            label = f"{place + 1} · {plain(meeting_words.topic(slide)) if slide.kind != 'item' else _('Red item')}"
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                kind: Any = "primary" if is_shown else "tertiary"
                if st.button(label, key=f"presenter.{slide.key}", type=kind):
                    go(viewer, meeting, place)
                st.markdown(f":gray[{meeting_words.sentence(slide, deck)}]", width="stretch")


def go(viewer: Viewer, meeting: MeetingDetail, place: int) -> None:
    """Moves the projector; it writes into the minutes what it shows."""
    with write_session() as session:
        values: dict[str, Any] = {"meeting_id": meeting.id, "position": place, "key": "", "text": ""}
        meetings.show(session, **values, by=viewer, at=clock.now())
    st.rerun()


def steps(viewer: Viewer, meeting: MeetingDetail, deck: Deck) -> None:
    """One back, one on, and what comes next."""
    now, last = min(meeting.position, len(deck.slides) - 1), len(deck.slides) - 1
    with states.plain_card(f"{now + 1} / {last + 1}", time_of(clock.now(), clock.zone(), seconds=False)):
        st.markdown(f"**{meeting_words.sentence(deck.slides[now], deck)}**")
        if now < last:
            st.markdown(f":gray[{_('Next')}: {meeting_words.sentence(deck.slides[now + 1], deck)}]")
        with st.container(horizontal=True):
            if st.button(_("Previous slide"), key="presenter.previous", shortcut="Left", disabled=not now):
                go(viewer, meeting, now - 1)
            if st.button(_("Next slide"), key="presenter.next", shortcut="Right", disabled=now >= last, type="primary"):
                go(viewer, meeting, now + 1)
        st.caption(_("On the projector: ← → Home End, space advances by itself, F full screen, B black, A assigns"))


def written(viewer: Viewer, meeting: MeetingDetail) -> None:
    """What was decided and assigned so far, and the line for the next decision."""
    lines = [line for line in meeting.minutes if line.kind != "shown"]
    with states.plain_card(_("Decided and assigned"), f"{len(lines)}"):
        for line in lines:
            st.markdown(meeting_words.minute(line))
        if not meeting.is_signed:
            meeting_page.decision(viewer, meeting, key="presenter")


@st.fragment(run_every=EVERY_SECONDS)
def follow(viewer: Viewer, meeting: MeetingDetail) -> None:
    """Runs the page anew when the projector shows another slide or the meeting has changed."""
    try:
        with read_session() as session:
            now = position(session, viewer, meeting.id)
    except Refusal:
        return
    if now != (meeting.position, meeting.version):
        st.rerun()
