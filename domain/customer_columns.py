"""Which column of a list of customers is what: proposed from the headers, in Chinese or English."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from domain.errors import N_
from domain.mapping import comparable

ROLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "code": (
        N_("Code"),
        (
            "客户编号",
            "客户代码",
            "客户编码",
            "客户号",
            "编号",
            "代码",
            "customercode",
            "customerno",
            "customerid",
            "code",
            "customer",
        ),
    ),
    "name_zh": (
        N_("Chinese name"),
        ("客户名称", "中文名称", "公司名称", "单位名称", "客户", "名称", "namezh", "chinesename"),
    ),
    "name_en": (
        N_("English name"),
        ("英文名称", "客户英文名", "nameen", "englishname", "customername", "companyname", "company", "name"),
    ),
    "segment": (N_("Segment"), ("客户类别", "客户分类", "客户类型", "行业", "类别", "segment", "industry", "group")),
    "region": (N_("Region"), ("区域", "地区", "大区", "省份", "region", "area")),
    "owner": (
        N_("Sales owner"),
        ("业务员", "销售负责人", "业务负责人", "销售", "客户经理", "salesowner", "sales", "owner", "seller"),
    ),
    "address": (N_("Address"), ("地址", "客户地址", "address")),
    "value": (
        N_("Yearly business"),
        (
            "年销售额",
            "年采购额",
            "年度业务额",
            "年业务额",
            "金额",
            "yearlybusiness",
            "annualvalue",
            "value",
            "turnover",
        ),
    ),
    "vip": (N_("VIP"), ("vip", "重点客户", "大客户", "keyaccount")),
    "since_on": (N_("Customer since"), ("合作日期", "开始合作", "建档日期", "首次合作", "customersince", "since")),
    "active": (N_("Active"), ("是否有效", "有效", "启用", "状态", "active")),
    "contact": (N_("Contact"), ("联系人", "联系人姓名", "姓名", "contact", "contactname", "contactperson")),
    "post": (N_("Post"), ("职务", "职位", "岗位", "post", "position", "title", "jobtitle")),
    "mail": (N_("Mail"), ("邮箱", "电子邮箱", "电子邮件", "邮件", "mail", "email", "emailaddress")),
    "phone": (N_("Phone"), ("电话", "手机", "联系电话", "手机号", "手机号码", "phone", "mobile", "tel", "telephone")),
    "language": (N_("Language"), ("语言", "language")),
    "product": (N_("Product"), ("产品", "产品名称", "品名", "product", "productname", "item")),
    "quantity": (N_("Quantity"), ("数量", "采购数量", "quantity", "qty")),
    "unit": (N_("Unit"), ("单位", "计量单位", "unit", "uom")),
    "promised_on": (
        N_("Promised"),
        (
            "承诺交期",
            "约定交期",
            "计划交货日期",
            "要求交期",
            "交期",
            "promised",
            "promisedon",
            "duedate",
            "promiseddelivery",
        ),
    ),
    "delivered_on": (
        N_("Delivered"),
        (
            "实际交期",
            "交货日期",
            "实际交货日期",
            "发货日期",
            "delivered",
            "deliveredon",
            "deliverydate",
            "actualdelivery",
        ),
    ),
    "warranty_ends_on": (
        N_("Warranty until"),
        ("保修到期", "保修截止", "质保到期", "保修期至", "warrantyuntil", "warrantyend", "warrantyendson"),
    ),
}
"""Role → its name, a message, and the headers that mean it, as `plain_header` writes them; likelier ones first."""
_BESIDE: Final = re.compile(r"[\s_\-./:：*()（）]+")


def plain_header(header: str) -> str:
    """A header without what varies.

    >>> plain_header(" Customer No. *"), plain_header("联系人（姓名）")
    ('customerno', '联系人姓名')
    """
    return _BESIDE.sub("", comparable(header).casefold())


def proposed(headers: Sequence[str]) -> dict[str, str]:
    """Role → header, each header once; a mere "name" beside a post, mail or phone is the contact's.

    >>> proposed(["客户编号", "客户名称", "联系人", "邮箱"])
    {'code': '客户编号', 'name_zh': '客户名称', 'contact': '联系人', 'mail': '邮箱'}
    """
    plain = {header: plain_header(header) for header in headers}
    found: dict[str, str] = {}
    ranked = [
        (rank, place, role, header)
        for place, (role, (_name, known)) in enumerate(ROLES.items())
        for header, name in plain.items()
        if name == role.replace("_", "") or name in known
        for rank in [0 if name == role.replace("_", "") else known.index(name)]
    ]
    for _rank, _place, role, header in sorted(ranked):
        if role not in found and header not in found.values():
            found[role] = header
    is_list_of_people = {"code", "name_en"} <= found.keys() and {"post", "mail", "phone"} & found.keys()
    if is_list_of_people and "contact" not in found and plain[found["name_en"]] == "name":
        found["contact"] = found.pop("name_en")
    return {role: found[role] for role in ROLES if role in found}


def missing(columns: Mapping[str, str]) -> bool:
    """Whether the columns don't say which customer a row is about."""
    return not {"code", "name_zh", "name_en"} & columns.keys()
