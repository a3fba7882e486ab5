"""Projector: one sentence and one figure at a time, for everybody in the room."""

import streamlit as st

from components import access, clock, live, projector, projector_slides
from components.texts import _
from db.queries.slides import deck
from db.session import read_session
from domain.access import NotThere

viewer = access.require("attend_meetings")
projector.look()
shared = projector.share()
try:
    with read_session() as session:
        meeting = projector.meeting(session, viewer, shared)
        shown = projector.chosen(deck(session, viewer, meeting), shared)
except NotThere as refusal:
    projector.nothing(refusal.explain(_))
    st.stop()
if not shown.slides:
    projector.nothing(_("This meeting has no agenda."))
    st.stop()
live.watch(meeting.scheme_id)
place = projector.place(viewer, meeting, shown)
projector_slides.draw(shown.slides[place], shown, today=clock.today())
seconds = shared.seconds if shared else 0  # that a slide stands, on a wall screen
if projector.footer(viewer, meeting, shown, place, turns=seconds > 0):
    projector.assign(viewer, meeting, shown, place)
projector.follow(viewer, meeting, place)
projector.turn(len(shown.slides), place, seconds)
