"""The versions of a scheme: who saved which when, what each changed, and which waves run under it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import streamlit as st

from components import clock, states
from components.formats import period
from components.plain_text import plain
from components.scheme_editor.listing import listed
from components.texts import _
from domain.scheme_changes import changes
from domain.scheme_draft import draft_of

MOST: Final = 20


class Version(Protocol):
    """A stored version."""

    @property
    def number(self) -> int: ...
    @property
    def document(self) -> str: ...
    @property
    def saved_at(self) -> datetime: ...
    @property
    def saved_by(self) -> str: ...
    @property
    def waves(self) -> list[str]: ...


def draw(versions: Sequence[Version]) -> None:
    """Versions, the newest first, each with what it changed."""
    for at, version in enumerate(versions[:MOST]):
        with states.card():
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                waves = ", ".join(map(period, version.waves)) or _("no wave")
                line = (
                    f"**{_('Version {n}', n=version.number)}** :gray[{_said(version)}]  \n{_('Waves')}: {plain(waves)}"
                )
                st.markdown(line, width="content")
                st.download_button(
                    "TOML",
                    version.document,
                    f"version-{version.number}.toml",
                    "application/toml",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"scheme.version.{version.number}",
                )
            if at + 1 < len(versions):
                before, after = draft_of(versions[at + 1].document), draft_of(version.document)
                listed(changes(before, after), before, after)
    if not versions:
        st.caption(_("Not saved yet."))


def _said(version: Version) -> str:
    when = version.saved_at.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M")
    return f"{when} · {plain(version.saved_by)}" if version.saved_by else when
