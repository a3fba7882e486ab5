"""The form that makes a corrective action out of a red cell, prefilled so that Save is all that is left to press."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import streamlit as st

from components import clock, finding_words, live, notices, states
from components.finding_words import action_name
from components.texts import _, language
from db.queries.findings import finding_for, finding_rows
from db.queries.people import DepartmentInfo, active_people, departments
from db.queries.subjects import subject_of
from db.session import read_session, write_session
from domain.access import Viewer
from domain.action_people import Person, approvers, owners, proposed_owner
from domain.action_states import FINAL
from domain.errors import Refusal
from domain.subjects import FindingRow, Subject, snapshot
from services import actions
from services.actions import AssignDraft
from services.users import ROLE_NAMES

SAVED = "assign_form.saved"
Then = Callable[[Any, int], None]
"""What else is written in the transaction that saves an action; it is given the action's key."""


@dataclass(frozen=True)
class Opened:
    """What an open form is about; `form_key` makes sure that it is saved once, `running` are actions about it already."""

    form_key: str
    draft: AssignDraft
    cell: Subject | None
    subjects: dict[Subject, list[int]]
    running: list[int]
    people: list[Person] = field(repr=False)
    departments: list[DepartmentInfo] = field(repr=False)
    is_brief: bool = False
    then: Then | None = field(default=None, repr=False)

    @property
    def about(self) -> list[Subject]:
        """The cell first, then the subjects of the findings."""
        return list(dict.fromkeys([*([self.cell] if self.cell else []), *self.subjects]))


def assign(
    viewer: Viewer,
    wave_id: int | None = None,
    *,
    customer_id: int | None = None,
    item_id: int | None = None,
    dimension_code: str | None = None,
    finding_ids: Sequence[int] = (),
    brief: bool = False,
    then: Then | None = None,
) -> None:
    """Opens the form for a cell of a wave, for findings, or for neither; whoever may not see them gets a refusal.

    A `brief` one asks for title, owner and day only, and Enter saves it: for the projector.
    Call it in the run in which a button was pressed. Raises NotThere, NotAllowed.
    """
    cell: dict[str, Any] = {"customer_id": customer_id, "item_id": item_id, "dimension_code": dimension_code}
    with read_session() as session:
        ids, about = list(finding_ids), None
        if wave_id is not None and not finding_ids:
            ids = finding_for(session, viewer, wave_id, **cell)
            about = subject_of(session, viewer, wave_id, **cell)
        rows = finding_rows(session, viewer, ids)
        item_code = about.item.code if about and about.item else None
        draft = actions.draft(
            session,
            viewer,
            finding_ids=ids,
            wave_id=wave_id,
            item_code=item_code,
            dimension_code=dimension_code,
            today=clock.today(),
        )
        people, everywhere = active_people(session), departments(session)
    links = (link for row in rows for link in row.actions if link.state not in FINAL)
    running = sorted({link.number for link in links})
    opened = Opened(uuid4().hex, draft, about, _by_subject(rows), running, people, everywhere, brief, then)
    live.hold()
    form = _brief if brief else _form
    st.dialog(_("Assign corrective action"), width="large" if brief else "medium", on_dismiss=_dismissed)(form)(
        viewer, opened
    )


def new_action(viewer: Viewer) -> None:
    """Opens the form for an action that no finding asks for."""
    assign(viewer)


def saves() -> int:
    """How many actions this session has saved; in the key of a table it clears the selection after saving."""
    return int(st.session_state.get(SAVED, 0))


def _by_subject(rows: Sequence[FindingRow]) -> dict[Subject, list[int]]:
    found: dict[Subject, list[int]] = {}
    for row in rows:
        found.setdefault(row.subject, []).append(row.id)
    return found


def _form(viewer: Viewer, opened: Opened) -> None:
    """The fields; each has a key of this form, so that what is half typed stays."""
    if opened.about:
        st.markdown(finding_words.headline(opened.about[0]))
    if opened.running:
        st.caption(_("Handled already by {actions}.", actions=", ".join(map(action_name, opened.running))))
    key = f"assign.{opened.form_key}"
    proposed = finding_words.title([opened.cell] if opened.cell else opened.about)
    title = st.text_input(_("Action title"), proposed, max_chars=200, key=f"{key}.title")
    left, right = st.columns(2, gap="small")
    with left:
        department_id = _department(viewer, opened, key)
        due_on = _due(opened, key)
    with right:
        owner_id = _owner(opened, department_id, key)
        approver_id = _approver(opened, owner_id, key)
    handled = _handled(opened, key)
    containment = st.text_area(
        _("Containment (can follow later)"),
        height=68,
        placeholder=_("For example: stock raised by 3 days of use; a call before each shipment"),
        key=f"{key}.containment",
    )
    refused = st.container()
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("Cancel"), key=f"{key}.cancel"):
            _close()
        pressed = st.button(_("Save action"), type="primary", icon=":material/check:", key=f"{key}.save")
    if pressed:
        fields = {"title": title, "department_id": department_id, "owner_id": owner_id, "approver_id": approver_id}
        with refused:
            _save(viewer, opened, handled, due_on, fields | {"containment": containment})


