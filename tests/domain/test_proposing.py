"""A first mapping from headers and cells: which columns are items, on which scale, and what the others are."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from domain.mapped_rows import compile_mapping
from domain.new_scheme import scheme_from
from domain.proposing import NoRatings, Proposal, propose, to_begin_with
from domain.scheme import Scheme
from domain.scheme_file import dump, load
from services.reading import open_table

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_real_data = pytest.mark.skipif(not REAL.exists(), reason="the real survey files are not beside the repository")
PRESET = load((Path(__file__).parents[2] / "sample_data" / "presets" / "iatf-quarterly.toml").read_text("utf-8"))


def cells(choices: Sequence[str], n: int = 200, seed: int = 0) -> list[str]:
    """Every choice occurs."""
    chosen = random.Random(seed).choices(choices, k=n - len(choices))
    return [*choices, *chosen]


def proposal_for(columns: dict[str, list[str]], with_preset: bool = False) -> Proposal:
    rows = list(zip(*columns.values(), strict=True))
    return propose(list(columns), rows, PRESET if with_preset else None)


def ratings(*headers: str, choices: Sequence[str] = "12345") -> dict[str, list[str]]:
    return {header: cells(choices, seed=place) for place, header in enumerate(headers)}


def scheme_made_of(proposal: Proposal) -> Scheme:
    """As it is stored: written and read again."""
    headers = list(proposal.mapping.items.values())
    made = scheme_from(
        headers, proposal.scale, code="ours-2026", name="我们的调查", organiser="quality", customers_named=False
    )
    return load(dump(made))


def doubts_of(proposal: Proposal) -> str:
    return " ".join(map(str, proposal.doubts))


def test_columns_side_by_side_on_one_scale_are_items_with_codes_for_no_answer() -> None:
    columns = ratings("质量", "交期", "服务", choices=["1", "2", "3", "4", "5", "9", "0", "", "NA", "N/A"])
    mapping = proposal_for(columns).mapping

    assert mapping.items == {"质量": "质量", "交期": "交期", "服务": "服务"}
    assert mapping.values == {"*": {"5": 5, "4": 4, "3": 3, "2": 2, "1": 1}}
    assert set(mapping.blank["*"]) == {"", "0", "NA"}
    assert set(mapping.not_applicable["*"]) == {"9", "N/A"}


@pytest.mark.parametrize(
    ("choices", "values"),
    [
        ("12345", (5, 4, 3, 2, 1)),
        ("123456", (5, 4, 3, 2, 1)),
        ("1234567", (7, 6, 5, 4, 3, 2, 1)),
        ([str(n) for n in range(1, 11)], (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)),
        ([str(n) for n in range(11)], (10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)),
        (["5分", "4分", "3分", "2分", "1分"], (5, 4, 3, 2, 1)),
    ],
)
def test_the_narrowest_usual_scale_is_guessed(choices: Sequence[str], values: tuple[int, ...]) -> None:
    assert proposal_for(ratings("a", "b", "c", choices=choices)).scale.values == values


def test_numbers_up_to_100_need_no_values() -> None:
    proposal = proposal_for(ratings("设计", "施工", "物业", choices=["100", "95", "87.5", "60", "72", "-1"]))

    assert (proposal.scale.number_scale, proposal.mapping.values) == (True, {})
    assert proposal.mapping.blank["*"] == ("", "-1")


def test_chinese_labels_are_put_in_order_also_those_that_nobody_chose() -> None:
    proposal = proposal_for(ratings("质量", "交期", choices=["很满意", "较满意", "一般", "（空）", "（跳过）"]))

    assert proposal.mapping.values["*"] == {"很满意": 5, "较满意": 4, "一般": 3, "不太满意": 2, "很不满意": 1}
    assert (proposal.mapping.blank["*"], proposal.mapping.not_applicable["*"]) == (("", "(空)"), ("(跳过)",))
    assert "不太满意, 很不满意" in doubts_of(proposal)


def test_labels_with_numbers_and_letters_are_understood() -> None:
    choices = ["A.非常满意", "B.满意", "C.一般", "D.不满意", "E.非常不满意"]
    numbered = ["Very satisfied (5)", "Satisfied (4)", "Neutral (3)", "Dissatisfied (2)", "Very dissatisfied (1)"]

    assert list(proposal_for(ratings("q", "r", choices=choices)).mapping.values["*"].values())[:5] == [5, 5, 4, 4, 3]
    assert proposal_for(ratings("q", "r", choices=numbered)).mapping.values["*"]["Satisfied (4)"] == 4


def test_codes_of_the_respondent_are_no_items_beside_a_family() -> None:
    columns = ratings("Q7ART", "Q7FOOD", "Q7SIGN", choices="0123456") | ratings("Q6LONGUSE", "Q19AGE", choices="12345")
    proposal = proposal_for(columns | ratings("Q20GENDER", choices="12"))

    assert list(proposal.mapping.items) == ["Q7ART", "Q7FOOD", "Q7SIGN"]
    assert proposal.other_ratings == ("Q6LONGUSE",)
    assert "Q6LONGUSE" in doubts_of(proposal)


def test_an_item_on_which_fewer_steps_occur_belongs_to_its_family() -> None:
    columns = ratings("q1_01", "q1_02", "q1_03") | {"q1_04": cells("345")}

    assert list(proposal_for(columns).mapping.items) == ["q1_01", "q1_02", "q1_03", "q1_04"]


def test_a_column_alone_is_an_item_where_its_header_or_its_words_speak_of_rating() -> None:
    assert list(proposal_for(ratings("总体满意度")).mapping.items.values()) == ["总体满意度"]
    assert list(proposal_for(ratings("q", choices=["满意", "一般", "不满意"])).mapping.items) == ["q"]
    with pytest.raises(NoRatings, match="holds no ratings"):
        proposal_for(ratings("q"))


def test_the_other_columns_get_their_roles_by_header_and_cells() -> None:
    columns = {
        "序号": [str(n) for n in range(200)],
        "客户编号": cells([f"C{n:03}" for n in range(40)]),
        "客户名称": cells(["甲公司", "乙公司", "丙公司"]),
        "区域": cells(["华东", "华南"]),
        "行业": cells(["汽车", "电子"]),
        "调查方式": cells(["电话", "网络"]),
        "提交时间": cells(["2026/9/19 1:56:57", "2026/9/20 13:00:00"]),
        "权重": cells(["0.8", "1.2"]),
        "其他意见": cells([f"第{n}次交货太慢，请改进" for n in range(150)]),
        "姓名": cells(["张三", "李四"]),
    } | ratings("质量", "交期", "服务")
    mapping = proposal_for(columns).mapping

    assert mapping.columns == {
        "external_id": "序号",
        "customer": "客户编号",
        "customer_name": "客户名称",
        "submitted_at": "提交时间",
        "weight": "权重",
        "channel": "调查方式",
        "segment": "行业",
        "region": "区域",
        "respondent": "姓名",
    }
    assert mapping.opinions == ("其他意见",)


def test_a_number_that_repeats_is_no_external_id_and_a_word_is_no_date() -> None:
    mapping = proposal_for(ratings("a", "b", "c") | {"id": cells(["1", "2"]), "时间": cells(["早上", "晚上"])}).mapping

    assert mapping.columns == {}


def test_a_column_of_codes_under_customer_is_the_customer_s_code() -> None:
    assert proposal_for(ratings("a", "b") | {"客户": cells(["C001", "C002"])}).mapping.columns == {"customer": "客户"}


def test_the_order_of_day_and_month_is_told_by_the_days_after_the_twelfth() -> None:
    american = proposal_for(ratings("a", "b") | {"date": cells(["05/11/2016", "05/13/2016"])})
    british = proposal_for(ratings("a", "b") | {"date": cells(["11/05/2016", "13/05/2016"])})
    unclear = proposal_for(ratings("a", "b") | {"date": cells(["11/05/2016", "10/05/2016"])})

    assert (american.mapping.date_order, british.mapping.date_order) == ("mdy", "dmy")
    assert "the month is assumed" not in doubts_of(american) + doubts_of(british)
    assert "the month is assumed" in doubts_of(unclear)


def test_the_direction_of_numbers_is_a_doubt_and_that_of_words_is_none() -> None:
    assert "5 is taken as the best answer and 1 as the worst" in doubts_of(proposal_for(ratings("a", "b")))
    assert "taken as the best" not in doubts_of(proposal_for(ratings("a", "b", choices=["满意", "一般", "不满意"])))


def test_items_of_a_scheme_are_found_by_code_and_by_either_name() -> None:
    headers = ["7、请对以下方面评价—准时交付", "Product performance", "packaging", "第3题(服务态度)", "沟通"]
    proposal = proposal_for(ratings(*headers), with_preset=True)

    assert proposal.mapping.items == {
        "packaging": "packaging",
        "performance": "Product performance",
        "on_time": headers[0],
        "attitude": headers[3],
    }
    assert "Lot consistency" in doubts_of(proposal)
    assert proposal.confidence["packaging"] > 0.9


def test_labels_become_the_values_of_the_scheme_s_levels() -> None:
    choices = ["非常满意", "满意", "一般", "不满意", "非常不满意", "6"]
    proposal = proposal_for(ratings("准时交付", "包装防护", choices=choices), with_preset=True)

    values = proposal.mapping.values["*"]
    assert [values[label] for label in choices[:5]] == [5, 4, 3, 2, 1]
    compile_mapping(proposal.mapping, ["准时交付", "包装防护"], PRESET.item_codes, PRESET.levels, PRESET.number_scale)


def test_a_file_whose_headers_name_no_item_is_matched_by_order_with_a_doubt() -> None:
    proposal = proposal_for(ratings("A", "B", "C"), with_preset=True)

    assert list(proposal.mapping.items.items())[:2] == [("performance", "A"), ("consistency", "B")]
    assert "matched by order" in doubts_of(proposal)
    assert max(proposal.confidence.values()) < 0.5


def test_numbers_beside_the_scheme_s_scale_are_named() -> None:
    proposal = proposal_for(ratings("准时交付", "包装防护", choices=[str(n) for n in range(1, 11)]), with_preset=True)

    assert "Not understood as a rating: 10, 6, 7, 8, 9" in doubts_of(proposal)


def test_remarks_are_translated_like_refusals() -> None:
    remark = proposal_for(ratings("a", "b")).doubts[0]

    assert remark.explain(lambda _: "{best} 最好") == "5 最好"


def real_proposal(pattern: str) -> Proposal:
    table = open_table(next(REAL.glob(pattern)), "x")
    return propose(table.headers, table.sample())


@needs_real_data
@pytest.mark.parametrize("year", [2014, 2015, 2016, 2017])
def test_the_airport_s_questions_7_and_9_are_items_and_the_respondent_s_codes_are_not(year: int) -> None:
    proposal = real_proposal(f"sfo_airport/{year}*.csv")
    headers = open_table(next(REAL.glob(f"sfo_airport/{year}*.csv")), "x").headers

    wanted = {h for h in headers if h.startswith(("Q7", "Q9")) and not h.startswith("Q9COM")}
    assert wanted <= set(proposal.mapping.items)
    assert len(wanted) == 21
    assert {stem[:3] for stem in set(proposal.mapping.items) - wanted} <= {"Q12", "Q13", "Q14"}
    assert proposal.mapping.not_applicable == {"*": ("6",)}
    assert "0" in proposal.mapping.blank["*"]
    assert proposal.mapping.columns["weight"] == "WEIGHT"
    assert proposal.mapping.columns["external_id"].lstrip("*") == "RESPNUM"


@needs_real_data
def test_the_city_s_83_questions_are_items_with_9_for_don_t_know() -> None:
    proposal = real_proposal("kcmo/FY*.csv")

    assert len(proposal.mapping.items) == 83
    assert proposal.mapping.not_applicable == {"*": ("9",)}
    assert not {"q28_h", "q29_t", "q25_d", "q4_01", "counci"} & set(proposal.mapping.items)


@needs_real_data
def test_the_phone_survey_s_four_items_go_to_10_and_its_descriptions_are_opinions() -> None:
    proposal = real_proposal("cn_mobile/附件1*.xlsx")

    assert list(proposal.mapping.items) == [
        "语音通话整体满意度",
        "网络覆盖与信号强度",
        "语音通话清晰度",
        "语音通话稳定性",
    ]
    assert proposal.scale.values == (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
    assert proposal.mapping.opinions == ("用户描述", "用户描述 (2)")
    assert proposal.mapping.columns["external_id"] == "用户id"


@needs_real_data
@pytest.mark.parametrize("mode", ["0", "2"])
def test_a_wjx_export_without_ratings_is_refused_with_what_to_do(mode: str) -> None:
    with pytest.raises(NoRatings, match="Choose the export with the answers"):
        real_proposal(f"wjx_export/*_{mode}.xls")


@pytest.mark.parametrize(
    "choices",
    [
        ["5", "4", "3", "2", "1"],
        ["满意", "一般", "不满意"],
        [str(n) for n in range(11)],
        ["100", "95.5", "60", "80", "70"],
    ],
)
def test_a_scheme_can_be_made_of_a_proposal_and_fits_its_mapping(choices: list[str]) -> None:
    columns = ratings("质量", "7、交货—准时", "on time", choices=choices)
    proposal = proposal_for(columns)
    scheme = scheme_made_of(proposal)

    assert [item.name.zh or item.name.en for item in scheme.items] == list(columns)
    assert scheme.name.zh == "我们的调查"
    read = compile_mapping(proposal.mapping, list(columns), scheme.item_codes, scheme.levels, scheme.number_scale).read(
        range(2, 202), list(zip(*columns.values(), strict=True))
    )
    assert read.bad == []
    assert read.rated.all()


def test_a_scheme_of_labels_has_their_names_and_even_points() -> None:
    proposal = proposal_for(ratings("质量", "交期", choices=["很满意", "较满意", "一般", "不太满意", "很不满意"]))
    scheme = scheme_made_of(proposal)

    assert [level.name.zh for level in scheme.levels] == ["很满意", "较满意", "一般", "不太满意", "很不满意"]
    assert (scheme.level_scores // 10**9).tolist() == [100, 80, 60, 40, 20]


def test_questions_of_a_coded_file_are_dimensions_and_numbered_ones_are_not() -> None:
    coded = scheme_made_of(proposal_for(ratings("q1_01", "q1_02", "q2_01", "q2_02")))
    numbered = scheme_made_of(proposal_for(ratings(*(f"Q{n}" for n in range(1, 15)))))
    mixed = scheme_made_of(proposal_for(ratings("交期", "质量") | ratings("q1_01", "q1_02")))

    assert list(coded.dimension_by_code) == ["q1", "q2"]
    assert [len(scheme.dimensions) for scheme in (numbered, mixed)] == [1, 1]


def test_a_few_other_words_do_not_make_an_item_of_a_column_nothing() -> None:
    words = ["非常满意", "满意", "一般", "不满意"]
    rows = [[words[n % 4], words[(n + 1) % 4]] for n in range(18)] + [["还行吧??", "满意"], ["看不清", "满意"]]
    proposal = propose(["产品质量满意度", "服务满意度"], rows)
    assert list(proposal.mapping.items.values()) == ["产品质量满意度", "服务满意度"]


def test_a_file_of_codes_that_nobody_knows_is_begun_with_for_the_reader_to_correct() -> None:
    headers = ["no", "firm", "x", "y", "remark"]
    rows = [
        [str(n), f"Firm {n}", "ABCD"[n % 4], "DCBA"[n % 4], f"The goods of week {n} came late again"] for n in range(20)
    ]
    with pytest.raises(NoRatings):
        propose(headers, rows)

    mapping = to_begin_with(headers, rows, PRESET)
    assert mapping.items == {"performance": "x", "consistency": "y"}
    assert mapping.opinions == ("remark",)
    assert not {"x", "y"} & set(mapping.columns.values())
