"""Text that came from outside (customers' names, opinions, file names), made harmless for Streamlit's Markdown."""

import re
from typing import Final

WORD_JOINER: Final = "\u2060"
"""Invisible and without width; keeps apart what Streamlit would otherwise turn into links, icons, emoji or arrows."""

_SPACE: Final = re.compile(r"[\s\u2028\u2029\x85]+")
_UNWANTED: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_PUNCTUATION: Final = re.compile(r"[!-/:-@\[-`{-~]")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_ACTIVE_AFTER: Final = re.compile(r"(?:.*[!-/:-@\[-`{-~]|.*www)$", re.IGNORECASE)


def plain(text: object, *, at_most: int | None = None) -> str:
    r"""The text for st.markdown, labels and captions: one line that shows what was written and does nothing.

    Markdown, HTML, formulas, `:red[…]`, `:material/…:`, links and emoji codes lose their meaning; control characters and marks that turn
    the direction of writing are dropped. `at_most` cuts to so many characters, the last one "…".

    >>> plain("5 * 3 = [15]").replace("\u2060", "")
    '5 \\* 3 \\= \\[15\\]'
    """
    line = shortened(_SPACE.sub(" ", _UNWANTED.sub("", _SURROGATE.sub("\ufffd", str(text)))).strip(), at_most)
    return _PUNCTUATION.sub(_escaped, line)


def _escaped(found: re.Match[str]) -> str:
    """A backslash suffices for Markdown; links, icons, emoji and arrows are found in its result, hence the joiners."""
    before = WORD_JOINER if _ACTIVE_AFTER.match(found.string[max(0, found.start() - 3) : found.start()]) else ""
    after = WORD_JOINER if found[0] in ":@" else ""
    return f"{before}\\{found[0]}{after}"


def shortened(line: str, at_most: int | None) -> str:
    """
    >>> shortened("on-time delivery", 8)
    'on-time…'
    """
    return line if at_most is None or len(line) <= at_most else line[: at_most - 1].rstrip() + "…"


def written(text: str) -> str:
    r"""What was written, of a text that `plain` has made harmless: for files, where Markdown means nothing.

    >>> written(plain("5 * 3 = [15]"))
    '5 * 3 = [15]'
    """
    return _ESCAPED.sub(r"\1", text).replace(WORD_JOINER, "")
