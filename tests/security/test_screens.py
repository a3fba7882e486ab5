"""Names and texts that would do something if they were taken for Markdown, HTML or a formula: every screen shows them as text."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import cycle
from typing import Any

import pytest
from google.protobuf.message import Message
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from streamlit.testing.v1 import AppTest
from xlsxwriter import Workbook

from components import access
from components.texts import OWN_CHOICE
from db.models import (
    Action,
    ActionEvent,
    ActionFinding,
    AuditEvent,
    Department,
    Finding,
    ImportRun,
    Purchase,
    User,
    Wave,
)
from db.session import engine_for, read_session, write_session
from domain.scheme import Name, Scheme
from domain.scheme_file import dump, load
from domain.tables import Table
from services import exporting
from services.closing import close_wave
from settings import ROOT, settings
from tests import databases
from tests import factories as make
from tests.pages.conftest import token_of
from tests.security.world import AT

pytestmark = pytest.mark.xdist_group("security-evil")
"""One world for the whole file, so one worker."""
EVIL = (
    "<img src=x onerror=alert(1)> ![p](https://evil.example/p.png) [c](javascript:alert(1)) "
    ":red[r] :material/delete: $\\frac12$ **b** `k` https://evil.example/x ~~s~~ <b>B</b>"
)
LIVE = ("<img", "<b>", "](", ":red[", ":material/delete:", "$\\frac", "**b**", "`k`", "https://evil", "~~s~~")
"""What of it would be alive where it stands unescaped."""
ESCAPED = re.compile("[\u2060]*\\\\[!-/:-@\\[-`{-~][\u2060]*")
PLAIN = {
    "id",  # of the widget, in a class name
    "alt",  # for screen readers
    "spec",  # Vega draws text
    "columns",  # of a table on canvas
    "query_string",
    "page",
    "placeholder",
    "raw_value",
    "raw_values",
    "url",
    "form_id",
    "selection_state",
    "selection_default",
    "name",  # of data given to a chart
}
PLAIN_IN = {
    "selectbox": {"options"},
    "multiselect": {"options"},
    "text_input": {"default", "value"},
    "text_area": {"default", "value"},
    "vega_lite_chart": {"data", "datasets"},
    "dataframe": {"arrow_data", "lazy_data"},
    "code": {"code_text"},
}
"""Fields that the browser shows as they are; all others must hold nothing alive."""


def named(word: str) -> str:
    return f"{word} {EVIL}"


def evil_scheme() -> str:
    """The default scheme in which every name is an attack."""
    scheme: Scheme = load(make.preset("iatf-quarterly"))

    def name(word: str) -> Name:
        return Name(zh=named(word), en=named(word))

    return dump(
        replace(
            scheme,
            name=name("Scheme"),
            levels=tuple(replace(one, name=name(one.code), text=name("Meaning")) for one in scheme.levels),
            dimensions=tuple(replace(one, name=name(one.code)) for one in scheme.dimensions),
            items=tuple(replace(one, name=name(one.code)) for one in scheme.items),
            grades=tuple(replace(one, name=name(one.code)) for one in scheme.grades),
            departments={code: name(code) for code in scheme.departments},
        )
    )


def build(engine: Engine) -> dict[str, int]:
    with write_session(engine) as session:
        version = make.scheme(session, document=evil_scheme())
        sales = session.exec(select(Department.id).where(Department.code == "sales")).one()
        people = {
            role: make.user(session, role, role, name=named(role), department_id=sales, mail=EVIL)
            for role in ("administrator", "quality", "department")
        }
        customers = [
            make.customer(
                session,
                f"{code} {EVIL}",
                name_en=named(code),
                name_zh=named(code),
                segment=named("Segment"),
                region=named("Region"),
                address=EVIL,
                sales_owner_id=people["quality"].id,
            )
            for code in ("alpha", "beta")
        ]
        for one in customers:
            make.contact(session, one, name=named("Contact"), post=EVIL, mail=EVIL, phone=EVIL)
            session.add(Purchase(customer_id=one.id or 0, product=named("Product"), quantity=2, unit=EVIL))
        before = make.wave(session, version, "2026-Q2").id
    with write_session(engine) as session:
        answer(session, before, customers, "satisfied")
    with write_session(engine) as session:
        close_wave(session, wave=session.get_one(Wave, before), by=make.viewer(people["quality"]), at=AT)
        now = make.wave(session, version, "2026-Q3").id
    with write_session(engine) as session:
        answer(session, now, customers, "very_dissatisfied")
    with write_session(engine) as session:
        act(session, now or 0, customers, people)
        make.invitation(session, session.get_one(Wave, now), customers[0])
        run = {"file_name": f"{EVIL}.csv", "file_sha256": "0" * 64, "mapping_hash": "-", "mapping": EVIL}
        session.add(ImportRun(wave_id=now or 0, started_at=AT, started_by_id=people["quality"].id, **run))
    return {role: one.id or 0 for role, one in people.items()}


def answer(session: Session, wave: int | None, customers: list[Any], how: str) -> None:
    for one in customers:
        make.response(
            session,
            session.get_one(Wave, wave),
            how,
            customer=session.merge(one),
            channel=named("Channel"),
            respondent=named("Respondent"),
            opinions=[named("Opinion")],
        )


def act(session: Session, wave: int, customers: list[Any], people: dict[str, User]) -> None:
    finding = session.exec(
        select(Finding).where(
            Finding.wave_id == wave, Finding.rule == "ITEM_BELOW", Finding.customer_id == customers[0].id
        )
    ).all()[0]
    texts = dict.fromkeys(("title", "problem", "cause", "containment", "countermeasure", "prevention"), named("Text"))
    action = Action(
        number=1,
        form_key="one",
        **texts,
        figures={"wave": EVIL, "rules": [], "subjects": []},
        wave_id=wave,
        customer_id=customers[0].id,
        department_id=finding.department_id or 0,
        owner_id=people["department"].id or 0,
        due_on=date(2026, 12, 1),
        created_at=AT,
        created_by_id=people["quality"].id or 0,
    )
    session.add(action)
    session.flush()
    session.add(ActionFinding(action_id=action.id or 0, finding_id=finding.id or 0))
    changes = {"problem": [EVIL, named("Text")], "title": [EVIL, EVIL]}
    told = {"user_id": people["quality"].id, "at": AT, "comment": EVIL, "changes": changes}
    session.add(ActionEvent(action_id=action.id or 0, verb="edit", from_state="open", to_state="open", **told))
    session.add(ActionEvent(action_id=action.id or 0, verb="comment", from_state="open", to_state="open", **told))


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int]]]:
    folder = tmp_path_factory.mktemp("evil")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAR_DIR", str(folder / "var"))
        patch.setattr("settings.SECRETS_FILE", folder / "secrets.toml")
        settings.cache_clear()
        url = databases.sqlite_database(folder)
        yield url, build(engine_for(url))
    engine_for(url).dispose()


@pytest.fixture
def screen(evil: tuple[str, dict[str, int]], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens a page as somebody, with what an address may hold."""
    url, people = evil
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()

    def opened(where: str, role: str = "quality", /, **query: str) -> AppTest:
        shell = AppTest.from_file(str(ROOT / "pages" / "navigation.py"))
        shell.session_state[OWN_CHOICE] = "en"
        shell.session_state[access.TOKEN] = token_of(people[role])
        shell.query_params.update(query)
        shell.run()
        shell.query_params.update(query)
        return shell.switch_page(f"{where}.py").run()

    return opened


