"""图片：上传截图，查看自己上传的图片。"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response
from marshmallow import fields
from werkzeug.datastructures import FileStorage

from server.api.files import sent, upload_limits
from server.api.http import (
    Body,
    fails,
    gives,
    gives_bytes,
    idempotent,
    limited,
    needs_citizen,
    optional_citizen,
    query,
    takes_file,
)
from server.api.schemas import Id, Schema
from server.domain import tickets
from server.domain.identity import Actor, ConsentRequired
from server.domain.tickets import AttachmentNotFound, ContentState, DayQuotaReached
from server.gateways.classified import ClassifiedUpload
from server.gateways.images import NotAPicture, PictureAnimated, PictureBroken, PictureTooLarge

blueprint = Blueprint("uploads", __name__)


class UploadOut(Schema):
    """A picture that was taken."""

    id = Id(required=True, metadata={"description": "提交问题时放入 upload_ids。"})
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    size = fields.Integer(required=True, metadata={"description": "保存后的字节数。"})
    mime = fields.String(required=True, metadata={"example": "image/png"})
    sha256 = fields.String(required=True, metadata={"description": "保存后内容的 SHA-256。"})
    state = fields.Enum(ContentState, by_value=True, required=True, metadata={"description": "内容安全检查的状态。"})


class PictureQuery(Schema):
    """Which form of the picture."""

    thumb = fields.Boolean(load_default=False, metadata={"description": "是否只要缩略图。"})


@blueprint.post("/uploads")
@optional_citizen
@limited("30/minute")
@limited("60/minute", by_address=True)
@idempotent(calls_out=True)
@takes_file("file")
@gives(UploadOut, status=201)
@fails(ConsentRequired, DayQuotaReached, ClassifiedUpload, NotAPicture, PictureTooLarge, PictureAnimated, PictureBroken)
def new(actor: Actor, file: FileStorage) -> Any:
    """上传一张图片。

    接收 JPEG、PNG、WebP、GIF（取第一帧）、BMP；服务器重新编码，去除拍摄位置等附带信息。未登录也可上传。
    二十四小时内未随问题提交的图片自动删除。
    """
    # one byte more than allowed is enough to know that it is too much
    limits = upload_limits()
    raw = file.stream.read(limits.max_bytes + 1)
    return tickets.upload(actor, name=file.filename or "", raw=raw, limits=limits)


@blueprint.get("/attachments/<uuid:id>")
@needs_citizen
@limited("120/minute")
@query(PictureQuery)
@gives_bytes("image/*")
@fails(AttachmentNotFound)
def show(actor: Actor, id: uuid.UUID, query: Body) -> Response:
    """自己上传的、或自己的问题中的图片。"""
    return sent(tickets.read(actor, id, thumb=query["thumb"]), name=str(id), thumb=query["thumb"])
