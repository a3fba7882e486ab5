"""Documents as Word, PDF and PowerPoint: read back by other programs (issue D)."""

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from openpyxl import load_workbook
from pptx import Presentation
from pypdf import PdfReader

from domain.documents import (
    Chart,
    Column,
    Deck,
    Document,
    Facts,
    Grid,
    Heading,
    KeyFigure,
    KeyFigures,
    PageBreak,
    Points,
    Series,
    SignOff,
    Slide,
    Text,
)
from services.documents import docx_file, pdf_file, pptx_file

EXACT = 63.840000000000003, 79.96, 81.25
ROWS = [["交货期", 234, EXACT[0], "红"], ["=1+1", 12, EXACT[1], "黄"], ["#strong[x] $1$ \\ *b*", 5, EXACT[2], "达标"]]


def report(**more: object) -> Document:
    grid = Grid(
        [Column("维度"), Column("n", "count"), Column("得分", "score", bounds=(80.0,)), Column("状态")],
        ROWS,
        ["red", "amber", "ok"],
        coloured=2,
        worded=3,
    )
    score = Series("得分", EXACT, ["red", "amber", "ok"])
    return Document(
        **{
            "title": "客户满意度分析报告",
            "language": "zh_CN",
            "cover": [("期次", "2026年三季度")],
            "blocks": [
                Heading("结果"),
                Text("指数 76.4，低于目标 80。\n第二行\x00", "lead"),
                KeyFigures([KeyFigure("满意度指数", "76.4", "n=234", "red")]),
                Chart("bar", "各维度", ["交货期", "=1+1", "服务"], [score], bound=80.0, remark="n=234"),
                Chart("line", "推移图", ["26Q1", "26Q2", "26Q3"], [score, Series("目标", [80.0] * 3)], bound=80.0),
                Chart("stacked", "分布", ["交货期"], [Series("不满意", [0.25]), Series("满意", [0.75])]),
                grid,
                PageBreak(),
                Points(["一", "二"]),
                Facts([("客户", "")]),
                SignOff([("审核", "王芳")], opinion="审核意见"),
            ],
            **more,
        }
    )


def test_word_reads_back_headings_tables_and_east_asian_fonts() -> None:
    found = docx.Document(BytesIO(docx_file(report())))

    headings = [one.text for one in found.paragraphs if one.style.name.startswith("Heading")]
    assert headings == ["1  结果"]
    table = next(one for one in found.tables if one.cell(0, 0).text == "维度")
    assert [cell.text for cell in table.rows[1].cells] == ["交货期", "234", "63.8", "红"]
    assert [cell.text for cell in table.rows[2].cells] == ["=1+1", "12", "79.96", "黄"]
    assert 'w:eastAsia="Microsoft YaHei"' in found.styles["Normal"].element.xml
    assert 'w:fill="FFACA7"' in table.cell(1, 3)._tc.xml
    assert "w:fill" not in table.cell(1, 0)._tc.xml


def test_charts_in_word_hold_the_unrounded_figures_and_no_formula() -> None:
    with ZipFile(BytesIO(docx_file(report()))) as file:
        xml = file.read("word/charts/chart1.xml").decode()
        book = load_workbook(BytesIO(file.read("word/embeddings/chart1.xlsx")))
    values = re.search(r"<c:val>.*?</c:val>", xml, re.DOTALL)

    assert values
    assert [float(text) for text in re.findall(r"<c:v>([^<]+)</c:v>", values[0])] == list(EXACT)
    assert 'crossesAt val="80.0"' in xml
    assert 'a:ea typeface="Microsoft YaHei"' in xml
    rows = list(book["Sheet1"].iter_rows(min_row=2))
    assert [row[1].value for row in rows] == list(EXACT)
    assert (rows[1][0].value, rows[1][0].data_type) == ("=1+1", "s")


def test_text_of_a_pdf_can_be_selected_and_its_fonts_are_embedded() -> None:
    pages = PdfReader(BytesIO(pdf_file(report()))).pages
    text = "".join(page.extract_text() for page in pages)

    assert all(one in text for one in ("客户满意度分析报告", "交货期", "79.96", "审核意见", "#strong[x] $1$ \\ *b*"))
    for page in pages:
        for font in page["/Resources"].get("/Font", {}).values():
            (inner,) = font.get_object()["/DescendantFonts"]
            assert "/FontFile3" in inner.get_object()["/FontDescriptor"].get_object()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_document_without_cover_and_with_empty_tables_is_written(language: str) -> None:
    empty = report(language=language, cover=[], blocks=[Grid([Column("a")], [], nothing="Nichts")], personal=True)

    assert docx.Document(BytesIO(docx_file(empty))).paragraphs[-1].text == "Nichts"
    assert "Nichts" in PdfReader(BytesIO(pdf_file(empty))).pages[0].extract_text()


def deck() -> Deck:
    score = Series("得分", EXACT, ["red", "amber", "ok"])
    chart = Chart("bar", "各维度", ["交货期", "=1+1", "服务"], [score], bound=80.0, remark="n=234")
    grid = Grid([Column("措施"), Column("得分", "score")], [["=1+1", EXACT[0]]], ["red"], coloured=1)
    figures = KeyFigures([KeyFigure("满意度指数", "76.4", "n=234", "red")])
    slides = [Slide("指数低于目标\x00", [figures, chart], "n = 234。方法"), Slide("措施", [grid, Points(["一", "二"])])]
    return Deck(title="客户满意度", language="zh_CN", slides=slides, subtitle="2026年三季度", notes="方法")


def test_slides_have_titles_native_charts_and_tables_unrounded_and_notes() -> None:
    title, first, second = Presentation(BytesIO(pptx_file(deck()))).slides

    assert (title.shapes.title.text, title.notes_slide.notes_text_frame.text) == ("客户满意度", "方法")
    assert (first.shapes.title.text, first.notes_slide.notes_text_frame.text) == ("指数低于目标", "n = 234。方法")
    (chart,) = [one.chart for one in first.shapes if one.has_chart]
    assert list(chart.plots[0].series[0].values) == list(EXACT)
    book = load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    assert [row[0].data_type for row in book["Sheet1"].iter_rows(min_row=2)] == ["s", "s", "s"]
    (table,) = [one.table for one in second.shapes if one.has_table]
    assert [table.cell(1, at).text for at in (0, 1)] == ["=1+1", "63.8"]
    for slide in (title, first, second):
        for run in slide._element.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}r"):
            assert 'a:ea typeface="Microsoft YaHei"' in run.xml


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice isn't installed here")
def test_libreoffice_opens_each_file_and_shows_its_text(tmp_path: Path) -> None:
    files = {"a.docx": docx_file(report()), "b.pptx": pptx_file(deck())}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    done = subprocess.run(
        [*command, *(str(tmp_path / name) for name in files)], capture_output=True, timeout=120, check=True
    )

    assert b"Error" not in done.stderr.replace(b"failed to launch javaldx", b"")
    for name, said in (("a.pdf", "交货期"), ("b.pdf", "措施")):
        assert said in "".join(page.extract_text() for page in PdfReader(tmp_path / name).pages)
