"""Posts reach the address that was checked and no other, in the form that each service wants, and tell what became of them."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from services import chats
from services.mail_server import Outcome
from settings import settings
from tests.http_sink import HttpSink, http_sink

TEXT = "A-12 迟了 4 天\nhttps://survey.example.com/action?number=12"


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpSink]:
    """A server on this machine, which the settings allow."""
    monkeypatch.setenv("WEBHOOK_INTERNAL_HOSTS", "127.0.0.1, chat.internal")
    settings.cache_clear()
    with http_sink() as running:
        yield running
    settings.cache_clear()


FORMS: dict[str, Any] = {
    "wecom": lambda body: body["text"]["content"],
    "dingtalk": lambda body: body["text"]["content"],
    "feishu": lambda body: body["content"]["text"],
    "slack": lambda body: body["attachments"][0]["text"],
    "teams": lambda body: body["attachments"][0]["content"]["body"][0]["text"],
}


@pytest.mark.parametrize("kind", FORMS)
def test_each_service_gets_the_text_in_its_form_at_the_address_that_was_listed(kind: str, sink: HttpSink) -> None:
    assert chats.post(kind, sink.url(), "", TEXT) == Outcome("sent")
    ((path, host, body),) = sink.posted
    assert (path, host) == ("/hook?key=abc", f"127.0.0.1:{sink.port}")
    assert FORMS[kind](json.loads(body)) == TEXT


def test_a_robot_with_a_secret_is_signed_for(sink: HttpSink) -> None:
    chats.post("dingtalk", sink.url(), "SECret", TEXT)
    path = sink.posted[0][0]
    assert path.startswith("/hook?key=abc&timestamp=")
    assert "&sign=" in path


@pytest.mark.parametrize(
    ("status", "answer", "state"),
    [
        (200, b'{"errcode":0,"errmsg":"ok"}', "sent"),
        (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', "failed"),
        (200, b'{"errcode":45009,"errmsg":"api freq out of limit"}', "queued"),
        (200, b'{"code":19024,"msg":"Key Words Not Found"}', "failed"),
        (202, b"", "sent"),
        (404, b"no_service", "failed"),
        (429, b"", "queued"),
        (500, b"", "queued"),
        (504, b"", "unclear"),
    ],
    ids=["fine", "bad key", "too often", "no keyword", "accepted", "gone", "patience", "broken", "gateway"],
)
def test_what_the_service_says_is_believed_whatever_its_status(
    sink: HttpSink, status: int, answer: bytes, state: str
) -> None:
    sink.status, sink.answer = status, answer
    assert chats.post("wecom", sink.url(), "", TEXT).state == state


def test_no_redirect_is_followed(sink: HttpSink) -> None:
    sink.status, sink.location = 307, "/elsewhere"
    assert chats.post("slack", sink.url(), "", TEXT).state == "failed"
    assert len(sink.posted) == 1


def test_of_what_was_posted_without_an_answer_nobody_knows(sink: HttpSink) -> None:
    sink.hangs_up = True
    assert chats.post("slack", sink.url(), "", TEXT).state == "unclear"
    assert len(sink.posted) == 1


def test_where_nothing_left_the_message_can_wait(sink: HttpSink) -> None:
    with pytest.raises(chats.ChatUnreachable):
        chats.post("slack", "http://127.0.0.1:1/hook", "", TEXT)


@pytest.mark.parametrize(
    "ip",
    [
        "10.1.2.3",
        "127.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "192.168.0.9",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_no_address_inside_is_posted_to(ip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", (ip, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(chats.ChatAddressRefused):
        chats.place_of("https://hooks.example.com/x")
    assert chats.post("slack", "https://hooks.example.com/x", "", TEXT).state == "failed"


def test_a_name_is_resolved_once_and_the_checked_address_connected_to(
    sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    really = socket.getaddrinfo

    def resolve(host: str, *more: Any, **named: Any) -> Any:
        if host == "chat.internal":
            asked.append(host)
            return really("127.0.0.1" if len(asked) == 1 else "127.0.0.9", *more, **named)
        return really(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert chats.post("slack", sink.url(host="chat.internal"), "", TEXT) == Outcome("sent")
    assert asked == ["chat.internal"]
    assert sink.posted[0][1] == f"chat.internal:{sink.port}"


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example.com/x",
        "ftp://a.b/x",
        "https://u:p@a.b/x",
        "https:///x",
        "https://a.b/x#y",
        "https://a b/",
        "file:///etc/passwd",
        "https://a.b:0/",
        "https://a.b:99999/",
        "https://a.b\\@c.d/",
        "https://a.b/\r\nX: y",
    ],
    ids=["plain", "ftp", "user", "no host", "fragment", "space", "file", "port 0", "port", "backslash", "header"],
)
def test_an_address_that_is_not_https_to_a_host_is_refused(address: str) -> None:
    with pytest.raises(chats.ChatAddressRefused):
        chats.checked(address)


def test_without_the_courier_the_plugins_would_post_nowhere() -> None:
    for kind, plugin in chats.PLUGINS.items():
        made = plugin("")
        assert chats.NOWHERE in " ".join(
            str(getattr(made, name, "")) for name in ("notify_url", "api_url", "webhook_url", "host")
        ), kind
