"""The room's words."""

from __future__ import annotations

from server.core.enums import Labelled


class DocumentState(Labelled):
    """Where an issued document stands. A number is never given twice: what is void or replaced keeps its own."""

    MAKING = "making", "生成中"
    ISSUED = "issued", "已出具"
    SIGNING = "signing", "签署中"
    SIGNED = "signed", "已签署"
    REPLACED = "replaced", "已被更正"
    VOID = "void", "已作废"


STANDING = frozenset({DocumentState.MAKING, DocumentState.ISSUED, DocumentState.SIGNING, DocumentState.SIGNED})
"""What counts as the document of its subject."""


class Format(Labelled):
    """A file of a document. The PDF is what is signed; the others are made from the same content."""

    PDF = "pdf", "PDF"
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"
    SIGNED_PDF = "signed_pdf", "已签署 PDF"


class Side(Labelled):
    """Whose signature a document asks for."""

    VENDOR = "vendor", "乙方"
    BUREAU = "bureau", "甲方"


class TemplateState(Labelled):
    """Where a template of the bureau's stands."""

    DRAFT = "draft", "待启用"
    ACTIVE = "active", "使用中"
    RETIRED = "retired", "已停用"


class RunKind(Labelled):
    """What is done to many documents at once."""

    ISSUE = "issue", "批量出具"
    ARCHIVE = "archive", "归档打包"


VERIFY_PATH = "/verify/"
"""Where anybody may check a document by its code; printed on it as a QR code."""
