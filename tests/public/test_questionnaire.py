"""The public questionnaire over HTTP: what each link shows, what a press does, and what nobody gets to see."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db.models import (
    AnswerDraft,
    Consent,
    ExtraAnswer,
    Invitation,
    OpenTry,
    Opinion,
    ProblemAnswer,
    Response,
    SchemeVersion,
    Wave,
)
from db.queries.closing import late_answers
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM
from domain.questionnaire import Extra
from domain.scheme import Name
from public import routes
from services import answering, questionnaires
from services.checking import verify
from services.closing import close_wave, void_wave
from services.links import open_link
from tests import factories as make
from tests.factories import AT

TODAY = datetime.now(UTC).date()
ALL = {f"i{number}": "1" for number in range(1, 15)}
"""The second best answer to each of the 14 items: 80 points."""


@pytest.fixture
def engine(app_database: str) -> Engine:
    """The database that the routes write to."""
    return engine_for(app_database)


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes()), headers={"accept-language": "en"}) as client:
        yield client


@pytest.fixture
def wave(engine: Engine) -> Wave:
    return make.written(engine, make.wave)


def invited(engine: Engine, wave: Wave, *, sent_on: date = TODAY, anonymous: bool = False, **customer: Any) -> str:
    """A customer's link, as a path."""
    with write_session(engine) as session:
        found = session.get_one(Wave, wave.id)
        found.is_anonymous = anonymous
        session.add(found)
        session.flush()
        _, token = make.invitation(session, found, make.customer(session, **customer), sent_on=sent_on)
    return f"/q/{token}"


def public(engine: Engine, wave: Wave) -> str:
    with write_session(engine) as session:
        return open_link(session, wave_id=wave.id or 0, by=SYSTEM, at=AT).removeprefix("http://localhost:8501")


def form_of(text: str) -> str:
    found = re.search(r'name=form value="([^"]+)"', text)
    assert found, text
    return found[1]


def action_of(path: str) -> str:
    """Where the form of a path goes."""
    return re.sub(r"(\?|$)", r"/answer\1", path, count=1)


def post(client: TestClient, path: str, data: dict[str, Any], *, do: str = "submit", **more: Any) -> Any:
    """Presses a button of the form that the path shows, as a browser does: with every text field, empty or not."""
    shown = client.get(path).text
    blank = dict.fromkeys(
        re.findall(r"<(?:textarea|input)[^>]* name=(\w+) (?:rows|tabindex|maxlength|inputmode)", shown), ""
    )
    return client.post(action_of(path), data={**blank, **data, "form": form_of(shown), "do": do}, **more)


def stored(engine: Engine, model: Any, *where: Any) -> list[Any]:
    with read_session(engine) as session:
        return list(session.exec(select(model).where(*where)))


def extras(engine: Engine, wave: Wave, *added: Extra, **texts: Name) -> None:
    with write_session(engine) as session:
        given = {"texts": texts, "extras": added, "ask_importance": False, "base": 0}
        questionnaires.save(session, wave_id=wave.id or 0, **given, by=SYSTEM, at=AT)


def test_an_answer_is_stored_once_with_consent_and_counts(client: TestClient, engine: Engine, wave: Wave) -> None:
    path = invited(engine, wave)
    answer = post(client, path, ALL | {"i3": "4", "w3": "Scratched", "opinion": "Faster quotes, please"})
    assert answer.status_code == 200
    assert "Your answers have been received." in answer.text
    (response,) = stored(engine, Response)
    assert response.score == pytest.approx((13 * 80 + 20) / 14 * 1e9, abs=5e8)  # dimensions weigh 3, 3, 3, 2, 3
    assert response.invitation_id
    assert {(o.text, o.kind, o.item_id is None) for o in stored(engine, Opinion)} == {
        ("Scratched", "problem", False),
        ("Faster quotes, please", "", True),
    }
    (consent,) = stored(engine, Consent)
    assert (consent.response_id, consent.given, consent.channel) == (response.id, True, "web")
    with read_session(engine) as session:
        assert list(verify(session)) == []


