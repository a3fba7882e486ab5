"""What is behind the figure of an item: low answers by customer out of the customer tier, and findings."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.models import Customer, CustomerTally
from db.queries.findings import finding_for, finding_rows
from db.queries.narrowing import WaveInfo, of_customers, visible_items
from domain.access import NotThere, Scope
from domain.scheme import Name
from domain.subjects import FindingRow


@dataclass(frozen=True)
class LowAnswers:
    """How many of a customer's answers to an item are at or below the watch level, and of how many."""

    customer_id: int
    code: str
    name: Name
    low: int
    n: int


@dataclass(frozen=True)
class ItemDetails:
    """An item's key, the customers with low answers (most first, and how many in all), its open findings."""

    item_id: int
    low: list[LowAnswers]
    customers: int
    findings: list[FindingRow]


def item_details(session: Session, scope: Scope, wave: WaveInfo, code: str) -> ItemDetails:
    """What is behind an item of a wave; raises NotThere for one out of sight."""
    low, customers = low_answers_by_customer(session, scope, wave, code, limit=8)
    item_id = wave.layout.item_ids[wave.layout.scheme.item_codes.index(code)]
    viewer = scope.viewer
    ids = finding_for(session, viewer, wave.id, item_id=item_id) if viewer.may("view_findings") else []
    return ItemDetails(item_id, low, customers, finding_rows(session, viewer, ids) if ids else [])


def low_answers_by_customer(
    session: Session, scope: Scope, wave: WaveInfo, item: str, *, limit: int = 50
) -> tuple[list[LowAnswers], int]:
    """Customers with low answers, most of them first, and how many customers there are in all.

    None where the reader may not see customers, and on a number scale. Raises NotThere for an item out of sight.
    """
    layout = wave.layout
    scheme, place = layout.scheme, layout.scheme.item_codes.index(item) if item in layout.scheme.item_by_code else -1
    if place < 0 or not visible_items(session, scope, layout)[place]:
        raise NotThere
    if scheme.watch_position is None or not scope.viewer.may("view_customers"):
        return [], 0
    levels = [col(getattr(CustomerTally, f"n{level}")) for level in range(scheme.watch_position, len(scheme.levels))]
    low = sum(levels[1:], levels[0])
    base = (
        select(Customer, low, CustomerTally.n)
        .join(CustomerTally, col(CustomerTally.customer_id) == Customer.id)
        .where(CustomerTally.wave_id == wave.id, CustomerTally.item_id == layout.item_ids[place], low > 0)
        .where(CustomerTally.n >= scope.viewer.least, *of_customers(scope))
    )
    total = session.exec(select(func.count()).select_from(base.subquery())).one()
    rows = session.exec(base.order_by(low.desc(), col(Customer.code)).limit(limit))
    return [
        LowAnswers(c.id or 0, c.code, Name(c.name_zh or c.code, c.name_en), int(count), int(n)) for c, count, n in rows
    ], total