def fields_of(message: Message, kind: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a message, with where it stands."""
    for field, value in message.ListFields():
        if field.name == "columns" and isinstance(value, str):
            yield from ((f"{kind}.help", text) for text in tips(json.loads(value or "{}")))
        if field.name in PLAIN or field.name in PLAIN_IN.get(kind, ()):
            continue
        values = value if field.is_repeated else [value]
        for one in values:
            if isinstance(one, str):
                yield f"{kind}.{field.name}", one
            elif isinstance(one, Message):
                yield from fields_of(one, field.name if kind in ("", "element") else kind)


def tips(columns: Any) -> Iterator[str]:
    """The explanations at the heads of a table's columns: the only part of them that is Markdown."""
    for name, value in columns.items():
        if name == "help" and isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from tips(value)


def shown(screen: AppTest) -> Iterator[tuple[str, str]]:
    """Every text of a screen that the browser may make something of."""
    nodes = [screen._tree]
    while nodes:
        node = nodes.pop()
        nodes.extend(getattr(node, "children", {}).values())
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            yield from fields_of(proto, str(node.type))


def alive(text: str) -> list[str]:
    bare = ESCAPED.sub("", text)
    return [one for one in LIVE if one in bare]


CODE = f"alpha {EVIL}"
SCREENS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "overview": [("quality", {}), ("department", {})],
    "customers": [("quality", {}), ("quality", {"search": "alpha"})],
    "customer": [
        ("quality", {"code": CODE, "show": show}) for show in ("", "answers", "opinions", "contacts", "findings")
    ],
    "items": [
        ("quality", {"view": "distribution", "item": "on_time"}),
        ("quality", {"view": "trends"}),
        ("quality", {"view": "segments"}),
        ("department", {}),
    ],
    "periods": [("quality", {})],
    "findings": [("quality", {}), ("department", {})],
    "actions": [("quality", {}), ("quality", {"view": "list"})],
    "action": [("quality", {"number": "1"})],
    "import_responses": [("quality", {})],
    "wave": [
        ("quality", {"scheme": "iatf-quarterly", "wave": "2026-Q3", "section": section})
        for section in ("sending", "returns", "entry")
    ],
    "calls": [("quality", {})],
    "visits": [("quality", {})],
    "users": [("administrator", {})],
}


@pytest.mark.parametrize(
    ("page", "role", "query"), [(page, *how) for page, ways in SCREENS.items() for how in ways], ids=str
)
def test_no_screen_lets_a_name_do_anything(screen: Any, page: str, role: str, query: dict[str, str]) -> None:
    found = screen(page, role, **query)
    assert not found.exception, [one.message for one in found.exception]
    said = list(shown(found))
    assert [one for one in said if "evil" in one[1] or "img" in one[1]], "there is nothing of it to be seen"
    assert not [(where, text[:160], what) for where, text in said if (what := alive(text))]


