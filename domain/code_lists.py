"""What the columns of a file ask, out of its code list: the codebook that surveys with coded headers come with. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from domain.mapping import comparable

LINE: Final = re.compile(
    r"[\s\"']*(?P<code>[^\s,;\t:=\"']{1,64})[\"']?(?:\s{2,}|\s*[,;\t:=]\s*)[\"']?(?P<wording>\S.*?)[\s\"',;]*"
)
"""A code, then two blanks or a separator, then what it asks."""
LONGEST: Final = 300


def wordings_of(text: str, headers: Iterable[str]) -> dict[str, str]:
    """Header → what its column asks, for the headers that the list names; upper and lower case are the same.

    The first line that names a header counts; codes of answers, and everything else in the list, are passed over.

    >>> wordings_of("Q7ART      Artwork and exhibitions\\n    5  Outstanding\\nq8: 其他", ["Q7Art", "Q8", "Q9"])
    {'Q7Art': 'Artwork and exhibitions', 'Q8': '其他'}
    """
    known = {comparable(header).casefold(): header for header in headers}
    found: dict[str, str] = {}
    for line in text.splitlines():
        parts = LINE.fullmatch(line[: 2 * LONGEST])
        header = known.get(comparable(parts["code"]).casefold()) if parts else None
        if parts and header is not None:
            found.setdefault(header, parts["wording"][:LONGEST])
    return found
