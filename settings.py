"""The settings of one installation, from its environment or .streamlit/secrets.toml, checked once at the start."""

import os
import re
import secrets
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from domain.errors import N_, Refusal
from domain.mail_addresses import address_of

ROOT = Path(__file__).resolve().parent
SECRETS_FILE = ROOT / ".streamlit" / "secrets.toml"
VERSION = "0.1.0"

SHORTEST_SECRET = 32
"""Characters; 32 random ones are more than anybody can guess."""

KNOWN_SECRETS = ("secret", "changeme", "change-me", "password", "default", "example", "satisfaction")
POSTGRESQL_SCHEMES = re.compile(r"^postgres(ql)?(\+psycopg)?://")


SMTP_SCHEMES = {"smtps": ("tls", 465), "smtp": ("starttls", 587), "smtp+plain": ("none", 25)}
"""Scheme of SMTP_URL → how the connection is kept private, and the usual port."""


class SettingsInvalid(Refusal):
    """A setting can't be used; the message names it and says what to do."""


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed over, and whom they are from; `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    sender: str
    """Address with or without a name: Quality <quality@example.com>."""
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that may differ between two installations of the same version.

    Each name in capitals is an environment variable (`DATABASE_URL`, `PORT`, …); the same name in small letters is
    its key in .streamlit/secrets.toml. The environment wins.
    """

    var_dir: Path
    """Database, secret and logs of this installation live here."""
    database_url: str = field(repr=False)
    """SQLAlchemy URL, `sqlite:///` with an absolute path or `postgresql+psycopg://`."""
    is_default_database: bool
    """No DATABASE_URL was given: the sample company may be loaded into a new file."""
    secret_key: str = field(repr=False)
    """Signs what the browser keeps; the same on all replicas."""
    port: int
    address: str
    """Network address to listen on; 127.0.0.1 = this machine only."""
    base_url: str
    """What links in mails and QR codes begin with; no slash at the end."""
    time_zone: str
    """The organisation's zone: it decides which day a moment belongs to."""
    upload_limit_mb: int
    """Largest file that may be uploaded, in MB."""
    session_days: int
    """A sign-in ends after this many days, however active."""
    session_idle_minutes: int
    """A sign-in ends after this many minutes without activity."""
    sign_in_attempts: int
    """Wrong passwords for one account from one address before the next try has to wait."""
    sign_in_lock_minutes: int
    """The longest wait after too many wrong passwords."""
    run_worker: bool
    """Start the process for imports and reminders with the application (RUN_WORKER=0: it is started otherwise)."""
    mail_server: MailServer | None
    """SMTP_URL and MAIL_FROM; None: no mails are sent, links leave as a list or as QR codes."""
    webhook_internal_hosts: frozenset[str] = frozenset()
    """Hosts of chats that may be in the own network and without TLS (WEBHOOK_INTERNAL_HOSTS=chat.example.local,…)."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def is_https(self) -> bool:
        """Whether people reach the application over TLS: then cookies are marked Secure."""
        return self.base_url.startswith("https://")


NUMBERS = {  # name: (default, least, most)
    "port": (8501, 1, 65535),
    "upload_limit_mb": (200, 1, 2000),
    "session_days": (7, 1, 90),
    "session_idle_minutes": (12 * 60, 5, 90 * 24 * 60),
    "sign_in_attempts": (5, 1, 100),
    "sign_in_lock_minutes": (15, 1, 24 * 60),
}


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return settings_from({**stored_secrets(SECRETS_FILE), **os.environ})


def settings_from(values: Mapping[str, str]) -> Settings:
    """Settings out of `values`, whose keys are names in capitals; the rest takes its default.

    Makes var_dir and, where no SECRET_KEY is given, the secret in it. Raises SettingsInvalid.
    """
    var_dir = ROOT / values.get("VAR_DIR", "var")
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    numbers = {name: number_in(values, name.upper(), *limits) for name, limits in NUMBERS.items()}
    given_url = values.get("DATABASE_URL", "")
    return Settings(
        var_dir=var_dir,
        database_url=database_url_from(given_url or f"sqlite:///{(var_dir / 'satisfaction.db').as_posix()}"),
        is_default_database=not given_url,
        secret_key=checked_secret(values.get("SECRET_KEY") or kept_secret(var_dir / "secret")),
        address=values.get("ADDRESS") or "127.0.0.1",
        base_url=base_url_from(values.get("BASE_URL") or f"http://localhost:{numbers['port']}"),
        time_zone=time_zone_from(values.get("TIME_ZONE") or "Asia/Shanghai"),
        run_worker=values.get("RUN_WORKER", "1") != "0",
        mail_server=mail_server_from(values.get("SMTP_URL", ""), values.get("MAIL_FROM", "")),
        webhook_internal_hosts=frozenset(values.get("WEBHOOK_INTERNAL_HOSTS", "").lower().replace(",", " ").split()),
        **numbers,
    )


def stored_secrets(path: Path) -> dict[str, str]:
    """The top-level values of a secrets.toml, by name in capitals; empty where there is no file."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(N_("{file} is not valid TOML: {error}"), file=path.name, error=error) from error
    return {key.upper(): str(value) for key, value in document.items() if not isinstance(value, dict)}


