"""Papers of months, years, actions and customers; what is written and signed for them; and what goes out by itself, once."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import select

from db.models import Action, ActionEvent, Customer, Meeting, Notification, Opinion, ReportSending, Wave
from db.queries.made_reports import made_reports
from db.session import read_session, write_session
from domain.access import SYSTEM, NotAllowed, NotThere, Viewer
from domain.papers import Paper
from domain.reports import REPORTS
from domain.scheme import Name
from services import complaints, deliveries, delivering, leading, report_making, report_schedules, report_texts, reports
from services.closing import close_wave
from services.period_papers import appraisal_paper, month_paper, year_paper
from services.report_making import MAKERS, Order
from services.result_papers import SummaryNotApproved, TooFewToSay, public_paper, summary_table_paper
from services.speech import Speech
from settings import settings
from tests import factories as make
from tests.smtp_sink import smtp_sink

AT = make.AT
A_DAY = timedelta(days=1)
SPEECH, SHANGHAI = Speech("en", UTC), ZoneInfo("Asia/Shanghai")


class Company:
    """A wave of five satisfied (80) and one neutral (60) customer, closed on 12 October; two actions, one of them late."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with write_session(engine) as session:
            wave = make.wave(session, make.scheme(session), "2026-Q3")
            self.wave_id, self.scheme_id = wave.id or 0, wave.scheme_id
            for place in range(6):
                customer = make.customer(session, f"C-{place}", name_en=f"Company {place}")
                make.response(
                    session, wave, "neutral" if place == 5 else "satisfied", customer=customer, respondent="Li"
                )
            self.people: dict[str, Viewer] = {
                name: make.viewer(make.user(session, name, role, mail=f"{name}@example.com"))
                for name, role in (("quinn", "quality"), ("abe", "approver"), ("vic", "viewer"), ("ivy", "interviewer"))
            }
            department = make.department(session, "works")
            for number, implemented in ((1, date(2026, 9, 30)), (2, None)):
                self._action(session, number, department.id or 0, implemented)
        with write_session(engine) as session:
            close_wave(session, wave=session.get_one(Wave, self.wave_id), by=SYSTEM, at=AT)

    def _action(self, session: Any, number: int, department: int, implemented: date | None) -> None:
        owner = self.people["quinn"].user_id
        about = {"title": f"Action {number}", "form_key": str(number), "due_on": date(2026, 9, 30)}
        who = {"department_id": department, "owner_id": owner, "created_by_id": owner}
        one = Action(number=number, wave_id=self.wave_id, created_at=AT - timedelta(days=60), **about, **who)
        session.add(one)
        session.flush()
        if implemented:
            one.state = "implemented"
            at = datetime.combine(implemented, datetime.min.time(), tzinfo=UTC)
            session.add(ActionEvent(action_id=one.id or 0, at=at, verb="implement", to_state="implemented"))

    def paper(self, make_paper: Any, *about: Any, by: str = "quinn") -> Paper:
        with read_session(self.engine) as session:
            return make_paper(session, self.people[by], *about, SPEECH)  # type: ignore[no-any-return]

    def write(self, verb: Any, **values: Any) -> Any:
        with write_session(self.engine) as session:
            return verb(session, **{"at": AT, **values})


@pytest.fixture
def company(sqlite_engine: Engine) -> Company:
    return Company(sqlite_engine)


def rows(paper: Paper, title: str) -> list[list[Any]]:
    """The table under a heading, with its headers."""
    table = next(part.table for part in paper.parts if part.heading.startswith(title) and part.table)
    return [list(table.headers), *(list(row) for row in table.rows)]


def test_a_month_says_what_was_presented_in_it_and_what_is_late(company: Company) -> None:
    paper = company.paper(month_paper, "2026-10", AT)
    head, row = rows(paper, "Surveys")
    said = dict(zip(head, row, strict=True))
    assert said["Satisfaction index"] == pytest.approx((5 * 80 + 60) / 6)
    assert (said["n"], said["Target"], said["Period"]) == (6, 80.0, "Q3 2026")
    assert [row[0] for row in rows(paper, "Actions overdue")[1:]] == ["A-2"]
    counted = {row[0]: row[1:] for row in rows(paper, "What came in")[1:]}
    assert counted["Actions opened"] == [0, 0], "both were opened in August"
    assert company.paper(month_paper, "2026-09", AT).parts[1].texts == ["No wave closed in this period."]


