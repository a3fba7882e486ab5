"""How many questionnaires came back: response rates side by side."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import altair as alt

from components.chart_theme import DASH_TARGET, INK, RULE, SERIES, TRACK, Spec, quiet
from components.charts.drawing import Row, draw, once, picking
from components.charts.levels import ring_bar
from components.formats import count, percent
from components.texts import language, text_in

ROW_HEIGHT = 30


class Returns(NamedTuple):
    """Questionnaires of one segment, channel or owner: how many were sent, and returned in time."""

    code: str
    name: str
    sent: int
    in_time: int


def response_rates(
    groups: Sequence[Returns],
    *,
    alt_text: str,
    key: str | None = None,
    target: float | None = None,
    height: int | None = None,
    size: int = 12,
) -> str | None:
    """Response rate of each group as a bar from zero, with the target (a share 0–1); the code that was clicked."""
    tall = height or max(2, len(groups)) * ROW_HEIGHT * size // 12 + 24
    spec = rates_spec(language(), target, tall, size)
    picked = draw(rate_rows(groups, language(), target), spec, alt_text=alt_text, key=key)
    return None if picked is None else picked["code"]


def rate_rows(groups: Sequence[Returns], lang: str, target: float | None = None) -> list[Row]:
    """One row a group: code, name, percent (0–100, None where nothing was sent), label, detail."""
    bounds = () if target is None else (target,)
    return [
        {
            "code": group.code,
            "name": group.name,
            "percent": 100 * group.in_time / group.sent if group.sent else None,
            "full": 100,
            "label": percent(group.in_time / group.sent if group.sent else None, *bounds),
            "detail": f"{count(group.in_time)} / {count(group.sent)}" + _missing(group, lang),
        }
        for group in groups
    ]


def _missing(group: Returns, lang: str) -> str:
    open_ones = group.sent - group.in_time
    return " · " + text_in(lang, "missing {n}", n=count(open_ones)) if open_ones else ""


@lru_cache(maxsize=64)
def rates_spec(lang: str, target: float | None, height: int, size: int) -> Spec:
    """Rows as `rate_rows`; a click selects `code`."""
    picked, scale = picking("code"), alt.Scale(domain=[0, 100], nice=False)
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelFontSize=size + 1, labelFlush=False))
    x, full = alt.X("percent:Q", scale=scale, axis=None), alt.X("full:Q", scale=scale, axis=None)
    base, edge = alt.Chart().encode(y=y), alt.X(datum=100, type="quantitative", scale=scale)
    tooltip = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("label:N", title=text_in(lang, "Response rate")),
        alt.Tooltip("detail:N", title="  "),
    ]
    track = base.mark_bar(height={"band": 0.34}, color=TRACK, cornerRadius=2).encode(x=full, tooltip=tooltip)
    bar = base.mark_bar(height={"band": 0.34}, color=SERIES, cornerRadius=2).encode(x=x, tooltip=tooltip)
    label = base.mark_text(align="left", dx=8, fontSize=size + 1, fontWeight=600, color=INK)
    detail = base.mark_text(align="left", dx=64 * size / 12, color=RULE)
    layers = [track.add_params(picked), bar, ring_bar(base.encode(x=full), picked)]
    layers += [
        label.encode(x=edge, text="label:N"),
        detail.encode(x=edge, text="detail:N"),
        *_target(lang, target, scale),
    ]
    return quiet(layers, height=height, padding=(2, 2, 10, 2), size=size)


def _target(lang: str, target: float | None, scale: alt.Scale) -> list[alt.Chart]:
    if target is None:
        return []
    at = alt.X(datum=target * 100, type="quantitative", scale=scale)
    name = f"{text_in(lang, 'Target')} {target * 100:g} %"
    rule = once().mark_rule(strokeDash=DASH_TARGET, strokeWidth=1.4, color=RULE).encode(x=at)
    words = once().mark_text(align="right", dy=-4, dx=4, baseline="bottom", color=RULE)
    return [rule, words.encode(x=at, y=alt.value(0), text=alt.value(name))]
