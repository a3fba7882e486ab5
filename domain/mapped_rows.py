"""From the cells of a survey file to levels, by its mapping; a chunk of rows at a time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import Enum
from operator import itemgetter
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from domain.cell_meanings import NOT_APPLICABLE, OUT_OF_SCALE, TOO_PRECISE, UNKNOWN, Meanings, known_cells
from domain.choice_questions import chosen_in
from domain.customer_entries import LONGEST
from domain.errors import N_
from domain.mapping import TEXT_ROLES, Mapping, MappingInvalid, comparable
from domain.moments import Moments
from domain.repeated import SeenIds
from domain.scheme import BLANK, Level
from domain.tool_cells import seconds_of

Levels = npt.NDArray[np.int16]
Rows = Sequence[Sequence[str]]
Number = TypeVar("Number", int, float)

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


class Reason(Enum):
    """Why a row isn't written; the value is the English text."""

    NOT_MAPPED = N_("The value is not mapped to a level, and not declared blank.")
    OUT_OF_SCALE = N_("The number is outside the scale 0–100.")
    TOO_PRECISE = N_("The number has more than two decimals.")
    NO_CUSTOMER = N_("The customer is empty.")
    CUSTOMER_UNKNOWN = N_("The customer is unknown.")
    TOO_LONG = N_("The text is longer than 200 letters.")
    NOT_A_DATE = N_("The date is not understood.")
    NOT_A_WEIGHT = N_("The weight is not a number above 0.")
    ID_TWICE = N_("The external id is twice in the file, with other content.")
    ID_CHANGED = N_("The external id was imported before, with other content.")
    MORE_CELLS = N_("The row has more cells than there are columns.")


CODED_REASONS: Final = {
    UNKNOWN: Reason.NOT_MAPPED,
    OUT_OF_SCALE: Reason.OUT_OF_SCALE,
    TOO_PRECISE: Reason.TOO_PRECISE,
}


class BadCell(NamedTuple):
    """Why a row isn't written: the line in the file, the column's header, the cell as it is, the reason."""

    line: int
    column: str
    value: str
    reason: Reason


@dataclass(frozen=True)
class ReadRows:
    """A chunk of rows, read; all lists have one entry for each row, in order.

    `levels` is [rows × items in the scheme's order]: position of the level, hundredths of a number, or BLANK.
    """

    lines: Sequence[int]
    levels: Levels
    not_applicable: npt.NDArray[np.int64]
    """For each item, how many of the blank answers were declared not applicable."""
    texts: dict[str, list[str]]
    """Of each text role that the mapping has, "" where nothing is known; fixed values too."""
    external_ids: list[str]
    """"" where there is none."""
    weights: list[float | None]
    submitted_at: list[int | None]
    """Milliseconds since 1970 UTC."""
    opinions: list[list[tuple[str, str]]]
    """Header and text of each opinion."""
    bad: list[BadCell]
    repeats: list[int] = field(default_factory=list)
    """Places of rows that the file has a second time, with the same external id and the same cells."""
    id_came_first: dict[int, int] = field(default_factory=dict)
    """Place of a row whose external id another row had → the line of the first that had it."""
    choices: list[dict[str, str]] = field(default_factory=list)
    """Question code → the chosen options, one a line; empty where the mapping has no choices."""
    durations: list[int | None] = field(default_factory=list)
    """Seconds that answering took, None where it isn't known; for review only (domain.review_flags)."""

    @property
    def good(self) -> npt.NDArray[np.bool_]:
        """Which rows can be written: those without a bad cell that aren't repeats."""
        place = {line: i for i, line in enumerate(self.lines)}
        good = np.ones(len(self.lines), dtype=np.bool_)
        good[[place[cell.line] for cell in self.bad]] = False
        good[self.repeats] = False
        return good

    @property
    def rated(self) -> npt.NDArray[np.bool_]:
        """Which rows have any rating; a good row without one is stored as invalid."""
        return np.asarray((self.levels >= 0).any(axis=1))


