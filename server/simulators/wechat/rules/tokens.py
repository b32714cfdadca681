"""Access tokens: plain and stable ones, those of a platform; their lives, overlaps and revocation."""

import random
from dataclasses import dataclass

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.errors import WxError

LIFE_SECONDS = 7200
OVERLAP_SECONDS = 300
FORCE_GAP_SECONDS = 30
FORCE_A_DAY = 20


@dataclass(slots=True)
class Token:
    """One token; revoked ones answer 40001, outlived ones 42001."""

    value: str
    kind: str
    expires_at: float
    revoked: bool = False


class Tokens:
    """All tokens ever given out. ``stable`` and ``plain`` do not disturb each other."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._all: dict[str, Token] = {}
        self._latest: dict[str, Token] = {}
        self._forced: list[float] = []

    def plain(self) -> tuple[str, int]:
        """A new token each time; the one before works five minutes more."""
        self._outdate(self._latest.get("plain"))
        return self._issue("plain")

    def of_platform(self, kind: str) -> tuple[str, int]:
        """A component's or an authorizer's: a new one each time; the one before works five minutes more."""
        self._outdate(self._latest.get(kind))
        return self._issue(kind)

    def revoke(self, kind: str) -> None:
        """All of one kind."""
        for token in self._all.values():
            token.revoked |= token.kind == kind

    def stable(self, *, force: bool = False, overlap: bool = False) -> tuple[str, int]:
        """The current token until its last five minutes, then a new one while both work.

        ``force`` kills the old one at once (20 a day: 45009; closer than 30 s: 45011).
        ``overlap`` is the fault that hands out a second token early.
        """
        current = self._latest.get("stable")
        now = self._clock.now()
        if force:
            self._count_force(now)
            if current:
                current.revoked = True
            return self._issue("stable")
        if overlap:
            self._outdate(current)
            return self._issue("stable")
        if current and not current.revoked and current.expires_at - now > OVERLAP_SECONDS:
            return current.value, int(current.expires_at - now)
        return self._issue("stable")

    def check(self, value: str | None) -> Token:
        """41001 missing, 40014 unknown, 40001 revoked, 42001 expired."""
        if not value:
            raise WxError(41001)
        token = self._all.get(value)
        if token is None:
            raise WxError(40014)
        if token.revoked:
            raise WxError(40001)
        if token.expires_at <= self._clock.now():
            raise WxError(42001)
        return token

    def revoke_all(self) -> None:
        """What a new secret, or another system's forced refresh, does."""
        for token in self._all.values():
            token.revoked = True

    def all(self) -> list[Token]:
        """Every token, oldest first."""
        return list(self._all.values())

    def _outdate(self, token: Token | None) -> None:
        if token:
            token.expires_at = min(token.expires_at, self._clock.now() + OVERLAP_SECONDS)

    def _count_force(self, now: float) -> None:
        if self._forced and now - self._forced[-1] < FORCE_GAP_SECONDS:
            raise WxError(45011)
        self._forced = [at for at in self._forced if now - at < 86400]
        if len(self._forced) >= FORCE_A_DAY:
            raise WxError(45009)
        self._forced.append(now)

    def _issue(self, kind: str) -> tuple[str, int]:
        value = f"{self._rng.randrange(10, 99)}_{self._rng.randbytes(60).hex()}"
        token = Token(value, kind, self._clock.now() + LIFE_SECONDS)
        self._all[value] = self._latest[kind] = token
        return value, LIFE_SECONDS
