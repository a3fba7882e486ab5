"""A wave as it counts beside what it would be under another version of its scheme."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

import pandas as pd
import streamlit as st

from components import address, drawn, formats, states, status
from components.matrix import ROW_HEIGHT, height_of
from components.period_comparison import KINDS
from components.texts import _, language
from domain import scores as rules
from domain.comparing import WaveFigures
from domain.scheme import Name, Scheme
from domain.scores import ItemScore, Score
from domain.tables import Cell, Table

LAST: Final = "other_rules.last"
MOST: Final = 200
"""Customers in the table; the export has all of them."""
Found = TypeVar("Found")


class Version(Protocol):
    """A version of the scheme."""

    @property
    def number(self) -> int: ...
    @property
    def waves(self) -> list[str]: ...


class Pair(Protocol):
    """A customer under both."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> Name: ...
    @property
    def own(self) -> Score: ...
    @property
    def other(self) -> Score: ...


class Figures(Protocol):
    """A wave's scores under the other version, by code."""

    @property
    def index(self) -> Score: ...
    @property
    def dimensions(self) -> Mapping[str, Score]: ...
    @property
    def named_indexes(self) -> Mapping[str, Score]: ...
    @property
    def items(self) -> Mapping[str, ItemScore]: ...
    @property
    def customers(self) -> Sequence[Pair]: ...
    @property
    def same_points(self) -> bool: ...
    @property
    def missing(self) -> tuple[str, ...]: ...
    @property
    def codes(self) -> Mapping[str, str]: ...


def link() -> None:
    """The way here, for screens that compare periods."""
    if st.button(_("Under other rules"), icon=":material/rule_settings:", type="tertiary", key="other_rules.link"):
        st.switch_page("other_rules.py")


def pick(wave: str, own: int, versions: Sequence[Version]) -> int:
    """Lets the reader choose the version; its number, 0 where there is no other."""
    others = {str(one.number): one for one in versions if one.number != own}
    if not others:
        states.empty(
            ":material/rule_settings:",
            _("Only one version so far"),
            _("When the scheme is changed, the same answers can be seen under both versions."),
        )
        return 0
    newest = next(iter(others))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        line = _("{period} under version {n}, as it counts, beside", period=f"**{formats.period(wave)}**", n=own)
        st.markdown(line, width="content")
        chosen = st.selectbox(
            _("Version"),
            list(others),
            format_func=lambda number: _named(others[number]),
            key=address.pull("version", list(others), newest),
            label_visibility="collapsed",
            width=300,
        )
    return int(address.push("version", chosen, newest))


def _named(version: Version) -> str:
    waves = ", ".join(formats.period_short(code) for code in version.waves[-3:])
    return f"{_('Version {n}', n=version.number)} ({waves or _('no wave')})"


def computed(key: object, total: int, compute: Callable[[Callable[[int], None]], Found]) -> Found:
    """What is computed from the rows, with its progress; kept for the reader until the wave or the question is another."""
    kept = st.session_state.get(LAST)
    if kept is not None and kept[0] == key:
        found: Found = kept[1]
        return found
    bar = st.empty()

    def told(done: int) -> None:
        share = min(1.0, done / total) if total else 1.0
        bar.progress(share, text=_("{done} of {total} responses", done=formats.count(done), total=formats.count(total)))

    found = compute(told)
    bar.empty()
    st.session_state[LAST] = (key, found)
    return found


def key_figures(now: WaveFigures, other: Figures, own_rules: Scheme, other_rules: Scheme, number: int) -> None:
    """The index and the satisfaction rate under both."""
    places = st.columns(4, gap="small")
    shown = (
        (_("As it counts"), now.index, own_rules),
        (_("Under version {n}", n=number), other.index, other_rules),
    )
    for at, (label, score, scheme) in enumerate(shown):
        target = scheme.targets.index
        with places[at]:
            states.metric_card(
                _("Satisfaction index"),
                formats.shown(score.score, target),
                badge=status.badge(rules.status(score.score, scheme, target=target)),
                caption=f"{label} · {_('Target')} {target:g} · n={formats.small(score.n)}",
            )
        with places[at + 2]:
            states.metric_card(
                _("Satisfaction rate"),
                formats.percent(score.satisfaction_rate),
                caption=f"{label} · {_('Satisfied from')} {scheme.satisfied_score:g}",
            )
    if not other.same_points:
        st.caption(_("The scales differ: the answers keep the points of their own scale, weights are the version's."))
    if other.missing:
        names = ", ".join(other_rules.item_by_code[code].name.in_(language()) for code in other.missing)
        st.caption(_("Not asked in this wave: {items}.", items=names))


