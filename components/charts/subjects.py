"""Scores side by side: dimensions, items, segments or customers of one wave."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import altair as alt

from components.chart_theme import (
    DASH_RED,
    DASH_TARGET,
    GHOST,
    INK,
    RED,
    RULE,
    STATUS_COLOUR,
    STATUS_SHAPE,
    Spec,
    even_ticks,
    quiet,
    score_range,
)
from components.charts.drawing import Row, draw, once, picking, ring
from components.formats import interval, on_scale, shown, small
from components.status import marked
from components.texts import language, text_in
from domain.scores import Score

ROW_HEIGHT = 27


class Subject(NamedTuple):
    """What a row of the chart stands for: its code (returned by a click), name, score, status, and the previous score."""

    code: str
    name: str
    score: Score
    status: str | None = "ok"
    before: float | None = None


def subjects(
    shown_subjects: Sequence[Subject],
    *,
    alt_text: str,
    key: str | None = None,
    target: float | None = None,
    red: float | None = None,
    with_n: bool = False,
    height: int | None = None,
    size: int = 12,
) -> str | None:
    """Dot, interval, tick of the previous wave and target, in the order given (worst first); the code that was clicked."""
    lang = language()
    values = [v for s in shown_subjects for v in (s.score.score, s.before, *on_scale(s.score.low, s.score.high))]
    low, high = score_range(values, target, red if red is not None and _reached(values, red) else None)
    tall = height or height_of(len(shown_subjects), size)
    spec = subjects_spec(lang, low, high, target, red, with_n, tall, size)
    picked = draw(subject_rows(shown_subjects, lang, target, red, with_n=with_n), spec, alt_text=alt_text, key=key)
    return None if picked is None else picked["code"]


def _reached(values: Sequence[float | None], bound: float) -> bool:
    return any(value is not None and value <= bound + 1 for value in values)


def height_of(rows: int, size: int) -> int:
    return max(2, rows) * ROW_HEIGHT * size // 12 + 37


def subject_rows(
    shown_subjects: Sequence[Subject], lang: str, *bounds: float | None, with_n: bool = False
) -> list[Row]:
    """One row a subject: code, name, score, lo, hi, before (points or None), n, status, label, shown, interval."""
    known = tuple(bound for bound in bounds if bound is not None)
    return [_row(subject, lang, known, with_n) for subject in shown_subjects]


def _row(subject: Subject, lang: str, bounds: tuple[float, ...], with_n: bool) -> Row:
    score = subject.score
    label = marked(score.score, subject.status, *bounds)
    low, high = on_scale(score.low, score.high)
    return {
        "code": subject.code,
        "name": subject.name,
        "score": score.score,
        "lo": low,
        "hi": high,
        "before": subject.before,
        "n": score.n,
        "status": subject.status or "ok",
        "label": label,
        "small": f"n={small(score.n)}" if with_n else "",
        "shown": shown(score.score, *bounds),
        "interval": interval(score.low, score.high, score.n, language=lang),
        "earlier": shown(subject.before, *bounds),
    }


@lru_cache(maxsize=256)
def subjects_spec(
    lang: str, low: int, high: int, target: float | None, red: float | None, with_n: bool, height: int, size: int
) -> Spec:
    """Rows as `subject_rows`; a click selects `code`."""
    scale, picked = alt.Scale(domain=[low, high], nice=False), picking("code")
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelFontSize=size + 1, labelFlush=False))
    x = alt.X("score:Q", scale=scale, axis=alt.Axis(title=None, values=even_ticks(low, high), format="~f"))
    colour = alt.Color("status:N", scale=STATUS_COLOUR, legend=None)
    shape = alt.Shape("status:N", scale=STATUS_SHAPE, legend=None)
    base = alt.Chart().encode(y=y)
    span = base.mark_rule(strokeWidth=5 * size / 12, opacity=0.28, strokeCap="round").encode(
        x=alt.X("lo:Q", scale=scale), x2="hi:Q", color=colour
    )
    before = base.mark_tick(thickness=2, size=13 * size / 12, color=GHOST).encode(x=alt.X("before:Q", scale=scale))
    point = base.mark_point(filled=True, opacity=1, size=85 * (size / 12) ** 2).encode(x=x, color=colour, shape=shape)
    touch = base.mark_bar(opacity=0).encode(x=alt.value(0), x2=alt.value("width"), tooltip=_tooltip(lang))
    layers = [span, before, *bound_rules(lang, scale, target, red if red and low <= red else None, size), point]
    layers += [ring(base.encode(x=x), picked, area=260), *_labels(base, high, scale, with_n, size)]
    layers += [touch.add_params(picked)]
    return quiet(layers, height=height, padding=(2, 2, 10, 2), size=size)


def _labels(base: alt.Chart, high: int, scale: alt.Scale, with_n: bool, size: int) -> list[alt.Chart]:
    """Score with its sign at the right edge, n beside it."""
    edge = alt.X(datum=high, type="quantitative", scale=scale)
    score = base.mark_text(align="left", dx=8 * size / 12, fontSize=size + 1, fontWeight=600, color=INK)
    small = base.mark_text(align="left", dx=62 * size / 12, fontSize=size, color=RULE)
    return [score.encode(x=edge, text="label:N"), *([small.encode(x=edge, text="small:N")] if with_n else [])]


def bound_rules(lang: str, scale: alt.Scale, target: float | None, red: float | None, size: int) -> list[alt.Chart]:
    """Vertical lines at target and red bound; the target is named above the plot."""
    layers = []
    if red is not None:
        at = alt.X(datum=red, type="quantitative", scale=scale)
        layers.append(once().mark_rule(strokeDash=DASH_RED, strokeWidth=1.2 * size / 12, color=RED).encode(x=at))
    if target is not None:
        at = alt.X(datum=target, type="quantitative", scale=scale)
        name = f"{text_in(lang, 'Target')} {target:g}"
        layers.append(once().mark_rule(strokeDash=DASH_TARGET, strokeWidth=1.4 * size / 12, color=RULE).encode(x=at))
        layers.append(
            once().mark_text(dy=-6, baseline="bottom", color=RULE).encode(x=at, y=alt.value(0), text=alt.value(name))
        )
    return layers


def _tooltip(lang: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("shown:N", title=text_in(lang, "Score")),
        alt.Tooltip("interval:N", title="  "),
        alt.Tooltip("earlier:N", title=text_in(lang, "Previous")),
    ]
