"""One small file for each survey tool, imported as proposed: the same twelve answers, written as each tool writes them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from db.models import Customer, Opinion, Response
from db.queries.narrowing import waves_in
from db.queries.scores import WaveResult, results
from db.session import read_session, write_session
from domain.access import SYSTEM, Scope
from domain.mapped_rows import Reason
from domain.mapping import Mapping
from domain.new_scheme import scheme_from
from domain.proposing import NoRatings, Proposal, propose
from domain.scheme import Scheme
from domain.scheme_file import dump, load
from services.checking import verify
from services.import_reports import ImportReport
from services.importing import import_file
from services.reading import Table, open_table
from tests import factories

FILES = Path(__file__).parent / "files"
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINESE, ENGLISH = ("甲公司", "乙公司", "丙公司"), ("C1", "C2", "C3")
NAMES = ("Alpha", "Beta", "Gamma")


class Export(NamedTuple):
    """What a file must turn out to be."""

    file: str
    tool: str
    roles: set[str]
    customers: tuple[str, ...]
    first_at: datetime
    texts: int = 2
    best_first: bool | None = None


EVERYTHING = {"external_id", "submitted_at", "duration"}
EXPORTS = (
    Export(
        "wjx_by_text.csv",
        "问卷星",
        {*EVERYTHING, "channel", "customer_name"},
        CHINESE,
        datetime(2026, 9, 19, 1, 56, 57, tzinfo=SHANGHAI),
        texts=3,  # one of them beside a rating, in 〖〗
    ),
    Export(
        "wjx_by_number.csv",
        "问卷星",
        {*EVERYTHING, "channel", "customer_name"},
        CHINESE,
        datetime(2026, 9, 19, 1, 56, 57, tzinfo=SHANGHAI),
        best_first=True,
    ),
    Export(
        "tencent.csv",
        "腾讯问卷",
        {*EVERYTHING, "region", "customer_name"},
        CHINESE,
        datetime(2026, 5, 26, 12, 1, tzinfo=SHANGHAI),
    ),
    Export(
        "qualtrics.csv",
        "Qualtrics",
        {*EVERYTHING, "channel", "customer"},
        ENGLISH,
        datetime(2017, 7, 18, 8, 20, 48, tzinfo=SHANGHAI),
    ),
    Export(
        "qualtrics_by_number.csv",
        "Qualtrics",
        {*EVERYTHING, "channel", "customer"},
        ENGLISH,
        datetime(2017, 7, 18, 8, 20, 48, tzinfo=SHANGHAI),
        best_first=False,
    ),
    Export(
        "qualtrics_legacy.csv",
        "Qualtrics (legacy)",
        {"external_id", "submitted_at", "customer"},
        ENGLISH,
        datetime(2017, 7, 18, 8, 20, 48, tzinfo=SHANGHAI),
        texts=0,
    ),
    Export(
        "surveymonkey.csv",
        "SurveyMonkey",
        {"external_id", "submitted_at", "channel", "customer"},
        ENGLISH,
        datetime(2026, 7, 10, 10, 1, tzinfo=SHANGHAI),
    ),
    Export(
        "google_forms.csv",
        "Google Forms",
        {"submitted_at", "customer"},
        ENGLISH,
        datetime(2024, 7, 1, 22, 5, 36, tzinfo=SHANGHAI),
    ),
    Export(
        "microsoft_forms.csv",
        "Microsoft Forms",
        {"external_id", "submitted_at", "respondent", "customer_name"},
        ("Alpha – North", "Beta", "Gamma"),
        datetime(2024, 10, 9, 11, 3, tzinfo=SHANGHAI),
    ),
    Export(
        "typeform.csv",
        "Typeform",
        {"external_id", "submitted_at", "customer_name"},
        NAMES,
        datetime(2025, 2, 20, 17, 18, 19, tzinfo=UTC),
    ),
    Export(
        "limesurvey.csv",
        "LimeSurvey",
        {*EVERYTHING, "customer"},
        ENGLISH,
        datetime(2026, 3, 1, 10, 0, tzinfo=SHANGHAI),
    ),
    Export(
        "limesurvey_by_code.csv",
        "LimeSurvey",
        {*EVERYTHING, "customer"},
        ENGLISH,
        datetime(2026, 3, 1, 10, 0, tzinfo=SHANGHAI),
        texts=0,  # nothing in such a file tells a free text from an option
        best_first=True,
    ),
    Export(
        "kobo.csv",
        "KoboToolbox",
        {"external_id", "submitted_at", "customer"},
        ENGLISH,
        datetime(2026, 3, 1, 2, 6, tzinfo=UTC),
    ),
    Export(
        "formbricks.csv",
        "Formbricks",
        {"external_id", "submitted_at", "customer"},
        ENGLISH,
        datetime(2026, 3, 1, 2, 6, tzinfo=UTC),
    ),
    Export(
        "surveyking.csv",
        "SurveyKing",
        {*EVERYTHING, "respondent", "customer_name"},
        CHINESE,
        datetime(2026, 3, 1, 10, 6, tzinfo=SHANGHAI),
    ),
)
by_file = pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.file)


def proposed(export: Export) -> tuple[Table, Proposal]:
    table = open_table(FILES / export.file, export.file)
    return table, propose(table.headers, table.sample(), tool=table.tool, remarks=table.remarks)


def mapping_of(export: Export, proposal: Proposal) -> Mapping:
    """As proposed; where the direction is asked, as answered."""
    return proposal.mapping if export.best_first is None else proposal.with_best_first(best_first=export.best_first)


def scheme_of(proposal: Proposal) -> Scheme:
    return scheme_from(
        *(list(proposal.mapping.items.values()), proposal.scale),
        code="tool",
        name="Tool",
        organiser="sales",
        customers_named=True,
    )


def put_in(engine: Engine, export: Export, proposal: Proposal, mapping: Mapping) -> ImportReport:
    given = {"scheme": dump(scheme_of(proposal)), "wave": "2026", "mapping": mapping, "at": AT}
    return import_file(engine, FILES / export.file, **given)  # type: ignore[arg-type]


@by_file
def test_a_tool_s_file_is_recognised_with_its_roles(export: Export) -> None:
    table, proposal = proposed(export)

    assert table.tool is not None
    assert table.tool.name == export.tool
    assert set(proposal.mapping.columns) == export.roles
    assert len(proposal.mapping.items) == 3
    assert len(table.sample()) == 4
    assert len(set(table.headers)) == len(table.headers)


@by_file
def test_a_tool_s_file_is_imported_as_proposed(sqlite_engine: Engine, export: Export) -> None:
    _, proposal = proposed(export)
    report = put_in(sqlite_engine, export, proposal, mapping_of(export, proposal))

    assert (report.written, report.refused, report.invalid) == (4, 0, 0)
    with read_session(sqlite_engine) as session:
        now = result(session)
        items = list(now.items.values())
        # quality 5 4 3 –, delivery 4 4 2 1, service 5 3 – 1; a level's score is 20 times its value
        assert [item.score.score for item in items] == [80.0, 55.0, 60.0]
        assert [item.score.n for item in items] == [3, 4, 3]
        # responses 280/3, 220/3, 100/2 and 40/2: (93.33 + 73.33 + 50 + 20)/4
        assert now.index.score == pytest.approx((280 / 3 + 220 / 3 + 50 + 20) / 4, abs=1e-8)
        names = {
            one.code if one.code in ENGLISH else one.name_zh or one.name_en for one in session.exec(select(Customer))
        }
        assert names == set(export.customers)
        assert len(list(session.exec(select(Opinion)))) == export.texts
        first = session.exec(select(func.min(Response.submitted_at))).first()
        assert first is not None
        assert abs(first - earliest(export)) < timedelta(seconds=1)
        assert not list(verify(session))


def earliest(export: Export) -> datetime:
    """The first answer of the file, or of 腾讯问卷, which begins with the newest, three days earlier and 4 minutes in."""
    return datetime(2026, 5, 23, 12, 4, tzinfo=SHANGHAI) if export.tool == "腾讯问卷" else export.first_at


def result(session: object) -> WaveResult:
    scope = Scope(SYSTEM, 1)
    return results(session, scope, waves_in(session, scope))[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("export", [e for e in EXPORTS if e.best_first is not None], ids=lambda export: export.file)
def test_numbers_that_are_the_order_of_options_are_asked_for_and_not_guessed(
    sqlite_engine: Engine, export: Export
) -> None:
    _, proposal = proposed(export)
    report = put_in(sqlite_engine, export, proposal, proposal.mapping)

    assert "is 1 the best answer, or 5?" in " ".join(map(str, proposal.doubts))
    assert (report.written, report.refused) == (0, 4)
    assert {problem.reason for problem in report.problems} == {Reason.NOT_MAPPED}


@by_file
def test_a_tool_s_file_is_understood_under_a_scheme_that_is_there(export: Export) -> None:
    _, made = proposed(export)
    scheme = scheme_of(made)
    table = open_table(FILES / export.file, export.file)
    again = propose(table.headers, table.sample(), scheme, tool=table.tool)

    assert again.mapping.items == made.mapping.items
    assert mapping_of(export, again).values == mapping_of(export, made).values


def test_previews_are_left_out_with_a_remark() -> None:
    table = open_table(FILES / "qualtrics.csv", "qualtrics.csv")

    assert [str(remark) for remark in table.remarks] == ["Previews and tests are left out: 1 in the first 2000 rows."]
    assert "R_4YPOQ602ER1jkf" not in {cell for row in table.sample() for cell in row}
    assert [line for line, _ in table.rows()][0] == 8  # noqa: RUF015 (three header rows, two of them on two lines)


def test_what_was_filled_in_beside_a_rating_is_an_opinion(sqlite_engine: Engine) -> None:
    export = EXPORTS[0]
    _, proposal = proposed(export)
    put_in(sqlite_engine, export, proposal, proposal.mapping)

    with read_session(sqlite_engine) as session:
        assert {one.text for one in session.exec(select(Opinion))} == {
            *("很好，请继续保持合作", "交货太慢，希望改进", "晚了两周")
        }


def test_a_file_of_no_known_tool_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "plain.csv"
    file.write_text("序号,质量\n1,满意〖快〗\n2,A.满意\n", encoding="utf-8")
    table = open_table(file, "plain.csv")

    assert table.tool is None
    assert table.headers == ["序号", "质量"]
    assert table.sample() == [["1", "满意〖快〗"], ["2", "A.满意"]]


def test_microsoft_forms_in_windows_1252_keep_their_dashes_and_chinese_stays_chinese(tmp_path: Path) -> None:
    forms = open_table(FILES / "microsoft_forms.csv", "x.csv")
    chinese = tmp_path / "gbk.csv"
    chinese.write_bytes("客户,质量\n甲公司,很满意\n".encode("gb18030"))

    assert "Alpha – North" in {cell for row in forms.sample() for cell in row}
    assert open_table(chinese, "x.csv").headers == ["客户", "质量"]


REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "formats"


@pytest.mark.skipif(not REAL.exists(), reason="the real survey files are not beside this checkout")
@pytest.mark.parametrize(
    ("file", "tool"),
    [
        ("qualtrics/sample.csv", "Qualtrics"),
        ("qualtrics/sample_legacy.csv", "Qualtrics (legacy)"),
        ("wjx_csv_2026/collegeschat_v2_sample.csv", "问卷星"),
    ],
)
def test_a_real_sample_goes_in_with_the_proposed_mapping(sqlite_engine: Engine, file: str, tool: str) -> None:
    with write_session(sqlite_engine) as session:
        factories.scheme(session)
    table = open_table(REAL / file, file)
    scheme = load(factories.preset("iatf-quarterly"))
    try:
        proposal = propose(table.headers, table.sample(), tool=table.tool)
        document = dump(scheme_of(proposal))
    except NoRatings:
        proposal, document = propose(table.headers, table.sample(), scheme, tool=table.tool), scheme.code
    report = import_file(
        sqlite_engine, REAL / file, scheme=document, wave="2026", mapping=proposal.mapping, filename=file, at=AT
    )

    assert table.tool is not None
    assert table.tool.name == tool
    assert report.rows > 0
    assert (report.written + report.already_in, report.refused) == (report.rows, 0)
