"""Lines above every page that warn the people who can do something about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from server.core.db import db
from server.domain import agenda
from server.domain.identity import Actor, Permission
from server.gateways.office import fonts

SAFE_SQLITE = (3, 51, 3)


@dataclass(frozen=True, slots=True)
class Banner:
    """One line. ``href`` and ``link_text`` lead to where it is put right."""

    text: str
    level: Literal["info", "warning", "danger"] = "warning"
    href: str = ""
    link_text: str = ""


# Page groups add theirs: a function of the actor that yields what this person should know.
PROVIDERS: list[Callable[[Actor], Iterable[Banner]]] = []


class Banners:
    """All banners for one actor; asked for when a whole page is drawn, not for a fragment or an error."""

    def __init__(self, actor: Actor | None) -> None:
        self.actor = actor
        self._found: list[Banner] | None = None

    def __iter__(self) -> Iterator[Banner]:
        if self._found is None:
            actor = self.actor
            self._found = [banner for provider in PROVIDERS for banner in provider(actor)] if actor else []
        return iter(self._found)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None


class Bell:
    """The officer's unread alerts; asked for when a whole page is drawn, and then once."""

    def __init__(self, actor: Actor | None) -> None:
        self.actor = actor
        self._count: int | None = None

    @property
    def shown(self) -> bool:
        """Whether this officer has an inbox."""
        return self.actor is not None and self.actor.may(Permission.AGENDA_VIEW)

    @property
    def count(self) -> int:
        """How many alerts are unread: one statement."""
        if self._count is None:
            self._count = agenda.unread_count(self.actor) if self.actor and self.shown else 0
        return self._count


def old_sqlite(actor: Actor) -> Iterable[Banner]:
    """SQLite before 3.51.3 can damage a WAL file that several processes write (console_security.md §0)."""
    dialect = db.engine.dialect
    if dialect.name != "sqlite" or not actor.may(Permission.SYSTEM_VIEW):
        return
    version = getattr(dialect.dbapi, "sqlite_version_info", SAFE_SQLITE)
    if version < SAFE_SQLITE:
        spelled = ".".join(map(str, version))
        yield Banner(f"SQLite {spelled} 存在多进程写入损坏风险，请升级到 3.51.3 以上或改用 PostgreSQL。", "danger")


def no_fonts(actor: Actor) -> Iterable[Banner]:
    """Without a Chinese font no paper can be made."""
    if actor.may(Permission.SYSTEM_VIEW) and (told := fonts.missing()):
        yield Banner(told, "danger")


PROVIDERS.append(old_sqlite)
PROVIDERS.append(no_fonts)
