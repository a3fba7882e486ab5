"""What was keyed for a wave: the list, and one response with its answers, corrections and the way to correct it."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from components import chooser, clock, live, notices, states, wave_words
from components.formats import moment, plain
from components.texts import _, language
from components.wave_entry_form import WAYS
from components.wave_mails import Tried
from db.queries.entries import CHECK, Change, EntryDetail, EntryLine, entries, entry
from db.queries.waves import SurveyWave
from db.session import read_session
from domain.access import Viewer
from domain.answers import Given
from domain.errors import N_
from domain.key_rows import keyed, row_of
from domain.scheme import Scheme
from services import responses

STATUS: Final = {
    "counted": N_("Counted"),
    "invalid": N_("Invalid"),
    "after_close": N_("After closing"),
    "withdrawn": N_("Withdrawn"),
}
VERBS: Final = {
    "submit": N_("Entered"),
    "correct": N_("Corrected"),
    "withdraw": N_("Withdrawn"),
    "admit": N_("Admitted"),
    "settle": N_("Confirmed"),
}
HOWS: Final = {
    **WAYS,
    "mail": N_("Mail"),
    "message": N_("Message"),
    "second entry": N_("Second entry"),
}
MOST_ROWS: Final = 12
TABLE, TURN = "entries.table", "entries.turn"


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The table; a chosen line opens the response beside it."""
    with read_session() as session:
        lines = entries(session, viewer, wave.id)
    if not lines:
        line, caption = _("Nothing has been entered yet."), _("Answers that are keyed here stand in this list.")
        states.empty(":material/keyboard:", line, caption, key="no_entries")
        return
    left, right = st.columns([1.9, 1], gap="small")
    with left, states.card(_("Entered responses"), _("the newest first; choose one to see its history")):
        picked = _table(lines)
    with right, states.card():
        if picked is None:
            st.caption(_("Choose a response to see its answers, and what was changed."))
        else:
            with read_session() as session:
                detail = entry(session, viewer, picked)
            _detail(viewer, detail)


def _table(lines: list[EntryLine]) -> int | None:
    picked = chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns=_columns(),
        most_rows=MOST_ROWS,
        alt=_("Responses that were keyed, the newest first"),
        key=f"{TABLE}.{st.session_state.setdefault(TURN, 0)}",
        first_is_chosen=True,
        personal=True,
    )
    return picked[0].id if picked else None


def _row(one: EntryLine) -> dict[str, Any]:
    return {
        "customer": one.customer.in_(language()) or one.code or None,
        "respondent": one.respondent or None,
        "channel": _(WAYS[one.channel]),
        "status": _(STATUS[one.status]),
        "by": one.entered_by or None,
        "at": moment(one.entered_at, clock.zone()),
        "changes": one.changes or None,
    }


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "customer": text(_("Customer"), width=132),
        "respondent": text(_("Contact"), width=74),
        "channel": text(_("Channel"), width=64),
        "status": text(_("Status"), width=70),
        "by": text(_("Entered by"), width=80),
        "at": text(_("Time"), width=122),
        "changes": st.column_config.NumberColumn(_("Changes"), width=62),
    }


def _detail(viewer: Viewer, detail: EntryDetail) -> None:
    scheme = detail.scheme
    name = detail.customer.in_(language()) or _("Anonymous")
    st.markdown(f"**{plain(name)}** :gray[{plain(detail.response.respondent)}]")
    for said in detail.opinions:
        st.markdown(f"“{plain(said)}”")
    st.markdown("  \n".join(_answers(detail.answers, scheme)))
    lang = language()
    beside = [f":gray[{plain(question.in_(lang))}] **{plain(said.in_(lang))}**" for question, said in detail.extras]
    if beside:
        st.markdown("  \n".join(beside))
    mine = detail.response.entered_by_id == viewer.user_id
    if detail.response.status != "withdrawn" and (mine or viewer.may(CHECK)):
        with st.container(horizontal=True):
            if st.button(_("Correct"), icon=":material/edit:", key="entries.correct"):
                live.hold()
                _dialog(_("Correct a response"), _correct)(viewer, detail)
            if st.button(_("Withdraw"), icon=":material/delete:", key="entries.withdraw"):
                live.hold()
                _dialog(_("Withdraw a response"), _withdraw)(viewer, detail)
    states.card_title(_("History"))
    for change in detail.history:
        st.markdown(_told(change, scheme))


