"""The effect of an action on its screen: before and after, what the figures suggest, what the customer was told."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final

import streamlit as st

from components import charts, clock, effect_words, live, notices, states, status
from components.charts import Subject
from components.formats import interval, moment, period_short, plain, shown
from components.texts import _, language
from db.queries.effects import effects, tellings, waves_to_compare
from db.session import read_session, write_session
from domain.access import Viewer
from domain.action_names import VERDICTS
from domain.action_rows import ActionDetail
from domain.action_states import State
from domain.effects import CANNOT_TELL, EffectRow, Measured, TellingRow
from domain.errors import N_, Refusal
from domain.scores import Score, at_or_below, below
from services import effects as verbs

DONE, NOW, TO_DO = ":material/check_circle:", ":material/radio_button_checked:", ":material/radio_button_unchecked:"
MOST_SUBJECTS: Final = 4
"""So many subjects are drawn at once; the others unfold."""
CHART_HEIGHT: Final = 84
BEGINS: Final = {
    "next_wave": N_("Checked with the results of the next closed period, by somebody who is not the owner."),
    "customer": N_("Checked by the customer's own confirmation, recorded below, by somebody who is not the owner."),
    "audit": N_("Checked by an audit; who confirms writes down what it found."),
}
"""With what an effect is checked, as the scheme says; messages."""


def draw(viewer: Viewer, action: ActionDetail) -> None:
    """Section 6 of the report, with all that can be done about it."""
    with read_session() as session:
        measured = effects(session, viewer, action.row.id)
        told = tellings(session, viewer, action.row.id)
        waves = waves_to_compare(session, viewer, action.row.id) if _is_verifying(action) else []
    current = [one for one in measured if one.round == action.row.round]
    _check(viewer, action, measured, current, waves)
    if told or action.facts.from_opinion or (_may_tell(action) and action.facts.check == "customer"):
        _customer(viewer, action, told)


def _check(
    viewer: Viewer,
    action: ActionDetail,
    measured: Sequence[EffectRow],
    current: Sequence[EffectRow],
    waves: Sequence[tuple[int, str]],
) -> None:
    verdict = action.fields["verdict"]
    icon = DONE if verdict else NOW if _is_verifying(action) else TO_DO
    with states.plain_card(f"{icon} 6 {_('Effectiveness check')}", _verdict(verdict)):
        if current:
            _effect(current[0], suggests=not verdict)
        else:
            for one in (action.row.figures.get("subjects") or [])[:3]:
                st.markdown(_figures(one, action.row.wave))
        _said(action, bool(current))
        earlier = [one for one in measured if one not in current[:1]]
        if earlier:
            with st.expander(_("Compared before")):
                for one in earlier:
                    _before(one)
        if action.may_edit and _is_verifying(action):
            _compare(viewer, action, current, waves)


def _verdict(verdict: str) -> str:
    colour = "green" if verdict == "effective" else "red"
    return f":{colour}-badge[{_(VERDICTS[verdict])}]" if verdict else ""


def _effect(effect: EffectRow, *, suggests: bool) -> None:
    """What the latest wave of this round says."""
    if suggests:
        st.markdown(effect_words.badge(effect.verdict))
    for one, code in effect.subjects[:MOST_SUBJECTS]:
        _subject(effect, one, code)
    if hidden := effect.subjects[MOST_SUBJECTS:]:
        with st.expander(_("{n} more", n=len(hidden))):
            for one, code in hidden:
                _subject(effect, one, code)


def _subject(effect: EffectRow, one: Measured, code: str) -> None:
    """One subject: name, reason, before and after with their intervals, the change."""
    st.markdown(f"**{plain(effect_words.name(one))}** {plain(effect_words.reason(one, code))}")
    rows = [_dot(one, one.before_wave, one.before), _dot(one, effect.wave, one.after)]
    factor = 100 if one.is_share else 1
    red = None if one.bound is None else one.bound * factor
    charts.subjects(
        [row for row in rows if row.score.score is not None],
        alt_text=plain(f"{effect_words.name(one)}: {effect_words.reason(one, code)}"),
        red=red if one.included else None,
        target=red if not one.included else None,
        with_n=True,
        height=CHART_HEIGHT,
    )
    waves = f"{period_short(one.before_wave)} → {period_short(effect.wave)}"
    facts = [waves, effect_words.difference(one), effect_words.notes(one)]
    st.caption(" · ".join(plain(fact) for fact in facts if fact))


def _dot(one: Measured, wave: str, score: Score) -> Subject:
    factor = 100 if one.is_share else 1
    values = {name: None if (v := getattr(score, name)) is None else v * factor for name in ("score", "low", "high")}
    figure = score.score
    missed = (
        figure is not None
        and one.bound is not None
        and (at_or_below(figure, one.bound) if one.included else below(figure, one.bound))
    )
    how = ("red" if one.included else "amber") if missed else "ok"
    return Subject(wave, period_short(wave), Score(score.n, values["score"], None, values["low"], values["high"]), how)


def _before(effect: EffectRow) -> None:
    """An earlier comparison in a few lines."""
    rounds = _("Round {n}", n=effect.round)
    st.markdown(f"{rounds} · {period_short(effect.wave)} {effect_words.badge(effect.verdict)}")
    for one, code in effect.subjects[:MOST_SUBJECTS]:
        st.caption(f"{plain(effect_words.name(one))}: {plain(effect_words.reason(one, code))}")


def _said(action: ActionDetail, is_measured: bool) -> None:
    """Who confirmed and why, or with what it will be checked."""
    who, why = action.person("verified_by_id"), action.fields["verdict_reason"]
    if action.fields["verdict"] and who:
        st.caption(_("Checked by {who}.", who=plain(who)))
        if why:
            st.markdown(plain(_("Reason: {reason}", reason=why)))
    elif is_measured:
        st.caption(_("Somebody who is not the owner confirms, or decides otherwise with a reason."))
    else:
        st.caption(_(BEGINS[action.facts.check]))


def _compare(
    viewer: Viewer, action: ActionDetail, current: Sequence[EffectRow], waves: Sequence[tuple[int, str]]
) -> None:
    """Buttons: compare with a period that was closed before; wait for another one where this couldn't tell."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for key, code in waves[:1]:
            label = _("Compare with {period}", period=period_short(code))
            if st.button(label, icon=":material/compare_arrows:", key=f"effect.compare.{key}"):
                _write(verbs.measure_with, _("Compared"), action, wave_id=key, by=viewer)
        waits = bool(current) and current[0].verdict == CANNOT_TELL
        if waits and st.button(_("Wait for the next period"), icon=":material/hourglass_top:", key="effect.extend"):
            reason = effect_words.told(current[0])
            _write(verbs.extend, _("Waiting for the next period"), action, True, reason=reason, by=viewer)


