"""What can be done with an action on its screen: take its next step, edit it without losing anybody's work, comment."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import action_words, clock, formats, live, notices, states
from components.finding_words import action_name
from components.states import FieldChange
from components.texts import _, language
from db.queries.evidence import worked_before
from db.session import read_session, write_session
from domain.access import Viewer
from domain.action_gates import CAUSE_CATEGORIES, COUNTERMEASURE_KINDS, EFFECTIVE, NOT_EFFECTIVE, GateFailure
from domain.action_names import FIELDS
from domain.action_people import Person, actor_of, approvers, owners
from domain.action_rows import ActionDetail
from domain.action_states import EDITABLE, State, Transition, may, steps_from
from domain.errors import Refusal
from domain.scheme import Name
from services import actions
from services.action_checks import DESCRIBING
from services.actions import ActionChangedMeanwhile

FIXED: Final[dict[str, dict[str, str]]] = {"close": {"verdict": EFFECTIVE}, "reopen": {"verdict": NOT_EFFECTIVE}}
"""Steps → what they record."""
ASKED: Final = {"implement": "evidence", "cancel": "cancel_reason", "send_back": "sent_back_reason"}
"""Steps → the text that they ask for."""
GROUNDS: Final = "verdict_reason"
"""The text that a step with a verdict asks for, where the figures don't suggest it."""
OF_THE_ACTOR: Final = frozenset(
    {
        *("approver", "approver_is_owner", "checker_is_owner", "confirm"),
        *("not_next", "signed_twice", "last_to_sign", "others_sign_after"),
    }
)
"""Gates that say who may; a step that isn't for this reader isn't offered."""
ICONS: Final = {"cancel": ":material/block:", "send_back": ":material/undo:", "reopen": ":material/undo:"}
TEXTS: Final = (
    "cause",
    "containment",
    "containment_not_applicable",
    "countermeasure",
    "prevention",
    "prevention_not_applicable",
    "evidence",
)
EDITED: Final = "action.edited"
TAKEN_OVER: Final = ("containment", "countermeasure", "prevention")
"""Texts of an action that worked before, for another one."""


def steps(viewer: Viewer, detail: ActionDetail) -> list[GateFailure | Refusal]:
    """Draws the steps that this reader may take now; returns what stood in the way of the one that was pressed."""
    for place, step in enumerate(offered(viewer, detail)):
        is_main = place == 0 and step.verb != "cancel"
        icon = ICONS.get(step.verb, ":material/check:" if is_main else None)
        if not st.button(
            _(step.name),
            type="primary" if is_main else "secondary",
            icon=icon,
            key=f"action.step.{step.verb}.{detail.version}",
        ):
            continue
        if step.verb in ASKED or GROUNDS in {failure.gate for failure in missing(viewer, detail, step)}:
            live.hold()
            dialog = st.dialog(_(step.name), on_dismiss=_released)
            dialog(_ask)(viewer, detail, step, uuid4().hex)
            return []
        return _take(viewer, detail, step, FIXED.get(step.verb, {}))
    return []


def offered(viewer: Viewer, detail: ActionDetail) -> list[Transition]:
    """Steps from this state that are this reader's to take, the main one first."""
    found = steps_from(detail.row.state) if detail.may_edit else ()
    return [step for step in found if not {failure.gate for failure in missing(viewer, detail, step)} & OF_THE_ACTOR]


def missing(viewer: Viewer, detail: ActionDetail, step: Transition) -> list[GateFailure]:
    """What a step still needs, given what it records by itself."""
    values: dict[str, Any] = dict(FIXED.get(step.verb, {}))
    if values:
        values["verified_by_id"] = viewer.user_id
    return may(replace(detail.facts, **values), step, actor_of(viewer))


def still_missing(viewer: Viewer, detail: ActionDetail) -> None:
    """One line: what the next step still needs."""
    for step in offered(viewer, detail)[:1]:
        needed = [failure for failure in missing(viewer, detail, step) if failure.gate != ASKED.get(step.verb)]
        if needed and step.verb != "cancel":
            listed = " ".join(failure.explain(_) for failure in needed)
            st.caption(_('Before "{step}": {needs}', step=_(step.name), needs=listed))


