"""Security headers of every answer, and the nonce that lets a page's own script or style through."""

from __future__ import annotations

import logging
import secrets

from flask import Blueprint, Response, g, request

from server.admin.marks import open_to_browsers
from server.core import clock

log = logging.getLogger(__name__)
blueprint = Blueprint("csp", __name__)

REPORT_PATH = "/admin/csp-reports"
REPORT_BYTES = 8192
A_YEAR = 365 * 24 * 3600
FEATURES_OFF = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def csp_nonce() -> str:
    """One nonce a request, made on first use: an answer given by an early hook (CSRF refused) has one as well."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def security_headers(response: Response) -> Response:
    """For `after_request`. Pages that set their own policy (a sandboxed attachment) or their own caching keep it.

    The API dresses its own answers, and answers often: it needs no nonce.
    """
    if request.path.startswith("/api/"):
        return response
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _policy())
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = FEATURES_OFF
    headers["X-Server-Time"] = clock.now().isoformat(timespec="milliseconds")
    if request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={A_YEAR}; includeSubDomains"
    return response


def _policy() -> str:
    nonce = csp_nonce()
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            # data: for the small drawings inside Tabler's style sheet, blob: for the preview before an upload.
            "img-src 'self' data: blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            f"report-uri {REPORT_PATH}",
        )
    )


@blueprint.post(REPORT_PATH)
@open_to_browsers
def receive_report() -> tuple[str, int]:
    """Browsers post here without a token, so the body is cut short, flattened and logged, never parsed or stored."""
    report = request.stream.read(REPORT_BYTES).decode("utf-8", "replace")
    log.warning("content security policy violated", extra={"report": " ".join(report.split())})
    return "", 204
