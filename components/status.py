"""How a status is told: a sign, a word and a tint, never colour alone (design.md 4)."""

from typing import Final, NamedTuple

from components import formats
from components.texts import ngettext, own_language, text_in
from domain.errors import N_
from domain.scores import Score, below


class Look(NamedTuple):
    """What a status looks like; `word` is a message, `tint` a cell's background that works on light and dark pages."""

    sign: str
    word: str
    badge: str | None
    tint: str | None


STATUS: Final[dict[str | None, Look]] = {
    "red": Look("●", N_("Red"), "red", "rgba(255,90,79,.50)"),
    "amber": Look("◇", N_("Amber"), "orange", "rgba(232,162,12,.13)"),
    "ok": Look("", N_("On target"), None, None),
    None: Look("", N_("No score"), None, None),
}
"""Status of a score, as `domain.scores.status` names it → its look."""
WORST_FIRST: Final = {"red": 0, "amber": 1, "ok": 2, None: 3}
CLOCK: Final = ":material/schedule:"


def word(status: str | None, *, language: str | None = None) -> str:
    """
    >>> word("red", language="en"), word("ok", language="en")
    ('Red', 'On target')
    """
    return text_in(language, STATUS[status].word)


def marked_word(status: str | None, *, language: str | None = None) -> str:
    """
    >>> marked_word("amber", language="en"), marked_word("ok", language="en")
    ('◇ Amber', 'On target')
    """
    return f"{STATUS[status].sign} {word(status, language=language)}".strip()


def deduction(score: Score) -> str:
    """What complaints took from a score, "" where they took nothing: "83.3 − 25.0 (3 complaints)" (rules.md 3.6)."""
    if score.undeducted is None or score.score is None:
        return ""
    taken = formats.shown(score.undeducted - score.score)
    why = ngettext("{n} complaint", "{n} complaints", score.complaints)
    return f"{formats.shown(score.undeducted)} − {taken} ({why})"


def badge(status: str | None, *, language: str | None = None) -> str:
    """Markdown for the badge; empty for a status that needs none.

    >>> badge("red", language="en"), badge("ok", language="en")
    (':red-badge[● Red]', '')
    """
    colour = STATUS[status].badge
    return f":{colour}-badge[{marked_word(status, language=language)}]" if colour else ""


def marked(score: float | None, status: str | None, *bounds: float) -> str:
    """A score with its sign.

    >>> marked(63.84, "red", 80.0, 70.0), marked(79.96, "amber", 80.0), marked(86.8, "ok", 80.0), marked(None, None)
    ('● 63.8', '◇ 79.96', '86.8', '–')
    """
    return f"{STATUS[status].sign} {formats.shown(score, *bounds)}".strip()


def due_badge(days: int, *, soon: int = 2, working_days: bool = False, language: str | None = None) -> str:
    """Time left as a badge with the clock: red when late, amber when due within `soon` days, else grey.

    >>> due_badge(-12, language="en"), due_badge(9, language="en")
    (':red-badge[:material/schedule: 12 days late]', ':gray-badge[:material/schedule: 9 days left]')
    """
    colour = "red" if days < 0 else "orange" if days <= soon else "gray"
    return f":{colour}-badge[{CLOCK} {formats.time_left(days, working_days=working_days, language=language)}]"


def sentence(
    name: str,
    score: float | None,
    *,
    target: float | None = None,
    difference: float | None = None,
    certain: bool | None = None,
    language: str | None = None,
) -> str:
    """What a chart says, for its `alt_text`.

    >>> sentence("Index", 79.6, target=80.0, difference=-0.3, certain=False, language="en")
    'Index 79.6, below target 80, no clear change'
    """
    if score is None:
        return text_in(language, "{name}: no score yet", name=name)
    parts = [f"{name} {formats.shown(score, *(() if target is None else (target,)))}"]
    if target is not None:
        words = N_("below target {target}") if below(score, target) else N_("on target {target}")
        parts.append(text_in(language, words, target=f"{target:g}"))
    if difference is not None:
        words = N_("no clear change") if not certain else N_("higher") if difference > 0 else N_("lower")
        parts.append(text_in(language, words))
    return ("，" if (language or own_language()) == "zh_CN" else ", ").join(parts)
