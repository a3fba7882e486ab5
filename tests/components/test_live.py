"""Screens that follow the figures by themselves take turns; what somebody asked for waits for none of them."""

from collections.abc import Iterator

import pytest
import streamlit as st

from components import live


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    found: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", found)
    monkeypatch.setattr(live, "LONGEST_WAIT", 0.01)
    return found


def test_one_screen_follows_at_a_time_and_none_waits_for_good(state: dict[str, object]) -> None:
    state[live.BY_ITSELF] = True
    with live.turn():
        assert not live.TURNS.acquire(blocking=False)
        state[live.BY_ITSELF] = True
        with live.turn():  # has waited, and is drawn all the same
            pass
        assert not live.TURNS.acquire(blocking=False), "only who has the turn gives it back"
    assert live.TURNS.acquire(blocking=False)
    live.TURNS.release()


def test_a_click_takes_no_turn_and_a_page_that_breaks_gives_it_back(state: dict[str, object]) -> None:
    with live.turn():
        assert live.TURNS.acquire(blocking=False)
        live.TURNS.release()
    state[live.BY_ITSELF] = True
    with pytest.raises(ZeroDivisionError), live.turn():
        _ = 1 / 0
    assert live.TURNS.acquire(blocking=False)
    live.TURNS.release()
