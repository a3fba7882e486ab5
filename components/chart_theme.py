"""Chart tokens and shape for Altair in Streamlit: one spec that follows light and dark in the browser.

Streamlit's own chart theme (theme="streamlit", the default) sets font, background and axis colours. What it does not know
(status colours, target line, text marks) is an expression over Vega's `background` signal, so the server never has to know
which theme the reader uses and a cached spec serves both.
"""

import json
from collections.abc import Sequence
from math import ceil, floor
from typing import Any, Final

import altair as alt

Spec = dict[str, Any]
Shade = tuple[str, str]
"""A colour on light pages and the one on dark pages, as #RRGGBB."""


def both(light: str, dark: str) -> alt.ExprRef:
    """A colour for light pages and one for dark pages; the browser chooses.

    >>> both("#000", "#fff").to_dict()
    {'expr': "luminance(background) > 0.4 ? '#000' : '#fff'"}
    """
    return alt.ExprRef(f"luminance(background) > 0.4 ? '{light}' : '{dark}'")


INK_SHADE: Final[Shade] = ("#101828", "#E8ECF2")
ON_STRONG: Final[Shade] = ("#FFFFFF", "#0B0F15")
"""Text on the strongest fills of each theme."""
READABLE: Final = 4.5
INK, MUTED, RULE = both(*INK_SHADE), both("#667085", "#98A2B3"), both("#475467", "#B9C2CF")
SERIES, GHOST, PAGE = both("#2B5BD7", "#6A97F5"), both("#98A2B3", "#667085"), both("#FFFFFF", "#11151C")
TRACK: Final = both("#EDF0F4", "#202732")
RED, AMBER, GREEN = both("#B42318", "#E5484D"), both("#CC7F00", "#F0B429"), both("#157F5B", "#3DB88B")
STATUS_COLOUR: Final = alt.Scale(domain=["red", "amber", "ok"], range=[RED, AMBER, SERIES])
STATUS_SHAPE: Final = alt.Scale(domain=["red", "amber", "ok"], range=["circle", "diamond", "circle"])
CHANGE_COLOUR: Final = alt.Scale(domain=["worse", "better", "unclear"], range=[RED, GREEN, MUTED])
DASH_TARGET: Final = [5, 4]
DASH_RED: Final = [1, 3]

LEVEL_ANCHORS: Final[tuple[Shade, ...]] = (
    ("#B9510A", "#E07B2E"),
    ("#F2B879", "#8F5A24"),
    ("#D9DEE6", "#4A5361"),
    ("#93B4F2", "#34579F"),
    ("#2450B8", "#6A97F5"),
)
"""Five levels, worst to best; other numbers of levels lie between them."""


def level_shades(levels: int) -> list[Shade]:
    """Fills of `levels` levels, worst to best; an even number has no neutral middle.

    >>> level_shades(3)
    [('#B9510A', '#E07B2E'), ('#D9DEE6', '#4A5361'), ('#2450B8', '#6A97F5')]
    """
    places = [position * (len(LEVEL_ANCHORS) - 1) / max(1, levels - 1) for position in range(levels)]
    return [(_between(0, place), _between(1, place)) for place in places]


def _between(mode: int, place: float) -> str:
    left = min(floor(place), len(LEVEL_ANCHORS) - 2)
    a, b = (_rgb(LEVEL_ANCHORS[k][mode]) for k in (left, left + 1))
    mixed = (round(x + (y - x) * (place - left)) for x, y in zip(a, b, strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))


def text_on(fill: Shade) -> Shade:
    """A text colour of at least 4.5:1 on a fill, for each theme: the usual one where it can be read, else white or black."""
    return _text_on(fill, 0), _text_on(fill, 1)