def rows(now: WaveFigures, other: Figures, own_rules: Scheme, other_rules: Scheme) -> list[dict[str, Any]]:
    """Index, named indexes, dimensions and items under both, in the order of the version that counts."""
    found = [_row("index", "", Name(), now.index, other.index, own_rules, other_rules)]
    parts: tuple[tuple[str, str, Mapping[str, Any], Mapping[str, Any]], ...] = (
        ("named_index", "named_indexes", now.named_indexes, other.named_indexes),
        ("dimension", "dimensions", now.dimensions, other.dimensions),
        ("item", "items", now.items, {other.codes.get(code, code): one for code, one in other.items.items()}),
    )
    for kind, part, own_scores, other_scores in parts:
        names = {one.code: one.name for one in (*getattr(other_rules, part), *getattr(own_rules, part))}
        order = dict.fromkeys([*(one.code for one in getattr(own_rules, part)), *names])
        for code in order:
            pair = (_of(own_scores.get(code)), _of(other_scores.get(code)))
            if pair != (None, None):
                found.append(_row(kind, code, names[code], *pair, own_rules, other_rules))
    return found


def _of(found: Score | ItemScore | None) -> Score | None:
    return found.score if isinstance(found, ItemScore) else found


def _row(
    kind: str, code: str, name: Name, own: Score | None, other: Score | None, own_rules: Scheme, other_rules: Scheme
) -> dict[str, Any]:
    a, b = own.score if own else None, other.score if other else None
    return {
        "kind": _(KINDS[kind]),
        "code": code,
        "name": name.in_(language()) or _("Satisfaction index"),
        "own": a,
        "other": b,
        "difference": None if a is None or b is None else b - a,
        "own_status": _status(kind, a, own_rules),
        "other_status": _status(kind, b, other_rules),
    }


def _status(kind: str, score: float | None, scheme: Scheme) -> str | None:
    return rules.status(score, scheme, target=scheme.targets.index if kind == "index" else None)


def customer_rows(pairs: Sequence[Pair], own_rules: Scheme, other_rules: Scheme) -> list[dict[str, Any]]:
    """Customers under both, the largest difference first."""
    return [
        {
            "code": one.code,
            "name": one.name.in_(language()),
            "n": one.other.n,
            "own": one.own.score,
            "other": one.other.score,
            "difference": (one.other.score or 0.0) - (one.own.score or 0.0),
            "own_status": rules.status(one.own.score, own_rules, target=own_rules.targets.customer),
            "other_status": rules.status(one.other.score, other_rules, target=other_rules.targets.customer),
        }
        for one in pairs
    ]


def table(found: Sequence[dict[str, Any]], number: int, *, about: str) -> None:
    """Scores as they count, under the other version, and the difference."""
    shown = [
        {
            **{name: row[name] for name in ("kind", "name", "n") if name in row},
            "own": status.marked(row["own"], row["own_status"]),
            "other": status.marked(row["other"], row["other_status"]),
            "difference": formats.NOTHING if row["difference"] is None else formats.signed(row["difference"]),
        }
        for row in found[:MOST]
    ]
    columns = {
        "kind": st.column_config.TextColumn(_("Kind"), width=85),
        "name": st.column_config.TextColumn(about, width=170 if shown and "kind" in shown[0] else 125),
        "n": st.column_config.NumberColumn("n", width=45),
        "own": st.column_config.TextColumn(_("As it counts"), width=85, alignment="right"),
        "other": st.column_config.TextColumn(_("Version {n}", n=number), width=85, alignment="right"),
        "difference": st.column_config.TextColumn(_("Difference"), width=80, alignment="right"),
    }
    used = [name for name in columns if not shown or name in shown[0]]
    drawn.table(
        pd.DataFrame(shown, columns=used),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(shown), 21),
        column_config=columns,
        placeholder=formats.NOTHING,
        alt=_("Scores as they count and under version {n}", n=number),
    )


def exported(found: Sequence[dict[str, Any]], customers: Sequence[dict[str, Any]], number: int) -> list[Table]:
    """The same, unrounded, to take along."""
    last = [_("As it counts"), _("Version {n}", n=number), _("Difference")]

    def cells(row: dict[str, Any], *names: str) -> list[Cell]:
        return [row[name] for name in (*names, "own", "other", "difference")]

    return [
        Table(
            _("Under other rules"),
            [_("Kind"), _("Code"), _("About"), *last],
            [cells(r, "kind", "code", "name") for r in found],
        ),
        Table(
            _("Customers"), [_("Code"), _("Customer"), "n", *last], [cells(r, "code", "name", "n") for r in customers]
        ),
    ]
