"""What a file, a scheme or a mapping from outside could do: take over a scheme, mix two imports up, stop the server."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from db.models import Department, ImportRun, Response, SchemeRow, SchemeVersion, StoredFile, Wave
from db.queries.narrowing import waves_in
from db.queries.scores import results
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere, Scope, Viewer
from domain.errors import Refusal
from domain.mapping import Mapping, MappingInvalid
from domain.scheme_file import SchemeInvalid, load
from services import files, jobs
from services.checking import verify
from services.import_reports import ImportReport
from services.importing import import_file
from services.schemes import store_scheme
from tests import factories as make
from tests.security.world import AT, FIRST, PEOPLE

LEVELS = {"*": {"1": 1.0, "2": 2.0, "3": 3.0, "4": 4.0, "5": 5.0}}
MAPPING = Mapping(items={"on_time": "late", "price": "dear"}, values=LEVELS, blank={"*": ("",)})
ROWS = b"late,dear\n1,5\n1,4\n"


class Place:
    """A database with the scheme of sales in it, and people by name."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            make.scheme(session)
            departments = {row.code: row.id or 0 for row in session.exec(select(Department))}
            self.people = {
                name: make.viewer(make.user(session, name, role, department_id=departments[code] if code else None))
                for name, (role, code) in PEOPLE.items()
            }

    def put_in(self, who: str, content: bytes = ROWS, mapping: Mapping = MAPPING, **more: Any) -> ImportReport:
        given = {"scheme": FIRST, "wave": "2026-Q4", "filename": "answers.csv", "at": AT, **more}
        return import_file(self.engine, BytesIO(content), mapping=mapping, by=self.people[who], **given)

    def rows(self, *models: Any) -> list[int]:
        with read_session(self.engine) as session:
            return [session.exec(select(func.count()).select_from(model)).one() for model in models]

    def organiser_of(self, code: str) -> str:
        with read_session(self.engine) as session:
            found = select(Department.code).join(SchemeRow).where(SchemeRow.code == code)
            return session.exec(found).one()

    def item_scores(self, wave: str) -> dict[str, float | None]:
        with read_session(self.engine) as session:
            scheme = session.exec(select(SchemeRow.id).where(SchemeRow.code == FIRST)).one()
            scope = Scope(SYSTEM, scheme or 0)
            info = next(one for one in waves_in(session, scope) if one.code == wave)
            (found,) = results(session, scope, [info])
            return {code: item.score.score for code, item in found.items.items() if item.score.n}

    def damages(self) -> list[str]:
        with read_session(self.engine) as session:
            return [str(damage) for damage in verify(session)]


@pytest.fixture
def place(sqlite_engine: Engine) -> Place:
    return Place(sqlite_engine)


def document(**replaced: str) -> str:
    """The scheme of sales with other words in it; `organiser="service"` says that service runs it."""
    text = make.preset(FIRST)
    for name, value in replaced.items():
        old = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
        text = text.replace(old, f'{name} = "{value}"', 1)
    return text


# A scheme is taken over


@pytest.mark.parametrize("organiser", ["sales", "service"])
def test_an_organiser_stores_no_version_of_somebody_elses_scheme(place: Place, organiser: str) -> None:
    before = place.rows(SchemeVersion, Wave, Response)
    given = document(organiser=organiser).replace("red_at_or_below = 70", "red_at_or_below = 10")
    with pytest.raises((NotThere, Refusal)):
        place.put_in("omar", scheme=given)
    assert place.rows(SchemeVersion, Wave, Response) == before
    assert place.organiser_of(FIRST) == "sales"


def test_an_organiser_puts_nothing_into_somebody_elses_open_wave(place: Place) -> None:
    place.put_in("olga")
    for scheme in (FIRST, document(), document(organiser="service")):
        with pytest.raises(NotThere):
            place.put_in("omar", scheme=scheme, content=b"late,dear\n5,5\n")
    assert place.rows(Response) == [2]


def test_an_organiser_makes_no_scheme_for_another_department(place: Place) -> None:
    with pytest.raises(NotThere):
        place.put_in("omar", scheme=document(code="new-one"))
    assert place.rows(SchemeVersion) == [1]


def test_an_organiser_stores_a_scheme_of_the_own_department(place: Place) -> None:
    assert place.put_in("omar", scheme=document(code="new-one", organiser="service")).written == 2
    assert place.organiser_of("new-one") == "service"


