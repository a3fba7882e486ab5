"""Customers and their scores, page by page; only those whom the reader may see."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Float, Select, case, cast, func
from sqlmodel import Session, col, select

from db.models import Answer, Cohort, Contact, Customer, CustomerReturn, CustomerScore, Opinion, Purchase, Response
from db.queries.narrowing import WaveInfo, named, of_customers
from db.rollups import SUMS
from domain.access import NotThere, Scope, Viewer
from domain.scores import EQUAL_WITHIN, Score, Sums, score_of_sums, status

POINTS = 1e9


@dataclass(frozen=True)
class CustomerRow:
    """A line of the matrix: the customer, and scores by composite code ("" is the customer score)."""

    customer: Customer
    scores: dict[str, Score]

    @property
    def score(self) -> Score:
        """The customer score."""
        return self.scores.get("", Score(0, None))


@dataclass(frozen=True)
class CustomerPage:
    """One page of customers and how many there are in all."""

    rows: list[CustomerRow]
    total: int


def customer_page(
    session: Session,
    scope: Scope,
    wave: WaveInfo,
    *,
    search: str = "",
    only_below: bool = False,
    composite: str = "",
    offset: int = 0,
    limit: int = 50,
) -> CustomerPage:
    """Customers of a wave, lowest `composite` score first, the ones without an answer left out."""
    scope.viewer.check("view_customers")
    layout = wave.layout
    by = dict(zip(layout.scheme.composites, layout.composite_ids, strict=True)).get(composite, 0)
    mean = cast(CustomerScore.total, Float) / CustomerScore.n
    conditions: list[ColumnElement[bool]] = [
        col(CustomerScore.wave_id) == wave.id,
        col(CustomerScore.composite) == by,
        col(CustomerScore.n) > 0,
        *of_customers(scope),
    ]
    if search.strip():
        conditions.append(named(search))
    if only_below:
        conditions.append(mean < (layout.scheme.targets.customer - EQUAL_WITHIN) * POINTS)
    base = select(Customer).join(CustomerScore, col(CustomerScore.customer_id) == Customer.id).where(*conditions)
    total = session.exec(select(func.count()).select_from(base.subquery())).one()
    found = session.exec(base.order_by(mean, col(Customer.code)).offset(offset).limit(limit)).all()
    scores = customer_scores(session, [c.id or 0 for c in found], [wave])
    return CustomerPage([CustomerRow(c, scores[c.id or 0][wave.id]) for c in found], total)


def customer_scores(
    session: Session, ids: Sequence[int], waves: Sequence[WaveInfo], *, composite: int | None = None
) -> dict[int, dict[int, dict[str, Score]]]:
    """customer id → wave id → composite code → score, of customers that were read under a scope before."""
    columns = [getattr(CustomerScore, name) for name in SUMS]
    statement: Select[tuple[int, ...]] = select(
        CustomerScore.customer_id, CustomerScore.wave_id, CustomerScore.composite, *columns
    ).where(col(CustomerScore.wave_id).in_([wave.id for wave in waves]), col(CustomerScore.customer_id).in_(ids))
    if composite is not None:
        statement = statement.where(CustomerScore.composite == composite)
    codes = {w.id: dict(zip(w.layout.composite_ids, w.layout.scheme.composites, strict=True)) for w in waves}
    found: dict[int, dict[int, dict[str, Score]]] = defaultdict(lambda: defaultdict(dict))
    for customer, wave, key, *sums in session.connection().execute(statement):
        if key in codes[wave]:
            found[customer][wave][codes[wave][key]] = score_of_sums(Sums(*sums))
    return found


def score_trends(session: Session, ids: Sequence[int], waves: Sequence[WaveInfo]) -> dict[int, list[float | None]]:
    """The customer scores over waves, in their order, None where there was no answer."""
    scores = customer_scores(session, ids, waves, composite=0)
    nothing = Score(0, None)
    return {key: [scores[key][wave.id].get("", nothing).score for wave in waves] for key in ids}


@dataclass(frozen=True)
class Standing:
    """How many customers of a wave are red, amber and on target."""

    red: int
    amber: int
    ok: int

    @property
    def below(self) -> int:
        """Customers under target."""
        return self.red + self.amber

    @property
    def total(self) -> int:
        """Customers that answered."""
        return self.red + self.amber + self.ok


def standing(session: Session, scope: Scope, wave: WaveInfo) -> Standing:
    """Customers of a wave by status, as far as the reader may see them."""
    statement = select(CustomerScore.total, CustomerScore.n).where(
        CustomerScore.wave_id == wave.id, CustomerScore.composite == 0, CustomerScore.n > 0
    )
    if conditions := of_customers(scope):
        statement = statement.where(col(CustomerScore.customer_id).in_(select(Customer.id).where(*conditions)))
    scheme = wave.layout.scheme
    found = [status(t / n / POINTS, scheme, target=scheme.targets.customer) for t, n in session.exec(statement)]
    return Standing(found.count("red"), found.count("amber"), found.count("ok"))


def customer(session: Session, viewer: Viewer, customer_id: int) -> Customer:
    """A customer whom the viewer may see; raises NotThere, NotAllowed."""
    viewer.check("view_customers")
    conditions = of_customers(Scope(viewer, 0, customer_id=customer_id))
    found = session.exec(select(Customer).where(*conditions)).first()
    if found is None:
        raise NotThere
    return found


def customer_by_code(session: Session, viewer: Viewer, code: str) -> Customer:
    """The same by the code that stands in links."""
    key = session.exec(select(Customer.id).where(Customer.code == code)).first()
    return customer(session, viewer, key or 0)


def customer_names(session: Session, viewer: Viewer) -> list[Customer]:
    """All customers whom the viewer may choose from, by code."""
    if not viewer.may("view_customers"):
        return []
    conditions = of_customers(Scope(viewer, 0))
    return list(session.exec(select(Customer).where(*conditions).order_by(col(Customer.code))))


@dataclass(frozen=True)
class AnsweredQuestionnaire:
    """One response of a customer with its answers, level by item id; what it scored, None when it doesn't count."""

    id: int
    wave_id: int
    status: str
    late: bool
    score: float | None
    channel: str
    submitted_at: datetime | None
    respondent: str
    levels: dict[int, int]


