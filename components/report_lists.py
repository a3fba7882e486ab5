"""What was made, by whom, from which figures and with which hash."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from components import address, chooser, clock, report_form, report_words, states
from components.formats import moment, plain
from components.texts import _
from db.queries.made_reports import MadeLine, made_reports
from db.session import read_session
from domain.access import Viewer
from locales import LANGUAGES

MOST_ROWS: Final = 14


def made(viewer: Viewer) -> None:
    """The list; the chosen one with its file and hash."""
    with read_session() as session:
        lines = made_reports(session, viewer)
    if not lines:
        line = _("No report has been made yet.")
        states.empty(
            ":material/description:", line, _("Reports stand here with who made them and when."), key="no_reports"
        )
        return
    picked = _table(lines) or [one for one in lines if one.id == address.key("made")]
    if not picked:
        st.caption(_("Choose a line to take its file along."))
        return
    one = picked[0]
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{report_words.name(one)}**")
        made_for = "" if one.made_for == one.made_by else f" · {_('for {name}', name=plain(one.made_for))}"
        st.caption(f"{plain(one.name)} · {report_words.size(one.size)}{made_for}  \nSHA-256 {one.sha256}")
        report_form.download(viewer, one, primary=True)


def _table(lines: Sequence[MadeLine]) -> list[MadeLine]:
    text = st.column_config.TextColumn
    return chooser.chosen(
        lines,
        [_row(one) for one in lines],
        columns={
            "made": text(_("Made at"), width=125),
            "kind": text(_("Report"), width=210),
            "about": text(_("About"), width=250),
            "form": text(_("File"), width=75),
            "language": text(_("Language"), width=75),
            "figures": text(_("Figures"), width=95),
            "by": text(_("Made by"), width=90),
            "hash": text("SHA-256", width=90),
        },
        most_rows=MOST_ROWS,
        alt=_("Reports that were made, the newest first"),
        key="reports.made",
    )


def _row(one: MadeLine) -> dict[str, Any]:
    return {
        "made": moment(one.made_at, clock.zone()),
        "kind": report_words.title(one.kind) + (f" · {_('Anonymised')}" if one.is_anonymised else ""),
        "about": report_words.about(one),
        "form": _(report_words.FORMS[one.form]),
        "language": LANGUAGES.get(one.language, one.language),
        "figures": _(report_words.FIGURES[one.figures]) if one.figures else "",
        "by": one.made_by or _("by schedule"),
        "hash": one.sha256[:8],
    }
