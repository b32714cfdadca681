"""What the gateway must be told: which mini program, where WeChat is, and how its pushes come."""

from __future__ import annotations

from dataclasses import dataclass, field


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