def _text_on(fill: Shade, mode: int) -> str:
    candidates = (INK_SHADE[mode], ON_STRONG[mode], "#FFFFFF", "#000000")
    return next(text for text in candidates if contrast(text, fill[mode]) >= READABLE)


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1–21 of two #RRGGBB colours (WCAG 2, 1.4.3).

    >>> round(contrast("#FFFFFF", "#000000"), 1)
    21.0
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _rgb(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def quiet(
    layers: Sequence[alt.Chart], *, height: int | alt.Step, padding: tuple[int, int, int, int], size: int = 12
) -> Spec:
    """The finished spec of layers, without data: labels of one size, no frame, no dropped labels; padding left, top, right, bottom.

    size=12 on pages, 36 on the projector (the theme's own axis grey is 4.7:1, too weak from 5 m).
    """
    far: dict[str, Any] = {"labelColor": INK} if size >= 28 else {}
    left, top, right, bottom = padding
    shaped = (
        alt.LayerChart(layer=list(layers))
        .properties(height=height, padding={"left": left, "top": top, "right": right, "bottom": bottom})
        .configure_axis(
            **far,
            labelFontSize=size,
            titleFontSize=size,
            labelPadding=6,
            titlePadding=8,
            labelLimit=220,
            labelOverlap=False,
            labelFlush=False,
            gridOpacity=0.7,
        )
        .configure_view(strokeWidth=0)
        .configure_text(fontSize=size)
        .configure_rule(aria=False)  # a line would be announced as a picture without a name
        .configure_tick(aria=False)  # and so would one that has nothing to show
        .configure_header(labelFontSize=size)
        .configure_legend(
            labelFontSize=size, titleFontSize=size, orient="top", labelLimit=200, symbolSize=90, symbolOpacity=1
        )
    )
    spec: Spec = shaped.to_dict(validate=False)
    without_data = [{name: part for name, part in layer.items() if name != "data"} for layer in spec["layer"]]
    return {**{name: part for name, part in spec.items() if name not in {"data", "datasets"}}, "layer": without_data}


def target_axis(low: float, high: float, target: float | None, word: str, *, red: float | None = None) -> alt.Axis:
    """A value axis that names the target at its tick, so the word never lies on the data; the red bound has a tick too."""
    fixed = {bound for bound in (target, red) if bound is not None and low <= bound <= high}
    step = tick_step(low, high)
    ticks = sorted(fixed | {v for v in even_ticks(low, high) if all(abs(v - bound) >= step * 0.6 for bound in fixed)})
    named = (
        f"datum.value == {target} ? {json.dumps(f'{word} {target:g}', ensure_ascii=False)} : "
        if target is not None
        else ""
    )
    # without a count Vega leaves out every second value on a low chart, the target's as well
    return alt.Axis(
        title=None, values=ticks, tickCount=len(ticks), labelFlush=False, labelExpr=f"{named}format(datum.value, '~f')"
    )


def even_ticks(low: float, high: float) -> list[int]:
    """
    >>> even_ticks(73, 85)
    [74, 76, 78, 80, 82, 84]
    """
    return [value for value in range(ceil(low), floor(high) + 1) if value % tick_step(low, high) == 0]


def tick_step(low: float, high: float) -> int:
    return next((step for step in (2, 5, 10, 20, 25, 50) if (high - low) / step <= 7), 100)


def score_range(
    values: Sequence[float | None], *bounds: float | None, span: float = 9.0, margin: float = 1.0
) -> tuple[int, int]:
    """A whole-numbered range of scores that holds the values and bounds, over at least `span` points.

    Noise is then never blown up to a cliff; whole numbers keep the number of different specs small.

    >>> score_range([78.6, 80.7], 80.0), score_range([], 80.0)
    ((75, 85), (75, 85))
    """
    known = [v for v in (*values, *bounds) if v is not None and v == v]
    low, high = min(known, default=0.0) - margin, max(known, default=100.0) + margin
    extra = max(0.0, (span - (high - low)) / 2)
    return floor(low - extra), ceil(high + extra)
