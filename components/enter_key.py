"""Enter in a text field as an event of its own: Streamlit's field only says that its value changed."""

from functools import cache
from typing import Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

SCRIPT: Final = """
export default function ({ data, setTriggerValue }) {
    const name = field => field.getAttribute && field.getAttribute('aria-label')
    const listen = event => {
        if (event.key === 'Enter' && !event.isComposing && name(event.target) === data.field)
            setTriggerValue('pressed', event.target.value)
    }
    document.addEventListener('keydown', listen)
    if (data.turn !== window.enterKeyTurn) {
        window.enterKeyTurn = data.turn
        setTimeout(() => {
            const field = [...document.querySelectorAll('input')].find(one => name(one) === data.field)
            if (field) field.focus()
        }, 50)
    }
    return () => document.removeEventListener('keydown', listen)
}
"""


def pressed(field: str, turn: str) -> str | None:
    """What stood in the field with this label when Enter was pressed in it, None in every other run.

    With each new `turn` the field gets the focus. Call it in the run, never at import: the server must be there first.
    """
    found = _component()(
        key=f"enter.{field}", data={"field": field, "turn": turn}, height=1, on_pressed_change=lambda: None
    )
    value = getattr(found, "pressed", None)
    return value if isinstance(value, str) else None


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("enter_key", js=SCRIPT)
