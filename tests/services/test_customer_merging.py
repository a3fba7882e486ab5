"""A merge takes all history along, and undoing it gives all of it back; the figures are right at every moment."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from db.bulk import table_of
from db.models import (
    RULES,
    Action,
    ActionFinding,
    AuditEvent,
    Contact,
    Customer,
    CustomerScore,
    Finding,
    Invitation,
    Opinion,
    Purchase,
    Response,
    Wave,
)
from db.queries.customer_file import customer_actions, questionnaires
from db.queries.customers import customer_by_code, customer_names, open_actions
from db.queries.finding_lists import findings
from db.session import engine_for, read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere, Scope, Viewer
from services.checking import verify
from services.closing import close_wave
from services.customer_merging import KeptWasMerged, MergeUndone, SameCustomer, merge, undo
from services.customers import customer_ids
from services.responses import correct, submit
from tests import databases
from tests import factories as make
from tests.services.test_faults import Broken, failing_at
from tests.snapshots import snapshot

OWNED = (Contact, Purchase, Invitation, Response, Opinion, Action)


class Scene:
    """Two customers that are one, in a closed and an open wave, with everything that a customer can have."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            version = make.scheme(session)
            self.alice = make.viewer(make.user(session, "alice", "sales"))
            self.bob = make.viewer(make.user(session, "bob", "viewer"))
            self.charlie = make.viewer(make.user(session, "charlie", "sales"))
            own = {"sales_owner_id": self.alice.user_id}
            self.kept = make.customer(session, "A", segment="OEM", **own).id or 0
            self.merged = make.customer(session, "B", segment="Tier 1", **own).id or 0
            make.contact(session, session.get_one(Customer, self.merged), name="Li")
            session.add(Purchase(customer_id=self.merged, product="Axle", quantity=2, unit="t"))
            before, now = (make.wave(session, version, code) for code in ("2026-Q3", "2026-Q4"))
            self.before, self.now = before.id or 0, now.id or 0
            self.invited, _ = make.invitation(session, now, session.get_one(Customer, self.merged))
            self.asked, _ = make.invitation(session, now, session.get_one(Customer, self.merged))
        self.answered(self.before, self.kept, "very_satisfied")
        self.answered(self.before, self.merged, "neutral")
        with write_session(engine) as session:
            close_wave(session, wave=session.get_one(Wave, self.before), by=SYSTEM, at=make.AT)
        self.first = self.answered(self.now, self.merged, "dissatisfied", opinions=["late again"])
        self.answered(self.now, self.kept, "very_satisfied")
        self.answered(self.now, None, "satisfied", invitation=self.invited)

    def answered(self, wave: int, customer: int | None, said: Any, **more: Any) -> int:
        with write_session(self.engine) as session:
            of = session.get(Customer, customer) if customer else None
            return make.response(session, session.get_one(Wave, wave), said, customer=of, **more).id or 0

    def merge(self, by: Viewer = SYSTEM, **more: int) -> int:
        keys = {"kept_id": self.kept, "merged_id": self.merged} | more
        with write_session(self.engine) as session:
            return merge(session, **keys, by=by, at=make.AT).id or 0

    def undo(self, merge_id: int, by: Viewer = SYSTEM) -> None:
        with write_session(self.engine) as session:
            undo(session, merge_id=merge_id, by=by, at=make.AT)

    def of(self, customer: int) -> dict[str, list[int]]:
        with read_session(self.engine) as session:
            return {m.__name__: sorted(session.exec(select(m.id).where(m.customer_id == customer))) for m in OWNED}


def everything(engine: Engine) -> dict[str, Any]:
    """All that is derived, and whose each row is."""
    with read_session(engine) as session:
        rows = {
            table_of(m).name: sorted(map(repr, session.connection().execute(table_of(m).select())))
            for m in (*OWNED, Customer)
        }
    return {**snapshot(engine), **rows}


def damages(engine: Engine) -> list[str]:
    with read_session(engine) as session:
        return [str(damage) for damage in verify(session)]


