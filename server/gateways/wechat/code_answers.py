"""What WeChat tells about versions, audits and gray plans, as plain values (wechat.md §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from server.core.enums import Labelled
from server.gateways.wechat.errors import WechatDown

S = TypeVar("S", bound=Labelled)


class AuditStatus(Labelled):
    """How WeChat's audit of a version stands."""

    APPROVED = "0", "审核通过"
    REJECTED = "1", "审核未通过"
    PENDING = "2", "审核中"
    WITHDRAWN = "3", "已撤回"
    DELAYED = "4", "审核延后"


class GrayStatus(Labelled):
    """How the gray plan stands."""

    NONE = "0", "未开始"
    RUNNING = "1", "执行中"
    PAUSED = "2", "已暂停"
    FINISHED = "3", "已完成"
    DELETED = "4", "已取消"


@dataclass(frozen=True, slots=True)
class Audit:
    """One submission; ``screenshots`` are media ids."""

    auditid: str
    status: AuditStatus
    version: str
    reason: str
    screenshots: tuple[str, ...]
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditQuota:
    """What a month still allows."""

    rest: int
    limit: int
    speedup_rest: int
    speedup_limit: int


@dataclass(frozen=True, slots=True)
class GrayPlan:
    """The running or last gray plan. WeChat does not say of which version."""

    status: GrayStatus
    percent: int
    created_at: datetime | None

    def as_told(self) -> dict[str, int]:
        """The same in WeChat's words, for who keeps it."""
        stamp = 0 if self.created_at is None else int(self.created_at.timestamp())
        return {"status": int(self.status), "gray_percentage": self.percent, "create_timestamp": stamp}

    @property
    def running(self) -> bool:
        """Whether some people have the new version and others not."""
        return self.status in (GrayStatus.RUNNING, GrayStatus.PAUSED)


@dataclass(frozen=True, slots=True)
class Versions:
    """What is on trial and what is live; "" where there is none."""

    trial: str
    live: str
    trial_at: datetime | None
    live_at: datetime | None


@dataclass(frozen=True, slots=True)
class PastVersion:
    """A version that can be gone back to; ``number`` is WeChat's own (probably the one in the Referer)."""

    number: int
    version: str
    description: str
    committed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Template:
    """A draft or a template of the platform's library."""

    id: int
    version: str
    description: str
    created_at: datetime | None


def read_audit(answer: Mapping[str, Any], path: str, *, auditid: str = "") -> Audit:
    """The audit in an answer."""
    shots = str(answer.get("ScreenShot") or answer.get("screenshot") or "")
    return Audit(
        str(answer.get("auditid") or auditid),
        _status(AuditStatus, answer.get("status"), path),
        str(answer.get("user_version") or ""),
        str(answer.get("reason") or ""),
        tuple(part for part in shots.split("|") if part),
        moment(answer.get("submit_audit_time")),
    )


def read_gray_plan(answer: Mapping[str, Any], path: str) -> GrayPlan:
    """The plan in an answer; none at all is one that has not begun."""
    plan = answer.get("gray_release_plan")
    if not isinstance(plan, Mapping):
        return GrayPlan(GrayStatus.NONE, 0, None)
    status = _status(GrayStatus, plan.get("status"), path)
    return GrayPlan(status, number(plan.get("gray_percentage")), moment(plan.get("create_timestamp")))


def read_versions(answer: Mapping[str, Any]) -> Versions:
    """Trial and live in an answer."""
    trial, live = (
        found if isinstance(found := answer.get(name), Mapping) else {} for name in ("exp_info", "release_info")
    )
    return Versions(
        str(trial.get("exp_version") or ""),
        str(live.get("release_version") or ""),
        moment(trial.get("exp_time")),
        moment(live.get("release_time")),
    )


def read_past(answer: Mapping[str, Any]) -> list[PastVersion]:
    """The versions that can be gone back to, the newest first."""
    return [
        PastVersion(
            number(row.get("app_version")),
            str(row.get("user_version") or ""),
            str(row.get("user_desc") or ""),
            moment(row.get("commit_time")),
        )
        for row in rows(answer, "version_list")
    ]


def read_templates(answer: Mapping[str, Any], *, drafts: bool) -> list[Template]:
    """Drafts, or the library's templates, in WeChat's order."""
    box, key = ("draft_list", "draft_id") if drafts else ("template_list", "template_id")
    return [
        Template(
            number(row.get(key)),
            str(row.get("user_version") or ""),
            str(row.get("user_desc") or ""),
            moment(row.get("create_time")),
        )
        for row in rows(answer, box)
    ]


def rows(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list in an answer."""
    found = answer.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def number(value: Any) -> int:
    """A number, 0 for what is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def moment(value: Any) -> datetime | None:
    """A Unix time, None for what is none."""
    stamp = number(value)
    return datetime.fromtimestamp(stamp, UTC) if 0 < stamp < 2**33 else None


def _status(members: type[S], value: Any, path: str) -> S:
    try:
        return members(str(value))
    except ValueError:
        raise WechatDown(f"no such status: {str(value)[:20]}", path=path, maybe_done=True) from None
