"""Papers as files: Word and PDF from the same content."""

from domain.papers import Paper, document_of
from locales import translator
from services.documents import docx_file, pdf_file
from services.wave_reports import STATUS_WORDS


def paper_file(paper: Paper, form: str, language: str) -> bytes:
    """The paper as "docx" or "pdf"."""
    _ = translator(language).gettext
    words = {"status": _("Status"), **{status: _(word) for status, word in STATUS_WORDS.items() if status}}
    document = document_of(paper, language, words)
    return docx_file(document) if form == "docx" else pdf_file(document)
