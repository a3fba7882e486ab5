"""The list of findings: what is looked for, the table with everything about a subject in one line, the rows chosen."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

import pandas as pd
import streamlit as st

from components import address, drawn, finding_words
from components.finding_words import action_name
from components.formats import NOTHING, change, count, percent, period_short, plain
from components.matrix import ROW_HEIGHT, height_of, styled
from components.status import WORST_FIRST
from components.texts import _, language, ngettext
from domain.errors import N_
from domain.finding_reasons import Family
from domain.overview import DueAction
from domain.return_findings import Gap
from domain.rule_names import RULE_NAMES
from domain.subjects import WORDED, FindingRow, Subject

PAGE: Final = 50
MOST_REASONS: Final = 4
"""Chosen findings that are explained at once."""
MOST_ROWS: Final = 16
FEW: Final = 3
LEVELS: Final = {"": N_("Grouped"), "each": N_("All"), "wave": N_("Whole survey"), "customer": N_("Customers")}
"""How findings are listed; grouped: an item and its customers in one line."""
OVERALL: Final = "overall"
"""The group of what is about no item and no dimension."""
STATES: Final = {"open": N_("Open findings"), "cleared": N_("Cleared findings")}


class Asked(NamedTuple):
    """What the reader looks for; `rules` empty means all but low answers."""

    level: str
    rules: tuple[str, ...]
    state: str
    only_unassigned: bool
    group: str
    key: str

    @property
    def is_folded(self) -> bool:
        """Whether a group stands in one line."""
        return not self.level and not self.group and not WORDED & set(self.rules)

    @property
    def page(self) -> int:
        """The page from 1."""
        return int(st.session_state.get(f"findings.page.{self.key}", 1))


class Line(NamedTuple):
    """One line of the table: a subject with its findings."""

    subject: Subject
    rows: list[FindingRow]


def asked(scope: object) -> Asked:
    """Draws what can be looked for; another question or another scope begins with the first page."""
    level = st.segmented_control(
        _("Findings of"),
        list(LEVELS),
        required=True,
        format_func=lambda one: _(LEVELS[one]),
        key=address.pull("level", list(LEVELS)),
        label_visibility="collapsed",
    )
    rule = st.selectbox(
        _("Rule"),
        ["", *RULE_NAMES],
        format_func=lambda one: _(RULE_NAMES[one]) if one else _("All but low answers"),
        key=address.pull("rule", ["", *RULE_NAMES]),
        label_visibility="collapsed",
        width=172,
    )
    state = st.selectbox(
        _("State"),
        list(STATES),
        format_func=lambda one: _(STATES[one]),
        key=address.pull("state", list(STATES), "open"),
        label_visibility="collapsed",
        width=140,
    )
    only = address.toggle(_("Without an action"), "unassigned")
    level, rule = address.push("level", level), address.push("rule", rule)
    state = address.push("state", state, "open")
    group = "" if level else st.query_params.get("group", "")
    key = str(hash((scope, level, rule, state, only, group)))
    return Asked(level, (rule,) if rule else (), state, only, group, key)


def draw(
    rows: Sequence[FindingRow],
    at_customers: dict[int | None, int],
    running: Mapping[str, DueAction],
    *,
    folded: bool = False,
    key: str,
) -> list[int]:
    """Draws findings, those about one subject in one line; returns the keys of those whose lines are chosen.

    `running`: item code → an action that began in an earlier period and still runs.
    """
    lines = [Line(subject, list(found)) for subject, found in groupby(rows, key=lambda row: row.subject)]
    frame = pd.DataFrame([_cells(line, at_customers, running, folded=folded) for line in lines])
    bounds = sorted({line.subject.known.bound for line in lines} - {None})  # type: ignore[type-var]
    how = {line.subject.known.score.score: line.subject.known.status for line in lines}
    table = styled(frame, {"score": how.get}, bounds=[b for b in bounds if b is not None], few=FEW)
    event = drawn.table(
        table,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(lines), MOST_ROWS),
        column_config=_columns(),
        placeholder=NOTHING,
        key=key,
        on_select="rerun",
        selection_mode="multi-row",
        alt=_("Findings, worst first: {names}", names=", ".join(finding_words.name(one.subject) for one in lines[:3])),
    )
    chosen = [lines[place] for place in event["selection"]["rows"] if place < len(lines)]
    return [row.id for line in chosen for row in line.rows]


def unfold(
    rows: Sequence[FindingRow], picked: Sequence[int], at_customers: dict[int | None, int], asked: Asked
) -> None:
    """Buttons: the customers behind the one group that is chosen; back to all groups."""
    if asked.group and st.button(_("All groups"), icon=":material/arrow_back:", key="findings.fold"):
        address.leave("group")
    chosen = {(row.subject.item, row.subject.dimension, row.subject.item_id) for row in rows if row.id in picked}
    if not asked.is_folded or len(chosen) != 1:
        return
    ((item, dimension, item_id),) = chosen
    others = 0 if dimension else at_customers.get(item_id, 0)
    label = ngettext("Show its {n} customer", "Show its {n} customers", others)
    if others and st.button(label, icon=":material/unfold_more:", key="findings.unfold"):
        st.query_params["group"] = item.code if item else OVERALL
        st.rerun()


def why(rows: Sequence[FindingRow], picked: Sequence[int], family: Family) -> None:
    """Why each of the chosen subjects has findings, in a sentence with its numbers."""
    declines_last = sorted((row for row in rows if row.id in picked), key=lambda row: row.rule == "DECLINE")
    by_subject = {row.subject: row for row in declines_last}  # what says most of a subject
    with st.container(gap="xxsmall"):
        for row in list(by_subject.values())[:MOST_REASONS]:
            st.markdown(plain(finding_words.why(row, family)))


def caption(total: int, subjects: int, unassigned: int) -> None:
    """How many findings there are about how many subjects, and how many nobody acts on."""
    parts = [
        _("{n} findings about {subjects} subjects", n=count(total), subjects=count(subjects)),
        _("{n} without an action", n=count(unassigned)),
        _("worst first"),
        _("* fewer than {n} responses", n=FEW),
    ]
    st.caption(" · ".join(parts), width="content")


def pages(subjects: int, asked: Asked) -> None:
    """The pages to turn, where there is more than one."""
    if subjects > PAGE:
        st.pagination(-(-subjects // PAGE), key=f"findings.page.{asked.key}", width=260)


def _customers(subject: Subject, whole: str, others: int) -> str:
    """The customer; in a folded group that has none of the whole wave the worst one, and how many more there are."""
    name = finding_words.customer_name(subject)
    return _("{customer} + {n}", customer=name, n=count(others - 1)) if name and others > 1 else name or whole


def _cells(
    line: Line, at_customers: dict[int | None, int], running: Mapping[str, DueAction], *, folded: bool
) -> dict[str, Any]:
    subject, known, first = line.subject, line.subject.known, line.rows[0]
    numbers = [one.number for row in line.rows for one in row.actions]
    if subject.item and not subject.customer and subject.item.code in running:
        numbers.append(running[subject.item.code].number)
    difference = known.difference
    others = at_customers.get(subject.item_id, 0) if subject.dimension is None else 0
    whole = ngettext("{n} customer", "{n} customers", others) if others else _("all customers")
    firm = [row.since for row in line.rows if row.rule != "DECLINE"] or [row.since for row in line.rows]
    return {
        "status": known.status if known.status in WORST_FIRST else None,
        "about": finding_words.item_name(subject),
        "customer": _returned(subject.gap) if subject.gap else _customers(subject, whole, others if folded else 0),
        "score": known.score.score,
        "n": None if subject.gap or subject.words else known.score.n,
        "change": change(difference.difference, difference.certain, words=False) if difference else NOTHING,
        "rules": _what(line),
        "since": period_short(min(firm)),
        "department": first.department.in_(language()) if first.department else NOTHING,
        "action": ", ".join(map(action_name, dict.fromkeys(numbers))),
    }


def _returned(gap: Gap) -> str:
    return _("{n} of {total}", n=count(gap.part), total=count(gap.whole))


def _what(line: Line) -> str:
    """What the rules say, the figures that aren't in other columns with them."""
    if line.subject.gap:
        return finding_words.missed(line.subject.gap)
    low = line.subject.known.low_answers
    bound = finding_words.bound(line.subject)
    words = {
        "INDEX_BELOW": bound,
        "CUSTOMER_BELOW": bound,
        "ITEM_BELOW": bound,
        "DECLINE": _("lower"),
        "LOW_ANSWER": _("{low} of {n} low", low=low, n=line.subject.known.score.n),
        "SATISFACTION_RATE_BELOW": _("{rate} satisfied", rate=percent(line.subject.known.score.satisfaction_rate)),
    }
    return _(", ").join(
        words.get(row.rule) or _(RULE_NAMES[row.rule]) for row in sorted(line.rows, key=lambda r: r.rule, reverse=True)
    )


def _columns() -> dict[str, Any]:
    column = st.column_config.TextColumn
    return {
        "status": column(_("Status"), width=62),
        "about": column(_("About"), width=170),
        "customer": column(_("Customer"), width=186),
        "score": st.column_config.NumberColumn(_("Score"), width=66),
        "n": column("n", width=44),
        "change": column(_("Change"), width=72),
        "rules": column(_("What holds"), width=120),
        "since": column(_("Since"), width=58),
        "department": column(_("Department"), width=104),
        "action": column(_("Action"), width=90),
    }
