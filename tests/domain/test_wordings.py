"""Which questions of two waves are one: by their wordings, and a shared code proves nothing."""

import csv
import re
from itertools import combinations
from pathlib import Path

import pytest

from domain.code_lists import wordings_of
from domain.scheme import Name
from domain.wordings import DOUBTFUL, SAME, Matches, Question, evidence, likely, matches, similarity

SFO = Path(__file__).resolve().parents[3] / "shared" / "data" / "sfo_airport"
YEARS = ("2014", "2015", "2016", "2017")


def q(code: str, zh: str = "", en: str = "") -> Question:
    return Question(code, Name(zh, en))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("准时交付", " 准时交付。"),
        ("Ｑuality of products", "Quality of products"),
        ("On-time delivery", "on time delivery?"),
        ("您对我们产品质量的满意程度", "您对我们产品质量的满意程度如何"),
    ],
)
def test_wordings_that_differ_in_spelling_alone_are_one_question(first: str, second: str) -> None:
    assert similarity(first, second) >= SAME


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("您对交付满意吗", "您对交付不满意吗"),
        ("我们的售前服务是否让您感到满意", "我们的售后服务是否让您感到满意"),
        ("Information booths on the lower level", "Information booths on the upper level"),
        ("Satisfied with the last 3 deliveries", "Satisfied with the last 12 deliveries"),
        ("产品质量", "价格"),
    ],
)
def test_a_word_that_turns_the_question_makes_it_another_one(first: str, second: str) -> None:
    assert similarity(first, second) <= DOUBTFUL < SAME


def test_both_languages_must_agree_where_both_are_there() -> None:
    assert evidence(q("a", "质量", "Quality"), q("a", "质量", "Price")) < SAME
    assert evidence(q("a", "质量", "Quality"), q("a", "质量")) == 1


def test_a_shared_code_with_another_wording_is_a_doubt_and_never_the_same() -> None:
    found = matches([q("q1", "产品质量"), q("q2", "价格")], [q("q1", "交货及时性"), q("q2", "价格")])
    assert found == Matches(same=("q2",), renamed={}, doubts=("q1",), new=(), gone=())


def test_codes_that_changed_places_are_found_by_their_wordings() -> None:
    found = matches([q("q1", "产品质量"), q("q2", "价格水平")], [q("q1", "价格水平"), q("q2", "产品质量")])
    assert found.renamed == {"q1": "q2", "q2": "q1"}
    assert found.same == found.doubts == ()


def test_two_that_could_be_it_are_none_and_both_are_offered() -> None:
    earlier = [q("rental_7", en="Rental Car Center"), q("rental_9", en="Rental car center")]
    found = matches(earlier, [q("cars", en="Rental Car Center")])
    assert (found.renamed, found.new) == ({}, ("cars",))
    assert likely(q("cars", en="Rental Car Center"), earlier) == ["rental_7", "rental_9"]


# Four years of a real survey (tests skip where it is absent)


def questions(year: str) -> list[Question]:
    """The columns of a year's file, each with its wording in that year's code list."""
    (file,) = SFO.glob(f"{year}_*.csv")
    (codes,) = SFO.glob(f"DataDictionary_SFO_{year}_*.txt")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        headers = next(csv.reader(opened))
    wordings = wordings_of(codes.read_text("utf-8"), headers)
    return [q(header, en=wordings.get(header, "")) for header in headers if re.match("Q|NETPRO", header)]


@pytest.mark.skipif(not SFO.exists(), reason="the real files are not here")
@pytest.mark.parametrize(("first", "second"), list(combinations(YEARS, 2)))
def test_a_real_survey_is_mapped_between_any_years_as_its_map_says_and_nothing_falsely(first: str, second: str) -> None:
    with (SFO / "cross_year_question_map.csv").open(encoding="utf-8") as opened:
        truth = {row[second]: row[first] for row in csv.DictReader(opened)}
    found = matches(questions(first), questions(second))
    mapped = found.renamed | {code: code for code in found.same}
    assert {code: mapped.get(code) for code in truth} == truth
    inverse = {earlier: later for later, earlier in truth.items()}
    assert not [pair for pair in mapped.items() if pair[1] in inverse and inverse[pair[1]] != pair[0]]