def test_the_back_button_and_a_second_press_say_thank_you_and_store_nothing(
    client: TestClient, engine: Engine, wave: Wave
) -> None:
    path = invited(engine, wave)
    form = form_of(client.get(path).text)
    for _ in range(2):
        answer = client.post(action_of(path), data={**ALL, "form": form, "do": "submit"})
        assert answer.status_code == 200
        assert "Thank you" in answer.text
    assert "This questionnaire has been answered already." in client.get(path).text
    assert len(stored(engine, Response)) == 1


def test_submitting_with_gaps_names_them_keeps_everything_and_can_go_on_without(
    client: TestClient, engine: Engine, wave: Wave
) -> None:
    path = invited(engine, wave)
    typed = {"i1": "0", "i2": "na", "opinion": "Typed <b>before</b>"}
    answer = post(client, path, typed)
    assert answer.status_code == 422
    assert "Not answered yet: 12." in answer.text
    assert 'href="#i3"' in answer.text
    assert "Typed &lt;b&gt;before&lt;/b&gt;" in answer.text
    assert stored(engine, Response) == []
    again = client.get(path)
    assert "name=i1 value=0 checked" in again.text
    assert "Typed &lt;b&gt;before" in again.text
    assert "Your answers have been received." in post(client, path, typed, do="gaps").text
    assert stored(engine, AnswerDraft) == []


def test_a_form_without_any_rating_is_not_taken(client: TestClient, engine: Engine, wave: Wave) -> None:
    answer = post(client, invited(engine, wave), {"i1": "na", "opinion": "Only words"}, do="gaps")
    assert "Nothing is rated yet." in answer.text
    assert stored(engine, Response) == []


def test_what_is_kept_is_there_on_the_next_visit(client: TestClient, engine: Engine, wave: Wave) -> None:
    path = invited(engine, wave)
    kept = post(client, path, {"i5": "2", "evil": "x"}, do="keep")
    assert "Kept. You can close this page" in kept.text
    assert "name=i5 value=2 checked" in client.get(path).text
    (draft,) = stored(engine, AnswerDraft)
    assert draft.fields == {"i5": ["2"]}
    assert path.removeprefix("/q/") not in draft.key_hash


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("unknown", 404, "This link leads nowhere"),
        ("closed", 410, "This survey has ended"),
        ("void", 410, "This survey has ended"),
        ("planned", 404, "This survey has not begun yet"),
        ("expired", 410, "The time to answer is over"),
    ],
)
def test_links_that_lead_to_no_form_have_a_page_of_their_own_which_tells_nothing_else(
    client: TestClient, engine: Engine, wave: Wave, name: str, status: int, says: str
) -> None:
    path = "/q/unknown" if name == "unknown" else invited(engine, wave, name_en="Secret Ltd")
    with write_session(engine) as session:
        found = session.get_one(Wave, wave.id)
        if name == "closed":
            close_wave(session, wave=found, by=SYSTEM, at=AT)
        elif name == "void":
            void_wave(session, wave=found, reason="A secret", by=SYSTEM, at=AT)
        elif name == "planned":
            found.state = "planned"
            session.add(found)
        elif name == "expired":
            invitation = session.exec(select(Invitation)).one()
            invitation.state = "expired"
            session.add(invitation)
    shown = client.get(path)
    assert shown.status_code == status
    assert f"<h1>{says}</h1>" in shown.text
    for secret in ("Secret", "secret", "2026", "iatf", "C1"):
        assert secret not in shown.text
    if name != "closed":
        form = answering.new_form(path.removeprefix("/q/"))
        assert says in client.post(action_of(path), data=ALL | {"form": form, "do": "submit"}).text
    assert stored(engine, Response) == []


