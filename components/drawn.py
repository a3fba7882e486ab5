"""What a page has drawn in this run: any of its charts and tables can be taken along (product.md, every chart; design.md 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from components.chart_theme import Spec
from components.formats import NOTHING
from components.plain_text import written
from domain.tables import Cell, Table

DRAWN: Final = "drawn"


@dataclass
class Drawn:
    """Charts by what they say, with rows and spec; tables by what they are, with frame and columns."""

    charts: dict[str, tuple[Sequence[Mapping[str, Any]], Spec]] = field(default_factory=dict)
    tables: dict[str, "Kept"] = field(default_factory=dict)
    is_taken: bool = False
    """Whether the page has an Export of its own, or is to have none."""


@dataclass(frozen=True)
class Kept:
    """A table as it was drawn."""

    frame: pd.DataFrame
    columns: Mapping[str, Any]
    personal: bool


def begin() -> None:
    """A new run of a page; the shell says so."""
    st.session_state[DRAWN] = Drawn()


def now() -> Drawn:
    """What was drawn so far in this run."""
    found = st.session_state.setdefault(DRAWN, Drawn())
    assert isinstance(found, Drawn)
    return found


def chart(alt_text: str, rows: Sequence[Mapping[str, Any]], spec: Spec) -> None:
    """Remembers a chart; its text alternative names it."""
    now().charts[written(alt_text)] = (rows, spec)


def table(
    data: Any, *, alt: str, personal: bool = False, column_config: Mapping[str, Any] | None = None, **look: Any
) -> Any:
    """Draws a table, a frame or its Styler, as st.dataframe does; `personal` where people's names or words stand in it."""
    keep(data, alt=alt, personal=personal, columns=column_config or {})
    return st.dataframe(data, column_config=dict(column_config) if column_config else None, alt=alt, **look)


def keep(data: Any, *, alt: str, personal: bool = False, columns: Mapping[str, Any]) -> None:
    """Remembers a table that is drawn in another way; its text alternative names it."""
    frame = data.data if isinstance(data, Styler) else pd.DataFrame(data)  # type: ignore[attr-defined]
    now().tables[written(alt)] = Kept(frame, columns, personal)


def tables(found: Mapping[str, Kept]) -> list[Table]:
    """Tables of a run as they leave: headers as on the screen, scores unrounded."""
    return [_table(title, one) for title, one in found.items()]


def _table(title: str, one: Kept) -> Table:
    names = list(one.frame.columns)
    shown = [at for at, name in enumerate(names) if not (name in one.columns and one.columns[name] is None)]
    rows = [[_cell(row[at]) for at in shown] for row in one.frame.itertuples(index=False, name=None)]
    return Table(title, [_header(names[at], one.columns.get(names[at])) for at in shown], rows, one.personal)


def _header(name: object, column: Any) -> str:
    label = column.get("label") if isinstance(column, Mapping) else column
    return str(label or name)


def _cell(value: Any) -> Cell:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value if one is not None)
    if pd.isna(value) or value == NOTHING:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    return value if isinstance(value, str | int | float | date) else str(value)
