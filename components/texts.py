"""The texts of a screen in the language of whoever looks at it."""

from threading import local
from typing import Final

import streamlit as st

from locales import LANGUAGES, SOURCE_LANGUAGE, translator

OWN_CHOICE: Final = "language"
"""Where the shell keeps the user's own choice in the session (it reads it from the account at sign-in)."""


_settled: Final = local()
"""The language of the run in this thread, which draws one session only."""


def settle() -> None:
    """Finds the language out once for the whole run, which asks for it hundreds of times; the shell says when it may have changed."""
    _settled.language = None
    _settled.language = language()


def language() -> str:
    """ "zh_CN" or "en": the user's own choice, else what the browser prefers."""
    if known := getattr(_settled, "language", None):
        return str(known)
    chosen = st.session_state.get(OWN_CHOICE)
    return chosen if chosen in LANGUAGES else from_locale(st.context.locale)


def from_locale(locale: str | None) -> str:
    """The language for a browser's locale; any Chinese one is zh_CN, anything else the source language.

    >>> from_locale("zh-TW"), from_locale("de-DE"), from_locale(None)
    ('zh_CN', 'en', 'en')
    """
    return "zh_CN" if (locale or "").lower().startswith("zh") else SOURCE_LANGUAGE


def _(message: str, /, **values: object) -> str:
    """The message in the user's language, its {named} places filled with `values` when there are any."""
    return filled(translator(language()).gettext(message) if message else "", values)


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    """The form that fits the number, which fills {n}: ngettext("{n} day left", "{n} days left", 2) → "2 days left"."""
    return filled(translator(language()).ngettext(singular, plural, n), {"n": n, **values})


def text_in(language: str | None, message: str, /, **values: object) -> str:
    """Like `_`, for a language that is named; None means the user's."""
    return filled(translator(language or own_language()).gettext(message), values)


def count_in(language: str | None, singular: str, plural: str, n: int, /, **values: object) -> str:
    """Like `ngettext`, for a language that is named; None means the user's."""
    return filled(translator(language or own_language()).ngettext(singular, plural, n), {"n": n, **values})


def filled(text: str, values: dict[str, object]) -> str:
    """Without values the text stays as it is, so that it may hold braces, or be filled by its caller."""
    return text.format(**values) if values else text


own_language = language
"""The user's language, under a name that functions with a parameter `language` can still reach."""
