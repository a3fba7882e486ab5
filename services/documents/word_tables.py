"""Tables for Word, written as XML in one go: cell by cell a table of 2,000 rows would take a minute."""

from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from docx.oxml import parse_xml

from domain.documents import Grid, Status
from services.documents.looks import INK, MUTED, RULE, TINTS, clean

NAMESPACE: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
HALF_POINTS: Final = 17
TWENTIETHS: Final = 635
"""EMU in a twentieth of a point, in which Word measures columns."""


def table_xml(grid: Grid, widths: Sequence[int]) -> Any:
    """The table as an element; widths in EMU. Its header row is repeated on every page, no row is torn apart."""
    twips = [round(width / TWENTIETHS) for width in widths]
    rights = [column.kind not in ("text", "day") for column in grid.columns]
    head = "".join(
        _cell(column.header, width, right, MUTED, line=8)
        for column, width, right in zip(grid.columns, twips, rights, strict=True)
    )
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"]
    for at, texts in enumerate(grid.texts()):
        cells = (
            _cell(text, width, right, INK, status=grid.status(at, place))
            for place, (text, width, right) in enumerate(zip(texts, twips, rights, strict=True))
        )
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
    layout = '<w:tblW w:w="0" w:type="auto"/><w:tblLayout w:type="fixed"/>'
    margins = '<w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
    return parse_xml(
        f"<w:tbl {NAMESPACE}><w:tblPr>{layout}{margins}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _cell(text: str, width: int, right: bool, colour: str, *, line: int = 4, status: Status = "") -> str:
    ink, fill = TINTS.get(status, (colour, ""))
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    edge = (
        f'<w:tcBorders><w:bottom w:val="single" w:sz="{line}" w:color="{MUTED if line > 4 else RULE}"/></w:tcBorders>'
    )
    side = '<w:jc w:val="right"/>' if right else ""
    lines = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in clean(text).replace("\t", " ").split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{edge}{shade}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:spacing w:before="40" w:after="40" w:line="240" w:lineRule="auto"/>{side}</w:pPr>'
        f'<w:r><w:rPr><w:color w:val="{ink}"/><w:sz w:val="{HALF_POINTS}"/></w:rPr>{lines}</w:r></w:p></w:tc>'
    )
