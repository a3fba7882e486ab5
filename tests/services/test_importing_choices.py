"""Questions that aren't rated are imported, counted and shown; a file may hold nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import ChoiceQuestionRow, ExtraAnswer, Response, Wave
from db.queries.choice_answers import choice_counts
from db.queries.narrowing import wave_info
from db.session import read_session, write_session
from domain.access import SYSTEM, Scope
from domain.choice_questions import choice_questions, labels_of
from domain.mapping import Mapping
from domain.proposing import propose
from domain.scheme_file import load
from services.checking import verify
from services.import_reports import ImportReport
from services.importing import import_file
from services.reading import Table, open_table
from services.responses import withdraw
from tests import factories

REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "wjx_export"
needs_real_data = pytest.mark.skipif(not REAL.exists(), reason="the real survey files are not beside this checkout")
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SCHEME = load(factories.preset("iatf-quarterly"))
ROWS = ("序号,提交答卷时间,1、您的行业：,2、购买的产品：", "1,2026/9/19 1:56:57,汽车,轴承┋齿轮〖小号〗")
MORE = ("2,2026/9/19 2:56:57,家电,齿轮", "3,2026/9/19 3:56:57,汽车,(空)", "4,2026/9/19 4:56:57,汽车,轴承")


@pytest.fixture(autouse=True)
def _scheme(engine: Engine) -> None:
    with write_session(engine) as session:
        factories.scheme(session)


def table_in(folder: Path, rows: Sequence[str] = (*ROWS, *MORE)) -> Path:
    file = folder / "wjx.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def proposed(table: Table) -> Mapping:
    return propose(table.headers, table.sample(), SCHEME, tool=table.tool).mapping


def put_in(engine: Engine, file: Path, wave: str, mapping: Mapping | None = None, **more: bool) -> ImportReport:
    mapping = mapping or proposed(open_table(file, file.name))
    return import_file(engine, file, scheme=SCHEME.code, wave=wave, mapping=mapping, at=AT, **more)


def answers_in(session: Session, wave: str) -> dict[tuple[str, str], str]:
    """(identity of the row, question) → value."""
    statement = (
        select(Response.row_key, ExtraAnswer.question, ExtraAnswer.value)
        .join(ExtraAnswer)
        .join(Wave)
        .where(Wave.code == wave)
    )
    return {(key, question): value for key, question, value in session.exec(statement)}


def test_a_file_without_ratings_goes_in_under_a_scheme_that_is_there(engine: Engine, tmp_path: Path) -> None:
    report = put_in(engine, table_in(tmp_path), "2026-Q4")

    assert (report.written, report.invalid, report.refused) == (4, 4, 0)
    with read_session(engine) as session:
        assert answers_in(session, "2026-Q4") == {
            ("id:1", "file:1"): "汽车",
            ("id:1", "file:2"): "轴承\n齿轮",
            ("id:2", "file:1"): "家电",
            ("id:2", "file:2"): "齿轮",
            ("id:3", "file:1"): "汽车",
            ("id:4", "file:1"): "汽车",
            ("id:4", "file:2"): "轴承",
        }
        asked = {row.code: (row.text, row.is_multiple) for row in session.exec(select(ChoiceQuestionRow))}
        assert asked == {"file:1": ("1、您的行业：", False), "file:2": ("2、购买的产品：", True)}
        assert not list(verify(session))


def test_choices_that_came_otherwise_are_other_content(engine: Engine, tmp_path: Path) -> None:
    mapping = proposed(open_table(table_in(tmp_path), "wjx.csv"))
    put_in(engine, table_in(tmp_path), "2026-Q4", mapping)
    other = table_in(tmp_path, [*ROWS, MORE[0].replace("家电", "汽车"), *MORE[1:], "5,2026/9/20 4:56:57,汽车,轴承"])
    checked = put_in(engine, other, "2026-Q4", mapping, dry_run=True)

    assert (checked.written, checked.in_wave, checked.refused) == (1, 3, 1)
    written = put_in(engine, other, "2026-Q4", mapping)
    assert (written.written, written.already_in, written.refused) == (1, 3, 1)


def test_a_mapping_with_choices_is_read_as_it_was_written(tmp_path: Path) -> None:
    mapping = proposed(open_table(table_in(tmp_path), "wjx.csv"))
    labelled = replace(mapping.choices["1"], labels={"1": "男"})
    mapping = replace(mapping, choices={**mapping.choices, "1": labelled})

    assert Mapping.load(mapping.dump()) == mapping
    assert mapping.choices["2"].joined_by == "┋"


@needs_real_data
def test_the_800_answers_of_wjx_are_stored_the_same_from_the_text_and_the_number_file(sqlite_engine: Engine) -> None:
    by_text, by_number = (next(REAL.glob(f"*_{mode}.xls")) for mode in ("0", "2"))
    tables = [open_table(file, file.name) for file in (by_text, by_number)]
    texts, numbers = ({q.number: q for q in choice_questions(t.headers, t.sample(), t.tool)} for t in tables if t.tool)
    mapping = proposed(tables[1])
    told = {
        code: replace(choice, labels={} if choice.is_multiple else labels_of(numbers[code], texts[code]))
        for code, choice in mapping.choices.items()
    }

    reports = put_in(sqlite_engine, by_text, "2026-Q3"), put_in(sqlite_engine, by_number, "2026-Q4", mapping)
    named = put_in(sqlite_engine, by_number, "2027-Q1", replace(mapping, choices=told))

    assert [(report.written, report.refused) for report in (*reports, named)] == [(800, 0)] * 3
    with read_session(sqlite_engine) as session:
        stored = [answers_in(session, wave) for wave in ("2026-Q3", "2026-Q4", "2027-Q1")]
        assert len({key for key, _question in stored[0]}) == 800
        assert stored[0] == stored[2]
        assert stored[0].keys() == stored[1].keys()  # without labels, numbers stand where words do
        multiple = {f"file:{code}" for code, choice in mapping.choices.items() if choice.is_multiple}
        assert {key: v for key, v in stored[0].items() if key[1] in multiple} == {
            key: v for key, v in stored[1].items() if key[1] in multiple
        }


def test_options_are_counted_in_the_wave_and_its_segments_only(engine: Engine, tmp_path: Path) -> None:
    mapping = proposed(open_table(table_in(tmp_path), "wjx.csv"))
    put_in(engine, table_in(tmp_path), "2026-Q4", replace(mapping, fixed={"segment": "A"}))
    put_in(engine, table_in(tmp_path, [*ROWS, "9,2026/9/19 4:56:57,家电,轴承"]), "2026-Q3", mapping)
    with write_session(engine) as session:
        fourth = session.exec(select(Response).where(Response.row_key == "id:4")).one()
        assert fourth.id is not None
        withdraw(session, response_id=fourth.id, by=SYSTEM, at=AT, reason="test")
    with read_session(engine) as session:
        scope = Scope(SYSTEM, 1)
        wave = wave_info(session, scope, "2026-Q4")
        assert wave is not None
        industry, bought = choice_counts(session, scope, wave)
        assert (industry.answered, [(name.zh, n) for name, n in industry.options]) == (3, [("汽车", 2), ("家电", 1)])
        assert (bought.answered, [(name.zh, n) for name, n in bought.options]) == (2, [("齿轮", 2), ("轴承", 1)])
        assert bought.shares == (1.0, 0.5)
        assert choice_counts(session, replace(scope, segment="B"), wave) == []
        anonymous = session.get_one(Wave, wave.id)
        anonymous.is_anonymous = True
        session.add(anonymous)
        session.flush()
        assert choice_counts(session, scope, wave) == []  # 3 and 2 answers: fewer than 5
