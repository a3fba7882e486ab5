"""Uploaded files: kept in parts, read back byte by byte, and gone when they are removed."""

import hashlib
import io
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import func, select

from db.models import FilePart, StoredFile
from db.session import read_session, write_session
from services.files import PART, opened, remove_file, store_file

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def stored(engine: Engine, content: bytes, name: str = "answers.csv") -> StoredFile:
    with write_session(engine) as session:
        file = store_file(session, name=name, content=io.BytesIO(content), by=None, at=AT)
        session.flush()
        session.expunge(file)
        return file


def test_a_file_comes_back_as_it_went_in(engine: Engine) -> None:
    content = bytes(range(256)) * (PART // 256 * 2) + b"the end"
    file = stored(engine, content)
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    with read_session(engine) as session, opened(session, file.id or 0) as copy:
        assert copy.read() == content


def test_no_part_is_larger_than_a_megabyte(engine: Engine) -> None:
    stored(engine, b"x" * (2 * PART + 1))
    with read_session(engine) as session:
        parts = session.exec(select(FilePart.number, func.length(FilePart.content)).order_by(FilePart.number)).all()
    assert [tuple(part) for part in parts] == [(0, PART), (1, PART), (2, 1)]


def test_an_empty_file_is_a_file(engine: Engine) -> None:
    file = stored(engine, b"")
    with read_session(engine) as session, opened(session, file.id or 0) as copy:
        assert copy.read() == b""


def test_a_removed_file_leaves_nothing_and_takes_no_other_with_it(engine: Engine) -> None:
    gone, kept = stored(engine, b"gone"), stored(engine, b"kept")
    with write_session(engine) as session:
        remove_file(session, gone.id or 0)
    with read_session(engine) as session:
        assert list(session.exec(select(StoredFile.id))) == [kept.id]
        assert list(session.exec(select(FilePart.file_id))) == [kept.id]


def test_a_name_is_only_ever_shown(engine: Engine) -> None:
    name = "../../etc/passwd" + "x" * 300
    assert stored(engine, b"x", name).name == name[:255]
