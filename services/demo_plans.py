"""The sample company plans its current wave: drawn, countersigned by the departments that the scheme names, approved, opened."""

from datetime import date, time, timedelta
from typing import Any

from sqlmodel import Session, col, select

from db.models import Department, Plan, SchemeVersion, User, Wave
from domain.access import Viewer
from domain.plans import PlanFields
from domain.questionnaire import Extra
from domain.scheme import Name
from sample_data.answers import QUARTERS
from sample_data.timeline import Timeline, moment
from services.plans import approve_plan, countersign, draw, open_planned, plan_wave, submit_plan
from services.questionnaires import save
from services.sign_in import viewer_of
from services.training import add_lesson

SEED = 20_260_401
WANTED = 230
"""Valid responses."""
NOON = time(12, 0)
LESSONS = ((-120, 40.0, "调查规范与中立提问 Neutral asking", 78.0), (-60, 48.0, "电话访问与录入 Calls and entry", 88.0))
"""Days before the quarter, hours, content, marks."""
ASKS = Name("示例精密制造有限公司", "Sample Precision Manufacturing")
EXTRAS = (
    Extra(
        "q1", "recommend", Name("您会向同行推荐我们吗？", "How likely are you to recommend us to others in your trade?")
    ),
    Extra(
        "q2",
        "multiple",
        Name("明年您最希望我们改进什么？", "What should we improve most next year?"),
        (
            Name("交付准时", "Delivery on time"),
            Name("质量稳定", "Stable quality"),
            Name("价格", "Price"),
            Name("技术支持", "Technical support"),
            Name("沟通", "Communication"),
        ),
    ),
)
"""What the sample company asks beside the scheme's items."""


def plan_and_open(session: Session, version: SchemeVersion, timeline: Timeline, by: Viewer) -> Wave:
    """The wave of the current quarter, opened as its plan was approved; everybody signs on a day before the quarter."""
    first, code = timeline.first_day(QUARTERS), timeline.code(QUARTERS)
    people = {user.username: user for user in session.exec(select(User))}
    _train(session, people["huangli"].id or 0, first, by)
    at = [moment(first - timedelta(days=days), NOON) for days in (24, 22, 21, 16, 12, 8)]
    wanted = _fields(session, people, first)
    wave = plan_wave(session, version=version, code=code, wanted=wanted, form_key="demo", by=by, at=at[0])
    key = wave.id or 0
    draw(session, wave_id=key, version=1, by=by, at=at[1], today=first, seed=SEED)
    asked: Any = {"texts": {"organisation": ASKS}, "extras": EXTRAS, "ask_importance": False}
    save(session, wave_id=key, **asked, base=0, by=by, at=at[1])
    submit_plan(session, wave_id=key, version=2, by=by, at=at[2])
    heads = (
        select(User)
        .where(col(User.is_head).is_(True))
        .join(Department)
        .where(col(Department.code).in_(("quality", "engineering", "production")))
    )
    for head in session.exec(heads.order_by(col(User.username))).all():
        countersign(session, wave_id=key, version=_version(session, key), by=viewer_of(head), at=at[3])
    approver = viewer_of(people["manager"])
    approve_plan(session, wave_id=key, version=_version(session, key), by=approver, at=at[4])
    return open_planned(session, wave_id=key, by=by, at=at[5])


def _version(session: Session, wave_id: int) -> int:
    return session.get_one(Plan, wave_id, populate_existing=True).version


def _fields(session: Session, people: dict[str, User], first: date) -> PlanFields:
    offices = {code: key or 0 for code, key in session.exec(select(Department.code, Department.id))}

    def day(after: int) -> date:
        return first + timedelta(days=after)

    return PlanFields(
        objective="了解客户对质量、交付、服务、价格与沟通的满意程度，检查上季度纠正措施的效果。"
        " How satisfied customers are, and whether last quarter's actions helped.",
        scope="全部在供客户，每家约四位联系人 All active customers, about four contacts each",
        methods=("web", "form", "phone"),
        channels="网络链接、邮件、电话 Link, mail, phone",
        leader_id=people["helei"].id,
        budget=6000.0,
        milestones="发放后第 3 个工作日第一次催收，第 5 个工作日第二次催收",
        starts_on=first,
        ends_on=day(89),
        expected_end_on=day(45),
        analysis_on=day(60),
        report_on=day(75),
        planned_n=WANTED,
        incentive="定制笔记本 Notebook",
        incentive_budget=1500.0,
        incentive_how="draw",
        members={
            people["huangli"].id or 0: "电话访问与纸质问卷录入 Calls and entry",
            people["linxiao"].id or 0: "东部客户催收 Reminders, East",
        },
        departments={
            offices["quality"]: "分析结果 Analyses the results",
            offices["logistics"]: "说明交付情况 Explains deliveries",
        },
    )


def _train(session: Session, user_id: int, first: date, by: Viewer) -> None:
    for days, hours, content, marks in LESSONS:
        on = first + timedelta(days=days)
        values = {"held_on": on, "hours": hours, "content": content, "marks": marks, "today": first}
        add_lesson(session, user_id=user_id, by=by, at=moment(on, NOON), **values)  # type: ignore[arg-type]