def _customer(viewer: Viewer, action: ActionDetail, told: Sequence[TellingRow]) -> None:
    """What the customer was told, each attempt with its time; the form for the next one."""
    done = action.fields["customer_confirmed"] or action.fields["not_reached"] >= 3
    with states.plain_card(f"{DONE if done else TO_DO} {_('The customer is told')}"):
        for one in told:
            line = f"{moment(one.happened_at, clock.zone())} **{_(effect_words.OUTCOMES[one.outcome])}**"
            st.markdown(f"{line} :gray[{plain(one.who)}]" + (f"  \n{plain(one.said)}" if one.said else ""))
        if not told:
            st.caption(_("Nobody has told the customer yet what was done."))
        if (
            action.may_edit
            and _may_tell(action)
            and st.button(_("Record an attempt"), icon=":material/call:", key="effect.tell")
        ):
            live.hold()
            st.dialog(_("The customer is told"), on_dismiss=_released)(_ask)(viewer, action)


def _ask(viewer: Viewer, action: ActionDetail) -> None:
    """The form of one attempt."""
    outcomes = ["told", "not_reached", *(["confirmed"] if action.fields["customer_told"] else [])]
    outcome = st.segmented_control(
        _("What came of it"),
        outcomes,
        default=outcomes[0],
        required=True,
        format_func=lambda one: _(effect_words.OUTCOMES[one]),
        key="effect.outcome",
    )
    said = ""
    if outcome != "not_reached":
        label = _("What the customer was told") if outcome == "told" else _("What the customer said")
        said = st.text_area(label, height=100, max_chars=5000, key=f"effect.said.{outcome}") or ""
    now = clock.now().astimezone(clock.zone())
    on, at = st.columns(2, gap="small")
    day = on.date_input(_("Day"), now.date(), format="YYYY-MM-DD", key="effect.day") or now.date()
    hour = at.time_input(_("Time"), now.time().replace(second=0, microsecond=0), step=300, key="effect.time")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("Save"), type="primary", key="effect.save"):
            when = datetime.combine(day, hour or time(0), tzinfo=clock.zone())
            about: dict[str, Any] = {"outcome": outcome, "said": said, "happened_at": when}
            _write(verbs.tell, _("Saved"), action, True, **about, by=viewer)


def _write(verb: Any, done: str, action: ActionDetail, with_version: bool = False, **values: Any) -> None:
    """Runs a verb in a transaction of its own and the page anew; a refusal is said where the button is."""
    if with_version:
        values["version"] = action.version
    try:
        with write_session() as session:
            verb(session, action_id=action.row.id, at=clock.now(), **values)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    notices.say(done)
    _released()
    st.rerun()


def _released() -> None:
    live.hold(False)


def _is_verifying(action: ActionDetail) -> bool:
    return action.row.state == State.VERIFYING


def _may_tell(action: ActionDetail) -> bool:
    return action.row.state in verbs.TELLING


def _figures(one: dict[str, Any], wave: str) -> str:
    name = one["zh"] if language() == "zh_CN" else one["en"]
    bounds = [] if one["bound"] is None else [one["bound"]]
    range_of = interval(one["low"], one["high"], one["n"])
    score = shown(one["score"], *bounds)
    subject = plain(name or _("Satisfaction index"))
    return f"{status.badge(one['status'])} {subject} **{score}** :gray[{period_short(wave)} · {range_of}]".strip()
