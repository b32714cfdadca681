"""How the console speaks of a release: whose turn it is, how far it is on its way, and what a line of its log says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from server.core.enums import Labelled
from server.domain.releases import TABLE, Driver, EventKind, Release, ReleaseEvent, State, Step

S = State
TONES: Mapping[State, str] = MappingProxyType(
    {
        S.REGISTERED: "gray",
        S.UPLOADED: "gray",
        S.IN_AUDIT: "blue",
        S.AUDIT_PASSED: "violet",
        S.AUDIT_REJECTED: "red",
        S.APPROVED: "violet",
        S.REFUSED: "red",
        S.GRAY: "amber",
        S.FULL: "green",
        S.SUPERSEDED: "gray",
        S.ROLLED_BACK: "red",
        S.WITHDRAWN: "gray",
    }
)
MARKS: Mapping[Step, tuple[str, str]] = MappingProxyType(
    {
        Step.REGISTER: ("git-branch", "blue"),
        Step.UPLOAD: ("upload", "blue"),
        Step.SET_TRIAL: ("flask", "blue"),
        Step.SUBMIT_AUDIT: ("send", "blue"),
        Step.UNDO_AUDIT: ("arrow-back-up", "amber"),
        Step.PASS_AUDIT: ("circle-check", "green"),
        Step.REJECT_AUDIT: ("circle-x", "red"),
        Step.APPROVE: ("clipboard-check", "green"),
        Step.REFUSE: ("ban", "red"),
        Step.GRAY: ("gauge", "amber"),
        Step.STOP_GRAY: ("player-pause", "amber"),
        Step.FULL: ("rocket", "green"),
        Step.SUPERSEDE: ("versions", "gray"),
        Step.ROLL_BACK: ("arrow-back-up", "red"),
        Step.RESTORE: ("rotate", "green"),
        Step.ACCEPT: ("certificate", "green"),
        Step.WITHDRAW: ("trash", "gray"),
    }
)


class Side(Labelled):
    """Who has to do something next."""

    VENDOR = "vendor", "运维单位"
    BUREAU = "bureau", "局方"
    WECHAT = "wechat", "微信"
    NOBODY = "nobody", ""


SIDE_ICONS: Mapping[Side, str] = MappingProxyType(
    {Side.VENDOR: "tool", Side.BUREAU: "building-community", Side.WECHAT: "brand-wechat", Side.NOBODY: "check"}
)
_TURNS: Mapping[State, tuple[Side, str]] = MappingProxyType(
    {
        S.REGISTERED: (Side.VENDOR, "把代码上传到微信"),
        S.UPLOADED: (Side.VENDOR, "体验版试用后，提交微信审核"),
        S.IN_AUDIT: (Side.WECHAT, "审核结果"),
        S.AUDIT_PASSED: (Side.BUREAU, "审批是否上线"),
        S.AUDIT_REJECTED: (Side.VENDOR, "按微信意见修改后重新提交，或撤销"),
        S.APPROVED: (Side.VENDOR, "灰度或全量发布"),
        S.REFUSED: (Side.VENDOR, "按局方意见处理，推送新版本"),
        S.GRAY: (Side.VENDOR, "观察后扩大灰度、全量或回退"),
    }
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is, for what."""

    side: Side
    text: str

    @property
    def icon(self) -> str:
        """The side's icon."""
        return SIDE_ICONS[self.side]


def turn_of(release: Release) -> Turn:
    """Who has to do something next."""
    if release.call_id is not None:
        return Turn(Side.WECHAT, "返回办理结果")
    return Turn(*_TURNS.get(release.state, (Side.NOBODY, "")))


class Progress(Labelled):
    """How a station of the way stands."""

    DONE = "done", "已完成"
    HERE = "here", "当前"
    FAILED = "failed", "未通过"
    AHEAD = "ahead", "未到"
    SKIPPED = "skipped", "未经过"


