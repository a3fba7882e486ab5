"""The sample company's files are what the generator makes, and look like answers of people."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import correlation, mean

import pytest

from domain.workdays import WorkingCalendar
from sample_data.answers import QUARTERS, items, targets
from sample_data.company import DEMO, ContactRow, CustomerRow, QuestionnaireRow, actions, read
from sample_data.dice import Dice
from sample_data.generator import write_files
from sample_data.opinions import texts
from sample_data.timeline import Timeline
from services.demo_actions import happenings

QUESTIONNAIRES = read(QuestionnaireRow, "questionnaires.csv")
CLOSED = range(1, QUARTERS)


def returned(quarter: int) -> list[QuestionnaireRow]:
    return [row for row in QUESTIONNAIRES if row.quarter == quarter and row.state == "returned"]


def scores_of(rows: list[QuestionnaireRow], position: int) -> list[int]:
    return [20 * int(row.answers[position]) for row in rows if row.answers[position] != "0"]


def test_the_files_are_what_the_generator_makes(tmp_path: Path) -> None:
    write_files(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in DEMO.iterdir()}


def test_random_numbers_are_those_of_every_machine() -> None:
    dice = Dice("a test")
    assert [dice.share(), dice.normal(), dice.whole(1, 6)] == [0.22308277097879214, 0.043084934302214606, 6]


def test_random_numbers_have_the_spread_that_was_asked_for() -> None:
    dice = Dice("spread")
    numbers = [dice.normal(10) for _ in range(4000)]
    assert abs(mean(numbers)) < 0.6
    assert abs(mean(n * n for n in numbers) ** 0.5 - 10) < 0.4


def test_there_are_sixty_customers_with_chinese_and_english_names() -> None:
    customers = read(CustomerRow, "customers.csv")
    assert len({customer.name_zh for customer in customers}) == len({customer.name_en for customer in customers}) == 60
    assert all("\u4e00" <= customer.name_zh[0] <= "\u9fff" for customer in customers)
    assert {len({getattr(customer, what) for customer in customers}) for what in ("segment", "region")} == {4, 5}


def test_each_customer_has_one_to_eight_contacts() -> None:
    numbers = Counter(contact.customer for contact in read(ContactRow, "contacts.csv"))
    assert (min(numbers.values()), max(numbers.values()), len(numbers)) == (1, 8, 60)


@pytest.mark.parametrize("quarter", CLOSED)
def test_about_99_percent_of_a_closed_quarter_came_back(quarter: int) -> None:
    sent = [row for row in QUESTIONNAIRES if row.quarter == quarter]
    assert 220 <= len(sent) <= 240
    assert 0.98 < len(returned(quarter)) / len(sent) < 1


def test_a_few_questionnaires_are_late_missing_or_undeliverable() -> None:
    states = Counter(row.state for row in QUESTIONNAIRES if row.quarter < QUARTERS)
    late = sum(row.days > 5 for row in QUESTIONNAIRES)
    assert (late, states["missing"], states["undeliverable"]) == (6, 9, 5)


def test_the_open_quarter_is_half_in() -> None:
    sent = [row for row in QUESTIONNAIRES if row.quarter == QUARTERS]
    assert len(sent) == 240
    assert len(returned(QUARTERS)) == 125
    assert max(row.days for row in sent) == 3


@pytest.mark.parametrize("quarter", range(1, QUARTERS + 1))
def test_item_scores_come_out_as_planned(quarter: int) -> None:
    for position, item in enumerate(items()):
        step = 20 / len(scores_of(returned(quarter), position))  # one answer a level higher or lower
        assert abs(mean(scores_of(returned(quarter), position)) - targets()["scores"][item.code][quarter - 1]) <= step


def test_items_of_one_dimension_agree_more_than_others_and_none_disagree() -> None:
    rows = [row for row in QUESTIONNAIRES if row.state == "returned" and "0" not in row.answers]
    columns = [[int(row.answers[position]) for row in rows] for position in range(len(items()))]
    within, across = [], []
    for a, one in enumerate(items()):
        for b, other in enumerate(items()[:a]):
            (within if one.dimension == other.dimension else across).append(correlation(columns[a], columns[b]))
    assert min(across) > 0
    assert mean(within) > mean(across) + 0.05
    assert 0.2 < mean(across) < 0.6


def test_opinions_fit_the_answer_that_they_are_about() -> None:
    position = {item.code: place for place, item in enumerate(items())}
    fitting = {"problem": {"1", "2"}, "suggestion": {"3"}, "praise": {"4", "5"}}
    said = [row for row in QUESTIONNAIRES if row.opinion]
    assert len(said) > 300
    assert {row.opinion_kind for row in said} == set(fitting)
    assert all(row.answers[position[row.opinion_item]] in fitting[row.opinion_kind] for row in said)


def test_no_sentence_is_said_over_and_over() -> None:
    said: dict[int, Counter[str]] = defaultdict(Counter)
    for row in QUESTIONNAIRES:
        said[row.quarter].update([row.opinion] if row.opinion else [])
    assert max(counter.most_common(1)[0][1] for counter in said.values()) <= 4
    assert len({text for counter in said.values() for text in counter}) > 150


def test_opinions_are_written_in_both_languages_about_every_item() -> None:
    assert set(texts()) == {item.code for item in items()}
    assert all(len(about) == 6 for about in texts().values())
    chinese = sum(any("\u4e00" <= sign <= "\u9fff" for sign in row.opinion) for row in QUESTIONNAIRES if row.opinion)
    assert 0 < chinese < sum(bool(row.opinion) for row in QUESTIONNAIRES)


def timeline(day: date) -> Timeline:
    return Timeline(datetime(day.year, day.month, day.day, 1, 30, tzinfo=UTC), WorkingCalendar("CN"))


def test_the_quarter_of_the_day_of_loading_is_the_open_one() -> None:
    loaded = timeline(date(2026, 11, 23))  # a Monday
    assert (loaded.code(1), loaded.code(8)) == ("2025-Q1", "2026-Q4")
    assert loaded.sent_on(8) == date(2026, 11, 18)
    assert loaded.sent_on(7) == date(2026, 9, 7)
    assert loaded.closed_at(7).date() == date(2026, 9, 20)  # a Sunday that is worked for the holiday of October


DAYS = [date(2025, 12, 30) + timedelta(days=n) for n in range(0, 400, 11)]


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 10, 1), *DAYS])
def test_nothing_in_the_story_lies_ahead_on_any_day_of_loading(day: date) -> None:
    loaded = timeline(day)
    assert all(loaded.closed_at(quarter) < loaded.now for quarter in CLOSED)
    assert all(loaded.returned_at(8, days, 1000) <= loaded.now for days in range(4))
    steps: dict[int, list[datetime]] = defaultdict(list)
    for one in happenings(loaded):
        steps[one.number].append(one.at)
    assert len(steps) == len(actions())
    assert all(times == sorted(times) and times[-1] <= loaded.now for times in steps.values())
