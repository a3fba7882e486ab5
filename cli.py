"""The command line, for administrators and scripts: the same services as the screens. `python cli.py --help`.

Exit codes: 0 done, 1 `verify` found damage, 2 refused (one sentence on stderr says why).
"""

import json
import os
import stat
import sys
import threading
from contextvars import ContextVar
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from db.queries.finding_report import finding_report
from db.queries.score_report import STABLE, score_report, wave_by_code
from db.schema import migrate, newest_revision, revision
from db.session import DatabaseTrouble, default_engine, engine_for, read_session, write_session
from domain.access import SYSTEM, Scope
from domain.customer_columns import proposed
from domain.errors import N_, Refusal
from domain.mapping import Mapping
from domain.reports import REPORTS
from domain.reports import checked as report_of
from locales import LANGUAGES, translator
from services import checking, importing, users
from services.customer_import import import_customers
from services.customer_reports import CustomerReport
from services.import_reports import ImportReport, report_as_dict
from services.reading import open_table
from settings import database_url_from, settings
from tools.tables import as_table

if TYPE_CHECKING:
    from services.demo import DemoLoaded

# Commands import what they alone need: an import of a million rows has 200 MB in all.

chosen_language: ContextVar[str] = ContextVar("language", default="en")
"""The language of this call's messages."""
DAMAGED, REFUSED = 1, 2
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output, figures unrounded.")]
WaveCode = Annotated[str, typer.Option(help="Code of the wave, such as 2026-Q3.")]
SchemeCode = Annotated[str, typer.Option(help="Code of the scheme; not needed where only one has the wave.")]


def _(message: str) -> str:
    return translator(chosen_language.get()).gettext(message)


class Refusing(TyperGroup):
    """Says a refusal in one sentence on stderr and ends with code 2; never a traceback for bad input."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            typer.echo(refusal.explain(_), err=True)
        except DatabaseTrouble as trouble:
            typer.echo(_("The database can't be used: {error}").format(error=first_line(trouble)), err=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            text = _("{file} can't be used: {error}").format(file=error.filename or "–", error=error.strerror or error)
            typer.echo(text, err=True)
        raise typer.Exit(REFUSED)


class NotReady(Refusal):
    """The database's schema isn't the one that this version needs."""


app = typer.Typer(
    cls=Refusing, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
user_app = typer.Typer(no_args_is_help=True, help="Accounts.")
app.add_typer(user_app, name="user")

customers_app = typer.Typer(no_args_is_help=True, help="Customers, contacts and purchases.")
app.add_typer(customers_app, name="customers")


@app.callback(help="Customer satisfaction: the command line.")
def begin(language: Annotated[str, typer.Option(help="Language of messages: zh_CN or en; else by LANG.")] = "") -> None:
    """What comes before every command: UTF-8 on every console, and the language."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    chosen_language.set(language_of(language))


