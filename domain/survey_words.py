"""Words of survey files, Chinese and English: answers, blanks, headers. Tables only; matched by `plain`."""

import re
from typing import Final

from domain.mapping import comparable


def plain(text: str) -> str:
    """A header or label as it is looked up: comparable, lower case, without blanks and punctuation.

    >>> plain("*Customer_Name: "), plain("非常 满意")
    ('customername', '非常满意')
    """
    return re.sub(r"[\W_]+", "", comparable(text).casefold())


STANDARD_SCALES: Final = (
    ("很满意", "较满意", "一般", "不太满意", "很不满意"),
    ("非常满意", "满意", "一般", "不满意", "非常不满意"),
    ("非常满意", "满意", "一般", "不满意", "很不满意"),
    ("很满意", "满意", "一般", "不满意", "很不满意"),
    ("很满意", "满意", "基本满意", "不满意", "很不满意"),
    ("非常满意", "满意", "基本满意", "不满意", "非常不满意"),
    ("非常满意", "比较满意", "一般", "不太满意", "非常不满意"),
    ("非常满意", "比较满意", "一般", "比较不满意", "非常不满意"),
    ("非常满意", "较满意", "一般", "较不满意", "非常不满意"),
    ("非常满意", "比较满意", "一般", "不太满意", "很不满意"),
    ("满意", "较满意", "一般", "较不满意", "不满意"),
    ("满意", "比较满意", "一般", "不太满意", "不满意"),
    ("满意", "一般", "不满意"),
    ("很满意", "满意", "较满意", "一般", "不太满意", "不满意", "很不满意"),
    ("非常满意", "满意", "比较满意", "一般", "比较不满意", "不满意", "非常不满意"),
    ("Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied"),
    ("Very satisfied", "Satisfied", "Neither satisfied nor dissatisfied", "Dissatisfied", "Very dissatisfied"),
    ("Very satisfied", "Satisfied", "Neither", "Dissatisfied", "Very dissatisfied"),
    ("Very satisfied", "Somewhat satisfied", "Neutral", "Somewhat dissatisfied", "Very dissatisfied"),
    (
        "Very satisfied",
        "Somewhat satisfied",
        "Neither satisfied nor dissatisfied",
        "Somewhat dissatisfied",
        "Very dissatisfied",
    ),
    ("Extremely satisfied", "Satisfied", "Neutral", "Dissatisfied", "Extremely dissatisfied"),
    (
        "Extremely satisfied",
        "Somewhat satisfied",
        "Neither satisfied nor dissatisfied",
        "Somewhat dissatisfied",
        "Extremely dissatisfied",
    ),
    ("Very satisfied", "Satisfied", "Fair", "Dissatisfied", "Very dissatisfied"),
    ("Very satisfied", "Satisfied", "Unsatisfied", "Very unsatisfied"),
    ("Very satisfied", "Satisfied", "Neutral", "Unsatisfied", "Very unsatisfied"),
    ("Excellent", "Very good", "Good", "Fair", "Poor"),
    ("Excellent", "Good", "Fair", "Poor", "Very poor"),
    ("Excellent", "Good", "Average", "Poor", "Very poor"),
    ("Excellent", "Good", "Neutral", "Below average", "Poor"),
    ("Very good", "Good", "Fair", "Poor", "Very poor"),
    ("非常好", "好", "一般", "差", "非常差"),
    ("很好", "较好", "一般", "较差", "很差"),
    ("很好", "好", "一般", "差", "很差"),
    ("优", "良", "中", "差"),
    ("优秀", "良好", "一般", "较差", "很差"),
    ("Strongly agree", "Agree", "Neutral", "Disagree", "Strongly disagree"),
    ("Strongly agree", "Agree", "Neither agree nor disagree", "Disagree", "Strongly disagree"),
    ("非常同意", "同意", "一般", "不同意", "非常不同意"),
    ("非常同意", "比较同意", "一般", "比较不同意", "非常不同意"),
    ("完全同意", "同意", "中立", "不同意", "完全不同意"),
)
"""Labels, best first. Where several scales hold all labels of a file, the earlier one is proposed."""

