"""The one table of a release's steps: from where, to where, by whose right, by which hands. Pure.

docs/releases.md is written from here. ``to`` None leaves the state alone. Nothing that is not in this table moves a release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.core.enums import Labelled
from server.core.errors import Conflict
from server.domain.identity import Permission
from server.domain.releases.vocabulary import State, Step

S = State


class Hands(Labelled):
    """Who may take a step, given the permission."""

    ANY = "any", "人员或流水线"
    BUREAU = "bureau", "局方人员"
    WECHAT = "wechat", "人工登记或微信推送"
    LEDGER = "ledger", "系统随其他步骤记录"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    ``calls``: with the component driver WeChat is asked, and the state moves when its answer comes.
    ``clicks``: where a person clicks with the manual driver.
    """

    step: Step
    sources: frozenset[State]
    to: State | None
    permission: Permission
    hands: Hands
    calls: bool = False
    clicks: str = ""


class WrongState(Conflict):
    """The release's state does not allow this step."""

    code = "release_state"
    message = "版本当前状态不允许此操作。"


_UNSETTLED = frozenset({S.REGISTERED, S.UPLOADED, S.AUDIT_PASSED, S.AUDIT_REJECTED, S.APPROVED, S.REFUSED})
_TRIABLE = frozenset({S.UPLOADED, S.IN_AUDIT, S.AUDIT_PASSED, S.AUDIT_REJECTED, S.APPROVED, S.REFUSED, S.GRAY, S.FULL})
_ACCEPTABLE = frozenset({S.APPROVED, S.GRAY, S.FULL, S.SUPERSEDED, S.ROLLED_BACK})
_RULES: tuple[Rule, ...] = (
    Rule(Step.REGISTER, frozenset(), S.REGISTERED, Permission.RELEASE_PUSH, Hands.ANY),
    Rule(
        Step.UPLOAD,
        frozenset({S.REGISTERED}),
        S.UPLOADED,
        Permission.RELEASE_PUSH,
        Hands.ANY,
        calls=True,
        clicks="miniprogram-ci 上传成功",
    ),
    Rule(
        Step.SET_TRIAL,
        _TRIABLE,
        None,
        Permission.RELEASE_OPERATE,
        Hands.ANY,
        clicks="版本管理 › 开发版本 › 选为体验版",
    ),
    Rule(
        Step.SUBMIT_AUDIT,
        frozenset({S.UPLOADED, S.AUDIT_REJECTED}),
        S.IN_AUDIT,
        Permission.RELEASE_OPERATE,
        Hands.ANY,
        calls=True,
        clicks="版本管理 › 开发版本 › 提交审核",
    ),
    Rule(
        Step.UNDO_AUDIT,
        frozenset({S.IN_AUDIT}),
        S.UPLOADED,
        Permission.RELEASE_OPERATE,
        Hands.ANY,
        calls=True,
        clicks="版本管理 › 审核版本 › 撤回审核",
    ),
    Rule(
        Step.PASS_AUDIT,
        frozenset({S.IN_AUDIT}),
        S.AUDIT_PASSED,
        Permission.RELEASE_OPERATE,
        Hands.WECHAT,
        clicks="版本管理 › 审核版本：审核通过",
    ),
    Rule(
        Step.REJECT_AUDIT,
        frozenset({S.IN_AUDIT}),
        S.AUDIT_REJECTED,
        Permission.RELEASE_OPERATE,
        Hands.WECHAT,
        clicks="版本管理 › 审核版本：审核不通过",
    ),
    Rule(Step.APPROVE, frozenset({S.AUDIT_PASSED}), S.APPROVED, Permission.RELEASE_APPROVE, Hands.BUREAU),
    Rule(Step.REFUSE, frozenset({S.AUDIT_PASSED}), S.REFUSED, Permission.RELEASE_APPROVE, Hands.BUREAU),
    Rule(
        Step.GRAY,
        frozenset({S.APPROVED, S.GRAY}),
        S.GRAY,
        Permission.RELEASE_OPERATE,
        Hands.ANY,
        calls=True,
        clicks="版本管理 › 审核版本 › 提交发布 › 分阶段发布",
    ),
    Rule(
        Step.STOP_GRAY,
        frozenset({S.GRAY}),
        S.APPROVED,
        Permission.RELEASE_OPERATE,
        Hands.ANY,
        calls=True,
        clicks="版本管理 › 线上版本 › 取消分阶段发布",
    ),
    Rule(
        Step.FULL,
        frozenset({S.APPROVED, S.GRAY}),
        S.FULL,
        Permission.RELEASE_OPERATE,
        Hands.ANY,
        calls=True,
        clicks="版本管理 › 审核版本 › 提交发布 › 全量发布",
    ),
    Rule(Step.SUPERSEDE, frozenset({S.FULL}), S.SUPERSEDED, Permission.RELEASE_OPERATE, Hands.LEDGER),
    Rule(
        Step.ROLL_BACK,
        frozenset({S.GRAY, S.FULL}),
        S.ROLLED_BACK,
        Permission.RELEASE_ROLL_BACK,
        Hands.ANY,
        calls=True,
        clicks="版本管理 › 线上版本 › 版本回退",
    ),
    Rule(Step.RESTORE, frozenset({S.SUPERSEDED}), S.FULL, Permission.RELEASE_ROLL_BACK, Hands.LEDGER),
    Rule(Step.ACCEPT, _ACCEPTABLE, None, Permission.RELEASE_APPROVE, Hands.BUREAU),
    Rule(Step.WITHDRAW, _UNSETTLED, S.WITHDRAWN, Permission.RELEASE_PUSH, Hands.ANY),
)
TABLE: Mapping[Step, Rule] = MappingProxyType({rule.step: rule for rule in _RULES})


def allows(state: State, step: Step) -> bool:
    """Whether the table lets a step be taken in a state."""
    return state in TABLE[step].sources


def after(state: State, step: Step) -> State:
    """The state that a step leads to; WrongState if it may not be taken here."""
    if not allows(state, step):
        raise WrongState(f"版本{state.label}，不能{step.label}。", state=state.value, step=step.value)
    return TABLE[step].to or state


def fold(steps: Iterable[Step]) -> State | None:
    """The state that a log of done steps comes to; None for an empty one."""
    state: State | None = None
    for step in steps:
        state = State.REGISTERED if state is None and step is Step.REGISTER else after(state or S.WITHDRAWN, step)
    return state


# Steps off the way that leads from registration to full release.
_ASIDE = frozenset({Step.UNDO_AUDIT, Step.REJECT_AUDIT, Step.REFUSE, Step.STOP_GRAY, Step.ROLL_BACK, Step.WITHDRAW})


def _reach(state: State) -> frozenset[State]:
    found: set[State] = set()
    rest = [state]
    while rest:
        here = rest.pop()
        onward = (rule for rule in _RULES if rule.step not in _ASIDE and rule.hands is not Hands.LEDGER)
        ways = {rule.to for rule in onward if here in rule.sources}
        new = {to for to in ways if to is not None} - found
        found |= new
        rest += new
    return frozenset(found)


REACH: Mapping[State, frozenset[State]] = MappingProxyType({state: _reach(state) for state in State})


def lies_ahead(state: State, step: Step) -> bool:
    """Whether a release in this state is still on its way to one in which the step can be taken."""
    return bool(TABLE[step].sources & REACH[state]) and not allows(state, step)
