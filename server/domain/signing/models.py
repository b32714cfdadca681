"""Tables: a document's signing, its chain of evidence, the signatures that stand, scans, and agreements to sign in-app."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.documents import Side
from server.domain.signing.vocabulary import Act, CodeSource, Mode, ScanState

NAME = 64
ORGANISATION = 100
HASH = 64
ADDRESS = 45
FILE_NAME = 120
REASON = 500
NOTE = 500


class SigningCase(Base):
    """How far one document's signing is: the end of its chain, and whether a side has refused. One row, held by writers."""

    __tablename__ = "signing_cases"

    document_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(sa.String(HASH), default="")
    declined_side: Mapped[Side | None] = enum_column(Side)
    declined_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    declined_at: Mapped[datetime | None]
    declined_reason: Mapped[str] = mapped_column(sa.String(REASON), default="")
    completed_at: Mapped[datetime | None]


class SigningEntry(Keyed, Base):
    """One link of a document's evidence: never changed, never deleted.

    ``hash`` is over everything else and over the hash before it; ``seal`` is the server's signature on it by the key that
    ``key`` names. ``file_sha256`` is the document's PDF as it was shown; ``intent`` the words that the person agreed to.
    """

    __tablename__ = "signing_entries"
    __table_args__ = (sa.UniqueConstraint("document_id", "seq"),)

    document_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    seq: Mapped[int]
    act: Mapped[Act] = enum_column(Act)
    side: Mapped[Side | None] = enum_column(Side)
    mode: Mapped[Mode | None] = enum_column(Mode)
    file_sha256: Mapped[str] = mapped_column(sa.String(HASH))
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME))
    organisation_id: Mapped[uuid.UUID | None]
    organisation: Mapped[str] = mapped_column(sa.String(ORGANISATION))
    session_id: Mapped[uuid.UUID | None]
    address: Mapped[str] = mapped_column(sa.String(ADDRESS))
    at: Mapped[datetime]
    intent: Mapped[str] = mapped_column(LongText)
    text: Mapped[str] = mapped_column(LongText)
    data: Mapped[dict[str, Any]]
    before: Mapped[str] = mapped_column(sa.String(HASH))
    hash: Mapped[str] = mapped_column(sa.String(HASH), unique=True)
    key: Mapped[str] = mapped_column(sa.String(HASH))
    seal: Mapped[str] = mapped_column(sa.String(128))


class Signature(Keyed, Base):
    """A signature of one side, with the entry that proves it.

    ``slot`` and ``person`` are taken while it stands, and NULL once it is withdrawn or set aside: one signature of a side,
    one of a person. A wet one names who signed the paper; ``officer_id`` is then whoever vouched for the scan.
    """

    __tablename__ = "signing_signatures"

    document_id: Mapped[uuid.UUID] = mapped_column(index=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    side: Mapped[Side] = enum_column(Side)
    mode: Mapped[Mode] = enum_column(Mode)
    entry_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("signing_entries.id"))
    file_sha256: Mapped[str] = mapped_column(sa.String(HASH))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(NAME))
    organisation_id: Mapped[uuid.UUID | None]
    organisation: Mapped[str] = mapped_column(sa.String(ORGANISATION))
    signed_at: Mapped[datetime]
    signed_on: Mapped[date]
    address: Mapped[str] = mapped_column(sa.String(ADDRESS), default="")
    drawing_key: Mapped[str] = mapped_column(sa.String(60), default="")
    drawing_sha256: Mapped[str] = mapped_column(sa.String(HASH), default="")
    slot: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    person: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    ended_at: Mapped[datetime | None]


class Scan(Keyed, Base):
    """A scan of the paper that both sides signed by hand.

    ``slot`` is the document while the scan waits or is confirmed; ``claim`` is the hash of its bytes, which one document
    alone may ever have used (NULL where the same document brings the same scan again). ``signers``: side, name, day.
    """

    __tablename__ = "signing_scans"

    document_id: Mapped[uuid.UUID] = mapped_column(index=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    state: Mapped[ScanState] = enum_column(ScanState, default=ScanState.WAITING)
    slot: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    claim: Mapped[str | None] = mapped_column(sa.String(HASH), unique=True)
    code_source: Mapped[CodeSource] = enum_column(CodeSource)
    side: Mapped[Side] = enum_column(Side)
    signers: Mapped[list[Any]]
    file_name: Mapped[str] = mapped_column(sa.String(FILE_NAME))
    mime: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(HASH), index=True)
    stored_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    attached_by_id: Mapped[uuid.UUID | None]
    attached_by_name: Mapped[str] = mapped_column(sa.String(NAME))
    organisation_id: Mapped[uuid.UUID | None]
    organisation: Mapped[str] = mapped_column(sa.String(ORGANISATION))
    attached_at: Mapped[datetime]
    judged_by_id: Mapped[uuid.UUID | None]
    judged_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    judged_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(REASON), default="")


class Agreement(Keyed, Base):
    """The parties' agreement to sign a contract's papers electronically (Electronic Signature Law art. 3), with its paper.

    ``slot`` is the contract while it holds.
    """

    __tablename__ = "signing_agreements"

    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    slot: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    agreed_on: Mapped[date]
    vendor_signer: Mapped[str] = mapped_column(sa.String(NAME))
    bureau_signer: Mapped[str] = mapped_column(sa.String(NAME))
    note: Mapped[str] = mapped_column(sa.String(NOTE), default="")
    file_name: Mapped[str] = mapped_column(sa.String(FILE_NAME))
    mime: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(HASH))
    stored_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    recorded_by_id: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str] = mapped_column(sa.String(NAME))
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    end_reason: Mapped[str] = mapped_column(sa.String(REASON), default="")
