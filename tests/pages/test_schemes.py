"""The list of schemes and the editor: what is changed is told, saved as a version, or refused at its place."""

import pytest
from streamlit.testing.v1 import AppTest

from db.queries.layouts import newest_version
from db.session import default_engine, read_session, write_session
from domain.scheme_draft import document_of, draft_of, with_values
from domain.scheme_file import load
from services.schemes import save_version
from tests.company import AT, Company, found_company
from tests.factories import preset
from tests.pages.screens import opened, press, text

CODE = "iatf-quarterly"


@pytest.fixture
def company(app_database: str) -> Company:
    return found_company(default_engine())


def editor(company: Company, by: str = "dora", code: str = CODE, **query: str) -> AppTest:
    return opened(company, "scheme", by, **{"scheme": code, **query})


def field(screen: AppTest, kind: str, label: str) -> AppTest:
    return next(one for one in screen.get(kind) if one.label == label)


def newest_satisfied() -> tuple[int, float]:
    with read_session() as session:
        version = newest_version(session, CODE)
        assert version is not None
        return version.number, load(version.document).satisfied_score


def test_the_list_shows_stored_schemes_and_presets(company: Company) -> None:
    screen = opened(company, "schemes", "dora")
    shown = dict(zip(screen.dataframe[0].value["name"], screen.dataframe[0].value["version"], strict=True))
    assert shown["Quarterly customer satisfaction (IATF 16949)"] == "Version 1"
    assert shown["Yearly satisfaction by points"] == "Preset"
    organisers = opened(company, "schemes", "erik").dataframe[0].value["organiser"]
    assert set(organisers) == {"Sales", "Sales company"}  # both of the department “sales”


@pytest.mark.parametrize("page", ["schemes", "scheme"])
@pytest.mark.parametrize("who", ["bob", "alice"])
def test_who_edits_no_schemes_is_told_so_and_sees_none(company: Company, page: str, who: str) -> None:
    screen = opened(company, page, who, scheme=CODE)
    assert "Your role does not include this page." in [box.proto.title for box in screen.info]
    assert not screen.dataframe
    assert "IATF" not in text(screen)


def test_the_scheme_of_another_department_is_not_there(company: Company) -> None:
    screen = editor(company, "ivan")
    assert "does not exist" in screen.warning[0].value.replace("\u2060", "")
    assert not screen.text_input


def test_a_changed_threshold_is_told_saved_and_the_next_version(company: Company) -> None:
    screen = editor(company, section="thresholds")
    assert "Nothing changed." in text(screen)
    field(screen, "number_input", "Satisfied from").set_value(75.0).run()
    assert "Satisfied from" in text(screen)
    assert "75" in text(screen)
    screen = press(screen, "Save as version 2")
    assert not screen.exception
    assert newest_satisfied() == (2, 75)
    assert "Version 2 saved" in screen.success[0].value
    assert "Nothing changed." in text(screen)


def test_a_threshold_in_the_wrong_order_is_refused_in_words_and_cannot_be_saved(company: Company) -> None:
    screen = editor(company, section="thresholds")
    field(screen, "number_input", "Amber below").set_value(60.0).run()
    said = screen.warning[0].value.replace("\u2060", "").replace("\\", "")
    assert said == "Thresholds: Red (70.0) must not lie above amber (60.0)."
    assert next(one for one in screen.button if one.label == "Save as version 2").disabled


def test_what_was_typed_on_one_part_is_kept_on_the_others(company: Company) -> None:
    screen = editor(company, section="thresholds")
    field(screen, "number_input", "Amber below").set_value(60.0).run()
    field(screen, "button_group", "Part").set_value("basics").run()
    assert "amber" in screen.warning[0].value
    screen = press(screen, "Go to Thresholds and grades")
    assert field(screen, "number_input", "Amber below").value == 60.0
    screen = press(screen, "Drop the changes")
    assert field(screen, "number_input", "Amber below").value == 80.0


def test_a_version_that_somebody_else_saved_meanwhile_is_told_and_merged(company: Company) -> None:
    screen = editor(company, section="thresholds")
    field(screen, "number_input", "Satisfied from").set_value(75.0).run()
    with write_session() as session:
        theirs = document_of(with_values(draft_of(preset(CODE)), {"cadence": "monthly"}))
        save_version(session, document=theirs, base=1, by=company.people["erik"], at=AT)
    screen = press(screen, "Save as version 2")
    assert newest_satisfied() == (2, 80)
    warning = screen.warning[0]
    assert (warning.proto.title, "Quarterly" in warning.value) == ("Somebody else has just changed this", True)
    screen = press(screen, "Put my changes on version 2")
    screen = press(screen, "Save as version 3")
    assert newest_satisfied() == (3, 75)
    with read_session() as session:
        version = newest_version(session, CODE)
        assert version is not None
        assert load(version.document).cadence == "monthly"


def test_a_new_scheme_is_a_copy_that_is_saved_as_version_1(company: Company) -> None:
    screen = editor(company, code="ours", source="points-annual")
    screen = press(screen, "Save as version 1")
    with read_session() as session:
        version = newest_version(session, "ours")
        assert version is not None
        assert load(version.document).name.en == "Yearly satisfaction by points (copy)"


@pytest.mark.parametrize(
    "section", ["basics", "scale", "items", "thresholds", "targets", "people", "calendar", "versions"]
)
@pytest.mark.parametrize(("code", "language"), [("machinery-14", "zh_CN"), ("owner-residence-number", "en")])
def test_looking_at_a_preset_changes_nothing(company: Company, section: str, code: str, language: str) -> None:
    screen = opened(company, "scheme", "dora", language=language, scheme=code, section=section)
    assert ("没有修改。" if language == "zh_CN" else "Nothing changed.") in text(screen)
    assert not screen.warning