@pytest.mark.parametrize("anonymous", [False, True])
def test_a_form_that_was_open_when_the_wave_closed_is_kept_and_waits_to_be_admitted(
    client: TestClient, engine: Engine, wave: Wave, anonymous: bool
) -> None:
    path = invited(engine, wave, anonymous=anonymous)
    form = form_of(client.get(path).text)
    with write_session(engine) as session:
        frozen = make.frozen(session, close_wave(session, wave=session.get_one(Wave, wave.id), by=SYSTEM, at=AT))
    assert "This survey has ended" in client.get(path).text
    sent = {"form": form, "do": "submit"}
    gaps = client.post(action_of(path), data={**sent, "i1": "1"})
    assert "Not answered yet: 13." in gaps.text, "it can still be completed"
    for _again in range(2):
        assert "Thank you" in client.post(action_of(path), data={**ALL, **sent}).text
    assert [one.status for one in stored(engine, Response)] == ["after_close"]
    with read_session(engine) as session:
        assert make.frozen(session, session.get_one(Wave, wave.id)) == frozen
        (waiting,) = late_answers(session, SYSTEM, wave.id or 0)
        assert waiting.score == 80_000_000_000
        assert list(verify(session)) == []


def test_a_late_answer_is_taken_and_marked_unless_the_scheme_does_not_count_it(
    client: TestClient, engine: Engine
) -> None:
    wave = make.written(engine, make.wave)
    long_ago = TODAY - timedelta(days=60)
    path = invited(engine, wave, sent_on=long_ago)
    assert "The reply-by date has passed" in client.get(path).text
    post(client, path, ALL)
    assert [r.late for r in stored(engine, Response)] == [True]
    strict = make.preset("iatf-quarterly").replace("satisfied_score", "late_answers_count = false\nsatisfied_score", 1)
    with write_session(engine) as session:
        other = make.wave(session, make.scheme(session, document=strict), "2027-Q1")
    assert client.get(invited(engine, other, sent_on=long_ago)).status_code == 410


def test_each_answer_of_the_page_is_kept_from_scripts_caches_and_search_engines(
    client: TestClient, engine: Engine, wave: Wave
) -> None:
    path = invited(engine, wave)
    for answer in (client.get(path), client.get("/q/unknown"), post(client, path, {})):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert "script" not in policy
        assert "form-action 'self'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "<script" not in answer.text
        assert "style=" not in answer.text.replace("rel=stylesheet", "")


@pytest.mark.parametrize("preset", sorted(p.stem for p in make.PRESETS.glob("*.toml")))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_and_stylesheet_of_every_preset_weigh_at_most_20_kb(
    client: TestClient, engine: Engine, preset: str, language: str
) -> None:
    with write_session(engine) as session:
        wave = make.wave(session, make.scheme(session, preset), "2027-Q2")
    page = client.get(invited(engine, wave), headers={"accept-language": language}).content
    found = re.search(rb'href="(/q/style-[^"]+)"', page)
    assert found
    style = client.get(found[1].decode())
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(page) + len(style.content) <= 20_000, (len(page), len(style.content))
    assert page.count(b"<link rel=stylesheet") == 1
    assert b"<img" not in page


def thirty_items() -> str:
    """A scheme's document with as many items as a questionnaire may have, in five dimensions, of five explained levels."""
    before, _, rest = make.preset("iatf-quarterly").partition("\nitems = [\n")
    lines, _, after = rest.partition("\n]\n")
    many = [
        line.replace('code = "', f'code = "{again}').replace('zh = "', f'zh = "{again}')
        for again in ("", "second_", "third_")
        for line in lines.splitlines()
    ]
    by_dimension = sorted(many[:30], key=lambda line: line.partition("dimension")[2])
    return f"{before}\nitems = [\n" + "\n".join(by_dimension) + f"\n]\n{after}"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("filled_in", [False, True], ids=["empty", "with what was typed"])
