"""Two customers that are one are put together, with all their history; and taken apart again, exactly."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Column, Table, UniqueConstraint, and_, exists, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from db import bulk
from db.models import (
    Answer,
    Complaint,
    Customer,
    CustomerMerge,
    CustomerReturn,
    CustomersApart,
    CustomerScore,
    CustomerTally,
    Finding,
    Invitation,
    Opinion,
    Response,
    Wave,
)
from db.queries.customer_list import EDIT, to_edit
from db.queries.layouts import layout_of_wave
from db.rollups import RETURNS, ReturnDelta, batch_of
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.scheme import BLANK
from services.audit import audit
from services.following import follow
from services.opinion_findings import keep_opinions
from services.recording import count

STAYS: Final = (CustomerMerge, CustomersApart, Finding, CustomerTally, CustomerScore, CustomerReturn)
"""What refers to customers and isn't moved: findings and roll-ups follow the responses by themselves."""
AT_ONCE: Final = 500
WAS_ACTIVE: Final = "was_active"
Moved = dict[str, Any]
"""Table → keys of its rows that moved, as JSON keeps them; and WAS_ACTIVE."""


class SameCustomer(Refusal):
    """A customer can't be merged with itself."""

    def __init__(self) -> None:
        super().__init__(N_("Choose two different customers."))


class MergeUndone(Refusal):
    """The merge was undone before."""

    def __init__(self) -> None:
        super().__init__(N_("This merge has been undone already."))


class KeptWasMerged(Refusal):
    """The customer that was kept has itself been merged since."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("{code} has been merged itself since then. Undo that merge first."), code=code)


def merge(session: Session, *, kept_id: int, merged_id: int, by: Viewer, at: datetime) -> CustomerMerge:
    """Moves everything of one customer to another; the merged one stays as an empty shell that leads to it.

    Figures and findings of open waves follow; frozen results and findings of closed waves stay as they were shown.
    What both have in the same place (drawn into the same plan) stays with the shell. Raises SameCustomer, NotAllowed,
    NotThere.
    """
    by.check(EDIT)
    if kept_id == merged_id:
        raise SameCustomer
    _hold(session, Invitation, merged_id)
    rows = _customers(session, by, (kept_id, merged_id))
    merged = rows[merged_id]
    responses = _hold(session, Response, merged_id)
    moving = _Moving.of(session, responses, _keys(session, Invitation, merged_id))
    moved: Moved = {WAS_ACTIVE: merged.active}
    for table, column in _links():
        moved[f"{table.name}.{column.name}"] = _move(session, table, column, merged_id, kept_id)
    moved = {name: keys for name, keys in moved.items() if keys != []}
    merged.active, merged.merged_into_id, merged.version = False, kept_id, merged.version + 1
    done = CustomerMerge(kept_id=kept_id, merged_id=merged_id, at=at, by_id=by.user_id or None, moved=moved)
    session.add(done)
    session.flush()
    moving.count(session, merged_id, kept_id, at)
    _name_customers(session, moved.get(_name(Opinion), []), moved.get(_name(Complaint), []), at)
    counts = {name: len(keys) for name, keys in moved.items() if isinstance(keys, list)}
    audit(session, by=by.user_id, at=at, verb="merge", about="customer", about_id=kept_id, merged=merged_id, **counts)
    return done


def undo(session: Session, *, merge_id: int, by: Viewer, at: datetime) -> CustomerMerge:
    """Takes two customers apart again: what had moved goes back; what came to the kept one since then stays there.

    An answer to an invitation that goes back goes with it. Raises MergeUndone, KeptWasMerged, NotAllowed, NotThere.
    """
    by.check(EDIT)
    done = session.get(CustomerMerge, merge_id)
    if done is None:
        raise NotThere
    kept_id, merged_id, moved = done.kept_id, done.merged_id, done.moved
    _hold(session, Invitation, kept_id)
    kept = _customer(session, by, kept_id)
    merged = session.exec(_locked(merged_id)).one()
    session.refresh(done)
    if done.undone_at is not None:
        raise MergeUndone
    responses = _going_back(session, kept_id, moved)
    back: dict[type[SQLModel], list[int]] = {
        Response: responses,
        Opinion: _opinions_of(session, kept_id, moved, responses),
    }
    invitations = _still(session, Invitation, kept_id, moved.get(_name(Invitation), []))
    moving = _Moving.of(session, responses, invitations)
    for table, column in _links():
        keys = next((some for model, some in back.items() if bulk.table_of(model) is table), None)
        stored = moved.get(f"{table.name}.{column.name}", [])
        _move_keys(session, table, column, kept_id, merged_id, stored if keys is None else keys)
    merged.active, merged.merged_into_id, merged.version = moved[WAS_ACTIVE], None, merged.version + 1
    kept.version += 1
    done.undone_at, done.undone_by_id = at, by.user_id or None
    session.flush()
    moving.count(session, kept_id, merged_id, at)
    _name_customers(session, back[Opinion], moved.get(_name(Complaint), []), at)
    audit(session, by=by.user_id, at=at, verb="undo_merge", about="customer", about_id=kept_id, merged=merged_id)
    return done


def keep_apart(session: Session, *, one_id: int, other_id: int, by: Viewer, at: datetime) -> None:
    """Says that two customers are not the same: no merge is proposed any more. Raises SameCustomer, NotAllowed, NotThere."""
    first, second = _pair(session, one_id, other_id, by)
    if session.get(CustomersApart, (first, second)) is None:
        session.add(CustomersApart(first_id=first, second_id=second, at=at, by_id=by.user_id or None))
        session.flush()
        audit(session, by=by.user_id, at=at, verb="keep_apart", about="customer", about_id=first, other=second)


def propose_again(session: Session, *, one_id: int, other_id: int, by: Viewer, at: datetime) -> None:
    """Takes back that two customers are not the same. Raises SameCustomer, NotAllowed, NotThere."""
    first, second = _pair(session, one_id, other_id, by)
    said = session.get(CustomersApart, (first, second))
    if said is not None:
        session.delete(said)
        session.flush()
        audit(session, by=by.user_id, at=at, verb="propose_again", about="customer", about_id=first, other=second)


# Who


def _pair(session: Session, one_id: int, other_id: int, by: Viewer) -> tuple[int, int]:
    """The keys of two customers that `by` keeps, the lower one first."""
    by.check(EDIT)
    if one_id == other_id:
        raise SameCustomer
    first, second = _customers(session, by, (one_id, other_id))
    return first, second


def _customers(session: Session, by: Viewer, keys: Iterable[int]) -> dict[int, Customer]:
    """Both customers, locked in the order of their keys."""
    return {key: _customer(session, by, key) for key in sorted(keys)}


def _customer(session: Session, by: Viewer, key: int) -> Customer:
    there: Customer | None = session.exec(_locked(key)).first()
    if there is not None and there.merged_into_id is not None:
        raise KeptWasMerged(there.code)
    if there is None or session.exec(select(Customer.id).where(Customer.id == key, *to_edit(by))).first() is None:
        raise NotThere
    return there


def _locked(key: int) -> Any:
    here = select(Customer).where(Customer.id == key)
    return here.with_for_update().execution_options(populate_existing=True)


# What


def _links() -> list[tuple[Table, Column[Any]]]:
    """Every column of every table that says whose a row is."""
    customer = bulk.table_of(Customer)
    stays = {bulk.table_of(model) for model in STAYS}
    return [
        (table, column)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if table not in stays and any(key.column is customer.c.id for key in column.foreign_keys)
    ]


def _name(model: type[SQLModel]) -> str:
    return f"{bulk.table_of(model).name}.customer_id"


def _key_columns(table: Table, column: Column[Any]) -> list[Column[Any]]:
    """What names a row whoever's it is: its key without the customer."""
    return [part for part in table.primary_key if part is not column]


