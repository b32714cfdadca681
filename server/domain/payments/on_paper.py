"""The room's papers: 付款申请单 (A25), 违约金测算单 (A41–A43, B28), 整改通知单 and 复查单 (B30)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from server.core import spelling
from server.core.errors import Conflict
from server.core.money import neat
from server.core.money_words import in_words
from server.domain import contracts, documents
from server.domain.contracts import Contract, InvoiceKind, Party
from server.domain.documents import Draft, Kind, Side
from server.domain.identity import Actor, Permission
from server.domain.payments import applications, claims, rectifying
from server.domain.payments.breaches import Claim, RectificationOrder
from server.domain.payments.invoices import live_invoice
from server.domain.payments.log import events_of
from server.domain.payments.models import Application, MoneyEvent
from server.domain.payments.papers import papers_of
from server.domain.payments.vocabulary import MoneyStep, OrderState
from server.gateways.office.layout import Column, Field, Fields, Form, SignBlock, Table

APPLICATION, WORKSHEET, ORDER, RECHECK = "payment_application", "penalty_worksheet", "rectification_order", "recheck"
VENDOR, BUREAU = SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）")
SIDES = {Party.VENDOR: "乙方", Party.BUREAU: "甲方"}
# How the console finds a clause and a contradiction; on paper the first says nothing, the second is spelled.
_KEY, _PLACE = re.compile(r"（[A-Z]\d+）"), re.compile(r"#(\d+) ")
APPROVALS = (MoneyStep.APPLIED, MoneyStep.RESUBMITTED, MoneyStep.RECEIVED, MoneyStep.CHECKED, MoneyStep.APPROVED)
LOG = (Column("at", "时间", 3), Column("what", "环节", 2), Column("who", "办理人", 3), Column("text", "意见", 5))

APPLICATION_FORM = Form(
    title="付款申请单",
    blocks=(
        Fields(
            "payment",
            (
                Field("number", "申请编号"),
                Field("applied_on", "申请日期"),
                Field("applicant", "申请单位", wide=True),
                Field("contract", "合同编号"),
                Field("total", "合同金额"),
                Field("title", "合同名称", wide=True),
                Field("milestone", "付款节点", wide=True),
                Field("basis", "付款依据", wide=True, lines=2),
                Field("amount", "本次申请金额"),
                Field("words", "大写"),
                Field("before", "此前已付"),
                Field("balance", "付后余额"),
                Field("payee", "收款单位"),
                Field("account", "收款账号"),
                Field("bank", "开户行", wide=True),
            ),
        ),
        Fields(
            "invoice",
            (
                Field("number", "发票号码"),
                Field("kind", "发票种类"),
                Field("amount", "价税合计"),
                Field("tax", "税率和税额"),
                Field("issued_on", "开票日期"),
                Field("received_on", "收到日期"),
            ),
            label="发票",
        ),
        Table("attachments", (Column("name", "附件", 5), Column("label", "说明", 4)), label="附件"),
        Table("approvals", LOG, label="办理经过", numbered=False),
        Fields(
            "signing",
            (
                Field("handler", "经办人", lines=2),
                Field("head", "部门负责人", lines=2),
                Field("finance", "财务审核", lines=2),
                Field("leader", "分管领导", lines=2),
            ),
            label="甲方审批",
        ),
    ),
    signs=(VENDOR, BUREAU),
)
WORKSHEET_FORM = Form(
    title="违约金测算单",
    blocks=(
        Fields(
            "claim",
            (
                Field("number", "登记编号"),
                Field("contract", "合同编号"),
                Field("title", "违约情形", wide=True),
                Field("owed_by", "责任方"),
                Field("occurred_on", "发生日期"),
                Field("event", "事项", wide=True),
                Field("facts", "事实和证据", wide=True, lines=2),
            ),
        ),
        Table(
            "steps",
            (
                Column("text", "步骤", 5),
                Column("figures", "数据", 4),
                Column("clause", "条款", 3),
                Column("reading", "采用的读法", 3),
            ),
            label="测算过程",
        ),
        Fields(
            "result",
            (
                Field("computed", "测算金额"),
                Field("words", "大写"),
                Field("bureau", "甲方意见"),
                Field("vendor", "乙方意见"),
                Field("settled", "双方确认金额"),
                Field("state", "状态"),
                Field("warnings", "提示", wide=True),
            ),
            label="结果",
        ),
    ),
    signs=(VENDOR, BUREAU),
    note="测算金额仅供参考，以双方确认金额为准。",
)
ORDER_FIELDS = (
    Field("number", "通知编号"),
    Field("contract", "合同编号"),
    Field("vendor", "整改单位"),
    Field("ticket", "对应工单"),
    Field("issued_on", "发出日期"),
    Field("due_on", "整改期限"),
    Field("facts", "存在问题", wide=True, lines=3),
    Field("demands", "整改要求", wide=True, lines=3),
)
ORDER_FORM = Form(
    title="整改通知单",
    blocks=(Fields("order", ORDER_FIELDS),),
    signs=(BUREAU, SignBlock("vendor", "乙方（签收）")),
    note="请在整改期限前完成整改并书面回复；逾期未按要求整改的，按合同约定处理。",
)
RECHECK_FORM = Form(
    title="整改复查单",
    blocks=(
        Fields("order", ORDER_FIELDS),
        Fields(
            "recheck",
            (
                Field("answered_on", "回复日期"),
                Field("rechecked_on", "复查日期"),
                Field("answer", "整改情况", wide=True, lines=3),
                Field("conclusion", "复查结论"),
                Field("outcome", "处理决定"),
                Field("remark", "复查意见", wide=True, lines=2),
            ),
            label="复查",
        ),
    ),
    signs=(VENDOR, BUREAU),
)


class NotRechecked(Conflict):
    """The order was not looked at again yet."""

    code = "order_not_rechecked"
    message = "尚未复查，不能出具复查单。"


def compose_application(actor: Actor, application_id: uuid.UUID) -> Draft:
    """An application with its figures; the account is masked, what was paid before it is of the whole contract."""
    row = applications.find(actor, application_id)
    contract = contracts.find(actor, row.contract_id)
    terms = contracts.terms_of(contract.id)
    total = contracts.contract_total(terms)
    before = applications.paid_before(row)
    content = {
        "payment": _payment(row, contract, total, before),
        "invoice": _invoice(row),
        "attachments": [{"name": each.file_name, "label": each.label} for each in papers_of([row.id])],
        "approvals": [_line(each) for each in events_of([row.id]) if each.step in APPROVALS],
        "signing": {},
    }
    return _draft(contract, row, content, "付款申请单", f"/admin/payments/{row.id}", "付款申请")


def compose_worksheet(actor: Actor, claim_id: uuid.UUID) -> Draft:
    """A claim with its steps as they were worked out, and what both sides said."""
    row = claims.find_claim(actor, claim_id)
    contract = contracts.find(actor, row.contract_id)
    sheet: Mapping[str, Any] = row.worksheet or {}
    content = {
        "claim": {
            "number": row.number,
            "contract": contract.number,
            "title": row.title,
            "owed_by": SIDES[row.owed_by],
            "occurred_on": spelling.day(row.occurred_on),
            "event": row.event,
            "facts": row.facts,
        },
        "steps": [
            {
                "text": text,
                "figures": figures,
                "clause": _KEY.sub("", clause),
                "reading": _PLACE.sub(r"第\1项：", reading),
            }
            for text, figures, clause, reading in sheet.get("lines", ())
        ],
        "result": _result(row, sheet),
    }
    return _draft(contract, row, content, "违约金测算单", f"/admin/penalties/{row.id}", "违约登记")


def compose_order(actor: Actor, order_id: uuid.UUID) -> Draft:
    """An order as it was given."""
    row = rectifying.find_order(actor, order_id)
    contract = contracts.find(actor, row.contract_id)
    content = {"order": _order(row, contract)}
    return _draft(contract, row, content, "整改通知单", f"/admin/penalties/orders/{row.id}", "整改通知")


def compose_recheck(actor: Actor, order_id: uuid.UUID) -> Draft:
    """What was found when an order was looked at again. NotRechecked before that."""
    row = rectifying.find_order(actor, order_id)
    if row.rechecked_on is None:
        raise NotRechecked
    contract = contracts.find(actor, row.contract_id)
    content = {
        "order": _order(row, contract),
        "recheck": {
            "answered_on": _answered(row),
            "rechecked_on": spelling.day(row.rechecked_on),
            "answer": row.answer,
            "conclusion": "未完成整改" if row.found_undone else _passed(row.state),
            "outcome": row.outcome.label if row.outcome else "无",
            "remark": "\n".join(part for part in (row.recheck_remark, row.outcome_note) if part),
        },
    }
    return _draft(contract, row, content, "整改复查单", f"/admin/penalties/orders/{row.id}", "整改通知")


def _payment(row: Application, contract: Contract, total: Decimal, before: Decimal) -> dict[str, str]:
    return {
        "number": row.number,
        "applied_on": spelling.day(row.applied_on),
        "applicant": contract.vendor_name,
        "contract": contract.number,
        "total": neat(total),
        "title": contract.title,
        "milestone": row.title,
        "basis": row.basis,
        "amount": neat(row.amount),
        "words": row.words or in_words(row.amount),
        "before": neat(before),
        "balance": neat(total - before - row.amount),
        "payee": row.payee_name,
        "account": row.payee_masked,
        "bank": row.payee_bank,
    }


def _invoice(row: Application) -> dict[str, str]:
    invoice = live_invoice(row.id)
    if invoice is None:
        return {"number": "尚未登记"}
    kinds = {each.value: each.label for each in InvoiceKind}
    return {
        "number": invoice.number,
        "kind": kinds.get(invoice.kind, invoice.kind),
        "amount": neat(invoice.amount),
        "tax": f"{(invoice.tax_rate * 100).normalize():f}%，税额 {neat(invoice.tax_amount)}",
        "issued_on": spelling.day(invoice.issued_on),
        "received_on": spelling.day(invoice.received_on),
    }


def _line(event: MoneyEvent) -> dict[str, str]:
    who = f"{event.actor_name}（{event.organisation}）" if event.organisation else event.actor_name
    return {"at": spelling.moment(event.at), "what": event.step.label, "who": who, "text": event.text}


def _result(row: Claim, sheet: Mapping[str, Any]) -> dict[str, str]:
    return {
        "computed": "不计算" if row.computed is None else neat(row.computed),
        "words": "" if row.computed is None else in_words(row.computed),
        "bureau": _said(row.bureau_amount, row.bureau_name),
        "vendor": _said(row.vendor_amount, row.vendor_name),
        "settled": "待双方确认" if row.settled is None else f"{neat(row.settled)}（{in_words(row.settled)}）",
        "state": row.state.label,
        "warnings": "；".join(sheet.get("warnings", ())) or "无",
    }


def _said(amount: Decimal | None, name: str) -> str:
    return "" if amount is None else f"{neat(amount)}（{name}）"


def _order(row: RectificationOrder, contract: Contract) -> dict[str, str]:
    return {
        "number": row.number,
        "contract": contract.number,
        "vendor": contract.vendor_name,
        "ticket": row.ticket_number or "无",
        "issued_on": spelling.day(row.issued_on),
        "due_on": spelling.day(row.due_on),
        "facts": row.facts,
        "demands": row.demands,
    }


def _answered(row: RectificationOrder) -> str:
    if row.answered_on is None:
        return "未回复"
    return f"{spelling.day(row.answered_on)}（{'逾期' if row.answered_on > row.due_on else '按时'}）"


def _passed(state: OrderState) -> str:
    return state.label


def _draft(
    contract: Contract,
    row: Application | Claim | RectificationOrder,
    content: dict[str, Any],
    title: str,
    url: str,
    source: str,
) -> Draft:
    on = {Application: "applied_on", Claim: "occurred_on", RectificationOrder: "issued_on"}[type(row)]
    return Draft(
        contract_id=contract.id,
        subject_id=row.id,
        content=content,
        title=f"{title}（{row.number}）",
        head=(f"合同：{contract.title}（{contract.number}）",),
        covers_on=getattr(row, on),
        sources=((f"{source} {row.number}", url),),
    )


_ORDER = {
    "number": "ZG-2025-0001",
    "contract": "ZK-YW-2025-01",
    "vendor": "某某信息技术有限公司",
    "ticket": "无",
    "issued_on": "2025年9月1日",
    "due_on": "2025年9月10日",
    "facts": "巡检记录缺少磁盘数据。",
    "demands": "补齐并按月提交。",
}
_V = Permission.PAYMENT_VIEW
for _kind in (
    Kind(APPLICATION, "付款申请单", "FKSQ", "payment_application", APPLICATION_FORM, compose_application, view=_V,
         group="付款",
         sample={"payment": {"number": "FK-2025-0001", "applied_on": "2025年12月1日", "applicant": "某某公司",
                             "contract": "ZK-YW-2025-01", "total": "¥28,000.00", "title": "小程序运维服务合同",
                             "milestone": "年度服务费", "basis": "合同四（二）", "amount": "¥28,000.00",
                             "words": "贰万捌仟元整", "before": "¥0.00", "balance": "¥0.00", "payee": "某某公司",
                             "account": "*************0123", "bank": "某某银行"},
                 "invoice": {"number": "25417000001", "kind": "增值税专用发票", "amount": "¥28,000.00",
                             "tax": "6%，税额 ¥1,584.91", "issued_on": "2025年12月1日",
                             "received_on": "2025年12月2日"},
                 "attachments": [{"name": "发票.pdf", "label": "发票"}],
                 "approvals": [{"at": "2025年12月3日 10:00", "what": "审核通过", "who": "林晓", "text": "材料齐全"}]}),
    Kind(WORKSHEET, "违约金测算单", "WYJ", "penalty_claim", WORKSHEET_FORM, compose_worksheet, view=_V, group="付款",
         sample={"claim": {"number": "WY-2025-0001", "contract": "ZK-YW-2025-01", "title": "系统无法使用",
                           "owed_by": "乙方", "occurred_on": "2025年8月19日", "event": "FW-2025-0080",
                           "facts": "全部页面打不开"},
                 "steps": [{"text": "月服务费", "figures": "28000 ÷ 12 = 2333.33", "clause": "四（一）",
                            "reading": "年费 ÷ 12"}],
                 "result": {"computed": "¥11.67", "words": "壹拾壹元陆角柒分", "settled": "待双方确认",
                            "state": "待双方确认", "warnings": "无"}}),
    Kind(ORDER, "整改通知单", "ZGTZ", "rectification_order", ORDER_FORM, compose_order,
         sides=(Side.BUREAU, Side.VENDOR), view=_V, group="付款", sample={"order": _ORDER}),
    Kind(RECHECK, "整改复查单", "ZGFC", "rectification_order", RECHECK_FORM, compose_recheck, view=_V, group="付款",
         sample={"order": _ORDER, "recheck": {"answered_on": "2025年9月8日", "rechecked_on": "2025年9月11日",
                                              "answer": "已补齐。", "conclusion": "复查通过", "outcome": "无",
                                              "remark": "符合要求"}}),
):  # fmt: skip
    documents.register(_kind)
