"""Single responses and waves, for somebody who may see them."""

import numpy as np
from sqlalchemy import bindparam
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from db import bulk
from db.columns import column
from db.models import Answer, Customer, Response, SchemeRow, Wave
from db.queries.narrowing import may_see_scheme
from db.rollups import Layout
from domain.access import NotThere, Viewer
from domain.answers import Levels
from domain.scheme import BLANK


def wave_for(session: Session, viewer: Viewer, wave_id: int) -> Wave:
    """A wave as it now is; raises NotThere, also where the viewer may not see the scheme."""
    statement = _WAVE
    if viewer.only_schemes_of is not None:
        statement = _WAVE.join(SchemeRow, col(SchemeRow.id) == Wave.scheme_id).where(may_see_scheme(viewer))
    wave = session.exec(statement, params={"this": wave_id}).first()
    if wave is None:
        raise NotThere
    return wave


def bring_up_to_date(session: Session, viewer: Viewer, wave: Wave) -> None:
    """Sets in `wave`, which leaves the session, what a write needs as it now is; raises NotThere as `wave_for`.

    It runs with every submitted response: loading the row as an object costs more than all else that is read.
    """
    if viewer.only_schemes_of is not None:
        wave_for(session, viewer, wave.id or 0)
    found = bulk.fetch(session, _WAVE_NOW, {"this": wave.id})
    if not found:
        raise NotThere
    session.expunge(wave) if wave in session else None
    wave.state, wave.position, wave.unnamed, wave.version = found[0]


WAVE_NOW = ("state", "position", "unnamed", "version")
_WAVE_NOW = sa_select(*(column(Wave, name) for name in WAVE_NOW)).where(col(Wave.id) == bindparam("this"))
_WAVE = select(Wave).where(col(Wave.id) == bindparam("this")).execution_options(populate_existing=True)


def response_for(session: Session, viewer: Viewer, response_id: int, *, locked: bool = False) -> Response:
    """A response with who gave it; raises NotThere for viewers who may not see a single response of this customer.

    An interviewer sees the own entries. A locked one can't be changed by anybody else until the transaction ends.
    """
    statement = select(Response).where(Response.id == response_id).execution_options(populate_existing=True)
    response = session.exec(statement.with_for_update() if locked else statement).first()
    if response is None or not _is_own(session, viewer, response):
        raise NotThere
    wave_for(session, viewer, response.wave_id)
    return response


def levels_of_response(session: Session, response_id: int, layout: Layout) -> Levels:
    """The answers of a response, one level per item in the scheme's order."""
    levels = np.full(len(layout.item_ids), BLANK, dtype=np.int16)
    column = {key: position for position, key in enumerate(layout.item_ids)}
    statement = select(Answer.item_id, Answer.level).where(Answer.response_id == response_id)
    for item_id, level in session.exec(statement):
        levels[column[item_id]] = level
    return levels


def response_with_key(session: Session, wave_id: int, row_key: str) -> tuple[int, str] | None:
    """Key and content hash of the response that came in under this key of its source, None where there is none."""
    found = bulk.fetch(session, _WITH_KEY, {"wave": wave_id, "row_key": row_key})
    return (found[0][0], found[0][1]) if found else None


_WITH_KEY = sa_select(col(Response.id), col(Response.content_hash)).where(
    col(Response.wave_id) == bindparam("wave"), col(Response.row_key) == bindparam("row_key")
)


def _is_own(session: Session, viewer: Viewer, response: Response) -> bool:
    if not viewer.may("view_personal"):
        return viewer.may("enter_responses") and response.entered_by_id == viewer.user_id
    if viewer.only_customers_of is None:
        return True
    mine = select(Customer.id).where(
        Customer.id == response.customer_id, Customer.sales_owner_id == viewer.only_customers_of
    )
    return session.exec(mine).first() is not None
