"""All of one customer's history, as far as the reader may see it: answers, opinions, actions, contacts, purchases."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, case
from sqlmodel import Session, col, or_, select

from db.models import (
    RULES,
    Action,
    ActionFinding,
    Answer,
    Cohort,
    Contact,
    Customer,
    CustomerScore,
    Department,
    Finding,
    Opinion,
    Purchase,
    Response,
    ResponseFlag,
    SchemeRow,
    User,
    Wave,
)
from db.queries.customers import customer
from db.queries.finding_lists import findings
from db.queries.layouts import layout_of_version
from db.queries.narrowing import WaveInfo, may_see_scheme
from db.queries.opinions import opinions_in_sight
from db.queries.scores import WaveResult, results
from db.queries.sight import actions_in_sight
from db.rollups import CUSTOMER_SUMS, Layout
from domain.access import Scope, Viewer
from domain.action_states import FINAL
from domain.customer_history import (
    AnsweredQuestionnaire,
    ContactLine,
    CustomerAction,
    FilePart,
    OpinionNote,
    PurchaseLine,
)
from domain.scheme import POINT, Name
from domain.scores import Sums, customer_score

LISTED = 50
"""Questionnaires, opinions and actions that one file shows, newest first."""


def sales_owner(session: Session, viewer: Viewer, of: Customer) -> str:
    """Name of the seller who is responsible for a customer, "" where nobody is."""
    owner = session.get(User, of.sales_owner_id) if of.sales_owner_id and viewer.sees_names else None
    return owner.name if owner else ""


def questionnaires(
    session: Session, viewer: Viewer, customer_id: int, *, limit: int = LISTED
) -> list[AnsweredQuestionnaire]:
    """A customer's responses, newest first; the respondent only for those who may see personal data."""
    customer(session, viewer, customer_id)
    newest = case((col(Response.submitted_at).is_(None), Response.received_at), else_=Response.submitted_at)
    statement = (
        select(Response, Cohort.channel, Wave.code)
        .join(Cohort, col(Cohort.id) == Response.cohort_id)
        .join(Wave, col(Wave.id) == Response.wave_id)
        .where(Response.customer_id == customer_id, _in_sight(viewer))
        .order_by(newest.desc(), col(Response.id).desc())
        .limit(limit)
    )
    found = session.exec(statement).all()
    levels = _levels(session, [r.id or 0 for r, _, _ in found])
    flags = _flags(session, [r.id or 0 for r, _, _ in found])
    layouts = {key: layout_of_version(session, key) for key in {r.scheme_version_id for r, _, _ in found}}
    personal = viewer.may("view_personal")
    return [
        AnsweredQuestionnaire(
            r.id or 0,
            wave,
            layouts[r.scheme_version_id].scheme,
            r.status,
            r.late,
            None if r.score is None else r.score / POINT,
            channel,
            r.submitted_at or r.received_at,
            r.respondent if personal else "",
            _by_code(levels[r.id or 0], layouts[r.scheme_version_id]),
            tuple(sorted(flags[r.id or 0])),
        )
        for r, channel, wave in found
    ]


