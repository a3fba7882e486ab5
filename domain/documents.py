"""A report as data: what it says, in which order; how it looks is the writers' matter (services.documents). Pure.

A caller puts blocks together and hands them to a writer; texts are plain texts, whatever stands in them, figures are unrounded:

>>> report = Document(
...     title="Analysis of satisfaction",
...     language="en",
...     cover=[("Period", "Q3 2026")],
...     blocks=[
...         Heading("Results"),
...         Text("The index is 76.4, below the target of 80.", "lead"),
...         Chart("bar", "Score by item", ["Price", "Delivery"], [Series("Score", [63.84, 81.2], ["red", "ok"])], bound=80.0),
...         Grid([Column("Item"), Column("Score", "score")], [["Price", 63.84]], statuses=["red"], coloured=1),
...         SignOff([("Reviewed by", "")]),
...     ],
... )
>>> [type(block).__name__ for block in report.blocks]
['Heading', 'Text', 'Chart', 'Grid', 'SignOff']

Then `services.documents.docx_file(report)` and `pdf_file(report)` give the bytes of the files.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from domain.tables import Cell, Table
from domain.written import NOTHING, count, percent, shown, signed, with_minus

Status = Literal["red", "amber", "ok", ""]
Look = Literal["plain", "lead", "quiet"]
ChartKind = Literal["bar", "line", "stacked"]
CellKind = Literal["text", "count", "score", "level", "change", "share", "day"]
WIDTHS: Final[dict[CellKind, float]] = {
    "text": 3.0,
    "count": 1.1,
    "score": 1.2,
    "level": 1.2,
    "change": 1.3,
    "share": 1.4,
    "day": 1.7,
}
"""Kind of a column → its share of the table's width, in relation to the others."""


@dataclass(frozen=True)
class Heading:
    """A heading of the first or second level; the first ones are numbered by the writers."""

    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True)
class Text:
    """A paragraph: plain, "lead" for the sentence that a reader leaves with, "quiet" for a remark. Line breaks hold."""

    text: str
    look: Look = "plain"


@dataclass(frozen=True)
class Points:
    """A list of short sentences."""

    texts: Sequence[str]


