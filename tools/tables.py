"""Tables for people at a console; Chinese characters are two columns wide."""

from collections.abc import Sequence
from unicodedata import east_asian_width

GAP = "  "


def as_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines with aligned columns, numbers to the right, "–" for None.

    >>> print(as_table(("item", "n"), [("准时交付", 58), ("price", None)]))
    item       n
    准时交付  58
    price      –
    """
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(_width(line[place]) for line in [list(headers), *texts]) for place in range(len(headers))]
    right = [
        any(isinstance(row[place], int | float) for row in rows)
        and not any(isinstance(row[place], str) for row in rows)
        for place in range(len(headers))
    ]
    return "\n".join(_line(line, widths, right) for line in [list(headers), *texts])


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for cell, width, to_right in zip(cells, widths, right, strict=True):
        filling = " " * (width - _width(cell))
        parts.append(filling + cell if to_right else cell + filling)
    return GAP.join(parts).rstrip()


def _text(cell: object) -> str:
    if cell is None:
        return "–"
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