@dataclass(frozen=True)
class RowReader:
    """Reads chunks of rows of one file; made by `compile_mapping`."""

    mapping: Mapping
    place: dict[str, int]
    """Header → index of its cell."""
    meanings: dict[int, tuple[str, Meanings]]
    """Item's index in the scheme → its header and what its cells mean."""
    n_items: int
    moments: Moments
    customer_required: bool

    def read(self, lines: Sequence[int], rows: Rows, seen: SeenIds | None = None) -> ReadRows:
        """The rows as levels and roles; `seen` remembers the external ids of earlier chunks in one run over a file."""
        bad: list[BadCell] = []
        levels = self._levels(lines, rows, bad)
        not_applicable = np.asarray((levels == NOT_APPLICABLE).sum(axis=0), dtype=np.int64)
        levels[levels < 0] = BLANK
        texts = self._texts(rows)
        read = ReadRows(
            lines=lines,
            levels=levels,
            not_applicable=not_applicable,
            texts=texts,
            external_ids=self._cells("external_id", rows),
            weights=self._numbers("weight", lines, rows, weight_of, Reason.NOT_A_WEIGHT, bad),
            submitted_at=self._numbers("submitted_at", lines, rows, self.moments.__getitem__, Reason.NOT_A_DATE, bad),
            opinions=self._opinions(rows),
            bad=bad,
            choices=self._choices(rows),
            durations=[seconds_of(cell) for cell in self._cells("duration", rows)],
        )
        self._check_rows(lines, rows, texts, bad)
        if "external_id" in self.mapping.columns:
            self._check_ids(read, rows, seen or SeenIds())
        return read

    def _levels(self, lines: Sequence[int], rows: Rows, bad: list[BadCell]) -> Levels:
        levels = np.full((len(rows), self.n_items), BLANK, dtype=np.int16)
        for item, (header, table) in self.meanings.items():
            cells = map(itemgetter(self.place[header]), rows)
            column = np.fromiter(map(table.__getitem__, cells), np.int16, len(rows))
            levels[:, item] = column
            for row in np.flatnonzero(column <= UNKNOWN).tolist():
                cell = rows[row][self.place[header]]
                bad.append(BadCell(lines[row], header, cell, CODED_REASONS[int(column[row])]))
        return levels

    def _cells(self, role: str, rows: Rows) -> list[str]:
        """The cells of a role without outer blanks; "" for those that mean nothing, or without such a column."""
        header = self.mapping.columns.get(role)
        if header is None:
            return [""] * len(rows)
        place = self.place[header]
        cells = [row[place].strip() for row in rows]
        if "\0" in "".join(cells):
            cells = list(map(_clean, cells))
        nothing = set(map(comparable, self.mapping.blank.get(role, ())))
        return ["" if comparable(cell) in nothing else cell for cell in cells] if nothing else cells

    def _texts(self, rows: Rows) -> dict[str, list[str]]:
        texts = {role: self._cells(role, rows) for role in TEXT_ROLES if role in self.mapping.columns}
        return texts | {role: [value] * len(rows) for role, value in self.mapping.fixed.items()}

    def _numbers(
        self,
        role: str,
        lines: Sequence[int],
        rows: Rows,
        reading: Callable[[str], Number | None],
        reason: Reason,
        bad: list[BadCell],
    ) -> list[Number | None]:
        cells = self._cells(role, rows)
        numbers = [reading(cell) if cell else None for cell in cells]
        for line, cell, number in zip(lines, cells, numbers, strict=True):
            if number is None and cell:
                bad.append(BadCell(line, self.mapping.columns[role], cell, reason))
        return numbers

    def _opinions(self, rows: Rows) -> list[list[tuple[str, str]]]:
        columns = [(header, self.place[header]) for header in self.mapping.opinions]
        if not columns:
            return [[] for _ in rows]
        nothing = {"", *map(comparable, self.mapping.blank.get("opinion", ()))}
        return [
            [(name, text) for name, at in columns if row[at] and comparable(text := _clean(row[at])) not in nothing]
            for row in rows
        ]

    def _choices(self, rows: Rows) -> list[dict[str, str]]:
        asked = [(code, one, [self.place[h] for h in one.columns]) for code, one in self.mapping.choices.items()]
        if not asked:
            return []
        return [
            {
                code: "\n".join(chosen)
                for code, choice, places in asked
                if (chosen := chosen_in(choice, [_clean(row[place]) for place in places]))
            }
            for row in rows
        ]

    def _check_rows(self, lines: Sequence[int], rows: Rows, texts: dict[str, list[str]], bad: list[BadCell]) -> None:
        width = len(self.place)
        if max(map(len, rows), default=0) > width:
            for line, row in zip(lines, rows, strict=True):
                bad.extend(BadCell(line, "", cell, Reason.MORE_CELLS) for cell in row[width:] if cell.strip())
        for role, header in self.mapping.columns.items():
            if max(map(len, texts.get(role, ())), default=0) > LONGEST:
                long = ((line, cell) for line, cell in zip(lines, texts[role], strict=True) if len(cell) > LONGEST)
                bad.extend(BadCell(line, header, cell, Reason.TOO_LONG) for line, cell in long)
        if self.customer_required:
            role = "customer" if "customer" in texts else "customer_name"
            names = texts.get(role, [""] * len(rows))
            header = self.mapping.columns.get(role, "")
            bad.extend(
                BadCell(line, header, "", Reason.NO_CUSTOMER)
                for line, name in zip(lines, names, strict=True)
                if not name
            )

    def _check_ids(self, read: ReadRows, rows: Rows, seen: SeenIds) -> None:
        contents = [hash(tuple(row)) for row in rows]
        header = self.mapping.columns["external_id"]
        for row, first_line, is_same in seen.add(read.external_ids, contents, read.lines):
            read.id_came_first[row] = first_line
            if is_same:
                read.repeats.append(row)
            else:
                read.bad.append(BadCell(read.lines[row], header, read.external_ids[row], Reason.ID_TWICE))