def _answers(answers: Mapping[str, Given | None], scheme: Scheme) -> list[str]:
    return [
        f":gray[{place}] {plain(item.name.in_(language()))} **{plain(level_name(answers.get(item.code), scheme))}**"
        for place, item in enumerate(scheme.items, start=1)
    ]


def level_name(given: Given | None, scheme: Scheme) -> str:
    """An answer in the reader's words."""
    if given is None:
        return _("blank")
    names = {level.code: level.name.in_(language()) for level in scheme.levels}
    return names.get(str(given)) or f"{given:g}"


def _told(change: Change, scheme: Scheme) -> str:
    """One change: who, when, what from and to, and why."""
    who = " · ".join(part for part in (moment(change.at, clock.zone()), change.who) if part)
    how = f" · {_(HOWS[change.how])}" if change.how in HOWS else ""
    lines = [f"**{_(VERBS[change.verb])}** :gray[{plain(who)}{how}]"]
    names = {item.code: item.name.in_(language()) for item in scheme.items}
    for code, (old, new) in change.answers.items():
        lines.append(
            f"{plain(names.get(code, code))}: {plain(level_name(old, scheme))} → **{plain(level_name(new, scheme))}**"
        )
    if change.status and change.status[0] != change.status[1]:
        lines.append(" → ".join(_(STATUS[one]) for one in change.status))
    if change.reason:
        lines.append(f"“{plain(change.reason)}”")
    return "  \n".join(lines)


def _dialog(title: str, form: Any) -> Any:
    return st.dialog(title, on_dismiss=_released)(form)


def _released() -> None:
    live.hold(False)


def _correct(viewer: Viewer, detail: EntryDetail) -> None:
    """The row as it is, to be keyed over, and the reason."""
    scheme = detail.scheme
    with st.form("entries.correct.form", border=False):
        row = st.text_input(_("Answers, one key per item"), row_of(detail.answers, scheme), autocomplete="off")
        reason = st.text_input(_("Reason"), max_chars=300, placeholder=_("for example: keyed one line too low"))
        pressed = st.form_submit_button(_("Save correction"), type="primary", icon=":material/check:")
    if not pressed:
        return
    now = keyed(row or "", scheme)
    if not now.is_complete:
        states.refused(wave_words.wrong_keys(now))
        return
    keys: dict[str, Any] = {"response_id": detail.response.id or 0, "answers": now.answers}
    made = Tried(lambda s: responses.correct(s, **keys, by=viewer, at=clock.now(), reason=reason or ""))
    _said(made, _("The correction is saved, with the old values"))


def _withdraw(viewer: Viewer, detail: EntryDetail) -> None:
    """Out of the figures, with the reason; its row stays."""
    st.caption(_("The response no longer counts. It stays in this list, with the reason."))
    with st.form("entries.withdraw.form", border=False):
        reason = st.text_input(_("Reason"), max_chars=300)
        pressed = st.form_submit_button(_("Withdraw"), type="primary", icon=":material/delete:")
    if not pressed:
        return
    key = detail.response.id or 0
    made = Tried(lambda s: responses.withdraw(s, response_id=key, by=viewer, at=clock.now(), reason=reason or ""))
    _said(made, _("The response is withdrawn"))


def _said(made: Tried, text: str) -> None:
    if made.worked:
        live.hold(False)
        notices.say(text)
        st.rerun()
