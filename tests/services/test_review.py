"""Rows of a file are flagged for review and imported all the same."""

from pathlib import Path

from domain.mapping import Mapping
from domain.review_flags import Flag
from domain.scheme_file import load
from services.importing import checked, open_source
from services.review import flagged_rows
from tests import factories

SCHEME = load(factories.preset("it-ops-half-year"))
CODES = SCHEME.item_codes
MAPPING = Mapping(
    items={code: code for code in CODES},
    columns={"external_id": "序号", "submitted_at": "提交答卷时间", "duration": "所用时间"},
    values={"*": {str(value): float(value) for value in range(1, 6)}},
)


def test_an_appended_export_is_flagged_where_it_begins_and_where_it_repeats(tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    rows = [
        "1,2026/9/19 1:56:57,2分3秒,5,4,3,4,5",
        "2,2026/9/19 2:56:57,9秒,5,4,3,4,4",
        "1,2026/9/20 1:56:57,1:23,1,2,3,4,5",
        "3,2026/9/19 1:56:57,2分3秒,5,4,3,4,5",
    ]
    file.write_text("\n".join([",".join(["序号", "提交答卷时间", "所用时间", *CODES]), *rows]), encoding="utf-8")
    source = open_source(file, "two.csv", MAPPING, SCHEME)

    assert [tuple(flagged) for flagged in flagged_rows(source)] == [
        (3, Flag.TOO_FAST, "9"),  # five items need 10 seconds
        (4, Flag.RESTARTED, "2"),
        (5, Flag.DUPLICATE, "2"),
    ]
    assert checked(source).rows == 4
