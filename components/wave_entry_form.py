"""The fast form: customer, contact, then one key per item and Enter; the next customer of the list follows by itself."""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import streamlit as st

from components import address, clock, enter_key, notices, states, wave_entry_extras, wave_words
from components.formats import count, plain
from components.texts import _, language
from db.queries.entries import EntryContact, EntryCustomer, contacts_to_enter, customers_to_enter
from db.queries.waves import SurveyWave
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import N_, Refusal
from domain.key_rows import Keyed, key_of_levels, keyed, row_of
from domain.scheme import Scheme
from services import entries
from services.training import is_trained

WAYS: Final = {"phone": N_("Phone"), "paper": N_("Paper"), "visit": N_("Visit")}
TURN, LAST, WAY, BEST = "entry.turn", "entry.last", "entry.way", "entry.one_is_best"
ROW, SAVED, LEFT, CLEAR, KEPT = "entry.row", "entry.saved", "entry.left", "entry.clear", "entry.kept"
"""The field; the turns that are over; what of them the browser hasn't yet taken out of it; whether to empty it here."""
TURNS_KEPT: Final = 5
ONE_IS_BEST: Final = N_("1 is the best")


def draw(viewer: Viewer, wave: SurveyWave) -> None:
    """The form at the left, at the right how far the list is."""
    with read_session() as session:
        offered = customers_to_enter(session, viewer, wave.id)
    asks_names = not wave.is_anonymous and wave.layout.scheme.customers_named
    if asks_names and not offered:
        caption = _("Ask the organiser to draw customers for this wave, or to send to them.")
        states.empty(":material/person_search:", _("No customer is on the list of this wave."), caption, key="no_list")
        return
    with read_session() as session:
        trained = is_trained(session, viewer.user_id, wave.layout.scheme)
    if not trained and wave.layout.scheme.interviewers.must_be_trained:
        states.refused(
            _("This scheme takes entries of trained interviewers only. Ask the organiser to record your training.")
        )
        return
    if not trained:
        hint = _("You have no training record as an interviewer yet. Ask without leading, and note what is said.")
        st.caption(f":material/school: {hint}")
    if st.session_state.pop(KEPT, False):
        # the browser has forgotten it, too: it is sent what is set in the run that draws
        _set_again(wave)
    left, right = st.columns([1.75, 1], gap="small")
    with right:
        _progress(offered, wave)
    with left, states.card():
        _form(viewer, wave, offered if asks_names else [])


def keep(wave: SurveyWave) -> None:
    """What is half-keyed stays while something else is looked at: Streamlit forgets fields that aren't drawn."""
    _set_again(wave)
    st.session_state[KEPT] = True


def _set_again(wave: SurveyWave) -> None:
    turn = st.session_state.get(f"{TURN}.{wave.id}")
    for key in [str(key) for key in st.session_state]:
        if turn and (key == f"{ROW}.{wave.id}" or (key.startswith("entry.") and turn in key)):
            st.session_state[key] = st.session_state[key]


@st.fragment
def _form(viewer: Viewer, wave: SurveyWave, offered: Sequence[EntryCustomer]) -> None:
    if address.moved("section", "part"):
        st.rerun()
    turn = st.session_state.setdefault(f"{TURN}.{wave.id}", uuid4().hex)
    scheme = wave.layout.scheme
    customer = contact = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if offered:
            customer = _customer(offered, turn)
            contact = _contact(viewer, wave, customer, turn) if customer else None
        way = st.segmented_control(
            _("Channel"), list(WAYS), format_func=lambda one: _(WAYS[one]), default="phone", required=True, key=WAY
        )
    if st.session_state.pop(CLEAR, False):
        st.session_state[f"{ROW}.{wave.id}"] = ""
    st.text_input(
        _("Answers, one key per item"),
        key=f"{ROW}.{wave.id}",
        live="150ms",
        placeholder=_("for example {row}", row="554 433 255 45 123") if not scheme.number_scale else "95 87.5 - 80",
        autocomplete="off",
    )
    row, one_is_best = _row(wave), _scale(scheme)
    now = keyed(row, scheme, one_is_best=one_is_best)
    _readback(now, scheme, one_is_best=one_is_best)
    extras = wave_entry_extras.draw(viewer, wave.id, turn)
    opinion = st.text_area(_("What the customer said"), key=f"entry.opinion.{turn}", max_chars=2000, height=68)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        agreed = st.checkbox(_("The customer agreed to the survey"), key=f"entry.agreed.{turn}")
        save = st.button(_("Save entry"), type="primary", icon=":material/keyboard_return:", key="entry.save")
    typed = enter_key.pressed(_("Answers, one key per item"), turn, st.session_state.get(SAVED, ()))
    if typed is None and not save:
        return
    now = keyed(row if typed is None else typed, scheme, one_is_best=one_is_best)
    if not now.is_complete:
        states.refused(wave_words.wrong_keys(now))
        return
    try:
        with write_session() as session:
            entries.enter(
                session,
                wave_id=wave.id,
                customer_id=customer.id if customer else None,
                contact_id=contact.id if contact else None,
                answers=now.answers,
                channel=way or "phone",
                opinions=[opinion or ""],
                extras=extras,
                agreed=agreed,
                form_key=turn,
                by=viewer,
                at=clock.now(),
            )
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return
    name = customer.name.in_(language()) if customer else _("Anonymous")
    st.session_state[f"{LAST}.{wave.id}"] = (name, row_of(now.answers, scheme, one_is_best=one_is_best))
    _next_turn(wave, turn, typed)
    notices.say(_("Saved: {customer}", customer=plain(name)))
    st.rerun()


