"""Why a file isn't read: each reason is one sentence that says what is wrong and what to do."""

from typing import Final

from domain.errors import N_, Refusal


class FileRefused(Refusal):
    """The file can't be read as a table of answers; the text says why, and what to do."""


EMPTY: Final = N_("The file is empty. Export the answers again, and check that the file has a size.")
TOO_LARGE: Final = N_("The file has {size} MB; up to {limit} MB are read. Split it, or export a shorter period.")
NO_TABLE: Final = N_("The file holds text, but no table. Export the answers as CSV or xlsx, one row per questionnaire.")
BINARY: Final = N_("The file is neither text nor a workbook. Export the answers as CSV or xlsx.")
HEADER_ONLY: Final = N_("The file has column names, but no answers. Check the period and the filters of the export.")
NO_HEADER: Final = N_("The first row holds numbers, not column names. Put a row with column names above the answers.")
UNDECODABLE: Final = N_(
    "Line {line}: some characters are neither UTF-8 nor GB18030. Save the file as “CSV UTF-8” and choose it again."
)
ENDLESS_CELL: Final = N_(
    "Line {line}: a cell has more than {limit} characters. Probably a quotation mark is not closed there."
)
CUT_OFF: Final = N_("The workbook is damaged or not complete. Copy or export it again, and compare its size.")
ENCRYPTED: Final = N_("The workbook is protected by a password. Save it without a password, and choose it again.")
BOMB: Final = N_(
    "The workbook would unpack to {size} MB, more than answers can need. Export it again, as CSV if possible."
)
TOO_MANY_CELLS: Final = N_(
    "The workbook has more than {limit} cells. Delete empty rows and columns at its end, or export the answers as CSV."
)
ENTITIES: Final = N_("The workbook defines XML entities of its own, which are not read. Export the answers as CSV.")
NO_SHEET: Final = N_("The workbook has no sheet “{sheet}”. Choose one of: {sheets}.")

HTML: Final = N_("This is a web page, whatever its name says. Open it in Excel or WPS and save it as xlsx or CSV.")
XML_SHEET: Final = N_("This is an XML file. Open it in Excel or WPS and save it as xlsx or CSV.")
JSON: Final = N_("This is a JSON file. Export the answers as CSV or xlsx.")
PDF: Final = N_("This is a PDF document. Export the answers from the survey tool as CSV or xlsx.")
PICTURE: Final = N_("This is a picture. Export the answers from the survey tool as CSV or xlsx.")
DOCUMENT: Final = N_("This is a document or a presentation. Export the answers from the survey tool as CSV or xlsx.")
ARCHIVE: Final = N_("This is an archive. Unpack it, and choose the CSV or xlsx file inside.")
ENCRYPTED_ARCHIVE: Final = N_("This is an archive with a password. Unpack it, and choose the CSV or xlsx file inside.")
OTHER_SHEET: Final = N_("This kind of workbook (xlsb, ods) is not read. Save it as xlsx or CSV, and choose it again.")
SPSS: Final = N_("This is an SPSS file. In SPSS choose File > Export > CSV with value labels, and import that file.")
STATISTICS: Final = N_("This is a data file of another program (SAS, Stata, R, SQLite, Parquet). Export it as CSV.")
