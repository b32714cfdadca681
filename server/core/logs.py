"""Logs: one JSON object a line, with the request's id, and with secrets and personal data taken out."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from server.core.ids import new_id

request_id: ContextVar[str] = ContextVar("request_id", default="-")

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(bearer\s+)[a-z0-9._~+/=-]{8,}"), r"\1***"),
    (
        re.compile(
            r"(?i)([\"']?(?:access_token|refresh_token|session_key|secret|password|js_code|openid|unionid|appsecret)"
            r"[\"']?\s*[=:]\s*[\"']?)[^\"'&\s,}]+"
        ),
        r"\1***",
    ),
    (re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)"), r"\1****\2"),
    (re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])"), r"\1********\2"),
)
# What every one of them needs to match: most texts have none of it, and one look is cheaper than four.
_HINT = re.compile(r"[=:]|(?i:bearer)\s|\d{11}")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def begin_request(given: str) -> str:
    """Name the request that begins: as its sender does, if that is a harmless name."""
    chosen = given if _SAFE_ID.fullmatch(given) else new_id().hex
    request_id.set(chosen)
    return chosen


def redact(text: str) -> str:
    """A text without tokens, secrets, phone numbers and identity numbers."""
    if not _HINT.search(text):
        return text
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class JsonLines(logging.Formatter):
    """A record as one line of JSON; line breaks inside are escaped, so no one can forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            "request_id": request_id.get(),
        }
        for key, value in vars(record).items():
            if key not in _STANDARD:
                line[key] = redact(value) if isinstance(value, str) else value
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=lambda value: redact(str(value)))


def configure(level: str) -> None:
    """Send the process's logs to standard error as JSON lines."""
    # The manual's own advice ("Optimization"): a line names neither its caller nor its thread, so nobody looks for them.
    logging._srcfile = None
    # (The process stays: gunicorn's own lines name it.)
    logging.logThreads = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
