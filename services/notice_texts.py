"""What stands in the messages that tell people something: plain text, in their language, links to this installation only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final

from domain.clocks import CLOCKS
from domain.errors import N_
from domain.telling import said_of
from locales import translator
from services.mail_texts import message_of, one_line

LISTED: Final = 50
LONGEST_FACT: Final = 120
CHAT_BYTES: Final = 1_900
"""企业微信 takes 2,048 bytes of text; the shortest limit counts for all."""
SUBJECT: Final = N_("{n} things wait for you")
TEST: Final = N_("This is a test: messages of the satisfaction monitoring arrive here.")
WHY: Final = N_("You choose how and when you are told here:")
_NO_MARKUP: Final = str.maketrans({"<": "‹", ">": "›", "@": "＠", "&": "＆"})
"""Chats make links, and calls to everybody, of these."""


@dataclass(frozen=True)
class Told:
    """One thing that was told: kind, facts, and its address inside the app."""

    kind: str
    facts: Mapping[str, Any]
    link: str


def sentence(told: Told, language: str, *, with_titles: bool = True) -> str:
    """What happened, in one line without an address in it.

    >>> sentence(Told("overdue", {"number": "12", "days": "4", "title": "See http://a.b"}, "/"), "en")
    'A-12 is 4 days late: See http: //a.b'
    """
    text = translator(language).gettext
    facts = {name: one_line(str(value))[:LONGEST_FACT].replace("://", ": //") for name, value in told.facts.items()}
    facts["title"] = facts.get(f"title_{language}") or facts.get("title", "")
    facts["action"] = f"A-{facts.get('number', '')}"
    if clock := CLOCKS.get(str(told.facts.get("clock", ""))):
        facts["clock"] = text(clock.what)
    template = said_of(told.kind, told.facts, with_titles=with_titles)
    names = ("number", "title", "due", "days", "round", "clock", "action", "wave", "n")
    return text(template).format(**{name: facts.get(name, "") for name in names})


def mail_of(
    told: Sequence[Told], *, name: str, address: str, language: str, sender: str, base_url: str, key: str
) -> EmailMessage:
    """A mail about one thing or several; `key` tells this mail from all others."""
    text = translator(language).gettext
    lines = [sentence(one, language) for one in told]
    subject = lines[0] if len(lines) == 1 else text(SUBJECT).format(n=len(lines))
    parts = [f"{line}\n{base_url}{one.link}" for line, one in zip(lines[:LISTED], told, strict=False)]
    parts += [text(N_("and {n} more")).format(n=len(told) - LISTED)] if len(told) > LISTED else []
    body = "\n\n".join([*parts, f"{text(WHY)}\n{base_url}/notifications"])
    return message_of(sender, name, address, subject, body, key)


def chat_text(told: Sequence[Told], *, language: str, base_url: str, with_titles: bool) -> str:
    """The same for a chat: no names of persons, titles only where the administrator allows them, at most 1,900 bytes."""
    text = translator(language).gettext
    head = [text(SUBJECT).format(n=len(told))] if len(told) > 1 else []
    lines = [
        f"{sentence(one, language, with_titles=with_titles).translate(_NO_MARKUP)}\n{base_url}{one.link}"
        for one in told
    ]
    kept = [*head]
    for number, line in enumerate(lines):
        rest = text(N_("and {n} more")).format(n=len(lines) - number)
        if len("\n".join([*kept, line, rest]).encode()) > CHAT_BYTES:
            return "\n".join([*kept, rest])
        kept.append(line)
    return "\n".join(kept)
