"""What came of all actions: what is narrowed to, key figures, groups as a chart and a table, what came back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import altair as alt
import pandas as pd
import streamlit as st

from components import address, drawn, head, states
from components.chart_theme import GREEN, INK, RED, RULE, Spec, quiet
from components.charts.drawing import draw
from components.finding_words import action_name
from components.formats import NOTHING, count, day_in_form, percent, period_short, plain
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _, language, ngettext
from domain.access import Viewer
from domain.action_gates import CAUSE_CATEGORIES, COUNTERMEASURE_KINDS
from domain.errors import N_
from domain.outcomes import Outcome, Summary, by_group
from domain.scheme import Name

PERIODS: Final[dict[str, tuple[str, int | None]]] = {
    "year": (N_("Opened in the last 12 months"), 365),
    "two_years": (N_("Opened in the last 24 months"), 730),
    "all": (N_("Whenever opened"), None),
}
"""What actions are narrowed to → its name and days back."""
GROUPS: Final = {
    "department": N_("Department"),
    "cause": N_("Category of the cause"),
    "kind": N_("Kind of countermeasure"),
}
MOST_BACK: Final = 8
BAR: Final = 26


class Asked(NamedTuple):
    """What the reader asks for."""

    department: str
    period: str
    group: str

    @property
    def days(self) -> int | None:
        """So many days back, None for all."""
        return PERIODS[self.period][1]


def asked(viewer: Viewer, departments: Mapping[str, Name]) -> Asked:
    """Draws the choices at the right of the head; they stand in the address (`?unit=quality&since=all&by=cause`)."""
    names = {code: name.in_(language()) for code, name in departments.items()}
    with head.actions():
        group = st.segmented_control(
            _("Grouped by"),
            list(GROUPS),
            required=True,
            format_func=lambda one: _(GROUPS[one]),
            key=address.pull("by", list(GROUPS), "department"),
            label_visibility="collapsed",
        )
        department = ""
        if viewer.only_department is None:
            department = st.selectbox(
                _("Department"),
                ["", *names],
                format_func=lambda one: names[one] if one else _("All departments"),
                key=address.pull("unit", ["", *names]),
                label_visibility="collapsed",
                width=150,
            )
        period = st.selectbox(
            _("Opened"),
            list(PERIODS),
            format_func=lambda one: _(PERIODS[one][0]),
            key=address.pull("since", list(PERIODS), "year"),
            label_visibility="collapsed",
            width=228,
        )
    return Asked(
        address.push("unit", department), address.push("since", period, "year"), address.push("by", group, "department")
    )


def key_figures(whole: Summary) -> None:
    """Four figures: checks that found actions effective, days to closing, late ones, what came back."""
    places = st.columns(4, gap="small")
    with places[0]:
        caption = _("{n} of {total} checks; at the first check {first}", **_checks(whole))
        states.metric_card(_("Effective"), percent(whole.effective_share), caption=caption)
    with places[1]:
        days = NOTHING if whole.days is None else ngettext("{n} day", "{n} days", round(whole.days))
        closed = ngettext("median of {n} closed action", "median of {n} closed actions", whole.effective)
        states.metric_card(_("From finding to closing"), days, caption=closed)
    with places[2]:
        late = _("{n} of {total} actions", n=count(whole.late), total=count(whole.actions))
        states.metric_card(_("Overdue"), percent(whole.late_share), caption=late)
    with places[3]:
        back = _("{n} of {total} closed actions", n=count(whole.recurred), total=count(whole.effective))
        states.metric_card(_("Came back"), percent(whole.recurred_share), caption=back)


def _checks(whole: Summary) -> dict[str, str]:
    return {"n": count(whole.effective), "total": count(whole.checks), "first": count(whole.at_first)}


def groups(outcomes: Sequence[Outcome], asked: Asked, departments: Mapping[int, Name], *, today: date) -> None:
    """Checks by group as bars, effective and not, the worst first; below it the same as a table with the rest."""
    name = _group(asked.group, departments)
    found = by_group(outcomes, name, today=today)
    with states.card(_(GROUPS[asked.group]), _("checks that found actions effective and not effective, worst first")):
        checked = [(group, counts) for group, counts in found if counts.checks]
        if checked:
            _bars(checked)
        else:
            st.caption(_("No action was checked yet."))
        drawn.table(
            pd.DataFrame([_cells(group, counts) for group, counts in found]),
            hide_index=True,
            row_height=ROW_HEIGHT,
            height=height_of(len(found)),
            column_config=_columns(asked.group),
            placeholder=NOTHING,
            key=f"effects.table.{asked.group}",
            alt=_("Effects by group, worst first"),
        )


def _group(group: str, departments: Mapping[int, Name]) -> Callable[[Outcome], str]:
    if group == "department":
        return lambda one: departments[one.department_id].in_(language())
    names, field = (
        (CAUSE_CATEGORIES, "cause_category") if group == "cause" else (COUNTERMEASURE_KINDS, "countermeasure_kind")
    )
    return lambda one: _(names[getattr(one, field)]) if getattr(one, field) in names else _("Not said yet")


def _bars(checked: Sequence[tuple[str, Summary]]) -> None:
    rows: list[Any] = [
        {
            "name": group,
            "effective": counts.effective,
            "failed": -counts.failed,
            "yes": count(counts.effective) if counts.effective else "",
            "no": count(counts.failed) if counts.failed else "",
            "share": percent(counts.effective_share),
        }
        for group, counts in checked
    ]
    most = max(max(counts.effective, counts.failed) for _group, counts in checked)
    told = "; ".join(f"{row['name']} {row['share']}" for row in rows)
    draw(rows, bars_spec(most, len(rows)), alt_text=plain(told), key=None)


@lru_cache(maxsize=64)
def bars_spec(most: int, bars: int) -> Spec:
    """Rows with `name`, `effective`, `failed` (negative), `yes` and `no` (labels), `share`."""
    scale = alt.Scale(domain=[-most * 1.15, most * 1.15], nice=False)
    axis = alt.Axis(title=None, labelFontSize=13, labelFlush=False, labelOverlap=False, labelLimit=230)
    base = alt.Chart().encode(y=alt.Y("name:N", sort=None, axis=axis))
    hidden = alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False)
    tooltip = [alt.Tooltip("name:N", title=" "), alt.Tooltip("share:N", title="  ")]

    def bar(field: str, colour: alt.ExprRef) -> alt.Chart:
        x = alt.X(f"{field}:Q", scale=scale, axis=hidden)
        return base.mark_bar(size=13, color=colour, cornerRadius=2).encode(x=x, tooltip=tooltip)

    def label(field: str, text: str, align: Literal["left", "right"], dx: int) -> alt.Chart:
        mark = base.mark_text(align=align, dx=dx, fontSize=12, color=INK)
        return mark.encode(x=alt.X(f"{field}:Q", scale=scale), text=f"{text}:N")

    middle = alt.Chart().transform_aggregate(rows="count()").mark_rule(color=RULE, strokeWidth=1)
    layers = [bar("effective", GREEN), bar("failed", RED), label("effective", "yes", "left", 4)]
    layers += [label("failed", "no", "right", -4), middle.encode(x=alt.X(datum=0, type="quantitative", scale=scale))]
    return quiet(layers, height=bars * BAR + 10, padding=(2, 2, 10, 2), size=12)


def _cells(group: str, counts: Summary) -> dict[str, Any]:
    return {
        "group": group,
        "actions": counts.actions,
        "effective": counts.effective,
        "failed": counts.failed,
        "share": percent(counts.effective_share),
        "days": None if counts.days is None else round(counts.days),
        "late": percent(counts.late_share),
        "recurred": counts.recurred,
    }


def _columns(group: str) -> dict[str, Any]:
    column, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "group": column(_(GROUPS[group]), width=230),
        "actions": number(_("Actions"), width=80),
        "effective": number(_("Effective"), width=90),
        "failed": number(_("Not effective"), width=110),
        "share": column(_("Effective share"), width=120),
        "days": number(_("Days to closing"), width=120),
        "late": column(_("Overdue"), width=90),
        "recurred": number(_("Came back"), width=100),
    }


def came_back(outcomes: Sequence[Outcome], departments: Mapping[int, Name]) -> None:
    """Closed actions whose finding held again in a later period, the newest first, each with a link."""
    found = [one for one in reversed(outcomes) if one.recurred_in]
    with states.card(_("Came back"), _("closed as effective, and the same was red or under target again later")):
        for one in found[:MOST_BACK]:
            closed = _("closed {day}", day=day_in_form(one.closed_on))
            again = _("again in {period}", period=period_short(one.recurred_in))
            unit = departments[one.department_id].in_(language())
            with st.container(horizontal=True, vertical_alignment="center"):
                st.page_link("action.py", label=action_name(one.number), query_params={"number": str(one.number)})
                st.markdown(
                    f"**{plain(one.title, at_most=70)}** :gray[{plain(unit)} · {closed} · {again}]", width="content"
                )
        if not found:
            st.caption(_("Nothing came back so far."))