@dataclass(frozen=True, slots=True)
class Station:
    """One station of a release's way, and when it was reached."""

    label: str
    progress: Progress
    at: datetime | None


_WAY = (
    ("登记", S.REGISTERED),
    ("上传", S.UPLOADED),
    ("微信审核", S.IN_AUDIT),
    ("审核通过", S.AUDIT_PASSED),
    ("局方批准", S.APPROVED),
    ("灰度", S.GRAY),
    ("全量", S.FULL),
)
# A refusal stands where the station would be that it kept the release from.
_FAILED_AT = {S.AUDIT_REJECTED: S.AUDIT_PASSED, S.REFUSED: S.APPROVED}
_ENDS = {S.SUPERSEDED: "已被替代", S.ROLLED_BACK: "已回退", S.WITHDRAWN: "已撤销"}


def way_of(release: Release, events: Sequence[ReleaseEvent]) -> list[Station]:
    """The stations of a release's way."""
    reached: dict[State, datetime] = {}
    for event in events:
        if event.kind is EventKind.DONE and event.step is not Step.RESTORE:
            reached.setdefault(event.state, event.at)
    failed = _FAILED_AT.get(release.state)
    ended = release.state in _ENDS
    here = next((at for at, (_, state) in enumerate(_WAY) if state is (failed or release.state)), None)
    last = max((at for at, (_, state) in enumerate(_WAY) if state in reached), default=0)
    found = []
    for at, (label, state) in enumerate(_WAY):
        if state is failed:
            found.append(Station(release.state.label, Progress.FAILED, reached.get(release.state)))
            continue
        found.append(Station(label, _progress(at, here, last, state in reached, ended=ended), reached.get(state)))
    if ended:
        bad = release.state is S.ROLLED_BACK
        end = Station(_ENDS[release.state], Progress.FAILED if bad else Progress.DONE, reached.get(release.state))
        return [*(station for station in found if station.progress is not Progress.AHEAD), end]
    return found


def _progress(at: int, here: int | None, last: int, reached: bool, *, ended: bool) -> Progress:
    if at == here:
        return Progress.HERE
    behind = at <= last if ended or here is None else at < here
    if behind:
        return Progress.DONE if reached else Progress.SKIPPED
    return Progress.AHEAD


def said_of(event: ReleaseEvent) -> str:
    """What happened, in a few words."""
    if event.kind is EventKind.MAP_KEPT or event.step is None:
        return event.kind.label
    what = event.step.label
    data = event.data
    if event.step is Step.GRAY and data.get("percent"):
        what = f"{what} {data['percent']}%"
    elif event.step is Step.ROLL_BACK and data.get("target_version"):
        what = f"{what}到 {data['target_version']}"
    elif event.step is Step.SUPERSEDE and data.get("by_version"):
        what = f"被 {data['by_version']} 替代"
    elif event.step is Step.RESTORE and data.get("by_version"):
        what = f"随 {data['by_version']} 回退，恢复为线上版本"
    if event.kind is EventKind.ASKED:
        return f"请求微信{what}"
    return f"{what}，微信未办成" if event.kind is EventKind.FAILED else what


def place_of(event: ReleaseEvent) -> str:
    """Where a step was clicked, if that was not where it usually is."""
    clicked = str(event.data.get("clicked") or "")
    usual = TABLE[event.step].clicks if event.step is not None else ""
    return clicked if event.kind is EventKind.DONE and clicked != usual else ""


def mark_of(event: ReleaseEvent) -> tuple[str, str]:
    """Icon and tone of a line of the log."""
    if event.kind is EventKind.FAILED:
        return "alert-circle", "red"
    if event.kind is EventKind.ASKED:
        return "clock", "gray"
    if event.step is None or event.kind is not EventKind.DONE:
        return "file-text", "gray"
    return MARKS[event.step]


def by_machine(release: Release) -> bool:
    """Whether the service talks to WeChat itself for this release."""
    return release.driver is Driver.COMPONENT
