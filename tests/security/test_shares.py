"""Whoever has only a link: no verb does anything for it, and no read shows more than the view it was made for."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from db.models import Meeting
from db.queries import customers, narrowing, scores, segments
from db.queries.shares import shared_view
from db.session import engine_for, read_session, write_session
from domain.access import NotAllowed, NotThere, Scope, Viewer
from domain.errors import Refusal
from domain.shares import VIEWS, permissions
from services import shares
from settings import settings
from tests import databases
from tests.security.test_reads import READS, tried
from tests.security.test_verbs import VERBS, Undone
from tests.security.world import AT, CUSTOMERS, FIRST, World, build, texts

pytestmark = pytest.mark.xdist_group("security-verbs")
LOOKS = {"questionnaires.questionnaire_for", "answering.as_asked"}
"""What a wave asks, which is no secret to whoever is shown its results."""
ADDRESSES = {
    "overview": {"scheme": FIRST},
    "customers": {"scheme": FIRST},
    "customer": {"scheme": FIRST, "code": "alpha"},
    "items": {"scheme": FIRST},
    "item": {"scheme": FIRST, "item": "on_time"},
    "presented": {"scheme": FIRST, "wave": "2026-Q2"},
    "meeting": {"meeting": "1"},
    "wall": {"scheme": FIRST},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, World, dict[str, Viewer]]]:
    """The world of the other access tests, with one share of each view by quality, with everything that it may show."""
    folder = tmp_path_factory.mktemp("shares")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAR_DIR", str(folder / "var"))
        patch.setattr("settings.SECRETS_FILE", folder / "secrets.toml")
        settings.cache_clear()
        engine = engine_for(databases.sqlite_database(folder))
        built = build(engine)
        with write_session(engine) as session:
            guests = {view: guest(session, built, view) for view in VIEWS}
        yield engine, built, guests
    engine.dispose()
    settings.cache_clear()


def guest(session: Session, world: World, view: str, who: str = "quinn", **more: Any) -> Viewer:
    address = ADDRESSES[view]
    if view == "meeting":
        address = {"meeting": str(session.exec(select(Meeting.id)).first())}
    values: dict[str, Any] = {"with_people": True, "form_key": f"{view}{who}{sorted(more)}", **more}
    one = shares.make_share(
        session, view=view, address=address, ends_at=AT + timedelta(days=7), by=world.people[who], at=AT, **values
    )
    found = shared_view(session, one.id or 0, now=AT)
    assert found
    return found[1].viewer


def does(engine: Engine, name: str, world: World, by: Viewer) -> bool:
    try:
        with write_session(engine) as session:
            VERBS[name][0](session, world, by)
            raise Undone
    except (
        NotAllowed,
        NotThere,
        AssertionError,
        IntegrityError,
    ):  # some calls look for or write first what they are about
        return False
    except (Undone, Refusal):
        return True


@pytest.mark.parametrize("view", ["customer", "item", "meeting"])
def test_no_verb_does_anything_for_a_guest(view: str, world: tuple[Engine, World, dict[str, Viewer]]) -> None:
    engine, built, guests = world
    assert not [name for name in VERBS.keys() - LOOKS if does(engine, name, built, guests[view])]


OF_PEOPLE = ("customer_file.", "customers.", "meetings.", "overview.newest", "opinions.")


def said_to(session: Session, world: World, viewer: Viewer, reads: Iterable[str] = READS) -> str:
    return "\n".join(
        text for name in reads for call in READS[name](session, world, viewer) for text in texts(tried(call))
    )


def test_a_share_about_one_customer_names_no_other(world: tuple[Engine, World, dict[str, Viewer]]) -> None:
    engine, built, guests = world
    with read_session(engine) as session:
        said = said_to(session, built, guests["customer"])
    assert "Alpha Company" in said
    assert not [
        code for code in CUSTOMERS if code != "alpha" and (f"of {code}" in said or f"{code.title()} Company" in said)
    ]


def test_a_share_about_one_item_shows_no_figure_of_another(world: tuple[Engine, World, dict[str, Viewer]]) -> None:
    engine, built, guests = world
    scope = Scope(guests["item"], built.schemes[FIRST])
    with read_session(engine) as session:
        waves = narrowing.waves_in(session, scope)
        found = [
            set(one.items) | set(one.tallies) | set(one.dimensions) for one in scores.results(session, scope, waves)
        ]
    assert set.union(*found) == {"on_time"}


def test_groups_under_five_are_not_shown_apart_and_not_by_subtraction(
    world: tuple[Engine, World, dict[str, Viewer]],
) -> None:
    """The first wave of the world has two answers: inside they count, in a share they are nobody's."""
    engine, built, guests = world
    with read_session(engine) as session:
        for who, n in ((built.people["quinn"], 2), (guests["overview"], 0)):
            scope = Scope(who, built.schemes[FIRST])
            wave = narrowing.waves_in(session, scope)[-1]
            (now,) = scores.results(session, scope, [wave])
            assert now.index.n == n
            assert bool(segments.scores_by_group(session, scope, wave, by="segment")) == bool(n)
            assert len(customers.customer_page(session, scope, wave).rows) == n
    assert guests["customer"].least == 1, "a share about one customer is for that customer's own figures"


def test_without_the_wish_of_its_maker_a_share_shows_no_name_of_a_person(
    world: tuple[Engine, World, dict[str, Viewer]],
) -> None:
    engine, built, guests = world
    with write_session(engine) as session:
        bare = guest(session, built, "customer", with_people=False)
        reads = [name for name in READS if name.startswith(OF_PEOPLE)]
        said = {who: said_to(session, built, one, reads) for who, one in (("bare", bare), ("full", guests["customer"]))}
    people = ("Contact of alpha", "Said by alpha", "Respondent at alpha", "Purchase of alpha")
    assert [one for one in people if one in said["bare"]] == []
    assert "Contact of alpha" in said["full"]
    assert not bare.sees_names


def test_a_share_gives_at_most_what_its_maker_may(world: tuple[Engine, World, dict[str, Viewer]]) -> None:
    engine, built, _ = world
    with write_session(engine) as session:
        sam = guest(session, built, "customer", "sam")
        with pytest.raises(NotThere):
            shares.make_share(
                session,
                view="customer",
                address={"scheme": FIRST, "code": "beta"},
                ends_at=AT + timedelta(days=1),
                form_key="sam.beta",
                by=built.people["sam"],
                at=AT,
            )
    assert sam.only_customers_of == built.people["sam"].user_id
    assert [
        one for view in VIEWS for one in permissions(view, with_people=True) if one.startswith(("edit", "manage"))
    ] == []
