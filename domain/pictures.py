"""Which files are pictures that browsers show: by their content, never by their name. Pure."""

from typing import Final

from domain.errors import N_, Refusal

MOST_BYTES: Final = 8 * 2**20
KINDS: Final[dict[str, tuple[int, bytes]]] = {
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/webp": (8, b"WEBP"),
}
"""Kind → what stands at which place of the file."""


class NotAPicture(Refusal):
    """A file that isn't a picture, or a huge one."""

    def __init__(self) -> None:
        super().__init__(N_("Only pictures (JPEG, PNG or WebP) up to 8 MB can be added."))


def picture_kind(content: bytes) -> str:
    """The kind of a picture; raises NotAPicture.

    >>> picture_kind(b"\\xff\\xd8\\xff\\xe0 and so on")
    'image/jpeg'
    """
    for kind, (place, sign) in KINDS.items():
        if content[place : place + len(sign)] == sign and len(content) <= MOST_BYTES:
            return kind
    raise NotAPicture
