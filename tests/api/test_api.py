"""The JSON API over HTTP: who may do what, that the same request counts once, and that figures are the command line's."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api import documents, routes
from db.models import (
    ApiRequest,
    ApiToken,
    AuditEvent,
    Contact,
    Customer,
    ExtraAnswer,
    Invitation,
    Opinion,
    Response,
    Subject,
    Wave,
)
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM, Viewer
from domain.api_access import SCOPES
from domain.questionnaire import Extra
from domain.scheme import Name
from services import api_tokens, questionnaires
from services.checking import verify
from services.closing import close_wave
from services.links import token_hash
from settings import settings
from tests import factories as make
from tests.factories import AT

ROOT = Viewer(0, "root", "Root", "administrator")
HERE = "/api/v1/schemes/iatf-quarterly/waves/2026-Q4"
ITEMS = ("performance", "on_time")
Client = Callable[..., Any]


@pytest.fixture
def engine(app_database: str) -> Engine:
    """The database that the routes write to."""
    return engine_for(app_database)


@pytest.fixture
def wave(engine: Engine) -> Wave:
    return make.written(engine, make.wave)


@pytest.fixture
def client(engine: Engine, wave: Wave) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes()), raise_server_exceptions=False) as client:
        yield client


def token(engine: Engine, *scopes: str, at: datetime | None = None, **more: Any) -> dict[str, str]:
    """The header of a new token; all scopes where none is named."""
    values = {"name": "A program", "scheme": "", "days": 30, "per_minute": 1000, **more}
    with write_session(engine) as session:
        made = api_tokens.make(session, scopes=scopes or tuple(SCOPES), by=ROOT, at=at or datetime.now(UTC), **values)
    return {"authorization": f"Bearer {made.token}"}


def stored(engine: Engine, model: Any, *where: Any) -> list[Any]:
    with read_session(engine) as session:
        return list(session.exec(select(model).where(*where)))


def response(number: int = 1, level: str = "satisfied", **more: Any) -> dict[str, Any]:
    return {"id": f"r{number}", "answers": dict.fromkeys(ITEMS, level), **more}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


# Who asks


def test_three_tokens_one_writes_one_reads_one_is_of_another_scheme(client: TestClient, engine: Engine) -> None:
    with write_session(engine) as session:
        other = make.preset("iatf-quarterly").replace('code = "iatf-quarterly"', 'code = "other"', 1)
        make.wave(session, make.scheme(session, document=other))
    alice = token(engine, "responses:write", scheme="iatf-quarterly")
    bob = token(engine, "scores:read", "findings:read", "returns:read")
    charlie = token(engine, scheme="other")
    assert client.post(f"{HERE}/responses", json=response(), headers=alice).status_code == 201
    assert client.get(HERE, headers=alice).status_code == 200
    assert code(client.get(f"{HERE}/scores", headers=alice)) == (403, "scope_missing")
    assert client.get(f"{HERE}/scores", headers=bob).json()["valid"] == 1
    assert code(client.post(f"{HERE}/responses", json=response(2), headers=bob)) == (403, "scope_missing")
    assert code(client.post(f"{HERE}/responses", json=response(2), headers=charlie)) == (404, "not_there")
    for path in ("", "/scores", "/findings", "/returns"):
        assert code(client.get(HERE + path, headers=charlie)) == (404, "not_there")
    assert code(client.get("/api/v1/schemes/iatf-quarterly/waves", headers=charlie)) == (404, "not_there")
    assert len(stored(engine, Response)) == 1


def test_unknown_revoked_and_ended_tokens_look_the_same(client: TestClient, engine: Engine) -> None:
    revoked, ended = token(engine), token(engine, at=datetime.now(UTC) - timedelta(days=31))
    with write_session(engine) as session:
        first = session.exec(select(ApiToken).order_by(col(ApiToken.id))).first()
        assert first
        api_tokens.revoke(session, token_id=first.id or 0, by=ROOT, at=AT)
    unknown = {"authorization": "Bearer cs_nobody"}
    answers = [client.get(HERE, headers=given) for given in (revoked, ended, unknown, {}, {"authorization": "Basic x"})]
    assert {(one.status_code, one.text, one.headers["www-authenticate"]) for one in answers} == {
        (401, answers[0].text, 'Bearer realm="api"')
    }
    assert client.get(HERE, headers=token(engine)).status_code == 200


def test_of_a_token_only_the_hash_is_kept(engine: Engine, wave: Wave) -> None:
    plain = token(engine)["authorization"].removeprefix("Bearer ")
    (row,) = stored(engine, ApiToken)
    assert row.token_hash == token_hash(plain)
    assert plain not in repr(row)
    assert plain[: len(row.hint)] == row.hint
    assert len(row.hint) < 12 < len(plain)


def test_a_token_is_used_so_often_in_a_minute_and_no_more(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 2, 8, 0, 50, tzinfo=UTC)
    few, many = token(engine, per_minute=3, at=now), token(engine, per_minute=3, at=now)
    clock = type("Clock", (), {"now": staticmethod(lambda _zone: now)})
    monkeypatch.setattr(routes, "datetime", clock)
    assert [client.get(HERE, headers=few).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    last = client.get(HERE, headers=few)
    assert (code(last), last.headers["retry-after"]) == ((429, "too_many_requests"), "10")
    assert client.get(HERE, headers=many).status_code == 200, "another token has its own count"
    now = now + timedelta(seconds=10)
    assert client.get(HERE, headers=few).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/api/v1/%0A", "/api/v1/waves/a%0Ab", f"{HERE}%0A", f"{HERE}/scores%0A"],
    ids=["only", "in", "wave", "scores"],
)
def test_an_address_with_a_line_break_is_not_there(client: TestClient, engine: Engine, path: str) -> None:
    for ask in (client.get, client.post):
        assert code(ask(path, headers=token(engine))) == (404, "not_there")


# Responses in


def test_a_response_counts_at_once_and_its_id_goes_in_once(client: TestClient, engine: Engine, wave: Wave) -> None:
    given = response(
        customer={"code": "ACME", "name": "Acme Drives", "segment": "OEM"},
        opinions=["Late twice"],
        submitted_at="2026-10-12T09:30:00+08:00",
    )
    key = token(engine, "responses:write", "customers:write")
    first = client.post(f"{HERE}/responses", json=given, headers=key)
    again = client.post(f"{HERE}/responses", json=given, headers=key)
    other = client.post(f"{HERE}/responses", json={**given, "opinions": []}, headers=key)
    assert (first.status_code, again.status_code, code(other)) == (201, 200, (409, "response_is_in"))
    (row,) = stored(engine, Response)
    said = {"id": "r1", "response": row.id, "status": "counted", "invalid_reason": "", "late": False}
    assert first.json() == {"scheme": "iatf-quarterly", "wave": "2026-Q4", "responses": [{**said, "is_new": True}]}
    assert again.json()["responses"] == [{**said, "is_new": False}]
    (acme,) = stored(engine, Customer)
    assert (acme.code, acme.name_en, acme.segment, row.customer_id) == ("ACME", "Acme Drives", "OEM", acme.id)
    assert [one.text for one in stored(engine, Opinion)] == ["Late twice"]
    assert stored(engine, Wave)[0].version > wave.version, "what open screens poll"
    uses = stored(engine, AuditEvent, AuditEvent.verb == "use")
    assert [one.details for one in uses] == [{"wave": wave.id, "responses": n} for n in (1, 0)]


def test_a_batch_goes_in_whole_or_not_at_all(client: TestClient, engine: Engine) -> None:
    key = token(engine, "responses:write")
    rows = [response(number, ("satisfied", "neutral")[number % 2]) for number in range(30)]
    bad = [*rows[:7], {"id": "x", "answers": {"on_time": "splendid"}}, *rows[7:]]
    answer = client.post(f"{HERE}/responses", json={"responses": bad}, headers=key)
    assert (code(answer), answer.json()["error"]["field"]) == ((422, "level_unknown"), "7.answers.on_time")
    twice = client.post(f"{HERE}/responses", json={"responses": [rows[0], rows[0]]}, headers=key)
    assert code(twice) == (422, "id_twice")
    assert stored(engine, Response) == []
    assert client.post(f"{HERE}/responses", json=rows[0], headers=key).status_code == 201
    answer = client.post(f"{HERE}/responses", json={"responses": rows}, headers=key)
    taken = answer.json()["responses"]
    assert [one["is_new"] for one in taken] == [False, *[True] * 29]
    assert [one["id"] for one in taken] == [row["id"] for row in rows]
    report = client.get(f"{HERE}/scores", headers=token(engine, "scores:read")).json()
    assert (report["valid"], report["index"]["score"]) == (30, pytest.approx((15 * 80 + 15 * 60) / 30))
    with read_session(engine) as session:
        assert list(verify(session)) == []


@pytest.mark.parametrize("several", [False, True])
def test_answers_beside_the_items_are_checked_and_kept_once(
    client: TestClient, engine: Engine, wave: Wave, several: bool
) -> None:
    extras = [Extra("q1", "single", Name(en="Which?"), (Name(en="A"), Name(en="B")))]
    with write_session(engine) as session:
        given = {"texts": {}, "extras": extras, "ask_importance": False, "base": 0}
        questionnaires.save(session, wave_id=wave.id or 0, **given, by=SYSTEM, at=AT)
    sent = [response(1, extras={"q1": "2"}), response(2)]
    wrong = response(3, extras={"q1": ["1", "2"]})
    for rows, status in ((sent, 201), (sent, 200), ([wrong], 422)):
        body = {"responses": rows} if several else rows[0]
        assert client.post(f"{HERE}/responses", json=body, headers=token(engine)).status_code == status
    assert [(one.question, one.value) for one in stored(engine, ExtraAnswer)] == [("q1", "2")]


def test_single_and_batch_write_the_same(client: TestClient, engine: Engine) -> None:
    """Otherwise a response sent alone, and once more among others, would be taken for another one."""
    key = token(engine)
    full = response(1, customer={"code": "A"}, opinions=[" x "], weight=2, respondent="R", channel="web", region="")
    assert client.post(f"{HERE}/responses", json=full, headers=key).status_code == 201
    answer = client.post(f"{HERE}/responses", json={"responses": [response(2), full]}, headers=key)
    assert [one["is_new"] for one in answer.json()["responses"]] == [True, False]


@pytest.mark.parametrize("several", [False, True])
def test_a_response_answers_its_invitation_once(client: TestClient, engine: Engine, wave: Wave, several: bool) -> None:
    with write_session(engine) as session:
        invitation, plain = make.invitation(session, wave, make.customer(session))
        invitation.state = "undeliverable"
        session.add(invitation)
    key = token(engine)
    sent = {"answers": {"on_time": "satisfied"}, "invitation": plain, "submitted_at": "2026-10-12T01:00:00Z"}
    rows = [sent, response(2)]
    body = {"responses": rows} if several else sent
    assert client.post(f"{HERE}/responses", json=body, headers=key).status_code == 201
    (back,) = stored(engine, Invitation)
    (row,) = stored(engine, Response, col(Response.invitation_id).is_not(None))
    assert (back.state, back.in_time, row.customer_id) == ("answered", True, back.customer_id)
    assert client.post(f"{HERE}/responses", json=body, headers=key).json()["responses"][0]["is_new"] is False
    other = {**sent, "answers": {"on_time": "neutral"}}
    assert code(client.post(f"{HERE}/responses", json=other, headers=key)) == (409, "response_is_in")
    unknown = {**sent, "invitation": "nobody"}
    assert code(client.post(f"{HERE}/responses", json=unknown, headers=key)) == (422, "invitation_unknown")


def test_an_anonymous_wave_takes_nothing_that_names(client: TestClient, engine: Engine, wave: Wave) -> None:
    with write_session(engine) as session:
        found = session.get_one(Wave, wave.id)
        found.is_anonymous = True
        session.add(found)
    key = token(engine)
    for what in ({"customer": {"code": "A"}}, {"respondent": "Li"}, {"invitation": "x"}):
        answer = client.post(f"{HERE}/responses", json=response(**what), headers=key)
        assert code(answer) == (422, "named_in_anonymous_wave")
    sent = response(submitted_at="2026-10-12T09:30:00+08:00")
    assert client.post(f"{HERE}/responses", json=sent, headers=key).status_code == 201
    assert client.post(f"{HERE}/responses", json=sent, headers=key).status_code == 200
    (row,) = stored(engine, Response)
    assert "r1" not in row.row_key
    assert (row.submitted_at, row.customer_id) == (datetime(2026, 10, 11, 16, tzinfo=UTC), None)


def test_after_closing_a_response_waits_and_a_planned_wave_takes_none(
    client: TestClient, engine: Engine, wave: Wave
) -> None:
    key = token(engine)
    client.post(f"{HERE}/responses", json=response(1), headers=key)
    with write_session(engine) as session:
        close_wave(session, wave=session.get_one(Wave, wave.id), by=SYSTEM, at=AT)
    body = {"responses": [response(2), response(3)]}
    answer = client.post(f"{HERE}/responses", json=body, headers=key)
    assert [one["status"] for one in answer.json()["responses"]] == ["after_close"] * 2
    with write_session(engine) as session:
        found = session.get_one(Wave, wave.id)
        found.state, found.closed_at = "planned", None
        session.add(found)
    assert code(client.post(f"{HERE}/responses", json=response(4), headers=key)) == (409, "wave_takes_nothing")
    assert code(client.get(f"{HERE}/scores", headers=key)) == (404, "not_there")


# Once for each key


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(client: TestClient, engine: Engine) -> None:
    key = token(engine) | {"idempotency-key": "order-1"}
    sent = {"answers": {"on_time": "satisfied"}}
    first = client.post(f"{HERE}/responses", json=sent, headers=key)
    again = client.post(f"{HERE}/responses", json=sent, headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    other = {"answers": {"on_time": "neutral"}}
    assert code(client.post(f"{HERE}/responses", json=other, headers=key)) == (409, "key_used")
    somebody = token(engine) | {"idempotency-key": "order-1"}
    assert client.post(f"{HERE}/responses", json=other, headers=somebody).status_code == 201, "keys are a token's own"
    odd = token(engine) | {"idempotency-key": "two words"}
    assert code(client.post(f"{HERE}/responses", json=sent, headers=odd)) == (422, "key_invalid")
    assert len(stored(engine, Response)) == 2


def test_a_refused_request_leaves_its_key_free(client: TestClient, engine: Engine) -> None:
    key = token(engine) | {"idempotency-key": "k"}
    assert client.post(f"{HERE}/responses", json={"answers": {"nothing": "x"}}, headers=key).status_code == 422
    assert stored(engine, ApiRequest) == []
    assert client.post(f"{HERE}/responses", json=response(), headers=key).status_code == 201


def test_eight_at_once_ask_for_one_work_order_and_get_one_invitation(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key: where transactions wait for rows, and not for each other."""
    monkeypatch.setenv("DATABASE_URL", postgresql_url)
    settings.cache_clear()
    engine = engine_for(postgresql_url)
    made = make.written(engine, make.wave)
    with write_session(engine) as session:
        session.add(made)
        make.response(session, made, "dissatisfied", customer=make.customer(session, "A"))
    key = token(engine)
    wanted = {"customer": {"code": "A"}, "contact": {"name": "Li"}, "subject": {"kind": "work_order", "code": "WO-1"}}
    sent = {"answers": {"on_time": "neutral"}, "customer": {"code": "A"}}
    calls = [("invitations", wanted), ("responses", sent)] * 8
    with TestClient(Starlette(routes=routes.routes())) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda call: client.post(f"{HERE}/{call[0]}", json=call[1], headers=key), calls))
    assert {one.status_code for one in answers} == {200, 201}
    assert [len(stored(engine, model)) for model in (Contact, Invitation, Response)] == [1, 1, 9]
    with read_session(engine) as session:
        assert list(verify(session)) == []


