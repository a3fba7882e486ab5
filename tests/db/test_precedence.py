"""While a customer's answer is taken in, screens that are being drawn wait: not for long, and nobody else does."""

from threading import Event, Thread
from time import monotonic, sleep

from sqlalchemy import Engine

from db.precedence import first, give_way, giving_way
from db.session import read_session


def waited(longest: float) -> float:
    """How many seconds a screen pauses that may pause so long."""
    with giving_way(longest):
        began = monotonic()
        give_way()
        return monotonic() - began


def test_a_screen_goes_on_as_soon_as_the_answer_is_in() -> None:
    inside, may_end = Event(), Event()

    def answer() -> None:
        with first():
            inside.set()
            may_end.wait(10)

    customer = Thread(target=answer)
    customer.start()
    inside.wait(10)
    Thread(target=lambda: (sleep(0.1), may_end.set())).start()
    assert 0.05 < waited(longest=10) < 5
    customer.join()
    assert waited(longest=10) < 1


def test_a_screen_waits_for_many_customers_no_longer_than_it_may_in_all() -> None:
    with first(), giving_way(0.1):
        began = monotonic()
        for _ in range(20):
            give_way()
        assert 0.09 < monotonic() - began < 2


def test_who_draws_no_screen_waits_for_nobody(sqlite_engine: Engine) -> None:
    began = monotonic()
    with first(), read_session(sqlite_engine):
        assert monotonic() - began < 0.5
