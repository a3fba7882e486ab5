"""Lists of customers as people keep them go into the register once, and what is wrong in them is named."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select
from xlsxwriter import Workbook

from db.models import AuditEvent, Contact, Customer, Purchase
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, Viewer
from domain.customer_cells import Wrong
from domain.customer_columns import proposed
from services.customer_import import ColumnsMissing, import_customers
from services.customer_merging import merge
from services.customer_reports import Change, CustomerReport
from services.reading import open_table
from tests import factories as make
from tests.services.test_faults import Broken, failing_at

CHINESE = (
    "客户编号,客户名称,客户类别,区域,业务员,年销售额,重点客户,合作日期,联系人,职务,邮箱,手机,产品,数量,单位,承诺交期,实际交货日期\n"
    'K1,凯拓动力科技有限公司,整车厂,华东,Sam,"1,250,000",是,2020/3/1,李娟,采购经理,li@kaituo.example,1390,车桥,2.5,吨,2026-07-01,2026年7月3日\n'
    "K1,凯拓动力科技有限公司,,,,,,,王强,质量工程师,,,车桥,800,kg,2026-08-01,\n"
    "K2,恒岳汽车,整车厂,华北,,,否,,,,,,,,,,\n"
)
ENGLISH = "Customer code,Company,Region,Contact,E-mail,Language\nA7,Acme Drives,West,Ann,ann@acme.example,English\n"


def table(content: str | bytes) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return open_table(BytesIO(raw), "list.csv")


def take(engine: Engine, content: str | bytes, *, by: Viewer = SYSTEM, **more: Any) -> CustomerReport:
    read = table(content)
    with write_session(engine) as session:
        return import_customers(session, table=read, columns=proposed(read.headers), by=by, at=make.AT, **more)


def rows(engine: Engine) -> tuple[int, ...]:
    with read_session(engine) as session:
        return tuple(session.exec(select(func.count()).select_from(m)).one() for m in (Customer, Contact, Purchase))


def test_a_chinese_list_with_contacts_and_purchases_goes_in_once(engine: Engine) -> None:
    with write_session(engine) as session:
        sam = make.user(session, "sam", "sales").id
    looked = take(engine, CHINESE, dry_run=True)
    assert rows(engine) == (0, 0, 0)
    done = take(engine, CHINESE)
    assert (done.counts, done.problems) == (looked.counts, [])
    assert {kind: some["new"] for kind, some in done.counts.items()} == {"customers": 2, "contacts": 2, "purchases": 2}
    with read_session(engine) as session:
        first = session.exec(select(Customer).where(Customer.code == "K1")).one()
        assert (first.name_zh, first.segment, first.region) == ("凯拓动力科技有限公司", "整车厂", "华东")
        assert (first.sales_owner_id, first.value, first.vip, first.since_on) == (
            sam,
            1_250_000.0,
            True,
            date(2020, 3, 1),
        )
        bought = session.exec(select(Purchase).order_by(col(Purchase.id))).all()
        assert [(p.quantity, p.unit, p.delivered_on) for p in bought] == [
            (2.5, "吨", date(2026, 7, 3)),
            (800.0, "kg", None),
        ]
    again = take(engine, CHINESE)
    assert (again.changes, rows(engine)) == (0, (2, 2, 2))
    with read_session(engine) as session:
        assert session.exec(select(func.count()).where(AuditEvent.verb == "import")).one() == 1


def test_what_changed_in_the_list_changes_and_an_empty_cell_changes_nothing(sqlite_engine: Engine) -> None:
    take(sqlite_engine, ENGLISH)
    changed = take(sqlite_engine, ENGLISH.replace("West", "").replace("Ann,", "Ann Li,").replace("English", "中文"))
    assert changed.counts["customers"] == {"new": 0, "changed": 0, "same": 1}
    assert changed.counts["contacts"] == {"new": 0, "changed": 1, "same": 0}
    assert changed.listed == [
        Change("contacts", "A7", "Ann Li", "name", "Ann", "Ann Li"),
        Change("contacts", "A7", "Ann Li", "language", "en", "zh_CN"),
    ]
    with read_session(sqlite_engine) as session:
        assert session.exec(select(Customer.region, Customer.version)).one() == ("West", 2)
        assert session.exec(select(Contact.name, Contact.language)).one() == ("Ann Li", "zh_CN")


def test_a_workbook_says_the_same(sqlite_engine: Engine) -> None:
    content = BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate((("客户编号", "客户名称", "数量", "产品"), ("007", "恒岳", 1250, "齿轮"))):
            sheet.write_row(number, 0, line)
    assert take(sqlite_engine, content.getvalue()).counts["purchases"]["new"] == 1
    with read_session(sqlite_engine) as session:
        assert session.exec(select(Customer.code)).one() == "007"


def test_every_wrong_cell_is_named_and_the_other_rows_go_in(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        make.customer(session, "K9", name_zh="凯拓动力")
    found = take(
        sqlite_engine,
        "客户编号,客户名称,年销售额,合作日期,重点客户,联系人,邮箱,产品,数量,业务员\n"
        "K1,甲公司,many,,,,,,,\n"
        "K2,乙公司,,soon,,,,,,\n"
        "K3,丙公司,,,maybe,,,,,\n"
        "K4,丁公司,,,,李,nowhere,,,\n"
        "K5,戊公司,,,,,,,5,\n"
        "K6,己公司,,,,,a@b.cn,,,\n"
        ",,5,,,,,,,\n"
        "K7,庚公司,,,,,,,,nobody\n"
        "K8,辛公司,1,,,,,,,\n"
        "K8,辛公司,2,,,,,,,\n"
        ",凯 拓动力,,,,,,,,\n"
        ",凯拓动力,77,,,,,,,\n",
    )
    assert [(bad.line, bad.reason) for bad in found.problems] == [
        (2, Wrong.NOT_A_NUMBER),
        (3, Wrong.NOT_A_DAY),
        (4, Wrong.NOT_YES_OR_NO),
        (5, Wrong.NOT_A_MAIL),
        (6, Wrong.NO_PRODUCT),
        (7, Wrong.NO_CONTACT),
        (8, Wrong.NO_CUSTOMER),
        (9, Wrong.NO_SELLER),
        (11, Wrong.SAYS_OTHERWISE),
        (12, Wrong.LIKE_ANOTHER),
    ]
    assert (found.problems[0].column, found.problems[0].value) == ("年销售额", "many")
    assert (found.rows, found.refused) == (12, 10)
    with read_session(sqlite_engine) as session:
        assert session.exec(select(Customer.code, Customer.value).order_by(Customer.code)).all() == [
            ("K8", 1.0),
            ("K9", 77.0),
        ]


def test_the_code_of_a_merged_customer_means_the_kept_one(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        kept, merged = (make.customer(session, code).id or 0 for code in ("A7", "B7"))
        merge(session, kept_id=kept, merged_id=merged, by=SYSTEM, at=make.AT)
    take(sqlite_engine, ENGLISH.replace("A7", "B7"))
    with read_session(sqlite_engine) as session:
        assert session.exec(select(Contact.customer_id)).all() == [kept]


def test_a_seller_brings_in_the_own_customers_and_nobody_who_only_reads_any(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        people = [
            make.viewer(make.user(session, n, r))
            for n, r in (("alice", "sales"), ("bob", "viewer"), ("charlie", "sales"))
        ]
    alice, bob, charlie = people
    with pytest.raises(NotAllowed):
        take(sqlite_engine, ENGLISH, by=bob)
    take(sqlite_engine, ENGLISH, by=alice)
    with read_session(sqlite_engine) as session:
        assert session.exec(select(Customer.sales_owner_id)).one() == alice.user_id
    found = take(sqlite_engine, ENGLISH.replace("West", "East"), by=charlie)
    assert [bad.reason for bad in found.problems] == [Wrong.NOT_YOURS]
    assert found.changes == 0
    with pytest.raises(ColumnsMissing):
        take(sqlite_engine, "Region,Mail\nWest,a@b.cn\n")


def test_a_list_that_fails_at_any_statement_leaves_nothing_behind(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        make.user(session, "sam", "sales")
    statement, failed = 0, True
    while failed:
        statement, failed = statement + 1, False
        try:
            with failing_at(sqlite_engine, statement):
                take(sqlite_engine, CHINESE)
        except Broken:
            failed = True
            assert rows(sqlite_engine) == (0, 0, 0)
    assert statement > 5
    assert rows(sqlite_engine) == (2, 2, 2)
