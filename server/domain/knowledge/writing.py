"""Articles are written in versions, published, changed beside what stands, and withdrawn; nothing is deleted."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import new_id
from server.core.secrecy import refuse_marked
from server.core.serials import next_number
from server.domain import contracts, identity, notices
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.knowledge import access
from server.domain.knowledge.indexing import index, prune
from server.domain.knowledge.models import (
    KEYWORDS,
    TITLE,
    Article,
    ArticleState,
    ArticleVersion,
    Audience,
)

SERIES = "ZS"
LONGEST = 20_000
NOTE = 200


class StaleArticle(Conflict):
    """Somebody else has written a newer version meanwhile."""

    code = "stale_article"
    message = "知识条目已有更新的版本，请刷新后重新填写。"


class WrongArticleState(Conflict):
    """The article is not in a state for this step."""

    code = "wrong_article_state"
    message = "知识条目的当前状态不允许这样操作。"


class MadeBefore(Conflict):
    """The ticket has given an article for these readers already; what was learnt since is its next version."""

    code = "article_made_before"
    message = "该工单已形成过面向同一对象的知识条目，请修改原条目。"


def draft(
    actor: Actor,
    *,
    title: str,
    body: str,
    audience: Audience,
    keywords: str = "",
    contract_id: uuid.UUID | None = None,
    source: tuple[uuid.UUID, str] | None = None,
) -> Article:
    """Write an article that only its own side sees. Needs knowledge.edit on the contract (none: the whole bureau).

    ``source``: id and number of the ticket that it was made from; the face that hands it in has found the ticket for
    this actor, and notes ``ARTICLE_MADE`` in its log. MadeBefore if the ticket has one for this audience.
    """
    _may_write(actor, contract_id)
    words = _words(title, body, keywords)
    _need_first(source, audience)
    now = clock.now()
    article = Article(
        id=new_id(),
        contract_id=contract_id,
        audience=audience,
        state=ArticleState.DRAFT,
        latest=1,
        source_ticket_id=source[0] if source else None,
        source_number=source[1] if source else "",
        created_by_id=None if actor.kind is ActorKind.SYSTEM else actor.id,
        created_by_name=actor.name,
        created_at=now,
        updated_at=now,
    )
    version = _version(actor, article, 1, words, "")
    _show(article, version)
    year = clock.local_day(now).year
    article.number = f"{SERIES}-{year}-{next_number(SERIES, year):04d}"
    try:
        with session().begin_nested():
            session().add(article)
    except IntegrityError as clash:
        raise MadeBefore from clash
    _keep(version)
    _record(actor, "article.drafted", article, f"编写知识条目 {article.number}《{article.title}》")
    return article


def revise(
    actor: Actor,
    article_id: uuid.UUID,
    *,
    version: int,
    title: str,
    body: str,
    keywords: str = "",
    note: str = "",
) -> Article:
    """Write the next version. Readers keep the published one until the new one is published.

    ``version`` is the newest that the writer saw; StaleArticle if there is a newer one.
    """
    article = access.find_own(actor, article_id)
    _may_write(actor, article.contract_id)
    if article.latest != version:
        raise StaleArticle
    words = _words(title, body, keywords)
    before = version_of(article, article.latest)
    changed = {name: [getattr(before, name), new] for name, new in words.items() if getattr(before, name) != new}
    article.latest += 1
    article.updated_at = clock.now()
    written = _version(actor, article, article.latest, words, note.strip()[:NOTE])
    if article.published is None:
        _show(article, written)
    session().flush()
    _keep(written)
    prune(article)
    _record(actor, "article.revised", article, f"修改知识条目 {article.number}，第 {article.latest} 版", changed)
    return article


def publish(actor: Actor, article_id: uuid.UUID, *, version: int | None = None) -> Article:
    """Let readers see the newest version (``version``: only if it is still that one); also after a withdrawal.

    For citizens the bureau publishes (knowledge.publish); for staff, who may write it.
    """
    article = access.find_own(actor, article_id)
    if article.audience is Audience.CITIZENS:
        actor.need(Permission.KNOWLEDGE_PUBLISH, article.contract_id)
    _may_write(actor, article.contract_id)
    if version is not None and version != article.latest:
        raise StaleArticle
    if article.state is ArticleState.PUBLISHED and article.published == article.latest:
        raise WrongArticleState("最新版本已经发布。")
    written = version_of(article, article.latest)
    before, now = article.published, clock.now()
    article.state, article.published = ArticleState.PUBLISHED, article.latest
    article.published_at = article.updated_at = now
    article.withdrawn_at, article.withdrawn_reason = None, ""
    written.published_at, written.published_by_name = now, actor.name
    _show(article, written)
    prune(article)
    session().flush()
    summary = f"发布知识条目 {article.number}《{article.title}》第 {article.latest} 版（{article.audience.label}）"
    _record(actor, "article.published", article, summary, {"published": [before, article.latest]})
    return article


def withdraw(actor: Actor, article_id: uuid.UUID, *, reason: str) -> Article:
    """Take a published article away from its readers, for a reason. Who may publish it may withdraw it."""
    article = access.find_own(actor, article_id)
    if article.audience is Audience.CITIZENS:
        actor.need(Permission.KNOWLEDGE_PUBLISH, article.contract_id)
    _may_write(actor, article.contract_id)
    why = reason.strip()
    if not why:
        raise Invalid(fields={"reason": ["请说明撤回原因。"]})
    if article.state is not ArticleState.PUBLISHED:
        raise WrongArticleState
    article.state = ArticleState.WITHDRAWN
    article.withdrawn_at = article.updated_at = clock.now()
    article.withdrawn_reason = why[:NOTE]
    session().flush()
    _record(actor, "article.withdrawn", article, f"撤回知识条目 {article.number}：{why}")
    return article


def version_of(article: Article, number: int) -> ArticleVersion:
    """One version of an article that the caller has found."""
    query = sa.select(ArticleVersion).where(ArticleVersion.article_id == article.id, ArticleVersion.number == number)
    found = session().scalars(query).one_or_none()
    if found is None:
        raise NotFound("没有找到这一版。")
    return found


def _may_write(actor: Actor, contract_id: uuid.UUID | None) -> None:
    """Forbidden without the permission, NotFound for a contract that is not the actor's."""
    actor.need(Permission.KNOWLEDGE_EDIT)
    scope = actor.contracts_for(Permission.KNOWLEDGE_EDIT)
    if contract_id is None:
        if scope is not None:
            raise Invalid(fields={"contract_id": ["请选择所属合同。"]})
        return
    if scope is not None and contract_id not in scope:
        raise NotFound("没有找到这份合同。")
    if scope is None:
        contracts.find(actor, contract_id)


