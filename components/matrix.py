"""Scores in a table: signs in the cells, tints that work on light and dark, one click on a cell."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import inf
from typing import Any, Final

import pandas as pd

from components import drawn
from components.formats import NOTHING, small
from components.status import STATUS, marked, marked_word

StatusRule = Callable[[float | None], str | None]
"""A score 0–100 or None → "red", "amber", "ok" or None, as `domain.scores.status`."""
ROW_HEIGHT: Final = 30
HEAD_HEIGHT: Final = 34
STATUS_COLUMN: Final = "status"
COUNT_COLUMN: Final = "n"


def scores_table(
    rows: Iterable[Mapping[str, Any]],
    scores: Mapping[str, StatusRule],
    *,
    columns: Mapping[str, Any],
    bounds: Sequence[float],
    alt_text: str,
    key: str | None,
    few: int = 3,
    most_rows: int = 19,
    also: Collection[str] = (),
) -> tuple[int, str] | None:
    """Draws rows and returns (row index, column) of the cell that was clicked.

    rows: column → value; a column `status` holds "red", "amber", "ok" or None and is shown as a word, a column `n` is marked under `few`.
    scores: the columns that hold scores 0–100 or None, each with the rule for its status. bounds: no score is rounded over one of them.
    columns: column → Streamlit column_config, in the order of display; a list of numbers goes with `LineChartColumn`.
    Without a key nothing can be clicked; `also` names columns without scores that can be.
    With `most_rows` rows or more the table scrolls inside.
    """
    frame = pd.DataFrame(list(rows), columns=list(columns))
    table = styled(frame, scores, bounds=bounds, few=few)
    look: dict[str, Any] = {
        "hide_index": True,
        "row_height": ROW_HEIGHT,
        "height": height_of(len(frame), most_rows),
        "column_config": dict(columns),
        "placeholder": NOTHING,
        "alt": alt_text,
    }
    if key is None:
        drawn.table(table, **look)
        return None
    event = drawn.table(table, key=key, on_select="rerun", selection_mode="single-cell", **look)
    cells = [(row, name) for row, name in event["selection"]["cells"] if row < len(frame)]
    scored = [(row, name) for row, name in cells if name in scores and not pd.isna(frame[name].iloc[row])]
    return next((cell for cell in cells if cell in scored or cell[1] in also), None)


def height_of(rows: int, most: float = inf) -> int:
    """Pixels of a table that shows at most so many rows; half a row at its end says that there are more.

    >>> height_of(0), height_of(2, 16), height_of(16, 16), height_of(17, 16)
    (64, 94, 514, 529)
    """
    shown = max(rows, 1) if rows <= most else most + 0.5
    return int(ROW_HEIGHT * shown) + HEAD_HEIGHT


def styled(frame: pd.DataFrame, scores: Mapping[str, StatusRule], *, bounds: Sequence[float], few: int) -> Any:
    """The frame as a pandas Styler; its values stay numbers, so that sorting in the browser is right.

    What Streamlit reads of a Styler is made here (tints and texts of the cells concerned), because pandas' own rendering of 50 rows
    takes twice as long as the rest of the page; a test holds both to the same result.
    """
    frame = frame.copy(deep=False)
    for name in scores:
        if frame[name].dtype != "float64":  # asked of the frame for some columns, astype takes all of them apart
            frame[name] = frame[name].astype("float64")
    found = {name: [rule(_score(value)) for value in frame[name]] for name, rule in scores.items()}
    texts = {name: _marked(frame[name], statuses, bounds) for name, statuses in found.items()}
    if STATUS_COLUMN in frame:
        found[STATUS_COLUMN] = [_status(value) for value in frame[STATUS_COLUMN]]
        frame[STATUS_COLUMN] = [marked_word(status) for status in found[STATUS_COLUMN]]
    if COUNT_COLUMN in frame:
        texts[COUNT_COLUMN] = [NOTHING if pd.isna(n) else small(int(n), few=few) for n in frame[COUNT_COLUMN]]
    table: Any = frame.style.set_uuid("scores")  # a random one would send the table anew on every run
    table._compute = lambda: table
    table._translate = lambda *_: _translated(frame, found, texts)
    return table


def _translated(frame: pd.DataFrame, found: Mapping[str, list[str | None]], texts: Mapping[str, list[str]]) -> Any:
    """Tints and texts as pandas' Styler hands them on: cells are named row3_col5."""
    place = {name: position for position, name in enumerate(frame.columns)}
    tinted: dict[str, list[str]] = {}
    for name, statuses in found.items():
        for row, status in enumerate(statuses):
            if tint := STATUS[status].tint:
                tinted.setdefault(tint, []).append(f"row{row}_col{place[name]}")
    return {
        "table_styles": [],
        "cellstyle": [{"props": [("background-color", tint)], "selectors": cells} for tint, cells in tinted.items()],
        "body": [
            [{"id": f"row{row}_col{place[name]}", "display_value": text} for row, text in enumerate(column)]
            for name, column in texts.items()
        ],
    }


def _marked(values: Iterable[Any], statuses: Iterable[str | None], bounds: Sequence[float]) -> list[str]:
    return [marked(_score(value), status, *bounds) for value, status in zip(values, statuses, strict=True)]


def _score(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _status(value: Any) -> str | None:
    return value if isinstance(value, str) and value in STATUS else None
