"""How often each option of the questions with choices was chosen in a wave."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, or_, select

from db.models import ChoiceQuestionRow, Customer, ExtraAnswer, QuestionnaireRow, Response, Wave
from db.queries.narrowing import WaveInfo, of_cohorts, of_customers
from db.queries.returns import SMALLEST_GROUP
from domain.access import Scope
from domain.choice_counts import ChoiceCounts
from domain.questionnaire import CHOICES, extras_of, option_code
from domain.scheme import Name, Scheme

IMPORTANCE = "importance:"


@dataclass(frozen=True)
class _Asked:
    """A question, what stands between its chosen options, and what they are called (the codes themselves otherwise)."""

    code: str
    text: Name
    separator: str
    is_multiple: bool
    options: dict[str, Name]


def choice_counts(session: Session, scope: Scope, wave: WaveInfo) -> list[ChoiceCounts]:
    """Each question with its options, the most frequent first; responses that only lack ratings count here too.

    Nothing for readers who see some departments only, and in an anonymous wave nothing under SMALLEST_GROUP answers.
    """
    asked = {one.code: one for one in (*_of_files(session, wave.id), *_of_questionnaire(session, wave.id))}
    if (
        not asked
        or scope.departments is not None
        or scope.viewer.only_item is not None
        or not scope.viewer.may("view_scores")
    ):
        return []
    statement = (
        select(ExtraAnswer.question, ExtraAnswer.value, func.count())
        .join(Response, col(Response.id) == ExtraAnswer.response_id)
        .where(Response.wave_id == wave.id, col(ExtraAnswer.question).in_(asked), *_counting(scope))
        .group_by(col(ExtraAnswer.question), col(ExtraAnswer.value))
    )
    if scope.by_customer:
        statement = statement.join(Customer, col(Customer.id) == Response.customer_id).where(*of_customers(scope))
    counts: dict[str, Counter[str]] = {code: Counter() for code in asked}
    answered: Counter[str] = Counter()
    for question, value, n in session.exec(statement):
        answered[question] += n
        for option in value.split(asked[question].separator):
            counts[question][option] += n
    anonymous = session.exec(select(Wave.is_anonymous).where(Wave.id == wave.id)).one()
    least = max(SMALLEST_GROUP if anonymous else 1, scope.viewer.least)
    return [_counts(one, counts[code], answered[code]) for code, one in asked.items() if answered[code] >= least]


def said_beside(session: Session, response: Response, scheme: Scheme) -> list[tuple[Name, Name]]:
    """What a response answers beside the items: each question and what was said, options by their names.

    Importance stands last, item by item. Whoever asks has fetched the response, and may see it.
    """
    mine = select(ExtraAnswer.question, ExtraAnswer.value).where(ExtraAnswer.response_id == response.id)
    rows = dict(session.exec(mine).all())
    if not rows:
        return []
    choices = {one.code: one for one in _of_files(session, response.wave_id)}
    choices |= {one.code: one for one in _of_questionnaire(session, response.wave_id)}
    newest = select(QuestionnaireRow.document).where(QuestionnaireRow.wave_id == response.wave_id)
    document = session.exec(newest.order_by(col(QuestionnaireRow.number).desc()).limit(1)).first() or {}
    names = {one.code: one.text for one in choices.values()} | {one.code: one.name for one in extras_of(document)}
    order = [*names, *sorted(set(rows) - set(names))]
    said = [
        (names.get(code, Name(zh=code, en=code)), _said(rows[code], choices.get(code)))
        for code in order
        if code in rows and not code.startswith(IMPORTANCE)
    ]
    important = [(item.name, rows.get(f"{IMPORTANCE}{item.code}")) for item in scheme.items]
    return said + [
        (Name(f"{name.zh}：重要性" if name.zh else "", f"{name.en}: importance" if name.en else ""), Name(one, one))
        for name, one in important
        if one
    ]


def _said(value: str, asked: _Asked | None) -> Name:
    if asked is None:
        return Name(zh=value, en=value)
    options = [asked.options.get(one, Name(zh=one, en=one)) for one in value.split(asked.separator)]
    return Name(zh="、".join(one.in_("zh_CN") for one in options), en=", ".join(one.in_("en") for one in options))


def _counting(scope: Scope) -> list[Any]:
    """Conditions on `response`: what counts, and what only lacks a rating; filters of the scope."""
    unrated = (col(Response.status) == "invalid") & (col(Response.invalid_reason) == "no rating")
    return [or_(col(Response.status) == "counted", unrated), *of_cohorts(scope, Response)]


def _of_files(session: Session, wave_id: int) -> Iterable[_Asked]:
    found = session.exec(select(ChoiceQuestionRow).where(ChoiceQuestionRow.wave_id == wave_id)).all()
    for row in sorted(found, key=lambda row: _as_numbered(row.code)):
        yield _Asked(row.code, Name(zh=row.text, en=row.text), "\n", row.is_multiple, {})


def _as_numbered(code: str) -> tuple[int, str]:
    number = code.removeprefix("file:").partition(".")[0]
    return (int(number) if number.isascii() and number.isdigit() else 10_000, code)


def _of_questionnaire(session: Session, wave_id: int) -> Iterable[_Asked]:
    newest = select(QuestionnaireRow.document).where(QuestionnaireRow.wave_id == wave_id)
    document = session.exec(newest.order_by(col(QuestionnaireRow.number).desc()).limit(1)).first() or {}
    for extra in extras_of(document):
        if extra.kind in CHOICES:
            options = {option_code(place): name for place, name in enumerate(extra.options)}
            yield _Asked(extra.code, extra.name, ",", extra.kind == "multiple", options)


def _counts(asked: _Asked, counts: Counter[str], answered: int) -> ChoiceCounts:
    named = [(asked.options.get(option, Name(zh=option, en=option)), n) for option, n in counts.most_common()]
    return ChoiceCounts(asked.code, asked.text, asked.is_multiple, answered, tuple(named))
