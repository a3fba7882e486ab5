"""The outbox of a wave: its progress, the mails that somebody should look at, bounces, and a test to oneself."""

from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import chooser, clock, notices, states
from components.formats import count, moment
from components.plain_text import plain
from components.texts import _, language, ngettext
from db.queries.sending import MailLine, Outbox, mails_with_trouble, outbox
from db.queries.waves import SurveyWave
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import N_, Refusal
from domain.scheme import Name
from services import jobs, mail_server, sending
from settings import settings

RUNNING: Final = ("queued", "running")
STATES: Final = {
    "sent": N_("Mailed"),
    "queued": N_("Waiting"),
    "unclear": N_("Unclear"),
    "failed": N_("Failed"),
    "undeliverable": N_("Undeliverable"),
    "dropped": N_("No longer needed"),
}
KINDS: Final = {"invitation": N_("Invitation"), "reminder": N_("Reminder")}
MOST_ROWS: Final = 8


class Tried:
    """A write that may be refused: its result, or the refusal shown where it was tried."""

    def __init__(self, write: Callable[[Any], Any]) -> None:
        self.result: Any = None
        self.worked = False
        try:
            with write_session() as session:
                self.result = write(session)
            self.worked = True
        except Refusal as refusal:
            states.refused(refusal.explain(_))


def is_running(box: Outbox) -> bool:
    """Whether mails are on their way now."""
    return box.job is not None and box.job.state in RUNNING


def progress(viewer: Viewer, wave: SurveyWave, box: Outbox) -> None:
    """Mails on their way with a stop button; else how many went out, and what is in the way of those that wait."""
    if is_running(box):
        _follow(viewer, wave)
    elif box.all:
        _told(viewer, wave, box)


@st.fragment(run_every=1)
def _follow(viewer: Viewer, wave: SurveyWave) -> None:
    now = clock.now()
    with read_session() as session:
        box = outbox(session, viewer, wave.id)
        missing = jobs.waits_for(session, box.job, now) if box.job else ""
    if not is_running(box):
        st.rerun()
    done = box.all - box.waiting
    text = _("Sending: {done} of {total} mails", done=count(done), total=count(box.all))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.progress(done / box.all if box.all else 0.0, text=text)
        if st.button(_("Stop sending"), key="sending.stop"):
            Tried(lambda session: sending.stop(session, wave_id=wave.id, by=viewer, at=now))
    if box.job and box.job.cancel_wanted:
        st.caption(_("Stops after the mail that is being sent."))
    elif missing == "others":
        st.caption(_("Waits until other work is done."))
    elif missing == "worker":
        st.warning(
            _("Whoever runs the server starts it with: python cli.py worker. Sending then goes on by itself."),
            title=_("No worker is running"),
            icon=":material/engineering:",
        )


def _told(viewer: Viewer, wave: SurveyWave, box: Outbox) -> None:
    job = box.job
    if job is not None and job.state == "failed" and box.waiting:
        refusal = Refusal(job.result.get("template", ""), **job.result.get("values", {}))
        states.refused(refusal.explain(_))
    with st.container(horizontal=True, vertical_alignment="center"):
        told = [f"{_(word)} **{count(box.counts[state])}**" for state, word in STATES.items() if box.counts.get(state)]
        st.markdown(f":material/mail: {_('Mails')} · {' · '.join(told)}", width="content")
        if box.waiting and wave.state == "open" and st.button(_("Go on sending"), key="sending.go_on"):
            made = Tried(
                lambda session: sending.go_on(session, wave_id=wave.id, form_key=uuid4().hex, by=viewer, at=clock.now())
            )
            if made.worked:
                st.rerun()


