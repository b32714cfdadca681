"""The mini program's calls that wechatpy 1.8 lacks, each as thin as its line in wechat.md §1.5."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from wechatpy.client.api.base import BaseWeChatAPI

from server.core.enums import Labelled
from server.gateways.wechat.code_answers import GrayPlan, read_gray_plan
from server.gateways.wechat.errors import WechatDown


class Scene(Labelled):
    """Where a text or picture stands; WeChat checks by it."""

    PROFILE = "1", "资料"
    COMMENT = "2", "评论"
    FORUM = "3", "论坛"
    SOCIAL = "4", "社交日志"


class Suggestion(Labelled):
    """WeChat's verdict on content."""

    PASS = "pass", "通过"
    REVIEW = "review", "需人工复核"
    RISKY = "risky", "违规"


@dataclass(frozen=True, slots=True)
class Login:
    """Who opened the mini program. ``session_key`` stays on the server and out of logs."""

    openid: str
    unionid: str | None
    session_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number with (``number``) and without (``pure``) its country code."""

    number: str
    pure: str
    country: str


@dataclass(frozen=True, slots=True)
class TextVerdict:
    """The outcome of a text check; ``label`` 100 is fine, the others are WeChat's classes of trouble."""

    suggest: Suggestion
    label: int
    trace_id: str


@dataclass(frozen=True, slots=True)
class Quota:
    """A day's allowance of one call."""

    daily_limit: int
    used: int
    remain: int


class MiniAPI(BaseWeChatAPI):  # type: ignore[misc]  # wechatpy is not typed
    """Calls of the mini program's server API; every one may raise WechatError."""

    API_BASE_URL = ""  # falls back to the client's, which is WeChat or the simulator

    def code2session(self, code: str) -> Login:
        """Who sent a ``wx.login`` code (good once, five minutes). Needs no access token, so it works without one."""
        path = "sns/jscode2session"
        answer = self._get(
            path,
            params=[
                ("appid", self.appid),
                ("secret", self.secret),
                ("js_code", code),
                ("grant_type", "authorization_code"),
            ],
        )
        return Login(text(answer, "openid", path), answer.get("unionid") or None, text(answer, "session_key", path))

    def checksession(self, openid: str, session_key: str) -> None:
        """WechatRefused (87009) unless the session key is still the user's."""
        signature = hmac.new(session_key.encode(), b"", sha256).hexdigest()
        self._get("wxa/checksession", params={"openid": openid, "signature": signature, "sig_method": "hmac_sha256"})

    def phone_number(self, code: str) -> Phone:
        """The number behind a ``getPhoneNumber`` code (good once, five minutes; free for a 政府 subject)."""
        path = "wxa/business/getuserphonenumber"
        answer = self._post(path, data={"code": code})
        info = answer.get("phone_info")
        if not isinstance(info, dict):
            raise WechatDown("no phone_info in the answer", path=path, maybe_done=True)
        return Phone(
            text(info, "phoneNumber", path), text(info, "purePhoneNumber", path), str(info.get("countryCode", ""))
        )

    def msg_sec_check(self, openid: str, content: str, scene: Scene, *, nickname: str = "") -> TextVerdict:
        """WeChat's verdict on a text of at most 2500 characters (version 2)."""
        path = "wxa/msg_sec_check"
        answer = self._post(
            path,
            data=given(version=2, openid=openid, scene=int(scene), content=content, nickname=nickname or None),
        )
        result = answer.get("result")
        suggest = result.get("suggest") if isinstance(result, dict) else None
        if not isinstance(result, dict) or suggest not in list(Suggestion):
            raise WechatDown("no verdict in the answer", path=path, maybe_done=True)
        label = result.get("label")
        return TextVerdict(Suggestion(suggest), label if isinstance(label, int) else 0, str(answer.get("trace_id", "")))

    def media_check(self, openid: str, media_url: str, scene: Scene) -> str:
        """Ask for a picture to be checked; returns the trace id under which a push brings the verdict (30 min)."""
        path = "wxa/media_check_async"
        answer = self._post(
            path,
            data={"version": 2, "openid": openid, "scene": int(scene), "media_url": media_url, "media_type": 2},
        )
        return text(answer, "trace_id", path)

    def send_subscribe(self, openid: str, template_id: str, data: Mapping[str, str], page: str | None) -> str:
        """Send one subscribe message; returns WeChat's message id, or "" where it gives none."""
        fields = {name: {"value": value} for name, value in data.items()}
        answer = self._post(
            "cgi-bin/message/subscribe/send",
            data=given(
                touser=openid,
                template_id=template_id,
                page=page or None,
                data=fields,
                miniprogram_state=self._client.config.miniprogram_state,
                lang="zh_CN",
            ),
        )
        return str(answer.get("msgid") or "")

    def unlimited_code(self, scene: str, page: str, *, width: int = 430) -> bytes:
        """The picture of a mini-program code for a page without leading slash; ``scene`` has 32 characters at most."""
        found: bytes = self._post(
            "wxa/getwxacodeunlimit",
            data={
                "scene": scene,
                "page": page,
                "check_path": True,
                "env_version": self._client.config.env_version,
                "width": width,
            },
            image=True,
        )
        return found

    def url_link(self, path: str, query: str = "", *, days: int = 30) -> str:
        """A link that opens a page from a short message or a browser, for at most 30 days."""
        called = "wxa/generate_urllink"
        answer = self._post(
            called,
            data=given(
                path=path,
                query=query or None,
                env_version=self._client.config.env_version,
                expire_type=1,
                expire_interval=days,
            ),
        )
        return text(answer, "url_link", called)

    def gray_plan(self) -> GrayPlan:
        """The running or last gray plan: all that an owner may ask about a release (wechat.md §2.1)."""
        path = "wxa/getgrayreleaseplan"
        return read_gray_plan(self._get(path), path)

    def callback_check(self) -> Mapping[str, Any]:
        """Let WeChat look whether it reaches our callback address."""
        answer: Mapping[str, Any] = self._post(
            "cgi-bin/callback/check", data={"action": "all", "check_operator": "DEFAULT"}
        )
        return answer

    def callback_addresses(self) -> Sequence[str]:
        """The addresses from which WeChat pushes."""
        found = self._get("cgi-bin/getcallbackip").get("ip_list")
        return [str(address) for address in found] if isinstance(found, list) else []

    def quota(self, cgi_path: str) -> Quota:
        """What is left today of a call, such as ``/cgi-bin/message/subscribe/send``."""
        path = "cgi-bin/openapi/quota/get"
        found = self._post(path, data={"cgi_path": cgi_path}).get("quota")
        if not isinstance(found, dict):
            raise WechatDown("no quota in the answer", path=path, maybe_done=True)
        return Quota(*(int(found.get(name) or 0) for name in ("daily_limit", "used", "remain")))


def given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value: WeChat takes a null for a wrong argument."""
    return {name: value for name, value in fields.items() if value is not None}


def text(answer: Mapping[str, Any], name: str, path: str) -> str:
    """A text that has to be there, or WechatDown."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise WechatDown(f"no {name} in the answer", path=path, maybe_done=True)
    return value
