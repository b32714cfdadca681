"""The room's row: what a service record tells that the ticket itself does not know (服务记录补充)."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText

NAME = 64


class Supplement(Keyed, Base):
    """One ticket's supplement. ``version`` moves with each change; ``hours`` None: as the log adds them up."""

    __tablename__ = "form_supplements"

    ticket_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    cause: Mapped[str] = mapped_column(LongText, default="")
    result: Mapped[str] = mapped_column(LongText, default="")
    left_over: Mapped[str] = mapped_column(LongText, default="")
    materials: Mapped[str] = mapped_column(LongText, default="")
    hours: Mapped[Decimal | None] = mapped_column(sa.Numeric(6, 1))
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[uuid.UUID | None]
    updated_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
