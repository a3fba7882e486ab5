"""Old records lose their personal data, and people are erased on request: one proposes, another person agrees (rules.md 10, 11)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from db.models import Contact, Customer, Fact, RetentionRun, User
from db.personal import NEVER
from domain.access import NotThere, Viewer
from domain.errors import N_, Refusal
from domain.retention import RECORDS, Terms
from services import jobs
from services.audit import audit
from services.personal_rows import FILES, Step, Task, rows, task

NAMED: Final = "retention."
"""How the names of the facts begin in which terms are kept."""


class NothingDue(Refusal):
    """There is nothing to anonymise."""

    def __init__(self) -> None:
        super().__init__(N_("No record with personal data is older than its term."))


class RunOpen(Refusal):
    """Another run is proposed or at work."""

    def __init__(self) -> None:
        super().__init__(N_("Another run waits for its confirmation or is at work. Decide on that one first."))


class SamePerson(Refusal):
    """Whoever proposes a run doesn't confirm it."""

    def __init__(self) -> None:
        super().__init__(N_("Somebody else than the one who proposed it has to confirm."))


class RunDecided(Refusal):
    """The run was confirmed or withdrawn before."""

    def __init__(self) -> None:
        super().__init__(N_("This run has been decided already."))


class ReasonMissing(Refusal):
    """An erasure without its reason."""

    def __init__(self) -> None:
        super().__init__(N_("Say why: who asked for it, when, how."))


class DueLine(NamedTuple):
    """A table of which rows would change: how many, the oldest and newest day, and how many of each customer."""

    table: str
    record: str
    rows: int
    oldest: date | None
    newest: date | None
    customers: dict[str, int]


class RunLine(NamedTuple):
    """A run with the names of who proposed and who decided it, and of the erased person's customer."""

    run: RetentionRun
    proposed_by: str
    decided_by: str
    customer: str

    @property
    def lines(self) -> list[DueLine]:
        """What its dry run listed."""
        return [_line(stored) for stored in self.run.planned]


@dataclass(frozen=True)
class Asked:
    """A person at a customer, to be exported or erased."""

    contact_id: int
    name: str
    customer: str


def terms(session: Session) -> Terms:
    """How long this organisation keeps each kind of record."""
    stored = {name: session.get(Fact, f"{NAMED}{name}") for name in RECORDS}
    return Terms(**{name: int(fact.value) for name, fact in stored.items() if fact is not None})


def set_terms(session: Session, *, wanted: Terms, by: Viewer, at: datetime) -> None:
    """Changes how long records are kept. Raises NotAllowed."""
    by.check("manage_privacy")
    before = asdict(terms(session))
    changed = {name: years for name, years in asdict(wanted).items() if years != before[name]}
    for name, years in changed.items():
        session.merge(Fact(name=f"{NAMED}{name}", value=str(years)))
    if changed:
        audit(session, by=by.user_id, at=at, verb="set", about="retention", about_id=None, **changed)


def due(session: Session, viewer: Viewer, *, today: date, zone: ZoneInfo) -> list[DueLine]:
    """The dry run: exactly what would be anonymised today, by table. Raises NotAllowed."""
    viewer.check("view_audit")
    return _lines(session, task(session, as_of=_begin_of(today, zone), terms=terms(session)))


def due_of_person(session: Session, viewer: Viewer, contact_id: int, *, today: date, zone: ZoneInfo) -> list[DueLine]:
    """The same for the erasure of a person. Raises NotAllowed, NotThere."""
    viewer.check("view_audit")
    if session.get(Contact, contact_id) is None:
        raise NotThere
    return _lines(session, task(session, as_of=_begin_of(today, zone), terms=terms(session), contact_id=contact_id))


def runs(session: Session, viewer: Viewer) -> list[RunLine]:
    """All runs, the newest first. Raises NotAllowed."""
    viewer.check("view_audit")
    names = dict(session.exec(select(User.id, User.name)).all())
    found = session.exec(select(RetentionRun).order_by(col(RetentionRun.id).desc())).all()
    of = select(Contact.id, Customer.code).join(Customer, col(Customer.id) == Contact.customer_id)
    codes = dict(session.exec(of.where(col(Contact.id).in_([one.contact_id for one in found]))).all())
    return [
        RunLine(
            one,
            names.get(one.proposed_by_id, ""),
            names.get(one.decided_by_id or 0, ""),
            codes.get(one.contact_id or 0, ""),
        )
        for one in found
    ]


def people_named(session: Session, viewer: Viewer, text: str, *, limit: int = 20) -> list[Asked]:
    """People at customers whose name, mail address or phone number holds the text. Raises NotAllowed."""
    viewer.check("manage_privacy")
    wanted = text.strip()
    if not wanted:
        return []
    columns = (col(Contact.name), col(Contact.mail), col(Contact.phone))
    conditions = [column.icontains(wanted, autoescape=True) for column in columns]
    statement = select(Contact, Customer.code).join(Customer, col(Customer.id) == Contact.customer_id)
    found = session.exec(
        statement.where(conditions[0] | conditions[1] | conditions[2]).order_by(Contact.name).limit(limit)
    )
    return [Asked(one.id or 0, one.name, code) for one, code in found]


def propose(session: Session, *, form_key: str, by: Viewer, at: datetime, zone: ZoneInfo) -> RetentionRun:
    """Proposes to anonymise what is due; what the dry run lists is kept with it. Raises NothingDue, RunOpen, NotAllowed."""
    kept = terms(session)
    return _propose(session, form_key, by, at, zone, RetentionRun(kind="retention", terms=asdict(kept), **_OPEN))


