"""What each column and each value means: proposed, shown with examples, corrected by choosing."""

import hashlib
from collections import Counter
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import pandas as pd
import streamlit as st

from components import import_direction, states
from components.formats import day
from components.import_file import KEPT, Upload
from components.import_target import Target, with_items
from components.plain_text import plain
from components.texts import _, language
from db.queries.imports import KnownMapping
from domain.errors import N_, Refusal
from domain.mapped_choices import Choice
from domain.mapping import ALL_ITEMS, ROLES, Mapping, MappingInvalid, comparable
from domain.mapping_corrections import DIFFERS, NO_ANSWER, NOT_ASKED, UNKNOWN, corrected, meanings_of
from domain.proposing import codes_for, to_begin_with
from domain.scheme import Item, Level
from settings import settings

NOT_USED, ITEM, ROLE, CHOICE = "", "item:", "role:", "choice"
MOST_VALUES: Final = 60
ROW, MOST_HEIGHT = 30, 320
EMPTY: Final = "∅"
ROLE_NAMES: Final = {
    "external_id": N_("External id"),
    "customer": N_("Customer code"),
    "customer_name": N_("Customer name"),
    "segment": N_("Segment"),
    "region": N_("Region"),
    "channel": N_("Channel"),
    "respondent": N_("Respondent"),
    "subject": N_("Subject"),
    "submitted_at": N_("Time of answering"),
    "duration": N_("Time taken"),
    "weight": N_("Weight"),
    "opinion": N_("Opinion (free text)"),
}


class Reading(NamedTuple):
    """How the file is to be read: where to (a new scheme has the items that were chosen), and what it means."""

    target: Target
    mapping: Mapping


def chosen(upload: Upload, target: Target, before: KnownMapping | None) -> Reading | None:
    """The mapping as the reader left it; `before` is the one last used for such a file. None where it can't be used."""
    first = _first(upload, target, before)
    _source(upload, target, before)
    asking = None if _fits(before, upload) else target.proposal
    best_first = None
    if asking and asking.numbers:
        best_first = import_direction.asked(upload, asking, target.scheme.code if not target.is_new else "")
        first = import_direction.first(asking, best_first)
    left, right = st.columns([1.9, 1], gap="small")
    with left:
        title = st.container()
        uses, turned = _edited_columns(upload, target, first, may_turn=best_first is not None)
        with title:
            used = sum(use != NOT_USED for use in uses.values())
            states.card_title(_("Columns"), _("{n} of {all} used", n=used, all=len(uses)))
    try:
        reading = _with_columns(target, first, uses)
        if asking and turned:
            codes = [code for code, header in reading.mapping.items.items() if header in turned]
            reading = reading._replace(mapping=asking.turned(reading.mapping, codes))
        with right:
            states.card_title(_("Values"), _("what the answers mean"))
            changes = _edited_values(upload, reading)
        mapping = corrected(reading.mapping, changes, reading.target.scheme.levels)
    except Refusal as refusal:
        states.refused(refusal.explain(_))
        return None
    if asking and asking.numbers and import_direction.is_open(asking) and not mapping.values.get(ALL_ITEMS):
        states.refused(_("Say above which end of the scale is best; then the rows can be checked."))
        return None
    return Reading(reading.target, mapping)


def _fits(before: KnownMapping | None, upload: Upload) -> bool:
    """Whether there is a mapping of before that has all its columns in this file."""
    return before is not None and not Mapping.load(before.document).missing_in(upload.table.headers)


def add_values(upload: Upload, cells: Sequence[str]) -> bool:
    """Puts values found beyond the first rows into the list to be mapped; whether there was anything new."""
    key = f"{KEPT}more.{upload.key}"
    known: list[str] = st.session_state.setdefault(key, [])
    new = [cell for cell in dict.fromkeys(map(comparable, cells)) if cell not in known][: MOST_VALUES - len(known)]
    known.extend(new)
    return bool(new)


def _source(upload: Upload, target: Target, before: KnownMapping | None) -> None:
    """Where the mapping comes from, and what only the reader can know; one used before was checked then."""
    if before and _fits(before, upload):
        when = day(before.used_at.astimezone(settings().zone).date())
        said = _("Mapping of {day} used again", day=when)
        st.markdown(f":blue-badge[:material/history: {said}] :gray[{plain(before.file_name)}]")
    elif target.proposal and target.proposal.doubts:
        lines = " · ".join(plain(doubt.explain(_)) for doubt in target.proposal.doubts)
        st.markdown(f":orange-badge[:material/help: {_('Please check')}] :gray[{lines}]")


