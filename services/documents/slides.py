"""Decks as PowerPoint presentations: native charts and tables, real titles, notes; on the organisation's own template if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE, PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from domain.documents import Block, Chart, Deck, Grid, KeyFigures, Points, Slide, Text
from services.documents import looks
from services.documents.charts import KINDS, chart_data, dress, named_fonts
from services.documents.looks import clean

SIZE: Final = Inches(13.333), Inches(7.5)
MARGIN: Final = Inches(0.6)
GAP: Final = Inches(0.25)
LETTERS: Final = 18
"""Points: 36 px of a picture 1920 px wide, which is read from five metres (design.md 2)."""
SMALL: Final = 14
FIXED: Final[dict[type, int]] = {KeyFigures: Inches(1.75), Text: Inches(0.45)}
"""Blocks over the whole width, and their height; the others share what is left side by side."""
TITLES: Final = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)


@dataclass(frozen=True)
class Area:
    """A rectangle on a slide, in EMU."""

    left: int
    top: int
    width: int
    height: int

    @property
    def place(self) -> tuple[Emu, Emu, Emu, Emu]:
        return Emu(self.left), Emu(self.top), Emu(self.width), Emu(self.height)


def pptx_file(deck: Deck, template: bytes | None = None) -> bytes:
    """The presentation, 16:9, or as the template has it; the template's own slides are left out."""
    return _Writer(deck, template).written()


