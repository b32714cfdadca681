"""Writing an article: a new one, one from a ticket, the next version of one; with a preview."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.knowledge import may_publish, prose
from server.admin.pages import page, redirect_to, toast
from server.core.errors import Conflict, Invalid
from server.core.ids import parse_id
from server.domain import contracts, knowledge, tickets
from server.domain.identity import Actor, Permission
from server.domain.knowledge import Article, Audience
from server.domain.tickets import EventKind, Ticket

blueprint = Blueprint("knowledge_edit", __name__, url_prefix="/admin/knowledge")

MOST_CHARACTERS = 20_000
BUREAU_ONLY = "none"


class ArticleSchema(Schema):
    """An article as it is typed."""

    title = fields.String(
        required=True,
        validate=validate.Length(max=120),
        metadata={"label": "标题", "placeholder": "读者会怎样问，就怎样写"},
    )
    body = fields.String(
        required=True,
        validate=validate.Length(max=MOST_CHARACTERS),
        metadata={
            "label": "正文",
            "widget": "textarea",
            "rows": 16,
            "help": "支持 Markdown：## 小标题、**加粗**、- 列表、[文字](https://…)、表格。不支持图片和 HTML。",
        },
    )
    keywords = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": "关键词", "help": "用空格分开；写上同义的说法，检索时排在正文之前。"},
    )


class NewArticleSchema(ArticleSchema):
    """A new one, with whom it is for and whose it is."""

    audience = fields.Enum(
        Audience,
        by_value=True,
        required=True,
        metadata={"label": "对象", "widget": "radio", "help": "面向市民的条目由局方发布后公开。"},
    )
    contract_id = fields.String(
        required=True,
        metadata={"label": "所属", "help": "属于合同的条目，只有该合同的运维单位和局方能看到草稿和内部条目。"},
    )
    ticket = fields.String(load_default="", metadata={"widget": "hidden"})


class VersionSchema(ArticleSchema):
    """The next version, with the one that the writer saw."""

    note = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"label": "修改说明", "placeholder": "改了什么"}
    )
    version = fields.Integer(required=True, metadata={"widget": "hidden"})


@blueprint.get("/new", endpoint="new")
@needs(Permission.KNOWLEDGE_EDIT)
def new() -> Response:
    """An empty form, or one filled from a ticket (``ticket``: its id)."""
    actor = current_actor()
    choices = _places(actor)
    data: dict[str, Any] = {"audience": Audience.STAFF.value, "contract_id": choices[0][0] if choices else ""}
    ticket = _ticket(actor, request.args.get("ticket", ""))
    if ticket is not None:
        data |= _from(actor, ticket, choices)
    return _form(Form(NewArticleSchema(), data, choices={"contract_id": choices}), ticket=ticket)


@blueprint.post("/new")
@needs(Permission.KNOWLEDGE_EDIT)
def create() -> Response:
    """Keep it as a draft, or publish it at once where that is the writer's to do."""
    actor = current_actor()
    choices = _places(actor)
    ticket = _ticket(actor, request.form.get("ticket", ""))
    form = Form.submitted(NewArticleSchema(), request.form, choices={"contract_id": choices})
    if not form.valid:
        return _form(form, ticket=ticket, status=422)
    values = {name: form.values[name] for name in ("title", "body", "keywords", "audience")}
    chosen = form.values["contract_id"]
    try:
        article = knowledge.draft(
            actor,
            contract_id=None if chosen == BUREAU_ONLY else uuid.UUID(chosen),
            source=(ticket.id, ticket.number) if ticket else None,
            **values,
        )
    except knowledge.MadeBefore as refused:
        form.refuse(message=refused.text)
        return _form(form, ticket=ticket, status=409)
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _form(form, ticket=ticket, status=422)
    if ticket is not None:
        data = {"url_kind": "article", "id": str(article.id), "number": article.number}
        tickets.log(actor, ticket.id, EventKind.ARTICLE_MADE, text=f"形成知识条目 {article.number}", data=data)
    _publish_if_asked(actor, article)
    return redirect_to("knowledge.show", article_id=article.id)


