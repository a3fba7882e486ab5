"""The sample company's customers and its eight waves, loaded through the services that the screens use."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

import numpy as np
from sqlalchemy import update
from sqlmodel import Session, col, select

from db.columns import milliseconds
from db.models import Contact, Customer, Invitation, ItemRow, Opinion, Purchase, SchemeVersion, User, Wave
from db.queries.layouts import department_ids, layout_of_version
from db.rollups import Layout
from domain.access import Viewer
from domain.customer_names import name_key
from domain.opinions import TO_ANSWER
from domain.scheme import BLANK
from sample_data.answers import QUARTERS
from sample_data.company import ContactRow, CustomerRow, PurchaseRow, QuestionnaireRow, read
from sample_data.timeline import OFFICE_CLOSES, Timeline, moment
from services.closing import close_wave
from services.demo_plans import plan_and_open
from services.findings import Memory
from services.invitations import Recipient, Returned, mark_returned, mark_undeliverable, send
from services.recording import NewResponses, content_hash, record
from services.waves import open_wave

BEST_DIGIT = 5
UNIT = "件 pcs"
PRICE = 48.0
"""What a piece costs on average: a customer's yearly business is what it bought."""
ANSWER: Final = "已致电说明处理结果。 We called and explained what was done."
NOT_ADOPTED: Final = "已评估，暂不采纳。 Looked at, and not adopted for now."
ANSWERED_AFTER: Final = timedelta(days=3)


@dataclass(frozen=True)
class Sent:
    """A questionnaire of the files with its invitation, and when it came back (None: it didn't)."""

    row: QuestionnaireRow
    invitation: Invitation
    contact: Contact
    returned_at: datetime | None

    @property
    def returned(self) -> Returned | None:
        """The return, as the invitation records it."""
        if self.returned_at is None:
            return None
        day, due = self.returned_at.date(), self.invitation.due_on
        return Returned(self.invitation.id or 0, day, due is None or day <= due)


def add_customers(session: Session, timeline: Timeline) -> None:
    """Customers with their contacts and purchases."""
    owners = dict(session.exec(select(User.username, User.id)).all())
    since = moment(timeline.first_day(1), OFFICE_CLOSES)
    bought: Counter[str] = Counter()
    for purchase in read(PurchaseRow, "purchases.csv"):
        bought[purchase.customer] += purchase.quantity
    for row in read(CustomerRow, "customers.csv"):
        session.add(
            Customer(
                code=row.code,
                name_zh=row.name_zh,
                name_en=row.name_en,
                name_key=name_key(row.name_zh),
                segment=row.segment,
                region=row.region,
                sales_owner_id=owners[row.sales],
                address=row.address,
                value=PRICE * bought[row.code],
                created_at=since,
            )
        )
    session.flush()
    customers = dict(session.exec(select(Customer.code, Customer.id)).all())
    session.add_all(_contact(row, customers[row.customer] or 0) for row in read(ContactRow, "contacts.csv"))
    session.add_all(
        _purchase(row, customers[row.customer] or 0, timeline.first_day(QUARTERS))
        for row in read(PurchaseRow, "purchases.csv")
    )
    session.flush()


def _contact(row: ContactRow, customer_id: int) -> Contact:
    mail = f"contact{row.number}@{row.customer.lower()}.example"
    phone = f"010-0000-{row.customer[1:]}{row.number}"  # a number that nobody has
    return Contact(customer_id=customer_id, name=row.name, post=row.post, mail=mail, phone=phone, language=row.language)