def _first(upload: Upload, target: Target, before: KnownMapping | None) -> Mapping:
    if before and _fits(before, upload):
        return Mapping.load(before.document)
    if target.proposal:
        return target.proposal.mapping
    return to_begin_with(upload.table.headers, upload.sample, target.scheme, tool=upload.table.tool)


def _uses(target: Target) -> dict[str, str]:
    """What a column can be: value → words, each once. Items first in the scheme's order."""
    items = {ITEM: _("Item")}
    if not target.is_new:
        names = Counter(item.name.in_(language()) for item in target.scheme.items)
        items = {f"{ITEM}{item.code}": _item(item, names) for item in target.scheme.items}
    roles = {f"{ROLE}{role}": _(ROLE_NAMES[role]) for role in ROLES}
    return {NOT_USED: _("– not used"), **items, CHOICE: _("Choice question"), **roles}


def _item(item: Item, names: Counter[str]) -> str:
    name = item.name.in_(language())
    return _("Item: {name}", name=name if names[name] == 1 else f"{name} ({item.code})")


def _edited_columns(
    upload: Upload, target: Target, first: Mapping, *, may_turn: bool
) -> tuple[dict[str, str], set[str]]:
    """Header → use, as chosen; and the headers of items whose numbers run the other way."""
    headers = upload.table.headers
    used = {header: ITEM if target.is_new else f"{ITEM}{code}" for code, header in first.items.items()}
    used |= {header: f"{ROLE}{role}" for role, header in first.columns.items()}
    used |= dict.fromkeys(first.opinions, f"{ROLE}opinion")
    used |= {header: CHOICE for choice in first.choices.values() for header in choice.columns}
    order = sorted(headers, key=lambda header: (header not in used, headers.index(header)))
    words = _uses(target)
    by_word = {word: use for use, word in words.items()}
    place = {header: column for column, header in enumerate(headers)}
    frame = pd.DataFrame(
        {
            "header": order,
            "use": [words.get(used.get(header, NOT_USED), words[NOT_USED]) for header in order],
            **({"turned": [False] * len(order)} if may_turn else {}),
            "examples": [_examples(upload.sample, place[header]) for header in order],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        height=_height(len(frame)),
        row_height=ROW,
        disabled=["header", "examples"],
        column_config={
            "header": st.column_config.TextColumn(_("Column in the file")),
            "use": st.column_config.SelectboxColumn(_("Use as"), options=list(by_word), required=True),
            "turned": st.column_config.CheckboxColumn(
                _("Turned"), width=60, help=_("The numbers of this item run the other way.")
            ),
            "examples": st.column_config.TextColumn(_("Examples")),
        },
        key=_key("columns", upload, target, replace(first, values={}).dump(), str(may_turn)),
        alt=_("What each column of the file is used as"),
    )
    turned = set(edited["header"][edited["turned"]]) if may_turn else set()
    return {header: by_word[word] for header, word in zip(edited["header"], edited["use"], strict=True)}, turned


def _examples(sample: list[list[str]], column: int) -> str:
    counted = Counter(row[column].strip()[:40] for row in sample[:500])
    return " | ".join(value or EMPTY for value, _n in counted.most_common(4))


def _with_columns(target: Target, first: Mapping, uses: Dictionary[str, str]) -> Reading:
    """The first mapping with the columns as chosen; raises MappingInvalid where two have the same use."""
    items = {use.removeprefix(ITEM): header for header, use in uses.items() if use.startswith(ITEM) and use != ITEM}
    if target.is_new:
        headers = [header for header, use in uses.items() if use == ITEM]
        items = dict(zip(codes_for(headers), headers, strict=True))
    _check_once(uses)
    roles = {use.removeprefix(ROLE): header for header, use in uses.items() if use.startswith(ROLE)}
    known = {*items, *ROLES, "*"}
    mapping = replace(
        first,
        items=items,
        columns={role: header for role, header in roles.items() if role != "opinion"},
        opinions=tuple(header for header, use in uses.items() if use == f"{ROLE}opinion"),
        choices=_choices(first, [header for header, use in uses.items() if use == CHOICE]),
        values={code: entry for code, entry in first.values.items() if code in known},
        blank={code: entry for code, entry in first.blank.items() if code in known},
        not_applicable={code: entry for code, entry in first.not_applicable.items() if code in known},
        fixed={role: value for role, value in first.fixed.items() if role not in roles},
    )
    return Reading(with_items(target, list(items.values()), mapping) if target.is_new else target, mapping)


def _choices(first: Mapping, headers: Sequence[str]) -> dict[str, Choice]:
    """The questions with choices of the first mapping whose columns are still that, and others of one column each."""
    kept = {code: one for code, one in first.choices.items() if set(one.columns) <= set(headers)}
    taken = {header for one in kept.values() for header in one.columns}
    return kept | {header: Choice(header, (header,)) for header in headers if header not in taken}


def _check_once(uses: Dictionary[str, str]) -> None:
    counted = Counter(use for use in uses.values() if use not in (NOT_USED, ITEM, CHOICE, f"{ROLE}opinion"))
    twice = next((use for use, n in counted.items() if n > 1), None)
    if twice is not None:
        headers = [header for header, use in uses.items() if use == twice]
        template = N_("The columns “{one}” and “{other}” are used for the same. Choose one of them.")
        raise MappingInvalid(template, one=headers[0], other=headers[1])


def _edited_values(upload: Upload, reading: Reading) -> dict[str, str]:
    """Cell → meaning of those that the reader changed; of the cells that occur in the columns of items."""
    target, mapping = reading
    counted = _counted(upload, mapping)
    cells = {code: list(counts) for code, counts in counted.items()}
    levels, is_number = target.scheme.levels, target.scheme.number_scale
    original = meanings_of(cells, mapping, levels, number_scale=is_number)
    totals: Counter[str] = sum(counted.values(), Counter())
    shown = sorted(
        (cell for cell in original if not (is_number and _is_number(cell))),
        key=lambda cell: (original[cell] != UNKNOWN, -totals[cell]),
    )[:MOST_VALUES]
    shown.sort(key=lambda cell: (original[cell] != UNKNOWN, *_as_people_sort(cell)))
    if not shown:
        none = _("No column is an item: nothing here is rated.")
        st.caption(_("All answers are numbers from 0 to 100.") if mapping.items else none)
        return {}
    key = _key("values", upload, target, mapping.dump(), *shown)
    kept: dict[str, str] = st.session_state.setdefault(f"{KEPT}meanings.{_key('', upload, target)}", {})
    start = st.session_state.setdefault(f"{KEPT}{key}", {cell: kept.get(cell, original[cell]) for cell in shown})
    words = _meanings(levels)
    by_word = {word: meaning for meaning, word in words.items()}
    frame = pd.DataFrame(
        {
            "cell": [cell or EMPTY for cell in shown],
            "meaning": [words[start[cell]] for cell in shown],
            "n": [totals[cell] for cell in shown],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        height=_height(len(frame)),
        row_height=ROW,
        disabled=["cell", "n"],
        column_config={
            "cell": st.column_config.TextColumn(_("Value"), width=90),
            "meaning": st.column_config.SelectboxColumn(_("Means"), options=list(by_word), required=True),
            "n": st.column_config.NumberColumn(_("Cells"), width=60, help=_("Counted in the first rows")),
        },
        key=key,
        alt=_("What each value means"),
    )
    chosen = {cell: by_word[word] for cell, word in zip(shown, edited["meaning"], strict=True)}
    changed = {cell: meaning for cell, meaning in chosen.items() if meaning not in (original[cell], DIFFERS)}
    for cell in shown:
        kept.pop(cell, None)
    kept.update(changed)
    return changed


def _counted(upload: Upload, mapping: Mapping) -> dict[str, Counter[str]]:
    """Item code → comparable cell → how often in the first rows; values found later with 0."""
    place = {header: column for column, header in enumerate(upload.table.headers)}
    later = st.session_state.get(f"{KEPT}more.{upload.key}", [])
    found: dict[str, Counter[str]] = {}
    for code, header in mapping.items.items():
        raw = Counter(row[place[header]] for row in upload.sample)
        found[code] = Counter()
        for cell, n in raw.items():
            found[code][comparable(cell)] += n
        found[code].update(dict.fromkeys(later, 0))
    return found


def _meanings(levels: tuple[Level, ...]) -> dict[str, str]:
    """Meaning → words, each once."""
    named: dict[str, str] = {}
    for position, level in enumerate(levels):
        name = level.name.in_(language())
        named[f"level:{position}"] = name if name not in named.values() else f"{name} ({float(level.value):g})"
    others = {NO_ANSWER: _("No answer"), NOT_ASKED: _("Not applicable"), DIFFERS: _("As in the mapping")}
    return {UNKNOWN: _("Not mapped: rows are refused"), **named, **others}


def _height(rows: int) -> int:
    """Pixels of a table, no more than it needs."""
    return min(MOST_HEIGHT, ROW * (rows + 1) + 3)


def _key(what: str, upload: Upload, target: Target, *more: str) -> str:
    """A key for a table: another one where its rows or its language differ, so that no edit meets another row."""
    digest = hashlib.sha256("\x1f".join(more).encode()).hexdigest()[:16]
    place = "" if target.is_new else target.scheme.code
    return f"import.{what}.{language()}.{upload.key}.{place}.{digest}"


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
