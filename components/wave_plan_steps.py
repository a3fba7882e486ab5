"""Where a plan stands: who has signed, who approves, and the buttons of those whose turn it is."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from components import clock, notices, states, wave_plan_form
from components.formats import moment, plain
from components.texts import _, language
from db.queries.plans import PlanDetail
from db.queries.waves import SurveyWave
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import Refusal
from domain.plans import EDITABLE, STATES
from services import plans

COLOURS: Final = {"draft": "gray", "submitted": "blue", "returned": "orange", "approved": "green"}
SIGNED, WAITING = ":material/check_circle:", ":material/radio_button_unchecked:"


def draw(viewer: Viewer, wave: SurveyWave, found: PlanDetail) -> None:
    """The card."""
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{_('Approval')}** :{COLOURS[found.state]}-badge[{_(STATES[found.state])}]")
        if found.comment:
            st.warning(plain(found.comment), title=_("Sent back"), icon=":material/undo:")
        st.markdown("  \n".join(_lines(found)))
        refused = _buttons(viewer, wave, found)
        if isinstance(refused, plans.SignaturesMissing):  # the verb names departments, the reader has a language
            refused = plans.SignaturesMissing(_(", ").join(one.name.in_(language()) for one in found.unsigned))
        if refused:
            states.refused(refused.explain(_))


def _lines(found: PlanDetail) -> list[str]:
    lines = [
        f"{SIGNED if one.signed_at else WAITING} {plain(one.name.in_(language()))}"
        f" :gray[{f'{plain(one.signed_by)} {moment(one.signed_at, clock.zone())}' if one.signed_at else _('countersignature missing')}]"
        for one in found.signatures
        if one.must_sign
    ]
    approved = (
        f"{plain(found.approved_by)} {moment(found.approved_at, clock.zone())}"
        if found.approved_at
        else _("approval missing")
    )
    if found.questionnaire_number is not None:
        number = found.questionnaire_number
        asked = _("approved with version {number}", number=number) if number else _("as the scheme has it")
        lines.append(f"{SIGNED} {_('Questionnaire')} :gray[{asked}]")
    return [*lines, f"{SIGNED if found.approved_at else WAITING} {_('Approver')} :gray[{approved}]"]


def _buttons(viewer: Viewer, wave: SurveyWave, found: PlanDetail) -> Refusal | None:
    with read_session() as session:
        may_sign = plans.may_sign(session, viewer)
    mine = next((one for one in found.signatures if one.department_id == viewer.department_id and one.must_sign), None)
    runs = viewer.may("run_waves")
    with st.container(horizontal=True):
        is_free = runs and found.state in EDITABLE
        if is_free and wave_plan_form.is_editing(found):
            st.caption(_("Save the plan first; then customers are drawn and it is submitted."))
            return None
        begins = wave.state == "planned"
        if is_free and begins and _button("draw", _("Draw customers"), "casino", is_main=not found.drawn):
            return _do(plans.draw, viewer, found, _("Drawn"), today=clock.today())
        takes = wave.state in ("planned", "open")
        if is_free and takes and _button("submit", _("Submit"), "send", is_main=bool(found.drawn) or not begins):
            return _do(plans.submit_plan, viewer, found, _("Submitted"))
        if found.state == "submitted":
            if may_sign and mine and not mine.signed_at and _button("sign", _("Countersign"), "draw"):
                return _do(plans.countersign, viewer, found, _("Countersigned"))
            approves = viewer.may("approve") and viewer.user_id != found.author_id
            if approves and _button("approve", _("Approve"), "check", is_main=not found.unsigned):
                return _do(plans.approve_plan, viewer, found, _("Approved"))
            if (approves or (may_sign and mine)) and _button("return", _("Send back"), "undo", is_main=False):
                st.session_state["plan.returning"] = found.wave_id
        if (
            runs
            and found.state == "approved"
            and wave.state == "planned"
            and _button("open", _("Open the wave"), "play_circle")
        ):
            return _do(plans.open_planned, viewer, found, _("The wave is open"), versioned=False)
    if found.state == "submitted" and st.session_state.get("plan.returning") == found.wave_id:
        return _ask_back(viewer, found)
    return None


def _ask_back(viewer: Viewer, found: PlanDetail) -> Refusal | None:
    with st.form("plan.back", border=False):
        comment = st.text_area(_("What has to be changed"), height=80, max_chars=2000)
        if not st.form_submit_button(_("Send back")):
            return None
    return _do(plans.return_plan, viewer, found, _("Sent back"), comment=comment or "")


def _button(name: str, label: str, icon: str, *, is_main: bool = True) -> bool:
    kind = "primary" if is_main else "secondary"
    return st.button(label, type=kind, icon=f":material/{icon}:", key=f"plan.{name}")  # type: ignore[arg-type]


def _do(  # noqa: RET503 - st.rerun() does not return
    verb: Callable[..., Any], viewer: Viewer, found: PlanDetail, said: str, *, versioned: bool = True, **more: Any
) -> Refusal | None:
    """Runs a verb in a transaction of its own and the page anew; gives back what it was refused for."""
    version = {"version": found.version} if versioned else {}
    try:
        with write_session() as session:
            verb(session, wave_id=found.wave_id, by=viewer, at=clock.now(), **version, **more)
    except Refusal as refusal:
        return refusal
    st.session_state.pop("plan.returning", None)
    notices.say(said)
    st.rerun()
