"""Texts are posted into chats: 企业微信, 钉钉, 飞书, Slack, Teams. Apprise makes the message, our own courier carries it.

Apprise follows what a name resolves to, takes every 200 for success and doesn't say whether a message may have arrived
in spite of an error. So the plugins get the courier in place of `requests`: it knows the real address (the plugins know
one that leads nowhere, so nothing gets past it), resolves it once, refuses what isn't public, connects to the very
address that it has checked, follows no redirect, and reads what the service says (docs/adr/0012).
"""

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import certifi
import requests
import urllib3
from apprise import NotifyFormat
from apprise.plugins import dingtalk, feishu, slack, wecombot, workflows
from apprise.plugins.base import NotifyBase

from domain.errors import N_, Refusal
from services.mail_server import Outcome, said
from settings import settings

SPACING: Final[Mapping[str, timedelta]] = {
    "wecom": timedelta(seconds=3),
    "dingtalk": timedelta(seconds=3),
    "feishu": timedelta(seconds=1),
    "slack": timedelta(seconds=1),
    "teams": timedelta(seconds=1),
}
"""So far apart a chat is posted to: 企业微信 and 钉钉 take 20 messages a minute, and the latter is then deaf for ten."""
CONNECT_SECONDS, READ_SECONDS, LONGEST_ANSWER = 5.0, 10.0, 16_384
NOWHERE: Final = "courier.invalid"
"""A host that nobody can have (RFC 2606): where the plugins would send to without the courier."""
SIGNED: Final = ("timestamp", "sign")
"""What 钉钉 wants added to the address where the robot has a secret."""
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class ChatAddressRefused(Refusal):
    """An address that nothing is posted to; the message says why."""


class ChatUnreachable(Refusal):
    """Nothing was posted: there is no way to the chat's server."""

    def __init__(self, reason: str) -> None:
        super().__init__(N_("The chat's server can't be reached: {reason}"), reason=reason)


@dataclass(frozen=True)
class Place:
    """Where a post goes: the parts of an address that passed the checks, and the network address to connect to."""

    is_https: bool
    host: str
    port: int
    path: str
    ip: str


@dataclass
class _Errand:
    """One post: where it really goes, and what became of it."""

    address: str
    outcome: Outcome | None = None
    trouble: ChatUnreachable | ChatAddressRefused | None = None


@dataclass(frozen=True)
class _Answer:
    """What a plugin sees of an answer."""

    status_code: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


_ERRAND: ContextVar[_Errand] = ContextVar("errand")


class Courier:
    """What the plugins take for `requests`."""

    codes = requests.codes
    RequestException = requests.RequestException

    def post(self, _url: str, **asked: Any) -> _Answer:
        """Carries the body to the real address; whatever happens is noted in the errand."""
        errand = _ERRAND.get()
        if errand.outcome or errand.trouble:
            raise requests.RequestException("one message, one post")
        body, headers = asked["data"], dict(asked["headers"])
        signed = {name: value for name, value in (asked.get("params") or {}).items() if name in SIGNED}
        try:
            place = place_of(errand.address)
            status, content = _posted(
                place, body.encode() if isinstance(body, str) else body, headers, _more(place, signed)
            )
        except (ChatUnreachable, ChatAddressRefused) as trouble:
            errand.trouble = trouble
            raise requests.RequestException(str(trouble)) from trouble
        except (urllib3.exceptions.HTTPError, OSError) as error:  # it may have left
            errand.outcome = Outcome("unclear", said(error))
            raise requests.RequestException(type(error).__name__) from error
        errand.outcome = outcome_of(status, content)
        return _Answer(status, content)

    def request(self, _method: str, url: str, **asked: Any) -> _Answer:
        """The same, as Slack's plugin asks for it."""
        return self.post(url, **asked)


COURIER: Final = Courier()
for _plugin in (dingtalk, feishu, slack, wecombot, workflows):
    vars(_plugin)["requests"] = COURIER


class _WeCom(wecombot.NotifyWeComBot):  # type: ignore[no-untyped-call]
    notify_url = f"https://{NOWHERE}/{{key}}"
    request_rate_per_sec = 0


class _DingTalk(dingtalk.NotifyDingTalk):  # type: ignore[no-untyped-call]
    notify_url = f"https://{NOWHERE}/{{token}}"
    request_rate_per_sec = 0


class _Feishu(feishu.NotifyFeishu):  # type: ignore[no-untyped-call]
    notify_url = f"https://{NOWHERE}/{{token}}"
    request_rate_per_sec = 0


class _Slack(slack.NotifySlack):  # type: ignore[no-untyped-call]
    webhook_url = f"https://{NOWHERE}"
    request_rate_per_sec = 0


class _Teams(workflows.NotifyWorkflows):  # type: ignore[no-untyped-call]
    request_rate_per_sec = 0


NO_TOKEN: Final = "n" * 24
PLUGINS: Final[dict[str, Callable[[str], NotifyBase]]] = {
    "wecom": lambda _secret: _WeCom(key=NO_TOKEN),  # type: ignore[no-untyped-call]
    "dingtalk": lambda secret: _DingTalk(token=NO_TOKEN, secret=secret or None),  # type: ignore[no-untyped-call]
    "feishu": lambda _secret: _Feishu(token=NO_TOKEN),  # type: ignore[no-untyped-call]
    "slack": lambda _secret: _Slack(  # type: ignore[no-untyped-call]
        token_a=f"T{NO_TOKEN}".upper(),
        token_b=f"B{NO_TOKEN}".upper(),
        token_c=NO_TOKEN,
        include_image=False,
        include_footer=False,
    ),
    "teams": lambda _secret: _Teams(  # type: ignore[no-untyped-call]
        workflow=NO_TOKEN, signature=NO_TOKEN, host=NOWHERE, include_image=False
    ),
}
"""Kind of chat → its plugin, which knows no address."""


