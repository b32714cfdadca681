"""Code management, called by the platform for the mini program that authorised it (wechat.md §2.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wechatpy.client.api.base import BaseWeChatAPI

from server.gateways.wechat.calls import given, text
from server.gateways.wechat.code_answers import (
    Audit,
    AuditQuota,
    GrayPlan,
    PastVersion,
    Versions,
    number,
    read_audit,
    read_gray_plan,
    read_past,
    read_versions,
    rows,
)
from server.gateways.wechat.errors import WechatDown, WechatRefused

NEVER_COMMITTED = 86001
NO_SUCH_AUDIT = 85012


class CodeAPI(BaseWeChatAPI):  # type: ignore[misc]  # wechatpy is not typed
    """Calls with the authorizer's token; every one may raise WechatError. Each says in a sentence what it changes."""

    API_BASE_URL = ""  # the client's

    def upload(self, template_id: int, *, version: str, description: str, ext: Mapping[str, Any] | None = None) -> None:
        """Make a template of the library the mini program's trial version. Again with the same is harmless."""
        self._post(
            "wxa/commit",
            data={
                "template_id": template_id,
                "ext_json": json.dumps(dict(ext or {}), ensure_ascii=False),
                "user_version": version,
                "user_desc": description,
            },
        )

    def pages(self) -> list[str]:
        """The pages of the code that was committed."""
        found = self._get("wxa/get_page").get("page_list")
        return [str(page) for page in found] if isinstance(found, list) else []

    def trial_code(self, path: str = "") -> bytes:
        """The picture that opens the trial version, for those who may."""
        found: bytes = self._get("wxa/get_qrcode", params=given(path=path or None), image=True)
        return found

    def categories(self) -> list[Mapping[str, Any]]:
        """The categories that may be named in an audit."""
        return rows(self._get("wxa/get_category"), "category_list")

    def submit_audit(
        self,
        *,
        description: str = "",
        items: Sequence[Mapping[str, Any]] | None = None,
        ugc: Mapping[str, Any] | None = None,
        privacy_api_not_use: bool | None = None,
        feedback: str = "",
    ) -> str:
        """Submit the trial version; the audit's id. ``ugc`` declares what users write: scenes, methods, own audit team."""
        path = "wxa/submit_audit"
        answer = self._post(
            path,
            data=given(
                item_list=[dict(item) for item in items] if items else None,
                version_desc=description or None,
                ugc_declare=dict(ugc) if ugc else None,
                privacy_api_not_use=privacy_api_not_use,
                feedback_info=feedback or None,
            ),
        )
        auditid = answer.get("auditid")
        if not auditid:
            raise WechatDown("no auditid in the answer", path=path, maybe_done=True)
        return str(auditid)

    def audit(self, auditid: str) -> Audit:
        """One audit."""
        path = "wxa/get_auditstatus"
        return read_audit(self._post(path, data={"auditid": number(auditid)}), path, auditid=auditid)

    def latest_audit(self) -> Audit | None:
        """The last one; None if nothing was ever submitted by a platform."""
        path = "wxa/get_latest_auditstatus"
        try:
            return read_audit(self._get(path), path)
        except WechatRefused as refused:
            if refused.errcode in (NEVER_COMMITTED, NO_SUCH_AUDIT):
                return None
            raise

    def undo_audit(self) -> None:
        """Take the waiting audit back; five times a day, ten a month (87013)."""
        self._get("wxa/undocodeaudit")

    def speed_up(self, auditid: str) -> None:
        """Ask for haste, which the month allows seldom."""
        self._post("wxa/speedupaudit", data={"auditid": number(auditid)})

    def audit_quota(self) -> AuditQuota:
        """What the month still allows."""
        answer = self._get("wxa/queryquota")
        return AuditQuota(*(number(answer.get(name)) for name in ("rest", "limit", "speedup_rest", "speedup_limit")))

    def release(self) -> None:
        """Everybody gets the approved version."""
        self._post("wxa/release", data={})

    def gray(self, percent: int, *, members_first: bool = False) -> None:
        """A share of the people gets it. The share only grows (85082); with ``members_first`` it may be 0."""
        first = {"support_debuger_first": True, "support_experiencer_first": True} if members_first else {}
        self._post("wxa/grayrelease", data={"gray_percentage": percent, **first})

    def gray_plan(self) -> GrayPlan:
        """The running or last plan."""
        path = "wxa/getgrayreleaseplan"
        return read_gray_plan(self._get(path), path)

    def revert_gray(self) -> None:
        """Those who had the gray version are back at the live one."""
        self._get("wxa/revertgrayrelease")

    def revert(self, number: int | None = None) -> None:
        """Everybody is back at the version before, or at that of this number. Not again the same way: it goes further back."""
        self._get("wxa/revertcoderelease", params=given(app_version=None if number is None else str(number)))

    def history(self) -> list[PastVersion]:
        """The versions that can be gone back to, the newest first."""
        return read_past(self._get("wxa/revertcoderelease", params={"action": "get_history_version"}))

    def version_info(self) -> Versions:
        """What is on trial and what is live."""
        return read_versions(self._post("wxa/getversioninfo", data={}))

    def set_visible(self, visible: bool) -> None:
        """Open the mini program to the public, or suspend it."""
        self._post("wxa/change_visitstatus", data={"action": "open" if visible else "close"})

    def visible(self) -> bool:
        """Whether it is open."""
        return number(self._post("wxa/getvisitstatus", data={}).get("status")) == 1

    def support_version(self) -> str:
        """The lowest base library that may open it."""
        path = "cgi-bin/wxopen/getweappsupportversion"
        return text(self._post(path, data={}), "now_version", path)

    def set_support_version(self, version: str) -> None:
        """Set the lowest base library."""
        self._post("cgi-bin/wxopen/setweappsupportversion", data={"version": version})
