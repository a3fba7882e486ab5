"""Mail addresses as people write them down, and whether a mail may go there."""

import re
from email.utils import parseaddr
from typing import Final

LONGEST: Final = 254
"""Characters (RFC 5321, 4.5.3.1.3 less the brackets)."""
_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})*")
_WRITTEN: Final = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")


def address_of(text: str) -> str | None:
    """The address in "name@host" or "Name <name@host>", with the host in small letters; None where there is none to use.

    Nothing that could end a header line gets through; addresses beyond ASCII are refused, as most servers do.

    >>> address_of("Zhu Juan <Zhu.Juan@Example.COM>"), address_of("zhu@@example.com"), address_of("a@b.c\\nBcc: x@y.z")
    ('Zhu.Juan@example.com', None, None)
    """
    if any(not character.isprintable() for character in text):
        return None
    address = parseaddr(text)[1]
    local, _, host = address.rpartition("@")
    if len(address) > LONGEST or len(local) > 64 or not _ADDRESS.fullmatch(address):
        return None
    return f"{local}@{host.lower()}"


def same_mailbox(address: str) -> str:
    """What tells whether two addresses are one: no server in use tells capitals apart."""
    return address.casefold()


def addresses_in(text: str) -> list[str]:
    """Every address in a text, such as a list of bounces in any form, each once and in small letters.

    >>> addresses_in("failed: <A.B@Example.com>; 550 c@d.org user unknown; a.b@example.com")
    ['a.b@example.com', 'c@d.org']
    """
    found = (address_of(one.strip(".'")) for one in _WRITTEN.findall(text))
    return list(dict.fromkeys(same_mailbox(one) for one in found if one))
