"""The company's own PowerPoint file as template: what is used of it, and what is refused by its content."""

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches

from domain.documents import Chart, Deck, Series, Slide
from domain.presentation_templates import NotATemplate, check_template
from services.documents import pptx_file


def template() -> bytes:
    file, content = Presentation(), BytesIO()
    file.slide_width = Inches(16)
    file.slides.add_slide(file.slide_layouts[0]).shapes.title.text = "Of the template"
    file.save(content)
    return content.getvalue()


def changed(parts: dict[str, bytes], *, without: str = "") -> bytes:
    """The template with parts added or replaced."""
    content = BytesIO()
    with zipfile.ZipFile(BytesIO(template())) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts and name != without:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return content.getvalue()


def rels(line: str) -> bytes:
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{line}</Relationships>'.encode()


def book(parts: dict[str, bytes]) -> bytes:
    """A workbook with more parts in it."""
    content = BytesIO()
    Workbook().save(content)
    with zipfile.ZipFile(content, "a") as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return content.getvalue()


TYPES, RELS, THEME = "[Content_Types].xml", "ppt/_rels/x.xml.rels", "ppt/theme/theme9.xml"
MACRO_TYPE = b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"
REFUSED: dict[str, dict[str, Callable[[], bytes]]] = {
    "a macro": {"ppt/vbaProject.bin": lambda: b"x"},
    "a macro under another name": {"ppt/media/picture.bin": lambda: b"x"},
    "a control": {"ppt/activeX/activeX1.xml": lambda: b"<a/>"},
    "an embedded document": {"ppt/embeddings/oleObject1.xlsx": lambda: b"x"},
    "a workbook that isn't a chart's": {
        "ppt/embeddings/Sheet1.xlsx": lambda: book({}),
        "ppt/slides/_rels/x.xml.rels": lambda: rels('<Relationship Id="a" Target="../embeddings/Sheet1.xlsx"/>'),
    },
    "a chart's workbook with macros": {"ppt/embeddings/Sheet1.xlsx": lambda: book({"xl/vbaProject.bin": b"x"})},
    "a chart's workbook that reaches out": {
        "ppt/embeddings/Sheet1.xlsx": lambda: book(
            {"xl/_rels/x.rels": rels('<Relationship Id="a" Target="http://a" TargetMode="External"/>')}
        )
    },
    "macros by content type": {TYPES: lambda: MACRO_TYPE},
    "a link to elsewhere": {RELS: lambda: rels('<Relationship Id="a" Target="http://a" TargetMode="External"/>')},
    "a link in disguise": {RELS: lambda: rels('<Relationship Id="a" TargetMode="&#69;xternal"/>')},
    "an entity": {THEME: lambda: b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'},
    "hidden in another encoding": {THEME: lambda: "<a/>".encode("utf-16")},
    "a bomb": {THEME: lambda: bytes(101 * 2**20)},
}


@pytest.mark.parametrize("parts", REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_could_run_or_reach_anything_is_refused(parts: dict[str, Callable[[], bytes]]) -> None:
    with pytest.raises(NotATemplate):
        check_template(changed({name: make() for name, make in parts.items()}))


def test_what_is_no_presentation_is_refused() -> None:
    for content in (b"PK and nothing else", changed({}, without="ppt/presentation.xml")):
        with pytest.raises(NotATemplate):
            check_template(content)


def test_slides_are_made_on_the_layouts_of_a_template_without_its_slides() -> None:
    check_template(template())
    chart = Chart("bar", "Items", ["Price"], [Series("Score", [63.84])], bound=80.0)

    made = Presentation(BytesIO(pptx_file(Deck("Title", "en", [Slide("One idea", [chart])]), template())))

    assert made.slide_width == Inches(16)
    assert [slide.shapes.title.text for slide in made.slides] == ["Title", "One idea"]
    assert [list(one.chart.plots[0].series[0].values) for one in made.slides[1].shapes if one.has_chart] == [[63.84]]


def test_a_template_with_native_charts_is_taken_and_leaves_none_of_their_figures_behind() -> None:
    chart = Chart("bar", "Items", ["Price"], [Series("Score", [63.84])], bound=80.0)
    charted = pptx_file(Deck("Of the template", "en", [Slide("Old", [chart, chart])]))
    check_template(charted)

    made = pptx_file(Deck("Title", "en", [Slide("One idea", [])]), charted)

    assert [slide.shapes.title.text for slide in Presentation(BytesIO(made)).slides] == ["Title", "One idea"]
    with zipfile.ZipFile(BytesIO(made)) as parts:
        assert [name for name in parts.namelist() if "chart" in name or "embed" in name] == []
