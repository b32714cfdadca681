"""What leaves the house by a page is in the trail (A39): downloads, whoever's page they are on, and uploads that were refused.

A view that writes an entry of its own for what it gives out says so with ``told``; one that knows the contract, with ``of``.
"""

from __future__ import annotations

import uuid
from urllib.parse import unquote

from flask import Flask, Response, g, request

from server.admin.access import maybe_actor
from server.core import db
from server.domain import identity, secrecy
from server.gateways import classified

PREFIX = "/admin"
PDF = "application/pdf"
GIVEN = frozenset({200, 206})
# Views that write their own word about what they give out.
TELL_THEMSELVES = frozenset(
    {
        "acceptances.export",
        "audit.download",
        "documents.export",
        "documents.file",
        "exports.tickets_found",
        "flag_exchange.download",
        "secrecy.export",
        "secrecy_traces.export",
        "staff.paper",
    }
)


def install(app: Flask) -> None:
    """Watch every page."""
    app.before_request(_begin)
    app.after_request(_write)


def of(contract_id: uuid.UUID | None) -> None:
    """Say whose contract the file of this answer belongs to."""
    g.trace_contract = contract_id


def _begin() -> None:
    if request.path.startswith(PREFIX) or request.path.startswith("/api/"):
        classified.watch()


def _write(response: Response) -> Response:
    """After the request's unit has ended: one more for the trail. No trace, no file."""
    refused = classified.refusals()
    actor = maybe_actor() or g.get("api_actor")
    if refused:
        with db.unit():
            secrecy.note_refused(actor or identity.ANONYMOUS, refused, path=request.path)
    if actor is not None and request.path.startswith(PREFIX) and _gives_a_file(response):
        with db.unit():
            secrecy.note_download(
                actor,
                name=_name_of(response),
                path=request.path,
                subject=request.endpoint or "",
                contract_id=g.get("trace_contract"),
            )
    return response


def _gives_a_file(response: Response) -> bool:
    if response.status_code not in GIVEN or request.method == "HEAD" or request.endpoint in TELL_THEMSELVES:
        return False
    return response.headers.get("Content-Disposition", "").startswith("attachment") or response.mimetype == PDF


def _name_of(response: Response) -> str:
    """The file's name as the browser hears it."""
    way = response.headers.get("Content-Disposition", "")
    for part in way.split(";"):
        key, _, value = part.strip().partition("=")
        if key == "filename*":
            return unquote(value.partition("''")[2])
    for part in way.split(";"):
        key, _, value = part.strip().partition("=")
        if key == "filename":
            return value.strip('"')
    return request.path.rsplit("/", 1)[-1]
