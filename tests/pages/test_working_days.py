"""The company's own working days on screen."""

from datetime import date

from sqlmodel import select

from db.models import CompanyDay
from db.session import read_session
from tests.pages.conftest import OpenScreen


def test_a_day_off_is_added_moves_the_window_and_is_taken_away(open_screen: OpenScreen) -> None:
    """Rules.md 4: sent on 2025-09-26, five working days are over on 2025-10-10."""
    shell = open_screen("working_days", by="alice")
    shell.date_input(key="working_days.from").set_value(date(2025, 9, 26))
    shell = shell.run()
    assert shell.metric[0].value == "2025-10-10"
    shell.date_input[0].set_value(date(2025, 10, 10))
    shell.text_input[0].set_value("Anniversary")
    shell = next(one for one in shell.button if one.label == "Add").click().run()
    assert not shell.exception
    with read_session() as session:
        stored = session.exec(select(CompanyDay)).one()
    assert (stored.day, stored.is_working, stored.name) == (date(2025, 10, 10), False, "Anniversary")
    assert shell.metric[0].value == "2025-10-11", "the make-up day after it"
    assert shell.dataframe[0].value["day"].tolist() == ["2025-10-10"]


def test_who_does_not_keep_the_rules_does_not_see_the_calendar(open_screen: OpenScreen) -> None:
    for who in ("bob", "charlie"):
        shell = open_screen("working_days", by=who)
        assert not shell.metric
        assert "Ask the administrator" in shell.info[0].value