def post(kind: str, address: str, secret: str, text: str) -> Outcome:
    """Posts a text; `unclear` where nobody can know whether it arrived. Raises ChatUnreachable where nothing left."""
    errand = _Errand(address)
    before = _ERRAND.set(errand)
    try:
        PLUGINS[kind](secret).send(text, body_format=NotifyFormat.TEXT)
    finally:
        _ERRAND.reset(before)
    if isinstance(errand.trouble, ChatUnreachable):
        raise errand.trouble
    if errand.trouble:
        return Outcome("failed", str(errand.trouble))
    return errand.outcome or Outcome("failed", "no post was made")


def outcome_of(status: int, content: bytes) -> Outcome:
    """What an answer means: the Chinese services say 200 to everything, and what went wrong in the body.

    >>> outcome_of(200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')
    Outcome(state='failed', reason='93000 invalid webhook url')
    """
    text = said(content.decode(errors="replace")) if content else ""
    if status in (502, 504):  # somebody on the way has given up waiting
        return Outcome("unclear", f"{status} {text}".strip())
    if status == 429 or status >= 500:
        return Outcome("queued", f"{status} {text}".strip())
    if not 200 <= status < 300:
        return Outcome("failed", f"{status} {text}".strip())
    try:
        answer = json.loads(content)
    except ValueError:
        return Outcome("sent")
    if not isinstance(answer, dict):
        return Outcome("sent")
    code = next((answer[name] for name in ("errcode", "code", "StatusCode") if answer.get(name)), 0)
    if not code:
        return Outcome("sent")
    words = said(answer.get("errmsg") or answer.get("msg") or answer.get("StatusMessage") or "")
    return Outcome("queued" if code in TOO_OFTEN else "failed", f"{code} {words}")


TOO_OFTEN: Final = (45009, 45033, 130101, 410100, 9499, 11232, 11233)
"""Codes by which the services ask for patience."""


def place_of(address: str) -> Place:
    """Where an address leads now, checked; raises ChatAddressRefused, ChatUnreachable.

    Every address of the host must be public, unless the settings name the host as one of the own network.
    """
    parts = checked(address)
    host, is_https = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_https else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ChatUnreachable(said(error)) from error
    ips = list(dict.fromkeys(str(one[4][0]) for one in found))
    if host not in settings().webhook_internal_hosts and not all(is_public(ip) for ip in ips):
        raise ChatAddressRefused(N_("“{host}” leads into a private network."), host=host)
    path = parts.path or "/"
    return Place(is_https, host, port, f"{path}?{parts.query}" if parts.query else path, ips[0])


def checked(address: str) -> Any:
    """The parts of an address that may be posted to, as far as its text says; raises ChatAddressRefused."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    if not is_plain or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ChatAddressRefused(N_("The address must look like https://hooks.example.com/…"))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ChatAddressRefused(N_("The address must hold no user, password or #."))
    if parts.scheme == "http" and parts.hostname not in settings().webhook_internal_hosts:
        raise ChatAddressRefused(N_("The address must begin with https://."))
    return parts


def is_public(ip: str) -> bool:
    """Whether a network address is one of the public internet, also behind the ways of writing an IPv4 one as IPv6.

    >>> [is_public(ip) for ip in ("8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False, False]
    """
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


def _more(place: Place, signed: Mapping[str, str]) -> str:
    if not signed:
        return place.path
    return f"{place.path}{'&' if '?' in place.path else '?'}{urlencode(signed, safe='%')}"


def _posted(place: Place, body: bytes, headers: Mapping[str, str], path: str) -> tuple[int, bytes]:
    """Status and beginning of the answer. Raises ChatUnreachable where nothing left, else what urllib3 raises."""
    usual: dict[str, Any] = {"timeout": urllib3.Timeout(CONNECT_SECONDS, READ_SECONDS), "retries": False, "maxsize": 1}
    if place.is_https:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        usual |= {"server_hostname": place.host, "assert_hostname": place.host, "ssl_context": context}
        pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(place.ip, place.port, **usual)
    else:
        pool = urllib3.HTTPConnectionPool(place.ip, place.port, **usual)
    usual_port = 443 if place.is_https else 80
    host = place.host if place.port == usual_port else f"{place.host}:{place.port}"
    with closing(pool):
        try:
            answer = pool.urlopen(
                "POST",
                path,
                body=body,
                headers={**headers, "Host": host, "Connection": "close"},
                redirect=False,
                assert_same_host=False,
                preload_content=False,
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise ChatUnreachable(said(error)) from error
        except urllib3.exceptions.SSLError as error:
            raise ChatUnreachable(said(error)) from error
        with closing(answer):
            return answer.status, _beginning(answer)


def _beginning(answer: urllib3.BaseHTTPResponse) -> bytes:
    """The first part of an answer; who drips it byte by byte isn't waited for. The status was read: it has arrived."""
    until, content = time.monotonic() + READ_SECONDS, b""
    try:
        while len(content) < LONGEST_ANSWER and time.monotonic() < until:
            chunk = answer.read1(4_096)
            if not chunk:
                break
            content += chunk
    except (urllib3.exceptions.HTTPError, OSError):
        return content
    return content
