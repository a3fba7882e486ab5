"""Meanings of cells, and correcting some of them without losing what was said of single items."""

from domain.mapping import Mapping
from domain.mapping_corrections import DIFFERS, NO_ANSWER, NOT_ASKED, UNKNOWN, corrected, meanings_of
from domain.scheme_file import load
from tests.factories import preset

LEVELS = load(preset("iatf-quarterly")).levels
MAPPING = Mapping(
    items={"a": "A", "b": "B"},
    values={"*": {"5": 5.0, "4": 4.0}, "b": {"9": 1.0}},
    blank={"*": ("", "0")},
    not_applicable={"a": ("9",)},
)


def meanings(mapping: Mapping, cells: str = "5 4 0 9 x") -> dict[str, str]:
    listed = cells.split()
    return meanings_of({"a": listed, "b": listed}, mapping, LEVELS, number_scale=False)


def test_each_cell_has_the_meaning_of_its_mapping() -> None:
    assert meanings(MAPPING) == {"5": "level:0", "4": "level:1", "0": NO_ANSWER, "9": DIFFERS, "x": UNKNOWN}


def test_a_mapping_without_values_reads_names_and_values_of_the_levels() -> None:
    plain = Mapping(items={"a": "A", "b": "B"})
    assert meanings(plain, "5 非常满意 ５ 7") == {"5": "level:0", "非常满意": "level:0", "7": UNKNOWN}


def test_numbers_are_not_asked_for_on_a_number_scale() -> None:
    mapping = Mapping(items={"a": "A"}, values={"*": {"good": 87.5}}, blank={"*": ("-",)})
    found = meanings_of({"a": ["good", "-", "x"]}, mapping, (), number_scale=True)
    assert found == {"good": DIFFERS, "-": NO_ANSWER, "x": UNKNOWN}


def test_a_corrected_cell_means_the_same_for_all_items_and_the_rest_stays() -> None:
    again = corrected(MAPPING, {"x": "level:4", "9": NO_ANSWER}, LEVELS)
    assert meanings(again) == {"5": "level:0", "4": "level:1", "0": NO_ANSWER, "9": NO_ANSWER, "x": "level:4"}
    assert corrected(MAPPING, {}, LEVELS) == MAPPING
    assert meanings(corrected(MAPPING, {"x": NOT_ASKED}, LEVELS))["9"] == DIFFERS


def test_a_cell_can_be_taken_back_to_unknown() -> None:
    assert meanings(corrected(MAPPING, {"5": UNKNOWN, "0": UNKNOWN}, LEVELS))["5"] == UNKNOWN
    assert meanings(corrected(MAPPING, {"0": UNKNOWN}, LEVELS))["0"] == UNKNOWN


def test_correcting_one_cell_of_a_mapping_without_values_keeps_the_levels_readable() -> None:
    plain = Mapping(items={"a": "A", "b": "B"})
    again = corrected(plain, {"top": "level:0"}, LEVELS)
    assert meanings(again, "top 5 满意 Neutral") == {
        "top": "level:0",
        "5": "level:0",
        "满意": "level:1",
        "Neutral": "level:2",
    }


def test_a_corrected_mapping_can_be_stored_and_read_again() -> None:
    again = corrected(MAPPING, {"x": "level:4", "9": NOT_ASKED}, LEVELS)
    assert Mapping.load(again.dump()) == again
