"""The sample company goes into an empty database, through the services, in one transaction."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from db.models import Customer, Department, Fact, Invitation, SchemeRow, User, Wave
from db.session import read_session, write_session
from domain.access import Viewer
from domain.errors import N_, Refusal
from domain.scheme import Calendar
from domain.workdays import working_calendar
from sample_data.answers import QUARTERS
from sample_data.company import SCHEME_FILE, Account, accounts
from sample_data.timeline import OFFICE_CLOSES, ZONE, Timeline, moment
from services import passwords
from services.audit import audit
from services.demo_actions import tell_actions
from services.demo_complaints import tell_complaints
from services.demo_figures import tell_figures
from services.demo_opinions import tell_opinions
from services.demo_sending import tell_sending
from services.demo_surveys import add_customers, run_waves
from services.links import link_of
from services.schemes import store_scheme
from services.sign_in import viewer_of
from services.users import DEMO_ACCOUNTS


class DatabaseNotEmpty(Refusal):
    """The sample company goes into an empty database only."""

    def __init__(self) -> None:
        super().__init__(N_("The sample company goes into an empty database only; this one holds data already."))


@dataclass(frozen=True)
class DemoLoaded:
    """What was loaded, the account that is offered first, and the link of a questionnaire that nobody has answered yet."""

    waves: int
    customers: int
    responses: int
    username: str
    password: str
    questionnaire: str


def is_empty(engine: Engine) -> bool:
    """Whether nobody and nothing is in the (migrated) database yet."""
    with read_session(engine) as session:
        return _is_empty(session)


def load_demo(engine: Engine, *, at: datetime) -> DemoLoaded:
    """Loads the sample company as of `at` (the open wave is its quarter); raises DatabaseNotEmpty."""
    offered, timeline = accounts(), Timeline(at.astimezone(ZONE), working_calendar(Calendar("CN")))
    with ThreadPoolExecutor() as pool:  # a hash takes a quarter of a second, and lets other threads work
        hashes = list(pool.map(passwords.hashed, [account.password for account in offered]))
    with write_session(engine) as session:
        if not _is_empty(session):
            raise DatabaseNotEmpty
        since = moment(timeline.first_day(1), OFFICE_CLOSES)
        version = store_scheme(session, document=SCHEME_FILE.read_text(encoding="utf-8"), by=None, at=since)
        _add_accounts(session, offered, hashes, since)
        add_customers(session, timeline)
        responses = run_waves(session, version, timeline, organiser(session))
        tell_sending(session, timeline, organiser(session))
        tell_actions(session, timeline)
        tell_opinions(session, timeline)
        tell_complaints(session, timeline)
        tell_figures(session, timeline)
        link = _open_link(session)
        audit(session, by=None, at=at, verb="load", about="demo")
        customers = session.exec(select(func.count()).select_from(Customer)).one()
    return DemoLoaded(QUARTERS, customers, responses, offered[0].username, offered[0].password, link)


def _open_link(session: Session) -> str:
    """The link of an invitation of the running wave that nobody has answered yet."""
    waiting = select(Invitation).join(Wave).where(Wave.state == "open", Invitation.state == "sent")
    return link_of(session.exec(waiting.order_by(col(Invitation.id)).limit(1)).one())


def organiser(session: Session) -> Viewer:
    """Who runs the waves."""
    return viewer_of(session.exec(select(User).where(User.role == "organiser")).one())


def _is_empty(session: Session) -> bool:
    return all(session.exec(select(col(model.id)).limit(1)).first() is None for model in (User, SchemeRow, Customer))


def _add_accounts(session: Session, offered: list[Account], hashes: list[str], at: datetime) -> None:
    """Their passwords are public, so none is too weak for them."""
    departments = dict(session.exec(select(Department.code, Department.id)).all())
    for account, password_hash in zip(offered, hashes, strict=True):
        department = departments[account.department] if account.department else None
        user = User(
            username=account.username,
            name=account.name,
            password_hash=password_hash,
            role=account.role,
            department_id=department,
            is_head=account.head,
            created_at=at,
        )
        session.add(user)
    shown = [{key: asdict(account)[key] for key in ("username", "password", "role", "name")} for account in offered]
    session.add_all(
        [Fact(name="demo", value="1"), Fact(name=DEMO_ACCOUNTS, value=json.dumps(shown, ensure_ascii=False))]
    )
    session.flush()
