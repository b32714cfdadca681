"""Delivers pushes: signs, sends, tries again, and remembers each attempt."""

import random
import threading
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import requests

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.config import Config
from server.simulators.wechat.push.callback import Callback, Letter, send, write
from server.simulators.wechat.push.schedule import Schedule
from server.simulators.wechat.rules.faults import Fault, Faults

LATE_SECONDS = 600.0


@dataclass(slots=True)
class Push:
    """One event on its way. States: queued, held, delivered, failed, dropped, no_callback.

    ``to`` is the address that it goes to: the mini program's own (app), or one of the platform's two: component for
    tickets and authorisations, message for what happens to a mini program that authorised it.
    """

    id: int
    event: str
    body: dict[str, Any]
    to: str = "app"
    state: str = "queued"
    fault: str | None = None
    attempts: list[dict[str, Any]] = field(default_factory=list)


class Courier:
    """The queue of pushes. A failed one is sent again up to ``push_retries`` times (wechat.md §1.6)."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        rng: random.Random,
        faults: Callable[[], Faults],
        callback: Callable[[str], Callback],
    ) -> None:
        self._config = config
        self._clock = clock
        self._rng = rng
        self._faults = faults
        self._callback = callback
        self._lock = threading.RLock()
        self._pushes: list[Push] = []
        self._held: list[Push] = []
        self._next_id = 1
        self._stopping = threading.Event()
        self.schedule = Schedule(clock)

    def push(self, body: dict[str, Any], delay: float = 0.0, *, to: str = "app") -> Push:
        """Queue an event; a fault rule for ``push:<Event>`` may spoil, hold, double or lose it."""
        name = str(body.get("Event") or body.get("InfoType") or body.get("MsgType", ""))
        with self._lock:
            fault = self._faults().strike(f"push:{name}", {}, body, str(body))
            push = Push(self._next_id, name, deepcopy(body), to, fault=fault.effect if fault else None)
            self._next_id += 1
            self._pushes.append(push)
            self._route(push, fault, delay)
        return push

    def all(self) -> list[dict[str, Any]]:
        """Every push with its attempts, oldest first."""
        with self._lock:
            return [asdict(push) for push in self._pushes]

    def drain(self, *, late: bool = False, timeout: float = 30.0) -> bool:
        """Let go what is held for reordering, then wait for the queue."""
        with self._lock:
            self._release()
        return self.schedule.drain(late=late, timeout=timeout)

    def clear(self) -> None:
        """Forget everything that is not being sent this moment."""
        with self._lock:
            self._pushes.clear()
            self._held.clear()
        self.schedule.clear()

    def stop(self) -> None:
        """End the background thread."""
        self._stopping.set()
        self.schedule.stop()

    def _route(self, push: Push, fault: Fault | None, delay: float) -> None:
        effect = fault.effect if fault else None
        if effect == "never":
            push.state = "dropped"
        elif effect == "reorder":
            push.state = "held"
            self._held.append(push)
        else:
            options = fault.options if fault else {}
            if effect == "empty_detail":
                push.body["detail"] = []
                push.body.pop("result", None)
            if effect == "late":
                delay += float(options.get("seconds", LATE_SECONDS))
            copies = 1 + int(options.get("count", 1)) if effect == "duplicate" else 1
            skew = float(options.get("seconds", 600)) if effect == "clock_skew" else 0.0
            for _ in range(copies):
                self.schedule.put(partial(self._deliver, push, skew), delay)
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        for push in held:
            push.state = "queued"
            self.schedule.put(partial(self._deliver, push, 0.0))

    def _deliver(self, push: Push, skew: float) -> None:
        callback = self._callback(push.to)
        if not callback.url:
            push.state = "no_callback"
            return
        for attempt in range(self._config.push_retries + 1):
            if attempt and self._stopping.wait(self._config.push_retry_delay):
                return
            with self._clock.skewed(skew):
                letter = write(callback, push.body, self._clock, self._rng, fault=push.fault)
            if self._send(push, callback.url, letter):
                push.state = "delivered"
                return
        push.state = "failed"

    def _send(self, push: Push, url: str, letter: Letter) -> bool:
        began = time.monotonic()
        note: dict[str, Any] = {"at": self._clock.now(), "status": None, "answer": "", "error": None}
        good = False
        try:
            with send(
                "POST",
                url,
                params=letter.params,
                data=letter.body,
                headers={"Content-Type": letter.content_type, "User-Agent": "Mozilla/4.0"},
                timeout=self._config.push_timeout,
            ) as answer:
                note |= {"status": answer.status_code, "answer": answer.text[:500]}
                good = answer.status_code == 200 and answer.text.strip() in {"", "success"}
        except requests.RequestException as error:
            note["error"] = type(error).__name__
        note["seconds"] = round(time.monotonic() - began, 3)
        with self._lock:
            push.attempts.append(note)
        return good
