"""The projector: one slide over the whole screen, steered by keys, by its own buttons or from the presenter's window."""

from dataclasses import replace
from time import monotonic
from typing import Any, Final

import streamlit as st

from components import access, address, assign_form, clock, drawn, live, meeting_words, projector_keys, ways
from components.formats import moment, period, plain
from components.texts import _
from db.queries.meetings import MeetingDetail, meeting_detail, position
from db.queries.shares import Shared
from db.queries.slides import Deck, wall
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import Refusal
from domain.meetings import Slide
from domain.shares import slides_shown
from services import meetings

LOOK: Final = """<style>
:root{font-size:42px}
[data-testid=stSidebar],[data-testid=stHeader],[data-testid=stExpandSidebarButton]{display:none}
.stMainBlockContainer{padding:.2rem 1.6rem 3.4rem}
.st-key-figure h1{font-size:5.2rem;line-height:1;padding:0 0 .3rem}
.stMain th,.stMain td{color:inherit!important;padding:.3rem .3rem!important}
.st-key-foot{position:fixed;left:1.6rem;right:1.6rem;bottom:.5rem;width:auto}
.st-key-foot p,.st-key-foot button,[role=dialog] p,[role=dialog] input,.stToast p{font-size:.88rem!important}
.st-key-foot button *,[role=dialog] button *{color:inherit!important}
[role=dialog]{max-width:36rem;width:36rem}
</style>"""
"""The only style sheet of the app's pages: Streamlit sizes everything in rem, so one root size enlarges it all (design.md 5)."""
EVERY_SECONDS: Final = 1
SHOWN, WANTED, TURNED = "projector.shown", "projector.wanted", "projector.turned"


def look() -> None:
    """Full width, big letters, no menu; nothing is taken along from a screen that a whole room looks at."""
    st.html(LOOK)
    drawn.now().is_taken = True


def share() -> Shared | None:
    """The share through which the slides are seen, None inside."""
    return access.current_share() if ways.are_closed() else None


def meeting(session: Any, viewer: Viewer, shared: Shared | None) -> MeetingDetail:
    """What is shown: the meeting of the address, or on a wall screen the latest wave. Raises NotThere, NotAllowed."""
    if shared is not None and shared.view == "wall":
        return wall(session, viewer, shared.params.get("scheme", ""), today=clock.today())
    return meeting_detail(session, viewer, address.key("meeting"))


def chosen(deck: Deck, shared: Shared | None) -> Deck:
    """The slides that a shared view shows, all of them otherwise."""
    if shared is None:
        return deck
    places = slides_shown([slide.key for slide in deck.slides], shared.slides)
    return replace(deck, slides=[deck.slides[place] for place in places])


@st.fragment(run_every=EVERY_SECONDS)
def turn(slides: int, shown: int, seconds: int) -> None:
    """On a wall screen: goes on to the next slide when this one has stood long enough; nothing where `seconds` is 0."""
    begun: tuple[int, float] = st.session_state.setdefault(TURNED, (shown, monotonic()))
    if begun[0] != shown:
        begun = st.session_state[TURNED] = (shown, monotonic())
    if seconds and slides > 1 and monotonic() - begun[1] >= seconds - EVERY_SECONDS / 2:
        st.session_state[WANTED] = (shown + 1) % slides
        st.rerun()


def place(viewer: Viewer, meeting: MeetingDetail, deck: Deck) -> int:
    """Which slide is shown in this run, from 0; it stands in the address from 1, and the other window sees it.

    A key or button of this window wins, then an address that was changed, then what the presenter chose.
    """
    last = len(deck.slides) - 1
    known: tuple[int, int] = st.session_state.get(SHOWN, (0, -1))
    shown = known[1] if known[0] == meeting.id else -1
    by_key = projector_keys.asked(last + 1)
    by_button = st.session_state.pop(WANTED, None)
    by_address = _in_address()
    steers = viewer.may("hold_meetings")
    if by_key is not None or by_button is not None:
        chosen = by_key if by_key is not None else by_button
    elif by_address is not None and by_address != shown:
        chosen = by_address
    else:
        chosen = meeting.position if steers or shown < 0 else shown
    found = max(0, min(last, int(chosen or 0)))
    st.session_state[SHOWN] = (meeting.id, found)
    if st.query_params.get("slide") != str(found + 1):
        st.query_params["slide"] = str(found + 1)
    projector_keys.listen(found, last + 1)
    if steers:
        _note(viewer, meeting, deck, found)
    return found


