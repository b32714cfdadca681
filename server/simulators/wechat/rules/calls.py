"""The log of calls that came in, by which tests see what the service really asked."""

import random
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.errors import WxError

KEPT = 10_000
RID_SECONDS = 7 * 86400


@dataclass(slots=True)
class Call:
    """One request and its answer; ``answer`` is JSON, or a note in words for bytes and faults."""

    rid: str
    at: float
    method: str
    path: str
    query: dict[str, str]
    body: Any
    token: str | None
    client: str
    status: int = 0
    answer: Any = None
    fault: str | None = None


class Calls:
    """The last ten thousand calls."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._kept: deque[Call] = deque(maxlen=KEPT)

    def new_rid(self) -> str:
        """Three times eight hex digits, the first being the time."""
        return f"{self._clock.stamp():08x}-{self._rng.getrandbits(32):08x}-{self._rng.getrandbits(32):08x}"

    def add(self, call: Call) -> None:
        """Remember; the oldest falls out."""
        self._kept.append(call)

    def matching(self, *, path: str | None = None, method: str | None = None) -> list[dict[str, Any]]:
        """Oldest first, of one path or method if asked."""
        return [
            asdict(call) for call in self._kept if path in {None, call.path} and method in {None, call.method.upper()}
        ]

    def of_rid(self, rid: str) -> Call:
        """76001 unknown, 76003 after seven days."""
        call = next((call for call in self._kept if call.rid == rid), None)
        if call is None:
            raise WxError(76001)
        if self._clock.now() - call.at > RID_SECONDS:
            raise WxError(76003)
        return call

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
