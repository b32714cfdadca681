"""What WeChat's refusals mean: one table from errcode to what to do, and the exceptions that carry it.

Gateway errors are no ShijianErrors: a job reads ``remedy`` and decides; a face raises ``error.refusal()``.
Codes: wechat.md §1.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from server.core.enums import Labelled
from server.core.errors import Invalid, ShijianError, TooMany, Unavailable

MINUTE = 60
HOUR = 3600


class Remedy(Labelled):
    """What the caller of a failed call should do."""

    RENEW_TOKEN = "renew_token", "更换接口凭证"
    BACK_OFF = "back_off", "稍后重试"
    NEXT_MINUTE = "next_minute", "一分钟后重试"
    NEXT_DAY = "next_day", "次日额度恢复后重试"
    NEW_CODE = "new_code", "请用户重新授权"
    NO_GRANT = "no_grant", "用户未授权，不再发送"
    GIVE_UP = "give_up", "不再重试"
    FIX_DATA = "fix_data", "修正数据后重试"
    FIX_CONFIG = "fix_config", "检查微信配置"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one errcode means: a sentence for people, the remedy, and whether somebody must be told."""

    remedy: Remedy
    message: str
    alert: bool = False

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later without anybody's doing."""
        return self.remedy in (Remedy.RENEW_TOKEN, Remedy.BACK_OFF, Remedy.NEXT_MINUTE, Remedy.NEXT_DAY)