@dataclass(frozen=True)
class Facts:
    """Names and what they hold, beside each other; a value may have line breaks, an empty one is a dash."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class KeyFigure:
    """A large figure as it is written, what it is, and a remark (its interval, its target)."""

    name: str
    value: str
    remark: str = ""
    status: Status = ""


@dataclass(frozen=True)
class KeyFigures:
    """Up to four large figures in a row."""

    figures: Sequence[KeyFigure]


@dataclass(frozen=True)
class Column:
    """A header, the kind of its cells, its width in relation to the others (0: the usual one of the kind).

    `bounds`: no figure of the column is rounded over one of these.
    """

    header: str
    kind: CellKind = "text"
    width: float = 0.0
    bounds: tuple[float, ...] = ()

    @property
    def share(self) -> float:
        return self.width or WIDTHS[self.kind]


@dataclass(frozen=True)
class Grid:
    """A table; rows as wide as the columns, numbers unrounded, shares 0–1. Its headers are repeated on every page.

    `statuses` has one for each row, and colours the cell at `coloured` and the word in `worded`, where there are such;
    a colour never stands alone. An empty table says so in words: `nothing`.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    statuses: Sequence[Status] = ()
    coloured: int | None = None
    worded: int | None = None
    title: str = ""
    nothing: str = ""

    def status(self, row: int, column: int) -> Status:
        """The status that colours a cell, "" for none."""
        return self.statuses[row] if self.statuses and column in (self.coloured, self.worded) else ""

    def texts(self) -> list[list[str]]:
        """The cells as they are written."""
        return [
            [written(cell, of.kind, *of.bounds) for cell, of in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    @property
    def table(self) -> Table:
        """The same as a table that leaves the application as a spreadsheet."""
        return Table(self.title, [one.header for one in self.columns], self.rows)


@dataclass(frozen=True)
class Series:
    """Values for the labels of a chart, None where there is none; `statuses` colour its bars or points."""

    name: str
    values: Sequence[float | None]
    statuses: Sequence[Status] = ()


@dataclass(frozen=True)
class Chart:
    """A chart as data: an office program can edit it, and reads the values unrounded.

    `bar`: one series, one bar for each label, from `bound` to left and right where there is a bound. `line`: the first series
    is the one that matters, the others are reference lines. `stacked`: shares 0–1 of one whole for each label, from worst to
    best. `remark` says below what isn't seen: n, method, the bound.
    """

    kind: ChartKind
    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    bound: float | None = None
    remark: str = ""

    def texts(self) -> list[str]:
        """The values of the first series as they are written, none of them rounded over the bound."""
        bounds = () if self.bound is None else (self.bound,)
        return [shown(value, *bounds) for value in self.series[0].values]

    def step(self) -> float:
        """The distance between two marks of the axis."""
        low, high = self.ends()
        return next(step for step in (5.0, 10.0, 20.0, 50.0, 1e9) if (high - low) / step <= 5)

    def ends(self) -> tuple[float, float]:
        """The range of a bar or line chart: whole tens (fives when narrow) around values and bound.

        >>> Chart("line", "", ["a"], [Series("", [76.4])], bound=80.0).ends()
        (70.0, 90.0)
        """
        if self.kind == "stacked":
            return 0.0, 1.0
        known = [value for one in self.series for value in one.values if value is not None]
        known += [] if self.bound is None else [self.bound]
        low, high = min(known, default=0.0), max(known, default=100.0)
        step = 10.0
        bottom, top = low // step * step, -(-high // step) * step
        bottom, top = (bottom - step if bottom > low - 1 else bottom), (top + step if top < high + 1 else top)
        return (max(0.0, bottom) if low >= 0 else bottom), (min(100.0, top) if high <= 100 else top)


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a page."""


@dataclass(frozen=True)
class SignOff:
    """Fields to fill in by hand or already filled: role and what is written beside it; date and signature follow.

    `opinion` heads a free space for the reviewer's words, with what was said already.
    """

    roles: Sequence[tuple[str, str]]
    opinion: str = ""
    said: str = ""


Block = Heading | Text | Points | Facts | KeyFigures | Grid | Chart | PageBreak | SignOff


@dataclass(frozen=True)
class Document:
    """A report in one language; with `cover` it has a title page that shows these facts, and the headings.

    `personal`: it holds what people wrote or names of people, and says so on each page.
    """

    title: str
    language: str
    blocks: Sequence[Block]
    subtitle: str = ""
    organisation: str = ""
    cover: Sequence[tuple[str, str]] = ()
    footer: str = ""
    personal: bool = False


@dataclass(frozen=True)
class Slide:
    """One idea: its sentence as the title, one to three blocks (key figures, a chart, a table, points), what is said to it."""

    title: str
    blocks: Sequence[Block]
    notes: str = ""


@dataclass(frozen=True)
class Deck:
    """Slides of one language after a title slide."""

    title: str
    language: str
    slides: Sequence[Slide]
    subtitle: str = ""
    organisation: str = ""
    notes: str = ""
    footer: str = field(default="")


def written(cell: Cell, kind: CellKind, *bounds: float) -> str:
    """A cell as a reader sees it; a score or share is never rounded over a bound.

    >>> written(63.84, "score"), written(-2.14, "change"), written(0.9141, "share"), written(None, "score"), written(1200, "count")
    ('63.8', '−2.1', '91.4 %', '–', '1,200')
    """
    if cell is None or cell == "":
        return NOTHING
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return cell
    ways = {"count": lambda: count(int(cell)), "score": lambda: shown(cell, *bounds), "change": lambda: signed(cell)}
    ways |= {"share": lambda: percent(cell, *bounds), "level": lambda: with_minus(f"{cell:.2f}")}
    return ways[kind]() if kind in ways else with_minus(f"{cell:g}")
