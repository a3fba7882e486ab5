"""Personal data: what is older than its term, what is held on a person, and what two people have agreed to take out."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

import pandas as pd
import streamlit as st

from components import address, audit_words, clock, drawn, notices, states
from components.formats import NOTHING, count, day_in_form, moment, plain
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _
from components.wave_mails import Tried
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import N_
from domain.retention import LONGEST, RECORDS, Terms
from services import person_export, retention
from services.retention import Asked, DueLine, RunLine

VIEWS: Final = {"due": N_("Old records"), "person": N_("One person"), "runs": N_("Runs")}
STATES: Final = {
    "proposed": (N_("Waits for a second person"), "blue"),
    "running": (N_("At work"), "violet"),
    "done": (N_("Done"), "green"),
    "withdrawn": (N_("Withdrawn"), "gray"),
}
KINDS: Final = {"retention": N_("Old records"), "erasure": N_("Erasure of a person")}
MOST_ROWS: Final = 9
FORM: Final = "privacy.form"
COUNTED: Final = "privacy.counted"
"""Whether this reader has asked for the count, which goes through all tables."""


def view() -> str:
    """Which part is looked at; it stands in the address."""
    return address.view(VIEWS, "due")


def waiting(viewer: Viewer, runs: Sequence[RunLine]) -> None:
    """The run that waits for a second person, or is at work."""
    for line in runs:
        if line.run.state in ("proposed", "running"):
            with states.card():
                _open_run(viewer, line)


def _open_run(viewer: Viewer, line: RunLine) -> None:
    run, (name, colour) = line.run, STATES[line.run.state]
    rows = sum(one.rows for one in line.lines)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{_(KINDS[run.kind])}** :{colour}-badge[{_(name)}]", width="content")
        said = _("Proposed by {name} on {day}: {n} rows.", name=plain(line.proposed_by), day=_at(run), n=count(rows))
        st.markdown(said, width="content")
        if run.state == "running":
            st.markdown(_("{n} rows changed so far.", n=count(sum(run.changed.values()))), width="content")
    if run.reason:
        st.caption(plain(run.reason))
    with st.expander(_("What it changes")):
        table(line.lines, "privacy.open")
    if run.state == "proposed" and viewer.may("confirm_erasure"):
        own = run.proposed_by_id == viewer.user_id
        with st.container(horizontal=True, vertical_alignment="center"):
            keys: dict[str, Any] = {"run_id": run.id or 0, "by": viewer, "at": clock.now()}
            sure = st.checkbox(_("This cannot be undone."), key="privacy.sure", disabled=own)
            if st.button(_("Confirm and anonymise"), type="primary", disabled=own or not sure, key="privacy.confirm"):
                _done(lambda s: retention.confirm(s, **keys))
            if st.button(_("Withdraw"), key="privacy.withdraw"):
                _done(lambda s: retention.withdraw(s, **keys))
            if own:
                st.caption(_("You proposed it: somebody else has to confirm."), width="content")


def due(viewer: Viewer, terms: Terms) -> None:
    """How long records are kept; what is older; the button that proposes to anonymise it."""
    left, right = st.columns([2.2, 1], gap="small")
    with right, states.plain_card(_("How long records are kept")):
        _terms(viewer, terms)
    with left, states.plain_card(_("Older than its term"), _("nothing is changed by looking")):
        counted = st.button(_("Count old records"), icon=":material/manage_search:", key="privacy.count")
        st.session_state[COUNTED] = counted or st.session_state.get(COUNTED, False)
        if not st.session_state[COUNTED]:
            st.caption(_("Every record is looked at, which may take a while."))
            return
        with read_session() as session:
            lines = retention.due(session, viewer, today=clock.today(), zone=clock.zone())
        if not lines:
            st.success(_("No record with personal data is older than its term."), icon=":material/check:")
            return
        table(lines, "privacy.due")
        st.caption(_("Names, addresses, free texts and files go; scores, counts, findings and who did what when stay."))
        if viewer.may("manage_privacy") and st.button(
            _("Propose to anonymise {n} rows", n=count(sum(one.rows for one in lines))),
            type="primary",
            key="privacy.go",
        ):
            given: dict[str, Any] = {"form_key": _form(), "by": viewer, "at": clock.now(), "zone": clock.zone()}
            _done(lambda s: retention.propose(s, **given))


def _terms(viewer: Viewer, terms: Terms) -> None:
    with st.form("privacy.terms", border=False):
        years = {
            name: st.number_input(
                _("{what} (years)", what=_(title)),
                *(least, LONGEST, getattr(terms, name)),
                key=f"privacy.terms.{name}",
                disabled=not viewer.may("manage_privacy"),
            )
            for name, (title, least) in RECORDS.items()
        }
        st.caption(_("Where a scheme keeps its records longer, its term counts."))
        pressed = st.form_submit_button(_("Save"), disabled=not viewer.may("manage_privacy"))
    if pressed:
        _done(lambda s: retention.set_terms(s, wanted=Terms(**years), by=viewer, at=clock.now()))


def table(lines: Sequence[DueLine], key: str) -> None:
    """A line for each table: how many rows, from when, of how many customers and of which most."""
    rows = [
        {
            "table": audit_words.about(one.table),
            "record": _(RECORDS[one.record][0]),
            "rows": one.rows,
            "oldest": day_in_form(one.oldest),
            "newest": day_in_form(one.newest),
            "customers": ", ".join(f"{code} {n}" for code, n in sorted(one.customers.items(), key=lambda o: -o[1])),
        }
        for one in lines
    ]
    drawn.table(
        pd.DataFrame(rows),
        key=key,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), MOST_ROWS),
        column_config={
            "table": st.column_config.TextColumn(_("Table"), width=125),
            "record": st.column_config.TextColumn(_("Kind of record"), width=195),
            "rows": st.column_config.NumberColumn(_("Rows"), width=50),
            "oldest": st.column_config.TextColumn(_("Oldest"), width=85),
            "newest": st.column_config.TextColumn(_("Newest"), width=85),
            "customers": st.column_config.TextColumn(_("Rows by customer")),
        },
        placeholder=NOTHING,
        alt=_("Tables with personal data that would be anonymised"),
    )


def person(viewer: Viewer) -> None:
    """Finds a person; all that is held on the person as a file; the proposal to erase it."""
    said = st.text_input(_("Name, mail or phone of a person at a customer"), key="privacy.who", max_chars=80, width=420)
    with read_session() as session:
        found = retention.people_named(session, viewer, said)
    if not found:
        line = _("Nobody is called so.") if said.strip() else _("Whose data is asked for?")
        states.empty(":material/person_search:", line, _("People at customers are looked for, not colleagues."))
        return
    names = {one.contact_id: f"{one.name} · {one.customer}" for one in found}
    chosen = st.selectbox(_("Person"), list(names), format_func=names.__getitem__, key="privacy.person", width=420)
    one = next(one for one in found if one.contact_id == chosen)
    left, right = st.columns([2.2, 1], gap="small")
    with read_session() as session:
        lines = retention.due_of_person(session, viewer, chosen, today=clock.today(), zone=clock.zone())
    with left, states.plain_card(_("What is held"), plain(one.name)):
        if lines:
            table(lines, "privacy.held")
        else:
            st.caption(_("Nothing is held on this person any more."))
    with right:
        with states.plain_card(_("Hand out"), _("all that is held")):
            _downloads(viewer, one)
        if lines:
            with states.plain_card(_("Erase"), _("figures stay")):
                _erase(viewer, one)


def _downloads(viewer: Viewer, one: Asked) -> None:
    for ending, label in (("xlsx", _("Excel workbook")), ("json", _("JSON file"))):
        st.download_button(
            label,
            partial(_file, viewer, one.contact_id, ending),
            f"person-{one.contact_id}.{ending}",
            key=f"privacy.take.{ending}",
            on_click="ignore",
            width="stretch",
        )


def _file(viewer: Viewer, contact_id: int, ending: str) -> bytes:
    with write_session() as session:
        given: dict[str, Any] = {"contact_id": contact_id, "by": viewer, "at": clock.now(), "zone": clock.zone()}
        return bytes(getattr(person_export.export_person(session, **given), ending))


def _erase(viewer: Viewer, one: Asked) -> None:
    with st.form("privacy.erase", border=False):
        reason = st.text_area(_("Who asked for it, when, how"), max_chars=1000, height=80)
        pressed = st.form_submit_button(_("Propose erasure"), type="primary", width="stretch")
    if pressed:
        given: dict[str, Any] = {"form_key": _form(), "by": viewer, "at": clock.now(), "zone": clock.zone()}
        _done(lambda s: retention.propose_erasure(s, contact_id=one.contact_id, reason=reason or "", **given))


def runs(lines: Sequence[RunLine]) -> None:
    """All runs, the newest first."""
    if not lines:
        states.empty(
            ":material/policy:", _("Nothing was anonymised yet."), _("Runs stand here with who agreed to them.")
        )
        return
    rows = [
        {
            "kind": _(KINDS[one.run.kind]),
            "state": _(STATES[one.run.state][0]),
            "proposed": f"{one.proposed_by} {_at(one.run)}",
            "decided": f"{one.decided_by} {moment(one.run.decided_at, clock.zone())}" if one.run.decided_at else "",
            "rows": sum(one.run.changed.values()),
            "reason": one.run.reason,
        }
        for one in lines
    ]
    columns = {
        "kind": st.column_config.TextColumn(_("Kind"), width=140),
        "state": st.column_config.TextColumn(_("State"), width=160),
        "proposed": st.column_config.TextColumn(_("Proposed"), width=220),
        "decided": st.column_config.TextColumn(_("Decided"), width=220),
        "rows": st.column_config.NumberColumn(_("Rows changed"), width=100),
        "reason": st.column_config.TextColumn(_("Reason")),
    }
    alt = _("Runs with who proposed and who confirmed them")
    drawn.table(pd.DataFrame(rows), key="privacy.runs", hide_index=True, column_config=columns, alt=alt)


def _at(run: Any) -> str:
    return moment(run.proposed_at, clock.zone())


def _form() -> str:
    return str(st.session_state.setdefault(FORM, uuid4().hex))


def _done(does: Callable[[Any], object]) -> None:
    if Tried(does).worked:
        st.session_state.pop(FORM, None)
        st.session_state.pop(COUNTED, None)
        notices.say(_("Saved"))
        st.rerun()
