"""Chats that messages may go to, and messages that may not have arrived; each returns what was asked for, the page does it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from components import chooser, clock, notices, states
from components.asked import Asked
from components.formats import count, moment
from components.plain_text import plain
from components.texts import _, language
from db.queries.deliveries import ChatLine, DeliveryLine
from db.queries.people import DepartmentInfo
from domain.errors import N_

TABLE: Final = "chat_targets.table"
MOST_ROWS: Final = 9
KINDS: Final = {
    "wecom": N_("WeCom"),
    "dingtalk": N_("DingTalk"),
    "feishu": N_("Feishu"),
    "slack": N_("Slack"),
    "teams": N_("Teams"),
}
STATES: Final = {
    "queued": N_("{n} waiting"),
    "sending": N_("{n} on their way"),
    "sent": N_("{n} sent"),
    "unclear": N_("{n} unclear"),
    "failed": N_("{n} failed"),
}
TROUBLE: Final = {"unclear": N_("May have arrived"), "failed": N_("Not arrived")}


def table(lines: Sequence[ChatLine]) -> ChatLine | None:
    """All chats; the one whose row is selected."""
    if not lines:
        said = _("Notifications reach people by mail. Add a chat so that they may choose it as well.")
        states.empty(":material/forum:", _("No chat yet."), said, key="no_chats", height=180)
        return None
    rows, alt = [_row(line) for line in lines], _("Chats that notifications may go to")
    picked = chooser.chosen(lines, rows, columns=_columns(), most_rows=MOST_ROWS, alt=alt, key=TABLE)
    return picked[0] if picked else None


def trouble(lines: Sequence[DeliveryLine], counts: Mapping[str, int]) -> Asked | None:
    """Messages of which nobody knows whether they arrived, and those that were given up; one may be sent again."""
    asked = None
    with states.plain_card(_("In doubt"), _("decide whether a message goes out again")):
        said = [_(words, n=count(counts[name])) for name, words in STATES.items() if counts.get(name)]
        st.caption(" · ".join(said) or _("Nothing has been sent yet."))
        if counts and not lines:
            st.markdown(f":green-badge[:material/check: {_('Nothing is in doubt')}]")
        for line in lines:
            with st.container(horizontal=True, vertical_alignment="center"):
                icon = ":material/help:" if line.state == "unclear" else ":material/error:"
                way = plain(line.chat) or _("By mail")
                why = plain(_(line.reason), at_most=160) if line.reason else ""
                when = moment(line.at, clock.zone())
                st.markdown(
                    f"{icon} **{plain(line.person)}** · {way} · {_(TROUBLE[line.state])}  \n:gray[{when} · {why}]",
                    width="stretch",
                )
                if st.button(_("Send again"), key=f"chat_targets.again.{line.id}"):
                    asked = Asked("again", {"delivery_id": line.id}, _("It goes out again."))
    return asked


def card(line: ChatLine | None, departments: Sequence[DepartmentInfo]) -> Asked | None:
    """The form for a new chat, or what can be done with the selected one."""
    with states.card():
        return _new(departments) if line is None else _of(line)


def say(asked: Asked) -> None:
    """Says what was done on the run that follows."""
    notices.say(asked.done)


def _new(departments: Sequence[DepartmentInfo]) -> Asked | None:
    states.card_title(_("New chat"), _("select a row to try or end one"))
    names = {one.id: plain(one.name.in_(language())) for one in departments}
    with st.form("new_chat", border=False, clear_on_submit=False):
        with st.container(horizontal=True):
            kind = st.selectbox(_("Kind"), list(KINDS), format_func=lambda kind: _(KINDS[kind]), width=130)
            name = st.text_input(_("Name"), max_chars=60, autocomplete="off")
        address = st.text_input(
            _("Address of its robot (webhook)"),
            type="password",
            max_chars=600,
            autocomplete="off",
            placeholder="https://",
        )
        secret = st.text_input(_("Secret (DingTalk only)"), type="password", max_chars=200, autocomplete="off")
        department = st.selectbox(
            _("Who may choose it"),
            [None, *names],
            format_func=lambda key: names.get(key) or _("Everybody"),
        )
        with_titles = st.checkbox(_("Titles of actions go there too"), help=_("Otherwise only numbers and dates."))
        submitted = st.form_submit_button(_("Add chat"), type="primary", width="stretch")
    st.caption(_("Whoever has the address can post there: it is stored, and never shown again."))
    if not submitted:
        return None
    values: dict[str, Any] = {"name": name, "kind": kind, "address": address, "secret": secret}
    values |= {"department_id": department, "with_titles": with_titles}
    return Asked("add", values, _("Chat {name} added.", name=plain(name)))


def _of(line: ChatLine) -> Asked | None:
    states.card_title(plain(line.name), _(KINDS[line.kind]))
    if not line.active:
        st.info(_("Ended"), icon=":material/block:")
        return None
    st.markdown(plain(line.hint))
    titles = _("with titles") if line.with_titles else _("without titles")
    st.caption(f"{_('Chosen by {n}', n=count(line.chosen_by))} · {titles}")
    if st.button(_("Try it"), icon=":material/send:", width="stretch", key="chat_targets.try"):
        return Asked("try", {"target_id": line.id}, _("A test message has arrived in {name}.", name=plain(line.name)))
    sure = st.checkbox(_("Nothing goes there from then on."), key=f"chat_targets.sure.{line.id}")
    if st.button(_("End chat"), width="stretch", disabled=not sure, key="chat_targets.end"):
        return Asked("end", {"target_id": line.id}, _("Chat {name} ended.", name=plain(line.name)))
    return None


def _row(line: ChatLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "kind": _(KINDS[line.kind]),
        "address": line.hint if line.active else "",
        "department": line.department.in_(language()) if line.department else _("Everybody"),
        "chosen": line.chosen_by,
        "state": _("In use") if line.active else _("Ended"),
    }


def _columns() -> dict[str, Any]:
    return {
        "name": st.column_config.TextColumn(_("Chat")),
        "kind": st.column_config.TextColumn(_("Kind"), width=80),
        "address": st.column_config.TextColumn(_("Address")),
        "department": st.column_config.TextColumn(_("Who may choose it"), width=120),
        "chosen": st.column_config.NumberColumn(_("Chosen by"), width=70),
        "state": st.column_config.TextColumn(_("Status"), width=70),
    }
