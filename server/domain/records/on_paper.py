"""The room's papers: 完工（验收）通知, 验收单, 视为验收通过记录 (A36, A37), 资料交接单 (A28)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from server.core import clock, spelling
from server.core.errors import Conflict
from server.domain import contracts, documents, tickets
from server.domain.contracts import Contract
from server.domain.documents import Draft, Kind, Side
from server.domain.identity import Actor, Permission
from server.domain.records import queries
from server.domain.records.completions import items_of
from server.domain.records.log import events_of
from server.domain.records.models import Completion, Material
from server.domain.records.receipts import receipts_of
from server.domain.records.vocabulary import CompletionState
from server.gateways.office.layout import Column, Field, Fields, Form, SignBlock, Table

NOTICE, ACCEPTANCE, DEEMED, MATERIAL = "completion_notice", "acceptance", "deemed_acceptance", "material_handover"
VENDOR, BUREAU = SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）")
JOB = (
    Field("number", "通知编号"),
    Field("round", "轮次"),
    Field("contract", "合同编号"),
    Field("ticket", "对应工单"),
    Field("job", "完工事项", wide=True),
    Field("content", "完工内容", wide=True, lines=3),
)
ITEMS = (Column("standard", "验收标准", 4), Column("text", "验收内容", 5))

NOTICE_FORM = Form(
    title="完工（验收）通知",
    blocks=(
        Fields(
            "job",
            (
                *JOB,
                Field("how", "查验方法", wide=True, lines=2),
                Field("sent_at", "通知时间"),
                Field("received_at", "签收时间"),
                Field("received_by", "签收人和方式"),
                Field("due_on", "验收截止日"),
            ),
        ),
        Table("items", ITEMS, label="验收项目"),
    ),
    signs=(VENDOR, SignBlock("bureau", "甲方（签收）")),
    note="甲方应在验收截止日 24 时前作出验收意见；合同约定逾期视为通过的，期满未提出意见即视为验收通过。",
)
ACCEPTANCE_FORM = Form(
    title="验收单",
    blocks=(
        Fields(
            "job",
            (
                *JOB,
                Field("decided_at", "验收时间"),
                Field("conclusion", "验收结论"),
                Field("members", "验收人员", wide=True),
                Field("remark", "验收意见", wide=True, lines=3),
            ),
        ),
        Table("items", (*ITEMS, Column("result", "结果", 2), Column("remark", "备注", 3)), label="验收清单"),
    ),
    signs=(VENDOR, BUREAU),
)
DEEMED_FORM = Form(
    title="视为验收通过记录",
    blocks=(
        Fields(
            "job",
            (
                *JOB,
                Field("sent_at", "通知时间"),
                Field("received_at", "签收时间"),
                Field("due_on", "验收截止"),
                Field("passed_at", "视为通过时间"),
            ),
        ),
        Table("items", ITEMS, label="验收项目"),
        Table(
            "evidence",
            (
                Column("at", "签收时间", 3),
                Column("kind", "方式", 2),
                Column("by", "签收人", 2),
                Column("state", "确认情况", 2),
                Column("text", "证据", 4),
            ),
            label="签收证据",
        ),
        Table("trace", (Column("text", "推算过程", 1),), label="期限推算"),
    ),
    note="验收期限届满而甲方未提出意见，依合同视为验收通过；本记录由系统按签收证据推算，甲方未签字。",
)
MATERIAL_FORM = Form(
    title="资料交接单",
    blocks=(
        Fields(
            "material",
            (
                Field("number", "资料编号"),
                Field("contract", "合同编号"),
                Field("item", "资料名称", wide=True),
                Field("form", "类别"),
                Field("ticket", "对应工单"),
                Field("requested_on", "提出日期"),
                Field("due_on", "应交日期"),
                Field("delivered_on", "交付日期"),
                Field("quality", "交付情况"),
                Field("note", "说明", wide=True),
                Field("defect", "缺陷说明", wide=True),
            ),
        ),
        Table(
            "log",
            (Column("at", "时间", 3), Column("what", "事项", 3), Column("who", "办理人", 3), Column("text", "说明", 5)),
            label="交接经过",
        ),
    ),
    signs=(SignBlock("bureau", "甲方（移交）"), SignBlock("vendor", "乙方（接收）")),
)


class NotDecided(Conflict):
    """The notice has not come to the end that the paper tells of."""

    code = "completion_not_decided"
    message = "尚未作出验收结论，不能出具该文书。"


def compose_notice(actor: Actor, completion_id: uuid.UUID) -> Draft:
    """The vendor's notice as it stands, with the receipt that is on record."""
    row = queries.find(actor, completion_id)
    receipts = [each for each in receipts_of(row) if each.received_at == row.received_at]
    signed = "、".join(f"{each.received_by}（{each.kind.label}）" for each in receipts[:1])
    content = {
        "job": {
            **_job(actor, row),
            "how": row.how_to_check,
            "sent_at": spelling.moment(row.sent_at),
            "received_at": spelling.moment(row.received_at) or "待签收",
            "received_by": signed,
            "due_on": _due(row),
        },
        "items": [{"standard": each.standard, "text": each.text} for each in items_of(row)],
    }
    return _draft(actor, row, content, "完工（验收）通知")


