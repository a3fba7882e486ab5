"""What programs may do by the JSON API: scopes of a token, and what is refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.access import NotThere
from domain.errors import N_, Refusal

SCOPES: Final[dict[str, str]] = {
    "responses:write": N_("Send responses"),
    "invitations:write": N_("Make invitations"),
    "customers:write": N_("Add customers and contacts on the way"),
    "scores:read": N_("Read scores"),
    "findings:read": N_("Read findings"),
    "returns:read": N_("Read response rates"),
}
"""Scope → what it lets a program do, a message."""


class TokenInvalid(Refusal):
    """No token, or one that is unknown, revoked or past its end: all look the same from outside."""

    def __init__(self) -> None:
        super().__init__(N_("A valid token is needed: Authorization: Bearer …"))


class ScopeMissing(Refusal):
    """The token doesn't include what was asked."""

    def __init__(self, scope: str) -> None:
        super().__init__(N_("This token does not include the scope {scope}."), scope=scope)


class TooManyRequests(Refusal):
    """The token has been used too often within this minute; `seconds` until the next one."""

    def __init__(self, per_minute: int, seconds: int) -> None:
        template = N_("This token may be used {n} times in a minute. Try again in {seconds} s.")
        super().__init__(template, n=per_minute, seconds=seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Caller:
    """A program that asks: the token that it holds, for one scheme (None: for all)."""

    token_id: int
    scopes: frozenset[str]
    scheme_id: int | None = None

    def check(self, scope: str) -> None:
        """Raises ScopeMissing where the token doesn't include a scope."""
        if scope not in self.scopes:
            raise ScopeMissing(scope)

    def check_scheme(self, scheme_id: int) -> None:
        """Raises NotThere for another scheme than the token's."""
        if self.scheme_id not in (None, scheme_id):
            raise NotThere


@dataclass(frozen=True)
class TokenLine:
    """A token as its administrators see it; `hint` is how it begins, `state` valid, expired or revoked."""

    id: int
    name: str
    hint: str
    scopes: tuple[str, ...]
    scheme: str
    per_minute: int
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    state: str