def number_in(values: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """The whole number called `name`, between `least` and `most`."""
    text = values.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        template = N_("{name} must be a whole number from {least} to {most}, not “{text}”.")
        raise SettingsInvalid(template, name=name, least=least, most=most, text=text)
    return int(text)


def database_url_from(url: str) -> str:
    """The URL with its driver named and an SQLite path made absolute (relative ones begin at the project's folder).

    >>> database_url_from("postgres://u:p@db/satisfaction")
    'postgresql+psycopg://u:p@db/satisfaction'
    """
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        return url if path in ("", ":memory:") else f"sqlite:///{(ROOT / path).as_posix()}"
    if POSTGRESQL_SCHEMES.match(url):
        return POSTGRESQL_SCHEMES.sub("postgresql+psycopg://", url)
    template = N_("DATABASE_URL must begin with sqlite:/// or postgresql://, not “{scheme}”.")
    raise SettingsInvalid(template, scheme=url.split(":")[0])


def base_url_from(url: str) -> str:
    """The address without a slash at the end; only http and https with a host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        template = N_("BASE_URL must look like https://survey.example.com, not “{url}”.")
        raise SettingsInvalid(template, url=url)
    return url.rstrip("/")


def mail_server_from(url: str, sender: str) -> MailServer | None:
    """The mail server of smtps://user:password@host (TLS), smtp:// (STARTTLS) or smtp+plain:// (neither); None without one.

    Without encryption no password is sent. The URL may hold one, so it isn't repeated.

    >>> mail_server_from("smtps://mail.example.com", "Quality <q@example.com>")
    MailServer(host='mail.example.com', port=465, security='tls', sender='Quality <q@example.com>', user='')
    """
    if not url:
        return None
    parts = urlsplit(url)
    security, usual = SMTP_SCHEMES.get(parts.scheme, ("", 0))
    try:
        port = parts.port or usual
    except ValueError:
        security, port = "", 0
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not security or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsInvalid(
            N_(
                "SMTP_URL must look like smtps://user:password@mail.example.com:465, "
                "or begin with smtp:// for STARTTLS or smtp+plain:// for neither."
            )
        )
    if bool(user) != bool(password) or (user and security == "none"):
        template = N_("SMTP_URL needs user and password together, and an encrypted connection for them.")
        raise SettingsInvalid(template)
    if address_of(sender) is None:
        template = N_("MAIL_FROM must be an address such as Quality <quality@example.com>, not “{text}”.")
        raise SettingsInvalid(template, text=sender)
    return MailServer(parts.hostname, port, security, sender.strip(), user, password)


def time_zone_from(name: str) -> str:
    """The name, if the system knows a time zone of it."""
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError) as error:
        template = N_("TIME_ZONE must be a name such as Asia/Shanghai, not “{name}”.")
        raise SettingsInvalid(template, name=name) from error


def checked_secret(secret: str) -> str:
    """The secret, if it is long, varied and nobody's example."""
    is_known = any(known in secret.lower() for known in KNOWN_SECRETS)
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 10 or is_known:
        template = N_(
            "SECRET_KEY must be at least {length} random characters and no example value. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))", or leave it out: one is then kept in var/.'
        )
        raise SettingsInvalid(template, length=SHORTEST_SECRET)
    return secret


def kept_secret(path: Path) -> str:
    """The secret in the file, made whole at the first run and readable by its owner only (mode 0600)."""
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process was first: its secret counts
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
