"""The rules of the house: who may import whom, and what may stand nowhere. Read from the source, nothing is run."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import pytest

Node = TypeVar("Node", bound=ast.AST)
ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    *(
        "app",
        "cli",
        "settings",
        "pages",
        "components",
        "public",
        "api",
        "services",
        "domain",
        "db",
        "locales",
        "sample_data",
    ),
    "tools",
)

# module (the first pattern that fits counts) → what of our own it may import
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "app": ("pages", "components", "public", "api", "services", "domain", "db.schema", "db.session", "settings"),
    "cli": (
        "services",
        "domain",
        "db.queries",
        "db.schema",
        "db.session",
        "locales",
        "sample_data",
        "settings",
        "tools",
    ),
    "tools.action_states": ("domain",),
    "tools.*": ("settings", "tools"),
    "settings": ("domain.errors", "domain.mail_addresses"),
    "pages.*": (
        "components",
        "services",
        "domain",
        "db.queries",
        "db.session.read_session",
        "db.session.write_session",
    ),
    "components.access": ("components", "domain", "locales", "services", "settings", "db.session", "db.queries.shares"),
    "components.menu": ("components", "domain", "db.queries.shares.Shared"),
    "components.share_*": ("components", "domain", "services.shares", "db.queries", "db.session"),
    "components.sharing": ("components", "domain", "db.queries.shares.Shared"),
    "components.auth": ("components", "domain", "locales", "services", "settings", "db.session"),
    "components.filters": ("components", "domain", "db.queries", "db.session"),
    "components.account": ("components", "domain", "locales", "services", "settings", "db.session"),
    "components.assign_form": ("components", "domain", "services", "db.queries", "db.session"),
    **dict.fromkeys(
        ("components.action_forms", "components.action_evidence", "components.action_bulk"),
        ("components", "domain", "services", "db.queries", "db.session"),
    ),
    "components.telling_choices": ("components", "domain", "locales", "services", "db.queries", "db.session"),
    "components.chat_targets": ("components", "domain", "db.queries"),
    "components.bell": ("components", "domain", "services.notifying", "db.queries", "db.session"),
    "components.effect_*": ("components", "domain", "services", "db.queries", "db.session"),
    "components.live": ("components", "domain", "db.queries", "db.session"),
    "components.clock": ("components", "settings"),
    "components.exports": (
        "components",
        "domain",
        "services.exporting",
        "services.documents",
        "db.session.write_session",
    ),
    "components.import_*": (
        "components",
        "domain",
        "db.models",
        "db.queries.imports",
        "db.session",
        "services",
        "settings",
    ),
    "components.customer_register": ("components", "domain", "services.customer_merging"),
    "components.customer_review": ("components", "domain", "services.responses", "db.session.write_session"),
    "components.audit_list": ("components", "domain", "db.queries.audit_log"),
    "components.privacy_page": ("components", "domain", "services", "db.session"),
    "components.training_record": ("components", "domain", "db.queries"),
    "components.complaint_*": ("components", "domain", "services", "db.queries", "db.session"),
    "components.opinion_*": ("components", "domain", "services", "db.queries", "db.session"),
    "components.request_list": ("components", "domain", "services", "db.queries", "db.session"),
    "components.presented_*": ("components", "domain", "db.queries"),
    "components.meeting_*": ("components", "domain", "services.meetings", "db.queries", "db.session"),
    "components.projector*": ("components", "domain", "services.meetings", "db.queries", "db.session"),
    "components.call_*": ("components", "domain", "services", "db.queries", "db.session"),
    "components.visit_*": ("components", "domain", "services", "db.models.Visit", "db.queries", "db.session"),
    "components.wave_report": ("components", "domain", "locales", "services", "db.queries", "db.session"),
    "components.wave_*": ("components", "domain", "services", "db.queries", "db.session", "settings"),
    "components.report_form": (
        "components",
        "domain",
        "locales",
        "services",
        "db.models.Job",
        "db.queries",
        "db.session",
    ),
    "components.report_*": ("components", "domain", "locales", "services", "db.queries", "db.session"),
    "components.trouble": ("components", "domain", "db.session.DatabaseTrouble"),
    "components.*": ("components", "domain", "locales"),
    "public.*": ("public", "services", "domain", "db.session", "locales", "settings"),
    "api.*": ("api", "services", "domain", "db.queries", "db.session", "settings"),
    "services.*": ("services", "domain", "db", "locales", "sample_data", "settings"),
    "db.*": ("db", "domain", "settings"),
    "domain.*": ("domain",),
    "locales.*": ("locales",),
    "sample_data.*": ("sample_data", "domain"),
}

# package from outside → the only places that may import it
ONLY_IN: dict[str, tuple[str, ...]] = {
    "streamlit": ("app", "pages.*", "components.*", "tools.serve"),
    "streamlit_authenticator": ("components.auth",),
    "sqlmodel": ("db.*", "services.*"),
    "sqlalchemy": ("db.*", "services.*"),
    "alembic": ("db.*",),
    "psycopg": ("db.*",),
    "sqlite3": ("db.*",),
}
DOMAIN_STANDS_ON = {"numpy", "scipy", "holidays", "domain", *sys.stdlib_module_names}

SQL_FROM_TEXT = ("db.migrations.*", "db.bulk")
SQL_FROM_NAMES = ("db.bulk",)
"""The bulk-copy module: it puts the models' own table and column names into statements, and binds every value."""
EXECUTING = ("execute", "executemany", "executescript", "exec", "exec_driver_sql", "scalar", "scalars")
SQL_VERBS = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "COPY ", "CREATE ", "DROP ", "ALTER ", "WITH ", "TRUNCATE ")
SESSION_COMMANDS = ("BEGIN", "PRAGMA ")
"""What the session factory has to tell the driver before SQLAlchemy's own language begins."""

