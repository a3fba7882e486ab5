"""Returns: how many questionnaires are back, who is silent, who is to be chased, and where the index could lie."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import pandas as pd
import streamlit as st

from components import clock, drawn, exports, formats, head, notices, states, status, wave_chase
from components.formats import NOTHING, count, percent, shown
from components.matrix import ROW_HEIGHT, height_of
from components.texts import _, language, ngettext
from components.wave_mails import Tried
from db.queries.calendars import calendar_of
from db.queries.returns import Board, GroupReturns, SilentCustomer, board, chase_page, returns_by, silent_customers
from db.queries.waves import SurveyWave
from db.session import read_session
from domain.access import Viewer
from domain.errors import N_
from domain.returns import IndexRange, coverage, working_days_left
from domain.scheme import Name
from domain.tables import Table
from domain.workdays import WorkingCalendar
from services import sending
from settings import settings

GROUPS: Final = {"segment": N_("Segment"), "owner": N_("Sales owner"), "channel": N_("Channel")}
MOST_ROWS: Final = 7


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The section."""
    if wave.state == "planned":
        states.empty(":material/inbox:", _("Not open yet"), _("What comes back is counted from the first day on."))
        return
    with read_session() as session:
        figures = board(session, viewer, wave)
        silent = silent_customers(session, viewer, wave)
        groups = {by: returns_by(session, viewer, wave, by) for by in GROUPS}
        calendar = calendar_of(session, wave.layout.scheme.calendar)
        asks = viewer.may("run_waves") and wave.state == "open"
        waiting = sending.to_remind(session, wave_id=wave.id, by=viewer, at=clock.now()) if asks else None
        chased = chase_page(session, viewer, wave) if viewer.may("view_personal") else None
    if not figures.returns.sent:
        _nothing_sent(viewer, wave)
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_window(figures, calendar), width="content")
        head.place_actions()
    exports.button(viewer, "returns", _tables(groups, silent), wave_id=wave.id, period=wave.code)
    if waiting is not None:
        with head.actions():
            _remind_all(viewer, wave, waiting)
    _key_figures(wave, figures, calendar)
    left, right = st.columns([1.6, 1], gap="small")
    with left, states.card(_("Response rate by"), _("lowest first")):
        _groups(wave, {by: rows for by, rows in groups.items() if rows})
    with right, states.card(_("Silent customers"), _("asked, no valid answer yet")):
        _silent(wave, silent)
    if chased is not None:
        wave_chase.draw(viewer, wave, chased, calendar)


def _window(figures: Board, calendar: WorkingCalendar) -> str:
    """Until when what is outstanding counts as in time, and how sure that day is."""
    if figures.due_on is None:
        return _("Nothing is outstanding any more.")
    day = formats.day(figures.due_on, today=clock.today())
    sure = " " + _("(provisional: the holidays of that year aren't published yet)")
    return _("In time until {day}", day=day) + (sure if calendar.is_provisional(figures.due_on.year) else "")


def _nothing_sent(viewer: Viewer, wave: SurveyWave) -> None:
    caption = _("Responses that came by import or on an open link have no invitation, and so no response rate.")
    button = _("Send the questionnaire") if viewer.may("run_waves") and not wave.is_imported else ""
    if states.empty(":material/outgoing_mail:", _("Nothing was sent from here"), caption, button, key="returns.send"):
        st.query_params["section"] = "sending"
        st.rerun()


def _remind_all(viewer: Viewer, wave: SurveyWave, waiting: int) -> None:
    """The one primary button: everybody who is outstanding and hasn't said no gets a mail, at most one a day."""
    is_set = settings().mail_server is not None
    nobody = None if waiting else sending.NobodyToRemind().explain(_)
    pressed = st.button(
        ngettext("Remind {n} contact", "Remind all {n} contacts", waiting),
        type="primary",
        icon=":material/notifications:",
        disabled=not waiting or not is_set,
        help=nobody
        if is_set
        else _("No mail server is set (SMTP_URL and MAIL_FROM): remind by phone or message below."),
        key="returns.remind_all",
    )
    if pressed:
        made = Tried(
            lambda session: sending.remind_all(
                session, wave_id=wave.id, form_key=uuid4().hex, by=viewer, at=clock.now()
            )
        )
        if made.worked:
            notices.say(ngettext("{n} reminder queued", "{n} reminders queued", made.result.mails))
            st.rerun()