def _move(session: Session, table: Table, column: Column[Any], old: int, new: int) -> list[Any]:
    """Rows of one customer become another's, but for those that the other has already; their keys."""
    names = _key_columns(table, column)
    statement = sa_select(*names).where(column == old, *_free(table, column, new)).order_by(*names)
    keys = [row[0] if len(row) == 1 else list(row) for row in session.connection().execute(statement)]
    _move_keys(session, table, column, old, new, keys)
    return keys


def _free(table: Table, column: Column[Any], new: int) -> list[Any]:
    """Conditions: no row of the other customer stands where this one would."""
    unique = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique += [index.columns for index in table.indexes if index.unique]
    conditions = []
    for columns in (table.primary_key.columns, *unique):
        if column in list(columns):
            there = table.alias()
            same = [there.c[part.name] == part for part in columns if part is not column]
            conditions.append(~exists().where(and_(there.c[column.name] == new, *same)))
    return conditions


def _move_keys(session: Session, table: Table, column: Column[Any], old: int, new: int, keys: Sequence[Any]) -> None:
    names = _key_columns(table, column)
    if len(names) == 1:
        for some in _portions(keys):
            these = update(table).where(names[0].in_(some), column == old)
            session.connection().execute(these.values({column.name: new}))
        return
    for key in keys:
        this = [name == part for name, part in zip(names, key, strict=True)]
        session.connection().execute(update(table).where(column == old, *this).values({column.name: new}))


