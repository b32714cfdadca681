"""What was handed on, for tests: the smallest valid rows, written through the doors by the bureau."""

from __future__ import annotations

from typing import Any

from server.domain import referrals
from server.domain.contracts import Contract
from server.domain.identity import SCHEDULER, Actor
from server.domain.referrals import (
    Application,
    ApplicationDraft,
    Liaison,
    Medium,
    Requirement,
    RequirementDraft,
    Sheet,
    SheetDraft,
    SheetKind,
)


def sheet_draft(**values: Any) -> SheetDraft:
    """A sheet about an error on registering."""
    usual: dict[str, Any] = {
        "title": "登记时报错",
        "system": "省一体化平台",
        "actual": "提示系统繁忙",
        "kind": SheetKind.BUG,
        "reporter_phone": "13812345678",
    }
    return SheetDraft(**(usual | values))


def sheet(contract: Contract, actor: Actor = SCHEDULER, *, ticket_id: Any = None, **values: Any) -> Sheet:
    """A feedback sheet that was filed."""
    return referrals.file_sheet(actor, sheet_draft(**values), contract_id=contract.id, ticket_id=ticket_id)


def requirement(contract: Contract, actor: Actor = SCHEDULER, **values: Any) -> Requirement:
    """A requirement that was submitted."""
    draft = RequirementDraft(title="批量导出", system="省一体化平台", text="希望一次导出全部许可。")
    return referrals.submit_requirement(actor, draft, contract_id=contract.id, **values)


def application(contract: Contract, actor: Actor = SCHEDULER) -> Application:
    """A data application that was written."""
    draft = ApplicationDraft(item="企业年报信息", purpose="双随机抽查", applicant_unit="临江市市场监督管理局")
    return referrals.draft_application(actor, draft, contract_id=contract.id)


def liaison(contract: Contract, actor: Actor = SCHEDULER, **values: Any) -> Liaison:
    """A talk with the data office."""
    usual: dict[str, Any] = {
        "at": None,
        "medium": Medium.PHONE,
        "with_unit": "市数据局",
        "topic": "推送中断",
        "text": "对方已重启推送服务。",
    }
    return referrals.log_liaison(actor, contract_id=contract.id, **(usual | values))