def _key_figures(wave: SurveyWave, figures: Board, calendar: WorkingCalendar) -> None:
    places = st.columns([1.1, 1, 1, 1.1], gap="small")
    with places[0]:
        _rate_card(wave, figures)
    with places[1]:
        _open_card(wave, figures, calendar)
    with places[2]:
        _coverage_card(wave, figures)
    with places[3]:
        _range_card(figures)


def _rate_card(wave: SurveyWave, figures: Board) -> None:
    returns, target = figures.returns, wave.layout.scheme.targets.response_rate
    delta, goal = None, ""
    if target is not None and returns.rate is not None:
        delta = states.Delta(formats.signed((returns.rate - target) * 100), beside=_("points from target"))
        goal = f" · {_('Target')} **{target * 100:g} %**"
    states.metric_card(
        _("Response rate"),
        percent(returns.rate, *([] if target is None else [target])),
        delta=delta,
        caption=_("in time {part} / {whole}", part=count(returns.in_time), whole=count(returns.sent)) + goal,
        more=_("Returned in time / sent. Late ones don't count here, and undeliverable ones stay in what was sent."),
    )


def _open_card(wave: SurveyWave, figures: Board, calendar: WorkingCalendar) -> None:
    returns, today = figures.returns, clock.today()
    badge = ""
    if figures.due_on and wave.state == "open":
        late = (figures.due_on - today).days
        days = working_days_left(figures.due_on, today, calendar) if late > 0 else late
        badge = (
            f":gray-badge[{_('Window over')}]"
            if late < 0
            else status.due_badge(days, working_days=late > 0 and language() != "en")
        )
    told = [_("Late {n}", n=count(returns.late)), _("Undeliverable {n}", n=count(returns.undeliverable))]
    states.metric_card(
        _("Outstanding"),
        count(returns.outstanding),
        badge=badge,
        delta=states.Delta(count(returns.returned), beside=_("returned")),
        caption=" · ".join(told),
    )


def _coverage_card(wave: SurveyWave, figures: Board) -> None:
    share, target = coverage(figures.surveyed, figures.in_scope), wave.layout.scheme.targets.coverage
    goal = f" · {_('Target')} **{target * 100:g} %**" if target is not None else ""
    states.metric_card(
        _("Coverage"),
        percent(min(1.0, share) if share is not None else None, *([] if target is None else [target])),
        delta=states.Delta(count(figures.surveyed), beside=_("customers asked")),
        caption=_("of {n} in scope", n=count(figures.in_scope)) + goal,
    )


def _range_card(figures: Board) -> None:
    """Where the index could lie had everybody answered."""
    found, by_value = figures.equal, figures.by_value
    caption = _("by yearly business {range}", range=_ends(by_value)) if by_value else _("every questionnaire alike")
    states.metric_card(
        _("Index could be"),
        _ends(found),
        delta=states.Delta(percent(found.silent_share), beside=_("silent")) if found else None,
        caption=caption,
        more=_(
            "The index now is {score}. It would lie at the lower end had all who are silent given the worst answers, "
            "and at the upper end had they given the best.",
            score=shown(figures.index.score),
        ),
    )


def _ends(found: IndexRange | None) -> str:
    return NOTHING if found is None else f"{shown(found.low)}–{shown(found.high)}"


