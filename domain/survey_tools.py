"""Survey tools whose exports are recognised by their first rows: what stands above the answers, and what columns mean.

A table of tools; what is said of a tool here was read from its exports or from the code that writes them.
"""

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import Final

from domain.survey_words import plain
from domain.tool_cells import unchanged, without_apostrophe, without_letter, without_prefix
from domain.tool_headers import as_they_are, coded_and_worded, stem_carried, stem_over_labels

Row = Sequence[str]
META: Final = ""
"""The role of a column that only describes the export: never a question, never an opinion."""
NOTHING: Final = re.compile(r"(?!)")


@dataclass(frozen=True)
class Tool:
    """One kind of export.

    `begins` are headers of which all must be there, in order from the first cell where `from_first_cell`; `below`
    looks at the row under them. `roles`: header → role of a mapping, or META; `meta` are more headers of the latter.
    """

    code: str
    name: str
    begins: tuple[str, ...]
    roles: Dictionary[str, str]
    from_first_cell: bool = True
    also: re.Pattern[str] = re.compile("")
    below: Callable[[Row], bool] = lambda _row: True
    header_rows: int = 1
    headers: Callable[[Sequence[Row]], list[str]] = as_they_are
    meta: re.Pattern[str] = NOTHING
    clean: Callable[[str], str] = unchanged
    blank: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    utc: frozenset[str] = frozenset()
    """Headers of times in UTC that don't say so in the cell."""
    left_out: Dictionary[str, frozenset[str]] = field(default_factory=dict)
    """Header → cells of rows that are no answers: previews and tests."""
    numbers_are_order: bool = False
    """A number is the place of the option in the questionnaire: which end is the best, the file doesn't say."""
    fills_in: bool = False
    """Cells may hold an option and, in 〖〗, what was filled in."""
    joined_by: str = ""
    """What stands between the options of a multiple choice in one cell."""
    matrix_in_cell: bool = False
    """All rows of a matrix question stand in one cell: row:(column),row:(column)."""

    def role_of(self, header: str) -> str | None:
        """The role of a column; META where it has none and is no question; None for questions."""
        known = self._roles.get(plain(header), self._roles.get(header.strip()))
        return META if known is None and self.meta.search(header) else known

    @property
    def _roles(self) -> dict[str, str]:
        return {plain(header) or header: role for header, role in self.roles.items()}

    def wrote(self, rows: Sequence[Row]) -> bool:
        """Whether these first rows of a file look like this tool's."""
        if len(rows) <= self.header_rows - 1:
            return False
        cells = [" ".join(cell.strip("\ufeff").split()).casefold() for cell in rows[0]]
        begins = [header.casefold() for header in self.begins]
        there = cells[: len(begins)] == begins if self.from_first_cell else set(begins) <= set(cells)
        below = rows[1] if len(rows) > 1 else []
        return there and any(map(self.also.search, rows[0])) and self.below(below)


def tool_of(rows: Sequence[Row]) -> Tool | None:
    """The tool that wrote a file with these first rows (blank ones left out); None where none is recognised.

    >>> tool_of([["序号", "提交答卷时间", "所用时间", "1、您的性别："], ["1", "2026/9/19 1:56:57", "10秒", "男"]]).name
    '问卷星'
    """
    return next((tool for tool in TOOLS if tool.wrote(rows)), None)


def _has_no_cell_first(row: Row) -> bool:
    return bool(row) and not row[0].strip() and any(cell.strip() for cell in row)


QUALTRICS_ROLES: Final = {
    "ResponseId": "external_id",
    "ResponseID": "external_id",
    "RecordedDate": "submitted_at",
    "Duration (in seconds)": "duration",
    "DistributionChannel": "channel",
    **dict.fromkeys(("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Finished", "RecipientLastName"), META),
    **dict.fromkeys(
        ("RecipientFirstName", "RecipientEmail", "LocationLatitude", "LocationLongitude", "LocationAccuracy"), META
    ),
    **dict.fromkeys(("UserLanguage", "ResponseSet", "Name", "EmailAddress"), META),
    "ExternalReference": "customer",
    "ExternalDataReference": "customer",
}
PREVIEWS: Final = frozenset(
    ["1", "2", "9", "17", "Survey Preview", "Survey Test", "Spam Survey Preview", "Offline Survey Preview"]
)
"""Of the column Status of Qualtrics, by number or by name."""

