"""What comes back from a questionnaire's form: every field is checked, and nothing that was typed is lost.

Fields: `i7` level or number of item 7 (NOT_APPLICABLE: cannot be said), `w7` what went wrong with it, `m7` how important it
is, `x_q1` an extra question, `p31` what became of the earlier problem 31, `opinion`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from domain.answers import Given
from domain.errors import N_, Refusal
from domain.questionnaire import CHOICES, Extra, Questionnaire, option_code

NOT_APPLICABLE: Final = "na"
LONGEST_WHY, LONGEST_OPINION, LONGEST_NUMBER = 500, 2000, 20
KEPT: Final = 4000
"""So much of a field is kept while it is being corrected."""
IMPORTANCE: Final = 5
"""Importance is said from 1 to this."""
RECOMMEND: Final = 10
VERDICTS: Final = ("improved", "partly", "not")
Fields = dict[str, list[str]]


class ExtraAnswerInvalid(Refusal):
    """An answer to a question that isn't asked, or one that this question doesn't offer."""

    def __init__(self, question: str) -> None:
        super().__init__(N_("“{question}” isn't asked in this wave, or doesn't offer this answer."), question=question)


@dataclass(frozen=True)
class Filled:
    """A form as it was understood: levels by item code, texts, and what is wrong or missing by field.

    `answers` holds None where the customer can't say; `whys` the text about an item by its code; `extras` also holds
    importance as `importance:<item>`; `earlier` the verdict on each earlier problem.
    """

    answers: dict[str, Given | None] = field(default_factory=dict)
    whys: dict[str, str] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    earlier: dict[int, str] = field(default_factory=dict)
    opinion: str = ""
    errors: dict[str, Refusal] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was rated: then it can't be counted."""
        return all(given is None for given in self.answers.values())


def names_of(questionnaire: Questionnaire, problems: Sequence[int] = ()) -> frozenset[str]:
    """The fields that a form of this questionnaire has; everything else is dropped."""
    names = {"opinion", *(f"p{key}" for key in problems), *(f"x_{extra.code}" for extra in questionnaire.extras)}
    for number, _item in questionnaire.numbered:
        names |= {f"i{number}", f"w{number}"} | ({f"m{number}"} if questionnaire.ask_importance else set())
    return frozenset(names)


def kept_fields(given: Mapping[str, Sequence[str]], names: frozenset[str]) -> Fields:
    """What is worth keeping of a posted form: known fields that say something, each value cut to a sane length.

    >>> kept_fields({"i1": ["0"], "evil": ["x"], "opinion": [""]}, frozenset({"i1", "opinion"}))
    {'i1': ['0']}
    """
    kept = {
        name: [_clean(value) for value in given[name][:50] if value.strip()] for name in sorted(names) if name in given
    }
    return {name: values for name, values in kept.items() if values}


def filled(questionnaire: Questionnaire, fields: Fields, problems: Sequence[int] = ()) -> Filled:
    """The form, field by field; wrong ones are named in `errors`, unanswered ones in `missing`, in the form's order."""
    form = Filled(opinion=_text(fields, "opinion"))
    missing: list[str] = []
    _check_length(form, "opinion", form.opinion, LONGEST_OPINION)
    for key in problems:
        verdict = _one(fields, f"p{key}")
        if verdict in VERDICTS:
            form.earlier[key] = verdict
    for number, item in questionnaire.numbered:
        _rate(questionnaire, form, fields, number, item.code, missing)
    for extra in questionnaire.extras:
        value = _extra(form, extra, fields)
        if value:
            form.extras[extra.code] = value
        elif extra.required and f"x_{extra.code}" not in form.errors:
            missing.append(f"x_{extra.code}")
    return Filled(form.answers, form.whys, form.extras, form.earlier, form.opinion, form.errors, tuple(missing))


