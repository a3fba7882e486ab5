"""A first mapping for a file that nobody has mapped yet, from its headers and a sample of its cells."""

from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace

from domain.choice_questions import choices_of, is_joined
from domain.column_profiles import Column, columns_of
from domain.errors import N_, Refusal
from domain.mapped_choices import Choice
from domain.mapping import ALL_ITEMS, TEXT_ROLES, Mapping
from domain.mapping import Cells as CellsOf
from domain.proposed_cells import Cells, ScaleGuess, cells_of, scale_of
from domain.proposed_items import (
    LABELS_SCALE,
    NO_WORDINGS,
    RatedColumns,
    columns_of_items,
    rated_columns,
)
from domain.proposed_roles import order_of_dates, proposed_opinions, proposed_roles, roles_by_tool
from domain.scheme import Scheme
from domain.scheme_entries import CODE
from domain.survey_tools import Tool
from domain.survey_words import ANONYMOUS, RATING_WORDS

SHOWN = 8
"""Cells and headers that a remark names at most."""


MOST_LEVELS = 11
"""A column of answers that nobody knows has no more different cells than a scale from 0 to 10."""
TOO_FEW = 5
"""With fewer rows the cells of a column don't tell an option from something else."""


class NoRatings(Refusal):
    """No column of the file holds ratings."""