def test_eight_at_once_with_one_key_write_one_response(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    settings.cache_clear()
    engine = engine_for(database_url)
    make.written(engine, make.wave)
    key = token(engine) | {"idempotency-key": "once"}
    sent = {"responses": [{"answers": {"on_time": "satisfied"}, "customer": {"code": "A"}}, response(2)]}
    with TestClient(Starlette(routes=routes.routes())) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(f"{HERE}/responses", json=sent, headers=key), range(8)))
    assert {one.text for one in answers} == {answers[0].text}
    assert sorted(one.headers.get("idempotency-replayed", "") for one in answers) == ["", *["true"] * 7]
    assert len(stored(engine, Response)) == 2


# Invitations in


def test_a_work_order_is_invited_once_and_gets_its_link(client: TestClient, engine: Engine, wave: Wave) -> None:
    wanted = {
        "customer": {"code": "ACME", "name": "Acme Drives"},
        "contact": {"name": "Li Na", "mail": "li@example.com"},
        "subject": {"kind": "work_order", "code": "WO-7", "name": "Pump"},
        "sent_on": "2026-10-12",
    }
    key = token(engine, "invitations:write", "customers:write")
    first = client.post(f"{HERE}/invitations", json=wanted, headers=key | {"idempotency-key": "WO-7"})
    replayed = client.post(f"{HERE}/invitations", json=wanted, headers=key | {"idempotency-key": "WO-7"})
    again = client.post(f"{HERE}/invitations", json=wanted, headers=key)
    assert (first.status_code, replayed.status_code, again.status_code) == (201, 201, 200)
    assert first.json() == replayed.json()
    (made,), (back,) = first.json()["invitations"], again.json()["invitations"]
    assert back == {**made, "is_new": False}
    (row,) = stored(engine, Invitation)
    assert made["link"].startswith("http://localhost:8501/q/")
    assert token_hash(made["link"].rpartition("/")[2]) == row.token_hash
    assert (made["sent_on"], made["due_on"]) == ("2026-10-12", "2026-10-19"), "5 working days"
    (contact,), (subject,) = stored(engine, Contact), stored(engine, Subject)
    assert (row.contact_id, row.subject_id, subject.code) == (contact.id, subject.id, "WO-7")
    kept = stored(engine, ApiRequest)[0].answer
    assert made["link"].rpartition("/")[2] not in json.dumps(kept), "links are made again, not kept"
    returned = client.get(f"{HERE}/returns", headers=token(engine, "returns:read")).json()
    assert (returned["sent"], returned["in_time"], returned["rate"]) == (1, 0, 0.0)


