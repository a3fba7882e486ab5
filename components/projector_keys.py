"""The keys of the projector: arrows, Home and End, space, F and B, as events of the page.

The browser counts the slides that were asked for, so that quick presses aren't lost while the server still draws; black
screen and full screen never leave it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

KEY: Final = "projector.keys"
HEARD: Final = "projector.heard"
SECONDS: Final = 20
"""So long a slide stands when they advance by themselves."""
SCRIPT: Final = """
const NEXT = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }
export default function ({ data, setTriggerValue }) {
    const p = window.projector ??= { target: data.slide, since: 0, timer: null, uses: 0 }
    p.data = data
    p.send = setTriggerValue
    if (data.slide === p.target || Date.now() - p.since > 3000) { p.target = data.slide; p.since = 0 }
    const go = to => {
        const place = Math.max(0, Math.min(p.data.slides - 1, to))
        if (place === p.target) return
        p.target = place
        p.since = Date.now()
        p.send('asked', { to: place })
    }
    const sheet = (id, style, text) => {
        const there = document.getElementById(id)
        if (there) { there.remove(); return false }
        const made = document.createElement('div')
        made.id = id
        made.style.cssText = style
        made.textContent = text
        made.setAttribute('role', 'status')
        document.body.append(made)
        return true
    }
    const black = () => sheet('projector-black', 'position:fixed;inset:0;background:#000;z-index:1000000', '')
    const auto = () => {
        const style = 'position:fixed;top:12px;right:20px;font-size:36px;z-index:999999;font-weight:600'
        if (sheet('projector-auto', style, '\\u25B6 ' + p.data.seconds + ' s'))
            p.timer = setInterval(() => go(p.target >= p.data.slides - 1 ? 0 : p.target + 1), p.data.seconds * 1000)
        else clearInterval(p.timer)
    }
    p.hear = event => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
        if (event.target.closest?.('input, textarea, select, [contenteditable=true], [role=dialog]')) return
        if (document.querySelector('[role=dialog]')) return
        if (document.getElementById('projector-black')) { black(); event.preventDefault(); return }
        const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
        if (key in NEXT) go(p.target + NEXT[key])
        else if (key === 'Home') go(0)
        else if (key === 'End') go(p.data.slides - 1)
        else if (key === ' ') auto()
        else if (key === 'b') black()
        else if (key === 'f') document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()
        else return
        event.preventDefault()
        event.stopPropagation()
    }
    if (!p.listens) {  // once, however often the page is drawn
        p.listens = event => p.hear(event)
        document.addEventListener('keydown', p.listens, true)
    }
    const use = ++p.uses
    return () => setTimeout(() => {
        if (use !== p.uses) return
        document.removeEventListener('keydown', p.listens, true)
        p.listens = null
        clearInterval(p.timer)
        for (const id of ['projector-black', 'projector-auto']) document.getElementById(id)?.remove()
    }, 500)
}
"""


def listen(place: int, slides: int) -> None:
    """Listens from here on; `place` of `slides`, from 0, is shown now. What a key asks for is `asked` in the next run."""
    _component()(
        key=KEY,
        data={"slide": place, "slides": slides, "seconds": SECONDS},
        height=1,
        on_asked_change=_heard,
    )


def asked(slides: int) -> int | None:
    """The slide that a key asked for before this run, from 0; None in every other run."""
    return place_of(st.session_state.pop(HEARD, None), slides)


def _heard() -> None:
    said = st.session_state.get(KEY)
    st.session_state[HEARD] = said.get("asked") if isinstance(said, Mapping) else getattr(said, "asked", None)


def place_of(said: object, slides: int) -> int | None:
    """A place among the slides out of what the browser said, None for anything else.

    >>> place_of({"to": 3}, 10), place_of({"to": 30}, 10), place_of({"to": "x"}, 10), place_of(None, 10)
    (3, None, None, None)
    """
    if not isinstance(said, Mapping):
        return None
    values: Mapping[str, Any] = said
    to = values.get("to")
    return int(to) if isinstance(to, int | float) and 0 <= to < slides else None


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("projector_keys", js=SCRIPT)
