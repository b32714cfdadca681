"""The knowledge base: found as one types, read, judged, and what its keepers see of an article."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request
from markupsafe import Markup
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.navigation import url_if
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import Found, paged
from server.core import clock
from server.core.errors import Invalid
from server.domain import contracts, knowledge, notices
from server.domain.identity import Actor, Permission
from server.domain.knowledge import Article, ArticleState, Audience, Filters, Hit, Unhelpful

blueprint = Blueprint("knowledge", __name__, url_prefix="/admin/knowledge")

COLUMNS = (
    Column("title", "标题", sort="title", optional=False),
    Column("audience", "对象"),
    Column("state", "状态"),
    Column("helped", "有帮助"),
    Column("contract", "所属"),
    Column("updated_at", "修改时间", sort="updated_at"),
    Column("created_by", "编写人", shown=False),
)
ORDERS = {"title": Article.title, "updated_at": Article.updated_at}
PAGE_OF_HITS = 50
LONGEST = 100


class WithdrawSchema(Schema):
    """Why nobody shall read it any more."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=200),
        metadata={"label": "撤回原因", "widget": "textarea", "rows": "2", "placeholder": "例如：政策已调整"},
    )


class OpinionSchema(Schema):
    """Whether it helped an officer."""

    helped = fields.Boolean(load_default=False)
    reason = fields.Enum(Unhelpful, by_value=True, load_default=None, metadata={"label": "原因"})
    comment = fields.String(
        load_default="", validate=validate.Length(max=300), metadata={"label": "补充说明", "rows": "2"}
    )


@blueprint.get("/")
@needs(Permission.KNOWLEDGE_VIEW)
def index() -> Response:
    """The list; with words in the box, what was found, best first."""
    actor = current_actor()
    listing = Listing("knowledge", COLUMNS, request.args, default_sort="-updated_at")
    words = request.args.get("q", "").replace("\0", "").strip()[:LONGEST]
    hits = _searched(actor, words) if words else {}
    if words:
        found: Found[Article] = Found([hit.article for hit in hits.values()], len(hits), 1, PAGE_OF_HITS)
    else:
        query = knowledge.matching(actor, _filters())
        found = paged(query, listing, ORDERS, tie=Article.id.desc())
    return page(
        "knowledge/index.html",
        "knowledge/_rows.html",
        listing=listing,
        found=found,
        hits=hits,
        words=words,
        tallies=knowledge.tallies([article.id for article in found.items]),
        own={article.id for article in found.items if knowledge.owns(actor, article)},
        contract_names=_contract_names(actor),
        states=ArticleState.choices(),
        audiences=Audience.choices(),
        may_write=actor.may(Permission.KNOWLEDGE_EDIT),
        wanting=[] if request.headers.get("HX-Request") else knowledge.wanting(actor, most=5),
    )


@blueprint.get("/<uuid:article_id>")
@needs(Permission.KNOWLEDGE_VIEW)
def show(article_id: uuid.UUID) -> Response:
    """One article; ``version`` shows an older one to its own side."""
    actor = current_actor()
    number = request.args.get("version", type=int)
    return _shown(actor, article_id, number=number)


@blueprint.post("/<uuid:article_id>/publish")
@needs(Permission.KNOWLEDGE_EDIT)
def publish(article_id: uuid.UUID) -> Response:
    """Its readers see the newest version from now on."""
    seen = request.form.get("version", type=int)
    article = knowledge.publish(current_actor(), article_id, version=seen)
    toast(f"已发布第 {article.latest} 版")
    return redirect_to("knowledge.show", article_id=article_id)


@blueprint.post("/<uuid:article_id>/withdraw")
@needs(Permission.KNOWLEDGE_EDIT)
def withdraw(article_id: uuid.UUID) -> Response:
    """Nobody reads it any more."""
    actor = current_actor()
    knowledge.find(actor, article_id)
    form = Form.submitted(WithdrawSchema(), request.form, prefix="withdraw")
    if not form.valid:
        return _shown(actor, article_id, status=422, withdrawal=form)
    knowledge.withdraw(actor, article_id, reason=form.values["reason"])
    toast("已撤回")
    return redirect_to("knowledge.show", article_id=article_id)


