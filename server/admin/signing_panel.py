"""How far a document's signing is, for its page and for the page where it is signed."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain import documents, signing
from server.domain.documents import Document, DocumentState, Side
from server.domain.identity import Actor, Permission
from server.domain.signing import Scan, ScanState, Signature, SigningCase

SIGN = Permission.DOCUMENT_SIGN
OPEN = (DocumentState.ISSUED, DocumentState.SIGNING)


@dataclass(frozen=True, slots=True)
class SideLine:
    """One side that has to sign, and its signature if there is one."""

    side: Side
    signature: Signature | None


@dataclass(frozen=True, slots=True)
class Panel:
    """What is known of a document's signing, and what the actor may do now."""

    document: Document
    lines: tuple[SideLine, ...]
    case: SigningCase | None
    scan: Scan | None
    side: Side | None
    may_open: bool
    may_sign: bool
    may_attach: bool
    may_withdraw: bool
    may_decline: bool
    may_lift: bool
    may_judge: bool
    may_take_back: bool
    held_back: str

    @property
    def waits_for_me(self) -> bool:
        """Whether the actor's side has something to do."""
        return self.may_sign or self.may_judge


def panel_of(actor: Actor, document: Document) -> Panel | None:
    """The panel; None for a kind that nobody signs."""
    sides = signing.sides_of(document)
    if not sides:
        return None
    standing = signing.standing_of(document.id)
    case = signing.case_of(document.id)
    scan = signing.waiting_of(document.id)
    open_ = document.state in OPEN and actor.may(SIGN, document.contract_id)
    side = signing.side_of(actor, document) if open_ else None
    mine = standing.get(side) if side else None
    held_back = signing.held_back(document) if open_ else ""
    free = open_ and side is not None and not held_back and (case is None or case.declined_side is None)
    waiting = scan is not None and scan.state is ScanState.WAITING
    return Panel(
        document=document,
        lines=tuple(SideLine(each, standing.get(each)) for each in sides),
        case=case,
        scan=scan,
        side=side,
        may_open=open_,
        may_sign=free and side in sides and mine is None and not waiting,
        may_attach=free and not standing and not waiting,
        may_withdraw=mine is not None and mine.officer_id == actor.id,
        may_decline=free and side in sides and mine is None,
        may_lift=open_ and case is not None and side is not None and case.declined_side is side,
        may_judge=open_ and waiting and scan is not None and side is not None and side is not scan.side,
        may_take_back=open_ and waiting and scan is not None and side is scan.side,
        held_back=held_back,
    )


def kind_label(document: Document) -> str:
    """What sort of paper it is."""
    return documents.kind_of(document.kind).label