def test_a_page_of_thirty_items_with_explained_levels_weighs_at_most_20_kb(
    client: TestClient, engine: Engine, language: str, filled_in: bool
) -> None:
    with write_session(engine) as session:
        wave = make.wave(session, make.scheme(session, document=thirty_items()), "2027-Q3")
    path = invited(engine, wave)
    if filled_in:
        post(client, path, {f"i{number}": "1" for number in range(1, 31)}, do="keep")
    page = client.get(path, headers={"accept-language": language}).content
    assert len(set(re.findall(rb"name=(i\d+) ", page))) == 30
    assert page.count(b" checked") == 30 * filled_in
    assert page.count(b"<dt>") == 5
    assert len(page) <= 20_000
    assert not re.findall(rb"<script|<img|@import|url\(", page)


@pytest.mark.parametrize(
    ("accepts", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("zh-TW", "zh"), ("en-US,en;q=0.9,zh;q=0.5", "en"), ("de", "en"), ("", "en")],
)
def test_the_language_is_the_browsers_and_can_be_switched(
    client: TestClient, engine: Engine, wave: Wave, accepts: str, language: str
) -> None:
    path = invited(engine, wave)
    shown = client.get(path, headers={"accept-language": accepts})
    assert f"<html lang={language}>" in shown.text
    other = {"zh": "en", "en": "zh"}[language]
    switched = client.get(f"{path}?lang={other}", headers={"accept-language": accepts})
    assert f"<html lang={other}>" in switched.text
    assert f'action="{path}/answer?lang={other}"' in switched.text
    assert ("准时交付" in shown.text) == (language == "zh")


@pytest.mark.parametrize("link", [invited, public])
def test_the_other_language_shows_what_was_typed(client: TestClient, engine: Engine, wave: Wave, link: Any) -> None:
    path = link(engine, wave)
    switched = post(client, path, {"i5": "2", "opinion": "交付晚了"}, do="other")
    assert "<html lang=zh>" in switched.text
    assert "name=i5 value=2 checked" in switched.text
    assert "交付晚了" in switched.text
    assert "Kept" not in switched.text
    back = post(client, switched.url.raw_path.decode(), {"i5": "1"}, do="other")
    assert "<html lang=en>" in back.text
    assert "name=i5 value=1 checked" in back.text
    assert stored(engine, Response) == []


def test_a_form_from_elsewhere_is_shown_again_instead_of_taken(client: TestClient, engine: Engine, wave: Wave) -> None:
    path, other = invited(engine, wave), invited(engine, wave)
    theirs = form_of(client.get(other).text)
    for form in ("", "made.up", theirs):
        answer = client.post(action_of(path), data=ALL | {"form": form, "do": "submit"})
        assert "press Submit once more" in answer.text
        assert "name=i1 value=1 checked" in answer.text
    assert stored(engine, Response) == []


def test_the_address_of_answers_leads_to_the_form_when_it_is_opened(
    client: TestClient, engine: Engine, wave: Wave
) -> None:
    path = invited(engine, wave)
    assert client.get(f"{path}/answer?lang=zh").url.path == path
    assert client.post(path, data=ALL).status_code == 405


def test_refusing_is_a_result_and_may_be_changed(client: TestClient, engine: Engine, wave: Wave) -> None:
    path = invited(engine, wave)
    for _ in range(2):
        assert "You are not taking part" in post(client, path, {}, do="refuse").text
    (refusal,) = stored(engine, Consent)
    assert (refusal.given, refusal.response_id) == (False, None)
    assert stored(engine, Invitation)[0].state == "sent"
    assert "received" in post(client, path, ALL).text


def test_an_anonymous_answer_keeps_no_way_back_to_who_gave_it(client: TestClient, engine: Engine, wave: Wave) -> None:
    paths = [invited(engine, wave, anonymous=True, segment="EV") for _ in range(3)]
    assert "This survey is anonymous" in client.get(paths[0]).text
    post(client, paths[1], ALL | {"opinion": "Nobody knows me", "w1": "At all"})
    (response,) = stored(engine, Response)
    assert (response.invitation_id, response.customer_id, response.respondent) == (None, None, "")
    assert response.id >= 2**51
    at = response.received_at.astimezone(routes_zone())
    assert (at.hour, at.minute, at.second) == (0, 0, 0)
    assert {o.customer_id for o in stored(engine, Opinion)} == {None}
    answered = [i for i in stored(engine, Invitation) if i.state == "answered"]
    assert [(i.returned_on, i.in_time) for i in answered] == [
        (datetime.now(UTC).astimezone(routes_zone()).date(), True)
    ]
    assert "Thank you" in client.get(paths[1]).text
    with read_session(engine) as session:
        assert list(verify(session)) == []