@blueprint.post("/<uuid:article_id>/helped")
@needs(Permission.KNOWLEDGE_VIEW)
def helped(article_id: uuid.UUID) -> Response:
    """An officer's word on whether it helped; the day's last one counts."""
    actor = current_actor()
    knowledge.find(actor, article_id)
    form = Form.submitted(OpinionSchema(), request.form, prefix="opinion")
    if not form.valid:
        return _shown(actor, article_id, status=422, opinion=form)
    yes = bool(form.values["helped"])
    try:
        knowledge.helped(actor, article_id, yes=yes, reason=form.values["reason"], comment=form.values["comment"])
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _shown(actor, article_id, status=422, opinion=form)
    toast("感谢反馈" if yes else "已记下，我们会改进")
    return redirect_to("knowledge.show", article_id=article_id)


def prose(body: str) -> Markup:
    """HTML that goes unescaped into a page: the room of notices has cleaned it by its allow-list."""
    return Markup(notices.rendered(body))  # noqa: S704 - cleaned by nh3


def may_publish(actor: Actor, article: Article) -> bool:
    """Whether the buttons of publishing are this officer's."""
    if not knowledge.owns(actor, article, Permission.KNOWLEDGE_EDIT):
        return False
    return article.audience is Audience.STAFF or actor.may(Permission.KNOWLEDGE_PUBLISH)


def _shown(
    actor: Actor,
    article_id: uuid.UUID,
    *,
    number: int | None = None,
    status: int = 200,
    withdrawal: Form | None = None,
    opinion: Form | None = None,
) -> Response:
    text = knowledge.look(actor, article_id, number=number)
    article = text.article
    own = knowledge.owns(actor, article)
    source = url_if("ticket.show", ticket_id=article.source_ticket_id) if own and article.source_ticket_id else ""
    return page(
        "knowledge/show.html",
        status=status,
        article=article,
        version=text.version,
        html=prose(text.version.body),
        own=own,
        versions=knowledge.versions_of(actor, article_id),
        tally=knowledge.tallies([article_id])[article_id],
        remarks=knowledge.remarks(actor, article_id),
        contract_name=_contract_names(actor).get(article.contract_id, "") if own else "",
        source_url=source if actor.may(Permission.TICKET_VIEW) else "",
        may_edit=own and knowledge.owns(actor, article, Permission.KNOWLEDGE_EDIT),
        may_publish=may_publish(actor, article),
        withdrawal=withdrawal or Form(WithdrawSchema(), prefix="withdraw"),
        opinion=opinion or Form(OpinionSchema(), prefix="opinion"),
        today=clock.today(),
    )


def _searched(actor: Actor, words: str) -> dict[uuid.UUID, Hit]:
    """What was found, by article, in the search's order, cut down by the other filters."""
    asked = _filters()
    found: Sequence[Hit] = knowledge.search(actor, words, audience=asked.audience, limit=PAGE_OF_HITS)
    return {
        hit.article.id: hit
        for hit in found
        if asked.state in (None, hit.article.state) and (not asked.pending or hit.article.pending)
    }


def _filters() -> Filters:
    state, audience = request.args.get("state", ""), request.args.get("audience", "")
    return Filters(
        state=ArticleState(state) if state in list(ArticleState) else None,
        audience=Audience(audience) if audience in list(Audience) else None,
        pending=bool(request.args.get("pending")),
    )


def _contract_names(actor: Actor) -> dict[Any, str]:
    """The numbers of the contracts that the actor may see."""
    if not actor.may(Permission.CONTRACT_VIEW):
        return {}
    return {key: title.partition(" ")[0] for key, title in contracts.titles(actor).items()}