CLOCKS = {"date.today", "datetime.now", "datetime.utcnow", "datetime.today", "time.time", "time.monotonic"}
LONGEST_PAGE = 60
UNGUARDED_PAGES = ("pages.navigation", "pages.sign_in")
"""The shell, which decides who sees what, and the page of those whom nobody knows yet."""


@dataclass(frozen=True)
class Source:
    """One module of ours: its dotted name, its text and what that says."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def all_nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def package(self) -> str:
        return self.name.split(".")[0]

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        return (node for node in self.all_nodes if isinstance(node, kind))

    def calls(self) -> Iterator[ast.Call]:
        return self.nodes(ast.Call)


def our_modules() -> list[Source]:
    files = (file for part in PARTS for file in [ROOT / f"{part}.py", *(ROOT / part).rglob("*.py")] if file.exists())
    return [Source(module_name(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in files]


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def imported_names(source: Source) -> Iterator[str]:
    """Full names: `from db.session import read_session` is db.session.read_session."""
    for node in source.nodes(ast.Import):
        yield from (alias.name for alias in node.names)
    for node in source.nodes(ast.ImportFrom):
        origin = from_where(source, node)
        yield from (f"{origin}.{alias.name}" for alias in node.names)


def from_where(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    return ".".join([*source.name.split(".")[: -node.level], *([node.module] if node.module else [])])


def is_under(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in allowed)


# The rules: each yields what is wrong with one module.


def wrong_neighbours(source: Source) -> Iterator[str]:
    allowed = next(allowed for pattern, allowed in MAY_IMPORT.items() if fnmatch(source.name, pattern))
    for name in imported_names(source):
        if name.split(".")[0] in PARTS and not is_under(name, allowed):
            yield f"imports {name}"


def misplaced_packages(source: Source) -> Iterator[str]:
    for name in imported_names(source):
        places = ONLY_IN.get(name.split(".")[0])
        if places and not fits(source.name, places):
            yield f"imports {name}, which belongs to {', '.join(places)}"


def impure_domain(source: Source) -> Iterator[str]:
    if source.package != "domain":
        return
    for name in imported_names(source):
        if name.split(".")[0] not in DOMAIN_STANDS_ON:
            yield f"imports {name}; the rules stand on the standard library, numpy, scipy and holidays"
    for call in source.calls():
        if any(ast.unparse(call.func).endswith(clock) for clock in CLOCKS):
            yield f"line {call.lineno} reads the clock; take the day or moment as an argument"


def assembled_sql(source: Source) -> Iterator[str]:
    if source.package not in ("db", "services", "cli", "app") or source.name in SQL_FROM_NAMES:
        return
    for call in source.calls():
        sql = call.args[0] if call.args and called(call) in ("text", *EXECUTING) else None
        if sql and is_assembled(sql) and not is_session_command(source, sql):
            yield f"line {call.lineno} puts values into SQL text; bind them"
    for node in source.all_nodes:
        if is_assembled(node) and first_words(node).startswith(SQL_VERBS):
            yield f"line {node.lineno} assembles SQL text; use the expression language"


def misplaced_sql(source: Source) -> Iterator[str]:
    if fits(source.name, SQL_FROM_TEXT):
        return
    texts = {name for name in imported_names(source) if name in ("sqlalchemy.text", "sqlmodel.text")}
    for call in source.calls():
        is_sql = bool(call.args and first_words(call.args[0]) and not is_session_command(source, call.args[0]))
        is_text = called(call) == "text" and (texts or ast.unparse(call.func) in ("sa.text", "sqlalchemy.text"))
        if is_text or (called(call) in EXECUTING and is_sql):
            yield f"line {call.lineno} writes SQL as text; that belongs to db/migrations and db/bulk.py"


def unsafe_html(source: Source) -> Iterator[str]:
    for keyword in source.nodes(ast.keyword):
        if keyword.arg == "unsafe_allow_html":
            yield f"line {keyword.value.lineno} uses unsafe_allow_html"


def crooked_pages(source: Source) -> Iterator[str]:
    if source.package != "pages" or source.name.endswith("__init__"):
        return
    length = len(source.text.splitlines())
    if length > LONGEST_PAGE:
        yield f"has {length} lines; a page has at most {LONGEST_PAGE}"
    for kind in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
        yield from (f"line {node.lineno} defines something; a page is a straight line" for node in source.nodes(kind))


def open_pages(source: Source) -> Iterator[str]:
    """A page's first statement is its guard: `user = access.require("…")`, or a call of it without the user."""
    if source.package != "pages" or source.name in UNGUARDED_PAGES or source.name.endswith("__init__"):
        return
    if not ast.get_docstring(source.tree):
        yield "doesn't say which question it answers"
    statements = (node for node in source.tree.body if not is_preamble(node))
    guard = getattr(next(statements, None), "value", None)
    if not (isinstance(guard, ast.Call) and ast.unparse(guard.func) == "access.require"):
        yield 'does not begin with access.require("…")'


