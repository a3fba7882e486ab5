"""Reports as files: a `domain.documents.Document` becomes a Word document or a PDF, a `Deck` a PowerPoint presentation.

    from domain.documents import Document, Facts, Heading
    from services.documents import docx_file, pdf_file

    slip = Document(title="联络函", language="zh_CN", blocks=[Facts([("客户", "Kaituo")])])
    content = pdf_file(slip)

All texts are data: nothing that stands in one is markup, a field or a formula. Word and PowerPoint name fonts that every
office program has or replaces, charts in them can be edited; PDFs embed theirs, and their text can be selected.
Each writer is loaded with its library when the first such file is made: an import of a million rows needs none of them.
"""

from typing import Final

from domain.documents import Deck, Document

DOCX_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX_TYPE: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PDF_TYPE: Final = "application/pdf"

__all__ = ["DOCX_TYPE", "PDF_TYPE", "PPTX_TYPE", "docx_file", "pdf_file", "pptx_file"]


def docx_file(document: Document) -> bytes:
    """A Word document, A4."""
    from services.documents import word

    return word.docx_file(document)


def pdf_file(document: Document) -> bytes:
    """The document on A4, its fonts embedded and its text selectable."""
    from services.documents import pdf

    return pdf.pdf_file(document)


def pptx_file(deck: Deck, template: bytes | None = None) -> bytes:
    """A PowerPoint presentation, in the look of a company's `template`; raises what `slides.pptx_file` does."""
    from services.documents import slides

    return slides.pptx_file(deck, template)