_R = Remedy
MEANINGS: Mapping[int, Meaning] = MappingProxyType(
    {
        -1: Meaning(_R.BACK_OFF, "微信系统繁忙，请稍后再试。"),
        40001: Meaning(_R.RENEW_TOKEN, "微信接口凭证无效。"),
        40014: Meaning(_R.RENEW_TOKEN, "微信接口凭证无效。"),
        42001: Meaning(_R.RENEW_TOKEN, "微信接口凭证已过期。"),
        40002: Meaning(_R.FIX_CONFIG, "获取微信凭证的参数有误。", alert=True),
        40013: Meaning(_R.FIX_CONFIG, "小程序 AppID 不正确。", alert=True),
        41002: Meaning(_R.FIX_CONFIG, "缺少小程序 AppID。", alert=True),
        41004: Meaning(_R.FIX_CONFIG, "缺少小程序 AppSecret。", alert=True),
        40125: Meaning(_R.FIX_CONFIG, "小程序 AppSecret 不正确。", alert=True),
        40164: Meaning(_R.FIX_CONFIG, "本服务器的 IP 不在 AppSecret 的白名单内。", alert=True),
        48001: Meaning(_R.FIX_CONFIG, "小程序没有该接口的权限。", alert=True),
        61024: Meaning(_R.FIX_CONFIG, "小程序授权方式不支持该接口。", alert=True),
        40029: Meaning(_R.NEW_CODE, "授权码无效或已过期，请重试。"),
        40163: Meaning(_R.NEW_CODE, "授权码已被使用，请重试。"),
        40226: Meaning(_R.GIVE_UP, "微信判定该账号存在风险，暂时无法登录。"),
        45009: Meaning(_R.NEXT_DAY, "微信接口当日额度已用完。", alert=True),
        45011: Meaning(_R.NEXT_MINUTE, "操作过于频繁，请一分钟后再试。"),
        87009: Meaning(_R.GIVE_UP, "微信会话已失效，请重新登录。"),
        43101: Meaning(_R.NO_GRANT, "用户未订阅或已拒收该消息。"),
        40003: Meaning(_R.GIVE_UP, "接收人不是本小程序的用户。"),
        43104: Meaning(_R.GIVE_UP, "用户与小程序不匹配。", alert=True),
        50002: Meaning(_R.GIVE_UP, "该用户的微信账号受限。"),
        40037: Meaning(_R.FIX_CONFIG, "订阅消息模板编号不存在。", alert=True),
        41030: Meaning(_R.FIX_CONFIG, "消息指向的页面不在线上版本中。", alert=True),
        47003: Meaning(_R.FIX_DATA, "订阅消息的字段不符合模板要求。", alert=True),
        47001: Meaning(_R.FIX_DATA, "发送给微信的数据格式有误。", alert=True),
        44002: Meaning(_R.FIX_DATA, "发送给微信的数据为空。", alert=True),
        43002: Meaning(_R.FIX_DATA, "请求方式有误。", alert=True),
        40129: Meaning(_R.FIX_DATA, "场景值不正确。", alert=True),
        40097: Meaning(_R.FIX_DATA, "参数不正确。", alert=True),
        61010: Meaning(_R.BACK_OFF, "用户近两小时未访问小程序，内容检测稍后进行。"),
        87014: Meaning(_R.GIVE_UP, "内容含有违规信息。"),
        48006: Meaning(_R.GIVE_UP, "本月清零次数已用完。"),
        76021: Meaning(_R.FIX_DATA, "接口路径不存在。"),
        76022: Meaning(_R.FIX_DATA, "该接口没有调用额度限制。"),
        # third-party platform
        41033: Meaning(_R.BACK_OFF, "缺少第三方平台验证票据。"),
        61003: Meaning(_R.FIX_CONFIG, "小程序尚未授权第三方平台，或已取消授权。", alert=True),
        61004: Meaning(_R.FIX_CONFIG, "本服务器的 IP 不在第三方平台的白名单内。", alert=True),
        61005: Meaning(_R.BACK_OFF, "第三方平台验证票据已过期，等待微信重新推送。"),
        61006: Meaning(_R.BACK_OFF, "第三方平台验证票据无效或尚未收到，等待微信推送。"),
        61007: Meaning(_R.FIX_CONFIG, "小程序没有把该权限授给第三方平台。", alert=True),
        61009: Meaning(_R.NEW_CODE, "授权码无效或已使用，请重新授权。"),
        61011: Meaning(_R.FIX_CONFIG, "第三方平台未配置或 AppID 不正确。", alert=True),
        61023: Meaning(_R.FIX_CONFIG, "授权已失效，请重新授权。", alert=True),
        61039: Meaning(_R.BACK_OFF, "微信的代码检测尚未结束，稍后再提交审核。"),
        86000: Meaning(_R.FIX_CONFIG, "该接口只供第三方平台代小程序调用。", alert=True),
        # code management
        85009: Meaning(_R.GIVE_UP, "已有版本正在微信审核中。"),
        85012: Meaning(_R.GIVE_UP, "审核编号不存在。"),
        85013: Meaning(_R.FIX_DATA, "自定义配置 ext_json 无效。"),
        85014: Meaning(_R.FIX_DATA, "代码模板编号不存在。"),
        85015: Meaning(_R.FIX_DATA, "版本号不正确。"),
        85019: Meaning(_R.GIVE_UP, "没有正在审核或已通过审核的版本。"),
        85020: Meaning(_R.GIVE_UP, "该版本尚未通过微信审核，不能发布。"),
        85022: Meaning(_R.FIX_DATA, "操作参数不正确。"),
        85023: Meaning(_R.FIX_DATA, "审核项数量应为 1 至 5 项。"),
        85045: Meaning(_R.FIX_DATA, "ext_json 中的页面不在代码包内。"),
        85048: Meaning(_R.FIX_DATA, "ext_json 不是有效的 JSON。"),
        85052: Meaning(_R.GIVE_UP, "该版本已经发布。"),
        85064: Meaning(_R.GIVE_UP, "找不到该草稿或模板。"),
        85065: Meaning(_R.GIVE_UP, "代码模板库已满，请先删除旧模板。", alert=True),
        85079: Meaning(_R.GIVE_UP, "小程序没有线上版本，不能分阶段发布。"),
        85080: Meaning(_R.GIVE_UP, "没有可分阶段发布的已审核版本。"),
        85081: Meaning(_R.FIX_DATA, "灰度比例无效。"),
        85082: Meaning(_R.GIVE_UP, "灰度比例只能调高。"),
        85085: Meaning(_R.GIVE_UP, "本月提交审核次数已用完。", alert=True),
        85086: Meaning(_R.GIVE_UP, "请先上传代码再提交审核。"),
        86001: Meaning(_R.GIVE_UP, "第三方平台尚未为小程序上传过代码。"),
        87011: Meaning(_R.GIVE_UP, "正在分阶段发布，不能回退版本。"),
        87012: Meaning(_R.GIVE_UP, "没有可回退的版本。"),
        87013: Meaning(_R.GIVE_UP, "撤回审核次数已达上限（每天 5 次，每月 10 次）。"),
        89402: Meaning(_R.GIVE_UP, "该版本不在待审核队列中。"),
        89404: Meaning(_R.GIVE_UP, "该审核已加急。"),
        89405: Meaning(_R.GIVE_UP, "本月加急次数已用完。"),
    }
)
# A number that means something else where it begins with another path.
ELSEWHERE: Mapping[tuple[str, int], Meaning] = MappingProxyType(
    {("cgi-bin/component", 61010): Meaning(_R.NEW_CODE, "授权码已过期，请重新授权。")}
)
UNKNOWN = Meaning(Remedy.GIVE_UP, "微信返回了未知错误。", alert=True)
TOKEN_CODES = frozenset(code for code, meaning in MEANINGS.items() if meaning.remedy is Remedy.RENEW_TOKEN)
RID = re.compile(r"rid:\s*([0-9a-fA-F]+(?:-[0-9a-fA-F]+)*)")


