"""The lower part of a customer's file, one section at a time: items, answers, opinions, findings, actions, returns, purchases."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import address, clock, customer_answers, customer_file, drawn, formats
from components.finding_words import action_name, compared, item_name, rules
from components.matrix import ROW_HEIGHT, height_of, scores_table
from components.overview.lists import KINDS
from components.texts import _
from domain.access import Viewer
from domain.comparing import SubjectStanding, WaveFigures
from domain.customer_history import ContactLine, CustomerAction, FilePart, OpinionNote, PurchaseLine
from domain.errors import N_
from domain.subjects import FindingRow

NAMES: Final = {
    "items": N_("Items"),
    "answers": N_("Answers"),
    "opinions": N_("Opinions of the customer"),
    "findings": N_("Findings"),
    "actions": N_("Actions"),
    "returns": N_("Questionnaires"),
    "contacts": N_("Contacts and purchases"),
}
"""Sections → what they are called, messages; the first one is shown unless another is asked for."""
NEEDS: Final = {
    "opinions": "view_personal",
    "contacts": "view_personal",
    "findings": "view_findings",
    "actions": "view_actions",
}
PERSONAL: Final = frozenset({"answers", "opinions", "contacts"})
"""Sections that show names or words of people to those who may see them."""
SHOW, LOOKED = "show", "customer.looked"


def chosen(viewer: Viewer) -> str:
    """Draws the names of the sections that this reader may see; the one that is chosen, which stands in the address too."""
    offered = [
        name
        for name in NAMES
        if (name not in NEEDS or viewer.may(NEEDS[name])) and (viewer.sees_names or name not in PERSONAL)
    ]
    key = address.pull(SHOW, offered, offered[0])
    found = st.segmented_control(
        _("Part of the file"),
        offered,
        format_func=lambda name: _(NAMES[name]),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    return address.push(SHOW, found, offered[0])


def first_look(viewer: Viewer, section: str, customer_id: int) -> bool:
    """Whether personal data of a customer is about to be shown for the first time since this browser connected.

    That is what the audit trail wants to know; a page runs again with every click and every live update.
    """
    if section not in PERSONAL or not viewer.may("view_personal"):
        return False
    looked: set[tuple[int, int]] = st.session_state.setdefault(LOOKED, set())
    is_first = (viewer.user_id, customer_id) not in looked
    looked.add((viewer.user_id, customer_id))
    return is_first


def draw(
    section: str,
    part: FilePart,
    *,
    standings: Sequence[SubjectStanding],
    history: Sequence[WaveFigures],
    actions: Sequence[CustomerAction],
) -> None:
    """Draws one section."""
    parts: dict[str, Callable[[], None]] = {
        "items": lambda: customer_answers.items(standings, history),
        "answers": lambda: customer_answers.answers(part.questionnaires),
        "opinions": lambda: _opinions(part.opinions),
        "findings": lambda: _findings(part.findings),
        "actions": lambda: _actions(actions),
        "returns": lambda: _returns(history),
        "contacts": lambda: _contacts(part.contacts, part.purchases),
    }
    parts[section]()


def _opinions(notes: Sequence[OpinionNote]) -> None:
    """What the customer wrote, newest first, whole."""
    if not notes:
        st.caption(_("No opinions of this customer yet."))
    for note in notes:
        day = formats.day_in_form(note.received_at.astimezone(clock.zone()).date())
        when = " · ".join(part for part in (formats.period(note.wave) if note.wave else "", day) if part)
        st.markdown(
            f":gray-badge[{_(KINDS.get(note.kind, KINDS['']))}] {formats.plain(note.text)} :gray[{formats.plain(when)}]"
        )


def _findings(rows: Sequence[FindingRow]) -> None:
    """Open findings of the period, those about the same thing together."""
    if not rows:
        st.caption(_("No open findings about this customer in this period."))
        return
    grouped: dict[Any, list[FindingRow]] = {}
    for row in rows:
        grouped.setdefault(row.subject, []).append(row)
    table = [
        {
            "status": subject.known.status,
            "subject": item_name(subject),
            "score": subject.known.score.score,
            "n": subject.known.score.n,
            "rules": rules(mine),
            "change": compared(subject),
            "since": formats.period_short(min(one.since for one in mine)),
            "action": ", ".join(dict.fromkeys(action_name(link.number) for one in mine for link in one.actions)),
        }
        for subject, mine in grouped.items()
    ]
    config = st.column_config
    columns = {
        "status": config.TextColumn(_("Status"), width=68),
        "subject": config.TextColumn(_("What"), width=190),
        "score": config.NumberColumn(_("Score"), width=70),
        "n": config.NumberColumn("n", width=42),
        "rules": config.TextColumn(_("Finding"), width=270),
        "change": config.TextColumn(_("Change"), width=150),
        "since": config.TextColumn(_("Since"), width=60),
        "action": config.TextColumn(_("Action"), width=90),
    }
    by_score = {row["score"]: row["status"] for row in table}
    bounds = [subject.known.bound for subject in grouped if subject.known.bound is not None]
    scores_table(table, {"score": by_score.get}, columns=columns, bounds=bounds, alt_text=_("Open findings"), key=None)


def _actions(found: Sequence[CustomerAction]) -> None:
    """All actions about the customer, those that are not over first."""
    if not found:
        st.caption(_("No actions about this customer yet."))
    for action in found:
        customer_file.action_line(action, today=clock.today(), at_most=80)


def _returns(history: Sequence[WaveFigures]) -> None:
    """What became of the questionnaires, newest period first."""
    sent = [one for one in reversed(history) if one.returns.sent or one.valid]
    if not sent:
        st.caption(_("No questionnaires were sent to this customer."))
        return
    names = [
        _("Period"),
        _("Sent"),
        _("Returned in time"),
        _("Late"),
        _("Not returned"),
        _("Undeliverable"),
        _("Invalid"),
        _("Valid"),
    ]
    rows = [
        (
            *(formats.period(one.wave.code), tally.sent, tally.in_time, tally.late),
            *(tally.outstanding, tally.undeliverable, tally.invalid, one.valid),
        )
        for one in sent
        for tally in [one.returns]
    ]
    _plain_table(names, rows, _("Questionnaires by period"))


def _contacts(people: Sequence[ContactLine], bought: Sequence[PurchaseLine]) -> None:
    """The people whom questionnaires go to, and what was bought."""
    _people(people)
    _purchases(bought)


def _people(people: Sequence[ContactLine]) -> None:
    st.markdown(f"**{_('Contacts')}**")
    if not people:
        st.caption(_("No contacts are known."))
        return
    names = [_("Name"), _("Post"), _("Mail"), _("Phone"), _("Active")]
    rows = [(one.name, one.post, one.mail, one.phone, _("yes") if one.active else _("no")) for one in people]
    _plain_table(names, rows, _("Contacts"))


def _purchases(bought: Sequence[PurchaseLine]) -> None:
    """What was bought, promised and delivered."""
    st.markdown(f"**{_('Purchases')}**")
    if not bought:
        st.caption(_("No purchases are known."))
        return
    names = [_("Product"), _("Quantity"), _("Unit"), _("Promised"), _("Delivered"), _("Days late"), _("Warranty ends")]
    rows = [
        (
            *(one.product, one.quantity, one.unit, formats.day_in_form(one.promised_on)),
            *(formats.day_in_form(one.delivered_on), one.days_late, formats.day_in_form(one.warranty_ends_on)),
        )
        for one in bought
    ]
    _plain_table(names, rows, _("Purchases"))


def _plain_table(names: Sequence[str], rows: Sequence[Sequence[Any]], alt_text: str) -> None:
    drawn.table(
        pd.DataFrame(rows, columns=list(names)),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), 10),
        placeholder=formats.NOTHING,
        personal=True,
        alt=alt_text,
    )
