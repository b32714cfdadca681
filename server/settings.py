"""Everything that differs between two installations: typed, frozen, and all faults named at once.

Each setting is one field with its variable, its default and a sentence; docs/settings.md is written from them.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from server.core.crypto import CipherName, KeyRing
from server.core.enums import Labelled

PREFIX = "SHIJIAN_"
WEAK = {"", "changeme", "secret", "password", "dev", "test", "demo"}
MIN_SECRET = 32
KEY_BYTES = 32
AES_KEY_CHARS = 43
HALF_YEAR_DAYS = 180


class Profile(Labelled):
    """What an installation is for; only ``production`` refuses weak settings."""

    PRODUCTION = "production", "生产"
    DEMO = "demo", "演示"
    DEVELOPMENT = "development", "开发"
    TEST = "test", "测试"


class QueueKind(Labelled):
    """Who runs the queued work: our own worker, or Celery on RabbitMQ."""

    EMBEDDED = "embedded", "内置"
    CELERY = "celery", "分布式"


class PasswordProfile(Labelled):
    """Whose password rules hold: 等保 (complexity and expiry) or ASVS 5.0 (length and block list)."""

    DJBH = "djbh", "等级保护"
    ASVS = "asvs", "ASVS"


class MiniProgramEnv(Labelled):
    """Which build of the mini program a message opens; WeChat's ``miniprogram_state``."""

    FORMAL = "formal", "正式版"
    TRIAL = "trial", "体验版"
    DEVELOPER = "developer", "开发版"


class PushSafety(Labelled):
    """Whether WeChat's pushes come encrypted."""

    SAFE = "safe", "安全模式"
    PLAIN = "plain", "明文模式"


