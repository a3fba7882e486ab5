"""Text from outside does nothing but be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from components.plain_text import WORD_JOINER, plain

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "![x](http://127.0.0.1:1/x.png)",
    "$x^2$ and $$y$$",
    ":red[boo] :red-badge[x] :material/home: :streamlit: :smile:",
    "http://evil.example www.evil.example WwW.evil.example a@b.example",
    "--> <- -- >= ~=",
    "# head",
    "- list",
    "1. x",
    "1) x",
    "> q",
    "```js\nx```",
    "`code`",
    "a\n\nb\n* x\n    code",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "~~s~~ **b** _i_ __u__",
    "&lt;b&gt; &amp;#42;",
    "[^1]: x",
    "[x]: http://a.b",
    "x\\",
    "\\[x\\] \\(y\\)",
    "=cmd|' /C calc'!A0",
    "<!-- c --> <b@c.example>",
    "\u202eabc\u202c \ud800 a\x00b",
]
ACTIVE = re.compile(r"[:@][\w/\[]|(?i:www)\.|--|->|<-|>=|<=|~=|::")
"""What Streamlit finds in the text after Markdown has been read: icons, emoji, colours, links, arrows."""


def seen(text: str) -> str:
    """What a reader sees of a text from outside: one line, without control characters."""
    known = re.sub("[\ud800-\udfff]", "\ufffd", text)
    known = re.sub(
        "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]", "", known
    )
    return re.sub(r"[\s\u2028\u2029]+", " ", known).strip()


def rendered(markdown: str) -> str:
    """The text of a single paragraph; fails when Markdown makes anything else of it."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    if not markdown:
        return ""
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    return "".join(child.content for child in children)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_shown_as_it_was_written(payload: str) -> None:
    assert rendered(plain(payload)).replace(WORD_JOINER, "") == seen(payload)


@given(st.text(max_size=60) | st.text(alphabet="<>[](){}*_~`$:/\\!|#@&;=-+.w a1\n\t中", max_size=40))
def test_no_text_turns_into_markup(text: str) -> None:
    shown = rendered(plain(text))
    assert shown.replace(WORD_JOINER, "") == seen(text)
    assert not ACTIVE.search(shown)


@given(st.text(alphabet="<>[]*_$:w.a\n中", max_size=30))
def test_text_stays_harmless_inside_a_badge_and_bold(text: str) -> None:
    inside = plain(text)
    assert "\n" not in inside
    assert not re.search(r"(?<!\\)(?:\\\\)*[\]\*]", inside), (
        "a bracket or star that isn't escaped would close the badge"
    )


def test_a_long_text_is_cut_before_it_is_escaped() -> None:
    assert plain("近三批到货晚 2 天，装配线两次待料。", at_most=8) == "近三批到货晚…"
    assert plain("****", at_most=3).replace(WORD_JOINER, "") == "\\*\\*…"


def test_numbers_and_nothing_are_texts_too() -> None:
    assert plain(12) == "12"
    assert plain("   ") == ""
