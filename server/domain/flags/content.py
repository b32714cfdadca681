"""The flag set of an environment as it stands, or as it stood: for programs that serve it, and for everything else here.

Nothing in this module asks who wants to know: faces use ``find_revision`` and its kin, which do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from server.core.db import run, table
from server.core.errors import NotFound
from server.domain.flags import objects
from server.domain.flags.environments import Environment
from server.domain.flags.models import FlagHead, Revision, Subject
from server.domain.flags.objects import Document, hash_of


class RevisionNotFound(NotFound):
    """No such revision of the environment's flag set."""

    code = "flag_revision_not_found"
    message = "没有找到这一版功能开关。"


@dataclass(frozen=True, slots=True)
class Tree:
    """Which document each key has, by hash. ``origins``: see ``Revision``."""

    environment: Environment
    number: int
    flags: Mapping[str, str]
    segments: Mapping[str, str]
    origins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def get(self, subject: Subject, key: str) -> str | None:
        """The hash of a flag's or segment's document; None if there is none."""
        return self.shelf(subject).get(key)

    def shelf(self, subject: Subject) -> Mapping[str, str]:
        """All of a sort."""
        return self.flags if subject is Subject.FLAG else self.segments

    def plain(self) -> dict[str, dict[str, str]]:
        """As it is stored and hashed."""
        return {"flags": dict(self.flags), "segments": dict(self.segments)}

    @property
    def content_hash(self) -> str:
        """Equal for equal flags and segments, whatever the number."""
        return hash_of(self.plain())


@dataclass(frozen=True, slots=True)
class Content:
    """A whole flag set: documents by key. ``number`` 0 is the empty set before the first revision."""

    environment: Environment
    number: int
    flags: dict[str, Document]
    segments: dict[str, Document]
    content_hash: str
    hashes: Tree

    def get(self, subject: Subject, key: str) -> Document | None:
        """A document; None if there is none."""
        return (self.flags if subject is Subject.FLAG else self.segments).get(key)

    def hash_of(self, subject: Subject, key: str) -> str | None:
        """Its hash: what a ``Change`` names as ``base_hash``."""
        return self.hashes.get(subject, key)


_heads, _revisions = table(FlagHead), table(Revision)
_HEADS = sa.select(_heads.c.environment, _heads.c.number)
_HEAD = sa.select(_heads.c.number).where(_heads.c.environment == sa.bindparam("of"))
_HELD = _HEAD.with_for_update()
_TREE = sa.select(_revisions.c.tree, _revisions.c.origins).where(
    _revisions.c.environment == sa.bindparam("of"), _revisions.c.number == sa.bindparam("numbered")
)


def head(environment: Environment) -> int:
    """The number of the newest revision; 0 before the first. One row by its key."""
    return run(_HEAD, {"of": environment}).scalar_one_or_none() or 0


def heads() -> dict[Environment, int]:
    """The same of every environment, in one statement: cheap enough to ask each second."""
    return dict.fromkeys(Environment, 0) | {row.environment: row.number for row in run(_HEADS)}


def held(environment: Environment) -> Tree:
    """The newest tree, held against other writers of the environment until the unit ends.

    Whoever changes an environment's revisions or open requests asks for this first: so all wait in one line.
    """
    number = run(_HELD, {"of": environment}).scalar_one_or_none()
    if number is None:
        run(sa.insert(_heads).values(environment=environment, number=0))
    return tree(environment, number or 0)


def tree(environment: Environment, number: int | None = None) -> Tree:
    """A revision's tree, the newest unless a number is given; RevisionNotFound."""
    wanted = head(environment) if number is None else number
    if wanted == 0:
        return Tree(environment, 0, {}, {})
    row = run(_TREE, {"of": environment, "numbered": wanted}).one_or_none()
    if row is None:
        raise RevisionNotFound
    return Tree(environment, wanted, row.tree["flags"], row.tree["segments"], row.origins)


def content(environment: Environment, number: int | None = None) -> Content:
    """A flag set with its documents: the newest, or revision ``number`` (0: the empty one). RevisionNotFound.

    Three small statements. The documents are the caller's own copies.
    """
    return content_of(tree(environment, number))


def content_of(which: Tree) -> Content:
    """A tree with its documents."""
    found = objects.load([*which.flags.values(), *which.segments.values()])
    return Content(
        environment=which.environment,
        number=which.number,
        flags={key: found[digest] for key, digest in sorted(which.flags.items())},
        segments={key: found[digest] for key, digest in sorted(which.segments.items())},
        content_hash=which.content_hash,
        hashes=which,
    )
