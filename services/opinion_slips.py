"""The customer information feedback slip (客户信息反馈单) of one opinion, as Word or PDF, in Chinese or English."""

from datetime import datetime, tzinfo

from sqlmodel import Session

from db.queries.opinions import OpinionDetail, opinion_detail
from domain.access import NotThere, Viewer
from domain.documents import Document
from domain.errors import N_
from domain.opinions import ANSWERED, KINDS, SOURCES
from locales import translator
from services.audit import audit
from services.complaint_reports import FORMS, Pair, Say, slip_of


def download(
    session: Session,
    *,
    opinion_id: int,
    form: str = "docx",
    language: str,
    zone: tzinfo,
    by: Viewer,
    at: datetime,
) -> bytes:
    """The slip as a file, "docx" or "pdf", with an audit row; what a department may not see of the customer isn't in it.

    Raises NotAllowed, NotThere.
    """
    if form not in FORMS:
        raise NotThere
    made = FORMS[form](slip(session, by, opinion_id, language, zone))
    audit(session, by=by.user_id, at=at, verb="download", about="opinion", about_id=opinion_id, language=language)
    return made


def slip(session: Session, viewer: Viewer, opinion_id: int, language: str, zone: tzinfo) -> Document:
    """The slip of an opinion in sight. Raises NotAllowed, NotThere."""
    viewer.check_account()
    detail = opinion_detail(session, viewer, opinion_id)
    say: Say = translator(language).gettext
    heading = f"{say(N_('Customer information feedback slip'))} · {opinion_id}"
    return slip_of(heading, language, _head(detail, say, language, zone), _body(detail, say))


def _head(detail: OpinionDetail, say: Say, language: str, zone: tzinfo) -> list[Pair]:
    one, line = detail.line.opinion, detail.line
    received = one.received_at.astimezone(zone)
    return [
        (say(N_("Customer")), line.customer.in_(language) or one.said_by),
        (say(N_("Received")), f"{received:%Y-%m-%d}" if line.is_anonymous else f"{received:%Y-%m-%d %H:%M}"),
        (say(N_("Source")), " · ".join(part for part in (say(SOURCES[one.source]), line.wave) if part)),
        (say(N_("Kind")), say(KINDS[one.kind]) if one.kind else ""),
        (say(N_("Item or dimension")), line.about.in_(language)),
        (say(N_("Department")), line.department.in_(language)),
        (say(N_("Recorded by")), detail.recorded_by),
    ]


def _body(detail: OpinionDetail, say: Say) -> list[tuple[str, list[Pair]]]:
    """What was said, what the department does, what the customer was told; empty lines are written on by hand."""
    one = detail.line.opinion
    led_to = [f"A-{action.number}" for action in detail.actions]
    led_to += [f"{say(N_('Complaint'))} {detail.complaint}"] if detail.complaint is not None else []
    led_to += [f"{say(N_('Request'))} {detail.request}"] if detail.request is not None else []
    told = f"{one.answered_on} · {say(ANSWERED[one.answered_how])} · {detail.answered_by}" if one.answered_on else ""
    return [
        (say(N_("What the customer said")), [("", one.text)]),
        (
            say(N_("What the department does")),
            [(say(N_("Leads to")), ", ".join(led_to)), (say(N_("Not adopted, because")), one.not_adopted)],
        ),
        (
            say(N_("What the customer was told")),
            [("", one.answer), (say(N_("When, how, by whom")), told), (say(N_("Reward")), one.reward)],
        ),
        (say(N_("Signatures")), [(say(N_("Department head")), ""), (say(N_("Date")), "")]),
    ]
