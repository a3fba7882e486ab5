"""The button that makes a view readable for somebody without an account, and the short form behind it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import clock, live, meeting_words
from components.formats import customer_name, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.customers import customer_by_code, customer_names
from db.queries.meetings import MeetingDetail
from db.queries.slides import Deck, deck, wall
from db.session import read_session
from domain.access import NotThere, Viewer
from domain.meetings import Slide
from domain.shares import LONGEST_TITLE, LONGEST_TURN, USUAL_DAYS, VIEWS
from services import shares

SCREENS: Final = frozenset({"overview", "customers", "customer", "items", "presented"})
"""Screens that can be shared; a meeting has the button beside its title."""
WITHOUT_EXPORT: Final = frozenset({"customer"})
"""Those of them whose head has a button of its own; elsewhere it stands under Export, where there is room for it."""
FORM, MADE = "share.form", "share.made"
MOST_CUSTOMERS: Final = 300


def may_share(viewer: Viewer, screen: str) -> bool:
    """Whether a screen can be shared, and by this reader."""
    return screen in SCREENS and viewer.may("share_views") and viewer.may(VIEWS[screen].needs)


def button(viewer: Viewer, screen: str) -> None:
    """The button in the head of a screen that has no Export."""
    if (
        screen in WITHOUT_EXPORT
        and may_share(viewer, screen)
        and st.button(_("Share view"), icon=":material/share:", key="share.open")
    ):
        begin(viewer, screen, st.query_params.to_dict())


def begin(viewer: Viewer, view: str, address: Mapping[str, str], meeting: MeetingDetail | None = None) -> None:
    """Opens the form in a dialog."""
    live.hold()
    st.session_state.pop(MADE, None)
    st.session_state[FORM] = uuid4().hex
    dialog = st.dialog(_("Share this view"), width="medium", on_dismiss=lambda: live.hold(False))
    dialog(_form)(viewer, view, dict(address), meeting)


def _form(viewer: Viewer, view: str, address: dict[str, str], meeting: MeetingDetail | None) -> None:
    made = st.session_state.get(MADE)
    if made:
        _ready(made)
        return
    item = address.get("item") if view == "items" else None
    st.caption(
        _("Whoever has the link sees this view without signing in, and nothing else. It can be revoked at any time.")
    )
    with st.form("share.make", border=False):
        title = st.text_input(_("Title (may be empty)"), max_chars=LONGEST_TITLE)
        left, right = st.columns(2, gap="small")
        today = clock.today()
        until = left.date_input(
            _("Until the end of"),
            today + timedelta(days=USUAL_DAYS),
            format="YYYY-MM-DD",
        )
        password = right.text_input(
            _("Password (may be empty)"), type="password", autocomplete="new-password", max_chars=72
        )
        only_item = bool(item) and st.checkbox(_("Only the item that is open"), value=True)
        customer = _customer(viewer, view, address)
        with_people = viewer.may("view_personal") and st.checkbox(
            _("With names of people and what customers wrote"), help=_("Otherwise no personal data is shown.")
        )
        slides, seconds = _slides(viewer, meeting) if meeting else _wall(viewer, view, address)
        pressed = st.form_submit_button(_("Make the link"), type="primary", icon=":material/link:")
    if not pressed or not isinstance(until, date):
        return
    values: dict[str, Any] = {
        "view": "item" if only_item else "wall" if seconds and not meeting else view,
        "address": {**address, **({"customer": customer} if customer else {})},
        "ends_at": datetime.combine(until + timedelta(days=1), time(), clock.zone()),
        "title": title or "",
        "password": password or "",
        "with_people": with_people,
        "slides": slides,
        "seconds": seconds,
        "form_key": st.session_state[FORM],
    }
    tried = Tried(lambda s: shares.link_to(shares.make_share(s, **values, by=viewer, at=clock.now()).link_seed))
    if tried.worked:
        st.session_state[MADE] = tried.result
        st.rerun(scope="fragment")


def _customer(viewer: Viewer, view: str, address: Mapping[str, str]) -> str:
    """Code of the only customer to be shown, "" for all."""
    code = address.get("code") if view == "customer" else address.get("customer")
    with read_session() as session:
        if code:
            try:
                one = customer_by_code(session, viewer, code)
            except NotThere:
                return ""
            st.markdown(f":gray-badge[{_('Only this customer')}] {plain(customer_name(one))}")
            return "" if view == "customer" else code
        if view not in ("overview", "items"):
            return ""
        offered = customer_names(session, viewer, limit=MOST_CUSTOMERS)
    names = {one.code: customer_name(one) for one in offered}
    return (
        st.selectbox(_("Only this customer"), ["", *names], format_func=lambda one: names.get(one, _("All customers")))
        or ""
    )


def _wall(viewer: Viewer, view: str, address: Mapping[str, str]) -> tuple[list[str], int]:
    """The overview as slides that turn by themselves, of the whole survey and always of its latest wave."""
    if view != "overview" or not viewer.may(VIEWS["wall"].needs):
        return [], 0
    try:
        with read_session() as session:
            meeting = wall(session, viewer, address.get("scheme", ""), today=clock.today())
    except NotThere:
        return [], 0
    with st.expander(_("As slides on a wall screen"), icon=":material/slideshow:"):
        return _slides(viewer, meeting)


def _slides(viewer: Viewer, meeting: MeetingDetail) -> tuple[list[str], int]:
    """Which slides are shown, all where none is chosen; and for a wall screen how long each stands."""
    with read_session() as session:
        shown: Deck = deck(session, viewer, meeting)
    names = {slide.key: _name(slide, shown) for slide in shown.slides}
    chosen = st.multiselect(
        _("Slides"), list(names), format_func=names.__getitem__, placeholder=_("All slides"), help=_("None chosen: all")
    )
    seconds = st.number_input(
        _("On a wall screen: seconds a slide (0: they don't turn by themselves)"), 0, LONGEST_TURN, 0, step=5
    )
    return chosen, int(seconds)


def _name(slide: Slide, shown: Deck) -> str:
    return shown.item(slide.code).name.in_(language()) if slide.kind == "item" else meeting_words.topic(slide)


def _ready(link: str) -> None:
    st.success(_("The link is ready."), icon=":material/check:")
    st.code(link, language=None, wrap_lines=True)
    st.caption(_("Whoever has it can open it; send it only to whom it is for."))
    st.page_link("shares.py", label=_("All shared links"), icon=":material/list:")
