"""The command line, for administrators and scripts: the same services as the screens. `python cli.py --help`."""

import os
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from db.session import DatabaseTrouble, default_engine, engine_for, migrate, write_session
from domain.errors import N_, Refusal
from locales import LANGUAGES, translator
from services import demo as sample_company
from services import users
from settings import database_url_from, settings

chosen_language: ContextVar[str] = ContextVar("language", default="en")
"""The language of this call's messages."""
REFUSED = 2
"""Exit code of whatever was asked for and can't be done."""


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
        raise typer.Exit(REFUSED)


app = typer.Typer(
    cls=Refusing, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
user_app = typer.Typer(no_args_is_help=True, help="Accounts.")
app.add_typer(user_app, name="user")


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
) -> None:
    """Make or update the database; a new one of the default address gets the sample company."""
    here = settings()
    migrate(here.database_url)
    typer.echo(_("The database is up to date."))
    if here.is_default_database and not empty and sample_company.is_empty(default_engine()):
        load_sample_company(here.database_url)


@app.command()
def demo(
    database_url: Annotated[str, typer.Option(help="Another database than that of the settings.")] = "",
) -> None:
    """Load the sample company into an empty database."""
    url = database_url_from(database_url) if database_url else settings().database_url
    migrate(url)
    load_sample_company(url)


@user_app.command("add")
def user_add(
    username: Annotated[str, typer.Argument(help="Name for signing in.")],
    name: Annotated[str, typer.Option(help="The person's name; the user name where left out.")] = "",
    role: Annotated[str, typer.Option(help=f"One of: {', '.join(users.ROLE_NAMES)}.")] = "administrator",
    department: Annotated[str, typer.Option(help="Code of the department.")] = "",
    head: Annotated[bool, typer.Option("--head", help="Head of the department.")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Add an account; the password is asked for."""
    with write_session() as session:
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
        typer.echo(
            _("Account {name} is there: {role}.").format(name=user.username, role=_(users.ROLE_NAMES[user.role]))
        )


def load_sample_company(url: str) -> None:
    """Loads it, with a word before and after."""
    loaded = sample_company.load_demo(engine_for(url), at=datetime.now(UTC))
    template = _("Sample company loaded: {responses} responses of {customers} customers in {waves} waves.")
    typer.echo(template.format(responses=loaded.responses, customers=loaded.customers, waves=loaded.waves))
    typer.echo(
        _("Sign in as {username} with the password {password}.").format(
            username=loaded.username, password=loaded.password
        )
    )


def asked_password() -> str:
    """A password typed twice without being shown."""
    return str(typer.prompt(_("Password"), hide_input=True, confirmation_prompt=True))


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