def _take(
    viewer: Viewer, detail: ActionDetail, step: Transition, fields: dict[str, Any]
) -> list[GateFailure | Refusal]:
    needed: Sequence[GateFailure | Refusal] = [] if fields else missing(viewer, detail, step)
    if not needed:
        refusal = _written(
            lambda session: actions.advance(
                session,
                action_id=detail.row.id,
                version=detail.version,
                verb=step.verb,
                by=viewer,
                at=clock.now(),
                **fields,
            )
        )
        if refusal is None:
            notices.say(_(step.name))
            _released()
            st.rerun()
        needed = [refusal]
    return list(needed)


def _ask(viewer: Viewer, detail: ActionDetail, step: Transition, key: str) -> None:
    """The text that a step needs, then the step."""
    field = ASKED.get(step.verb, GROUNDS)
    for failure in missing(viewer, detail, step):
        if failure.gate == GROUNDS:
            st.caption(failure.explain(_))
    text = st.text_area(_(FIELDS[field]), detail.fields.get(field, ""), height=120, key=f"action.{key}.{field}")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("Back"), key=f"action.{key}.back"):
            _released()
            st.rerun()
        if st.button(_(step.name), type="primary", key=f"action.{key}.take"):
            for refusal in _take(viewer, detail, step, {**FIXED.get(step.verb, {}), field: text or ""}):
                states.refused(refusal.explain(_))


def comment(viewer: Viewer, detail: ActionDetail) -> None:
    """A remark for the history."""
    if not detail.may_edit:
        return
    with st.form("action.comment", border=False, clear_on_submit=True):
        text = st.text_input(_("Comment"), max_chars=1000, placeholder=_("Add a comment"), label_visibility="collapsed")
        if st.form_submit_button(_("Add comment"), type="tertiary") and text.strip():
            refusal = _written(
                lambda session: actions.comment(session, action_id=detail.row.id, text=text, by=viewer, at=clock.now())
            )
            states.refused(refusal.explain(_)) if refusal else st.rerun()


def is_editing(detail: ActionDetail) -> bool:
    """Whether the reader is editing this action."""
    edited = st.session_state.get(EDITED)
    return bool(edited and edited["id"] == detail.row.id and editable(detail))


def editable(detail: ActionDetail) -> frozenset[str]:
    """Fields that the form offers in this state."""
    if not detail.may_edit:
        return frozenset()
    allowed = EDITABLE[State(detail.row.state)] & {
        *TEXTS,
        "cause_category",
        "countermeasure_kind",
        "owner_id",
        "approver_id",
        "due_on",
    }
    return allowed | (DESCRIBING if "cause" in allowed else frozenset())


def edit_button(detail: ActionDetail) -> None:
    """Begins editing from what is on the screen."""
    if editable(detail) and not is_editing(detail):
        begin: dict[str, Any] = {
            "id": detail.row.id,
            "version": detail.version,
            "base": dict(detail.fields),
            "key": uuid4().hex,
        }
        st.button(_("Edit"), icon=":material/edit:", key="action.edit", on_click=_begin, args=(begin,))


def edit(viewer: Viewer, detail: ActionDetail, people: Sequence[Person], departments: dict[int, Name]) -> None:
    """The form of an action; what somebody else saved meanwhile is shown, and nothing typed here is lost."""
    edited = st.session_state[EDITED]
    key, fields = f"action.edit.{edited['key']}", editable(detail)
    begin = {**edited["base"], **edited.get("mine", {})}
    if told := edited.get("told"):
        _changed(told, detail, departments)
    elif refused := edited.get("refused"):
        states.refused(refused.explain(_))
    typed: dict[str, Any] = {}
    with states.card(_("Edit action")):
        _describe(viewer, typed, begin, fields, key, people, departments)
        if "countermeasure" in fields:
            _worked_before(viewer, detail, edited)
        _plan(typed, begin, fields, key)
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button(_("Cancel"), key=f"{key}.cancel", on_click=_end)
            if st.button(_("Save"), type="primary", icon=":material/check:", key=f"{key}.save"):
                _save(viewer, detail, typed, edited)


