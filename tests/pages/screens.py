"""A screen as somebody of the small company sees it."""

from typing import Any

from streamlit.testing.v1 import AppTest

from components import access
from components.texts import OWN_CHOICE
from settings import ROOT
from tests.company import Company
from tests.pages.conftest import token_of


def opened(company: Company, page: str, by: str, /, *, language: str = "en", **query: str) -> AppTest:
    """The shell on a page ("" is the overview), with a query in its address."""
    shell = AppTest.from_file(str(ROOT / "pages" / "navigation.py"))
    shell.session_state[OWN_CHOICE] = language
    shell.session_state[access.TOKEN] = token_of(company.people[by].user_id)
    for name, value in query.items():
        shell.query_params[name] = value
    screen = shell.run()
    if page:
        for name, value in query.items():
            screen.query_params[name] = value
        screen = screen.switch_page(f"{page}.py").run()
    assert not screen.exception
    return screen


def text(screen: AppTest) -> str:
    """Everything that is written on it."""
    return "\n".join(element.value for kind in (screen.markdown, screen.caption) for element in kind)


def metrics(screen: AppTest) -> dict[str, tuple[str, str]]:
    """Label without its badge → value and chip of each key figure."""
    return {m.label.split(" :")[0]: (m.value, m.delta) for m in screen.metric}


def column(screen: AppTest, name: str, table: int = 0) -> list[Any]:
    """A column of a table."""
    return screen.dataframe[table].value[name].tolist()


def press(screen: AppTest, label: str) -> AppTest:
    """The screen after a button was pressed."""
    return next(button for button in screen.button if button.label == label).click().run()


def charts(screen: AppTest) -> list[str]:
    """What the charts say to those who can't see them."""
    return [element.proto.alt for element in screen.get("vega_lite_chart")]
