"""Quality figures beside the scores: entered in a table or brought as a file, and where they don't fit a content customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pandas as pd
import streamlit as st

from components import clock, drawn, filters, formats, notices, states
from components.texts import _, language, ngettext
from components.wave_mails import Tried
from db.queries.complaints import quality_figures
from db.queries.customers import CustomerRow
from db.queries.narrowing import WaveInfo
from db.session import read_session
from domain.access import Viewer
from domain.complaints import FIGURES
from domain.errors import Refusal
from domain.quality_gaps import gaps
from domain.scheme import Name, Scheme
from services.quality_figures import FiguresRead, enter_figures, figures_of
from services.reading import open_table

LISTED: Final = 500
GAP: Final = ":orange-badge[:material/compare_arrows: {text}]"
ROW, HEAD, MOST_ROWS = 30, 36, 16


@dataclass(frozen=True)
class Line:
    """A customer with its score, its figures by code, and the codes of those that don't fit."""

    id: int
    code: str
    name: str
    score: float | None
    figures: dict[str, float]
    gaps: list[str]


class KnownFigure(Protocol):
    """A figure that was entered."""

    customer_id: int
    code: str
    value: float


def link() -> None:
    """The way from the complaints to the figures."""
    st.page_link(
        "quality_figures.py", label=_("Quality figures"), icon=":material/speed:", query_params=filters.query()
    )


def back() -> None:
    """The way back."""
    st.page_link("complaints.py", label=_("Complaints"), icon=":material/arrow_back:")


def not_shown() -> None:
    """To who may not see customers."""
    states.empty(":material/speed:", _("Your role does not include this."), "", key="no_quality_figures")


def nothing() -> None:
    """No customer has answered, or none is in sight."""
    line = _("No response of this period names a customer yet.")
    states.empty(":material/speed:", line, _("Figures are entered beside scores."), key="no_quality_figures")


def lines(rows: Sequence[CustomerRow], known: Sequence[KnownFigure], scheme: Scheme) -> list[Line]:
    """The customers, those whose figures don't fit their score first."""
    figures: dict[int, dict[str, float]] = {}
    for one in known:
        figures.setdefault(one.customer_id, {})[one.code] = one.value
    found = []
    for row in rows:
        key, score = row.customer.id, row.score.score
        name = Name(row.customer.name_zh, row.customer.name_en).in_(language()) or row.customer.code
        mine = figures.get(key, {})
        found.append(Line(key, row.customer.code, name, score, mine, gaps(score, mine, scheme)))
    return sorted(found, key=lambda line: not line.gaps)


def summary(lines: Sequence[Line]) -> None:
    """How many customers are content while their figures say otherwise."""
    n = len([line for line in lines if line.gaps])
    if n:
        text = ngettext(
            "{n} customer is content, and the figures say that something is wrong: ask.",
            "{n} customers are content, and the figures say that something is wrong: ask.",
            n,
        )
        st.warning(text, icon=":material/compare_arrows:")
    known = len([line for line in lines if line.figures])
    st.caption(_("{known} of {all} customers have figures in this period.", known=known, all=len(lines)))


def table(viewer: Viewer, wave: WaveInfo, lines: Sequence[Line]) -> None:
    """The figures; who may enter them changes cells, or pastes columns out of a spreadsheet, and saves once."""
    frame = pd.DataFrame(
        [
            {
                "code": line.code,
                "name": line.name,
                "score": line.score,
                **{code: line.figures.get(code) for code in FIGURES},
                "gap": ", ".join(says(code, line.figures[code]) for code in line.gaps),
            }
            for line in lines
        ]
    ).astype(dict.fromkeys(FIGURES, "float64"))
    height = HEAD + ROW * min(len(lines), MOST_ROWS) + 2
    shown: dict[str, Any] = {
        "hide_index": True,
        "column_config": _columns(),
        "height": height,
        "row_height": ROW,
        "placeholder": "",
    }
    if not viewer.may("edit_figures"):
        drawn.table(frame, **shown, alt=_("Quality figures by customer"))
        return
    fixed = ["code", "name", "score", "gap"]
    key = f"figures.{wave.id}.{wave.version}.{st.session_state.get('figures.saved', 0)}"
    drawn.keep(frame, alt=_("Quality figures by customer"), columns=_columns())
    edited = st.data_editor(frame, **shown, key=key, disabled=fixed, alt=_("Quality figures by customer"))
    changed = _changed(lines, edited)
    if st.button(_("Save"), type="primary", icon=":material/check:", disabled=not changed):
        _save(viewer, wave, changed)


