"""The command line: what it prints, its exit codes, and that bad input never ends in a traceback."""

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from cli import app
from db.models import AuditEvent, CustomerTally, Fact, User, Wave
from db.session import engine_for, read_session, write_session
from settings import settings
from tests.browser.servers import ROOT, demo_folder, environment
from tools.tables import as_table

SFO = ROOT.parent / "shared" / "data" / "sfo_airport"
SCHEME = """
code = "small"
name = { en = "A small survey" }
organiser = "sales"
cadence = "yearly"
scale = "levels"
satisfied_score = 80
customers_named = false
levels = [
  { code = "good", en = "Good", points = 100, value = 3 },
  { code = "fair", en = "Fair", points = 50, value = 2 },
  { code = "bad",  en = "Bad",  points = 0,  value = 1 },
]
dimensions = [ { code = "d", en = "Dimension", weight = 1 } ]
items = [
  { code = "a", zh = "甲", en = "A", dimension = "d", weight = 1, department = "sales" },
  { code = "b", zh = "乙", en = "B", dimension = "d", weight = 1, department = "sales" },
]
[thresholds]
amber_below = 80
red_below = 60
[targets]
index = 80
customer = 80
[actions]
approvers = ["sales"]
[departments]
sales = { en = "Sales" }
"""
MAPPING = """
[columns]
segment = "group"
weight = "w"
[items]
a = "qa"
b = "qb"
[values]
"*" = { "3" = 3, "2" = 2, "1" = 1 }
[blank]
"*" = [""]
"""
ROWS = "group,w,qa,qb\nx,1,3,1\nx,3,1,\ny,,2,2\n"


def run(*arguments: str, stdin: str = "") -> Any:
    return CliRunner().invoke(app, ["--language", "en", *arguments], input=stdin)


