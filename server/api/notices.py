"""公告：市民可见的公告列表和正文。"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint
from marshmallow import fields

from server.api.http import Body, fails, gives, gives_page, limited, open_to_all, query
from server.api.schemas import Id, Moment, PageQuery, Schema
from server.core.paging import Order, page_of
from server.domain import notices
from server.domain.notices import Notice, NoticeNotFound

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


class NoticeSummary(Schema):
    """A line in the list of announcements."""

    id = Id(required=True)
    title = fields.String(required=True, metadata={"description": "标题。"})
    summary = fields.Function(
        lambda notice: notices.summary_of(notice.body),
        metadata={"type": "string", "description": "正文开头，不含格式。"},
    )
    pinned = fields.Boolean(required=True, metadata={"description": "是否置顶。"})
    published_at = Moment(required=True, metadata={"description": "发布时间。"})
    updated_at = Moment(required=True, metadata={"description": "最后修改时间。"})


class NoticeOut(NoticeSummary):
    """One announcement with its text."""

    html = fields.Function(
        lambda notice: notices.rendered(notice.body),
        metadata={"type": "string", "description": "正文，已按白名单清理的 HTML，可用于 rich-text 组件。"},
    )
    markdown = fields.String(attribute="body", required=True, metadata={"description": "正文的 Markdown 原文。"})


@blueprint.get("")
@open_to_all
@limited("120/minute")
@query(PageQuery)
@gives_page(NoticeSummary, etag=True)
def index(query: Body) -> Any:
    """当前公告，置顶在前。"""
    order: Order = [Notice.rank.desc(), Notice.published_at.desc(), Notice.id.desc()]
    return page_of(notices.current_notices().order_by(None), order, cursor=query.get("cursor"), size=query["limit"])


@blueprint.get("/<uuid:id>")
@open_to_all
@limited("120/minute")
@gives(NoticeOut, etag=True)
@fails(NoticeNotFound)
def show(id: uuid.UUID) -> Any:
    """一条公告的正文。"""
    return notices.current_notice(id)