class BadSettings(Exception):
    """The settings do not hold together; the message names every fault."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("配置有误 / bad settings:\n" + "\n".join(f"  - {fault}" for fault in faults))


def _setting(default: Any, doc: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"doc": doc, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One installation's settings. A secret may also come from a file: ``SHIJIAN_SECRET_KEY_FILE``."""

    profile: Profile = _setting(Profile.PRODUCTION, "What the installation is for.")
    base_url: str = _setting("http://127.0.0.1:8000", "The address under which people and WeChat reach the service.")
    bureau_name: str = _setting("市场监督管理局", "The bureau's name as the console shows it.")
    data_dir: Path = _setting(Path("var"), "Where files, the SQLite database and the limiter's counters live.")
    database_url: str = _setting("", "SQLAlchemy URL; empty means SQLite under the data directory.", secret=True)
    database_timeout_ms: int = _setting(5000, "How long a statement or a lock may wait before the answer is 503.")
    secret_key: str = _setting("", "Signs cookies and CSRF tokens; 32 characters or more.", secret=True)
    field_keys: str = _setting("", "Key ring 'id:base64,id:base64', 32 bytes each; the first one seals.", secret=True)
    index_key: str = _setting("", "Base64 of 32 bytes for blind indexes and audit seals; never changes.", secret=True)
    cipher: CipherName = _setting(CipherName.AES, "Cipher for sealed fields: aes or sm (SM4-GCM and SM3).")
    password_profile: PasswordProfile = _setting(PasswordProfile.DJBH, "Whose password rules hold.")
    two_factor_required: bool = _setting(True, "Whether every officer must set up TOTP before working.")
    session_idle_minutes: int = _setting(30, "An officer's session ends after this long without a request.")
    session_hours: int = _setting(8, "An officer's session ends after this long in any case.")
    vendor_session_hours: int = _setting(4, "The same for the vendor's people.")
    step_up_minutes: int = _setting(5, "How long a fresh password counts for dangerous actions.")
    access_token_minutes: int = _setting(120, "A citizen's access token lives this long.")
    refresh_token_days: int = _setting(30, "A citizen's refresh token lives this long.")
    trusted_proxies: int = _setting(0, "How many reverse proxies stand in front and set X-Forwarded-*.")
    metrics_token: str = _setting("", "Bearer token for /metrics and detailed health; empty shuts them.", secret=True)
    redis_url: str = _setting("", "Shared store of rate limits; empty means a file in the data directory.", secret=True)
    rate_limits: bool = _setting(True, "Whether rate limits are on; off is for load tests only.")
    queue: QueueKind = _setting(QueueKind.EMBEDDED, "Who runs the queued work.")
    amqp_url: str = _setting("", "RabbitMQ, when the queue is celery.", secret=True)
    amqp_prefix: str = _setting("shijian", "Prefix of the queues' names: one for each installation on a broker.")
    job_lease_seconds: int = _setting(60, "A worker that is silent for this long loses its job to another.")
    wechat_base_url: str = _setting("https://api.weixin.qq.com", "WeChat's API, or the simulator's address.")
    wechat_appid: str = _setting("", "The mini program's appid.")
    wechat_secret: str = _setting("", "The mini program's AppSecret.", secret=True)
    wechat_token: str = _setting("", "The token by which pushes are signed.", secret=True)
    wechat_aes_key: str = _setting("", "EncodingAESKey of pushes, 43 characters.", secret=True)
    wechat_push_safety: PushSafety = _setting(PushSafety.SAFE, "Whether WeChat's pushes come encrypted.")
    wechat_state: MiniProgramEnv = _setting(MiniProgramEnv.FORMAL, "Which build a subscribe message opens.")
    wechat_platform_appid: str = _setting("", "The third-party platform's appid; empty means that there is none.")
    wechat_platform_secret: str = _setting("", "The platform's AppSecret.", secret=True)
    wechat_platform_token: str = _setting("", "The token by which the platform's pushes are signed.", secret=True)
    wechat_platform_aes_key: str = _setting("", "EncodingAESKey of the platform's pushes, 43 characters.", secret=True)
    wechat_timeout_seconds: float = _setting(8.0, "How long a call to WeChat may take.")
    simulator_url: str = _setting("", "Where the simulator's page is, shown in the demo profile.")
    upload_max_bytes: int = _setting(10 * 1024 * 1024, "Largest uploaded file.")
    upload_max_pixels: int = _setting(25_000_000, "Largest picture, in pixels.")
    upload_daily_count: int = _setting(60, "Files that one person may upload in a day.")
    upload_daily_bytes: int = _setting(100 * 1024 * 1024, "Bytes that one person may upload in a day.")
    source_map_max_bytes: int = _setting(64 * 1024 * 1024, "Largest source map that a release's pipeline may bring.")
    media_url_minutes: int = _setting(30, "How long a picture's address given to WeChat is valid.")
    contact_retention_days: int = _setting(180, "Days after closing when a citizen's contact data are removed.")
    ofrep_rate: str = _setting("6000/minute", "How often one address may ask for flags over OFREP.")
    flag_context_days: int = _setting(7, "Days that contexts in which flags were evaluated are kept, without names.")
    flag_count_days: int = _setting(400, "Days that counts of flag evaluations are kept.")
    tally_seconds: float = _setting(5.0, "How often counts of requests are written; 0 means only when asked to.")
    tally_keys: int = _setting(5000, "Distinct rows that one counter may have in a day; the rest is counted as other.")
    log_retention_days: int = _setting(HALF_YEAR_DAYS, "Days that logs are kept; the law asks for six months.")
    log_level: str = _setting("INFO", "Level of the logs.")
    sentry_dsn: str = _setting("", "Self-hosted Sentry for our own faults; empty means off.", secret=True)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings, or raise BadSettings that names every fault."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        faults: list[str] = []
        for setting in fields(cls):
            raw = _raw(environ, setting.name, faults)
            if raw is None:
                continue
            try:
                values[setting.name] = _coerce(raw, setting.default)
            except ValueError as error:
                faults.append(f"{PREFIX}{setting.name.upper()}: {error}")
        faults += _unknown(environ, {setting.name for setting in fields(cls)})
        if not faults:
            settings = cls(**values)
            faults = settings.faults()
            if not faults:
                return settings
        raise BadSettings(faults)

    @property
    def demo(self) -> bool:
        """Whether demo accounts and data may exist here."""
        return self.profile in (Profile.DEMO, Profile.TEST)

    @property
    def secure(self) -> bool:
        """Whether the service is reached over TLS, so that cookies may insist on it."""
        return self.base_url.startswith("https://")

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'shijian.db'}"

    def key_ring(self) -> KeyRing:
        """The key ring that the settings spell."""
        keys = dict(_split_key(entry) for entry in self.field_keys.split(",") if entry.strip())
        return KeyRing(
            keys=keys, current=next(iter(keys)), index_key=base64.b64decode(self.index_key), cipher=self.cipher
        )

    def faults(self) -> list[str]:
        """Everything that is wrong with the settings as a whole, one sentence each."""
        found = self._key_faults()
        if self.log_retention_days < HALF_YEAR_DAYS:
            found.append("SHIJIAN_LOG_RETENTION_DAYS: 网络安全法要求日志留存不少于六个月 (>= 180)")
        if self.queue is QueueKind.CELERY and not self.amqp_url:
            found.append("SHIJIAN_AMQP_URL: needed when the queue is celery")
        if self.wechat_aes_key and len(self.wechat_aes_key) != AES_KEY_CHARS:
            found.append("SHIJIAN_WECHAT_AES_KEY: must have 43 characters")
        found += self._platform_faults()
        if self.profile is Profile.PRODUCTION:
            found += self._production_faults()
        return found

    def _key_faults(self) -> list[str]:
        found: list[str] = []
        if len(self.secret_key) < MIN_SECRET or self.secret_key.lower() in WEAK or len(set(self.secret_key)) < 8:  # noqa: PLR2004 - a placeholder repeats itself
            found.append("SHIJIAN_SECRET_KEY: needed, 32 random characters or more")
        try:
            ring = self.key_ring()
            if any(len(key) != KEY_BYTES for key in [*ring.keys.values(), ring.index_key]):
                found.append("SHIJIAN_FIELD_KEYS / SHIJIAN_INDEX_KEY: every key has 32 bytes")
        except (ValueError, StopIteration, binascii.Error):
            found.append("SHIJIAN_FIELD_KEYS / SHIJIAN_INDEX_KEY: needed, as 'id:base64' and base64 of 32 bytes")
        return found

    def _platform_faults(self) -> list[str]:
        """The platform is configured as a whole or not at all."""
        names = [f"wechat_platform_{part}" for part in ("appid", "secret", "token", "aes_key")]
        missing = [name for name in names if not getattr(self, name)]
        if len(missing) == len(names):
            return []
        found = [f"{PREFIX}{name.upper()}: needed, or leave out all of SHIJIAN_WECHAT_PLATFORM_*" for name in missing]
        if self.wechat_platform_aes_key and len(self.wechat_platform_aes_key) != AES_KEY_CHARS:
            found.append("SHIJIAN_WECHAT_PLATFORM_AES_KEY: must have 43 characters")
        return found

    def _production_faults(self) -> list[str]:
        found = [] if self.secure else ["SHIJIAN_BASE_URL: must be https in production"]
        found += [
            f"{PREFIX}{name.upper()}: needed in production"
            for name in ("wechat_appid", "wechat_secret", "wechat_token", "wechat_aes_key")
            if not getattr(self, name)
        ]
        if self.simulator_url or "127.0.0.1" in self.wechat_base_url:
            found.append("SHIJIAN_SIMULATOR_URL / SHIJIAN_WECHAT_BASE_URL: no simulator in production")
        if not self.rate_limits:
            found.append("SHIJIAN_RATE_LIMITS: cannot be off in production")
        return found


def _raw(environ: Mapping[str, str], name: str, faults: list[str]) -> str | None:
    key = PREFIX + name.upper()
    if key in environ:
        return environ[key]
    path = environ.get(f"{key}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        faults.append(f"{key}_FILE: {error.strerror}")
        return None


def _coerce(raw: str, default: Any) -> Any:
    if isinstance(default, bool):
        lowered = raw.lower()
        if lowered in ("1", "true", "yes", "on"):
            return True
        if lowered in ("0", "false", "no", "off"):
            return False
        raise ValueError("must be true or false")
    return type(default)(raw) if not isinstance(default, Path) else Path(raw)


def _unknown(environ: Mapping[str, str], names: set[str]) -> list[str]:
    known = {PREFIX + name.upper() for name in names} | {f"{PREFIX}{name.upper()}_FILE" for name in names}
    return [
        f"{key}: no such setting"
        for key in environ
        if key.startswith(PREFIX) and key not in known and not key.startswith(f"{PREFIX}TEST_")
    ]


def _split_key(entry: str) -> tuple[str, bytes]:
    key_id, separator, body = entry.strip().partition(":")
    if not separator or not key_id:
        raise ValueError("a key without an id")
    return key_id, base64.b64decode(body, validate=True)
