"""Native charts for office programs: the chart's XML and the workbook behind it, the same for Word and PowerPoint."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.chart import XL_TICK_MARK as TICK
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt
from xlsxwriter import Workbook

from domain.documents import Chart
from services.documents.looks import CHINESE_FONT, FILLS, INK, LATIN_FONT, MUTED, RULE, SERIES, clean, level_fills

KINDS: Final = {
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
    "stacked": XL_CHART_TYPE.BAR_STACKED,
}
POINTS: Final = "0.0"
SHARES: Final = "0%"


def chart_data(chart: Chart) -> CategoryChartData:
    """The values as they are, unrounded."""
    data = CategoryChartData(number_format=SHARES if chart.kind == "stacked" else POINTS)
    data.categories = [clean(label) for label in chart.labels]
    for one in chart.series:
        data.add_series(clean(one.name), list(one.values))
    return data


def chart_workbook(chart: Chart) -> bytes:
    """The sheet behind a chart, where its XML looks for it; labels are texts, never formulas."""
    content = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(content, options) as book:
        sheet = book.add_worksheet("Sheet1")
        look = book.add_format({"num_format": SHARES if chart.kind == "stacked" else POINTS})
        for row, label in enumerate(chart.labels, start=1):
            sheet.write_string(row, 0, clean(label))
        for column, one in enumerate(chart.series, start=1):
            sheet.write_string(0, column, clean(one.name))
            for row, value in enumerate(one.values, start=1):
                if value is not None:
                    sheet.write_number(row, column, value, look)
    return content.getvalue()


def chart_part(chart: Chart, points: float) -> tuple[bytes, bytes]:
    """XML and workbook of a chart, letters of so many points."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    frame = slide.shapes.add_chart(KINDS[chart.kind], Emu(0), Emu(0), Emu(1), Emu(1), chart_data(chart))
    drawn: Any = frame
    dress(drawn.chart, chart, points)
    return drawn.chart.part.blob, chart_workbook(chart)


def dress(drawn: Any, chart: Chart, points: float) -> None:
    """Gives a chart the look of the house, and its own workbook."""
    drawn.part.chart_workbook.update_from_xlsx_blob(chart_workbook(chart))
    font = drawn.font
    font.size, font.name = Pt(points), LATIN_FONT
    font.color.rgb = RGBColor.from_string(INK)
    _chinese(font._rPr)
    drawn.has_title = False
    _frameless(drawn)
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        drawn.legend.font.size = Pt(points)
        _chinese(drawn.legend.font._rPr)
    {"bar": _bars, "line": _lines, "stacked": _shares}[chart.kind](drawn, chart, points)
    quiet = drawn.category_axis
    quiet.major_tick_mark = TICK.NONE
    quiet.format.line.color.rgb = RGBColor.from_string(MUTED)


def _bars(drawn: Any, chart: Chart, points: float) -> None:
    low, high = chart.ends()
    span = (high - low) * 0.12
    values, names = drawn.value_axis, drawn.category_axis
    values.minimum_scale, values.maximum_scale = low, high + (span if high >= 100 else 0)
    values.visible, values.has_major_gridlines = False, False
    names.reverse_order, names.tick_label_position = True, XL_TICK_LABEL_POSITION.LOW
    if chart.bound is not None:
        _cross_at(names, chart.bound)
    plot = drawn.plots[0]
    plot.gap_width, plot.vary_by_categories = 55, False
    series = plot.series[0]
    series.invert_if_negative = False
    _filled(series.format.fill, SERIES)
    for place, status in enumerate(chart.series[0].statuses):
        if status in ("red", "amber"):
            _filled(series.points[place].format.fill, FILLS[status])
    _labels(plot, points, chart)


def _lines(drawn: Any, chart: Chart, points: float) -> None:
    values = drawn.value_axis
    values.minimum_scale, values.maximum_scale = chart.ends()
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string(RULE)
    values.major_gridlines.format.line.width = Pt(0.5)
    values.format.line.fill.background()
    values.major_unit = chart.step()
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = "0", False
    for place, series in enumerate(drawn.plots[0].series):
        series.smooth = False
        line = series.format.line
        line.color.rgb = RGBColor.from_string(SERIES if place == 0 else MUTED)
        line.width = Pt(2.25 if place == 0 else 1.25)
        if place:
            line.dash_style = MSO_LINE.DASH
            series.marker.style = XL_MARKER_STYLE.NONE
            continue
        series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 7
        _filled(series.marker.format.fill, SERIES)
        series.data_labels.show_value = True
        series.data_labels.position = XL_LABEL_POSITION.ABOVE
        series.data_labels.number_format, series.data_labels.number_format_is_linked = _places(chart), False
        series.data_labels.font.size = Pt(points)
        for at, status in enumerate(chart.series[0].statuses):
            if status in ("red", "amber"):
                _filled(series.points[at].marker.format.fill, FILLS[status])


def _shares(drawn: Any, chart: Chart, _points: float) -> None:
    values, names = drawn.value_axis, drawn.category_axis
    values.minimum_scale, values.maximum_scale = 0, 1
    values.visible, values.has_major_gridlines = False, False
    names.reverse_order = True
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 45, 100
    for series, fill in zip(plot.series, level_fills(len(chart.series)), strict=True):
        _filled(series.format.fill, fill)


def _labels(plot: Any, points: float, chart: Chart) -> None:
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.show_value, labels.position = True, XL_LABEL_POSITION.OUTSIDE_END
    labels.number_format, labels.number_format_is_linked = _places(chart), False
    labels.font.size = Pt(points)


def _places(chart: Chart) -> str:
    """The number format of the labels: as many places as the one needs that must not be rounded over the bound."""
    return "0." + "0" * max((max(1, len(text.partition(".")[2])) for text in chart.texts()), default=1)


def _cross_at(names: Any, bound: float) -> None:
    """The line of the names stands at the bound, and bars begin there."""
    crossing = names._element.find(qn("c:crosses"))
    if crossing is None:
        return
    at = crossing.makeelement(qn("c:crossesAt"), {"val": repr(float(bound))})
    crossing.addprevious(at)
    crossing.getparent().remove(crossing)


def _filled(fill: Any, colour: str) -> None:
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(colour)


def _frameless(drawn: Any) -> None:
    """No frame and no ground, which office programs draw otherwise."""
    space = drawn._chartSpace
    look = space.makeelement(qn("c:spPr"), {})
    line = look.makeelement(qn("a:ln"), {})
    line.append(line.makeelement(qn("a:noFill"), {}))
    look.extend([look.makeelement(qn("a:noFill"), {}), line])
    space.find(qn("c:chart")).addnext(look)


def _chinese(properties: Any) -> None:
    """Names the East Asian font as well: without it an office program takes any."""
    for name in ("a:ea", "a:cs"):
        for old in properties.findall(qn(name)):
            properties.remove(old)
    latin = properties.find(qn("a:latin"))
    asian = properties.makeelement(qn("a:ea"), {"typeface": CHINESE_FONT})
    latin.addnext(asian) if latin is not None else properties.append(asian)


def named_fonts(runs: Sequence[Any]) -> None:
    """Sets both fonts of runs of text in a presentation."""
    for run in runs:
        run.font.name = LATIN_FONT
        _chinese(run.font._rPr)