@pytest.mark.parametrize("who", ["vic", "abe", "ivy", "dan", "sam"])
def test_nobody_else_brings_a_scheme_in(place: Place, who: str) -> None:
    with pytest.raises(NotAllowed):
        place.put_in(who, scheme=document(code="new-one"))
    assert place.rows(SchemeVersion) == [1]


def test_a_scheme_that_changed_hands_while_the_file_was_read_takes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services import importing

    def slowly(*given: Any, **named: Any) -> Any:
        with write_session(place.engine) as session:
            store_scheme(session, document=document(organiser="service"), by=None, at=AT)
        return opened(*given, **named)

    opened = importing.open_source
    monkeypatch.setattr(importing, "open_source", slowly)
    with pytest.raises(NotThere):
        place.put_in("olga")
    assert place.rows(Response) == [0]


# A wave keeps the rules that it was opened under


def turned_round() -> str:
    """The scheme with its items in another order and its levels worth something else."""
    lines = document().splitlines()
    late = next(place for place, line in enumerate(lines) if 'code = "on_time"' in line)
    dear = next(place for place, line in enumerate(lines) if 'code = "price"' in line)
    lines[late], lines[dear] = lines[dear], lines[late]
    return "\n".join(lines) + "\n"


def test_a_newer_version_of_the_scheme_changes_nothing_in_a_wave_that_is_open(place: Place) -> None:
    place.put_in("olga")
    with write_session(place.engine) as session:
        store_scheme(session, document=turned_round(), by=None, at=AT)
    place.put_in("olga", content=b"late,dear\n1,5\n1,5\n1,5\n")
    scores = place.item_scores("2026-Q4")
    assert scores["on_time"] == 20.0, "answers of another item would have come in"
    assert scores["price"] == 95.0
    assert not place.damages()


def test_a_document_that_nobody_stored_does_not_slip_into_an_open_wave(place: Place) -> None:
    place.put_in("olga")
    with pytest.raises(Refusal, match="keeps the rules"):
        place.put_in("olga", scheme=turned_round(), content=b"late,dear\n1,5\n1,5\n")
    assert place.rows(SchemeVersion, Response) == [1, 2]


# Two at once


def test_two_mappings_of_one_file_at_once_do_not_mix(place: Place) -> None:
    content = b"id,a,b\n" + b"".join(b"%d,1,5\n" % row for row in range(300))
    straight, crossed = (
        Mapping(items={"on_time": one, "price": other}, columns={"external_id": "id"}, values=LEVELS)
        for one, other in (("a", "b"), ("b", "a"))
    )
    with ThreadPoolExecutor(2) as threads:
        running = [
            threads.submit(place.put_in, who, content, mapping)
            for who, mapping in (("olga", straight), ("quinn", crossed))
        ]
        reports = [one.result() for one in running]
    assert sum(report.written for report in reports) == 300
    assert sum(report.refused for report in reports) == 300, "the same id with other answers is told, never applied"
    scores = place.item_scores("2026-Q4")
    assert scores in ({"on_time": 20.0, "price": 100.0}, {"on_time": 100.0, "price": 20.0})
    assert not place.damages()


# Documents that are too much


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = " + "[" * 100_000 + "]" * 100_000, id="nested lists"),
        pytest.param("a = " + "{ b = " * 50_000 + "1" + " }" * 50_000, id="nested tables"),
        pytest.param("[" + "a." * 10_000 + "a]\n", id="a dotted key"),
        pytest.param(make.preset(FIRST) + "\n#" + "x" * 20_000_000, id="20 MB of remark"),
        pytest.param("a = 1" + "0" * 200_000, id="a number without end"),
        pytest.param("a = 1e999999999", id="an infinite number"),
        pytest.param('a = "\ud800"', id="half a character"),
        pytest.param("a = 1\n\x00", id="NUL"),
    ],
)
@pytest.mark.parametrize("load_it", [load, Mapping.load])
def test_a_document_that_is_too_much_is_refused_at_once(text: str, load_it: Any) -> None:
    with pytest.raises((SchemeInvalid, MappingInvalid)):
        load_it(text)


