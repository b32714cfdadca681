"""Which part of a percentage somebody falls into: flagd's fractional v3, written down in docs/flags.md.

Canonical CBOR (RFC 8949 4.2) of the value that is bucketed, murmur3-32 with seed 0 over it, times the total weight,
shifted right by 32. Integers only, so that no processor and no language comes to another answer.
"""

from __future__ import annotations

from typing import Any

import cbor2
import mmh3

MOST = 2**31 - 1
"""The largest sum of weights that flagd takes."""

TINY, BYTE, SHORT = 24, 1 << 8, 1 << 16
LOWEST, HIGHEST = -(2**63), 2**64 - 1


def bucket(value: Any, total: int) -> int | None:
    """The bucket of a value, 0 ≤ bucket < total; None where the value has no CBOR (or is nothing)."""
    hashed = hash_of(value)
    return None if hashed is None else (hashed * total) >> 32


def hash_of(value: Any) -> int | None:
    """murmur3-32 of the value's CBOR, 0 ≤ hash < 2³²."""
    if value is None:
        return None
    try:
        encoded = text_bytes(value) if type(value) is str else cbor2.dumps(whole(value), canonical=True)
    except (cbor2.CBOREncodeError, ValueError, TypeError, OverflowError, RecursionError):
        return None
    return mmh3.hash(encoded, 0, False)


def pair_hash(head: bytes, targeting_key: str) -> int | None:
    """The hash of ``[flag key, targeting key]``, where ``head`` is what ``pair_head`` says of the flag key."""
    try:
        return mmh3.hash(head + text_bytes(targeting_key), 0, False)
    except UnicodeEncodeError:
        return None


def pair_head(flag_key: str) -> bytes:
    """The first bytes of the CBOR of ``[flag key, …]``: a list of two and the first of them."""
    return b"\x82" + text_bytes(flag_key)


def text_bytes(value: str) -> bytes:
    """The CBOR of a text: its length in as few bytes as do, then UTF-8."""
    body = value.encode()
    size = len(body)
    if size < TINY:
        return bytes((0x60 + size,)) + body
    if size < BYTE:
        return b"\x78" + size.to_bytes(1, "big") + body
    if size < SHORT:
        return b"\x79" + size.to_bytes(2, "big") + body
    return b"\x7a" + size.to_bytes(4, "big") + body


def whole(value: Any) -> Any:
    """The value with floats that are whole numbers of 64 bits as integers, so that 1.0 and 1 share a bucket."""
    if isinstance(value, dict):
        return {key: whole(part) for key, part in value.items()}
    if isinstance(value, list):
        return [whole(part) for part in value]
    if isinstance(value, float) and value.is_integer() and LOWEST <= value <= HIGHEST:
        return int(value)
    return value