def test_two_work_orders_of_one_contact_are_two_invitations(client: TestClient, engine: Engine) -> None:
    rows = [
        {"customer": {"code": "A"}, "contact": {"name": "Li"}, "subject": {"kind": "work_order", "code": code}}
        for code in ("WO-1", "WO-2", "WO-1")
    ]
    answer = client.post(f"{HERE}/invitations", json={"invitations": rows}, headers=token(engine))
    made = [one["invitation"] for one in answer.json()["invitations"]]
    assert made[0] == made[2] != made[1]
    assert len(stored(engine, Invitation)) == 2
    assert len(stored(engine, Contact)) == 1


def test_new_customers_and_contacts_need_the_scope_for_it(client: TestClient, engine: Engine) -> None:
    key = token(engine, "invitations:write", "responses:write")
    asked = {"customer": {"code": "NEW"}}
    assert code(client.post(f"{HERE}/invitations", json=asked, headers=key)) == (422, "customer_unknown")
    assert code(client.post(f"{HERE}/responses", json=response(**asked), headers=key)) == (422, "customer_unknown")
    with write_session(engine) as session:
        make.customer(session, "NEW")
    assert client.post(f"{HERE}/invitations", json=asked, headers=key).status_code == 201
    contact = {**asked, "contact": {"name": "Nobody"}}
    assert code(client.post(f"{HERE}/invitations", json=contact, headers=key)) == (422, "contact_unknown")
    late = {**asked, "sent_on": "2099-01-01"}
    assert code(client.post(f"{HERE}/invitations", json=late, headers=key)) == (422, "sent_too_late")
    assert stored(engine, Contact) == []


