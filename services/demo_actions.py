"""The sample company's corrective actions, taken from step to step by their people through the services."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select

from db.models import Action, Customer, Department, DimensionRow, Finding, ItemRow, User, Wave
from domain.access import Viewer
from sample_data.company import ActionStory, Step
from sample_data.company import actions as stories
from sample_data.timeline import Timeline, moment
from services import actions
from services.effects import measure_with
from services.sign_in import viewer_of

MORNING = time(9, 30)
BETWEEN = timedelta(minutes=23)
"""Between two steps on one day."""


@dataclass(frozen=True)
class Happening:
    """A step of a story at its moment; `number` is the story's place in the file."""

    at: datetime
    number: int
    story: ActionStory
    step: Step


def tell_actions(session: Session, timeline: Timeline) -> None:
    """Assigns the actions and takes their steps, all in the order in which they happened."""
    people = {user.username: viewer_of(user) for user in session.exec(select(User))}
    taken: dict[int, int] = {}
    for one in sorted(happenings(timeline), key=lambda one: (one.at, one.number)):
        by = people[one.step.by]
        if one.step.verb == "assign":
            taken[one.number] = _assign(session, one, people, timeline)
        elif one.step.verb == "comment":
            actions.comment(session, action_id=taken[one.number], by=by, at=one.at, **one.step.fields)
        else:
            action = session.get_one(Action, taken[one.number])
            version, fields = action.version, one.step.fields
            actions.advance(
                session, action_id=action.id or 0, version=version, verb=one.step.verb, by=by, at=one.at, **fields
            )
            if one.step.verb == "verify":
                _compare(session, taken[one.number], one.at, by, timeline)


def _compare(session: Session, action_id: int, at: datetime, by: Viewer, timeline: Timeline) -> None:
    """The waves are closed before the actions are told: so what the last one says is asked for here."""
    last = max(quarter for quarter in range(1, timeline.last) if timeline.closed_at(quarter) < at)
    wave = session.exec(select(Wave).where(Wave.code == timeline.code(last))).one()
    measure_with(session, action_id=action_id, wave_id=wave.id or 0, by=by, at=at)


def happenings(timeline: Timeline) -> list[Happening]:
    """Every step of every story with its moment: never before the quarter's closing, nor ahead of the day of loading."""
    found = []
    for number, story in enumerate(stories()):
        before = timeline.closed_at(story.quarter) if story.quarter < timeline.last else None
        for step in story.steps:
            at = moment(_day(step, timeline), MORNING)
            before = max(at, before + BETWEEN) if before else at
            found.append(Happening(min(before, timeline.now), number, story, step))
    return found


def _day(step: Step, timeline: Timeline) -> date:
    return timeline.day_ago(step.ago) if step.at is None else timeline.day_after_closing(*step.at)


def _assign(session: Session, one: Happening, people: dict[str, Viewer], timeline: Timeline) -> int:
    story = one.story
    wave = session.exec(select(Wave).where(Wave.code == timeline.code(story.quarter))).one()
    department = session.exec(select(Department).where(Department.code == story.department)).one()
    due = timeline.day_after_closing(*story.due) if story.due else timeline.day_ahead(story.due_in)
    action = actions.assign(
        session,
        finding_ids=_findings(session, wave, story),
        title=story.title,
        problem=story.problem,
        department_id=department.id or 0,
        owner_id=people[story.owner].user_id,
        approver_id=people[story.approver].user_id,
        due_on=max(due, one.at.date()),
        wave_id=wave.id,
        form_key=f"sample company {one.number}",
        by=people[one.step.by],
        at=one.at,
    )
    return action.id or 0


def _findings(session: Session, wave: Wave, story: ActionStory) -> list[int]:
    """The findings that a story is about: all of its item, dimension or customer that were open."""
    about = select(Finding.id).where(Finding.wave_id == wave.id, Finding.state == "open").order_by(col(Finding.id))
    if story.dimension:
        codes = select(DimensionRow.id).where(DimensionRow.code == story.dimension)
        about = about.where(col(Finding.dimension_id).in_(codes))
    elif story.customer:
        mine = select(Customer.id).where(Customer.code == story.customer)
        about = about.where(col(Finding.customer_id).in_(mine))
        items = select(ItemRow.id).where(col(ItemRow.code).in_(story.items))
        about = about.where(col(Finding.item_id).is_(None) | col(Finding.item_id).in_(items))
    else:
        items = select(ItemRow.id).where(ItemRow.code == story.item)
        about = about.where(col(Finding.item_id).in_(items), col(Finding.customer_id).is_(None))
    return [key for key in session.exec(about) if key is not None]
