"""The response-rate board of a wave: what was sent and came back, by whom; who is silent, and who is to be chased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from db.models import (
    Answer,
    Cohort,
    CohortReturn,
    Consent,
    Contact,
    Customer,
    CustomerReturn,
    CustomerScore,
    Invitation,
    Plan,
    Reminder,
    Response,
    User,
)
from db.queries.layouts import layout_of_version
from db.queries.narrowing import of_cohorts, of_customers
from db.queries.responses import levels_of_response, response_for, wave_for
from db.queries.scores import results
from db.queries.waves import SurveyWave
from db.rollups import CUSTOMER_SUMS
from domain.access import Scope, Viewer
from domain.comparing import NOBODY
from domain.returns import IndexRange, ReturnTally, ends_of_scale, index_range
from domain.scheme import BLANK, Item
from domain.scores import Score, Sums, customer_score

COUNTED = ("sent", "returned", "in_time", "late", "invalid", "undeliverable")
GROUPS = ("segment", "owner", "channel")
SMALLEST_GROUP = 5
"""Of anonymous waves smaller groups aren't shown apart (rules.md 11)."""
LEAST_REMINDERS = 2
"""So often at least somebody who doesn't answer is reminded (rules.md 4)."""


@dataclass(frozen=True)
class GroupReturns:
    """What became of the questionnaires of a segment, a sales owner or a channel ("" where there is none)."""

    name: str
    returns: ReturnTally


@dataclass(frozen=True)
class Board:
    """The key figures: returns, coverage, the last day for what is outstanding, and the range of the index."""

    returns: ReturnTally
    surveyed: int
    in_scope: int
    due_on: date | None
    index: Score
    equal: IndexRange | None
    by_value: IndexRange | None


@dataclass(frozen=True)
class SilentCustomer:
    """A customer who was asked and has said nothing that counts; `share` 0–1 of the weight, None where values are unknown."""

    customer: Customer
    owner: str
    sent: int
    share: float | None


@dataclass(frozen=True)
class ChaseLine:
    """An invitation without an answer, with how often and when somebody reminded, or since when the answer is no."""

    invitation: Invitation
    customer: Customer | None
    contact: Contact | None
    owner: str
    reminders: int
    reminded_at: datetime | None
    refused_at: datetime | None = None


@dataclass(frozen=True)
class ChasePage:
    """A page of those to be chased, how many there are in all, and how many were reminded often enough.

    `refused` don't want to answer: they stay in the list, and nobody reminds them any more.
    """

    rows: list[ChaseLine]
    total: int
    reminded_enough: int
    offset: int = 0
    refused: int = 0


@dataclass(frozen=True)
class IncompleteLine:
    """A response that is invalid, or leaves items out: `answered` of `items`."""

    response: Response
    customer: Customer | None
    answered: int
    items: int


def board(session: Session, viewer: Viewer, wave: SurveyWave) -> Board:
    """The figures of a wave as far as the viewer sees it. Raises NotAllowed."""
    scope = _scope(session, viewer, wave)
    (result,) = results(session, scope, [wave])
    returns, index = result.returns, result.index
    worst, best = ends_of_scale(wave.layout.scheme)
    asked = _asked(session, scope, wave)
    if wave.layout.scheme.index_over == "customers":
        equal = _range(asked, [1.0] * len(asked), worst, best)
    else:
        missing = max(0, returns.sent - returns.returned + returns.invalid)
        said = [] if index.score is None else [(float(index.n), index.score)]
        equal = index_range(said, float(missing), worst=worst, best=best)
    return Board(
        returns,
        _surveyed(session, scope, wave),
        _in_scope(session, scope, wave),
        _last_due_on(session, scope, wave),
        index,
        equal if returns.sent else None,
        _range_by_value(asked, worst, best),
    )


def returns_by(session: Session, viewer: Viewer, wave: SurveyWave, by: str) -> list[GroupReturns]:
    """What became of the questionnaires of each group, lowest response rate first; `by` is one of GROUPS.

    A seller's own customers can't be taken apart by channel: nothing then. Raises NotAllowed.
    """
    scope = _scope(session, viewer, wave)
    if by == "owner":
        named = sa_select(func.coalesce(User.name, "")).select_from(CustomerReturn)
        named = named.join(Customer, col(Customer.id) == CustomerReturn.customer_id)
        named = named.join(User, col(User.id) == Customer.sales_owner_id, isouter=True)
        return _groups(session, named, CustomerReturn, wave, [*of_customers(scope)])
    if scope.by_customer:
        if by == "channel":
            return []
        named = sa_select(col(Customer.segment)).select_from(CustomerReturn)
        named = named.join(Customer, col(Customer.id) == CustomerReturn.customer_id)
        return _groups(session, named, CustomerReturn, wave, [*of_customers(scope)])
    named = sa_select(getattr(Cohort, by)).select_from(CohortReturn)
    named = named.join(Cohort, col(Cohort.id) == CohortReturn.cohort_id)
    return _groups(session, named, CohortReturn, wave, of_cohorts(scope, CohortReturn))


