"""Quality figures come from a table or a file, all of a press or none of it."""

from io import BytesIO

import pytest
from sqlalchemy import Engine

from db.queries.complaints import quality_figures
from db.queries.narrowing import waves_in
from db.queries.quality_gaps import MeanFigure, contradictions, mean_figures
from db.session import read_session, write_session
from domain.access import NotAllowed, Scope
from services.quality_figures import FigureNegative, NoFigures, enter_figures, figures_of
from services.reading import open_table
from tests.company import AT, found_company

FILE = '客户编号,PPM（百万分之）,返修率（%）\nalpha,"1,200",\nbeta,,0.5%\ngamma,many,-1\n'


def test_a_file_is_read_by_its_headers_and_what_is_no_number_is_named() -> None:
    read = figures_of(open_table(BytesIO(FILE.encode()), "figures.csv"))
    assert read.figures == {"alpha": {"part_fault": 1200.0}, "beta": {"repair_rate": 0.5}}
    assert read.unread == [(4, "many"), (4, "-1")]
    with pytest.raises(NoFigures):
        figures_of(open_table(BytesIO(b"customer,turnover\nalpha,5\nbeta,6\n"), "other.csv"))


def test_one_wrong_figure_keeps_all_of_them_out_and_only_quality_enters(engine: Engine) -> None:
    company = found_company(engine)
    alpha, beta = company.customers["alpha"], company.customers["beta"]
    dora, bob, fay = (company.people[name] for name in ("dora", "bob", "fay"))
    wrong = {alpha: {"part_fault": 200.0}, beta: {"part_fault": -1.0}}
    with pytest.raises(FigureNegative), write_session(engine) as session:
        enter_figures(session, wave_id=company.now, figures=wrong, by=dora, at=AT)
    with pytest.raises(NotAllowed), write_session(engine) as session:
        enter_figures(session, wave_id=company.now, figures={}, by=bob, at=AT)
    with write_session(engine) as session:
        figures = {alpha: {"part_fault": 200.0}, beta: {"part_fault": 3.0}}
        assert enter_figures(session, wave_id=company.now, figures=figures, by=dora, at=AT) == 2
        assert enter_figures(session, wave_id=company.now, figures={beta: {"part_fault": None}}, by=dora, at=AT) == 1
    with read_session(engine) as session:
        assert [(one.customer_id, one.value) for one in quality_figures(session, dora, company.now)] == [(alpha, 200.0)]
        assert len(quality_figures(session, fay, company.now)) == 1  # alpha is hers


def test_a_period_shows_the_mean_of_its_figures_and_who_is_content_though_they_are_bad(engine: Engine) -> None:
    company = found_company(engine)
    alpha, beta = company.customers["alpha"], company.customers["beta"]
    dora, bob, fay, alice = (company.people[name] for name in ("dora", "bob", "fay", "alice"))
    with write_session(engine) as session:
        figures = {alpha: {"part_fault": 300.0}, beta: {"part_fault": 200.0, "repair_rate": 0.2}}
        enter_figures(session, wave_id=company.now, figures=figures, by=dora, at=AT)
        enter_figures(session, wave_id=company.before, figures={beta: {"part_fault": 40.0}}, by=dora, at=AT)
    with read_session(engine) as session:
        both = [company.before, company.now]
        assert mean_figures(session, dora, both) == [
            MeanFigure(company.before, "part_fault", 40.0, 1),
            MeanFigure(company.now, "part_fault", 250.0, 2),
            MeanFigure(company.now, "repair_rate", 0.2, 1),
        ]
        assert mean_figures(session, fay, both) == [MeanFigure(company.now, "part_fault", 300.0, 1)]  # alpha is hers
        assert mean_figures(session, alice, both) == []
        with pytest.raises(NotAllowed):
            mean_figures(session, bob, both)
        now = waves_in(session, Scope(dora, company.scheme_id))[-1]
        (found,) = contradictions(session, dora, now)  # alpha is under its target of 80: no contradiction
    assert (found.code, found.figures) == ("beta", {"part_fault": 200.0})
    assert found.score == pytest.approx(80 + 2 / 3)  # 80 and 81⅓, see tests/pages/test_overview
