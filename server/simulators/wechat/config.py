"""What differs between two runs of the simulator; typed, frozen, and all faults named at once."""

import base64
import binascii
import re
from dataclasses import dataclass, fields
from typing import Any, Literal, Self
from urllib.parse import urlsplit

PushMode = Literal["json", "xml"]
PushSafety = Literal["plain", "safe"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

DEFAULT_PAGES = (
    "pages/index/index",
    "pages/notices/show",
    "pages/tickets/index",
    "pages/tickets/new",
    "pages/tickets/show",
    "pages/me/index",
    "pages/training/check-in",
)


class ConfigError(ValueError):
    """The configuration cannot be run; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Config:
    """One simulated mini program and where its pushes go.

    ``callback_url`` and ``service_url`` may be empty; both must be loopback.
    ``aes_key`` is the 43-character EncodingAESKey. ``build`` is the integer that
    WeChat puts into the Referer of the live version. Durations are seconds.
    ``start_at`` starts the virtual clock at that Unix time instead of now.

    ``component_*`` is the third-party platform: ``component_url`` takes tickets and authorisation events,
    ``component_message_url`` (with ``$APPID$`` in it) the pushes of mini programs that authorised it.
    """

    appid: str = "wx5a1c0de5a1c0de00"
    secret: str = "0123456789abcdef0123456789abcdef"  # noqa: S105  # opens nothing but the simulator
    original_id: str = "gh_5a1c0de5a1c0"
    callback_url: str = ""
    token: str = "simulator-token"  # noqa: S105  # the same
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    push_mode: PushMode = "json"
    push_safety: PushSafety = "safe"
    service_url: str = ""
    seed: int = 1
    start_at: float | None = None
    ip_allow: tuple[str, ...] = ()
    pages: tuple[str, ...] = DEFAULT_PAGES
    app_version: str = "1.4.2"
    build: int = 42
    component_appid: str = "wxc0c0c0c0c0c0c0c0"
    component_secret: str = "fedcba9876543210fedcba9876543210"  # noqa: S105  # opens nothing but the simulator
    component_token: str = "component-token"  # noqa: S105  # the same
    component_aes_key: str = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
    component_url: str = ""
    component_message_url: str = ""
    unionid: bool = True
    sent_events: bool = True
    media_delay: float = 0.0
    push_timeout: float = 5.0
    push_retries: int = 3
    push_retry_delay: float = 0.0

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise ConfigError("; ".join(faults))

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """A configuration from a mapping; an unknown name is an error, not a shrug."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ConfigError(f"unknown settings: {', '.join(sorted(unknown))}")
        listed: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return cls(**listed)


def is_loopback(url: str) -> bool:
    """Whether the URL is http(s) on this machine; the simulator never speaks to anything else."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and parts.hostname in LOOPBACK


def aes_key_bytes(key: str) -> bytes:
    """The 32 bytes behind an EncodingAESKey (wechat.md §1.6)."""
    return base64.b64decode(key + "=")


def _faults(config: Config) -> list[str]:
    faults = _id_faults(config)
    if not config.secret:
        faults.append("secret is empty")
    for name in ("callback_url", "service_url", "component_url", "component_message_url"):
        url = getattr(config, name)
        if url and not is_loopback(url):
            faults.append(f"{name} must be a loopback URL")
    if config.push_mode not in {"json", "xml"}:
        faults.append("push_mode must be json or xml")
    if config.push_safety not in {"plain", "safe"}:
        faults.append("push_safety must be plain or safe")
    for name in ("aes_key", "component_aes_key"):
        faults.extend(_key_faults(name, getattr(config, name)))
    return faults


def _id_faults(config: Config) -> list[str]:
    forms = (
        ("appid", r"wx[0-9a-f]{16}", "wx and 16 hex digits"),
        ("token", r"[0-9A-Za-z-]{3,32}", "3 to 32 letters, digits or hyphens"),
    )
    return [
        f"{name} must be {words}"
        for field, form, words in forms
        for name in (field, f"component_{field}")
        if not re.fullmatch(form, getattr(config, name))
    ]


def _key_faults(name: str, key: str) -> list[str]:
    try:
        good = len(key) == 43 and len(aes_key_bytes(key)) == 32
    except (binascii.Error, ValueError):
        good = False
    return [] if good else [f"{name} must be 43 letters and digits"]
