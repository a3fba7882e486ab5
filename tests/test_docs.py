"""What the README tells people to type exists, and both languages tell the same."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from db.session import write_session
from settings import Settings
from tests import factories
from tools import action_states

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
NOT_SET_BY_NAME = {"is_default_database"}
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][^ ]*( *; .+)?")


def lines_of(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def commands_in(name: str) -> list[str]:
    """Lines of the fenced blocks, without comments and prompts."""
    blocks = re.findall(r"^```(?:bash|sh|powershell)\n(.*?)^```", "\n".join(lines_of(name)), re.MULTILINE | re.DOTALL)
    commands = (line.split(" #")[0].strip().removeprefix("$ ") for block in blocks for line in block.splitlines())
    return [command for command in commands if command and not command.startswith("#")]


def block_in(name: str, kind: str) -> str:
    """The one fenced block of a kind."""
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", "\n".join(lines_of(name)), re.MULTILINE | re.DOTALL)
    return str(found)


def make_targets() -> set[str]:
    return {match[1] for line in lines_of("Makefile") if (match := re.match(r"([a-z]+):", line))}


def words_after(program: str, commands: list[str]) -> list[str]:
    """What follows a program in each command that calls it: `make check` → "check"."""
    found = (re.search(rf"(?:^|[\s;&/\\]){re.escape(program)} ([^;&|]+)", command) for command in commands)
    return [match[1].strip() for match in found if match]


def cli_paths() -> set[str]:
    """Every command of cli.py with its groups: "init", "user add"."""
    from typer.main import get_command

    from cli import app

    return set(paths_below(get_command(app), ""))


def paths_below(command: object, path: str) -> list[str]:
    below = getattr(command, "commands", {})
    return [path, *(found for name, inner in below.items() for found in paths_below(inner, f"{path} {name}".strip()))]


@pytest.mark.parametrize("readme", READMES)
def test_every_make_command_in_the_readme_is_a_target(readme: str) -> None:
    targets = {words.split()[0] for words in words_after("make", commands_in(readme))}
    assert targets
    assert targets <= make_targets()


@pytest.mark.parametrize("readme", READMES)
def test_every_command_line_in_the_readme_exists(readme: str) -> None:
    named = [" ".join(re.findall(r"^(?:[a-z]+ ?)+", words)) for words in words_after("cli.py", commands_in(readme))]
    known = cli_paths()
    assert named
    assert [
        words for words in named if not any(words == path or words.startswith(f"{path} ") for path in known - {""})
    ] == []


@pytest.mark.parametrize("readme", READMES)
def test_every_module_that_the_readme_runs_exists(readme: str) -> None:
    modules = {words.split()[0] for words in words_after("python -m", commands_in(readme))} - {"venv", "pip"}
    assert modules
    assert [name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").exists()] == []


def test_both_readmes_have_the_same_commands_and_examples() -> None:
    assert commands_in("README.md") == commands_in("README.zh-CN.md")
    for kind in ("csv", "toml"):
        assert block_in("README.md", kind) == block_in("README.zh-CN.md", kind)


def test_the_example_of_the_readme_goes_in_as_it_says(
    app_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli import app

    with write_session() as session:
        factories.scheme(session)
    for kind, name in (("csv", "answers.csv"), ("toml", "mapping.toml")):
        (tmp_path / name).write_text(block_in("README.md", kind), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = [
        shlex.split(command.removeprefix(".venv/bin/python cli.py "))
        for command in commands_in("README.md")
        if re.match(r"\.venv/bin/python cli\.py (import|scores|findings|verify|rebuild)", command)
    ]
    assert [command[0] for command in commands] == ["import", "import", "scores", "findings", "verify", "rebuild"]
    said = [CliRunner().invoke(app, ["--language", "en", *command]) for command in commands]
    assert [result.exit_code for result in said] == [0] * len(said)
    assert "3 can be written" in said[0].output
    assert "3 written" in said[1].output
    assert '"valid": 3' in said[2].output


@pytest.mark.parametrize("readme", READMES)
def test_every_picture_and_file_that_the_readme_links_to_is_there(readme: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", "\n".join(lines_of(readme)))
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_names_every_setting_and_no_other(readme: str) -> None:
    named = {match[1] for line in lines_of(readme) if (match := re.match(r"\| `([A-Z_]+)` \|", line))}
    settable = {field.name.upper() for field in fields(Settings)} - {name.upper() for name in NOT_SET_BY_NAME}
    assert named == settable - {"MAIL_SERVER"} | {"SMTP_URL", "MAIL_FROM"}  # the one is made of the two


def test_ci_calls_only_make_targets_that_the_readme_explains() -> None:
    explained = {words.split()[0] for words in words_after("make", commands_in("README.md"))}
    called = {
        match[1] for line in lines_of(".ci/run") if (match := re.match(r"\s*(?:[A-Z_]+=\S+ )*make ([a-z]+)", line))
    }
    assert {"run", "check"} <= called <= explained


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_dependency_is_pinned_and_says_what_it_is_for(name: str) -> None:
    lines = lines_of(name)
    needed = [(number, line) for number, line in enumerate(lines) if line and not line.startswith(("#", "-r"))]
    assert needed
    assert [line for number, line in needed if not PIN.fullmatch(line) or not lines[number - 1].startswith("# ")] == []


def test_the_picture_of_the_states_of_an_action_is_that_of_the_code() -> None:
    assert action_states.PLACE.read_text(encoding="utf-8") == action_states.page(), "python -m tools.action_states"
