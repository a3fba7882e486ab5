"""Every message has its Chinese wording, with the same places to fill."""

import re
import string
from pathlib import Path

import pytest

from locales import LANGUAGES, SOURCE_LANGUAGE, catalogue, translator
from locales.extraction import ROOT, MessageId, as_text, merge, messages_in_sources, untranslated

MESSAGES = messages_in_sources()
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
KNOWN = {language: catalogue(language) for language in TRANSLATED}
"""Read once: a catalogue has thousands of messages."""


def forms(message: MessageId) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else message


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def translations(language: str, message: MessageId) -> tuple[str, ...]:
    entry = KNOWN[language].get(message)
    text = entry.string if entry else ""
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_has_a_translation(language: str) -> None:
    known = merge([catalogue(language)], MESSAGES)
    missing = [f"{message!r} in {MESSAGES[message]}" for message in untranslated(known)]
    assert not missing, f"{len(missing)} without {language} (run: python -m locales):\n" + "\n".join(missing)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_fill_the_same_places(language: str) -> None:
    entries = {message: KNOWN[language].get(message) for message in MESSAGES}
    wrong = [
        f"{message!r} → {text!r}"
        for message, entry in entries.items()
        if entry
        for text in ([entry.string] if isinstance(entry.string, str) else entry.string)
        if text and places(text) != places(forms(message)[-1])
    ]
    assert not wrong, "\n".join(wrong)


ALIAS = re.compile(r"^ +(\w+)(?:: \w+)? = translator\(.*\.gettext$", re.MULTILINE)


def test_what_is_translated_by_another_name_is_marked_elsewhere() -> None:
    """`text = translator(…).gettext` and then `text("Dear …")` would be found by nobody who translates."""
    unmarked = []
    for folder in ("api", "components", "domain", "pages", "public", "services"):
        for file in (ROOT / folder).rglob("*.py"):
            source = file.read_text(encoding="utf-8")
            for name in set(ALIAS.findall(source)) - {"_"}:
                said = re.findall(rf"\b{name}\(\"([^\"]+)\"", source)
                unmarked += [f"{file}: {one}" for one in said if one not in MESSAGES]
    assert not unmarked


def test_messages_are_found_wherever_they_are_marked(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        '_("One {n}")\nngettext("day", "days", 2)\nN_("Later")\ntext_in(lang, "Told", n=1)\ncount_in(None, "a", "b", 3)\n'
        'hidden("not this")\n'
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_page.py").write_text('_("only in a test")\n')
    assert set(messages_in_sources(tmp_path)) == {"One {n}", ("day", "days"), "Later", "Told", ("a", "b")}


def test_a_message_is_not_at_once_singular_only_and_plural() -> None:
    singular = {message for message in MESSAGES if isinstance(message, str)}
    assert not [message for message in MESSAGES if not isinstance(message, str) and message[0] in singular]


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_is_written_as_it_is_kept_so_that_changes_merge(language: str) -> None:
    text = as_text(catalogue(language))
    assert "POT-Creation-Date" not in text
    assert "#:" not in text
    ids = [line for line in text.splitlines() if line.startswith("msgid ")][1:]
    assert len(ids) == len(set(ids))


def test_chinese_uses_full_width_punctuation_and_no_curly_apostrophes() -> None:
    texts = [text for message in MESSAGES for text in translations("zh_CN", message)]
    wrong = [
        text
        for text in texts
        if "’" in text or any(f"{mark} " in text and _chinese_before(text, mark) for mark in ",;:?!")
    ]
    assert not wrong, wrong


def _chinese_before(text: str, mark: str) -> bool:
    return "\u4e00" <= text[text.index(f"{mark} ") - 1] <= "\u9fff"


def test_unknown_languages_and_the_source_language_give_messages_back() -> None:
    assert translator("en").gettext("Red") == "Red"
    assert translator("fr").ngettext("day", "days", 2) == "days"
    assert translator("zh_CN").gettext("Red") == "红"
    assert translator("zh_CN").ngettext("{n} day late", "{n} days late", 12) == "逾期 {n} 天"
    assert translator("zh_CN").gettext("nobody has written this") == "nobody has written this"
