"""Why a step that the table allows is not yet possible: what must be so at WeChat, in the ledger and in other rooms."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType

import sqlalchemy as sa

from server.core import versions
from server.core.db import session
from server.core.errors import Conflict
from server.domain import identity, notices
from server.domain.flags import Environment
from server.domain.releases import flag_use
from server.domain.releases.models import Ledger, Release, ReleaseEvent
from server.domain.releases.states import TABLE
from server.domain.releases.vocabulary import Driver, State, Step

Gate = Callable[[Release, Ledger], str | None]


class NotYet(Conflict):
    """Something must be done or be so before this step; ``details['blockers']`` says what."""

    code = "release_not_yet"
    message = "还不能进行这一步。"


def blockers(release: Release, ledger: Ledger, step: Step) -> list[str]:
    """Why the step is not possible now, though the state allows it; empty: it is."""
    found = [gate(release, ledger) for gate in (*_ALWAYS, *GATES.get(step, ()))] if step not in _FREE else []
    return [sentence for sentence in found if sentence]


def check(release: Release, ledger: Ledger, step: Step) -> None:
    """NotYet with every reason."""
    why = blockers(release, ledger, step)
    if why:
        raise NotYet("；".join(sentence.rstrip("。") for sentence in why) + "。", blockers=why)


def roll_back_targets(release: Release, ledger: Ledger) -> list[Release]:
    """What one may go back to, the nearest first: what is live beside a gray release, else what was live before."""
    if release.state is State.GRAY:
        live = session().get(Release, ledger.full_id) if ledger.full_id else None
        return [live] if live else []
    query = (
        sa.select(Release)
        .where(Release.state == State.SUPERSEDED, Release.id != release.id)
        .order_by(Release.live_at.desc(), Release.id.desc())
    )
    blocked = notices.app_config().blocked_versions
    return [each for each in session().scalars(query.limit(20)) if each.version not in blocked]


def _waits_for_wechat(release: Release, _ledger: Ledger) -> str | None:
    if release.call_id is None:
        return None
    asked = session().get(ReleaseEvent, release.call_id)
    what = asked.step.label if asked and asked.step else "上一步"
    return f"正在等待微信返回“{what}”的结果。"


def _another_waits(release: Release, ledger: Ledger) -> str | None:  # noqa: ARG001 - a gate's form
    if release.driver is not Driver.COMPONENT:
        return None
    query = sa.select(Release.version).where(Release.call_id.is_not(None), Release.id != release.id)
    other = session().scalars(query.limit(1)).first()
    return f"版本 {other} 正在等待微信返回结果，请稍候。" if other else None


def _audit_is_free(release: Release, ledger: Ledger) -> str | None:
    other = _other(ledger.audit_id, release)
    return f"版本 {other.version} 正在审核，微信同时只审核一个版本。" if other else None


def _nothing_waits_for_publication(release: Release, _ledger: Ledger) -> str | None:
    waiting = (State.AUDIT_PASSED, State.APPROVED)
    query = sa.select(Release.version).where(Release.state.in_(waiting), Release.id != release.id)
    other = session().scalars(query.limit(1)).first()
    return f"版本 {other} 已通过审核、尚未发布，再提交审核会把它顶替，请先发布或撤销。" if other else None


def _privacy_is_current(release: Release, _ledger: Ledger) -> str | None:
    current = identity.current_version()
    if release.privacy_version == current:
        return None
    theirs = f"第 {release.privacy_version} 版" if release.privacy_version else "未声明"
    ours = f"第 {current} 版" if current else "尚未发布"
    return f"版本声明的隐私保护指引为{theirs}，现行为{ours}，不一致不能批准。"


def _something_is_live(_release: Release, ledger: Ledger) -> str | None:
    return None if ledger.full_id else "线上还没有正式版本，不能灰度，请直接全量发布。"


def _gray_is_free(release: Release, ledger: Ledger) -> str | None:
    other = _other(ledger.gray_id, release)
    return f"版本 {other.version} 正在灰度，请先全量、取消或回退。" if other else None


def _no_gray_runs(release: Release, ledger: Ledger) -> str | None:
    other = _other(ledger.gray_id, release)
    return f"版本 {other.version} 正在灰度，微信不允许此时回退线上版本，请先取消灰度。" if other else None


def _is_no_prerelease(release: Release, _ledger: Ledger) -> str | None:
    found = versions.parse(release.version)
    return f"{release.version} 是预发布版本，不能对外发布。" if found is None or found.prerelease else None


def _is_newer_than_live(release: Release, ledger: Ledger) -> str | None:
    live = _other(ledger.full_id, release)
    if live is None:
        return None
    mine, theirs = versions.parse(release.version), versions.parse(live.version)
    older = mine is not None and theirs is not None and mine < theirs
    return f"线上已是更新的版本 {live.version}，请通过回退恢复旧版本。" if older else None


def _is_not_blocked(release: Release, _ledger: Ledger) -> str | None:
    need = notices.app_config().need_of(release.version)
    if need is notices.UpdateNeed.BLOCKED:
        return "该版本已停用，不能发布。"
    return "该版本低于最低可用版本，不能发布。" if need is notices.UpdateNeed.FORCED else None


def _flags_are_there(release: Release, _ledger: Ledger) -> str | None:
    lacking = flag_use.missing(release, Environment.RELEASE)
    return f"正式版还没有该版本引入的功能开关：{'、'.join(lacking)}。" if lacking else None


def _has_a_target(release: Release, ledger: Ledger) -> str | None:
    return None if roll_back_targets(release, ledger) else "没有可以回退到的版本。"


def _other(release_id: uuid.UUID | None, release: Release) -> Release | None:
    return session().get(Release, release_id) if release_id not in (None, release.id) else None


_PUBLISHING: tuple[Gate, ...] = (
    _gray_is_free,
    _is_no_prerelease,
    _is_newer_than_live,
    _is_not_blocked,
    _flags_are_there,
)
_ALWAYS: tuple[Gate, ...] = (_waits_for_wechat,)
# What is only written down, and never meant for WeChat.
_FREE = frozenset(step for step, rule in TABLE.items() if rule.to is None)
GATES: Mapping[Step, tuple[Gate, ...]] = MappingProxyType(
    {
        Step.UPLOAD: (_another_waits,),
        Step.SUBMIT_AUDIT: (_another_waits, _audit_is_free, _nothing_waits_for_publication, _is_newer_than_live),
        Step.UNDO_AUDIT: (_another_waits,),
        Step.APPROVE: (_privacy_is_current,),
        Step.GRAY: (_another_waits, _something_is_live, *_PUBLISHING),
        Step.STOP_GRAY: (_another_waits,),
        Step.FULL: (_another_waits, *_PUBLISHING),
        Step.ROLL_BACK: (_another_waits, _no_gray_runs, _has_a_target),
    }
)
