"""The record of a visit: what was planned, what it brought, opinions that were heard and defects that were seen."""

from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components import clock, notices, states
from components.call_words import VISIT_KINDS, VISIT_STATES, badge
from components.formats import NOTHING, day_in_form, period_short, plain
from components.texts import _, language
from components.wave_mails import Tried
from db.models import Visit
from db.queries.people import DepartmentInfo
from db.queries.visits import DefectLine, VisitDetail, picture
from db.session import read_session
from domain.access import Viewer
from domain.errors import N_
from domain.opinions import KINDS
from services import visits

FORMS: Final = "visit.forms"
MARKET: Final = {
    "advantages": (N_("Our advantages"), N_("what the customer values in us")),
    "competitors": (
        N_("Competitors"),
        N_("activity, strategy, prices, new products, what the customer thinks of them"),
    ),
    "buying_habits": (N_("Buying habits"), N_("who decides, how often, from whom")),
    "people_news": (N_("People"), N_("who came, who left, who decides now")),
}
"""Market information of a visit: field → its name, and what belongs there."""
RECORDS: Final = {
    "visit": (N_("Matters"), N_("Conclusions")),
    "symposium": (N_("Minutes"), N_("Conclusions")),
    "mystery": (N_("What was seen"), N_("Conclusions")),
    "inspection": (N_("What was seen"), N_("Conclusions")),
}


def title(detail: VisitDetail) -> None:
    """The way back, which visit, in which state."""
    st.page_link("visits.py", label=_("Visits"), icon=":material/arrow_back:")
    visit = detail.visit
    who = plain(detail.customer.in_(language()) or visit.purpose)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(f"{_(VISIT_KINDS[visit.kind])} · {who}", anchor=False, width="content")
        st.markdown(badge(VISIT_STATES, visit.state), width="content")


def planned(viewer: Viewer, detail: VisitDetail) -> None:
    """What was planned before."""
    visit = detail.visit
    with states.card(_("Planned before")):
        facts = {
            _("Purpose"): visit.purpose,
            _("Day"): day_in_form(visit.planned_on),
            _("Visitor"): detail.visitor,
            _("Who takes part"): visit.people,
            _("Steps"): visit.steps,
            _("Wave"): period_short(detail.wave) if detail.wave else "",
        }
        lines = [f":gray[{name}] {_lines(value) or NOTHING}" for name, value in facts.items()]
        st.markdown("  \n".join(lines))
        if visit.state == "planned" and st.button(_("Cancel this visit"), icon=":material/close:"):
            keys: dict[str, Any] = {"visit_id": visit.id or 0, "version": visit.version}
            _done(Tried(lambda s: visits.cancel_visit(s, **keys, by=viewer, at=clock.now())), _("Cancelled"))


def _lines(text: str) -> str:
    """Text of several lines, as they were written."""
    return "  \n".join(plain(line) for line in text.splitlines())


def record(viewer: Viewer, detail: VisitDetail) -> None:
    """What it brought; saved over what was saved before."""
    visit = detail.visit
    if visit.state == "cancelled":
        return
    matters, conclusions = RECORDS[visit.kind]
    with states.card(_("Record")), st.form(f"visit.record.{visit.id}.{visit.version}", border=False):
        values: dict[str, Any] = {}
        with st.container(horizontal=True):
            values["held_on"] = st.date_input(
                _("Held on"), visit.held_on or min(visit.planned_on, clock.today()), format="YYYY-MM-DD"
            )
            values["follow_up_on"] = st.date_input(_("Follow-up on"), visit.follow_up_on, format="YYYY-MM-DD")
        values["people"] = st.text_input(_("Who took part"), visit.people, max_chars=300)
        values["record"] = st.text_area(_(matters), visit.record, max_chars=8000, height=120)
        values["conclusions"] = st.text_area(_(conclusions), visit.conclusions, max_chars=4000, height=68)
        if visit.kind == "visit":
            values |= _market(visit)
        pressed = st.form_submit_button(_("Save record"), type="primary", icon=":material/check:")
    if pressed:
        keys: dict[str, Any] = {"visit_id": visit.id or 0, "version": visit.version, "today": clock.today()}
        made = Tried(lambda s: visits.record_visit(s, **keys, **values, by=viewer, at=clock.now()))
        _done(made, _("Saved"))


def _market(visit: Visit) -> dict[str, str]:
    """Market information, two fields a row."""
    found = {}
    st.markdown(f"**{_('Market information')}**")
    columns = st.columns(2, gap="xsmall")
    for place, (name, (label, what)) in enumerate(MARKET.items()):
        with columns[place % 2]:
            found[name] = st.text_area(_(label), getattr(visit, name), max_chars=4000, height=68, placeholder=_(what))
    return found


