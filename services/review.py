"""Which rows of a file somebody should look at before or after importing it; nothing is left out for that."""

from domain.review_flags import Flagged
from services.flagging import FlagWatch
from services.importing import Source


def flagged_rows(source: Source) -> list[Flagged]:
    """The flags of all rows of a file under its mapping, by line; reads the file once."""
    watch = FlagWatch(source.table, source.mapping)
    chunks = source.table.rows_in_chunks()
    return [one for lines, rows in chunks for one in watch.flags(source.reader.read(lines, rows), rows)]
