"""Text files: encodings, delimiters, lines, and what isn't a table."""

import csv
import io
from pathlib import Path

import pytest

from services.reading import FileRefused, Table, open_table, refusals

ROWS = [["编号", "质量", "意见"], ["A1", "满意", "交货及时"], ["A2", "不满意", "包装，破损"]]


def table_of(data: bytes, name: str = "answers.csv") -> Table:
    return open_table(io.BytesIO(data), name)


def text_of(rows: list[list[str]], delimiter: str = ",") -> str:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue()


def refusal_of(data: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        table_of(data)
    return refused.value


@pytest.mark.parametrize(
    ("encoding", "recognised"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_recognised_by_content(encoding: str, recognised: str, delimiter: str) -> None:
    table = table_of(text_of(ROWS, delimiter).encode(encoding))

    assert (table.encoding, table.delimiter, table.headers) == (recognised, delimiter, ROWS[0])
    assert list(table.rows()) == [(2, ROWS[1]), (3, ROWS[2])]


def test_a_line_is_where_the_record_begins_in_an_editor() -> None:
    table = table_of(b'id,text,q\n1,"two\nlines",5\n\n2,"a\r\nb\r\nc",4\n3,x,1\n')

    assert [(line, row[0]) for line, row in table.rows()] == [(2, "1"), (5, "2"), (8, "3")]


def test_old_mac_line_ends_are_lines() -> None:
    assert [line for line, _ in table_of(b"id,q\r1,5\r2,4\r").rows()] == [2, 3]


def test_reading_can_start_where_it_was_interrupted() -> None:
    table = table_of(text_of([["id", "q"], *[[str(n), "5"] for n in range(1, 100)]]).encode())

    assert next(table.rows(start=42)) == (44, ["43", "5"])
    assert [chunk.first_line for chunk in table.rows_in_chunks(40, start=50)] == [52, 81]
    assert list(table.rows(start=99)) == []


def test_two_readers_of_one_upload_do_not_disturb_each_other() -> None:
    table = table_of(text_of([["id", "q"], *[[str(n), "x" * 500] for n in range(9_000)]]).encode())
    first, second = table.rows(), table.rows()

    assert [next(first)[1][0], next(second)[1][0]] == ["0", "0"]
    assert sum(1 for _ in first) == sum(1 for _ in second) == 8_999


def test_a_file_on_disk_reads_like_an_upload(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(text_of(ROWS).encode())

    assert list(open_table(path, path.name).rows()) == list(table_of(path.read_bytes()).rows())


def test_short_rows_are_filled_up_and_long_rows_keep_their_cells() -> None:
    rows = [row for _, row in table_of(b"a,b,c\n1,2,3\n1\n1,2,3,4\n1,2,3\n1,2,3\n").rows()]

    assert rows[1:3] == [["1", "", ""], ["1", "2", "3", "4"]]


def test_notes_above_the_column_names_are_left_out() -> None:
    table = table_of("2025年客户满意度调查表,,,\n\n编号,质量,交期,服务\n1,5,4,5\n".encode())

    assert (table.header_line, table.headers) == (3, ["编号", "质量", "交期", "服务"])
    assert list(table.rows()) == [(4, ["1", "5", "4", "5"])]


def test_repeated_and_empty_headers_can_be_told_apart() -> None:
    assert table_of("id,其他,其他,,其他\n1,2,3,4,5\n".encode()).headers == [
        "id",
        "其他",
        "其他 (2)",
        "(column 4)",
        "其他 (3)",
    ]


def test_the_line_that_names_the_delimiter_for_excel_is_no_row() -> None:
    table = table_of(b"sep=;\nid;q\n1;5\n")

    assert (table.delimiter, table.headers, list(table.rows())) == (";", ["id", "q"], [(3, ["1", "5"])])


def test_one_column_of_short_answers_is_a_table() -> None:
    assert table_of(b"score\n5\n4\n5\n").headers == ["score"]


def test_row_count_is_the_number_of_line_ends_below_the_header() -> None:
    table = table_of(b"id,q\n1,5\n2,4\n3,4")

    assert (table.row_count, table.row_count_is_exact) == (3, False)


def test_undecodable_bytes_are_refused_with_their_line() -> None:
    refusal = refusal_of(b"id,q\n1,5\n2,\xff\xff\xff\n3,4\n")

    assert refusal.template == refusals.UNDECODABLE
    assert refusal.values["line"] == 3


def test_an_unclosed_quotation_mark_is_refused_with_its_line() -> None:
    refusal = refusal_of_reading(b'id,q,t\n1,5,x\n2,4,"oops\n' + b"3,4,yes\n" * 200_000)

    assert refusal.template == refusals.ENDLESS_CELL
    assert refusal.values["line"] == 3


def refusal_of_reading(data: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        list(table_of(data).rows())
    return refused.value


def test_a_comment_of_half_a_million_characters_is_read() -> None:
    comment = "很好" * 250_000

    assert next(table_of(f'id,q,t\n1,5,"{comment}"\n2,5,\n3,5,\n'.encode()).rows())[1][2] == comment


LETTER = "尊敬的客户，您好！感谢您一直以来的支持。\n我们很高兴地通知您，\n本公司将于下月搬迁，新址，电话，邮编如下，请查收，谢谢\n此致\n"
HTML = b"\xef\xbb\xbf <!-- saved --> <HTML><table><tr><td>1</td></tr></table></HTML>"
XHTML = b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x"></html>'


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", refusals.EMPTY),
        (b"\xef\xbb\xbf \r\n\r\n", refusals.EMPTY),
        (LETTER.encode(), refusals.NO_TABLE),
        (
            b"Dear all,\nplease find below, as promised, the summary, with notes.\nBest regards of the team\n",
            refusals.NO_TABLE,
        ),
        (bytes(range(256)) * 20, refusals.BINARY),
        (b"id,q1,q2\n", refusals.HEADER_ONLY),
        (b"id,q1,q2\n,,\n\n", refusals.HEADER_ONLY),
        (b"1,5,4\n2,5,4\n3,5,4\n", refusals.NO_HEADER),
        (HTML, refusals.HTML),
        (XHTML, refusals.HTML),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n", refusals.HTML),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', refusals.XML_SHEET),
        (b'[{"id": 1, "q": 5}]', refusals.JSON),
        (b"%PDF-1.7 ...", refusals.PDF),
        (b"\x89PNG\r\n\x1a\n", refusals.PICTURE),
        (b"\xff\xd8\xff\xe0 JFIF", refusals.PICTURE),
        (b"{\\rtf1 text}", refusals.DOCUMENT),
        (b"\x1f\x8b\x08\x00", refusals.ARCHIVE),
        (b"Rar!\x1a\x07\x00", refusals.ARCHIVE),
        (b"$FL2@(#) SPSS DATA FILE", refusals.SPSS),
        (b"SQLite format 3\x00", refusals.STATISTICS),
    ],
)
def test_what_is_no_table_is_refused_for_what_it_is(data: bytes, sentence: str) -> None:
    assert refusal_of(data).template == sentence


def test_column_names_that_begin_like_a_picture_are_no_picture() -> None:
    assert table_of(b"BMI,q\n21,5\n").headers == ["BMI", "q"]


def test_a_file_over_the_limit_is_refused_with_both_sizes() -> None:
    with pytest.raises(FileRefused) as refused:
        open_table(io.BytesIO(b"id,q\n" + b"1,5\n" * 1_000_000), "big.csv", max_bytes=1_000_000)

    assert str(refused.value).startswith("The file has 4 MB; up to 1 MB are read.")
