"""Scores in a table: signs in the cells, tints that work on light and dark, one click on a cell."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

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
) -> tuple[int, str] | None:
    """Draws rows and returns (row index, column) of the score that was clicked.

    rows: column → value; a column `status` holds "red", "amber", "ok" or None and is shown as a word, a column `n` is marked under `few`.
    scores: the columns that hold scores 0–100 or None, each with the rule for its status. bounds: no score is rounded over one of them.
    columns: column → Streamlit column_config, in the order of display; a list of numbers goes with `LineChartColumn`.
    Without a key nothing can be clicked. With `most_rows` rows or more the table scrolls inside.
    """
    table = styled(pd.DataFrame(list(rows), columns=list(columns)), scores, bounds=bounds, few=few)
    drawn: dict[str, Any] = {
        "hide_index": True,
        "row_height": ROW_HEIGHT,
        "height": ROW_HEIGHT * min(max(len(table.index), 1), most_rows) + HEAD_HEIGHT,
        "column_config": dict(columns),
        "alt": alt_text,
    }
    if key is None:
        st.dataframe(table, **drawn)
        return None
    event = st.dataframe(table, key=key, on_select="rerun", selection_mode="single-cell", **drawn)
    return next(((row, name) for row, name in event["selection"]["cells"] if name in scores), None)


def styled(frame: pd.DataFrame, scores: Mapping[str, StatusRule], *, bounds: Sequence[float], few: int) -> Any:
    """The frame as a pandas Styler; its values stay numbers, so that sorting in the browser is right."""
    frame = frame.astype(dict.fromkeys(scores, "float64"))
    shown: dict[str, Callable[[Any], str]] = {name: _score_text(rule, bounds) for name, rule in scores.items()}
    if COUNT_COLUMN in frame:
        shown[COUNT_COLUMN] = lambda n: NOTHING if pd.isna(n) else small(int(n), few=few)
    css = {name: [_css(rule(_score(value))) for value in frame[name]] for name, rule in scores.items()}
    if STATUS_COLUMN in frame:
        css[STATUS_COLUMN] = [_css(_status(value)) for value in frame[STATUS_COLUMN]]
        frame[STATUS_COLUMN] = [marked_word(_status(value)) for value in frame[STATUS_COLUMN]]
    untinted = [""] * len(frame)
    tints = pd.DataFrame({name: css.get(name, untinted) for name in frame.columns}, index=frame.index)
    return frame.style.apply(lambda _: tints, axis=None).format(shown)


def _score_text(rule: StatusRule, bounds: Sequence[float]) -> Callable[[Any], str]:
    return lambda value: marked(_score(value), rule(_score(value)), *bounds)


def _css(status: str | None) -> str:
    """Only a tint: no text colour is readable on both themes (design.md 9)."""
    tint = STATUS[status].tint
    return f"background-color:{tint}" if tint else ""


def _score(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _status(value: Any) -> str | None:
    return value if isinstance(value, str) and value in STATUS else None
