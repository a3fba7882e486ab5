"""Around the customer matrix: what is selected and what can be done about it, what the signs mean, and which rows are shown."""

from collections.abc import Sequence
from typing import Final, NoReturn

import streamlit as st

from components import customer_search, filters, formats, states, status, ways
from components.customer_matrix import FEW, MatrixRow, Picked, bounds
from components.customer_search import PAGE, Asked
from components.texts import _
from domain.access import Scope, Viewer
from domain.scheme import Scheme

SMALL: Final = 30


def bar(picked: Picked | None, scheme: Scheme, viewer: Viewer) -> str | None:
    """What is selected and what can be done about it: "assign", "file" or "opinions" when that was pressed.

    While nothing is selected, what the signs mean.
    """
    if picked is None:
        _legend(scheme)
        return None
    who, figure = (
        formats.plain(formats.customer_name(picked.row.customer), at_most=26),
        formats.shown(picked.score.score, *bounds(scheme)),
    )
    subject = f"**{who} · {formats.plain(picked.heading)} {figure}**"
    beside = " · ".join(part for part in (f"n = {picked.score.n}", status.deduction(picked.score)) if part)
    st.markdown(f"{status.badge(picked.status)} {subject} :gray[{beside}]".strip(), width="content")
    wishes = {
        "assign": viewer.may("assign")
        and st.button(_("Assign action"), icon=":material/add_task:", type="primary", shortcut="A"),
        "file": not ways.are_closed() and st.button(_("Customer file"), icon=":material/folder_open:", shortcut="F"),
        "opinions": viewer.may("view_personal")
        and not ways.are_closed()
        and st.button(_("Read opinions"), icon=":material/forum:"),
    }
    return next((wish for wish, pressed in wishes.items() if pressed), None)


def _legend(scheme: Scheme) -> None:
    bound, red = scheme.thresholds.red_at_or_below, f"{scheme.thresholds.red:g}"
    parts = [
        _("Worst first"),
        _("● red: below {bound}", bound=red) if bound is None else _("● red: {bound} or less", bound=red),
        _("◇ amber: below target {target}", target=f"{scheme.targets.customer:g}"),
        *([] if ways.are_closed() else [_("click a score to assign an action")]),
    ]
    st.caption(" · ".join(parts))


def caption(rows: Sequence[MatrixRow], total: int, offset: int, *, channel: str = "") -> None:
    """Which rows of how many, what the star means, and how much a single score says."""
    parts = [_("{first}–{last} of {total}", first=offset + 1, last=offset + len(rows), total=formats.count(total))]
    if any(row.score.n < FEW for row in rows):
        parts.append(_("* fewer than {n} responses", n=FEW))
    if all(row.score.n < SMALL for row in rows):
        parts.append(_("samples all under {n}: a single customer's score is only a lead", n=SMALL))
    if channel:
        parts.append(_("scores cover all channels"))
    st.caption(" · ".join(parts), width="content")


def unnamed() -> NoReturn:
    """Why there are no customers in a survey of passengers or residents, and where its figures are. Ends the page."""
    line = _("This survey asks people without naming their company.")
    where = _("Its figures stand by segment and by item.")
    if states.empty(
        ":material/groups:", line, where, _("Dimensions and items"), key="customers.unnamed", primary=False
    ):
        ways.go("items.py", query_params=filters.query())
    st.stop()


def nothing(scope: Scope, asked: Asked) -> NoReturn:
    """Says that no customer fits, and offers to clear search and filters. Ends the page."""
    if asked.narrows or scope != Scope(scope.viewer, scope.scheme_id, scope.first, scope.last):
        line, button = _("No customer matches the search and filters."), _("Clear filters")
    else:
        line, button = _("No response of this period names a customer yet."), ""
    if states.empty(":material/apartment:", line, "", button, key="customers.clear", primary=False):
        customer_search.clear()
        filters.clear()
        st.rerun()
    st.stop()


def pages(total: int, asked: Asked) -> None:
    """The pages to turn, where there is more than one."""
    if total > PAGE:
        last = -(-total // PAGE)
        st.pagination(last, default=min(asked.page, last), key=asked.page_key, width=min(110 + 36 * last, 360))
