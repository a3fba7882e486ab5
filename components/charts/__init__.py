"""The charts of the house style: each function draws one and returns what was clicked.

Rows and spec are made apart: `…_rows` is pure (domain values in, list of dicts out), `…_spec` is built once per language and range without
data and cached, because building one takes 25–30 ms and drawing one 1 ms (architecture.md 2.3).
"""

from components.charts.comparisons import Comparison, changes
from components.charts.drawing import Row
from components.charts.levels import BAND_EDGES, LevelCounts, band_counts, band_words, distribution, level_bars
from components.charts.returns import Returns, response_rates
from components.charts.subjects import Subject, subjects
from components.charts.waves import WavePoint, changed_of_several, item_trend, shared_range, trend

__all__ = [
    "BAND_EDGES",
    "Comparison",
    "LevelCounts",
    "Returns",
    "Row",
    "Subject",
    "WavePoint",
    "band_counts",
    "band_words",
    "changed_of_several",
    "changes",
    "distribution",
    "item_trend",
    "level_bars",
    "response_rates",
    "shared_range",
    "subjects",
    "trend",
]
