"""The component driver: what each step of a release asks of WeChat (wechat.md §2.1).

Every step looks first and acts only where WeChat is not there yet. So it can be repeated after any failure, and after
an answer that was lost: what took effect unseen is found, not done twice. It also looks whether WeChat would act on the
version that the ledger means: ``submit_audit`` takes whatever is on trial, ``release`` whatever was approved last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from server.domain.releases import Step
from server.gateways import wechat
from server.gateways.wechat import Audit, AuditStatus, Template, WechatRefused

DESCRIPTION = 1000
# Refusals that also follow when it is done already: in audit, released, gray so far, nothing gray, gone back.
ALREADY = frozenset({85009, 85052, 85080, 85082, 87012})
PENDING = (AuditStatus.PENDING, AuditStatus.DELAYED)


class Unfit(Exception):
    """What WeChat has is not what the ledger means; a Chinese sentence for people. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the ledger asks for: one step of one version; ``gray``: a part of the people have it."""

    step: Step
    version: str
    changelog: str
    gray: bool
    data: Mapping[str, Any]


def drive(wish: Wish) -> dict[str, Any]:
    """Have WeChat do it; what is to be kept of its answer. WechatError, or Unfit. Never inside a unit of work."""
    try:
        return _STEPS[wish.step](wish)
    except WechatRefused as refused:
        if refused.errcode not in ALREADY:
            raise
    # Perhaps another worker, whose lease ran out, was quicker: what WeChat shows now decides.
    return _STEPS[wish.step](wish)


def _upload(wish: Wish) -> dict[str, Any]:
    if wechat.code().version_info().trial == wish.version:
        return {}
    template = _template(wish.version)
    wechat.code().upload(template.id, version=wish.version, description=wish.changelog[:DESCRIPTION])
    return {"template_id": template.id}


def _submit(wish: Wish) -> dict[str, Any]:
    latest = wechat.code().latest_audit()
    if latest is not None and latest.version == wish.version and latest.status in PENDING:
        return {"audit_id": latest.auditid}
    _upload(wish)
    return {"audit_id": wechat.code().submit_audit(description=wish.changelog[:DESCRIPTION])}


def _undo(wish: Wish) -> dict[str, Any]:
    latest = _audit_of(wish)
    if latest.status is AuditStatus.WITHDRAWN:
        return {}
    if latest.status not in PENDING:
        raise Unfit(f"微信已作出审核结论（{latest.status.label}），不能撤回。")
    wechat.code().undo_audit()
    return {}


def _gray(wish: Wish) -> dict[str, Any]:
    _approved(wish)
    plan = wechat.code().gray_plan()
    if not (plan.running and plan.percent == wish.data["percent"]):
        wechat.code().gray(int(wish.data["percent"]))
    return {}


def _stop_gray(_wish: Wish) -> dict[str, Any]:
    if wechat.code().gray_plan().running:
        wechat.code().revert_gray()
    return {}


def _full(wish: Wish) -> dict[str, Any]:
    if wechat.code().version_info().live != wish.version:
        _approved(wish)
        wechat.code().release()
    return {}


def _roll_back(wish: Wish) -> dict[str, Any]:
    target = str(wish.data["target_version"])
    live = wechat.code().version_info().live
    if wish.gray:
        if live != target:
            raise Unfit(f"微信的线上版本为 {live or '无'}，取消灰度不会回到 {target}。")
        return _stop_gray(wish)
    if live == target:
        return {}
    if live != wish.version:
        raise Unfit(f"微信的线上版本为 {live or '无'}，不是 {wish.version}，请先核对。")
    past = next((each for each in wechat.code().history() if each.version == target), None)
    if past is None:
        raise Unfit(f"微信可回退的版本中没有 {target}。")
    wechat.code().revert(past.number)
    return {"app_version": past.number}


def _template(version: str) -> Template:
    """The newest template of a version; a draft that CI uploaded is moved into the library first."""
    found = _newest(wechat.platform().templates(), version)
    if found is None:
        draft = _newest(wechat.platform().drafts(), version)
        if draft is not None:
            wechat.platform().add_template(draft.id)
            found = _newest(wechat.platform().templates(), version)
    if found is None:
        raise Unfit(f"第三方平台的草稿箱和模板库中没有版本 {version}，请先由流水线上传。")
    return found


def _newest(templates: list[Template], version: str) -> Template | None:
    own = (template for template in templates if template.version == version)
    return max(own, key=lambda template: template.id, default=None)


def _audit_of(wish: Wish) -> Audit:
    latest = wechat.code().latest_audit()
    if latest is None or latest.version != wish.version:
        raise _other_audited(wish, latest)
    return latest


def _approved(wish: Wish) -> None:
    """Whether this version is what WeChat would publish. A gray one stays it while its successor is in audit."""
    latest = wechat.code().latest_audit()
    if latest is None or latest.version != wish.version:
        if wish.gray and latest is not None and latest.status is not AuditStatus.APPROVED:
            return
        raise _other_audited(wish, latest)
    if latest.status is not AuditStatus.APPROVED:
        raise Unfit(f"微信显示 {wish.version} {latest.status.label}，不能发布。")


def _other_audited(wish: Wish, latest: Audit | None) -> Unfit:
    told = f"微信最近一次送审的版本是 {latest.version}，不是" if latest else "微信没有第三方平台送审的记录，不能办理"
    return Unfit(f"{told} {wish.version}。")


_STEPS: Mapping[Step, Callable[[Wish], dict[str, Any]]] = MappingProxyType(
    {
        Step.UPLOAD: _upload,
        Step.SUBMIT_AUDIT: _submit,
        Step.UNDO_AUDIT: _undo,
        Step.GRAY: _gray,
        Step.STOP_GRAY: _stop_gray,
        Step.FULL: _full,
        Step.ROLL_BACK: _roll_back,
    }
)