def test_a_scheme_of_thousands_of_items_is_refused() -> None:
    item = '{ code = "i%d", en = "I", dimension = "quality", weight = 1 },'
    text = document().replace("items = [", "items = [\n" + "\n".join(item % n for n in range(5_000)), 1)
    with pytest.raises(SchemeInvalid):
        load(text)


def test_a_mapping_of_twenty_thousand_cells_is_no_trap(place: Place) -> None:
    cells = ", ".join(f'"v{n}" = 5' for n in range(20_000))
    mapping = Mapping.load(f'[items]\non_time = "late"\n[values]\n"*" = {{ {cells}, "1" = 1 }}\n')
    assert place.put_in("olga", mapping=mapping).written == 2


# Names from outside are names only

NAMES = (
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/dev/null",
    "C:\\con.csv",
    "a\x00b.csv",
    "\u202excod.csv",
    "x" * 5_000,
    "<img src=x onerror=alert(1)>.csv",
    "=cmd|' /C calc'!A0.csv",
    "'; DROP TABLE response; --.csv",
    "half a \ud800 character.csv",
    "",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_upload_is_only_ever_shown(place: Place, name: str) -> None:
    with write_session(place.engine) as session:
        key = files.store_file(session, name=name, content=BytesIO(ROWS), by=place.people["olga"].user_id, at=AT).id
        payload = {
            "file_id": key,
            "filename": name,
            "scheme": FIRST,
            "wave": "2026-Q4",
            "mapping": MAPPING.dump(),
        }
        jobs.enqueue(session, kind="import", form_key="k", payload=payload, by=place.people["olga"], at=AT)
    jobs.run_worker(place.engine, once=True)
    with read_session(place.engine) as session:
        (job,) = jobs.own_jobs(session, place.people["olga"], "import")
        assert (job.state, job.result.get("written")) == ("done", 2)
        assert len(session.exec(select(ImportRun.file_name)).one()) <= 255
    assert place.rows(StoredFile) == [0]


# Cells are cells

CELLS = (
    "<script>alert(1)</script>",
    "'; DROP TABLE customer; --",
    '" OR 1=1 --',
    "%' OR '1'='1",
    "${jndi:ldap://x/y}",
    "{{7*7}}",
    "{name}",
    "%(name)s",
    "=HYPERLINK(1)",
    "\u202eelpoep",
    "x" * 30_000,
    "é" * 3,
)
UNENCODABLE = ("a\x00b", "\ud83d")


@pytest.mark.parametrize("role", ["customer", "customer_name", "segment", "region", "channel", "respondent", "opinion"])
def test_a_cell_of_any_kind_is_stored_as_text_or_refused_in_words(place: Place, role: str) -> None:
    columns = {} if role == "opinion" else {role: "who"}
    opinions = ("who",) if role == "opinion" else ()
    mapping = Mapping(items={"on_time": "late"}, columns=columns, opinions=opinions, values=LEVELS)
    written = 0
    for number, cells in enumerate((CELLS, *([one] for one in UNENCODABLE))):
        quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
        content = "\n".join(["late,who", *(f"{number + 1},{cell}" for cell in quoted), "5,Somebody"])
        try:
            report = place.put_in("olga", content.encode("utf-8", "surrogatepass"), mapping)
        except Refusal:  # in words, and nothing is written
            assert len(cells) == 1
        else:
            assert report.written + report.refused + report.already_in == len(cells) + 1
            written += report.written
    assert place.rows(Response) == [written]
    assert written >= len(CELLS)
    assert not place.damages()


@pytest.mark.parametrize(
    "code", ["../x", "'; DROP TABLE wave; --", "<b>", "x" * 500, "a\x00b", "\ud800", " ", "2026-Q4\n"]
)
def test_a_wave_code_is_a_code_or_refused(place: Place, code: str) -> None:
    try:
        place.put_in("olga", wave=code)
    except Refusal:
        assert place.rows(Wave) == [0]
        return
    with read_session(place.engine) as session:
        assert session.exec(select(Wave.code)).one() == code.strip()
        assert len(code) <= 64


def a_stranger() -> Viewer:
    return Viewer(10**9, "nobody", "Nobody", "organiser", 10**9)


def test_somebody_whose_account_is_gone_brings_nothing_in(place: Place) -> None:
    place.people["ghost"] = a_stranger()
    with pytest.raises(NotThere):
        place.put_in("ghost")
    assert place.rows(Response, Wave) == [0, 0]
