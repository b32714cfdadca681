"""知识库：市民可读的帮助条目，按词检索，说一声有没有帮助。"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from marshmallow import fields, validate

from server.api.http import (
    Body,
    fails,
    gives,
    gives_page,
    idempotent,
    limited,
    open_to_all,
    optional_citizen,
    query,
    takes,
)
from server.api.schemas import Flag, Id, Moment, PageQuery, Schema, Text
from server.core.paging import Order, page_of
from server.core.secrecy import SecretMarked
from server.domain import knowledge, notices
from server.domain.identity import Actor
from server.domain.knowledge import Article, ArticleNotFound, Hit, Unhelpful

blueprint = Blueprint("knowledge", __name__, url_prefix="/knowledge")


class ArticleSummary(Schema):
    """A line in the list of articles."""

    id = Id(required=True)
    title = fields.String(required=True, metadata={"description": "标题。"})
    summary = fields.String(required=True, metadata={"description": "正文开头，不含格式。"})
    keywords = fields.Function(
        lambda article: article.keywords.split(),
        metadata={"type": "array", "items": {"type": "string"}, "description": "关键词。"},
    )
    published_at = Moment(required=True, metadata={"description": "最近一次发布的时间。"})


class ArticleOut(Schema):
    """One article with its text."""

    id = Id(required=True, attribute="article.id")
    title = fields.String(required=True, attribute="version.title", metadata={"description": "标题。"})
    html = fields.Function(
        lambda text: notices.rendered(text.version.body),
        metadata={"type": "string", "description": "正文，已按白名单清理的 HTML，可用于 rich-text 组件。"},
    )
    markdown = fields.String(
        required=True, attribute="version.body", metadata={"description": "正文的 Markdown 原文。"}
    )
    published_at = Moment(required=True, attribute="article.published_at")


class Piece(Schema):
    """A piece of a text; ``hit``: one of the words that were looked for."""

    text = fields.String(required=True)
    hit = fields.Boolean(required=True)


class Found(Schema):
    """An article that was found."""

    id = Id(required=True, attribute="article.id")
    title = fields.Function(
        lambda hit: hit["article"].title, metadata={"type": "string", "description": "标题，不分段。"}
    )
    title_pieces = fields.List(fields.Nested(Piece), required=True, metadata={"description": "标题，按是否命中分段。"})
    excerpt_pieces = fields.List(
        fields.Nested(Piece), required=True, metadata={"description": "正文片段，按是否命中分段。"}
    )
    near = fields.Boolean(required=True, metadata={"description": "是否只是相近：没有包含全部词语。"})


class SearchQuery(Schema):
    """What is looked for."""

    q = fields.String(
        required=True,
        validate=validate.Length(min=1, max=100),
        metadata={"description": "词语或一句话，一个字也可以。", "example": "执照"},
    )
    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=50))


class SearchOut(Schema):
    """What was found, best first."""

    items = fields.List(fields.Nested(Found), required=True)


class Opinion(Schema):
    """Whether it helped."""

    helped = Flag(required=True, metadata={"description": "有没有帮助。"})
    reason = fields.Enum(
        Unhelpful, by_value=True, load_default=None, allow_none=True, metadata={"description": "没有帮助的原因。"}
    )
    comment = Text(
        longest=300,
        shortest=0,
        load_default="",
        metadata={"description": "补充说明，仅工作人员可见，请勿填写个人信息。"},
    )


class OpinionOut(Schema):
    """What counts for today."""

    helped = fields.Boolean(required=True)


@blueprint.get("")
@open_to_all
@limited("120/minute")
@query(PageQuery)
@gives_page(ArticleSummary, etag=True)
def index(query: Body) -> Any:
    """已发布的帮助条目，最新在前。"""
    order: Order = [Article.published_at.desc(), Article.id.desc()]
    return page_of(knowledge.standing().order_by(None), order, cursor=query.get("cursor"), size=query["limit"])


@blueprint.get("/search")
@open_to_all
@limited("60/minute")
@query(SearchQuery)
@gives(SearchOut)
def search(actor: Actor, query: Body) -> Any:
    """检索帮助条目，最相关在前。先列出包含全部词语的，整句提问时也列出相近的。"""
    found = knowledge.search(actor, query["q"], limit=query["limit"])
    return {"items": [_spelled(hit) for hit in found]}


@blueprint.get("/<uuid:id>")
@open_to_all
@limited("120/minute")
@gives(ArticleOut, etag=True)
@fails(ArticleNotFound)
def show(actor: Actor, id: uuid.UUID) -> Any:
    """一篇帮助条目的正文。"""
    return knowledge.read(actor, id)


@blueprint.post("/<uuid:id>/helped")
@optional_citizen
@limited("20/minute;100/day")
@limited("120/hour", by_address=True)
@idempotent
@takes(Opinion)
@gives(OpinionOut)
@fails(ArticleNotFound, SecretMarked)
def helped(actor: Actor, id: uuid.UUID, body: Body) -> Any:
    """说一声有没有帮助。每人每天一次，当天再说以最后一次为准；未登录的另行统计。"""
    return knowledge.helped(actor, id, yes=body["helped"], reason=body["reason"], comment=body["comment"])


def _spelled(hit: Hit) -> dict[str, Any]:
    return {
        "article": hit.article,
        "title_pieces": _pieces(hit.title),
        "excerpt_pieces": _pieces(hit.excerpt),
        "near": hit.near,
    }


def _pieces(pieces: Sequence[tuple[str, bool]]) -> list[dict[str, Any]]:
    return [{"text": text, "hit": is_hit} for text, is_hit in pieces]
