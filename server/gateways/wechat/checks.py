"""Does the connection to WeChat stand? Asked by the wizard and the settings page; nothing is changed by asking."""

from __future__ import annotations

from dataclasses import dataclass

from server.gateways.wechat.client import MiniClient
from server.gateways.wechat.errors import WechatError

SEND_PATH = "/cgi-bin/message/subscribe/send"


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step of the check: its Chinese name, whether it went well, and a sentence on how."""

    name: str
    ok: bool
    text: str


def check(client: MiniClient) -> list[CheckStep]:
    """The steps in order; after a failed one that the others stand on, those are left out."""
    config = client.config
    if not config.ready:
        return [CheckStep("小程序配置", False, "尚未填写 AppID 或 AppSecret。")]
    steps = [CheckStep("小程序配置", True, f"AppID {config.appid}")]
    try:
        found = client.mini.quota(SEND_PATH)
    except WechatError as error:
        return [*steps, CheckStep("接口凭证", False, _told(error)), _pushes(client)]
    steps.append(CheckStep("接口凭证", True, "已取得接口凭证，连接正常。"))
    left = f"订阅消息今日额度 {found.daily_limit} 次，已用 {found.used} 次，剩余 {found.remain} 次。"
    return [*steps, CheckStep("接口额度", found.remain > 0, left), _pushes(client)]


def _pushes(client: MiniClient) -> CheckStep:
    config = client.config
    if not config.push_token or (config.push_safe and not config.push_aes_key):
        return CheckStep("消息推送", False, "尚未填写消息推送的 Token 或 EncodingAESKey。")
    return CheckStep("消息推送", True, "安全模式" if config.push_safe else "明文模式：建议在微信公众平台改为安全模式。")


def _told(error: WechatError) -> str:
    parts = [error.message]
    if error.errcode is not None:
        parts.append(f"错误码 {error.errcode}")
    if error.rid:
        parts.append(f"rid {error.rid}")
    return "；".join(part.rstrip("。") for part in parts) + "。"
