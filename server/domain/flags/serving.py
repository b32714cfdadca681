"""A flag set as the flagd document that the engine compiles."""

from __future__ import annotations

from typing import Any

from server.domain.flags import documents
from server.domain.flags.content import Content


def document_of(found: Content, *, authoring: bool = False) -> dict[str, Any]:
    """The flagd document of a flag set: what ``compile_set`` takes, and with ``authoring`` what ``export`` gives out.

    Its metadata say ``flagSetId`` (the environment), ``version`` and ``revision`` (the number, as text and as a number).
    ``authoring`` adds what only an import by us reads: names, tags, rules as they were written.
    """
    told: dict[str, str | int | float | bool] = {
        "flagSetId": found.environment.value,
        "version": str(found.number),
        "revision": found.number,
    }
    return documents.to_flagd(found.flags, found.segments, metadata=told, authoring=authoring)
