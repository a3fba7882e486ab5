"""The mapping document: what it may say, and that it comes back as it was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.mapping import FIXED_ROLES, ROLES, Mapping, MappingInvalid, fingerprint_of

DOCUMENT = """
[columns]
external_id = "RESPNUM"
segment = "BAREA"
weight = "WEIGHT"
opinion = ["Q8COM1"]

[items]
Q7ART = "Q7ART"
"食 堂" = "7、请评价—食堂"

[values]
"*" = { "5" = 5, "很满意" = 5, "4" = 4 }
Q7ART = { "优" = 4.5 }

[blank]
"*" = ["", "0", "Blank", "BLANK"]
customer = ["未知"]

[not_applicable]
"*" = ["6"]

[fixed]
channel = "web"

[dates]
order = "dmy"
"""


def test_a_document_says_what_columns_and_cells_mean() -> None:
    mapping = Mapping.load(DOCUMENT)

    assert mapping.columns == {"external_id": "RESPNUM", "segment": "BAREA", "weight": "WEIGHT"}
    assert mapping.opinions == ("Q8COM1",)
    assert mapping.items == {"Q7ART": "Q7ART", "食 堂": "7、请评价—食堂"}
    assert mapping.values == {"*": {"5": 5.0, "很满意": 5.0, "4": 4.0}, "Q7ART": {"优": 4.5}}
    assert mapping.blank["*"] == ("", "0", "Blank", "BLANK")
    assert (mapping.not_applicable, mapping.fixed, mapping.date_order) == ({"*": ("6",)}, {"channel": "web"}, "dmy")


def test_a_document_comes_back_as_it_was_written() -> None:
    assert Mapping.load(Mapping.load(DOCUMENT).dump()) == Mapping.load(DOCUMENT)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(lambda text: text not in ROLES)
numbers = st.floats(-1_000, 1_000, allow_nan=False).map(lambda number: number + 0.0)


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    headers = draw(st.lists(texts, min_size=4, max_size=8, unique=True))
    codes = draw(st.lists(names.filter(lambda text: text != "*"), min_size=1, max_size=3, unique=True))
    cells = draw(st.lists(st.text("0123456789abc满意", min_size=1, max_size=4), min_size=3, max_size=6, unique=True))
    columns = draw(
        st.dictionaries(st.sampled_from([r for r in ROLES if r != "opinion"]), st.just(headers[3]), max_size=2)
    )
    free = [role for role in FIXED_ROLES if role not in columns]
    return Mapping(
        items=dict(zip(codes, headers, strict=False)),
        columns=columns,
        opinions=tuple(headers[4:]),
        values={"*": {cells[0]: draw(numbers)}, codes[0]: {cells[1]: draw(numbers)}},
        blank={"*": (cells[1], "")},
        not_applicable={"*": tuple(cells[2:])},
        fixed=draw(st.dictionaries(st.sampled_from(free), texts, max_size=2)),
        date_order=draw(st.sampled_from(["mdy", "dmy"])),
    )


@settings(deadline=None)
@given(mappings())
def test_every_mapping_comes_back_as_it_was_written(mapping: Mapping) -> None:
    assert Mapping.load(mapping.dump()) == mapping


ITEM = '[items]\nq = "Q"\n'


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("[items", "no valid TOML"),
        ("", "names no item"),
        ("[item]\nq = 'Q'", r"no section \[item\]"),
        (f"{ITEM}[columns]\nsegments = 'B'", "“segments” is no role of a column"),
        (f"{ITEM}r = 'Q'", "The column “Q” is used twice"),
        (f"{ITEM}[columns]\nsegment = 'Q'", "The column “Q” is used twice"),
        (f"{ITEM}[columns]\nopinion = ['Q']", "The column “Q” is used twice"),
        (f"{ITEM}[values]\nz = {{ a = 1 }}", r"\[values\] speaks of “z”, which is no item"),
        (f"{ITEM}[blank]\nz = ['']", r"\[blank\] speaks of “z”"),
        (f"{ITEM}[not_applicable]\ncustomer = ['']", r"\[not_applicable\] speaks of “customer”"),
        (f"{ITEM}[values]\nq = {{ a = 'five' }}", "“a” must stand for a number, not five"),
        (f"{ITEM}[values]\nq = {{ a = true }}", "must stand for a number"),
        (f"{ITEM}[values]\nq = {{ a = nan }}", "must stand for a number"),
        (f"{ITEM}[values]\nq = {{ a = {'9' * 400} }}", "must stand for a number"),
        (f"{ITEM}[values]\nq = 5", "which cell means which value"),
        (f"{ITEM}[values]\nq = {{ '6' = 5 }}\n[not_applicable]\nq = ['6']", "“6” has two meanings for q"),
        (f"{ITEM}[values]\nq = {{ '6' = 5, '６' = 4 }}", "has two meanings for q"),
        (f"{ITEM}[blank]\nq = ['6']\n[not_applicable]\nq = [' 6']", "has two meanings for q"),
        (f"{ITEM}[blank]\nq = '6'", "a list of cells belongs"),
        (f"{ITEM}[blank]\nq = [6]", "a text in quotation marks belongs"),
        ("[items]\nq = 5", "a text in quotation marks belongs"),
        ("items = 5", "must be a table"),
        (f"{ITEM}[fixed]\nweight = '1'", "can't be the same for all rows"),
        (f"{ITEM}[columns]\nchannel = 'C'\n[fixed]\nchannel = 'web'", "has a column and a fixed value"),
        (f"{ITEM}[dates]\norder = 'ymd'", "The order of dates"),
        (f"{ITEM}[dates]\nformat = 'x'", r"\[dates\] knows only “order”"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused_with_the_place(document: str, sentence: str) -> None:
    with pytest.raises(MappingInvalid, match=sentence):
        Mapping.load(document)


def test_an_entry_of_one_item_may_say_otherwise_than_the_entry_of_all() -> None:
    mapping = Mapping.load(f"{ITEM}[values]\nq = {{ '6' = 6 }}\n[not_applicable]\n'*' = ['6']")

    assert mapping.values["q"] == {"6": 6.0}


def test_files_with_the_same_columns_share_a_fingerprint_in_any_order() -> None:
    assert fingerprint_of(["编号", "质量 "]) == fingerprint_of(["质量", "编号"])
    assert fingerprint_of(["编号", "质量"]) != fingerprint_of(["编号", "交期"])
    assert fingerprint_of(["a,b"]) != fingerprint_of(["a", "b"])


def test_headers_that_a_file_lacks_are_named() -> None:
    mapping = Mapping.load(DOCUMENT)

    assert mapping.missing_in(["RESPNUM", "BAREA", "Q7ART", "7、请评价—食堂", "x"]) == ("WEIGHT", "Q8COM1")
