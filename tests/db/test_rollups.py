"""Roll-up arithmetic: one response and a thousand at once, plus and minus, to the last unit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sqlalchemy import Engine
from sqlmodel import col, select

from db import bulk
from db.models import Cohort, CohortReturn, CohortScore, CohortTally, Customer, CustomerReturn, CustomerTally, ItemRow
from db.rollups import Layout, ReturnDelta, add_returns, batch_of, grouped
from db.session import read_session, write_session
from domain.scheme_file import load
from services.recording import cohort_id
from tests import factories as make


def layout(code: str) -> Layout:
    scheme = load(make.preset(code))
    return Layout(1, 1, scheme, tuple(range(1, 1 + len(scheme.items))), tuple(range(len(scheme.composites))))


WEIGHTED, NUMBERS = layout("weighted-half-year"), layout("owner-residence-number")


def one_group(levels: list[list[int]], of: Layout) -> Any:
    same = np.ones(len(levels), dtype=np.int64)
    return grouped(batch_of(np.array(levels, dtype=np.int16), same, same, of.scheme), same, of)


def test_levels_are_counted_best_first_and_blanks_not_at_all() -> None:
    tally = one_group([[0, 1, -1, 4, 0], [0, 1, 2, -1, -1]], WEIGHTED).tally[0]
    assert tally.tolist() == [
        [2, 0, 0, 0, 0, 2],
        [0, 2, 0, 0, 0, 2],
        [0, 0, 1, 0, 0, 1],
        [0, 0, 0, 0, 1, 1],
        [1, 0, 0, 0, 0, 1],
    ]


def test_numbers_are_added_up_in_hundredths_with_their_squares() -> None:
    tally = one_group([[10_000, -1, 0, 5050, -1], [9999, -1, -1, 1, -1]], NUMBERS).tally[0]
    assert tally[0].tolist() == [2, 19_999, 10_000**2 + 9999**2]
    assert tally[2].tolist() == [1, 0, 0]
    assert tally[3].tolist() == [2, 5051, 5050**2 + 1]


def test_scores_are_added_up_with_their_squares_and_the_satisfied() -> None:
    """90 and 52 points of the rule book's weights: both ways of keeping a square give it back exactly."""
    sums = one_group([[0, 1, 1, 2, 0], [2, 2, 2, 3, 4]], WEIGHTED).sums[0, 0]
    n, satisfied, total, high, low = sums.tolist()
    assert (n, satisfied, total) == (2, 1, (90 + 54) * 10**9)
    assert high * 2**38 + low == (90**2 + 54**2) * 10**18


@pytest.mark.parametrize("of", [WEIGHTED, NUMBERS], ids=["levels", "numbers"])
@given(data=st.data())
def test_parts_add_up_to_the_whole_and_minus_takes_back(of: Layout, data: st.DataObject) -> None:
    most = 10_000 if of.scheme.number_scale else len(of.scheme.levels) - 1
    shape = (data.draw(st.integers(1, 12)), len(of.item_ids))
    levels = data.draw(arrays.arrays(np.int16, shape, elements=st.integers(-1, most)))
    who = data.draw(arrays.arrays(np.int64, shape[0], elements=st.integers(1, 3)))
    cut = data.draw(st.integers(0, shape[0]))
    whole = grouped(batch_of(levels, who, who, of.scheme), who, of)
    parts = [
        grouped(batch_of(levels[p], who[p], who[p], of.scheme), who[p], of) for p in (slice(cut), slice(cut, None))
    ]
    minus = grouped(batch_of(levels, who, who, of.scheme, sign=np.full(shape[0], -1)), who, of)
    assert (whole.tally + minus.tally == 0).all()
    assert (whole.sums + minus.sums == 0).all()
    for row, key in enumerate(whole.ids.tolist()):
        mine = [(part, np.flatnonzero(part.ids == key)) for part in parts]
        assert (sum(part.tally[at].sum(axis=0) for part, at in mine) == whole.tally[row]).all()
        assert (sum(part.sums[at].sum(axis=0) for part, at in mine) == whole.sums[row]).all()