def in_force(engine: Engine) -> dict[str, Any]:
    """Roll-ups, rows and open findings: a finding is never deleted, so undoing leaves cleared ones."""
    found = everything(engine)
    with read_session(engine) as session:
        versions = select(Customer.id, Customer.active, Customer.merged_into_id).order_by(col(Customer.id))
        found["customer"] = list(map(tuple, session.exec(versions)))
    found["finding"] = [row for row in found["finding"] if row[3] == "open"]
    return found


def test_everything_moves_and_figures_and_findings_follow(engine: Engine) -> None:
    scene = Scene(engine)
    frozen = snapshot(engine)["finding"]
    scene.merge()
    assert scene.of(scene.merged) == {model.__name__: [] for model in OWNED}
    assert {name: len(keys) for name, keys in scene.of(scene.kept).items()} == {
        "Contact": 1,
        "Purchase": 1,
        "Invitation": 2,
        "Response": 5,
        "Opinion": 1,
        "Action": 0,
    }
    with read_session(engine) as session:
        score = session.get_one(CustomerScore, (scene.now, 0, scene.kept))
        assert (score.n, score.total) == (3, (40 + 100 + 80) * 10**9)
        assert session.get_one(CustomerScore, (scene.now, 0, scene.merged)).n == 0
        about = select(Finding.customer_id, Finding.state).where(
            Finding.rule == "DECLINE", Finding.wave_id == scene.now
        )
        found = session.exec(about.where(col(Finding.customer_id).is_not(None))).all()
        assert found == [(scene.merged, "cleared"), (scene.kept, "open")] or set(found) == {
            (scene.merged, "cleared"),
            (scene.kept, "open"),
        }, "80 before, 73.3 now: the kept one fell only together with the other"
    closed = [row for row in frozen if row[0] == scene.before]
    assert [row for row in snapshot(engine)["finding"] if row[0] == scene.before] == closed
    assert damages(engine) == []


def test_undoing_gives_everything_back(engine: Engine) -> None:
    scene = Scene(engine)
    before = in_force(engine)
    merged = scene.merge()
    assert in_force(engine) != before
    scene.undo(merged)
    assert in_force(engine) == before
    assert damages(engine) == []
    with pytest.raises(MergeUndone):
        scene.undo(merged)


def test_what_came_since_stays_with_the_kept_customer_and_an_answer_goes_with_its_invitation(engine: Engine) -> None:
    scene = Scene(engine)
    merged = scene.merge()
    own = scene.answered(scene.now, scene.kept, "neutral", opinions=["new"])
    answer = scene.answered(scene.now, None, "satisfied", invitation=scene.asked, opinions=["thanks"])
    with write_session(engine) as session:
        correct(session, response_id=scene.first, answers={"price": None}, by=SYSTEM, at=make.AT, reason="typo")
    scene.undo(merged)
    kept, back = scene.of(scene.kept), scene.of(scene.merged)
    assert own in kept["Response"]
    assert {answer, scene.first} <= set(back["Response"])
    assert (len(kept["Opinion"]), len(back["Opinion"])) == (1, 2)
    assert damages(engine) == []


def test_a_file_that_names_the_merged_customer_means_the_kept_one(sqlite_engine: Engine) -> None:
    scene = Scene(sqlite_engine)
    scene.merge()
    with write_session(sqlite_engine) as session:
        assert customer_ids(session, [("B", ""), ("", "B")], at=make.AT) == dict.fromkeys(
            [("B", ""), ("", "B")], scene.kept
        )
    with read_session(sqlite_engine) as session:
        assert customer_by_code(session, SYSTEM, "B").code == "A"


def test_merges_in_a_row_are_undone_in_turn(sqlite_engine: Engine) -> None:
    scene = Scene(sqlite_engine)
    with write_session(sqlite_engine) as session:
        third = make.customer(session, "C").id or 0
    before = in_force(sqlite_engine)
    first = scene.merge()
    second = scene.merge(kept_id=third, merged_id=scene.kept)
    with read_session(sqlite_engine) as session:
        assert customer_by_code(session, SYSTEM, "B").code == "C"
    with pytest.raises(KeptWasMerged):
        scene.undo(first)
    scene.undo(second)
    scene.undo(first)
    assert in_force(sqlite_engine) == before
    assert damages(sqlite_engine) == []