TOOLS: Final = (
    Tool(
        "wjx",
        "问卷星",
        ("序号", "提交答卷时间"),
        {
            "序号": "external_id",
            "提交答卷时间": "submitted_at",
            "所用时间": "duration",
            "来源": "channel",
            **dict.fromkeys(("来源详情", "来自IP", "总分"), META),
        },
        headers=stem_carried,
        blank=("(空)", "-2"),
        not_applicable=("(跳过)", "-3"),
        numbers_are_order=True,
        fills_in=True,
        joined_by="┋",
    ),
    Tool(
        "tencent",
        "腾讯问卷",
        ("编号", "开始答题时间", "结束答题时间", "答题时长"),
        {
            "编号": "external_id",
            "结束答题时间": "submitted_at",
            "答题时长": "duration",
            "地理位置省": "region",
            "昵称": "respondent",
            **dict.fromkeys(("开始答题时间", "语言", "清洗数据结果", "智能清洗数据无效概率"), META),
            **dict.fromkeys(("地理位置国家和地区", "地理位置市", "用户类型", "用户标识", "自定义字段"), META),
            **dict.fromkeys(("IP", "UA", "Referrer", "中奖时间", "中奖金额", "审核状态"), META),
        },
        clean=without_letter,
    ),
    Tool(
        "qualtrics",
        "Qualtrics",
        ("StartDate", "EndDate", "Status"),
        QUALTRICS_ROLES,
        header_rows=3,
        headers=coded_and_worded,
        left_out={"Status": PREVIEWS},
        numbers_are_order=True,
    ),
    Tool(
        "qualtrics-legacy",
        "Qualtrics (legacy)",
        ("V1", "V2", "V3"),
        {**QUALTRICS_ROLES, "EndDate": "submitted_at"},
        below=lambda row: list(row[:2]) == ["ResponseID", "ResponseSet"],
        header_rows=2,
        headers=coded_and_worded,
        left_out={"Status": PREVIEWS},
        numbers_are_order=True,
    ),
    Tool(
        "surveymonkey",
        "SurveyMonkey",
        ("Respondent ID", "Collector ID"),
        {
            "Respondent ID": "external_id",
            "Collector ID": "channel",
            "End Date": "submitted_at",
            "Custom Data 1": "customer",
            **dict.fromkeys(("Start Date", "IP Address", "Email Address", "First Name", "Last Name"), META),
        },
        below=_has_no_cell_first,
        header_rows=2,
        headers=stem_over_labels,
    ),
    Tool(
        "microsoft-forms",
        "Microsoft Forms",
        ("ID", "Start time", "Completion time"),
        {
            "ID": "external_id",
            "Completion time": "submitted_at",
            "Name": "respondent",
            **dict.fromkeys(("Start time", "Email", "Last modified time", "Total points", "Quiz feedback"), META),
        },
        meta=re.compile(r"^(?:Points|Feedback) - "),
        joined_by=";",
    ),
    Tool(
        "microsoft-forms-zh",
        "Microsoft Forms",
        ("ID", "开始时间", "完成时间"),
        {
            "ID": "external_id",
            "完成时间": "submitted_at",
            **dict.fromkeys(("名称", "姓名"), "respondent"),
            **dict.fromkeys(("开始时间", "电子邮件", "上次修改时间", "总分", "测验反馈"), META),
        },
        joined_by=";",
    ),
    Tool(
        "typeform",
        "Typeform",
        ("#", "Start Date (UTC)", "Submit Date (UTC)"),
        {
            "#": "external_id",
            "Submit Date (UTC)": "submitted_at",
            **dict.fromkeys(("Response Type", "Start Date (UTC)", "Stage Date (UTC)", "Network ID"), META),
            **dict.fromkeys(("Tags", "Ending"), META),
        },
        from_first_cell=False,
        clean=without_apostrophe,
        utc=frozenset({"Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)"}),
    ),
    Tool(
        "limesurvey",
        "LimeSurvey",
        ("id", "submitdate", "lastpage", "startlanguage"),
        {
            "id": "external_id",
            "submitdate": "submitted_at",
            "interviewtime": "duration",
            **dict.fromkeys(("lastpage", "startlanguage", "seed", "token", "startdate", "datestamp"), META),
            **dict.fromkeys(("ipaddr", "refurl"), META),
        },
        meta=re.compile(r"^groupTime\d+$|^\w+Time$"),
        clean=without_prefix,
        not_applicable=("N/A",),
        numbers_are_order=True,
    ),
    Tool(
        "limesurvey-text",
        "LimeSurvey",
        ("Response ID", "Date submitted", "Last page", "Start language"),
        {
            "Response ID": "external_id",
            "Date submitted": "submitted_at",
            "Total time": "duration",
            **dict.fromkeys(("Last page", "Start language", "Seed", "Access code", "Date started"), META),
            **dict.fromkeys(("Date last action", "IP address", "Referrer URL"), META),
        },
        meta=re.compile(r"^(?:Group|Question) time:"),
        clean=without_prefix,
        not_applicable=("N/A",),
        numbers_are_order=True,
    ),
    Tool(
        "kobo",
        "KoboToolbox",
        ("_id", "_uuid", "_submission_time"),
        {
            "_uuid": "external_id",
            "_submission_time": "submitted_at",
            **dict.fromkeys(("start", "end", "today", "deviceid", "username", "phonenumber"), META),
        },
        from_first_cell=False,
        meta=re.compile(r"^_|^meta/|^formhub/"),
        utc=frozenset({"_submission_time"}),
        numbers_are_order=True,
    ),
    Tool(
        "formbricks",
        "Formbricks",
        ("No.", "Response ID", "Timestamp", "Finished"),
        {
            "Response ID": "external_id",
            "Timestamp": "submitted_at",
            **dict.fromkeys(("No.", "Finished", "Quotas", "Survey ID", "Formbricks ID (internal)"), META),
            **dict.fromkeys(("User ID", "Tags", "url", "country", "source", "action", "Verified Email"), META),
        },
        meta=re.compile(r"^userAgent - |^person\.| - Option ID$"),
        joined_by="; ",
        clean=without_apostrophe,
    ),
    Tool(
        "surveyking",
        "SurveyKing",
        ("序号", "提交人", "提交时间", "填写时长", "填写设备"),
        {
            "ID": "external_id",
            "提交时间": "submitted_at",
            "填写时长": "duration",
            "提交人": "respondent",
            **dict.fromkeys(("序号", "分数", "自定义字段", "填写设备", "操作系统", "浏览器", "填写地区", "IP"), META),
        },
        from_first_cell=False,
        meta=re.compile(r"^自定义字段"),
        matrix_in_cell=True,
        joined_by=",",
    ),
    Tool(
        "google-forms",
        "Google Forms",
        ("Timestamp",),
        {"Timestamp": "submitted_at", **dict.fromkeys(("Email Address", "Username", "Score"), META)},
        joined_by=", ",
        below=lambda row: bool(row) and re.match(r"\d{1,4}/\d{1,2}/\d{1,4} .*\d{1,2}:\d\d:\d\d", row[0]) is not None,
    ),
    Tool(
        "google-forms-zh",
        "Google Forms",
        ("时间戳记",),
        {
            **dict.fromkeys(("时间戳记",), "submitted_at"),
            **dict.fromkeys(("电子邮件地址", "用户名", "得分", "分数"), META),
        },
        joined_by=", ",
    ),
)
"""The first that fits counts."""
