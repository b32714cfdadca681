"""Where WeChat fetches a picture that it is to check: by a signed address that soon expires, and by nothing else."""

from __future__ import annotations

from flask import Blueprint, Response

from server.api.files import sent
from server.core.errors import NotFound
from server.domain import tickets

blueprint = Blueprint("media", __name__, url_prefix="/media")


@blueprint.get("/<token>")
def show(token: str) -> Response:
    """The picture that the token opens; 404 without a word otherwise."""
    try:
        return sent(tickets.media_by_token(token), name="picture")
    except NotFound:
        return Response(status=404)
