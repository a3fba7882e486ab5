"""Find the messages in the sources, and merge them into the catalogues.

A catalogue is written so that it merges well: sorted by message, one line per text, no positions, no dates.
"""

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import escape, read_po

from locales import FOLDER, LANGUAGES, SOURCE_LANGUAGE, catalogue, catalogue_path

ROOT: Final = FOLDER.parent
KEYWORDS: Final[dict[str, tuple[int, ...] | None]] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "text_in": (2,),
    "count_in": (2, 3),
}
METHODS: Final = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
NOT_SOURCES: Final = frozenset({"tests", "docs", "var", "node_modules", "__pycache__"})
HEADER: Final = (
    'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals={nplurals}; plural={plural};\\n"\n'
)
MessageId = str | tuple[str, ...]


def messages_in_sources(root: Path = ROOT) -> dict[MessageId, str]:
    """Every message of the program → the first file that holds it; a plural message is (singular, plural)."""
    found: dict[MessageId, str] = {}
    rows = extract_from_dir(root, METHODS, keywords=KEYWORDS, directory_filter=_is_source)
    for name, _line, message, _comments, _context in rows:
        found.setdefault(message, str(name))
    for file in sorted(_python_files(root)):
        for message in _within_texts(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(message, str(file.relative_to(root)))
    return found


def _python_files(root: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if _is_source(name)]
        yield from (Path(folder) / name for name in names if name.endswith(".py"))


def _within_texts(tree: ast.AST) -> Iterator[MessageId]:
    """Messages within f-strings, which Babel passes over before Python 3.12: f"**{_('Overdue')}**"."""
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    for call in (node for text in texts for node in ast.walk(text) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in KEYWORDS:
            places = KEYWORDS[name] or (1,)
            said = [call.args[place - 1] for place in places if place <= len(call.args)]
            words = [one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if len(words) == len(places):
                yield words[0] if len(words) == 1 else tuple(words)


def update_catalogues(translated: Iterable[Path] = (), *, prune: bool = False) -> dict[str, list[MessageId]]:
    """Bring every catalogue up to date; per language, the messages that have no translation yet.

    `translated` are .po files with further translations. Messages that the sources don't hold (any more) stay unless `prune`.
    """
    messages = messages_in_sources()
    missing = {}
    for language in (code for code in LANGUAGES if code != SOURCE_LANGUAGE):
        known = [catalogue(language), *(_from_file(path, language) for path in translated)]
        kept = (
            list(messages) if prune else [*messages, *(message_id(entry) for part in known for entry in _entries(part))]
        )
        merged = merge(known, kept)
        _replace(catalogue_path(language), as_text(merged))
        missing[language] = untranslated(merged)
    return missing


def merge(known: Sequence[Catalog], messages: Iterable[MessageId]) -> Catalog:
    """A catalogue of exactly these messages; where several know a translation, the last one wins."""
    merged = Catalog(locale=known[0].locale)
    for message in messages:
        entries = [part.get(message) for part in reversed(known)]
        merged.add(message, next((entry.string for entry in entries if entry and _has_text(entry)), None))
    return merged


def untranslated(some: Catalog) -> list[MessageId]:
    return [message_id(message) for message in _entries(some) if not _has_text(message)]


def as_text(some: Catalog) -> str:
    """The catalogue in the .po format, sorted, one line per text."""
    header = HEADER.format(language=some.locale_identifier, nplurals=some.num_plurals, plural=some.plural_expr)
    return "\n".join([header, *(_entry_text(message) for message in _entries(some))])


def _is_source(folder: str) -> bool:
    name = Path(folder).name
    return not name.startswith(".") and name not in NOT_SOURCES


def _from_file(path: Path, language: str) -> Catalog:
    with path.open("rb") as stored:
        return read_po(stored, locale=language)


def _replace(path: Path, text: str) -> None:
    """All or nothing: a reader never sees half a catalogue."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def _entries(some: Catalog) -> list[Message]:
    return sorted((message for message in some if message.id), key=lambda message: _singular(message_id(message)))


def message_id(message: Message) -> MessageId:
    """The English text, or (singular, plural)."""
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _singular(message: MessageId) -> str:
    return message if isinstance(message, str) else message[0]


def _has_text(message: Message) -> bool:
    texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return bool(texts) and all(texts)


def _entry_text(message: Message) -> str:
    if isinstance(message.id, str):
        return f"msgid {escape(message.id)}\nmsgstr {escape(str(message.string or ''))}\n"
    texts = message.string or ("",)
    lines = [f"msgid {escape(message.id[0])}", f"msgid_plural {escape(message.id[1])}"]
    return "\n".join(lines + [f"msgstr[{place}] {escape(text)}" for place, text in enumerate(texts)]) + "\n"
