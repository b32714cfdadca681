"""Documents under their hash: kept once, never changed, shared by all revisions and requests that name them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import run, session, table
from server.domain.flags.models import FlagObject

Document = dict[str, Any]
# Bound parameters of one statement; every database takes more.
AT_ONCE = 500

_objects = table(FlagObject)


def hash_of(value: Any) -> str:
    """SHA-256 of a value's canonical JSON (sorted keys, no blanks, UTF-8), in hex."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def load(hashes: Iterable[str]) -> dict[str, Document]:
    """The documents of these hashes, fresh copies, in one statement for up to 500. Unknown hashes are left out."""
    wanted = sorted(set(hashes))
    found: dict[str, Document] = {}
    for start in range(0, len(wanted), AT_ONCE):
        query = sa.select(_objects.c.hash, _objects.c.document)
        found |= {
            row.hash: row.document for row in run(query.where(_objects.c.hash.in_(wanted[start : start + AT_ONCE])))
        }
    return found


def keep(documents: Mapping[str, Document]) -> None:
    """Have these documents kept. In the order of their hashes, so that two writers cannot wait for each other."""
    known = load(documents)
    moment = clock.now()
    for digest in sorted(documents.keys() - known.keys()):
        try:
            with session().begin_nested():
                run(sa.insert(_objects).values(hash=digest, document=documents[digest], created_at=moment))
        except IntegrityError:
            # Somebody else just kept the same document: it is the same.
            continue