def silent_customers(session: Session, viewer: Viewer, wave: SurveyWave) -> list[SilentCustomer]:
    """Customers who were asked and have said nothing that counts, the weightiest first. Nothing of an anonymous wave.

    Raises NotAllowed.
    """
    scope = _scope(session, viewer, wave)
    if wave.is_anonymous:
        return []
    asked = (
        select(Customer, User.name, CustomerReturn.sent, CustomerReturn.valid)
        .join(CustomerReturn, col(CustomerReturn.customer_id) == Customer.id)
        .join(User, col(User.id) == Customer.sales_owner_id, isouter=True)
        .where(CustomerReturn.wave_id == wave.id, CustomerReturn.sent > 0, *of_customers(scope))
    )
    rows = session.exec(asked).all()
    values = [customer.value for customer, *_ in rows]
    whole = sum(value for value in values if value is not None)
    known = whole > 0 and all(value is not None for value in values)
    found = [
        SilentCustomer(customer, owner or "", sent, (customer.value or 0.0) / whole if known else None)
        for customer, owner, sent, valid in rows
        if not valid
    ]
    return sorted(found, key=lambda one: (-(one.share or 0.0), one.customer.code))


def chase_page(session: Session, viewer: Viewer, wave: SurveyWave, *, offset: int = 0, limit: int = 50) -> ChasePage:
    """Invitations without an answer, the one that is due first on top; nothing of an anonymous wave.

    Raises NotAllowed for readers who may not see personal data.
    """
    viewer.check_account()
    viewer.check("view_personal")
    scope = _scope(session, viewer, wave)
    if wave.is_anonymous:
        return ChasePage([], 0, 0)
    told = (
        select(Reminder.invitation_id, func.count().label("times"), func.max(Reminder.at).label("last"))
        .where(Reminder.wave_id == wave.id)
        .group_by(col(Reminder.invitation_id))
        .subquery()
    )
    unanswered = col(Invitation.state).in_(("sent", "undeliverable"))
    conditions = [col(Invitation.wave_id) == wave.id, unanswered, *_of_own(scope)]
    no = refusals(wave.id).subquery()
    enough_told = and_(told.c.times >= LEAST_REMINDERS, no.c.at.is_(None))
    counts: list[Any] = [func.count(), func.count().filter(enough_told), func.count(no.c.at)]
    counting = sa_select(*counts).select_from(Invitation)
    counting = counting.join(told, told.c.invitation_id == Invitation.id, isouter=True)
    counting = counting.join(no, no.c.invitation_id == Invitation.id, isouter=True).where(*conditions)
    total, enough, refused = session.connection().execute(counting).one()
    offset = max(0, min(offset, (total - 1) // limit * limit))
    columns: list[Any] = [Invitation, Customer, Contact, User.name, told.c.times, told.c.last, no.c.at]
    statement: Any = (
        sa_select(*columns)
        .join(Customer, col(Customer.id) == Invitation.customer_id, isouter=True)
        .join(Contact, col(Contact.id) == Invitation.contact_id, isouter=True)
        .join(User, col(User.id) == Customer.sales_owner_id, isouter=True)
        .join(told, told.c.invitation_id == Invitation.id, isouter=True)
        .join(no, no.c.invitation_id == Invitation.id, isouter=True)
        .where(*conditions)
        .order_by(no.c.at.is_not(None), col(Invitation.due_on), col(Customer.code), col(Invitation.id))
        .offset(offset)
        .limit(limit)
    )
    rows = [
        ChaseLine(invitation, customer, contact, owner or "", times or 0, last, refused_at)
        for invitation, customer, contact, owner, times, last, refused_at in session.execute(statement)
    ]
    return ChasePage(rows, total, enough, offset, refused)


def refusals(wave_id: int) -> Any:
    """Invitations of a wave whose receivers said that they don't want to answer, and when; nothing of an anonymous wave."""
    return select(Consent.invitation_id, Consent.at).where(
        Consent.wave_id == wave_id, col(Consent.given).is_(False), col(Consent.invitation_id).is_not(None)
    )


def incomplete(session: Session, viewer: Viewer, wave: SurveyWave, *, limit: int = 100) -> list[IncompleteLine]:
    """Responses of customers that are invalid for want of a rating or leave items out, newest first.

    Nothing of an anonymous wave. Raises NotAllowed for readers who may not see personal data.
    """
    viewer.check("view_personal")
    scope = _scope(session, viewer, wave)
    if wave.is_anonymous:
        return []
    items = len(wave.layout.item_ids)
    answered = sa_select(func.count()).where(col(Answer.response_id) == Response.id).scalar_subquery()
    statement: Any = (
        sa_select(Response, Customer, answered.label("answered"))
        .join(Customer, col(Customer.id) == Response.customer_id)
        .where(
            col(Response.wave_id) == wave.id,
            col(Response.status).in_(("counted", "invalid")),
            answered < items,
            *_own_customers(scope),
        )
        .order_by(answered, col(Response.id).desc())
        .limit(limit)
    )
    return [IncompleteLine(response, customer, n, items) for response, customer, n in session.execute(statement)]


def left_out(session: Session, viewer: Viewer, response_id: int) -> list[Item]:
    """The items that a response leaves blank. Raises NotThere as `response_for`."""
    response = response_for(session, viewer, response_id)
    layout = layout_of_version(session, response.scheme_version_id)
    levels = levels_of_response(session, response_id, layout)
    return [item for item, level in zip(layout.scheme.items, levels.tolist(), strict=True) if level == BLANK]


def _scope(session: Session, viewer: Viewer, wave: SurveyWave) -> Scope:
    """Raises NotAllowed without the permission for scores, NotThere for somebody else's scheme."""
    viewer.check("view_scores")
    wave_for(session, viewer, wave.id)
    return Scope(viewer, wave.scheme_id)


def _groups(
    session: Session,
    named: Select[Any],
    model: type[SQLModel],
    wave: SurveyWave,
    conditions: Sequence[ColumnElement[bool]],
) -> list[GroupReturns]:
    name = named.selected_columns[0]
    table: Any = model
    sums = [func.sum(getattr(table, column)) for column in COUNTED]
    statement = named.add_columns(*sums).where(table.wave_id == wave.id, *conditions).group_by(name)
    rows = session.connection().execute(statement)
    found = [GroupReturns(group, ReturnTally(*map(int, counts))) for group, *counts in rows]
    least = SMALLEST_GROUP if wave.is_anonymous else 1
    return sorted(
        (one for one in found if one.returns.sent >= least), key=lambda one: (one.returns.rate or 0.0, one.name)
    )


def _surveyed(session: Session, scope: Scope, wave: SurveyWave) -> int:
    asked = select(func.count()).select_from(CustomerReturn)
    asked = asked.join(Customer, col(Customer.id) == CustomerReturn.customer_id)
    return session.exec(
        asked.where(CustomerReturn.wave_id == wave.id, CustomerReturn.sent > 0, *_own_customers(scope))
    ).one()


def _in_scope(session: Session, scope: Scope, wave: SurveyWave) -> int:
    """Whom the plan's filter let through, as the finding counts them, else all active customers; a seller's own."""
    planned = session.exec(select(Plan.population).where(Plan.wave_id == wave.id)).first()
    if planned and scope.viewer.only_customers_of is None:
        return planned
    there = (col(Customer.active).is_(True), col(Customer.merged_into_id).is_(None))
    return session.exec(select(func.count()).select_from(Customer).where(*there, *_own_customers(scope))).one()


def _last_due_on(session: Session, scope: Scope, wave: SurveyWave) -> date | None:
    outstanding = select(func.max(Invitation.due_on)).where(Invitation.wave_id == wave.id, Invitation.state == "sent")
    return session.exec(outstanding.where(*_of_own(scope))).first()


def _of_own(scope: Scope) -> list[ColumnElement[bool]]:
    """Condition on `invitation`: a seller's customers only."""
    own = scope.viewer.only_customers_of
    if own is None:
        return []
    return [col(Invitation.customer_id).in_(select(Customer.id).where(Customer.sales_owner_id == own))]


def _own_customers(scope: Scope) -> list[ColumnElement[bool]]:
    own = scope.viewer.only_customers_of
    return [] if own is None else [col(Customer.sales_owner_id) == own]


def _asked(session: Session, scope: Scope, wave: SurveyWave) -> list[tuple[Customer, float, float]]:
    """Customers who were asked: how much of what they were sent has come back and counts (0–1), and their score (0: none)."""
    asked: Any = (
        select(Customer, CustomerReturn.sent)
        .join(CustomerReturn, col(CustomerReturn.customer_id) == Customer.id)
        .where(CustomerReturn.wave_id == wave.id, CustomerReturn.sent > 0, *_own_customers(scope))
    )
    columns = [getattr(CustomerScore, name) for name in CUSTOMER_SUMS]
    scored: Any = sa_select(col(CustomerScore.customer_id), *columns).where(
        col(CustomerScore.wave_id) == wave.id, col(CustomerScore.composite) == 0, col(CustomerScore.n) > 0
    )
    rows, scheme = session.connection().execute(scored), wave.layout.scheme
    found = {key: customer_score(Sums(*map(int, values)), scheme) for key, *values in rows}
    scores = [(one, sent, found.get(one.id or 0, NOBODY)) for one, sent in session.exec(asked)]
    return [(one, min(1.0, score.n / sent), score.score or 0.0) for one, sent, score in scores]


def _range(
    asked: Sequence[tuple[Customer, float, float]], weights: Sequence[float], worst: float, best: float
) -> IndexRange | None:
    """The range over customers of some weight: who has answered in part is silent with the rest."""
    heard = [(weight * part, score) for weight, (_, part, score) in zip(weights, asked, strict=True)]
    silent = sum(weight * (1 - part) for weight, (_, part, _score) in zip(weights, asked, strict=True))
    return index_range(heard, silent, worst=worst, best=best)


def _range_by_value(asked: Sequence[tuple[Customer, float, float]], worst: float, best: float) -> IndexRange | None:
    """The same by yearly business; None unless it is known of all who were asked."""
    values = [one.value for one, _part, _score in asked]
    known = [value for value in values if value is not None]
    return _range(asked, known, worst, best) if len(known) == len(values) else None