def routes_zone() -> Any:
    from settings import settings

    return settings().zone


def test_an_open_link_takes_many_answers_each_form_once(client: TestClient, engine: Engine, wave: Wave) -> None:
    path = public(engine, wave)
    form = form_of(client.get(path).text)
    for _ in range(2):
        assert "Thank you" in client.post(action_of(path), data={**ALL, "form": form, "do": "submit"}).text
    post(client, path, ALL)
    assert len(stored(engine, Response)) == 2
    assert "name=i1 value=1 checked" not in client.get(path).text


def test_what_is_kept_of_an_open_form_is_its_own(client: TestClient, engine: Engine, wave: Wave) -> None:
    path = public(engine, wave)
    kept = post(client, path, {"i1": "0"}, do="keep")
    assert "name=i1 value=0 checked" in kept.text
    assert "checked" not in client.get(path).text
    finished = client.post(action_of(str(kept.url)), data={**ALL, "form": form_of(kept.text), "do": "submit"})
    assert "Thank you" in finished.text
    assert stored(engine, AnswerDraft) == []


def test_who_fills_in_what_nobody_sees_is_thanked_and_forgotten(client: TestClient, engine: Engine, wave: Wave) -> None:
    path = public(engine, wave)
    assert "Thank you" in post(client, path, ALL | {"website": "http://spam.example"}).text
    assert stored(engine, Response) == []


