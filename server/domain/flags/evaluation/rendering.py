"""The bytes of OFREP answers, rendered once for each possible outcome of a flag and joined when somebody asks.

Always a variant, a standard reason and, with an error, its details; never ``"value": null``: clients fail on anything
else (docs/flags.md). A float is written as a float (``1.0``), so that a typed client takes it as one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from server.domain.flags.evaluation.resolutions import Resolution

OPENING, BETWEEN, CLOSING = b'{"flags":[', b",", b"]"


def single(resolution: Resolution) -> bytes:
    """An evaluated flag, or one that could not be, as a JSON object."""
    body: dict[str, Any] = {"key": resolution.key}
    if resolution.error_code is not None:
        body |= {"errorCode": resolution.error_code, "errorDetails": resolution.error_details or ""}
    else:
        if resolution.value is not None:
            body["value"] = resolution.value
        body |= {"variant": resolution.variant or "", "reason": resolution.reason}
    body["metadata"] = dict(resolution.metadata)
    return orjson.dumps(body)


def bulk_end(metadata: Mapping[str, Any]) -> bytes:
    """What follows the flags of a bulk."""
    return CLOSING + (b',"metadata":' + orjson.dumps(dict(metadata)) if metadata else b"") + b"}"


def bulk(pieces: Iterable[bytes], end: bytes) -> bytes:
    """A bulk of rendered flags."""
    return OPENING + BETWEEN.join(pieces) + end


def writable(value: Any) -> bool:
    """Whether JSON can say a value: text in Unicode, no NaN, no infinity, no integer beyond 64 bits."""
    try:
        orjson.dumps(value)
        return _finite(value)
    except (orjson.JSONEncodeError, RecursionError):
        return False


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_finite(part) for part in value.values())
    return all(_finite(part) for part in value) if isinstance(value, list) else True