def from_file(viewer: Viewer, wave: WaveInfo, lines: Sequence[Line]) -> None:
    """Figures out of a CSV or Excel file: what would be entered, and then the press that does it."""
    if not viewer.may("edit_figures"):
        return
    with st.expander(_("From a file"), icon=":material/upload_file:"):
        st.caption(
            _("Columns: customer, complaint_rate (%), part_fault (ppm), repair_rate (%). Blank cells change nothing.")
        )
        key = f"figures.file.{st.session_state.get('figures.saved', 0)}"
        file = st.file_uploader(_("CSV or Excel"), type=["csv", "xlsx", "xls"], key=key, label_visibility="collapsed")
        if file is None:
            return
        try:
            read = figures_of(open_table(file, file.name))
        except Refusal as refusal:
            states.refused(refusal.explain(_))
            return
        keys = {line.code: line.id for line in lines}
        _told(read, keys)
        known = {keys[code]: values for code, values in read.figures.items() if code in keys}
        if known and st.button(_("Enter the figures"), type="primary", icon=":material/check:"):
            _save(viewer, wave, known)


def quality_line(viewer: Viewer, wave: WaveInfo, customer_id: int, score: float | None) -> None:
    """A customer's figures under its score, with what doesn't fit; nothing where there are none."""
    if not viewer.may("view_complaints"):
        return
    with read_session() as session:
        known = quality_figures(session, viewer, wave.id)
    mine = {one.code: one.value for one in known if one.customer_id == customer_id}
    wrong = gaps(score, mine, wave.layout.scheme)
    if mine:
        st.caption(" · ".join(says(code, value) for code, value in mine.items()))
    if wrong:
        text = _("Content ({score}), but {figures}", score=formats.shown(score), figures=_join(wrong, mine))
        st.markdown(GAP.format(text=text))


def says(code: str, value: float) -> str:
    """A figure with its unit: "Part fault rate 200 ppm"."""
    name, unit = FIGURES[code]
    return f"{_(name)} {value:g} {_(unit)}"


def _join(codes: Sequence[str], figures: Mapping[str, float]) -> str:
    return ", ".join(says(code, figures[code]) for code in codes)


def _columns() -> dict[str, Any]:
    config = st.column_config
    columns: dict[str, Any] = {
        "code": config.TextColumn(_("Code"), width=90),
        "name": config.TextColumn(_("Customer"), width=240),
        "score": config.NumberColumn(_("Score"), format="%.1f", width=70),
        "gap": config.TextColumn(_("Does not fit the score"), width=260),
    }
    for code, (name, unit) in FIGURES.items():
        columns[code] = config.NumberColumn(f"{_(name)} ({_(unit)})", min_value=0.0, width=130)
    return columns


def _changed(lines: Sequence[Line], edited: pd.DataFrame) -> dict[int, dict[str, float | None]]:
    """Customer → the figures that are no longer what they were."""
    found: dict[int, dict[str, float | None]] = {}
    for line, row in zip(lines, edited.to_dict("records"), strict=True):
        for code in FIGURES:
            value = None if pd.isna(row[code]) else float(row[code])
            if value != line.figures.get(code):
                found.setdefault(line.id, {})[code] = value
    return found


def _save(viewer: Viewer, wave: WaveInfo, figures: Mapping[int, Mapping[str, float | None]]) -> None:
    values: dict[str, Any] = {"wave_id": wave.id, "figures": figures}
    if Tried(lambda session: enter_figures(session, **values, by=viewer, at=clock.now())).worked:
        st.session_state["figures.saved"] = st.session_state.get("figures.saved", 0) + 1
        notices.say(_("Saved"))
        st.rerun()


def _told(read: FiguresRead, keys: Mapping[str, int]) -> None:
    """How many customers were recognised, and what wasn't."""
    strange = [code for code in read.figures if code not in keys]
    known = len(read.figures) - len(strange)
    st.markdown(ngettext("{n} customer recognised", "{n} customers recognised", known))
    if strange:
        st.warning(_("Not among the customers of this period: {codes}", codes=formats.plain(", ".join(strange[:10]))))
    if read.unread:
        cells = ", ".join(f"{line}: {formats.plain(text)}" for line, text in read.unread[:10])
        st.warning(_("Not a number from 0 (line: cell): {cells}", cells=cells))
