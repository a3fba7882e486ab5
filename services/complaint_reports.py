"""The 8D report of a complaint as docx and pdf, in Chinese or English."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Final

from sqlmodel import Session

from db.queries.complaints import ComplaintDetail, complaint_detail, complaint_for
from domain.access import NotThere, Viewer
from domain.complaints import CATEGORIES, STEPS
from domain.documents import Block, Document, Facts, Heading, Text
from domain.errors import N_
from locales import translator
from services.audit import audit
from services.documents import docx_file, pdf_file

FORMS: Final = {"docx": docx_file, "pdf": pdf_file}
"""Ending → what writes it."""
Pair = tuple[str, str]
Say = Callable[[str], str]


def download(
    session: Session, *, number: int, form: str, language: str, zone: tzinfo, by: Viewer, at: datetime
) -> bytes:
    """The report as a file, "docx" or "pdf", with an audit row; raises NotAllowed, NotThere."""
    by.check_account()
    if form not in FORMS:
        raise NotThere
    made = FORMS[form](eight_d_report(session, by, number, language, zone))
    key, details = complaint_for(session, by, number).id, {"form": form, "language": language}
    audit(session, by=by.user_id, at=at, verb="download", about="complaint", about_id=key, **details)
    return made


def eight_d_report(session: Session, viewer: Viewer, number: int, language: str, zone: tzinfo) -> Document:
    """The report of a complaint in sight. Raises NotAllowed, NotThere."""
    viewer.check_account()
    detail = complaint_detail(session, viewer, number)
    say: Say = translator(language).gettext
    heading = f"{say(N_('8D report'))} · {number}"
    return slip_of(heading, language, _head(detail, say, language, zone), _body(detail, say))


def slip_of(heading: str, language: str, head: Sequence[Pair], body: Sequence[tuple[str, Sequence[Pair]]]) -> Document:
    """A form filled in: the facts of its head, then its sections with their fields; a field without a name is free text."""
    blocks: list[Block] = [Facts(head)]
    for title, fields in body:
        named = [pair for pair in fields if pair[0]]
        blocks.append(Heading(title, 2))
        blocks += [Text(said or "–") for name, said in fields if not name]
        blocks += [Facts(named)] if named else []
    return Document(title=heading, language=language, blocks=blocks)


def _head(detail: ComplaintDetail, say: Say, language: str, zone: tzinfo) -> list[Pair]:
    one = detail.complaint
    goods = " · ".join(part for part in (one.product, one.part_number, one.lot) if part)
    return [
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


def _body(detail: ComplaintDetail, say: Say) -> list[tuple[str, list[Pair]]]:
    body = []
    for step, (name, fields) in STEPS.items():
        row = detail.steps.get(step)
        said = row.content if row else {}
        body.append((f"D{step} {say(name)}", [(say(label), said.get(key, "")) for key, label in fields.items()]))
    return body