def test_a_seller_merges_the_own_customers_and_nobody_elses(sqlite_engine: Engine) -> None:
    scene = Scene(sqlite_engine)
    for who, refusal in ((scene.bob, NotAllowed), (scene.charlie, NotThere)):
        with pytest.raises(refusal):
            scene.merge(who)
    with pytest.raises(SameCustomer):
        scene.merge(scene.alice, merged_id=scene.kept)
    merged = scene.merge(scene.alice)
    for who, refusal in ((scene.bob, NotAllowed), (scene.charlie, NotThere)):
        with pytest.raises(refusal):
            scene.undo(merged, who)
    scene.undo(merged, scene.alice)
    with read_session(sqlite_engine) as session:
        verbs = select(AuditEvent.verb, AuditEvent.user_id).where(col(AuditEvent.verb).contains("merge"))
        found = session.exec(verbs.order_by(col(AuditEvent.id))).all()
    assert found == [("merge", scene.alice.user_id), ("undo_merge", scene.alice.user_id)]


@pytest.mark.parametrize("verb", ["merge", "undo"])
def test_a_failure_at_any_statement_leaves_nothing_behind(sqlite_engine: Engine, verb: str) -> None:
    scene = Scene(sqlite_engine)
    given: Callable[[], Any] = scene.merge
    if verb == "undo":
        merged = scene.merge()
        given = lambda: scene.undo(merged)  # noqa: E731
    before, statement, failed = everything(sqlite_engine), 0, True
    while failed:
        statement, failed = statement + 1, False
        try:
            with failing_at(sqlite_engine, statement):
                given()
        except Broken:
            failed = True
            assert everything(sqlite_engine) == before, f"statement {statement} left something behind"
    assert statement > 20
    assert damages(sqlite_engine) == []


LEVELS = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied", None)
ANSWER = st.tuples(
    st.integers(0, 2),  # customer, 0 = none
    st.integers(0, 1),  # wave
    st.lists(st.sampled_from(LEVELS), min_size=3, max_size=3),
    st.sampled_from(["", "file", "mail"]),
)


