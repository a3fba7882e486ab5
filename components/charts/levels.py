"""How the answers spread over the levels of the scale, for many items or for one."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

import altair as alt

from components.chart_theme import INK, PAGE, RULE, Spec, both, level_shades, quiet, text_on
from components.charts.drawing import Row, draw, once, picking
from components.formats import count, percent
from components.status import marked
from components.texts import language, text_in

BAND_EDGES: Final = (60.0, 70.0, 80.0, 90.0)
"""Where the five bands of a number scale 0–100 begin; the first begins at 0 (ours)."""
ROW_HEIGHT: Final = 37
WHOLE_LEGEND, HALF_LEGEND = 90, 36
"""Letters of a legend that fit one row of a page of 1026 px, and of half of it."""
WRITTEN_FROM: Final = 6.0
"""Percent from which a part of a bar carries its figure (design.md 6)."""


class LevelCounts(NamedTuple):
    """Answers of one item per level, best → worst, with its score and status."""

    code: str
    name: str
    counts: Sequence[int]
    score: float | None
    status: str | None = "ok"


def band_words() -> list[str]:
    """Names of the five bands of a number scale, best → worst."""
    edges = [0, *(int(edge) for edge in BAND_EDGES)]
    tops = [*(f"<{int(edge)}" for edge in BAND_EDGES), "100"]
    return [f"{low}–{top}" for low, top in zip(edges, tops, strict=True)][::-1]


def band_counts(scores: Sequence[float]) -> list[int]:
    """How many scores 0–100 lie in each band, best → worst; bands are half-open.

    >>> band_counts([100, 90, 89.9, 80, 75, 60, 59.9, 0])
    [2, 2, 1, 1, 2]
    """
    counts = [0] * (len(BAND_EDGES) + 1)
    for score in scores:
        counts[bisect_right(BAND_EDGES, score)] += 1
    return counts[::-1]


def distribution(
    items: Sequence[LevelCounts],
    words: Sequence[str],
    *,
    alt_text: str,
    key: str | None = None,
    bounds: Sequence[float] = (),
    height: int | None = None,
    size: int = 12,
    half: bool = False,
) -> tuple[str, int] | None:
    """Levels of each item as a bar centred on the middle level, items in the order given (worst first).

    `words` are the levels' names, best → worst; `half` is for about half the width of a page. Returns (item code,
    level position, 0 = best) of the part that was clicked.
    """
    rows = distribution_rows(items, words, *bounds)
    starts, ends = [_number(row["start"]) for row in rows], [_number(row["end"]) for row in rows]
    low, high = _outwards(min(starts, default=0.0)), -_outwards(-max(ends, default=100.0))
    tall = height or max(1, len(items)) * ROW_HEIGHT * size // 12 + 58 * size // 12
    spec = distribution_spec(language(), tuple(words), low, high, tall, size, half)
    picked = draw(rows, spec, alt_text=alt_text, key=key)
    return None if picked is None else (picked["code"], int(picked["level"]))


def _number(value: str | float | None) -> float:
    return float(value or 0.0)


def _outwards(edge: float) -> int:
    """The next multiple of 5 below, so that the figures may move a little without another spec."""
    return int((edge - 1) // 5 * 5)


def distribution_rows(items: Sequence[LevelCounts], words: Sequence[str], *bounds: float) -> list[Row]:
    """One row an item and level, worst level first: code, name, level, word, count, percent, start, end, middle, text.

    start, end and middle are percent right of the centre of the middle level; `label` (score) only on the first row of an item.
    """
    return [row for item in items for row in _bar(item, words, bounds)]


def _bar(item: LevelCounts, words: Sequence[str], bounds: Sequence[float]) -> list[Row]:
    total, levels = sum(item.counts), len(words)
    parts = [100 * counted / total if total else 0.0 for counted in reversed(item.counts)]
    ends = [end - _left_of_centre(parts) for end in accumulate(parts)]
    return [
        {
            "code": item.code,
            "name": item.name,
            "level": levels - 1 - place,
            "word": words[levels - 1 - place],
            "count": item.counts[levels - 1 - place],
            "percent": part,
            "start": ends[place] - part,
            "end": ends[place],
            "middle": ends[place] - part / 2,
            "text": f"{part:.0f}" if part >= WRITTEN_FROM else "",
            "share": f"{percent(part / 100)} ({count(item.counts[levels - 1 - place])} / {count(total)})",
            "label": marked(item.score, item.status, *bounds) if place == 0 else None,
        }
        for place, part in enumerate(parts)
    ]


def _left_of_centre(parts: Sequence[float]) -> float:
    """Percent left of the centre: the worse half, and half of the middle level where their number is odd."""
    half = len(parts) // 2
    return sum(parts[:half]) + (parts[half] / 2 if len(parts) % 2 else 0.0)


@lru_cache(maxsize=128)
def distribution_spec(
    lang: str, words: tuple[str, ...], low: int, high: int, height: int, size: int, half: bool = False
) -> Spec:
    """Rows as `distribution_rows`, `words` best → worst; a click selects `code` and `level`."""
    scale, picked = alt.Scale(domain=[low, high], nice=False), picking("code", "level")
    worst_first, shades = list(reversed(words)), level_shades(len(words))
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelFontSize=size + 1, labelLimit=260))
    x = alt.X("start:Q", scale=scale, axis=alt.Axis(title=None, labelExpr="abs(datum.value) + '%'", tickCount=6))
    colours = alt.Scale(domain=worst_first, range=[both(*shade) for shade in shades])
    legend = alt.Legend(
        title=None, symbolType="square", columns=_legend_columns(words, HALF_LEGEND if half else WHOLE_LEGEND)
    )
    base = alt.Chart().encode(y=y)
    bars = base.mark_bar(height={"band": 0.74}, stroke=PAGE, strokeWidth=1).encode(
        x=x,
        x2="end:Q",
        color=alt.Color("word:N", scale=colours, sort=worst_first, legend=legend),
        tooltip=_tooltip(lang),
    )
    around = base.mark_bar(height={"band": 0.74}, filled=False, stroke=INK, strokeWidth=2).encode(
        x=x, x2="end:Q", opacity=alt.when(picked).then(alt.value(1)).otherwise(alt.value(0))
    )
    texts = [
        base.transform_filter(alt.FieldOneOfPredicate("level", levels))
        .mark_text(fontSize=size - 1, color=both(*shade))
        .encode(x=alt.X("middle:Q", scale=scale), text="text:N")
        for shade, levels in _levels_by_text(shades).items()
    ]
    edge = alt.X(datum=high, type="quantitative", scale=scale)
    score = base.transform_filter("isValid(datum.label)").mark_text(
        align="left", dx=10, fontSize=size + 1, fontWeight=600, color=INK
    )
    zero = once().mark_rule(color=RULE).encode(x=alt.X(datum=0, type="quantitative", scale=scale))
    layers = [zero, bars.add_params(picked), around, *texts, score.encode(x=edge, text="label:N")]
    return quiet(layers, height=height, padding=(4, 4, 10, 4), size=size)


def _legend_columns(words: Sequence[str], fits: int) -> int:
    """One row of words where they fit, else two."""
    return len(words) if sum(len(word) for word in words) <= fits else -(-len(words) // 2)


def _levels_by_text(shades: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
    """Text colours → the levels (0 = best) that they are read on; shades are worst → best."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, shade in enumerate(shades):
        found.setdefault(text_on(shade), []).append(len(shades) - 1 - place)
    return found


