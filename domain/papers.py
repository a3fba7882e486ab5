"""A document as data: what stands in it, whatever file it becomes. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from domain.tables import Cell, Table

Fact = tuple[str, str]


@dataclass(frozen=True)
class Part:
    """A section: sentences, facts by name, and a table; `statuses` are those of the table's rows ("red", "amber", "")."""

    heading: str = ""
    texts: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    table: Table | None = None
    statuses: Sequence[str] = ()


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
