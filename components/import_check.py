"""Before an import: what would become of the rows, which are refused and why, and how the first ones are read."""

import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import drawn, import_file, import_mapping, states
from components.formats import count, period
from components.import_file import KEPT, Upload
from components.import_mapping import Reading
from components.import_target import Target
from components.texts import _, language
from db.queries.imports import PastImport
from db.session import default_engine
from domain.errors import Refusal
from domain.mapped_choices import Choice
from domain.mapped_rows import BadCell, ReadRows, Reason
from domain.review_flags import FLAG_NAMES, Flag, Flagged
from domain.scheme import BLANK, Scheme
from domain.tables import Table as ExportTable
from services import exporting
from services.import_reports import MOST_PROBLEMS, ImportReport
from services.importing import checked, source_of
from settings import settings

CHECKED = f"{KEPT}checked"
SHOWN_PROBLEMS = 200
PREVIEWED = 8
SHOWN_ROLES = ("external_id", "customer", "customer_name", "segment", "region", "channel", "respondent")


def check(upload: Upload, reading: Reading) -> ImportReport | None:
    """Reads the whole file without writing anything, once for each mapping; None where the mapping can't be used."""
    key = (upload.table.sha256, reading.target.document, reading.target.wave, reading.mapping.dump())
    known = st.session_state.get(CHECKED)
    if known and known[0] == key:
        report: ImportReport = known[1]
        return report
    place, started = st.empty(), time.monotonic()
    try:
        source = source_of(upload.table, reading.mapping, reading.target.scheme, zone=settings().zone)
        report = checked(
            source,
            on_progress=lambda done, total: _show(place, done, total, started),
            engine=default_engine(),
            wave=reading.target.wave,
        )
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return None
    place.empty()
    st.session_state[CHECKED] = (key, report)
    if import_mapping.add_values(upload, [bad.value for bad in report.problems if bad.reason is Reason.NOT_MAPPED]):
        st.rerun()
    return report


def _show(place: DeltaGenerator, done: int, total: int, started: float) -> bool:
    if time.monotonic() - started > 1:
        share = min(1.0, done / max(total, 1))
        text = _("Checking: {done} of {total} rows", done=count(done), total=count(max(done, total)))
        place.progress(share, text=text)
    return True