def extras_named(questionnaire: Questionnaire, given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Answers beside the items, by the names under which they are kept: `q1`, `importance:<item>`; checked as a form's.

    Of questions with options the values are the options' places from 1. What says nothing is left out. Raises
    ExtraAnswerInvalid, and what the form says of a number or a text that can't be taken.
    """
    field = {extra.code: f"x_{extra.code}" for extra in questionnaire.extras}
    if questionnaire.ask_importance:
        field |= {f"importance:{item.code}": f"m{number}" for number, item in questionnaire.numbered}
    said = {name: [value for value in values if value.strip()] for name, values in given.items()}
    said = {name: values for name, values in said.items() if values}
    form = filled(questionnaire, {field[name]: values for name, values in said.items() if name in field})
    for refusal in form.errors.values():
        raise refusal
    choices = {extra.code for extra in questionnaire.extras if extra.kind in CHOICES}
    for name, values in said.items():
        kept = form.extras.get(name, "")
        if not kept or (name in choices and sorted(kept.split(",")) != sorted(values)):
            raise ExtraAnswerInvalid(name)
    return form.extras


def _rate(
    questionnaire: Questionnaire, form: Filled, fields: Fields, number: int, code: str, missing: list[str]
) -> None:
    said, why = _one(fields, f"i{number}"), _text(fields, f"w{number}")
    form.answers[code] = None
    if questionnaire.scheme.number_scale and said not in ("", NOT_APPLICABLE):
        value = _number(form, f"i{number}", said, 0, 100)
        form.answers[code] = value
    elif said == "":
        missing.append(f"i{number}")
    elif said != NOT_APPLICABLE:
        form.answers[code] = _level(questionnaire, form, f"i{number}", said)
    if why:
        form.whys[code] = why
        _check_length(form, f"w{number}", why, LONGEST_WHY)
    important = _one(fields, f"m{number}")
    if questionnaire.ask_importance and important in _steps(1, IMPORTANCE):
        form.extras[f"importance:{code}"] = important


def _level(questionnaire: Questionnaire, form: Filled, name: str, said: str) -> str | None:
    levels = questionnaire.scheme.levels
    if said.isascii() and said.isdigit() and int(said) < len(levels):
        return levels[int(said)].code
    form.errors[name] = Refusal(N_("Please choose one of the answers."))
    return None


def _extra(form: Filled, extra: Extra, fields: Fields) -> str:
    name = f"x_{extra.code}"
    if extra.kind in CHOICES:
        known = [option_code(place) for place in range(len(extra.options))]
        chosen = [value for value in known if value in fields.get(name, ())]
        return ",".join(chosen if extra.kind == "multiple" else chosen[:1])
    said = _text(fields, name)
    if extra.kind == "recommend":
        return said if said in _steps(0, RECOMMEND) else ""
    if extra.kind == "number" and said:
        value = _number(form, name, said, extra.least, extra.most)
        return "" if value is None else f"{value:.12g}"
    _check_length(form, name, said, LONGEST_OPINION)
    return said


def _number(form: Filled, name: str, said: str, least: float | None, most: float | None) -> float | None:
    """A number as people type it, also in full width or with a comma as the decimal point."""
    text = said.translate(_HALF_WIDTH).replace(" ", "")
    try:
        value = float(text) if len(text) <= LONGEST_NUMBER and "_" not in text else float("nan")
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        form.errors[name] = Refusal(N_("Please write a number, such as 80 or 12.5."))
        return None
    if (least is not None and value < least) or (most is not None and value > most):
        form.errors[name] = _range(least, most)
        return None
    return value


def _range(least: float | None, most: float | None) -> Refusal:
    if least is None:
        return Refusal(N_("Please write a number of at most {most}."), most=f"{most:g}")
    if most is None:
        return Refusal(N_("Please write a number of at least {least}."), least=f"{least:g}")
    return Refusal(N_("Please write a number from {least} to {most}."), least=f"{least:g}", most=f"{most:g}")


_HALF_WIDTH: Final = str.maketrans("０１２３４５６７８９．，,－−", "0123456789...--")


def _check_length(form: Filled, name: str, text: str, most: int) -> None:
    if len(text) > most:
        template = N_("This is {length} characters long; at most {most} fit.")
        form.errors[name] = Refusal(template, length=len(text), most=most)


def _steps(first: int, last: int) -> tuple[str, ...]:
    return tuple(map(str, range(first, last + 1)))


def _one(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0].strip()


def _text(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0].replace("\r\n", "\n").strip()


def _clean(value: str) -> str:
    """Without what no keyboard types, and no database takes."""
    return "".join(c for c in value[:KEPT] if c.isprintable() or c in "\r\n\t")
