"""The same answers under another version of the scheme: worked numbers, nothing stored, nobody else's figures."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Response, Wave
from db.queries.narrowing import waves_in
from db.queries.rescoring import Rescored, rescored, versions_of
from db.session import read_session, write_session
from domain.access import SYSTEM, NotThere, Scope, Viewer
from domain.item_links import Link
from domain.scheme_draft import document_of, draft_of, rows_of, with_rows, with_values
from services.item_links import confirm
from services.schemes import save_version
from tests import factories as make

CODE = "weighted-half-year"


def changed(document: str, **weights: str) -> str:
    """The scheme with other weights of dimensions; all equal without any."""
    draft = draft_of(document)
    rows = [row | {"weight": weights.get(row["code"], "1")} for row in rows_of(draft, "dimensions")]
    return document_of(with_rows(draft, "dimensions", rows))


@pytest.fixture
def wave(sqlite_engine: Engine) -> Wave:
    return answered(sqlite_engine)


def answered(engine: Engine) -> Wave:
    """rules.md 3's worked example for one customer; another one answers 一般 to everything."""
    with write_session(engine) as session:
        version = make.scheme(session, CODE)
        wave = make.wave(session, version, "2026-H1")
        save_version(session, document=changed(make.preset(CODE)), base=1, by=SYSTEM, at=make.AT)
        codes = [item["code"] for item in draft_of(make.preset(CODE))["items"]]
        levels = [level["code"] for level in draft_of(make.preset(CODE))["levels"]]
        places = (0, 1, 1, 2, 0)
        alpha, beta = make.customer(session, "alpha"), make.customer(session, "beta")
        answers = {code: levels[place] for code, place in zip(codes, places, strict=True)}
        make.response(session, wave, answers, customer=alpha)
        make.response(session, wave, levels[2], customer=beta)
        return wave


def under(engine: Engine, number: int, viewer: Viewer = SYSTEM, **filters: object) -> Rescored:
    with read_session(engine) as session:
        scope = Scope(viewer, _scheme_of(session), **filters)  # type: ignore[arg-type]
        wave = waves_in(session, scope)[0]
        return rescored(session, scope, wave, number)


def _scheme_of(session: Session) -> int:
    return session.get_one(Wave, 1).scheme_id


def test_the_example_of_the_rules_is_90_under_its_weights_and_84_under_equal_ones(engine: Engine) -> None:
    answered(engine)
    found = under(engine, 2)
    (alpha, beta) = found.customers
    assert (alpha.own.score, alpha.other.score) == (90.0, 84.0)
    assert (beta.own.score, beta.other.score) == (60.0, 60.0)
    assert found.index.score == (84 + 60) / 2
    assert {item.score.score for item in found.items.values()} == {80.0, 70.0, 60.0}


def test_its_own_version_gives_what_counts_and_nothing_is_written(sqlite_engine: Engine, wave: Wave) -> None:
    assert under(sqlite_engine, 1).index.score == 75.0
    under(sqlite_engine, 2)
    with read_session(sqlite_engine) as session:
        assert session.get_one(Wave, wave.id).version == wave.version
        assert sorted(session.exec(select(Response.score)).all()) == [60 * 10**9, 90 * 10**9]


def test_other_points_count_where_the_levels_are_the_same_and_own_ones_where_they_are_not(
    sqlite_engine: Engine, wave: Wave
) -> None:
    document = make.preset(CODE)
    draft = draft_of(document)
    rows = rows_of(draft, "levels")
    harder = with_rows(draft, "levels", [*rows[:2], rows[2] | {"points": "50"}, *rows[3:]])
    coarser = with_values(
        with_rows(draft, "levels", [rows[0], rows[4]]), {"watch_level": rows[4]["code"]}, "thresholds"
    )
    with write_session(sqlite_engine) as session:
        save_version(session, document=document_of(harder), base=2, by=SYSTEM, at=make.AT)
        save_version(session, document=document_of(coarser), base=3, by=SYSTEM, at=make.AT)
    assert under(sqlite_engine, 3).index.score == (89 + 50) / 2  # 一般 with weight 0.10 costs alpha one point
    found = under(sqlite_engine, 4)
    assert (found.same_points, found.index.score) == (False, 75.0)


def test_an_item_that_the_other_version_lacks_is_left_out_and_one_that_it_adds_is_named(
    sqlite_engine: Engine, wave: Wave
) -> None:
    draft = draft_of(make.preset(CODE))
    rows = rows_of(draft, "items")
    gone = rows[0]
    new = with_rows(draft, "items", [gone | {"code": "taste", "zh": "味道"}, *rows[1:]])
    with write_session(sqlite_engine) as session:
        save_version(session, document=document_of(new), base=2, by=SYSTEM, at=make.AT)
    found = under(sqlite_engine, 3)
    assert found.missing == ("taste",)
    assert gone["code"] not in found.items
    alpha = next(one for one in found.customers if one.code == "alpha")
    assert alpha.other.score == pytest.approx((12 + 12 + 6 + 10) / 0.5)  # the other half of the weights alone


def test_a_renamed_item_is_found_under_its_other_code(sqlite_engine: Engine, wave: Wave) -> None:
    draft = draft_of(make.preset(CODE))
    rows = rows_of(draft, "items")
    first = rows[0]["code"]
    with write_session(sqlite_engine) as session:
        new = document_of(with_rows(draft, "items", [rows[0] | {"code": "renamed"}, *rows[1:]]))
        later = make.wave(session, save_version(session, document=new, base=2, by=SYSTEM, at=make.AT), "2026-H2")
        make.response(session, later, "neutral")
        link = Link("renamed", "renamed", (first,))
        confirm(session, wave_id=later.id or 0, links=[link], by=SYSTEM, at=make.AT)
    found = under(sqlite_engine, 3)
    assert (found.missing, found.codes["renamed"], found.index.score) == ((), first, 75.0)


def test_filters_narrow_it_and_a_seller_sees_the_own_customers(sqlite_engine: Engine, wave: Wave) -> None:
    with write_session(sqlite_engine) as session:
        seller = make.viewer(make.user(session, "sam", "sales"))
        make.customer(session, "gamma", sales_owner_id=seller.user_id)
        make.response(session, session.get_one(Wave, wave.id), "neutral", channel="phone")
    assert under(sqlite_engine, 2).index.n == 3
    assert under(sqlite_engine, 2, channel="phone").index.n == 1
    assert under(sqlite_engine, 2, seller).index.n == 0


def test_who_does_not_see_the_scheme_has_no_versions_of_it(sqlite_engine: Engine, wave: Wave) -> None:
    with write_session(sqlite_engine) as session:
        other = make.department(session, "other").id
        omar = make.viewer(make.user(session, "omar", "organiser", department_id=other))
    with read_session(sqlite_engine) as session:
        scope = Scope(SYSTEM, wave.scheme_id)
        (info,) = waves_in(session, scope)
        assert [one.number for one in versions_of(session, scope)] == [2, 1]
        assert versions_of(session, replace(scope, viewer=omar)) == []
        with pytest.raises(NotThere):
            rescored(session, replace(scope, viewer=omar), info, 2)
        with pytest.raises(NotThere):
            rescored(session, scope, info, 9)