def _portions(keys: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


def _hold(session: Session, model: type[Invitation] | type[Response], customer_id: int) -> list[int]:
    """Keys of a customer's rows, which nobody else changes until the end of the transaction."""
    mine = select(model.id).where(model.customer_id == customer_id).order_by(col(model.id))
    return [key for key in session.exec(mine.with_for_update()) if key is not None]


def _keys(session: Session, model: type[Invitation], customer_id: int) -> list[int]:
    mine = select(model.id).where(model.customer_id == customer_id)
    return [key for key in session.exec(mine) if key is not None]


def _still(session: Session, model: type[Any], customer_id: int, keys: Sequence[int]) -> list[int]:
    """Those of the rows that are still this customer's."""
    found: list[int] = []
    for some in _portions(keys):
        found += session.exec(select(model.id).where(model.customer_id == customer_id, model.id.in_(some)))
    return found


def _going_back(session: Session, kept_id: int, moved: Moved) -> list[int]:
    """Responses that had moved, and those that have since answered an invitation that had moved."""
    mine = set(_hold(session, Response, kept_id))
    answers: set[int] = set()
    for some in _portions(moved.get(_name(Invitation), [])):
        answers |= {key or 0 for key in session.exec(select(Response.id).where(col(Response.invitation_id).in_(some)))}
    return sorted(mine & (answers | set(moved.get(_name(Response), []))))


def _name_customers(session: Session, opinions: Sequence[int], complaints: Sequence[int], at: datetime) -> None:
    """Findings of open waves that opinions and complaints made name the customer whose these are now."""
    keep_opinions(session, opinions, at=at)
    for some in _portions(complaints):
        mine = select(Complaint).where(col(Complaint.id).in_(some), col(Complaint.finding_id).is_not(None))
        for one in session.exec(mine.order_by(col(Complaint.finding_id)).execution_options(populate_existing=True)):
            finding = session.get_one(Finding, one.finding_id)
            if session.get_one(Wave, finding.wave_id).state == "open":
                finding.customer_id = one.customer_id
                session.add(finding)
    session.flush()


def _opinions_of(session: Session, kept_id: int, moved: Moved, responses: Sequence[int]) -> list[int]:
    found = set(moved.get(_name(Opinion), []))
    for some in _portions(responses):
        mine = select(Opinion.id).where(Opinion.customer_id == kept_id, col(Opinion.response_id).in_(some))
        found |= {key or 0 for key in session.exec(mine)}
    return sorted(found)


# Figures


@dataclass(frozen=True)
class _Moving:
    """What the figures are made of: the responses and invitations that change hands, by wave, as they stand."""

    responses: dict[int, list[Response]] = field(default_factory=dict)
    invitations: dict[int, list[Invitation]] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, responses: Sequence[int], invitations: Sequence[int]) -> "_Moving":
        return cls(_by_wave(session, Response, responses), _by_wave(session, Invitation, invitations))

    def count(self, session: Session, old: int, new: int, at: datetime) -> None:
        """Moves roll-ups and findings wave by wave, in their order in time; cohorts and the frozen stay."""
        chosen = self.responses.keys() | self.invitations.keys()
        in_time = select(Wave).where(col(Wave.id).in_(chosen)).order_by(col(Wave.scheme_id), col(Wave.position))
        waves = session.exec(in_time.execution_options(populate_existing=True)).all()
        for wave in waves:
            self._count_in(session, wave, old, new, at)
        for wave in waves:
            if wave.state == "closed":
                follow(session, wave, at=at, customers=sorted({old, new}))

    def _count_in(self, session: Session, wave: Wave, old: int, new: int, at: datetime) -> None:
        layout, wave_id = layout_of_wave(session, wave), wave.id or 0
        responses = self.responses.get(wave_id, [])
        counted = [one for one in responses if one.status == "counted"]
        levels = _levels(session, [one.id or 0 for one in counted], layout.item_ids)
        cohort = np.array([one.cohort_id for one in counted], dtype=np.int64)
        who, sign = np.repeat([old, new], len(counted)), np.repeat([-1, 1], len(counted))
        batch = batch_of(np.tile(levels, (2, 1)), np.tile(cohort, 2), who, layout.scheme, sign=sign)
        counts = [(one.cohort_id, _of_response(one)) for one in responses]
        counts += [(one.cohort_id, _of_invitation(one)) for one in self.invitations.get(wave_id, [])]
        returns = [
            ReturnDelta(cohort_id, customer, tuple(way * counts_.get(name, 0) for name in RETURNS))
            for cohort_id, counts_ in counts
            for customer, way in ((old, -1), (new, 1))
        ]
        count(session, wave, layout, batch, returns, at=at)


def _by_wave(session: Session, model: type[Any], keys: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for some in _portions(keys):
        statement = select(model).where(model.id.in_(some)).execution_options(populate_existing=True)
        for row in session.exec(statement.order_by(model.id)):
            session.expunge(row)  # moved by statements, not by what the session remembers
            found[row.wave_id].append(row)
    return found


def _levels(session: Session, responses: Sequence[int], items: Sequence[int]) -> Any:
    levels = np.full((len(responses), len(items)), BLANK, dtype=np.int16)
    row, column = ({key: place for place, key in enumerate(keys)} for keys in (responses, items))
    for some in _portions(responses):
        for answer in session.exec(select(Answer).where(col(Answer.response_id).in_(some))):
            levels[row[answer.response_id], column[answer.item_id]] = answer.level
    return levels


def _of_response(one: Response) -> dict[str, int]:
    return {"valid": int(one.status == "counted"), "invalid": int(one.status == "invalid")}


def _of_invitation(one: Invitation) -> dict[str, int]:
    back = one.state == "answered"
    return {
        "sent": 1,
        "returned": int(back),
        "in_time": int(back and one.in_time is True),
        "late": int(back and one.in_time is False),
        "undeliverable": int(one.state == "undeliverable"),
    }
