"""Screenshots and papers of a feedback sheet, and its reporter's number in full."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import redirect_to, toast
from server.admin.referral_sheets import own, shown
from server.admin.sheet_steps import PaperSchema, UnmaskSchema
from server.core.errors import Invalid
from server.domain import referrals
from server.domain.identity import Permission
from server.domain.referrals import Sheet

blueprint = Blueprint("sheet_papers", __name__, url_prefix="/admin/referrals/sheets")

MOST_BYTES = 20 * 1024 * 1024


@blueprint.post("/<uuid:sheet_id>/papers")
@needs(Permission.REFERRAL_LOG)
def add(sheet_id: uuid.UUID) -> Response:
    """Put a screenshot to the sheet."""
    actor = current_actor()
    sheet = own(actor, sheet_id)
    form = Form.submitted(PaperSchema(), request.form, request.files, prefix="paper")
    if not form.valid:
        return shown(actor, sheet, status=422, paper_form=form)
    sent = form.values["upload"]
    try:
        referrals.add_paper(actor, sheet_id, name=sent.filename or "附件", raw=sent.read(MOST_BYTES + 1))
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return shown(actor, sheet, status=422, paper_form=form)
    toast("附件已添加")
    return redirect_to("referral_sheets.show", sheet_id=sheet_id)


@blueprint.get("/papers/<uuid:paper_id>")
@needs(Permission.REFERRAL_VIEW)
def show(paper_id: uuid.UUID) -> Response:
    """A file; pictures may be looked at, the rest is a download."""
    found = referrals.find_paper(current_actor(), paper_id)
    way = "inline" if found.mime.startswith("image/") else "attachment"
    answer = Response(referrals.read_paper(found), mimetype=found.mime)
    answer.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(found.file_name)}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.content_length = found.size
    return answer


@blueprint.post("/<uuid:sheet_id>/phone")
@needs(Permission.PII_UNMASK)
def unmask(sheet_id: uuid.UUID) -> Response:
    """The reporter's number in full, for a reason that is kept."""
    actor = current_actor()
    sheet = referrals.find(actor, Sheet, sheet_id)
    form = Form.submitted(UnmaskSchema(), request.form, prefix="phone")
    if not form.valid:
        return shown(actor, sheet, status=422, phone_form=form)
    return shown(actor, sheet, phone=referrals.unmask_reporter(actor, sheet_id, reason=form.values["reason"]))
