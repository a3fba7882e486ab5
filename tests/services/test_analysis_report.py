"""The analysis report and the slides of a wave: every part, the unrounded figures, frozen or live, what its reader may see."""

from datetime import UTC, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Action, ActionEvent, ActionFinding, Department, Finding, Opinion, Wave
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, Viewer
from domain.documents import Chart, Document, Grid, Heading, KeyFigures, SignOff, Text
from services import report_texts, responses
from services.analysis_deck import slides
from services.analysis_report import analysis
from services.closing import close_wave
from services.sign_in import viewer_of
from tests import factories as make

PARTS = [
    "目的",
    "调查对象与回收",
    "方法",
    "结果",
    "与以往期次比较",
    "优势",
    "异常项",
    "纠正措施与效果",
    "客户意见",
    "建议",
    "跟进计划",
    "审核与签字",
]


@pytest.fixture
def wave_id(sqlite_engine: Engine) -> int:
    """100, 60 and 20 points of three customers: an index of 60."""
    with write_session(sqlite_engine) as session:
        wave = make.wave(session, make.scheme(session, "weighted-half-year"), "2026-H2")
        for code, said in (("C1", "very_satisfied"), ("C2", "neutral"), ("C3", "very_dissatisfied")):
            make.response(session, wave, said, customer=make.customer(session, code))
        session.add(Opinion(wave_id=wave.id, kind="praise", text="Said by somebody", received_at=make.AT))
        return wave.id or 0


def made(
    session: Session, wave_id: int, *, by: Viewer = SYSTEM, live: bool = False, language: str = "zh_CN"
) -> Document:
    return analysis(session, wave_id=wave_id, language=language, by=by, at=make.AT, zone=UTC, live=live)


def test_the_report_has_every_part_in_its_order_and_its_charts_the_unrounded_scores(
    sqlite_engine: Engine, wave_id: int
) -> None:
    with read_session(sqlite_engine) as session:
        report = made(session, wave_id)
    assert [one.text for one in report.blocks if isinstance(one, Heading) and one.level == 1] == PARTS
    charts = {one.title: one for one in report.blocks if isinstance(one, Chart)}
    assert list(charts["得分最低的客户"].series[0].values) == [20.0, 60.0]
    spread = charts["答案分布"]
    assert [round(sum(one.values[0] or 0 for one in spread.series), 9)] == [1.0]
    (key,) = [one for one in report.blocks if isinstance(one, KeyFigures)]
    assert key.figures[0].value == "60.0"


def test_frozen_figures_stay_and_live_ones_move(sqlite_engine: Engine, wave_id: int) -> None:
    with write_session(sqlite_engine) as session:
        late = make.response(session, session.get_one(Wave, wave_id), "very_satisfied")
        close_wave(session, wave=session.get_one(Wave, wave_id), by=SYSTEM, at=make.AT)
        responses.withdraw(session, response_id=late.id or 0, reason="Twice", by=SYSTEM, at=make.AT)
    with read_session(sqlite_engine) as session:
        said = [
            slides(session, wave_id=wave_id, language="en", by=SYSTEM, at=make.AT, zone=UTC, live=live)
            for live in (False, True)
        ]
    assert [deck.slides[0].title.partition(" is ")[2][:4] for deck in said] == ["70.0", "60.0"]
    assert "n = 4 valid responses" in said[0].slides[0].notes


def test_the_reviewers_opinion_stands_in_the_report_and_after_signing_nobody_changes_it(
    sqlite_engine: Engine, wave_id: int
) -> None:
    with write_session(sqlite_engine) as session:
        abe = viewer_of(make.user(session, "abe", role="approver"))
        given = {"wave_id": wave_id, "by": abe, "at": make.AT}
        report_texts.write_review(session, said="Act on delivery", version=0, **given)
        with pytest.raises(report_texts.AnalysisChangedMeanwhile):
            report_texts.write_review(session, said="Other", version=0, **given)
        report_texts.sign_review(session, version=1, **given)
        with pytest.raises(report_texts.AnalysisSigned):
            report_texts.write_review(session, said="Other", version=2, **given)
        with pytest.raises(NotAllowed):
            report_texts.write_review(
                session, said="Mine", version=0, **{**given, "by": Viewer(9, "bob", "Bob", "viewer", None, "en")}
            )
    with read_session(sqlite_engine) as session:
        (end,) = [one for one in made(session, wave_id, language="en").blocks if isinstance(one, SignOff)]
    assert end.said == "Act on delivery"
    assert dict(end.roles)["Reviewed by"].startswith("Abe · ")


def test_an_action_says_where_it_stood_when_the_figures_were_presented(sqlite_engine: Engine, wave_id: int) -> None:
    with write_session(sqlite_engine) as session:
        wave = session.get_one(Wave, wave_id)
        close_wave(session, wave=wave, by=SYSTEM, at=make.AT)
        alice = make.user(session, "alice", role="quality")
        finding = session.exec(select(Finding).where(Finding.wave_id == wave_id)).first()
        department = session.exec(select(Department)).first()
        assert finding
        assert department
        for number, shift in ((1, -1), (2, 1)):
            at = make.AT + timedelta(days=shift)
            who = {"department_id": department.id or 0, "owner_id": alice.id or 0, "created_by_id": alice.id or 0}
            what = {"number": number, "title": "Act", "form_key": str(number), "due_on": make.AT.date()}
            one = Action(wave_id=wave_id, created_at=at, state="implemented", **what, **who)
            session.add(one)
            session.flush()
            session.add(ActionFinding(action_id=one.id or 0, finding_id=finding.id or 0))
            for moved, state in ((timedelta(), "open"), (timedelta(days=5), "implemented")):
                session.add(ActionEvent(action_id=one.id or 0, at=at + moved, verb="move", to_state=state))
    with read_session(sqlite_engine) as session:
        grids = [one for one in made(session, wave_id, language="en").blocks if isinstance(one, Grid)]
        live = [one for one in made(session, wave_id, language="en", live=True).blocks if isinstance(one, Grid)]
    (grid, *_rest) = [one for one in grids if any(column.header == "When presented" for column in one.columns)]
    place = [column.header for column in grid.columns].index("When presented")
    assert [(row[0], row[place - 1], row[place]) for row in grid.rows] == [
        ("A-1", "Implemented", "Opened"),
        ("A-2", "Implemented", "later"),
    ]
    assert "When presented" not in {column.header for one in live for column in one.columns}


def test_who_may_not_see_customers_and_opinions_gets_a_report_without_them(sqlite_engine: Engine, wave_id: int) -> None:
    with read_session(sqlite_engine) as session:
        viewer, interviewer = (Viewer(9, "bob", "Bob", role, None, "en") for role in ("viewer", "interviewer"))
        report = made(session, wave_id, by=viewer, language="en")
        with pytest.raises(NotAllowed):
            made(session, wave_id, by=interviewer)
    words = [one.text for one in report.blocks if isinstance(one, Text)]
    assert any(text.startswith("Opinions are not shown") for text in words)
    assert not report.personal
    assert "Said by somebody" not in str([one.rows for one in report.blocks if isinstance(one, Grid)])
