"""Keys: UUIDv7 (RFC 9562), ordered by time and unguessable; and secrets for tokens."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from uuid_utils.compat import uuid7

from server.core.errors import NotFound

TOKEN_BYTES = 32


def new_id() -> uuid.UUID:
    """A fresh key."""
    return uuid7()


def parse_id(text: str) -> uuid.UUID:
    """The key that a text spells; NotFound if it spells none, since no object can have it."""
    try:
        return uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        raise NotFound from None


def new_secret() -> str:
    """256 random bits, URL-safe: for tokens that are shown once and stored as a hash."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(secret: str) -> str:
    """How a random secret is stored: its SHA-256 in hex. Not for passwords, which people choose."""
    return hashlib.sha256(secret.encode()).hexdigest()