def _levels(session: Session, responses: Sequence[int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for answer in session.exec(select(Answer).where(col(Answer.response_id).in_(responses))):
        found[answer.response_id][answer.item_id] = answer.level
    return found


def _flags(session: Session, responses: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for row in session.exec(select(ResponseFlag).where(col(ResponseFlag.response_id).in_(responses))):
        found[row.response_id].append(row.flag)
    return found


def _by_code(levels: dict[int, int], layout: Layout) -> dict[str, int]:
    codes = dict(zip(layout.item_ids, layout.scheme.item_codes, strict=True))
    return {codes[item]: level for item, level in levels.items() if item in codes}


def customer_opinions(session: Session, viewer: Viewer, customer_id: int, *, limit: int = LISTED) -> list[OpinionNote]:
    """What a customer wrote, newest first; nothing for those who may not see personal data."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_personal"):
        return []
    mine = select(Opinion, Wave.code).join(Wave, col(Wave.id) == Opinion.wave_id, isouter=True)
    mine = mine.where(Opinion.customer_id == customer_id, *opinions_in_sight(viewer))
    newest = mine.order_by(col(Opinion.received_at).desc(), col(Opinion.id).desc()).limit(limit)
    return [OpinionNote(one.kind, one.text, wave or "", one.received_at) for one, wave in session.exec(newest)]


def customer_actions(session: Session, viewer: Viewer, customer_id: int) -> list[CustomerAction]:
    """Actions in sight about a customer or its findings: first what isn't over, by due date, then the newest."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_actions"):
        return []
    theirs = select(Customer.id).where(or_(Customer.id == customer_id, Customer.merged_into_id == customer_id))
    about = select(ActionFinding.action_id).join(Finding).where(col(Finding.customer_id).in_(theirs))
    statement = (
        select(Action, User.name, Department)
        .join(User, col(User.id) == Action.owner_id)
        .join(Department, col(Department.id) == Action.department_id)
        .where(or_(Action.customer_id == customer_id, col(Action.id).in_(about)), *actions_in_sight(viewer))
        .order_by(col(Action.state).in_(FINAL), col(Action.due_on), col(Action.number).desc())
        .limit(LISTED)
    )
    return [
        CustomerAction(
            a.number,
            a.title,
            a.state,
            owner if viewer.sees_names else "",
            Name(d.name_zh, d.name_en),
            a.due_on,
            a.round,
        )
        for a, owner, d in session.exec(statement)
    ]


def customer_results(session: Session, scope: Scope, waves: Sequence[WaveInfo]) -> list[WaveResult]:
    """Results of the one customer that the scope names; the index is its customer score, over its responses (rules.md 3.5)."""
    customer(session, scope.viewer, scope.customer_id or 0)
    found = results(session, scope, waves)
    columns = [getattr(CustomerScore, name) for name in ("wave_id", *CUSTOMER_SUMS)]
    statement: Select[Any] = select(*columns).where(
        CustomerScore.customer_id == scope.customer_id,
        CustomerScore.composite == 0,
        col(CustomerScore.wave_id).in_([wave.id for wave in waves]),
    )
    sums = {wave: Sums(*counts) for wave, *counts in session.connection().execute(statement)}
    return [replace(one, index=customer_score(sums.get(one.wave.id, Sums()), one.wave.layout.scheme)) for one in found]


def contacts(session: Session, viewer: Viewer, customer_id: int) -> list[ContactLine]:
    """A customer's contacts, the active ones first; nothing for those who may not see personal data."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_personal"):
        return []
    mine = select(Contact).where(Contact.customer_id == customer_id)
    found = session.exec(mine.order_by(col(Contact.active).desc(), col(Contact.name), col(Contact.id)))
    return [ContactLine(c.name, c.post, c.mail, c.phone, c.active) for c in found]


def purchases(session: Session, viewer: Viewer, customer_id: int) -> list[PurchaseLine]:
    """What a customer bought, latest promise first; nothing for those who may not see personal data."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_personal"):
        return []
    mine = select(Purchase).where(Purchase.customer_id == customer_id)
    found = session.exec(mine.order_by(col(Purchase.promised_on).desc(), col(Purchase.id).desc()))
    return [
        PurchaseLine(p.product, p.quantity, p.unit, p.promised_on, p.delivered_on, p.warranty_ends_on) for p in found
    ]


def file_part(session: Session, scope: Scope, name: str) -> FilePart:
    """What a section of the file of the one customer that the scope names shows beside scores and actions."""
    viewer, key = scope.viewer, customer(session, scope.viewer, scope.customer_id or 0).id or 0
    if name == "answers" and viewer.sees_names:
        return FilePart(questionnaires=questionnaires(session, viewer, key))
    if name == "opinions":
        return FilePart(opinions=customer_opinions(session, viewer, key))
    if name == "findings" and viewer.may("view_findings"):
        return FilePart(findings=findings(session, scope, rules=RULES).rows)
    if name == "contacts":
        return FilePart(contacts=contacts(session, viewer, key), purchases=purchases(session, viewer, key))
    return FilePart()


def _in_sight(viewer: Viewer) -> ColumnElement[bool]:
    """Condition on `wave`: those of schemes that the viewer may see."""
    return col(Wave.scheme_id).in_(select(SchemeRow.id).where(may_see_scheme(viewer)))
