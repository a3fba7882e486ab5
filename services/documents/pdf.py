"""Documents as PDF: set by Typst from data, never from markup, with an embedded Chinese font that is part of the installation."""

import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst

from domain.documents import Block, Chart, Document, Grid, Heading
from locales import translator
from services.documents import looks

TEMPLATE: Final = Path(__file__).with_name("report.typ")


def pdf_file(document: Document) -> bytes:
    """The document on A4, its fonts embedded and its text selectable."""
    given = json.dumps(_data(document), ensure_ascii=False)
    compiler = typst.Compiler(TEMPLATE, font_paths=_fonts(), sys_inputs={"document": given})
    made = compiler.compile(format="pdf")
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> typst.Fonts:
    """Only what the installation brings: a report looks the same on every server."""
    folder = str(files("pylopdf_fonts_zh_cn"))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])


def _data(document: Document) -> dict[str, Any]:
    _ = translator(document.language).gettext
    words = {
        "contents": _(looks.CONTENTS),
        "signature": _(looks.SIGNATURE),
        "date": _(looks.SIGNED_ON),
        "foot": looks.foot(document, _(looks.PERSONAL)),
    }
    colours = {"ink": looks.INK, "muted": looks.MUTED, "rule": looks.RULE, "paper": looks.PAPER, "series": looks.SERIES}
    return {
        **{name: getattr(document, name) for name in ("title", "subtitle", "organisation", "cover")},
        "lang": document.language[:2],
        "words": words,
        "colours": colours,
        "fills": looks.FILLS,
        "tints": looks.TINTS,
        "figures": looks.FIGURES,
        "blocks": _blocks(document, _(looks.EMPTY)),
    }


def _blocks(document: Document, empty: str) -> list[dict[str, Any]]:
    blocks, part = [], 0
    for block in document.blocks:
        made = _block(block, empty)
        if isinstance(block, Heading):
            counts = block.level == 1 and bool(document.cover)
            part += counts
            made["part"] = part if counts else 0
        blocks.append(made)
    return blocks


def _block(block: Block, empty: str) -> dict[str, Any]:
    kind = {"kind": type(block).__name__}
    if isinstance(block, Grid):
        texts = block.texts()
        places = range(len(block.columns))
        return kind | {
            "title": block.title,
            "columns": [
                {"header": one.header, "share": one.share, "right": one.kind not in ("text", "day")}
                for one in block.columns
            ],
            "rows": texts,
            "statuses": [[block.status(row, at) for at in places] for row in range(len(texts))],
            "nothing": block.nothing or empty,
        }
    if isinstance(block, Chart):
        low, high = block.ends()
        fills = looks.level_fills(len(block.series))
        return (
            kind
            | asdict(block)
            | {
                "how": block.kind,
                "low": low,
                "high": high,
                "step": block.step(),
                "texts": block.texts(),
                "fills": fills,
            }
            | kind
        )
    return kind | asdict(block)