def opinions(viewer: Viewer, detail: VisitDetail) -> None:
    """What was said; it stands among the customer's opinions at once."""
    visit = detail.visit
    with states.card(_("What was said"), _("goes to the opinions")):
        for one in detail.opinions:
            word = f" :gray[{_(KINDS[one.kind])}]" if one.kind in KINDS else ""
            st.markdown(f"“{plain(one.text)}”{word}")
        if visit.state == "cancelled":
            return
        with st.form(f"visit.opinion.{_key(visit, 'said')}", border=False):
            kind = st.segmented_control(
                _("Kind"),
                list(KINDS),
                format_func=lambda name: _(KINDS[name]),
                default="problem",
                required=True,
                label_visibility="collapsed",
            )
            text = st.text_input(_("In the customer's words"), max_chars=2000)
            pressed = st.form_submit_button(_("Add opinion"), icon=":material/add:")
        if pressed:
            values: dict[str, Any] = {
                "visit_id": visit.id or 0,
                "kind": kind or "problem",
                "text": text,
                "form_key": _key(visit, "said"),
            }
            made = Tried(lambda s: visits.add_opinion(s, **values, by=viewer, at=clock.now()))
            _done(made, _("Added"), visit, "said")


def defects(viewer: Viewer, detail: VisitDetail, departments: list[DepartmentInfo]) -> None:
    """Each defect is a finding of its department until it is gone at the next look."""
    visit = detail.visit
    if visit.kind not in visits.INSPECTING:
        return
    with states.card(_("Defects"), _("each is a finding until it is gone")):
        for one in detail.defects:
            _defect(viewer, one)
        if visit.state != "cancelled":
            _new_defect(viewer, visit, departments)


def _defect(viewer: Viewer, one: DefectLine) -> None:
    defect = one.defect
    is_gone, is_there = (
        f":green-badge[:material/check: {_('Gone')}]",
        f":red-badge[:material/error: {_('Still there')}]",
    )
    sign = is_gone if defect.is_gone else is_there
    place = " · ".join(part for part in (defect.touchpoint, one.department.in_(language())) if part)
    looked = f" · {_('looked at')} {day_in_form(defect.inspected_on)}" if defect.inspected_on else ""
    st.markdown(f"{sign} **{plain(defect.defect)}** :gray[{plain(place)}{looked}]  \n{plain(defect.remark)}")
    if defect.picture_id:
        with read_session() as session:
            st.image(picture(session, viewer, defect.id or 0), width=240, alt=plain(defect.defect))
    if defect.is_gone:
        return
    with (
        st.form(f"defect.{defect.id}.{defect.inspected_on}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        remark = st.text_input(_("Looked at again"), max_chars=300, width=160)
        gone = st.form_submit_button(_("Gone"), icon=":material/check:")
        there = st.form_submit_button(_("Still there"), icon=":material/error:")
    if gone or there:
        values: dict[str, Any] = {
            "defect_id": defect.id or 0,
            "is_gone": gone,
            "on": clock.today(),
            "remark": remark or "",
        }
        _done(Tried(lambda s: visits.inspect_again(s, **values, by=viewer, at=clock.now())), _("Saved"))


def _new_defect(viewer: Viewer, visit: Visit, departments: list[DepartmentInfo]) -> None:
    known = {one.id: one.name.in_(language()) or one.code for one in departments}
    with st.form(f"visit.defect.{_key(visit, 'defect')}", border=False):
        with st.container(horizontal=True):
            touchpoint = st.text_input(_("Touchpoint"), max_chars=120)
            department = st.selectbox(
                _("Department"), list(known), index=None, format_func=known.__getitem__, placeholder=_("Choose")
            )
        text = st.text_input(_("Defect"), max_chars=1000)
        file = st.file_uploader(_("Picture"), type=["jpg", "jpeg", "png", "webp"], max_upload_size=8)
        pressed = st.form_submit_button(_("Add defect"), icon=":material/add:")
    if not pressed:
        return
    if department is None:
        states.refused(_("Choose the department."))
        return
    values: dict[str, Any] = {"touchpoint": touchpoint, "defect": text, "department_id": department}
    shown: dict[str, Any] = {"picture": file.getvalue() if file else b"", "picture_name": file.name if file else ""}
    keys: dict[str, Any] = {"visit_id": visit.id or 0, "form_key": _key(visit, "defect")}
    made = Tried(lambda s: visits.add_defect(s, **keys, **values, **shown, by=viewer, at=clock.now()))
    _done(made, _("Added"), visit, "defect")


def _key(visit: Visit, form: str) -> str:
    """A form's key, kept until it worked, so that a rerun can't save twice."""
    known: dict[Any, str] = st.session_state.setdefault(FORMS, {})
    return known.setdefault((visit.id, form), uuid4().hex)


def _done(made: Tried, said: str, visit: Visit | None = None, form: str = "") -> None:
    if made.worked:
        if visit is not None:
            st.session_state[FORMS].pop((visit.id, form), None)
        notices.say(said)
        st.rerun()