@limits(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(before=st.lists(ANSWER, max_size=8), after=st.lists(ANSWER, max_size=3), closes=st.booleans())
def test_whatever_was_said_a_merge_is_undone_to_the_last_figure(
    tmp_path_factory: pytest.TempPathFactory, before: list[Any], after: list[Any], closes: bool
) -> None:
    """The same survey without and with a merge between; what came in meanwhile is entered at the same places."""
    merged = survey(tmp_path_factory, before, after, closes, merges=True)
    assert merged == survey(tmp_path_factory, before, after, closes, merges=False)


def survey(
    folders: pytest.TempPathFactory, before: list[Any], after: list[Any], closes: bool, *, merges: bool
) -> dict[str, Any]:
    engine = engine_for(databases.sqlite_database(folders.mktemp("survey")))
    with write_session(engine) as session:
        version = make.scheme(session)
        keys = [0, *(make.customer(session, code).id or 0 for code in ("A", "B"))]
        waves = [make.wave(session, version, code).id or 0 for code in ("2026-Q3", "2026-Q4")]
    say(engine, keys, waves, before)
    if closes:
        with write_session(engine) as session:
            close_wave(session, wave=session.get_one(Wave, waves[0]), by=SYSTEM, at=make.AT)
    if merges:
        with write_session(engine) as session:
            done = merge(session, kept_id=keys[1], merged_id=keys[2], by=SYSTEM, at=make.AT).id or 0
        assert damages(engine) == []
    # what comes meanwhile is the kept customer's
    say(engine, [0, keys[1], keys[1]], waves, after)
    if merges:
        with write_session(engine) as session:
            undo(session, merge_id=done, by=SYSTEM, at=make.AT)
    assert damages(engine) == []
    found = in_force(engine)
    engine.dispose()
    return {name: rows for name, rows in found.items() if name not in {"response", "opinion"}}


def say(engine: Engine, keys: list[int], waves: list[int], answers: list[Any]) -> None:
    for who, wave, (first, second, third), channel in answers:
        said = {"on_time": first, "price": second, "performance": third}
        with write_session(engine) as session:
            of = session.get(Customer, keys[who]) if keys[who] else None
            submit(
                session,
                wave=session.get_one(Wave, waves[wave]),
                answers=said,
                customer=of,
                channel=channel,
                by=SYSTEM,
                at=make.AT,
            )


def test_every_table_that_says_whose_a_row_is_moves_or_is_known_to_stay() -> None:
    from services.customer_merging import STAYS, _links

    customer = table_of(Customer)
    refer = {t for t in SQLModel.metadata.sorted_tables if any(k.column.table is customer for k in t.foreign_keys)}
    assert refer - {table_of(model) for model in STAYS} == {table for table, _ in _links()}


def test_the_file_of_the_kept_customer_shows_the_history_of_both(sqlite_engine: Engine) -> None:
    """Findings of a closed wave stay with the merged one, as they were frozen, and are shown with the kept one."""
    scene = Scene(sqlite_engine)
    with read_session(sqlite_engine) as session:
        low = select(Finding.id).where(Finding.wave_id == scene.before, Finding.customer_id == scene.merged)
        finding = session.exec(low).first()
        scheme = session.get_one(Wave, scene.before).scheme_id
    with write_session(sqlite_engine) as session:
        organiser = make.department(session, "any")
        owner = make.user(session, "dan", "department", department_id=organiser.id)
        values = {"department_id": organiser.id, "owner_id": owner.id, "created_by_id": owner.id}
        action = Action(number=1, form_key="1", title="Late", due_on=date(2026, 12, 1), created_at=make.AT, **values)
        session.add(action)
        session.flush()
        session.add(ActionFinding(action_id=action.id or 0, finding_id=finding or 0))
    scene.merge()
    with read_session(sqlite_engine) as session:
        scope = Scope(scene.alice, scheme, last="2026-Q3", customer_id=scene.kept)
        shown = findings(session, scope, rules=RULES)
        assert scene.merged in {row.subject.customer_id for row in shown.rows}
        assert [one.number for one in customer_actions(session, scene.alice, scene.kept)] == [1]
        assert open_actions(session, scene.alice, [scene.kept]) == {scene.kept: [1]}
        assert [one.code for one in customer_names(session, scene.alice)] == ["A"]
        assert len(questionnaires(session, scene.alice, scene.kept)) == 5


def test_an_open_wave_follows_what_moved_in_the_closed_one_only(sqlite_engine: Engine) -> None:
    """The kept one never answered before; with the other's 100 of the closed wave its 80 of now is a decline."""
    with write_session(sqlite_engine) as session:
        version = make.scheme(session)
        kept, merged = make.customer(session, "A"), make.customer(session, "B")
        before, now = (make.wave(session, version, code) for code in ("2026-Q3", "2026-Q4"))
    make.written(sqlite_engine, make.response, before, "very_satisfied", customer=merged)
    with write_session(sqlite_engine) as session:
        close_wave(session, wave=session.get_one(Wave, before.id), by=SYSTEM, at=make.AT)
    make.written(sqlite_engine, make.response, now, "satisfied", customer=kept)

    def declines() -> list[str]:
        fell = select(Finding.state).where(Finding.rule == "DECLINE", Finding.customer_id == kept.id)
        with read_session(sqlite_engine) as session:
            return list(session.exec(fell))

    assert declines() == []
    with write_session(sqlite_engine) as session:
        done = merge(session, kept_id=kept.id or 0, merged_id=merged.id or 0, by=SYSTEM, at=make.AT)
    assert declines() == ["open"]
    assert damages(sqlite_engine) == []
    with write_session(sqlite_engine) as session:
        undo(session, merge_id=done.id or 0, by=SYSTEM, at=make.AT)
    assert declines() == ["cleared"]
    assert damages(sqlite_engine) == []
