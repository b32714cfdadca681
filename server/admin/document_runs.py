"""Much at once: batches and archives, how far they are, and what came of them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.documents import around
from server.admin.forms import Choices, Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import db
from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.domain import contracts, documents
from server.domain.documents import Document, DocumentRun
from server.domain.identity import Actor, Permission

blueprint = Blueprint("document_runs", __name__, url_prefix="/admin/documents/runs")

COLUMNS = (
    Column("what", "任务", optional=False),
    Column("state", "状态"),
    Column("counts", "结果"),
    Column("contract", "合同"),
    Column("asked_at", "提出"),
)
TONES = {"queued": "gray", "running": "blue", "failed": "amber", "done": "green", "dead": "red", "cancelled": "gray"}
ORIGINALS = (("copies", "带水印副本（对外提供）"), ("originals", "原件（局方存档）"))


class BatchSchema(Schema):
    """A kind, a contract, a span of days."""

    kind = fields.String(required=True, metadata={"label": "文书种类", "widget": "select"})
    contract = fields.UUID(required=True, metadata={"label": "合同", "widget": "select"})
    since = fields.Date(required=True, metadata={"label": "自"})
    until = fields.Date(required=True, metadata={"label": "至"})


class ArchiveSchema(Schema):
    """A contract, and a span of days if not all."""

    contract = fields.UUID(required=True, metadata={"label": "合同", "widget": "select"})
    since = fields.Date(load_default=None, metadata={"label": "自（不填为全部）"})
    until = fields.Date(load_default=None, metadata={"label": "至"})
    content = fields.String(
        load_default="copies",
        validate=validate.OneOf([value for value, _ in ORIGINALS]),
        metadata={"label": "内容", "widget": "radio", "choices": ORIGINALS},
    )


@blueprint.get("/")
@needs(Permission.DOCUMENT_VIEW)
def index() -> Response:
    """What was asked for, and the forms to ask for more."""
    return _listed(current_actor())


@blueprint.post("/batch")
@needs(Permission.DOCUMENT_VIEW)
def start_batch() -> Response:
    """Issue many."""
    actor = current_actor()
    form = Form.submitted(BatchSchema(), request.form, choices=_choices(actor), prefix="batch")
    if form.valid:
        told = form.values
        try:
            with db.unit():
                run = documents.start_batch(
                    actor,
                    kind_code=told["kind"],
                    contract_id=told["contract"],
                    since=told["since"],
                    until=told["until"],
                )
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"已开始，共 {run.total} 项")
            return redirect_to("document_runs.show", run_id=run.id)
    with db.reading():
        return _listed(actor, batch=form, status=422)


@blueprint.post("/archive")
@needs(Permission.DOCUMENT_VIEW)
def start_archive() -> Response:
    """Pack a contract's, or a month's."""
    actor = current_actor()
    form = Form.submitted(ArchiveSchema(), request.form, choices={"contract": _contracts(actor)}, prefix="archive")
    if form.valid:
        told = form.values
        try:
            with db.unit():
                run = documents.start_archive(
                    actor,
                    contract_id=told["contract"],
                    since=told["since"],
                    until=told["until"],
                    originals=told["content"] == "originals",
                )
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"正在打包 {run.total} 份文书")
            return redirect_to("document_runs.show", run_id=run.id)
    with db.reading():
        return _listed(actor, archive=form, status=422)


@blueprint.post("/archive-chosen")
@needs(Permission.DOCUMENT_VIEW)
def archive_chosen() -> Response:
    """Pack those that were ticked in the list; of one contract at a time."""
    actor = current_actor()
    keys = [key for key in map(key_of, request.form.getlist("ids")[:500]) if key]
    query = documents.matching(actor).with_only_columns(Document.id, Document.contract_id)
    with db.reading():
        found = session().execute(query.where(Document.id.in_(keys))).all()
    belonging = {row.contract_id for row in found}
    if len(belonging) != 1:
        toast("请先选择文书。" if not belonging else "一次只能打包同一份合同的文书，请先按合同筛选。", "warning")
        return redirect_to("documents.index")
    with db.unit():
        run = documents.start_archive(
            actor,
            contract_id=belonging.pop(),
            originals=not actor.is_vendor,
            chosen=[row.id for row in found],
        )
    toast(f"正在打包 {run.total} 份文书")
    return redirect_to("document_runs.show", run_id=run.id)


@blueprint.get("/<uuid:run_id>")
@needs(Permission.DOCUMENT_VIEW)
def show(run_id: uuid.UUID) -> Response:
    """How far it is."""
    actor = current_actor()
    run = documents.find_run(actor, run_id)
    (standing,) = documents.standings([run])
    return page(
        "documents/run.html",
        "documents/_run.html",
        **_told(actor, run, standing),
    )


@blueprint.post("/<uuid:run_id>/stop")
@needs(Permission.DOCUMENT_VIEW)
def stop(run_id: uuid.UUID) -> Response:
    """Stop it."""
    documents.stop_run(current_actor(), run_id)
    toast("已停止，已经完成的部分保留")
    return redirect_to("document_runs.show", run_id=run_id)


@blueprint.post("/<uuid:run_id>/resume")
@needs(Permission.DOCUMENT_VIEW)
def resume(run_id: uuid.UUID) -> Response:
    """Go on."""
    documents.resume_run(current_actor(), run_id)
    toast("已继续")
    return redirect_to("document_runs.show", run_id=run_id)


@blueprint.get("/<uuid:run_id>/archive.zip")
@needs(Permission.DOCUMENT_VIEW)
def archive(run_id: uuid.UUID) -> Response:
    """The archive, while it is kept."""
    actor = current_actor()
    with db.unit():
        run = documents.find_run(actor, run_id)
        if run.sha256 is None or (run.originals and actor.is_vendor):
            raise NotFound("归档包已过期清理，请重新打包。")
        pieces = documents.store().stream(run.sha256)
        documents.note_archive_taken(actor, run)
        size, day = run.size or 0, f"{run.asked_at:%Y%m%d}"
        name = f"文书归档-{contracts.find(actor, run.contract_id).number}-{day}.zip"
    answer = Response(pieces, mimetype="application/zip")
    answer.content_length = size
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"documents-{day}.zip\"; filename*=UTF-8''{quote(name)}"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _listed(actor: Actor, *, batch: Form | None = None, archive: Form | None = None, status: int = 200) -> Response:
    listing = Listing("runs", COLUMNS, request.args, default_sort="")
    found = paged(documents.runs_of(actor), listing)
    choices = _choices(actor)
    issues = bool(choices["kind"])
    first = {"contract": choices["contract"][0][0]} if len(choices["contract"]) == 1 else {}
    return page(
        "documents/runs.html",
        "documents/_runs.html",
        status=status,
        listing=listing,
        found=found,
        standings={each.run.id: each for each in documents.standings(found.items)},
        tones=TONES,
        kinds={kind.code: kind.label for kind in documents.kinds()},
        batch=batch or (Form(BatchSchema(), first, choices=choices, prefix="batch") if issues else None),
        archive=archive or Form(ArchiveSchema(), first, choices={"contract": choices["contract"]}, prefix="archive"),
        is_vendor=actor.is_vendor,
        tried="batch" if batch else "archive" if archive else "",
        **around(actor, "runs"),
    )


def _told(actor: Actor, run: DocumentRun, standing: documents.Standing) -> dict[str, Any]:
    kinds = {kind.code: kind.label for kind in documents.kinds()}
    return {
        "run": run,
        "standing": standing,
        "tones": TONES,
        "kind_label": kinds.get(run.kind, run.kind),
        "contract": contracts.titles(actor).get(run.contract_id, "") if actor.may(Permission.CONTRACT_VIEW) else "",
        "may_stop": standing.going and run.ended_at is None,
        "may_resume": not standing.going and run.ended_at is None and actor.id == run.asked_by_id,
        "may_take": run.sha256 is not None and not (run.originals and actor.is_vendor),
    }


def _choices(actor: Actor) -> dict[str, Choices]:
    kinds = [(kind.code, kind.label) for kind in documents.kinds() if kind.subjects and actor.may(kind.issue)]
    return {"kind": kinds, "contract": _contracts(actor)}


def _contracts(actor: Actor) -> list[tuple[str, str]]:
    return (
        [(str(key), name) for key, name in contracts.titles(actor).items()]
        if actor.may(Permission.CONTRACT_VIEW)
        else []
    )
