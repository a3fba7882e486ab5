"""The form of a customer with contacts and purchases; what somebody else saved meanwhile is shown, and nothing typed is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import pandas as pd
import streamlit as st

from components import clock, customer_register, formats, states
from components.customer_register import KnownCustomer
from components.states import FieldChange
from components.texts import _
from domain.access import NotThere
from domain.customer_entries import ContactEntry, CustomerEntry, Entered, PurchaseEntry
from domain.errors import N_
from locales import LANGUAGES

DONE: Final = {"undo": N_("Customers taken apart"), "merge": N_("Merged")}
"""What is said after a wish about merges came true."""
EDITED: Final = "register.edited"
FIELDS: Final = {
    "code": N_("Code"),
    "name_zh": N_("Chinese name"),
    "name_en": N_("English name"),
    "segment": N_("Segment"),
    "region": N_("Region"),
    "sales_owner_id": N_("Sales owner"),
    "address": N_("Address"),
    "value": N_("Yearly business"),
    "vip": N_("VIP"),
    "since_on": N_("Customer since"),
    "active": N_("Active"),
    "contacts": N_("Contacts"),
    "purchases": N_("Purchases"),
}
DAYS: Final = ("promised_on", "delivered_on", "warranty_ends_on")


@dataclass
class Editing:
    """What is being edited: over which version, as it was read, as the form begins; and what somebody else changed."""

    code: str
    version: int
    was: Entered
    begin: Entered
    key: str = field(default_factory=lambda: f"entry.{uuid4().hex}")
    drawn: bool = False
    told: tuple[str, datetime | None, Mapping[str, tuple[Any, Any]]] | None = None

    @property
    def over(self) -> dict[str, Any]:
        """What it is saved over: the version, and what that said."""
        return {"version": self.version, "was": self.was}


def back() -> None:
    """The way back to the register."""
    st.page_link("contacts.py", label=_("Customers and contacts"), icon=":material/arrow_back:")


def not_there() -> None:
    """One message for a code that isn't there and for a customer of somebody else."""
    back()
    line, caption = NotThere().explain(_), _("Look for the customer in the list.")
    states.empty(":material/folder_off:", line, caption, key="no_entry")


def editing(code: str, version: int, now: Entered) -> Editing:
    """What this browser edits; another customer, or a form that was left, begins with what is stored now."""
    known = st.session_state.get(EDITED)
    is_here = isinstance(known, Editing) and (not known.drawn or f"{known.key}.code" in st.session_state)
    if isinstance(known, Editing) and is_here and known.code == code:
        return known
    fresh = Editing(code, version, now, now)
    st.session_state[EDITED] = fresh
    return fresh


def done() -> None:
    """Lets go of the form after it was saved."""
    st.session_state.pop(EDITED, None)


