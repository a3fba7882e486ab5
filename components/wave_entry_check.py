"""A second person keys a random sample of entries again, blind; differences are listed and corrected with a reason."""

from typing import Any, Final
from uuid import uuid4

import pandas as pd
import streamlit as st

from components import clock, drawn, notices, states, wave_words
from components.formats import NOTHING, count, moment, percent, plain
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _, language, ngettext
from components.wave_entry_list import level_name
from components.wave_mails import Tried
from db.queries.entries import CheckLine, SampleLine, checks, samples
from db.queries.waves import SurveyWave
from db.session import read_session
from domain.access import Viewer
from domain.key_rows import keyed
from services import entries

USUAL: Final = 10
MOST_ROWS: Final = 8
FORM: Final = "check.form_key"


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """How to draw a sample, the samples so far with their share of wrong cells, and the own one to be keyed."""
    with read_session() as session:
        drawn = samples(session, viewer, wave.id)
    left, right = st.columns([1.3, 1.45], gap="small")
    with left:
        _draw_one(viewer, wave)
        _samples(drawn)
    own = [line.sample.id or 0 for line in reversed(drawn) if (line.sample.checker_id or 0) == viewer.user_id]
    with right, states.card(_("Key again"), _("without seeing what was keyed first")):
        if not own:
            st.caption(_("Draw a sample first. It never holds what you keyed yourself."))
            return
        with read_session() as session:
            lines = [one for key in own for one in checks(session, viewer, key)]
        waiting = next((one for one in lines if one.check.checked_at is None), None)
        if waiting:
            _key_again(viewer, wave, waiting, left=sum(one.check.checked_at is None for one in lines))
        else:
            st.markdown(f":green-badge[:material/check: {_('All of the sample is keyed again.')}]")
        for one in lines:
            if one.check.checked_at is not None and one.check.settled_at is None:
                _differences(viewer, wave, one)


def _draw_one(viewer: Viewer, wave: SurveyWave) -> None:
    with states.card(_("Draw a sample"), _("of entries that somebody else keyed")):
        key = st.session_state.setdefault(FORM, uuid4().hex)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            size = st.number_input(_("Entries"), min_value=1, max_value=500, value=USUAL, key="check.size", width=120)
            if not st.button(_("Draw"), icon=":material/casino:", key="check.draw"):
                return
        keys = {"wave_id": wave.id, "size": int(size), "form_key": key}
        made = Tried(lambda s: entries.draw_sample(s, **keys, by=viewer, at=clock.now()))
        if made.worked:
            st.session_state[FORM] = uuid4().hex
            st.rerun()


def _samples(samples: list[SampleLine]) -> None:
    if not samples:
        return
    with states.card(_("Samples"), _("the newest first")):
        rows = [
            {
                _("Drawn"): moment(one.sample.drawn_at, clock.zone()),
                _("By"): one.checker or NOTHING,
                _("Checked"): f"{one.checked} / {one.sample.size}",
                _("Wrong cells"): f"{percent(one.wrong / one.cells)} ({one.wrong} / {one.cells})"
                if one.cells
                else NOTHING,
                _("Seed"): str(one.sample.seed),
            }
            for one in samples
        ]
        height = height_of(len(rows), MOST_ROWS)
        drawn.table(pd.DataFrame(rows), hide_index=True, row_height=ROW_HEIGHT, height=height, alt=_("Samples drawn"))


def _key_again(viewer: Viewer, wave: SurveyWave, one: CheckLine, *, left: int) -> None:
    name = one.customer.in_(language()) or _("Anonymous")
    sheet = " · ".join(part for part in (one.code, one.respondent, moment(one.entered_at, clock.zone())) if part)
    still = ngettext("{n} left", "{n} left", left)
    st.markdown(f"**{plain(name)}** :gray[{plain(sheet)} · {still}]")
    st.caption(_("Number of the response: {n}", n=count(one.check.response_id)))
    scheme = wave.layout.scheme
    with st.form(f"check.{one.check.sample_id}.{one.check.response_id}", border=False):
        row = st.text_input(_("Answers, one key per item"), autocomplete="off")
        pressed = st.form_submit_button(_("Compare"), type="primary", icon=":material/compare_arrows:")
    if not pressed:
        return
    now = keyed(row or "", scheme)
    if not now.is_complete:
        states.refused(wave_words.wrong_keys(now))
        return
    keys: dict[str, Any] = {"sample_id": one.check.sample_id, "response_id": one.check.response_id}
    made = Tried(lambda s: entries.check_entry(s, **keys, answers=now.answers, by=viewer, at=clock.now()))
    if made.worked:
        wrong = made.result.wrong
        notices.say(ngettext("One cell differs", "{n} cells differ", wrong) if wrong else _("No difference"))
        st.rerun()


def _differences(viewer: Viewer, wave: SurveyWave, one: CheckLine) -> None:
    """The cells that differ; those that are ticked are corrected."""
    scheme = wave.layout.scheme
    names = {item.code: item.name.in_(language()) for item in scheme.items}
    key = f"check.differences.{one.check.sample_id}.{one.check.response_id}"
    with st.form(key, border=True):
        st.markdown(f"**{plain(one.customer.in_(language()) or _('Anonymous'))}** :gray[{plain(one.entered_by)}]")
        taken = []
        for code, (old, new) in one.check.differences.items():
            words = plain(f"{names.get(code, code)}: {level_name(old, scheme)} → {level_name(new, scheme)}")
            if st.checkbox(words, value=True, key=f"{key}.{code}"):
                taken.append(code)
        reason = st.text_input(_("Reason"), max_chars=300, placeholder=_("for example: the sheet says so"))
        pressed = st.form_submit_button(_("Correct what is ticked"), icon=":material/check:")
    if not pressed:
        return
    keys: dict[str, Any] = {"sample_id": one.check.sample_id, "response_id": one.check.response_id}
    made = Tried(lambda s: entries.settle(s, **keys, take=taken, reason=reason or "", by=viewer, at=clock.now()))
    if made.worked:
        notices.say(_("Settled"))
        st.rerun()