def surveyed(engine: Engine) -> int:
    """A wave with sixty customers."""
    with write_session(engine) as session:
        wave = make.wave(session)
        for number in range(60):
            make.customer(session, f"C{number}")
        return wave.id or 0


def test_adding_up_makes_cells_and_adds_to_them(engine: Engine) -> None:
    """A few rows go another way than many on PostgreSQL."""
    wave_id = surveyed(engine)
    with read_session(engine) as session:
        item = session.exec(select(ItemRow.id)).first()
    keys = ("wave_id", "customer_id", "item_id", "n0", "n")
    for amount, customers in ((2, 60), (3, 3), (-1, 60)):
        with write_session(engine) as session:
            cells = [(wave_id, customer, item, amount, amount) for customer in range(1, customers + 1)]
            bulk.add_up(session, CustomerTally, keys, cells)
    with read_session(engine) as session:
        kept = session.exec(select(CustomerTally).order_by(col(CustomerTally.customer_id)))
        assert [(cell.n0, cell.n, cell.n1) for cell in kept] == [(4, 4, 0)] * 3 + [(1, 1, 0)] * 57


def test_what_is_unique_is_passed_over_and_counted(engine: Engine) -> None:
    columns = ("segment", "region", "channel")
    for rows, went_in in (([("a", "", ""), ("b", "", "")], 2), ([("b", "", ""), ("c", "", "")], 1)):
        with write_session(engine) as session:
            assert bulk.insert_new_rows(session, Cohort, columns, rows) == went_in
    with write_session(engine) as session:
        many = [(f"{number}", "", "") for number in range(50)]
        assert bulk.insert_new_rows(session, Cohort, columns, many) == 50
        assert bulk.insert_new_rows(session, Cohort, columns, [*many, ("new", "", "")]) == 1


def test_new_keys_are_nobody_elses(engine: Engine) -> None:
    surveyed(engine)
    with write_session(engine) as session:
        taken = list(bulk.next_ids(session, Customer, 5))
        assert len(set(taken)) == 5
        assert min(taken) > 60


def test_returns_of_a_customer_are_kept_in_both_tiers(sqlite_engine: Engine) -> None:
    engine, wave_id = sqlite_engine, surveyed(sqlite_engine)
    with write_session(engine) as session:
        cohort = cohort_id(session, "OEM", "", "")
        sent, back = (1, 0, 0, 0, 0, 0, 0), (0, 1, 1, 0, 0, 1, 0)
        add_returns(session, wave_id, [ReturnDelta(cohort, 1, sent), ReturnDelta(cohort, None, sent)])
        add_returns(session, wave_id, [ReturnDelta(cohort, 1, back)])
    with read_session(engine) as session:
        row = session.exec(select(CohortReturn)).one()
        assert (row.sent, row.returned, row.in_time, row.valid) == (2, 1, 1, 1)
        mine = session.get_one(CustomerReturn, (wave_id, 1))
        assert (mine.sent, mine.returned, mine.valid) == (1, 1, 1)


def test_a_cohort_is_made_once(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        first = cohort_id(session, "OEM", "East", "mail")
        assert cohort_id(session, "OEM", "East", "mail") == first
        assert cohort_id(session, "OEM", "East", "") != first


def test_nothing_is_written_for_cells_that_do_not_change(sqlite_engine: Engine) -> None:
    """A blank item, or a dimension that nobody answered, makes no row."""
    wave = make.written(sqlite_engine, make.wave)
    make.written(sqlite_engine, make.response, wave, {"price": "satisfied"})
    with read_session(sqlite_engine) as session:
        assert len(session.exec(select(CohortTally)).all()) == 1
        assert len(session.exec(select(CohortScore)).all()) == 2
