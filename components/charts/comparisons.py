"""The same subjects in two waves."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import altair as alt

from components.chart_theme import CHANGE_COLOUR, INK, RULE, Spec, even_ticks, quiet, score_range
from components.charts.drawing import Row, draw, picking, ring
from components.charts.subjects import bound_rules, height_of
from components.formats import change, shown, with_minus
from components.texts import language, text_in


class Comparison(NamedTuple):
    """A subject in two waves; low and high bound the difference (95 %, points), `certain` says it isn't chance."""

    code: str
    name: str
    before: float
    now: float
    low: float | None = None
    high: float | None = None
    certain: bool | None = None


def changes(
    compared: Sequence[Comparison],
    *,
    alt_text: str,
    key: str | None = None,
    target: float | None = None,
    height: int | None = None,
    size: int = 12,
) -> str | None:
    """Two waves beside each other, subject by subject: from the earlier score (ring) to the later (disc).

    The pale bar is the 95 % interval of the difference, laid from the earlier score: the change is certain when the ring lies outside.
    The code that was clicked.
    """
    lang = language()
    rows = change_rows(compared, lang, target)
    values = [v for c in compared for v in (c.before, c.now, _from(c.before, c.low), _from(c.before, c.high))]
    low, high = score_range(values, target)
    spec = changes_spec(lang, low, high, target, height or height_of(len(compared), size), size)
    picked = draw(rows, spec, alt_text=alt_text, key=key)
    return None if picked is None else picked["code"]


def change_rows(compared: Sequence[Comparison], lang: str, *bounds: float | None) -> list[Row]:
    """One row a subject: code, name, before, now, lo, hi (before + interval of the difference), change, label, span."""
    known = tuple(bound for bound in bounds if bound is not None)
    return [
        {
            "code": one.code,
            "name": one.name,
            "before": one.before,
            "now": one.now,
            "lo": _from(one.before, one.low),
            "hi": _from(one.before, one.high),
            "change": "unclear" if not one.certain else "better" if one.now > one.before else "worse",
            "label": change(one.now - one.before, one.certain, words=False, language=lang),
            "was": shown(one.before, *known),
            "shown": shown(one.now, *known),
            "span": "" if one.low is None or one.high is None else _span(one.low, one.high),
        }
        for one in compared
    ]


def _from(before: float, difference: float | None) -> float | None:
    return None if difference is None else before + difference


def _span(low: float, high: float) -> str:
    return f"[{with_minus(f'{low:+.1f}')}, {with_minus(f'{high:+.1f}')}]"


@lru_cache(maxsize=128)
def changes_spec(lang: str, low: int, high: int, target: float | None, height: int, size: int) -> Spec:
    """Rows as `change_rows`; a click selects `code`."""
    scale, picked = alt.Scale(domain=[low, high], nice=False), picking("code")
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelFontSize=size + 1, labelFlush=False))
    axis = alt.Axis(title=None, values=even_ticks(low, high), format="~f")
    x, was = alt.X("now:Q", scale=scale, axis=axis), alt.X("before:Q", scale=scale)
    colour = alt.Color("change:N", scale=CHANGE_COLOUR, legend=None)
    base, edge = alt.Chart().encode(y=y), alt.X(datum=high, type="quantitative", scale=scale)
    span = base.mark_rule(strokeWidth=9 * size / 12, opacity=0.2, strokeCap="butt").encode(
        x=alt.X("lo:Q", scale=scale), x2="hi:Q", color=colour
    )
    way = base.mark_rule(strokeWidth=1.6 * size / 12).encode(x=was, x2="now:Q", color=colour)
    start = base.mark_point(filled=False, size=50 * (size / 12) ** 2, strokeWidth=1.6, color=RULE).encode(x=was)
    end = base.mark_point(filled=True, opacity=1, size=85 * (size / 12) ** 2).encode(x=x, color=colour)
    words = base.mark_text(align="left", dx=8, fontSize=size + 1, fontWeight=600, color=INK).encode(
        x=edge, text="label:N"
    )
    spans = base.mark_text(align="left", dx=62 * size / 12, color=RULE).encode(x=edge, text="span:N")
    tooltip = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("was:N", title=text_in(lang, "Before")),
        alt.Tooltip("shown:N", title=text_in(lang, "Now")),
        alt.Tooltip("label:N", title=text_in(lang, "Change")),
        alt.Tooltip("span:N", title=text_in(lang, "95% interval")),
    ]
    touch = base.mark_bar(opacity=0).encode(x=alt.value(0), x2=alt.value("width"), tooltip=tooltip).add_params(picked)
    layers = [
        span,
        *bound_rules(lang, scale, target, None, size),
        way,
        start,
        end,
        ring(base.encode(x=x), picked, area=260),
    ]
    return quiet([*layers, words, spans, touch], height=height, padding=(2, 2, 10, 2), size=size)
