"""Cards and states: what a reader finds when there is nothing to show, or something went wrong."""

from streamlit.testing.v1 import AppTest

from components import states


def page_of_states() -> None:
    from components import states, status

    states.metric_card(
        "Index",
        "79.6",
        badge=status.badge("amber"),
        delta=states.score_delta(-0.3, False, "vs 26Q2"),
        caption="Target **80**",
    )
    states.metric_card("Rate", "91.4 %", delta=states.score_delta(-2.14, True, "vs 26Q2"))
    with states.card("Trend", "band: 95% interval"):
        pass
    states.empty(":material/inbox:", "Nothing yet.", "Import results.", "Import", key="import")
    states.no_permission("No permission to see customers.")
    states.unreachable("10:42", "7F3A-21")
    states.changed_meanwhile("*Chen*", "10:40", [states.FieldChange("Due date", "<b>28 Sep</b>", "9 Oct")])
    states.waiting("Trend", 176)
    states.progress("Importing", 7440, 12000, 8.2, stop="Stop import")
    states.refused("Line 3: *x* is no level.")
    states.error("Not imported", "Nothing was written.", "7F3A-22")


def screen_in(language: str) -> AppTest:
    screen = AppTest.from_function(page_of_states)
    screen.session_state["language"] = language
    screen.run()
    assert not screen.exception
    return screen


def test_a_key_figure_shows_its_badge_and_no_arrow_for_an_uncertain_change() -> None:
    index, rate = screen_in("zh_CN").metric
    assert index.label == "Index :orange-badge[◇ 黄]"
    assert index.delta == "≈ 0.3"
    assert index.proto.delta_description == "vs 26Q2 · 不能断定"
    assert rate.delta == "↓ 2.1"


def test_an_empty_card_offers_the_one_button_that_fills_it() -> None:
    screen = screen_in("en")
    assert [button.label for button in screen.button] == ["Import", "Try again", "Stop import"]
    assert "**Nothing yet.**" in [text.value for text in screen.markdown]


def test_an_outage_says_what_is_safe_and_from_when_the_figures_are() -> None:
    outage = screen_in("zh_CN").error[0]
    assert outage.proto.title == "现在读不到数据库"
    assert outage.value == "数据没有丢失，页面上的数字是 10:42 的。编号 7F3A-21。"


def test_a_conflict_shows_old_and_new_value_and_escapes_what_others_wrote() -> None:
    conflict = screen_in("en").warning[0]
    assert "**Due date** \\<b\\>28 Sep\\<" in conflict.value
    assert "→ 9 Oct" in conflict.value
    assert "\\*Chen\\* at 10:40:" in conflict.value


def test_progress_counts_and_tells_the_time_left() -> None:
    texts = [element.proto.text for element in screen_in("zh_CN").get("progress")]
    assert texts == ["Importing：7,440 / 12,000 行，约剩 8 秒"]


def test_nothing_to_compare_gives_no_chip() -> None:
    assert states.score_delta(None, None, "vs 26Q2") is None
