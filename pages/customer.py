"""One customer: what is below target, since when, how sure is that, who acts, and everything that we know."""

import streamlit as st

from components import access, assign_form, clock, customer_review, customer_sections, filters, nothing_here, states
from components import customer_file as file
from db.queries import customer_file as reads
from db.queries.customers import customer_by_code
from db.queries.item_links import links_followed
from db.session import read_session
from domain import comparing
from domain.access import NotThere, Scope

viewer = access.require("view_customers")
chosen = filters.selection() or nothing_here.no_wave(viewer)
code, today = st.query_params.get("code", ""), clock.today()
try:
    with read_session() as session:
        customer = customer_by_code(session, viewer, code)
        key, owner = customer.id or 0, reads.sales_owner(session, viewer, customer)
        scope = Scope(viewer, chosen.scope.scheme_id, chosen.scope.first, chosen.scope.last, customer_id=key)
        history = links_followed(session, scope, reads.customer_results(session, scope, chosen.history))
        actions = reads.customer_actions(session, viewer, key)
except NotThere:
    file.not_there()
    st.stop()

shown = history[-len(chosen.waves) :]
before, scheme = comparing.previous(history), chosen.wave.layout.scheme
score, items = comparing.customer_standing(history), comparing.item_standings(history)
dimensions = comparing.dimension_standings(history)
file.title(customer, owner, score)
top = st.columns([1, 1.45, 1.4], gap="small")
with top[0]:
    file.score_card(score, before.wave if before else None, target=scheme.targets.customer)
    file.quality_line(viewer, chosen.wave, key, score.score.score)
with top[1]:
    file.below_card(dimensions, items)
with top[2]:
    assigning = file.acting_card(actions, viewer, today=today)
middle = st.columns([1.25, 1], gap="small")
with middle[0], states.card():
    file.trend(shown, score)
with middle[1], states.card():
    file.dimensions(
        dimensions, before.wave if before else None, amber=scheme.thresholds.amber_below, red=scheme.thresholds.red
    )

section = customer_sections.chosen(viewer)
if customer_sections.first_look(viewer, section, key):
    access.note_view(viewer, "customer", key)
with read_session() as session:
    part = reads.file_part(session, scope, section)
customer_sections.draw(section, part, standings=items, history=shown, actions=actions)
customer_review.draw(viewer, part.questionnaires)
if assigning:
    assign_form.assign(viewer, chosen.wave.id, customer_id=key)
