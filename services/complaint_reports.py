"""The 8D report of a complaint as docx and pdf, in Chinese or English."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from sqlmodel import Session

from db.queries.complaints import ComplaintDetail, complaint_detail
from domain.access import NotThere, Viewer
from domain.complaints import CATEGORIES, STEPS
from domain.errors import N_
from locales import translator
from services.audit import audit

FORMS: Final = ("docx", "pdf")
CHINESE_FONT: Final = "STSong-Light"
"""Named in the file and not embedded: every PDF reader brings it, or one like it (there is no free Chinese font on PyPI
that is kept up)."""
Pair = tuple[str, str]
Say = Callable[[str], str]


def download(
    session: Session, *, number: int, form: str, language: str, zone: ZoneInfo, by: Viewer, at: datetime
) -> bytes:
    """The report as a file, "docx" or "pdf", with an audit row; raises NotAllowed, NotThere."""
    by.check_account()
    if form not in FORMS:
        raise NotThere
    detail = complaint_detail(session, by, number)
    say: Say = translator(language).gettext
    heading = f"{say(N_('8D report'))} · {number}"
    made = (docx_file if form == "docx" else pdf_file)(heading, _head(detail, say, language, zone), _body(detail, say))
    details = {"form": form, "language": language}
    audit(session, by=by.user_id, at=at, verb="download", about="complaint", about_id=detail.complaint.id, **details)
    return made


def docx_file(heading: str, head: list[Pair], body: list[tuple[str, list[Pair]]]) -> bytes:
    """A Word document: the head as a table, then one heading for each discipline."""
    document = Document()
    normal = document.styles["Normal"]
    normal.font.size = Pt(10.5)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "Microsoft YaHei")
    document.add_heading(heading, level=1)
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for name, value in head:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, value
    for title, fields in body:
        document.add_heading(title, level=2)
        for name, value in fields:
            document.add_paragraph().add_run(name).bold = True
            document.add_paragraph(value)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def pdf_file(heading: str, head: list[Pair], body: list[tuple[str, list[Pair]]]) -> bytes:
    """The same as PDF on A4; texts are data, never markup."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE_FONT))
    plain = ParagraphStyle("plain", fontName=CHINESE_FONT, fontSize=10, leading=15, wordWrap="CJK")
    label = ParagraphStyle("label", plain, textColor=colors.HexColor("#455264"), fontSize=9)
    second = ParagraphStyle("second", plain, fontSize=12, leading=18, spaceBefore=8)

    def lines(text: str, style: ParagraphStyle) -> Paragraph:
        return Paragraph(escape(text).replace("\n", "<br/>"), style)

    rows = [[lines(name, label), lines(value, plain)] for name, value in head]
    grid = TableStyle(
        [("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#DDE2EA")), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    )
    first = ParagraphStyle("first", plain, fontSize=16, leading=24)
    story: list[Flowable] = [lines(heading, first), Table(rows, colWidths=[38 * mm, 132 * mm], style=grid)]
    for title, fields in body:
        story.append(lines(title, second))
        for name, value in fields:
            story += [lines(name, label), lines(value, plain), Spacer(1, 4)]
    file = BytesIO()
    SimpleDocTemplate(file, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, title=heading).build(story)
    return file.getvalue()


def _head(detail: ComplaintDetail, say: Say, language: str, zone: ZoneInfo) -> list[Pair]:
    one = detail.complaint
    goods = " · ".join(part for part in (one.product, one.part_number, one.lot) if part)
    pairs = [
        (say(N_("Customer")), detail.customer.in_(language)),
        (say(N_("Received")), f"{one.received_at.astimezone(zone):%Y-%m-%d %H:%M}"),
        (say(N_("Category")), say(CATEGORIES[one.category])),
        (say(N_("Product")), goods),
        (say(N_("Quantity")), f"{one.quantity:g}" if one.quantity is not None else ""),
        (say(N_("Defective, %")), f"{one.defect_share * 100:g}" if one.defect_share is not None else ""),
        (say(N_("Complaint")), one.description),
        (say(N_("Effect at the customer")), one.effect),
        (say(N_("Department")), detail.department.in_(language)),
        (say(N_("Process auditor")), detail.auditor),
        (say(N_("Project staff")), detail.project),
    ]
    return [(name, clean(value) or "–") for name, value in pairs]


def _body(detail: ComplaintDetail, say: Say) -> list[tuple[str, list[Pair]]]:
    body = []
    for step, (name, fields) in STEPS.items():
        row = detail.steps.get(step)
        said = row.content if row else {}
        body.append(
            (f"D{step} {say(name)}", [(say(label), clean(said.get(key, "")) or "–") for key, label in fields.items()])
        )
    return body


def clean(text: str) -> str:
    """Without the control characters that XML can't hold."""
    return "".join(sign for sign in text if sign in "\n\t" or (ord(sign) >= 32 and ord(sign) not in (0xFFFE, 0xFFFF)))
