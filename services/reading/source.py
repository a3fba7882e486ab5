"""A file to read, on disk or already in memory; any number of readers may be open at a time."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

BLOCK = 1 << 20
LONGEST_NAME = 255


def shown_name(name: str) -> str:
    """A file's name as it can be stored and shown: no invisible characters, none that no encoding knows, not endless.

    >>> shown_name("\u202eanswers\x00\ud800.csv")
    'answers.csv'
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "" for c in name)[:LONGEST_NAME]


class _Window(io.RawIOBase):
    """A reader with a position of its own over a file object that others read too; closing it leaves that one open."""

    def __init__(self, shared: BinaryIO) -> None:
        self._shared = shared
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            self._position += offset
        else:
            self._position = self._shared.seek(offset, whence)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._shared.seek(self._position)
        data = self._shared.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


@dataclass(frozen=True)
class Source:
    """The bytes of a file."""

    at: Path | BinaryIO

    def open(self) -> io.BufferedReader:
        """A new reader at the first byte."""
        if isinstance(self.at, Path):
            return self.at.open("rb")
        return io.BufferedReader(_Window(self.at), buffer_size=BLOCK)

    def blocks(self) -> Iterator[bytes]:
        """All bytes, at most 1 MB at a time."""
        with self.open() as reader:
            while block := reader.read(BLOCK):
                yield block

    @cached_property
    def size(self) -> int:
        """Bytes."""
        with self.open() as reader:
            return reader.seek(0, io.SEEK_END)

    @cached_property
    def head(self) -> bytes:
        """The first 64 kB."""
        with self.open() as reader:
            return reader.read(1 << 16)

    @cached_property
    def sha256(self) -> str:
        """Of all bytes, as 64 hexadecimal digits."""
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()
