"""What a process remembers of waves is never older than the wave, never somebody else's, and never what was rolled back."""

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from db.models import Finding, Wave
from db.queries.customers import customer_means, score_trends
from db.queries.narrowing import waves_in
from db.queries.scores import WaveResult, results
from db.session import read_session, write_session
from domain.access import SYSTEM, Scope, Viewer
from services.checking import verify
from tests import factories as make


class Broken(Exception):
    """Something goes wrong at the end of a transaction."""


def result(engine: Engine, wave: Wave, viewer: Viewer = SYSTEM, **filters: str) -> WaveResult:
    with read_session(engine) as session:
        scope = Scope(viewer, wave.scheme_id, **filters)
        (found,) = results(session, scope, waves_in(session, scope))
        return found


def index(engine: Engine, wave: Wave, **filters: str) -> tuple[int, float | None]:
    found = result(engine, wave, **filters)
    return found.index.n, found.index.score


def test_a_figure_follows_every_write(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    assert index(engine, wave) == (0, None)
    make.written(engine, make.response, wave, "very_satisfied")
    assert index(engine, wave) == (1, 100.0)
    make.written(engine, make.response, wave, "neutral")
    assert index(engine, wave) == (2, 80.0)


def test_each_choice_of_cohorts_has_its_own_figures(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    make.written(engine, make.response, wave, "very_satisfied", segment="EV")
    make.written(engine, make.response, wave, "neutral", segment="Truck")
    assert [index(engine, wave, **by) for by in ({}, {"segment": "EV"}, {"segment": "Truck"}, {"segment": "EV"})] == [
        *((2, 80.0), (1, 100.0), (1, 60.0), (1, 100.0)),
    ]


def test_what_was_remembered_for_all_shows_a_department_its_own_items_only(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    make.written(engine, make.response, wave, "satisfied")
    assert result(engine, wave).items
    assert not result(engine, wave, Viewer(7, "dan", "Dan", "department")).items


def trend(engine: Engine, wave: Wave, customer_id: int, *, least: int = 1) -> list[float | None]:
    with read_session(engine) as session:
        waves = waves_in(session, Scope(SYSTEM, wave.scheme_id))
        return score_trends(session, [customer_id], waves, least=least)[customer_id]


def test_a_customers_trend_follows_every_write_and_hides_few_answers_from_who_may_not_see_them(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    customer = make.written(engine, make.customer)
    key = customer.id or 0
    assert trend(engine, wave, key) == [None]
    for level, mean in (("very_satisfied", 100.0), ("neutral", 80.0)):
        make.written(engine, make.response, wave, level, customer=customer)
        assert [trend(engine, wave, key, least=least) for least in (1, 5, 1)] == [[mean], [None], [mean]]


def means(engine: Engine, wave: Wave, customer_id: int, *, least: int = 1) -> dict[str, float | None]:
    with read_session(engine) as session:
        (known,) = waves_in(session, Scope(SYSTEM, wave.scheme_id))
        found = customer_means(session, [customer_id], known, least=least)[customer_id]
        return {code: score.score for code, score in found.items()}


def test_a_customers_scores_by_dimension_follow_every_write_and_hide_few_answers_too(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    customer = make.written(engine, make.customer)
    key = customer.id or 0
    assert means(engine, wave, key) == {}
    for level, mean in (("very_satisfied", 100.0), ("neutral", 80.0)):
        make.written(engine, make.response, wave, level, customer=customer)
        seen = [means(engine, wave, key, least=least) for least in (1, 5, 1)]
        assert [set(one.values()) for one in seen] == [{mean}, set(), {mean}]


def fail_after(engine: Engine, wave: Wave, responses: int) -> None:
    """Very satisfied responses go in, their figures are looked at, and all of it is rolled back."""
    with write_session(engine) as session:
        for _ in range(responses):
            make.response(session, wave, "very_satisfied")
        scope = Scope(SYSTEM, wave.scheme_id)
        assert results(session, scope, waves_in(session, scope))[0].index.n >= responses
        raise Broken


def test_figures_of_a_transaction_that_failed_are_forgotten(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    with pytest.raises(Broken):
        fail_after(engine, wave, 1)
    make.written(engine, make.response, wave, "neutral")
    assert index(engine, wave) == (1, 60.0)


def test_findings_after_a_transaction_that_failed_are_those_of_what_is_there(engine: Engine) -> None:
    wave = make.written(engine, make.wave)
    make.written(engine, make.response, wave, "neutral")
    with pytest.raises(Broken):
        fail_after(engine, wave, 9)
    make.written(engine, make.response, wave, "neutral")
    with write_session(engine) as session:
        kept = session.exec(select(Finding).where(Finding.wave_id == wave.id, Finding.rule == "INDEX_BELOW")).one()
        assert kept.state == "open"
        assert list(verify(session, wave.id)) == []