def no_life_in(found: AppTest) -> None:
    assert not found.exception, [one.message for one in found.exception]
    assert not [(where, text[:160], what) for where, text in shown(found) if (what := alive(text))]


@pytest.mark.parametrize(
    ("page", "label", "query"),
    [
        ("customer", "Assign action", {"code": CODE}),
        ("actions", "New action", {}),
        ("items", "Assign action", {"item": "on_time"}),
    ],
)
def test_no_form_lets_a_name_do_anything(screen: Any, page: str, label: str, query: dict[str, str]) -> None:
    found = screen(page, **query)
    next(button for button in found.button if button.label == label).click()
    no_life_in(found.run())
    assert [one for one in shown(found) if one[1] == "Save action"], "the form is open"


def workbook(sheet: str) -> bytes:
    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for row, cells in enumerate([[named("on_time"), EVIL, "price"], *[[5, EVIL, "5"]] * 30, [EVIL, "x", "4"]]):
            for column, cell in enumerate(cells):
                page.write(row, column, cell)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{EVIL}.csv", f'"{named("on_time")}","{EVIL}",price\n5,"{EVIL}",5\n"{EVIL}",x,4\n'.encode()),
        (f"{EVIL}.xlsx", workbook("<b>B `k` ~~s~~")),
        (f"{EVIL}.html", b"<html><script>alert(1)</script></html>"),
        (f"{EVIL}.csv", b"%PDF-1.4 " + EVIL.encode()),
        (f"{EVIL}.csv", f'"{EVIL}\n1,2,3'.encode()),
        (f"{EVIL}.csv", b"\xff\xfe" + EVIL.encode()),
        ("=1+1.csv", b"a\n"),
    ],
    ids=["csv", "workbook", "html", "pdf", "quotes", "utf-16", "formula"],
)
def test_no_file_does_anything_by_its_name_or_cells(screen: Any, name: str, content: bytes) -> None:
    found = screen("import_responses")
    found.get("file_uploader")[0].set_value((name.replace("/", ":"), content, "text/csv")).run()
    no_life_in(found)
    chosen = next(
        (one for one in found.selectbox if "new" in one.options or "New scheme from this file" in one.options), None
    )
    if chosen is not None:
        chosen.set_value("new").run()
        no_life_in(found)


@pytest.mark.parametrize("page", [page for page in SCREENS if page != "users"])
def test_an_address_is_never_shown_as_it_is(screen: Any, page: str) -> None:
    names = ("scheme", "period", "from", "segment", "region", "channel", "department", "customer")
    more = (
        "code",
        "show",
        "item",
        "view",
        "dimension",
        "number",
        "search",
        "by",
        "page",
        "sort",
        "offset",
        "wave",
        "t",
    )
    for bad in ((EVIL, "9" * 400, "\x00"), ("' OR 1=1 --", "\u202e", "-1")):
        found = screen(page, **dict(zip((*names, *more), cycle(bad), strict=False)))
        assert not found.exception, [one.message for one in found.exception]
        assert not [(where, text[:160]) for where, text in shown(found) if alive(text)]


def test_what_is_looked_for_would_be_found() -> None:
    for text in (EVIL, f"**{EVIL}**", f":gray[{EVIL}]", "# <b>x"):
        assert alive(text)
    assert not alive(r"\<b\> \!\[p\]\(https\:\/\/evil")


def test_whoever_is_shown_opinions_is_written_down_once(screen: Any) -> None:
    found = screen("overview")
    found.run().run()
    with read_session() as session:
        noted = select(AuditEvent).where(AuditEvent.verb == "view", AuditEvent.about == "wave")
        (event,) = session.exec(noted.order_by(col(AuditEvent.id).desc()).limit(1)).all()
        before = len(session.exec(noted).all())
    assert event.user_id
    screen("overview", "department").run()
    with read_session() as session:
        assert len(session.exec(noted).all()) == before, "a department is shown none"


# Files that are taken along

FORMULAS = (
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    '"=1',
    " =1",
    "a;=1",
    "\ufeff=1",
    "\u200b=1",
)


@pytest.mark.parametrize("cell", [*FORMULAS, EVIL, "a\x00b", "\ud800", "x" * 40_000])
def test_no_exported_cell_or_header_or_title_calculates(cell: str) -> None:
    table = Table(cell, (cell, "n"), [(cell, -7.5), ("plain", 3)])
    text = exporting.csv_file([table, table]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    for one in (value for row in rows for value in row if value != "-7.5"):
        assert not re.match(r'[\s"\ufeff\u200b\u202e]*[=+\-@＝＋－＠]', one), one
    with zipfile.ZipFile(io.BytesIO(exporting.xlsx_file([table]))) as book:
        sheets = b"".join(book.read(name) for name in book.namelist())
    assert b"<f>" not in sheets
    assert b"<hyperlink" not in sheets