def questionnaires(
    session: Session, viewer: Viewer, customer_id: int, *, limit: int = 50
) -> list[AnsweredQuestionnaire]:
    """A customer's responses, newest first; the respondent only for those who may see personal data."""
    customer(session, viewer, customer_id)
    newest = case((col(Response.submitted_at).is_(None), Response.received_at), else_=Response.submitted_at)
    statement = (
        select(Response, Cohort.channel)
        .join(Cohort, col(Cohort.id) == Response.cohort_id)
        .where(Response.customer_id == customer_id)
        .order_by(newest.desc())
        .limit(limit)
    )
    found = session.exec(statement).all()
    levels: dict[int, dict[int, int]] = defaultdict(dict)
    answers = select(Answer).where(col(Answer.response_id).in_([r.id for r, _ in found]))
    for answer in session.exec(answers):
        levels[answer.response_id][answer.item_id] = answer.level
    personal = viewer.may("view_personal")
    return [
        AnsweredQuestionnaire(
            r.id or 0,
            r.wave_id,
            r.status,
            r.late,
            None if r.score is None else r.score / POINTS,
            channel,
            r.submitted_at,
            r.respondent if personal else "",
            levels[r.id or 0],
        )
        for r, channel in found
    ]


def customer_opinions(session: Session, viewer: Viewer, customer_id: int, *, limit: int = 50) -> list[Opinion]:
    """What a customer wrote, newest first; nothing for those who may not see personal data."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_personal"):
        return []
    mine = select(Opinion).where(Opinion.customer_id == customer_id)
    return list(session.exec(mine.order_by(col(Opinion.received_at).desc(), col(Opinion.id).desc()).limit(limit)))


def contacts(session: Session, viewer: Viewer, customer_id: int) -> list[Contact]:
    """A customer's contacts; nothing for those who may not see personal data."""
    customer(session, viewer, customer_id)
    if not viewer.may("view_personal"):
        return []
    return list(session.exec(select(Contact).where(Contact.customer_id == customer_id).order_by(col(Contact.name))))


def purchases(session: Session, viewer: Viewer, customer_id: int) -> list[Purchase]:
    """What a customer bought, latest promise first."""
    customer(session, viewer, customer_id)
    mine = select(Purchase).where(Purchase.customer_id == customer_id)
    return list(session.exec(mine.order_by(col(Purchase.promised_on).desc())))


def customer_returns(session: Session, viewer: Viewer, customer_id: int) -> list[CustomerReturn]:
    """What became of the questionnaires sent to a customer, by wave."""
    customer(session, viewer, customer_id)
    return list(session.exec(select(CustomerReturn).where(CustomerReturn.customer_id == customer_id)))


@dataclass(frozen=True)
class LatestOpinion:
    """An opinion with whose it is."""

    text: str
    kind: str
    customer: Customer | None
    received_at: datetime


def latest_opinions(session: Session, scope: Scope, wave: WaveInfo, *, limit: int = 5) -> list[LatestOpinion]:
    """The newest opinions of a wave under the scope; nothing for those who may not see personal data."""
    if not scope.viewer.may("view_personal"):
        return []
    statement = (
        select(Opinion, Customer)
        .join(Customer, col(Customer.id) == Opinion.customer_id, isouter=True)
        .where(Opinion.wave_id == wave.id)
        .order_by(col(Opinion.id).desc())
        .limit(limit)
    )
    if conditions := of_customers(scope):
        statement = statement.where(*conditions)
    return [LatestOpinion(o.text, o.kind, c, o.received_at) for o, c in session.exec(statement)]
