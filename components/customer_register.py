"""The register on its page: filters, the table of customers, and pairs that may be one customer."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

import streamlit as st

from components import address, chooser, states
from components.formats import count, customer_name, percent, plain
from components.texts import _, language, ngettext
from domain.customer_filters import CustomerFilter
from domain.customer_names import Doubles, Named
from domain.errors import N_
from domain.scheme import Name
from domain.tables import Table
from services import customer_merging

VIEWS: Final = {"register": N_("Register"), "import": N_("Import"), "doubles": N_("Possible doubles")}
ACTIVITY: Final[dict[str, tuple[str, bool | None]]] = {
    "active": (N_("Active"), True),
    "inactive": (N_("Not active"), False),
    "all": (N_("All"), None),
}
PAGE: Final = 50
MOST_ROWS: Final = 17
MOST_PAIRS: Final = 30
LONGEST_CALLED: Final = 120
"""Letters of code and name; what was imported long ago may have any number."""
TABLE, TURNED, SEARCH = "register.table", "register.page", "register.search"


class KnownCustomer(Protocol):
    """A customer, as far as the register shows it."""

    id: int | None
    code: str
    name_zh: str
    name_en: str
    segment: str
    region: str
    address: str
    value: float | None
    vip: bool
    active: bool


class KnownLine(Protocol):
    """A line of the register."""

    @property
    def customer(self) -> Any: ...
    @property
    def owner(self) -> str: ...
    @property
    def contacts(self) -> int: ...


class Wish(NamedTuple):
    """What shall be done with two customers: the verb, their keys by its arguments, and what is said then (a message)."""

    verb: Callable[..., Any]
    keys: Mapping[str, int]
    told: str


def view() -> str:
    """Which part of the page is shown; it stands in the address too."""
    key = address.pull("view", list(VIEWS), "register")
    found = st.segmented_control(
        _("Part of the page"),
        list(VIEWS),
        format_func=lambda name: _(VIEWS[name]),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    return address.push("view", found, "register")


def filters(groups: Mapping[str, Sequence[str]], sellers: Mapping[int, str]) -> CustomerFilter:
    """Draws what the register can be narrowed by."""
    if SEARCH not in st.session_state:
        st.session_state[SEARCH] = st.query_params.get("search", "")[:100]
    search = st.text_input(
        _("Search customers"),
        key=SEARCH,
        placeholder=_("Search customers"),
        icon=":material/search:",
        label_visibility="collapsed",
        max_chars=100,
        width=160,
    )
    address.push("search", search.strip())
    segments = _several(_("Segment"), groups["segment"], "segments")
    regions = _several(_("Region"), groups["region"], "regions")
    activity = st.selectbox(
        _("Activity"),
        list(ACTIVITY),
        format_func=lambda name: _(ACTIVITY[name][0]),
        key=address.pull("activity", list(ACTIVITY), "active"),
        label_visibility="collapsed",
        width=105,
    )
    address.push("activity", activity, "active")
    with st.popover(_("More filters"), icon=":material/filter_list:"):
        more = _more(groups, sellers)
    narrowed = CustomerFilter(search.strip(), segments, regions, active=ACTIVITY[activity][1])
    return CustomerFilter(**{**vars(narrowed), **more})


def _several(label: str, options: Sequence[str], name: str) -> tuple[str, ...]:
    key = address.pull_several(name, options)
    chosen = st.multiselect(label, options, key=key, placeholder=label, label_visibility="collapsed", width=140)
    return address.push_several(name, chosen)


def _more(groups: Mapping[str, Sequence[str]], sellers: Mapping[int, str]) -> dict[str, Any]:
    names = {str(key): name for key, name in sellers.items()}
    key = address.pull_several("owners", list(names))
    owners = st.multiselect(
        _("Sales owner"), list(names), format_func=names.__getitem__, key=key, placeholder=_("Choose")
    )
    vip = address.toggle(_("VIP only"), "vip")
    least = _amount(_("Yearly business from"), "value")
    left, right = st.columns([2, 1], gap="xsmall", vertical_alignment="bottom")
    with left:
        at_least = _amount(_("Bought at least, at a time"), "quantity")
    units = ["", *groups["unit"]]
    unit = right.selectbox(_("Unit"), units, key=address.pull("unit", units))
    bought = _since(_("Bought since"), "bought")
    new, old = st.columns(2, gap="xsmall")
    with new:
        since = _since(_("Customer since, from"), "from")
    with old:
        until = _since(_("to"), "until")
    return {
        "owners": tuple(map(int, address.push_several("owners", owners))),
        "vip": True if vip else None,
        "value_from": least,
        "at_least": at_least,
        "unit": address.push("unit", unit),
        "bought_since": bought,
        "since_from": since,
        "since_to": until,
    }


def _amount(label: str, name: str) -> float | None:
    key = address.pull_number(name)
    return address.push_number(name, st.number_input(label, min_value=0.0, value=None, key=key, format="%g"))


def _since(label: str, name: str) -> date | None:
    key = address.pull_day(name)
    return address.push_day(name, st.date_input(label, value=None, key=key, format="YYYY-MM-DD"))


def offset(wanted: CustomerFilter) -> int:
    """How many customers come before the page that is turned to; another filter begins with the first."""
    return (int(st.session_state.get(_page_key(wanted), 1)) - 1) * PAGE


def table(lines: Sequence[KnownLine], total: int, wanted: CustomerFilter) -> str:
    """The customers of a page; the code of the one that is picked, "" for none."""
    picked = chooser.chosen(
        lines,
        [_line(line) for line in lines],
        columns=_columns(),
        most_rows=MOST_ROWS,
        alt=ngettext("{n} customer in the register", "{n} customers in the register", total),
        key=f"{TABLE}.{hash(wanted)}.{st.session_state.get(TABLE, 0)}",
        personal=True,
    )
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        shown = ngettext("{n} customer", "{n} customers", total)
        st.caption(f"{shown} · {_('Select a row to open it.')}")
        if total > PAGE:
            last = -(-total // PAGE)
            st.pagination(last, key=_page_key(wanted), width=min(110 + 36 * last, 360))
    if picked:
        st.session_state[TABLE] = st.session_state.get(TABLE, 0) + 1  # the way back begins without a selection
        return str(picked[0].customer.code)
    return ""


def taken(lines: Sequence[KnownLine]) -> Table:
    """The rows of the page to take along."""
    headers = [
        *(_("Code"), _("Chinese name"), _("English name"), _("Segment"), _("Region"), _("Sales owner")),
        *(_("Address"), _("Yearly business"), "VIP", _("Customer since"), _("Active")),
    ]
    rows = [
        [
            *(c.code, c.name_zh, c.name_en, c.segment, c.region, line.owner, c.address, c.value),
            *("VIP" if c.vip else "", c.since_on, _("yes") if c.active else _("no")),
        ]
        for line in lines
        for c in [line.customer]
    ]
    return Table(_("Customers"), headers, rows, personal=True)


def taken_contacts(lines: Sequence[KnownLine], contacts: Mapping[int, Sequence[Any]]) -> Table:
    """The active contacts of the page to take along."""
    headers = [_("Code"), _("Customer"), _("Name"), _("Post"), _("Mail"), _("Phone"), _("Language")]
    rows = [
        [line.customer.code, customer_name(line.customer), one.name, one.post, one.mail, one.phone, one.language]
        for line in lines
        for one in contacts.get(line.customer.id, ())
    ]
    return Table(_("Contacts"), headers, rows, personal=True)


def nothing(wanted: CustomerFilter) -> bool:
    """Nobody is in the register yet, or nobody fits; whether a first customer shall be added."""
    if wanted != CustomerFilter():
        states.empty(":material/filter_alt_off:", _("No customer matches these filters."), key="register.empty")
        return False
    line, caption = _("No customers yet"), _("Import a list, or add the first one.")
    return states.empty(":material/contacts:", line, caption, _("Add customer"), key="register.first")


def doubles(pairs: Sequence[Doubles], apart: Collection[tuple[int, int]]) -> Wish | None:
    """Pairs that may be one customer, the likeliest first, without those `apart`; what somebody wants done with a pair."""
    refused = [pair for pair in pairs if _keys(pair) in apart]
    proposed = [pair for pair in pairs if _keys(pair) not in apart]
    wish = _proposals(proposed) if proposed else None
    if not proposed:
        line, caption = _("No possible doubles"), _("No two customers have names that are alike.")
        caption = _("Every pair of like names was looked at.") if refused else caption
        states.empty(":material/join_inner:", line, caption, key="doubles.empty")
    return _refused(refused) or wish if refused else wish


def _proposals(pairs: Sequence[Doubles]) -> Wish | None:
    st.caption(
        _(
            "Names that differ in spelling or legal form, or are alike. Nothing is merged unless you say so; it can be undone."
        )
    )
    found = None
    for pair in pairs[:MOST_PAIRS]:
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(_pair(pair))
            if st.button(_("Not the same"), icon=":material/call_split:", key=f"apart.{_key(pair)}"):
                found = Wish(customer_merging.keep_apart, _one_and_other(pair), N_("No longer proposed"))
            found = _keep(pair) or found
    if len(pairs) > MOST_PAIRS:
        st.caption(_("{n} more pairs", n=count(len(pairs) - MOST_PAIRS)))
    return found


def _refused(pairs: Sequence[Doubles]) -> Wish | None:
    """Those that were said to be two customers, to take that back."""
    found = None
    with st.expander(ngettext("{n} pair is not the same", "{n} pairs are not the same", len(pairs))):
        for pair in pairs:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(_pair(pair))
                if st.button(_("Propose again"), icon=":material/undo:", key=f"again.{_key(pair)}", type="tertiary"):
                    found = Wish(customer_merging.propose_again, _one_and_other(pair), N_("Proposed again"))
    return found


def called(one: Named | KnownCustomer) -> str:
    """Code and name in the reader's language."""
    return plain(f"{one.code} {Name(one.name_zh, one.name_en).in_(language())}".strip(), at_most=LONGEST_CALLED)