def document(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refusal(*arguments: str, stdin: str = "") -> str:
    """What is said on stderr by a command that ends with code 2."""
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def demo_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A copy of the sample company as the database of the settings."""
    shutil.copy(demo_folder() / "satisfaction.db", tmp_path / "demo.db")
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()
    yield url
    engine_for(url).dispose()


@pytest.fixture
def survey(tmp_path: Path, app_database: str) -> Path:
    """A folder with a scheme, a mapping and a file of three rows, beside an empty database."""
    (tmp_path / "scheme.toml").write_text(SCHEME, encoding="utf-8")
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def import_rows(survey: Path, *more: str, scheme: str = "scheme.toml") -> list[str]:
    files = [str(survey / "rows.csv"), "--mapping", str(survey / "mapping.toml")]
    scheme = str(survey / scheme) if scheme.endswith(".toml") else scheme
    return ["import", *files, "--scheme", scheme, "--wave", "2026", *more]


def test_numbers_without_a_meaning_are_not_guessed_and_best_says_which_way_they_run(survey: Path) -> None:
    (survey / "mapping.toml").write_text(MAPPING.replace('"*" = { "3" = 3, "2" = 2, "1" = 1 }\n', ""), encoding="utf-8")
    asked = run(*import_rows(survey, "--dry-run"))
    assert "say --best highest or --best lowest" in asked.stdout
    assert document(*import_rows(survey))["written"] == 0
    assert document(*import_rows(survey, "--best", "lowest"))["written"] == 3
    found = document("scores", "--scheme", "small", "--wave", "2026")
    by_code = {item["code"]: item["mean_level"] for item in found["items"]}
    assert by_code == {"a": 2.0, "b": 2.5}, "a was answered 3 1 2, b 1 – 2, and 1 is the best"


# init, demo


def test_a_new_default_database_gets_the_sample_company() -> None:
    with read_session(engine_for(f"sqlite:///{demo_folder() / 'satisfaction.db'}")) as session:
        assert session.get_one(Fact, "demo").value == "1"


def test_init_again_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(demo_folder(), tmp_path / "again")
    done = subprocess.run(
        [sys.executable, "cli.py", "--language", "en", "init"],
        cwd=ROOT,
        env=environment(tmp_path / "again"),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().splitlines() == ["The database is up to date."]


def test_a_database_that_was_named_never_gets_the_sample_company_by_itself(app_database: str) -> None:
    assert document("init")["sample_company"] is None
    with read_session(engine_for(app_database)) as session:
        assert session.exec(select(User)).first() is None


def test_a_default_database_can_be_left_empty(tmp_path: Path) -> None:
    assert document("init", "--empty")["sample_company"] is None
    assert (tmp_path / "var" / "satisfaction.db").exists()
    engine_for(settings().database_url).dispose()


@pytest.mark.usefixtures("demo_database")
def test_the_sample_company_is_refused_by_a_database_with_data() -> None:
    assert "empty database only" in refusal("demo")


def test_a_database_that_was_not_made_yet_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    assert "Run: python cli.py init" in refusal("scores", "--wave", "2026-Q4")
    engine_for(url).dispose()


def test_settings_that_cannot_be_used_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somewhere")
    assert refusal("init").startswith("DATABASE_URL must begin with")


def test_a_database_of_a_newer_version_is_left_alone(app_database: str) -> None:
    with sqlite3.connect(app_database.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "is at schema “9999”, which this version doesn't know" in refusal("init")


def test_a_url_that_cannot_be_read_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:pass-word@[::1/x")
    said = refusal("init")
    assert said.startswith("The database URL can't be read.")
    assert "pass-word" not in said


def test_a_database_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@/none?host={tmp_path}")
    assert refusal("init").startswith("The database can't be used: ")


# user add


def test_the_first_administrator_is_added_with_a_password_from_stdin(app_database: str) -> None:
    result = run("user", "add", "Anna", "--name", "Anna Li", "--password-stdin", stdin="ten-characters\n")
    assert result.stdout == "Account anna is there: Administrator.\n"
    with read_session(engine_for(app_database)) as session:
        user = session.exec(select(User)).one()
        assert (user.username, user.name, user.role) == ("anna", "Anna Li", "administrator")
        assert session.exec(select(AuditEvent.verb)).one() == "add"
    assert "ten-characters" not in user.password_hash


@pytest.mark.usefixtures("app_database")
def test_a_password_is_asked_for_twice_and_not_shown() -> None:
    typed = run("user", "add", "bob", stdin="ten-characters\nten-characters\n")
    assert typed.exit_code == 0
    assert "ten-characters" not in typed.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ab"], "A user name has 3 to 64"),
        (["anna", "--role", "king"], "There is no role"),
        (["anna", "--department", "nowhere"], "There is no department"),
        (["anna", "--role", "department"], "Choose the department"),
    ],
)
@pytest.mark.usefixtures("app_database")
def test_an_account_that_cannot_be_is_refused(arguments: list[str], said: str) -> None:
    assert said in refusal("user", "add", *arguments, "--password-stdin", stdin="ten-characters\n")


@pytest.mark.usefixtures("app_database")
def test_a_short_password_is_refused() -> None:
    assert "at least 10 characters" in refusal("user", "add", "anna", "--password-stdin", stdin="short\n")


# import, scores, findings


def test_an_import_writes_rows_and_the_scores_are_those_of_the_rules(survey: Path) -> None:
    assert document(*import_rows(survey))["written"] == 3
    scores = document("scores", "--wave", "2026")
    assert list(scores) == [
        *("wave", "scheme", "valid", "invalid", "index", "satisfaction_rate", "dimensions", "items"),
        *("customers", "response_rate"),
    ]
    # responses: (100 + 0) / 2 = 50, 0, (50 + 50) / 2 = 50
    assert scores["index"]["score"] == pytest.approx(100 / 3, abs=1e-8)
    assert scores["index"]["sd"] == pytest.approx(28.867513459, abs=1e-8)
    assert scores["index"]["n"] == scores["valid"] == 3
    low, high = scores["index"]["ci95"]  # t(0.975, 2) = 4.302652730
    assert (high - low) / 2 == pytest.approx(4.302652730 * 28.867513459 / 3**0.5, abs=1e-6)
    assert scores["satisfaction_rate"] == 0
    assert scores["customers"] == []
    assert scores["response_rate"] == {"sent": 0, "returned": 0, "in_time": 0, "rate": None}
    assert scores["dimensions"] == [{"code": "d", "name": "Dimension", "score": scores["index"]["score"], "n": 3}]
    assert scores["items"][1] == {
        "code": "b",
        "name": "乙",
        "dimension": "d",
        "score": 25.0,
        "mean_level": 1.5,
        "n": 2,
        "sd": pytest.approx(35.355339059),
        "top_two_box": 0.5,
        "blank": 1,
    }


def test_one_answer_has_no_interval_and_none_has_no_score(survey: Path) -> None:
    document(*import_rows(survey))
    one = document("scores", "--wave", "2026", "--segment", "y")
    assert one["index"] == {"score": 50.0, "n": 1, "sd": None, "ci95": None}
    nobody = document("scores", "--wave", "2026", "--segment", "z")
    assert nobody["index"] == {"score": None, "n": 0, "sd": None, "ci95": None}
    assert nobody["satisfaction_rate"] is None
    assert {item["score"] for item in nobody["items"]} == {None}


def test_weighted_means_stand_beside_and_leave_out_who_has_no_weight(survey: Path) -> None:
    document(*import_rows(survey))
    scores = document("scores", "--wave", "2026", "--weighted")
    assert scores["index"]["score"] == pytest.approx(100 / 3, abs=1e-8)
    assert scores["index"]["weighted_score"] == pytest.approx((1 * 50 + 3 * 0) / 4)
    a, b = scores["items"]
    assert (a["weighted_score"], a["weighted_mean_level"], a["weighted_top_two_box"]) == (25.0, 1.5, 0.25)
    assert (b["weighted_score"], b["weighted_mean_level"], b["weighted_top_two_box"]) == (0.0, 1.0, 0.0)
    nobody = document("scores", "--wave", "2026", "--weighted", "--segment", "y")
    assert nobody["index"]["weighted_score"] is None


def test_a_dry_run_writes_nothing(survey: Path, app_database: str) -> None:
    report = document(*import_rows(survey, "--dry-run"))
    assert (report["written"], report["dry_run"]) == (3, True)
    with read_session(engine_for(app_database)) as session:
        assert session.exec(select(Wave)).first() is None


def test_the_same_file_again_changes_nothing(survey: Path) -> None:
    before = document(*import_rows(survey)) and document("scores", "--wave", "2026")
    again = document(*import_rows(survey, scheme="small"))
    assert (again["written"], again["already_in"]) == (0, 3)
    assert document("scores", "--wave", "2026") == before


def test_rows_that_are_not_written_are_named_with_line_column_value_and_reason(survey: Path) -> None:
    (survey / "rows.csv").write_text(ROWS + "y,1,7,2\n")
    report = document(*import_rows(survey))
    assert report["problems"] == [
        {
            "line": 5,
            "column": "qa",
            "value": "7",
            "reason": "The value is not mapped to a level, and not declared blank.",
        }
    ]
    assert "   5  qa      7      The value" in run(*import_rows(survey)).stdout


def test_findings_are_printed_with_their_figures(survey: Path) -> None:
    document(*import_rows(survey))
    found = {(row["rule"], (row["item"] or {}).get("code")): row for row in document("findings", "--wave", "2026")}
    assert set(found) == {("INDEX_BELOW", None), ("ITEM_BELOW", "a"), ("ITEM_BELOW", "b")}
    b = found["ITEM_BELOW", "b"]
    assert (b["score"], b["n"], b["bound"], b["status"], b["state"]) == (25.0, 2, 60.0, "red", "open")
    assert (b["department"], b["customer"], b["previous"], b["since"]) == ("sales", None, None, "2026")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows.csv": None}, "rows.csv can't be used"),
        ({"mapping.toml": None}, "mapping.toml can't be used"),
        ({"mapping.toml": "[items"}, "The mapping is no valid TOML"),
        ({"scheme.toml": 'code = "x"'}, "organiser is missing"),
        ({"mapping.toml": b"\xff\xfe\x00"}, "is not UTF-8 text"),
        ({"rows.csv": "<html><body>No</body></html>"}, ""),
        ({"rows.csv": "name,remark\nAnna,hello\n"}, "The file has no column"),
    ],
)
def test_files_that_cannot_be_used_are_refused_in_a_sentence(
    survey: Path, change: dict[str, str | bytes | None], said: str
) -> None:
    for name, content in change.items():
        (survey / name).unlink()
        if content is not None:
            (survey / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert said in refusal(*import_rows(survey))


def test_an_unknown_scheme_is_refused(survey: Path) -> None:
    assert "There is no scheme “nothing”" in refusal(*import_rows(survey, scheme="nothing"))


def test_an_unknown_wave_is_refused_with_those_that_there_are(survey: Path) -> None:
    document(*import_rows(survey))
    assert refusal("scores", "--wave", "2027") == "There is no wave 2027. There are: 2026.\n"


def test_a_wave_of_two_schemes_needs_the_scheme(survey: Path) -> None:
    document(*import_rows(survey))
    (survey / "scheme.toml").write_text(SCHEME.replace('"small"', '"other"'), encoding="utf-8")
    document(*import_rows(survey))
    assert "add --scheme with one of: other, small" in refusal("scores", "--wave", "2026")
    assert document("scores", "--wave", "2026", "--scheme", "other")["scheme"] == "other"


@pytest.mark.skipif(not SFO.exists(), reason="the real survey files are not beside the repository")
def test_a_real_survey_of_2017_comes_out_as_published(survey: Path) -> None:
    published = list(csv.DictReader((SFO / "published_2017" / "agg_q7_metrics.csv").read_text("utf-8").splitlines()))
    codes = [row["q7_item"] for row in published]
    scale = "".join(f'{{ code = "l{n}", en = "{n}", points = {n}, value = {n} }},' for n in (5, 4, 3, 2, 1))
    items = "".join(
        f'{{ code = "{c}", en = "{c}", dimension = "d", weight = 1, department = "sales" }},' for c in codes
    )
    head, rest = SCHEME.split("levels = [")[0], SCHEME.split("]\n[thresholds]")[1]
    dimensions = 'dimensions = [ { code = "d", en = "D", weight = 1 } ]'
    scheme = f"{head}levels = [{scale}]\n{dimensions}\nitems = [{items}]\n[thresholds]{rest}"
    (survey / "scheme.toml").write_text(scheme, encoding="utf-8")
    (survey / "mapping.toml").write_text(
        '[columns]\nexternal_id = "RESPNUM"\nsegment = "BAREA"\nweight = "WEIGHT"\n[items]\n'
        + "".join(f'{code} = "{code}"\n' for code in codes)
        + '[values]\n"*" = { "5" = 5, "4" = 4, "3" = 3, "2" = 2, "1" = 1 }\n'
        + '[blank]\n"*" = ["", "0", "Blank", "BLANK"]\n[not_applicable]\n"*" = ["6"]\n',
        encoding="utf-8",
    )
    (file,) = SFO.glob("2017*.csv")
    wanted = ["--scheme", str(survey / "scheme.toml"), "--wave", "2017", "--mapping", str(survey / "mapping.toml")]
    assert document("import", str(file), *wanted)["refused"] == 0
    found = {item["code"]: item for item in document("scores", "--wave", "2017")["items"]}
    for row in published:
        item = found[row["q7_item"]]
        assert item["n"] == int(row["n"])
        assert item["mean_level"] == pytest.approx(float(row["avg_score"]), abs=1e-9)
        assert item["top_two_box"] == pytest.approx(int(row["top2_n"]) / int(row["n"]), abs=1e-9)


@pytest.mark.usefixtures("demo_database")
def test_scores_of_the_sample_company_name_customers_in_order() -> None:
    scores = document("scores", "--wave", open_wave())
    assert [d["code"] for d in scores["dimensions"]] == [
        "quality",
        "delivery",
        "service",
        "price_tech",
        "communication",
    ]
    assert len(scores["items"]) == 14
    codes = [customer["code"] for customer in scores["customers"]]
    assert codes == sorted(codes)
    assert scores["customers"][0]["name"] == "铭川汽车"
    assert sum(customer["n"] for customer in scores["customers"]) == scores["valid"] == 125
    part = document("scores", "--wave", open_wave(), "--region", "海外 Overseas", "--segment", "售后市场 Aftermarket")
    assert 0 < part["valid"] < 10


def open_wave() -> str:
    with read_session() as session:
        return session.exec(select(Wave.code).where(Wave.state == "open")).one()


# verify, rebuild


def test_verify_names_the_damaged_cell_and_rebuild_repairs_it(demo_database: str) -> None:
    assert run("verify").exit_code == 0
    with write_session(engine_for(demo_database)) as session:
        cell = session.exec(select(CustomerTally).where(CustomerTally.n1 > 0)).first()
        assert cell is not None
        cell.n1 += 1
        session.add(cell)
    damaged = run("verify", "--json")
    assert damaged.exit_code == 1
    (damage,) = json.loads(damaged.stdout)["damages"]
    assert (damage["table"], damage["column"], damage["kept"] - damage["recounted"]) == ("customer_tally", "n1", 1)
    assert damage["who"] == "C001"
    assert damage["wave"] in run("verify").stdout
    assert len(document("rebuild")["repaired"]) == 1
    assert document("verify") == {"clean": True, "damages": []}


# language and consoles


def subprocess_run(*arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_MESSAGES", "LANG")}
    command = [sys.executable, "cli.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**kept, **more}, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh_CN.UTF-8", "没有期次 1999"), ("C", "There is no wave 1999"), ("de_DE", "There is no wave")],
)
def test_refusals_are_in_the_language_of_the_environment(demo_database: str, language: str, said: str) -> None:
    done = subprocess_run("scores", "--wave", "1999", LANG=language, DATABASE_URL=demo_database)
    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_output_is_utf_8_on_a_console_that_is_not(demo_database: str) -> None:
    wave = open_wave()
    done = subprocess_run("scores", "--wave", wave, "--json", PYTHONIOENCODING="ascii", DATABASE_URL=demo_database)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("utf-8"))["items"][3]["name"] == "准时交付"


def test_an_unknown_language_is_refused() -> None:
    result = CliRunner().invoke(app, ["--language", "xx", "init"])
    assert (result.exit_code, result.stderr) == (2, "There is no language “xx”.\n")


def test_tables_line_up_with_chinese_and_latin_words() -> None:
    assert as_table(("item", "n"), [("准时交付", 58), ("price", None)]) == "item       n\n准时交付  58\nprice      –"


# worker


def test_the_worker_ends_with_the_process_that_started_it(demo_database: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "cli.py", "worker"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": demo_database},
        stdin=subprocess.PIPE,
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
