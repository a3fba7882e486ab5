"""The languages of the screens, and their message catalogues.

English is the source language: a message's English text is its key. `locales/<language>/LC_MESSAGES/messages.po` is read
when first asked for, so there is no compile step; `python -m locales` brings it up to date with the sources.
"""

import gettext
import io
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE: Final = "en"
LANGUAGES: Final[dict[str, str]] = {"zh_CN": "中文", "en": "English"}
"""Language code → its own name, in the order in which they are offered."""

FOLDER: Final = Path(__file__).parent


@cache
def translator(language: str) -> gettext.NullTranslations:
    """The messages of one language; the source language, or one that isn't in LANGUAGES, gives them back unchanged.

    >>> translator("en").gettext("Save")
    'Save'
    """
    if language == SOURCE_LANGUAGE or language not in LANGUAGES:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def catalogue(language: str) -> Catalog:
    """The catalogue as it lies on disk, untranslated messages included."""
    with catalogue_path(language).open("rb") as stored:
        return read_po(stored, locale=language)


def catalogue_path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"
