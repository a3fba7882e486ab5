"""The sample company's complaints in different states, and some requests, through the services."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from db.models import Complaint, Customer, Department, User
from domain.access import Viewer
from domain.complaints import STEPS
from sample_data.timeline import Timeline
from services import complaint_records, complaints, customer_requests, eight_d
from services.sign_in import viewer_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LABELS: Final = {
    "category": "delivery",
    "channel": "mail",
    "description": "纸箱标签与实物不符，收货时停线。 Labels on cartons did not match the parts; the line stood still.",
    "effect": "停线 40 分钟 Line stopped for 40 minutes",
    "product": "执行器 Actuator",
    "part_number": "AX-2210",
    "lot": "L2608-14",
    "quantity": 480.0,
    "defect_share": 0.25,
}
BURRS: Final = {
    "category": "quality",
    "channel": "phone",
    "description": "法兰毛刺，装配时划伤密封圈。 Burrs on the flange cut the seal during assembly.",
    "effect": "12 件返修 12 pieces reworked",
    "product": "泵体 Pump housing",
    "part_number": "PH-0917",
    "lot": "L2609-03",
    "quantity": 200.0,
    "defect_share": 0.06,
}
SILENCE: Final = {
    "category": "service",
    "channel": "message",
    "description": "报修三天没有人回复。 Nobody has answered our repair request for three days.",
}
SAID: Final = {
    0: ("拦截在途 480 件，发出更换标签 480 pieces on the way stopped, new labels sent",),
    1: ("周涛（物流，组长）、质量、仓储 Logistics (leader), quality, warehouse",),
    2: ("AX-2210 的标签贴成 AX-2201，480 件中 120 件 AX-2201 labels on 120 of 480 pieces of AX-2210",),
    3: (
        "库存 1,200 件全检 1,200 in stock checked",
        "在制品隔离 Work in progress blocked",
        "客户处 480 件重贴 480 relabelled there",
    ),
    4: ("两种标签放在同一料架 Both labels on one shelf", "出货只核对数量 Only the count was checked on shipping"),
    5: ("分区存放并扫码核对 Separate shelves, scan before packing",),
    6: (
        "9 月起全部工位扫码 Scanners at all stations",
        "三周 9,000 件无错贴 9,000 pieces in three weeks without a wrong label",
    ),
    7: ("扫码写入作业指导书与异常履历 Scanning is in the work instruction",),
}
"""What the team wrote, discipline by discipline."""
REQUESTS: Final = (
    ("repair", "phone", "压力表不归零。 The gauge does not go back to zero.", 2),
    ("enquiry", "mail", "备件 PH-0917 交期多长？ How long is the delivery of spare part PH-0917?", 20),
    ("suggestion", "visit", "希望发货前一天短信通知。 A message on the day before shipping would help.", 30),
    ("complaint", "message", "包装破损两箱。 Two cartons arrived damaged.", 5),
)
"""Kind, channel, words, hours ago."""
AUDITED: Final = tuple(days for days in range(19, 0, -1) if days != 11)
"""Days before its closing on which the countermeasure was looked at: daily, also at weekends, as the store works; one was forgotten."""


def tell_complaints(session: Session, timeline: Timeline) -> None:
    """One complaint closed, one in 8D with running and missed clocks, one to be verified; requests in four states."""
    people = {user.username: viewer_of(user) for user in session.exec(select(User))}
    departments = {row.code: row.id or 0 for row in session.exec(select(Department))}
    customers = [key or 0 for key in session.exec(select(Customer.id).order_by(col(Customer.code)).limit(6))]
    quality, now = people["demo"], timeline.now
    heads = {row.department_id: viewer_of(row) for row in session.exec(select(User).where(User.role == "department"))}
    closed = _record(session, LABELS, customers[0], now - 26 * DAY, quality, "1")
    _confirm(session, closed, departments["logistics"], now - 26 * DAY + HOUR, quality)
    _work(session, closed, heads[departments["logistics"]], quality, now - 26 * DAY + 2 * HOUR, last=7)
    _close(session, closed, heads[departments["logistics"]], quality, now - 4 * DAY)
    running = _record(session, BURRS, customers[1], now - 3 * HOUR, quality, "2")
    _confirm(session, running, departments["production"], now - 50 * MINUTE, quality)
    maker = heads[departments["production"]]
    told: dict[str, Any] = {"number": running.number, "by": quality}
    complaints.send_slips(session, **told, person_ids=(maker.user_id,), at=now - 45 * MINUTE)
    complaints.stop_clock(session, **told, code="tell_oqc", at=now - 22 * MINUTE)
    _work(session, running, maker, quality, now - 15 * MINUTE, last=1)
    _record(session, SILENCE, customers[2], now - 22 * HOUR, quality, "3")
    _ask(session, customers, departments, quality, now)


def _record(session: Session, what: dict[str, Any], customer: int, at: datetime, by: Viewer, key: str) -> Complaint:
    about: dict[str, Any] = {"customer_id": customer, "received_at": at, "form_key": f"demo-complaint-{key}"}
    return complaints.record(session, **about, **what, by=by, at=at)


def _confirm(session: Session, one: Complaint, department: int, at: datetime, by: Viewer) -> None:
    judged: dict[str, Any] = {"is_confirmed": True, "responsibility": "ours", "department_id": department}
    complaints.verify(session, number=one.number, version=one.version, **judged, by=by, at=at)


def _work(session: Session, one: Complaint, by: Viewer, quality: Viewer, at: datetime, *, last: int) -> None:
    """Disciplines up to `last`, at most two a day; the clocks are stopped on the way of the one that is closed."""
    whole = last > 1
    if whole:
        told: dict[str, Any] = {"number": one.number, "by": quality}
        complaints.send_slips(session, **told, person_ids=(by.user_id,), at=at - 40 * MINUTE)
        reported = {"stock": "1,200 件，已隔离 1,200 pieces, blocked", "wip": "60 件，已隔离 60 pieces, blocked"}
        for place, code in enumerate(("tell_oqc", "stock", "tell_ipqc", "wip")):
            said = reported.get(code, "")
            complaints.stop_clock(session, **told, code=code, report=said, at=at - (36 - 4 * place) * MINUTE)
        complaints.read_slip(session, number=one.number, by=by, at=at - 30 * MINUTE)
    for step in range(last + 1):
        texts = SAID[step] if whole else ("隔离毛刺件，改用手工去毛刺 Parts with burrs blocked, deburred by hand",)
        content = dict(zip(STEPS[step][1], texts, strict=True))
        moment = at + (step * 10 * HOUR if whole else step * 5 * MINUTE)
        values: dict[str, Any] = {"version": one.version, "step": step, "content": content, "is_done": True}
        eight_d.save_step(session, number=one.number, **values, by=by, at=moment)
        if step == 5:
            complaints.stop_clock(session, number=one.number, code="report", by=quality, at=moment)


def _close(session: Session, one: Complaint, by: Viewer, quality: Viewer, at: datetime) -> None:
    for days in AUDITED:
        look: dict[str, Any] = {"countermeasure": "装箱前扫码 Scan before packing", "on": (at - days * DAY).date()}
        eight_d.audit_countermeasure(session, number=one.number, **look, is_kept=True, by=quality, at=at - days * DAY)
    entry: dict[str, Any] = {"place": "成品库 Warehouse", "quantity": 1200, "bad": 36, "form_key": "demo-rework"}
    complaint_records.add_rework(session, number=one.number, **entry, by=by, at=at - 20 * DAY)
    held: dict[str, Any] = {
        "held_on": (at - 18 * DAY).date(),
        "text": "原因与对策一致通过。 Cause and measures agreed.",
    }
    attended = (by.user_id, quality.user_id)
    minutes = complaint_records.hold_meeting(
        session, number=one.number, **held, attended=attended, form_key="demo-minutes", by=by, at=at - 18 * DAY
    )
    for signer in (by, quality):
        complaint_records.sign_minutes(
            session, number=one.number, minutes_id=minutes.id or 0, by=signer, at=at - 17 * DAY
        )
    complaint_records.approve_minutes(
        session, number=one.number, minutes_id=minutes.id or 0, by=quality, at=at - 17 * DAY
    )
    for whose, who in (("auditor", quality), ("project", by)):
        keys: dict[str, Any] = {"number": one.number, "version": one.version}
        eight_d.confirm_effect(session, **keys, whose=whose, by=who, at=at - HOUR)
    learned = "相似标签不再同架。 Labels that look alike never share a shelf."
    eight_d.close(session, number=one.number, version=one.version, learned=learned, by=quality, at=at)


def _ask(session: Session, customers: list[int], departments: dict[str, int], by: Viewer, now: datetime) -> None:
    for place, (kind, channel, said, hours) in enumerate(REQUESTS):
        at = now - hours * HOUR
        about: dict[str, Any] = {"kind": kind, "channel": channel, "said": said, "customer_id": customers[place]}
        department = departments["service"] if place in (1, 2) else None
        made = customer_requests.record_request(
            session, **about, received_at=at, department_id=department, form_key=f"demo-request-{place}", by=by, at=at
        )
        if place in (1, 2):
            keys: dict[str, Any] = {"number": made.number, "by": by}
            answer = "已答复客户 The customer has been answered"
            customer_requests.close_request(session, **keys, version=made.version, solution=answer, at=at + HOUR)
            if place == 2:
                customer_requests.call_back(session, **keys, version=made.version, is_satisfied=True, at=at + 3 * HOUR)
