"""The customer × dimension matrix: one row a customer, worst first; a click on a score says what can be done about it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import streamlit as st

from components import formats, status
from components.finding_words import action_name
from components.matrix import STATUS_COLUMN, StatusRule, scores_table
from components.texts import _, language, ngettext
from domain.comparing import Period, since
from domain.scheme import Scheme
from domain.scores import Score
from domain.scores import status as status_of
from domain.subjects import NamedCustomer
from domain.tables import Table

WAVES_SHOWN: Final = 8
FEW: Final = 3
WIDTH: Final = 1026
"""Pixels of a table on a page of 1366 (design.md 5)."""
OVERALL: Final = "overall"
FIXED: Final = {STATUS_COLUMN: 68, "segment": 122, "n": 44, OVERALL: 70, "trend": 80, "since": 58, "action": 66}
NAME_AT_LEAST: Final = 120
DIMENSION_AT_MOST: Final = 71
ABOUT_THE_ROW: Final = (STATUS_COLUMN, "customer", "segment", "trend", "since", "action")
"""A click on these selects the customer score."""
DIMENSION: Final = "dimension:"
SHOWN, SAVED = "customers.shown", "customers.saved"


class MatrixRow(NamedTuple):
    """A customer with its scores by composite code, its customer scores over all waves, and the actions that are open."""

    customer: NamedCustomer
    scores: Mapping[str, Score]
    history: Sequence[float | None]
    actions: Sequence[int]

    @property
    def score(self) -> Score:
        """The customer score."""
        return self.scores.get("", Score(0, None))


class Picked(NamedTuple):
    """A score that was clicked: whose, of which dimension ("" is the customer score) and what that is called."""

    row: MatrixRow
    dimension: str
    heading: str
    score: Score
    status: str | None


def held(question: object) -> list[int]:
    """Keys of the customers in the order in which they stand while one of their scores is selected, else none.

    `question` is everything that the rows depend on but the figures: another one lets go of the selection.
    """
    asked, ids = st.session_state.get(SHOWN, (None, []))
    selection = st.session_state.get(_key(question), {}).get("selection", {})
    return ids if asked == question and selection.get("cells") else []


def draw(
    rows: Sequence[MatrixRow], waves: Sequence[Period], question: object, *, dimensions: Sequence[str], drawn: int
) -> Picked | None:
    """The table, with columns for `dimensions` (codes); the score that is selected.

    The last of `waves` is in front; the last `drawn`, at most WAVES_SHOWN, make the little trends.
    """
    ids = [row.customer.id for row in rows]
    if (kept := held(question)) and kept != ids:
        release()
    st.session_state[SHOWN] = (question, ids)
    scheme, count = waves[-1].layout.scheme, min(drawn, WAVES_SHOWN)
    headings = {"": _("Overall"), **{code: scheme.dimension_by_code[code].name.in_(language()) for code in dimensions}}
    picked = scores_table(
        [_line(row, waves, dimensions, count) for row in rows],
        _rules(scheme, dimensions),
        columns=_columns(rows, headings, count),
        bounds=bounds(scheme),
        alt_text=_alt(rows, waves),
        key=_key(question),
        few=FEW,
        also=ABOUT_THE_ROW,
    )
    if picked is None:
        return None
    row, column = rows[picked[0]], OVERALL if picked[1] in ABOUT_THE_ROW else picked[1]
    code = column.removeprefix(DIMENSION).removeprefix(OVERALL)
    found = row.scores[code]
    return Picked(row, code, headings[code], found, _rules(scheme, dimensions)[column](found.score))


def release() -> None:
    """Lets go of the selection, as after an action was saved: the table starts anew."""
    st.session_state[SAVED] = st.session_state.get(SAVED, 0) + 1


def table(rows: Sequence[MatrixRow], waves: Sequence[Period], dimensions: Sequence[str]) -> Table:
    """The rows of the page to take along, as `components.exports` wants them."""
    scheme = waves[-1].layout.scheme
    names = [scheme.dimension_by_code[code].name.in_(language()) for code in dimensions]
    headers = [_("Code"), _("Customer"), _("Segment"), "n", _("Overall"), _("Status"), *names, _("Since"), _("Action")]
    none = Score(0, None)
    return Table(
        _("Customers"),
        headers,
        [
            [
                *(
                    row.customer.code,
                    formats.customer_name(row.customer),
                    row.customer.segment,
                    row.score.n,
                    row.score.score,
                ),
                *(status.word(_statuses(row, waves)[-1]), *(row.scores.get(code, none).score for code in dimensions)),
                *(_since(row, waves), ", ".join(map(action_name, row.actions))),
            ]
            for row in rows
        ],
    )


def _key(question: object) -> str:
    return f"customers.grid.{hash(question)}.{st.session_state.get(SAVED, 0)}"


def bounds(scheme: Scheme) -> tuple[float, ...]:
    """Scores that no figure is rounded over."""
    return scheme.targets.customer, scheme.thresholds.amber_below, scheme.thresholds.red


def _rules(scheme: Scheme, dimensions: Sequence[str]) -> dict[str, StatusRule]:
    def of_customer(score: float | None) -> str | None:
        return status_of(score, scheme, target=scheme.targets.customer)

    def of_dimension(score: float | None) -> str | None:
        return status_of(score, scheme)

    return {OVERALL: of_customer, **{f"{DIMENSION}{code}": of_dimension for code in dimensions}}


def _line(row: MatrixRow, waves: Sequence[Period], dimensions: Sequence[str], drawn: int) -> dict[str, Any]:
    actions, none = [action_name(number) for number in row.actions], Score(0, None)
    return {
        STATUS_COLUMN: _statuses(row, waves)[-1],
        "customer": formats.customer_name(row.customer),
        "segment": row.customer.segment,
        "n": row.score.n,
        OVERALL: row.score.score,
        **{f"{DIMENSION}{code}": row.scores.get(code, none).score for code in dimensions},
        "trend": [score for score in row.history[-drawn:] if score is not None],
        "since": formats.period_short(_since(row, waves)),
        "action": actions[0] + (f" +{len(actions) - 1}" if len(actions) > 1 else "") if actions else "",
    }


def _statuses(row: MatrixRow, waves: Sequence[Period]) -> list[str | None]:
    schemes = [wave.layout.scheme for wave in waves]
    return [status_of(s, one, target=one.targets.customer) for s, one in zip(row.history, schemes, strict=True)]


def _since(row: MatrixRow, waves: Sequence[Period]) -> str:
    first = since(_statuses(row, waves))
    return "" if first is None else waves[first].code


def _columns(rows: Sequence[MatrixRow], headings: Mapping[str, str], waves: int) -> dict[str, Any]:
    config, drawn = st.column_config, [s for row in rows for s in row.history[-waves:] if s is not None]
    dimensions = [code for code in headings if code]
    room = WIDTH - 2 - sum(FIXED.values())
    each = min(DIMENSION_AT_MOST, (room - NAME_AT_LEAST) // max(1, len(dimensions)))
    widths = {**FIXED, "customer": room - each * len(dimensions)}
    texts = {"status": _("Status"), "customer": _("Customer"), "segment": _("Segment")}
    lowest = min(drawn, default=0.0) // 10 * 10
    trend = config.LineChartColumn(
        ngettext("{n} period", "{n} periods", waves), width=FIXED["trend"], y_min=lowest, y_max=max([100.0, *drawn])
    )
    return {
        **{key: config.TextColumn(text, width=widths[key]) for key, text in texts.items()},
        "n": config.NumberColumn("n", width=FIXED["n"], help=_("Valid responses in this period")),
        OVERALL: config.NumberColumn(headings[""], width=FIXED[OVERALL]),
        **{
            f"{DIMENSION}{code}": config.NumberColumn(headings[code], width=each, help=formats.plain(headings[code]))
            for code in dimensions
        },
        "trend": trend,
        "since": config.TextColumn(
            _("Since"), width=FIXED["since"], help=_("First period of the unbroken run at this status")
        ),
        "action": config.TextColumn(
            _("Action"), width=FIXED["action"], help=_("Actions about this customer that are not over")
        ),
    }


def _alt(rows: Sequence[MatrixRow], waves: Sequence[Period]) -> str:
    scheme = waves[-1].layout.scheme
    found = [status_of(row.score.score, scheme, target=scheme.targets.customer) for row in rows]
    return _(
        "{n} customers, worst first: {red} red, {amber} amber",
        n=len(rows),
        red=found.count("red"),
        amber=found.count("amber"),
    )
