"""What schemathesis cannot invent: keys that are used once, a page's place, a picture. Loaded by its own process.

Only requests that were generated as valid are touched; what was made wrong on purpose goes out as it is.
"""

from __future__ import annotations

import itertools
from typing import Any

import schemathesis
from hypothesis import strategies
from schemathesis.generation import GenerationMode

from tests.support import pictures

KINDS = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp")
numbers = itertools.count(1)
for kind in KINDS:
    name = kind.removeprefix("image/").upper()
    picture = pictures.screenshot(1, width=64, height=96, kind=name)
    schemathesis.openapi.media_type(kind, strategies.just(picture))


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:
    """Make a valid request one that can be carried out."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"case-{next(numbers)}"
    # only the server makes these
    case.query.pop("cursor", None)
    if isinstance(case.body, dict) and "upload_ids" in case.body:
        case.body["upload_ids"] = []