def _row(wave: SurveyWave) -> str:
    """What stands in the field, without what is saved already and is still on its way out of it."""
    row, left = st.session_state[f"{ROW}.{wave.id}"] or "", st.session_state.get(LEFT, "")
    if left and row.startswith(left):
        return str(row.removeprefix(left))
    st.session_state[LEFT] = ""
    return str(row)


def _next_turn(wave: SurveyWave, turn: str, typed: str | None) -> None:
    """After Enter the browser empties the field, which may hold the next row's first keys; after the button nobody types."""
    st.session_state[f"{TURN}.{wave.id}"] = uuid4().hex
    if typed is None:
        st.session_state[CLEAR] = True
        return
    saved = [*st.session_state.get(SAVED, ()), enter_key.Saved(turn, typed)]
    st.session_state[SAVED], st.session_state[LEFT] = saved[-TURNS_KEPT:], typed


def _customer(offered: Sequence[EntryCustomer], turn: str) -> EntryCustomer | None:
    """The next customer of the list without an answer, unless another one is chosen."""
    known = {one.id: one for one in offered}
    key = f"entry.customer.{turn}"
    if key not in st.session_state:
        st.session_state[key] = offered[0].id
    if st.session_state[key] not in known:  # merged or taken off the list meanwhile
        st.session_state[key] = offered[0].id
    chosen = st.selectbox(_("Customer"), list(known), format_func=lambda one: _named(known[one]), key=key)
    return known.get(chosen) if chosen is not None else None


def _named(one: EntryCustomer) -> str:
    done = f" ✓ {one.responses}" if one.responses else ""
    return f"{one.code} · {one.name.in_(language())}{done}"


def _contact(viewer: Viewer, wave: SurveyWave, customer: EntryCustomer, turn: str) -> EntryContact | None:
    with read_session() as session:
        people = contacts_to_enter(session, viewer, wave.id, customer.id)
    known = {one.id: one for one in people}
    offered: list[int | None] = [*known, None]
    chosen = st.selectbox(
        _("Contact"),
        offered,
        format_func=lambda one: _person(known[one]) if one in known else _("Somebody else"),
        key=f"entry.contact.{turn}.{customer.id}",
    )
    return known.get(chosen or 0)


def _person(one: EntryContact) -> str:
    return " · ".join(part for part in (one.name, one.post, one.phone) if part)


def _scale(scheme: Scheme) -> bool:
    """What the keys mean; forms that count from the best are keyed as they stand."""
    if scheme.number_scale:
        st.caption(_("Numbers 0–100 with spaces between them; - is a blank."))
        return False
    one_is_best = bool(st.session_state.get(BEST))
    words = {level.code: level.name.in_(language()) for level in scheme.levels}
    keys = key_of_levels(scheme, one_is_best=one_is_best)
    legend = " · ".join(f"**{key}** {plain(words[code])}" for key, code in keys.items())
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{legend} · **0 -** {_('blank')}", width="content")
        st.toggle(_(ONE_IS_BEST), key=BEST)
    return one_is_best


def _readback(now: Keyed, scheme: Scheme, *, one_is_best: bool) -> None:
    """Every item with what was understood; the next one to be keyed is marked."""
    key = {code: name for name, code in key_of_levels(scheme, one_is_best=one_is_best).items()}
    words = {level.code: level.name.in_(language()) for level in scheme.levels}
    lines = []
    for place, item in enumerate(scheme.items, start=1):
        name = plain(item.name.in_(language()))
        if item.code in now.wrong:
            said = f":red-badge[:material/close: {plain(now.wrong[item.code])}]"
        elif item.code not in now.answers:
            is_next = place == len(scheme.items) - now.missing + 1
            said = ":blue-badge[:material/keyboard:]" if is_next else ""
        elif now.answers[item.code] is None:
            said = f":gray-badge[– {_('blank')}]"
        elif scheme.number_scale:
            said = f"**{now.answers[item.code]:g}**"
        else:
            code = str(now.answers[item.code])
            said = f"**{key[code]}** {plain(words[code])}"
        lines.append(f":gray[{place}] {name} {said}")
    half = -(-len(lines) // 2)
    columns = st.columns(2, gap="small")
    for column, some in zip(columns, (lines[:half], lines[half:]), strict=True):
        with column:
            st.markdown("  \n".join(some))


def _progress(offered: Sequence[EntryCustomer], wave: SurveyWave) -> None:
    """How many of the list have answered, and what was saved last."""
    listed = [one for one in offered if one.is_listed]
    done = sum(one.responses > 0 for one in listed)
    with states.card(_("List of this wave"), _("drawn or asked")):
        if listed:
            st.progress(done / len(listed), text=_("{n} of {total}", n=count(done), total=count(len(listed))))
            waiting = [one for one in listed if not one.responses]
            names = "  \n".join(f"{plain(one.code)} {plain(one.name.in_(language()))}" for one in waiting[:8])
            st.markdown(names or _("Everybody has answered."))
            if len(waiting) > 8:
                st.caption(_("and {n} more", n=count(len(waiting) - 8)))
        else:
            st.caption(_("Nobody is listed: choose any customer."))
    last = st.session_state.get(f"{LAST}.{wave.id}")
    if last:
        with states.card(_("Saved last")):
            st.markdown(f"{plain(last[0])}  \n`{last[1]}`")
            st.caption(_("Something wrong? Correct it under “Entered responses”: the old value is kept."))