def compose_acceptance(actor: Actor, completion_id: uuid.UUID) -> Draft:
    """The bureau's word, item by item. NotDecided before there is one, and where silence decided."""
    row = queries.find(actor, completion_id)
    if row.state not in (CompletionState.ACCEPTED, CompletionState.REJECTED) or row.conclusion is None:
        raise NotDecided
    content = {
        "job": {
            **_job(actor, row),
            "decided_at": spelling.moment(row.decided_at),
            "conclusion": row.conclusion.label,
            "members": row.members or row.decided_by_name,
            "remark": row.reasons,
        },
        "items": [
            {
                "standard": each.standard,
                "text": each.text,
                "result": each.result.label if each.result else "未检查",
                "remark": each.remark,
            }
            for each in items_of(row)
        ],
    }
    return _draft(actor, row, content, "验收单")


def compose_deemed(actor: Actor, completion_id: uuid.UUID) -> Draft:
    """What silence accepted, with the proof of receipt and how the deadline was reckoned. NotDecided otherwise."""
    row = queries.find(actor, completion_id)
    if row.state is not CompletionState.DEEMED:
        raise NotDecided
    content = {
        "job": {
            **_job(actor, row),
            "sent_at": spelling.moment(row.sent_at),
            "received_at": spelling.moment(row.received_at),
            "due_on": f"{spelling.day(row.due_on)} 24:00",
            "passed_at": spelling.moment(row.decided_at),
        },
        "items": [{"standard": each.standard, "text": each.text} for each in items_of(row)],
        "evidence": [
            {
                "at": spelling.moment(each.received_at),
                "kind": each.kind.label,
                "by": each.received_by,
                "state": each.state.label,
                "text": each.evidence or "系统内操作日志",
            }
            for each in receipts_of(row)
        ],
        "trace": [{"text": str(line)} for line in row.trace],
    }
    return _draft(actor, row, content, "视为验收通过记录")


def compose_material(actor: Actor, material_id: uuid.UUID) -> Draft:
    """A material with the way that it took."""
    row = queries.find_material(actor, material_id)
    contract = contracts.find(actor, row.contract_id)
    content = {
        "material": {
            "number": row.number,
            "contract": contract.number,
            "item": row.item,
            "form": row.form.label,
            "ticket": _ticket(actor, row.ticket_id),
            "requested_on": spelling.day(row.requested_on),
            "due_on": spelling.day(row.due_on),
            "delivered_on": spelling.day(row.delivered_on) or row.state.label,
            "quality": row.quality.label if row.quality else "",
            "note": row.note,
            "defect": row.defect or "无",
        },
        "log": [
            {
                "at": spelling.moment(each.at),
                "what": each.kind.label,
                "who": each.actor_name or each.actor_kind.label,
                "text": each.text,
            }
            for each in events_of(row)
        ],
    }
    return Draft(
        contract_id=contract.id,
        subject_id=row.id,
        content=content,
        title=f"资料交接单（{row.number}）",
        head=_head(contract),
        covers_on=row.delivered_on or row.requested_on,
        sources=((f"资料 {row.number}", f"/admin/records/materials/{row.id}"),),
    )


