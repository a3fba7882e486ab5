"""Whoever calls whichever verb on whosever things: only those whose role and part of the company it is get in."""

import contextlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pptx import Presentation
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

import services
from db.models import (
    Action,
    ActionEffect,
    ActionFile,
    ActionFinding,
    ChatTarget,
    Complaint,
    ComplaintClock,
    Contact,
    Delivery,
    Department,
    Finding,
    Invitation,
    Mail,
    Meeting,
    MinutesSignature,
    Opinion,
    Plan,
    PlanDepartment,
    RetentionRun,
    Reward,
    StoredFile,
    User,
    Visit,
    Wave,
)
from db.queries.layouts import layout_of_wave, newest_version
from db.session import engine_for, write_session
from domain.access import NotAllowed, NotThere, Viewer
from domain.complaints import STEPS as DISCIPLINES
from domain.customer_entries import CustomerEntry, Entered
from domain.errors import Refusal
from domain.item_links import Link
from domain.mapping import Mapping
from domain.plans import PlanFields
from domain.retention import Terms
from domain.scheme import Name
from domain.tables import Table
from services import (
    action_bulk,
    action_drafts,
    action_papers,
    actions,
    analysis_deck,
    analysis_report,
    answering,
    api_invitations,
    api_responses,
    api_tokens,
    calendars,
    calls,
    chat_targets,
    closing,
    complaint_minutes,
    complaint_records,
    complaint_reports,
    complaints,
    customer_import,
    customer_merging,
    customer_papers,
    customer_register,
    customer_requests,
    effects,
    eight_d,
    entries,
    evidence,
    exporting,
    importing,
    invitations,
    item_links,
    jobs,
    links,
    mail_server,
    meetings,
    opinion_slips,
    opinions,
    period_papers,
    person_export,
    plans,
    quality_figures,
    questionnaires,
    report_making,
    report_schedules,
    report_templates,
    report_texts,
    reports,
    responses,
    result_papers,
    retention,
    rewards,
    schemes,
    sending,
    shares,
    sign_in,
    training,
    users,
    visits,
    wave_reports,
)
from services.api_customers import NamedCustomer
from services.opinion_findings import keep_opinions
from services.reading import open_table
from services.speech import Speech
from settings import settings
from tests import databases
from tests import factories as make
from tests.security.test_reads import ROOT, imported_from, public_functions
from tests.security.world import AT, EVERYTHING, FIRST, PEOPLE, SCREENS, TODAY, World, build

