"""A new plan: what the cadence of the schemes asks for next, one press away, and any other wave by its period."""

from collections.abc import Sequence
from uuid import uuid4

import streamlit as st

from components import clock, formats, live, notices, states
from components.formats import day, plain
from components.texts import _, language
from db.queries.plans import Proposal, proposals
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import Refusal
from services import plans

SHOWN = 3


def proposed(viewer: Viewer) -> None:
    """What is due to be planned now, each with its button; otherwise one line about what comes next."""
    if not viewer.may("run_waves"):
        return
    with read_session() as session:
        found = [one for one in proposals(session, viewer, clock.today()) if one.next]
    due = [one for one in found if one.next and one.next.is_due(clock.today())]
    for one in due[:SHOWN]:
        assert one.next is not None
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            sign = f":orange-badge[:material/event_upcoming: {_('Due')}]"
            st.markdown(f"{sign} **{plain(_name(one))} · {formats.period(one.next.code)}**", width="content")
            if st.button(_("Plan it from the last one"), type="primary", key=f"plan.next.{one.scheme.code}"):
                _make(viewer, one, one.next.code, form_key=f"next:{one.scheme.code}:{one.next.code}")
    later = [one for one in found if one not in due][:SHOWN]
    if later and not due:
        names = [
            _(
                "{scheme} {period} from {day}",
                scheme=plain(_name(one)),
                period=formats.period(one.next.code),
                day=day(one.next.plan_from),
            )
            for one in later
            if one.next
        ]
        st.caption(_("Next to be planned: {names}", names=_("; ").join(names)))


def ask(viewer: Viewer) -> None:
    """Opens the form for any wave."""
    with read_session() as session:
        found = proposals(session, viewer, clock.today())
    live.hold()
    st.dialog(_("Plan a wave"), on_dismiss=lambda: live.hold(False))(_form)(viewer, found, uuid4().hex)


def _form(viewer: Viewer, found: Sequence[Proposal], form_key: str) -> None:
    if not found:
        st.info(_("There is no scheme yet. Begin one under Settings, Schemes."))
        return
    place = st.selectbox(
        _("Scheme"), range(len(found)), format_func=lambda one: _name(found[one]), key=f"{form_key}.scheme"
    )
    one = found[place or 0]
    code = st.text_input(
        _("Period"),
        one.next.code if one.next else "",
        help=_("For example 2026-Q4, 2026-H2, 2026-11 or 2026"),
        max_chars=64,
        key=f"{form_key}.{place}.code",
    )
    pilot = st.checkbox(_("Pilot"), help=_("Tried on staff or a few customers; never counted"), key=f"{form_key}.pilot")
    anonymous = st.checkbox(
        _("Anonymous"), help=_("Nobody can tell who gave which answer"), key=f"{form_key}.anonymous"
    )
    if st.button(_("Begin the plan"), type="primary", key=f"{form_key}.begin"):
        _make(viewer, one, code or "", form_key=form_key, pilot=pilot, anonymous=anonymous)


def _make(
    viewer: Viewer, one: Proposal, code: str, *, form_key: str, pilot: bool = False, anonymous: bool = False
) -> None:
    try:
        with write_session() as session:
            wave = plans.plan_like_last(
                session,
                scheme=one.scheme.code,
                code=code,
                form_key=form_key,
                by=viewer,
                at=clock.now(),
                is_pilot=pilot,
                is_anonymous=anonymous,
            )
            made = wave.code
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    live.hold(False)
    notices.say(_("Planned"))
    st.switch_page("wave.py", query_params={"scheme": one.scheme.code, "wave": made, "section": "plan"})


def _name(one: Proposal) -> str:
    return one.scheme.name.in_(language())
