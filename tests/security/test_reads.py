"""Whoever calls whichever read, with whichever keys: nothing of somebody else comes back."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

import db.queries
from db.models import Wave
from db.queries import (
    actions,
    api_tokens,
    audit_days,
    audit_log,
    calls,
    choice_answers,
    choices,
    closing,
    complaints,
    customer_file,
    customer_list,
    customers,
    deliveries,
    effects,
    entries,
    evidence,
    evidence_pack,
    finding_lists,
    finding_report,
    findings,
    imports,
    item_links,
    items,
    made_reports,
    meetings,
    narrowing,
    notifications,
    opinions,
    overview,
    period_figures,
    plans,
    presented,
    quality_gaps,
    raw_answers,
    report_templates,
    rescoring,
    responses,
    returns,
    rewards,
    scheme_lists,
    score_report,
    scores,
    segments,
    sending,
    shares,
    slides,
    subjects,
    training,
    users,
    visits,
    wave_report,
    waves,
    weighted,
)
from db.rollups import Layout
from db.session import engine_for, read_session
from domain.access import Scope, Viewer
from domain.customer_filters import CustomerFilter
from domain.errors import Refusal
from domain.scheme import Scheme
from domain.scores import ItemScore, Score, Tally
from domain.subjects import FindingRow
from services import action_drafts, jobs
from settings import settings
from tests import databases
from tests.security.world import AT, CUSTOMERS, FIRST, MAY_SEE, PEOPLE, SECOND, TODAY, World, build, texts

EVERYBODY = CustomerFilter(active=None)
ROOT = Path(__file__).resolve().parent.parent.parent
LATER = date(2099, 1, 1)
YEAR = period_figures.Span(date(2026, 1, 1), date(2027, 1, 1), UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=AT.tzinfo)
pytestmark = pytest.mark.xdist_group("security-reads")
"""One world for the whole file, so one worker."""
Read = Callable[[Session, World, Viewer], Iterator[Callable[[], Any]]]


def by_scope(read: Callable[[Session, Scope], Any]) -> Read:
    return lambda session, world, viewer: (lambda scope=scope: read(session, scope) for scope in world.scopes(viewer))


def by_wave(read: Callable[[Session, Scope, Any], Any]) -> Read:
    """Every wave that the reader is given, under every scope."""
    return lambda session, world, viewer: (
        lambda scope=scope, wave=wave: read(session, scope, wave)
        for scope in world.scopes(viewer)
        for wave in narrowing.waves_in(session, scope)
    )


def by_waves(read: Callable[[Session, Scope, Any], Any]) -> Read:
    return by_scope(lambda session, scope: read(session, scope, narrowing.waves_in(session, scope)))


def by_customer(read: Callable[[Session, Viewer, int], Any]) -> Read:
    return lambda session, world, viewer: (
        lambda key=key: read(session, viewer, key) for key in world.customers.values()
    )


def by_wave_key(read: Callable[[Session, Viewer, int], Any]) -> Read:
    """Every wave that there is, as a forged address names it."""
    return lambda session, world, viewer: (
        lambda key=key: read(session, viewer, key) for key in (*world.waves.values(), world.before)
    )


def by_survey_wave(read: Callable[[Session, Viewer, Any], Any]) -> Read:
    """The same for reads that take a wave as screens have it."""
    return by_wave_key(lambda s, v, key: read(s, v, waves.survey_wave_of(s, s.get_one(Wave, key))))


def once(read: Callable[[Session, Viewer], Any]) -> Read:
    return lambda session, _world, viewer: iter([lambda: read(session, viewer)])


def by_cell(read: Callable[..., Any]) -> Read:
    """Every wave × customer × item or dimension, as a page might be asked for by a forged address."""

    def cells(session: Session, world: World, viewer: Viewer) -> Iterator[Callable[[], Any]]:
        for wave in (*world.waves.values(), world.before):
            for customer in (None, world.customers["alpha"], world.customers["gamma"]):
                for about in (
                    {},
                    *({"item_id": one} for one in world.items[::5]),
                    *({"dimension_code": one} for one in ("quality",)),
                ):
                    yield lambda wave=wave, customer=customer, about=about: read(
                        session, viewer, wave, customer_id=customer, **about
                    )

    return cells


def item_of(wave: Any) -> tuple[str, ...]:
    """An item of each of the two departments, and one of a third."""
    return tuple(code for code in ("on_time", "performance", "attitude") if code in wave.layout.scheme.item_codes)


def by_call(read: Callable[[Session, Viewer, int], Any]) -> Read:
    return lambda session, world, viewer: (lambda key=key: read(session, viewer, key) for key in world.calls.values())


def by_number(read: Callable[[Session, Viewer, int], Any]) -> Read:
    return lambda session, _world, viewer: (lambda key=key: read(session, viewer, key) for key in (1, 2))


def by_opinion(read: Callable[[Session, Viewer, int], Any]) -> Read:
    return lambda session, _world, viewer: (lambda key=key: read(session, viewer, key) for key in range(1, 12))


def by_visit(read: Callable[[Session, Viewer, int], Any]) -> Read:
    return lambda session, world, viewer: (lambda key=key: read(session, viewer, key) for key in world.visits.values())


def brought_up_to_date(session: Session, viewer: Viewer, wave_id: int) -> Wave:
    wave = session.get_one(Wave, wave_id)
    responses.bring_up_to_date(session, viewer, wave)
    return wave


READS: dict[str, Read] = {
    "audit_log.audit_lines": once(
        lambda s, v: [audit_log.audit_lines(s, v, audit_log.AuditFilter(record=one)) for one in ("", "1", "alpha")]
    ),
    "audit_log.audit_people": once(audit_log.audit_people),
    "calls.calls": once(lambda s, v: [calls.calls(s, v, until=LATER, ended=ended) for ended in (False, True)]),
    "calls.call_card": by_call(calls.call_card),
    "calls.call_for": by_call(calls.call_for),
    "calls.slips": once(lambda s, v: [calls.slips(s, v), calls.slips(s, v, answered=True)]),
    "calls.call_schemes": once(lambda s, v: [key for key, _name in calls.call_schemes(s, v)]),
    "calls.callers": once(lambda s, v: sorted(calls.callers(s, v))),
    "entries.customers_to_enter": by_wave_key(entries.customers_to_enter),
    "entries.contacts_to_enter": lambda s, w, v: (
        lambda wave=wave, key=key: entries.contacts_to_enter(s, v, wave, key)
        for wave in w.waves.values()
        for key in w.customers.values()
    ),
    "entries.customer_to_enter": lambda s, w, v: (
        lambda wave=wave, key=key: entries.customer_to_enter(s, v, wave, key)
        for wave in w.waves.values()
        for key in w.customers.values()
    ),
    "entries.entries": by_wave_key(entries.entries),
    "entries.entry": lambda s, w, v: (lambda key=key: entries.entry(s, v, key) for key in w.responses),
    "entries.samples": by_wave_key(entries.samples),
    "entries.checks": lambda s, _w, v: (lambda key=key: entries.checks(s, v, key) for key in (1, 2)),
    "entries.entries_to_check": lambda s, w, v: (
        lambda key=key: entries.entries_to_check(s, v, s.get_one(Wave, key)) for key in w.waves.values()
    ),
    "actions.board": once(lambda s, v: actions.board(s, v, today=TODAY, closed_since=LONG_AGO)),
    "actions.actions": once(lambda s, v: actions.actions(s, v)),
    "actions.action": lambda s, _w, v: (lambda n=n: actions.action(s, v, n) for n in range(1, 4)),
    "shares.shares": once(lambda s, v: shares.shares(s, v, now=AT)),
    "shares.openings": once(lambda s, v: shares.openings(s, v, 1)),
    "api_tokens.api_tokens": once(lambda s, v: api_tokens.api_tokens(s, v, now=AT)),
    "api_tokens.scheme_codes": once(api_tokens.scheme_codes),
    "deliveries.own_ways": once(deliveries.own_ways),
    "deliveries.chat_targets": once(deliveries.chat_targets),
    "deliveries.deliveries_with_trouble": once(deliveries.deliveries_with_trouble),
    "deliveries.delivery_counts": once(deliveries.delivery_counts),
    "notifications.unread": once(notifications.unread),
    "notifications.notifications": once(notifications.notifications),
    "choices.choices": lambda s, _w, v: (lambda c=c: choices.choices(s, v, c) for c in (FIRST, SECOND, "")),
    "closing.closing_facts": by_wave_key(lambda s, v, key: closing.closing_facts(s, v, key, today=TODAY)),
    "closing.late_answers": by_wave_key(closing.late_answers),
    "customer_file.questionnaires": by_customer(customer_file.questionnaires),
    "customer_file.customer_opinions": by_customer(customer_file.customer_opinions),
    "customer_file.customer_actions": by_customer(customer_file.customer_actions),
    "customer_file.customer_results": by_waves(customer_file.customer_results),
    "customer_file.contacts": by_customer(customer_file.contacts),
    "customer_file.purchases": by_customer(customer_file.purchases),
    "customer_file.file_part": by_scope(
        lambda s, scope: [
            customer_file.file_part(s, scope, name) for name in ("answers", "opinions", "findings", "contacts")
        ]
    ),
    "customer_list.customers_matching": once(lambda s, v: customer_list.customers_matching(s, v, EVERYBODY)),
    "customer_list.register_page": once(lambda s, v: customer_list.register_page(s, v, EVERYBODY)),
    "customer_list.customer_card": lambda s, w, v: (
        lambda c=c: customer_list.customer_card(s, v, c) for c in w.customers
    ),
    "customer_list.contacts_of": lambda s, w, v: iter(
        [lambda: customer_list.contacts_of(s, v, list(w.customers.values()))]
    ),
    "customer_list.sellers": once(customer_list.sellers),
    "customer_list.groups": once(customer_list.groups),
    "customer_list.kept_apart": once(customer_list.kept_apart),
    "customer_list.names_to_compare": once(customer_list.names_to_compare),
    "customers.customer_page": by_wave(customers.customer_page),
    "customers.dimensions_in": by_wave(customers.dimensions_in),
    "customers.open_actions": lambda s, w, v: iter([lambda: customers.open_actions(s, v, list(w.customers.values()))]),
    "customers.standing": by_wave(customers.standing),
    "customers.customer": by_customer(customers.customer),
    "customers.customer_by_code": lambda s, w, v: (
        lambda c=c: customers.customer_by_code(s, v, c) for c in w.customers
    ),
    "customers.customer_names": once(customers.customer_names),
    "finding_lists.findings": by_scope(
        lambda s, scope: finding_lists.findings(s, scope, states=("open", "cleared"), rules=RULES, limit=1000)
    ),
    "finding_report.finding_report": lambda s, w, v: (
        lambda wave=wave: finding_report.finding_report(s, v, wave, cleared=True)
        for scheme in w.schemes.values()
        for wave in narrowing.waves_in(s, Scope(v, scheme))
    ),
    "evidence.evidence_files": lambda s, _w, v: (lambda n=n: evidence.evidence_files(s, v, n) for n in range(1, 4)),
    "evidence.worked_before": lambda s, _w, v: (lambda n=n: evidence.worked_before(s, v, n) for n in range(1, 4)),
    "evidence_pack.sent_lines": by_wave_key(lambda s, v, key: list(evidence_pack.sent_lines(s, v, key))),
    "evidence_pack.outgoing_lines": by_wave_key(evidence_pack.outgoing_lines),
    "evidence_pack.written_answers": by_wave_key(lambda s, v, key: list(evidence_pack.written_answers(s, v, key))),
    "evidence_pack.wave_events": by_wave_key(evidence_pack.wave_events),
    "evidence_pack.actions_of_wave": by_wave_key(evidence_pack.actions_of_wave),
    "evidence_pack.complaints_of_wave": by_wave_key(evidence_pack.complaints_of_wave),
    "evidence_pack.meetings_of_wave": by_wave_key(evidence_pack.meetings_of_wave),
    "evidence_pack.evidence_of_actions": once(lambda s, v: evidence_pack.evidence_of_actions(s, v, (1, 2, 3))),
    "evidence_pack.pictures_of_complaints": once(lambda s, v: evidence_pack.pictures_of_complaints(s, v, (1, 2, 3))),
    "evidence_pack.respondents": by_wave_key(evidence_pack.respondents),
    "report_templates.template_in_use": once(report_templates.template_in_use),
    "report_templates.template_content": once(report_templates.template_content),
    "made_reports.made_reports": once(made_reports.made_reports),
    "made_reports.made_report": by_number(made_reports.made_report),
    "made_reports.content_of": by_number(made_reports.content_of),
    "made_reports.report_schedules": once(made_reports.report_schedules),
    "made_reports.schemes_to_schedule": once(
        lambda s, v: [key for key, _name in made_reports.schemes_to_schedule(s, v)]
    ),
    "made_reports.month_analysis": once(lambda s, v: made_reports.month_analysis(s, v, "2026-10")),
    "made_reports.wave_review": by_wave_key(made_reports.wave_review),
    "made_reports.public_summary": by_wave_key(made_reports.public_summary),
    "period_figures.counts": once(lambda s, v: period_figures.counts(s, v, YEAR)),
    "period_figures.presented_waves": once(lambda s, v: period_figures.presented_waves(s, v, YEAR)),
    "period_figures.complaint_rows": once(lambda s, v: period_figures.complaint_rows(s, v, YEAR)),
    "period_figures.late_actions": once(lambda s, v: period_figures.late_actions(s, v, YEAR)),
    "period_figures.deeds": once(lambda s, v: period_figures.deeds(s, v, YEAR)),
    "period_figures.names_of": once(period_figures.names_of),
    "raw_answers.raw_answers": by_wave_key(lambda s, v, key: list(raw_answers.raw_answers(s, v, key, zone=UTC))),
    "effects.effects": lambda s, _w, v: (lambda n=n: effects.effects(s, v, n) for n in range(1, 4)),
    "effects.tellings": lambda s, _w, v: (lambda n=n: effects.tellings(s, v, n) for n in range(1, 4)),
    "effects.waves_to_compare": lambda s, _w, v: (lambda n=n: effects.waves_to_compare(s, v, n) for n in range(1, 4)),
    "effects.outcomes": once(lambda s, v: effects.outcomes(s, v, zone=UTC)),
    "findings.questions_tested": by_scope(findings.questions_tested),
    "findings.figures_now": lambda s, w, v: iter([lambda: list(findings.figures_now(s, v, w.findings))]),
    "findings.finding_rows": lambda s, w, v: iter([lambda: findings.finding_rows(s, v, w.findings)]),
    "findings.finding": lambda s, w, v: (lambda key=key: findings.finding(s, v, key) for key in w.findings[::25]),
    "findings.finding_for": by_cell(
        lambda s, v, *cell, **about: findings.finding_rows(s, v, findings.finding_for(s, v, *cell, **about))
    ),
    "imports.stored_schemes": once(imports.stored_schemes),
    "imports.known_mappings": once(lambda s, v: imports.known_mappings(s, v, "-")),
    "imports.past_imports": once(imports.past_imports),
    "item_links.steps": lambda s, w, v: (lambda key=key: item_links.steps(s, v, key) for key in w.schemes.values()),
    "item_links.links_followed": by_waves(
        lambda s, scope, waves: item_links.links_followed(s, scope, scores.results(s, scope, waves))
    ),
    "item_links.renamed_links": by_scope(item_links.renamed_links),
    "item_links.decided_links": by_scope(item_links.decided_links),
    "choice_answers.choice_counts": by_wave(choice_answers.choice_counts),
    "items.item_details": by_wave(
        lambda s, scope, wave: [tried(lambda c=c: items.item_details(s, scope, wave, c)) for c in item_of(wave)]
    ),
    "items.low_answers_by_customer": by_wave(
        lambda s, scope, wave: [
            tried(lambda c=c: items.low_answers_by_customer(s, scope, wave, c)) for c in item_of(wave)
        ]
    ),
    "narrowing.schemes_in_sight": once(narrowing.schemes_in_sight),
    "narrowing.waves_in": by_scope(narrowing.waves_in),
    "narrowing.wave_info": by_scope(lambda s, scope: narrowing.wave_info(s, scope, "2026-Q3")),
    "overview.customers_below": by_wave(lambda s, scope, wave: overview.customers_below(s, scope, wave, None)),
    "overview.least_satisfied": by_waves(
        lambda s, scope, waves: overview.least_satisfied(s, scope, waves) if waves else []
    ),
    "overview.newest_opinions": by_wave(overview.newest_opinions),
    "overview.action_counts": by_scope(lambda s, scope: overview.action_counts(s, scope, today=TODAY)),
    "overview.due_actions": by_scope(overview.due_actions),
    "overview.actions_on_items": by_wave(overview.actions_on_items),
    "overview.last_due_on": by_wave(overview.last_due_on),
    "overview.time_left": by_wave(lambda s, scope, wave: overview.time_left(s, scope, wave, today=TODAY)),
    "rescoring.rescored": by_wave(lambda s, scope, wave: rescoring.rescored(s, scope, wave, 1)),
    "rescoring.versions_of": by_scope(rescoring.versions_of),
    "meetings.meetings": once(meetings.meetings),
    "meetings.meeting_for": by_number(meetings.meeting_for),
    "meetings.meeting_detail": by_number(meetings.meeting_detail),
    "meetings.position": by_number(meetings.position),
    "meetings.waves_to_discuss": once(lambda s, v: [code for _key, _name, code in meetings.waves_to_discuss(s, v)]),
    "slides.wall": once(lambda s, v: slides.wall(s, v, FIRST, today=AT.date())),
    "slides.deck": by_number(lambda s, v, key: slides.deck(s, v, meetings.meeting_detail(s, v, key))),
    "presented.presented": by_wave_key(presented.presented),
    "rewards.rewards": by_wave_key(rewards.rewards),
    "wave_report.wave_report": by_wave_key(lambda s, v, key: wave_report.wave_report(s, v, key, language="en")),
    "plans.plan": by_wave_key(plans.plan),
    "plans.drawn_customers": by_wave_key(plans.drawn_customers),
    "plans.candidates": once(lambda s, v: plans.candidates(s, v, EVERYBODY)),
    "plans.proposals": once(lambda s, v: plans.proposals(s, v, TODAY)),
    "responses.wave_for": lambda s, w, v: (
        lambda key=key: responses.wave_for(s, v, key) for key in (*w.waves.values(), w.before)
    ),
    "responses.bring_up_to_date": lambda s, w, v: (
        lambda key=key: brought_up_to_date(s, v, key) for key in (*w.waves.values(), w.before)
    ),
    "responses.response_for": lambda s, w, v: (
        lambda key=key: responses.response_for(s, v, key) for key in w.responses
    ),
    "scheme_lists.scheme_histories": once(scheme_lists.scheme_histories),
    "scheme_lists.scheme_history": lambda s, _w, v: (
        lambda c=c: scheme_lists.scheme_history(s, v, c) for c in (FIRST, SECOND)
    ),
    "returns.board": by_survey_wave(returns.board),
    "returns.returns_by": by_survey_wave(
        lambda s, v, wave: [returns.returns_by(s, v, wave, by) for by in returns.GROUPS]
    ),
    "returns.silent_customers": by_survey_wave(returns.silent_customers),
    "returns.chase_page": by_survey_wave(returns.chase_page),
    "returns.left_out": lambda s, w, v: (lambda key=key: returns.left_out(s, v, key) for key in w.responses),
    "returns.incomplete": by_survey_wave(returns.incomplete),
    "score_report.wave_by_code": lambda s, _w, v: (
        lambda c=c: score_report.wave_by_code(s, v, "2026-Q3", c) for c in ("", FIRST, SECOND)
    ),
    "score_report.score_report": by_wave(lambda s, scope, w: score_report.score_report(s, scope, w, weighted=True)),
    "scores.results": by_waves(scores.results),
    "scores.index_by_wave": by_waves(scores.index_by_wave),
    "segments.returns_by_segment": by_wave(segments.returns_by_segment),
    "segments.scores_by_group": by_wave(
        lambda s, scope, wave: {
            code: tried(lambda c=code: segments.scores_by_group(s, scope, wave, by="segment", item=c))
            for code in item_of(wave)
        }
    ),
    "segments.composite_by_group": by_wave(lambda s, scope, wave: segments.composite_by_group(s, scope, wave, "")),
    "segments.item_by_group": by_wave(
        lambda s, scope, wave: {
            code: tried(lambda c=code: segments.item_by_group(s, scope, wave, c)) for code in item_of(wave)
        }
    ),
    "sending.addressees": by_wave_key(lambda s, v, key: sending.addressees(s, v, key, one_each=False)),
    "sending.customers_of_wave": by_wave_key(sending.customers_of_wave),
    "sending.outbox": by_wave_key(sending.outbox),
    "sending.mails_with_trouble": by_wave_key(sending.mails_with_trouble),
    "sending.links": by_wave_key(sending.links),
    "sending.sent_days": by_wave_key(sending.sent_days),
    "subjects.subject_of": by_cell(subjects.subject_of),
    "training.interviewers": once(training.interviewers),
    "users.accounts": once(lambda s, v: users.accounts(s, v, now=AT)),
    "users.department_code": once(users.department_code),
    "weighted.cohorts_in": by_scope(weighted.cohorts_in),
    "weighted.customers_in": by_scope(weighted.customers_in),
    "complaints.complaints": once(complaints.complaints),
    "complaints.complaint_for": by_number(complaints.complaint_for),
    "complaints.complaint_detail": by_number(complaints.complaint_detail),
    "audit_days.audit_days_of": by_number(
        lambda s, v, key: audit_days.audit_days_of(s, v, key, today=TODAY, zone=settings().zone)
    ),
    "complaints.complaint_picture": by_number(lambda s, v, key: complaints.complaint_picture(s, v, key, key)),
    "complaints.past_cases": once(lambda s, v: complaints.past_cases(s, v, text="a")),
    "complaints.requests": once(complaints.requests),
    "complaints.request_for": by_number(complaints.request_for),
    "complaints.request_history": by_number(complaints.request_history),
    "complaints.complaining_customers": once(complaints.complaining_customers),
    "complaints.waves_of_complaints": once(lambda s, v: [one.code for one in complaints.waves_of_complaints(s, v)]),
    "complaints.quality_figures": by_wave_key(complaints.quality_figures),
    "quality_gaps.mean_figures": by_wave_key(lambda s, v, key: quality_gaps.mean_figures(s, v, [key])),
    "quality_gaps.contradictions": by_scope(
        lambda s, scope: [quality_gaps.contradictions(s, scope.viewer, one) for one in narrowing.waves_in(s, scope)]
    ),
    "opinions.opinions": once(opinions.opinions),
    "opinions.opinions_waiting": once(lambda s, v: sorted(opinions.opinions_waiting(s, v))),
    "opinions.opinion_for": by_opinion(opinions.opinion_for),
    "opinions.opinion_detail": by_opinion(opinions.opinion_detail),
    "opinions.choices_of_opinion": by_opinion(
        lambda s, v, key: [c.code for c in opinions.choices_of_opinion(s, v, key)]
    ),
    "visits.visits": once(visits.visits),
    "visits.visit_detail": by_visit(visits.visit_detail),
    "visits.visit_for": by_visit(visits.visit_for),
    "visits.picture": lambda s, _w, v: (lambda key=key: visits.picture(s, v, key) for key in (1, 2)),
    "visits.customers_to_visit": once(visits.customers_to_visit),
    "visits.open_waves": once(lambda s, v: [one.code for one in visits.open_waves(s, v)]),
    "waves.survey_waves": once(waves.survey_waves),
    "waves.survey_wave": lambda s, _w, v: (lambda c=c: waves.survey_wave(s, v, c, "2026-Q3") for c in (FIRST, SECOND)),
    "weighted.weighted_means": by_wave(weighted.weighted_means),
    # reads of services that screens use
    "services.jobs.job": lambda s, w, v: (lambda key=key: jobs.job(s, v, key) for key in w.jobs.values()),
    "services.jobs.own_jobs": once(lambda s, v: jobs.own_jobs(s, v, "import")),
    "services.action_drafts.draft": lambda s, w, v: (
        lambda key=key: action_drafts.draft(s, v, wave_id=key, today=TODAY) for key in w.waves.values()
    ),
}
"""Every read with a viewer, called with every key that there is."""

REGISTER = {
    f"{what} {of}"
    for what, of in (
        *((code.title(), "Company") for code in CUSTOMERS),
        *((f"{what} of", code) for what in ("Contact", "Purchase") for code in CUSTOMERS),
    )
}
"""What the register of customers shows: an organiser can ask anybody, and so keeps all of it (ADR 7)."""
TO_ENTER = tuple(f"entries.{name}_to_enter" for name in ("customers", "contacts", "customer"))
TO_CHOOSE = ("visits.customers_to_visit", "complaints.complaining_customers")
KEEPERS = ("customer_list.", "sending.addressees", *TO_CHOOSE, *TO_ENTER)
WITHOUT_VIEWER: dict[str, str] = {
    "evidence_pack.names_of_wave": "what is taken out of an anonymised pack, and never shown",
    "evidence_pack.file_parts": "of a file that was read under a check",
    "complaints.clocks_running": "for the scheduler: numbers and whom to tell",
    "audit_days.audits_missed": "for the scheduler: numbers and days",
    "calls.calls_waiting": "for the scheduler: whom to tell, and how many",
    "plans.waves_to_plan": "for the scheduler, which tells the organisers",
    "deliveries.wishes_of": "for the scheduler, and part of own_ways",
    "complaints.complaints_in_sight": "a condition",
    "complaints.requests_in_sight": "a condition",
    "opinions.opinions_in_sight": "a condition",
    "opinions.newest_wave": "for services.opinions, which check",
    "opinions.opinions_that_wait": "for verify and the findings",
    "opinions.finding_of_opinion": "of an opinion that was read under a check",
    "opinions.schemes_asking": "for the findings of opinions",
    "opinions.handling": "of an opinion that was read under a check",
    "calls.calls_in_sight": "a condition",
    "calls.slips_in_sight": "a condition",
    "entries.on_list": "a condition",
    "entries.to_enter": "a condition",
    "action_facts.facts_of": "of an action that was read under its check",
    "action_facts.check_of": "of an action that was read under its check",
    "action_facts.submitted": "of an action that was read under its check",
    "action_facts.signatures": "of an action that was read under its check",
    "action_facts.suggested": "of an action that was read under its check",
    "actions.history": "of an action that was read under its check",
    "choice_answers.said_beside": "of a response that was read under its check",
    "choices.change_counter": "two sums that only grow; says nothing of what changed",
    "calendars.company_days": "which days are worked",
    "calendars.calendar_of": "which days are worked",
    "customer_file.sales_owner": "of a customer that was read under its check",
    "customers.customer_means": "of customers that were read under a scope",
    "customers.score_trends": "of customers that were read under a scope",
    "customers.score_histories": "of customers that were read under a scope",
    "customers.customer_statuses": "pure",
    "figures.figures": "of subjects that were read under a check",
    "item_links.wave_before": "for services, which check the organiser",
    "layouts.layout_of_version": "a questionnaire",
    "layouts.layout_of_wave": "a questionnaire",
    "meetings.meetings_in_sight": "a condition",
    "meetings.latest_before": "for services, which have checked the wave",
    "overview.due_action": "pure",
    "shares.shared_view": "for services.shares, which have seen the token or the cookie",
    "shares.state_of": "pure",
    "slides.lowest_customers": "for services, which have checked the wave",
    "overview.with_names": "a statement",
    "presented.wave_figures": "for services, and for reads that have checked the wave",
    "presented.figures_of": "of a result that was read under a scope",
    "presented.frozen_at_closing": "of a wave that was read under its check",
    "presented.compared_with": "of waves that were read under their check",
    "presented.beside_now": "of a wave that was read under its check",
    "layouts.newest_version": "for services, which check the organiser",
    "layouts.department_ids": "keys",
    "narrowing.may_see_scheme": "a condition",
    "narrowing.of_cohorts": "a condition",
    "narrowing.of_customers": "a condition",
    "narrowing.customers_in_sight": "a condition",
    "narrowing.named": "a condition",
    "narrowing.visible_items": "what may be seen of a questionnaire",
    "people.active_people": "names of colleagues, to choose an owner",
    "people.departments": "names of departments",
    "recount.counted_batch": "for verify",
    "recount.customer_passes": "for verify and weighted means",
    "recount.windows": "for verify and weighted means",
    "recount.differences": "for verify",
    "recount.kept_cells": "for verify",
    "recount.kept_returns": "for verify",
    "recount.returns_by": "for verify",
    "return_figures.return_figures": "of a wave that was read under its check",
    "return_figures.coverage_of": "of a wave that was read under its check",
    "responses.levels_of_response": "of a response that was read under its check",
    "responses.response_with_key": "for services",
    "scores.shown_composites": "pure",
    "segments.groups_of": "pure",
    "sending.sending_job": "counts of a wave that was read under its check",
    "sending.job_key": "pure",
    "sight.findings_in_sight": "a condition",
    "sight.actions_in_sight": "a condition",
    "deductions.deductions": "for findings",
    "deductions.kept_deductions": "for findings",
    "standing.previous_wave": "for findings, kept by every write",
    "standing.previous": "for findings",
    "standing.customer_figures": "for findings",
    "standing.wave_figures": "for findings",
    "standing.customer_scores": "for findings",
    "item_links.origin_ids": "of waves that were read under their check",
    "standing.every_customer_score": "for findings",
    "standing.satisfaction": "for findings and effects",
    "standing.wave_scores": "for findings",
    "standing.low_customer_tally": "for findings",
    "standing.customer_states": "for findings",
    "standing.wave_states": "for findings",
    "users.departments": "names of departments",
    "waves.waves_in_sight": "a condition",
    "waves.survey_wave_of": "of a wave that was read under its check",
}
"""Reads that ask nobody, each with the reason why that gives nothing away."""
ON_SCREENS = {
    "calendars.company_days",
    "calendars.calendar_of",
    "choices.change_counter",
    "customer_file.sales_owner",
    "customers.score_histories",
    "customers.score_trends",
    "customers.customer_statuses",
    "people.active_people",
    "people.departments",
    "segments.groups_of",
    "users.departments",
    "action_facts.facts_of",
}
"""Those of them that pages and components may call."""
RULES = ("INDEX_BELOW", "CUSTOMER_BELOW", "ITEM_BELOW", "DECLINE", "LOW_ANSWER")


Shared = tuple[Engine, World, "Shown"]


class Shown:
    """What each read shows each person, asked once: all its texts, and codes of foreign figures."""

    def __init__(self, engine: Engine, world: World) -> None:
        self.engine, self.world = engine, world
        self._known: dict[tuple[str, str], tuple[str, list[str]]] = {}

    def to(self, who: str, name: str) -> tuple[str, list[str]]:
        if (who, name) not in self._known:
            with read_session(self.engine) as session:
                found = [tried(call) for call in READS[name](session, self.world, self.world.people[who])]
                foreign = self.world.foreign.get(PEOPLE[who][1] or "") if PEOPLE[who][0] == "department" else None
                figures = list(foreign_figures(found, foreign)) if foreign else []
                self._known[who, name] = "\n".join(texts(found)), figures
        return self._known[who, name]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """One world for all reads: nothing here writes."""
    folder = tmp_path_factory.mktemp("reads")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAR_DIR", str(folder / "var"))
        patch.setattr("settings.SECRETS_FILE", folder / "secrets.toml")
        settings.cache_clear()
        engine = engine_for(databases.sqlite_database(folder))
        world = build(engine)
        yield engine, world, Shown(engine, world)
    engine.dispose()


def tried(call: Callable[[], Any]) -> Any:
    """What a call gives back, None where it refuses; anything else that it raises is a fault."""
    try:
        return call()
    except Refusal:
        return None


@pytest.mark.parametrize("name", READS)
def test_a_read_shows_nobody_what_is_somebody_elses(name: str, shared: Shared) -> None:
    _, world, shown = shared
    for who in world.people:
        said, figures = shown.to(who, name)
        if name.startswith(KEEPERS) and PEOPLE[who][0] == "organiser":
            said = "\n".join(line for line in said.splitlines() if not any(canary in line for canary in REGISTER))
        assert not [canary for canary, may in MAY_SEE.items() if who not in may and canary in said], f"{who} sees it"
        assert not figures, f"{who} sees figures of other departments"


def foreign_figures(found: Any, foreign: frozenset[str], code: str = "") -> Iterator[str]:
    """Codes of other departments' items and dimensions under which there is a figure."""
    if isinstance(found, Score | ItemScore | Tally | float):
        yield from [code] if code in foreign else []
    elif isinstance(found, FindingRow):
        item = found.subject.item
        yield from [item.code] if item is not None and item.code in foreign else []
    elif isinstance(found, dict):
        for name, value in found.items():
            yield from foreign_figures(value, foreign, name if isinstance(name, str) and name in foreign else code)
    elif isinstance(found, list | tuple):
        for one in found:
            yield from foreign_figures(one, foreign, code)
    elif is_dataclass(found) and not isinstance(found, type | Layout | Scheme):
        for field in fields(found):
            yield from foreign_figures(getattr(found, field.name), foreign, code)


