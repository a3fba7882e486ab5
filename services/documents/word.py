"""Documents as Word files: real headings, tables and charts that can be edited."""

from io import BytesIO
from typing import Any, Final

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE as REL
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from domain.documents import (
    Block,
    Chart,
    Document,
    Facts,
    Grid,
    Heading,
    KeyFigures,
    PageBreak,
    Points,
    SignOff,
    Text,
)
from locales import translator
from services.documents import looks
from services.documents.charts import chart_part
from services.documents.looks import clean
from services.documents.word_tables import table_xml

WIDTH: Final = Mm(166)
CHART_TYPE: Final = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DRAWING: Final = (
    '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent/><wp:docPr/><wp:cNvGraphicFramePr/>'
    '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart/></a:graphicData>'
    "</a:graphic></wp:inline></w:drawing>"
)
HEADINGS: Final = {1: (15, 18, 6), 2: (11.5, 12, 4)}
"""Level → size of letters, space above and below, in points."""


def docx_file(document: Document) -> bytes:
    """The document on A4, with charts that an office program can edit."""
    writer = _Writer(document)
    for block in document.blocks:
        writer.add(block)
    file = BytesIO()
    writer.file.save(file)
    return file.getvalue()


class _Writer:
    """A Word file while it is written."""

    def __init__(self, document: Document) -> None:
        self.document, self.charts, self.parts = document, 0, 0
        self.word = translator(document.language).gettext
        self.file: WordDocument = docx.Document()
        self._page()
        self._styles()
        properties = self.file.core_properties
        properties.title, properties.author = clean(document.title)[:255], clean(document.organisation)[:255]
        properties.language = "zh-CN" if document.language == "zh_CN" else "en-GB"
        self._front()

    def add(self, block: Block) -> None:
        """Writes one block."""
        ways: dict[type, Any] = {
            Heading: self._heading,
            Text: self._text,
            Points: self._points,
            Facts: lambda one: self._facts(one.pairs),
            KeyFigures: self._key_figures,
            Grid: self._grid,
            Chart: self._chart,
            PageBreak: lambda _one: self.file.add_page_break(),
            SignOff: self._sign_off,
        }
        ways[type(block)](block)

    # The page

    def _page(self) -> None:
        section = self.file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(22)
        section.top_margin = section.bottom_margin = Mm(22)

    def _styles(self) -> None:
        styles: Any = self.file.styles
        self._style(styles["Normal"], 10, looks.INK)
        styles["Normal"].paragraph_format.space_after = Pt(6)
        styles["Normal"].paragraph_format.line_spacing = 1.2
        for level, (size, above, below) in HEADINGS.items():
            style = styles[f"Heading {level}"]
            self._style(style, size, looks.INK, bold=True)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(above), Pt(below)
            style.paragraph_format.keep_with_next = True
        self._style(styles["List Bullet"], 10, looks.INK)
        self._style(styles["Title"], 28, looks.INK, bold=True)
        for border in styles["Title"].element.iter(qn("w:pBdr")):
            border.getparent().remove(border)

    def _style(self, style: Any, size: float, colour: str, *, bold: bool = False) -> None:
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        for name in ("ascii", "hAnsi", "cs"):
            fonts.set(qn(f"w:{name}"), looks.LATIN_FONT)
        fonts.set(qn("w:eastAsia"), looks.CHINESE_FONT)

    def _front(self) -> None:
        document = self.document
        if not document.cover:
            self._line(document.organisation, colour=looks.MUTED)
            self._line(document.title, size=20, bold=True)
            self._line(document.subtitle, size=11, colour=looks.MUTED)
            self._foot(self.file.sections[0])
            return
        lead = self._line(document.organisation or " ", size=12, colour=looks.MUTED)
        lead.paragraph_format.space_before = Pt(150)
        self.file.add_paragraph(clean(document.title), style="Title")
        self._line(document.subtitle, size=14, colour=looks.MUTED).paragraph_format.space_after = Pt(200)
        self._facts(document.cover)
        body = self.file.add_section(WD_SECTION.NEW_PAGE)
        body.footer.is_linked_to_previous = False
        self._foot(body)
        numbering = OxmlElement("w:pgNumType")
        numbering.set(qn("w:start"), "1")
        body._sectPr.append(numbering)

    def _foot(self, section: Any) -> None:
        line = section.footer.paragraphs[0]
        self._run(line, looks.foot(self.document, self.word(looks.PERSONAL)) + "\t", 8, looks.MUTED)
        styles: Any = self.file.styles
        styles["Footer"].paragraph_format.tab_stops.clear_all()
        line.paragraph_format.tab_stops.add_tab_stop(WIDTH, WD_TAB_ALIGNMENT.RIGHT)
        number = self._run(line, "", 8, looks.MUTED)
        for kind, code in (("begin", ""), ("", "PAGE"), ("end", "")):
            mark = OxmlElement("w:instrText" if code else "w:fldChar")
            if code:
                mark.text = code
            else:
                mark.set(qn("w:fldCharType"), kind)
            number._r.append(mark)

    # Lines

    def _line(self, text: str, *, size: float = 10, colour: str = looks.INK, bold: bool = False) -> Paragraph:
        paragraph = self.file.add_paragraph()
        self._run(paragraph, text, size, colour, bold=bold)
        return paragraph

    def _run(self, to: Paragraph, text: str, size: float, colour: str, *, bold: bool = False) -> Run:
        run = to.add_run(clean(text))
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = RGBColor.from_string(colour)
        return run

    def _heading(self, block: Heading) -> None:
        is_part = block.level == 1 and bool(self.document.cover)
        self.parts += is_part
        text = f"{self.parts}  {block.text}" if is_part else block.text
        self.file.add_heading(clean(text), level=block.level)

    def _text(self, block: Text) -> None:
        sizes = {"plain": (10, looks.INK), "lead": (12, looks.INK), "quiet": (8.5, looks.MUTED)}
        size, colour = sizes[block.look]
        self._line(block.text, size=size, colour=colour)

    def _points(self, block: Points) -> None:
        for text in block.texts:
            self.file.add_paragraph(clean(text), style="List Bullet")

    def _caption(self, title: str) -> None:
        if title:
            self._line(title, bold=True).paragraph_format.keep_with_next = True

    # Tables

    def _facts(self, pairs: Any) -> None:
        table = self._table(0, (Mm(42), Mm(124)))
        for name, value in pairs:
            cells = table.add_row().cells
            self._cell(cells[0], name, 9.5, looks.MUTED)
            self._cell(cells[1], value or "–", 9.5, looks.INK)
            _lined(cells)
        self._gap()

    def _table(self, rows: int, widths: Any) -> Any:
        table = self.file.add_table(rows=rows, cols=len(widths))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        return table

    def _cell(self, cell: _Cell, text: str, size: float, colour: str, *, right: bool = False) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(2)
        paragraph.paragraph_format.line_spacing = 1.0
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self._run(paragraph, text, size, colour)

    def _grid(self, block: Grid) -> None:
        self._caption(block.title)
        if not block.rows:
            self._line(block.nothing or self.word(looks.EMPTY), size=8.5, colour=looks.MUTED)
            return
        whole = sum(column.share for column in block.columns)
        widths = [Length(int(WIDTH * column.share / whole)) for column in block.columns]
        self.file.element.body._insert_tbl(table_xml(block, widths))
        self._gap()

    def _key_figures(self, block: KeyFigures) -> None:
        table = self._table(1, [Length(int(WIDTH / len(block.figures)))] * len(block.figures))
        for cell, one in zip(table.rows[0].cells, block.figures, strict=True):
            _shade(cell, looks.PAPER)
            self._cell(cell, one.name, 8.5, looks.MUTED)
            second = cell.add_paragraph()
            second.paragraph_format.space_after = Pt(2)
            self._run(second, one.value, 20, looks.FIGURES[one.status], bold=True)
            self._run(cell.add_paragraph(), one.remark, 8.5, looks.MUTED)
        self._gap()

    def _sign_off(self, block: SignOff) -> None:
        if block.opinion:
            box = self._table(1, (WIDTH,)).rows[0]
            box.height = Mm(42)
            self._cell(box.cells[0], block.opinion, 9.5, looks.MUTED)
            self._run(box.cells[0].add_paragraph(), block.said, 10, looks.INK)
            _lined(box.cells, ("top", "left", "bottom", "right"))
            self._gap()
        table = self._table(0, [Length(int(WIDTH / 3))] * 3)
        for role, name in block.roles:
            row = table.add_row()
            row.height = Mm(12)
            texts = (f"{role}  {name}", self.word(looks.SIGNATURE), self.word(looks.SIGNED_ON))
            for cell, text in zip(row.cells, texts, strict=True):
                self._cell(cell, text, 9.5, looks.MUTED)
            _lined(row.cells)

    def _gap(self) -> None:
        gap = self.file.add_paragraph()
        gap.paragraph_format.space_after, gap.paragraph_format.line_spacing = Pt(0), Pt(8)

    # Charts

    def _chart(self, block: Chart) -> None:
        self._caption(block.title)
        self.charts += 1
        xml, book = chart_part(block, 9)
        package, at = self.file.part.package, self.charts
        assert package is not None
        part = Part(PackURI(f"/word/charts/chart{at}.xml"), CHART_TYPE, xml, package)
        part.relate_to(Part(PackURI(f"/word/embeddings/chart{at}.xlsx"), BOOK_TYPE, book, package), REL.PACKAGE)
        drawing = parse_xml(DRAWING)
        extent, name = drawing.find(f".//{qn('wp:extent')}"), drawing.find(f".//{qn('wp:docPr')}")
        extent.set("cx", str(int(WIDTH)))
        extent.set("cy", str(int(Mm(height(block)))))
        name.set("id", str(1000 + at))
        name.set("name", f"Chart {at}")
        name.set("descr", clean(f"{block.title}. {block.remark}"))
        drawing.find(f".//{qn('c:chart')}").set(qn("r:id"), self.file.part.relate_to(part, REL.CHART))
        self.file.add_paragraph().add_run()._r.append(drawing)
        if block.remark:
            self._line(block.remark, size=8.5, colour=looks.MUTED)


def height(chart: Chart) -> float:
    """Millimetres that a chart needs."""
    return 66.0 if chart.kind == "line" else 10.0 + 7.2 * len(chart.labels) + 7.0 * (len(chart.series) > 1)


def _lined(cells: Any, sides: Any = ("bottom",)) -> None:
    for cell in cells:
        properties = cell._tc.get_or_add_tcPr()
        borders = OxmlElement("w:tcBorders")
        for side in sides:
            line = OxmlElement(f"w:{side}")
            for name, value in (("val", "single"), ("sz", "4"), ("color", looks.RULE)):
                line.set(qn(f"w:{name}"), value)
            borders.append(line)
        properties.append(borders)


def _shade(cell: _Cell, colour: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)