@app.command()
def init(
    empty: Annotated[bool, typer.Option("--empty", help="Leave a new database empty: no sample company.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make or update the database; a new one at the default address gets the sample company."""
    from services import demo as sample_company

    here = settings()
    migrate(here.database_url)
    loaded = None
    if here.is_default_database and not empty and sample_company.is_empty(default_engine()):
        loaded = sample_company.load_demo(default_engine(), at=datetime.now(UTC))
    with read_session() as session:
        nobody = not users.has_accounts(session)
    texts = [_("The database is up to date."), *(what_was_loaded(loaded) if loaded else ())]
    texts += [_("Nobody can sign in yet. Add an account: python cli.py user add NAME")] if nobody else []
    document = {"schema": revision(), "sample_company": asdict(loaded) if loaded else None}
    show(document, as_json, *texts)


@app.command()
def demo(
    database_url: Annotated[str, typer.Option(help="Another database than that of the settings.")] = "",
    as_json: AsJson = False,
) -> None:
    """Load the sample company, with its public passwords, into an empty database."""
    from services import demo as sample_company

    url = database_url_from(database_url) if database_url else settings().database_url
    migrate(url)
    loaded = sample_company.load_demo(engine_for(url), at=datetime.now(UTC))
    show(asdict(loaded), as_json, *what_was_loaded(loaded))


@user_app.command("add")
def user_add(
    username: Annotated[str, typer.Argument(help="Name for signing in.")],
    name: Annotated[str, typer.Option(help="The person's name; the user name where left out.")] = "",
    role: Annotated[str, typer.Option(help=f"One of: {', '.join(users.ROLE_NAMES)}.")] = "administrator",
    department: Annotated[str, typer.Option(help="Code of the department.")] = "",
    head: Annotated[bool, typer.Option("--head", help="Head of the department.")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add an account; the password is asked for."""
    check_schema()
    with read_session() as session:
        users.checked_username(session, username)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else asked_password()
    with write_session() as session:
        user = users.add(
            session,
            username=username,
            name=name or username,
            password=password,
            role=role,
            department_code=department or None,
            is_head=head,
            by=None,
            at=datetime.now(UTC),
        )
    text = _("Account {name} is there: {role}.").format(name=user.username, role=_(users.ROLE_NAMES[user.role]))
    show({"id": user.id, "username": user.username, "role": user.role}, as_json, text)


class Best(StrEnum):
    """Which number of a scale is the best answer."""

    HIGHEST = "highest"
    LOWEST = "lowest"


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV, xlsx or xls.")],
    scheme: Annotated[str, typer.Option(help="Code of a scheme, or a TOML file with one.")],
    wave: WaveCode,
    mapping: Annotated[Path, typer.Option(help="TOML file: which column is which item, what its values mean.")],
    best: Annotated[
        Best | None, typer.Option(help="Which number is the best answer, where the mapping has no [values].")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a survey file into a wave, which is opened if it isn't there. The same file again changes nothing."""
    check_schema()
    is_file = scheme.endswith(".toml") or Path(scheme).is_file()
    report = importing.import_file(
        default_engine(),
        file,
        scheme=scheme_document(Path(scheme)) if is_file else scheme,
        wave=wave,
        mapping=Mapping.load(text_of(mapping)),
        dry_run=dry_run,
        on_progress=show_progress if sys.stderr.isatty() else None,
        at=datetime.now(UTC),
        zone=settings().zone,
        best=best.value if best else "",
    )
    hint = _("Numbers could run both ways: say --best highest or --best lowest, or what they mean under [values].")
    is_open = best is None and any(bad.value.strip().isdigit() for bad in report.problems)
    show(report_as_dict(report), as_json, *what_was_imported(report), *([hint] if is_open else []))


@customers_app.command("import")
def customers_import(
    file: Annotated[Path, typer.Argument(help="CSV, xlsx or xls; columns are recognised by their names.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a list of customers, contacts and purchases. The same list again changes nothing."""
    check_schema()
    table = open_table(file, file.name)
    columns = proposed(table.headers)
    with write_session() as session:
        report = import_customers(
            session, table=table, columns=columns, by=SYSTEM, at=datetime.now(UTC), dry_run=dry_run
        )
    problems = [{**bad._asdict(), "reason": bad.reason.name.lower()} for bad in report.problems]
    show({**asdict(report), "columns": columns, "problems": problems}, as_json, *what_was_listed(report))


@app.command()
def scores(
    wave: WaveCode,
    scheme: SchemeCode = "",
    segment: Annotated[str, typer.Option(help="Only this segment.")] = "",
    region: Annotated[str, typer.Option(help="Only this region.")] = "",
    weighted: Annotated[
        bool, typer.Option("--weighted", help="Add means weighted by the respondents' weights.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the scores of a wave."""
    check_schema()
    with read_session() as session:
        found = wave_by_code(session, SYSTEM, wave, scheme)
        scope = Scope(SYSTEM, found.layout.scheme_id, segment=segment, region=region)
        report = score_report(session, scope, found, weighted=weighted, language=names_in(as_json))
    show(report, as_json, *score_tables(report))


class ReportKind(StrEnum):
    """What a report is written as."""

    XLSX = "xlsx"
    PPTX = "pptx"
    DOCX = "docx"
    PDF = "pdf"
    EVIDENCE = "evidence"


REPORT_KINDS: Final = {ReportKind.XLSX: ("results", "xlsx"), ReportKind.EVIDENCE: ("evidence", "zip")}
"""What is asked for → kind of report and form of file; the others are forms of the analysis report."""


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="File to write; an existing one is replaced.")],
    wave: Annotated[str, typer.Option(help="Code of the wave, such as 2026-Q3.")] = "",
    scheme: SchemeCode = "",
    of: Annotated[str, typer.Option("--of", help=f"Another report: {', '.join(REPORTS)}.")] = "",
    about: Annotated[
        str, typer.Option(help="What it is about if not a wave: 2026-10, 2026, A-7, 12, a customer.")
    ] = "",
    kind: Annotated[
        ReportKind, typer.Option("--format", "--kind", help="Excel tables, slides, analysis report, or evidence pack.")
    ] = ReportKind.XLSX,
    language: Annotated[str, typer.Option(help="Language of the report: zh_CN or en; else that of messages.")] = "",
    anonymised: Annotated[bool, typer.Option("--anonymised", help="Evidence without customers and people.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Figures as they are now, though they were presented.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a report into a file: frozen figures where its wave is closed, else live ones; of a wave unless --of says otherwise."""
    from services import report_making

    check_schema()
    wanted = language_of(language) if language else chosen_language.get()
    made, form = REPORT_KINDS.get(kind, ("analysis", kind.value))
    made = of or made
    is_of_wave = report_of(made, form, about).about == "wave"
    with read_session() as session:
        key = wave_by_code(session, SYSTEM, wave, scheme).id if is_of_wave else None
        asked: dict[str, Any] = {"wave_id": key, "about": about, "is_anonymised": anonymised, "is_live": live}
        order = report_making.Order(made, form, wanted, by=SYSTEM, at=datetime.now(UTC), zone=settings().zone, **asked)
        with TemporaryFile() as file:  # a refusal leaves what was there
            report_making.write_report(session, order, file)
            size = file.tell()
            file.seek(0)
            with out.open("wb") as copy:
                copyfileobj(file, copy)
    with write_session() as session:
        report_making.note(session, order)
    document = {"file": str(out), "kind": of or kind.value, "language": wanted, "bytes": size}
    show(document, as_json, _("Report written: {file}").format(file=out))


@app.command()
def findings(
    wave: WaveCode,
    scheme: SchemeCode = "",
    cleared: Annotated[bool, typer.Option("--cleared", help="Also those that no longer hold.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the findings of a wave: what must be analysed."""
    check_schema()
    with read_session() as session:
        found = wave_by_code(session, SYSTEM, wave, scheme)
        report = finding_report(session, SYSTEM, found, cleared=cleared, language=names_in(as_json))
    show(report, as_json, finding_table(report), _("Findings: {n}").format(n=len(report)))


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Recount every roll-up, score and finding from the rows; exit code 1 and the cells' names where one differs."""
    check_schema()
    with read_session() as session:
        damages = list(checking.verify(session))
    text = _("{n} cells differ from the rows. Repair them with: python cli.py rebuild").format(n=len(damages))
    listed = [str(damage) for damage in damages]
    document = {"clean": not damages, "damages": [asdict(damage) for damage in damages]}
    show(document, as_json, *listed, text if damages else _("Every roll-up, score and finding is what the rows say."))
    if damages:
        raise typer.Exit(DAMAGED)


@app.command()
def rebuild(
    wave: Annotated[str, typer.Option(help="Only this wave.")] = "", scheme: SchemeCode = "", as_json: AsJson = False
) -> None:
    """Repair roll-ups, scores and findings from the rows."""
    check_schema()
    wave_id = None
    if wave:
        with read_session() as session:
            wave_id = wave_by_code(session, SYSTEM, wave, scheme).id
    repaired = checking.rebuild(default_engine(), at=datetime.now(UTC), wave_id=wave_id)
    listed = [str(damage) for damage in repaired]
    text = _("Cells repaired: {n}").format(n=len(repaired))
    show({"repaired": [asdict(damage) for damage in repaired]}, as_json, *listed, text)


@app.command()
def remind(as_json: AsJson = False) -> None:
    """Tell what is due, late or running out, and send what waits; from cron where no worker runs. Nobody is told twice."""
    from services import scheduling

    check_schema()
    told, sent = scheduling.once(default_engine(), at=datetime.now(UTC))
    lines = [f"{name}: {n}" for name, n in (*told.items(), *sent.items())] or [_("Nothing new to tell.")]
    show({"told": told, "messages": sent}, as_json, *lines)


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be anonymised, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Anonymise what two people have agreed on; with --dry-run list every table with records older than their term."""
    from services import anonymising
    from services import retention as retaining

    check_schema()
    here, now = settings(), datetime.now(UTC)
    if dry_run:
        with read_session() as session:
            lines = retaining.due(session, SYSTEM, today=now.astimezone(here.zone).date(), zone=here.zone)
        days = {"oldest", "newest"}
        document = [{**one._asdict(), **{name: str(getattr(one, name) or "") for name in days}} for one in lines]
        headers = (_("table"), _("rows"), _("oldest"), _("newest"), _("customers"))
        table = as_table(headers, [(one.table, one.rows, one.oldest, one.newest, len(one.customers)) for one in lines])
        show({"due": document}, as_json, table if lines else _("No record with personal data is older than its term."))
        return
    changed = anonymising.finish_confirmed(default_engine(), at=now, zone=here.zone)
    nothing = _("No run is confirmed. Propose one on the page Personal data; another person confirms it there.")
    show({"changed": changed}, as_json, *[f"{name}: {n}" for name, n in changed.items()] or [nothing])


@app.command()
def worker() -> None:
    """Do imports and reminders until stopped; `make run` starts one by itself."""
    from services import jobs, scheduling

    check_schema()
    ended = threading.Event()
    if stat.S_ISFIFO(os.fstat(0).st_mode):  # the application holds the other end: when it is gone, so are we
        threading.Thread(target=wait_for_end, args=(ended,), daemon=True).start()
    engine = default_engine()
    beside = threading.Thread(target=lambda: scheduling.run_scheduler(engine, stop=ended.is_set), daemon=True)
    beside.start()
    jobs.run_worker(engine, stop=ended.is_set)
    beside.join(timeout=5)


# What is printed


def show(document: Any, as_json: bool, *texts: str) -> None:
    """The document as JSON, or the texts for people."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else "\n".join(texts))


def names_in(as_json: bool) -> str:
    """The language of names of items and customers: the reader's, in documents always the same."""
    return STABLE if as_json else chosen_language.get()


def what_was_loaded(loaded: "DemoLoaded") -> list[str]:
    """The sample company in figures, who can sign in, and a questionnaire to try."""
    template = _("Sample company loaded: {responses} responses of {customers} customers in {waves} waves.")
    sign_in = _("Sign in as {username} with the password {password}.")
    answer = _("Answer a questionnaire as a customer: {link}").format(link=loaded.questionnaire)
    return [
        template.format(**asdict(loaded)),
        sign_in.format(username=loaded.username, password=loaded.password),
        answer,
    ]


def what_was_imported(report: ImportReport) -> list[str]:
    """The rows in figures, then line, column, value and reason of what isn't written."""
    headers = (_("line"), _("column"), _("value"), _("reason"))
    rows = [(bad.line, bad.column, bad.value, _(bad.reason.value)) for bad in report.problems]
    template = (
        _("Checked {rows} rows: {written} can be written, {invalid} of them without a rating; {refused} can't.")
        if report.dry_run
        else _(
            "{rows} rows: {written} written, {invalid} of them without a rating; {already_in} were in already; {refused} not written."
        )
    )
    counts = {name: getattr(report, name) for name in ("rows", "written", "invalid", "already_in", "refused")}
    return [template.format(**counts), *([as_table(headers, rows)] if rows else [])]


def what_was_listed(report: CustomerReport) -> list[str]:
    """The list in figures, then line, column, value and reason of what isn't written."""
    names = {"customers": _("customers"), "contacts": _("contacts"), "purchases": _("purchases")}
    kinds = [
        (names[kind], *(some[what] for what in ("new", "changed", "same"))) for kind, some in report.counts.items()
    ]
    bad = [(one.line, one.column, one.value, _(one.reason.value)) for one in report.problems]
    template = (
        _("{rows} rows checked, {refused} refused.") if report.dry_run else _("{rows} rows, {refused} not written.")
    )
    parts = [template.format(rows=report.rows, refused=report.refused)]
    parts += [as_table(("", _("new"), _("changed"), _("as they were")), kinds)]
    return [*parts, *([as_table((_("line"), _("column"), _("value"), _("reason")), bad)] if bad else [])]


def score_tables(report: dict[str, Any]) -> list[str]:
    """The index, then dimensions, items and customers."""
    index, returns = report["index"], report["response_rate"]
    interval = index["ci95"] or [None, None]
    top = (
        (_("Satisfaction index"), index["score"]),
        (_("95% interval"), "–" if index["ci95"] is None else f"{interval[0]:.2f}–{interval[1]:.2f}"),
        (_("Valid responses"), report["valid"]),
        (_("Response rate"), "–" if returns["rate"] is None else f"{returns['rate']:.1%}"),
    )
    parts = [as_table((report["scheme"], report["wave"]), top)]
    for title, key in ((_("dimension"), "dimensions"), (_("item"), "items"), (_("customer"), "customers")):
        rows = [(row["code"], row["name"], row["score"], row["n"]) for row in report[key]]
        parts += ["", as_table((title, "", _("score"), "n"), rows)] if rows else []
    return parts


def finding_table(report: list[dict[str, Any]]) -> str:
    """A line for each finding."""
    headers = (_("finding"), _("customer"), _("about"), _("score"), "n", _("previous"), _("since"), _("action"))
    return as_table(headers, [finding_line(row) for row in report])


def finding_line(row: dict[str, Any]) -> tuple[object, ...]:
    """The cells of a finding."""
    customer, about = row["customer"] or {"name": "–"}, row["item"] or row["dimension"] or {"name": "–"}
    actions = ", ".join(f"A-{action['number']}" for action in row["actions"])
    figures = (row["score"], row["n"], row["previous"], row["since"], actions or "–")
    return (row["rule"], customer["name"], about["name"], *figures)


def show_progress(done: int, total: int) -> bool:
    """One line on stderr that is written over; the import goes on."""
    typer.echo(f"\r{done:,} / {total:,}", err=True, nl=done >= total)
    return True


# What is asked


def check_schema() -> None:
    """Raises NotReady where the database was not made, or not updated, by this version."""
    found, needed = revision(), newest_revision()
    if found != needed:
        template = N_("The database is at schema “{found}”, this version needs “{needed}”. Run: python cli.py init")
        raise NotReady(template, found=found or "–", needed=needed)


def wait_for_end(ended: threading.Event) -> None:
    """Sets the event when nobody can write to our input any more."""
    sys.stdin.buffer.read()
    ended.set()


def asked_password() -> str:
    """A password typed twice without being shown."""
    return str(typer.prompt(_("Password"), hide_input=True, confirmation_prompt=True))


def text_of(path: Path) -> str:
    """The text of a TOML file; raises OSError, Refusal where it isn't UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(N_("{file} is not UTF-8 text."), file=path.name) from None


def scheme_document(path: Path) -> str:
    """The text of a scheme; of one line only, it would be taken for a code."""
    text = text_of(path)
    return text if "\n" in text else f"{text}\n"


def language_of(wanted: str) -> str:
    """The language asked for, else that of the environment.

    >>> language_of("en")
    'en'
    """
    if wanted and wanted not in LANGUAGES:
        raise Refusal(N_("There is no language “{language}”."), language=wanted)
    said = wanted or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_CN" if said.lower().startswith("zh") else "en"


def first_line(error: Exception) -> str:
    """What a database said, without the statement."""
    return str(getattr(error, "orig", error)).strip().splitlines()[0]


if __name__ == "__main__":
    app()
