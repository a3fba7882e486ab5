"""The questionnaire of a wave: what is asked beside the scheme's items, how it looks on a phone, and on paper."""

from typing import Any, Final

import streamlit as st

from components import states
from components.formats import plain
from components.texts import _, language, ngettext
from components.wave_question_form import KINDS, ask, store
from db.queries.plans import PlanDetail, plan
from db.queries.waves import SurveyWave
from db.session import read_session
from domain.access import Viewer
from domain.errors import N_
from domain.questionnaire import TEXTS, Extra, Questionnaire
from domain.scheme import Name
from services import questionnaires

FIELDS: Final = {
    "organisation": N_("Who asks"),
    "title": N_("Title"),
    "purpose": N_("Purpose"),
    "consent": N_("Consent text"),
    "thanks": N_("Thanks after answering"),
}
ONE_LINE: Final = ("organisation", "title")
PHONE_HEIGHT, LONGEST = 700, 500


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The section: questions and texts at the left, the phone at the right."""
    with read_session() as session:
        _wave, stored = questionnaires.questionnaire_for(session, viewer, wave.id, newest=True)
        found = plan(session, viewer, wave.id)
    may_edit = viewer.may("run_waves") and wave.state in ("planned", "open")
    left, right = st.columns([1.5, 1])
    with left:
        _facts(stored)
        if found:
            _agreement(wave, found, stored, may_edit)
        _rated(stored)
        _extras(viewer, wave, stored, may_edit)
        _texts(viewer, wave, stored, may_edit)
    with right:
        _preview(wave, stored)


def _facts(asked: Questionnaire) -> None:
    """How long it is, and whether that is too long."""
    questions = ngettext("{n} question", "{n} questions", asked.questions)
    minutes = ngettext("about {n} minute", "about {n} minutes", asked.minutes)
    version = _("version {number}", number=asked.number) if asked.number else _("as the scheme has it")
    st.caption(f"{questions} · {minutes} · {version}")
    for warning in asked.warnings:
        st.warning(warning.explain(_), icon=":material/timer:")


def _agreement(wave: SurveyWave, found: PlanDetail, stored: Questionnaire, may_edit: bool) -> None:
    """Whether what is shown has been agreed to, and what a change would mean for that."""
    if wave.state == "open" and found.questionnaire_number not in (None, stored.number):
        waits = _(
            "This version waits for countersignatures and approval; until then customers are asked the one before."
        )
        st.warning(waits, icon=":material/approval_delegation:")
    elif may_edit and found.state in ("submitted", "approved"):
        st.caption(_("A change has to be countersigned and approved anew, under Plan."))


def _rated(asked: Questionnaire) -> None:
    """The scheme's items; they are changed in the scheme."""
    with states.card(_("Rated questions"), _("from the scheme: {count}", count=len(asked.scheme.items))):
        for section in asked.sections:
            name = plain(section.name.in_(language())) if section.name else _("Beside the index")
            items = (f"{number} {plain(item.name.in_(language()))}" for number, item in section.items)
            st.markdown(f"**{name}** :gray[{' · '.join(items)}]")
        notes = [_("Importance is asked too")] if asked.ask_importance else []
        notes += [_("Earlier problems are asked about again")] if asked.ask_earlier else []
        if notes:
            st.caption(" · ".join(notes))


def _extras(viewer: Viewer, wave: SurveyWave, asked: Questionnaire, may_edit: bool) -> None:
    """Questions beside the items, in the order in which they are asked."""
    with states.card(_("Further questions"), _("asked after the rated ones")):
        if not asked.extras:
            st.caption(_("None. A few words in a customer's own language often say more than another question."))
        for place, extra in enumerate(asked.extras):
            _extra(viewer, wave, asked, place, extra, may_edit)
        if may_edit:
            with st.container(horizontal=True):
                if st.button(_("Add a question"), icon=":material/add:", key="questionnaire.add"):
                    ask(viewer, wave, asked, None)
                wanted = st.toggle(
                    _("Ask how important each item is"),
                    asked.ask_importance,
                    key=f"questionnaire.importance.{wave.id}.{asked.number}",
                )
            if wanted != asked.ask_importance:
                _store(viewer, wave, asked, importance=wanted)


