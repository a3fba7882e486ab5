"""Uploaded files, kept in the database in parts of 1 MB, so that every replica and the worker can read them."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import delete
from sqlmodel import Session, col, select

from db.models import FilePart, StoredFile
from services.reading.source import shown_name

PART = 2**20


def store_file(session: Session, *, name: str, content: BinaryIO, by: int | None, at: datetime) -> StoredFile:
    """Stores a file; its name is only ever shown, never used as a path."""
    file = StoredFile(name=shown_name(name), size=0, sha256="", created_at=at, created_by_id=by)
    session.add(file)
    session.flush()
    assert file.id is not None
    digest = hashlib.sha256()
    for number, part in enumerate(iter(lambda: content.read(PART), b"")):
        digest.update(part)
        file.size += len(part)
        session.add(FilePart(file_id=file.id, number=number, content=part))
        session.flush()
        session.expunge_all() if number % 16 == 15 else None
    stored = session.get(StoredFile, file.id)
    assert stored is not None
    stored.size, stored.sha256 = file.size, digest.hexdigest()
    session.add(stored)
    return stored


@contextmanager
def opened(session: Session, file_id: int) -> Iterator[BinaryIO]:
    """The file's content in a temporary file that goes away with the block."""
    with tempfile.TemporaryFile() as copy:
        numbers = session.exec(
            select(FilePart.number).where(FilePart.file_id == file_id).order_by(col(FilePart.number))
        )
        for number in numbers.all():
            part = select(FilePart.content).where(FilePart.file_id == file_id, FilePart.number == number)
            copy.write(session.exec(part).one())
        copy.seek(0)
        yield copy


def remove_file(session: Session, file_id: int) -> None:
    """Removes a file and its parts."""
    session.connection().execute(delete(FilePart).where(col(FilePart.file_id) == file_id))
    session.connection().execute(delete(StoredFile).where(col(StoredFile.id) == file_id))
