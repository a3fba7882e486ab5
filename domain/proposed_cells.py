"""What the cells of rated columns seem to mean: levels, no answer, doesn't apply."""

from dataclasses import dataclass, replace

from domain.column_profiles import BLANK_CODES, is_blank, is_not_applicable, label_in, number_in
from domain.proposed_items import LABELS_SCALE, NUMBERS_0_100, RatedColumns, is_code, standard_scale
from domain.scheme import Scheme
from domain.survey_words import plain


@dataclass(frozen=True)
class ScaleGuess:
    """The scale that the file seems to use: a number 0–100, or level values, best first, and its usual labels."""

    number_scale: bool
    values: tuple[int, ...]
    labels: dict[int, str]


def scale_of(rated: RatedColumns) -> ScaleGuess:
    """Values best first; the highest number, or the first label of the usual scale, is taken as the best."""
    rating = rated.rating
    if rating.top == NUMBERS_0_100:
        return ScaleGuess(True, (), {})
    words = standard_scale(rated.columns)
    values = tuple(range(len(words), 0, -1)) if rating.top == LABELS_SCALE else ()
    values = values or tuple(range(rating.top, rating.bottom - 1, -1))
    return ScaleGuess(False, values, dict(zip(values, words, strict=True)) if len(words) == len(values) else {})


@dataclass(frozen=True)
class Cells:
    """What the cells of the rated columns mean, as a mapping says it; `unclear` ones have no meaning yet."""

    values: dict[str, float]
    blank: list[str]
    not_applicable: list[str]
    unclear: list[str]
    unused: list[str]
    """Words that belong to the scale, though nobody chose them in the sample."""


def cells_of(rated: RatedColumns, scale: ScaleGuess, scheme: Scheme | None) -> Cells:
    """The meaning of each different cell, and of what else is on the scale though it doesn't occur in the sample."""
    meant = _Meant(rated, scale, scheme)
    cells = Cells(values=meant.whole_numbers(), blank=[""], not_applicable=[], unclear=[], unused=[])
    for cell in sorted({cell for column in rated.columns for cell in column.cells} - {""}):
        value = meant.value_of(cell)
        if is_not_applicable(cell) or meant.is_code(cell) == "not_applicable":
            cells.not_applicable.append(cell)
        elif is_blank(cell) or meant.is_code(cell) == "blank":
            cells.blank.append(cell)
        elif value is not None:
            cells.values[cell] = value
        elif not meant.is_score(cell):
            cells.unclear.append(cell)
    used = set(map(plain, cells.values))
    cells.unused.extend(word for word in meant.usual_words() if plain(word) not in used)
    cells.values.update({word: meant.words[plain(word)] for word in cells.unused})
    ordered = sorted(cells.values.items(), key=lambda pair: -pair[1])
    return replace(cells, values=dict(ordered))


class _Meant:
    """The scale that cells are read by: the scheme's, else the guessed one."""

    def __init__(self, rated: RatedColumns, scale: ScaleGuess, scheme: Scheme | None) -> None:
        self._rating = rated.rating
        self._number_scale = scheme.number_scale if scheme else scale.number_scale
        self._usual = standard_scale(rated.columns)
        self._levels = _level_values(scheme) if scheme else {str(value): float(value) for value in scale.values}
        self.words = _word_values(self._usual, scale, scheme)

    def value_of(self, cell: str) -> float | None:
        """The level's value that a cell stands for, by its word, else by its number."""
        number = number_in(cell)
        value = self.words.get(plain(cell), self.words.get(label_in(cell) or ""))
        return self._levels.get(_number_text(number)) if value is None and number is not None else value

    def is_code(self, cell: str) -> str:
        """Which kind of missing answer a number beside the scale stands for; "" where it is none."""
        number = number_in(cell)
        if (
            number is None
            or self.value_of(cell) is not None
            or self.is_score(cell)
            or not is_code(number, self._rating)
        ):
            return ""
        return "blank" if number in BLANK_CODES else "not_applicable"

    def is_score(self, cell: str) -> bool:
        """Whether a number needs no mapping, on a scale 0–100."""
        number = number_in(cell)
        return self._number_scale and number is not None and 0 <= number <= 100

    def whole_numbers(self) -> dict[str, float]:
        """The values themselves, where the file has numbers."""
        if self._rating.top == LABELS_SCALE or self._number_scale:
            return {}
        return {text: value for text, value in self._levels.items() if text.isdigit()}

    def usual_words(self) -> tuple[str, ...]:
        """The words of the usual scale, where the file has words."""
        return tuple(word for word in self._usual if plain(word) in self.words)


def _number_text(number: float) -> str:
    return f"{number:.0f}" if number.is_integer() else repr(number)


def _level_values(scheme: Scheme) -> dict[str, float]:
    return {_number_text(float(level.value)): float(level.value) for level in scheme.levels}


def _word_values(usual: tuple[str, ...], scale: ScaleGuess, scheme: Scheme | None) -> dict[str, float]:
    """Label, as `plain`, → value: a scheme's own names first, then the usual scale with as many levels."""
    values = [float(level.value) for level in scheme.levels] if scheme else [float(value) for value in scale.values]
    words = dict(zip(map(plain, usual), values, strict=True)) if len(usual) == len(values) else {}
    for level in scheme.levels if scheme else ():
        words |= {plain(name): float(level.value) for name in (level.name.zh, level.name.en) if name}
    return words