pytestmark = pytest.mark.xdist_group("security-verbs")
"""One world for the whole file, so one worker."""
Call = Callable[[Session, World, Viewer], Any]
ASSIGN = EVERYTHING | {"olga", "sam", "dan"}
"""Who may act on a finding about alpha's on-time delivery, an item of logistics, in the scheme of sales."""
EDIT = EVERYTHING | {"olga", "abe", "dan"}
"""Who may change the action of logistics about it; sam sees it, and doesn't change what another department does."""
READ_ACTION = EDIT | {"sam", "vic"}
"""Who sees that action."""
ENTER = EVERYTHING | {"olga"}
"""Who may bring answers into the scheme of sales."""
CALL = ENTER | {"sue", "ivy"}
"""Who deals with a call to beta that is ivy's to make."""
VISIT = EVERYTHING | {"sue"}
COMPLAINT = EVERYTHING | {"olga", "sue", "dan"}
REQUEST = EVERYTHING | {"sue", "dan"}
OPINION = EVERYTHING | {"olga", "sue", "dan"}
OPINIONS = EVERYTHING | {"olga", "omar", "sam", "sue", "dan", "dee"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
"""Who deals with a visit of sue's to beta that belongs to no wave."""
RUN = frozenset({"quinn", "olga"})
SIGN = frozenset({"quinn", "abe"})
"""Who writes and signs what the company says of itself."""
HOLD = EVERYTHING | {"olga"}
"""Who holds meetings about the scheme of sales."""
SIGHT = frozenset(PEOPLE) - {"omar"}
"""Who sees that the wave of the scheme of sales is there, and what it asks."""
PERSONAL = EVERYTHING | {"olga", "omar", "sam", "sue"}
ROOT_ALONE = frozenset({"root"})
SHANGHAI = ZoneInfo("Asia/Shanghai")
IN_2040 = datetime(2040, 1, 15, tzinfo=AT.tzinfo)
KEEP = EVERYTHING | {"olga", "omar"}
"""Who keeps the register of customers; a seller the own ones."""
ONLY_ROOT = frozenset({"root"})


def wave_of(session: Session, world: World) -> Wave:
    return session.get_one(Wave, world.waves[FIRST])


def finding_of(session: Session, world: World) -> int:
    statement = select(Finding).where(Finding.wave_id == world.waves[FIRST], Finding.rule == "ITEM_BELOW")
    statement = statement.where(Finding.customer_id == world.customers["alpha"])
    return session.exec(statement.where(Finding.department_id == world.departments["logistics"])).all()[0].id or 0


def assign(session: Session, world: World, by: Viewer, **other: Any) -> Any:
    usual = {
        "finding_ids": [finding_of(session, world)],
        "title": "On time",
        "department_id": world.departments["logistics"],
        "owner_id": world.people["dan"].user_id,
        "approver_id": None,
        "due_on": date(2026, 12, 1),
        "form_key": "a form",
    }
    return actions.assign(session, **(usual | other), by=by, at=AT)


def a_meeting(session: Session, world: World, by: Viewer) -> Any:
    about = {"wave_id": world.waves[FIRST], "held_on": TODAY, "title": "", "people": [by.user_id]}
    return meetings.call_meeting(session, **about, form_key="another", by=by, at=AT)


def on_meeting(does: Callable[..., Any], **values: Any) -> Call:
    def call(session: Session, world: World, by: Viewer) -> Any:
        more = {"people": [world.people["olga"].user_id]} if "people" in values else {}
        return does(session, meeting_id=1, **{**values, **more}, by=by, at=AT)

    return call


def on_minute(does: Callable[..., Any], **values: Any) -> Call:
    return lambda session, _world, by: does(session, minute_id=1, **values, by=by, at=AT)


def noted(session: Session, world: World, by: Viewer) -> Any:
    key = world.actions["Action of logistics"]
    return meetings.note_assigned(session, meeting_id=1, action_id=key, by=by, at=AT)


def sent_minutes(session: Session, _world: World, by: Viewer) -> Any:
    one = session.get_one(Meeting, 1)
    one.signed_at, one.signed_by_id = AT, by.user_id
    session.flush()
    return meetings.send_minutes(session, meeting_id=1, by=by, at=AT)


def on_action(does: Callable[..., Any], **values: Any) -> Call:
    def call(session: Session, world: World, by: Viewer) -> Any:
        key = world.actions["Action of logistics"]
        version = session.get_one(Action, key).version
        more = {} if does is actions.comment else {"version": version}
        return does(session, action_id=key, by=by, at=AT, **more, **values)

    return call


def verifying(session: Session, world: World) -> Action:
    """The action of logistics in verification, about the wave before as well."""
    action = session.get_one(Action, world.actions["Action of logistics"])
    action.state = "verifying"
    about = Finding(wave_id=world.before, rule="INDEX_BELOW", about="index", appeared_at=AT)
    session.add_all([action, about])
    session.flush()
    session.add(ActionFinding(action_id=action.id or 0, finding_id=about.id or 0))
    session.flush()
    return action


def on_verifying(does: Callable[..., Any], **values: Any) -> Call:
    def call(session: Session, world: World, by: Viewer) -> Any:
        action, wave = verifying(session, world), wave_of(session, world)
        wave.state, wave.closed_at = "closed", AT
        about = {"action_id": action.id or 0, "wave_id": wave.id or 0}
        session.add(ActionEffect(**about, round=7, verdict="cannot_tell", reason="few", measured_at=AT))
        if does is effects.extend:
            action.round = 7
        session.add_all([action, wave])
        session.flush()
        more = {"wave_id": wave.id} if does is effects.measure_with else {"version": action.version}
        return does(session, action_id=action.id, by=by, at=AT, **more, **values)

    return call


def on_response(verb: Callable[..., Any], **values: Any) -> Call:
    return lambda session, world, by: verb(
        session, response_id=world.responses[2], by=by, at=AT, reason="a reason", **values
    )


def on_job(verb: Callable[..., Any], **values: Any) -> Call:
    return lambda session, world, by: verb(session, job_id=world.jobs["olga"], by=by, **values)


def on_account(verb: Callable[..., Any], **values: Any) -> Call:
    return lambda session, world, by: verb(session, user_id=world.people["vic"].user_id, by=by.user_id, at=AT, **values)


@cache
def a_template() -> bytes:
    content = BytesIO()
    Presentation().save(content)
    return content.getvalue()


def a_report_taken(session: Session, world: World, by: Viewer) -> Any:
    said = [wave_reports.Sheet("Opinions", "", [], [["Said"]], personal=True)]
    return wave_reports.note_taken(session, said, wave_id=world.waves[FIRST], by=by, at=AT)


def a_report(session: Session, world: World, by: Viewer, kind: str = "evidence") -> Any:
    about = {"wave_id": world.waves[FIRST], "form": "zip", "language": "en", "form_key": "a report"}
    return reports.ask_for(session, kind=kind, **about, by=by, at=AT)


def on_summary(does: Callable[..., Any]) -> Call:
    """On a summary that olga asked for."""

    def call(session: Session, world: World, by: Viewer) -> Any:
        about = {"wave_id": world.waves[FIRST], "at": AT}
        report_texts.ask_to_publish(session, changed=Name(), by=world.people["olga"], **about)
        return does(session, by=by, **about)

    return call


def a_summary(session: Session, world: World, by: Viewer) -> None:
    """Refused to everybody else for another reason: nobody approved it."""
    with contextlib.suppress(result_papers.SummaryNotApproved):
        result_papers.public_paper(session, by, world.waves[FIRST], Speech("en", SHANGHAI))


def a_schedule(session: Session, world: World, by: Viewer) -> Any:
    about = {"kind": "results", "form": "xlsx", "language": "en", "occasion": "after_closing", "form_key": "s"}
    scheme, people = world.schemes[FIRST], [world.people["dan"].user_id]
    return report_schedules.add_schedule(session, **about, scheme_id=scheme, people=people, by=by, at=AT)


def a_made_report(session: Session, world: World, by: Viewer) -> Any:
    """One that olga had made."""
    about = {"wave_id": world.waves[FIRST], "kind": "evidence", "form": "zip", "language": "en"}
    order = report_making.Order(**about, by=world.people["olga"], at=AT, zone=SHANGHAI)
    made = report_making.keep(session, order, BytesIO(b"PK"), form_key="f", is_personal=True, made_by=None)
    return reports.download(session, made_id=made.id or 0, by=by, at=AT)


def a_file(session: Session, world: World, by: Viewer) -> Any:
    """Without writing; what is written is tried in test_imports.py."""
    mapping = Mapping(items={"on_time": "A"}, values={"*": {"5": 5.0}}, blank={"*": ("",)})
    return importing.import_file(
        session.get_bind().engine,
        BytesIO(b"A,B\n5,x\n"),
        filename="a.csv",
        scheme=FIRST,
        wave="2026-Q3",
        mapping=mapping,
        dry_run=True,
        by=by,
        at=AT,
    )


def a_token(session: Session, _world: World, by: Viewer) -> api_tokens.Made:
    values = {"name": "A program", "scopes": ["scores:read"], "scheme": FIRST, "days": 1, "per_minute": 1}
    return api_tokens.make(session, **values, by=by, at=AT)


def on_token(session: Session, world: World, by: Viewer) -> None:
    made = a_token(session, world, world.people["root"])
    api_tokens.revoke(session, token_id=made.id, by=by, at=AT)


def a_share(session: Session, _world: World, by: Viewer) -> int:
    values: dict[str, Any] = {"address": {"scheme": FIRST, "customer": "alpha"}, "ends_at": AT + timedelta(days=7)}
    return shares.make_share(session, view="overview", **values, form_key="share", by=by, at=AT).id or 0


def a_revoked_share(session: Session, world: World, by: Viewer) -> None:
    made = a_share(session, world, world.people["quinn"])
    shares.revoke_share(session, share_id=made, by=by, at=AT)


def on_chat(does: Callable[..., Any]) -> Call:
    """On a chat whose address nothing is posted to."""

    def call(session: Session, _world: World, by: Viewer) -> None:
        row = ChatTarget(name="A room", kind="slack", address="http://1.1.1.1/hook", created_at=AT)
        session.add(row)
        session.flush()
        with contextlib.suppress(chat_targets.ChatRefused):
            does(session, target_id=row.id, by=by, at=AT)

    return call


def a_chat(session: Session, _world: World, by: Viewer) -> Any:
    usual = {"name": "A room", "kind": "wecom", "address": "https://1.1.1.1/hook"}
    return chat_targets.add_chat(session, **usual, by=by, at=AT)


def a_message_again(session: Session, world: World, by: Viewer) -> Any:
    usual = {"person_id": world.people["dan"].user_id, "channel": "mail:1", "thing": "t", "state": "unclear"}
    row = Delivery(**usual, not_before=AT, queued_at=AT)
    session.add(row)
    session.flush()
    return chat_targets.send_again(session, delivery_id=row.id or 0, by=by, at=AT)


def on_wave(verb: Callable[..., Any], **values: Any) -> Call:
    return lambda session, world, by: verb(session, wave_id=world.waves[FIRST], by=by, at=AT, **values)


def on_sight(read: Callable[..., Any]) -> Call:
    return lambda session, world, by: read(session, by, world.waves[FIRST])


def a_test_mail(_session: Session, _world: World, by: Viewer) -> Any:
    """Refused before anything is sent: the address is none."""
    server = settings().mail_server
    assert server is not None
    with contextlib.suppress(mail_server.AddressUnusable):
        mail_server.send_test(server, "nobody", "en", by=by)


def a_reminder_of_all(session: Session, world: World, by: Viewer) -> Any:
    asked = session.get_one(Invitation, world.invitation)
    contact = session.exec(select(Contact).where(Contact.customer_id == asked.customer_id)).one()
    contact.mail, asked.contact_id = "b@example.com", contact.id
    session.flush()
    return sending.remind_all(session, wave_id=world.waves[FIRST], form_key="f", by=by, at=AT)


def a_mail_again(session: Session, world: World, by: Viewer) -> Any:
    failed = {"wave_id": world.waves[FIRST], "address": "b@example.com", "state": "failed", "queued_at": AT}
    mail = Mail(kind="invitation", invitation_id=world.invitation, **failed)
    session.add(mail)
    session.flush()
    return sending.send_again(session, mail_id=mail.id or 0, form_key="f", by=by, at=AT)


def an_export(session: Session, _world: World, by: Viewer) -> Any:
    said = Table("Said", ["text"], [["x"]], personal=True)
    return exporting.note_export(session, what="overview", wave_id=None, tables=[said], file="csv", by=by, at=AT)


def a_new_account(session: Session, _world: World, by: Viewer) -> Any:
    values = {"username": "newcomer", "name": "New", "password": "four ducks on a pond", "role": "administrator"}
    return users.add(session, **values, by=by.user_id, at=AT)


NEWCOMER = CustomerEntry(code="newcomer", name_en="Newcomer")


def a_list(session: Session, _world: World, by: Viewer) -> Any:
    table = open_table(BytesIO(b"code,name\nnewcomer,Newcomer\n"), "list.csv")
    return customer_import.import_customers(session, table=table, columns={"code": "code"}, by=by, at=AT)


def undone_merge(session: Session, world: World, by: Viewer) -> Any:
    keys = {"kept_id": world.customers["beta"], "merged_id": world.customers["gamma"]}
    merged = customer_merging.merge(session, **keys, by=world.people["quinn"], at=AT)
    return customer_merging.undo(session, merge_id=merged.id or 0, by=by, at=AT)


def a_version(session: Session, _world: World, by: Viewer) -> Any:
    document = make.preset(FIRST).replace("satisfied_score = 80", "satisfied_score = 75")
    return schemes.save_version(session, document=document, base=1, by=by, at=AT)


def a_call(session: Session, world: World) -> int:
    """One to beta, which sue sells to, in the scheme of sales; ivy is to make it."""
    who = {"scheme_id": world.schemes[FIRST], "customer_id": world.customers["beta"], "due_on": TODAY}
    call = calls.add_call(session, **who, form_key="seeded", by=world.people["quinn"], at=AT)
    call.caller_id = world.people["ivy"].user_id
    session.flush()
    return call.id or 0


def on_call(verb: Callable[..., Any], **values: Any) -> Call:
    def call(session: Session, world: World, by: Viewer) -> Any:
        key = a_call(session, world)
        if "caller" in values:
            return verb(session, call_ids=[key], caller_id=world.people[values["caller"]].user_id, by=by, at=AT)
        return verb(session, call_id=key, by=by, at=AT, **values)

    return call


def answers_of_call(session: Session, world: World, by: Viewer) -> Any:
    wave, key = wave_of(session, world), a_call(session, world)
    values = {"wave_id": wave.id or 0, "answers": make.all_same(session, wave, "neutral"), "form_key": "f"}
    return calls.enter_answers(session, call_id=key, **values, by=by, at=AT)


def slip_of(session: Session, world: World, by: Viewer, call_id: int) -> Any:
    about = {"department_id": world.departments["logistics"], "problem": "Late", "due_on": TODAY}
    return calls.write_slip(session, call_id=call_id, **about, form_key="slip", by=by, at=AT)


def a_slip(session: Session, world: World, by: Viewer) -> Any:
    return slip_of(session, world, by, a_call(session, world))


def an_answer(session: Session, world: World, by: Viewer) -> Any:
    slip = slip_of(session, world, world.people["quinn"], a_call(session, world))
    return calls.answer_slip(session, slip_id=slip.id, result="Sent again", today=TODAY, by=by, at=AT)


def an_entry(session: Session, world: World, by: Viewer, form_key: str = "entry") -> Any:
    wave = wave_of(session, world)
    about = {"wave_id": wave.id or 0, "customer_id": world.customers["beta"], "channel": "phone"}
    answers = make.all_same(session, wave, "neutral")
    return entries.enter(session, **about, answers=answers, form_key=form_key, by=by, at=AT)


def a_sample(session: Session, world: World, by: Viewer) -> Any:
    an_entry(session, world, world.people["ivy"])
    return entries.draw_sample(session, wave_id=world.waves[FIRST], size=5, form_key="sample", by=by, at=AT)


def a_check(session: Session, world: World, by: Viewer) -> Any:
    key = an_entry(session, world, world.people["ivy"])
    quinn = world.people["quinn"]
    sample = entries.draw_sample(session, wave_id=world.waves[FIRST], size=5, form_key="sample", by=quinn, at=AT)
    sample.checker_id = by.user_id
    session.flush()
    keys = {"sample_id": sample.id or 0, "response_id": key}
    entries.check_entry(session, **keys, answers={"on_time": "satisfied"}, by=by, at=AT)
    return keys


def a_settled_check(session: Session, world: World, by: Viewer) -> Any:
    return entries.settle(session, **a_check(session, world, by), take=["on_time"], reason="a reason", by=by, at=AT)


def on_complaint(verb: Callable[..., Any], **values: Any) -> Call:
    return lambda session, _world, by: verb(session, number=1, by=by, at=AT, **values)


def judging(verb: Callable[..., Any], **values: Any) -> Call:
    """Of a second complaint that nobody has verified."""

    def call(session: Session, world: World, by: Viewer) -> Any:
        a_complaint(session, world, world.people["quinn"])
        return verb(session, number=2, version=1, by=by, at=AT, **values)

    return call


def an_opinion(session: Session, world: World) -> Opinion:
    """What beta said in the wave of sales about what logistics answers for, and that won't be adopted."""
    one = Opinion(
        wave_id=world.waves[FIRST],
        customer_id=world.customers["beta"],
        department_id=world.departments["logistics"],
        kind="suggestion",
        text="Said",
        not_adopted="R",
        received_at=AT,
    )
    session.add(one)
    session.flush()
    keep_opinions(session, [one.id or 0], at=AT)
    return one


def on_opinion(verb: Callable[..., Any], **values: Any) -> Call:
    return lambda s, w, by: verb(s, opinion_id=an_opinion(s, w).id, version=1, **values, by=by, at=AT)


def a_complaint(session: Session, world: World, by: Viewer) -> Any:
    about = {"customer_id": world.customers["beta"], "department_id": world.departments["logistics"], "form_key": "f"}
    said = {"category": "other", "channel": "phone", "description": "It leaks", "received_at": AT}
    return complaints.record(session, **about, **said, by=by, at=AT)


def found_later(session: Session, world: World, by: Viewer) -> Any:
    session.exec(select(Complaint)).one().finding_id = None
    session.execute(delete(Finding).where(col(Finding.rule) == "COMPLAINT"))
    keys = {"number": 1, "version": 2, "wave_id": world.waves[FIRST]}
    return complaints.add_finding(session, **keys, by=by, at=AT)


def read_by_dan(session: Session, world: World, by: Viewer) -> Any:
    told = {"person_ids": (world.people["dan"].user_id,), "by": world.people["quinn"]}
    complaints.send_slips(session, number=1, **told, at=AT)
    return complaints.read_slip(session, number=1, by=by, at=AT)


def on_minutes(verb: Callable[..., Any]) -> Call:
    """Of a meeting at which the asker was."""

    def call(session: Session, world: World, by: Viewer) -> Any:
        quinn = world.people["quinn"]
        held = {"held_on": TODAY, "text": "M", "attended": (quinn.user_id,), "form_key": "m"}
        made = complaint_records.hold_meeting(session, number=1, **held, by=quinn, at=AT)
        session.execute(update(MinutesSignature).values(person_id=by.user_id))
        if verb is complaint_records.approve_minutes:
            complaint_records.sign_minutes(session, number=1, minutes_id=made.id or 0, by=by, at=AT)
        return verb(session, number=1, minutes_id=made.id or 0, by=by, at=AT)

    return call


def on_request(verb: Callable[..., Any], *, closed: bool = False, **values: Any) -> Call:
    def call(session: Session, world: World, by: Viewer) -> Any:
        about = {"number": 1, "by": world.people["quinn"], "at": AT}
        if closed:
            customer_requests.close_request(session, version=1, solution="S", **about)
        return verb(session, number=1, version=2 if closed else 1, by=by, at=AT, **values)

    return call


def worked_through(session: Session, world: World, last: int) -> Complaint:
    """The complaint with its disciplines done up to one of them."""
    one = session.exec(select(Complaint)).one()
    for step in range(last + 1):
        said = dict.fromkeys(DISCIPLINES[step][1], "S")
        given = {"version": one.version, "step": step, "content": said, "is_done": True}
        eight_d.save_step(session, number=1, **given, by=world.people["quinn"], at=AT)
    return one


def implemented(verb: Callable[..., Any], **values: Any) -> Call:
    """Of a complaint whose countermeasures are implemented (D6)."""

    def call(session: Session, world: World, by: Viewer) -> Any:
        return verb(session, number=1, version=worked_through(session, world, 6).version, by=by, at=AT, **values)

    return call


def ended(verb: Callable[..., Any], **values: Any) -> Call:
    """Of a complaint of which everything but closing is done."""

    def call(session: Session, world: World, by: Viewer) -> Any:
        one, quinn = worked_through(session, world, 7), world.people["quinn"]
        look = {"countermeasure": "C", "on": TODAY, "is_kept": True}
        eight_d.audit_countermeasure(session, number=1, **look, by=quinn, at=AT)
        for clock in session.exec(select(ComplaintClock)):
            clock.done_at = AT
        one.auditor_id, one.project_id = quinn.user_id, world.people["dan"].user_id
        return verb(session, number=1, version=one.version, by=by, at=AT, **values)

    return call


def told_dan(session: Session, world: World, by: Viewer) -> Any:
    return complaints.send_slips(session, number=1, person_ids=(world.people["dan"].user_id,), by=by, at=AT)


def of_service(session: Session, _world: World, by: Viewer) -> Any:
    session.exec(select(Complaint)).one().category = "service"
    return complaints.send_somebody(session, number=1, is_near=True, by=by, at=AT)


def on_visit(verb: Callable[..., Any], **values: Any) -> Call:
    return lambda session, world, by: verb(session, visit_id=world.visits["beta"], by=by, at=AT, **values)


def a_defect(session: Session, *, visit_id: int, by: Viewer, at: datetime) -> Any:
    """Of a visit that has become an inspection in the scheme of sales."""
    visit, department = session.get_one(Visit, visit_id), session.exec(select(Department)).first()
    wave = session.exec(select(Wave).where(Wave.state == "open").order_by(col(Wave.id))).first()
    visit.kind, visit.wave_id = "inspection", wave.id if wave else None
    session.flush()
    about = {"touchpoint": "Gate", "defect": "No sign", "department_id": department.id if department else 0}
    return visits.add_defect(session, visit_id=visit_id, **about, form_key="d", by=by, at=at)


def inspected(session: Session, world: World, by: Viewer) -> Any:
    defect = a_defect(session, visit_id=world.visits["beta"], by=world.people["quinn"], at=AT)
    return visits.inspect_again(session, defect_id=defect.id, is_gone=True, on=TODAY, by=by, at=AT)


CHANGE = {"name": "V", "role": "administrator", "department_code": None, "is_head": False, "active": True}
PLANNED = PlanFields(objective="O", methods=("web",), expected_end_on=TODAY, analysis_on=TODAY, report_on=TODAY)


def planned(session: Session, world: World, state: str = "draft") -> int:
    """A plan of the first scheme by root, drawn and complete, with every signature but that of quality."""
    version = newest_version(session, FIRST)
    assert version is not None
    wanted = replace(PLANNED, leader_id=world.people["root"].user_id)
    who = replace(world.people["quinn"], user_id=world.people["root"].user_id)
    wave = plans.plan_wave(session, version=version, code="2027-Q1", wanted=wanted, form_key="p", by=who, at=AT)
    key = wave.id or 0
    plans.draw(session, wave_id=key, version=1, by=who, at=AT, today=TODAY)
    if state != "draft":
        plans.submit_plan(session, wave_id=key, version=2, by=who, at=AT)
        signed = update(PlanDepartment).where(col(PlanDepartment.wave_id) == key)
        session.connection().execute(signed.values(signed_by_id=who.user_id, signed_at=AT))
    if state == "approved":
        plans.approve_plan(session, wave_id=key, version=3, by=world.people["abe"], at=AT)
    session.get_one(User, world.people["quinn"].user_id).is_head = True
    session.flush()
    return key


def on_plan(verb: Callable[..., Any], *, state: str = "draft", **values: Any) -> Call:
    def call(session: Session, world: World, by: Viewer) -> Any:
        key = planned(session, world, state)
        version = session.get_one(Plan, key, populate_existing=True).version
        return verb(session, wave_id=key, version=version, by=by, at=AT, **values)

    return call


def a_plan(session: Session, _world: World, by: Viewer) -> Any:
    version = newest_version(session, FIRST)
    assert version is not None
    return plans.plan_wave(session, version=version, code="2027-Q1", wanted=PLANNED, form_key="p", by=by, at=AT)


def a_reward(session: Session, world: World, by: Viewer) -> Any:
    session.get_one(Plan, key := planned(session, world)).incentive_how = "answer"
    session.flush()
    return rewards.award(session, wave_id=key, winners=0, by=by, at=AT)


def a_hand_over(session: Session, world: World, by: Viewer) -> Any:
    key = planned(session, world)
    session.add(Reward(wave_id=key, invitation_id=world.invitation, awarded_at=AT))
    session.flush()
    return rewards.hand_over(session, wave_id=key, invitation_id=world.invitation, on=TODAY, by=by, at=AT)


def on_run(does: Callable[..., Any]) -> Call:
    """On a run that somebody else has proposed."""

    def call(session: Session, world: World, by: Viewer) -> Any:
        proposer = world.people["ivy"].user_id
        run = RetentionRun(form_key="-", kind="retention", as_of=TODAY, proposed_at=AT, proposed_by_id=proposer)
        session.add(run)
        session.flush()
        return does(session, run_id=run.id, by=by, at=AT)

    return call


def a_lesson(session: Session, world: World, by: Viewer) -> Any:
    who = world.people["ivy"].user_id
    values = {"held_on": TODAY, "hours": 8, "content": "", "marks": None, "today": TODAY}
    return training.add_lesson(session, user_id=who, by=by, at=AT, **values)


def with_evidence(does: Callable[..., Any], **values: Any) -> Call:
    def call(session: Session, world: World, by: Viewer) -> Any:
        action = session.get_one(Action, world.actions["Action of logistics"])
        action.state = "in_progress"
        file = StoredFile(name="b.pdf", size=1, sha256="", created_at=AT)
        session.add_all([action, file])
        session.flush()
        about = {"action_id": action.id or 0, "file_id": file.id or 0}
        entry = ActionFile(**about, round=1, added_at=AT, added_by_id=world.people["quinn"].user_id)
        session.add(entry)
        session.flush()
        more: dict[str, Any] = {"entry_id": entry.id}
        if does is not evidence.taken_file:
            more = {"action_id": action.id, "version": action.version} | (more if does is evidence.remove_file else {})
        return does(session, by=by, at=AT, **more, **values)

    return call


def change_many(session: Session, world: World, by: Viewer) -> Any:
    action = world.actions["Action of logistics"]
    refused = action_bulk.change_many(session, versions={action: 1}, due_on=TODAY + timedelta(days=30), by=by, at=AT)
    for reason in refused.values():
        raise reason
    return refused


VERBS: dict[str, tuple[Call, frozenset[str]]] = {
    "action_drafts.draft": (
        lambda s, w, by: action_drafts.draft(s, by, finding_ids=[finding_of(s, w)], today=TODAY),
        ASSIGN,
    ),
    "action_drafts.findings_to_assign": (
        lambda s, w, by: action_drafts.findings_to_assign(s, by, [finding_of(s, w)]),
        ASSIGN | {"vic", "abe"},
    ),
    "action_bulk.change_many": (change_many, EDIT),
    "actions.assign": (assign, ASSIGN),
    "actions.edit": (on_action(actions.edit, problem="Another problem"), EDIT),
    "actions.advance": (on_action(actions.advance, verb="analyse"), EDIT),
    "actions.cancel": (on_action(actions.cancel, reason="a reason"), EDIT),
    "actions.comment": (on_action(actions.comment, text="a remark"), EDIT),
    "action_papers.action_paper": (
        lambda s, _w, by: action_papers.action_paper(s, by, 1, Speech("en", SHANGHAI)),
        READ_ACTION,
    ),
    "customer_papers.customer_paper": (
        lambda s, _w, by: customer_papers.customer_paper(s, by, "beta", Speech("en", SHANGHAI)),
        SCREENS | {"olga", "sue"},
    ),
    "period_papers.month_paper": (
        lambda s, _w, by: period_papers.month_paper(s, by, "2026-10", AT, Speech("en", SHANGHAI)),
        EVERYTHING | {"abe"},
    ),
    "period_papers.year_paper": (
        lambda s, _w, by: period_papers.year_paper(s, by, "2026", AT, Speech("en", SHANGHAI)),
        EVERYTHING | {"abe"},
    ),
    "period_papers.appraisal_paper": (
        lambda s, _w, by: period_papers.appraisal_paper(s, by, "2026", AT, Speech("en", SHANGHAI)),
        EVERYTHING | {"abe"},
    ),
    "result_papers.public_paper": (a_summary, SIGHT - {"ivy"}),
    "result_papers.summary_table_paper": (
        lambda s, w, by: result_papers.summary_table_paper(s, by, w.waves[FIRST], Speech("en", SHANGHAI)),
        SIGHT - {"ivy"},
    ),
    "report_texts.write_analysis": (
        lambda s, _w, by: report_texts.write_analysis(s, month="2026-10", said="Late", version=0, by=by, at=AT),
        SIGN,
    ),
    "report_texts.sign_analysis": (
        lambda s, _w, by: (
            report_texts.sign_analysis(s, month="2026-10", version=1, by=by, at=AT)
            if report_texts.write_analysis(s, month="2026-10", said="Late", version=0, by=by, at=AT)
            else None
        ),
        SIGN,
    ),
    "report_texts.write_review": (on_wave(report_texts.write_review, said="Agreed", version=0), SIGN),
    "report_texts.sign_review": (
        lambda s, w, by: (
            report_texts.sign_review(s, wave_id=w.waves[FIRST], version=1, by=by, at=AT)
            if report_texts.write_review(s, wave_id=w.waves[FIRST], said="Agreed", version=0, by=by, at=AT)
            else None
        ),
        SIGN,
    ),
    "report_texts.ask_to_publish": (on_wave(report_texts.ask_to_publish, changed=Name()), HOLD),
    "report_texts.approve_summary": (on_summary(report_texts.approve_summary), SIGN),
    "report_texts.withdraw_summary": (on_summary(report_texts.withdraw_summary), SIGN),
    "report_schedules.add_schedule": (a_schedule, HOLD),
    "report_schedules.set_active": (
        lambda s, w, by: report_schedules.set_active(
            s, schedule_id=a_schedule(s, w, w.people["olga"]).id or 0, active=False, by=by, at=AT
        ),
        HOLD,
    ),
    "reports.ask_for": (a_report, HOLD),
    "reports.download": (a_made_report, EVERYTHING | {"olga"}),
    "evidence.add_file": (with_evidence(evidence.add_file, name="a.pdf", content=b"%PDF-1.7"), EDIT),
    "evidence.remove_file": (with_evidence(evidence.remove_file), EDIT),
    "evidence.taken_file": (with_evidence(evidence.taken_file), READ_ACTION),
    "calendars.set_company_day": (
        lambda s, _w, by: calendars.set_company_day(s, day=TODAY, is_working=False, name="Fair", by=by, at=AT),
        EVERYTHING | {"olga", "omar"},
    ),
    "calendars.remove_company_day": (
        lambda s, _w, by: calendars.remove_company_day(s, day=TODAY, by=by, at=AT),
        EVERYTHING | {"olga", "omar"},
    ),
    "effects.tell": (on_verifying(effects.tell, outcome="not_reached", happened_at=AT), EDIT),
    "effects.extend": (on_verifying(effects.extend, reason="few answers"), EDIT),
    "effects.measure_with": (on_verifying(effects.measure_with), EDIT),
    "closing.close_wave": (lambda s, w, by: closing.close_wave(s, wave=wave_of(s, w), by=by, at=AT), RUN),
    "closing.void_wave": (
        lambda s, w, by: closing.void_wave(s, wave=wave_of(s, w), reason="a reason", by=by, at=AT),
        RUN,
    ),
    "customer_import.import_customers": (a_list, KEEP | {"sam", "sue"}),
    "customer_register.add": (
        lambda s, _w, by: customer_register.add(s, entered=Entered(NEWCOMER), by=by, at=AT),
        KEEP | {"sam", "sue"},
    ),
    "customer_register.named": (
        lambda s, _w, by: customer_register.named(s, name="Newcomer Ltd", by=by, at=AT),
        KEEP | {"sam", "sue"},
    ),
    "customer_register.change": (
        lambda s, w, by: customer_register.change(
            s,
            customer_id=w.customers["alpha"],
            version=1,
            was=Entered(),
            entered=Entered(NEWCOMER),
            by=by,
            at=AT,
        ),
        KEEP | {"sam"},
    ),
    "customer_merging.merge": (
        lambda s, w, by: customer_merging.merge(
            s, kept_id=w.customers["beta"], merged_id=w.customers["gamma"], by=by, at=AT
        ),
        KEEP | {"sue"},
    ),
    "customer_merging.keep_apart": (
        lambda s, w, by: customer_merging.keep_apart(
            s, one_id=w.customers["gamma"], other_id=w.customers["beta"], by=by, at=AT
        ),
        KEEP | {"sue"},
    ),
    "customer_merging.propose_again": (
        lambda s, w, by: customer_merging.propose_again(
            s, one_id=w.customers["gamma"], other_id=w.customers["beta"], by=by, at=AT
        ),
        KEEP | {"sue"},
    ),
    "customer_merging.undo": (undone_merge, KEEP | {"sue"}),
    "exporting.note_export": (an_export, PERSONAL),
    "wave_reports.sheets_for": (
        on_wave(wave_reports.sheets_for, language="en", zone=SHANGHAI),
        frozenset(PEOPLE) - {"omar", "ivy"},
    ),
    "analysis_report.analysis": (
        on_wave(analysis_report.analysis, language="en", zone=SHANGHAI),
        frozenset(PEOPLE) - {"omar", "ivy"},
    ),
    "analysis_deck.slides": (
        on_wave(analysis_deck.slides, language="en", zone=SHANGHAI),
        frozenset(PEOPLE) - {"omar", "ivy"},
    ),
    "report_templates.bring": (
        lambda s, _w, by: report_templates.bring(s, name="a.pptx", content=a_template(), by=by, at=AT),
        HOLD | {"omar"},
    ),
    "report_templates.take_away": (lambda s, _w, by: report_templates.take_away(s, by=by, at=AT), HOLD | {"omar"}),
    "wave_reports.note_taken": (a_report_taken, PERSONAL),
    "importing.import_file": (a_file, ENTER),
    "api_invitations.invite": (
        on_wave(
            api_invitations.invite,
            wanted=[api_invitations.Wanted(NamedCustomer("alpha"))],
            may_add=False,
            today=TODAY,
        ),
        RUN,
    ),
    "api_invitations.invited_before": (
        lambda s, w, by: api_invitations.invited_before(s, by, wave_id=w.waves[FIRST], ids=[w.invitation]),
        RUN,
    ),
    "api_responses.take_in": (
        on_wave(api_responses.take_in, incoming=[api_responses.Incoming({"on_time": "satisfied"})], may_add=False),
        RUN,
    ),
    "shares.make_share": (a_share, EVERYTHING | {"olga", "sam"}),
    "shares.revoke_share": (a_revoked_share, EVERYTHING),
    "api_tokens.make": (a_token, ONLY_ROOT),
    "chat_targets.add_chat": (a_chat, ONLY_ROOT),
    "chat_targets.end_chat": (on_chat(chat_targets.end_chat), ONLY_ROOT),
    "chat_targets.try_chat": (on_chat(chat_targets.try_chat), ONLY_ROOT),
    "chat_targets.send_again": (a_message_again, ONLY_ROOT),
    "api_tokens.revoke": (on_token, ONLY_ROOT),
    "invitations.send": (
        lambda s, w, by: invitations.send(
            s, wave=wave_of(s, w), to=[invitations.Recipient()], sent_on=TODAY, by=by, at=AT
        ),
        RUN,
    ),
    "invitations.mark_undeliverable": (
        lambda s, w, by: invitations.mark_undeliverable(s, invitation_id=w.invitation, by=by, at=AT),
        RUN,
    ),
    "mail_server.send_test": (a_test_mail, EVERYTHING - {"root"} | {"olga", "omar"}),
    "item_links.confirm": (
        lambda s, w, by: item_links.confirm(s, wave_id=w.waves[FIRST], links=[Link("on_time", "same")], by=by, at=AT),
        EVERYTHING | {"olga"},
    ),
    "item_links.ask_again": (
        lambda s, w, by: item_links.ask_again(s, wave_id=w.waves[FIRST], item="on_time", by=by, at=AT),
        EVERYTHING | {"olga"},
    ),
    "jobs.enqueue": (
        lambda s, _w, by: jobs.enqueue(s, kind="import", form_key="new", payload={}, by=by, at=AT),
        EVERYTHING | {"olga", "omar"},
    ),
    "jobs.job": (lambda s, w, by: jobs.job(s, by, w.jobs["olga"]), ENTER),
    "jobs.cancel": (on_job(jobs.cancel, at=AT), ENTER),
    "jobs.go_on": (on_job(jobs.go_on, at=AT), ENTER),
    "jobs.discard": (on_job(jobs.discard), ENTER),
    "links.open_link": (on_wave(links.open_link), RUN),
    "questionnaires.save": (
        on_wave(questionnaires.save, texts={}, extras=(), ask_importance=True, base=0),
        RUN,
    ),
    "questionnaires.questionnaire_for": (on_sight(questionnaires.questionnaire_for), SIGHT),
    "answering.as_asked": (on_sight(partial(answering.as_asked, today=TODAY)), SIGHT),
    "plans.plan_wave": (a_plan, RUN),
    "plans.plan_like_last": (
        lambda s, _w, by: plans.plan_like_last(s, scheme=FIRST, code="2027-Q2", form_key="n", by=by, at=AT),
        RUN,
    ),
    "meetings.call_meeting": (a_meeting, HOLD),
    "meetings.edit_meeting": (on_meeting(meetings.edit_meeting, version=2, held_on=TODAY, title="", people=()), HOLD),
    "meetings.edit_agenda": (on_meeting(meetings.edit_agenda, version=2, topics=()), HOLD),
    "meetings.show": (on_meeting(meetings.show, position=1, key="shown:index", text="79.7"), HOLD),
    "meetings.decide": (on_meeting(meetings.decide, text="Do it", form_key="f"), HOLD),
    "meetings.note_assigned": (noted, HOLD),
    "meetings.edit_minute": (on_minute(meetings.edit_minute, text="Other"), HOLD),
    "meetings.strike_minute": (on_minute(meetings.strike_minute), HOLD),
    "meetings.settle_decision": (on_minute(meetings.settle_decision), HOLD),
    "meetings.sign_off": (on_meeting(meetings.sign_off, version=2), HOLD),
    "meetings.send_minutes": (sent_minutes, HOLD),
    "meetings.pin_figures": (on_meeting(meetings.pin_figures), HOLD),
    "meetings.unpin_figures": (on_meeting(meetings.unpin_figures), HOLD),
    "plans.edit_plan": (on_plan(plans.edit_plan, wanted=PlanFields()), RUN),
    "plans.draw": (on_plan(plans.draw, today=TODAY), RUN),
    "plans.submit_plan": (on_plan(plans.submit_plan), RUN),
    "plans.countersign": (on_plan(plans.countersign, state="submitted"), frozenset({"quinn"})),
    "plans.approve_plan": (on_plan(plans.approve_plan, state="submitted"), frozenset({"quinn", "abe"})),
    "plans.return_plan": (
        on_plan(plans.return_plan, state="submitted", comment="a reason"),
        frozenset({"quinn", "abe"}),
    ),
    "plans.open_planned": (
        lambda s, w, by: plans.open_planned(s, wave_id=planned(s, w, "approved"), by=by, at=AT),
        RUN,
    ),
    "rewards.award": (a_reward, RUN),
    "rewards.hand_over": (a_hand_over, RUN),
    "retention.due": (lambda s, _w, by: retention.due(s, by, today=TODAY, zone=SHANGHAI), EVERYTHING),
    "retention.due_of_person": (
        lambda s, _w, by: retention.due_of_person(s, by, 1, today=TODAY, zone=SHANGHAI),
        EVERYTHING,
    ),
    "person_export.export_person": (
        lambda s, _w, by: person_export.export_person(s, contact_id=1, by=by, at=AT, zone=SHANGHAI),
        ROOT_ALONE,
    ),
    "retention.runs": (lambda s, _w, by: retention.runs(s, by), EVERYTHING),
    "retention.people_named": (lambda s, _w, by: retention.people_named(s, by, "Contact"), ROOT_ALONE),
    "retention.set_terms": (lambda s, _w, by: retention.set_terms(s, wanted=Terms(9, 9, 9), by=by, at=AT), ROOT_ALONE),
    "retention.propose": (
        lambda s, _w, by: retention.propose(s, form_key="-", by=by, at=IN_2040, zone=SHANGHAI),
        ROOT_ALONE,
    ),
    "retention.propose_erasure": (
        lambda s, _w, by: retention.propose_erasure(
            s, contact_id=1, reason="asked by mail", form_key="-", by=by, at=IN_2040, zone=SHANGHAI
        ),
        ROOT_ALONE,
    ),
    "retention.confirm": (on_run(retention.confirm), EVERYTHING),
    "retention.withdraw": (on_run(retention.withdraw), EVERYTHING),
    "training.add_lesson": (a_lesson, RUN | {"omar"}),
    "calls.list_calls": (
        lambda s, w, by: calls.list_calls(s, scheme_id=w.schemes[FIRST], today=TODAY, by=by, at=AT),
        RUN,
    ),
    "calls.add_call": (
        lambda s, w, by: calls.add_call(
            s,
            scheme_id=w.schemes[FIRST],
            customer_id=w.customers["beta"],
            due_on=TODAY,
            form_key="f",
            by=by,
            at=AT,
        ),
        ENTER | {"sue"},
    ),
    "calls.hand_to": (on_call(calls.hand_to, caller="ivy"), RUN),
    "calls.note_attempt": (on_call(calls.note_attempt, result="busy", form_key="f"), CALL),
    "calls.enter_answers": (answers_of_call, CALL),
    "calls.write_slip": (a_slip, CALL),
    "calls.answer_slip": (an_answer, CALL - {"ivy"} | {"dan"}),
    "calls.settle": (on_call(calls.settle), CALL),
    "calls.give_up": (on_call(calls.give_up, reason="a reason"), CALL),
    "entries.enter": (an_entry, ENTER | {"sue", "ivy"}),
    "entries.draw_sample": (a_sample, ENTER),
    "entries.check_entry": (a_check, ENTER),
    "entries.settle": (a_settled_check, ENTER),
    "responses.submit": (
        lambda s, w, by: make.response(s, wave_of(s, w), "neutral", by=by),
        ENTER | {"ivy"},
    ),
    "responses.correct": (on_response(responses.correct, answers={"on_time": "neutral"}), ENTER),
    "responses.withdraw": (on_response(responses.withdraw), ENTER),
    "responses.admit": (
        lambda s, w, by: responses.admit(s, response_id=w.waiting, by=by, at=AT, reason="a reason"),
        frozenset({"quinn"}),
    ),
    "schemes.save_version": (a_version, EVERYTHING | {"olga"}),
    "sending.send_out": (on_wave(sending.send_out, one_each=True, by_mail=False, form_key="f"), RUN),
    "sending.remind_all": (a_reminder_of_all, RUN),
    "sending.to_remind": (on_wave(sending.to_remind), RUN),
    "sending.remind": (
        lambda s, w, by: sending.remind(s, invitation_id=w.invitation, how="phone", form_key="f", by=by, at=AT),
        RUN,
    ),
    "sending.send_again": (a_mail_again, RUN),
    "sending.go_on": (on_wave(sending.go_on, form_key="f"), RUN),
    "sending.stop": (on_wave(sending.stop), RUN),
    "sending.mark_bounced": (on_wave(sending.mark_bounced, text="a@example.com"), RUN),
    "sign_in.end_everywhere": (on_account(sign_in.end_everywhere), ONLY_ROOT | {"vic"}),
    "complaints.record": (a_complaint, EVERYTHING | {"olga", "omar", "sue"}),
    "complaints.add_picture": (on_complaint(complaints.add_picture, name="p", content=PNG), COMPLAINT),
    "complaints.verify": (judging(complaints.verify, is_confirmed=True), EVERYTHING),
    "complaints.add_finding": (found_later, EVERYTHING),
    "complaints.decide_responsibility": (
        on_complaint(complaints.decide_responsibility, version=2, responsibility="ours", reason="R"),
        EVERYTHING,
    ),
    "complaints.set_report_due": (on_complaint(complaints.set_report_due, version=2, due=AT), COMPLAINT),
    "complaints.send_slips": (told_dan, COMPLAINT),
    "complaints.read_slip": (read_by_dan, {"dan"}),
    "complaints.stop_clock": (on_complaint(complaints.stop_clock, code="tell_oqc"), COMPLAINT),
    "complaints.send_somebody": (of_service, COMPLAINT),
    "complaint_records.add_rework": (
        on_complaint(complaint_records.add_rework, place="P", quantity=2, bad=1, form_key="f"),
        COMPLAINT,
    ),
    "complaint_records.hold_meeting": (
        lambda s, _w, by: complaint_records.hold_meeting(
            s, number=1, held_on=TODAY, text="M", attended=(by.user_id,), form_key="f", by=by, at=AT
        ),
        COMPLAINT,
    ),
    "complaint_records.sign_minutes": (on_minutes(complaint_records.sign_minutes), OPINIONS | {"lost"}),
    "complaint_records.approve_minutes": (on_minutes(complaint_records.approve_minutes), EVERYTHING),
    "complaint_reports.download": (
        on_complaint(complaint_reports.download, form="docx", language="en", zone=ZoneInfo("Asia/Shanghai")),
        COMPLAINT,
    ),
    "complaint_reports.eight_d_report": (
        lambda s, _w, by: complaint_reports.eight_d_report(s, by, 1, "en", ZoneInfo("Asia/Shanghai")),
        COMPLAINT,
    ),
    "eight_d.save_step": (
        on_complaint(eight_d.save_step, version=2, step=0, content={"emergency": "E"}, is_done=True),
        COMPLAINT,
    ),
    "eight_d.audit_countermeasure": (
        on_complaint(eight_d.audit_countermeasure, countermeasure="C", on=TODAY, is_kept=True),
        EVERYTHING,
    ),
    "eight_d.confirm_effect": (implemented(eight_d.confirm_effect, whose="project"), COMPLAINT),
    "eight_d.close": (ended(eight_d.close, learned="L"), EVERYTHING),
    "eight_d.recur": (on_complaint(eight_d.recur, version=2, what="Again"), EVERYTHING),
    "opinions.record": (
        lambda s, _w, by: opinions.record(s, text="S", kind="praise", received_at=AT, form_key="f", by=by, at=AT),
        OPINIONS,
    ),
    "opinions.sort": (on_opinion(opinions.sort, kind="problem"), OPINION),
    "opinions.watch": (on_opinion(opinions.watch), OPINION),
    "opinions.finding_to_assign": (on_opinion(opinions.finding_to_assign), OPINION),
    "opinions.decline": (on_opinion(opinions.decline, reason="R"), OPINION),
    "opinions.answer": (on_opinion(opinions.answer, text="T", how="phone", on=TODAY, today=TODAY), OPINION),
    "opinions.reward": (on_opinion(opinions.reward, what="A card", on=TODAY, today=TODAY), OPINION),
    "complaint_minutes.download": (
        on_minutes(lambda s, **k: complaint_minutes.download(s, **k, language="en", zone=ZoneInfo("Asia/Shanghai"))),
        OPINIONS | {"lost"},
    ),
    "opinion_slips.download": (
        lambda s, w, by: opinion_slips.download(
            s, opinion_id=an_opinion(s, w).id or 0, language="en", zone=ZoneInfo("Asia/Shanghai"), by=by, at=AT
        ),
        OPINION,
    ),
    "opinion_slips.slip": (
        lambda s, w, by: opinion_slips.slip(s, by, an_opinion(s, w).id or 0, "en", ZoneInfo("Asia/Shanghai")),
        OPINION,
    ),
    "customer_requests.record_request": (
        lambda s, _w, by: customer_requests.record_request(
            s, kind="repair", channel="phone", said="S", received_at=AT, form_key="f", by=by, at=AT
        ),
        frozenset(PEOPLE),
    ),
    "customer_requests.assign_request": (
        lambda s, w, by: customer_requests.assign_request(
            s, number=1, version=1, department_id=w.departments["quality"], by=by, at=AT
        ),
        REQUEST,
    ),
    "customer_requests.note_phone_failed": (on_request(customer_requests.note_phone_failed, is_near=True), REQUEST),
    "customer_requests.close_request": (on_request(customer_requests.close_request, solution="S"), REQUEST),
    "customer_requests.call_back": (on_request(customer_requests.call_back, closed=True, is_satisfied=True), REQUEST),
    "quality_figures.enter_figure": (
        lambda s, w, by: quality_figures.enter_figure(
            s, wave_id=w.waves[FIRST], customer_id=w.customers["beta"], code="part_fault", value=200.0, by=by, at=AT
        ),
        EVERYTHING,
    ),
    "quality_figures.enter_figures": (
        lambda s, w, by: quality_figures.enter_figures(
            s, wave_id=w.waves[FIRST], figures={w.customers["beta"]: {"part_fault": 200.0}}, by=by, at=AT
        ),
        EVERYTHING,
    ),
    "visits.plan_visit": (
        lambda s, w, by: visits.plan_visit(
            s,
            kind="visit",
            planned_on=TODAY,
            purpose="Ask",
            form_key="f",
            customer_id=w.customers["beta"],
            by=by,
            at=AT,
        ),
        KEEP | {"sue"},
    ),
    "visits.record_visit": (
        on_visit(visits.record_visit, version=1, today=TODAY, held_on=TODAY, record="It went well"),
        VISIT,
    ),
    "visits.cancel_visit": (on_visit(visits.cancel_visit, version=1), VISIT),
    "visits.add_opinion": (on_visit(visits.add_opinion, kind="problem", text="It leaks", form_key="f"), VISIT),
    "visits.add_defect": (on_visit(a_defect), VISIT | {"olga"}),
    "visits.inspect_again": (inspected, VISIT | {"olga"}),
    "users.add": (a_new_account, ONLY_ROOT),
    "users.change": (on_account(users.change, version=1, language="", mail="", **CHANGE), ONLY_ROOT),
    "users.set_password": (on_account(users.set_password, password="four ducks on a pond"), ONLY_ROOT),
}
"""Verb on things of sales and logistics → who gets in."""

STEPS: dict[str, str] = {
    "complaint_minutes.minutes_told": "of what somebody is told; reads each as that reader",
    "report_schedules.reports_told": "of what somebody is told; reads each as that reader",
    "report_making.make_report": "the worker's part of a job that was queued under a check; checks again",
    "anonymising.anonymise": "a job, which checks who confirmed",
    "action_changes.action_to_change": "the check itself",
    "api_customers.contact_named": "part of api_invitations.invite",
    "api_customers.customers_named": "part of api_responses.take_in and api_invitations.invite",
    "action_changes.save": "after the check",
    "action_changes.note": "after the check",
    "action_changes.changed_since": "after the check",
    "action_checks.check": "after the check",
    "action_checks.check_subject": "the check itself",
    "action_checks.stored_values": "after the check",
    "analysis_report.analysis_of": "of a report that was read under a check; its plan and opinion check again",
    "action_drafts.snapshot_of": "of findings that were read under a check",
    "audit.audit": "writes down what was done",
    "checking.rebuild": "for the command line",
    "closing.freeze": "part of closing a wave and of freezing a meeting, which check",
    "following.follow": "part of a write",
    "following.refresh": "part of a write",
    "files.store_file": "in one transaction with jobs.enqueue, which refuses",
    "complaint_changes.complaint_to_change": "the check itself",
    "complaint_changes.request_to_change": "the check itself",
    "complaint_changes.put": "part of a write",
    "complaint_changes.note": "part of a write",
    "findings.keep_findings": "part of a write",
    "plans.approver_of": "a department of the scheme",
    "plans.may_sign": "whether the asker may",
    "return_findings.judge_windows": "for the worker",
    "return_findings.keep_return_findings": "part of a write",
    "return_findings.set_window": "part of a write",
    "training.record": "for entries, of the one who enters",
    "training.is_trained": "for entries, of the one who enters",
    "training.check_trained": "the check itself",
    "jobs.own_jobs": "the asker's own",
    "jobs.viewer_of": "pure",
    "mailing.send_mails": "the worker's part of a job that was queued under a check; checks again",
    "import_rows.new_responses": "part of import_file",
    "rights.check_administrator": "the check itself",
    "schemes.check_organiser": "the check itself",
    "schemes.is_own_scheme": "the check itself",
    "schemes.presets_for": "schemes that ship, for the asker's department",
    "schemes.store_scheme": "for import_file, which checks the organiser, and the sample company",
    "sign_in.end": "one's own sign-in, found by one's own token",
    "sign_in.end_all": "part of a write",
    "sign_in.begin": "after the password",
    "sign_in.note_seen": "one's own sign-in",
    "sign_in.viewer_of": "pure",
    "users.change_own_password": "one's own account, by its password",
    "users.check_not_last": "part of users.change",
    "users.choose_language": "one's own account",
    "waves.new_wave": "part of open_wave and plan_wave",
    "waves.open_wave": "for import_file, which checks the organiser, and the sample company",
    "notifying.mark_read": "the asker's own",
    "telling_choices.choose": "the asker's own; only chats that are offered to them",
    "opinions.answered_elsewhere": "part of effects.tell, customer_requests.close_request and calls.settle",
    "opinions.name_customer": "part of complaints.record",
    "opinions.hand_over": "part of customer_requests.assign_request",
    "action_news.assigned": "part of actions.assign and actions.edit",
    "demo_sending.tell_sending": "the sample company",
    "demo_surveys.run_waves": "the sample company",
    "demo_plans.plan_and_open": "the sample company",
}
"""What says who asks, or changes a person's own, without being a verb of its own; each with the reason."""
ON_SCREENS = {
    "notifying.mark_read",
    "telling_choices.choose",
    "audit.audit",
    "files.store_file",
    "plans.may_sign",
    "jobs.own_jobs",
    "schemes.presets_for",
    "sign_in.begin",
    "sign_in.end",
    "sign_in.note_seen",
    "users.change_own_password",
    "users.choose_language",
}
"""Those of them that pages and components may call."""
NAMES_THE_ASKER = {"by", "viewer", "user_id", "session_id"}


@pytest.fixture(autouse=True)
def _mail_server(_own_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server is named, and never asked: mails are only queued here."""
    monkeypatch.setenv("SMTP_URL", "smtp+plain://127.0.0.1:9")
    monkeypatch.setenv("MAIL_FROM", "q@example.com")
    settings.cache_clear()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, World]]:
    """One world for all verbs: each is rolled back."""
    folder = tmp_path_factory.mktemp("verbs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAR_DIR", str(folder / "var"))
        patch.setattr("settings.SECRETS_FILE", folder / "secrets.toml")
        settings.cache_clear()
        engine = engine_for(databases.sqlite_database(folder))
        yield engine, build(engine)
    engine.dispose()


class Undone(Exception):
    """Rolls back what worked."""


def gets_in(engine: Engine, call: Call, world: World, who: str) -> bool:
    """Whether the call did its work, or was refused for another reason than who asks; nothing stays written."""
    try:
        with write_session(engine) as session:
            call(session, world, world.people[who])
            raise Undone
    except (NotAllowed, NotThere):
        return False
    except (Undone, Refusal):
        return True


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_lets_in_whose_matter_it_is_and_nobody_else(name: str, shared: tuple[Engine, World]) -> None:
    engine, world = shared
    call, may = VERBS[name]
    assert {who for who in world.people if gets_in(engine, call, world, who)} == may


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_works_for_somebody(name: str, shared: tuple[Engine, World]) -> None:
    """Otherwise the test above might see a refusal of the wrong kind for everybody."""
    engine, world = shared
    call, may = VERBS[name]
    who = world.people[min(may - {"vic", "abe"} or may)]

    def works(session: Session) -> None:
        call(session, world, who)
        raise Undone

    with pytest.raises(Undone), write_session(engine) as session:
        works(session)


@pytest.mark.parametrize(
    ("who", "about"),
    [
        ("dan", {"department_id": "quality"}),
        ("omar", {"finding_ids": [], "wave_id": FIRST}),
        ("olga", {"finding_ids": [], "customer_id": "gamma"}),
        ("sam", {"finding_ids": [], "customer_id": "beta"}),
        ("dan", {"finding_ids": [], "customer_id": "beta"}),
        ("dee", {"finding_ids": [], "customer_id": "delta"}),
    ],
)
def test_an_action_is_not_hung_on_what_its_maker_does_not_see(
    shared: tuple[Engine, World], who: str, about: dict[str, Any]
) -> None:
    engine, world = shared
    keys = {**world.departments, **world.customers, **world.waves}
    named = {name: keys[value] if isinstance(value, str) else value for name, value in about.items()}
    assert not gets_in(engine, lambda s, w, by: assign(s, w, by, **named), world, who)


def test_the_key_of_a_form_gives_nobody_the_action_or_job_of_another(shared: tuple[Engine, World]) -> None:
    engine, world = shared
    key = {"kind": "import", "form_key": "omar", "payload": {}}
    assert not gets_in(engine, lambda s, _w, by: jobs.enqueue(s, **key, by=by, at=AT), world, "olga")

    def twice(session: Session) -> None:
        assign(session, world, world.people["quinn"])
        assign(session, world, world.people["dan"])

    with pytest.raises(IntegrityError), write_session(engine) as session:
        twice(session)


def test_who_lost_the_role_after_asking_is_refused_by_what_the_database_says(shared: tuple[Engine, World]) -> None:
    engine, world = shared

    def call(session: Session, world: World, by: Viewer) -> None:
        user = session.get_one(User, by.user_id)
        user.role = "viewer"
        session.flush()
        a_new_account(session, world, by)

    assert not gets_in(engine, call, world, "root")


# The matrix is whole


def test_every_verb_is_in_the_matrix_or_has_a_reason_not_to_be() -> None:
    found = public_functions(services.__name__)
    there = {name for name, f in found.items() if NAMES_THE_ASKER & set(inspect.signature(f).parameters)}
    listed = set(VERBS) | set(STEPS)
    assert not there - listed, "new verbs: add them to VERBS, so that they are tried as everybody"
    assert not listed - set(found), "these verbs are gone"


@pytest.mark.parametrize(
    "path", sorted([*(ROOT / "pages").rglob("*.py"), *(ROOT / "components").rglob("*.py")]), ids=str
)
def test_screens_call_no_step_that_does_not_check(path: Path) -> None:
    found = public_functions(services.__name__)
    writes = {name for name in found if name in STEPS or "session" in inspect.signature(found[name]).parameters}
    checked = set(VERBS) | ON_SCREENS | READ_BY_SCREENS
    assert not [name for name in imported_from(path, "services") if name in writes - checked]


READ_BY_SCREENS = {
    "shares.guest",
    "retention.terms",
    "training.is_trained",
    "customer_register.as_entered",
    "jobs.waits_for",
    "sign_in.attempt",
    "sign_in.forget",
    "sign_in.presence",
    "sign_in.redeem",
    "users.demo_accounts",
    "users.has_accounts",
}
"""What takes a session and asks nobody: before somebody is signed in, or about a job that was read under its check."""


def test_what_a_wave_was_asked_is_the_same_for_all(shared: tuple[Engine, World]) -> None:
    """The schemes differ in their organiser only, so that what is refused above is refused for that."""
    engine, world = shared
    with write_session(engine) as session:
        first, second = (layout_of_wave(session, session.get_one(Wave, key)) for key in world.waves.values())
        assert first.scheme.item_codes == second.scheme.item_codes
