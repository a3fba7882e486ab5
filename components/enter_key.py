"""Enter in a text field as an event of its own: Streamlit's field only says that its value changed.

Who keys fast is ahead of the server: while it saves one row, the next one is begun in the same field. So the field is
never emptied from here; the browser takes off what was saved, and keeps what was typed behind it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

SCRIPT: Final = """
export default function ({ data, setTriggerValue }) {
    const isField = one => one.getAttribute && one.getAttribute('aria-label') === data.field
    const listen = event => {
        if (event.key === 'Enter' && !event.isComposing && isField(event.target))
            setTriggerValue('pressed', { turn: window.enterKeyTurn, text: event.target.value })
    }
    const begin = () => {
        const field = [...document.querySelectorAll('input')].find(isField)
        if (!field) return setTimeout(begin, 50)
        const since = data.saved.findIndex(([turn]) => turn === window.enterKeyTurn)
        window.enterKeyTurn = data.turn
        let rest = field.value
        for (const [, text] of since < 0 ? [] : data.saved.slice(since))
            if (rest.startsWith(text)) rest = rest.slice(text.length)
        if (rest !== field.value) {
            Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, rest)
            field.dispatchEvent(new Event('input', { bubbles: true }))
        }
        field.focus()
    }
    document.addEventListener('keydown', listen)
    let waiting
    if (data.turn !== window.enterKeyTurn) waiting = begin()
    return () => { clearTimeout(waiting); document.removeEventListener('keydown', listen) }
}
"""


class Saved(NamedTuple):
    """A turn that is over, and what stood in the field when its Enter was pressed."""

    turn: str
    text: str


def pressed(field: str, turn: str, saved: Sequence[Saved] = ()) -> str | None:
    """What was typed in this turn into the field with this label when Enter was pressed in it; None in every other run.

    `saved` are the turns before, oldest first: the browser takes their text out of the field, and of an Enter that was
    pressed before it had done so it is taken here. An Enter that brings nothing but what was saved is none.
    With each new `turn` the field gets the focus. Call it in the run, never at import: the server must be there first.
    """
    found = _component()(
        key=f"enter.{field}",
        data={"field": field, "turn": turn, "saved": [list(one) for one in saved]},
        height=1,
        on_pressed_change=lambda: None,
    )
    return typed(getattr(found, "pressed", None), turn, saved)


def typed(said: object, turn: str, saved: Sequence[Saved]) -> str | None:
    """What belongs to this turn of what the browser said.

    >>> typed({"turn": "a", "text": "55443"}, "b", [Saved("a", "55")])
    '443'
    >>> typed({"turn": "a", "text": "55"}, "b", [Saved("a", "55")]) is None
    True
    """
    if not isinstance(said, Mapping):
        return None
    values: Mapping[str, Any] = said
    text = str(values.get("text", ""))
    if values.get("turn") == turn:
        return text
    turns = [one.turn for one in saved]
    for one in saved[turns.index(values["turn"]) :] if values.get("turn") in turns else []:
        text = text.removeprefix(one.text)
    return text or None


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("enter_key", js=SCRIPT)