@pytest.mark.parametrize("canary", MAY_SEE)
def test_what_is_looked_for_is_there_to_be_found(canary: str, shared: Shared) -> None:
    """Otherwise the test above would pass on an empty database: whoever may see something is shown it by some read."""
    shown = shared[2]
    for who in sorted(MAY_SEE[canary]):
        assert any(canary in shown.to(who, name)[0] for name in READS), f"{who} does not see {canary}"


def test_a_department_sees_figures_of_its_own_items_and_a_seller_those_of_the_own_customer(
    shared: Shared,
) -> None:
    engine, world, _ = shared
    with read_session(engine) as session:
        scope = Scope(world.people["dan"], world.schemes[FIRST])
        (_, now) = scores.results(session, scope, narrowing.waves_in(session, scope))
        assert set(now.items) == set(now.tallies) == {"on_time", "quantity"}
        assert not now.dimensions
        scope = Scope(world.people["sam"], world.schemes[FIRST])
        (_, now) = scores.results(session, scope, narrowing.waves_in(session, scope))
        assert (now.valid, now.index.score) == (1, 20.0), "alpha alone; beta said 40"


@pytest.mark.parametrize("who", ["ivy", "lost"])
def test_who_has_no_part_in_the_data_is_shown_none_of_it(who: str, shared: Shared) -> None:
    engine, world, _ = shared
    with read_session(engine) as session:
        viewer = world.people[who]
        assert findings_of(session, viewer, world) == []
        assert customers.customer_names(session, viewer) == []
        assert not tried(lambda: actions.actions(session, viewer).rows)
        if who == "ivy":
            assert narrowing.schemes_in_sight(session, viewer) == []