def words_of_streamlit(source: Source) -> Iterator[str]:
    """Fields that speak English by themselves, or keep a day that nobody typed.

    An empty list of choices without a placeholder says "Choose options" in every language. Where a typed day is outside of the
    bounds of a field, Streamlit hands on the one before it: the service refuses it instead, in words.
    """
    if source.package not in ("pages", "components"):
        return
    for call in source.nodes(ast.Call):
        name, said = called(call), {keyword.arg for keyword in call.keywords}
        if name == "date_input" and said & {"min_value", "max_value"}:
            yield f"line {call.lineno} has a field for a day with bounds"
        if (name == "multiselect" or "accept_new_options" in said) and "placeholder" not in said:
            yield f"line {call.lineno} has a field for choices without a placeholder"


RULES: list[Callable[[Source], Iterator[str]]] = [
    wrong_neighbours,
    misplaced_packages,
    impure_domain,
    assembled_sql,
    misplaced_sql,
    unsafe_html,
    crooked_pages,
    open_pages,
    words_of_streamlit,
]


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_assembled(node: ast.AST) -> bool:
    """Whether text is put together here: an f-string, "…" % …, "…" + …, "…".format(…)."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod | ast.Add) and bool(first_words(node))
    return (
        isinstance(node, ast.Call) and called(node) in ("format", "format_map") and bool(first_words(node.func.value))
    )


def first_words(node: ast.AST) -> str:
    """The text that an expression begins with, "" where it begins with anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text.lstrip()
        case ast.JoinedStr(values=[first, *_]):
            return first_words(first)
        case ast.BinOp(left=left):
            return first_words(left)
        case ast.Call(func=ast.Attribute(value=inner, attr="format" | "format_map")):
            return first_words(inner)
    return ""


def is_session_command(source: Source, node: ast.AST) -> bool:
    return source.name == "db.session" and first_words(node).startswith(SESSION_COMMANDS)


def is_preamble(node: ast.stmt) -> bool:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or isinstance(node, ast.Import | ast.ImportFrom)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Callable[[Source], Iterator[str]]) -> None:
    wrong = [f"{source.name}: {violation}" for source in our_modules() for violation in rule(source)]
    assert not wrong, "\n".join(wrong)