def level_bars(
    item: LevelCounts, words: Sequence[str], *, alt_text: str, key: str | None = None, size: int = 12
) -> int | None:
    """One item's answers per level, best level at the top, bars from zero; the level position that was clicked."""
    rows = distribution_rows([item], words)[::-1]
    height = len(words) * 26 * size // 12 + 8
    picked = draw(rows, level_bars_spec(language(), tuple(words), height, size), alt_text=alt_text, key=key)
    return None if picked is None else int(picked["level"])


@lru_cache(maxsize=64)
def level_bars_spec(lang: str, words: tuple[str, ...], height: int, size: int) -> Spec:
    """Rows as `distribution_rows` of one item; a click selects `level`."""
    picked = picking("level")
    colours = alt.Scale(domain=list(reversed(words)), range=[both(*shade) for shade in level_shades(len(words))])
    y = alt.Y("word:N", sort=list(words), axis=alt.Axis(title=None, labelFontSize=size, labelLimit=260))
    x = alt.X("percent:Q", scale=alt.Scale(zero=True, nice=False), axis=None)
    base = alt.Chart().encode(y=y, x=x)
    bars = base.mark_bar(height={"band": 0.7}).encode(
        color=alt.Color("word:N", scale=colours, legend=None), tooltip=_tooltip(lang)
    )
    around = ring_bar(base, picked)
    text = base.mark_text(align="left", dx=6, color=INK, fontSize=size).encode(text="share:N")
    return quiet([bars.add_params(picked), around, text], height=height, padding=(2, 2, 10, 2), size=size)


def ring_bar(base: alt.Chart, picked: alt.Parameter) -> alt.Chart:
    """An outline around the bar that is picked."""
    return base.mark_bar(height={"band": 0.7}, filled=False, stroke=INK, strokeWidth=2).encode(
        opacity=alt.when(picked).then(alt.value(1)).otherwise(alt.value(0))
    )


def _tooltip(lang: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("word:N", title=text_in(lang, "Level")),
        alt.Tooltip("share:N", title=text_in(lang, "Share")),
    ]
