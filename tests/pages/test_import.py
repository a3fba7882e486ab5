"""Import: what the screen says of a file, whom it lets in, and that nothing goes in before the button is pressed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select
from streamlit.testing.v1 import AppTest

from db.models import FilePart, Job, Response, ResponseFlag, Wave
from db.session import default_engine, read_session, write_session
from domain.mapping import Mapping
from domain.proposing import propose
from services import jobs
from tests.pages.conftest import OpenScreen

ANSWERS = "No,Company,Ride comfort,Waiting time\n" + "".join(
    f"{row},House {row % 3},{'Satisfied' if row % 2 else 'Very satisfied'},{'Neutral' if row % 3 else 'Dissatisfied'}\n"
    for row in range(1, 31)
)
SHIPPED = "iatf-quarterly"
NOT_MAPPED = "The value is not mapped to a level, and not declared blank."
Choose = Callable[..., AppTest]


@pytest.fixture
def choose(open_screen: OpenScreen) -> Choose:
    """Opens the screen as Alice and chooses a file."""

    def choose_it(content: str | bytes = ANSWERS, name: str = "lifts 2026-Q2.csv", **more: Any) -> AppTest:
        screen = open_screen("import_responses", **{"by": "alice", **more})
        data = content.encode() if isinstance(content, str) else content
        screen.file_uploader[0].upload(name, data, "text/csv")
        screen.run()
        assert not screen.exception
        return screen

    return choose_it


def said(screen: AppTest) -> str:
    """All sentences of the screen."""
    kinds = (screen.markdown, screen.caption, screen.warning, screen.info, screen.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def press(screen: AppTest, label: str) -> AppTest:
    next(button for button in screen.button if button.label.startswith(label)).click()
    screen.run()
    assert not screen.exception
    return screen


def counted(model: type) -> int:
    with read_session() as session:
        return session.exec(select(func.count()).select_from(model)).one()


def work() -> None:
    jobs.run_worker(default_engine(), once=True)


def test_before_a_file_is_chosen_the_screen_says_what_will_happen(open_screen: OpenScreen) -> None:
    screen = open_screen("import_responses", by="alice")
    assert not screen.exception
    assert "Nothing is written before you have seen it." in said(screen)
    assert "Check what was recognised" in said(screen)


def test_a_file_goes_in_by_one_button_and_nothing_before_it(choose: Choose) -> None:
    screen = choose()
    assert "CSV UTF-8 comma · 30 rows · 4 columns" in said(screen)
    assert "30 of 30 rows are valid" in said(screen)
    work()
    assert (counted(Response), counted(Wave), counted(FilePart)) == (0, 0, 0)
    press(screen, "Import 30 rows into Q2 2026")
    work()
    screen.run()
    assert [note.value for note in screen.success] == ["30 rows written"]
    assert (counted(Response), counted(FilePart)) == (30, 0)
    assert [button.label for button in screen.button if button.key == "import.overview"] == ["Open the overview"]


def test_the_outcome_goes_when_the_next_file_is_chosen_and_that_knows_the_last_one(choose: Choose) -> None:
    screen = press(choose(), "Import 30 rows")
    work()
    screen.run()
    screen.file_uploader[0].upload("lifts 2026-Q2.csv", ANSWERS.encode(), "text/csv")
    screen.run()
    assert not screen.exception
    assert not screen.success
    assert "used again" in said(screen)
    assert "rows that are in stay as they are" in said(screen)
    assert screen.selectbox[0].value == "lifts-2026-q2"


def test_a_refused_cell_is_named_with_line_column_value_and_reason(choose: Choose) -> None:
    screen = choose(ANSWERS.replace("Neutral", "so so", 1))
    assert "29 of 30 rows are valid" in said(screen)
    problems = screen.dataframe[0].value
    assert problems.iloc[0].tolist() == [2, "Waiting time", "so so", NOT_MAPPED]
    assert screen.button(key="import.go").label == "Import 29 rows into Q2 2026"


def test_two_columns_for_the_same_are_refused_with_both_names(open_screen: OpenScreen) -> None:
    from components import import_mapping
    from domain.mapping import MappingInvalid

    with pytest.raises(MappingInvalid) as refusal:
        import_mapping._check_once({"A": "item:x", "B": "item:x", "C": "", "D": ""})
    assert {"A", "B"} == set(refusal.value.values.values())
    import_mapping._check_once({"A": "item:", "B": "item:", "C": "role:opinion", "D": "role:opinion"})


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><body>please sign in</body></html>", "a.xls"),
        (b"", "a.csv"),
        (b"PK\x03\x04 cut off", "a.xlsx"),
        (b"name,city\nAnna,Rome\nBob,Oslo\nCarl,Wien\n", "people.csv"),
    ],
)
def test_a_file_without_answers_is_refused_in_a_sentence_and_stored_nowhere(
    choose: Choose, content: bytes, name: str
) -> None:
    screen = choose(content, name)
    assert len(screen.warning) == 1
    assert len(screen.warning[0].value) > 30
    assert not [button for button in screen.button if button.key == "import.go"]
    assert (counted(Job), counted(FilePart)) == (0, 0)


def test_the_reader_of_chinese_is_told_in_chinese(choose: Choose) -> None:
    screen = choose(language="zh_CN")
    assert "已识别" in said(screen)
    assert "30 行中有效 30 行" in said(screen)
    assert screen.button(key="import.go").label == "导入 30 行到2026年二季度"


def test_a_waiting_import_can_be_stopped_and_gone_on_with(choose: Choose) -> None:
    screen = press(choose(), "Import 30 rows")
    press(screen, "Stop import")
    screen.run()
    assert next(note.value for note in screen.info).startswith("0 rows are written and stay.")
    press(screen, "Go on")
    work()
    screen.run()
    assert [note.value for note in screen.success] == ["30 rows written"]


def test_a_stopped_import_is_gone_on_with_from_another_window(choose: Choose, open_screen: OpenScreen) -> None:
    press(press(choose(), "Import 30 rows"), "Stop import")
    later = open_screen("import_responses", by="alice")
    press(later, "Go on")
    work()
    later.run()
    assert [note.value for note in later.success] == ["30 rows written"]
    assert not open_screen("import_responses", by="alice").success, "known in the window that saw its end"


def test_a_stopped_import_can_be_left_at_that_and_its_file_is_gone(choose: Choose) -> None:
    screen = press(press(choose(), "Import 30 rows"), "Stop import")
    screen.run()
    press(screen, "Leave it at that")
    assert not screen.info
    assert counted(FilePart) == 0


def test_a_worker_that_is_missing_for_ten_seconds_is_named(choose: Choose) -> None:
    screen = press(choose(), "Import 30 rows")
    assert not screen.warning
    with write_session() as session:
        session.exec(select(Job)).one().created_at = datetime.now(UTC) - timedelta(seconds=11)
    screen.run()
    assert "python cli.py worker" in screen.warning[0].value


def test_an_import_that_fails_says_why(choose: Choose) -> None:
    screen = press(choose(), "Import 30 rows")
    with write_session() as session:
        job = session.exec(select(Job)).one()
        job.payload = {**job.payload, "mapping": Mapping(items={"nothing": "No such column"}).dump()}
    work()
    screen.run()
    assert "No such column" in screen.warning[0].value
    assert counted(FilePart) == 0


def test_a_void_wave_takes_nothing(choose: Choose) -> None:
    screen = press(choose(), "Import 30 rows")
    work()
    with write_session() as session:
        wave = session.exec(select(Wave)).one()
        wave.state, wave.void_reason = "void", "too few answers"
    screen = choose()
    assert "void" in said(screen)
    assert screen.button(key="import.go").disabled


def test_the_code_of_another_scheme_is_not_taken(choose: Choose) -> None:
    screen = choose()
    next(field for field in screen.text_input if field.label == "Its code").set_value(SHIPPED)
    screen.run()
    assert f"“{SHIPPED}”" in screen.warning[0].value.replace("\\", "")
    assert not [button for button in screen.button if button.key == "import.go"]


@pytest.mark.parametrize("name", ["bob", "dora"])
def test_who_may_not_import_sees_no_uploader(open_screen: OpenScreen, name: str) -> None:
    screen = open_screen("import_responses", by=name)
    assert not screen.file_uploader
    assert screen.info[0].icon == ":material/lock:"


def test_a_real_export_without_ratings_is_refused(choose: Choose) -> None:
    file = Path(__file__).parents[2] / ".." / "shared" / "data" / "wjx_export" / "问卷星数据_800_800_0.xls"
    if not file.exists():
        pytest.skip("the real survey files are not beside this checkout")
    screen = choose(file.read_bytes(), file.name)
    assert "no ratings" in screen.warning[0].value


WJX = (Path(__file__).parents[1] / "services" / "files" / "wjx_by_number.csv").read_bytes()


def test_numbers_of_options_are_asked_for_with_one_press_and_nothing_goes_in_before(choose: Choose) -> None:
    screen = choose(WJX, "wjx 2026-Q3.csv")
    assert "Say above which end of the scale is best" in screen.warning[0].value
    assert not [button for button in screen.button if button.key == "import.go"]
    next(one for one in screen.segmented_control if one.label == "Which end is best?").set_value(True).run()
    assert not screen.exception
    assert "4 of 4 rows are valid" in said(screen)
    press(screen, "Import 4 rows")
    work()
    with read_session() as session:
        scores = sorted(session.exec(select(Response.score)))
    screen = choose(WJX, "wjx 2026-Q3.csv")  # its mapping is known now: nothing is asked
    assert "4 are in already and stay as they are" in said(screen)
    assert screen.button(key="import.go").disabled
    assert [round(score / 10**9, 2) for score in scores if score] == [20.0, 50.0, 73.33, 93.33]


def test_an_answer_for_all_items_can_be_turned_for_one() -> None:
    proposal = propose(["a", "b"], [["5", "1"], ["4", "2"], ["3", "3"], ["1", "5"]])
    mapping = proposal.turned(proposal.with_best_first(best_first=False), {"b"})

    assert mapping.values["*"]["5"] == 5
    assert (mapping.values["b"]["5"], mapping.values["b"]["1"], "a" in mapping.values) == (1, 5, False)


def test_what_should_be_looked_at_is_listed_before_and_after_and_goes_in(choose: Choose) -> None:
    items = ",".join(f"{place}、质量{place}" for place in range(1, 7))
    rows = "\n".join(
        f"{n},2026/9/19 1:56:{n:02},{30 - n}秒,{','.join('满意' if n > 9 else a for a in LINE)}" for n in range(5, 26)
    )
    content = f"序号,提交答卷时间,所用时间,{items}\n{rows}\n"
    screen = choose(content, "wjx 2026-Q3.csv")
    assert "straight line **16** · too fast **7**" in said(screen)
    press(screen, "Import 21 rows")
    work()
    screen.run()
    assert [note.value for note in screen.success] == ["21 rows written"]
    assert "straight line **16** · too fast **7**" in said(screen)
    assert counted(ResponseFlag) == 23


LINE = ("非常满意", "不满意", "一般", "非常不满意", "非常满意", "非常不满意")