def test_the_general_manager_writes_and_signs_and_then_nobody_changes_it(company: Company) -> None:
    by = company.people["abe"]
    company.write(report_texts.write_analysis, month="2026-10", said="The carrier was late", version=0, by=by)
    with pytest.raises(report_texts.AnalysisChangedMeanwhile):
        company.write(report_texts.write_analysis, month="2026-10", said="Other", version=0, by=by)
    company.write(report_texts.sign_analysis, month="2026-10", version=1, by=by)
    with pytest.raises(report_texts.AnalysisSigned):
        company.write(report_texts.write_analysis, month="2026-10", said="Other", version=2, by=by)
    with pytest.raises(NotAllowed):
        company.write(report_texts.write_analysis, month="2026-11", said="Mine", version=0, by=company.people["vic"])
    paper = company.paper(month_paper, "2026-10", AT)
    assert paper.parts[-1].texts == ["The carrier was late"]
    assert paper.signatures == [("General manager", "Abe · 2026-10-12 03:00")]


def test_an_appraisal_counts_and_judges_nobody(company: Company) -> None:
    paper = company.paper(appraisal_paper, "2026", AT)
    head, *listed = rows(paper, "Departments")
    found = {row[0]: dict(zip(head, row, strict=True)) for row in listed}
    said, of_quality = found["Works"], found["Quality"]
    assert (of_quality["Target"], of_quality["Actions due"]) == (80.0, 0)
    assert of_quality["Score"] == pytest.approx((5 * 80 + 60) / 6)
    assert (said["Actions due"], said["On time"], said["On time, share"]) == (2, 1, 0.5)
    assert rows(paper, "People")[1] == ["Quinn", 2, 1, 0.5, 0, 0]
    assert "neither praises nor penalises" in paper.parts[0].texts[0]
    assert rows(company.paper(year_paper, "2026", AT), "Dimensions")[1][-1] == pytest.approx((5 * 80 + 60) / 6)


def test_a_public_summary_needs_another_person_and_five_answers(company: Company) -> None:
    ask = {"wave_id": company.wave_id}
    quinn, abe = company.people["quinn"], company.people["abe"]
    with pytest.raises(SummaryNotApproved):
        company.paper(public_paper, company.wave_id, by="vic")
    company.write(report_texts.ask_to_publish, **ask, changed=Name("换了承运商", "We changed the carrier"), by=quinn)
    with pytest.raises(report_texts.OwnSummary):
        company.write(report_texts.approve_summary, **ask, by=quinn)
    company.write(report_texts.approve_summary, **ask, by=abe)
    paper = company.paper(public_paper, company.wave_id, by="vic")
    assert dict(paper.parts[0].facts)["Satisfaction index"] == "76.7"
    assert paper.parts[-1].texts == ["We changed the carrier"]
    assert "Company" not in repr(paper), "no customer, no segment"
    company.write(report_texts.withdraw_summary, **ask, by=abe)
    with pytest.raises(SummaryNotApproved):
        company.paper(public_paper, company.wave_id)


def test_of_fewer_than_five_answers_nothing_is_published(sqlite_engine: Engine) -> None:
    with write_session(sqlite_engine) as session:
        wave = make.wave(session, make.scheme(session), "2026-Q3")
        make.response(session, wave, "satisfied", customer=make.customer(session))
        quinn, abe = (make.viewer(make.user(session, name, "quality")) for name in ("quinn", "abe"))
        report_texts.ask_to_publish(session, wave_id=wave.id or 0, changed=Name(), by=quinn, at=AT)
        report_texts.approve_summary(session, wave_id=wave.id or 0, by=abe, at=AT)
        with pytest.raises(TooFewToSay):
            public_paper(session, quinn, wave.id or 0, SPEECH)


def test_the_summary_table_has_the_lowest_item_first_with_its_status_in_words(company: Company) -> None:
    table = rows(company.paper(summary_table_paper, company.wave_id), "Items")
    assert {row[3] for row in table[1:]} == {"Amber"}
    assert [row[2] for row in table[1:]] == [pytest.approx((5 * 80 + 60) / 6)] * 14


