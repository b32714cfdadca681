"""WeChat users as this mini program sees them, and the codes they hand to it."""

import base64
import hashlib
import hmac
import random
from dataclasses import dataclass, field
from typing import Any

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.errors import WxError

CODE_SECONDS = 300
VISIT_SECONDS = 7200
BLOCKED_RISK = 4


@dataclass(slots=True)
class User:
    """A person; ``risk`` 4 may not sign in, ``last_visit`` is Unix seconds or None."""

    name: str
    openid: str
    unionid: str
    phone: str
    risk: int = 0
    last_visit: float | None = None
    session_key: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the control API; the session key is shown because a test may need to sign with it."""
        return {
            "name": self.name,
            "openid": self.openid,
            "unionid": self.unionid,
            "phone": self.phone,
            "risk": self.risk,
            "last_visit": self.last_visit,
            "session_key": self.session_key,
        }


@dataclass(slots=True)
class Code:
    """A login or phone code: good once, for five minutes."""

    openid: str
    expires_at: float
    used: bool = False


class People:
    """Everybody who opened the mini program."""

    def __init__(self, appid: str, clock: Clock, rng: random.Random) -> None:
        self._appid = appid
        self._clock = clock
        self._rng = rng
        self._by_name: dict[str, User] = {}
        self._by_openid: dict[str, User] = {}
        self._login_codes: dict[str, Code] = {}
        self._phone_codes: dict[str, Code] = {}

    def create(self, name: str, *, phone: str | None = None, risk: int = 0) -> User:
        """The user of that name; created once, later calls update phone and risk."""
        user = self._by_name.get(name)
        if user is None:
            digits = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10**8
            user = User(name, self.openid_of(name), _opaque("u", name), phone or f"139{digits:08d}")
            self._by_name[name] = user
            self._by_openid[user.openid] = user
        user.phone = phone or user.phone
        user.risk = risk
        return user

    def openid_of(self, name: str) -> str:
        """Stable: the same name in the same app is the same openid in every run."""
        return _opaque("o", f"{self._appid}:{name}")

    def named(self, name: str) -> User:
        """The user, created when first named: a test should not need two calls to get a citizen."""
        return self._by_name.get(name) or self.create(name)

    def all(self) -> list[User]:
        """Everybody in order of creation."""
        return list(self._by_name.values())

    def of_openid(self, openid: object, *, foreign: int = 40003) -> User:
        """Who that is: 40003 for what is no openid, ``foreign`` for one that is not of this app."""
        if not isinstance(openid, str) or len(openid) != 28 or not openid.startswith("o"):
            raise WxError(40003)
        user = self._by_openid.get(openid)
        if user is None:
            raise WxError(foreign)
        return user

    def find_openid(self, openid: str) -> User | None:
        """The user or None."""
        return self._by_openid.get(openid)

    def visit(self, user: User) -> None:
        """The user has the mini program open now."""
        user.last_visit = self._clock.now()

    def visited_lately(self, user: User) -> bool:
        """Within two hours, which content checks ask for (wechat.md §1.5)."""
        return user.last_visit is not None and self._clock.now() - user.last_visit <= VISIT_SECONDS

    def login(self, user: User) -> str:
        """What wx.login gives: a code, and with it a new session key that replaces the old one."""
        self.visit(user)
        user.session_key = base64.b64encode(self._rng.randbytes(16)).decode()
        return self._issue(self._login_codes, user)

    def phone_code(self, user: User) -> str:
        """What the getPhoneNumber button gives."""
        self.visit(user)
        return self._issue(self._phone_codes, user)

    def redeem_login(self, code: str) -> User:
        """40029 unknown or expired, 40163 used, 40226 high-risk user."""
        held = self._login_codes.get(code)
        if held is None or held.expires_at <= self._clock.now():
            raise WxError(40029)
        if held.used:
            raise WxError(40163)
        held.used = True
        user = self._by_openid[held.openid]
        if user.risk >= BLOCKED_RISK:
            raise WxError(40226)
        return user

    def owner_of(self, code: str) -> str | None:
        """Whose login code that is, for the per-user limit; spends nothing."""
        held = self._login_codes.get(code)
        return held.openid if held else None

    def redeem_phone(self, code: str, openid: object = None) -> User:
        """40029 whenever the code is not good for that user, once."""
        held = self._phone_codes.get(code)
        if held is None or held.used or held.expires_at <= self._clock.now():
            raise WxError(40029)
        if openid is not None and openid != held.openid:
            raise WxError(40029)
        held.used = True
        return self._by_openid[held.openid]

    def check_signature(self, user: User, signature: str, message: bytes = b"") -> None:
        """87009 unless the signature is HMAC-SHA256 under the current session key."""
        wanted = hmac.new(user.session_key.encode(), message, hashlib.sha256).hexdigest()
        if not user.session_key or not hmac.compare_digest(wanted, signature):
            raise WxError(87009)

    def reset_session_key(self, user: User) -> str:
        """A new key; the old one signs no more."""
        user.session_key = base64.b64encode(self._rng.randbytes(16)).decode()
        return user.session_key

    def encryption_keys(self, user: User) -> list[dict[str, Any]]:
        """Up to three user keys, the newest first, each good for an hour."""
        now = self._clock.stamp()
        if not user.keys or user.keys[0]["create_time"] + 3600 <= now:
            version = user.keys[0]["version"] + 1 if user.keys else 1
            fresh = {
                "encrypt_key": base64.b64encode(self._rng.randbytes(16)).decode(),
                "version": version,
                "iv": self._rng.randbytes(8).hex(),
                "create_time": now,
            }
            user.keys = [fresh, *user.keys[:2]]
        return [{**key, "expire_in": max(0, key["create_time"] + 3600 - now)} for key in user.keys]

    def _issue(self, codes: dict[str, Code], user: User) -> str:
        code = "0" + self._rng.randbytes(16).hex()[:31]
        codes[code] = Code(user.openid, self._clock.now() + CODE_SECONDS)
        return code


def _opaque(prefix: str, seed: str) -> str:
    digest = hashlib.sha256(seed.encode()).digest()
    return prefix + base64.urlsafe_b64encode(digest).decode()[:27]
