"""The filter bar, drawn once beside the title of a screen; what is chosen stands in the address and goes with the reader.

`bar` keeps three places in step: the address (links, Back), the widgets, and what the pages read by `scope`. The address
wins when it was changed from outside; otherwise the widgets do. Names are allow-listed, unknown values dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from components import formats, live, ways
from components.texts import _, language
from db.queries.choices import MOST_CUSTOMERS, Choices, choices
from db.queries.narrowing import WaveInfo
from db.session import read_session
from domain.access import Scope, Viewer

NAMES: Final = ("scheme", "period", "from", "segment", "region", "channel", "department", "customer")
MAIN: Final = ("period", "segment", "region")
DRAWN_ON: Final = {"customer": ("period", "from", "scheme")}
"""What a page of one customer offers; the other filters are kept for the way back."""
CHOSEN, PUSHED, PAGE = "filters.chosen", "filters.pushed", "filters.page"


@dataclass(frozen=True)
class Selection:
    """What the reader looks at: the scope of every read, and the waves that it spans, oldest first.

    `history` are all waves up to the period in front, also those before the first one chosen: "since" needs them.
    """

    scope: Scope
    waves: list[WaveInfo]
    history: list[WaveInfo]

    @property
    def wave(self) -> WaveInfo:
        """The period in front; raises IndexError without waves, see `selection`."""
        return self.waves[-1]

    @property
    def before(self) -> WaveInfo | None:
        """The period before it."""
        return self.waves[-2] if len(self.waves) > 1 else None


@dataclass(frozen=True)
class Filter:
    """One filter: its values with their labels, first the one that filters nothing."""

    name: str
    label: str
    everything: str
    values: dict[str, str]


def bar(viewer: Viewer, page: str) -> None:
    """Draws the filters of a screen and remembers what they come to for `selection`."""
    with read_session() as session:
        offered = choices(
            session, viewer, st.session_state.get(CHOSEN, {}).get("scheme", _in_address().get("scheme", ""))
        )
    filters = _filters(offered)
    if viewer.guest:
        _fixed(viewer, offered, filters)
        return
    chosen = _known(_pulled(page), filters)
    if offered.waves:
        chosen = _draw(filters, chosen, DRAWN_ON.get(page, NAMES))
    _push(chosen, page)
    st.session_state[CHOSEN] = chosen
    st.session_state["filters.selection"] = _selection(viewer, offered, chosen)
    if offered.waves:
        live.watch(offered.schemes[0].id or 0)


def _fixed(viewer: Viewer, offered: Choices, filters: list[Filter]) -> None:
    """The filters of a shared view, as words: they are what its maker chose, and stay."""
    chosen = _in_address()
    for name in (*NAMES, CHOSEN, PUSHED, PAGE):
        st.session_state.pop(_key(name) if name in NAMES else name, None)
    shown = [f.values[chosen[f.name]] for f in filters if f.name != "scheme" and chosen.get(f.name) in f.values]
    found = _selection(viewer, offered, chosen)
    if found and not chosen.get("period"):
        shown.insert(0, formats.period(found.wave.code))
    st.markdown(f":gray[{formats.plain(' · '.join(shown))}]", width="content")
    st.session_state["filters.selection"] = found
    if found:
        live.watch(found.scope.scheme_id)


def selection() -> Selection | None:
    """What the reader looks at, None where there is no wave yet."""
    found = st.session_state.get("filters.selection")
    return found if isinstance(found, Selection) else None


def carry() -> None:
    """Puts the filters back into an address that a click in the menu has emptied; call it before st.navigation.

    The browser then hears of the filters before it hears of the screen, and keeps one entry in its history: told the
    other way round it kept two, and Back led to the screen that one was on, without filters.
    """
    pushed = st.session_state.get(PUSHED)
    if pushed and not _in_address():
        st.query_params.from_dict({**st.query_params.to_dict(), **pushed})


def query(**more: str) -> dict[str, str]:
    """The filters as they stand in an address, for links to other screens, with what they add."""
    return {**st.session_state.get(PUSHED, {}), **more}


def choose(**values: str) -> None:
    """Sets filters as if they had been chosen in the bar, for a click on a chart; runs the page anew if that is new."""
    if ways.are_closed() or query(**values) == query():
        return
    st.query_params.from_dict({**st.query_params.to_dict(), **values})
    st.rerun()


def clear() -> None:
    """Takes all filters away but the scheme and the period; for the button of an empty screen."""
    chosen = st.session_state.get(CHOSEN, {})
    st.session_state[CHOSEN] = {name: chosen[name] for name in ("scheme", "period") if name in chosen}
    for name in set(NAMES) - {"scheme", "period"}:
        st.session_state.pop(_key(name), None)
        st.query_params.pop(name, None)
    st.session_state[PUSHED] = st.session_state[CHOSEN]


def _filters(offered: Choices) -> list[Filter]:
    waves = [wave.code for wave in reversed(offered.waves)]
    periods = {code: formats.period(code) for code in waves}
    name = "name_zh" if language() == "zh_CN" else "name_en"
    customers = offered.customers if len(offered.customers) <= MOST_CUSTOMERS else []
    found = [
        Filter("period", _("Period"), "", periods),
        Filter("segment", _("Segment"), _("All segments"), _same(offered.segments)),
        Filter("region", _("Region"), _("All regions"), _same(offered.regions)),
        Filter("from", _("Trends from"), _("The first period"), periods),
        Filter("channel", _("Channel"), _("All channels"), _same(offered.channels)),
        Filter(
            "department",
            _("Department"),
            _("All departments"),
            {d.code: getattr(d, name) or d.code for d in offered.departments},
        ),
        Filter(
            "customer",
            _("Customer"),
            _("All customers"),
            {c.code: getattr(c, name) or c.name_zh or c.name_en or c.code for c in customers},
        ),
    ]
    if len(offered.schemes) > 1:
        found.append(
            Filter("scheme", _("Scheme"), "", {s.code: _scheme_name(s.code, offered.waves) for s in offered.schemes})
        )
    return found


def _same(values: Sequence[str]) -> dict[str, str]:
    return {value: value for value in values}


def _scheme_name(code: str, waves: list[WaveInfo]) -> str:
    names = {wave.layout.scheme.code: wave.layout.scheme.name.in_(language()) for wave in waves}
    return names.get(code, code)


def _pulled(page: str) -> dict[str, str]:
    """What is chosen now: the address where it was changed from outside, else what was chosen before."""
    address, pushed = _in_address(), st.session_state.get(PUSHED)
    before = st.session_state.get(CHOSEN, {})
    carried = not address and page != st.session_state.get(PAGE)
    if pushed is None or (address != pushed and not carried):
        for name in NAMES:
            st.session_state.pop(_key(name), None)
        return address
    return {**before, **{name: st.session_state[_key(name)] for name in NAMES if _key(name) in st.session_state}}


def _in_address() -> dict[str, str]:
    return {name: value for name in NAMES if (value := st.query_params.get(name, ""))}


def _known(chosen: Mapping[str, str], filters: list[Filter]) -> dict[str, str]:
    """Only names and values that are offered."""
    offered = {f.name: f.values for f in filters}
    return {name: value for name, value in chosen.items() if value in offered.get(name, {})}


def _draw(filters: list[Filter], chosen: dict[str, str], drawn: Sequence[str]) -> dict[str, str]:
    main = [f for f in filters if f.name in MAIN and f.name in drawn and (f.values or f.name in chosen)]
    more = [f for f in filters if f.name not in MAIN and f.name in drawn and f.values]
    picked = {name: value for name, value in chosen.items() if name not in drawn}
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small", width="stretch"
    ):
        for f in main:
            picked[f.name] = _select(f, chosen.get(f.name, ""), width=132, collapsed=True)
        active = sum(f.name in chosen for f in more if f.name != "scheme")
        label = _("More filters ({n})").format(n=active) if active else _("More filters")
        with st.popover(label, icon=":material/filter_list:", type="primary" if active else "secondary"):
            for f in more:
                picked[f.name] = _select(f, chosen.get(f.name, ""), width="stretch", collapsed=False)
    return {name: value for name, value in picked.items() if value}


def _select(f: Filter, value: str, *, width: int | Literal["stretch"], collapsed: bool) -> str:
    options = ([""] if f.everything else []) + list(f.values)
    st.session_state[_key(f.name)] = value if value in options else options[0]
    found = st.selectbox(
        f.label,
        options,
        format_func=lambda code: f.values.get(code, f.everything),
        key=_key(f.name),
        label_visibility="collapsed" if collapsed else "visible",
        width=width,
    )
    return found or ""


def _key(name: str) -> str:
    return f"filter.{name}"


def _push(chosen: dict[str, str], page: str) -> None:
    """Writes the filters into the address when they differ from it: one entry in the browser's history a change."""
    address = _in_address()
    if address != chosen:
        others = {name: value for name, value in st.query_params.items() if name not in NAMES}
        st.query_params.from_dict({**others, **chosen})
    st.session_state[PUSHED], st.session_state[PAGE] = chosen, page


def _selection(viewer: Viewer, offered: Choices, chosen: dict[str, str]) -> Selection | None:
    if not offered.waves:
        return None
    codes = [wave.code for wave in offered.waves]
    last = codes.index(chosen["period"]) if chosen.get("period") in codes else len(codes) - 1
    first = min(codes.index(chosen["from"]), last) if chosen.get("from") in codes else 0
    customer = next((c.id for c in offered.customers if c.code == chosen.get("customer")), None)
    department = next((d.id for d in offered.departments if d.code == chosen.get("department")), None)
    scope = Scope(
        viewer,
        offered.schemes[0].id or 0,
        codes[first],
        codes[last],
        chosen.get("segment", ""),
        chosen.get("region", ""),
        chosen.get("channel", ""),
        customer,
        department,
    )
    return Selection(scope, offered.waves[first : last + 1], offered.waves[: last + 1])
