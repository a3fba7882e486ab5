"""What each column and each value means: proposed, shown with examples, corrected by choosing."""

from collections import Counter
from collections.abc import Mapping as Dictionary

import pandas as pd
import streamlit as st

from components import states
from components.import_target import Target
from components.plain_text import plain
from components.texts import _, language
from domain.errors import Refusal
from domain.mapping import ALL_ITEMS, ROLES, Mapping, comparable
from domain.scheme import Level
from services.reading import Table

NOT_USED, BLANK, NOT_APPLICABLE = "", "blank", "not_applicable"
MOST_VALUES = 40
ROLE_NAMES = {
    "external_id": "External id",
    "customer": "Customer code",
    "customer_name": "Customer name",
    "segment": "Segment",
    "region": "Region",
    "channel": "Channel",
    "respondent": "Respondent",
    "subject": "Subject",
    "submitted_at": "Time of answering",
    "weight": "Weight",
    "opinion": "Opinion (free text)",
}


def corrected(table: Table, target: Target, before: str | None) -> Mapping | None:
    """The mapping as the reader left it; `before` is the one last used for such a file. None where it can't be used."""
    first = _first(table, target, before)
    _doubts(target, before)
    sample = table.sample()
    left, right = st.columns([1.9, 1], gap="small")
    with left:
        states.card_title(_("Columns"), _("{n} of {all} used", n=len(first.headers), all=len(table.headers)))
        columns = _edited_columns(table, sample, target, first)
    with right:
        states.card_title(_("Values"), _("what the answers mean"))
        values = _edited_values(table, sample, target, first, columns)
    try:
        return _mapping(target, first, columns, values)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return None


def _doubts(target: Target, before: str | None) -> None:
    """What only the reader can know; a mapping that was used before was checked then."""
    doubts = target.proposal.doubts if target.proposal and not before else ()
    if doubts:
        lines = " · ".join(plain(doubt.explain(_)) for doubt in doubts)
        st.markdown(f":orange-badge[:material/help: {_('Please check')}] :gray[{lines}]")


def _first(table: Table, target: Target, before: str | None) -> Mapping:
    if before:
        known = Mapping.load(before)
        if not known.missing_in(table.headers):
            return known
    if target.proposal:
        return target.proposal.mapping
    codes = target.scheme.item_codes
    return Mapping(items=dict(zip(codes, table.headers, strict=False)))


def _uses(target: Target) -> dict[str, str]:
    """What a column can be: value → words. Items first in the scheme's order."""
    items = {f"item:{item.code}": _("Item: {name}", name=item.name.in_(language())) for item in target.scheme.items}
    roles = {f"role:{role}": _(ROLE_NAMES[role]) for role in ROLES}
    return {NOT_USED: _("– not used"), **roles, **items}


