"""What a page has drawn can be taken along: charts as pictures, tables with the headers of the screen."""

import re
import struct
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from components import charts, drawn
from components.charts.waves import trend_rows, trend_spec
from domain.scores import Score
from services.documents import pictures

POINTS = [charts.WavePoint(f"w{n}", f"2026-Q{n}", Score(30, 78.0 + n, 9.0, 76.0 + n, 80.0 + n)) for n in (1, 2, 3)]
SAID = "满意度指数 81.0, 达标"


def chart() -> tuple[dict[str, object], list[charts.Row]]:
    spec = trend_spec("zh_CN", 73, 85, 80.0, None, 176, 12, many=False)
    return spec, trend_rows(POINTS, "zh_CN", 80.0, None)


def test_a_chart_leaves_as_svg_with_its_chinese_texts_and_its_figures() -> None:
    svg = pictures.svg_file(*chart(), SAID).decode()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert SAID in texts
    assert "目标 80" in texts
    assert "81.0" in texts
    assert 'font-family="Noto Sans SC"' in svg


def test_a_chart_leaves_as_png_on_white_in_twice_its_size() -> None:
    png = pictures.png_file(*chart(), SAID)
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG")
    assert width >= 2 * pictures.WIDTH
    assert height > 2 * 176


def test_a_spec_that_names_an_address_fetches_nothing() -> None:
    spec, rows = chart()
    spec = {**spec, "layer": [{"mark": {"type": "image", "url": "http://127.0.0.1:9/x.png"}, "encoding": {}}]}
    assert b"127.0.0.1" not in pictures.png_file(spec, rows, SAID)
    with pytest.raises(ValueError, match="External data url not allowed"):
        pictures.svg_file({**spec, "layer": [{"mark": "bar", "data": {"url": "http://127.0.0.1:9/x.json"}}]}, rows, "")


def test_a_table_leaves_with_the_headers_of_the_screen_and_unrounded_scores() -> None:
    def page() -> None:
        import pandas as pd
        import streamlit as st

        from components import drawn

        frame = pd.DataFrame([{"name": "=1+1", "score": 63.84123, "id": 7, "left": None, "q": [1, None]}])
        columns = {"name": st.column_config.TextColumn("Customer"), "id": None, "score": "Score"}
        drawn.begin()
        drawn.table(frame.style, alt="Worst \\& first", column_config=columns, personal=True)
        st.session_state["found"] = drawn.tables(drawn.now().tables)

    app = AppTest.from_function(page).run()
    (found,) = app.session_state["found"]
    assert found.title == "Worst & first"
    assert found.headers == ["Customer", "Score", "left", "q"]
    assert found.rows == [["=1+1", 63.84123, None, "1"]]
    assert found.personal


def test_a_column_may_be_called_as_a_styler_calls_its_frame() -> None:
    frame = pd.DataFrame({"data": [5, 4]})
    for shown in (frame, frame.style):
        app = AppTest.from_function(_keeps, args=(shown,)).run()
        assert not app.exception
        (found,) = drawn.tables(app.session_state[drawn.DRAWN].tables)
        assert (found.headers, found.rows) == (["data"], [[5], [4]])


def _keeps(shown: object) -> None:
    from components import drawn

    drawn.begin()
    drawn.keep(shown, alt="Answers", columns={})


def test_every_table_of_a_screen_is_drawn_where_it_can_be_taken_along() -> None:
    root = Path(drawn.__file__).parent.parent
    found = [path for folder in ("components", "pages") for path in (root / folder).rglob("*.py")]
    assert [path.name for path in found if "st.dataframe(" in path.read_text(encoding="utf-8")] == ["drawn.py"]