BLANK_WORDS: Final = frozenset(
    ["", "na", "blank", "空", "null", "none", "nan", "missing", "noanswer", "未答", "未填", "未填写", "缺失", "未作答"]
)
NOT_APPLICABLE_WORDS: Final = frozenset(
    [
        "notapplicable", "不适用", "跳过", "neverused", "notused", "dontknow", "donotknow", "unsure", "noopinion",
        "unfamiliar", "unfamiliarna", "不知道", "不清楚", "不了解", "无法评价", "无法判断", "未使用", "未使用过", "没用过",
        "未接触", "不涉及", "无此项",
    ]
)  # fmt: skip
"""Cells that say that the question doesn't concern the respondent; "N/A" with its stroke as well."""

ANONYMOUS: Final = ("anonymous", "Anonymous", "匿名")
"""What survey tools write in place of a name."""

ROLE_WORDS: Final = {
    "external_id": (
        "respnum", "responseid", "respondentid", "答卷编号", "问卷编号", "序号", "编号", "答题序号", "用户id", "recordid",
        "submissionid", "uuid", "id", "no", "ccgid",
    ),
    "customer": ("客户编号", "客户代码", "客户编码", "客户号", "customercode", "customerid", "customerno", "accountid", "accountno"),
    "customer_name": (
        "客户名称", "客户", "公司名称", "公司", "单位名称", "单位", "贵公司名称", "贵司名称", "企业名称", "customername", "customer",
        "companyname", "company", "accountname", "account", "organisation", "organization",
    ),
    "submitted_at": (
        "提交答卷时间", "提交时间", "答题时间", "结束答题时间", "填写时间", "回收日期", "调查日期", "submitdate", "submittime",
        "submittedat", "submissiontime", "completiontime", "recordeddate", "enddate", "timestamp", "datestamp", "时间戳记",
        "intdate", "date", "日期", "时间", "time",
    ),
    "weight": ("weight", "权重", "加权", "wt", "weights"),
    "channel": (
        "channel", "渠道", "调查渠道", "调查方式", "来源", "method", "mode", "source", "distributionchannel", "collector",
    ),
    "segment": (
        "segment", "客户类型", "客户类别", "客户分类", "客户群", "客户等级", "客户级别", "行业", "boardingarea", "barea", "industry",
        "customertype", "customergroup", "客户星级标识",
    ),
    "region": (
        "region", "地区", "区域", "大区", "省份", "省", "所在省份", "城市", "area", "district", "councildistrict", "counci",
        "council", "province", "country", "city", "state",
    ),
    "subject": ("项目名称", "项目", "工单号", "工单", "订单号", "网点", "支行", "project", "workorder", "branch", "site"),
    "respondent": (
        "姓名", "联系人", "受访者", "填写人", "提交人", "昵称", "手机", "手机号", "联系电话", "电话", "邮箱", "respondent", "contact",
        "emailaddress", "email", "recipientemail", "name", "phone",
    ),
}  # fmt: skip
"""Headers of each role, as `plain`, the likeliest first."""

OPINION_WORDS: Final = re.compile(
    r"意见|建议|评论|留言|描述|原因|其他.*说明|请注明|反馈|comment|opinion|suggest|feedback|remark|verbatim|review|text$",
    re.IGNORECASE,
)
RATING_WORDS: Final = re.compile(r"满意|评分|打分|评价|得分|satisf|rating|score|rate\b|overall", re.IGNORECASE)
NOT_RATED_WORDS: Final = re.compile(
    r"年龄|性别|收入|月薪|学历|职业|民族|婚姻|邮编|年份|月份|日期|时长|次数|金额|欠费|部数|编号|序号|权重|星级|"
    r"\bage\b|\d_?age$|gender|\bsex\b|income|educat|\brace\b|ethnic|\bzip|postal|\byear|\bmonth|\bday\b|\bdate|duration|"
    r"number of|how many|how often|\bcount\b|amount|\bgate\b|flight|\bweight\b|\blang\b|strata",
    re.IGNORECASE,
)
"""Headers of numbers that describe the respondent, not what is rated."""
