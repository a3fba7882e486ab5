"""Figures, periods and times as they are written on screen (design.md 2 and 4), in Chinese or English.

Every function takes a `language` ("zh_CN" or "en"); without it, the user's own.
"""

from datetime import date, datetime, tzinfo
from typing import Protocol

from babel.dates import format_date

from components.plain_text import plain as plain
from components.texts import count_in, own_language, text_in
from domain.period_names import period_name
from domain.period_names import period_short as period_short
from domain.scheme import Name
from domain.written import NOTHING as NOTHING
from domain.written import count as count
from domain.written import on_scale as on_scale
from domain.written import percent as percent
from domain.written import shown as shown
from domain.written import signed as signed
from domain.written import with_minus as with_minus

UP, DOWN, UNCERTAIN = "↑", "↓", "≈"


def share(part: int, whole: int, *bounds: float, language: str | None = None) -> str:
    """
    >>> share(234, 256, language="en"), share(0, 0, language="en")
    ('91.4 % (234 / 256)', '– (0 / 0)')
    """
    rate = percent(part / whole if whole else None, *bounds)
    return text_in(language, "{rate} ({part} / {whole})", rate=rate, part=count(part), whole=count(whole))


def change(difference: float | None, certain: bool | None, *, words: bool = True, language: str | None = None) -> str:
    """A change of a score: an arrow only when it is certain (rules.md 5, two-sided at 5 %).

    >>> change(2.14, True, language="en"), change(-2.1, True, language="en"), change(-0.3, False, language="en")
    ('↑ 2.1', '↓ 2.1', '≈ 0.3 cannot tell')
    >>> change(None, None, language="en"), change(0.3, None, words=False)
    ('–', '≈ 0.3')
    """
    if difference is None:
        return NOTHING
    if not certain:
        figure = f"{UNCERTAIN} {shown(abs(difference))}"
        return text_in(language, "{change} cannot tell", change=figure) if words else figure
    return f"{UP if difference > 0 else DOWN} {shown(abs(difference), 0.0)}"


def change_word(difference: float | None, certain: bool | None, *, language: str | None = None) -> str:
    """Higher, lower or cannot tell; empty without anything to compare."""
    if difference is None:
        return ""
    if not certain:
        return text_in(language, "Cannot tell")
    return text_in(language, "Higher") if difference > 0 else text_in(language, "Lower")


def interval(low: float | None, high: float | None, n: int, *, language: str | None = None) -> str:
    """The 95 % interval with n; only n where there is no interval.

    >>> interval(78.61, 80.72, 234, language="en"), interval(None, None, 1, language="en")
    ('95% interval 78.6–80.7 · n=234', 'n=1 *')
    """
    low, high = on_scale(low, high)
    if low is None or high is None:
        return f"n={small(n)}"
    text = text_in(language, "95% interval {low}–{high}", low=shown(low), high=shown(high))
    return f"{text} · n={small(n)}"


def small(n: int, *, few: int = 3) -> str:
    """n with the mark for fewer than 3 responses (design.md 4).

    >>> small(1), small(234)
    ('1 *', '234')
    """
    return f"{n} *" if n < few else count(n)


class Called(Protocol):
    """What has a code and a name in one or both languages."""

    @property
    def code(self) -> str: ...
    @property
    def name_zh(self) -> str: ...
    @property
    def name_en(self) -> str: ...


def customer_name(customer: Called, *, language: str | None = None) -> str:
    """A customer's name in the reader's language, its code where it has none."""
    return Name(customer.name_zh, customer.name_en).in_(language or own_language()) or customer.code


def period(code: str, *, language: str | None = None) -> str:
    """The name of a period code; a code of another kind stays as it is.

    >>> [period(code, language="en") for code in ("2026-Q3", "2026-H1", "2026-11", "2026", "pilot")]
    ['Q3 2026', 'H1 2026', 'Nov 2026', '2026', 'pilot']
    """
    return period_name(code, language or own_language())


def day(on: date, *, today: date | None = None, language: str | None = None) -> str:
    """A day in running text; with its year when that isn't today's.

    >>> day(date(2026, 9, 16), language="en"), day(date(2025, 9, 16), today=date(2026, 1, 2), language="en")
    ('16 Sep', '16 Sep 2025')
    """
    with_year = today is not None and today.year != on.year
    if (language or own_language()) == "zh_CN":
        return f"{on.year}年{on.month}月{on.day}日" if with_year else f"{on.month}月{on.day}日"
    return format_date(on, "d MMM y" if with_year else "d MMM", locale="en")


def day_in_form(on: date | None) -> str:
    """A day in forms, tables and histories: 2026-09-16."""
    return NOTHING if on is None else on.isoformat()


def clock(at: datetime, zone: tzinfo, *, seconds: bool = True) -> str:
    """The time of a moment in the organisation's zone: 10:42:18."""
    return at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def moment(at: datetime, zone: tzinfo) -> str:
    """A moment in a history: 2026-09-16 10:42."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def time_left(days: int, *, working_days: bool = False, language: str | None = None) -> str:
    """Days until something is due; late when negative.

    >>> time_left(2, language="en"), time_left(1, language="en"), time_left(0, language="en"), time_left(-12, language="en")
    ('2 days left', '1 day left', 'due today', '12 days late')
    """
    if days < 0:
        return count_in(language, "{n} day late", "{n} days late", -days)
    if days == 0:
        return text_in(language, "due today")
    if working_days:
        return count_in(language, "{n} workday left", "{n} workdays left", days)
    return count_in(language, "{n} day left", "{n} days left", days)


def seconds_left(seconds: float, *, language: str | None = None) -> str:
    """About how long something still takes.

    >>> seconds_left(8.2, language="en"), seconds_left(150, language="en")
    ('about 8 s left', 'about 3 min left')
    """
    if seconds < 90:
        return text_in(language, "about {seconds} s left", seconds=max(1, round(seconds)))
    return text_in(language, "about {minutes} min left", minutes=-(-round(seconds) // 60))
