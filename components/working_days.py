"""The company's own working days: their list and form, and a window counted to try them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

import streamlit as st
from babel import Locale

from components import chooser, clock, formats
from components.asked import Asked
from components.texts import _, language
from domain.errors import N_
from domain.workdays import COUNTRIES, WorkingCalendar

WORKED: Final = {False: N_("Day off"), True: N_("Working day")}
FIRST_COUNTRIES: Final = ("CN", "HK", "TW", "JP", "KR", "SG", "DE", "FR", "GB", "US")
MOST_ROWS: Final = 12


class Day(Protocol):
    """A day as it is stored."""

    day: date
    is_working: bool
    name: str


@dataclass(frozen=True)
class Tried:
    """A window to be counted: so many working days from a day on, in a country."""

    country: str
    sent_on: date
    days: int


def card(days: Sequence[Day]) -> Asked | None:
    """The list, and the form that adds to it; what was asked for."""
    with st.form("working_days.form", border=False, clear_on_submit=True):
        places = st.columns([1, 1.1, 1.4, 0.8], gap="small", vertical_alignment="bottom")
        day = places[0].date_input(_("Day"), clock.today(), format="YYYY-MM-DD")
        works = places[1].selectbox(_("Kind"), list(WORKED), format_func=lambda one: _(WORKED[one]))
        name = places[2].text_input(_("Name"), max_chars=100, placeholder=_("for example: company anniversary"))
        added = places[3].form_submit_button(_("Add"), type="primary", icon=":material/add:", width="stretch")
    if added and isinstance(day, date):
        return Asked("set", {"day": day, "is_working": bool(works), "name": name})
    if not days:
        st.caption(_("None yet: the country's holidays and make-up days alone decide."))
        return None
    picked = chooser.chosen(
        days,
        [{"day": formats.day_in_form(one.day), "kind": _(WORKED[one.is_working]), "name": one.name} for one in days],
        columns={"day": _("Day"), "kind": _("Kind"), "name": _("Name")},
        most_rows=MOST_ROWS,
        alt=_("The company's own days, the newest first"),
        key=f"working_days.table.{len(days)}",
    )
    if st.button(_("Remove"), icon=":material/delete:", disabled=not picked, key="working_days.remove"):
        return Asked("remove", {"day": picked[0].day})
    return None


def tried() -> Tried:
    """Country, day of sending and length of a window."""
    countries = [*FIRST_COUNTRIES, *sorted(COUNTRIES - set(FIRST_COUNTRIES))]
    names = Locale.parse(language()).territories
    country = st.selectbox(
        _("Country"), countries, format_func=lambda one: f"{names.get(one, one)} ({one})", key="working_days.country"
    )
    sent_on = st.date_input(_("Sent on"), clock.today(), format="YYYY-MM-DD", key="working_days.from")
    days = st.number_input(_("Length in working days"), 1, 250, 5, key="working_days.days")
    return Tried(country or "CN", sent_on if isinstance(sent_on, date) else clock.today(), int(days or 1))


def result(asked: Tried, calendar: WorkingCalendar) -> None:
    """The last day of the window; the day of sending isn't counted."""
    due = calendar.after(asked.sent_on, asked.days)
    st.metric(_("In time until"), formats.day_in_form(due), border=True)
    text = _("The day of sending is not counted.")
    if calendar.is_provisional(due.year):
        text += " " + _("Provisional: the make-up days of {year} are not published yet.", year=due.year)
    st.caption(text)
