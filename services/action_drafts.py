"""What the form for a new action proposes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from db.models import Finding, Wave
from db.queries.calendars import calendar_of
from db.queries.findings import finding_rows
from db.queries.layouts import department_ids, layout_of_wave
from db.queries.people import active_people
from db.queries.responses import wave_for
from db.queries.sight import findings_in_sight
from domain.access import NotThere, Viewer
from domain.action_people import approvers, proposed_owner
from domain.scheme import ActionRules, Calendar, Scheme
from domain.subjects import snapshot

USUAL: Final = ActionRules()
"""Rules for an action outside any wave."""


@dataclass(frozen=True)
class AssignDraft:
    """What the form proposes: keys of people and department (None where there is nobody), and the day it is due."""

    wave_id: int | None
    finding_ids: tuple[int, ...]
    department_id: int | None
    owner_id: int | None
    approver_id: int | None
    due_on: date
    due_is_provisional: bool


def draft(
    session: Session,
    viewer: Viewer,
    *,
    finding_ids: Sequence[int] = (),
    wave_id: int | None = None,
    item_code: str | None = None,
    dimension_code: str | None = None,
    today: date,
) -> AssignDraft:
    """Proposes department, owner, approver and due date for findings (rules.md 6); raises NotThere, NotAllowed.

    The department is a department user's own; that of the first finding; the one that answers for the item or for all
    items of the dimension of a cell; the organiser's. Without any wave it is the viewer's.
    """
    viewer.check("assign")
    findings = findings_to_assign(session, viewer, finding_ids)
    if wave_id is not None and wave_id not in {finding.wave_id for finding in findings}:
        wave_for(session, viewer, wave_id)
    wave = session.get(Wave, wave_id or (findings[0].wave_id if findings else 0))
    scheme = layout_of_wave(session, wave).scheme if wave else None
    rules = scheme.actions if scheme else USUAL
    of_findings = next((finding.department_id for finding in findings if finding.department_id), None)
    of_cell = _answers_for(session, scheme, item_code, dimension_code) if scheme else viewer.department_id
    department = viewer.only_department or of_findings or of_cell
    people = active_people(session)
    head = proposed_owner(people, department)
    owner = head.id if head else None
    approver = next((person.id for person in approvers(people, owner, first=rules.approvers)), None)
    calendar = calendar_of(session, scheme.calendar if scheme else Calendar())
    due_on = calendar.after(today, rules.due_working_days)
    return AssignDraft(
        wave.id if wave else None,
        tuple(f.id or 0 for f in findings),
        department,
        owner,
        approver,
        due_on,
        calendar.is_provisional(due_on.year),
    )


def _answers_for(session: Session, scheme: Scheme, item_code: str | None, dimension_code: str | None) -> int | None:
    """Who must act (rules.md 5): the item's department; a dimension's when all its items have one; else the organiser."""
    mine = (
        item for item in scheme.items if item_code in (None, item.code) and dimension_code in (None, item.dimension)
    )
    codes = {item.department for item in mine}
    return department_ids(session).get(codes.pop() if len(codes) == 1 else scheme.organiser)


def findings_to_assign(session: Session, viewer: Viewer, ids: Sequence[int]) -> list[Finding]:
    """Findings by their keys, in that order; raises NotThere when one isn't there for this user."""
    viewer.check_account()
    statement = select(Finding).where(col(Finding.id).in_(ids), *findings_in_sight(viewer))
    found = {finding.id: finding for finding in session.exec(statement)} if ids else {}
    if set(found) != set(ids):
        raise NotThere
    return [found[key] for key in dict.fromkeys(ids)]


def snapshot_of(session: Session, viewer: Viewer, findings: Sequence[Finding]) -> dict[str, Any]:
    """The figures of findings as they are now, for the action to keep."""
    rows = finding_rows(session, viewer, [finding.id or 0 for finding in findings])
    return snapshot([row.subject for row in rows], [row.rule for row in rows])