def propose_erasure(
    session: Session, *, contact_id: int, reason: str, form_key: str, by: Viewer, at: datetime, zone: ZoneInfo
) -> RetentionRun:
    """Proposes to erase a person at a customer; figures stay. Raises ReasonMissing, NotThere, RunOpen, NotAllowed."""
    by.check("manage_privacy")
    if not reason.strip():
        raise ReasonMissing
    if session.get(Contact, contact_id) is None:
        raise NotThere
    wanted = RetentionRun(
        kind="erasure", contact_id=contact_id, reason=reason.strip(), terms=asdict(terms(session)), **_OPEN
    )
    return _propose(session, form_key, by, at, zone, wanted)


def confirm(session: Session, *, run_id: int, by: Viewer, at: datetime) -> RetentionRun:
    """Another person agrees: the run begins, as a job. Raises SamePerson, RunDecided, NotAllowed, NotThere."""
    by.check("confirm_erasure")
    run = _open_run(session, run_id)
    if run.proposed_by_id == by.user_id or not by.user_id:
        raise SamePerson
    run.state, run.decided_at, run.decided_by_id = "running", at, by.user_id
    if run.contact_id is not None:
        session.get_one(Contact, run.contact_id).active = False
    session.add(run)
    jobs.enqueue(session, kind="anonymise", form_key=f"retention:{run_id}", payload={"run_id": run_id}, by=by, at=at)
    audit(session, by=by.user_id, at=at, verb="confirm", about="retention_run", about_id=run_id)
    return run


def withdraw(session: Session, *, run_id: int, by: Viewer, at: datetime) -> RetentionRun:
    """A proposed run isn't done; either of the two may say so. Raises RunDecided, NotAllowed, NotThere."""
    by.check("confirm_erasure")
    run = _open_run(session, run_id)
    run.state, run.decided_at = "withdrawn", at
    run.decided_by_id = by.user_id if by.user_id != run.proposed_by_id else None
    session.add(run)
    audit(session, by=by.user_id, at=at, verb="withdraw", about="retention_run", about_id=run_id)
    return run


_OPEN: Final[dict[str, Any]] = {"form_key": "", "as_of": NEVER, "proposed_at": None, "proposed_by_id": 0}
"""What `_propose` fills in."""


def _propose(
    session: Session, form_key: str, by: Viewer, at: datetime, zone: ZoneInfo, wanted: RetentionRun
) -> RetentionRun:
    by.check("manage_privacy")
    known = session.exec(select(RetentionRun).where(RetentionRun.form_key == form_key)).first()
    if known is not None:
        return known
    if session.exec(select(RetentionRun.id).where(col(RetentionRun.state).in_(("proposed", "running")))).first():
        raise RunOpen
    wanted.form_key, wanted.proposed_at, wanted.proposed_by_id = form_key, at, by.user_id
    wanted.as_of = at.astimezone(zone).date()
    kept = Terms(**wanted.terms)
    planned = _lines(
        session, task(session, as_of=_begin_of(wanted.as_of, zone), terms=kept, contact_id=wanted.contact_id)
    )
    if not planned:
        raise NothingDue
    wanted.planned = [_stored(line) for line in planned]
    session.add(wanted)
    session.flush()
    counts = {line.table: line.rows for line in planned}
    audit(session, by=by.user_id, at=at, verb="propose", about="retention_run", about_id=wanted.id, rows=counts)
    return wanted


def _open_run(session: Session, run_id: int) -> RetentionRun:
    run = session.get(RetentionRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotThere
    if run.state != "proposed":
        raise RunDecided
    return run


def _begin_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


# What is listed


def _lines(session: Session, whole: Task) -> list[DueLine]:
    """Tables with rows that would change, each row once whatever the reasons."""
    steps: dict[str, list[Step]] = defaultdict(list)
    for step in whole.steps:
        if step.why != FILES:
            steps[step.place.table.name].append(step)
    codes = dict(session.exec(select(Customer.id, Customer.code)).all())
    lines = (_counted(session, some, whole, codes) for some in steps.values())
    return [line for line in lines if line.rows]


def _counted(session: Session, steps: Iterable[Step], whole: Task, codes: dict[int | None, str]) -> DueLine:
    place, seen, n = next(iter(steps)).place, set[Any](), 0
    days: list[date] = []
    customers: Counter[str] = Counter()
    several = len(list(steps)) > 1
    for step in steps:
        for one in rows(session, step, whole):
            if not one.changes or one.key in seen:
                continue
            if several:
                seen.add(one.key)
            n += 1
            day = one.since.astimezone(whole.as_of.tzinfo).date() if isinstance(one.since, datetime) else one.since
            if day is not None and day != NEVER:
                days = [min([day, *days]), max([day, *days])]
            if one.customer_id is not None:
                customers[codes.get(one.customer_id, "")] += 1
    oldest, newest = (days[0], days[-1]) if days else (None, None)
    return DueLine(place.table.name, place.record, n, oldest, newest, dict(sorted(customers.items())))


def _stored(line: DueLine) -> dict[str, Any]:
    days = {name: day.isoformat() if day else None for name, day in (("oldest", line.oldest), ("newest", line.newest))}
    return line._asdict() | days


def _line(stored: dict[str, Any]) -> DueLine:
    days = {name: date.fromisoformat(stored[name]) if stored[name] else None for name in ("oldest", "newest")}
    return DueLine(**(stored | days))
