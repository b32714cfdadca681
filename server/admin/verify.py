"""The page for everybody: whether a paper is ours and still counts, by its code or from the file. No session, no cookie.

Whoever asks for codes that do not exist learns nothing, and is slowed down; an uploaded file is looked at and forgotten.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for

from server.admin.marks import open_to_all, open_to_browsers
from server.core.errors import TooMany
from server.core.ids import digest
from server.domain import documents, signing
from server.domain.signing import FileAnswer, FileLook, PublicPaper
from server.gateways.limits import Limiter

blueprint = Blueprint("verify", __name__, url_prefix="/verify")

BY_CODE = "30/minute;300/hour"
BY_FILE = "10/minute;60/hour"
MOST_BYTES = 10 * 1024 * 1024
LONGEST = 60
TONES = {
    FileAnswer.INTACT: "green",
    FileAnswer.OLDER: "amber",
    FileAnswer.VOID: "red",
    FileAnswer.NOT_ON_RECORD: "amber",
    FileAnswer.CHANGED: "red",
    FileAnswer.UNKNOWN: "gray",
}


@blueprint.get("")
@open_to_all
def index() -> Response:
    """Where a code is typed or a file chosen; ``?code=`` leads to the code's own address."""
    code = request.args.get("code", "").strip()
    if code:
        return make_response(redirect(url_for("verify.show", code=code[:LONGEST]), code=303))
    return _page()


@blueprint.get("/<code>")
@open_to_all
def show(code: str) -> Response:
    """What there is under a code: what the printed QR code opens."""
    _slow_down(BY_CODE, "verify-code")
    paper = signing.by_code(code)
    return _page(code=code[:LONGEST], asked=True, paper=paper, status=200 if paper else 404)


@blueprint.post("")
@open_to_browsers
def check() -> Response:
    """What an uploaded file is."""
    _slow_down(BY_FILE, "verify-file")
    sent = request.files.get("file")
    raw = sent.read(MOST_BYTES + 1) if sent else b""
    if not raw:
        return _page(refused="请选择要验证的文件。", status=422)
    if len(raw) > MOST_BYTES:
        return _page(refused="文件不能超过 10 MB。", status=422)
    return _page(look=signing.by_file(raw), file_name=(sent.filename or "")[:LONGEST] if sent else "")


def _page(
    *,
    code: str = "",
    asked: bool = False,
    paper: PublicPaper | None = None,
    look: FileLook | None = None,
    file_name: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    told = render_template(
        "verify/index.html",
        code=code,
        asked=asked,
        paper=paper or (look.paper if look else None),
        look=look,
        tone=TONES[look.answer] if look else "",
        file_name=file_name,
        refused=refused,
        keys=() if asked or look else documents.published_keys(),
    )
    answer = make_response(told, status)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _slow_down(rules: str, name: str) -> None:
    limiter: Limiter | None = current_app.extensions.get("shijian_limiter")
    wait = limiter.hit(rules, name, f"a:{digest(request.remote_addr or '')}") if limiter else 0
    if wait:
        raise TooMany(retry_after=wait)
