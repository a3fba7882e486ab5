"""Dimensions and items: which are worst, how do the answers spread, how did they move, and in which segments?"""

import streamlit as st

from components import access, address, assign_form, exports, filters, nothing_here
from components.items import choice, choice_questions, panel, tables, views
from db.queries import segments
from db.queries.choice_answers import choice_counts
from db.queries.item_links import links_followed
from db.queries.items import item_details
from db.queries.overview import actions_on_items
from db.queries.scores import results
from db.session import read_session
from domain import comparing

viewer = access.require("view_scores")
chosen = filters.selection() or nothing_here.no_wave(viewer)
scope, wave, scheme = chosen.scope, chosen.wave, chosen.wave.layout.scheme
with read_session() as session:
    history = links_followed(session, scope, results(session, scope, chosen.history))
    asked = choice_counts(session, scope, wave)
now, before = history[-1], comparing.previous(history)
if not now.valid:
    choice_questions.alone(asked)
    nothing_here.nothing_fits()

shown, earlier = history[-len(chosen.waves) :], before.wave if before else None
dimensions, items = comparing.dimension_standings(history), comparing.item_standings(history)
view = choice.bar(wave, now.valid, dimensions, items, segments.groups_of(scope))
listed = [one for one in items if view.dimension in ("", scheme.item_by_code[one.code].dimension)]
one = next((one for one in items if one.code == view.item), None)
with read_session() as session:
    handled = actions_on_items(session, scope, wave)
    groups = segments.scores_by_group(session, scope, wave, **view.compared) if view.compared else {}
    was = segments.scores_by_group(session, scope, earlier, **view.compared) if view.compared and earlier else {}
    details = item_details(session, scope, wave, one.code) if one else None

left, right = st.columns([1.3, 1], gap="small") if one else (st.container(), st.container())
with left:
    picked = views.draw(view, listed, shown, now.tallies, views.groups_of(view, items, dimensions, scheme, groups, was))
taken = tables.all_tables(dimensions, listed, handled, now.tallies, shown, scheme, groups, asked)
choice_questions.draw(asked)
exports.button(viewer, "items", taken, wave_id=wave.id, period=wave.code)
address.clicked("item", picked.item, view.item)
if picked.group:
    filters.choose(**{view.by: picked.group})
if one and details:
    with right:
        pressed = panel.draw(one, shown, earlier, details, handled.get(one.code), may_assign=viewer.may("assign"))
    if pressed.wave:
        filters.choose(period=pressed.wave)
    if pressed.verb == "close":
        address.leave("item")
    if pressed.verb == "assign":
        assign_form.assign(viewer, wave.id, item_id=details.item_id)
