"""The table of scores: signs, tints, sorting values and clicks."""

from typing import Any

import pandas as pd
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.elements.lib.pandas_styler_utils import marshall_styler
from streamlit.proto.ArrowData_pb2 import ArrowData
from streamlit.testing.v1 import AppTest

from components import matrix, status


def rule(score: float | None) -> str | None:
    return None if score is None else "red" if score <= 70 else "amber" if score < 80 else "ok"


ROWS = [
    {"status": "red", "customer": "铭川", "n": 1, "overall": 56.0, "quality": None, "trend": [80.0, 56.0]},
    {"status": "amber", "customer": "凯拓", "n": 8, "overall": 79.96, "quality": 70.0, "trend": [78.0, 79.96]},
    {"status": "ok", "customer": "恒岳", "n": 3, "overall": 86.7, "quality": 80.0, "trend": []},
    {"status": None, "customer": "长岭", "n": 0, "overall": None, "quality": None, "trend": []},
]
SCORES = {"overall": rule, "quality": rule}


def marshalled(table: Any) -> tuple[pd.DataFrame, dict[str, str]]:
    """What Streamlit sends of a Styler: the texts of the cells, and cell → CSS."""
    proto = ArrowData()
    marshall_styler(proto, table, "id")
    texts = convert_arrow_bytes_to_pandas_df(proto.styler.display_values)
    styles = {}
    for line in proto.styler.styles.splitlines():
        selectors, _, body = line.partition(" { ")
        styles |= {"row" + cell.strip().partition("_row")[2]: body.removesuffix(" }") for cell in selectors.split(",")}
    return texts, styles


def table() -> Any:
    return matrix.styled(pd.DataFrame(ROWS), SCORES, bounds=(80.0, 70.0), few=3)


def test_scores_carry_signs_and_are_not_rounded_over_a_bound() -> None:
    texts, _ = marshalled(table())
    assert list(texts["overall"]) == ["● 56.0", "◇ 79.96", "86.7", "–"]
    assert list(texts["quality"]) == ["–", "● 70.0", "80.0", "–"]


def test_small_samples_are_marked_and_the_status_is_a_word() -> None:
    texts, _ = marshalled(table())
    assert list(texts["n"]) == ["1 *", "8", "3", "0 *"]
    assert list(texts["status"]) == ["● Red", "◇ Amber", "On target", "No score"]


def test_red_and_amber_cells_are_tinted_and_text_keeps_its_colour() -> None:
    _, styles = marshalled(table())
    red, amber = (f"background-color: {status.STATUS[name].tint}" for name in ("red", "amber"))
    assert styles == {
        "row0_col0": red,
        "row0_col3": red,
        "row1_col0": amber,
        "row1_col3": amber,
        "row1_col4": red,
    }


def test_values_stay_numbers_so_that_sorting_is_right() -> None:
    assert list(table().data["overall"][:3]) == [56.0, 79.96, 86.7]
    assert table().data["quality"].dtype == "float64"


def test_tints_and_texts_are_what_pandas_itself_would_send() -> None:
    frame = table().data
    genuine = frame.style.format(
        {"overall": lambda score: status.marked(score, rule(score), 80.0, 70.0)}, na_rep="–"
    ).map(
        lambda score: f"background-color:{tint}" if (tint := status.STATUS[rule(score)].tint) else "",
        subset=["overall"],
    )
    texts, styles = marshalled(genuine)
    own_texts, own_styles = marshalled(table())
    assert list(texts["overall"][:3]) == list(own_texts["overall"][:3])
    cells = [f"row{row}_col3" for row in range(3)]
    assert {cell: styles.get(cell) for cell in cells} == {cell: own_styles.get(cell) for cell in cells}


def page_with_table() -> None:
    import streamlit as st

    from components import matrix

    def rule(score: float | None) -> str | None:
        return None if score is None else "red" if score <= 70 else "ok"

    columns = {
        "status": "Status",
        "customer": "Customer",
        "n": "n",
        "overall": "Overall",
        "trend": st.column_config.LineChartColumn("Trend"),
    }
    st.session_state.clicked = matrix.scores_table(
        st.session_state.rows,
        {"overall": rule},
        columns=columns,
        bounds=(70.0,),
        alt_text="Customers, worst first",
        key="m",
    )


@pytest.mark.parametrize("rows", [ROWS, ROWS * 13, []])
def test_the_table_draws_any_number_of_rows(rows: list[dict[str, Any]]) -> None:
    screen = AppTest.from_function(page_with_table)
    screen.session_state["rows"] = rows
    screen.run()
    assert not screen.exception
    assert screen.session_state["clicked"] is None
    assert list(screen.dataframe[0].value.columns) == ["status", "customer", "n", "overall", "trend"]
    assert screen.dataframe[0].proto.alt == "Customers, worst first"


def test_the_same_rows_are_the_same_message_on_every_run() -> None:
    first, second = ArrowData(), ArrowData()
    marshall_styler(first, table(), "id")
    marshall_styler(second, table(), "id")
    assert first.styler == second.styler
