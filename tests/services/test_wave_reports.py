"""The Excel report of a wave: the figures of the screens and of `scores --json`, unrounded, and no text that calculates."""

import json
import re
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import select
from typer.testing import CliRunner

from cli import app
from db.models import AuditEvent, Opinion, Wave
from db.queries.score_report import score_report, wave_by_code
from db.schema import migrate
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM, NotAllowed, Scope, Viewer
from domain.rule_names import RULE_NAMES
from services import responses, wave_reports
from services.closing import close_wave
from tests import factories as make

ALL = {"by": SYSTEM, "at": make.AT}
NASTY = '=HYPERLINK("http://evil","x")'
CALCULATED = re.compile(rb"<f>(.*?)</f>")
TOTALS = re.compile(rb"SUBTOTAL\(10[139],|IF\(SUBTOTAL\(109,")
Cells = dict[str, list[dict[str, Any]]]


class Company:
    """Very satisfied (100), neutral (60) and very dissatisfied (20), of three customers with names that calculate."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            wave = make.wave(session, make.scheme(session, "weighted-half-year"), "2026-H2")
            self.wave_id = wave.id or 0
            for code, said in (("=C1", "very_satisfied"), ("+C2", "neutral"), ("@C3", "very_dissatisfied")):
                customer = make.customer(session, code, name_zh=f"{NASTY}{code}", name_en=f"-1+{code}")
                given = make.response(session, wave, said, customer=customer, segment="=1+1")
            self.response_id = given.id or 0
            session.add(Opinion(wave_id=wave.id, kind="praise", text=NASTY, received_at=make.AT))

    def close(self) -> None:
        with write_session(self.engine) as session:
            close_wave(session, wave=session.get_one(Wave, self.wave_id), **ALL)

    def sheets(self, viewer: Viewer = SYSTEM, language: str = "en") -> list[wave_reports.Sheet]:
        with read_session(self.engine) as session:
            asked = {"wave_id": self.wave_id, "language": language, "by": viewer, "at": make.AT, "zone": UTC}
            return wave_reports.sheets_for(session, **asked)

    def scores(self) -> dict[str, Any]:
        with read_session(self.engine) as session:
            wave = wave_by_code(session, SYSTEM, "2026-H2")
            return score_report(session, Scope(SYSTEM, wave.layout.scheme_id), wave, language="en")


@pytest.fixture
def company(engine: Engine) -> Company:
    return Company(engine)


@pytest.fixture
def kept(sqlite_engine: Engine) -> Company:
    return Company(sqlite_engine)


def read(content: bytes) -> Cells:
    """Sheet → its table's rows by header, without the totals."""
    found: Cells = {}
    for sheet in load_workbook(BytesIO(content)):
        for table in sheet.tables.values():
            head, *rows = [[cell.value for cell in row] for row in sheet[table.ref]]
            rows = rows[: -table.totalsRowCount] if table.totalsRowCount else rows
            found[sheet.title] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


def summary(sheets: Cells) -> dict[str, Any]:
    return {row["Figure"]: row["Value"] for row in sheets["Summary"]}


def test_the_workbook_holds_the_unrounded_figures_of_the_scores(company: Company) -> None:
    known, sheets = company.scores(), read(wave_reports.workbook(company.sheets(), "en"))
    said = summary(sheets)
    assert said["Satisfaction index"] == pytest.approx(60.0)
    assert said["Satisfaction index"] == pytest.approx(known["index"]["score"], rel=1e-15)
    assert [said["95% interval from"], said["95% interval to"]] == pytest.approx(known["index"]["ci95"], rel=1e-15)
    assert said["Satisfaction rate"] == pytest.approx(1 / 3, rel=1e-15)
    for name, key in (("Dimensions", "dimensions"), ("Items", "items"), ("Customers", "customers")):
        assert {row["Code"]: row["Score"] for row in sheets[name]} == pytest.approx(
            {row["code"]: row["score"] for row in known[key]}, rel=1e-15
        )
    assert [row["Score"] for row in sheets["Customers"]] == [20, 60, 100]
    assert {row["Status"] for row in sheets["Items"]} == {"Red"}


def test_nothing_but_the_totals_calculates(kept: Company) -> None:
    content = wave_reports.workbook(kept.sheets(), "en")
    with ZipFile(BytesIO(content)) as parts:
        formulas = [f for name in parts.namelist() if "/sheet" in name for f in CALCULATED.findall(parts.read(name))]
        links = [name for name in parts.namelist() if "externalLink" in name or "vba" in name.lower()]
    assert formulas
    assert not links
    assert all(TOTALS.match(formula) for formula in formulas), formulas
    sheets = read(content)
    assert sheets["Opinions"][0]["Opinion"] == NASTY
    for sheet in load_workbook(BytesIO(content)):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert TOTALS.match(cell.value[1:].encode()), cell.value


