"""Share links: who may make which, what a grant is worth, and that everything ends with the share."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from db.models import Share, ShareOpening, User
from db.queries import shares as reads
from db.queries.slides import deck, wall
from db.session import read_session, write_session
from domain.access import NotAllowed, NotThere, Viewer
from domain.shares import slides_shown
from services import shares
from services.shares import Door, LinkLeadsNowhere, ShareInvalid, TooManyTries
from services.sign_in import viewer_of
from tests import factories as make

AT = datetime(2026, 10, 9, 8, tzinfo=UTC)
SOON = AT + timedelta(days=7)
ALICE, BOB, CHARLIE = "alice", "bob", "charlie"
ROLES = {ALICE: "quality", BOB: "sales", CHARLIE: "viewer"}


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """A wave with answers of two customers, of which Bob sells to the first."""
    with write_session(sqlite_engine) as session:
        for name, role in ROLES.items():
            make.user(session, name, role=role)
        wave = make.wave(session, make.scheme(session))
        bob = session.exec(select(User).where(User.username == BOB)).one().id
        first, second = (make.customer(session, code) for code in ("C1", "C2"))
        first.sales_owner_id = bob
        for customer in (first, second):
            make.response(session, wave, "satisfied", customer=customer)
    return sqlite_engine


def who(session: Session, name: str) -> Viewer:
    return viewer_of(session.exec(select(User).where(User.username == name)).one())


def shared(session: Session, by: str = ALICE, view: str = "customer", code: str = "C1", **more: Any) -> Share:
    values = {"address": {"code": code} if view == "customer" else {}, "ends_at": SOON, "form_key": f"{by}{view}{code}"}
    return shares.make_share(session, view=view, **{**values, **more}, by=who(session, by), at=AT)


def token(share: Share) -> str:
    return shares.link_to(share.link_seed).rpartition("/")[2]


def admitted(session: Session, share: Share, at: datetime = AT) -> shares.Grant:
    door = shares.knock(session, token=token(share), place="here", at=at)
    return shares.admit(session, door=door, place="here", at=at)


def test_nobody_shares_what_they_do_not_see(engine: Engine) -> None:
    with write_session(engine) as session:
        assert shared(session, ALICE, code="C2").customer_id
        assert shared(session, BOB, code="C1").customer_id
        with pytest.raises(NotThere):
            shared(session, BOB, code="C2")
        with pytest.raises(NotAllowed):
            shared(session, CHARLIE)
        with pytest.raises(NotThere):
            shared(session, view="users")
        with pytest.raises(NotThere):
            shared(session, view="meeting", address={"meeting": "1"})


@pytest.mark.parametrize("more", [{"ends_at": AT}, {"ends_at": AT + timedelta(days=400)}], ids=["ended", "too_long"])
def test_a_share_ends_within_a_year(engine: Engine, more: dict[str, Any]) -> None:
    with write_session(engine) as session, pytest.raises(ShareInvalid):
        shared(session, **more)


def test_the_table_holds_no_token_and_the_same_form_makes_one_share(engine: Engine) -> None:
    with write_session(engine) as session:
        one = shared(session)
        assert shared(session).id == one.id
        assert token(one) not in (one.token_hash, one.link_seed)
        assert len(session.exec(select(Share)).all()) == 1


def test_a_guest_has_less_than_the_maker_and_never_a_right_to_write(engine: Engine) -> None:
    with write_session(engine) as session:
        one = shared(session)
        grant = admitted(session, one)
        found = shares.guest(session, share_id=one.id or 0, grant=grant.value, at=AT)
        assert found is not None
        assert found.viewer.may("view_scores")
        assert [
            p for p in ("assign", "view_personal", "manage_users", "share_views", "import") if found.viewer.may(p)
        ] == []
        assert found.viewer.only_customer == one.customer_id
        assert shares.guest(session, share_id=one.id or 0, grant="x" * 64, at=AT) is None
        other = shared(session, code="C2")
        assert shares.guest(session, share_id=other.id or 0, grant=grant.value, at=AT) is None


def test_a_share_is_gone_when_it_is_revoked_has_ended_or_its_maker_is(engine: Engine) -> None:
    with write_session(engine) as session:
        one, other = shared(session), shared(session, BOB)
        first, second = admitted(session, one), admitted(session, other)

        def is_open(share: Share, grant: shares.Grant, at: datetime = AT) -> bool:
            return shares.guest(session, share_id=share.id or 0, grant=grant.value, at=at) is not None

        assert is_open(one, first)
        assert is_open(one, first, SOON - timedelta(seconds=1))
        assert not is_open(one, first, SOON)
        with pytest.raises(NotThere):
            shares.revoke_share(session, share_id=one.id or 0, by=who(session, BOB), at=AT)
        shares.revoke_share(session, share_id=one.id or 0, by=who(session, ALICE), at=AT)
        assert not is_open(one, first)
        with pytest.raises(LinkLeadsNowhere):
            admitted(session, one)
        session.exec(select(User).where(User.username == BOB)).one().active = False
        session.flush()
        assert not is_open(other, second)


def test_another_password_ends_what_was_granted_before(engine: Engine) -> None:
    with write_session(engine) as session:
        one = shared(session)
        grant, door = admitted(session, one), Door(one.id or 0, "")
        one.password_hash = "another"
        session.flush()
        assert shares.guest(session, share_id=one.id or 0, grant=grant.value, at=AT) is None
        with pytest.raises(LinkLeadsNowhere):
            shares.admit(session, door=door, place="here", at=AT)


def test_guessed_tokens_have_to_wait_and_only_where_they_come_from(engine: Engine) -> None:
    with write_session(engine) as session:
        one = shared(session)
        for number in range(shares.UNKNOWN_TOKENS):
            with pytest.raises(LinkLeadsNowhere):
                shares.knock(session, token=f"guess{number}", place="there", at=AT)
        with pytest.raises(TooManyTries):
            shares.knock(session, token=token(one), place="there", at=AT)
        assert shares.knock(session, token=token(one), place="here", at=AT).share_id == one.id
        later = AT + timedelta(minutes=2)
        assert shares.knock(session, token=token(one), place="there", at=later).share_id == one.id


def test_the_list_shows_the_own_shares_with_their_openings_and_quality_all(engine: Engine) -> None:
    with write_session(engine) as session:
        shared(session, ALICE, code="C2")
        one = shared(session, BOB)
        admitted(session, one)
        admitted(session, one, AT + timedelta(hours=1))
    with read_session(engine) as session:
        alice, bob = who(session, ALICE), who(session, BOB)
        assert [line.made_by for line in reads.shares(session, alice, now=AT)] == [bob.name, alice.name]
        (line,) = reads.shares(session, bob, now=AT)
        assert (line.opened, line.opened_at, line.state) == (2, AT + timedelta(hours=1), "open")
        assert reads.shares(session, bob, now=SOON)[0].state == "ended"
        assert len(reads.openings(session, bob, line.id)) == 2
        others = next(one.id for one in reads.shares(session, alice, now=AT) if one.id != line.id)
        assert reads.openings(session, bob, others) == []
        with pytest.raises(NotAllowed):
            reads.shares(session, who(session, CHARLIE), now=AT)
        assert len(session.exec(select(ShareOpening)).all()) == 2


def test_a_wall_screen_turns_the_chosen_slides_of_the_latest_wave_without_a_meeting(engine: Engine) -> None:
    with write_session(engine) as session:
        one = shared(session, view="wall", slides=["customers", "index"], seconds=20)
        found = reads.shared_view(session, one.id or 0, now=AT)
        assert found
        reader = found[1].viewer
        shown = deck(session, reader, wall(session, reader, found[1].params["scheme"], today=AT.date()))
        places = slides_shown([slide.key for slide in shown.slides], found[1].slides)
        assert [shown.slides[place].key for place in places] == ["index", "customers"]
        assert (found[1].seconds, shown.now.index.n, shown.frozen_at) == (20, 0, None), (
            "of two answers a share shows none"
        )
        assert not reader.may("hold_meetings")
        assert "opinions" not in [slide.kind for slide in shown.slides]
        with pytest.raises(NotThere):
            wall(session, reader, "another", today=AT.date())
