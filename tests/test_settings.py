"""Settings: what an installation may set, and what is refused with a sentence that helps."""

import stat
import sys
from pathlib import Path

import pytest

import settings as settings_module
from settings import ROOT, Settings, SettingsInvalid, settings, settings_from, stored_secrets
from tools import serve

GOOD_SECRET = "3q7xVb0kTzW5yRr9LmN2pCjD8sGfHa4E"


def make(tmp_path: Path, **values: str) -> Settings:
    return settings_from({"VAR_DIR": str(tmp_path / "var"), **values})


def test_without_any_setting_the_app_listens_on_this_machine_only_with_a_new_sqlite_file(tmp_path: Path) -> None:
    plain = make(tmp_path)
    assert (plain.address, plain.port, plain.base_url) == ("127.0.0.1", 8501, "http://localhost:8501")
    assert plain.database_url == f"sqlite:///{tmp_path}/var/satisfaction.db"
    assert plain.is_default_database
    assert plain.zone.key == "Asia/Shanghai"


def test_a_given_database_is_never_the_default_one_even_if_it_is_the_same_file(tmp_path: Path) -> None:
    default = make(tmp_path)
    assert not make(tmp_path, DATABASE_URL=default.database_url).is_default_database


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db:5432/s", "postgresql+psycopg://u:p@db:5432/s"),
        ("postgresql://u:p@/s?host=/run/pg", "postgresql+psycopg://u:p@/s?host=/run/pg"),
        ("postgresql+psycopg://db/s", "postgresql+psycopg://db/s"),
        ("sqlite:///var/other.db", f"sqlite:///{ROOT}/var/other.db"),
        ("sqlite:////srv/s.db", "sqlite:////srv/s.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
    ],
)
def test_a_database_url_names_its_driver_and_a_place_that_does_not_depend_on_the_working_directory(
    tmp_path: Path, given: str, used: str
) -> None:
    assert make(tmp_path, DATABASE_URL=given).database_url == used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80a"),
        ("PORT", "-1"),
        ("PORT", "8501.0"),
        ("UPLOAD_LIMIT_MB", "0"),
        ("SIGN_IN_ATTEMPTS", "0"),
        ("DATABASE_URL", "mysql://u:p@db/s"),
        ("DATABASE_URL", "satisfaction.db"),
        ("BASE_URL", "survey.example.com"),
        ("BASE_URL", "javascript://x"),
        ("BASE_URL", "https://survey.example.com/?a=1"),
        ("TIME_ZONE", "Asia/Nowhere"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("SECRET_KEY", "changeme"),
        ("SECRET_KEY", "x" * 64),
        ("SECRET_KEY", GOOD_SECRET[:31]),
        ("SECRET_KEY", f"{GOOD_SECRET}-change-me"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=name):
        make(tmp_path, **{name: value})


def test_a_refusal_shows_no_password(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        make(tmp_path, DATABASE_URL="mysql://user:hunter2@db/s")
    assert "hunter2" not in str(refusal.value)


def test_neither_the_secret_nor_the_database_password_shows_when_settings_are_printed(tmp_path: Path) -> None:
    shown = repr(make(tmp_path, SECRET_KEY=GOOD_SECRET, DATABASE_URL="postgresql://user:hunter2@db/s"))
    assert GOOD_SECRET not in shown
    assert "hunter2" not in shown


def test_the_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first, second = make(tmp_path), make(tmp_path)
    other = settings_from({"VAR_DIR": str(tmp_path / "other")})
    assert first.secret_key == second.secret_key != other.secret_key
    assert [path.name for path in first.var_dir.iterdir()] == ["secret"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_may_read_the_secret(tmp_path: Path) -> None:
    path = make(tmp_path).var_dir / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_given_secret_is_used_and_none_is_written(tmp_path: Path) -> None:
    assert make(tmp_path, SECRET_KEY=GOOD_SECRET).secret_key == GOOD_SECRET
    assert not (tmp_path / "var" / "secret").exists()


def test_a_kept_secret_that_somebody_shortened_is_refused(tmp_path: Path) -> None:
    (make(tmp_path).var_dir / "secret").write_text("short")
    with pytest.raises(SettingsInvalid):
        make(tmp_path)


def test_the_environment_wins_over_secrets_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_module.SECRETS_FILE.write_text('port = 9001\ntime_zone = "Europe/Berlin"\n[mail]\nhost = "x"\n')
    monkeypatch.setenv("PORT", "9002")
    assert (settings().port, settings().time_zone) == (9002, "Europe/Berlin")


def test_a_broken_secrets_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("port = ")
    with pytest.raises(SettingsInvalid, match=r"broken\.toml"):
        stored_secrets(tmp_path / "broken.toml")


def test_cookies_are_for_tls_only_where_people_come_in_by_tls(tmp_path: Path) -> None:
    assert make(tmp_path, BASE_URL="https://survey.example.com/").is_https
    assert not make(tmp_path).is_https


def test_links_begin_with_the_base_url_without_a_slash_at_the_end(tmp_path: Path) -> None:
    assert make(tmp_path, BASE_URL="https://example.com/survey/").base_url == "https://example.com/survey"


def test_the_server_answers_only_to_names_that_were_configured(tmp_path: Path) -> None:
    behind_proxy = make(tmp_path, BASE_URL="https://survey.example.com")
    assert serve.allowed_hosts(behind_proxy) == ["127.0.0.1", "::1", "localhost", "survey.example.com"]


def test_an_open_address_without_a_base_url_answers_to_every_name(tmp_path: Path) -> None:
    assert serve.allowed_hosts(make(tmp_path, ADDRESS="0.0.0.0")) == []


def test_streamlits_cookie_key_is_the_same_for_the_same_secret_and_is_not_the_secret(tmp_path: Path) -> None:
    one, same = make(tmp_path, SECRET_KEY=GOOD_SECRET), make(tmp_path, SECRET_KEY=GOOD_SECRET, PORT="9000")
    assert serve.cookie_secret(one) == serve.cookie_secret(same) != GOOD_SECRET
    assert serve.cookie_secret(one) != serve.cookie_secret(make(tmp_path))


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("smtps://u:p%40w@mail.example.com", ("mail.example.com", 465, "tls", "u", "p@w")),
        ("smtp://mail.example.com", ("mail.example.com", 587, "starttls", "", "")),
        ("smtp+plain://127.0.0.1:2525", ("127.0.0.1", 2525, "none", "", "")),
    ],
)
def test_a_mail_server_is_named_by_one_address(tmp_path: Path, url: str, there: tuple[object, ...]) -> None:
    server = make(tmp_path, SMTP_URL=url, MAIL_FROM="Quality <q@example.com>").mail_server
    assert server is not None
    assert (server.host, server.port, server.security, server.user, server.password) == there
    assert "p@w" not in repr(server)


def test_without_a_mail_server_none_is_used(tmp_path: Path) -> None:
    assert make(tmp_path).mail_server is None


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("mail.example.com:465", "q@example.com"),
        ("https://mail.example.com", "q@example.com"),
        ("smtps://", "q@example.com"),
        ("smtps://mail.example.com:99999", "q@example.com"),
        ("smtps://mail.example.com/inbox", "q@example.com"),
        ("smtps://u@mail.example.com", "q@example.com"),
        ("smtp+plain://u:secret@mail.example.com", "q@example.com"),
        ("smtps://mail.example.com", ""),
        ("smtps://mail.example.com", "quality"),
        ("smtps://mail.example.com", "q@example.com\nBcc: all@example.com"),
    ],
)
def test_a_mail_server_that_makes_no_sense_is_refused_without_telling_its_password(
    tmp_path: Path, url: str, sender: str
) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        make(tmp_path, SMTP_URL=url, MAIL_FROM=sender)
    assert "secret" not in str(refused.value)
