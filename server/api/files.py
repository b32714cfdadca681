"""How a picture leaves the house: never run, never sniffed, never kept by a cache that others share."""

from __future__ import annotations

from flask import Response, current_app

from server.domain.tickets import Media, UploadLimits
from server.settings import Settings


def sent(media: Media, *, name: str, thumb: bool = False) -> Response:
    """A picture as an answer, in pieces."""
    suffix = ".png" if media.mime == "image/png" else ".jpg"
    answer = Response(media.pieces, content_type=media.mime)
    answer.content_length = media.size
    headers = answer.headers
    headers["Content-Disposition"] = f'attachment; filename="{name}{"-thumb" if thumb else ""}{suffix}"'
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    headers["Cache-Control"] = "private, max-age=300"
    return answer


def upload_limits() -> UploadLimits:
    """What this installation takes."""
    settings: Settings = current_app.config["SETTINGS"]
    return UploadLimits(
        max_bytes=settings.upload_max_bytes,
        max_pixels=settings.upload_max_pixels,
        daily_count=settings.upload_daily_count,
        daily_bytes=settings.upload_daily_bytes,
    )