def trouble(viewer: Viewer, wave: SurveyWave) -> None:
    """Mails of which nobody knows whether they arrived, and those that were refused; one of them can be sent again."""
    with read_session() as session:
        lines = mails_with_trouble(session, viewer, wave.id)
    if not lines:
        return
    title = ngettext("{n} mail to look at", "{n} mails to look at", len(lines))
    with states.card(title, _("an unclear one may have arrived: nobody but you sends it again")):
        picked = chooser.chosen(
            lines,
            [_line(one) for one in lines],
            columns=_columns(),
            most_rows=MOST_ROWS,
            alt=title,
            key="sending.trouble",
            personal=True,
        )
        able = bool(picked) and picked[0].state in ("unclear", "failed") and not picked[0].is_answered
        if st.button(_("Send again"), icon=":material/refresh:", disabled=not able, key="sending.again"):
            made = Tried(
                lambda session: sending.send_again(
                    session, mail_id=picked[0].id, form_key=uuid4().hex, by=viewer, at=clock.now()
                )
            )
            if made.worked:
                notices.say(_("The mail is queued again"))
                st.rerun()


def bounces(viewer: Viewer, wave: SurveyWave) -> None:
    """Addresses that came back: pasted, or in a file of any form."""
    with st.expander(_("Bounced addresses"), icon=":material/unsubscribe:"):
        st.caption(_("Paste addresses or bounce messages, or choose a file: their invitations are undeliverable then."))
        with st.form("sending.bounces", border=False, clear_on_submit=True):
            text = st.text_area(_("Bounced addresses"), height=86, label_visibility="collapsed")
            file = st.file_uploader(_("Text or CSV file"), type=["txt", "csv", "eml", "log"], max_upload_size=5)
            if not st.form_submit_button(_("Mark as undeliverable"), icon=":material/block:"):
                return
        said = f"{text}\n{file.getvalue().decode('utf-8', 'replace') if file else ''}"
        made = Tried(lambda s: sending.mark_bounced(s, wave_id=wave.id, text=said, by=viewer, at=clock.now()))
        if made.worked:
            found: sending.Bounced = made.result
            parts = [_("{n} marked as undeliverable", n=count(found.marked))]
            parts += [_("{n} had answered", n=count(found.answered))] if found.answered else []
            parts += [_("{n} not asked in this wave", n=count(len(found.unknown)))] if found.unknown else []
            st.success(" · ".join(parts), icon=":material/check:")
            if found.unknown:
                st.caption(_("Not asked in this wave: {listed}", listed=plain(", ".join(found.unknown[:10]))))


def test_card(viewer: Viewer) -> None:
    """A mail to oneself, before a thousand customers get one."""
    server = settings().mail_server
    with states.card(_("Test mail")):
        with st.form("sending.test", border=False):
            to = st.text_input(_("To your own address"), key="sending.test.to", max_chars=254)
            pressed = st.form_submit_button(
                _("Send test mail"), icon=":material/outgoing_mail:", disabled=server is None
            )
        if pressed and server is not None:
            try:
                with st.spinner(_("Talking to the mail server…")):
                    mail_server.send_test(server, to, language(), by=viewer)
            except Refusal as refusal:
                states.refused(refusal.explain(_))
            else:
                st.success(_("The mail server has taken it."), icon=":material/check:")


def _line(one: MailLine) -> dict[str, Any]:
    customer = Name(one.customer.name_zh, one.customer.name_en).in_(language()) if one.customer else None
    kind = _(KINDS[one.kind])
    return {
        "state": _(STATES[one.state]),
        "kind": f"{kind} {one.round}" if one.round else kind,
        "customer": customer,
        "contact": one.contact or None,
        "address": one.address,
        "at": moment(one.at, clock.zone()),
        "reason": _(one.reason),
    }


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "state": text(_("State"), width=98),
        "kind": text(_("Kind"), width=82),
        "customer": text(_("Customer"), width=165),
        "contact": text(_("Contact"), width=80),
        "address": text(_("Mail address"), width=160),
        "at": text(_("Time"), width=125),
        "reason": text(_("What the server said"), width=285),
    }