def test_one_address_sends_only_so_many_forms_in_an_hour(
    client: TestClient, engine: Engine, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "MOST_TRIES", 3)
    path = public(engine, wave)
    assert [post(client, path, ALL).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert len(stored(engine, Response)) == 3
    assert all("testclient" not in one.address_hash for one in stored(engine, OpenTry))
    with write_session(engine) as session:
        for one in session.exec(select(OpenTry)):
            one.at -= timedelta(hours=1, minutes=1)
            session.add(one)
    assert post(client, path, ALL).status_code == 200
    assert post(client, invited(engine, wave), ALL).status_code == 200


EXTRAS = (
    Extra(
        "q1",
        "single",
        Name("哪种渠道？", "Which channel?"),
        (Name("电话", "Phone"), Name("邮件", "Mail")),
        required=True,
    ),
    Extra("q2", "multiple", Name("哪些产品？", "Which products?"), (Name("甲", "A"), Name("乙", "B"), Name("丙", "C"))),
    Extra("q3", "recommend", Name("会推荐吗？", "Would you recommend us?")),
    Extra("q4", "number", Name("多少天？", "How many days?"), least=0, most=30),
    Extra("q5", "text", Name("还有什么？", "What else?")),
    Extra(
        "q6",
        "scenario",
        Name("您会怎么做？", "What would you do?"),
        (Name("等", "Wait"), Name("换", "Change")),
        situation=Name("交货晚了三天。", "A delivery is three days late."),
    ),
)


def test_extra_questions_are_asked_checked_and_stored(client: TestClient, engine: Engine, wave: Wave) -> None:
    extras(engine, wave, *EXTRAS, title=Name("问", "Ours & yours"))
    path = invited(engine, wave)
    shown = unescape(client.get(path).text)
    assert "<h1>Ours & yours</h1>" in shown
    assert "A delivery is three days late." in shown
    typed = ALL | {"x_q1": "2", "x_q2": ["1", "3"], "x_q3": "10", "x_q4": "31", "x_q5": "Nothing", "x_q6": "1"}
    wrong = post(client, path, typed)
    assert "Please write a number from 0 to 30." in wrong.text
    assert "aria-describedby=e-x_q4" in wrong.text
    assert 'value="31"' in wrong.text
    missing = post(client, path, typed | {"x_q4": "", "x_q1": ""})
    assert 'href="#x_q1"' in missing.text
    post(client, path, typed | {"x_q4": "２，５"})
    assert {a.question: a.value for a in stored(engine, ExtraAnswer)} == {
        "q1": "2",
        "q2": "1,3",
        "q3": "10",
        "q4": "2.5",
        "q5": "Nothing",
        "q6": "1",
    }


def test_earlier_problems_are_asked_again_and_not_improved_opens_them(client: TestClient, engine: Engine) -> None:
    with write_session(engine) as session:
        version: SchemeVersion = make.scheme(session, "dental-half-year")
        before = make.wave(session, version, "2026-H1")
        ours, theirs = make.customer(session), make.customer(session)
        for customer, text in ((ours, "Shade too dark"), (theirs, "Not your business")):
            make.response(session, before, customer=customer, opinions=[text])
        close_wave(session, wave=session.get_one(Wave, before.id), by=SYSTEM, at=AT)
        now = make.wave(session, version, "2026-H2")
        _, token = make.invitation(session, now, ours, sent_on=TODAY)
    path = f"/q/{token}"
    shown = client.get(path).text
    assert "Shade too dark" in shown
    assert "Not your business" not in shown
    (old,) = stored(engine, Opinion, col(Opinion.text) == "Shade too dark")
    other = stored(engine, Opinion, col(Opinion.text) == "Not your business")[0]
    six = {f"i{number}": "0" for number in range(1, 7)}
    post(client, path, six | {f"p{old.id}": "not", f"p{other.id}": "not"})
    assert [(a.opinion_id, a.verdict) for a in stored(engine, ProblemAnswer)] == [(old.id, "not")]
    again = stored(engine, Opinion, col(Opinion.text) == "Shade too dark", Opinion.kind == "problem")
    assert [(o.wave_id, o.customer_id) for o in again] == [(now.id, ours.id)]


def test_a_number_scale_takes_numbers_as_people_write_them(client: TestClient, engine: Engine) -> None:
    with write_session(engine) as session:
        wave = make.wave(session, make.scheme(session, "owner-residence-number"), "2027-Q2")
    path = invited(engine, wave)
    count = client.get(path).text.count("class=number name=i")
    typed = {f"i{number}": "８２．５" for number in range(1, count + 1)}
    assert "Please write a number from 0 to 100." in post(client, path, typed | {"i1": "101"}).text
    post(client, path, typed)
    assert [r.score for r in stored(engine, Response)] == [82_500_000_000]


@pytest.mark.parametrize("tampered", [{"i1": "9"}, {"i1": "-1"}, {"i1": "<x>"}, {"i1": "²"}])
def test_an_answer_that_is_not_on_the_page_is_refused_and_nothing_breaks(
    client: TestClient, engine: Engine, wave: Wave, tampered: dict[str, str]
) -> None:
    answer = post(client, invited(engine, wave), ALL | tampered)
    assert answer.status_code == 422
    assert "Please choose one of the answers." in answer.text
    assert stored(engine, Response) == []


def test_too_large_a_form_is_refused(client: TestClient, engine: Engine, wave: Wave) -> None:
    path = invited(engine, wave)
    assert post(client, path, ALL | {"opinion": "x" * 300_000}).status_code == 413
    long = post(client, path, ALL | {"opinion": "x" * 2001})
    assert "at most 2000 fit" in long.text
    assert "x" * 2001 in long.text
    assert stored(engine, Response) == []
    with read_session(engine) as session:
        assert session.exec(select(func.count()).select_from(AnswerDraft)).one() == 1


def test_nothing_of_a_failed_submission_stays(
    client: TestClient, engine: Engine, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = invited(engine, wave)

    def fails(session: Session, *arguments: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(answering, "_store_rest", fails)
    with pytest.raises(RuntimeError):
        post(client, path, ALL)
    assert stored(engine, Response) == []
    assert stored(engine, Invitation)[0].state == "sent"