def said(company: Company) -> dict[str, str]:
    """What a report can be about → a complaint of C-0, and an opinion that quinn recorded."""
    with write_session(company.engine) as session:
        customer = session.exec(select(Customer.id).order_by(Customer.code)).first() or 0
        complaint = {"category": "other", "channel": "phone", "description": "It leaks", "received_at": AT}
        by = company.people["quinn"]
        number = complaints.record(session, customer_id=customer, **complaint, form_key="c", by=by, at=AT).number
        opinion = Opinion(customer_id=customer, kind="suggestion", text="Paint it <red>", received_at=AT)
        session.add(opinion)
        session.flush()
        return {"complaint": str(number), "opinion": str(opinion.id)}


def test_the_8d_and_the_slip_are_asked_for_by_whoever_sees_what_they_are_about(company: Company) -> None:
    about, quinn, vic = said(company), company.people["quinn"], company.people["vic"]
    for kind, of in (("eight_d", "complaint"), ("slip", "opinion")):
        wanted = {"kind": kind, "form": "docx", "language": "en", "form_key": kind}
        assert company.write(reports.ask_for, **wanted, about=about[of], by=quinn).payload["about"] == about[of]
        with pytest.raises(NotThere):
            company.write(reports.ask_for, **wanted, about="77", by=quinn)
        with pytest.raises(NotAllowed):
            company.write(reports.ask_for, **wanted, about=about[of], by=vic)
        order, file = Order(kind, "docx", "en", quinn, AT, UTC, about=about[of]), BytesIO()
        with read_session(company.engine) as session:
            assert report_making.write_report(session, order, file), "names of people stand in it"
        written = "\n".join(cell.text for table in Document(file).tables for row in table.rows for cell in row.cells)
        written += "\n".join(paragraph.text for paragraph in Document(file).paragraphs)
        assert {"complaint": "It leaks", "opinion": "Paint it <red>"}[of] in written


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_kind_is_made_in_every_form_that_it_has(company: Company, language: str) -> None:
    abe, quinn, about = company.people["abe"], company.people["quinn"], {"month": "2026-10", "year": "2026"}
    company.write(report_texts.ask_to_publish, wave_id=company.wave_id, changed=Name(), by=quinn)
    company.write(report_texts.approve_summary, wave_id=company.wave_id, by=abe)
    assert set(MAKERS) == set(REPORTS)
    signs = {"zip": b"PK", "pptx": b"PK", "xlsx": b"PK", "docx": b"PK", "pdf": b"%PDF-"}
    named = {**about, **said(company), "action": "A-1", "customer": "C-0"}
    for kind, report in REPORTS.items():
        for form in report.forms:
            order = Order(kind, form, language, quinn, AT, UTC, company.wave_id, named.get(report.about, ""))
            file = BytesIO()
            with read_session(company.engine) as session:
                report_making.write_report(session, order, file)
            assert file.getvalue().startswith(signs[form]), (kind, form)


def scheduled(
    company: Company,
    occasion: str,
    *,
    people: tuple[str, ...] = ("quinn", "vic", "ivy"),
    kind: str = "results",
    form: str = "xlsx",
) -> int:
    about = {"kind": kind, "form": form, "language": "en", "scheme_id": company.scheme_id, "form_key": occasion + kind}
    who = [company.people[name].user_id for name in people]
    made = company.write(
        report_schedules.add_schedule,
        **about,
        occasion=occasion,
        people=who,
        by=company.people["quinn"],
        at=AT - timedelta(days=1),
    )
    return int(made.id)


def test_after_a_wave_has_closed_each_reader_gets_the_own_report_once(company: Company) -> None:
    scheduled(company, "after_closing")
    soon = AT + timedelta(hours=1)
    assert report_schedules.send_due(company.engine, at=soon, zone=SHANGHAI) == 2
    assert report_schedules.send_due(company.engine, at=soon, zone=SHANGHAI) == 0, "once"
    with read_session(company.engine) as session:
        quinns, vics = (made_reports(session, company.people[name]) for name in ("quinn", "vic"))
        assert [one.made_for for one in vics] == ["Vic"], "the own one only; with no personal data"
        assert {one.made_for for one in quinns} == {"Quinn", "Vic"}
        assert {one.figures for one in quinns} == {"frozen"}
        sent = {one.person_id: one for one in session.exec(select(ReportSending))}
        assert sent[company.people["ivy"].user_id].trouble, "an interviewer sees no scores"
        told = session.exec(select(Notification).where(Notification.kind == "report_ready")).all()
        assert {one.facts["of"] for one in told} == {"report"}
        attached = report_schedules.reports_told(session, company.people["vic"], [told[1].facts], at=soon)
        assert [one.name for one in attached] == ["results-2026-Q3-en.xlsx"]
        assert report_schedules.reports_told(session, company.people["vic"], [told[0].facts], at=soon) == [], (
            "quinn's stays quinn's"
        )


