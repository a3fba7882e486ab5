"""What columns ask, out of a code list: items are named by it, and a shared code that asks something else is a doubt."""

from domain.code_lists import wordings_of
from domain.new_scheme import scheme_from
from domain.proposing import propose
from domain.scheme import Name

CODES = """Survey 2026 * Code list

Q7ART                           Artwork and exhibitions
                                5     Outstanding
Q7FOOD                          Restaurants
"""
ROWS = [["5", "4"], ["3", "2"], ["1", "5"], ["4", "4"]]


def test_lists_with_separators_are_read_like_those_with_blanks() -> None:
    for line in ("Q1;Quality", "Q1,Quality,", 'Q1\t"Quality"', "q1 : Quality", "Q1 = Quality", '"Q1","Quality"'):
        assert wordings_of(line, ["Q1"]) == {"Q1": "Quality"}, line
    assert wordings_of("Q1 is about quality\nQ2;", ["Q1", "Q2"]) == {}


def test_a_scheme_from_a_file_is_named_by_its_code_list() -> None:
    headers = ["Q7ART", "Q7FOOD"]
    found = wordings_of(CODES, headers)
    made = scheme_from(
        headers,
        propose(headers, ROWS).scale,
        code="s",
        name="S",
        organiser="quality",
        customers_named=False,
        wordings=found,
    )
    assert [(item.code, item.name) for item in made.items] == [
        ("Q7ART", Name(en="Artwork and exhibitions")),
        ("Q7FOOD", Name(en="Restaurants")),
    ]
    other = wordings_of(CODES.replace("Restaurants", "Waiting at the counters"), headers)
    said = [str(doubt) for doubt in propose(headers, ROWS, made, wordings=other).doubts]
    assert any("Waiting at the counters" in one and "Restaurants" in one for one in said)
    assert not [one for one in said if "Artwork" in one]