class _Writer:
    """A presentation while it is written."""

    def __init__(self, deck: Deck, template: bytes | None) -> None:
        self.deck, self.is_own = deck, template is None
        self.file = _opened(template)
        if self.is_own:
            self.file.slide_width, self.file.slide_height = SIZE
        else:
            _without_slides(self.file)
        properties = self.file.core_properties
        properties.title, properties.author = clean(deck.title)[:255], clean(deck.organisation)[:255]
        self.width, self.height = int(self.file.slide_width), int(self.file.slide_height)

    def written(self) -> bytes:
        """The file's bytes."""
        self._front()
        for slide in self.deck.slides:
            self._slide(slide)
        content = BytesIO()
        self.file.save(content)
        return content.getvalue()

    def _front(self) -> None:
        slide = self.file.slides.add_slide(self._layout((), first=True))
        title = slide.shapes.title
        if self.is_own or title is None:
            area = Area(int(MARGIN) * 2, int(self.height * 0.32), self.width - int(MARGIN) * 4, Inches(1.6))
            self._bar(slide, Area(area.left, area.top - int(GAP), Inches(1.2), Inches(0.08)))
            title = title or slide.shapes.add_textbox(*area.place)
            self._placed(title, area)
            self._write(title, [self.deck.title], 40, bold=True)
            below = Area(area.left, area.top + area.height, area.width, Inches(0.9))
            said = slide.placeholders[1] if len(slide.placeholders) > 1 else slide.shapes.add_textbox(*below.place)
            self._placed(said, below)
            self._write(said, [self.deck.subtitle], 22, colour=looks.MUTED)
        else:
            title.text = clean(self.deck.title)
            others = [
                one for one in slide.placeholders if one.placeholder_format.type not in TITLES and one.has_text_frame
            ]
            for one, text in zip(others, [self.deck.subtitle], strict=False):
                one.text = clean(text)
        self._note(slide, self.deck.notes)

    def _slide(self, slide: Slide) -> None:
        drawn = self.file.slides.add_slide(self._layout(TITLES))
        title = drawn.shapes.title
        area = Area(int(MARGIN), Inches(0.45), self.width - 2 * int(MARGIN), Inches(1.15))
        if self.is_own:
            self._placed(title, area)
            self._write(title, [slide.title], 26, bold=True)
            title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        else:
            title.text = clean(slide.title)
            area = Area(int(title.left), int(title.top), int(title.width), int(title.height))
        top = area.top + area.height + int(GAP) // 2
        room = Area(area.left, top, area.width, self.height - top - Inches(0.75))
        for block, place in self._places(slide.blocks, room):
            self._add(drawn, block, place)
        if self.deck.footer:
            foot = Area(area.left, self.height - Inches(0.5), area.width, Inches(0.35))
            box = drawn.shapes.add_textbox(*foot.place)
            self._write(box, [self.deck.footer], 11, colour=looks.MUTED)
        self._note(drawn, slide.notes)

    def _layout(self, wanted: Sequence[Any], *, first: bool = False) -> Any:
        """The first layout for the title slide; for the others the one with a title and the fewest other placeholders."""
        layouts = list(self.file.slide_layouts)
        if first:
            return layouts[0]
        titled = [one for one in layouts if any(part.placeholder_format.type in wanted for part in one.placeholders)]
        furniture = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
        return min(
            titled or layouts,
            key=lambda one: sum(part.placeholder_format.type not in furniture for part in one.placeholders),
        )

    def _places(self, blocks: Sequence[Block], room: Area) -> list[tuple[Block, Area]]:
        top, found = room.top, []
        beside = [block for block in blocks if type(block) not in FIXED]
        for block in blocks:
            if (height := FIXED.get(type(block))) is not None:
                found.append((block, Area(room.left, top, room.width, int(height))))
                top += int(height) + int(GAP)
        each = (room.width - int(GAP) * (len(beside) - 1)) // max(1, len(beside))
        for at, block in enumerate(beside):
            left = room.left + at * (each + int(GAP))
            found.append((block, Area(left, top, each, room.top + room.height - top)))
        return found

    def _add(self, slide: Any, block: Block, area: Area) -> None:
        ways: dict[type, Any] = {
            KeyFigures: self._key_figures,
            Chart: self._chart,
            Grid: self._grid,
            Points: self._points,
            Text: self._text,
        }
        ways[type(block)](slide, block, area)

    def _text(self, slide: Any, block: Text, area: Area) -> None:
        self._write(slide.shapes.add_textbox(*area.place), [block.text], LETTERS)

    def _points(self, slide: Any, block: Points, area: Area) -> None:
        box = slide.shapes.add_textbox(*area.place)
        self._write(box, [f"• {text}" for text in block.texts], 20)
        for paragraph in box.text_frame.paragraphs:
            paragraph.space_after = Pt(10)

    def _key_figures(self, slide: Any, block: KeyFigures, area: Area) -> None:
        each = (area.width - int(GAP) * (len(block.figures) - 1)) // len(block.figures)
        for at, one in enumerate(block.figures):
            place = Area(area.left + at * (each + int(GAP)), area.top, each, area.height)
            card = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *place.place)
            card.fill.solid()
            card.fill.fore_color.rgb = RGBColor.from_string(looks.PAPER)
            card.line.fill.background()
            card.shadow.inherit = False
            card.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
            sizes = [(one.name, SMALL, looks.MUTED, False), (one.value, 36, looks.FIGURES[one.status], True)]
            sizes += [(text, SMALL, looks.MUTED, False) for text in one.remark.split("\n") if text]
            self._lines(card.text_frame, sizes)

    def _chart(self, slide: Any, block: Chart, area: Area) -> None:
        foot = Inches(0.4) if block.remark else 0
        held = slide.shapes.add_chart(
            KINDS[block.kind], *Area(area.left, area.top, area.width, area.height - foot).place, chart_data(block)
        )
        held.name = clean(block.title)[:200]
        held._element.nvGraphicFramePr.cNvPr.set("descr", clean(f"{block.title}. {block.remark}"))
        dress(held.chart, block, LETTERS if len(block.labels) <= 10 else SMALL)
        if block.remark:
            box = slide.shapes.add_textbox(*Area(area.left, area.top + area.height - foot, area.width, foot).place)
            self._write(box, [block.remark], SMALL, colour=looks.MUTED)

    def _grid(self, slide: Any, block: Grid, area: Area) -> None:
        rows = max(1, len(block.rows))
        height = min(area.height, Inches(0.5) * (rows + 1))
        frame = slide.shapes.add_table(
            rows + 1, len(block.columns), *Area(area.left, area.top, area.width, height).place
        )
        table = frame.table
        table.horz_banding = table.first_row = False
        whole = sum(column.share for column in block.columns)
        texts = block.texts() or [[block.nothing or "–", *[""] * (len(block.columns) - 1)]]
        for at, column in enumerate(block.columns):
            table.columns[at].width = Emu(int(area.width * column.share / whole))
            right = column.kind not in ("text", "day")
            self._cell(table.cell(0, at), column.header, looks.MUTED, "", right=right, thick=True)
            for row, line in enumerate(texts):
                ink, fill = looks.TINTS.get(block.status(row, at) if block.rows else "", (looks.INK, ""))
                self._cell(table.cell(row + 1, at), line[at], ink, fill, right=right)

    def _cell(self, cell: Any, text: str, colour: str, fill: str, *, right: bool, thick: bool = False) -> None:
        self._write(cell, [text], LETTERS - 2, colour=colour)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        properties = cell._tc.get_or_add_tcPr()
        line = properties.makeelement(qn("a:lnB"), {"w": "12700" if thick else "6350"})
        solid = line.makeelement(qn("a:solidFill"), {})
        solid.append(solid.makeelement(qn("a:srgbClr"), {"val": looks.MUTED if thick else looks.RULE}))
        line.append(solid)
        properties.append(line)
        if fill:
            cell.fill.solid()
            cell.fill.fore_color.rgb = RGBColor.from_string(fill)
        else:
            cell.fill.background()

    def _bar(self, slide: Any, area: Area) -> None:
        bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *area.place)
        bar.fill.solid()
        bar.fill.fore_color.rgb = RGBColor.from_string(looks.SERIES)
        bar.line.fill.background()
        bar.shadow.inherit = False

    def _placed(self, shape: Any, area: Area) -> None:
        shape.left, shape.top, shape.width, shape.height = area.place

    def _write(
        self, shape: Any, texts: Sequence[str], size: float, *, colour: str = looks.INK, bold: bool = False
    ) -> None:
        self._lines(shape.text_frame, [(text, size, colour, bold) for text in texts])

    def _lines(self, frame: Any, lines: Sequence[tuple[str, float, str, bool]]) -> None:
        frame.word_wrap = True
        for at, (text, size, colour, bold) in enumerate(lines):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            run = paragraph.add_run()
            run.text = clean(text)
            run.font.size, run.font.bold = Pt(size), bold
            run.font.color.rgb = RGBColor.from_string(colour)
            named_fonts([run])

    def _note(self, slide: Any, text: str) -> None:
        if text:
            slide.notes_slide.notes_text_frame.text = clean(text)


def _opened(template: bytes | None) -> Any:
    return Presentation(BytesIO(template)) if template else Presentation()


def _without_slides(file: Any) -> None:
    listed = file.slides._sldIdLst
    for entry in list(listed):
        file.part.drop_rel(entry.rId)
        listed.remove(entry)