@blueprint.post("/preview")
@needs(Permission.KNOWLEDGE_EDIT)
def preview() -> Response:
    """What the typed text will look like; nothing is kept."""
    body = request.form.get("body", "")[:MOST_CHARACTERS]
    return page("knowledge/_preview.html", html=prose(body), title=request.form.get("title", "")[:120])


@blueprint.get("/<uuid:article_id>/edit")
@needs(Permission.KNOWLEDGE_EDIT)
def edit(article_id: uuid.UUID) -> Response:
    """The form with the newest version."""
    article = _own(article_id)
    newest = knowledge.look(current_actor(), article_id).version
    data = {"title": newest.title, "body": newest.body, "keywords": newest.keywords, "version": article.latest}
    return _form(Form(VersionSchema(), data), article)


@blueprint.post("/<uuid:article_id>/edit")
@needs(Permission.KNOWLEDGE_EDIT)
def revise(article_id: uuid.UUID) -> Response:
    """Write the next version; who was slower is told."""
    actor = current_actor()
    article = _own(article_id)
    form = Form.submitted(VersionSchema(), request.form)
    if not form.valid:
        return _form(form, article, status=422)
    try:
        article = knowledge.revise(actor, article_id, **form.values)
    except Conflict as refused:
        form.refuse(message=refused.text)
        return _form(form, article, status=409)
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _form(form, article, status=422)
    _publish_if_asked(actor, article)
    return redirect_to("knowledge.show", article_id=article_id)


def _publish_if_asked(actor: Actor, article: Article) -> None:
    if request.form.get("action") != "publish":
        toast(f"已保存 {article.number}" if article.published is None else "已保存为新版本，发布后读者才会看到")
    elif may_publish(actor, article):
        knowledge.publish(actor, article.id)
        toast("已发布")
    else:
        toast("已保存，待局方发布", "info")


def _own(article_id: uuid.UUID) -> Article:
    """An article that this officer may write; not there otherwise."""
    actor = current_actor()
    article = knowledge.find(actor, article_id)
    if not knowledge.owns(actor, article, Permission.KNOWLEDGE_EDIT):
        raise knowledge.ArticleNotFound
    return article


def _ticket(actor: Actor, asked: str) -> Ticket | None:
    """The ticket that the article is made from, if one is named."""
    return tickets.find(actor, parse_id(asked)) if asked else None


def _from(actor: Actor, ticket: Ticket, choices: Choices) -> dict[str, Any]:
    """What a ticket says already: the question, its cause, the answer that solved it."""
    answers = [each.text for each in tickets.timeline(actor, ticket) if each.kind is EventKind.RESOLVED and each.text]
    said = knowledge.suggestion(
        title=ticket.title, text=ticket.text, cause=ticket.cause, answer=answers[-1] if answers else ""
    )
    own = str(ticket.contract_id) if ticket.contract_id else BUREAU_ONLY
    place = own if own in dict(choices) else choices[0][0] if choices else ""
    return {"title": said.title, "body": said.body, "contract_id": place, "ticket": str(ticket.id)}


def _places(actor: Actor) -> Choices:
    """Whose an article may be: the writer's contracts, and for the bureau no contract at all."""
    scope = actor.contracts_for(Permission.KNOWLEDGE_EDIT)
    named = [(str(key), title) for key, title in contracts.titles(actor).items() if scope is None or key in scope]
    return [(BUREAU_ONLY, "局方（不属于任何合同）"), *named] if scope is None else named


def _form(form: Form, article: Article | None = None, *, ticket: Ticket | None = None, status: int = 200) -> Response:
    made = knowledge.made_from(current_actor(), ticket.id) if ticket else ()
    return page("knowledge/edit.html", status=status, form=form, article=article, ticket=ticket, made=made)