def adopt(
    editing: Editing,
    mine: Entered,
    *,
    now: Entered,
    version: int,
    who: str,
    when: datetime | None,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """What somebody else saved becomes the base; what was typed here stays, and is saved over it next time."""
    typed = {
        one.name: value
        for one in fields(CustomerEntry)
        if (value := getattr(mine.customer, one.name)) != getattr(editing.was.customer, one.name)
    }
    contacts = now.contacts if mine.contacts == editing.was.contacts else _known(mine.contacts, now.contacts)
    purchases = now.purchases if mine.purchases == editing.was.purchases else _known(mine.purchases, now.purchases)
    begin = Entered(replace(now.customer, **typed), contacts, purchases)
    st.session_state[EDITED] = Editing(editing.code, version, now, begin, told=(who, when, changes))


def _known(mine: Sequence[Any], now: Sequence[Any]) -> tuple[Any, ...]:
    """Lines as typed; one that somebody else took away is a new one."""
    ids = {one.id for one in now}
    return tuple(one if one.id in ids else replace(one, id=None) for one in mine)


def told(editing: Editing, sellers: Mapping[int, str]) -> None:
    """What somebody else changed meanwhile, field by field."""
    if editing.told is None:
        return
    who, when, changes = editing.told
    lines = [
        FieldChange(_(FIELDS[name]), *(_value(name, one, sellers) for one in pair)) for name, pair in changes.items()
    ]
    states.changed_meanwhile(who, formats.moment(when, clock.zone()) if when else formats.NOTHING, lines)


def _value(name: str, value: Any, sellers: Mapping[int, str]) -> str:
    if isinstance(value, tuple):
        return ", ".join(getattr(one, "name", "") or getattr(one, "product", "") for one in value) or formats.NOTHING
    if name == "sales_owner_id":
        return sellers.get(value, formats.NOTHING)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return formats.NOTHING if value in (None, "") else str(value)


def form(editing: Editing, sellers: Mapping[int, str], groups: Mapping[str, Sequence[str]]) -> Entered | None:
    """The whole form; what is to be saved, None until Save is pressed."""
    editing.drawn = True
    with st.form(editing.key, border=False):
        left, right = st.columns([1, 1.75], gap="small")
        with left, states.card(_("Customer")):
            customer = _customer(editing, sellers, groups)
        with right:
            with states.card(_("Contacts"), _("who can be asked")):
                contacts = _contacts(editing)
            with states.card(_("Purchases"), _("what was delivered, and until when under warranty")):
                purchases = _purchases(editing)
        pressed = st.form_submit_button(_("Save customer"), type="primary", icon=":material/check:")
    return Entered(customer, contacts, purchases) if pressed else None


def _customer(editing: Editing, sellers: Mapping[int, str], groups: Mapping[str, Sequence[str]]) -> CustomerEntry:
    begin, key = editing.begin.customer, editing.key
    code = st.text_input(_("Code"), begin.code, key=f"{key}.code", max_chars=60)
    zh = st.text_input(_("Chinese name"), begin.name_zh, key=f"{key}.zh", max_chars=200)
    en = st.text_input(_("English name"), begin.name_en, key=f"{key}.en", max_chars=200)
    one, two = st.columns(2, gap="xsmall")
    with one:
        segment = _group(_("Segment"), groups["segment"], begin.segment, f"{key}.segment")
        owner = _owner(begin.sales_owner_id, sellers, f"{key}.owner")
        value = st.number_input(
            _("Yearly business"), min_value=0.0, value=begin.value, key=f"{key}.value", format="%.2f"
        )
    with two:
        region = _group(_("Region"), groups["region"], begin.region, f"{key}.region")
        since = st.date_input(_("Customer since"), begin.since_on, key=f"{key}.since", format="YYYY-MM-DD")
    address = st.text_input(_("Address"), begin.address, key=f"{key}.address", max_chars=200)
    with st.container(horizontal=True):
        vip = st.checkbox(_("VIP"), begin.vip, key=f"{key}.vip")
        active = st.checkbox(_("Active"), begin.active, key=f"{key}.active", help=_("Only active customers are drawn."))
    return CustomerEntry(code, zh, en, segment, region, owner, address, value, vip, since, active)


def _group(label: str, options: Sequence[str], value: str, key: str) -> str:
    offered = sorted({*options, value} - {""})
    place = offered.index(value) if value else None
    return st.selectbox(label, offered, place, key=key, accept_new_options=True, placeholder=_("Choose or type")) or ""


def _owner(owner: int | None, sellers: Mapping[int, str], key: str) -> int | None:
    offered: list[int | None] = [None, *sellers]
    place = offered.index(owner) if owner in offered else 0
    return st.selectbox(_("Sales owner"), offered, place, format_func=lambda one: sellers.get(one or 0, "–"), key=key)


def _contacts(editing: Editing) -> tuple[ContactEntry, ...]:
    text = st.column_config.TextColumn
    rows = _frame(ContactEntry, editing.begin.contacts).astype({"active": bool})
    edited = st.data_editor(
        rows,
        key=f"{editing.key}.contacts",
        num_rows="dynamic",
        hide_index=True,
        row_height=30,
        column_config={
            "id": None,
            "name": text(_("Name"), width=80),
            "post": text(_("Post"), width=96),
            "mail": text(_("Mail"), width=150),
            "phone": text(_("Phone"), width=95),
            "language": st.column_config.SelectboxColumn(
                _("Language"), options=["", *LANGUAGES], format_func=_tongue, default="", width=84
            ),
            "active": st.column_config.CheckboxColumn(_("Active"), default=True, width=68),
        },
    )
    return tuple(_entry(ContactEntry, row) for row in edited.to_dict("records"))


def _tongue(code: Any) -> str:
    return LANGUAGES.get(code, "–")


def _purchases(editing: Editing) -> tuple[PurchaseEntry, ...]:
    rows = _frame(PurchaseEntry, editing.begin.purchases).astype({"quantity": float})
    for name in DAYS:
        rows[name] = pd.to_datetime(rows[name])
    day = st.column_config.DateColumn
    edited = st.data_editor(
        rows,
        key=f"{editing.key}.purchases",
        num_rows="dynamic",
        hide_index=True,
        row_height=30,
        column_config={
            "id": None,
            "product": st.column_config.TextColumn(_("Product"), width=136),
            "quantity": st.column_config.NumberColumn(_("Quantity"), min_value=0.0, width=78),
            "unit": st.column_config.TextColumn(_("Unit"), width=50),
            "promised_on": day(_("Promised"), width=92, format="YYYY-MM-DD"),
            "delivered_on": day(_("Delivered"), width=92, format="YYYY-MM-DD"),
            "warranty_ends_on": day(_("Warranty until"), width=118, format="YYYY-MM-DD"),
        },
    )
    return tuple(_entry(PurchaseEntry, row) for row in edited.to_dict("records"))


def _frame(kind: type[Any], entries: Sequence[Any]) -> pd.DataFrame:
    names = [one.name for one in fields(kind)]
    rows = [[getattr(entry, name) for name in names] for entry in entries]
    return pd.DataFrame(rows, columns=names).astype({"id": "Int64"})


def _entry(kind: type[Any], row: Mapping[Any, Any]) -> Any:
    """A row of an editor as an entry; what is missing is as usual."""
    usual = kind()
    return kind(**{name: _cell(name, value, getattr(usual, name)) for name, value in row.items()})


def _cell(name: str, value: Any, usual: Any) -> Any:
    if value is None or pd.isna(value):
        return usual
    if name in DAYS:
        return value.date() if isinstance(value, datetime) else value
    return int(value) if name == "id" else value


def merges(card: Any) -> tuple[str, int | str] | None:
    """Customers that were merged into this one, each to be taken apart again; and the code of another to take in.

    ("undo", key of the merge) or ("merge", code), None while nothing was asked for.
    """
    with states.card(_("Merged customers"), _("the same customer under another code")):
        for past in card.merges:
            with st.container(horizontal=True, vertical_alignment="center"):
                when = formats.moment(past.merge.at, clock.zone())
                st.markdown(f"{customer_register.called(past)} :gray[{when} {formats.plain(past.by)}]")
                if st.button(_("Undo merge"), key=f"entry.undo.{past.id}"):
                    return ("undo", past.id)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            code = st.text_input(
                _("Code of a customer that is the same"), key="entry.merge.code", max_chars=60, width=240
            )
            pressed = st.button(_("Merge into this one"), icon=":material/join_inner:", disabled=not code.strip())
        st.caption(_("Contacts, purchases, answers, opinions and actions of the other one move to it."))
    return ("merge", code.strip()) if pressed else None


def title(customer: KnownCustomer | None) -> None:
    """The way back, and who it is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        back()
        st.header(customer_register.called(customer) if customer else _("New customer"), anchor=False, width="content")
        if customer is not None:
            query = {"code": customer.code}
            st.page_link("customer.py", label=_("Customer file"), icon=":material/apartment:", query_params=query)
