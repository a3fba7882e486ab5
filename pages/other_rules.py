"""Under other rules: what would this period be under an earlier, or a newer, version of its scheme?"""

import streamlit as st

from components import access, exports, filters, nothing_here, other_rules, states
from components.texts import _
from db.queries.rescoring import rescored, versions_of
from db.queries.scores import results
from db.session import read_session

viewer = access.require("view_scores")
chosen = filters.selection() or nothing_here.no_wave(viewer)
scope, wave = chosen.scope, chosen.wave
with read_session() as session:
    (now,) = results(session, scope, [wave])
    versions = versions_of(session, scope)
if not now.valid:
    nothing_here.nothing_fits()
own = next((one.number for one in versions if one.id == wave.layout.version_id), 0)
number = other_rules.pick(wave.code, own, versions)
if not number:
    st.stop()
with read_session() as session:
    found = other_rules.computed(
        (scope, wave.id, wave.version, number),
        now.valid,
        lambda told: rescored(session, scope, wave, number, on_progress=told),
    )

scheme, rules = wave.layout.scheme, found.layout.scheme
rows, customers = other_rules.rows(now, found, scheme, rules), other_rules.customer_rows(found.customers, scheme, rules)
other_rules.key_figures(now, found, scheme, rules, number)
left, right = st.columns([1.15, 1], gap="small")
with left, states.card(_("Dimensions and items"), _("the same answers")):
    other_rules.table(rows, number, about=_("About"))
with right, states.card(_("Customers"), _("largest difference first")):
    other_rules.table(customers, number, about=_("Customer"))
st.caption(_("Nothing is stored: index, findings and actions stay those of the version that the wave runs under."))
exports.button(viewer, "other_rules", other_rules.exported(rows, customers, number), wave_id=wave.id, period=wave.code)