def verdict(report: ImportReport, target: Target, past: Sequence[PastImport]) -> bool:
    """How many rows can be written and what happens to others, beside the one button; whether it was pressed."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(gap="xxsmall"):
            st.markdown(_figures(report))
            if notes := _notes(target, past):
                st.caption(notes)
        label = _("Import {n} rows into {wave}", n=count(report.written), wave=period(target.wave) or "…")
        ready = bool(target.wave) and report.written > 0 and target.wave_state not in ("void", "planned")
        return st.button(label, type="primary", icon=":material/upload:", disabled=not ready, key="import.go")


def _figures(report: ImportReport) -> str:
    """One line: rows in all, valid, and what happens to the others."""
    sound = report.written + report.in_wave - report.invalid
    valid = _("{n} of {all} rows are valid", n=count(sound), all=count(report.rows))
    others = [
        (report.in_wave, _("{n} are in already and stay as they are", n=count(report.in_wave))),
        (report.invalid, _("{n} without a rating: kept, not counted", n=count(report.invalid))),
        (report.already_in, _("{n} twice in the file: written once", n=count(report.already_in))),
        (report.refused, _("{n} refused, see below", n=count(report.refused))),
    ]
    rest = " · ".join(words for n, words in others if n)
    badge = ":orange-badge[:material/block:]" if report.refused else ":green-badge[:material/check:]"
    return f"{badge} **{valid}** :gray[{rest}]"


def _notes(target: Target, past: Sequence[PastImport]) -> str:
    """What to know before pressing the button."""
    if not target.wave:
        return _("Choose or type a wave to go on.")
    told = {
        "closed": _("This wave is closed: its rows wait until quality admits them."),
        "void": _("This wave is void and takes no responses."),
        "planned": _("This wave is not open yet."),
    }
    of_wave = [one for one in past if (one.scheme, one.wave) == (target.scheme.code, target.wave)]
    return told.get(target.wave_state) or import_file.known_before(of_wave)


def problems(found: Sequence[BadCell], filename: str, advice: str) -> None:
    """Line, column, value and reason of each cell that keeps its row out; all of them to download."""
    if not found:
        return
    headers = (_("Line"), _("Column"), _("Value"), _("Reason"))
    rows = [(bad.line, bad.column, bad.value, _(bad.reason.value)) for bad in found]
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            states.card_title(_("Rows that are refused"), advice)
            st.download_button(
                _("Download problems ({n})", n=f"{count(len(found))}{'+' if len(found) == MOST_PROBLEMS else ''}"),
                lambda: exporting.csv_file([ExportTable("", headers, rows)]),
                file_name=f"{filename}.problems.csv",
                mime=exporting.CSV_TYPE,
                icon=":material/download:",
                on_click="ignore",
            )
        shown = pd.DataFrame([(line, *(cell[:200] for cell in texts)) for line, *texts in rows[:SHOWN_PROBLEMS]])
        shown.columns = list(headers)
        columns = {headers[0]: st.column_config.NumberColumn(width=70, format="%d"), headers[1]: _text(180)}
        height = 32 + 30 * min(len(shown), 4)
        drawn.table(
            shown,
            hide_index=True,
            row_height=30,
            height=height,
            column_config=columns | {headers[2]: _text(180)},
            alt=_("Problems"),
        )


def flags(found: Sequence[Flagged], counts: Mapping[str, int], filename: str) -> None:
    """What somebody should look at: how many of each kind, the lines, all to download. They are imported all the same."""
    if not counts:
        return
    headers = (_("Line"), _("Why"), _("About"))
    rows = [(one.line, _(one.flag.value), _about(one)) for one in found]
    said = [f"{_(FLAG_NAMES[name])} **{count(n)}**" for name, n in counts.items()]
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            states.card_title(_("To be looked at"), _("imported all the same; a person decides"))
            st.download_button(
                _("Download the list ({n})", n=count(len(found))),
                lambda: exporting.csv_file([ExportTable("", headers, rows)]),
                file_name=f"{filename}.review.csv",
                mime=exporting.CSV_TYPE,
                icon=":material/download:",
                on_click="ignore",
                key="import.flags.download",
            )
        st.markdown(f":orange-badge[:material/flag:] {' · '.join(said)}")
        shown = pd.DataFrame(rows[:SHOWN_PROBLEMS], columns=list(headers))
        columns = {headers[0]: st.column_config.NumberColumn(width=70, format="%d"), headers[1]: _text(380)}
        height = 32 + 30 * min(len(shown), 4)
        drawn.table(
            shown, hide_index=True, row_height=30, height=height, column_config=columns, alt=_("To be looked at")
        )


def _about(one: Flagged) -> str:
    templates = {
        Flag.TOO_FAST: _("{n} seconds", n=one.about),
        Flag.DUPLICATE: _("line {n}", n=one.about),
        Flag.RESTARTED: _("line {n}", n=one.about),
    }
    return templates.get(one.flag, one.about[:200])


def flagged_of(job_flags: Sequence[Sequence[Any]]) -> list[Flagged]:
    """The flags that a job has kept."""
    return [Flagged(int(line), Flag[str(name).upper()], str(about)) for line, name, about in job_flags]


def _text(width: int) -> Any:
    return st.column_config.TextColumn(width=width)


def preview(upload: Upload, reading: Reading) -> None:
    """The first rows as they will be read: who, where, and each answer in words."""
    with st.expander(_("The first rows, as they are read"), icon=":material/visibility:"):
        source = source_of(upload.table, reading.mapping, reading.target.scheme, zone=settings().zone)
        first = list(islice(upload.table.rows(), PREVIEWED))
        read = source.reader.read([line for line, _row in first], [row for _line, row in first])
        drawn.table(
            _as_words(read, reading.target.scheme, set(reading.mapping.items), reading.mapping.choices),
            hide_index=True,
            row_height=30,
            height=32 + 30 * len(first),
            alt=_("The first rows, as they are read"),
        )


def _as_words(read: ReadRows, scheme: Scheme, items: set[str], choices: Mapping[str, Choice]) -> pd.DataFrame:
    columns: dict[str, Sequence[object]] = {_("Line"): list(read.lines)}
    texts = {"external_id": read.external_ids, **read.texts}
    for role in SHOWN_ROLES:
        if any(texts.get(role, [])):
            columns[_(import_mapping.ROLE_NAMES[role])] = texts[role]
    bad = {(cell.line, cell.column): cell.value for cell in read.bad}
    refused = {line for line, _column in bad}
    columns[_("Status")] = [_("Refused") if line in refused else _("Valid") for line in read.lines]
    for place, item in enumerate(scheme.items):
        if item.code in items:
            name = item.name.in_(language())
            columns[name if name not in columns else item.code] = [
                _answer(int(level), scheme) for level in read.levels[:, place]
            ]
    for code, choice in choices.items():
        told = [said.get(code, "–").replace("\n", " / ") for said in read.choices]
        columns[choice.text if choice.text not in columns else code] = told
    if any(read.opinions):
        columns[_("Opinion")] = [" / ".join(text for _header, text in said) for said in read.opinions]
    return pd.DataFrame(columns)


def _answer(level: int, scheme: Scheme) -> str:
    if level == BLANK:
        return "–"
    return f"{level / 100:g}" if scheme.number_scale else scheme.levels[level].name.in_(language())


def refused_of(job_problems: Sequence[dict[str, object]]) -> list[BadCell]:
    """The problems that a job has kept, as cells."""
    reasons = {reason.value: reason for reason in Reason}
    return [
        BadCell(int(str(p["line"])), str(p["column"]), str(p["value"]), reasons[str(p["reason"])])
        for p in job_problems
        if p["reason"] in reasons
    ]
