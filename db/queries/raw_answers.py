"""The single responses of a wave with every answer, for who may see them; of an anonymous wave nothing of who or where."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any, Final

from sqlalchemy import Select
from sqlmodel import Session, col, func, select

from db.models import Answer, Cohort, Customer, Response, Wave
from db.queries.layouts import layout_of_wave
from db.queries.narrowing import of_customers
from db.queries.responses import wave_for
from db.queries.returns import SMALLEST_GROUP
from domain.access import Scope, Viewer
from domain.scheme import POINT, Scheme

AT_ONCE: Final = 2_000


@dataclass(frozen=True)
class RawResponse:
    """A response: its answers in the order of the items, None where blank; `score` in points 0–100, None without one.

    Customer, respondent, segment, region and channel are "" in anonymous waves.
    """

    id: int
    status: str
    is_late: bool
    answered_on: date
    score: float | None
    levels: Sequence[int | None]
    customer_id: int | None = None
    customer_code: str = ""
    customer_zh: str = ""
    customer_en: str = ""
    respondent: str = ""
    segment: str = ""
    region: str = ""
    channel: str = ""


def raw_answers(session: Session, viewer: Viewer, wave_id: int, *, zone: tzinfo) -> Iterator[RawResponse]:
    """The responses in sight, as many in memory as are read together; days are those of the zone.

    Nothing of an anonymous wave with fewer than SMALLEST_GROUP responses. Raises NotAllowed, NotThere.
    """
    viewer.check_account()
    viewer.check("view_personal")
    wave = wave_for(session, viewer, wave_id)
    return _read(session, viewer, wave, zone)


def answer_value(scheme: Scheme, level: int | None) -> float | None:
    """An answer as its score in points: of a number scale the number itself (rules.md 3.1)."""
    if level is None:
        return None
    return level / 100 if scheme.number_scale else int(scheme.level_scores[level]) / POINT


def answer_text(scheme: Scheme, level: int | None, language: str) -> str:
    """An answer as it was given: the level's name, or the number."""
    if level is None:
        return ""
    return f"{level / 100:g}" if scheme.number_scale else scheme.levels[level].name.in_(language)


def _read(session: Session, viewer: Viewer, wave: Wave, zone: tzinfo) -> Iterator[RawResponse]:
    mine: list[Any] = [Response.wave_id == wave.id]
    if wave.is_anonymous:
        n = session.exec(select(func.count()).select_from(Response).where(*mine)).one()
        if n < SMALLEST_GROUP or viewer.only_customers_of is not None:
            return
    if viewer.only_customers_of is not None:
        mine += of_customers(Scope(viewer, wave.scheme_id))
    layout, last = layout_of_wave(session, wave), 0
    columns = {key: place for place, key in enumerate(layout.item_ids)}
    everything: tuple[Any, ...] = (Response, Cohort, Customer)
    statement: Select[Any] = (
        select(*everything)
        .join(Cohort, col(Cohort.id) == Response.cohort_id)
        .join(Customer, col(Customer.id) == Response.customer_id, isouter=True)
        .where(*mine)
        .order_by(col(Response.id))
        .limit(AT_ONCE)
    )
    while rows := session.execute(statement.where(col(Response.id) > last)).all():
        last = rows[-1][0].id
        levels = _levels(session, [row[0].id for row in rows], columns)
        for response, cohort, customer in rows:
            yield _response(response, cohort, customer, levels[response.id], wave, zone)
            session.expunge(response)


def _levels(session: Session, keys: Sequence[int], columns: dict[int, int]) -> dict[int, list[int | None]]:
    found: dict[int, list[int | None]] = defaultdict(lambda: [None] * len(columns))
    statement = select(Answer.response_id, Answer.item_id, Answer.level).where(col(Answer.response_id).in_(keys))
    for response, item, level in session.exec(statement):
        if item in columns:
            found[response][columns[item]] = level
    return found


def _response(
    one: Response, cohort: Cohort, customer: Customer | None, levels: list[int | None], wave: Wave, zone: tzinfo
) -> RawResponse:
    day = (one.submitted_at or one.received_at).astimezone(zone).date()
    known = (one.id or 0, one.status, one.late, day, None if one.score is None else one.score / POINT, levels)
    if wave.is_anonymous:
        return RawResponse(*known)
    who = (customer.id, customer.code, customer.name_zh, customer.name_en) if customer else (None, "", "", "")
    return RawResponse(*known, *who, one.respondent, cohort.segment, cohort.region, cohort.channel)