GUARDED = '"""Which?"""\nfrom components import access\nuser = access.require("view_scores")\n'


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (wrong_neighbours, "domain.scores", "from db.models import Wave"),
        (wrong_neighbours, "domain.scores", "def f() -> None:\n    import services.audit"),
        (wrong_neighbours, "db.models", "from services import audit"),
        (wrong_neighbours, "db.queries.waves", "from ...services import audit"),
        (wrong_neighbours, "services.surveys", "from components import texts"),
        (wrong_neighbours, "components.charts", "from db.queries.waves import tally_by_wave"),
        (wrong_neighbours, "components.charts", "from services import actions"),
        (wrong_neighbours, "pages.overview", "from db.session import engine_for"),
        (wrong_neighbours, "pages.overview", "from db.models import Wave"),
        (wrong_neighbours, "pages.overview", "from settings import settings"),
        (misplaced_packages, "services.mail", "import streamlit as st"),
        (misplaced_packages, "db.session", "from streamlit import cache_data"),
        (misplaced_packages, "components.filters", "from sqlmodel import Session"),
        (misplaced_packages, "pages.overview", "import sqlalchemy.orm"),
        (misplaced_packages, "app", "import streamlit_authenticator"),
        (impure_domain, "domain.scores", "import pandas as pd"),
        (impure_domain, "domain.findings", "from datetime import date\ndue = date.today()"),
        (impure_domain, "domain.findings", "import datetime\nnow = datetime.datetime.now(datetime.UTC)"),
        (assembled_sql, "db.queries.waves", 'session.execute(f"SELECT {name}")'),
        (assembled_sql, "db.queries.waves", 'session.execute(text("SELECT %s" % name))'),
        (assembled_sql, "services.erase", 'connection.exec_driver_sql("DELETE FROM answer WHERE id = " + key)'),
        (assembled_sql, "db.migrations.versions.a", 'op.execute("SELECT {}".format(name))'),
        (assembled_sql, "db.session", 'statement = f"INSERT INTO {table} VALUES (1)"'),
        (assembled_sql, "db.session", 'connection.execute(f"ATTACH {name}")'),
        (misplaced_sql, "db.queries.waves", "from sqlalchemy import text\ntext('SELECT 1')"),
        (misplaced_sql, "db.session", "import sqlalchemy as sa\nsa.text('SELECT 1')"),
        (misplaced_sql, "db.session", "connection.exec_driver_sql('SELECT 1')"),
        (misplaced_sql, "services.erase", "connection.execute('PRAGMA foreign_keys=OFF')"),
        (unsafe_html, "components.cards", "st.markdown(words, unsafe_allow_html=True)"),
        (crooked_pages, "pages.overview", "def helper(): ..."),
        (crooked_pages, "pages.overview", "class Row: ..."),
        (crooked_pages, "pages.navigation", "x = 1\n" * 61),
        (open_pages, "pages.overview", GUARDED.replace('"""Which?"""\n', "")),
        (open_pages, "pages.overview", GUARDED.replace("user =", 'st.title("Early")\nuser =')),
        (words_of_streamlit, "components.form", "st.date_input('Day', max_value=today)"),
        (words_of_streamlit, "components.form", "left.multiselect('Who', names)"),
        (open_pages, "pages.overview", '"""Which?"""\nimport streamlit as st\nst.title("Open")\n'),
    ],
)
def test_a_breach_of_the_rule_is_found(rule: Callable[[Source], Iterator[str]], name: str, text: str) -> None:
    assert list(rule(Source(name, text)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "pages.overview",
            f"{GUARDED}from db.session import read_session\nfrom db.queries.waves import tally_by_wave\n",
        ),
        ("components.filters", "from db.queries.waves import waves\nfrom db.session import read_session"),
        ("components.texts", "import streamlit as st\nfrom locales import translator\nst.text('SELECT 1')"),
        ("services.surveys", "from sqlmodel import select\nsession.exec(select(1))"),
        (
            "db.session",
            "connection.exec_driver_sql('BEGIN' if reads else f())\nraw.execute('PRAGMA x=1')",
        ),
        ("db.bulk", "from sqlalchemy import text\ntext('COPY answer FROM STDIN')"),
        ("db.migrations.versions.a", "op.execute('CREATE TABLE answer (id BIGINT) WITHOUT ROWID')"),
        ("domain.statistics", "from scipy import stats\nimport numpy as np\nfrom domain.errors import N_, Refusal"),
    ],
)
def test_what_the_rules_allow_passes(name: str, text: str) -> None:
    assert [violation for rule in RULES for violation in rule(Source(name, text))] == []