def _purchase(row: PurchaseRow, customer_id: int, first_day: date) -> Purchase:
    delivered = first_day + timedelta(days=row.delivered_day)
    return Purchase(
        customer_id=customer_id,
        product=row.product,
        quantity=row.quantity,
        unit=UNIT,
        promised_on=first_day + timedelta(days=row.promised_day),
        delivered_on=delivered,
        warranty_ends_on=delivered + timedelta(days=row.warranty_months * 365 // 12),
    )


def run_waves(session: Session, version: SchemeVersion, timeline: Timeline, by: Viewer) -> int:
    """Opens, sends, records and (but for the last) closes the eight waves; returns how many responses there are."""
    questionnaires = read(QuestionnaireRow, "questionnaires.csv")
    layout = layout_of_version(session, version.id or 0)
    responses = 0
    for quarter, rows in groupby(questionnaires, key=lambda row: row.quarter):
        sent_at = moment(timeline.sent_on(quarter), OFFICE_CLOSES.replace(hour=8))
        if quarter == QUARTERS:
            wave = plan_and_open(session, version, timeline, by)
        else:
            code = timeline.code(quarter)  # it ran here, before plans were kept
            wave = open_wave(session, version=version, code=code, by=by.user_id, at=sent_at, origin="run_here")
        sent = _send(session, wave, list(rows), timeline, by, sent_at)
        responses += _record(session, wave, layout, sent, timeline.now)
        if quarter < QUARTERS:
            close_wave(session, wave=wave, by=by, at=timeline.closed_at(quarter))
    return responses


def _send(
    session: Session, wave: Wave, rows: list[QuestionnaireRow], timeline: Timeline, by: Viewer, at: datetime
) -> list[Sent]:
    customers = {customer.code: customer for customer in session.exec(select(Customer))}
    people = session.exec(select(Contact).order_by(col(Contact.customer_id), col(Contact.id))).all()
    numbered = {key: list(group) for key, group in groupby(people, key=lambda contact: contact.customer_id)}
    contacts = [numbered[customers[row.customer].id or 0][row.contact - 1] for row in rows]
    channels = {(row.customer, row.number): row.channel for row in read(ContactRow, "contacts.csv")}
    to = [
        Recipient(customers[row.customer], contact, channel=channels[row.customer, row.contact])
        for row, contact in zip(rows, contacts, strict=True)
    ]
    invitations = [one for one, _token in send(session, wave=wave, to=to, sent_on=at.date(), by=by, at=at)]
    for row, invitation in zip(rows, invitations, strict=True):
        if row.state == "undeliverable":
            mark_undeliverable(session, invitation_id=invitation.id or 0, by=by, at=at)
    return [
        Sent(row, invitation, contact, _returned_at(row, timeline))
        for row, invitation, contact in zip(rows, invitations, contacts, strict=True)
    ]


def _returned_at(row: QuestionnaireRow, timeline: Timeline) -> datetime | None:
    return timeline.returned_at(row.quarter, row.days, row.minute) if row.state == "returned" else None


def _record(session: Session, wave: Wave, layout: Layout, sent: list[Sent], now: datetime) -> int:
    """Records what came back day by day, so that findings appear and clear as they did."""
    back = sorted((one for one in sent if one.returned_at), key=lambda one: (one.returned_at, one.invitation.id))
    memory, responses = Memory(), 0
    for day, group in groupby(back, key=lambda one: one.returned_at.date() if one.returned_at else None):
        assert day is not None
        answered = list(group)
        mark_returned(session, [one.returned for one in answered if one.returned])
        at = min(moment(day, OFFICE_CLOSES), now)
        recorded = record(session, wave, layout, _new(answered), at=at, memory=memory)
        _sort_opinions(session, layout, answered, recorded.ids)
        responses += len(recorded.ids)
    return responses


def _new(answered: list[Sent]) -> NewResponses:
    levels = [[BEST_DIGIT - int(digit) if digit != "0" else BLANK for digit in one.row.answers] for one in answered]
    said = [[one.row.opinion] if one.row.opinion else [] for one in answered]
    return NewResponses(
        levels=np.array(levels, dtype=np.int16),
        cohort=np.array([one.invitation.cohort_id for one in answered], dtype=np.int64),
        customer=np.array([one.invitation.customer_id for one in answered], dtype=np.int64),
        row_keys=[f"invitation:{one.invitation.id}" for one in answered],
        content_hashes=[content_hash(one.row.answers, one.row.opinion) for one in answered],
        weights=[None] * len(answered),
        respondents=[one.contact.name for one in answered],
        submitted=[milliseconds(one.returned_at) if one.returned_at else None for one in answered],
        opinions=said,
        late=[one.returned is not None and not one.returned.in_time for one in answered],
        invitations=[one.invitation.id for one in answered],
    )


def _sort_opinions(session: Session, layout: Layout, answered: list[Sent], response_ids: list[int]) -> None:
    """Marks each opinion as problem, suggestion or praise of its item; those of the waves before have their answers."""
    items = dict(session.exec(select(ItemRow.code, ItemRow.id).where(ItemRow.scheme_id == layout.scheme_id)).all())
    departments = department_ids(session)
    mine = zip(layout.item_ids, layout.scheme.items, strict=True)
    whose: dict[int | None, int | None] = {key: departments.get(item.department) for key, item in mine}
    for one, response_id in zip(answered, response_ids, strict=True):
        if one.row.opinion:
            this = update(Opinion).where(col(Opinion.response_id) == response_id)
            key = items[one.row.opinion_item]
            values: dict[str, Any] = {"kind": one.row.opinion_kind, "item_id": key, "department_id": whose.get(key)}
            if one.row.quarter < QUARTERS and one.row.opinion_kind in TO_ANSWER:
                values |= {"not_adopted": NOT_ADOPTED} if one.row.opinion_kind == "suggestion" else {}
                answered_on = (one.returned_at + ANSWERED_AFTER).date() if one.returned_at else None
                values |= {"answer": ANSWER, "answered_how": "phone", "answered_on": answered_on}
            session.connection().execute(this.values(**values))
