"""The questionnaire of a wave (rules.md 8): the scheme's items by dimension, extra questions, texts; and its limits.

A wave stores texts and extra questions as a document; the items come from its scheme version.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from domain.errors import N_, Refusal
from domain.scheme import Item, Name, Scheme

EXTRA_KINDS: Final = ("single", "multiple", "recommend", "scenario", "number", "text")
CHOICES: Final = ("single", "multiple", "scenario")
MOST_EXTRAS, MOST_OPTIONS, LONGEST_QUESTION, LONGEST_TEXT = 30, 20, 300, 2000
CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
SECONDS: Final = {
    "rated": 4,
    "importance": 3,
    "single": 8,
    "multiple": 12,
    "recommend": 6,
    "scenario": 25,
    "number": 12,
}
SECONDS_TEXT, SECONDS_BEFORE = 30, 15
"""Seconds that a free text takes those who write one, and that reading the introduction takes (all ours)."""
TEXTS: Final = ("organisation", "title", "purpose", "consent", "thanks")


NOTHING: Final = Name()


class QuestionInvalid(Refusal):
    """An extra question that can't be asked."""


@dataclass(frozen=True)
class Extra:
    """A question beside the scheme's items; `options` of choices, `situation` of a scenario, bounds of a number."""

    code: str
    kind: str
    name: Name
    options: tuple[Name, ...] = ()
    situation: Name = NOTHING
    required: bool = False
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Section:
    """Items under one heading, each with its number; without a dimension they stand beside the index."""

    name: Name | None
    items: tuple[tuple[int, Item], ...]


