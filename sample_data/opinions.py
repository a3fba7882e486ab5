"""What customers write beside their answers: it fits their lowest or highest item, and no two say the same at once."""

from collections import Counter
from functools import cache
from typing import Any

from sample_data.answers import items
from sample_data.company import SOURCE, document
from sample_data.customers import tables
from sample_data.dice import Dice

LOW, MIDDLING, BEST = 2, 3, 5
DELIGHTED = 7
"""So many best answers and no low one: praise, even with a middling one among them."""
HOW_OFTEN = {"problem": 0.6, "suggestion": 0.18, "praise": 0.25}
"""Share of the questionnaires with a low, a middling, or only good answers that say something."""


@cache
def texts() -> dict[str, Any]:
    """Texts by item in source/opinions.toml."""
    return document(SOURCE / "opinions.toml")


class Writer:
    """Writes opinions; what was written least often comes first."""

    def __init__(self) -> None:
        self._dice = Dice("opinions")
        self._used: Counter[str] = Counter()

    def opinion(self, answers: str, language: str) -> tuple[str, str, str]:
        """An opinion on one item of a questionnaire (a digit per item): text, kind and item; mostly nothing."""
        levels = {item.code: int(digit) for item, digit in zip(items(), answers, strict=True) if digit != "0"}
        worst, best = min(levels.values()), max(levels.values())
        kind = _kind(list(levels.values()))
        if not self._dice.happens(HOW_OFTEN[kind]):
            return "", "", ""
        wanted = best if kind == "praise" else worst
        about = self._dice.pick([code for code, level in levels.items() if level == wanted])
        known = texts()[about][f"{kind}_{'en' if language == 'en' else 'zh'}"]
        text = min(known, key=lambda t: (self._used[t], known.index(t)))
        self._used[text] += 1
        return self._filled(text, language), kind, about

    def _filled(self, text: str, language: str) -> str:
        product = self._dice.pick(tables()["products"])
        words = product.split(" ")
        named = " ".join(words[2:]) if language == "en" else " ".join(words[:2])
        n = self._dice.whole(3, 7)
        return str(text.format(product=f"{words[1]} {named.lower()}" if language == "en" else named, n=n, m=n - 1))


def _kind(levels: list[int]) -> str:
    if min(levels) <= LOW:
        return "problem"
    return "praise" if min(levels) > MIDDLING or levels.count(BEST) >= DELIGHTED else "suggestion"
