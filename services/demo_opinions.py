"""The sample company's inbox: opinions that wait to be sorted or answered, that were answered, not adopted or rewarded."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from db.models import Customer, Department, Opinion, User, Wave
from domain.access import Viewer
from domain.opinions import TO_ANSWER
from sample_data.timeline import Timeline
from services import opinions
from services.opinion_findings import keep_opinions
from services.sign_in import viewer_of

UNSORTED: Final = 6
"""Each so-manieth opinion of the running wave is still to be sorted."""
WAITING: Final = 8
"""So many problems and suggestions of the running wave still wait, the newest."""
ANSWERS: Final = {
    "problem": "已核实，改善措施与完成日期已告知客户。 Checked; the customer knows what is done, and until when.",
    "suggestion": "已致电说明结论。 We called and explained what becomes of it.",
}
REASON: Final = (
    "现有设备做不到，明年改造时再评估。 The present equipment can't; looked at again with next year's rebuild."
)
HEARD: Final = (
    ("suggestion", "logistics", "希望送货单上印客户料号。", 30),
    ("problem", "service", "售后电话中午常无人接听。", 20),
    ("praise", "quality", "驻厂工程师响应很快，感谢。", 9),
)
"""What was recorded outside the survey: kind, department, text, hours ago."""


def tell_opinions(session: Session, timeline: Timeline) -> None:
    """Sorts, answers and rewards what customers said in the running wave, and records what was heard elsewhere."""
    people = {user.username: viewer_of(user) for user in session.exec(select(User))}
    by, quality = people["helei"], people["demo"]
    wave = session.exec(select(Wave).where(Wave.state == "open")).one()
    said = session.exec(
        select(Opinion).where(Opinion.wave_id == wave.id).order_by(col(Opinion.received_at), col(Opinion.id))
    ).all()
    unsorted = [one.id for one in said[UNSORTED - 1 :: UNSORTED]]
    blank = {"kind": "", "item_id": None, "department_id": None}
    session.connection().execute(update(Opinion).where(col(Opinion.id).in_(unsorted)).values(**blank))
    keep_opinions(session, [one.id or 0 for one in said], at=max(one.received_at for one in said))
    waiting = [one for one in said if one.kind in TO_ANSWER and one.id not in unsorted]
    for place, one in enumerate(waiting[:-WAITING]):
        _settle(session, one.id or 0, place, quality, min(one.received_at + timedelta(hours=3), timeline.now))
    _record(session, by, timeline.now)


def _settle(session: Session, opinion_id: int, place: int, by: Viewer, at: datetime) -> None:
    """Not adopted, with the reason, and answered; every fourth suggestion was worth a reward."""
    one = session.get_one(Opinion, opinion_id)
    on = at.date()

    def keys() -> dict[str, Any]:
        return {"opinion_id": opinion_id, "version": session.get_one(Opinion, opinion_id).version, "by": by, "at": at}

    opinions.decline(session, **keys(), reason=REASON)
    opinions.answer(session, **keys(), text=ANSWERS[one.kind], how="phone", on=on, today=on)
    if one.kind == "suggestion" and place % 4 == 0:
        opinions.reward(session, **keys(), what="礼品卡 200 元 Gift card, 200 yuan", on=on, today=on)


def _record(session: Session, by: Viewer, now: datetime) -> None:
    customers = session.exec(select(Customer.id).order_by(col(Customer.id)).limit(len(HEARD))).all()
    departments = dict(session.exec(select(Department.code, Department.id)).all())
    for place, (kind, department, text, hours) in enumerate(HEARD):
        at = now - timedelta(hours=hours)
        about: dict[str, Any] = {
            "customer_id": customers[place],
            "department_id": departments[department],
            "kind": kind,
            "text": text,
        }
        opinions.record(session, **about, received_at=at, form_key=f"demo-opinion-{place}", by=by, at=at)
