"""Completion notices, materials and remote sessions for tests: the smallest valid ones, through the doors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from server.core import clock
from server.domain import records
from server.domain.contracts import Contract
from server.domain.identity import Actor
from server.domain.records import Completion, ItemDraft, Material, MaterialForm, RemoteSession, SessionChannel
from tests.factories import identity as people

ITEMS = (ItemDraft("合同第三条", "首页公告可正常打开"), ItemDraft("需求单 3", "列表按时间倒序"))


def at(text: str) -> datetime:
    """A moment on Shanghai's clock: ``2025-09-26 10:00``."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=clock.LOCAL)


def vendor(contract: Contract, login: str = "zheng") -> Actor:
    """A maintainer of the contract's vendor."""
    return people.actor(login, contract_id=contract.id)


def notice(contract: Contract, by: Actor | None = None, **values: Any) -> Completion:
    """A notice that 郑一鸣 (or ``by``) sends now."""
    usual: dict[str, Any] = {
        "title": "首页公告修复",
        "content": "已修复公告打不开的问题并发布。",
        "how_to_check": "打开小程序首页，点击任一公告。",
        "items": ITEMS,
    }
    return records.notify_completion(by or vendor(contract), contract_id=contract.id, **(usual | values))


def received(contract: Contract, by: Actor | None = None, **values: Any) -> Completion:
    """A notice that 林岚 has signed for, now."""
    made = notice(contract, by, **values)
    return records.receive(people.actor("lin"), made.id)


def material(contract: Contract, by: Actor | None = None, **values: Any) -> Material:
    """A material that 郑一鸣 (or ``by``) asks for."""
    usual: dict[str, Any] = {
        "item": "公告审批流程说明",
        "form": MaterialForm.PROCESS_DATA,
        "requested_on": date(2025, 3, 10),
        "due_on": date(2025, 3, 14),
    }
    return records.request_material(by or vendor(contract), contract_id=contract.id, **(usual | values))


def remote(contract: Contract, by: Actor | None = None, **values: Any) -> RemoteSession:
    """An hour of remote access."""
    usual: dict[str, Any] = {
        "channel": SessionChannel.REMOTE,
        "who": "郑一鸣",
        "from_where": "云桥公司办公区",
        "account": "ops-zheng",
        "purpose": "检查公告服务日志",
        "started_at": at("2025-09-26 09:00"),
        "ended_at": at("2025-09-26 10:00"),
    }
    return records.log_session(by or vendor(contract), contract_id=contract.id, **(usual | values))