def _groups(wave: SurveyWave, groups: dict[str, list[GroupReturns]]) -> None:
    if not groups:
        st.caption(_("Too few to be shown apart."))
        return
    by = st.segmented_control(
        _("Response rate by"),
        list(groups),
        format_func=lambda one: _(GROUPS[one]),
        default=next(iter(groups)),
        required=True,
        label_visibility="collapsed",
        key="returns.by",
    )
    rows = groups.get(by or "", [])
    target = wave.layout.scheme.targets.response_rate
    drawn.table(
        pd.DataFrame([_group_row(one) for one in rows]),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(rows), MOST_ROWS),
        column_config=_group_columns(_(GROUPS[by or "segment"]), target),
        placeholder=NOTHING,
        alt=_("Response rate by {group}, lowest first", group=_(GROUPS[by or "segment"])),
    )


def _group_row(one: GroupReturns) -> dict[str, Any]:
    returns = one.returns
    return {
        "name": one.name or _("without"),
        "rate": None if returns.rate is None else 100 * returns.rate,
        "sent": returns.sent,
        "in_time": returns.in_time,
        "late": returns.late or None,
        "open": returns.outstanding or None,
        "undeliverable": returns.undeliverable or None,
    }


def _group_columns(name: str, target: float | None) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    goal = _("Target {percent}", percent=percent(target)) if target is not None else None
    return {
        "name": st.column_config.TextColumn(name, width=135),
        "rate": st.column_config.ProgressColumn(
            _("Response rate"), format="%.1f %%", min_value=0, max_value=100, width=115, help=goal
        ),
        "sent": number(_("Sent"), width=52),
        "in_time": number(_("In time"), width=62),
        "late": number(_("Late"), width=62),
        "open": number(_("Outstanding"), width=78),
        "undeliverable": number(_("Undeliverable"), width=84),
    }


def _silent(wave: SurveyWave, silent: Sequence[SilentCustomer]) -> None:
    if wave.is_anonymous:
        st.caption(_("This wave is anonymous: nobody sees who has answered."))
        return
    if not silent:
        st.caption(_("Every customer who was asked has answered."))
        return
    known = [one.share for one in silent if one.share is not None]
    told = ngettext("{n} customer", "{n} customers", len(silent))
    if known:
        told += " · " + _("{share} of the yearly business", share=percent(sum(known)))
    st.markdown(told)
    drawn.table(
        pd.DataFrame([_silent_row(one) for one in silent]),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(silent), MOST_ROWS - 1),
        column_config={
            "customer": st.column_config.TextColumn(_("Customer"), width=150),
            "owner": st.column_config.TextColumn(_("Sales owner"), width=85),
            "sent": st.column_config.NumberColumn(_("Sent"), width=48),
            "share": st.column_config.TextColumn(_("Weight"), width=62, help=_("Share of the yearly business")),
        },
        placeholder=NOTHING,
        alt=_("Silent customers, the weightiest first"),
    )


def _silent_row(one: SilentCustomer) -> dict[str, Any]:
    name = Name(one.customer.name_zh, one.customer.name_en).in_(language()) or one.customer.code
    share = None if one.share is None else percent(one.share)
    return {"customer": name, "owner": one.owner or None, "sent": one.sent, "share": share}


def _tables(groups: dict[str, list[GroupReturns]], silent: Sequence[SilentCustomer]) -> list[Table]:
    """What the screen shows, to take along: unrounded."""
    counts = [_("Sent"), _("In time"), _("Late"), _("Outstanding"), _("Undeliverable"), _("Response rate")]
    tables = [
        Table(
            _("Response rate by {group}", group=_(GROUPS[by])),
            [_(GROUPS[by]), *counts],
            [
                [
                    one.name,
                    *(one.returns.sent, one.returns.in_time, one.returns.late, one.returns.outstanding),
                    *(one.returns.undeliverable, one.returns.rate),
                ]
                for one in rows
            ],
        )
        for by, rows in groups.items()
    ]
    headers = [_("Code"), _("Customer"), _("Sales owner"), _("Sent"), _("Weight")]
    lines = [
        [
            one.customer.code,
            Name(one.customer.name_zh, one.customer.name_en).in_(language()),
            one.owner,
            one.sent,
            one.share,
        ]
        for one in silent
    ]
    return [*tables, Table(_("Silent customers"), headers, lines)]
