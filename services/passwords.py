"""Passwords: which are accepted, and their hashes (bcrypt, as streamlit-authenticator reads them)."""

from functools import cache

import bcrypt

from domain.errors import N_, Refusal

SHORTEST = 10
"""Characters."""
MOST_BYTES = 72
"""Of bcrypt, which would not look at more."""


class PasswordRefused(Refusal):
    """A password that could be guessed, or that could not be typed in again."""


def checked(password: str, *, username: str) -> str:
    """The password, if it may be used for this account; raises PasswordRefused with the reason."""
    check_length(password)
    if len(password) < SHORTEST:
        raise PasswordRefused(N_("A password needs at least {least} characters."), least=SHORTEST)
    if username.lower() in (password.lower(), password.lower()[::-1]) or len(set(password)) < 4:
        raise PasswordRefused(N_("This password is too easy to guess."))
    if password != password.strip():
        raise PasswordRefused(N_("A password can't begin or end with a space."))
    return password


def check_length(password: str) -> None:
    """Raises PasswordRefused where bcrypt would not look at all of the password."""
    if len(password.encode()) > MOST_BYTES:
        template = N_("A password has at most {most} bytes: {most} Latin or {third} Chinese characters.")
        raise PasswordRefused(template, most=MOST_BYTES, third=MOST_BYTES // 3)


def hashed(password: str) -> str:
    """A new hash of the password; takes about 0.25 s."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()


def is_right(password: str, password_hash: str) -> bool:
    """Whether the hash was made of this password."""
    return bcrypt.checkpw(password.encode(), password_hash.encode())


@cache
def nobodys_hash() -> str:
    """What a password is compared with where there is no account, so that the answer takes as long."""
    return hashed("nobody has this password")
