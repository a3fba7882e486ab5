"""Papers as files: Word and PDF from the same content; texts are data, never markup."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Table as Grid

from domain.papers import Paper, Part
from domain.tables import Cell
from services.documents.looks import clean

CHINESE_FONT: Final = "STSong-Light"
"""Named in the file and not embedded: every PDF reader brings it, or one like it."""
TINTS: Final = {"red": "FFACA7", "amber": "FCF3DF"}
"""Status → colour behind a row's first cell, those of the screens."""
FONTS: Final = {"zh_CN": "Microsoft YaHei", "en": "Calibri"}
NOTHING: Final = "\u2013"


def paper_file(paper: Paper, form: str, language: str) -> bytes:
    """The paper as "docx" or "pdf"."""
    return docx_file(paper, language) if form == "docx" else pdf_file(paper)


def cell_text(cell: Cell) -> str:
    """A cell as people read it: scores with one decimal, days as in forms."""
    if cell is None or cell == "":
        return NOTHING
    if isinstance(cell, float):
        return f"{cell:,.1f}".replace("-", "\u2212")
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return cell.isoformat() if isinstance(cell, date) else clean(str(cell))


def docx_file(paper: Paper, language: str) -> bytes:
    """A Word document with real headings and tables."""
    document = Document()
    font = FONTS.get(language, FONTS["en"])
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style: Any = document.styles[name]
        style.font.name = font
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONTS["zh_CN"])
        style.font.color.rgb = RGBColor(0x10, 0x18, 0x28)
    document.styles["Normal"].font.size = Pt(10.5)
    document.core_properties.title = clean(paper.title)
    document.add_heading(clean(paper.title), level=0)
    if paper.remark:
        document.add_paragraph(clean(paper.remark))
    for part in paper.parts:
        _docx_part(document, part)
    if paper.signatures:
        _docx_rows(document, [[post, name or "", ""] for post, name in paper.signatures])
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _docx_part(document: Any, part: Part) -> None:
    if part.heading:
        document.add_heading(clean(part.heading), level=1)
    for text in part.texts:
        document.add_paragraph(clean(text))
    if part.facts:
        _docx_rows(document, [[name, value or NOTHING] for name, value in part.facts])
    if part.table:
        rows = [list(part.table.headers), *([cell_text(cell) for cell in row] for row in part.table.rows)]
        _docx_rows(document, rows, bold_head=True, statuses=part.statuses)


def _docx_rows(
    document: Any, rows: Sequence[Sequence[str]], *, bold_head: bool = False, statuses: Sequence[str] = ()
) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for number, cells in enumerate(rows):
        made = table.add_row().cells
        for cell, text in zip(made, cells, strict=True):
            cell.text = clean(text)
            if bold_head and number == 0:
                cell.paragraphs[0].runs[0].bold = True
        if bold_head and number and number <= len(statuses) and (tint := TINTS.get(statuses[number - 1])):
            shade = OxmlElement("w:shd")
            shade.set(qn("w:val"), "clear")
            shade.set(qn("w:fill"), tint)
            made[0]._tc.get_or_add_tcPr().append(shade)


def pdf_file(paper: Paper) -> bytes:
    """The same as PDF on A4."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE_FONT))
    plain = ParagraphStyle("plain", fontName=CHINESE_FONT, fontSize=9.5, leading=14, wordWrap="CJK")
    look = {
        "plain": plain,
        "label": ParagraphStyle("label", plain, textColor=colors.HexColor("#455264")),
        "head": ParagraphStyle("head", plain, fontSize=12, leading=18, spaceBefore=10, spaceAfter=4),
        "title": ParagraphStyle("title", plain, fontSize=16, leading=24),
    }
    story: list[Flowable] = [_line(paper.title, look["title"])]
    story += [_line(paper.remark, look["label"])] if paper.remark else []
    for part in paper.parts:
        story += [_line(part.heading, look["head"])] if part.heading else []
        story += [_line(text, plain) for text in part.texts]
        if part.facts:
            story.append(
                _grid([[_line(n, look["label"]), _line(v or NOTHING, plain)] for n, v in part.facts], [42, 128])
            )
        if part.table:
            head = [_line(one, look["label"]) for one in part.table.headers]
            rows = [[_line(cell_text(cell), plain) for cell in row] for row in part.table.rows]
            story.append(_grid([head, *rows], [170 / len(head)] * len(head), part.statuses))
    if paper.signatures:
        rows = [[_line(post, look["label"]), _line(name or "", plain)] for post, name in paper.signatures]
        story += [Spacer(1, 12), _grid(rows, [60, 110])]
    file = BytesIO()
    template = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, title=paper.title, invariant=1
    )
    template.build(story)
    return file.getvalue()


def _line(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(clean(text)).replace("\n", "<br/>"), style)


def _grid(rows: list[list[Paragraph]], widths: Sequence[float], statuses: Sequence[str] = ()) -> Flowable:
    look: list[tuple[Any, ...]] = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#DDE2EA")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    look += [
        ("BACKGROUND", (0, row), (0, row), colors.HexColor(f"#{TINTS[status]}"))
        for row, status in enumerate(statuses, start=1)
        if status in TINTS
    ]
    return Grid(
        rows, colWidths=[width * mm for width in widths], style=TableStyle(look), repeatRows=1 if statuses else 0
    )