# Figures out


def test_figures_are_those_of_the_command_line(client: TestClient, engine: Engine, wave: Wave) -> None:
    from cli import app

    with write_session(engine) as session:
        make.response(session, wave, "dissatisfied", customer=make.customer(session, "A"))
    key = token(engine)
    for what in ("scores", "findings"):
        printed = json.loads(CliRunner().invoke(app, [what, "--wave", "2026-Q4", "--json"]).output)
        sent = client.get(f"{HERE}/{what}", headers=key).json()
        assert sent == (printed if what == "scores" else {"wave": "2026-Q4", "scheme": "iatf-quarterly", what: printed})
        assert printed


def test_what_is_sent_is_what_the_description_says(client: TestClient, engine: Engine, wave: Wave) -> None:
    with write_session(engine) as session:
        customer = make.customer(session, "A", segment="OEM")
        make.invitation(session, wave, customer)
        make.response(session, wave, "dissatisfied", customer=customer)
    key = token(engine)
    forms = {
        "/scores": documents.ScoresOut,
        "/findings?cleared=true": documents.FindingsOut,
        "/returns": documents.WaveReturnsOut,
        "": documents.AskedOut,
    }
    for path, form in forms.items():
        form.model_validate_json(client.get(HERE + path, headers=key).text)
    found = documents.WavesOut.model_validate_json(client.get("/api/v1/schemes/iatf-quarterly/waves", headers=key).text)
    assert [(one.wave, one.state) for one in found.waves] == [("2026-Q4", "open")]
    documents.Refused.model_validate_json(client.get("/api/v1/nothing").text)