def _brief(viewer: Viewer, opened: Opened) -> None:
    """What a meeting has to know: what, who, until when. The rest is as the form proposes it."""
    if opened.about:
        st.markdown(finding_words.headline(opened.about[0]))
    key, draft = f"assign.{opened.form_key}", opened.draft
    proposed = finding_words.title([opened.cell] if opened.cell else opened.about)
    left, right = st.columns([1.4, 1], gap="small")
    with left:
        owner_id = _owner(opened, draft.department_id, key)
    with right:
        due_on = _due(opened, key)
    title = st.text_input(_("Action title"), proposed, max_chars=200, key=f"{key}.title")
    if st.button(_("Save action"), icon=":material/check:", key=f"{key}.save", shortcut="Enter"):
        approver = next((one.id for one in approvers(opened.people, owner_id) if one.id == draft.approver_id), None)
        fields = {"title": title, "department_id": draft.department_id, "owner_id": owner_id, "approver_id": approver}
        _save(viewer, opened, list(opened.subjects), due_on, fields)


def _department(viewer: Viewer, opened: Opened, key: str) -> int | None:
    names = {one.id: one.name.in_(language()) or one.code for one in opened.departments}
    return _choice(
        _("Department"), names, opened.draft.department_id, f"{key}.department", viewer.only_department is not None
    )


def _owner(opened: Opened, department_id: int | None, key: str) -> int | None:
    able, proposed = owners(opened.people, department_id), proposed_owner(opened.people, department_id)
    key = f"{key}.owner.{department_id}"
    if proposed is None:
        names = {one.id: f"{one.name} · {_(ROLE_NAMES[one.role])}" for one in able}
        return _select(_("Owner"), names, None, key, placeholder=_("Nobody in the department: choose who acts"))
    names = {one.id: f"{one.name} · {_('head')}" if one.is_head else one.name for one in able}
    return _choice(_("Owner"), names, proposed.id, key)


def _approver(opened: Opened, owner_id: int | None, key: str) -> int | None:
    able = approvers(opened.people, owner_id)
    names = {one.id: f"{one.name} · {_(ROLE_NAMES[one.role])}" for one in able}
    return _choice(_("Approver"), names, opened.draft.approver_id, f"{key}.approver")


def _choice(label: str, names: dict[int, str], proposed: int | None, key: str, fixed: bool = False) -> int | None:
    options = list(names)
    index = options.index(proposed) if proposed in options else 0 if options else None
    return _select(label, names, index, key, disabled=fixed)


def _select(label: str, names: dict[int, str], index: int | None, key: str, **look: Any) -> int | None:
    return st.selectbox(label, list(names), index, format_func=names.__getitem__, key=key, **look)


def _due(opened: Opened, key: str) -> date | None:
    note = _("The make-up days of that year are not published yet.") if opened.draft.due_is_provisional else None
    return st.date_input(_("Due date"), opened.draft.due_on, format="YYYY-MM-DD", key=f"{key}.due", help=note)


def _handled(opened: Opened, key: str) -> list[Subject]:
    """The subjects of the findings that the action is to handle."""
    options = list(opened.subjects)
    if not options:
        return []
    whose = {finding_words.customer_name(one) for one in options}
    label = finding_words.with_score if len(whose) == 1 else _full
    places = range(len(options))
    chosen = st.multiselect(
        _("Findings handled together"),
        places,
        default=list(places),
        format_func=lambda place: label(options[place]),
        placeholder=_("Choose"),
        key=f"{key}.findings",
    )
    return [options[place] for place in chosen]


def _full(subject: Subject) -> str:
    return f"{finding_words.name(subject)} {finding_words.score(subject)}"


def _save(viewer: Viewer, opened: Opened, handled: list[Subject], due_on: date | None, fields: dict[str, Any]) -> None:
    about = list(dict.fromkeys([*([opened.cell] if opened.cell else []), *handled]))
    try:
        with write_session() as session:
            saved = actions.assign(
                session,
                **fields,
                due_on=due_on,
                finding_ids=[key for one in handled for key in opened.subjects[one]],
                problem=finding_words.problem(about),
                figures=snapshot(about),
                wave_id=opened.draft.wave_id,
                customer_id=opened.cell.customer_id if opened.cell else None,
                form_key=opened.form_key,
                by=viewer,
                at=clock.now(),
            )
            if opened.then:
                opened.then(session, saved.id or 0)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    st.session_state[SAVED] = saves() + 1
    notices.say(_("Action {number} is saved.", number=action_name(saved.number)))
    _close()


def _dismissed() -> None:
    live.hold(False)


def _close() -> None:
    live.hold(False)
    st.rerun()
