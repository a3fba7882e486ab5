"""Names taken out of texts that leave the company: many thousand names, in one pass over a text. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

SHORTEST: Final = 2
"""A name of one letter stands in too many words."""


class Redactor:
    """Puts something else in the place of names, whatever their case; a Latin name not inside a longer word.

    >>> Redactor({"Li Mei": "[…]", "凯拓": "Customer 1"})("LI MEI of 凯拓 called; Li Meier did not")
    '[…] of Customer 1 called; Li Meier did not'
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._starts: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, instead in sorted(names.items(), key=lambda one: (-len(one[0]), one[0])):
            wanted = name.strip().casefold()
            if len(wanted) >= SHORTEST:
                self._starts[wanted[:SHORTEST]].append((wanted, instead))

    def __call__(self, text: str) -> str:
        """The text without them."""
        low = text.casefold()
        if not self._starts or len(low) != len(text):  # letters that become two: such a text is compared as it is
            low = text
        parts, done, at = [], 0, 0
        while at < len(low):
            found = next(
                (one for one in self._starts.get(low[at : at + SHORTEST], ()) if _stands(low, at, one[0])), None
            )
            if found is None:
                at += 1
                continue
            parts += [text[done:at], found[1]]
            done = at = at + len(found[0])
        return "".join([*parts, text[done:]])


def _stands(text: str, at: int, name: str) -> bool:
    end = at + len(name)
    if not text.startswith(name, at):
        return False
    is_inside = name[0].isascii() and at > 0 and _is_word(text[at - 1])
    return not is_inside and not (name[-1].isascii() and end < len(text) and _is_word(text[end]))


def _is_word(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
