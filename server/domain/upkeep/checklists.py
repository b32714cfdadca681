"""Checklists (巡检模板): what an inspection looks at, one per contract, in versions; two sets of ours to begin with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import contracts, identity
from server.domain.contracts import MaintainedSystem
from server.domain.identity import Actor
from server.domain.upkeep import access
from server.domain.upkeep.access import Moved
from server.domain.upkeep.inspection_models import Checklist
from server.domain.upkeep.models import NAME, TITLE
from server.domain.upkeep.vocabulary import ItemForm, Section
from server.domain.upkeep.words import said

# Contract B names no thresholds (B01): defaults of ours, kept in each version.
WARN, CRITICAL = 80, 90
MOST_ITEMS = 60
STANDARD = 300
WHOLE = 100


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One line of a checklist; ``total`` is how many tasks or tables there are to be."""

    section: Section
    title: str
    form: ItemForm = ItemForm.CHECK
    standard: str = ""
    total: int | None = None


S, F = Section, ItemForm
MINI_PROGRAM = (
    ItemDraft(S.HOSTS, "应用服务器", F.HOST, "CPU、内存、磁盘低于警戒值"),
    ItemDraft(S.HOSTS, "数据库服务器", F.HOST, "CPU、内存、磁盘低于警戒值"),
    ItemDraft(S.APPLICATION, "小程序各入口可正常打开", F.CHECK, "逐个入口点击，无报错、无白屏"),
    ItemDraft(S.APPLICATION, "接口响应与错误率", F.CHECK, "抽查首页、办事、查询接口"),
    ItemDraft(S.RELEASES, "线上版本与发布记录一致", F.CHECK, "核对小程序版本号与发布台账"),
    ItemDraft(S.CONTENT, "公告、办事指南内容检查", F.CHECK, "无过期内容、错别字和失效链接"),
    ItemDraft(S.WECHAT, "服务器域名、业务域名配置", F.CHECK, "与备案域名一致"),
    ItemDraft(S.WECHAT, "订阅消息模板与隐私保护指引", F.CHECK, "模板可用，指引与实际一致"),
    ItemDraft(S.CERTIFICATES, "证书有效期", F.CHECK, "剩余 30 天以上"),
    ItemDraft(S.BACKUPS, "数据库备份与恢复抽查", F.CHECK, "每日备份成功，抽查可恢复"),
    ItemDraft(S.SECURITY, "系统补丁与漏洞", F.CHECK, "无未处理的高危漏洞"),
    ItemDraft(S.LOGS, "错误日志与登录日志", F.CHECK, "无异常登录，无持续报错"),
)
DATA_EXCHANGE = (
    ItemDraft(S.HOSTS, "应用服务器", F.HOST, "CPU、内存、磁盘低于警戒值"),
    ItemDraft(S.HOSTS, "数据库服务器", F.HOST, "CPU、内存、磁盘低于警戒值"),
    ItemDraft(S.HOSTS, "前置交换服务器", F.HOST, "CPU、内存、磁盘低于警戒值"),
    ItemDraft(S.SERVICES, "调度、接口、数据库服务", F.CHECK, "进程在运行，端口可连接"),
    ItemDraft(S.EXCHANGE, "省局下发（140 张表）", F.TASKS, "每日增量，全部正常", 140),
    ItemDraft(S.EXCHANGE, "上报数据局（14 张表）", F.TASKS, "每日增量，全部正常", 14),
    ItemDraft(S.COMPARISON, "源端与目标端数量比对", F.COUNTS, "同一截止时间两边一致", 14),
    ItemDraft(S.BACKUPS, "数据库备份与恢复抽查", F.CHECK, "每日备份成功，抽查可恢复"),
    ItemDraft(S.SECURITY, "系统补丁、弱口令与漏洞", F.CHECK, "无未处理的高危漏洞"),
    ItemDraft(S.LOGS, "系统与数据库日志", F.CHECK, "无持续报错"),
)
DEFAULTS: Mapping[MaintainedSystem, tuple[ItemDraft, ...]] = {
    MaintainedSystem.MINI_PROGRAM: MINI_PROGRAM,
    MaintainedSystem.DATA_EXCHANGE: DATA_EXCHANGE,
}


def default_items(contract_id: uuid.UUID) -> tuple[ItemDraft, ...]:
    """Our proposal for a contract, by what it keeps running."""
    systems = contracts.systems_of([contract_id]).get(contract_id, [])
    found = [item for system in systems for item in DEFAULTS[system]]
    return tuple(dict.fromkeys(found)) or MINI_PROGRAM


def checklist_of(contract_id: uuid.UUID) -> Checklist | None:
    """The newest version of a contract's checklist; None while our proposal is in use. Asks no permission."""
    query = sa.select(Checklist).where(Checklist.contract_id == contract_id)
    return session().scalars(query.order_by(Checklist.version.desc()).limit(1)).one_or_none()


def checklists_of(actor: Actor, contract_id: uuid.UUID) -> list[Checklist]:
    """All versions that the actor may see, newest first."""
    query = sa.select(Checklist).where(
        Checklist.contract_id == contract_id, *access.visible(actor, Checklist.contract_id)
    )
    return list(session().scalars(query.order_by(Checklist.version.desc())))


def items_of(checklist: Checklist) -> list[ItemDraft]:
    """A version's lines."""
    return [
        ItemDraft(Section(each["section"]), each["title"], ItemForm(each["form"]), each["standard"], each["total"])
        for each in checklist.items
    ]


def save_checklist(
    actor: Actor,
    contract_id: uuid.UUID,
    items: Sequence[ItemDraft],
    *,
    follows: int,
    reason: str,
    warn: int = WARN,
    critical: int = CRITICAL,
) -> Checklist:
    """Write the next version; ``follows`` is the one that the page showed (0: our proposal). Begun inspections keep theirs."""
    access.contract_for(actor, contract_id)
    newest = checklist_of(contract_id)
    if follows != (newest.version if newest else 0):
        raise Moved
    if not 1 <= warn < critical <= WHOLE:
        raise Invalid(fields={"warn": ["警戒值须小于严重值，均在 1 至 100 之间。"]})
    made = Checklist(
        contract_id=contract_id,
        version=follows + 1,
        items=_checked(items),
        warn=warn,
        critical=critical,
        reason=said(reason, field="reason", longest=500),
        author_name=actor.name[:NAME],
        created_at=clock.now(),
    )
    session().add(made)
    session().flush()
    identity.record(
        actor,
        "upkeep_checklist.saved",
        subject=("upkeep_checklist", made.id),
        summary=f"巡检模板第 {made.version} 版，{len(made.items)} 项：{made.reason}",
        changes={"version": [follows, made.version]},
    )
    return made


def _checked(items: Sequence[ItemDraft]) -> list[dict[str, Any]]:
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Invalid(fields={"items": [f"检查项须为 1 至 {MOST_ITEMS} 项。"]})
    return [
        {
            "section": item.section.value,
            "title": said(item.title, field=f"title_{place}", longest=TITLE),
            "form": item.form.value,
            "standard": said(item.standard, field=f"standard_{place}", longest=STANDARD, needed=False),
            "total": item.total,
        }
        for place, item in enumerate(items, start=1)
    ]
