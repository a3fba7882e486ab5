"""Tables of a scheme on screen: levels, dimensions, items, grades, departments; rows are added, taken out, put in order."""

from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import states
from components.scheme_editor.words import name_of
from components.texts import _, language
from domain.errors import N_
from domain.scheme_draft import LISTS, TABLES, Draft, codes_in, names_in, rows_of, with_rows

ROW_HEIGHT: Final = 30
PLACE: Final = "#"
WIDTHS: Final = {
    PLACE: 40,
    "code": 115,
    "points": 70,
    "value": 70,
    "weight": 75,
    "at_least": 80,
    "dimension": 105,
    "department": 100,
}
HINTS: Final = {
    "points": N_("Count for the score: 20, 87.5 or 5/6."),
    "value": N_("For the mean level; the best has the highest."),
    "weight": N_("Any number from 0: shares of their sum count."),
    "dimension": N_("None: the item stands beside the index."),
    "code": N_("Stays the same over the versions: results are followed by it."),
}
CHOSEN: Final = {"dimension": "dimensions", "department": "departments", "items": "items"}
"""Column → the table whose codes it chooses from."""


def draw(table: str, what: str, entered: Draft, draft: Draft, key: str) -> Draft:
    """Draws a table, beginning with what was `entered`; the draft with what it holds now."""
    rows = [{PLACE: at, **row} for at, row in enumerate(rows_of(entered, table), 1)]
    ordered = table != "departments"
    states.card_title(name_of(table), what)
    edited = st.data_editor(
        pd.DataFrame(rows, columns=[*([PLACE] if ordered else []), *TABLES[table]]),
        key=f"{key}.{table}",
        num_rows="dynamic",
        hide_index=True,
        row_height=ROW_HEIGHT,
        height="content" if len(rows) < 1 else 38 + ROW_HEIGHT * (min(len(rows), 16) + 1),
        column_config=_columns(table, draft),
        placeholder="",
        alt=name_of(table),
    )
    found = [_plain(row) for row in edited.to_dict("records")]
    if ordered:
        found = sorted(found, key=lambda row: float(row.get(PLACE) or len(found) + 1))
    return with_rows(draft, table, found)


def _columns(table: str, draft: Draft) -> dict[str, Any]:
    columns: dict[str, Any] = {PLACE: st.column_config.NumberColumn(PLACE, width=WIDTHS[PLACE], help=_("Order"))}
    for column in TABLES[table]:
        label, hint = name_of(*column.split(".")) if "." in column else name_of(column), _(HINTS.get(column, ""))
        names_of_items = 105 if table == "items" and column in ("zh", "en") else None
        more: dict[str, Any] = {"width": WIDTHS.get(column, names_of_items), "help": hint or None}
        if column in CHOSEN:
            names = names_in(draft, CHOSEN[column], language())
            kind = st.column_config.MultiselectColumn if column in LISTS else st.column_config.SelectboxColumn
            options = codes_in(draft, CHOSEN[column])
            columns[column] = kind(label, options=options, format_func=partial(_named, names), **more)
        else:
            columns[column] = st.column_config.TextColumn(label, **more)
    return columns


def _named(names: dict[str, str], code: str) -> str:
    return names.get(code, code)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Without what pandas puts into empty cells."""
    return {
        str(column): value if isinstance(value, list) or not pd.isna(value) else "" for column, value in row.items()
    }
