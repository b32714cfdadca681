"""Screenshots and papers of a feedback sheet."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.referrals import access
from server.domain.referrals.models import Sheet, SheetPaper
from server.gateways import papers

ROOM = "referrals"
MOST = 12


def add_paper(actor: Actor, sheet_id: uuid.UUID, *, name: str, raw: bytes) -> SheetPaper:
    """Put a screenshot or a paper to a sheet. Needs referral.log; papers.PaperRefused for what is neither."""
    sheet = access.hold(actor, Sheet, sheet_id, Permission.REFERRAL_LOG)
    count = session().scalar(sa.select(sa.func.count()).select_from(SheetPaper).where(SheetPaper.sheet_id == sheet_id))
    if (count or 0) >= MOST:
        raise Invalid(fields={"upload": [f"最多 {MOST} 个附件。"]})
    kept = papers.keep(ROOM, name=name, raw=raw)
    paper = SheetPaper(
        id=new_id(),
        sheet_id=sheet.id,
        file_name=kept.name,
        mime=kept.mime,
        size=kept.size,
        sha256=kept.sha256,
        stored_key=kept.key,
        added_by_name=actor.name,
        added_at=clock.now(),
    )
    session().add(paper)
    session().flush()
    identity.record(
        actor,
        "sheet.paper_added",
        subject=("sheet", sheet.id),
        summary=f"{sheet.number} 添加附件 {kept.name}",
        changes={"sha256": [None, kept.sha256]},
    )
    return paper


def papers_of(sheet: Sheet) -> Sequence[SheetPaper]:
    """The papers of a sheet that the caller has found."""
    query = sa.select(SheetPaper).where(SheetPaper.sheet_id == sheet.id)
    return session().scalars(query.order_by(SheetPaper.id)).all()


def find_paper(actor: Actor, paper_id: uuid.UUID) -> SheetPaper:
    """One paper, if the actor may see its sheet; ReferralNotFound otherwise."""
    paper = session().get(SheetPaper, paper_id)
    if paper is None:
        raise access.ReferralNotFound
    access.find(actor, Sheet, paper.sheet_id)
    return paper


def read_paper(paper: SheetPaper) -> Iterator[bytes]:
    """The file of a paper that the caller has found, in pieces."""
    return papers.stream(ROOM, paper.stored_key)