def _worked_before(viewer: Viewer, detail: ActionDetail, edited: dict[str, Any]) -> None:
    """What helped against the same before; one press takes its texts over into fields, not saved yet."""
    with read_session() as session:
        found = worked_before(session, viewer, detail.row.id)
    if not found:
        return
    with st.expander(_("What worked before ({n})", n=formats.count(len(found))), icon=":material/lightbulb:"):
        for one in found:
            closed = formats.day_in_form(one.closed_on)
            st.markdown(f"**{formats.plain(action_name(one.number))} {formats.plain(one.title)}** :gray[{closed}]")
            for name in TAKEN_OVER:
                if text := getattr(one, name):
                    st.caption(f"{_(FIELDS[name])}{_(': ')}{formats.plain(text)}")
            st.button(
                _("Take these texts over"),
                icon=":material/content_copy:",
                key=f"action.take.{one.number}.{edited['key']}",
                on_click=_take_over,
                args=(edited["key"], {name: getattr(one, name) for name in TAKEN_OVER if getattr(one, name)}),
            )


def _take_over(key: str, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        st.session_state[f"action.edit.{key}.{name}"] = text


def _describe(
    viewer: Viewer,
    typed: dict[str, Any],
    base: dict[str, Any],
    fields: frozenset[str],
    key: str,
    people: Sequence[Person],
    departments: dict[int, Name],
) -> None:
    if "title" in fields:
        typed["title"] = st.text_input(_("Action title"), base["title"], max_chars=200, key=f"{key}.title")
    left, right = st.columns(2, gap="small")
    names = {one: name.in_(language()) for one, name in departments.items()}
    department = base["department_id"]
    if "department_id" in fields:
        fixed = viewer.only_department is not None
        typed["department_id"] = department = _choice(left, "department_id", names, base, key, fixed=fixed)
    if "due_on" in fields:
        typed["due_on"] = left.date_input(_("Due date"), base["due_on"], format="YYYY-MM-DD", key=f"{key}.due_on")
    owner = base["owner_id"]
    if "owner_id" in fields:
        able = {one.id: one.name for one in owners(people, department)}
        typed["owner_id"] = owner = _choice(right, "owner_id", able, base, key, again=str(department))
    if "approver_id" in fields:
        able = {one.id: one.name for one in approvers(people, owner)}
        typed["approver_id"] = _choice(right, "approver_id", able, base, key)
    if "problem" in fields:
        typed["problem"] = _area("problem", base, key)


def _plan(typed: dict[str, Any], base: dict[str, Any], fields: frozenset[str], key: str) -> None:
    if "cause" in fields:
        lines = _area("whys", {"whys": "\n".join(base["whys"])}, key, _("One answer to “why?” on each line"))
        typed["whys"] = [line for line in lines.splitlines() if line.strip()]
        typed["cause"] = _area("cause", base, key, _("The last answer: what can be changed"))
        names = {"": _("Choose"), **{code: _(name) for code, name in CAUSE_CATEGORIES.items()}}
        typed["cause_category"] = _choice(st, "cause_category", names, base, key) or ""
        typed["countermeasure"] = _area("countermeasure", base, key)
        kinds = {"": _("Choose"), **{code: _(name) for code, name in COUNTERMEASURE_KINDS.items()}}
        typed["countermeasure_kind"] = _choice(st, "countermeasure_kind", kinds, base, key) or ""
    for name in ("containment", "prevention"):
        if name in fields:
            left, right = st.columns(2, gap="small")
            with left:
                typed[name] = _area(name, base, key)
            with right:
                typed[f"{name}_not_applicable"] = _area(
                    f"{name}_not_applicable", base, key, _("Only where there is none")
                )
    if "cost_cents" in fields:
        _cost(typed, base, key)
    if "evidence" in fields:
        typed["evidence"] = _area(
            "evidence", base, key, _("What shows that it is in place: report, change note, picture")
        )


def _label(name: str) -> str:
    return _(FIELDS[name])


def _cost(typed: dict[str, Any], base: dict[str, Any], key: str) -> None:
    left, right, _rest = st.columns([1, 1, 2], gap="small")
    cents = base["cost_cents"]
    amount = left.number_input(
        _label("cost_cents"),
        min_value=0.0,
        value=None if cents is None else cents / 100,
        step=None,
        format="%.2f",
        key=f"{key}.cost",
    )
    currency = right.text_input(
        _label("cost_currency"), base["cost_currency"] or "CNY", max_chars=3, key=f"{key}.currency"
    )
    typed["cost_cents"] = None if amount is None else round(amount * 100)
    typed["cost_currency"] = "" if amount is None else (currency or "").strip().upper()


def _area(name: str, base: dict[str, Any], key: str, placeholder: str = "") -> str:
    return (
        st.text_area(_label(name), base[name], height=86, placeholder=placeholder, max_chars=5000, key=f"{key}.{name}")
        or ""
    )


def _choice(
    place: Any,
    name: str,
    names: dict[Any, str],
    base: dict[str, Any],
    key: str,
    *,
    again: str = "",
    fixed: bool = False,
) -> Any:
    options = list(names)
    index = options.index(base[name]) if base[name] in options else 0 if options else None
    label = _(FIELDS[name])
    widget = f"{key}.{name}.{again}".rstrip(".")
    return place.selectbox(label, options, index, format_func=lambda one: names[one], key=widget, disabled=fixed)


def _save(viewer: Viewer, detail: ActionDetail, typed: dict[str, Any], edited: dict[str, Any]) -> None:
    """Sends only what was changed here, over the version that was last seen."""
    mine = {name: value for name, value in typed.items() if _stored(value) != _stored(edited["base"][name])}
    refusal = _written(
        lambda session: actions.edit(
            session, action_id=detail.row.id, version=edited["version"], by=viewer, at=clock.now(), **mine
        )
    )
    if refusal is None:
        notices.say(_("Saved"))
        _end()
    elif isinstance(refusal, ActionChangedMeanwhile):
        _adopt(refusal, edited, mine)
    else:
        edited.update(refused=refusal, told=None)
    st.rerun()


def _adopt(told: ActionChangedMeanwhile, edited: dict[str, Any], mine: dict[str, Any]) -> None:
    """What somebody else changed becomes the base; a field that was changed here, too, keeps what was typed here.

    The widgets get a new key, and begin with the new values and with what was typed.
    """
    base = edited["base"]
    for name, (_old, new) in told.changes.items():
        base[name] = date.fromisoformat(new) if name == "due_on" and new else new
    edited.update(version=told.version, told=told, refused=None, mine=mine, key=uuid4().hex)


def _changed(told: ActionChangedMeanwhile, detail: ActionDetail, departments: dict[int, Name]) -> None:
    names = {key: name.in_(language()) for key, name in departments.items()}
    changes = [
        FieldChange(
            _(FIELDS[field]),
            action_words.value(field, old, detail.people, names),
            action_words.value(field, new, detail.people, names),
        )
        for field, (old, new) in told.changes.items()
        if field in FIELDS
    ]
    states.changed_meanwhile(told.who, formats.moment(told.when, clock.zone()), changes)


def _stored(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _begin(edited: dict[str, Any]) -> None:
    st.session_state[EDITED] = edited


def _end() -> None:
    st.session_state.pop(EDITED, None)


def _released() -> None:
    live.hold(False)


def _written(write: Callable[[Any], Any]) -> Refusal | None:
    """Runs a write in a transaction of its own; gives back what it was refused for, with nothing saved."""
    try:
        with write_session() as session:
            write(session)
    except Refusal as refusal:
        return refusal
    return None
