"""Pictures: taken within a quota, always encoded anew, owned by the uploader until a ticket takes them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.core.errors import Invalid, NotFound
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor, ActorKind
from server.domain.tickets import access, content, quotas
from server.domain.tickets.files import Attachment, ContentCheck
from server.domain.tickets.models import Ticket, TicketEvent
from server.domain.tickets.policy import policy
from server.domain.tickets.vocabulary import CheckSubject
from server.gateways import classified, images
from server.gateways.storage import store

SWEEP = 500


class AttachmentNotFound(NotFound):
    """There is no such picture, or it is not this person's to see."""

    code = "attachment_not_found"
    message = "没有找到该图片。"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """What one file and one person's day may hold; the installation's settings, handed in by the face."""

    max_bytes: int
    max_pixels: int
    daily_count: int
    daily_bytes: int


@dataclass(frozen=True, slots=True)
class Media:
    """A picture on its way out: its type, its length in bytes, and its pieces."""

    attachment: Attachment
    mime: str
    size: int
    pieces: Iterator[bytes]


def upload(actor: Actor, *, raw: bytes, limits: UploadLimits, name: str = "") -> Attachment:
    """Take a stranger's picture. PictureRefused names what is wrong with it, DayQuotaReached when it is one too many.

    ClassifiedUpload for one that bears the mark of a state secret. The picture is decoded before the first statement, so
    no lock is held while it is. A citizen needs consent.
    """
    if len(raw) <= limits.max_bytes:
        classified.refuse(name=name, raw=raw)
    picture = images.clean(raw, max_bytes=limits.max_bytes, max_pixels=limits.max_pixels)
    if actor.kind is ActorKind.CITIZEN:
        identity.require_consent(actor)
    quotas.use(actor, "uploads", most=limits.daily_count, size=len(raw), most_bytes=limits.daily_bytes)
    attachment = Attachment(
        id=new_id(),
        owner_kind=actor.kind,
        owner_id=actor.id,
        sha256=picture.sha256,
        mime=picture.mime,
        size=len(picture.data),
        width=picture.width,
        height=picture.height,
        stored_key=store().put(picture.data, picture.suffix),
        thumb_key=store().put(picture.thumb, ".jpg"),
        state=content.first_state(actor),
        uploaded_at=clock.now(),
    )
    session().add(attachment)
    session().flush()
    content.ask(actor, CheckSubject.ATTACHMENT, attachment.id)
    identity.record(
        actor,
        "attachment.uploaded",
        subject=("attachment", attachment.id),
        summary=f"上传图片 {picture.width}×{picture.height}，{len(picture.data)} 字节",
        changes={"sha256": [None, picture.sha256]},
    )
    return attachment


def attach(actor: Actor, ticket: Ticket, event: TicketEvent, upload_ids: Sequence[uuid.UUID]) -> list[Attachment]:
    """Give the actor's own, still unused pictures to a ticket's event; Invalid if one is not so."""
    wanted = list(dict.fromkeys(upload_ids))
    if not wanted:
        return []
    most = policy().ticket_pictures
    if len(wanted) > most:
        raise Invalid(fields={"upload_ids": [f"最多 {most} 张图片。"]})
    mine = (Attachment.owner_kind == actor.kind, _owner_is(actor.id), Attachment.ticket_id.is_(None))
    claim = sa.update(Attachment).where(Attachment.id.in_(wanted), *mine)
    if hit(claim.values(ticket_id=ticket.id, event_id=event.id)) != len(wanted):
        raise Invalid(fields={"upload_ids": ["有图片不存在、不属于您或已被使用，请重新上传。"]})
    hit(
        sa.update(ContentCheck)
        .where(ContentCheck.subject_kind == CheckSubject.ATTACHMENT, ContentCheck.subject_id.in_(wanted))
        .values(ticket_id=ticket.id)
    )
    query = sa.select(Attachment).where(Attachment.id.in_(wanted)).execution_options(populate_existing=True)
    found = {attachment.id: attachment for attachment in session().scalars(query)}
    return [found[key] for key in wanted]


def find_attachment(actor: Actor, attachment_id: uuid.UUID) -> Attachment:
    """A picture that the actor may see: staff by the ticket's contract, a citizen only their own uploads and tickets."""
    attachment = session().get(Attachment, attachment_id)
    if attachment is None:
        raise AttachmentNotFound
    own = actor.id is not None and attachment.owner_id == actor.id and attachment.owner_kind is actor.kind
    if attachment.ticket_id is None:
        if own:
            return attachment
        raise AttachmentNotFound
    try:
        ticket = access.find(actor, attachment.ticket_id)
    except NotFound:
        raise AttachmentNotFound from None
    seen = attachment.event_id is None or _public(attachment.event_id) or access.is_staff(actor)
    if not seen or not content.may_read(actor, attachment.state, own=own or ticket.reporter_id == actor.id):
        raise AttachmentNotFound
    return attachment


def read(actor: Actor, attachment_id: uuid.UUID, *, thumb: bool = False) -> Media:
    """The picture itself, or its thumbnail, after the permission check."""
    return media_of(find_attachment(actor, attachment_id), thumb=thumb)


def media_of(attachment: Attachment, *, thumb: bool = False) -> Media:
    """A picture's bytes; the caller has checked who asks."""
    key = attachment.thumb_key if thumb else attachment.stored_key
    mime = "image/jpeg" if thumb else attachment.mime
    return Media(attachment, mime, store().size(key), store().stream(key))


def attachments_of(ticket_ids: Iterable[uuid.UUID]) -> list[Attachment]:
    """The pictures of some tickets, oldest first."""
    query = sa.select(Attachment).where(Attachment.ticket_id.in_(list(ticket_ids)))
    return list(session().scalars(query.order_by(Attachment.uploaded_at, Attachment.id)))


def drop_orphans(actor: Actor) -> int:
    """Forget the pictures that no ticket took within a day. Their files go with the next sweep."""
    long_ago = clock.now() - timedelta(hours=policy().orphan_hours)
    query = sa.select(Attachment.id).where(Attachment.ticket_id.is_(None), Attachment.uploaded_at < long_ago)
    gone = list(session().scalars(query.limit(SWEEP)))
    if gone:
        hit(sa.delete(ContentCheck).where(ContentCheck.subject_id.in_(gone)))
        hit(sa.delete(Attachment).where(Attachment.id.in_(gone)))
        identity.record(actor, "attachment.swept", summary=f"清理 {len(gone)} 张未使用的图片")
    return len(gone)


def sweep_files() -> int:
    """Delete files that no row names and that are older than a day. Only reads the database; run it in ``reading()``.

    A file is written before its row is committed, and its row is deleted before the file: so a file without a row is
    either young or nobody's.
    """
    before = clock.now() - timedelta(hours=policy().orphan_hours)
    gone = 0
    for keys in _batches(store().older_than(before)):
        named: set[str] = set()
        for column in (Attachment.stored_key, Attachment.thumb_key):
            named |= set(session().scalars(sa.select(column).where(column.in_(keys))))
        for key in set(keys) - named:
            store().delete(key)
            gone += 1
    return gone


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for key in keys:
        batch.append(key)
        if len(batch) == SWEEP:
            yield batch
            batch = []
    if batch:
        yield batch


def _owner_is(owner_id: uuid.UUID | None) -> sa.ColumnElement[bool]:
    return Attachment.owner_id.is_(None) if owner_id is None else Attachment.owner_id == owner_id


def _public(event_id: uuid.UUID) -> bool:
    return bool(session().scalar(sa.select(TicketEvent.public).where(TicketEvent.id == event_id)))
