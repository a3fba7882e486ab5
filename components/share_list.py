"""The list of share links, and beside it what can be done with the one that is chosen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import streamlit as st

from components import chooser, clock, notices, states
from components.formats import NOTHING, moment, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.queries.shares import ShareLine
from domain.access import Viewer
from domain.errors import N_
from domain.shares import VIEWS
from services import shares

MOST_ROWS: Final = 15
STATES: Final = {"open": N_("Open"), "ended": N_("Ended"), "revoked": N_("Revoked")}
BADGES: Final = {"open": "blue", "ended": "gray", "revoked": "gray"}


def table(lines: Sequence[ShareLine]) -> ShareLine | None:
    """All of them, those that can be opened first; the one that was chosen."""
    if not lines:
        line = _("Nothing is shared yet.")
        states.empty(
            ":material/share:", line, _("Share this view, under Export at the right of a page's head, makes a link.")
        )
        return None
    text, zone = st.column_config.TextColumn, clock.zone().key
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns={
            "state": text(_("Status"), width=55),
            "view": text(_("View"), width=100),
            "about": text(_("Title or customer"), width=115),
            "by": text(_("Made by"), width=70),
            "ends": st.column_config.DatetimeColumn(_("Ends"), format="YYYY-MM-DD", timezone=zone, width=85),
            "opened": st.column_config.NumberColumn(_("Times opened"), width=92),
            "latest": st.column_config.DatetimeColumn(
                _("Last opened"), format="YYYY-MM-DD HH:mm", timezone=zone, width=118
            ),
        },
        most_rows=MOST_ROWS,
        alt=_("Shared links with how often they were opened"),
        key="shares.table",
        first_is_chosen=True,
    )
    return picked[0] if picked else None


def _row(one: ShareLine) -> dict[str, Any]:
    customer = one.customer.in_(language()) if one.customer else ""
    return {
        "state": _(STATES[one.state]),
        "view": _view(one),
        "about": " · ".join(part for part in (one.title, customer) if part) or NOTHING,
        "by": one.made_by,
        "ends": one.ends_at,
        "opened": one.opened,
        "latest": one.opened_at,
    }


def _view(one: ShareLine) -> str:
    return _("Wall screen") if one.seconds else _(VIEWS[one.view].name)


def card(one: ShareLine, opened: Sequence[datetime], viewer: Viewer) -> None:
    """The link to copy, what it shows, when it was opened, and the button that ends it at once."""
    with states.plain_card(plain(one.title) or _view(one), plain(one.customer.in_(language())) if one.customer else ""):
        facts = [
            _("password asked") if one.has_password else _("no password"),
            _("with personal data") if one.with_people else _("no personal data"),
        ]
        if one.seconds:
            facts.append(_("{n} seconds a slide", n=one.seconds))
        badge = f":{BADGES[one.state]}-badge[{_(STATES[one.state])}]"
        st.markdown(f"{badge} :gray[{' · '.join(facts)}]")
        if one.state == "open":
            st.code(shares.link_to(one.link_seed), language=None, wrap_lines=True)
            _revoke(one, viewer)
        _openings(one, opened)


def _revoke(one: ShareLine, viewer: Viewer) -> None:
    if not st.button(_("Revoke now"), icon=":material/link_off:", key=f"share.revoke.{one.id}"):
        return
    if Tried(lambda s: shares.revoke_share(s, share_id=one.id, by=viewer, at=clock.now())).worked:
        notices.say(_("Revoked"))
        st.rerun()


def _openings(one: ShareLine, opened: Sequence[datetime]) -> None:
    st.markdown(f"**{_('Opened {n} times', n=one.opened)}**" if one.opened else f":gray[{_('Not opened yet')}]")
    for at in opened:
        st.caption(moment(at, clock.zone()))