def test_the_mail_that_tells_of_it_brings_the_file_once(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled(company, "after_closing", people=("quinn", "vic"))
    with smtp_sink() as sink:
        monkeypatch.setenv("SMTP_URL", sink.url)
        monkeypatch.setenv("MAIL_FROM", "Quality <quality@example.com>")
        settings.cache_clear()
        for _again in range(2):
            report_schedules.send_due(company.engine, at=AT, zone=SHANGHAI)
            deliveries.put_out(company.engine, at=AT, zone=SHANGHAI)
            mine = leading.lead(company.engine, datetime.now(UTC))
            assert mine is not None
            delivering.deliver(mine, now=lambda: AT)
            mine.give_up()
    mails = [sink.message(number) for number in range(len(sink.arrived))]
    files = {str(mail["To"]): [part.get_filename() for part in mail.iter_attachments()] for mail in mails}
    assert len(mails) == 2
    assert {who.split("@")[0].split("<")[-1] for who in files} == {"quinn", "vic"}
    assert set(map(tuple, files.values())) == {("results-2026-Q3-en.xlsx",)}
    books = [next(mail.iter_attachments()).get_content() for mail in mails]
    assert sorted("Raw answers" in load_workbook(BytesIO(book)).sheetnames for book in books) == [False, True]


def test_a_meetings_report_goes_out_on_the_working_day_before(company: Company) -> None:
    monday = date(2026, 10, 26)
    with write_session(company.engine) as session:
        owner = company.people["quinn"].user_id
        session.add(Meeting(form_key="m", wave_id=company.wave_id, held_on=monday, created_at=AT, created_by_id=owner))
    key = scheduled(company, "before_meeting", people=("quinn",))
    days = [datetime(2026, 10, day, 4, tzinfo=UTC) for day in (22, 23, 24)]
    assert [report_schedules.send_due(company.engine, at=at, zone=SHANGHAI) for at in days] == [0, 1, 0]
    company.write(report_schedules.set_active, schedule_id=key, active=False, by=company.people["quinn"])
    with read_session(company.engine) as session:
        assert report_schedules.due_now(session, at=days[1], zone=SHANGHAI) == []


def test_the_months_and_the_years_report_go_out_before_a_meeting_about_the_time_that_is_over(company: Company) -> None:
    with write_session(company.engine) as session:
        who = company.people["quinn"].user_id
        january = date(2027, 1, 11)
        session.add(Meeting(form_key="m", wave_id=company.wave_id, held_on=january, created_at=AT, created_by_id=who))
    for kind in ("monthly", "yearly"):
        scheduled(company, "before_meeting", people=("quinn", "vic"), kind=kind, form="pdf")
    friday = datetime(2027, 1, 8, 4, tzinfo=UTC)
    assert report_schedules.send_due(company.engine, at=friday, zone=SHANGHAI) == 2
    with read_session(company.engine) as session:
        sent = made_reports(session, company.people["quinn"])
        assert {(one.kind, one.about, one.made_for) for one in sent} == {
            ("monthly", "2026-12", "Quinn"),
            ("yearly", "2026", "Quinn"),
        }, "a viewer gets none"
        told = session.exec(select(Notification).where(Notification.kind == "report_ready")).all()
        assert {one.facts["title_zh_CN"].partition(" · ")[2] for one in told} == {"2026年12月", "2026年"}


def test_a_report_is_its_readers_and_nobody_elses(company: Company) -> None:
    order = Order("results", "xlsx", "en", company.people["vic"], AT, UTC, company.wave_id)
    with write_session(company.engine) as session:
        made = report_making.keep(session, order, BytesIO(b"PK"), form_key="f", is_personal=False, made_by=None)
        key = made.id or 0
    assert company.write(reports.download, made_id=key, by=company.people["vic"]).content == b"PK"
    assert company.write(reports.download, made_id=key, by=company.people["quinn"]).content == b"PK"
    with pytest.raises(NotThere):
        company.write(reports.download, made_id=key, by=company.people["abe"])
