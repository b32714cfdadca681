"""The room's papers: 应用系统问题反馈单 (B17), 需求提交单 (B18), 数据申请单 (B19). The reporter's number is masked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from server.core import clock, spelling
from server.domain import contracts, documents
from server.domain.documents import Draft, Kind
from server.domain.identity import Actor, Permission
from server.domain.referrals import access
from server.domain.referrals.models import Application, Requirement, Sheet
from server.domain.referrals.papers import papers_of
from server.domain.referrals.persons import reporter_phone
from server.gateways.office.layout import Column, Field, Fields, Form, SignBlock, Table

SHEET, REQUIREMENT, APPLICATION = "feedback_sheet", "requirement_sheet", "data_application"
SIGNS = (SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）"))
HEAD = (Field("number", "编号"), Field("contract", "合同编号"), Field("ticket", "对应工单"), Field("state", "状态"))

SHEET_FORM = Form(
    title="应用系统问题反馈单",
    blocks=(
        Fields(
            "problem",
            (
                *HEAD,
                Field("system", "系统"),
                Field("module", "模块"),
                Field("unit", "反馈单位"),
                Field("reporter", "反馈人和电话"),
                Field("found_at", "发现时间"),
                Field("channel", "渠道"),
                Field("kind", "问题类别"),
                Field("urgency", "紧急程度"),
                Field("title", "问题", wide=True),
                Field("steps", "操作步骤", wide=True, lines=2),
                Field("expected", "预期结果", wide=True),
                Field("actual", "实际情况", wide=True, lines=2),
                Field("first", "初步判断", wide=True),
            ),
            label="问题",
        ),
        Table("screenshots", (Column("name", "截图和附件", 5), Column("by", "提交人", 2), Column("at", "时间", 3))),
        Fields(
            "answer",
            (
                Field("sent", "送交单位"),
                Field("sent_at", "送交时间"),
                Field("returned_at", "反馈时间"),
                Field("verdict", "项目组判定"),
                Field("analysis", "项目组分析", wide=True, lines=2),
                Field("handling", "处理方"),
                Field("planned", "计划完成"),
                Field("external", "省级编号和进展", wide=True),
                Field("outcome", "处理结论"),
                Field("settled_at", "办结时间"),
                Field("result", "处理结果", wide=True, lines=2),
                Field("visit", "回访", wide=True),
            ),
            label="处理",
        ),
    ),
    signs=SIGNS,
)
REQUIREMENT_FORM = Form(
    title="需求提交单",
    blocks=(
        Fields(
            "wish",
            (
                *HEAD,
                Field("system", "系统"),
                Field("module", "模块"),
                Field("proposer", "提出单位和人员"),
                Field("urgency", "紧急程度"),
                Field("title", "需求名称", wide=True),
                Field("text", "需求内容", wide=True, lines=4),
                Field("reason", "理由", wide=True, lines=2),
                Field("submitted_at", "提交时间"),
                Field("forwarded", "转交省级"),
                Field("external", "省级编号和进展"),
                Field("planned", "计划完成"),
                Field("outcome", "处理结论"),
                Field("settled_at", "办结时间"),
                Field("result", "处理结果", wide=True, lines=2),
            ),
        ),
    ),
    signs=SIGNS,
)
APPLICATION_FORM = Form(
    title="数据申请单",
    blocks=(
        Fields(
            "data",
            (
                *HEAD,
                Field("item", "数据目录项", wide=True),
                Field("code", "目录编码"),
                Field("provider", "提供单位"),
                Field("unit", "申请单位", wide=True),
                Field("purpose", "用途", wide=True, lines=3),
                Field("extent", "数据范围", wide=True, lines=2),
                Field("submitted", "提交"),
                Field("approved", "审批"),
                Field("expected", "预计提供"),
                Field("delivered", "实际提供"),
                Field("delivery", "交付方式", wide=True),
                Field("refusal", "未获批准的原因", wide=True),
            ),
        ),
    ),
    signs=SIGNS,
)


def compose_sheet(actor: Actor, sheet_id: uuid.UUID) -> Draft:
    """A feedback sheet with what became of it."""
    row = access.find(actor, Sheet, sheet_id)
    who = "，".join(part for part in (row.reporter_name, reporter_phone(row)) if part)
    satisfied = spelling.yes_no(row.satisfied, yes="满意", no="不满意")
    visit = "，".join(part for part in (spelling.moment(row.visited_at), satisfied, row.visit_note) if part)
    answer = {
        "sent": row.sent_to,
        "sent_at": spelling.moment(row.sent_at),
        "returned_at": spelling.moment(row.returned_at),
        "verdict": row.verdict.label if row.verdict else "",
        "analysis": row.analysis,
        "handling": row.handling.label if row.handling else "",
        "planned": spelling.day(row.planned_on),
        "external": _external(row),
        "outcome": row.outcome.label if row.outcome else "",
        "settled_at": spelling.moment(row.settled_at),
        "result": row.result,
        "visit": visit or "未回访",
    }
    content = {
        "problem": {
            **_head(actor, row),
            "system": row.system,
            "module": row.module or "无",
            "unit": row.reporter_unit,
            "reporter": who or "未登记",
            "found_at": spelling.moment(row.found_at),
            "channel": row.channel.label,
            "kind": row.kind.label,
            "urgency": row.urgency.label,
            "title": row.title,
            "steps": row.steps or "无",
            "expected": row.expected or "无",
            "actual": row.actual,
            "first": row.first_judgement or "无",
        },
        "screenshots": [
            {"name": each.file_name, "by": each.added_by_name, "at": spelling.moment(each.added_at)}
            for each in papers_of(row)
        ],
        # what a settled sheet does not say is not said any more; before, a pen may
        "answer": {key: told or "无" for key, told in answer.items()} if row.settled_at else answer,
    }
    return _draft(actor, row, content, "应用系统问题反馈单", "sheets", clock.local_day(row.found_at))


def compose_requirement(actor: Actor, requirement_id: uuid.UUID) -> Draft:
    """A wish for change with its way."""
    row = access.find(actor, Requirement, requirement_id)
    forwarded = "，".join(part for part in (row.forwarded_to, spelling.moment(row.forwarded_at)) if part)
    wish = {
        **_head(actor, row),
        "system": row.system,
        "module": row.module or "无",
        "proposer": " ".join(part for part in (row.proposer_unit, row.proposer_name) if part) or "未登记",
        "urgency": row.urgency.label,
        "title": row.title,
        "text": row.text,
        "reason": row.reason or "无",
        "submitted_at": spelling.moment(row.submitted_at),
        "forwarded": forwarded or "未转交",
        "external": _external(row),
        "planned": spelling.day(row.planned_on),
        "outcome": row.outcome.label if row.outcome else "",
        "settled_at": spelling.moment(row.settled_at),
        "result": row.result,
    }
    # as with a sheet: what is settled without a word has none
    content = {"wish": {key: told or "无" for key, told in wish.items()} if row.settled_at else wish}
    return _draft(actor, row, content, "需求提交单", "requirements", clock.local_day(row.submitted_at))


def compose_application(actor: Actor, application_id: uuid.UUID) -> Draft:
    """A data application with its stages."""
    row = access.find(actor, Application, application_id)
    content = {
        "data": {
            **_head(actor, row),
            "item": row.item,
            "code": row.item_code,
            "provider": row.provider,
            "unit": row.applicant_unit,
            "purpose": row.purpose,
            "extent": row.extent,
            "submitted": _when(row.submitted_on, row.submitted_to),
            "approved": _when(row.approved_on, row.approved_by),
            "expected": spelling.day(row.expected_on),
            "delivered": spelling.day(row.delivered_on),
            "delivery": row.delivery,
            "refusal": row.refusal or "无",
        }
    }
    day = row.submitted_on or clock.local_day(row.created_at)
    return _draft(actor, row, content, "数据申请单", "applications", day)


def _head(actor: Actor, row: Sheet | Requirement | Application) -> dict[str, str]:
    return {
        "number": row.number,
        "contract": contracts.find(actor, row.contract_id).number,
        "ticket": row.ticket_number or "无",
        "state": row.state.label,
    }


def _external(row: Sheet | Requirement) -> str:
    return "，".join(part for part in (row.external_number, row.external_state.label) if part)


def _when(on: date | None, whom: str) -> str:
    return "，".join(part for part in (spelling.day(on), whom) if part)


def _draft(
    actor: Actor,
    row: Sheet | Requirement | Application,
    content: Mapping[str, object],
    title: str,
    page: str,
    day: date,
) -> Draft:
    contract = contracts.find(actor, row.contract_id)
    return Draft(
        contract_id=contract.id,
        subject_id=row.id,
        content=content,
        title=f"{title}（{row.number}）",
        head=(f"合同：{contract.title}（{contract.number}）",),
        covers_on=day,
        sources=((f"{title} {row.number}", f"/admin/referrals/{page}/{row.id}"),),
    )


_HEAD = {"number": "FK-2025-001", "contract": "SX-SJ-2025-01", "ticket": "FW-2025-0102", "state": "已办结"}
_R = Permission.REFERRAL_VIEW
for _kind in (
    Kind(SHEET, "应用系统问题反馈单", "WTFK", "referral_sheet", SHEET_FORM, compose_sheet, view=_R, group="反馈",
         sample={"problem": {**_HEAD, "system": "全程电子化登记", "module": "变更登记", "unit": "越城区分局",
                             "reporter": "王*，138****0000", "found_at": "2025年9月3日 10:00", "channel": "浙政钉",
                             "kind": "缺陷", "urgency": "一般", "title": "保存后附件丢失", "steps": "上传附件并保存",
                             "expected": "附件保留", "actual": "附件为空", "first": "前端缓存问题"},
                 "screenshots": [],
                 "answer": {"sent": "省级项目组", "sent_at": "2025年9月3日 11:00", "verdict": "程序缺陷",
                            "outcome": "省级已修复", "result": "已发布补丁", "visit": "满意"}}),
    Kind(REQUIREMENT, "需求提交单", "XQTJ", "referral_requirement", REQUIREMENT_FORM, compose_requirement, view=_R,
         group="反馈",
         sample={"wish": {**_HEAD, "system": "双随机监管", "title": "增加批量导出", "text": "按区县批量导出检查结果。",
                          "reason": "逐条导出费时。", "submitted_at": "2025年9月10日 09:00", "forwarded": "省局信息中心"}}),
    Kind(APPLICATION, "数据申请单", "SJSQ", "referral_application", APPLICATION_FORM, compose_application, view=_R,
         group="反馈",
         sample={"data": {**_HEAD, "item": "食品经营许可信息", "code": "SP-0012", "provider": "省大数据局",
                          "unit": "市市场监督管理局", "purpose": "经营主体年报核对", "extent": "本市全部在册主体",
                          "submitted": "2025年9月12日，市数据局"}}),
):  # fmt: skip
    documents.register(_kind)
