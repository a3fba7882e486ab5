"""Reports as files: a `domain.documents.Document` becomes a Word document or a PDF, a `Deck` a PowerPoint presentation.

    from domain.documents import Document, Facts, Heading
    from services.documents import docx_file, pdf_file

    slip = Document(title="联络函", language="zh_CN", blocks=[Facts([("客户", "Kaituo")])])
    content = pdf_file(slip)

All texts are data: nothing that stands in one is markup, a field or a formula. Word and PowerPoint name fonts that every
office program has or replaces, charts in them can be edited; PDFs embed theirs, and their text can be selected.
"""

from typing import Final

from services.documents.pdf import pdf_file
from services.documents.slides import pptx_file
from services.documents.word import docx_file

DOCX_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX_TYPE: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PDF_TYPE: Final = "application/pdf"

__all__ = ["DOCX_TYPE", "PDF_TYPE", "PPTX_TYPE", "docx_file", "pdf_file", "pptx_file"]
