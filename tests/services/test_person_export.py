"""Who may read the audit log, what is found in it, and what a person is handed out."""

import json
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, select

from db.models import Contact, HandEntry, Response
from db.queries.audit_log import AuditFilter, audit_lines
from db.session import read_session, write_session
from domain.access import NotAllowed
from services.audit import audit
from services.person_export import export_person
from tests.company import AT, Company, found_company

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    """root saw alpha and beta, dora changed alpha; Li Mei answered for alpha."""
    company = found_company(sqlite_engine)
    root, dora = company.people["root"].user_id, company.people["dora"].user_id
    with write_session(sqlite_engine) as session:
        for by, verb, code in ((root, "view", "alpha"), (root, "view", "beta"), (dora, "change", "alpha")):
            audit(session, by=by, at=AT, verb=verb, about="customer", about_id=company.customers[code])
        person = Contact(customer_id=company.customers["alpha"], name="Li Mei", mail="li@alpha.example")
        session.add(person)
        session.add(Contact(customer_id=company.customers["alpha"], name="Wang Fang"))
        session.flush()
        key = session.exec(select(Response.id).where(Response.wave_id == company.now)).first()
        session.add(
            HandEntry(response_id=key or 0, wave_id=company.now, channel="paper", contact_id=person.id, entered_at=AT)
        )
        session.exec(update(Response).where(Response.id == key).values(respondent="Li Mei"))  # type: ignore[arg-type]
    return company


def found(session: Session, company: Company, **wanted: object) -> list[tuple[str, str, str]]:
    lines = audit_lines(session, company.people["dora"], AuditFilter(**{"about": "customer", **wanted}))  # type: ignore[arg-type]
    return [(line.who, line.verb, line.record) for line in lines]


def test_the_log_is_found_by_person_by_record_and_by_what_was_done(sqlite_engine: Engine, company: Company) -> None:
    with read_session(sqlite_engine) as session:
        change, beta, alpha = found(session, company)
        assert (change, beta, alpha) == (
            ("Dora", "change", "alpha"),
            ("Root", "view", "beta"),
            ("Root", "view", "alpha"),
        )
        assert found(session, company, record="alpha") == [change, alpha]
        assert found(session, company, user_id=company.people["root"].user_id) == [beta, alpha]
        assert found(session, company, is_seeing=False) == [change]
        assert found(session, company, record="nobody") == []
        dora = company.people["dora"]
        newest = audit_lines(session, dora, AuditFilter(about="customer"), limit=2)
        older = audit_lines(session, dora, AuditFilter(about="customer"), before=newest[-1].id, limit=2)
        assert [line.record for line in older] == ["alpha"]
        for who in ("bob", "alice", "erik"):
            with pytest.raises(NotAllowed):
                audit_lines(session, company.people[who], AuditFilter())


def test_a_person_is_handed_out_what_is_held_and_nothing_of_a_colleague(
    sqlite_engine: Engine, company: Company
) -> None:
    with write_session(sqlite_engine) as session:
        key = session.exec(select(Contact.id).where(Contact.name == "Li Mei")).one() or 0
        files = export_person(session, contact_id=key, by=company.people["root"], at=AT, zone=SHANGHAI)
    held = json.loads(files.json)
    assert held["contact"][0]["mail"] == "li@alpha.example"
    assert [row["respondent"] for row in held["response"]] == ["Li Mei"]
    assert len(held["answer"]) > 5
    assert ("Root", "view") in [(row["who"], row["verb"]) for row in held["seen_by"]]
    assert b"Wang Fang" not in files.json
    assert files.xlsx.startswith(b"PK")
    with read_session(sqlite_engine) as session:
        (line,) = audit_lines(session, company.people["root"], AuditFilter(about="contact"))
        assert (line.verb, line.record, line.details["rows"]["answer"]) == ("export", str(key), len(held["answer"]))
    with pytest.raises(NotAllowed), write_session(sqlite_engine) as session:
        export_person(session, contact_id=key, by=company.people["dora"], at=AT, zone=SHANGHAI)