def _extra(viewer: Viewer, wave: SurveyWave, asked: Questionnaire, place: int, extra: Extra, may_edit: bool) -> None:
    kind, icon = KINDS[extra.kind]
    must = f" · {_('has to be answered')}" if extra.required else ""
    options = " · ".join(plain(option.in_(language())) for option in extra.options)
    number, name = len(asked.scheme.items) + place + 1, plain(extra.name.in_(language()))
    text, tools = st.columns([5, 1], gap="xsmall") if may_edit else (st.container(), st.container())
    text.markdown(f":material/{icon}: {number} **{name}** :gray[{_(kind)}{must}{' · ' + options if options else ''}]")
    if not may_edit:
        return
    with tools, st.container(horizontal=True, horizontal_alignment="right", gap="xxsmall"):
        key = f"questionnaire.{asked.number}.{extra.code}"
        if place and st.button("", icon=":material/arrow_upward:", key=f"{key}.up", type="tertiary", help=_("Move up")):
            moved = [*asked.extras]
            moved[place - 1], moved[place] = moved[place], moved[place - 1]
            _store(viewer, wave, asked, extras=moved)
        if st.button("", icon=":material/edit:", key=f"{key}.edit", type="tertiary", help=_("Edit")):
            ask(viewer, wave, asked, extra)
        if st.button("", icon=":material/delete:", key=f"{key}.delete", type="tertiary", help=_("Remove")):
            _store(viewer, wave, asked, extras=[one for one in asked.extras if one.code != extra.code])


def _texts(viewer: Viewer, wave: SurveyWave, asked: Questionnaire, may_edit: bool) -> None:
    """What stands around the questions, in both languages; an empty field means the usual text."""
    if not may_edit:
        _texts_as_read(asked)
        return
    with (
        states.card(_("Texts"), _("in both languages")),
        st.form(f"questionnaire.texts.{wave.id}.{asked.number}", border=False),
    ):
        given = {}
        for name in TEXTS:
            now, columns = asked.texts[name], st.columns(2)
            draw = [column.text_input if name in ONE_LINE else column.text_area for column in columns]
            zh = draw[0](f"{_(FIELDS[name])} · 中文", now.zh, max_chars=LONGEST)
            en = draw[1](f"{_(FIELDS[name])} · English", now.en, max_chars=LONGEST)
            given[name] = Name(zh.strip(), en.strip())
        if st.form_submit_button(_("Save texts"), icon=":material/check:"):
            _store(viewer, wave, asked, texts=given)


def _texts_as_read(asked: Questionnaire) -> None:
    """The same for who can't change them, in the reader's language; only what has been written."""
    written = {name: text for name in TEXTS if (text := asked.texts[name].in_(language()))}
    with states.card(_("Texts")):
        for name, text in written.items():
            st.markdown(f":gray[{_(FIELDS[name])}]  \n{plain(text)}")
        if not written:
            st.caption(_("The usual texts."))


def _preview(wave: SurveyWave, asked: Questionnaire) -> None:
    """As a phone, in the reader's language; as paper on a page of its own."""
    own = "zh" if language().startswith("zh") else "en"
    with states.card(_("Preview"), _("as on a phone")):
        which = f"wave={wave.id}&version={asked.number}&lang={own}"
        newest = f"{which}&newest=1"
        st.iframe(f"/q/preview?{newest}", height=PHONE_HEIGHT, alt=_("The questionnaire as on a phone"))
        with st.container(horizontal=True):
            st.link_button(_("Open large"), f"/q/preview?{newest}", icon=":material/smartphone:")
            st.link_button(
                _("Paper form (A4)"),
                f"/q/paper?{newest if wave.state == 'planned' else which}",
                icon=":material/print:",
            )


def _store(viewer: Viewer, wave: SurveyWave, asked: Questionnaire, **changed: Any) -> None:
    if store(viewer, wave, asked, **changed):
        st.rerun()
