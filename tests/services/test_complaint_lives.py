"""Complaints lived at random: whoever does whatever in whichever order, no gate is skipped and no event lost (rules.md 7)."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import Session, col, select

from db.models import (
    Abnormality,
    AuditEvent,
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    CountermeasureAudit,
    Discipline,
    Finding,
    Minutes,
    MinutesSignature,
)
from db.session import engine_for, read_session, write_session
from domain.complaints import LAST, STEPS
from domain.errors import Refusal
from services import complaint_records, complaints, eight_d
from tests import databases
from tests.company import AT, Company, found_company

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes here."""
ROLES = ("dora", "alice", "hana", "charlie", "erik", "fay", "gus", "bob", "root")
somebody = st.sampled_from(ROLES)
TEXTS = st.sampled_from(["", " ", "said"])


class Complaints(RuleBasedStateMachine):
    """One complaint about alpha; Dora is of quality, Alice and Hana of the department that acts."""

    folder: TemporaryDirectory[str]
    company: Company

    @initialize()
    def begins(self) -> None:
        self.folder = TemporaryDirectory()
        self.engine = engine_for(databases.sqlite_database(Path(self.folder.name)))
        self.company = found_company(self.engine)
        self.wrote, self.days = 0, 0
        values = {"customer_id": self.company.customers["alpha"], "channel": "mail", "category": "quality"}
        said = {"received_at": AT, "description": "Wrong label", "form_key": "c"}
        assert self.tries("dora", complaints.record, **values, **said)

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            self.folder.cleanup()

    def tries(self, who: str, verb: Callable[..., Any], **values: Any) -> bool:
        """Whether it was done; what is refused has written nothing."""
        with suppress(Refusal):
            with write_session(self.engine) as session:
                verb(session, **values, by=self.company.people[who], at=AT)
            self.wrote += 1
            return True
        return False

    def one(self, session: Session) -> Complaint:
        return session.exec(select(Complaint)).one()

    @property
    def keys(self) -> dict[str, Any]:
        with read_session(self.engine) as session:
            return {"number": 1, "version": self.one(session).version}

    @rule(who=somebody, is_confirmed=st.sampled_from([True, True, True, False]), reason=TEXTS)
    def is_judged(self, who: str, is_confirmed: bool, reason: str) -> None:
        given = {"department_id": self.company.departments["logistics"], "responsibility": "ours", "reason": reason}
        self.tries(who, complaints.verify, **self.keys, is_confirmed=is_confirmed, **given)

    @rule(who=somebody, step=st.integers(0, LAST), text=TEXTS, is_done=st.booleans())
    def a_discipline_is_written(self, who: str, step: int, text: str, is_done: bool) -> None:
        content = dict.fromkeys(STEPS[step][1], text)
        if step < LAST:
            self.tries(who, eight_d.save_step, **self.keys, step=step, content=content, is_done=is_done)

    @rule(steps=st.integers(1, 8))
    def the_department_works(self, steps: int) -> None:
        """So many disciplines in their order, as they should be."""
        with read_session(self.engine) as session:
            one = self.one(session)
            done = eight_d.done_steps(session, one)
        for step in sorted(set(range(LAST)) - done)[:steps]:
            given = {"step": step, "content": dict.fromkeys(STEPS[step][1], f"D{step}"), "is_done": True}
            self.tries("alice", eight_d.save_step, **self.keys, **given)

    @rule(who=somebody, name=st.sampled_from(["scanner", "label"]), is_kept=st.sampled_from([True, True, False]))
    def a_countermeasure_is_audited(self, who: str, name: str, is_kept: bool) -> None:
        self.days += 1
        on = AT.date() + timedelta(days=self.days)
        self.tries(who, eight_d.audit_countermeasure, number=1, countermeasure=name, on=on, is_kept=is_kept)

    @rule(
        told=st.booleans(),
        codes=st.lists(st.sampled_from(["tell_oqc", "stock", "tell_ipqc", "wip", "report"]), max_size=5),
    )
    def clocks_are_stopped(self, told: bool, codes: list[str]) -> None:
        if told:
            self.tries("dora", complaints.send_slips, number=1, person_ids=(self.company.people["hana"].user_id,))
        for code in codes:
            self.tries("alice", complaints.stop_clock, number=1, code=code, report="said")

    @rule(who=somebody, attended=st.lists(st.sampled_from(["alice", "hana", "dora"]), max_size=2))
    def a_meeting_is_held(self, who: str, attended: list[str]) -> None:
        people = tuple(self.company.people[name].user_id for name in attended)
        self.days += 1
        given = {"held_on": AT.date(), "text": "Agreed", "attended": people, "form_key": f"m{self.days}"}
        self.tries(who, complaint_records.hold_meeting, number=1, **given)

    @rule(who=somebody, verb=st.sampled_from([complaint_records.sign_minutes, complaint_records.approve_minutes]))
    def minutes_are_signed_or_approved(self, who: str, verb: Callable[..., Any]) -> None:
        with read_session(self.engine) as session:
            listed = session.exec(select(Minutes.id).order_by(col(Minutes.id))).all()
        for key in listed:
            self.tries(who, verb, number=1, minutes_id=key)

    @rule(who=somebody, whose=st.sampled_from(["auditor", "project"]))
    def its_effect_is_confirmed(self, who: str, whose: str) -> None:
        self.tries(who, eight_d.confirm_effect, **self.keys, whose=whose)

    @rule(who=st.sampled_from(["dora", "dora", *ROLES]), learned=st.sampled_from(["said", "said", " "]))
    def somebody_closes_it(self, who: str, learned: str) -> None:
        self.tries(who, eight_d.close, **self.keys, learned=learned)

    @rule(forgets=st.integers(0, 14))
    def all_is_done_as_it_should_be_but_for_one_thing(self, forgets: int) -> None:
        self.the_department_works(8 if forgets != 0 else 7)
        late = ["wip"] if forgets != 9 else []
        self.clocks_are_stopped(forgets != 10, ["tell_oqc", "stock", "tell_ipqc", *late, "report"])
        if forgets != 1:
            for name in ("scanner", "label"):
                self.a_countermeasure_is_audited("dora", name, forgets != 2)
        if forgets != 3:
            self.its_effect_is_confirmed("dora", "auditor")
        if forgets != 4:
            self.its_effect_is_confirmed("alice", "project")
        if forgets not in (5, 6):
            self.a_meeting_is_held("alice", ["hana", "alice"])
        for who in ("hana", "alice"):
            self.minutes_are_signed_or_approved(who, complaint_records.sign_minutes)
        if forgets != 7:
            self.minutes_are_signed_or_approved("dora", complaint_records.approve_minutes)
        self.somebody_closes_it("dora", " " if forgets == 8 else "said")

    @rule(who=st.sampled_from(["dora", *ROLES]), what=TEXTS)
    def it_happens_again(self, who: str, what: str) -> None:
        self.tries(who, eight_d.recur, **self.keys, what=what)

    @invariant()
    def what_is_done_is_complete_and_in_order(self) -> None:
        with read_session(self.engine) as session:
            one = self.one(session)
            rows = session.exec(select(Discipline).where(Discipline.round == one.round)).all()
            done = {row.step for row in rows if row.done_at}
            assert done == set(range(len(done)))
            for row in rows:
                assert row.done_at is None or all(row.content[name].strip() for name in STEPS[row.step][1])
            entered = session.exec(select(Abnormality).where(Abnormality.round == one.round)).first()
            assert (entered is not None) == (7 in done)
            said = {row.step: row.content for row in rows}
            assert entered is None or (entered.cause, entered.problem) == (said[4]["occurrence"], said[2]["problem"])

    @invariant()
    def what_is_closed_has_passed_its_gates(self) -> None:
        with read_session(self.engine) as session:
            one = self.one(session)
            finding = session.get(Finding, one.finding_id) if one.finding_id else None
            assert one.state == "recorded" or one.state == "rejected" or finding is not None
            if one.state == "rejected":
                assert one.reason.strip()
            if finding is not None:
                assert (finding.state == "cleared") == (one.state == "closed")
            if one.state != "closed":
                return
            done = select(Discipline.step).where(Discipline.round == one.round, col(Discipline.done_at).is_not(None))
            assert set(session.exec(done)) == set(range(LAST + 1))
            clocks = select(ComplaintClock.done_at).where(ComplaintClock.round == one.round)
            assert all(session.exec(clocks)), "closed while a clock was running"
            looks = select(CountermeasureAudit).where(CountermeasureAudit.round == one.round)
            last = {x.countermeasure: x.is_kept for x in session.exec(looks.order_by(col(CountermeasureAudit.id)))}
            assert last
            assert all(last.values())
            minutes = session.exec(select(Minutes).where(Minutes.round == one.round)).all()
            assert one.round == 1 or minutes
            for held in minutes:
                signed = select(MinutesSignature.signed_at).where(MinutesSignature.minutes_id == held.id)
                assert held.approved_at
                assert all(session.exec(signed))
            assert {one.auditor_id, one.project_id} & {None} == set()
            assert one.auditor_id != one.project_id
            assert one.auditor_id in {self.company.people[name].user_id for name in ("dora", "root")}

    @invariant()
    def no_event_is_lost(self) -> None:
        with read_session(self.engine) as session:
            assert len(session.exec(select(ComplaintEvent.id)).all()) == self.wrote
            audited = select(AuditEvent.id).where(AuditEvent.about == "complaint")
            assert len(session.exec(audited).all()) == self.wrote


TestComplaints = Complaints.TestCase
TestComplaints.settings = settings(
    max_examples=5, stateful_step_count=12, deadline=None, phases=QUICK, suppress_health_check=list(HealthCheck)
)