def test_figures_are_sent_again_only_when_something_was_written(client: TestClient, engine: Engine) -> None:
    key = token(engine)
    tag = client.get(f"{HERE}/scores", headers=key).headers["etag"]
    same = client.get(f"{HERE}/scores", headers=key | {"if-none-match": f'W/"x", {tag}'})
    assert (same.status_code, same.content) == (304, b"")
    client.post(f"{HERE}/responses", json=response(), headers=key)
    changed = client.get(f"{HERE}/scores", headers=key | {"if-none-match": tag})
    assert (changed.status_code, changed.json()["valid"]) == (200, 1)


# What is refused before it is looked at


@pytest.mark.parametrize(
    ("body", "expected", "field"),
    [
        (b"{", (400, "json_invalid"), ""),
        (b'{"answers": {"on_time": NaN}}', (400, "json_invalid"), ""),
        (b'{"answers": {"on_time": "\\ud800"}}', (400, "json_invalid"), ""),
        (b"[]", (422, "model_type"), ""),
        (b'{"answers": {}, "answer": {}}', (422, "extra_forbidden"), "answer"),
        (b'{"answers": {"on_time": true}}', (422, "string_type"), "answers.on_time.constrained-str"),
        (b'{"answers": {}, "submitted_at": "2026-10-12T09:00:00"}', (422, "timezone_aware"), "submitted_at"),
        (b'{"answers": {}, "submitted_at": "0001-01-01T00:00:00+14:00"}', (422, "greater_than_equal"), "submitted_at"),
        (b'{"answers": {}, "respondent": "\\u0000"}', (422, "string_pattern_mismatch"), "respondent"),
        (b'{"responses": []}', (422, "too_short"), "responses"),
        (b'{"answers": {}, "invitation": "x", "customer": {"code": "A"}}', (422, "value_error"), ""),
    ],
)
def test_a_body_that_cannot_be_is_refused_in_words(
    client: TestClient, engine: Engine, body: bytes, expected: tuple[int, str], field: str
) -> None:
    headers = token(engine) | {"content-type": "application/json"}
    answer = client.post(f"{HERE}/responses", content=body, headers=headers)
    assert code(answer) == expected
    assert answer.json()["error"]["field"] == field


