"""Periods: what changed between any two periods, and how sure is that?"""

import streamlit as st

from components import access, complaint_beside, exports, filters, nothing_here, other_rules, presented_lines, states
from components import period_comparison as comparison
from components.texts import _
from db.queries.item_links import links_followed
from db.queries.scores import results
from db.session import read_session
from domain import comparing

viewer = access.require("view_scores")
chosen = filters.selection() or nothing_here.no_wave(viewer)
wave = chosen.wave
with st.container(horizontal=True, vertical_alignment="center"):
    code = comparison.pick(chosen.history, comparing.previous_wave(chosen.history))
    other_rules.link()
    presented_lines.link_to_latest(chosen.history)
if not code:
    comparison.nothing_to_compare()
    st.stop()
with read_session() as session:
    chain = chosen.history[[w.code for w in chosen.history].index(code) :]
    before, now = links_followed(session, chosen.scope, results(session, chosen.scope, [chain[0], wave]), chain)
if not now.valid and not before.valid:
    nothing_here.nothing_fits()

changes = comparing.changes(before, now)
amber = wave.layout.scheme.thresholds.amber_below
comparison.key_figures(changes, before, now)
left, right = st.columns([1.25, 1], gap="small")
note = _("ring: {period} · bar: 95% interval of the change · fallen most first")
with left, states.card(_("Items"), note.format(period=comparison.short(before.wave))):
    item = comparison.chart(changes, "item", target=amber, key=f"items.{code}.{wave.code}")
with right, states.card(_("Dimensions"), comparison.sentence([one for one in changes if one.kind == "dimension"])):
    dimension = comparison.chart(changes, "dimension", target=amber, key=f"dimensions.{code}.{wave.code}")
with states.card(_("All changes"), _("n < 30: only a hint")):
    comparison.table(changes, before.wave, wave)
complaint_beside.card(viewer, wave, chain[0])
exports.button(viewer, "periods", comparison.exported(changes, before, now), wave_id=wave.id, period=wave.code)
if item or dimension:
    st.switch_page(
        "items.py", query_params=filters.query(**({"item": item} if item else {"dimension": dimension or ""}))
    )
