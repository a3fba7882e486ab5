"""A scheme made from a file that nobody has a scheme for: its items as they stand there, thresholds as usual."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from domain.customer_cells import is_chinese
from domain.proposed_cells import ScaleGuess
from domain.proposed_items import NO_WORDINGS, stem
from domain.proposing import codes_for
from domain.scheme import Dimension, Item, Level, Name, Scheme, Targets, Thresholds

AMBER_BELOW, RED_AT_OR_BELOW, DECLINE_STEP = 80.0, 70.0, 2.0
"""The usual bounds (rules.md 2), to be changed with a new version of the scheme."""
ALL_ITEMS = "items"


def scheme_from(
    headers: Sequence[str],
    scale: ScaleGuess,
    *,
    code: str,
    name: str,
    organiser: str,
    customers_named: bool,
    wordings: Mapping[str, str] = NO_WORDINGS,
) -> Scheme:
    """A scheme with one item for each rated header, in the order given.

    Headers of a family (Q7ART, Q7FOOD; q3_01, q3_02) make a dimension; there is one for all unless every header has a
    family and there are two of them or more. Item codes are those of `domain.proposing.codes_for`; an item
    is named by its header's wording where that is known.
    """
    families = [header[: len(stem(header) or "")] for header in headers]
    several = all(families) and len(set(families)) > 1
    dimension_of = families if several else [ALL_ITEMS] * len(headers)
    codes = list(dict.fromkeys(dimension_of))
    whole = Name(zh="全部项目", en="All items")
    return Scheme(
        code=code,
        name=_name(name),
        organiser=organiser,
        cadence="yearly",
        levels=() if scale.number_scale else _levels(scale),
        points_are_scores=False,
        dimensions=tuple(Dimension(c, whole if c == ALL_ITEMS else Name(en=c), Fraction(1)) for c in codes),
        items=tuple(
            Item(item, _name(wordings.get(header, header)), dimension, Fraction(1), organiser)
            for item, header, dimension in zip(codes_for(headers), headers, dimension_of, strict=True)
        ),
        thresholds=Thresholds(AMBER_BELOW, red_at_or_below=RED_AT_OR_BELOW, decline_step=DECLINE_STEP),
        targets=Targets(index=AMBER_BELOW, customer=AMBER_BELOW),
        satisfied_score=AMBER_BELOW,
        customers_named=customers_named,
    )


def code_from(name: str) -> str:
    """A code that can stand in addresses: Latin letters, digits and hyphens; "survey" where nothing of that is left.

    >>> code_from("2017 SFO Customer Survey.csv"), code_from("满意度")
    ('2017-sfo-customer-survey', 'survey')
    """
    stem = re.sub(r"\.\w{2,4}$", "", name).lower()
    code = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:40].strip("-")
    return code if re.search("[a-z]", code) else f"survey-{code}".strip("-")


PERIOD: Final = re.compile(
    r"(?<!\d)(?P<year>20\d\d)(?:"
    r"[-_ ]?(?P<kind>[QH])(?P<part>[1-4])"
    r"|\s*年?\s*第?(?P<quarter>[一二三四1-4])季度?"
    r"|\s*年?\s*(?P<half>[上下])半年"
    r"|[-_.](?P<month>0[1-9]|1[0-2])(?![-_.]?\d)"
    r"|\s*年\s*(?P<yue>1[0-2]|0?[1-9])\s*月(?!\s*\d)"
    r")?(?!\d)",
    re.IGNORECASE,
)
"""A period in a file's name; a day (2026-11-30, 2026年11月30日) is none."""


def period_from(name: str) -> str:
    """The period that a file's name tells, "" where it tells none.

    >>> period_from("2017_SFO_Customer_Survey.csv"), period_from("满意度2026Q3.xlsx"), period_from("export.csv")
    ('2017', '2026-Q3', '')
    >>> period_from("满意度2026年三季度.xlsx"), period_from("2026年上半年.csv"), period_from("survey 2026-11.csv")
    ('2026-Q3', '2026-H1', '2026-11')
    >>> period_from("2026年9月满意度.csv"), period_from("export 2026-11-30.csv")
    ('2026-09', '2026')
    """
    found = PERIOD.search(name)
    if not found:
        return ""
    year = found["year"]
    if found["kind"]:
        return f"{year}-{found['kind'].upper()}{found['part']}"
    if found["quarter"]:
        return f"{year}-Q{'一二三四'.find(found['quarter']) + 1 or found['quarter']}"
    if found["half"]:
        return f"{year}-H{'上下'.index(found['half']) + 1}"
    month = found["month"] or found["yue"]
    return f"{year}-{int(month):02}" if month else year


def _levels(scale: ScaleGuess) -> tuple[Level, ...]:
    """Points as the values: 5 of 5 is 100, 1 of 5 is 20 (rules.md 3.1)."""
    return tuple(
        Level(str(value), _name(scale.labels.get(value, str(value))), Fraction(value), Fraction(value))
        for value in scale.values
    )


def _name(text: str) -> Name:
    return Name(zh=text) if is_chinese(text) else Name(en=text)