def test_other_types_sizes_methods_and_addresses_are_refused(client: TestClient, engine: Engine) -> None:
    key = token(engine)
    answer = client.post(f"{HERE}/responses", content=b"<x/>", headers=key | {"content-type": "text/xml"})
    assert code(answer) == (415, "not_json")
    long = b" " * (routes.LONGEST_BODY + 1)
    answer = client.post(f"{HERE}/responses", content=long, headers=key | {"content-type": "application/json"})
    assert code(answer) == (413, "too_long")
    many = {"responses": [response(number) for number in range(501)]}
    assert code(client.post(f"{HERE}/responses", json=many, headers=key)) == (422, "too_long")
    answer = client.delete(f"{HERE}/responses", headers=key)
    assert (code(answer), answer.headers["allow"]) == ((405, "method_not_allowed"), "POST")
    assert code(client.get("/api/v1/schemes/a%0Ab/waves", headers=key)) == (404, "not_there")
    assert client.get(f"{HERE}/responses", headers=key).headers["allow"] == "POST"
    assert code(client.get("/api/v1/not%0Ahing", headers=key)) == (404, "not_there")
    assert code(client.get("/api/v1/nothing", headers=key)) == (404, "not_there")
    assert code(client.get(f"{HERE}/findings?cleared=maybe", headers=key)) == (422, "not_true_or_false")
    for path in ("", "/scores", "/findings", "/returns"):
        assert code(client.get(f"{HERE}{path}?clear=true", headers=key)) == (422, "unknown_parameter")


def test_what_breaks_is_said_without_a_trace(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = token(engine)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(routes.figures, "scores", broken)
    answer = client.get(f"{HERE}/scores", headers=key)
    assert code(answer) == (500, "unforeseen")
    assert "secret" not in answer.text
