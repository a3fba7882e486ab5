"""Importing customers: which list is it, what would become of it, and shall it go in?"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components import clock, customer_entry, drawn, import_check, import_file, notices, states
from components.formats import count
from components.texts import _
from db.session import read_session, write_session
from domain.access import Viewer
from domain.customer_columns import ROLES, proposed
from domain.errors import N_, Refusal
from services.customer_import import import_customers
from services.customer_reports import NEW, Change, CustomerReport
from services.reading import Table, open_table
from settings import settings

UPLOAD, ROUND, REPORT = "customers.import.file", "customers.import.round", "customers.import.report"
KINDS: Final = {"customers": N_("Customers"), "contacts": N_("Contacts"), "purchases": N_("Purchases")}
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "customers": tuple(ROLES)[: tuple(ROLES).index("contact")],
    "contacts": ("contact", "post", "mail", "phone", "language"),
    "purchases": ("product", "quantity", "unit", "promised_on", "delivered_on", "warranty_ends_on"),
}


def draw(viewer: Viewer) -> None:
    """The file, the proposed columns, what would become of the rows, and the one button that writes them."""
    table = _chosen()
    if table is None:
        return
    verdict = st.container()
    columns = _columns(table)
    try:
        report = _checked(viewer, table, columns)
    except Refusal as refusal:
        with verdict:
            states.refused(refusal.explain(_))
        return
    with verdict:
        if _verdict(report):
            _write(viewer, table, columns)
        advice = _("correct them in the file and import it again; the other rows can go in now")
        _list(report.listed)
        import_check.problems(cast(Any, report.problems), table.filename, advice)


def _chosen() -> Table | None:
    left, right = st.columns([1, 1.75], gap="small", vertical_alignment="center")
    with left:
        file = st.file_uploader(
            _("List of customers (CSV or Excel)"),
            key=f"{UPLOAD}.{st.session_state.get(ROUND, 0)}",
            label_visibility="collapsed",
            max_upload_size=settings().upload_limit_mb,
        )
    with right:
        if file is None:
            st.markdown(f"**{_('List of customers (CSV or Excel)')}**")
            st.caption(
                _(
                    "One row for each customer, contact or purchase. Columns are recognised; nothing is written before you have seen it."
                )
            )
            return None
        try:
            table = _opened(file)
        except Refusal as refusal:
            states.refused(refusal.explain(_))
            return None
        st.markdown(f":green-badge[:material/check: {_('Recognised')}] {import_file.recognised(table)}")
        return table


def _opened(file: UploadedFile) -> Table:
    return open_table(file, file.name)


def _columns(table: Table) -> dict[str, str]:
    """Role → header, as proposed and as corrected."""
    found, offered = proposed(table.headers), ["", *table.headers]
    columns: dict[str, str] = {}
    with st.expander(_("Columns"), icon=":material/view_column:", expanded=not found):
        for kind, roles in PARTS.items():
            st.markdown(f"**{_(KINDS[kind])}**")
            places = st.columns(6, gap="xsmall")
            for number, role in enumerate(roles):
                with places[number % 6]:
                    header = st.selectbox(
                        _(ROLES[role][0]),
                        offered,
                        offered.index(found.get(role, "")),
                        format_func=lambda name: name or "–",
                        key=f"{UPLOAD}.{table.sha256[:12]}.{role}",
                    )
                if header:
                    columns[role] = header
    return columns


def _checked(viewer: Viewer, table: Table, columns: Mapping[str, str]) -> CustomerReport:
    """What would become of the rows; worked out once for each file and choice of columns."""
    key = (viewer.user_id, table.sha256, tuple(columns.items()))
    known = st.session_state.get(REPORT)
    if known and known[0] == key:
        found: CustomerReport = known[1]
        return found
    with read_session() as session:
        report = import_customers(session, table=table, columns=columns, by=viewer, at=clock.now(), dry_run=True)
    st.session_state[REPORT] = (key, report)
    return report


def _verdict(report: CustomerReport) -> bool:
    """What is new and changed, beside the one button; whether it was pressed."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(gap="xxsmall"):
            for kind, some in report.counts.items():
                if any(some.values()):
                    st.markdown(f"**{_(KINDS[kind])}** {_figures(some)}")
            refused = _("{n} refused, see below", n=count(report.refused)) if report.refused else ""
            st.caption(" · ".join(part for part in (_("{n} rows", n=count(report.rows)), refused) if part))
        label = _("Import {n} changes", n=count(report.changes)) if report.changes else _("Nothing to import")
        return st.button(
            label, type="primary", icon=":material/upload:", disabled=not report.changes, key="customers.import.go"
        )


def _list(changes: Sequence[Change]) -> None:
    """What is new, and what changes from what to what."""
    if not changes:
        return
    names = {**customer_entry.FIELDS, **{role: name for role, (name, _known) in ROLES.items()}, "name": N_("Name")}
    headers = (_("What"), _("Code"), _("Name"), _("Change"), _("Old value"), _("New value"))
    rows = [
        (
            _(KINDS[one.kind]),
            one.customer,
            one.name,
            _("new") if one.what == NEW else _(names[one.what]),
            one.old,
            one.new,
        )
        for one in changes
    ]
    with states.card(_("What will be written"), _("the first {n}", n=count(len(rows)))):
        drawn.table(
            [dict(zip(headers, row, strict=True)) for row in rows],
            hide_index=True,
            row_height=30,
            height=34 + 30 * min(len(rows), 6),
            alt=_("What will be written"),
        )


def _figures(some: Mapping[str, int]) -> str:
    words: Sequence[str] = (
        _("{n} new", n=count(some["new"])),
        _("{n} changed", n=count(some["changed"])),
        _("{n} as they are", n=count(some["same"])),
    )
    return " · ".join(words)


def _write(viewer: Viewer, table: Table, columns: Mapping[str, str]) -> None:
    with write_session() as session:
        done = import_customers(session, table=table, columns=columns, by=viewer, at=clock.now())
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.session_state.pop(REPORT, None)
    notices.say(_("Imported: {n} changes", n=count(done.changes)))
    st.rerun()
