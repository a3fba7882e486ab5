"""What a screen remembers in its address beside the filters, so that a link opens the same view: `?view=trends`.

As in filters.py the address wins where it was changed from outside, otherwise the widget does.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite

import streamlit as st

from components.texts import _


def pull(name: str, options: Sequence[str], default: str = "") -> str:
    """Puts the value from the address into the widget's state, where it was changed; returns the key for the widget.

    A value that isn't offered becomes `default`.
    """
    key, address = f"address.{name}", st.query_params.get(name, "")
    if key not in st.session_state or address != st.session_state.get(f"pushed.{name}"):
        st.session_state[key] = address
    if st.session_state[key] not in options:
        st.session_state[key] = default
    return key


def pull_text(name: str) -> str:
    """The same for a field that takes any text."""
    key, shown = f"address.{name}", st.query_params.get(name, "")
    if key not in st.session_state or shown != st.session_state.get(f"pushed.{name}"):
        st.session_state[key] = shown
    return key


def pull_several(name: str, options: Sequence[str]) -> str:
    """The same for a widget that takes several of the options: `?name=a&name=b`."""
    key, shown = f"address.{name}", st.query_params.get_all(name)
    if key not in st.session_state or shown != st.session_state.get(f"pushed.{name}"):
        st.session_state[key] = shown
    st.session_state[key] = [one for one in st.session_state[key] if one in options]
    return key


def push_several(name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Writes what such a widget holds into the address; returns the values."""
    if st.query_params.get_all(name) != list(values):
        st.query_params[name] = list(values)
    st.session_state[f"pushed.{name}"] = list(values)
    return tuple(values)


def pull_number(name: str) -> str:
    """The same for a number that isn't negative, None where there is none."""
    key, shown = f"address.{name}", st.query_params.get(name, "")
    if key not in st.session_state or shown != st.session_state.get(f"pushed.{name}"):
        st.session_state[key] = _number(shown)
    return key


def push_number(name: str, value: float | None) -> float | None:
    """Writes a number into the address; returns it."""
    push(name, "" if value is None else f"{value:.12g}")
    return value


def pull_day(name: str) -> str:
    """The same for a day, None where there is none."""
    key, shown = f"address.{name}", st.query_params.get(name, "")
    if key not in st.session_state or shown != st.session_state.get(f"pushed.{name}"):
        st.session_state[key] = _day(shown)
    return key


def push_day(name: str, value: date | None) -> date | None:
    """Writes a day into the address; returns it."""
    push(name, value.isoformat() if value else "")
    return value


def view(names: Mapping[str, str], default: str) -> str:
    """Draws the views of a list side by side; the code of the chosen one, which stands in the address as `view`.

    `names` are messages by code.
    """
    chosen = st.segmented_control(
        _("View"),
        list(names),
        format_func=lambda code: _(names[code]),
        required=True,
        key=pull("view", list(names), default),
        label_visibility="collapsed",
    )
    return push("view", chosen, default)


def moved(*names: str) -> bool:
    """Whether such widgets hold something else than the page was drawn with; a fragment that has fields asks it first.

    A field that is left by a tap on something outside its fragment tells both in one message, and Streamlit then runs
    the fragment alone: the choice outside would be shown as taken, and nothing would follow it.
    """
    keys = [(f"address.{name}", f"drawn.{name}") for name in names]
    kept = st.session_state
    return any(shown in kept and drawn in kept and kept[shown] != kept[drawn] for shown, drawn in keys)


def push(name: str, value: str | None, default: str = "") -> str:
    """Writes what a widget holds into the address, nothing for the default; returns the value."""
    shown = value or default
    wanted = "" if shown == default else shown
    if st.query_params.get(name, "") != wanted:
        if wanted:
            st.query_params[name] = wanted
        else:
            st.query_params.pop(name, None)
    st.session_state[f"pushed.{name}"] = wanted
    st.session_state[f"drawn.{name}"] = value
    return shown


def key(name: str) -> int:
    """The key of a thing that the address names as `?name=12`; 0, which nothing has, for anything else."""
    text = st.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


def toggle(label: str, name: str) -> bool:
    """A switch whose "on" stands in the address as `?name=1`."""
    key, shown = f"address.{name}", st.query_params.get(name) == "1"
    if key not in st.session_state or ("1" if shown else "") != st.session_state.get(f"pushed.{name}"):
        st.session_state[key] = shown
    return push(name, "1" if st.toggle(label, key=key) else "") == "1"


def clicked(name: str, picked: str | None, current: str) -> None:
    """Takes a click on a chart into the address and runs the page anew; a click that was taken already does nothing."""
    seen = st.session_state.get(f"seen.{name}")
    st.session_state[f"seen.{name}"] = picked
    if picked and picked != seen and picked != current:
        st.query_params[name] = picked
        st.rerun()


def leave(name: str) -> None:
    """Takes a value out of the address and runs the page anew."""
    st.query_params.pop(name, None)
    st.rerun()


def _number(shown: str) -> float | None:
    try:
        number = float(shown)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None


def _day(shown: str) -> date | None:
    try:
        return date.fromisoformat(shown)
    except ValueError:
        return None