def _in_address() -> int | None:
    text = st.query_params.get("slide", "")
    return int(text) - 1 if text.isascii() and text.isdecimal() and len(text) < 5 and int(text) else None


def _note(viewer: Viewer, meeting: MeetingDetail, deck: Deck, found: int) -> None:
    """Tells the other window where we are, and the minutes what was shown."""
    slide = deck.slides[found]
    text = meeting_words.spoken(slide, deck)
    key = f"{meeting.id}:shown:{slide.key}"
    written = any(line.form_key == key and line.text == text for line in meeting.minutes)
    if found == meeting.position and (written or meeting.is_signed):
        return
    with write_session() as session:
        values: dict[str, Any] = {"meeting_id": meeting.id, "position": found}
        meetings.show(session, **values, key=f"shown:{slide.key}", text=text, by=viewer, at=clock.now())


@st.fragment(run_every=EVERY_SECONDS)
def follow(viewer: Viewer, meeting: MeetingDetail, shown: int) -> None:
    """Runs the page anew when the presenter has gone to another slide or has changed the meeting."""
    if not viewer.may("hold_meetings") or st.session_state.get(live.HELD):
        return
    try:
        with read_session() as session:
            now = position(session, viewer, meeting.id)
    except Refusal:
        return
    if now != (shown, meeting.version):
        st.rerun()


def footer(viewer: Viewer, meeting: MeetingDetail, deck: Deck, shown: int, *, turns: bool) -> bool:
    """Period, page and the buttons, which name their keys; whether an action is to be assigned.

    Slides that turn by themselves have no buttons.
    """
    slide = deck.slides[shown]
    live_or_not = _("frozen {time}", time=moment(deck.frozen_at, clock.zone())) if deck.frozen_at else ""
    parts = [period(meeting.wave), f"{shown + 1} / {len(deck.slides)}", live_or_not]
    with st.container(key="foot", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(" · ".join(part for part in parts if part), width="content")
        if turns:
            return False
        with st.container(horizontal=True, horizontal_alignment="right", width="content", gap="small"):
            if shown:
                st.button(_("Previous ←"), key="projector.previous", on_click=_want, args=(shown - 1,))
            pressed = _may_assign(viewer, slide, deck) and st.button(_("Assign"), key="projector.assign", shortcut="A")
            if shown < len(deck.slides) - 1:
                st.button(_("Next →"), key="projector.next", on_click=_want, args=(shown + 1,))
    return bool(pressed)


def _want(to: int) -> None:
    st.session_state[WANTED] = to


def _may_assign(viewer: Viewer, slide: Slide, deck: Deck) -> bool:
    return viewer.may("assign") and _item_to_assign(slide, deck) is not None


def _item_to_assign(slide: Slide, deck: Deck) -> str | None:
    """The red item of the slide; on the list of items the worst one that nobody acts on yet."""
    if slide.kind == "item":
        return slide.code
    if slide.kind != "items":
        return None
    waiting = [one.code for one in deck.items if one.status in ("red", "amber") and one.code not in deck.handled]
    return waiting[0] if waiting else None


def assign(viewer: Viewer, meeting: MeetingDetail, deck: Deck, shown: int) -> None:
    """Opens the brief form over the slide; what it saves stands in the minutes at once."""
    code = _item_to_assign(deck.slides[shown], deck)
    layout = deck.wave.layout
    if code is None:
        return

    def noted(session: Any, action_id: int) -> None:
        if not meeting.is_signed and viewer.may("hold_meetings"):
            meetings.note_assigned(session, meeting_id=meeting.id, action_id=action_id, by=viewer, at=clock.now())

    item_id = layout.item_ids[layout.scheme.item_codes.index(code)]
    assign_form.assign(viewer, deck.wave.id, item_id=item_id, brief=True, then=noted)


def nothing(why: str) -> None:
    """Why there is nothing to show."""
    st.title(plain(why), anchor=False)
