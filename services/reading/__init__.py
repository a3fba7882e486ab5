"""Survey files as tables: what a file is, is told by its content; what can't be read, is refused with what to do."""

from services.reading.opening import MAX_BYTES, open_table
from services.reading.refusals import FileRefused
from services.reading.table import CHUNK, Chunk, Table

__all__ = ["CHUNK", "MAX_BYTES", "Chunk", "FileRefused", "Table", "open_table"]
