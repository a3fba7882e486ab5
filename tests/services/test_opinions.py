"""The inbox: an opinion is sorted, leads to something or is not adopted, is answered; its finding comes and goes with it."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from docx import Document
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import ActionFinding, Finding, Notification, Opinion, Wave
from db.queries import opinions as inbox
from db.queries.action_facts import facts_of
from db.session import write_session
from domain.access import SYSTEM, NotThere, Viewer
from services import actions, complaints, customer_register, customer_requests, opinion_slips, opinions, responses
from services.checking import rebuild, verify
from services.closing import close_wave
from services.effects import tell
from settings import settings
from tests import factories as make
from tests.factories import AT

TODAY = AT.date()


class Place(NamedTuple):
    """A running wave, a customer of Sam's, and people: Quinn (quality), Dan (logistics), Dee (another department), Sam, Sue."""

    session: Session
    wave: Wave
    customer: int
    departments: dict[str, int]
    people: dict[str, Viewer]

    def opinion(self, **values: Any) -> Opinion:
        """What a response of the customer said."""
        of = self.session.get_one(make.Customer, self.customer)
        said = make.response(self.session, self.wave, customer=of, opinions=[values.pop("text", "Late again")])
        one = self.session.exec(select(Opinion).where(Opinion.response_id == said.id)).one()
        return self.sorted(one, **values) if values else one

    def sorted(self, one: Opinion, **values: Any) -> Opinion:
        given = {"kind": "problem", "about": "item:on_time", "by": self.people["quinn"], **values}
        return opinions.sort(self.session, opinion_id=one.id or 0, version=one.version, **given, at=AT)

    def findings(self) -> list[Finding]:
        """OPINION findings as they are; everything else is what a recount says, too."""
        self.session.flush()
        assert [str(damage) for damage in verify(self.session, self.wave.id)] == []
        return list(self.session.exec(select(Finding).where(Finding.rule == "OPINION").order_by(Finding.id)))

    def keys(self, one: Opinion, who: str = "quinn") -> dict[str, Any]:
        return {"opinion_id": one.id or 0, "version": one.version, "by": self.people[who], "at": AT}

    def answered(self, one: Opinion, **values: Any) -> Opinion:
        given = {"text": "Guards are thicker now", "how": "phone", "on": TODAY, "today": TODAY, **values}
        return opinions.answer(self.session, **self.keys(one), **given)


@pytest.fixture
def place(sqlite_engine: Engine) -> Iterator[Place]:
    with write_session(sqlite_engine) as session:
        wave = make.wave(session)
        departments = {row.code: row.id or 0 for row in session.exec(select(make.Department))}
        roles = {
            "quinn": ("quality", None),
            "dan": ("department", "logistics"),
            "dee": ("department", "quality"),
            "sam": ("sales", None),
            "sue": ("sales", None),
        }
        people = {
            name: make.viewer(
                make.user(session, name, role, department_id=departments.get(of or ""), is_head=name == "dan")
            )
            for name, (role, of) in roles.items()
        }
        customer = make.customer(session, sales_owner_id=people["sam"].user_id)
        yield Place(session, wave, customer.id or 0, departments, people)


def test_a_sorted_problem_is_a_finding_of_the_items_department_until_the_customer_is_answered(place: Place) -> None:
    one = place.opinion()
    assert place.findings() == []  # nobody has said yet that it is a problem
    place.sorted(one)
    (found,) = place.findings()
    assert (found.state, found.about) == ("open", f"opinion:{one.id}")
    assert (found.customer_id, found.department_id) == (place.customer, place.departments["logistics"])
    assert [told.person_id for told in place.session.exec(select(Notification))] == [place.people["dan"].user_id]
    opinions.decline(place.session, **place.keys(one), reason="The customer's own carrier")
    assert [finding.state for finding in place.findings()] == [
        "open"
    ]  # not adopted, and still nobody told the customer
    place.answered(one)
    assert [finding.state for finding in place.findings()] == ["cleared"]
    with pytest.raises(opinions.AnsweredAlready):
        place.answered(one)


def test_praise_waits_for_nothing_and_a_problem_that_was_none_is_cleared(place: Place) -> None:
    one = place.opinion(kind="problem")
    place.sorted(one, kind="praise")
    assert [finding.state for finding in place.findings()] == ["cleared"]
    place.sorted(one, kind="suggestion")
    assert [(finding.state, finding.returned) for finding in place.findings()] == [("open", 1)]


def test_an_answer_says_what_becomes_of_it_and_its_day_has_come(place: Place) -> None:
    one = place.opinion(kind="suggestion")
    with pytest.raises(opinions.OutcomeMissing):
        place.answered(one)
    with pytest.raises(opinions.ReasonMissing):
        opinions.decline(place.session, **place.keys(one), reason=" ")
    opinions.decline(place.session, **place.keys(one), reason="Next year")
    for wrong in ({"text": " "}, {"on": TODAY.replace(year=2027)}, {"how": "smoke"}):
        with pytest.raises(opinions.AnswerMissing):
            place.answered(one, **wrong)


