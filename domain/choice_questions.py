"""Single and multiple choices of a survey file, read into one structure however the tool writes them.

A multiple choice stands in one cell ("运动┋购物"), or in a column for each option with 0 and 1 or with the option's text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from domain.column_profiles import is_blank, is_not_applicable
from domain.errors import N_, Refusal
from domain.mapped_choices import Choice
from domain.mapping import comparable
from domain.survey_tools import Tool

QUESTION: Final = re.compile(r"第\s*(\d+)\s*题\s*\((.+)\)|(\d+)\s*[、.:：]\s*(.+)", re.DOTALL)
OPTION_HEADER: Final = re.compile(
    r"(?:第\s*\d+\s*题)\s*\((.+)\)|.+\s-\s(.+)|.+[:：](.+)|\w[\w/]*/(\w+)|.+\[(.+)\]", re.DOTALL
)
FILLED_IN: Final = re.compile(r"〖[^〖〗]*〗")
MARKS: Final = frozenset({"0", "1", "", "-2", "-3"})
MOST_OPTIONS: Final = 60
REPEATED: Final = 5
"""So often, in the mean, an option must occur before a column of long texts is taken for joined options."""
LONGEST_OPTION, LONGEST_TEXT = 200, 500

Answers = tuple[frozenset[str], ...]
"""What each row chose, in the order of the file; empty where nothing was answered."""


class ChoicesDiffer(Refusal):
    """Two files that should hold the same answers don't."""


@dataclass(frozen=True)
class ChoiceQuestion:
    """A question with options; `kind` is "single" or "multiple", `columns` are headers of the file."""

    number: str
    kind: str
    columns: tuple[str, ...]
    answers: Answers

    @property
    def options(self) -> tuple[str, ...]:
        """The options that were chosen, sorted."""
        return tuple(sorted(frozenset[str]().union(*self.answers)))


def choice_questions(
    headers: Sequence[str], rows: Sequence[Sequence[str]], tool: Tool, *, but: Sequence[str] = ()
) -> list[ChoiceQuestion]:
    """The choices of a file, in its order; `but` are headers that are something else: rated items, opinions, roles."""
    places = [p for p, header in enumerate(headers) if tool.role_of(header) is None and header not in but]
    found: list[ChoiceQuestion] = []
    for number, group in groupby(places, key=lambda place: _number(headers[place])):
        together = list(group)
        if len(together) > 1 and number and all(_is_option(headers[p], [row[p] for row in rows]) for p in together):
            found.append(_of_columns(number, [headers[p] for p in together], together, rows))
        else:
            found.extend(_of_cells(headers, together, rows, tool))
    return found


def choices_of(
    headers: Sequence[str], rows: Sequence[Sequence[str]], tool: Tool, *, but: Sequence[str] = ()
) -> dict[str, Choice]:
    """The same as a mapping says it: question code → its columns; codes are the numbers of questions where they have one."""
    found: dict[str, Choice] = {}
    for question in choice_questions(headers, rows, tool, but=but):
        joined_by = tool.joined_by if question.kind == "multiple" and len(question.columns) == 1 else ""
        code, times = question.number, 1
        while code in found:
            times += 1
            code = f"{question.number}.{times}"
        found[code] = Choice(_wording(question), question.columns, joined_by)
    return found


def chosen_in(choice: Choice, cells: Sequence[str]) -> tuple[str, ...]:
    """The options that a row chose, sorted, each once; `cells` are those of its columns.

    >>> chosen_in(Choice("爱好", ("6、爱好",), "┋"), ["运动┋购物〖衣服〗"])
    ('购物', '运动')
    >>> chosen_in(Choice("爱好", ("第6题(运动)", "第6题(购物)")), ["0", "1"])
    ('购物',)
    """
    if len(choice.columns) > 1:
        pairs = zip(choice.columns, cells, strict=True)
        found = {_option(header) for header, cell in pairs if comparable(cell) not in MARKS - {"1"}}
    else:
        found = set(_parts(cells[0], choice.joined_by))
    return tuple(sorted({choice.labels.get(option, option)[:LONGEST_OPTION] for option in found}))