@dataclass(frozen=True)
class Questionnaire:
    """What is asked; `texts` by the names of TEXTS, `number` counts the versions (0: nobody has changed it)."""

    scheme: Scheme
    texts: Mapping[str, Name]
    extras: tuple[Extra, ...] = ()
    number: int = 0
    ask_importance: bool = False
    ask_earlier: bool = False

    @property
    def sections(self) -> tuple[Section, ...]:
        """Items grouped by dimension, numbered in the order in which they are asked."""
        places: list[str | None] = [d.code for d in self.scheme.dimensions]
        number, sections = 0, []
        for place in [*places, None]:
            items = [item for item in self.scheme.items if item.dimension == place]
            if items:
                name = self.scheme.dimension_by_code[place].name if place is not None else None
                sections.append(Section(name, tuple(enumerate(items, number + 1))))
                number += len(items)
        return tuple(sections)

    @property
    def numbered(self) -> tuple[tuple[int, Item], ...]:
        """All items with their numbers."""
        return tuple(pair for section in self.sections for pair in section.items)

    @property
    def low_position(self) -> int:
        """From this level on (best = 0) it is asked what went wrong: after the middle, as far as it is watched."""
        middle = len(self.scheme.levels) // 2 + 1
        return max(middle, self.scheme.watch_position or 0)

    @property
    def questions(self) -> int:
        """How many questions there are; importance counts as half a question per item, as it is answered with it."""
        rated = len(self.scheme.items)
        return rated + len(self.extras) + (-(-rated // 2) if self.ask_importance else 0)

    @property
    def seconds(self) -> int:
        """How long answering takes, by the kinds of questions."""
        per_item = SECONDS["rated"] + (SECONDS["importance"] if self.ask_importance else 0)
        extras = sum(SECONDS.get(extra.kind, SECONDS_TEXT) for extra in self.extras)
        return SECONDS_BEFORE + per_item * len(self.scheme.items) + extras

    @property
    def minutes(self) -> int:
        """The same in whole minutes, at least one."""
        return max(1, round(self.seconds / 60))

    @property
    def warnings(self) -> tuple[Refusal, ...]:
        """What makes people give up: more questions, or more minutes, than the scheme allows."""
        most_questions, most_minutes = self.scheme.most_questions, self.scheme.most_minutes
        found = []
        if self.questions > most_questions:
            template = N_("{count} questions: more than {most} are answered by few, and with less care.")
            found.append(Refusal(template, count=self.questions, most=most_questions))
        if self.minutes > most_minutes:
            template = N_("About {minutes} minutes: more than {most} are too long.")
            found.append(Refusal(template, minutes=self.minutes, most=most_minutes))
        return tuple(found)

    @property
    def consent_version(self) -> str:
        """What tells which text somebody agreed to: it changes with every word of it."""
        texts = [self.texts.get(name, NOTHING) for name in ("purpose", "consent")]
        words = "\x1f".join(f"{text.zh}\x1f{text.en}" for text in texts)
        return sha256(words.encode()).hexdigest()[:12]

    def text(self, name: str, language: str) -> str:
        """A text of TEXTS for a reader of a language."""
        return self.texts.get(name, NOTHING).in_(language)

    @property
    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "texts": {name: _pair(text) for name, text in self.texts.items() if text != NOTHING},
            "ask_importance": self.ask_importance,
            "extras": [_extra_document(extra) for extra in self.extras],
        }


def questionnaire_of(
    scheme: Scheme, document: Mapping[str, Any], defaults: Mapping[str, Name], number: int = 0
) -> Questionnaire:
    """A wave's questionnaire out of its scheme and what is stored; raises QuestionInvalid.

    Texts that aren't stored are the `defaults`.
    """
    stored = {name: _name(value) for name, value in document.get("texts", {}).items() if name in TEXTS}
    return Questionnaire(
        scheme,
        {name: stored.get(name) or defaults.get(name, NOTHING) for name in TEXTS},
        checked_extras(extras_of(document)),
        number,
        bool(document.get("ask_importance", scheme.ask_importance)),
        scheme.ask_earlier_problems,
    )


def extras_of(document: Mapping[str, Any]) -> tuple[Extra, ...]:
    """The extra questions of a stored document, as they are."""
    return tuple(_extra_of(one) for one in document.get("extras", ()))


def checked_extras(extras: tuple[Extra, ...]) -> tuple[Extra, ...]:
    """The questions, if each can be asked; raises QuestionInvalid."""
    codes = [extra.code for extra in extras]
    if len(extras) > MOST_EXTRAS:
        raise QuestionInvalid(N_("At most {most} extra questions can be asked."), most=MOST_EXTRAS)
    for extra in extras:
        _check(extra)
        if codes.count(extra.code) > 1:
            raise QuestionInvalid(N_("Two questions have the code {code}."), code=extra.code)
    return extras


def _check(extra: Extra) -> None:
    shown = extra.name.zh or extra.name.en or extra.code
    if not CODE.fullmatch(extra.code) or extra.kind not in EXTRA_KINDS:
        raise QuestionInvalid(N_("Question “{question}” has no valid code or kind."), question=shown)
    if not (extra.name.zh or extra.name.en):
        raise QuestionInvalid(N_("A question needs its wording, in Chinese or English."))
    if max(len(extra.name.zh), len(extra.name.en)) > LONGEST_QUESTION:
        template = N_("Question “{question}” is longer than {most} characters.")
        raise QuestionInvalid(template, question=shown[:40], most=LONGEST_QUESTION)
    if extra.kind in CHOICES and not 2 <= len(extra.options) <= MOST_OPTIONS:
        template = N_("Question “{question}” needs 2 to {most} options.")
        raise QuestionInvalid(template, question=shown, most=MOST_OPTIONS)
    if extra.kind == "scenario" and extra.situation == NOTHING:
        raise QuestionInvalid(N_("Question “{question}” needs the situation that it asks about."), question=shown)
    if extra.least is not None and extra.most is not None and extra.least > extra.most:
        raise QuestionInvalid(N_("Question “{question}”: the least is above the most."), question=shown)


def check_options_differ(extras: Iterable[Extra]) -> None:
    """For what is saved anew; what was stored with such options goes on being asked. Raises QuestionInvalid."""
    for extra in extras:
        if twice := _twice(extra.options):
            shown = extra.name.zh or extra.name.en
            raise QuestionInvalid(N_("Question “{question}” offers “{option}” twice."), question=shown, option=twice[0])


def _twice(options: tuple[Name, ...]) -> list[str]:
    """What reads the same as an option before it, in either language: nobody could tell them apart."""
    found = []
    for language in ("zh", "en"):
        words = [getattr(one, language).strip().casefold() for one in options]
        found += [word for place, word in enumerate(words) if word and word in words[:place]]
    return found


def next_code(extras: tuple[Extra, ...]) -> str:
    """A code that no question has yet.

    >>> next_code((Extra("q1", "text", Name("一")), Extra("q3", "text", Name("三"))))
    'q4'
    """
    taken = [int(extra.code[1:]) for extra in extras if re.fullmatch(r"q\d{1,4}", extra.code)]
    return f"q{max(taken, default=0) + 1}"


def option_code(place: int) -> str:
    """What is stored of a chosen option: its place, from 1."""
    return str(place + 1)


def _pair(name: Name) -> list[str]:
    return [name.zh, name.en]


def _name(value: Any) -> Name:
    zh, en = value
    return Name(zh=str(zh)[:LONGEST_TEXT], en=str(en)[:LONGEST_TEXT])


def _extra_document(extra: Extra) -> dict[str, Any]:
    return {
        "code": extra.code,
        "kind": extra.kind,
        "name": _pair(extra.name),
        "options": [_pair(option) for option in extra.options],
        "situation": _pair(extra.situation),
        "required": extra.required,
        "least": extra.least,
        "most": extra.most,
    }


def _extra_of(stored: Mapping[str, Any]) -> Extra:
    return Extra(
        str(stored["code"]),
        str(stored["kind"]),
        _name(stored["name"]),
        tuple(_name(option) for option in stored.get("options", ())),
        _name(stored.get("situation", ("", ""))),
        bool(stored.get("required")),
        stored.get("least"),
        stored.get("most"),
    )
