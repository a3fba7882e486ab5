"""The evidence pack of a wave: whole, in order, with right checksums; the anonymised one names no customer and nobody there."""

import csv
import hashlib
import json
from collections.abc import Callable
from datetime import UTC
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from typer.testing import CliRunner

from cli import app
from db.models import (
    Action,
    ActionFile,
    ActionFinding,
    AuditEvent,
    Complaint,
    ComplaintPicture,
    Finding,
    Invitation,
    Opinion,
    Wave,
)
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM, NotAllowed, Viewer
from services import jobs, report_making, reports
from services.closing import close_wave
from services.evidence_pack import CLAUSES, Ask, PackStopped, write_pack
from services.evidence_zip import DAY, EvidenceZip
from services.files import store_file
from services.speech import Speech
from tests import factories as make

PERSON, COMPANY, MAIL, SAID = (
    "Wang Xiaoming",
    "Kaituo Power",
    "wang@kaituo.example",
    "Ask Wang Xiaoming of Kaituo Power",
)
SECRETS = (PERSON, COMPANY, MAIL, "KT-01", "凯拓动力")


class Company:
    """A closed wave of two customers; a person at one of them stands in every text that somebody can write."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            self.wave_id = _told(session)
            self.viewers = {
                role: make.viewer(make.user(session, role, role)) for role in ("quality", "viewer", "organiser")
            }
        with write_session(engine) as session:
            close_wave(session, wave=session.get_one(Wave, self.wave_id), by=SYSTEM, at=make.AT)

    def pack(
        self, *, anonymised: bool = False, by: Viewer = SYSTEM, progress: Callable[[int, int], bool] | None = None
    ) -> bytes:
        file = BytesIO()
        with read_session(self.engine) as session:
            ask = Ask(
                self.wave_id, by, make.AT, Speech("en", UTC), anonymised, progress or (lambda _done, _total: True)
            )
            write_pack(session, file, ask)
        return file.getvalue()


def _told(session: Session) -> int:
    wave = make.wave(session, make.scheme(session), "2026-Q4")
    customer = make.customer(session, "KT-01", name_zh="凯拓动力", name_en=COMPANY)
    contact = make.contact(session, customer, name=PERSON, mail=MAIL, phone="13800001111")
    asked, _token = make.invitation(session, wave, customer)
    session.get_one(Invitation, asked.id).contact_id = contact.id
    said = {"respondent": PERSON, "opinions": [SAID]}
    make.response(session, wave, "very_dissatisfied", customer=customer, **said)
    make.response(session, wave, "satisfied", customer=make.customer(session, "Other"))
    session.add(Opinion(wave_id=wave.id, kind="praise", text=SAID, received_at=make.AT))
    finding = session.exec(select(Finding).where(Finding.customer_id == customer.id)).first()
    owner = make.user(session, "olivia", "department")
    texts = {"title": f"Better for {COMPANY}", "problem": SAID, "form_key": "a"}
    people = {
        "department_id": make.department(session, "works").id or 0,
        "owner_id": owner.id or 0,
        "created_by_id": owner.id or 0,
    }
    action = Action(number=7, wave_id=wave.id, due_on=make.AT.date(), created_at=make.AT, **texts, **people)
    session.add(action)
    session.flush()
    assert finding is not None
    session.add(ActionFinding(action_id=action.id or 0, finding_id=finding.id or 0))
    file = store_file(session, name=f"{PERSON}.pdf", content=BytesIO(b"%PDF-1.7 proof"), by=None, at=make.AT)
    of_it = {"action_id": action.id or 0, "file_id": file.id or 0, "round": 1}
    session.add(ActionFile(**of_it, added_at=make.AT, added_by_id=owner.id or 0))
    of_wave = {"customer_id": customer.id or 0, "wave_id": wave.id, "form_key": "c"}
    said_in = {"channel": "mail", "category": "quality", "description": SAID}
    complaint = Complaint(number=3, **of_wave, **said_in, received_at=make.AT, recorded_at=make.AT)
    session.add(complaint)
    session.flush()
    picture = store_file(session, name=f"{PERSON}.png", content=BytesIO(b"picture"), by=None, at=make.AT)
    session.add(ComplaintPicture(complaint_id=complaint.id or 0, file_id=picture.id or 0, name=picture.name))
    return wave.id or 0


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return Company(sqlite_engine)


def unpacked(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {one.date_time for one in archive.infolist()} == {DAY}
        return {name: archive.read(name) for name in archive.namelist()}


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def test_every_file_is_in_the_index_with_its_clauses_and_has_the_checksum_that_is_said(company: Company) -> None:
    files = unpacked(company.pack())
    sums = dict(reversed(line.split("  ", 1)) for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    head, *rows = table(files["index.csv"])
    listed = {row[0]: row for row in rows}
    assert set(listed) == set(files) - {"index.csv", "README.zh_CN.txt", "README.en.txt"}
    assert head[2:-2] == list(CLAUSES.values())
    marks = {
        name: [clause for clause, mark in zip(head, row, strict=True) if mark == "x"] for name, row in listed.items()
    }
    assert all(marks.values())
    assert "ISO 9001:2015 10.2" in marks["7_actions/A-7.pdf"]
    assert "IATF 16949:2016 9.1.2.1" in marks["5_results/results.xlsx"]
    assert all(row[-2] == sums[name] and int(row[-1]) == len(files[name]) for name, row in listed.items())
    assert files["7_actions/A-7_1.pdf"] == b"%PDF-1.7 proof"
    assert files["8_complaints/8D_3_1.png"] == b"picture"
    assert files["2_questionnaire/paper.pdf"].startswith(b"%PDF")


def test_the_frozen_figures_have_the_hash_that_was_recorded_at_closing(company: Company) -> None:
    from db.queries.presented import frozen_at_closing

    with read_session(company.engine) as session:
        kept = frozen_at_closing(session, company.wave_id)
        assert kept is not None
        known = kept.sha256
    content = unpacked(company.pack())["5_results/as_presented.json"]
    assert hashlib.sha256(content).hexdigest() == known
    assert json.loads(content)["index"]["score"] == pytest.approx(50.0)


def test_the_same_data_at_the_same_moment_give_the_same_bytes(company: Company) -> None:
    assert company.pack() == company.pack()


def test_an_anonymised_pack_names_no_customer_and_nobody_there(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.evidence_pack.paper_file", lambda paper, *_how: repr(paper).encode())
    monkeypatch.setattr("services.evidence_pack.pdf_file", lambda document: repr(document).encode())
    whole, bare = unpacked(company.pack()), unpacked(company.pack(anonymised=True))
    assert all(secret in said(whole) for secret in SECRETS[:4]), "there was something to take out"
    assert not [secret for secret in SECRETS if secret in said(bare)]
    assert "7_actions/A-7_1.pdf" not in bare
    assert "5_results/as_presented.json" not in bare
    rows = table(bare["4_responses/answers.csv"])
    assert len(rows) == 3, "a row for each response all the same"
    assert {row[5].split()[0] for row in rows[1:]} == {"Customer"}
    assert "Better for Customer" in said(bare)


def said(files: dict[str, bytes]) -> str:
    """Every text in the files, those inside workbooks too."""
    parts = []
    for name, content in files.items():
        if name.endswith(".xlsx"):
            with ZipFile(BytesIO(content)) as book:
                parts += [book.read(part).decode() for part in book.namelist() if part.endswith(".xml")]
        else:
            parts.append(content.decode())
    return "\n".join(parts)


def test_an_anonymous_wave_says_nowhere_who_answered(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        wave = make.wave(session, make.scheme(session), "2026-Q4")
        wave.is_anonymous = True
        customer = make.customer(session, "KT-01", name_en=COMPANY)
        make.invitation(session, wave, customer)
        for _n in range(5):
            make.response(session, wave, "satisfied")
        key = wave.id or 0
    file = BytesIO()
    with read_session(sqlite_engine) as session:
        write_pack(session, file, Ask(key, SYSTEM, make.AT, Speech("en", UTC)))
    files = unpacked(file.getvalue())
    head, row = table(files["3_distribution/sent.csv"])
    assert dict(zip(head, row, strict=True)) | {"State": "", "Returned on": "", "In time": ""} == dict(
        zip(head, row, strict=True)
    )
    assert [row[4:10] for row in table(files["4_responses/answers.csv"])[1:]] == [[""] * 6] * 5


def test_only_who_makes_reports_and_sees_people_gets_it_and_it_can_be_stopped(company: Company) -> None:
    assert company.pack(by=company.viewers["quality"])
    with pytest.raises(NotAllowed):
        company.pack(by=company.viewers["viewer"])
    with pytest.raises(PackStopped):
        company.pack(progress=lambda done, _total: done < 2)


def test_a_file_of_a_zip_passes_through_in_parts() -> None:
    seen: list[int] = []

    def parts() -> object:
        for place in range(3):
            seen.append(place)
            yield bytes([place]) * 10

    with EvidenceZip(BytesIO()) as archive:
        entry = archive.add("a.bin", parts())  # type: ignore[arg-type]
    assert (entry.size, len(seen)) == (30, 3)
    assert entry.sha256 == hashlib.sha256(b"\0" * 10 + b"\1" * 10 + b"\2" * 10).hexdigest()


def test_the_worker_makes_it_once_and_taking_it_along_is_written_down(company: Company) -> None:
    quality = company.viewers["quality"]
    asked = {"kind": "evidence", "form": "zip", "language": "en", "wave_id": company.wave_id, "form_key": "f"}
    with write_session(company.engine) as session:
        job = reports.ask_for(session, **asked, by=quality, at=make.AT)
        assert reports.ask_for(session, **asked, by=quality, at=make.AT).id == job.id
        key = job.id or 0
    jobs.run_worker(company.engine, once=True)
    with write_session(company.engine) as session:
        done = jobs.job(session, quality, key)
        assert done.state == "done", done.result
        taken = reports.download(session, made_id=done.result["made_id"], by=quality, at=make.AT)
    assert "index.csv" in unpacked(taken.content)
    with read_session(company.engine) as session:
        verbs = session.exec(select(AuditEvent.verb).where(AuditEvent.about == "report")).all()
    assert list(verbs) == ["export", "download"]


def test_the_command_line_writes_it(app_database: str, tmp_path: Path) -> None:
    Company(engine_for(app_database))
    out = tmp_path / "evidence.zip"
    asked = ["report", "--wave", "2026-Q4", "--kind", "evidence", "--anonymised", "--out", str(out)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert not [secret for secret in SECRETS if secret in str(unpacked(out.read_bytes())["4_responses/answers.csv"])]


def test_a_report_of_an_unknown_kind_or_form_is_refused(company: Company) -> None:
    from domain.reports import ReportNotPossible

    order = report_making.Order("evidence", "pdf", "en", SYSTEM, make.AT, UTC, company.wave_id)
    with read_session(company.engine) as session, pytest.raises(ReportNotPossible):
        report_making.write_report(session, order, BytesIO())
