"""Papers and sheets: the one place that knows the libraries for PDF, Word and Excel.

A ``layout.Form`` with its content becomes a PDF (what is signed), a Word file and a workbook; ``scans`` looks at files that
come back.
"""

from server.gateways.office.examining import Examined, examine
from server.gateways.office.fonts import FontsMissing, GlyphsMissing
from server.gateways.office.leaves import page_count, page_image
from server.gateways.office.pdf import pdf
from server.gateways.office.scans import ScanRefused, contact_sheet, images_of, qr_texts
from server.gateways.office.stamping import stamped
from server.gateways.office.word import TemplateBroken, word
from server.gateways.office.word_form import default_template
from server.gateways.office.words import listed
from server.gateways.office.workbook import workbook

__all__ = [
    "Examined",
    "FontsMissing",
    "GlyphsMissing",
    "ScanRefused",
    "TemplateBroken",
    "contact_sheet",
    "default_template",
    "examine",
    "images_of",
    "listed",
    "page_count",
    "page_image",
    "pdf",
    "qr_texts",
    "stamped",
    "word",
    "workbook",
]
