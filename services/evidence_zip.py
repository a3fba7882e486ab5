"""A zip that is the same for the same content: fixed dates and names, every file listed with its SHA-256."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Final, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

DAY: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say; when a pack was made stands inside."""
UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
CHECKSUMS: Final = "SHA256SUMS"
LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class Entry:
    """A file of the zip: its path, what it is, which clauses it is evidence for, its checksum and size in bytes."""

    path: str
    what: str
    clauses: frozenset[str]
    sha256: str
    size: int


def safe(name: str) -> str:
    """A name that means a file in its folder on every system: letters, digits, dot, hyphen.

    >>> safe("../2026 Q3/报告.pdf"), safe("..")
    ('2026_Q3_.pdf', 'file')
    """
    return UNSAFE.sub("_", name).lstrip("._-")[:LONGEST_NAME] or "file"


class EvidenceZip:
    """Writes one file after another, a part at a time; the checksums of all are its last one."""

    def __init__(self, to: BinaryIO) -> None:
        self._zip = ZipFile(to, "w", ZIP_DEFLATED, compresslevel=6)
        self.entries: list[Entry] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._write(CHECKSUMS, ("".join(f"{one.sha256}  {one.path}\n" for one in self.entries)).encode())
        self._zip.close()

    def add(self, path: str, content: bytes | Iterable[bytes], *, what: str = "", clauses: Iterable[str] = ()) -> Entry:
        """Writes a file; its folders and name must be safe."""
        sha256, size = self._write(path, content)
        entry = Entry(path, what, frozenset(clauses), sha256, size)
        self.entries.append(entry)
        return entry

    def _write(self, path: str, content: bytes | Iterable[bytes]) -> tuple[str, int]:
        info = ZipInfo(path, DAY)
        info.compress_type, info.external_attr, info.create_system = ZIP_DEFLATED, 0o644 << 16, 3
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:
            for part in [content] if isinstance(content, bytes) else content:
                file.write(part)
                digest.update(part)
                size += len(part)
        return digest.hexdigest(), size
