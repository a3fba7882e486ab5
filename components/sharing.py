"""A shared view: whether the address asks for one, what of the address counts, and that it is gone when it has ended."""

from typing import Final

import streamlit as st
from streamlit.navigation.page import Page

from components import access, address, clock, filters, formats, head, live, menu, states
from components.formats import day
from components.texts import _
from db.queries.shares import Shared
from domain.access import SMALLEST_SHARED_GROUP
from domain.shares import overruled

PARAMETER: Final = "share"
EVERY_SECONDS: Final = 2


def is_asked() -> bool:
    """Whether the address is that of a share; then nobody's sign-in counts in this run, and otherwise no share."""
    asked = PARAMETER in st.query_params
    access.read_as(address.key(PARAMETER) if asked else None)
    return asked


def current() -> Shared | None:
    """The share that this run shows; its own filters stand in the address, whatever was asked for."""
    shared = access.current_share()
    if shared:
        wanted = {PARAMETER: str(shared.id), **overruled(shared.view, shared.params, st.query_params.to_dict())}
        if st.query_params.to_dict() != wanted:
            st.query_params.from_dict(wanted)
    return shared


def show(shared: Shared | None, page: Page) -> None:
    """Draws the whole of a shared view, without menu, sign-in or any way out of it."""
    if shared is None or page.url_path != menu.SHARED:
        nowhere()
        return
    screen = menu.screen_shared(shared)
    _follow(shared)
    with live.turn():
        if screen.has_head:
            with head.row():
                head.title(formats.plain(shared.title) or _(screen.title))
                if screen.has_filters:
                    filters.bar(shared.viewer, screen.name)
                head.place_actions()
        page.run()
        if screen.has_head:
            _foot(shared)


def _foot(shared: Shared) -> None:
    ends = day(shared.ends_at.astimezone(clock.zone()).date(), today=clock.today())
    said = [_("Shared view, read-only, until {day}", day=ends)]
    if shared.viewer.least > 1:
        said.append(_("groups of fewer than {n} responses are not shown", n=SMALLEST_SHARED_GROUP))
    st.caption(" · ".join(said))


@st.fragment(run_every=EVERY_SECONDS)
def _follow(shared: Shared) -> None:
    """Runs the page anew when the share has ended or its maker may see less."""
    now = access.current_share()
    if now is None or now.viewer != shared.viewer:
        st.rerun()


def nowhere() -> None:
    """One page for all links that open nothing."""
    line = _("This link leads nowhere")
    states.empty(":material/link_off:", line, _("It may have ended. Please ask who sent it to you for a new one."))