def _draft(actor: Actor, row: Completion, content: Mapping[str, object], title: str) -> Draft:
    contract = contracts.find(actor, row.contract_id)
    return Draft(
        contract_id=contract.id,
        subject_id=row.id,
        content=content,
        title=f"{title}（{row.number}）",
        head=_head(contract),
        covers_on=row.accepted_on or clock.local_day(row.decided_at or row.sent_at),
        sources=((f"完工通知 {row.number}", f"/admin/acceptances/{row.id}"),),
    )


def _job(actor: Actor, row: Completion) -> dict[str, str]:
    return {
        "number": row.number,
        "round": f"第 {row.round} 轮{'（整体验收）' if row.final else ''}",
        "contract": contracts.find(actor, row.contract_id).number,
        "ticket": _ticket(actor, row.ticket_id),
        "job": row.title,
        "content": row.content,
    }


def _ticket(actor: Actor, ticket_id: uuid.UUID | None) -> str:
    return "无" if ticket_id is None else tickets.find(actor, ticket_id).number


def _due(row: Completion) -> str:
    return f"{spelling.day(row.due_on)} 24:00" if row.due_on else row.basis.label


def _head(contract: Contract) -> tuple[str, ...]:
    return (f"合同：{contract.title}（{contract.number}）",)


_SAMPLE_JOB = {
    "number": "WG-2025-0007",
    "round": "第 1 轮",
    "contract": "ZK-YW-2025-01",
    "ticket": "FW-2025-0012",
    "job": "预约取消功能完工",
    "content": "预约可以取消，取消后名额释放。",
}
_SAMPLE_ITEMS = [{"standard": "功能符合工单要求", "text": "按工单描述逐项操作"}]
_VIEW = Permission.ACCEPTANCE_VIEW
for _kind in (
    Kind(NOTICE, "完工（验收）通知", "WGTZ", "completion", NOTICE_FORM, compose_notice, view=_VIEW, group="验收",
         subjects=documents.dated(Completion.id, Completion.contract_id, Completion.sent_at),
         sample={"job": {**_SAMPLE_JOB, "how": "在两种手机上各操作一遍", "sent_at": "2025年4月9日 16:00",
                         "received_at": "2025年4月10日 09:00", "received_by": "林晓（系统内签收）",
                         "due_on": "2025年4月14日 24:00"}, "items": _SAMPLE_ITEMS}),
    Kind(ACCEPTANCE, "验收单", "YSD", "completion", ACCEPTANCE_FORM, compose_acceptance, view=_VIEW, group="验收",
         sample={"job": {**_SAMPLE_JOB, "decided_at": "2025年4月14日 10:00", "conclusion": "合格",
                         "members": "林晓、周敏", "remark": "功能符合要求。"},
                 "items": [{**_SAMPLE_ITEMS[0], "result": "合格", "remark": ""}]}),
    Kind(DEEMED, "视为验收通过记录", "STG", "completion", DEEMED_FORM, compose_deemed, sides=(), view=_VIEW,
         group="验收",
         sample={"job": {**_SAMPLE_JOB, "sent_at": "2025年9月29日 16:00", "received_at": "2025年9月30日 11:05",
                         "due_on": "2025年10月9日 24:00", "passed_at": "2025年10月10日 00:00"},
                 "items": _SAMPLE_ITEMS,
                 "evidence": [{"at": "2025年9月30日 11:05", "kind": "浙政钉已读", "by": "林晓", "state": "已确认",
                               "text": "浙政钉消息显示已读。"}],
                 "trace": [{"text": "自签收次日起算 3 个自然日，末日遇休息日顺延"}]}),
    Kind(MATERIAL, "资料交接单", "ZLJJ", "material", MATERIAL_FORM, compose_material,
         sides=(Side.BUREAU, Side.VENDOR), view=Permission.RECORD_VIEW, group="验收",
         subjects=documents.dated(Material.id, Material.contract_id, Material.requested_on),
         sample={"material": {"number": "ZL-2025-0003", "contract": "ZK-YW-2025-01", "item": "2025 版办事指南清单",
                              "form": "表单清单", "ticket": "FW-2025-0031", "requested_on": "2025年6月3日",
                              "due_on": "2025年6月10日", "delivered_on": "2025年6月24日", "quality": "完整可用",
                              "note": "清单共 86 项。", "defect": ""},
                 "log": [{"at": "2025年6月3日 14:00", "what": "提出资料需求", "who": "唐川", "text": ""}]}),
):  # fmt: skip
    documents.register(_kind)
