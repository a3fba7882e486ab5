"""Charts of the screens as pictures: drawn here from the same spec and rows, without a browser and without a network."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import vl_convert

from services.documents.looks import INK, MUTED, RULE, clean

WIDTH: Final = 720
SCALE: Final = 2.0
"""Pixels of a PNG for each unit of the spec: sharp on paper."""
LONGEST_LINE: Final = 52
"""Characters of a title's line that fit the width, Chinese ones too."""
LOOK: Final[dict[str, Any]] = {
    "background": "#FFFFFF",
    "font": "Noto Sans SC",
    "padding": 12,
    "title": {"anchor": "start", "fontSize": 14, "fontWeight": 600, "color": f"#{INK}", "offset": 12},
    "axis": {
        "labelColor": f"#{MUTED}",
        "titleColor": f"#{MUTED}",
        "gridColor": f"#{RULE}",
        "domainColor": f"#{RULE}",
        "ticks": False,
    },
    "legend": {"labelColor": f"#{INK}", "titleColor": f"#{MUTED}"},
}
"""What the browser's theme gives a chart on light pages."""


def svg_file(spec: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], title: str) -> bytes:
    """The chart as SVG; its texts stay texts."""
    return vl_convert.vegalite_to_svg(_whole(spec, rows, title), allowed_base_urls=[]).encode()


def png_file(spec: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], title: str) -> bytes:
    """The chart as PNG on white, its fonts those of the installation."""
    _fonts()
    return vl_convert.vegalite_to_png(_whole(spec, rows, title), scale=SCALE, allowed_base_urls=[])


def _whole(spec: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """The spec with its rows and, over it, the sentence that the chart says; no address in it is ever fetched."""
    said = clean(title)
    lines = [said[at : at + LONGEST_LINE] for at in range(0, min(len(said), 3 * LONGEST_LINE), LONGEST_LINE)]
    own = spec.get("config", {})
    look = {name: {**part, **own.get(name, {})} if isinstance(part, dict) else part for name, part in LOOK.items()}
    whole = {
        "width": WIDTH,
        **{name: part for name, part in spec.items() if name != "padding"},
        "data": {"values": [dict(row) for row in rows]},
        "title": lines,
        "config": {**own, **look},
    }
    return json.dumps(whole, ensure_ascii=False)


@cache
def _fonts() -> None:
    vl_convert.register_font_directory(str(files("pylopdf_fonts_zh_cn")))
