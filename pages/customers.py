"""Customers: who is below target, in what, since when, and is anybody doing something about it?"""

import streamlit as st

from components import access, assign_form, customer_matrix, customer_search, exports, filters, nothing_here
from components.customer_matrix import MatrixRow
from db.queries.customers import customer_page, dimensions_in, open_actions, score_histories
from db.session import read_session

viewer = access.require("view_customers")
chosen = filters.selection() or nothing_here.no_wave(viewer)
scope, wave, scheme = chosen.scope, chosen.wave, chosen.wave.layout.scheme
if not scheme.customers_named:
    customer_matrix.unnamed()
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", height=38, border=False):
    asked = customer_search.widgets(scope)
    line = st.container(horizontal=True, vertical_alignment="center")
question = (scope, asked, assign_form.saves())
with read_session() as session:
    page = customer_page(
        session,
        scope,
        wave,
        search=asked.search,
        only_below=asked.only_below,
        offset=(asked.page - 1) * customer_matrix.PAGE,
        limit=customer_matrix.PAGE,
        keep=customer_matrix.held(question),
    )
    histories = score_histories(session, page.ids, chosen.history, recent=customer_matrix.WAVES_SHOWN)
    actions = open_actions(session, viewer, page.ids)
    dimensions = dimensions_in(session, scope, wave)
rows = [
    MatrixRow(row.customer, row.scores, histories[key], actions.get(key, []))
    for key, row in zip(page.ids, page.rows, strict=True)
]
if not rows:
    if customer_matrix.nothing(scope, asked):
        customer_search.clear()
        filters.clear()
        st.rerun()
    st.stop()

picked = customer_matrix.draw(rows, chosen.history, question, dimensions=dimensions)
with line:
    wish = customer_matrix.bar(picked, scheme, viewer)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    customer_matrix.caption(rows, page.total, page.offset, channel=scope.channel)
    customer_matrix.pages(page.total, asked)
exports.button(
    viewer, "customers", [customer_matrix.table(rows, chosen.history, dimensions)], wave_id=wave.id, period=wave.code
)
if picked and wish == "assign":
    assign_form.assign(viewer, wave.id, customer_id=picked.row.customer.id, dimension_code=picked.dimension or None)
elif picked and wish:
    show = {"show": "opinions"} if wish == "opinions" else {}
    st.switch_page("customer.py", query_params=filters.query(code=picked.row.customer.code, **show))
