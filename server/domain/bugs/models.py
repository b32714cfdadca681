"""What a bug report knows of the device and of the place in the app."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed


class BugReport(Keyed, Base):
    """One report. ``device`` is what the mini program said of itself; the columns beside it are for grouping.

    The words, pictures, clocks and talk are the ticket's, which names this report as its subject.
    """

    __tablename__ = "bug_reports"

    app_version: Mapped[str] = mapped_column(sa.String(32), default="", index=True)
    app_env: Mapped[str] = mapped_column(sa.String(16), default="")
    app_build: Mapped[str] = mapped_column(sa.String(64), default="")
    base_library: Mapped[str] = mapped_column(sa.String(32), default="")
    platform: Mapped[str] = mapped_column(sa.String(32), default="")
    page: Mapped[str] = mapped_column(sa.String(200), default="", index=True)
    device: Mapped[dict[str, Any]]
    reported_at: Mapped[datetime] = mapped_column(index=True)
