"""The steps of a release as the console offers them: words, form, and which one stands out in which state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from marshmallow import Schema

from server.admin.forms import Choices, Form
from server.admin.release_forms import (
    AcceptSchema,
    ApproveSchema,
    ClickedSchema,
    GraySchema,
    ReasonSchema,
    RejectedSchema,
    RollBackSchema,
    SubmitSchema,
    UndoneSchema,
)
from server.domain import releases
from server.domain.releases import TABLE, Driver, Release, State, Step


@dataclass(frozen=True, slots=True)
class Action:
    """One step: its button, its form, what is said when it is done."""

    step: Step
    label: str
    icon: str
    schema: type[Schema]
    done: str
    tone: str = "primary"
    step_up: bool = False

    @property
    def name(self) -> str:
        """The step's name in addresses and element ids."""
        return self.step.value


_ACTIONS = (
    Action(Step.UPLOAD, "登记上传", "upload", ClickedSchema, "已登记上传"),
    Action(Step.SET_TRIAL, "设为体验版", "flask", ClickedSchema, "已设为体验版"),
    Action(Step.SUBMIT_AUDIT, "提交审核", "send", SubmitSchema, "已提交微信审核"),
    Action(Step.PASS_AUDIT, "登记审核通过", "circle-check", ClickedSchema, "已登记审核通过，等待局方审批"),
    Action(Step.REJECT_AUDIT, "登记审核未通过", "circle-x", RejectedSchema, "已登记审核未通过", "danger"),
    Action(Step.UNDO_AUDIT, "撤回审核", "arrow-back-up", UndoneSchema, "已撤回审核"),
    Action(Step.APPROVE, "批准上线", "clipboard-check", ApproveSchema, "已批准上线"),
    Action(Step.REFUSE, "不予批准", "ban", ReasonSchema, "已不予批准", "danger"),
    Action(Step.GRAY, "灰度发布", "gauge", GraySchema, "已登记灰度"),
    Action(Step.STOP_GRAY, "取消灰度", "player-pause", UndoneSchema, "已取消灰度"),
    Action(Step.FULL, "全量发布", "rocket", ClickedSchema, "已全量发布"),
    Action(Step.ROLL_BACK, "回退版本", "arrow-back-up", RollBackSchema, "已回退", "danger", step_up=True),
    Action(Step.ACCEPT, "登记验收", "certificate", AcceptSchema, "已登记验收"),
    Action(Step.WITHDRAW, "撤销版本", "trash", ReasonSchema, "版本已撤销", "danger"),
)
ACTIONS: Mapping[Step, Action] = MappingProxyType({action.step: action for action in _ACTIONS})
# The buttons that stand beside the title; the others are in the menu.
FIRST: Mapping[State, tuple[Step, ...]] = MappingProxyType(
    {
        State.REGISTERED: (Step.UPLOAD,),
        State.UPLOADED: (Step.SUBMIT_AUDIT, Step.SET_TRIAL),
        State.IN_AUDIT: (Step.PASS_AUDIT, Step.REJECT_AUDIT),
        State.AUDIT_PASSED: (Step.APPROVE, Step.REFUSE),
        State.AUDIT_REJECTED: (Step.SUBMIT_AUDIT,),
        State.APPROVED: (Step.GRAY, Step.FULL),
        State.GRAY: (Step.FULL, Step.GRAY, Step.ROLL_BACK),
        State.FULL: (Step.ROLL_BACK, Step.ACCEPT),
    }
)
LINES = frozenset({"acceptance"})
NEXT_PERCENT = (1, 5, 10, 30, 50, 80, 99)


def label_of(action: Action, release: Release) -> str:
    """The button's words for this release."""
    if action.step is Step.GRAY and release.state is State.GRAY:
        return "扩大灰度"
    return (
        {Step.UPLOAD: "上传代码", Step.PASS_AUDIT: "审核通过", Step.REJECT_AUDIT: "审核未通过"}.get(
            action.step, action.label
        )
        if release.driver is Driver.COMPONENT
        else action.label
    )


def form_of(action: Action, release: Release) -> Form:
    """An empty form with what is most likely to be meant."""
    data: dict[str, Any] = {}
    if action.step is Step.GRAY:
        now = release.gray_percent or 0
        data = {"percent": next(each for each in NEXT_PERCENT if each > now or each == NEXT_PERCENT[-1])}
    elif action.step is Step.ROLL_BACK:
        back = releases.way_back(release)
        data = {"block": True, "target": str(back[0].id) if back else ""}
    return Form(action.schema(), data, choices=choices_of(action, release), prefix=action.name)


def choices_of(action: Action, release: Release) -> Mapping[str, Choices]:
    """The options that only the ledger knows."""
    if action.step is not Step.ROLL_BACK:
        return {}
    return {"target": [(str(each.id), each.version) for each in releases.way_back(release)]}


def shown_fields(action: Action, form: Form, release: Release) -> list[str]:
    """The fields of a step's form; who calls WeChat has no moment to enter afterwards."""
    calls = TABLE[action.step].calls and release.driver is Driver.COMPONENT
    return [name for name in form.names if not (calls and name == "at")]


def data_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values as the ledger takes them."""
    return {name: _lines(value) if name in LINES else value for name, value in values.items()}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
