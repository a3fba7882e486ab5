"""Actions as a board of five columns and as a list; which one is to be opened."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import pandas as pd
import streamlit as st

from components import action_words, address, drawn, filters, head, states
from components.finding_words import action_name
from components.formats import count, day_in_form, period_short, plain, time_left
from components.matrix import ROW_HEIGHT, height_of, styled
from components.status import CLOCK
from components.texts import _, language
from domain.access import Viewer
from domain.action_rows import UNFINISHED, ActionRow, Board
from domain.action_states import STATE_NAMES, State
from domain.errors import N_
from domain.scheme import Name

PAGE: Final = 50
MOST_ROWS: Final = 19
CARDS: Final = 12
"""Cards that a column shows; the list has all."""
VIEWS: Final = {"board": N_("Board"), "list": N_("List")}
LISTED: Final[dict[str, tuple[str, tuple[State, ...]]]] = {
    "unfinished": (N_("Unfinished"), UNFINISHED),
    "overdue": (N_("Overdue"), UNFINISHED),
    **{state.value: (STATE_NAMES[state], (state,)) for state in State},
}
"""What the list can be narrowed to → its name and the states."""


class Asked(NamedTuple):
    """How the reader wants to see actions: board or list, of which department, only the own ones."""

    view: str
    department: str
    only_mine: bool
    new: bool


class Listed(NamedTuple):
    """What the list is narrowed to."""

    which: str
    search: str
    key: str
    several: bool = False

    @property
    def states(self) -> tuple[State, ...]:
        """The states that are wanted."""
        return LISTED[self.which][1]

    @property
    def page(self) -> int:
        """The page from 1."""
        return int(st.session_state.get(self.key, 1))


def asked(viewer: Viewer, departments: Mapping[str, Name]) -> Asked:
    """Draws, at the right of the head, the views, the department and the button for a new action.

    What is chosen stands in the address (`?view=list&unit=quality&mine=1`).
    """
    names = {code: name.in_(language()) for code, name in departments.items()}
    with head.actions():
        st.page_link("meetings.py", label=_("Meetings"), icon=":material/groups:")
        st.page_link("effects.py", label=_("Effects"), icon=":material/trending_up:")
        view = st.segmented_control(
            _("View"),
            list(VIEWS),
            required=True,
            format_func=lambda one: _(VIEWS[one]),
            key=address.pull("view", list(VIEWS), "board"),
            label_visibility="collapsed",
        )
        department = ""
        if viewer.only_department is None:
            department = st.selectbox(
                _("Department"),
                ["", *names],
                format_func=lambda one: names[one] if one else _("All departments"),
                key=address.pull("unit", ["", *names]),
                label_visibility="collapsed",
                width=150,
            )
        mine = address.toggle(_("Mine"), "mine")
        new = viewer.may("assign") and st.button(
            _("New action"), type="primary", icon=":material/add:", key="actions.new"
        )
    view, department = address.push("view", view, "board"), address.push("unit", department)
    return Asked(view, department, mine, bool(new))


def summary(board: Board) -> None:
    """Behind the title: how many actions are open, late, and the reader's own."""
    late = f":red-badge[{CLOCK} {_('Overdue {n}', n=count(board.overdue))}]" if board.overdue else ""
    mine = f":gray-badge[{_('Mine {n}', n=count(board.mine))}]" if board.mine else ""
    opened = f":gray[{_('{n} open', n=count(board.unfinished))}]"
    with head.beside():
        st.markdown(" ".join(part for part in (opened, late, mine) if part), width="content")


def draw(board: Board, *, today: date) -> None:
    """The board: a column of cards for each stage, most urgent first."""
    if not any(board.counts.values()):
        states.empty(
            ":material/check_circle:", _("No actions on the board."), _("Assign one from a red cell, or here.")
        )
        return
    for place, (name, title) in zip(
        st.columns(len(action_words.COLUMNS), gap="small"), action_words.COLUMNS.items(), strict=True
    ):
        with place:
            st.markdown(f"**{_(title)}** :gray[{count(board.counts[name])}]")
            for row in board.cards[name]:
                _card(row, today)
            if hidden := board.counts[name] - len(board.cards[name]):
                st.caption(_("{n} more in the list", n=count(hidden)))


