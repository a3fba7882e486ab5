"""A table of which lines can be chosen: the one way in which lists lead to what they list."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from components import drawn
from components.formats import NOTHING
from components.matrix import ROW_HEIGHT, height_of

Line = TypeVar("Line")


def chosen(
    lines: Sequence[Line],
    rows: Sequence[Mapping[str, Any]],
    *,
    columns: Mapping[str, Any],
    most_rows: int,
    alt: str,
    key: str,
    several: bool = False,
    first_is_chosen: bool = False,
    personal: bool = False,
) -> list[Line]:
    """Draws `rows`, one for each of `lines`, at most so many before it scrolls; the lines that the reader has chosen.

    `several` lets more than one be chosen. A choice of a line that has gone meanwhile is none.
    `personal`: names or words of people stand in it.
    """
    event = drawn.table(
        pd.DataFrame(list(rows)),
        key=key,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row" if several else "single-row",
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), most_rows),
        column_config=dict(columns),
        placeholder=NOTHING,
        alt=alt,
        personal=personal,
        selection_default={"selection": {"rows": [0]}} if first_is_chosen else None,
    )
    return [lines[row] for row in event["selection"]["rows"] if row < len(lines)]