@dataclass(frozen=True)
class Remark:
    """A sentence about a proposal; `template` is its English text with {named} places, to be translated like a refusal."""

    template: str
    values: Dictionary[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format_map(self.values)

    def explain(self, translate: Callable[[str], str]) -> str:
        """The sentence in another language."""
        return translate(self.template).format_map(self.values)


_DATES_OPEN = Remark(N_("The dates could begin with the month or with the day; the month is assumed. Please check."))


@dataclass(frozen=True)
class Proposal:
    """A mapping to be confirmed; `confidence` is 0–1 for each mapped header, `reasons` say why, `doubts` what to check."""

    mapping: Mapping
    scale: ScaleGuess
    confidence: dict[str, float]
    reasons: dict[str, Remark]
    doubts: tuple[Remark, ...]
    other_ratings: tuple[str, ...]
    """Headers of columns that could be ratings as well, but differ from the items in their scale."""
    numbers_open: tuple[float, ...] = ()
    """Values of the scale, best first, where the file's numbers are the order of its options: which end is the best is
    asked, not guessed. The mapping has no values until `with_best_first` says it."""

    numbers: tuple[float, ...] = ()
    """Values of the scale, best first, where the file has numbers from 1 to as many: they could run both ways."""

    def with_best_first(self, *, best_first: bool) -> Mapping:
        """The mapping when number 1 is the best answer, or the last one is.

        Raises nothing; a mapping without such numbers comes back as it is.
        """
        values = self.numbers if best_first else self.numbers[::-1]
        numbered = {str(number): value for number, value in enumerate(values, 1)}
        worded = {cell: v for cell, v in self.mapping.values.get(ALL_ITEMS, {}).items() if cell not in numbered}
        return replace(self.mapping, values={ALL_ITEMS: worded | numbered}) if values else self.mapping

    def turned(self, mapping: Mapping, codes: Collection[str]) -> Mapping:
        """A mapping of `with_best_first` in which the numbers of some items run the other way."""
        numbers = [str(number) for number in range(1, len(self.numbers) + 1)]
        known = mapping.values.get(ALL_ITEMS, {})
        other = {one: known[last] for one, last in zip(numbers, reversed(numbers), strict=True) if last in known}
        mine = {code: other for code in mapping.items if code in codes and other}
        return replace(mapping, values={**mapping.values, **mine})


def propose(
    headers: Sequence[str],
    sample_rows: Sequence[Sequence[str]],
    scheme: Scheme | None = None,
    *,
    tool: Tool | None = None,
    wordings: Dictionary[str, str] = NO_WORDINGS,
    remarks: Sequence[Remark] = (),
) -> Proposal:
    """The likeliest mapping of a file; with a scheme, of its items and onto its levels.

    `tool` is the survey tool that wrote the file, `wordings` what columns ask (header → question) where the headers
    don't tell, `remarks` what was said of the file at reading. Raises NoRatings where no columns look like ratings.
    """
    everything = columns_of(headers, sample_rows)
    by_tool, columns = roles_by_tool(everything, len(sample_rows), tool) if tool else ({}, everything)
    named = columns_of_items(columns, scheme.items, wordings) if scheme else None
    rated = named or rated_columns(columns, numbers_are_order=tool is not None and tool.numbers_are_order)
    if rated is None and scheme and tool and (chosen := _choices_only(headers, sample_rows, tool, columns, by_tool)):
        return chosen
    if rated is None:
        raise NoRatings(
            N_(
                "The file holds no ratings: no columns with numbers such as 1 to 5 or words such as “satisfied”. "
                "Choose the export with the answers. Where ratings are letters or codes, or there are only other "
                "questions, choose a scheme that is there: then say what each column and each value means."
            )
        )
    items = rated.by_name or _items_in_order(rated, scheme)
    rest = [column for column in columns if column not in rated.columns]
    roles, opinions = _beside_ratings(rest, len(sample_rows), by_tool, tool)
    scale = scale_of(rated)
    cells = cells_of(rated, scale, scheme)
    numbers = _either_way(rated, scale, scheme)
    open_numbers = numbers if tool is not None and tool.numbers_are_order else ()
    dates, is_open = order_of_dates(roles["submitted_at"]) if "submitted_at" in roles else ("mdy", False)
    blank, not_asked = _no_answers(cells, roles, opinions, tool)
    mapping = Mapping(
        items=items,
        columns={role: column.header for role, column in roles.items()},
        opinions=tuple(column.header for column in opinions),
        values={ALL_ITEMS: {} if open_numbers else cells.values} if cells.values else {},
        blank=blank,
        not_applicable=not_asked,
        choices=_choices(headers, sample_rows, tool, [*rated.columns, *roles.values(), *opinions]),
        date_order=dates,
    )
    sure = {header: _confidence(rated, header, scheme) for header in items.values()}
    return Proposal(
        mapping=mapping,
        scale=scale,
        confidence=sure | {c.header: 0.9 for c in roles.values()} | {c.header: 0.7 for c in opinions},
        reasons=_reasons(rated, items, roles, opinions, scheme),
        doubts=(
            *remarks,
            *_doubts(rated, cells, scale, scheme, tool, dates_open=is_open, numbers_open=bool(open_numbers)),
        ),
        other_ratings=tuple(column.header for column in rated.others),
        numbers_open=open_numbers,
        numbers=numbers,
    )


def to_begin_with(
    headers: Sequence[str], sample_rows: Sequence[Sequence[str]], scheme: Scheme, *, tool: Tool | None = None
) -> Mapping:
    """A mapping for the reader to correct, of a file in which no column looks rated: columns with few different cells
    are the scheme's items in their order; who answered, when, and opinions as far as they are known."""
    everything = columns_of(headers, sample_rows)
    by_tool, columns = roles_by_tool(everything, len(sample_rows), tool) if tool else ({}, everything)
    roles, opinions = _beside_ratings(columns, len(sample_rows), by_tool, tool)
    left = [column for column in everything if column not in opinions and column not in roles.values()]
    rated = [column for column in left if 1 < len(column.filled) <= MOST_LEVELS] or left or everything
    roles = {role: column for role, column in roles.items() if column not in rated}
    return Mapping(
        items={code: column.header for code, column in zip(scheme.item_codes, rated, strict=False)},
        columns={role: column.header for role, column in roles.items()},
        opinions=tuple(column.header for column in opinions if column not in rated),
        date_order=order_of_dates(roles["submitted_at"])[0] if "submitted_at" in roles else "mdy",
    )


def _beside_ratings(
    columns: Sequence[Column], rows: int, by_tool: Dictionary[str, Column], tool: Tool | None
) -> tuple[dict[str, Column], list[Column]]:
    """Roles and their columns; and the columns of opinions."""
    roles = {**proposed_roles(columns, rows, taken=by_tool), **by_tool}
    return roles, _opinions([column for column in columns if column not in roles.values()], tool)


def _choices_only(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    tool: Tool,
    columns: Sequence[Column],
    by_tool: Dictionary[str, Column],
) -> Proposal | None:
    """The mapping of a file without ratings: its choices, and who answered; None where there are no choices either."""
    roles, opinions = _beside_ratings(columns, len(rows), by_tool, tool)
    choices = _choices(headers, rows, tool, [*roles.values(), *opinions])
    if len(rows) < TOO_FEW:
        more, said = _of_a_few(columns, [*roles.values(), *opinions], choices)
        choices, opinions = choices | more, [*opinions, *said]
    if not choices:
        return None
    dates, is_open = order_of_dates(roles["submitted_at"]) if "submitted_at" in roles else ("mdy", False)
    nothing = (*tool.blank, *tool.not_applicable)
    worded = [role for role in roles if role in TEXT_ROLES] + (["opinion"] if opinions else [])
    mapping = Mapping(
        items={},
        columns={role: column.header for role, column in roles.items()},
        opinions=tuple(column.header for column in opinions),
        blank=dict.fromkeys(worded, nothing) if nothing else {},
        choices=choices,
        date_order=dates,
    )
    unrated = Remark(N_("No ratings: the choices are counted, the scores stay as they are."))
    return Proposal(
        mapping, ScaleGuess(False, (), {}), {}, {}, (unrated, *([_DATES_OPEN] if is_open else [])), other_ratings=()
    )


def _of_a_few(
    columns: Sequence[Column], taken: Sequence[Column], choices: Dictionary[str, Choice]
) -> tuple[dict[str, Choice], list[Column]]:
    """Questions of which nobody can tell by the answers what they are, there being so few: numbers are choices, words opinions."""
    known = {header for choice in choices.values() for header in choice.columns}
    left = [c for c in columns if c not in taken and c.header not in known and c.filled]
    numbers = [c for c in left if c.numbers and sum(c.numbers.values()) == c.filled.total()]
    return {c.header: Choice(c.header, (c.header,)) for c in numbers}, [c for c in left if c not in numbers]


def _opinions(columns: Sequence[Column], tool: Tool | None) -> list[Column]:
    return [column for column in proposed_opinions(columns) if not is_joined(column.filled, tool)]


def _choices(
    headers: Sequence[str], rows: Sequence[Sequence[str]], tool: Tool | None, taken: Sequence[Column]
) -> dict[str, Choice]:
    """Questions that aren't rated; only where a tool is known, whose way of writing several answers is known as well."""
    return choices_of(headers, rows, tool, but=[column.header for column in taken]) if tool else {}


def _either_way(rated: RatedColumns, scale: ScaleGuess, scheme: Scheme | None) -> tuple[float, ...]:
    """Values of the scale, best first, where the numbers are 1 to as many; () elsewhere."""
    steps = scheme.level_values if scheme else tuple(map(float, scale.values))
    return steps if (rated.rating.bottom, rated.rating.top) == (1, len(steps)) else ()


def _no_answers(
    cells: Cells, roles: dict[str, Column], opinions: Sequence[Column], tool: Tool | None
) -> tuple[CellsOf, CellsOf]:
    """Sections of a mapping: cells that mean no answer, and not applicable; what occurs, and what the tool writes."""
    if tool is None:
        asked = {ALL_ITEMS: tuple(cells.not_applicable)} if cells.not_applicable else {}
        return {ALL_ITEMS: tuple(cells.blank)}, asked
    not_asked = tuple(dict.fromkeys([*cells.not_applicable, *tool.not_applicable]))
    blank = tuple(cell for cell in dict.fromkeys([*cells.blank, *tool.blank]) if cell not in not_asked)
    nothing = (*tool.blank, *tool.not_applicable)
    worded = [role for role in roles if role in TEXT_ROLES] + (["opinion"] if opinions else [])
    texts = dict.fromkeys(worded, nothing) if nothing else {}
    if "respondent" in roles:
        texts["respondent"] = (*nothing, *ANONYMOUS)
    return {ALL_ITEMS: blank, **texts}, {ALL_ITEMS: not_asked} if not_asked else {}


def _items_in_order(rated: RatedColumns, scheme: Scheme | None) -> dict[str, str]:
    """With a scheme whose names don't occur, its items in their order; without one, the headers make codes."""
    headers = [column.header for column in rated.columns]
    return dict(zip(scheme.item_codes if scheme else codes_for(headers), headers, strict=False))


def codes_for(headers: Sequence[str]) -> list[str]:
    """Codes that a scheme can have, one for each header: the header itself where it is one.

    >>> codes_for(["Q7ART", "质量", "on time", "Q7ART"])
    ['Q7ART', '质量', 'item_03', 'item_04']
    """
    codes: list[str] = []
    for place, header in enumerate(headers, 1):
        usable = CODE.fullmatch(header) is not None and header not in codes
        codes.append(header if usable else f"item_{place:02}")
    return codes


def _confidence(rated: RatedColumns, header: str, scheme: Scheme | None) -> float:
    """By name or code 0.95; otherwise more where words are used, the header speaks of rating, or the family is large."""
    if header in (rated.by_name[code] for code in rated.reworded):
        return 0.3
    if rated.by_name:
        return 0.95
    certain = rated.rating.top == LABELS_SCALE or RATING_WORDS.search(header) is not None
    sure = 0.9 if certain else 0.8 if len(rated.columns) > 2 else 0.5
    return sure if scheme is None else 0.3


def _reasons(
    rated: RatedColumns,
    items: dict[str, str],
    roles: dict[str, Column],
    opinions: Sequence[Column],
    scheme: Scheme | None,
) -> dict[str, Remark]:
    by_scale = Remark(N_("One of {n} columns with the same scale."), {"n": len(rated.columns)})
    by_order = Remark(N_("No header names an item of the scheme: matched by order."))
    by_name = Remark(N_("The header names the item."))
    of_items = by_name if rated.by_name else by_order if scheme else by_scale
    by_header = Remark(N_("By the header, and cells that fit."))
    by_text = Remark(N_("Free text."))
    return (
        dict.fromkeys(items.values(), of_items)
        | {column.header: by_header for column in roles.values()}
        | {column.header: by_text for column in opinions}
    )


def _doubts(
    rated: RatedColumns,
    cells: Cells,
    scale: ScaleGuess,
    scheme: Scheme | None,
    tool: Tool | None,
    *,
    dates_open: bool,
    numbers_open: bool,
) -> Iterator[Remark]:
    steps = tuple(f"{value:g}" for value in scheme.level_values) if scheme else scale.values
    if numbers_open:
        ends = {"first": 1, "last": len(steps)}
        yield Remark(
            N_("The numbers are the order of the options: is {first} the best answer, or {last}? Say what each means."),
            ends,
        )
    elif rated.rating.top != LABELS_SCALE and steps:
        values = {"best": steps[0], "worst": steps[-1]}
        yield Remark(N_("{best} is taken as the best answer and {worst} as the worst. Please check."), values)
    if cells.unused:
        words = {"words": _shown(cells.unused)}
        yield Remark(N_("Not found in the file, but taken as words of its scale: {words}."), words)
    known = (*tool.blank, *tool.not_applicable) if tool else ()
    codes = [cell for cell in cells.blank + cells.not_applicable if cell.lstrip("-").isdigit() and cell not in known]
    if codes:
        yield Remark(N_("Taken as no answer, or as not applicable: {cells}. Please check."), {"cells": _shown(codes)})
    if cells.unclear:
        yield Remark(N_("Not understood as a rating: {cells}."), {"cells": _shown(cells.unclear)})
    if scheme:
        yield from _doubts_of_items(rated, scheme)
    if rated.others:
        headers = [column.header for column in rated.others]
        yield Remark(N_("Perhaps ratings too, on another scale: {columns}."), {"columns": _shown(headers)})
    if dates_open:
        yield _DATES_OPEN


def _doubts_of_items(rated: RatedColumns, scheme: Scheme) -> Iterator[Remark]:
    if not rated.by_name:
        yield Remark(N_("No header names an item of the scheme; the items are matched by order. Please check each."))
    for code, asked in rated.reworded.items():
        item = scheme.item_by_code[code]
        names = " / ".join(filter(None, (item.name.zh, item.name.en)))
        values = {"column": rated.by_name[code], "asked": asked, "item": names}
        yield Remark(N_("“{column}” asks “{asked}”, the item is “{item}”: are they the same question?"), values)
    if 0 < len(rated.by_name) < len(scheme.items):
        missing = [
            " / ".join(filter(None, (item.name.zh, item.name.en)))
            for item in scheme.items
            if item.code not in rated.by_name
        ]
        yield Remark(N_("No column was found for: {items}."), {"items": _shown(missing)})


def _shown(words: Sequence[str]) -> str:
    return ", ".join(words[:SHOWN]) + (" …" if len(words) > SHOWN else "")