def test_a_withdrawn_response_takes_its_opinion_along(place: Place) -> None:
    one = place.opinion(kind="problem")
    responses.withdraw(place.session, response_id=one.response_id or 0, by=SYSTEM, at=AT, reason="twice")
    assert [finding.state for finding in place.findings()] == ["cleared"]
    with pytest.raises(NotThere):
        inbox.opinion_for(place.session, place.people["quinn"], one.id or 0)


def test_closing_freezes_the_finding_and_what_is_sorted_later_waits_in_the_next_wave(place: Place) -> None:
    first, second = place.opinion(kind="problem"), place.opinion(text="Wrong label")
    close_wave(place.session, wave=place.wave, by=SYSTEM, at=AT)
    opinions.decline(place.session, **place.keys(first), reason="R")
    place.answered(first)
    assert [finding.state for finding in place.findings()] == ["open"]  # as the closed wave showed it
    place.sorted(second)
    with pytest.raises(opinions.NoWaveRuns):
        opinions.watch(place.session, **place.keys(second))
    version = place.session.get_one(make.SchemeVersion, place.wave.scheme_version_id)
    later = make.wave(place.session, version, "2027-Q1")
    finding = place.session.get_one(
        Finding, opinions.finding_to_assign(place.session, **place.keys(place.session.get_one(Opinion, second.id)))
    )
    assert (finding.wave_id, finding.state) == (later.id, "open")
    assert [str(damage) for damage in verify(place.session)] == []


def test_an_action_on_it_closes_only_after_the_customer_was_told_and_that_answers_the_opinion(place: Place) -> None:
    one = place.opinion(kind="problem")
    (found,) = place.findings()
    dan = place.people["dan"]
    about = {"finding_ids": [found.id], "title": "Guards", "department_id": place.departments["logistics"]}
    action = actions.assign(
        place.session,
        **about,
        owner_id=dan.user_id,
        approver_id=None,
        due_on=TODAY,
        form_key="f",
        by=place.people["quinn"],
        at=AT,
    )
    assert facts_of(place.session, action).from_opinion
    assert inbox.opinion_detail(place.session, place.people["quinn"], one.id or 0).outcome == "action"
    with pytest.raises(opinions.IsHandled):
        opinions.decline(place.session, **place.keys(one), reason="R")
    action.state = "implemented"
    place.session.flush()
    told = {"outcome": "told", "said": "Guards are thicker", "happened_at": AT}
    tell(place.session, action_id=action.id or 0, version=action.version, **told, by=dan, at=AT)
    place.session.refresh(one)
    assert (one.answer, one.answered_how, one.answered_by_id) == ("Guards are thicker", "action", dan.user_id)
    assert [finding.state for finding in place.findings()] == ["cleared"]
    place.session.get_one(Wave, place.wave.id).is_anonymous = True
    place.session.flush()
    assert not facts_of(place.session, action).from_opinion  # nobody knows whom to tell
    assert place.session.exec(select(ActionFinding)).all()


def test_a_complaint_from_an_opinion_is_its_outcome_and_only_for_whoever_sees_the_opinion(place: Place) -> None:
    one = place.opinion(kind="problem")
    said = {"category": "quality", "channel": "mail", "description": one.text, "received_at": AT}
    of = {"customer_id": place.customer, "opinion_id": one.id}
    with pytest.raises(NotThere):
        complaints.record(place.session, **said, **of, form_key="s", by=place.people["sue"], at=AT)
    made = complaints.record(place.session, **said, **of, form_key="q", by=place.people["quinn"], at=AT)
    detail = inbox.opinion_detail(place.session, place.people["quinn"], one.id or 0)
    assert (detail.outcome, detail.complaint) == ("complaint", made.number)


def test_an_opinion_of_nobody_registered_becomes_the_complaint_of_whoever_is_chosen_or_typed(place: Place) -> None:
    quinn = place.people["quinn"]
    about: dict[str, Any] = {"kind": "problem", "received_at": AT, "said_by": "Nordwind", "by": quinn, "at": AT}
    one = opinions.record(place.session, text="It leaks", form_key="n", **about)
    new = customer_register.named(place.session, name=" Nordwind ", by=quinn, at=AT)
    assert customer_register.named(place.session, name="NORDWIND", by=quinn, at=AT).id == new.id  # not a second one
    said: dict[str, Any] = {"category": "quality", "channel": "mail", "description": one.text, "received_at": AT}
    of = {**said, "opinion_id": one.id, "by": quinn, "at": AT}
    made = complaints.record(place.session, **of, customer_id=new.id or 0, form_key="c")
    assert (made.customer_id, one.customer_id, new.name_en) == (new.id, new.id, "Nordwind")
    with pytest.raises(NotThere):  # from now on it is nobody else's
        complaints.record(place.session, **of, customer_id=place.customer, form_key="d")


