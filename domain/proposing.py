"""A first mapping for a file that nobody has mapped yet, from its headers and a sample of its cells."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

from domain.column_profiles import Column, columns_of
from domain.errors import N_, Refusal
from domain.mapping import ALL_ITEMS, Mapping
from domain.proposed_cells import Cells, ScaleGuess, cells_of, scale_of
from domain.proposed_items import (
    LABELS_SCALE,
    RatedColumns,
    columns_of_items,
    rated_columns,
)
from domain.proposed_roles import order_of_dates, proposed_opinions, proposed_roles
from domain.scheme import Scheme
from domain.scheme_entries import CODE
from domain.survey_words import RATING_WORDS

SHOWN = 8
"""Cells and headers that a remark names at most."""


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


def propose(headers: Sequence[str], sample_rows: Sequence[Sequence[str]], scheme: Scheme | None = None) -> Proposal:
    """The likeliest mapping of a file; with a scheme, of its items and onto its levels.

    Raises NoRatings where no columns look like ratings.
    """
    columns = columns_of(headers, sample_rows)
    named = columns_of_items(columns, scheme.items) if scheme else None
    rated = named or rated_columns(columns)
    if rated is None:
        raise NoRatings(
            N_(
                "The file holds no ratings: no columns with numbers such as 1 to 5 or words such as “satisfied”. "
                "Choose the export with the answers, or map the columns by hand."
            )
        )
    items = rated.by_name or _items_in_order(rated, scheme)
    rest = [column for column in columns if column not in rated.columns]
    roles = proposed_roles(rest, len(sample_rows))
    opinions = proposed_opinions([column for column in rest if column not in roles.values()])
    scale = scale_of(rated)
    cells = cells_of(rated, scale, scheme)
    dates, is_open = order_of_dates(roles["submitted_at"]) if "submitted_at" in roles else ("mdy", False)
    mapping = Mapping(
        items=items,
        columns={role: column.header for role, column in roles.items()},
        opinions=tuple(column.header for column in opinions),
        values={ALL_ITEMS: cells.values} if cells.values else {},
        blank={ALL_ITEMS: tuple(cells.blank)},
        not_applicable={ALL_ITEMS: tuple(cells.not_applicable)} if cells.not_applicable else {},
        date_order=dates,
    )
    sure = {header: _confidence(rated, header, scheme) for header in items.values()}
    return Proposal(
        mapping=mapping,
        scale=scale,
        confidence=sure | {c.header: 0.9 for c in roles.values()} | {c.header: 0.7 for c in opinions},
        reasons=_reasons(rated, items, roles, opinions, scheme),
        doubts=tuple(_doubts(rated, cells, scale, scheme, is_open)),
        other_ratings=tuple(column.header for column in rated.others),
    )


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
    rated: RatedColumns, cells: Cells, scale: ScaleGuess, scheme: Scheme | None, dates_open: bool
) -> Iterator[Remark]:
    steps = tuple(f"{value:g}" for value in scheme.level_values) if scheme else scale.values
    if rated.rating.top != LABELS_SCALE and steps:
        values = {"best": steps[0], "worst": steps[-1]}
        yield Remark(N_("{best} is taken as the best answer and {worst} as the worst. Please check."), values)
    if cells.unused:
        words = {"words": _shown(cells.unused)}
        yield Remark(N_("Not found in the file, but taken as words of its scale: {words}."), words)
    codes = [cell for cell in cells.blank + cells.not_applicable if cell.lstrip("-").isdigit()]
    if codes:
        yield Remark(N_("Taken as no answer, or as not applicable: {cells}. Please check."), {"cells": _shown(codes)})
    if cells.unclear:
        yield Remark(N_("Not understood as a rating: {cells}."), {"cells": _shown(cells.unclear)})
    if scheme and not rated.by_name:
        yield Remark(N_("No header names an item of the scheme; the items are matched by order. Please check each."))
    if scheme and 0 < len(rated.by_name) < len(scheme.items):
        missing = [
            " / ".join(filter(None, (item.name.zh, item.name.en)))
            for item in scheme.items
            if item.code not in rated.by_name
        ]
        yield Remark(N_("No column was found for: {items}."), {"items": _shown(missing)})
    if rated.others:
        headers = [column.header for column in rated.others]
        yield Remark(N_("Perhaps ratings too, on another scale: {columns}."), {"columns": _shown(headers)})
    if dates_open:
        yield Remark(N_("The dates could begin with the month or with the day; the month is assumed. Please check."))


def _shown(words: Sequence[str]) -> str:
    return ", ".join(words[:SHOWN]) + (" …" if len(words) > SHOWN else "")
