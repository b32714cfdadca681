"""Our own faults, sent to a self-hosted Sentry when one is named; never what people said or who they are (PIPL 33–36)."""

from __future__ import annotations

from typing import Any

import sentry_sdk

from server.core.errors import ShijianError
from server.core.logs import redact

# What may carry a person's data in an event; frames keep their names and lines only.
PERSONAL = ("user", "request", "breadcrumbs", "extra")


def install(dsn: str, *, release: str, environment: str) -> None:
    """Report unexpected errors of this process. Expected refusals, local variables and request bodies stay here."""
    sentry_sdk.init(
        dsn=dsn,
        release=release,
        environment=environment,
        data_collection={
            "user_info": False,
            "http_bodies": [],
            "stack_frame_variables": False,
            "database_query_data": False,
        },
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=scrubbed,
    )


def scrubbed(event: Any, hint: dict[str, Any]) -> Any:
    """The event without personal data; None, so nothing is sent, for an expected refusal."""
    raised = hint.get("exc_info")
    if raised is not None and isinstance(raised[1], ShijianError):
        return None
    for name in PERSONAL:
        event.pop(name, None)
    return _redacted(event)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return value
