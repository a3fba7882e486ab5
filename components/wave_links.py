"""Links and QR codes of a wave, to be given out otherwise than by mail."""

from functools import partial
from uuid import uuid4

import streamlit as st

from components import clock, exports, notices, states
from components.formats import count, period, plain
from components.texts import _, language, ngettext
from components.wave_mails import Tried
from db.queries.sending import LinkLine, links
from db.queries.waves import SurveyWave
from db.session import read_session, write_session
from domain.access import Viewer
from domain.scheme import Name
from domain.tables import Cell, Table
from services import qr_sheets, sending
from services.exporting import note_export
from services.links import LinkLost, link_of, open_link

HTML = "text/html"


def card(viewer: Viewer, wave: SurveyWave, *, one_each: bool) -> None:
    """Makes links for the chosen recipients; the list, the sheet of QR codes, and the poster."""
    with read_session() as session:
        lines = links(session, viewer, wave.id)
    title = _("Links and QR codes")
    with states.card(title, _("{n} can still be answered", n=count(len(lines)))):
        if st.button(
            _("Make links without mails"),
            icon=":material/add_link:",
            help=_("For the recipients at the left who have none yet, also those without an address."),
            key="sending.links",
        ):
            _make(viewer, wave, one_each=one_each)
        if lines:
            st.caption(_("List with one link each"))
            exports.files(viewer, "links", partial(_tables, lines), wave_id=wave.id, period=wave.code)
            st.download_button(
                _("QR codes to print, one each"),
                partial(_sheet, viewer, wave, lines),
                f"qr-{wave.code}.html",
                HTML,
                icon=":material/qr_code_2:",
                key="sending.sheet",
                on_click="ignore",
                width="stretch",
            )
        st.download_button(
            _("Poster with one public link"),
            partial(_poster, viewer, wave),
            f"poster-{wave.code}.html",
            HTML,
            icon=":material/qr_code:",
            help=_("Whoever scans it may answer, without an invitation."),
            key="sending.poster",
            on_click="ignore",
            width="stretch",
        )


def _make(viewer: Viewer, wave: SurveyWave, *, one_each: bool) -> None:
    key = uuid4().hex
    made = Tried(
        lambda session: sending.send_out(
            session, wave_id=wave.id, one_each=one_each, by_mail=False, form_key=key, by=viewer, at=clock.now()
        )
    )
    if made.worked:
        notices.say(ngettext("{n} link made", "{n} links made", made.result.invitations))
        st.rerun()


def _tables(lines: list[LinkLine]) -> list[Table]:
    headers = [_("Code"), _("Customer"), _("Contact"), _("Mail address"), _("Phone"), _("Reply by"), _("Link")]
    return [Table(_("Links"), headers, [_row(line) for line in lines], personal=True)]


def _row(line: LinkLine) -> list[Cell]:
    customer, contact = line.customer, line.contact
    return [
        customer.code if customer else "",
        _customer(line),
        contact.name if contact else "",
        contact.mail if contact else "",
        contact.phone if contact else "",
        line.invitation.due_on,
        _link(line),
    ]


def _link(line: LinkLine) -> str:
    try:
        return link_of(line.invitation)
    except LinkLost as lost:
        return lost.explain(_)


def _customer(line: LinkLine) -> str:
    return Name(line.customer.name_zh, line.customer.name_en).in_(language()) if line.customer else ""


def _sheet(viewer: Viewer, wave: SurveyWave, lines: list[LinkLine]) -> bytes:
    with write_session() as session:
        note_export(session, what="qr", wave_id=wave.id, tables=_tables(lines), file="html", by=viewer, at=clock.now())
    labels = []
    for line in lines:
        try:
            link = link_of(line.invitation)
        except LinkLost:
            continue  # the list says why
        name = line.contact.name if line.contact else ""
        labels.append(qr_sheets.Label(link, _customer(line), name, line.invitation.due_on))
    title = f"{_survey(wave)} · {plain(period(wave.code))}"
    return qr_sheets.sheet(labels, title=title, language=language())


def _poster(viewer: Viewer, wave: SurveyWave) -> bytes:
    with write_session() as session:
        link = open_link(session, wave_id=wave.id, by=viewer, at=clock.now())
    return qr_sheets.poster(link, survey=f"{_survey(wave)} · {period(wave.code)}", language=language())


def _survey(wave: SurveyWave) -> str:
    return wave.layout.scheme.name.in_(language())
