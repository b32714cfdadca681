"""Which keys have sealed papers: public halves are kept for good, so that old papers stay provable after a rotation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock, signatures
from server.core.db import Base, session
from server.domain import identity
from server.domain.documents import seal
from server.domain.identity import Actor


class DocumentSealKey(Base):
    """A public key by its fingerprint."""

    __tablename__ = "document_seal_keys"

    fingerprint: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(sa.String(64))
    public_key: Mapped[str] = mapped_column(sa.String(64))
    known_since: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key for everybody to compare with. ``current``: it seals what is issued today."""

    fingerprint: str
    pem: str
    current: bool


def keep_seal_keys(actor: Actor) -> int:
    """Write down the public keys of the ring that are not written yet; how many. A daily job does so."""
    known = set(session().scalars(sa.select(DocumentSealKey.fingerprint)))
    fresh = [key for key in seal.ring_keys() if signatures.fingerprint(key.public) not in known]
    for key in fresh:
        fingerprint = signatures.fingerprint(key.public)
        row = DocumentSealKey(
            fingerprint=fingerprint, key_id=key.id, public_key=key.public.hex(), known_since=clock.now()
        )
        session().add(row)
        identity.record(
            actor, "seal_key.kept", subject=("seal_key", key.id), summary=f"登记封印公钥 {key.id}：{fingerprint}"
        )
    return len(fresh)


def published_keys() -> list[PublishedKey]:
    """Every public key that may have sealed a paper of this installation, today's first."""
    current = seal.current_key().public
    rest = sorted(trusted_keys() - {current}, key=signatures.fingerprint)
    return [PublishedKey(signatures.fingerprint(key), seal.pem_of(key), key == current) for key in (current, *rest)]


def trusted_keys() -> frozenset[bytes]:
    """Every public key that may have sealed a paper of this installation: the ring's, and those of former rings."""
    kept = session().scalars(sa.select(DocumentSealKey.public_key))
    return frozenset({*(bytes.fromhex(each) for each in kept), *(key.public for key in seal.ring_keys())})
