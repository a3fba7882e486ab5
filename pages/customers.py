"""Customers: who is below target, in what, since when, and is anybody doing something about it?"""

import streamlit as st

from components import access, assign_form, customer_bar, customer_search, exports, filters, nothing_here, ways
from components import customer_matrix as matrix
from db.queries.customers import customer_page, dimensions_in, open_actions, score_histories
from db.session import read_session

viewer = access.require("view_customers")
chosen = filters.selection() or nothing_here.no_wave(viewer)
scope, wave, scheme = chosen.scope, chosen.wave, chosen.wave.layout.scheme
if not scheme.customers_named:
    customer_bar.unnamed()

with st.container(horizontal=True, vertical_alignment="center", height=38, border=False):
    asked = customer_search.widgets(scope)
    line = st.container(horizontal=True, vertical_alignment="center")
question = (scope, asked, assign_form.saves())
with read_session() as session:
    page = customer_page(session, scope, wave, keep=matrix.held(question), **asked.conditions)
    histories = score_histories(session, page.ids, chosen.history, recent=matrix.WAVES_SHOWN, least=viewer.least)
    actions, dimensions = open_actions(session, viewer, page.ids), dimensions_in(session, scope, wave)
if not page.rows:
    customer_bar.nothing(scope, asked)

rows = [
    matrix.MatrixRow(row.customer, row.scores, histories[key], actions.get(key, []))
    for key, row in zip(page.ids, page.rows, strict=True)
]
picked = matrix.draw(rows, chosen.history, question, dimensions=dimensions, drawn=len(chosen.waves))
with line:
    wish = customer_bar.bar(picked, scheme, viewer)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    customer_bar.caption(rows, page.total, page.offset, channel=scope.channel)
    customer_bar.pages(page.total, asked)
taken = matrix.table(rows, chosen.history, dimensions)
exports.button(viewer, "customers", [taken], wave_id=wave.id, period=wave.code)
if picked and wish == "assign":
    assign_form.assign(viewer, wave.id, customer_id=picked.row.customer.id, dimension_code=picked.dimension or None)
elif picked and wish:
    show = {"show": "opinions"} if wish == "opinions" else {}
    ways.go("customer.py", query_params=filters.query(code=picked.row.customer.code, **show))
