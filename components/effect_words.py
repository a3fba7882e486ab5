"""Effects of actions in words: verdicts, reasons, what changed of a question, attempts to reach a customer."""

from typing import Final

from components.finding_words import RETURNED
from components.formats import change, percent, plain, shown
from components.texts import _, language
from domain.effects import REASONS, VERDICT_NAMES, EffectRow, Measured
from domain.errors import N_
from domain.scores import Score

COLOURS: Final = {"effective": "green", "not_effective": "red", "cannot_tell": "gray"}
SIGNS: Final = {"effective": ":material/check: ", "not_effective": "● ", "cannot_tell": "≈ "}
CHANGED: Final = {
    "renamed": N_("the question was renamed"),
    "split": N_("the question was split"),
    "merged": N_("the question was merged with others"),
    "rescaled": N_("answered on another scale"),
    "gone": N_("the question is not asked any more"),
}
"""How a question changed on the way, messages."""
OUTCOMES: Final = {
    "told": N_("Customer told"),
    "confirmed": N_("Confirmed by the customer"),
    "not_reached": N_("Customer not reached"),
}
"""What came of an attempt to tell the customer, messages."""


def name(one: Measured) -> str:
    """What a subject is called."""
    if one.is_share:
        return _(RETURNED[one.about])
    return (one.zh if language() == "zh_CN" else one.en) or _("Satisfaction index")


def badge(verdict: str) -> str:
    """The suggested verdict as a badge: sign, word and tint."""
    return f":{COLOURS[verdict]}-badge[{SIGNS[verdict]}{_(VERDICT_NAMES[verdict])}]"


def figure(one: Measured, score: Score) -> str:
    """A figure, not rounded over its bound: points with one decimal, or a share in percent."""
    bounds = [] if one.bound is None else [one.bound]
    return percent(score.score, *bounds) if one.is_share else shown(score.score, *bounds)


def bound(one: Measured) -> str:
    """The threshold: "≤ 70", "< 80", "< 90 %"."""
    if one.bound is None:
        return ""
    value = percent(one.bound) if one.is_share else f"{one.bound:g}"
    return f"{'≤' if one.included else '<'} {value}"


def reason(one: Measured, code: str) -> str:
    """Why the figures suggest their verdict, in one sentence."""
    return _(
        REASONS[code][1],
        after=figure(one, one.after),
        before=figure(one, one.before),
        bound=bound(one),
        low=one.low_answers,
        n=one.after.n,
        n_before=one.before.n,
    )


def difference(one: Measured) -> str:
    """The change with its interval: "≈ 5.2 cannot tell (95% interval −1.0–11.4)"."""
    found = one.difference
    if found is None:
        return ""
    factor = 100 if one.is_share else 1
    text = change(found.difference * factor, found.certain)
    if found.low is None or found.high is None:
        return text
    return _(
        "{change} (95% interval {low} to {high})",
        change=text,
        low=shown(found.low * factor),
        high=shown(found.high * factor),
    )


def notes(one: Measured) -> str:
    """What to know when comparing: another scale, another question; empty where nothing changed."""
    kinds = [*one.changed, *(["rescaled"] if one.other_scale and "rescaled" not in one.changed else [])]
    parts = [_(CHANGED[kind]) for kind in kinds if kind in CHANGED]
    if not parts:
        return ""
    return _("Compared on 0–100: {notes}.", notes=_(", ").join(parts))


def told(effect: EffectRow) -> str:
    """What a wave said, in one line for an alternative text."""
    return "; ".join(plain(f"{name(one)}: {reason(one, code)}") for one, code in effect.subjects)