def is_joined(cells: Counter[str], tool: Tool | None) -> bool:
    """Whether different cells of a column, with how often each occurs, are the same few options joined again and again.

    >>> from domain.survey_tools import TOOLS
    >>> is_joined(Counter({"运动┋购物": 5, "购物┋阅读": 5, "运动┋阅读": 2}), TOOLS[0]), is_joined(Counter({"好": 1}), TOOLS[0])
    (True, False)
    """
    if tool is None or not tool.joined_by:
        return False
    parts: Counter[str] = Counter()
    for cell, n in cells.items():
        for part in _parts(cell, tool.joined_by):
            parts[part] += n
    joined = any(tool.joined_by in FILLED_IN.sub("", cell) for cell in cells)
    return joined and len(parts) <= MOST_OPTIONS and parts.total() >= REPEATED * len(parts)


def _wording(question: ChoiceQuestion) -> str:
    header = question.columns[0]
    stem = _stem(header).strip(" ([:：-/") if len(question.columns) > 1 else ""
    return (stem or header)[:LONGEST_TEXT]


def labels_of(by_number: ChoiceQuestion, by_text: ChoiceQuestion) -> dict[str, str]:
    """Option number → label, learned from the same answers written twice, row by row.

    Raises ChoicesDiffer where a number goes with two labels, or a label with two numbers.
    """
    labels: dict[str, str] = {}
    for numbers, texts in zip(by_number.answers, by_text.answers, strict=True):
        if len(numbers) != 1 or len(texts) != 1:
            if len(numbers) != len(texts):
                _refuse(by_number, numbers, texts)
            continue
        (number,), (text,) = numbers, texts
        if labels.setdefault(number, text) != text:
            _refuse(by_number, numbers, texts)
    if len(set(labels.values())) != len(labels):
        _refuse(by_number, frozenset(labels), frozenset(labels.values()))
    return labels


def labelled(question: ChoiceQuestion, labels: dict[str, str]) -> ChoiceQuestion:
    """The question with labels in place of numbers; what has no label stays."""
    answers = tuple(frozenset(labels.get(option, option) for option in chosen) for chosen in question.answers)
    return replace(question, answers=answers)


def _refuse(question: ChoiceQuestion, one: frozenset[str], other: frozenset[str]) -> None:
    raise ChoicesDiffer(
        N_("Question {number}: the two files don't hold the same answers ({one} and {other})."),
        number=question.number,
        one=", ".join(sorted(one)),
        other=", ".join(sorted(other)),
    )


def _number(header: str) -> str:
    found = QUESTION.match(comparable(header))
    return (found[1] or found[3]) if found else _stem(header)


def _stem(header: str) -> str:
    """What the columns of one question have in common before the option; "" where there is nothing of that kind."""
    text = comparable(header)
    option = _option(header)
    return text[: len(text) - len(option)] if option else ""


def _option(header: str) -> str:
    found = OPTION_HEADER.fullmatch(comparable(header))
    return next(filter(None, found.groups()), "").strip() if found else ""


def _is_option(header: str, cells: Sequence[str]) -> bool:
    """Whether a column says of one option whether it was chosen."""
    used, option = {comparable(cell) for cell in cells}, _option(header)
    return bool(option) and (used <= MARKS or used <= {"", option})


def _of_columns(
    number: str, headers: Sequence[str], places: Sequence[int], rows: Sequence[Sequence[str]]
) -> ChoiceQuestion:
    options = [_option(header) for header in headers]
    answers = tuple(
        frozenset(
            option for option, place in zip(options, places, strict=True) if comparable(row[place]) not in MARKS - {"1"}
        )
        for row in rows
    )
    return ChoiceQuestion(number, "multiple", tuple(headers), answers)


def _of_cells(
    headers: Sequence[str], places: Sequence[int], rows: Sequence[Sequence[str]], tool: Tool
) -> Iterator[ChoiceQuestion]:
    for place in places:
        cells = [row[place] for row in rows]
        is_multiple = bool(tool.joined_by) and any(tool.joined_by in FILLED_IN.sub("", cell) for cell in cells)
        answers = tuple(frozenset(_parts(cell, tool.joined_by if is_multiple else "")) for cell in cells)
        options = frozenset[str]().union(*answers)
        most = MOST_OPTIONS if is_multiple else min(MOST_OPTIONS, max(sum(map(bool, answers)) // 2, 2))
        if 1 < len(options) <= most:
            kind = "multiple" if is_multiple else "single"
            yield ChoiceQuestion(_number(headers[place]) or headers[place], kind, (headers[place],), answers)


def _parts(cell: str, separator: str) -> Iterator[str]:
    text = FILLED_IN.sub("", cell)
    for part in text.split(separator) if separator else [text]:
        option = comparable(part)
        if option and option not in ("-2", "-3") and not is_blank(option) and not is_not_applicable(option):
            yield option
