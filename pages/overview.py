"""Overview: how satisfied are our customers now, what needs attention, and who acts until when?"""

import streamlit as st

from components import access, assign_form, clock, complaint_beside, exports, filters, nothing_here, states, ways
from components.overview import cards, charts, lists, red_and_amber, tables
from components.texts import _
from db.queries import overview
from db.queries.item_links import links_followed
from db.queries.scores import results
from db.queries.segments import returns_by_segment
from db.session import read_session
from domain import comparing

viewer = access.require("view_scores")
chosen = filters.selection() or nothing_here.no_wave(viewer)
scope, wave, today = chosen.scope, chosen.wave, clock.today()
with read_session() as session:
    history = links_followed(session, scope, results(session, scope, chosen.history))
    now, before = history[-1], comparing.previous(history)
    customers = overview.customers_below(session, scope, wave, before.wave if before else None)
    worst = overview.least_satisfied(session, scope, chosen.history) if customers else []
    opinions = overview.newest_opinions(session, scope, wave)
    counts, due = overview.action_counts(session, scope, today=today), overview.due_actions(session, scope)
    handled = overview.actions_on_items(session, scope, wave)
    left, rates = overview.time_left(session, scope, wave, today=today), returns_by_segment(session, scope, wave)
if opinions:
    access.note_view(viewer, "wave", wave.id)
if not now.valid and not now.returns.sent:
    nothing_here.nothing_fits()
scheme, earlier = wave.layout.scheme, before.wave if before else None
red, amber = scheme.thresholds.red, scheme.thresholds.amber_below
dimensions, items = comparing.dimension_standings(history), comparing.item_standings(history)
cards.collecting(wave)
cards.key_figures(index := comparing.index_standing(history), now, earlier, customers, counts, left=left, today=today)
rows = [st.columns([1.3, 1], gap="small") for _row in range(3)]
with rows[0][0], states.card():
    period = charts.trend(history[-len(chosen.waves) :], index, key=f"trend.{wave.code}")
with rows[0][1], states.card():
    subject = charts.subjects(dimensions, items, earlier, red=red, key="subjects")
with rows[1][0], states.card(_("Red and amber"), red_and_amber.what(may_assign=viewer.may("assign"))):
    pressed = red_and_amber.table(items, handled, amber=amber, red=red, may_assign=viewer.may("assign"), key="below")
with rows[1][1], states.card():
    lists.due_actions(due, today=today)
    lists.opinions(opinions, may_see=viewer.may("view_personal"))
with rows[2][0], states.card():
    customer = lists.least_satisfied(worst, target=scheme.targets.customer, red=red, key="worst")
with rows[2][1], states.card():
    segment = charts.response_rates(rates, scheme.targets.response_rate, key=f"rates.{scope.segment}")
complaint_beside.card(viewer, wave, earlier)
taken = tables.all_tables(history, dimensions, items, handled, worst=worst, due=due, said=opinions, rates=rates)
exports.button(viewer, "overview", taken, wave_id=wave.id, period=wave.code)
if period or segment:
    filters.choose(**({"period": period} if period else {"segment": segment or ""}))
if customer:
    ways.go("customer.py", query_params=filters.query(code=customer))
if subject or pressed.verb == "open":
    ways.go("items.py", query_params=filters.query(**(subject or {"item": pressed.code})))
if pressed.verb == "assign":
    assign_form.assign(viewer, wave.id, item_id=wave.layout.item_ids[scheme.item_codes.index(pressed.code)])
