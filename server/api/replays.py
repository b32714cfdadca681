"""Idempotency on the wire: a repeated request gets the first answer, byte for byte, with ``Idempotent-Replayed: true``.

The key (printable ASCII, at most 255 characters) counts for one caller, method and path. Another body under the same
key is 422, a first request still under way 409 with Retry-After. Refusals are not kept: the key may be tried again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Response, g, request

from server.api.callers import caller_key
from server.api.contract import Idempotency
from server.api.problems import KeyMissing
from server.core import idempotency
from server.core.db import settle_request
from server.core.errors import Invalid
from server.core.idempotency import Answer, Claim
from server.core.ids import digest
from server.domain.identity import Actor, ActorKind

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
DONE_BELOW = 400
# What belongs to the answer itself; everything else is written anew for each try.
KEPT_HEADERS = ("Content-Type", "Cache-Control", "Location", "ETag")
EMPTY_BODY = digest("")


def once(terms: Idempotency, actor: Actor, body: dict[str, Any] | None, run: Callable[[], Response]) -> Response:
    """Run a view unless its key was done before; keep its answer in the same transaction."""
    caller = caller_key(actor)
    if terms.caller_field and body and actor.kind is ActorKind.ANONYMOUS:
        caller = f"f:{digest(str(body.get(terms.caller_field, '')))}"
    scope = idempotency.scope_of(caller, request.method, request.path, _key())
    held = idempotency.claim(scope, g.get("body_digest", EMPTY_BODY), kept=terms.kept)
    if isinstance(held, Answer):
        return _replayed(held)
    if terms.calls_out:
        return _in_two_units(held, run)
    try:
        answer = run()
    except Exception as error:
        if getattr(error, "keeps", False):
            idempotency.release(held)
        raise
    _keep(held, answer)
    return answer


def _in_two_units(held: Claim, run: Callable[[], Response]) -> Response:
    """The claim is committed first: no transaction stays open while somebody else's server is asked."""
    settle_request(keep=True)
    try:
        answer = run()
        _keep(held, answer)
    except Exception as error:
        settle_request(keep=getattr(error, "keeps", False))
        idempotency.release(held)
        settle_request(keep=True)
        raise
    return answer


def _keep(held: Claim, answer: Response) -> None:
    if answer.status_code < DONE_BELOW:
        headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
        idempotency.complete(held, Answer(answer.status_code, headers, answer.get_data()))


def _replayed(earlier: Answer) -> Response:
    answer = Response(earlier.body, earlier.status)
    del answer.headers["Content-Type"]
    answer.headers.update(earlier.headers)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _key() -> str:
    key = request.headers.get(HEADER)
    if not key:
        raise KeyMissing
    if not KEY.fullmatch(key):
        raise Invalid(fields={HEADER: ["应为 1 至 255 个可见的 ASCII 字符。"]})
    return key
