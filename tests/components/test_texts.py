"""The language of a screen, and the examples in the docstrings of what screens are made of."""

import doctest
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from components import chart_theme, formats, plain_text, status, texts
from components.charts import levels


@pytest.mark.parametrize("module", [chart_theme, formats, levels, plain_text, status, texts])
def test_examples_in_docstrings_hold(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-CN", "zh_CN"), ("zh-TW", "zh_CN"), ("zh", "zh_CN"), ("en-GB", "en"), ("de", "en"), (None, "en")],
)
def test_the_language_follows_the_browser(locale: str | None, language: str) -> None:
    assert texts.from_locale(locale) == language


def page() -> None:
    import streamlit as st

    from components.texts import _, ngettext

    st.text(_("Target"))
    st.text(ngettext("{n} day left", "{n} days left", 3))
    st.text(_("Reference {reference}.", reference="{odd}"))


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ("zh_CN", ["目标", "剩 3 天", "编号 {odd}。"]),
        ("en", ["Target", "3 days left", "Reference {odd}."]),
        ("xx", ["Target", "3 days left", "Reference {odd}."]),
    ],
)
def test_the_users_own_choice_comes_first(chosen: str, shown: list[str]) -> None:
    screen = AppTest.from_function(page)
    screen.session_state["language"] = chosen
    screen.run()
    assert [text.value for text in screen.text] == shown


def test_an_empty_message_stays_empty() -> None:
    assert texts._("") == ""
