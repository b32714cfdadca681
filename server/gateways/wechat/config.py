"""What the gateway must be told: which mini program, where WeChat is, how its pushes come; and the platform, if any."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

WECHAT_PAGES = "https://mp.weixin.qq.com"
WECHAT_HOST = "api.weixin.qq.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatConfig:
    """One mini program. ``base_url`` is WeChat's API or the simulator's address; times are in seconds."""

    appid: str
    secret: str = field(repr=False)
    base_url: str = "https://api.weixin.qq.com"
    push_token: str = field(default="", repr=False)
    push_aes_key: str = field(default="", repr=False)
    push_safe: bool = True
    miniprogram_state: str = "formal"
    connect_timeout: float = 3.0
    timeout: float = 8.0

    @property
    def ready(self) -> bool:
        """Whether calls can be made at all."""
        return bool(self.appid and self.secret)

    @property
    def env_version(self) -> str:
        """The build that codes and links open: WeChat's other word for ``miniprogram_state``."""
        return {"formal": "release", "trial": "trial", "developer": "develop"}[self.miniprogram_state]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformConfig:
    """The third-party platform that acts for ``mini``; ``token`` and ``aes_key`` are those of its pushes."""

    appid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    mini: WechatConfig

    def as_caller(self) -> WechatConfig:
        """The platform as a caller of its own. Its pushes are always encrypted."""
        return replace(
            self.mini,
            appid=self.appid,
            secret=self.secret,
            push_token=self.token,
            push_aes_key=self.aes_key,
            push_safe=True,
        )

    def as_authorised(self) -> WechatConfig:
        """The platform acting for the mini program, whose own secret has no part in it."""
        return replace(self.as_caller(), appid=self.mini.appid)

    @property
    def pages(self) -> str:
        """Where the owner of a mini program is asked for the authorisation: WeChat's console, or the simulator's page."""
        here = self.mini.base_url.rstrip("/")
        return WECHAT_PAGES if urlsplit(here).hostname == WECHAT_HOST else here
