"""A page that fails says what is safe, with a number under which the log knows more, and never how it failed."""

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest


def page_without_database() -> None:
    from sqlalchemy.exc import OperationalError

    from components import trouble

    assert trouble.show(OperationalError("SELECT secret", {}, Exception("server closed the connection")))


def page_with_a_mistake() -> None:
    from components import trouble

    assert trouble.show(ZeroDivisionError("division by secret"))


def page_with_a_refusal() -> None:
    from components import trouble
    from domain.access import NotThere

    assert trouble.show(NotThere())


def run(page: object) -> AppTest:
    screen = AppTest.from_function(page)
    screen.session_state["language"] = "en"
    return screen.run()


@pytest.mark.parametrize(
    ("page", "title"),
    [(page_without_database, "The database cannot be reached"), (page_with_a_mistake, "This page has failed.")],
)
def test_the_reader_gets_a_number_and_the_log_the_cause(
    page: object, title: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        screen = run(page)
    assert not screen.exception
    (error,) = screen.error
    assert title in str(error.proto)
    assert "secret" not in str(error.proto)
    number = re.search(r"Reference ([0-9A-F]{6})", error.value)
    assert number
    logged = [record for record in caplog.records if number[1] in record.getMessage()]
    assert logged[0].exc_info


def test_a_refusal_that_a_page_did_not_expect_is_said_in_words() -> None:
    screen = run(page_with_a_refusal)
    assert "This does not exist" in screen.warning[0].value
    assert not screen.error
