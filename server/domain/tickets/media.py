"""Short-lived signed addresses of pictures: the only way in which WeChat's checker can fetch one."""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from datetime import UTC, datetime, timedelta

from server.core import clock, crypto
from server.core.db import session
from server.domain.tickets.attachments import AttachmentNotFound, Media, media_of
from server.domain.tickets.files import Attachment

SEAL = 32
ID = 16
WHEN = 8


def media_token(attachment_id: uuid.UUID, *, minutes: int) -> str:
    """A token that opens this one picture for so many minutes, to whoever holds it."""
    until = int((clock.now() + timedelta(minutes=minutes)).timestamp())
    body = attachment_id.bytes + until.to_bytes(WHEN, "big")
    return base64.urlsafe_b64encode(body + _seal(body)).decode().rstrip("=")


def media_by_token(token: str) -> Media:
    """The picture that a token opens; AttachmentNotFound if it is forged, or its time is over."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        raise AttachmentNotFound from None
    body, seal = raw[: ID + WHEN], raw[ID + WHEN :]
    if len(body) != ID + WHEN or not hmac.compare_digest(seal, _seal(body)):
        raise AttachmentNotFound
    if datetime.fromtimestamp(int.from_bytes(body[ID:], "big"), UTC) < clock.now():
        raise AttachmentNotFound
    attachment = session().get(Attachment, uuid.UUID(bytes=body[:ID]))
    if attachment is None:
        raise AttachmentNotFound
    return media_of(attachment)


def _seal(body: bytes) -> bytes:
    return bytes.fromhex(crypto.ring().mac(b"media\0" + body))[:SEAL]
