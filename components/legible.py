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

TABLE_WORDS: Final = (
    *(N_("Show/hide columns"), N_("Search"), N_("Fullscreen"), N_("Close fullscreen")),
    *(N_("Select all"), N_("Clear selection"), N_("Add row"), N_("Delete row(s)"), N_("Type to search")),
    *(N_("Sort ascending"), N_("Sort descending"), N_("Format"), N_("Autosize"), N_("Statistics")),
    *(N_("Pin column"), N_("Unpin column"), N_("Hide column"), N_("Copy column name")),
    *(N_("Automatic"), N_("Localized"), N_("Plain"), N_("Compact"), N_("Dollar"), N_("Euro"), N_("Yen"), N_("Percent")),
    *(N_("Scientific"), N_("Accounting"), N_("Distance"), N_("Duration")),
    *(N_("Values"), N_("Empty"), N_("Distinct"), N_("Minimum"), N_("Maximum"), N_("Average"), N_("Median"), N_("Sum")),
    *(N_("Range"), N_("Standard deviation"), N_("Minimum length"), N_("Maximum length"), N_("Average length")),
    *(N_("Based on sample"), N_("No content"), N_("No data")),
    *(N_("Connection error"), N_("Connecting"), N_("Please wait..."), N_("Running...")),
)
"""What Streamlit writes into tips and menus of tables and into its own messages, in elements that come and go."""
THEIRS: Final = (
    "[data-testid=stTooltipContent],[data-testid^=stDataFrameColumn],[data-testid=stElementToolbar],"
    "[data-testid=stStatusWidget],[data-testid=stDialog] h2,[role=dialog] h2,.gdg-search-bar"
)
"""Where such words stand; none of it holds what people wrote."""
SCRIPT: Final = """<script>
if (!window.inTheReadersWords) {
    window.inTheReadersWords = {}
    const theirs = %s, words = () => window.inTheReadersWords
    const say = (holder, name) => {
        const [first, ...more] = (holder[name] || '').split(': '), word = words()[first.trim()]
        if (word) holder[name] = [word, ...more].join('：')
    }
    const look = (place) => {
        const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
        while (walker.nextNode()) say(walker.currentNode, 'nodeValue')
        for (const one of place.querySelectorAll('[aria-label]')) say(one, 'ariaLabel')
        for (const one of place.querySelectorAll('[placeholder]')) say(one, 'placeholder')
    }
    const name = (toast) => {
        toast.removeAttribute('aria-labelledby')
        toast.ariaLabel = (toast.querySelector('[data-testid=stMarkdownContainer]') ?? toast).innerText
    }
    new MutationObserver((changes) => {
        for (const change of changes) {
            for (const node of change.addedNodes) {
                const element = node.nodeType === 1 ? node : change.target
                const around = element.closest(theirs)
                for (const place of around ? [around] : element.querySelectorAll(theirs)) look(place)
                for (const toast of element.querySelectorAll('[data-testid=stToast]')) name(toast)
            }
        }
    }).observe(document.body, {childList: true, subtree: true})
}
window.inTheReadersWords = %s
</script>"""
"""Takes the words' places as they appear; a word that a later Streamlit writes otherwise stays English.

A toast, which Streamlit says is named by something that isn't there, is named by what it says.
"""


def sharpen() -> None:
    """Makes the chosen one of a row of options and keys on buttons readable, in both themes."""
    st.html(LOOK)


def translate() -> None:
    """Says in the reader's language what Streamlit says in English only."""
    is_english = language() == SOURCE_LANGUAGE
    words = {} if is_english else {word: _(word) for word in TABLE_WORDS}
    st.html(SCRIPT % (json.dumps(THEIRS), _in_script(words)), unsafe_allow_javascript=True)
    if is_english:
        return
    said = {f"body {place}": _(word) for place, word in WORDS.items()} | {NOTHING_FOUND: _("No such choice")}
    rules = (
        f"{place}{{font-size:0}}{place}::after{{content:{json.dumps(word, ensure_ascii=False)};font-size:.875rem}}"
        for place, word in said.items()
    )
    st.html(f"<style>{''.join(rules)}</style>")


def _in_script(words: dict[str, str]) -> str:
    """The words as a script takes them; nothing in them can end it."""
    return json.dumps(words).replace("<", "\\u003c")
