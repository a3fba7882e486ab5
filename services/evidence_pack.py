"""The evidence pack (product.md journey 8): everything about a wave in one zip, from its plan to the check of effects.

It holds what its maker may see. An anonymised one names no customer and nobody there, and leaves out what they wrote and
the files; colleagues stay, because records must say who did what (rules.md 10).
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final

from sqlmodel import Session

from db.models import Wave
from db.queries import evidence_pack as reads
from db.queries.complaints import complaint_detail
from db.queries.finding_report import finding_report
from db.queries.meetings import meeting_detail
from db.queries.plans import plan
from db.queries.presented import beside_now, frozen_at_closing
from db.queries.raw_answers import RawResponse, answer_text, raw_answers
from db.queries.responses import wave_for
from db.queries.wave_report import WaveReport, wave_report
from db.queries.waves import SurveyWave, survey_wave_of
from domain.access import Viewer
from domain.errors import N_
from domain.papers import Paper, said_otherwise, table_otherwise
from domain.presented import canonical
from domain.redacting import Redactor
from domain.retention import MARK
from domain.rule_names import RULE_NAMES
from domain.scheme import Name
from domain.tables import Cell, Table
from locales import LANGUAGES, translator
from services.action_papers import action_paper
from services.analysis_report import analysis_of
from services.documents import pdf_file
from services.evidence_zip import Entry, EvidenceZip, safe
from services.exporting import csv_file, csv_lines
from services.papers import paper_file
from services.questionnaires import questionnaire_for
from services.speech import Speech
from services.wave_papers import complaint_paper, minutes_paper, paper_form, plan_paper, questionnaire_paper, wave_name
from services.wave_reports import report_sheets, workbook
from settings import settings

CLAUSES: Final[dict[str, str]] = {
    "satisfaction": "ISO 9001:2015 9.1.2",
    "analysis": "ISO 9001:2015 9.1.3",
    "correction": "ISO 9001:2015 10.2",
    "automotive": "IATF 16949:2016 9.1.2.1",
    "planning": "ISO 10004:2018 6",
    "gathering": "ISO 10004:2018 7.3",
    "analysing": "ISO 10004:2018 7.4",
    "communicating": "ISO 10004:2018 7.5",
    "monitoring": "ISO 10004:2018 7.6",
}
"""What a file is evidence for → the clause that asks for it."""
ANONYMISED: Final = N_(
    "Anonymised: customers have numbers, and names, addresses and phone numbers of the register are taken out of every"
    " text; colleagues stay, as records must say who did what."
)
Progress = Callable[[int, int], bool]


class PackStopped(Exception):
    """Somebody asked for the pack to be stopped."""


@dataclass(frozen=True)
class Ask:
    """Which pack: of which wave, for whom, in which language, when; `progress` says whether to go on."""

    wave_id: int
    by: Viewer
    at: datetime
    speech: Speech
    is_anonymised: bool = False
    progress: Progress = lambda _done, _total: True


@dataclass
class _Pack:
    session: Session
    ask: Ask
    wave: SurveyWave
    zip: EvidenceZip
    redact: Callable[[str], str]
    customers: Mapping[int, str]
    done: int = 0
    total: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def say(self) -> Callable[[str], str]:
        return self.ask.speech.say

    def step(self) -> None:
        """One more part is done; raises PackStopped."""
        self.done += 1
        if not self.ask.progress(self.done, max(self.total, self.done)):
            raise PackStopped

    def paper(self, path: str, paper: Paper, what: str, *clauses: str) -> None:
        """Writes a paper as PDF."""
        shown = said_otherwise(paper, self.redact) if self.ask.is_anonymised else paper
        self.zip.add(path, paper_file(shown, "pdf", self.ask.speech.language), what=what, clauses=clauses)
        self.step()

    def table(self, path: str, table: Table, what: str, *clauses: str) -> None:
        """Writes a table as CSV."""
        shown = table_otherwise(table, self.redact) if self.ask.is_anonymised else table
        self.zip.add(path, csv_file([shown]), what=what, clauses=clauses)
        self.step()

    def customer(self, key: int | None, code: str, name: Name) -> list[Cell]:
        """Code and name of a customer, a number in an anonymised pack."""
        if not self.ask.is_anonymised:
            return [code, name.in_(self.ask.speech.language)]
        return ["", self.customers.get(key or 0, "")]


def write_pack(session: Session, to: BinaryIO, ask: Ask) -> list[Entry]:
    """Writes the pack into a file and returns what is in it. Raises NotAllowed, NotThere, PackStopped.

    The same data at the same moment give the same bytes. Long tables and files pass through in parts.
    """
    ask.by.check(reads.PERMISSION)
    ask.by.check("view_personal")
    wave = survey_wave_of(session, wave_for(session, ask.by, ask.wave_id))
    customers, redact = _redactor(session, ask)
    with EvidenceZip(to) as archive:
        pack = _Pack(session, ask, wave, archive, redact, customers)
        numbers = reads.actions_of_wave(session, ask.by, wave.id)
        complaints = reads.complaints_of_wave(session, ask.by, wave.id) if ask.by.may("view_complaints") else []
        meetings = reads.meetings_of_wave(session, ask.by, wave.id)
        pack.total = 14 + len(numbers) + len(complaints) + len(meetings)
        _plan(pack)
        _distribution(pack)
        _responses(pack)
        _results(pack)
        _findings(pack)
        _actions(pack, numbers)
        _complaints(pack, complaints)
        for place, key in enumerate(meetings, start=1):
            paper = minutes_paper(meeting_detail(session, ask.by, key), ask.speech)
            clauses = ("analysis", "communicating")
            pack.paper(f"9_minutes/meeting_{place}.pdf", paper, N_("Minutes of a meeting"), *clauses)
        _front(pack)
        return archive.entries


def _redactor(session: Session, ask: Ask) -> tuple[dict[int, str], Callable[[str], str]]:
    """Customer → what it is called in an anonymised pack; and what takes names out of texts."""
    if not ask.is_anonymised:
        return {}, str
    secret = settings().secret_key.encode()  # whoever knows the register can't count through to a customer
    customers, contacts = reads.names_of_wave(session, ask.by)
    word = ask.speech.say(N_("Customer"))
    shuffled = sorted(
        (hmac.digest(secret, f"{ask.wave_id}:{key}".encode(), "sha256"), key) for key, *_names in customers
    )
    called = {key: f"{word} {place}" for place, (_order, key) in enumerate(shuffled, start=1)}
    words = {name: called[key] for key, code, zh, en in customers for name in (zh, en, _telling(code)) if name}
    people = [*(text for one in contacts for text in one), *reads.respondents(session, ask.by, ask.wave_id)]
    return called, Redactor(words | {name: MARK for name in people if name})


def _telling(code: str) -> str:
    """A code that means a customer wherever it stands: a bare number may mean anything."""
    return code if any(sign.isalpha() for sign in code) and len(code) > 2 else ""


def _plan(pack: _Pack) -> None:
    session, ask, wave = pack.session, pack.ask, pack.wave
    paper = plan_paper(wave, plan(session, ask.by, wave.id), ask.speech)
    pack.paper(
        "1_plan/plan.pdf", paper, N_("Survey plan with countersignatures and approval"), "satisfaction", "planning"
    )
    _ = pack.say
    rows: list[list[Cell]] = [
        [ask.speech.moment(one.at), one.who, one.verb, one.about, one.reason]
        for one in reads.wave_events(session, ask.by, wave.id)
    ]
    table = Table(_("What was done"), [_("Time"), _("Who"), _("What"), _("About"), _("Reason")], rows)
    what = N_("Who did what to the wave, its plan and its figures")
    pack.table("1_plan/history.csv", table, what, "satisfaction", "planning")
    asked = questionnaire_for(session, ask.by, wave.id)[1]
    paper = questionnaire_paper(wave, asked, ask.speech)
    pack.paper(
        "2_questionnaire/questionnaire.pdf", paper, N_("Questionnaire as it was asked"), "satisfaction", "gathering"
    )
    sheet, what = paper_form(wave, asked, ask.speech), N_("Questionnaire on paper, to be filled in by hand")
    pack.paper("2_questionnaire/paper.pdf", sheet, what, "satisfaction", "gathering")


def _distribution(pack: _Pack) -> None:
    session, ask, wave, _ = pack.session, pack.ask, pack.wave, pack.say
    headers = [_("Invitation"), _("Code"), _("Customer"), _("Contact"), _("Address"), _("Channel"), _("Sent on")]
    headers += [_("Reply by"), _("State"), _("Returned on"), _("In time")]

    def lines() -> Iterator[Sequence[Cell]]:
        for one in reads.sent_lines(session, ask.by, wave.id):
            who = pack.customer(one.customer_id, one.customer_code, one.customer)
            person = ["", ""] if ask.is_anonymised else [one.contact, one.address]
            in_time = None if one.in_time is None else int(one.in_time)
            days = [one.sent_on, one.due_on, one.state, one.returned_on, in_time]
            yield [one.invitation_id, *who, *person, one.channel, *days]

    what = N_("Distribution list: who was asked, when, and what came back")
    _stream(pack, "3_distribution/sent.csv", headers, lines(), what, "satisfaction", "automotive", "gathering")
    rows: list[list[Cell]] = [
        [
            *(one.invitation_id, one.kind, one.round, one.state, ask.speech.moment(one.at)),
            *(ask.speech.moment(one.ended_at), one.who, "" if ask.is_anonymised else one.note),
        ]
        for one in reads.outgoing_lines(session, ask.by, wave.id)
    ]
    headers = [_("Invitation"), _("Kind"), _("Round"), _("State"), _("Time"), _("Ended"), _("Who"), _("Note")]
    table = Table(_("Mails and reminders"), headers, rows)
    pack.table("3_distribution/mails_and_reminders.csv", table, N_("Mails and reminders"), "satisfaction", "gathering")


def _responses(pack: _Pack) -> None:
    session, ask, wave, _ = pack.session, pack.ask, pack.wave, pack.say
    scheme, language = wave.layout.scheme, ask.speech.language
    headers = [
        _("Response"),
        _("State"),
        _("Late"),
        _("Day"),
        _("Code"),
        _("Customer"),
        _("Filled in by"),
        _("Segment"),
    ]
    headers += [_("Region"), _("Channel"), _("Score"), *(item.name.in_(language) or item.code for item in scheme.items)]

    def line(one: RawResponse) -> Sequence[Cell]:
        who = pack.customer(one.customer_id, one.customer_code, Name(one.customer_zh, one.customer_en))
        where = ["", "", "", ""] if ask.is_anonymised else [one.respondent, one.segment, one.region, one.channel]
        answers = [answer_text(scheme, level, language) for level in one.levels]
        return [one.id, one.status, int(one.is_late), one.answered_on, *who, *where, one.score, *answers]

    found = (line(one) for one in raw_answers(session, ask.by, wave.id, zone=ask.speech.zone))
    what = N_("Survey record sheet: every response with every answer")
    _stream(pack, "4_responses/answers.csv", headers, found, what, "satisfaction", "gathering")
    if wave.is_anonymous or ask.is_anonymised:
        pack.missing.append(N_("Answers in people's own words: left out, because they may name people."))
        pack.step()
        return
    written = reads.written_answers(session, ask.by, wave.id)
    headers = [_("Response"), _("Question"), _("Answer")]
    what = N_("Answers beside the rated questions")
    _stream(pack, "4_responses/further_answers.csv", headers, written, what, "satisfaction", "gathering")


def _stream(
    pack: _Pack, path: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]], what: str, *clauses: str
) -> None:
    pack.zip.add(path, csv_lines(headers, rows), what=what, clauses=clauses)
    pack.step()


def _results(pack: _Pack) -> None:
    session, ask, wave = pack.session, pack.ask, pack.wave
    report = wave_report(session, ask.by, wave.id, language=ask.speech.language)
    sheets = report_sheets(_shown(report, ask), at=ask.at, zone=ask.speech.zone)
    if ask.is_anonymised:
        sheets = [replace(one, rows=table_otherwise(one.table, pack.redact).rows) for one in sheets]
    clauses = ("satisfaction", "analysis", "automotive", "analysing")
    what = N_("Results as workbook: index, dimensions, items, segments, customers, findings, actions")
    pack.zip.add(
        "5_results/results.xlsx",
        workbook(sheets, ask.speech.language, made_at=ask.at),
        what=what,
        clauses=clauses,
    )
    pack.step()
    if not ask.is_anonymised:
        made = analysis_of(session, report, by=ask.by, at=ask.at, zone=ask.speech.zone)
        what = N_("Satisfaction analysis report")
        pack.zip.add("5_results/analysis.pdf", pdf_file(made), what=what, clauses=clauses)
        pack.step()
    kept = frozen_at_closing(session, wave.id) if ask.by.only_customers_of is None else None
    if kept is None:
        pack.missing.append(N_("Results as presented: the wave has not been closed, so the figures are live."))
    elif ask.is_anonymised:
        pack.missing.append(N_("Frozen figures with their hash: left out, because they list customers."))
    else:
        what = N_("Results as presented: the frozen figures, whose SHA-256 is the one that was recorded at closing")
        pack.zip.add("5_results/as_presented.json", canonical(kept.figures), what=what, clauses=clauses)
        _changes(pack, session.get_one(Wave, wave.id), kept)
    pack.step()


def _shown(report: WaveReport, ask: Ask) -> WaveReport:
    """The report; in an anonymised pack without customers and what they wrote."""
    if not ask.is_anonymised:
        return report
    return replace(report, customers=None, opinions=None, shows_customers=False)


def _changes(pack: _Pack, wave: Wave, kept: Any) -> None:
    """What was presented, what holds now, and what moved it."""
    _, speech = pack.say, pack.ask.speech
    found = beside_now(pack.session, pack.ask.by, wave, kept)
    rows: list[list[Cell]] = [[one.kind, one.code, one.then, one.then_n, one.now, one.now_n] for one in found.lines]
    headers = [_("Kind"), _("Code"), _("Presented"), _("n then"), _("Now"), _("n now")]
    events: list[list[Cell]] = [
        [speech.moment(one.at), one.by, one.verb, one.reason, one.before, one.after] for one in found.changes
    ]
    named = [_("Time"), _("Who"), _("What"), _("Reason"), _("Index before"), _("Index after")]
    tables = [Table(_("Figures"), headers, rows), Table(_("What happened since"), named, events)]
    what = N_("Figures as presented and as they are now, with what moved them")
    pack.zip.add("5_results/presented_and_now.csv", csv_file(tables), what=what, clauses=("satisfaction", "analysis"))


def _findings(pack: _Pack) -> None:
    session, ask, wave, _ = pack.session, pack.ask, pack.wave, pack.say
    rows: list[list[Cell]] = []
    for one in finding_report(session, ask.by, wave, cleared=True, now=True, language=ask.speech.language):
        customer, about = one["customer"] or {}, one["item"] or one["dimension"] or {}
        numbers = ", ".join(f"A-{action['number']}" for action in one["actions"])
        who = "" if wave.is_anonymous else customer.get("name") or customer.get("code", "")
        rule = one["rule"]
        rows.append(
            [
                *(_(RULE_NAMES[rule]), one["state"], who, about.get("name", ""), one["score"], one["n"]),
                *(
                    one["score_now"],
                    one["n_now"],
                    one["bound"],
                    one["previous"],
                    one["since"],
                    one["appeared_at"],
                    one["cleared_at"],
                    numbers,
                ),
            ]
        )
    headers = [_("Finding"), _("State"), _("Customer"), _("About"), _("Score"), "n"]
    headers += [
        _("Now"),
        _("n now"),
        _("Bound"),
        _("Previous score"),
        _("Since"),
        _("Appeared"),
        _("Cleared"),
        _("Actions"),
    ]
    what = N_("Findings: what had to be analysed, by which rule")
    pack.table(
        "6_findings/findings.csv", Table(_("Findings"), headers, rows), what, "analysis", "correction", "analysing"
    )


def _actions(pack: _Pack, numbers: Sequence[int]) -> None:
    session, ask, _ = pack.session, pack.ask, pack.say
    for number in numbers:
        paper = action_paper(session, ask.by, number, ask.speech)
        what = N_("Corrective action with history and check of its effect")
        pack.paper(f"7_actions/A-{number}.pdf", paper, what, "correction", "analysis", "monitoring")
    files = reads.evidence_of_actions(session, ask.by, numbers)
    rows: list[list[Cell]] = []
    for one in files:
        path = _path("7_actions/A-", one)
        shown = "" if ask.is_anonymised else path
        rows.append([f"A-{one.of}", shown, "" if ask.is_anonymised else one.name, one.size, one.sha256])
        if not ask.is_anonymised:
            what = N_("Uploaded evidence that an action is in place")
            pack.zip.add(path, reads.file_parts(session, one), what=what, clauses=("correction",))
            ask.progress(pack.done, max(pack.total, pack.done))
    if files and ask.is_anonymised:
        pack.missing.append(N_("Uploaded evidence files: left out, only their checksums are listed."))
    headers = [_("Action"), _("File"), _("Name"), _("Bytes"), "SHA-256"]
    pack.table("7_actions/evidence_files.csv", Table(_("Files"), headers, rows), N_("Uploaded evidence"), "correction")


def _path(beginning: str, one: reads.PackFile) -> str:
    """Where an uploaded file lies: never under its own name, which is a text from outside."""
    return f"{beginning}{one.of}_{one.place}{safe('x' + PurePosixPath(one.name).suffix.lower())[1:]}"


def _complaints(pack: _Pack, numbers: Sequence[int]) -> None:
    for number in numbers:
        paper = complaint_paper(complaint_detail(pack.session, pack.ask.by, number), pack.ask.speech)
        what = N_("Complaint with its 8D report, clocks, audits and minutes")
        pack.paper(f"8_complaints/8D_{number}.pdf", paper, what, "correction", "satisfaction", "automotive")
    pictures = reads.pictures_of_complaints(pack.session, pack.ask.by, numbers) if numbers else []
    for one in pictures if not pack.ask.is_anonymised else ():
        what = N_("Picture of what was wrong")
        path = _path("8_complaints/8D_", one)
        pack.zip.add(path, reads.file_parts(pack.session, one), what=what, clauses=("correction",))
        pack.ask.progress(pack.done, max(pack.total, pack.done))
    if pictures and pack.ask.is_anonymised:
        pack.missing.append(N_("Pictures of complaints: left out, because they may show names."))
    if not numbers:
        pack.missing.append(N_("Complaints: none belongs to this wave or its period, or you may not see them."))


def _front(pack: _Pack) -> None:
    """The index that maps every file to its clauses, and what the pack is, in both languages."""
    _ = pack.say
    rows: list[list[Cell]] = [
        [one.path, _(one.what), *("x" if code in one.clauses else "" for code in CLAUSES), one.sha256, one.size]
        for one in pack.zip.entries
    ]
    headers = [_("File"), _("What it is"), *CLAUSES.values(), "SHA-256", _("Bytes")]
    pack.zip.add("index.csv", csv_file([Table(_("Index"), headers, rows)]), what=N_("Index"))
    for language in LANGUAGES:
        pack.zip.add(f"README.{language}.txt", _readme(pack, language).encode(), what=N_("What this is"))


def _readme(pack: _Pack, language: str) -> str:
    _, ask = translator(language).gettext, pack.ask
    lines = [
        _("Evidence pack"),
        wave_name(pack.wave, language),
        "",
        _("Made at {time} by {name}.").format(time=ask.speech.moment(ask.at), name=ask.by.name),
        _("It holds what its maker may see, in the order from the plan to the check of effects."),
        _(
            "index.csv says of every file what it is evidence for; SHA256SUMS holds the checksums (sha256sum -c SHA256SUMS)."
        ),
    ]
    if ask.is_anonymised:
        lines.append(_(ANONYMISED))
    if pack.wave.is_anonymous:
        lines.append(_("The survey was anonymous: nothing says who answered."))
    lines += ["", *(f"- {clause}" for clause in CLAUSES.values())]
    if pack.missing:
        lines += ["", _("Not in it:"), *(f"- {_(one)}" for one in pack.missing)]
    return "\n".join(lines) + "\n"
