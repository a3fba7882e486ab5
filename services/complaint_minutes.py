"""The minutes of a meeting about a complaint as a Word document: who signed when, in the order of signing, and who approved."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from db.models import User
from db.queries.complaints import ComplaintDetail, MinutesLine, complaint_detail
from domain.access import NotThere, Viewer
from domain.documents import Block, Column, Document, Facts, Grid, Heading, Text
from domain.errors import N_, Refusal
from services.audit import audit
from services.documents import DOCX_TYPE, docx_file
from services.mail_texts import Attached
from services.speech import Speech

MAIL_SUBTYPE = DOCX_TYPE.partition("/")[2]


def download(
    session: Session, *, number: int, minutes_id: int, language: str, zone: ZoneInfo, by: Viewer, at: datetime
) -> bytes:
    """Minutes of a complaint in sight as a docx, with an audit row; raises NotAllowed, NotThere."""
    by.check_account()
    detail = complaint_detail(session, by, number)
    made = _file(session, detail, _of(detail, minutes_id), Speech(language, zone))
    details = {"minutes": minutes_id, "language": language}
    audit(session, by=by.user_id, at=at, verb="download", about="complaint", about_id=detail.complaint.id, **details)
    return made


def minutes_told(
    session: Session, viewer: Viewer, facts: Iterable[Mapping[str, Any]], *, language: str, zone: ZoneInfo, at: datetime
) -> list[Attached]:
    """The minutes that somebody is told of, to go with the mail, as far as the reader may see them now; that they left is written down."""
    found = []
    for one in facts:
        number, minutes_id = (str(one.get(name, "")) for name in ("number", "minutes"))
        if one.get("of") != "approved" or not (number.isdecimal() and minutes_id.isdecimal()):
            continue
        try:
            detail = complaint_detail(session, viewer, int(number))
            content = _file(session, detail, _of(detail, int(minutes_id)), Speech(language, zone))
        except Refusal:
            continue
        audit(session, by=None, at=at, verb="send", about="complaint", about_id=detail.complaint.id, minutes=minutes_id)
        found.append(Attached(f"minutes-{number}-{minutes_id}.docx", MAIL_SUBTYPE, content))
    return found


def _of(detail: ComplaintDetail, minutes_id: int) -> MinutesLine:
    found = next((line for line in detail.minutes if line.minutes.id == minutes_id), None)
    if found is None:
        raise NotThere
    return found


def _file(session: Session, detail: ComplaintDetail, line: MinutesLine, speech: Speech) -> bytes:
    say, one = speech.say, line.minutes
    approver = session.get(User, one.approved_by_id) if one.approved_by_id else None
    approved = f"{approver.name if approver else ''} · {speech.moment(one.approved_at)}" if one.approved_at else ""
    complaint = say(N_("Complaint {n}")).format(n=detail.complaint.number)
    blocks: list[Block] = [
        Facts(
            [
                (say(N_("Complaint")), complaint),
                (say(N_("Customer")), detail.customer.in_(speech.language)),
                (say(N_("Round")), str(one.round)),
                (say(N_("Held on")), speech.day(one.held_on)),
                (say(N_("Approved")), approved),
            ]
        ),
        Heading(say(N_("Minutes"))),
        Text(one.said),
        Heading(say(N_("Signatures"))),
        Grid(
            [
                Column(say(N_("No.")), "count"),
                Column(say(N_("Name"))),
                Column(say(N_("Signed"))),
            ],
            [[place, name, speech.moment(at)] for place, (_key, name, at) in enumerate(line.signatures, 1)],
        ),
    ]
    return docx_file(Document(title=f"{say(N_('Minutes'))} · {complaint}", language=speech.language, blocks=blocks))
