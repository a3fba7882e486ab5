"""How the reader wants to be told: by which ways, at once or once a day, and when not."""

from datetime import time
from typing import Final
from zoneinfo import available_timezones

import streamlit as st

from components import clock, notices, states
from components.plain_text import plain
from components.texts import _, language
from db.queries.deliveries import OwnWays, own_ways
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import Refusal
from domain.telling import RHYTHMS, Wishes
from locales import LANGUAGES
from services.telling_choices import choose

KEY: Final = "telling"


def draw(viewer: Viewer) -> None:
    """The card with the reader's own choice; what is saved holds from now on."""
    with read_session() as session:
        ways = own_ways(session, viewer)
    with states.plain_card(_("How you are told"), _("besides the list here")), st.form(KEY, border=False):
        wishes, chosen = _by(ways), st.session_state.get(f"{KEY}.chats") or []
        st.caption(_("Messages are in the language of your account: {language}.", language=LANGUAGES[language()]))
        saved = st.form_submit_button(_("Save"), type="primary", width="stretch")
    if not saved:
        return
    try:
        with write_session() as session:
            choose(session, wishes=wishes, chats=chosen, by=viewer, at=clock.now())
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    notices.say(_("Saved: this is how you are told from now on."))
    st.rerun()


def _by(ways: OwnWays) -> Wishes:
    """The fields, filled with what holds now."""
    now = ways.wishes
    to = plain(ways.mail) or _("your account has no mail address: ask the administrator")
    by_mail = st.checkbox(_("By mail"), now.by_mail, disabled=not ways.mail, key=f"{KEY}.mail", help=to)
    if ways.chats:
        names = {key: plain(name) for key, name in ways.chats.items()}
        st.pills(
            _("In chats"),
            list(names),
            selection_mode="multi",
            default=list(ways.chosen),
            format_func=names.__getitem__,
            key=f"{KEY}.chats",
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rhythm = st.segmented_control(
            _("When"),
            list(RHYTHMS),
            default=now.rhythm,
            format_func=lambda name: _(RHYTHMS[name]),
            required=True,
            key=f"{KEY}.rhythm",
        )
        digest_at = st.time_input(_("Daily at"), _time(now.digest_at), step=900, key=f"{KEY}.digest", width=110)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        quiet_from = st.time_input(_("Quiet from"), _time(now.quiet_from), step=900, key=f"{KEY}.from", width=110)
        quiet_until = st.time_input(_("Quiet until"), _time(now.quiet_until), step=900, key=f"{KEY}.until", width=110)
    st.caption(_("Clocks that run out are told at once. The same time twice: no quiet hours."))
    zones = ["", *sorted(available_timezones())]
    own = _("The organisation's: {zone}", zone=clock.zone().key)
    zone = st.selectbox(
        _("Time zone"),
        zones,
        zones.index(now.zone) if now.zone in zones else 0,
        format_func=lambda name: name or own,
        key=f"{KEY}.zone",
    )
    minutes = [one.hour * 60 + one.minute for one in (digest_at, quiet_from, quiet_until)]
    wanted = by_mail if ways.mail else now.by_mail
    return Wishes(wanted, rhythm or now.rhythm, minutes[0], minutes[1], minutes[2], zone)


def _time(minute: int) -> time:
    return time(*divmod(minute, 60))