def test_totals_are_worked_out_beside_their_formulas(kept: Company) -> None:
    content = wave_reports.workbook(kept.sheets(), "en")
    shown = load_workbook(BytesIO(content), data_only=True)["Customers"]
    last = [cell.value for cell in shown[shown.max_row]]
    assert last == ["Sum and mean of the rows shown", None, 3, 60, None, None]


def test_a_closed_wave_reports_what_was_presented_whatever_came_later(kept: Company) -> None:
    kept.close()
    with write_session(kept.engine) as session:
        responses.withdraw(session, response_id=kept.response_id, reason="asked for it", **ALL)
    said = summary(read(wave_reports.workbook(kept.sheets(), "en")))
    assert (said["Satisfaction index"], said["n of the index"]) == (60, 3)
    assert kept.scores()["index"]["score"] == 80
    found = read(wave_reports.workbook(kept.sheets(), "en"))["Findings"]
    (index,) = (row for row in found if row["Finding"] == RULE_NAMES["INDEX_BELOW"])
    assert (index["Score"], index["Now"]) == (60, 80)
    assert len(said["Hash of the figures (SHA-256)"]) == 64
    assert said["Figures"] == "Frozen: as presented when the wave closed. The frozen result is intact"


def test_who_may_not_see_customers_or_opinions_gets_a_report_without_them(kept: Company) -> None:
    with write_session(kept.engine) as session:
        alice, bob, charlie, dora = (
            make.viewer(make.user(session, name, role))
            for name, role in (("al", "quality"), ("bob", "viewer"), ("ch", "interviewer"), ("do", "department"))
        )
    titles = {who.username: [sheet.title for sheet in kept.sheets(who)] for who in (alice, bob, dora)}
    assert titles["al"][-5:] == ["Customers", "Findings", "Actions", "Opinions", "Raw answers"]
    assert titles["bob"][-3:] == ["Customers", "Findings", "Actions"]
    assert not {"Customers", "Opinions"} & set(titles["do"])
    assert not [sheet for sheet in kept.sheets(dora) if sheet.title == "Items" and sheet.rows]
    with pytest.raises(NotAllowed):
        kept.sheets(charlie)


def test_every_answer_stands_in_it_unrounded_and_in_an_anonymous_wave_without_whose_it_is(kept: Company) -> None:
    rows = read(wave_reports.workbook(kept.sheets(), "en"))["Raw answers"]
    assert [(row["Code"], row["Score"], row["Status"]) for row in rows] == [
        ("=C1", 100, "On target"),
        ("+C2", 60, "Red"),
        ("@C3", 20, "Red"),
    ]
    assert {value for name, value in rows[1].items() if name.startswith("1. ")} == {60}
    with write_session(kept.engine) as session:
        session.get_one(Wave, kept.wave_id).is_anonymous = True
    assert "Raw answers" not in [sheet.title for sheet in kept.sheets()], "three could be told apart"
    with write_session(kept.engine) as session:
        for _n in range(2):
            make.response(session, session.get_one(Wave, kept.wave_id), "neutral")
    rows = read(wave_reports.workbook(kept.sheets(), "en"))["Raw answers"]
    assert len(rows) == 5
    assert not {"Code", "Customer", "Filled in by", "Segment", "Region", "Channel"} & set(rows[0])


def test_who_took_opinions_along_is_written_down(kept: Company) -> None:
    with write_session(kept.engine) as session:
        wave_reports.note_taken(session, kept.sheets(), wave_id=kept.wave_id, **ALL)
        noted = session.exec(select(AuditEvent).where(AuditEvent.verb == "export")).one()
    assert (noted.about, noted.about_id, noted.details) == ("report", kept.wave_id, {"file": "xlsx", "rows": 4})


def test_the_command_writes_the_report_in_the_language_asked_for(app_database: str, tmp_path: Path) -> None:
    migrate(app_database)
    Company(engine_for(app_database)).close()
    file = tmp_path / "report.xlsx"
    asked = ["report", "--wave", "2026-H2", "--language", "zh_CN", "--out", str(file), "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["language"] == "zh_CN"
    assert {"汇总", "项目", "客户"} <= set(read(file.read_bytes()))


def test_the_command_writes_every_other_report_too(app_database: str, tmp_path: Path) -> None:
    migrate(app_database)
    file = tmp_path / "month.pdf"
    asked = ["report", "--of", "monthly", "--about", "2026-10", "--format", "pdf", "--out", str(file), "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert file.read_bytes().startswith(b"%PDF")
    refused = CliRunner().invoke(app, ["report", "--of", "monthly", "--about", "2026", "--out", str(file)])
    assert refused.exit_code
    assert "There is no such report." in refused.output
