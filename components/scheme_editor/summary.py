"""Beside the editor: what has changed, whether it can work, and the buttons that save it or drop it."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components import clock, states
from components.formats import period
from components.plain_text import plain
from components.scheme_editor.listing import SHOWN, listed
from components.scheme_editor.state import Editing, merged_with, taken_over
from components.scheme_editor.versions import Version
from components.scheme_editor.words import SECTIONS, path_words, refusal_words, section_of, value_words
from components.texts import _, language
from domain.access import NotThere
from domain.errors import Refusal
from domain.scheme import Scheme
from domain.scheme_changes import changes
from domain.scheme_draft import checked, document_of, draft_of
from domain.scheme_file import SchemeInvalid

NOTE: Final = "scheme.note"
LARGEST_FILE: Final = 500_000
TAKEN: Final = "scheme.taken"
"""Files taken over so far: the field for the next one is another, and empty."""


def title(editing: Editing, number: int) -> None:
    """The scheme's name with the version that is edited."""
    name = editing.draft.get("name", {})
    first, second = ("zh", "en") if language() == "zh_CN" else ("en", "zh")
    st.title(plain(name.get(first) or name.get(second) or editing.code), anchor=False, width="content")
    st.markdown(f":gray-badge[{_('Version {n}', n=number)}]" if number else f":blue-badge[{_('New scheme')}]")


def file_buttons(editing: Editing) -> None:
    """Taking the scheme along as a file, and bringing one in as a draft."""
    st.download_button(
        _("Download TOML"),
        document_of(editing.draft),
        f"{editing.code}.toml",
        "application/toml",
        icon=":material/download:",
        on_click="ignore",
        key="scheme.download",
    )
    with st.popover(_("Upload TOML"), icon=":material/upload_file:"):
        file = st.file_uploader(_("Scheme file"), type="toml", key=f"scheme.file.{st.session_state.get(TAKEN, 0)}")
        st.caption(_("It becomes the draft on this screen; nothing is saved yet."))
    if file is not None:
        _take_over(editing, file.getvalue())


def _take_over(editing: Editing, content: bytes) -> None:
    try:
        draft = draft_of(content[:LARGEST_FILE].decode("utf-8-sig"))
    except UnicodeDecodeError:
        states.refused(_("This file is no text in UTF-8."))
        return
    except SchemeInvalid as refusal:
        states.refused(refusal.explain(_))
        return
    taken_over(editing, {**draft, "code": editing.code})
    st.session_state[TAKEN] = st.session_state.get(TAKEN, 0) + 1
    st.rerun()


def verdict(editing: Editing, section: str) -> Scheme | None:
    """The scheme as the draft describes it; None where it can't work: then where and why, with the way there."""
    try:
        return checked(editing.draft)
    except SchemeInvalid as refusal:
        place, sentence = refusal_words(refusal, editing.draft)
    where = section_of(place)
    states.refused(sentence)
    if where != section and st.button(_("Go to {part}", part=_(SECTIONS[where])), key="scheme.go"):
        st.query_params["section"] = where
        st.rerun()
    return None


def buttons(editing: Editing, scheme: Scheme | None, waves: Sequence[str]) -> str:
    """What has changed since the last version, and the buttons: "save", "drop" or ""."""
    found = editing.changes
    new = not editing.base
    states.card_title(_("Changes"), _("since version {n}", n=editing.base) if editing.base else _("a new scheme"))
    listed(found, editing.began, editing.draft)
    if waves and found:
        st.caption(_("Waves that there are keep their version: {waves}.", waves=", ".join(map(period, waves))))
    label = _("Save as version {n}", n=editing.base + 1)
    can_save = scheme is not None and (bool(found) or new)
    if st.button(label, type="primary", width="stretch", disabled=not can_save, key="scheme.save"):
        return "save"
    dropped = st.button(_("Drop the changes"), width="stretch", disabled=not found, key="scheme.drop")
    return "drop" if dropped else ""


def tell(number: int) -> None:
    """Keeps what `told` says on the next run."""
    st.session_state[NOTE] = number


def told() -> None:
    """Says once that a version was saved."""
    number = st.session_state.pop(NOTE, None)
    if number:
        st.success(_("Version {n} saved. The next wave runs under it.", n=number), icon=":material/check:")


def refused(refusal: Refusal) -> None:
    """Says why it wasn't saved."""
    own = _("You can save schemes of your own department only.")
    states.refused(own if isinstance(refusal, NotThere) else refusal.explain(_))


def conflict(editing: Editing, newest: Version | None) -> None:
    """Tells that somebody else saved a version after the one that is edited, what it changed, and offers to go on from it."""
    if newest is None or newest.number == editing.base:
        return
    theirs = draft_of(newest.document)
    found = [
        states.FieldChange(
            path_words(one, theirs, editing.began), value_words(one, one.before), value_words(one, one.after)
        )
        for one in changes(editing.began, theirs)
    ]
    when = newest.saved_at.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M")
    states.changed_meanwhile(newest.saved_by or _("Somebody"), when, found[:SHOWN])
    if st.button(_("Put my changes on version {n}", n=newest.number), key="scheme.merge"):
        merged_with(editing, newest.number, newest.document)
        st.rerun()
