"""Sending: whom the wave goes to, how, and what became of each mail."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pandas as pd
import streamlit as st

from components import access, clock, drawn, notices, states, wave_links, wave_mails, wave_words
from components.formats import NOTHING, count
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _, language, ngettext
from components.wave_mails import Tried
from db.queries.sending import Addressee, Outbox, addressees, outbox
from db.queries.waves import SurveyWave
from db.session import read_session
from domain.access import Viewer
from domain.errors import N_
from domain.scheme import Name
from services import sending
from settings import settings

ONE, ALL = "one", "all"
WHO: Final = {ONE: N_("One contact of each customer"), ALL: N_("All contacts")}
STATES: Final = {
    "new": N_("To be sent"),
    "asked": N_("Sent already"),
    "no_address": N_("No usable address"),
    "same_address": N_("Same mailbox as another contact"),
    "no_contact": N_("No contact"),
}
"""State of an addressee → its word; who can be asked stands first."""
MOST_ROWS: Final = 11


@dataclass(frozen=True)
class Chosen:
    """Whom the sender has chosen, and who of them can be asked now."""

    one_each: bool
    listed: Sequence[Addressee]

    @property
    def counts(self) -> Counter[str]:
        """How many are in each state."""
        return Counter(one.state for one in self.listed)


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The section."""
    if wave.state == "planned":
        states.empty(":material/hourglass_empty:", _("Not open yet"), _("Sending begins when the plan is approved."))
        return
    if wave.is_imported:
        wave_words.imported(_("Nobody is asked through this wave: sending needs a plan that was approved."))
        return
    with read_session() as session:
        box = outbox(session, viewer, wave.id)
    access.note_view(viewer, "recipients", wave.id)
    wave_mails.progress(viewer, wave, box)
    if wave.state != "open":
        st.info(_("The wave is closed: nothing is sent any more."), icon=":material/lock:")
        wave_mails.trouble(viewer, wave)
        return
    left, right = st.columns([1.75, 1], gap="small")
    with left, states.card(_("Recipients")):
        chosen = _recipients(viewer, wave)
        _send(viewer, wave, box, chosen)
    with right:
        wave_links.card(viewer, wave, one_each=chosen.one_each)
        wave_mails.test_card(viewer)
    wave_mails.trouble(viewer, wave)
    wave_mails.bounces(viewer, wave)


def _recipients(viewer: Viewer, wave: SurveyWave) -> Chosen:
    who = st.segmented_control(
        _("Who is asked"), list(WHO), format_func=lambda one: _(WHO[one]), default=ONE, required=True, key="sending.who"
    )
    with read_session() as session:
        listed = addressees(session, viewer, wave.id, one_each=who == ONE)
    chosen = Chosen(who == ONE, listed)
    told = [f"{_(word)} **{count(chosen.counts[state])}**" for state, word in STATES.items() if chosen.counts[state]]
    st.caption(" · ".join(told) or _("There is no active customer with a contact yet."))
    order = list(STATES)
    rows = sorted(listed, key=lambda one: (order.index(one.state), one.customer.code))
    drawn.table(
        pd.DataFrame([_row(one) for one in rows], columns=list(_columns())),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), MOST_ROWS),
        column_config=_columns(),
        placeholder=NOTHING,
        personal=True,
        alt=_("Recipients of this wave, those to be asked first"),
    )
    return chosen


def _send(viewer: Viewer, wave: SurveyWave, box: Outbox, chosen: Chosen) -> None:
    """The one primary button of the section, or what is in its way."""
    ready = chosen.counts["new"]
    is_set = settings().mail_server is not None
    if not is_set:
        st.caption(_("No mail server is set (SMTP_URL and MAIL_FROM): give out links or QR codes, at the right."))
    label = ngettext("Send {n} mail", "Send {n} mails", ready) if ready else _("Everybody was asked")
    pressed = st.button(
        label,
        type="primary",
        icon=":material/send:",
        disabled=not ready or not is_set or wave_mails.is_running(box),
        key="sending.send",
    )
    if pressed:
        made = Tried(
            lambda session: sending.send_out(
                session,
                wave_id=wave.id,
                one_each=chosen.one_each,
                by_mail=True,
                form_key=uuid4().hex,
                by=viewer,
                at=clock.now(),
            )
        )
        if made.worked:
            notices.say(ngettext("{n} mail queued", "{n} mails queued", made.result.mails))
            st.rerun()


def _row(one: Addressee) -> dict[str, Any]:
    name = Name(one.customer.name_zh, one.customer.name_en).in_(language()) or one.customer.code
    contact = one.contact
    return {
        "state": _(STATES[one.state]),
        "customer": name,
        "contact": contact.name if contact else None,
        "post": (contact.post or None) if contact else None,
        "address": one.address or None,
    }


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "state": text(_("Status"), width=88),
        "customer": text(_("Customer"), width=160),
        "contact": text(_("Contact"), width=84),
        "post": text(_("Post"), width=132),
        "address": text(_("Mail address"), width=151),
    }
