"""A scheme for a file that came without one: its items, its scale, and thresholds to be corrected by hand."""

from fractions import Fraction

from domain.proposed_cells import ScaleGuess
from domain.proposing import Proposal
from domain.scheme import Dimension, Item, Level, Name, Scheme, Targets, Thresholds
from domain.scheme_file import dump, load

ALL = "all"
SATISFIED = 80.0
RED = 70.0


def scheme_from(proposal: Proposal, code: str, name: str, organiser: str = "quality") -> str:
    """The TOML document of a scheme that fits a proposal made without one; `domain.scheme_file.load` accepts it.

    All items count alike in one dimension; a level's points are its value as a percentage of the best level's; satisfied
    is 80, red 70. Raises SchemeInvalid where `code` is no code or the scale has more levels than a scheme may have.
    """
    levels = levels_of(proposal.scale)
    scheme = Scheme(
        code=code,
        name=name_of(name),
        organiser=organiser,
        cadence="quarterly",
        levels=levels,
        points_are_scores=not levels,
        dimensions=(Dimension(ALL, Name(zh="全部项目", en="All items"), Fraction(1)),),
        items=tuple(
            Item(item, name_of(header), ALL, Fraction(1), organiser) for item, header in proposal.mapping.items.items()
        ),
        thresholds=Thresholds(
            SATISFIED, red_at_or_below=RED, watch_level=levels[len(levels) // 2].code if levels else None
        ),
        targets=Targets(index=SATISFIED, customer=SATISFIED),
        satisfied_score=SATISFIED,
        customers_named=bool(proposal.mapping.columns.keys() & {"customer", "customer_name"}),
    )
    document = dump(scheme)
    load(document)
    return document


def levels_of(scale: ScaleGuess) -> tuple[Level, ...]:
    """Levels best first; none for numbers 0–100.

    >>> [(level.name.en, float(level.points)) for level in levels_of(ScaleGuess(False, (3, 2, 1), {3: "Good"}))]
    [('Good', 100.0), ('2', 66.66666666666667), ('1', 33.333333333333336)]
    """
    best = max(scale.values, default=1)
    return tuple(
        Level(
            f"level_{value}", name_of(scale.labels.get(value, str(value))), Fraction(100 * value, best), Fraction(value)
        )
        for value in scale.values
    )


def name_of(text: str) -> Name:
    """A name in the language of its letters."""
    is_chinese = any("\u3400" <= letter <= "\u9fff" for letter in text)
    return Name(zh=text.strip()) if is_chinese else Name(en=text.strip())