def findings_of(session: Session, viewer: Viewer, world: World) -> list[FindingRow]:
    return tried(lambda: findings.finding_rows(session, viewer, world.findings)) or []


# The matrix is whole


def public_functions(package: str) -> dict[str, Callable[..., Any]]:
    """Name without the package → function, of all modules in it."""
    module = importlib.import_module(package)
    return {
        f"{found.name.removeprefix(package + '.')}.{name}": function
        for found in pkgutil.walk_packages(module.__path__, f"{package}.")
        for name, function in vars(importlib.import_module(found.name)).items()
        if inspect.isfunction(function) and function.__module__ == found.name and not name.startswith("_")
    }


def test_every_read_is_in_the_matrix_or_has_a_reason_not_to_be() -> None:
    found = public_functions(db.queries.__name__)
    there = {name for name, function in found.items() if "session" in inspect.signature(function).parameters}
    listed = {name for name in READS if not name.startswith("services.")} | set(WITHOUT_VIEWER)
    assert sorted(there - listed) == [], "new reads: add them to READS, so that they are tried as everybody"
    assert sorted(listed - set(found)) == [], "these reads are gone"
    assert not set(READS) & set(WITHOUT_VIEWER)


@pytest.mark.parametrize("name", [name for name in READS if not name.startswith("services.")])
def test_a_read_in_the_matrix_says_who_asks(name: str) -> None:
    parameters = inspect.signature(public_functions(db.queries.__name__)[name]).parameters
    assert {"viewer", "scope"} & set(parameters)


@pytest.mark.parametrize(
    "path", sorted([*(ROOT / "pages").rglob("*.py"), *(ROOT / "components").rglob("*.py")]), ids=str
)
def test_screens_call_no_read_that_asks_nobody(path: Path) -> None:
    kept = set(WITHOUT_VIEWER) - ON_SCREENS
    assert not [name for name in imported_from(path, "db.queries") if name in kept]


def imported_from(path: Path, package: str) -> Iterator[str]:
    """`module.name` of what a file imports from modules of a package, and uses of `module.name` after importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
            inner = (node.module or "").removeprefix(package).lstrip(".")
            for alias in node.names:
                modules |= set() if inner else {alias.name}
                yield f"{inner}.{alias.name}" if inner else alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{node.value.id}.{node.attr}"
