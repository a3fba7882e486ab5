"""Scores over time: the index, an item or a customer by wave."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import altair as alt

from components.chart_theme import (
    DASH_RED,
    DASH_TARGET,
    INK,
    PAGE,
    RED,
    RULE,
    SERIES,
    STATUS_COLOUR,
    STATUS_SHAPE,
    Spec,
    quiet,
    score_range,
    target_axis,
)
from components.charts.drawing import Row, draw, once, picking, ring
from components.formats import interval, on_scale, period, period_short, shown
from components.texts import language, text_in
from domain.errors import N_
from domain.scores import Score

MANY_WAVES: Final = 12


class WavePoint(NamedTuple):
    """One wave of a trend: its code (returned by a click), its period code, its score and the status of that.

    `changed` is how the question changed there, a key of CHANGED, "" where it didn't.
    """

    wave: str
    period: str
    score: Score
    status: str | None = "ok"
    changed: str = ""


CHANGED: Final = {
    "renamed": N_("Renamed"),
    "split": N_("Split"),
    "merged": N_("Merged"),
    "rescaled": N_("New scale"),
    "new": N_("New question"),
    "several": N_("Questions changed"),
}
"""How a question changed → the word beside the line that marks it."""


def changed_of_several(changed: Mapping[str, str]) -> str:
    """How the questions of a wave changed, for a figure over several of them: the kind that all share, or "several".

    >>> changed_of_several({"price": "rescaled", "quality": "rescaled"}), changed_of_several({"price": "split"})
    ('rescaled', 'several')
    """
    kinds = set(changed.values())
    return "" if not kinds else "rescaled" if kinds == {"rescaled"} else "several"


def trend(
    points: Sequence[WavePoint],
    *,
    alt_text: str,
    key: str | None = None,
    target: float | None = None,
    red: float | None = None,
    height: int = 176,
    size: int = 12,
) -> str | None:
    """Score by wave, oldest first, with its interval as a band and the target; the code of the wave that was clicked."""
    lang = language()
    low, high = shared_range([points], target, red)
    spec = trend_spec(lang, low, high, target, red, height, size, len(points) > MANY_WAVES)
    picked = draw(trend_rows(points, lang, target, red), spec, alt_text=alt_text, key=key)
    return None if picked is None else picked["wave"]


def item_trend(
    points: Sequence[WavePoint],
    between: tuple[int, int],
    *,
    alt_text: str,
    target: float | None,
    red: float | None,
    height: int = 148,
) -> None:
    """One of many small trends side by side; `between` is their `shared_range`, so that they can be compared."""
    spec = small_spec(language(), *between, target, red, height)
    draw(trend_rows(points, language(), target, red), spec, alt_text=alt_text, key=None)


def shared_range(trends: Iterable[Sequence[WavePoint]], *bounds: float | None) -> tuple[int, int]:
    """The range of scores that holds all these trends with their intervals, and the bounds."""
    scores = [point.score for points in trends for point in points]
    return score_range(
        [v for score in scores for v in (score.score, *on_scale(score.low, score.high))], *bounds, margin=1.2
    )


def trend_rows(points: Sequence[WavePoint], lang: str, *bounds: float | None) -> list[Row]:
    """One row a wave: wave, period (short), changed (a word), score, lo, hi (points), status, and texts: label, name, shown, interval.

    `label` is the score on the first and last wave that has one, "" between; `last` is 1 on the last one.
    """
    ends = [place for place, point in enumerate(points) if point.score.score is not None]
    labelled = {ends[0], ends[-1]} if ends else set()
    known = tuple(bound for bound in bounds if bound is not None)
    return [_row(point, place in labelled, place in ends[-1:], lang, known) for place, point in enumerate(points)]


def _row(point: WavePoint, labelled: bool, last: bool, lang: str, bounds: tuple[float, ...]) -> Row:
    score = point.score
    text = shown(score.score, *bounds)
    low, high = on_scale(score.low, score.high)
    changed = text_in(lang, CHANGED[point.changed]) if point.changed in CHANGED else ""
    return {
        "wave": point.wave,
        "period": period_short(point.period),
        "name": " · ".join(filter(None, (period(point.period, language=lang), changed))),
        "changed": changed,
        "score": score.score,
        "lo": low,
        "hi": high,
        "top": score.score if high is None else high,
        "n": score.n,
        "status": point.status or "ok",
        "label": text if labelled else "",
        "last": int(last),
        "shown": text,
        "interval": interval(score.low, score.high, score.n, language=lang),
    }


@lru_cache(maxsize=256)
def trend_spec(
    lang: str, low: int, high: int, target: float | None, red: float | None, height: int, size: int, many: bool
) -> Spec:
    """Band, target, line, points and the first and last value; rows as `trend_rows`; a click selects `wave`."""
    scale = alt.Scale(domain=[low, high], nice=False)
    x = alt.X("period:O", sort=None, axis=alt.Axis(title=None, labelAngle=0, labelPadding=8, labelOverlap=many))
    y = alt.Y("score:Q", scale=scale, axis=target_axis(low, high, target, text_in(lang, "Target"), red=red))
    base, picked = alt.Chart().encode(x=x), picking("wave")
    band = base.mark_area(opacity=0.16, color=SERIES).encode(y=alt.Y("lo:Q", scale=scale), y2="hi:Q")
    line = base.mark_line(color=SERIES, strokeWidth=size / 6).encode(y=y)
    point = base.mark_point(filled=True, opacity=1, size=46 * (size / 12) ** 2).encode(y=y, **_status())
    over = base.encode(y=alt.Y("top:Q", scale=scale), text="label:N")
    halo = over.mark_text(dy=-13 * size / 12, color=PAGE, stroke=PAGE, strokeWidth=4, strokeJoin="round")
    text = over.mark_text(dy=-13 * size / 12, color=INK)
    touch = base.mark_rule(strokeWidth=26 * size / 12, opacity=0).encode(tooltip=_tooltip(lang)).add_params(picked)
    around = ring(base.encode(y=y), picked, area=190)
    layers = [band, *bounds(scale, target, red, size), *_changed(base, size), line, point, around, halo, text, touch]
    return quiet(layers, height=height, padding=(2, 4, 10, 2), size=size)


@lru_cache(maxsize=128)
def small_spec(lang: str, low: int, high: int, target: float | None, red: float | None, height: int) -> Spec:
    """A small multiple: no words, only the first and last period, the last point with its status; rows as `trend_rows`."""
    scale = alt.Scale(domain=[low, high], nice=False)
    ends = "datum.index === 0 || datum.index === 1 ? datum.label : ''"
    axis = alt.Axis(title=None, labelAngle=0, labelExpr=ends, ticks=False, domain=False)
    values = [bound for bound in (target, red) if bound is not None]
    x = alt.X("period:O", sort=None, scale=alt.Scale(type="point", padding=0.35), axis=axis)
    y = alt.Y("score:Q", scale=scale, axis=alt.Axis(title=None, values=values, grid=False, format="~f"))
    base = alt.Chart().encode(x=x)
    band = base.mark_area(opacity=0.16, color=SERIES).encode(y=alt.Y("lo:Q", scale=scale), y2="hi:Q")
    line = base.mark_line(color=SERIES, strokeWidth=1.8).encode(y=y)
    last = (
        base.transform_filter("datum.last === 1").mark_point(filled=True, opacity=1, size=60).encode(y=y, **_status())
    )
    touch = base.mark_rule(strokeWidth=18, opacity=0).encode(tooltip=_tooltip(lang))
    layers = [band, *bounds(scale, target, red, 12), *_changed(base, 12), line, last, touch]
    return quiet(layers, height=height, padding=(2, 4, 4, 2))


def bounds(scale: alt.Scale, target: float | None, red: float | None, size: int) -> list[alt.Chart]:
    """The dashed target line and the dotted red bound, where there are any."""
    looks = ((target, DASH_TARGET, RULE, 1.4), (red, DASH_RED, RED, 1.2))
    return [
        once()
        .mark_rule(strokeDash=dash, strokeWidth=width * size / 12, color=colour)
        .encode(y=alt.Y(datum=bound, type="quantitative", scale=scale))
        for bound, dash, colour, width in looks
        if bound is not None
    ]


def _changed(base: alt.Chart, size: int) -> list[alt.Chart]:
    """A line where the question changed, with the word for it at its top."""
    there = base.transform_filter("datum.changed !== ''")
    rule = there.mark_rule(strokeDash=DASH_RED, strokeWidth=1.2 * size / 12, color=RULE)
    word = there.mark_text(align="right", baseline="top", dx=-4 * size / 12, fontSize=size, color=RULE)
    return [rule, word.encode(y=alt.value(0), text="changed:N")]


def _status() -> dict[str, alt.Color | alt.Shape]:
    return {
        "color": alt.Color("status:N", scale=STATUS_COLOUR, legend=None),
        "shape": alt.Shape("status:N", scale=STATUS_SHAPE, legend=None),
    }


def _tooltip(lang: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title=text_in(lang, "Period")),
        alt.Tooltip("shown:N", title=text_in(lang, "Score")),
        alt.Tooltip("interval:N", title=" "),
    ]