def meaning_of(errcode: int, path: str) -> Meaning:
    """What an errcode means as the answer of a call."""
    return ELSEWHERE.get((path.rpartition("/")[0], errcode)) or MEANINGS.get(errcode, UNKNOWN)


class WechatError(Exception):
    """A call to WeChat that did not succeed. ``errcode`` is None when there was no readable answer."""

    fallback: ClassVar[Meaning] = UNKNOWN

    def __init__(self, errcode: int | None = None, errmsg: str = "", *, path: str = "") -> None:
        self.errcode = errcode
        self.path = path
        found = RID.search(errmsg)
        self.rid = found.group(1) if found else ""
        self.errmsg = RID.sub("", errmsg).strip()[:500]
        self.meaning = meaning_of(errcode, path) if errcode is not None else self.fallback
        super().__init__(f"{path}: {errcode} {self.errmsg}".strip())

    @property
    def remedy(self) -> Remedy:
        """What to do."""
        return self.meaning.remedy

    @property
    def message(self) -> str:
        """A Chinese sentence for people."""
        return self.meaning.message

    @property
    def alert(self) -> bool:
        """Whether somebody has to look at it."""
        return self.meaning.alert

    def refusal(self) -> ShijianError:
        """The same as an error of ours, for a face to raise to the person who waits."""
        if self.remedy is Remedy.NEXT_MINUTE:
            return TooMany(self.message, retry_after=MINUTE)
        if self.remedy in (Remedy.NEW_CODE, Remedy.GIVE_UP) and self.errcode in MEANINGS:
            return Invalid(self.message, fields={"code": [self.message]})
        return Unavailable("微信服务暂时不可用，请稍后再试。", retry_after=HOUR if self.remedy is _R.NEXT_DAY else 5)


class WechatBusy(WechatError):
    """WeChat says: later (-1, 45011, a token that it does not take, a user who has not visited lately)."""


class WechatQuota(WechatError):
    """The quota of the day is used up (45009); it comes back at midnight in Shanghai."""


class WechatRefused(WechatError):
    """WeChat said no, and the same call will be refused again."""


class WechatDown(WechatError):
    """No answer, or none that can be read. ``maybe_done``: the call may have taken effect all the same."""

    fallback = Meaning(Remedy.BACK_OFF, "暂时连接不上微信服务，请稍后再试。")

    def __init__(self, errmsg: str, *, path: str = "", maybe_done: bool) -> None:
        super().__init__(None, errmsg, path=path)
        self.maybe_done = maybe_done


def error_for(errcode: int, errmsg: str, path: str) -> WechatError:
    """The exception for an errcode other than 0."""
    remedy = meaning_of(errcode, path).remedy
    if remedy is Remedy.NEXT_DAY:
        return WechatQuota(errcode, errmsg, path=path)
    if remedy in (Remedy.BACK_OFF, Remedy.NEXT_MINUTE, Remedy.RENEW_TOKEN):
        return WechatBusy(errcode, errmsg, path=path)
    return WechatRefused(errcode, errmsg, path=path)
