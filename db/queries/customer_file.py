"""All of one customer's history, as far as the reader may see it: answers, opinions, actions, contacts, purchases."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case
from sqlmodel import Session, col, or_, select

from db.models import (
    Action,
    ActionFinding,
    Answer,
    Cohort,
    Contact,
    Customer,
    Department,
    Finding,
    Opinion,
    Purchase,
    Response,
    SchemeRow,
    User,
    Wave,
)
from db.queries.customers import customer
from db.queries.layouts import layout_of_version
from db.queries.narrowing import may_see_scheme
from db.queries.sight import actions_in_sight
from db.rollups import Layout
from domain.access import Viewer
from domain.action_states import FINAL
from domain.scheme import POINT, Name

LISTED = 50
"""Questionnaires, opinions and actions that one file shows, newest first."""


@dataclass(frozen=True)
class AnsweredQuestionnaire:
    """One response of a customer with its answers, level by item id; what it scored, None when it doesn't count.

    `layout` is that of the scheme version it was answered under.
    """

    id: int
    wave: str
    layout: Layout
    status: str
    late: bool
    score: float | None
    channel: str
    submitted_at: datetime
    respondent: str
    levels: dict[int, int]


@dataclass(frozen=True)
class CustomerAction:
    """An action about a customer: what, in which state, who acts until when."""

    number: int
    title: str
    state: str
    owner: str
    department: Name
    due_on: date
    round: int

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in FINAL


def sales_owner(session: Session, of: Customer) -> str:
    """Name of the seller who is responsible for a customer, "" where nobody is."""
    owner = session.get(User, of.sales_owner_id) if of.sales_owner_id else None
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
    personal = viewer.may("view_personal")
    return [
        AnsweredQuestionnaire(
            r.id or 0,
            wave,
            layout_of_version(session, r.scheme_version_id),
            r.status,
            r.late,
            None if r.score is None else r.score / POINT,
            channel,
            r.submitted_at or r.received_at,
            r.respondent if personal else "",
            levels[r.id or 0],
        )
        for r, channel, wave in found
    ]


def _levels(session: Session, responses: Sequence[int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for answer in session.exec(select(Answer).where(col(Answer.response_id).in_(responses))):
        found[answer.response_id][answer.item_id] = answer.level
    return found


def customer_opinions(session: Session, viewer: Viewer, customer_id: int, *, limit: int = LISTED) -> list[Opinion]:
    """What a customer wrote, newest first; nothing for those who may not see personal data."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_personal"):
        return []
    mine = select(Opinion).join(Wave, col(Wave.id) == Opinion.wave_id, isouter=True)
    mine = mine.where(Opinion.customer_id == customer_id, or_(col(Opinion.wave_id).is_(None), _in_sight(viewer)))
    return list(session.exec(mine.order_by(col(Opinion.received_at).desc(), col(Opinion.id).desc()).limit(limit)))


def customer_actions(session: Session, viewer: Viewer, customer_id: int) -> list[CustomerAction]:
    """Actions in sight about a customer or its findings: first what isn't over, by due date, then the newest."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_actions"):
        return []
    about = select(ActionFinding.action_id).join(Finding).where(Finding.customer_id == customer_id)
    statement = (
        select(Action, User.name, Department)
        .join(User, col(User.id) == Action.owner_id)
        .join(Department, col(Department.id) == Action.department_id)
        .where(or_(Action.customer_id == customer_id, col(Action.id).in_(about)), *actions_in_sight(viewer))
        .order_by(col(Action.state).in_(FINAL), col(Action.due_on), col(Action.number).desc())
        .limit(LISTED)
    )
    return [
        CustomerAction(a.number, a.title, a.state, owner, Name(d.name_zh, d.name_en), a.due_on, a.round)
        for a, owner, d in session.exec(statement)
    ]


def contacts(session: Session, viewer: Viewer, customer_id: int) -> list[Contact]:
    """A customer's contacts, the active ones first; nothing for those who may not see personal data."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_personal"):
        return []
    mine = select(Contact).where(Contact.customer_id == customer_id)
    return list(session.exec(mine.order_by(col(Contact.active).desc(), col(Contact.name), col(Contact.id))))


def purchases(session: Session, viewer: Viewer, customer_id: int) -> list[Purchase]:
    """What a customer bought, latest promise first; nothing for those who may not see personal data."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_personal"):
        return []
    mine = select(Purchase).where(Purchase.customer_id == customer_id)
    return list(session.exec(mine.order_by(col(Purchase.promised_on).desc(), col(Purchase.id).desc())))


def _in_sight(viewer: Viewer) -> ColumnElement[bool]:
    """Condition on `wave`: those of schemes that the viewer may see."""
    return col(Wave.scheme_id).in_(select(SchemeRow.id).where(may_see_scheme(viewer)))
