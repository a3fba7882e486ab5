"""A survey file goes in: real files with published figures, resuming, repeating, refusing, not mixing."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from db.models import Answer, Customer, Finding, ImportRun, Opinion, Response, Wave
from db.queries.narrowing import waves_in
from db.queries.scores import WaveResult, results
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, Scope, Viewer
from domain.mapped_rows import Reason
from domain.mapping import Mapping
from domain.new_scheme import scheme_from
from domain.proposed_cells import ScaleGuess
from domain.proposing import NoRatings, propose
from domain.scheme_file import dump, load
from services.checking import verify
from services.import_reports import ImportReport
from services.importing import ImportGoesOnElsewhere, SchemeUnknown, import_file
from services.reading import open_table
from tests import factories

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the real survey files are not beside this checkout")
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LEVELS = {str(value): float(value) for value in range(1, 6)}
HEADERS = ("customer", "performance", "consistency", "on_time")
MAPPING = Mapping(
    items={code: code for code in HEADERS[1:]},
    columns={"customer": "customer"},
    values={"*": LEVELS},
    blank={"*": ("",)},
)


@pytest.fixture(autouse=True)
def _scheme(engine: Engine) -> None:
    with write_session(engine) as session:
        factories.scheme(session)


def written_file(folder: Path, rows: list[tuple[str, ...]], headers: tuple[str, ...] = HEADERS) -> Path:
    file = folder / "answers.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([headers, *rows])
    return file


def put_in(engine: Engine, file: Path, mapping: Mapping = MAPPING, **more: object) -> ImportReport:
    given = {"scheme": "iatf-quarterly", "wave": "2026-Q4", "at": AT, **more}
    return import_file(engine, file, mapping=mapping, **given)  # type: ignore[arg-type]


def result_of(session: Session, code: str) -> WaveResult:
    wave = session.exec(select(Wave).where(Wave.code == code)).one()
    scope = Scope(SYSTEM, wave.scheme_id)
    return next(r for r in results(session, scope, waves_in(session, scope)) if r.wave.code == code)


def test_a_file_becomes_figures_and_findings(engine: Engine, tmp_path: Path) -> None:
    report = put_in(engine, written_file(tmp_path, [("A", "5", "4", "1"), ("A", "4", "", "2"), ("B", "", "", "")]))
    assert (report.rows, report.written, report.invalid, report.refused, report.finished) == (3, 3, 1, 0, True)
    with read_session(engine) as session:
        now = result_of(session, "2026-Q4")
        assert (now.valid, now.invalid) == (2, 1)
        assert now.items["on_time"].score.score == 30.0
        assert now.items["performance"].mean_level == 4.5
        about = session.exec(select(Finding.about).where(Finding.rule == "CUSTOMER_BELOW", Finding.state == "open"))
        customer = session.exec(select(Customer.id).where(Customer.code == "A")).one()
        assert list(about) == [f"customer:{customer}"]
        assert not list(verify(session))


def test_a_bad_cell_keeps_its_row_out_and_is_named(engine: Engine, tmp_path: Path) -> None:
    report = put_in(engine, written_file(tmp_path, [("A", "5", "4", "3"), ("B", "5", "seven", "3")]))
    assert (report.written, report.refused) == (1, 1)
    problem = report.problems[0]
    assert (problem.line, problem.column, problem.value, problem.reason) == (
        3,
        "consistency",
        "seven",
        Reason.NOT_MAPPED,
    )
    with read_session(engine) as session:
        assert session.exec(select(func.count()).select_from(Response)).one() == 1


def test_a_dry_run_writes_nothing(engine: Engine, tmp_path: Path) -> None:
    report = put_in(engine, written_file(tmp_path, [("A", "5", "4", "3")]), dry_run=True)
    assert (report.written, report.dry_run) == (1, True)
    with read_session(engine) as session:
        assert session.exec(select(Wave)).first() is None
        assert session.exec(select(Customer)).first() is None


def test_importing_again_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    file = written_file(tmp_path, [("A", "5", "4", "3"), ("A", "5", "4", "3"), ("B", "1", "1", "1")])
    assert put_in(engine, file).written == 3
    again = put_in(engine, file)
    assert (again.written, again.already_in, again.refused) == (0, 3, 0)
    with read_session(engine) as session:
        assert result_of(session, "2026-Q4").valid == 3
        assert not list(verify(session))


def test_a_longer_export_adds_only_what_is_new(engine: Engine, tmp_path: Path) -> None:
    put_in(engine, written_file(tmp_path, [("A", "5", "4", "3")]))
    longer = put_in(engine, written_file(tmp_path, [("A", "5", "4", "3"), ("A", "5", "4", "3"), ("B", "1", "1", "1")]))
    assert (longer.written, longer.already_in) == (2, 1)


def test_the_same_id_with_other_answers_is_reported_and_never_applied(engine: Engine, tmp_path: Path) -> None:
    mapping = Mapping(
        MAPPING.items, {**MAPPING.columns, "external_id": "id"}, values=MAPPING.values, blank=MAPPING.blank
    )
    headers = ("id", *HEADERS)
    put_in(engine, written_file(tmp_path, [("7", "A", "5", "5", "5")], headers), mapping)
    report = put_in(engine, written_file(tmp_path, [("7", "A", "1", "1", "1")], headers), mapping)
    assert [(p.line, p.value, p.reason) for p in report.problems] == [(2, "7", Reason.ID_CHANGED)]
    with read_session(engine) as session:
        assert result_of(session, "2026-Q4").index.score == 100.0


def test_a_stopped_import_goes_on_where_it_stopped(engine: Engine, tmp_path: Path) -> None:
    rows = [(f"C{n % 50}", str(n % 5 + 1), str(n % 4 + 1), str(n % 3 + 1)) for n in range(9_000)]
    file = written_file(tmp_path, rows)
    stopped = put_in(engine, file, on_progress=lambda _done, _total: False)
    assert 0 < stopped.rows < len(rows)
    assert not stopped.finished
    done: list[int] = []
    finished = put_in(engine, file, on_progress=lambda rows_done, _total: done.append(rows_done) is None)
    assert (finished.rows, finished.written, finished.already_in, finished.finished) == (9_000, 9_000, 0, True)
    assert done[0] > stopped.rows
    with read_session(engine) as session:
        assert result_of(session, "2026-Q4").valid == 9_000
        assert not list(verify(session))


def test_the_same_file_twice_at_once_does_not_mix(engine: Engine, tmp_path: Path) -> None:
    rows = [(f"C{n % 50}", str(n % 5 + 1), "3", "3") for n in range(9_000)]
    file = written_file(tmp_path, rows)
    second: list[str] = []

    def other_one(_done: int, _total: int) -> bool:
        if not second:
            second.append(str(put_in(engine, file).written))
        return True

    with pytest.raises(ImportGoesOnElsewhere):
        put_in(engine, file, on_progress=other_one)
    with read_session(engine) as session:
        assert result_of(session, "2026-Q4").valid == 9_000
        assert session.exec(select(func.count()).select_from(ImportRun)).one() == 1
        assert not list(verify(session))


def test_a_name_is_one_customer_as_cells_are_compared_and_no_further(engine: Engine, tmp_path: Path) -> None:
    mapping = Mapping(MAPPING.items, {"customer_name": "customer"}, values=MAPPING.values, blank=MAPPING.blank)
    names = ["Acme Drives", " Ａcme Drives", "ACME drives", "博纳传动"]
    put_in(engine, written_file(tmp_path, [(name, "5", "5", "5") for name in names]), mapping)
    with read_session(engine) as session:
        found = session.exec(select(Customer.code, Customer.name_zh, Customer.name_en).order_by(Customer.code)).all()
    assert found == [
        ("ACME drives", "", "ACME drives"),
        ("Acme Drives", "", "Acme Drives"),
        ("博纳传动", "博纳传动", ""),
    ]


def test_a_new_customer_begins_with_the_segment_and_region_that_its_rows_agree_on(
    engine: Engine, tmp_path: Path
) -> None:
    names = {"customer_name": "customer", "segment": "segment", "region": "region"}
    mapping = Mapping({"price": "price"}, names, values=MAPPING.values, blank=MAPPING.blank)
    rows = [
        ("Acme", "OEM", "East", "5"),
        ("Acme", "OEM", "West", "5"),
        ("Acme", "", "", "5"),
        ("Bona", "Dealer", "", "5"),
        ("Bona", "Wrong row", "North", "bad cell"),
    ]
    file = tmp_path / "places.csv"
    file.write_text("\n".join(map(",".join, [("customer", "segment", "region", "price"), *rows])), encoding="utf-8")
    put_in(engine, file, mapping)
    with read_session(engine) as session:
        found = session.exec(select(Customer.code, Customer.segment, Customer.region).order_by(Customer.code)).all()
    assert found == [("Acme", "OEM", ""), ("Bona", "Dealer", "")]


def test_only_those_who_may_import(engine: Engine, tmp_path: Path) -> None:
    bob = Viewer(2, "bob", "Bob", "viewer")
    with pytest.raises(NotAllowed):
        put_in(engine, written_file(tmp_path, [("A", "5", "4", "3")]), by=bob)


def test_an_unknown_scheme_is_refused_by_its_name(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(SchemeUnknown, match="no-such"):
        put_in(engine, written_file(tmp_path, [("A", "5", "4", "3")]), scheme="no-such")


@pytest.fixture
def published() -> Iterator[dict[str, dict[str, str]]]:
    with (DATA / "sfo_airport" / "published_2017" / "agg_q7_metrics.csv").open(encoding="utf-8") as stream:
        yield {row["q7_item"]: row for row in csv.DictReader(stream)}


AREAS = {"2014": "AREA", "2015": "BAREA", "2016": "BAREA", "2017": "BAREA"}


@needs_data
def test_four_years_of_an_airport_equal_the_published_figures(
    engine: Engine, published: dict[str, dict[str, str]]
) -> None:
    codes = list(published)
    scale = ScaleGuess(number_scale=False, values=(5, 4, 3, 2, 1), labels={})
    made = scheme_from(codes, scale, code="sfo", name="Airport", organiser="marketing", customers_named=False)
    for year, area in AREAS.items():
        columns = {"segment": area, "weight": "WEIGHT"} | ({} if year == "2016" else {"external_id": "RESPNUM"})
        mapping = Mapping(
            items={code: code for code in codes},
            columns=columns,
            values={"*": LEVELS},
            blank={"*": ("", "0", "Blank", "BLANK")},
            not_applicable={"*": ("6",)},
        )
        file = DATA / "sfo_airport" / f"{year}_SFO_Customer_Survey_20250817.csv"
        report = put_in(engine, file, mapping, scheme=dump(made), wave=year)
        assert (report.refused, report.already_in, report.finished) == (0, 0, True)
    with read_session(engine) as session:
        assert session.exec(select(func.count()).select_from(Response)).one() == 11_694
        items = result_of(session, "2017").items
        for code, row in published.items():
            assert items[code].score.n == int(row["n"])
            assert items[code].mean_level == pytest.approx(float(row["avg_score"]), abs=1e-9)
            assert items[code].top_two_box == pytest.approx(float(row["top2_n"]) / float(row["n"]), abs=1e-9)
        segments = session.exec(select(Wave.code).where(col(Wave.code).in_(AREAS))).all()
        assert len(segments) == 4
        assert not session.exec(select(Finding).where(col(Finding.customer_id).is_not(None))).first()


@needs_data
def test_mobile_customers_with_dirty_cells_and_chinese_opinions(engine: Engine) -> None:
    file = next((DATA / "cn_mobile").glob("附件1*.xlsx"))
    table = open_table(file, file.name)
    proposal = propose(table.headers, table.sample())
    made = scheme_from(
        list(proposal.mapping.items.values()),
        proposal.scale,
        code="cn-mobile",
        name="移动用户满意度",
        organiser="service",
        customers_named=False,
    )
    codes = dict(zip(made.item_codes, proposal.mapping.items.values(), strict=True))
    mapping = Mapping(
        codes, proposal.mapping.columns, proposal.mapping.opinions, proposal.mapping.values, proposal.mapping.blank
    )
    report = put_in(engine, file, mapping, scheme=dump(made), wave="2022")
    assert (report.rows, report.written, report.refused) == (5_433, 5_433, 0)
    with read_session(engine) as session:
        now = result_of(session, "2022")
        assert now.valid == 5_433
        assert [item.score.n for item in now.items.values()] == [5_433] * 4
        assert session.exec(select(func.count()).select_from(Opinion)).one() > 0
        total = session.exec(select(func.count()).select_from(Answer)).one()
        assert total == 4 * 5_433


@needs_data
def test_residents_who_do_not_know_leave_each_item_its_own_n(engine: Engine) -> None:
    file = DATA / "kcmo" / "FY2022_RS_Cleaned_safe.csv"
    table = open_table(file, file.name)
    proposal = propose(table.headers, table.sample())
    made = scheme_from(
        list(proposal.mapping.items.values()),
        proposal.scale,
        code="kcmo",
        name="Residents",
        organiser="city",
        customers_named=False,
    )
    mapping = Mapping(
        dict(zip(made.item_codes, proposal.mapping.items.values(), strict=True)),
        values=proposal.mapping.values,
        blank={"*": (*proposal.mapping.blank["*"], "NA", "99")},
        not_applicable=proposal.mapping.not_applicable,
    )
    report = put_in(engine, file, mapping, scheme=dump(made), wave="2022")
    assert report.written == 2_017 if report.rows == 2_017 else report.written > 1_000
    with file.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with read_session(engine) as session:
        items = result_of(session, "2022").items
        for code, header in mapping.items.items():
            rated = [int(row[header]) for row in rows if row[header] in LEVELS]
            assert items[code].score.n == len(rated)
            assert items[code].mean_level == pytest.approx(sum(rated) / len(rated), abs=1e-9)
        assert len({item.score.n for item in items.values()}) > 20


@needs_data
@pytest.mark.parametrize("ending", ["_0.xls", "_2.xls"])
def test_an_export_without_ratings_is_refused_with_what_to_do(ending: str) -> None:
    file = next((DATA / "wjx_export").glob(f"*{ending}"))
    table = open_table(file, file.name)
    with pytest.raises(NoRatings, match="holds no ratings"):
        propose(table.headers, table.sample())


def test_a_shipped_preset_is_stored_when_a_file_first_asks_for_it(engine: Engine, tmp_path: Path) -> None:
    first, second = (item.code for item in load(factories.preset("points-annual")).items[:2])
    mapping = Mapping({first: "one", second: "two"}, values={"*": LEVELS}, blank={"*": ("",)})
    file = written_file(tmp_path, [("5", "3")], ("one", "two"))
    assert put_in(engine, file, mapping, scheme="points-annual", wave="2026").written == 1
    with read_session(engine) as session:
        assert result_of(session, "2026").index.score == 70.0  # (100 + 40) / 2
