"""Whether two questions ask the same, by their wordings in Chinese and English, and which ones of two waves belong together.

A shared code alone proves nothing: where the wordings differ, somebody is asked (rules.md 2, question mapping). Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from domain.mapping import comparable
from domain.scheme import Name
from domain.survey_words import plain

SAME: Final = 0.85
"""Evidence from which two wordings are taken for one question, unless they differ in a number or a negation."""
LIKELY: Final = 0.6
"""Evidence from which a question is offered as the earlier form of another one."""
DOUBTFUL: Final = 0.8
"""The most that two wordings with other numbers, negations or opposites come to."""
TELLING: Final = re.compile(
    r"\d+|[不没无未非]|[前后上下内外进出]|\b(?:not|never|no|without|upper|lower|inside|outside|before|after|pre|in|out|up|down)\b"
)
"""What makes another question of nearly the same words: 满意 and 不满意, 售前 and 售后, upper and lower level."""
NUMBERED: Final = re.compile(r"[A-Za-z]{1,3}_?\d+[A-Za-z]?_(.+)|[A-Za-z]{1,2}\d+([A-Za-z]{3,})|(.+)")


@dataclass(frozen=True)
class Question:
    """A question of one wave: its code, or its column's header, and how it is worded, as far as that is known."""

    code: str
    wording: Name = field(default_factory=Name)


@dataclass(frozen=True)
class Matches:
    """Questions of a later wave, by code. `same`: sure; `renamed`: later → earlier, to be confirmed.

    `doubts`: of the same code as an earlier one, but worded otherwise. `new` and `gone`: without a likely counterpart.
    """

    same: tuple[str, ...]
    renamed: dict[str, str]
    doubts: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


def similarity(first: str, second: str) -> float:
    """How alike two wordings of a language are, 0–1: spelling, width, case, spaces and punctuation don't count.

    >>> similarity("准时交付", "准时 交付。"), round(similarity("On-time delivery", "Delivery on time"), 2)
    (1.0, 0.57)
    >>> similarity("您对交付满意吗", "您对交付不满意吗") <= DOUBTFUL
    True
    """
    one, other = plain(comparable(first)), plain(comparable(second))
    if one == other:
        return 1.0
    alike = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return alike if _telling(first) == _telling(second) else min(alike, DOUBTFUL)


def evidence(first: Question, second: Question) -> float:
    """How sure it is that two questions ask the same, 0–1: the least of the languages in which both are worded.

    Where one isn't worded, the word in its code stands for it: Q18AGE and Q19Age both say "age".
    """
    pairs = ((first.wording.zh, second.wording.zh), (first.wording.en, second.wording.en))
    known = [similarity(one, other) for one, other in pairs if one and other]
    if known:
        return min(known)
    texts = [{_word(one.code), one.wording.zh, one.wording.en} - {""} for one in (first, second)]
    return max(similarity(one, other) for one in texts[0] for other in texts[1])


def matches(earlier: Sequence[Question], later: Sequence[Question]) -> Matches:
    """Which questions of two waves belong together: those of one code first, then others by their wordings.

    A pair of other codes must be the best for both, and clearly so: two questions that could be it are none.
    """
    was, now = {one.code.casefold(): one for one in earlier}, {one.code.casefold(): one for one in later}
    shared = [key for key in now if key in was]
    same = [key for key in shared if evidence(was[key], now[key]) >= SAME]
    left_was = {key: one for key, one in was.items() if key not in same}
    left_now = {key: one for key, one in now.items() if key not in same}
    found = {(a, b): evidence(left_was[a], left_now[b]) for a in left_was for b in left_now}
    renamed = {b: a for (a, b), sure in found.items() if a != b and _is_best(found, a, b, sure)}
    doubts = [key for key in shared if key not in same and key not in renamed]
    new = [key for key in left_now if key not in renamed and key not in doubts]
    gone = [key for key in left_was if key not in renamed.values() and key not in doubts]
    return Matches(
        tuple(now[key].code for key in same),
        {now[b].code: was[a].code for b, a in renamed.items()},
        tuple(now[key].code for key in doubts),
        tuple(now[key].code for key in new),
        tuple(was[key].code for key in gone),
    )


def likely(question: Question, earlier: Sequence[Question]) -> list[str]:
    """Codes of the questions that it could have been, the likeliest first."""
    found = sorted(((evidence(one, question), one.code) for one in earlier), key=lambda pair: (-pair[0], pair[1]))
    return [code for sure, code in found if sure >= LIKELY]


def _is_best(found: Mapping[tuple[str, str], float], a: str, b: str, sure: float) -> bool:
    others = [value for (x, y), value in found.items() if (x == a) != (y == b)]
    return sure >= SAME and all(value < min(SAME, sure) for value in others)


def _telling(text: str) -> list[str]:
    return sorted(TELLING.findall(comparable(text).casefold()))


def _word(code: str) -> str:
    """What a coded header says beside its number: Q18AGE, q3_02_price and price say AGE, price and price.

    >>> _word("Q18AGE"), _word("q3_price"), _word("quality"), _word("Q7")
    ('AGE', 'price', 'quality', 'Q7')
    """
    found = NUMBERED.fullmatch(code)
    return next(part for part in found.groups() if part) if found else code
