"""Whether texts can be read and statuses told apart, in both themes and with colour blindness (design.md 3)."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from components.chart_theme import contrast as contrast_in_charts
from components.chart_theme import level_shades, text_on
from components.status import STATUS
from tests.components.colour_checks import SIMULATIONS, contrast, difference, over, simulated

THEME: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)["theme"]
MODES = ["light", "dark"]


def tint(status: str) -> tuple[str, float]:
    """A status' rgba tint as (#RRGGBB, alpha)."""
    *rgb, alpha = re.findall(r"[\d.]+", STATUS[status].tint or "")
    return "#" + "".join(f"{int(channel):02X}" for channel in rgb), float(alpha)


def test_contrast_of_black_on_white_is_21_and_delta_e_agrees_with_a_published_pair() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert difference("#FFFFFF", "#FFFFFF") == 0
    assert difference("#FFFFFF", "#000000") == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("mode", MODES)
def test_text_can_be_read(mode: str) -> None:
    theme = THEME[mode]
    page = theme["backgroundColor"]
    pairs = [
        (theme["textColor"], page),
        (theme["textColor"], theme["secondaryBackgroundColor"]),
        (over(theme["textColor"], 0.6, page), page),  # captions, axis labels
        (theme["linkColor"], page),
        ("#FFFFFF", theme["primaryColor"]),
        (theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"]),
        *((theme["textColor"], over(*tint(status), page)) for status in ("red", "amber")),
    ]
    assert min(contrast(*pair) for pair in pairs) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("colour", ["red", "orange", "green", "blue", "violet", "gray"])
def test_badges_can_be_read_from_the_back_of_the_room(mode: str, colour: str) -> None:
    theme = THEME[mode]
    assert contrast(theme[f"{colour}TextColor"], theme[f"{colour}BackgroundColor"]) >= 7.0
    assert contrast(theme[f"{colour}Color"], theme["backgroundColor"]) >= 3.0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("vision", SIMULATIONS)
def test_red_and_amber_differ_for_everybody(mode: str, vision: str) -> None:
    theme, page = THEME[mode], THEME[mode]["backgroundColor"]
    pairs = [
        (over(*tint("red"), page), over(*tint("amber"), page)),
        (theme["redBackgroundColor"], theme["orangeBackgroundColor"]),
        (theme["redColor"], theme["orangeColor"]),
    ]
    assert min(difference(simulated(a, vision), simulated(b, vision)) for a, b in pairs) >= 10.0


@pytest.mark.parametrize("levels", range(2, 12))
def test_figures_on_bars_can_be_read_for_any_number_of_levels(levels: int) -> None:
    for shade in level_shades(levels):
        for text, fill in zip(text_on(shade), shade, strict=True):
            assert contrast(text, fill) >= 4.5


def test_charts_compute_the_same_contrast_as_the_checks() -> None:
    assert contrast_in_charts("#2B5BD7", "#F3F5F8") == pytest.approx(contrast("#2B5BD7", "#F3F5F8"))
