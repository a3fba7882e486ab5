"""What Streamlit draws too faintly or in English only, and has no setting for."""

import json
from typing import Final

import streamlit as st

from components.texts import _, language
from domain.errors import N_
from locales import SOURCE_LANGUAGE

LOOK: Final = """<style>
.stApp button[data-selected=true] p{color:light-dark(#1E46A8,#A9C4FB)}
[data-testid^=stBaseButton-primary] kbd{color:inherit;opacity:1}
.stElementContainer:has(>.stHtml>script){display:none}
.stApp [data-stale=true]{opacity:1!important;transition:none!important}
</style>"""
"""The text of the blue badge (design.md 3): the primary colour has 3.6:1 on its own tint in the dark theme, 4.5 is asked for.

Streamlit fades what it draws anew after half a second: on a busy machine every live figure flashed.
"""

WORDS: Final = {
    "[data-testid=stFileUploaderDropzone] [data-testid^=stBaseButton-secondary] p": N_("Upload"),
    "[data-testid=stFileUploaderDropzoneInstructions] span": N_("or drop the file here"),
    "[data-testid=InputInstructions] span:first-child": N_("Press Enter to apply"),
    ".stTextArea [data-testid=InputInstructions] span:first-child": N_("Press Ctrl+Enter to apply"),
}
"""What Streamlit writes by itself into a screen, by where it stands."""
NOTHING_FOUND: Final = "[role=listbox][data-empty=true] [role=option] span"
"""In a list of choices, which is drawn outside the application's own part of the page."""


def sharpen() -> None:
    """Makes the chosen one of a row of options and keys on buttons readable, in both themes."""
    st.html(LOOK)


def translate() -> None:
    """Says in the reader's language what Streamlit says in English only."""
    if language() == SOURCE_LANGUAGE:
        return
    said = {f"body {place}": _(word) for place, word in WORDS.items()} | {NOTHING_FOUND: _("No such choice")}
    rules = (
        f"{place}{{font-size:0}}{place}::after{{content:{json.dumps(word, ensure_ascii=False)};font-size:.875rem}}"
        for place, word in said.items()
    )
    st.html(f"<style>{''.join(rules)}</style>")
