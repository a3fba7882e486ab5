"""The incentive of a wave: who is entitled, drawn by a recorded seed where the plan says so, and who has got it."""

import pandas as pd
import streamlit as st

from components import clock, drawn, notices, states
from components.formats import NOTHING, count, day_in_form, plain
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _, language
from db.queries.plans import PlanDetail, plan
from db.queries.rewards import Entitled, rewards
from db.queries.waves import SurveyWave
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import Refusal
from services.rewards import award, hand_over

MOST_ROWS = 8


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The card; nothing where the plan promises nothing, or for those who don't run the wave."""
    if not viewer.may("run_waves"):
        return
    with read_session() as session:
        found = plan(session, viewer, wave.id)
        entitled = rewards(session, viewer, wave.id)
    if found is None or not found.fields.incentive_how:
        return
    with st.container(border=True, gap="small"):
        states.card_title(_("Incentive"), plain(found.fields.incentive))
        if entitled:
            _list(viewer, wave, entitled)
        if found.fields.incentive_how == "answer" or not entitled:
            _award(viewer, found)
        elif found.incentive_seed is not None:
            st.caption(f"{_('Seed')} {found.incentive_seed}")


def _award(viewer: Viewer, found: PlanDetail) -> None:
    winners = 0
    with st.form("rewards.award", border=False):
        if found.fields.incentive_how == "draw":
            winners = st.number_input(_("Winners"), 1, 10_000, 3)
        pressed = st.form_submit_button(_("Draw winners") if winners else _("Entitle who has answered"))
    if not pressed:
        return
    try:
        with write_session() as session:
            award(session, wave_id=found.wave_id, winners=winners, by=viewer, at=clock.now())
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    notices.say(_("Drawn") if winners else _("Saved"))
    st.rerun()


def _list(viewer: Viewer, wave: SurveyWave, entitled: list[Entitled]) -> None:
    columns = [_("Contact"), _("Customer"), _("Handed over")]
    rows = [
        (
            one.contact or NOTHING,
            one.customer.in_(language()),
            day_in_form(one.handed_over_on) if one.handed_over_on else "",
        )
        for one in entitled
    ]
    event = drawn.table(
        pd.DataFrame(rows, columns=columns),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), MOST_ROWS),
        on_select="rerun",
        selection_mode="multi-row",
        key=f"rewards.{wave.id}.{sum(one.handed_over_on is not None for one in entitled)}",
        personal=True,
        alt=_("Who is entitled"),
    )
    picked = [entitled[place] for place in event["selection"]["rows"] if place < len(entitled)]
    waiting = sum(one.handed_over_on is None for one in entitled)
    st.caption(_("{n} entitled, {waiting} still to be handed over", n=count(len(entitled)), waiting=count(waiting)))
    if picked and st.button(_("Handed over today"), key="rewards.hand_over"):
        with write_session() as session:
            for one in picked:
                hand_over(
                    session,
                    wave_id=wave.id,
                    invitation_id=one.invitation_id,
                    on=clock.today(),
                    by=viewer,
                    at=clock.now(),
                )
        st.rerun()