def test_a_contact_slip_lands_in_the_inbox_and_closing_it_answers_the_customer(place: Place) -> None:
    asked = {"kind": "suggestion", "channel": "mail", "said": "Label both sides", "customer_id": place.customer}
    quinn, logistics = place.people["quinn"], place.departments["logistics"]
    made = customer_requests.record_request(
        place.session, **asked, department_id=logistics, received_at=AT, form_key="f", by=quinn, at=AT
    )
    (line,) = inbox.opinions(place.session, place.people["dan"], view="answer")
    assert (line.opinion.text, line.opinion.source, line.opinion.request_id) == ("Label both sides", "request", made.id)
    assert line.customer.in_("en") == ""  # a department sees no opinions by name
    customer_requests.close_request(place.session, number=made.number, version=1, solution="Done", by=quinn, at=AT)
    assert inbox.opinions_waiting(place.session, quinn) == {"sort": 0, "answer": 0}
    assert [finding.state for finding in place.findings()] == ["cleared"]


def test_everybody_sees_the_own_part_of_the_inbox(place: Place) -> None:
    one = place.opinion(kind="problem")
    place.opinion(text="Not sorted yet")

    def seen(who: str, **asked: Any) -> list[str]:
        return [line.opinion.text for line in inbox.opinions(place.session, place.people[who], **asked)]

    everything = {"Late again", "Not sorted yet"}
    assert {who: set(seen(who)) for who in place.people} == {
        "quinn": everything,
        "sam": everything,
        "sue": set(),
        "dee": set(),
        "dan": {"Late again"},
    }
    assert seen("quinn", view="sort") == ["Not sorted yet"]
    assert seen("quinn", view="answer", search="LATE") == seen("quinn", kind="problem") == ["Late again"]
    assert seen("quinn", search="%") == []
    with pytest.raises(NotThere):
        opinions.decline(place.session, **place.keys(one, "sue"), reason="R")


def test_of_an_anonymous_wave_nothing_is_shown_before_five_have_answered(place: Place) -> None:
    place.session.get_one(Wave, place.wave.id).is_anonymous = True
    place.session.flush()
    quinn = place.people["quinn"]
    for number in range(4):
        make.response(place.session, place.wave, opinions=[f"Said {number}"])
    assert inbox.opinions(place.session, quinn) == []
    make.response(place.session, place.wave, opinions=["Said 4"])
    assert len(inbox.opinions(place.session, quinn)) == 5
    one = place.session.exec(select(Opinion)).all()[0]
    place.sorted(one, kind="suggestion")
    opinions.decline(place.session, **place.keys(one), reason="R")
    with pytest.raises(opinions.AnswerMissing):
        place.answered(one)
    with pytest.raises(opinions.NobodyToReward):
        opinions.reward(place.session, **place.keys(one), what="A card", on=TODAY, today=TODAY)
    place.answered(one, how="notice")


def test_a_suggestion_is_rewarded_once_and_a_second_writer_is_told(place: Place) -> None:
    one = place.opinion(kind="suggestion")
    before = place.keys(one)
    with pytest.raises(opinions.NotYet):
        opinions.reward(place.session, **before, what="A card", on=TODAY + timedelta(days=1), today=TODAY)
    opinions.reward(place.session, **before, what="A card", on=TODAY, today=TODAY)
    with pytest.raises(opinions.OpinionChangedMeanwhile):
        opinions.reward(place.session, **before, what="Another", on=TODAY, today=TODAY)
    with pytest.raises(opinions.NobodyToReward):
        opinions.reward(place.session, **place.keys(one), what="Another", on=TODAY, today=TODAY)


def test_the_feedback_slip_names_the_customer_only_to_those_who_may_know(place: Place) -> None:
    one = place.opinion(kind="problem", text="Late \x0bagain =1+1")

    def written(who: str) -> str:
        form = {"opinion_id": one.id or 0, "language": "zh_CN", "zone": settings().zone, "by": place.people[who]}
        assert opinion_slips.download(place.session, **form, form="pdf", at=AT).startswith(b"%PDF")
        document = Document(BytesIO(opinion_slips.download(place.session, **form, at=AT)))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])

    name = place.session.get_one(make.Customer, place.customer).name_en
    assert "客户信息反馈单" in written("quinn")
    assert "Late again =1+1" in written("quinn")
    assert name in written("quinn")
    assert name not in written("dan")


def test_a_lost_finding_is_named_and_made_again(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        wave = make.wave(session)
        session.add(Opinion(wave_id=wave.id, kind="problem", text="Late", received_at=AT))
    with write_session(sqlite_engine) as session:
        (damage,) = verify(session)
        assert (damage.table, damage.what, damage.kept, damage.recounted) == ("finding", "OPINION", None, "open")
    assert len(rebuild(sqlite_engine, at=AT)) == 1
    with write_session(sqlite_engine) as session:
        assert list(verify(session)) == []