def _pair(pair: Doubles) -> str:
    how = (
        _("same but for spelling") if pair.likeness == 1 else _("{share} alike", share=percent(round(pair.likeness, 2)))
    )
    return f"**{called(pair.one)}** · **{called(pair.other)}** :gray-badge[{how}]"


def _keep(pair: Doubles) -> Wish | None:
    key = f"doubles.{_key(pair)}"
    with st.popover(_("Merge"), icon=":material/join_inner:"):
        kept = st.radio(_("Keep"), [pair.one, pair.other], format_func=lambda one: called(one), key=f"{key}.keep")
        st.caption(_("Contacts, purchases, answers, opinions and actions of the other one move to it."))
        if not st.button(_("Merge"), type="primary", key=f"{key}.merge"):
            return None
    other = pair.other if kept == pair.one else pair.one
    return Wish(customer_merging.merge, {"kept_id": kept.id, "merged_id": other.id}, N_("Merged"))


def _keys(pair: Doubles) -> tuple[int, int]:
    return min(pair.one.id, pair.other.id), max(pair.one.id, pair.other.id)


def _one_and_other(pair: Doubles) -> dict[str, int]:
    return {"one_id": pair.one.id, "other_id": pair.other.id}


def _key(pair: Doubles) -> str:
    return f"{pair.one.id}.{pair.other.id}"


def _page_key(wanted: CustomerFilter) -> str:
    return f"{TURNED}.{hash(wanted)}"


def _line(line: KnownLine) -> dict[str, Any]:
    c = line.customer
    shown = customer_name(c)
    return {
        "code": c.code,
        "name": shown,
        "other": c.name_en if shown == c.name_zh else c.name_zh,
        "segment": c.segment,
        "region": c.region,
        "owner": line.owner,
        "contacts": line.contacts,
        "value": c.value,
        "vip": "VIP" if c.vip else "",
        "active": c.active,
    }


def _columns() -> dict[str, Any]:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "code": text(_("Code"), width=80),
        "name": text(_("Customer")),
        "other": text(_("Other name")),
        "segment": text(_("Segment"), width=120),
        "region": text(_("Region"), width=100),
        "owner": text(_("Sales owner"), width=80),
        "contacts": number(_("Contacts"), width=70, help=_("Active contacts")),
        "value": number(_("Yearly business"), width=105, format="localized"),
        "vip": text("VIP", width=50),
        "active": st.column_config.CheckboxColumn(_("Active"), width=60),
    }
