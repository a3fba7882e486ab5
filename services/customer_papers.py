"""The customer file (客户档案): all of one customer's history, as its reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from db.models import CallAttempt, CustomerCall, Visit
from db.queries.calls import calls_in_sight
from db.queries.complaints import complaints
from db.queries.customer_file import (
    contacts,
    customer_actions,
    customer_opinions,
    customer_results,
    purchases,
    questionnaires,
    sales_owner,
)
from db.queries.customers import customer_by_code
from db.queries.narrowing import schemes_in_sight, waves_in
from db.queries.visits import visits_in_sight
from domain.access import Scope, Viewer
from domain.action_states import STATE_NAMES, State
from domain.complaints import CATEGORIES, COMPLAINT_STATES
from domain.opinions import KINDS
from domain.papers import Paper, Part
from domain.period_names import period_name
from domain.scheme import Name
from domain.tables import Cell, Table
from services.speech import Speech


@dataclass(frozen=True)
class _File:
    session: Session
    viewer: Viewer
    customer: Any
    speech: Speech


def customer_paper(session: Session, viewer: Viewer, code: str, speech: Speech) -> Paper:
    """The file of a customer in sight. Raises NotAllowed, NotThere."""
    viewer.check_account()
    one = customer_by_code(session, viewer, code)
    _, of = speech.say, _File(session, viewer, one, speech)
    name = Name(one.name_zh, one.name_en).in_(speech.language) or one.code
    facts = [
        (_("Code"), one.code),
        (_("Segment"), one.segment),
        (_("Region"), one.region),
        (_("Customer since"), speech.day(one.since_on)),
        (_("Responsible seller"), sales_owner(session, viewer, one)),
    ]
    tables = [
        _scores(of),
        _answers(of),
        _opinions(of),
        _complaints(of),
        _actions(of),
        _visits(of),
        _purchases(of),
        _contacts(of),
    ]
    parts = [Part(facts=[fact for fact in facts if fact[1]])]
    parts += [Part(table.title, table=table) for table in tables if table.rows]
    return Paper(f"{_('Customer file')} · {name}", one.code, parts)


def _scores(of: _File) -> Table:
    """The customer's score in every wave of the schemes in sight."""
    _, rows = of.speech.say, []
    for scheme in schemes_in_sight(of.session, of.viewer):
        scope = Scope(of.viewer, scheme.id or 0, customer_id=of.customer.id)
        for found in customer_results(of.session, scope, waves_in(of.session, scope)):
            if found.index.n:
                name = found.wave.layout.scheme.name.in_(of.speech.language)
                period = period_name(found.wave.code, of.speech.language)
                rows.append([name, period, found.index.score, found.index.n])
    return Table(_("Scores over time"), [_("Scheme"), _("Period"), _("Score"), "n"], rows)


def _answers(of: _File) -> Table:
    _ = of.speech.say
    rows: list[list[Cell]] = [
        [
            of.speech.day(one.submitted_at),
            period_name(one.wave, of.speech.language),
            one.respondent,
            one.channel,
            one.score,
        ]
        for one in questionnaires(of.session, of.viewer, of.customer.id)
    ]
    headers = [_("Day"), _("Period"), _("Filled in by"), _("Channel"), _("Score")]
    return Table(_("Answered questionnaires"), headers, rows, personal=True)


def _opinions(of: _File) -> Table:
    _ = of.speech.say
    rows: list[list[Cell]] = [
        [of.speech.day(one.received_at), _(KINDS[one.kind]) if one.kind else "", one.text]
        for one in customer_opinions(of.session, of.viewer, of.customer.id)
    ]
    return Table(_("Opinions"), [_("Day"), _("Kind"), _("Opinion")], rows, personal=True)


def _complaints(of: _File) -> Table:
    _ = of.speech.say
    rows: list[list[Cell]] = []
    if of.viewer.may("view_complaints"):
        for line in complaints(of.session, of.viewer, customer_id=of.customer.id):
            one = line.complaint
            kind, state = _(CATEGORIES[one.category]), _(COMPLAINT_STATES[one.state][0])
            rows.append([one.number, of.speech.day(one.received_at), kind, one.description, state])
    headers = [_("No."), _("Received"), _("Category"), _("Complaint"), _("State")]
    return Table(_("Complaints"), headers, rows, personal=True)


def _actions(of: _File) -> Table:
    _ = of.speech.say
    rows: list[list[Cell]] = [
        [f"A-{one.number}", one.title, one.owner, one.due_on, _(STATE_NAMES[State(one.state)])]
        for one in customer_actions(of.session, of.viewer, of.customer.id)
    ]
    return Table(_("Actions"), [_("No."), _("Action"), _("Owner"), _("Due date"), _("State")], rows)


def _visits(of: _File) -> Table:
    """Visits that were held, and calls that were made, the newest first."""
    _, viewer, key = of.speech.say, of.viewer, of.customer.id
    held: Sequence[Visit] = []
    called: Sequence[CallAttempt] = []
    if viewer.may("enter_responses"):
        theirs = (Visit.customer_id == key, Visit.state == "held", *visits_in_sight(viewer))
        held = of.session.exec(select(Visit).where(*theirs)).all()
        tried = select(CallAttempt).join(CustomerCall, col(CustomerCall.id) == CallAttempt.call_id)
        called = of.session.exec(tried.where(CustomerCall.customer_id == key, *calls_in_sight(viewer))).all()
    rows = [(of.speech.day(one.held_on), _("Visit"), one.purpose, one.conclusions) for one in held]
    rows += [(of.speech.day(one.at), _("Call"), "", one.note) for one in called]
    headers = [_("Day"), _("Kind"), _("Purpose"), _("Conclusions")]
    return Table(_("Visits and calls"), headers, sorted(rows, reverse=True), personal=True)


def _purchases(of: _File) -> Table:
    _ = of.speech.say
    rows: list[list[Cell]] = [
        [one.product, one.quantity, one.unit, one.promised_on, one.delivered_on, one.days_late]
        for one in purchases(of.session, of.viewer, of.customer.id)
    ]
    headers = [_("Product"), _("Quantity"), _("Unit"), _("Promised on"), _("Delivered on"), _("Days late")]
    return Table(_("Purchases and deliveries"), headers, rows)


def _contacts(of: _File) -> Table:
    _ = of.speech.say
    rows: list[list[Cell]] = [
        [one.name, one.post, one.mail, one.phone]
        for one in contacts(of.session, of.viewer, of.customer.id)
        if one.active
    ]
    return Table(_("Contacts"), [_("Name"), _("Post"), _("E-mail"), _("Phone")], rows, personal=True)
