"""What all charts share: rows, the click, and handing both to Streamlit."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import pyarrow as pa
import streamlit as st

from components import drawn
from components.chart_theme import INK, Spec

Row = dict[str, str | int | float | None]
PICKED: Final = "picked"
"""The name of every chart's selection."""


def picking(*fields: str) -> alt.Parameter:
    """A selection of one mark by click; clicking it again, or beside the marks, lets go."""
    return alt.selection_point(name=PICKED, fields=list(fields), on="click", clear="dblclick", empty=False)


def once() -> alt.Chart:
    """A layer that is drawn once, however many rows there are (target lines, headings)."""
    return alt.Chart().transform_aggregate(rows="count()")


def ring(base: alt.Chart, picked: alt.Parameter, *, area: float) -> alt.Chart:
    """A ring around the mark that is picked."""
    return base.mark_point(filled=False, size=area, strokeWidth=1.5, color=INK).encode(
        opacity=alt.when(picked).then(alt.value(1)).otherwise(alt.value(0))
    )


def draw(rows: Sequence[Row], spec: Spec, *, alt_text: str, key: str | None) -> dict[str, Any] | None:
    """Draws the chart; the fields of the mark that was clicked, or None. Without a key nothing can be clicked."""
    drawn.chart(alt_text, rows, spec)
    # What Streamlit makes of rows too, but by way of a data frame, which takes ten times as long.
    table = pa.Table.from_pylist(rows)
    if key is None:
        st.vega_lite_chart(table, spec, alt=alt_text)
        return None
    event = st.vega_lite_chart(table, spec, alt=alt_text, key=key, on_select="rerun", selection_mode=PICKED)
    points: list[dict[str, Any]] = event["selection"].get(PICKED) or []
    return points[0] if points else None
