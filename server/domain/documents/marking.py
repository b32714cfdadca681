"""For the signing room: how far a document's signatures have come. The caller holds the row."""

from __future__ import annotations

from server.core.errors import Conflict
from server.domain.documents.issuing import DocumentLocked, NotStanding
from server.domain.documents.models import Document
from server.domain.documents.vocabulary import DocumentState

OPEN = frozenset({DocumentState.ISSUED, DocumentState.SIGNING})


class NotMade(Conflict):
    """There is no PDF yet that could be signed."""

    code = "document_not_made"
    message = "文书文件还在生成，请稍候再签署。"


def refuse_unless_open(document: Document) -> None:
    """NotMade, DocumentLocked or NotStanding unless the document may be signed, or a signature taken back."""
    if document.state is DocumentState.MAKING:
        raise NotMade
    if document.state is DocumentState.SIGNED:
        raise DocumentLocked("文书已签署锁定，不能再变动签署；如内容有误，请出具更正版。")
    if document.state not in OPEN:
        raise NotStanding


def mark_signing(document: Document) -> None:
    """A first signature, or a scan of the signed paper, is there."""
    refuse_unless_open(document)
    document.state = DocumentState.SIGNING


def mark_unsigned(document: Document) -> None:
    """What was there is withdrawn or refused."""
    refuse_unless_open(document)
    document.state = DocumentState.ISSUED


def mark_signed(document: Document) -> None:
    """Every side that has to sign has signed: locked from now on."""
    refuse_unless_open(document)
    document.state = DocumentState.SIGNED