def _edited_columns(table: Table, sample: list[list[str]], target: Target, first: Mapping) -> dict[str, str]:
    """Header → use, as chosen."""
    used = {header: f"item:{code}" for code, header in first.items.items()}
    used |= {header: f"role:{role}" for role, header in first.columns.items()}
    used |= dict.fromkeys(first.opinions, "role:opinion")
    order = sorted(table.headers, key=lambda header: (header not in used, table.headers.index(header)))
    words = _uses(target)
    by_word = {word: value for value, word in words.items()}
    place = {header: column for column, header in enumerate(table.headers)}
    frame = pd.DataFrame(
        {
            "header": order,
            "use": [words.get(used.get(header, NOT_USED), words[NOT_USED]) for header in order],
            "examples": [_examples(sample, place[header]) for header in order],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        height=320,
        row_height=30,
        disabled=["header", "examples"],
        column_config={
            "header": st.column_config.TextColumn(_("Column in the file")),
            "use": st.column_config.SelectboxColumn(_("Use as"), options=list(by_word), required=True),
            "examples": st.column_config.TextColumn(_("Examples")),
        },
        key=f"import.columns.{table.sha256}.{target.scheme.code}",
    )
    return {header: by_word[word] for header, word in zip(edited["header"], edited["use"], strict=True)}


def _examples(sample: list[list[str]], column: int) -> str:
    counted = Counter(row[column].strip()[:40] for row in sample[:500])
    return " | ".join(value or "∅" for value, _n in counted.most_common(4))


def _edited_values(
    table: Table, sample: list[list[str]], target: Target, first: Mapping, columns: Dictionary[str, str]
) -> dict[str, str]:
    """Cell → level's position, blank or not applicable, as chosen; of the cells that occur in the item columns."""
    places = [place for place, header in enumerate(table.headers) if columns.get(header, "").startswith("item:")]
    counted = Counter(comparable(row[place]) for row in sample for place in places)
    if target.scheme.number_scale:
        counted = Counter({cell: n for cell, n in counted.items() if not _is_number(cell)})
    words = _meanings(target.scheme.levels)
    by_word = {word: value for value, word in words.items()}
    known = _known(first, target.scheme.levels)
    cells = sorted((cell for cell, _n in counted.most_common(MOST_VALUES)), key=_as_people_sort)
    frame = pd.DataFrame(
        {
            "cell": [cell or "∅" for cell in cells],
            "meaning": [words.get(known.get(cell, ""), words[""]) for cell in cells],
            "n": [counted[cell] for cell in cells],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        height=320,
        row_height=30,
        disabled=["cell", "n"],
        column_config={
            "cell": st.column_config.TextColumn(_("Value"), width=70),
            "meaning": st.column_config.SelectboxColumn(_("Means"), options=list(by_word), required=True),
            "n": st.column_config.NumberColumn(_("Cells"), width=70, help=_("Counted in the first rows")),
        },
        key=f"import.values.{table.sha256}.{target.scheme.code}",
    )
    return dict(zip(cells, (by_word[word] for word in edited["meaning"]), strict=True))


def _meanings(levels: tuple[Level, ...]) -> dict[str, str]:
    named = {f"level:{position}": level.name.in_(language()) for position, level in enumerate(levels)}
    return {"": _("Not mapped: rows are refused"), **named, BLANK: _("No answer"), NOT_APPLICABLE: _("Not applicable")}


def _known(first: Mapping, levels: tuple[Level, ...]) -> dict[str, str]:
    """Cell → meaning under the first mapping, and by the levels' own names and values."""
    position = {float(level.value): f"level:{place}" for place, level in enumerate(levels)}
    known: dict[str, str] = {}
    if not first.values:
        for place, level in enumerate(levels):
            for name in (level.name.zh, level.name.en, f"{float(level.value):g}"):
                known[comparable(name)] = f"level:{place}"
    for values in first.values.values():
        known |= {comparable(cell): position.get(value, "") for cell, value in values.items()}
    for meaning, cells in ((BLANK, first.blank), (NOT_APPLICABLE, first.not_applicable)):
        known |= {comparable(cell): meaning for code, listed in cells.items() if code not in ROLES for cell in listed}
    return {"": BLANK} | known


def _mapping(target: Target, first: Mapping, columns: Dictionary[str, str], values: Dictionary[str, str]) -> Mapping:
    levels = target.scheme.levels
    level_values = {
        cell: float(levels[int(meaning.removeprefix("level:"))].value)
        for cell, meaning in values.items()
        if meaning.startswith("level:")
    }
    blank = tuple(cell for cell, meaning in values.items() if meaning == BLANK)
    not_applicable = tuple(cell for cell, meaning in values.items() if meaning == NOT_APPLICABLE)
    roles = {use.removeprefix("role:"): header for header, use in columns.items() if use.startswith("role:")}
    return Mapping(
        items={use.removeprefix("item:"): header for header, use in columns.items() if use.startswith("item:")},
        columns={role: header for role, header in roles.items() if role != "opinion"},
        opinions=tuple(header for header, use in columns.items() if use == "role:opinion"),
        values={ALL_ITEMS: level_values} if level_values else {},
        blank={ALL_ITEMS: blank or ("",)},
        not_applicable={ALL_ITEMS: not_applicable} if not_applicable else {},
        fixed=first.fixed,
        date_order=first.date_order,
    )


def _is_number(cell: str) -> bool:
    try:
        return 0 <= float(cell) <= 100
    except ValueError:
        return False


def _as_people_sort(cell: str) -> tuple[int, float, str]:
    try:
        return (0, -float(cell), cell)
    except ValueError:
        return (1, 0.0, cell)