def _card(row: ActionRow, today: date) -> None:
    number = f":gray[{action_name(row.number)}]"
    lines = [
        f"{action_words.badges(row)} {number}".strip(),
        f"**{plain(row.title, at_most=80)} {action_words.figure(row)}**".replace(" **", "**"),
        f":gray[{plain(row.department.in_(language()))} · {plain(row.owner)}]",
    ]
    with st.container(border=True, gap="xsmall"):
        st.markdown("  \n".join(lines))
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(action_words.time_left(row, today), width="content")
            st.page_link("action.py", label=_("Open"), query_params=filters.query(number=str(row.number)))


def listed(viewer: Viewer, asked: Asked) -> Listed:
    """Draws what the list can be narrowed to, and whether several actions are to be chosen."""
    with st.container(horizontal=True, vertical_alignment="center"):
        which = st.selectbox(
            _("State"),
            list(LISTED),
            format_func=lambda one: _(LISTED[one][0]),
            key=address.pull("state", list(LISTED), "unfinished"),
            label_visibility="collapsed",
            width=170,
        )
        search = st.text_input(
            _("Search actions"),
            key=address.pull_text("search"),
            placeholder=_("Number or words of the title"),
            icon=":material/search:",
            label_visibility="collapsed",
            max_chars=100,
            width=260,
        )
        several = viewer.may("edit_actions") and st.toggle(_("Choose several"), key="actions.several")
    which, search = address.push("state", which, "unfinished"), address.push("search", search)
    return Listed(which, search, f"actions.page.{hash((asked, which, search))}", bool(several))


def table(rows: Sequence[ActionRow], *, today: date, key: str, several: bool = False) -> list[ActionRow]:
    """The list; the actions whose lines were chosen, at most one unless `several` may be."""
    frame = pd.DataFrame([_cells(row, today) for row in rows])
    how = {row.score: row.status for row in rows}
    event = drawn.table(
        styled(frame, {"score": how.get}, bounds=[], few=0),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), MOST_ROWS),
        column_config=_columns(),
        placeholder="",
        key=key,
        on_select="rerun",
        selection_mode="multi-row" if several else "single-row",
        alt=_("Corrective actions, the first due first"),
    )
    return [rows[place] for place in event["selection"]["rows"] if place < len(rows)]


def pages(total: int, listed: Listed) -> None:
    """How many there are, and the pages to turn where there is more than one."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_("{n} actions · the first due first", n=count(total)), width="content")
        if total > PAGE:
            st.pagination(-(-total // PAGE), key=listed.key, width=260)


def _cells(row: ActionRow, today: date) -> dict[str, Any]:
    return {
        "number": action_name(row.number),
        "status": row.status,
        "title": row.title,
        "score": row.score,
        "state": action_words.state(row.state),
        "department": row.department.in_(language()),
        "owner": row.owner,
        "due": day_in_form(row.due_on),
        "left": time_left(row.days_left(today)) if row.is_unfinished else "",
        "wave": period_short(row.wave),
    }


def _columns() -> dict[str, Any]:
    column = st.column_config.TextColumn
    return {
        "number": column(_("Report number"), width=104),
        "status": column(_("Status"), width=68),
        "title": column(_("Action title"), width=216),
        "score": st.column_config.NumberColumn(_("Score"), width=66),
        "state": column(_("State"), width=100),
        "department": column(_("Department"), width=118),
        "owner": column(_("Owner"), width=80),
        "due": column(_("Due date"), width=92),
        "left": column(_("Time left"), width=92),
        "wave": column(_("Period"), width=58),
    }
