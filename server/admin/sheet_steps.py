"""The steps of a feedback sheet as buttons: which form each has, and in which state it stands on the page."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from server.admin.referral_steps import Step, choice, day, line, moment, words
from server.domain import referrals
from server.domain.identity import Actor
from server.domain.referrals import ExternalState, Handling, Outcome, Sheet, SheetState, Verdict

ENDS = [(each.value, each.label) for each in Outcome if each is not Outcome.VOID]
PROGRESS = [(each.value, each.label) for each in ExternalState if each is not ExternalState.NOT_SENT]


class SendSchema(Schema):
    """To whom it goes."""

    to = line("提交给", needed=True, placeholder="例如：省局一体化平台项目组")
    sent_at = moment("提交时间")


class JudgeSchema(Schema):
    """What the project team says."""

    verdict = choice(Verdict, "判定")
    handling = choice(Handling, "由谁处理")
    analysis = words("项目组分析", needed=True, rows=4)
    external_number = line("省级受理编号", longest=64)
    planned_on = day("计划完成")
    returned_at = moment("返回时间")


class ExternalSchema(Schema):
    """How it stands at the province."""

    state = choice(ExternalState, "省级进展", choices=PROGRESS, help="“局方已确认修复”只能由局方登记。")
    text = words("说明", rows=2)
    external_number = line("省级受理编号", longest=64)
    planned_on = day("计划完成")
    at = moment("时间")


class SettleSchema(Schema):
    """How it ended."""

    outcome = choice(Outcome, "结论", choices=ENDS)
    result = words("处理结果", needed=True)
    settled_at = moment("办结时间")


class VisitSchema(Schema):
    """What the reporter says afterwards."""

    satisfied = fields.Boolean(load_default=False, metadata={"label": "反馈人表示满意"})
    note = words("回访情况", rows=2, longest=200, help="不满意时请写明原因。")
    visited_at = moment("回访时间")


class ReasonSchema(Schema):
    """Why."""

    reason = words("原因", needed=True, rows=2, longest=200)


class WithdrawSchema(Schema):
    """Why the reporter took it back."""

    result = words("撤回原因", needed=True, rows=2)


class PaperSchema(Schema):
    """A screenshot or a paper."""

    upload = fields.Raw(
        required=True,
        metadata={
            "label": "截图或材料",
            "widget": "file",
            "accept": "image/*,.pdf,.docx,.xlsx",
            "help": "图片、PDF、Word 或 Excel，20 MB 以内。",
        },
    )


class UnmaskSchema(Schema):
    """Why the number is wanted."""

    reason = line("查看原因", longest=200, needed=True)


def _external(actor: Actor, key: Any, **values: Any) -> object:
    return referrals.note_external(actor, Sheet, key, **values)


def _withdraw(actor: Actor, key: Any, **values: Any) -> object:
    return referrals.settle_sheet(actor, key, outcome=Outcome.WITHDRAWN, **values)


SEND = Step(name="send", label="提交项目组", schema=SendSchema, run=referrals.send_sheet, icon="send", primary=True)
JUDGE = Step(name="judge", label="登记判定", schema=JudgeSchema, run=referrals.judge_sheet, icon="scale", primary=True)
AGAIN = Step(name="judge", label="更改判定", schema=JudgeSchema, run=referrals.judge_sheet, icon="scale")
EXTERNAL = Step(name="external", label="省级进展", schema=ExternalSchema, run=_external, icon="hierarchy")
SETTLE = Step(
    name="settle",
    label="办结",
    schema=SettleSchema,
    run=referrals.settle_sheet,
    icon="circle-check",
    primary=True,
    done="已办结",
)
VISIT = Step(name="visit", label="登记回访", schema=VisitSchema, run=referrals.visit_sheet, icon="phone", primary=True)
REOPEN = Step(
    name="reopen", label="重新处理", schema=ReasonSchema, run=referrals.reopen_sheet, icon="refresh", bureau=True
)
VOID = Step(
    name="void", label="作废", schema=ReasonSchema, run=referrals.void_sheet, icon="ban", danger=True, done="已作废"
)
WITHDRAW = Step(
    name="withdraw", label="反馈人撤回", schema=WithdrawSchema, run=_withdraw, icon="arrow-back-up", done="已撤回"
)

STEPS: dict[SheetState, tuple[Step, ...]] = {
    SheetState.FILED: (SEND, WITHDRAW, VOID),
    SheetState.SENT: (JUDGE, WITHDRAW),
    SheetState.JUDGED: (SETTLE, EXTERNAL, AGAIN),
    SheetState.SETTLED: (VISIT, REOPEN),
    SheetState.VOID: (),
}
BY_NAME: dict[str, Step] = {each.name: each for steps in STEPS.values() for each in steps}
