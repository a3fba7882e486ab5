"""A paper: the plain kind of document, of sections with sentences, facts, a table and a chart; as data. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.documents import (
    WIDTHS,
    Block,
    CellKind,
    Chart,
    Column,
    Document,
    Facts,
    Grid,
    Heading,
    SignOff,
    Status,
    Text,
)
from domain.tables import Cell, Table

Fact = tuple[str, str]
LONG, LETTERS, LETTER = 40, 6, 0.19
"""Letters from which a column of texts is wide, up to which it is short, and the width of one."""
WIDE, SHORT = 4.5, 2.0


@dataclass(frozen=True)
class Part:
    """A section: sentences, facts by name, a table and a chart.

    `statuses` has one for each row of the table; they colour its column `coloured`. `kinds` says of which kind a column is
    where its cells don't show it (counts are whole numbers, scores the others); no score is rounded over one of `bounds`.
    """

    heading: str = ""
    texts: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    table: Table | None = None
    statuses: Sequence[Status] = ()
    coloured: int = 0
    kinds: Mapping[int, CellKind] = field(default_factory=dict)
    bounds: tuple[float, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True)
class Paper:
    """A document: title, a line under it, sections, and who signs it (title and name, "" where somebody still has to)."""

    title: str
    remark: str = ""
    parts: Sequence[Part] = ()
    signatures: Sequence[Fact] = field(default_factory=tuple)

    @property
    def is_personal(self) -> bool:
        """Whether any of its tables is."""
        return any(part.table is not None and part.table.personal for part in self.parts)


def said_otherwise(paper: Paper, say: Callable[[str], str]) -> Paper:
    """The paper with every text said by `say`.

    >>> said_otherwise(Paper("A", parts=[Part("b", ["c"])]), str.upper).parts[0].texts
    ['C']
    """
    parts = [
        replace(
            part,
            heading=say(part.heading),
            texts=[say(text) for text in part.texts],
            facts=[(say(name), say(value)) for name, value in part.facts],
            table=table_otherwise(part.table, say) if part.table else None,
        )
        for part in paper.parts
    ]
    signatures = [(say(post), say(name)) for post, name in paper.signatures]
    return replace(paper, title=say(paper.title), remark=say(paper.remark), parts=parts, signatures=signatures)


def table_otherwise(table: Table, say: Callable[[str], str]) -> Table:
    """The same of a table."""
    rows: list[list[Cell]] = [[say(cell) if isinstance(cell, str) else cell for cell in row] for row in table.rows]
    return replace(table, rows=rows)


def document_of(paper: Paper, language: str, words: Mapping[str, str]) -> Document:
    """The paper as a document. `words` says in its language what a row's status is called, and "status" the column of it.

    A colour never stands alone: a table with statuses gets that column beside the coloured one, unless it has it.
    """
    blocks: list[Block] = []
    for part in paper.parts:
        blocks += [Heading(part.heading)] if part.heading else []
        blocks += [Text(text) for text in part.texts]
        blocks += [Facts(part.facts)] if part.facts else []
        blocks += [part.chart] if part.chart else []
        blocks += [_grid(part, part.table, words)] if part.table else []
    blocks += [SignOff(paper.signatures)] if paper.signatures else []
    return Document(paper.title, language, blocks, subtitle=paper.remark, personal=paper.is_personal)


def _grid(part: Part, table: Table, words: Mapping[str, str]) -> Grid:
    columns = [_column(part, table, place) for place in range(len(table.headers))]
    rows = [list(row) for row in table.rows]
    if not part.statuses:
        return Grid(columns, rows)
    word = part.coloured + 1
    if word >= len(columns) or columns[word].header != words["status"]:
        columns.insert(word, Column(words["status"], width=SHORT))
        for row, status in zip(rows, part.statuses, strict=True):
            row.insert(word, words.get(status, ""))
    return Grid(columns, rows, part.statuses, part.coloured, word)


def _column(part: Part, table: Table, place: int) -> Column:
    cells = [row[place] for row in table.rows if row[place] not in (None, "")]
    kind, header = part.kinds.get(place) or _kind(cells), table.headers[place]
    longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
    width = max(WIDTHS[kind] + 0.3 * (kind == "share"), LETTER * max(len(word) for word in header.split(" ")))
    if kind == "text":
        width = WIDE if longest > LONG else SHORT if longest <= LETTERS else WIDTHS[kind]
    return Column(header, kind, width, part.bounds if kind == "score" else ())


def _kind(cells: Sequence[Cell]) -> CellKind:
    if cells and all(isinstance(cell, int) for cell in cells):
        return "count"
    if cells and all(isinstance(cell, int | float) for cell in cells):
        return "score"
    return "text" if any(isinstance(cell, str) for cell in cells) or not cells else "day"