def _need_first(source: tuple[uuid.UUID, str] | None, audience: Audience) -> None:
    """One article for each audience from a ticket; the table's own rule decides between two who write at once."""
    if source is None:
        return
    same = sa.select(Article.id).where(Article.source_ticket_id == source[0], Article.audience == audience)
    if session().scalar(same) is not None:
        raise MadeBefore


def _words(title: str, body: str, keywords: str) -> dict[str, str]:
    """The words of a version, trimmed and bounded; Invalid names what is wrong."""
    kept = {
        "title": " ".join(title.replace("\0", "").split()),
        "body": body.replace("\0", "").replace("\r\n", "\n").strip(),
        "keywords": " ".join(
            keywords.replace("\0", "").replace("，", " ").replace(",", " ").replace("、", " ").split()
        ),
    }
    wrong: dict[str, list[str]] = {}
    for name, most in (("title", TITLE), ("body", LONGEST), ("keywords", KEYWORDS)):
        if name != "keywords" and not kept[name]:
            wrong[name] = ["请填写此项。"]
        elif len(kept[name]) > most:
            wrong[name] = [f"不能超过 {most} 个字。"]
    if wrong:
        raise Invalid(fields=wrong)
    for name, text in kept.items():
        refuse_marked(text, field=name)
    return kept


def _version(actor: Actor, article: Article, number: int, words: dict[str, str], note: str) -> ArticleVersion:
    return ArticleVersion(
        id=new_id(),
        article_id=article.id,
        number=number,
        plain=notices.summary_of(words["body"], LONGEST),
        note=note,
        author_id=None if actor.kind is ActorKind.SYSTEM else actor.id,
        author_name=actor.name,
        created_at=clock.now(),
        **words,
    )


def _show(article: Article, version: ArticleVersion) -> None:
    article.title, article.keywords = version.title, version.keywords
    article.summary = notices.summary_of(version.body)


def _keep(version: ArticleVersion) -> None:
    session().add(version)
    session().flush()
    index(version)


def _record(actor: Actor, action: str, article: Article, summary: str, changes: dict[str, Any] | None = None) -> None:
    identity.record(actor, action, subject=("article", article.id), summary=summary, changes=changes)