def _clean(cell: str) -> str:
    """Without outer blanks, and without NUL, which PostgreSQL can't store."""
    return cell.strip().replace("\0", "")


def weight_of(text: str) -> float | None:
    """A respondent's weight; None where it isn't a finite number above 0."""
    try:
        weight = float(text)
    except ValueError:
        return None
    return weight if 0 < weight < math.inf else None


def compile_mapping(
    mapping: Mapping,
    headers: Sequence[str],
    item_codes: Sequence[str],
    levels: Sequence[Level],
    number_scale: bool,
    *,
    zone: tzinfo = SHANGHAI,
    customer_required: bool = False,
) -> RowReader:
    """The reader for files with these headers, under a scheme with these items and levels (best first).

    Times without an offset are meant in `zone`. With `customer_required`, a row without customer is bad.
    Raises MappingInvalid where the file lacks a column, or the scheme an item or a value.
    """
    missing = mapping.missing_in(headers)
    if missing:
        raise MappingInvalid(N_("The file has no column “{header}”, which the mapping names."), header=missing[0])
    index = {code: place for place, code in enumerate(item_codes)}
    for code in mapping.items:
        if code not in index:
            raise MappingInvalid(N_("The scheme has no item “{code}”, which the mapping names."), code=code)
    return RowReader(
        mapping=mapping,
        place={header: place for place, header in enumerate(headers)},
        meanings={
            index[code]: (header, Meanings(known_cells(mapping, code, levels, number_scale), number_scale))
            for code, header in mapping.items.items()
        },
        n_items=len(item_codes),
        moments=Moments(zone, mapping.date_order),
        customer_required=customer_required,
    )
