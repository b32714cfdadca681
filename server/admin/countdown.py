"""What is left of a clock, in words: 剩余, 超时, 达标, 超时完成, 未约定. app.js keeps the running ones going."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.admin.filters import duration

SOON = timedelta(minutes=30)


@dataclass(frozen=True)
class Countdown:
    """`tone` and `icon` never stand alone: `text` says the same. `running` ones change while the page is open."""

    text: str
    tone: str
    icon: str
    running: bool = False


def countdown(due_at: datetime | None, met_at: datetime | None, now: datetime) -> Countdown:
    """The state of one clock at `now`. No due moment means that the contract promises none."""
    if due_at is None:
        return Countdown("未约定", "gray", "clock-off")
    if met_at is not None and met_at <= due_at:
        return Countdown("达标", "green", "circle-check")
    if met_at is not None:
        return Countdown(f"超时完成 {duration(met_at - due_at)}", "red", "clock-exclamation")
    if now >= due_at:
        return Countdown(f"超时 {duration(now - due_at)}", "red", "alert-triangle", running=True)
    tone = "amber" if due_at - now <= SOON else "blue"
    return Countdown(f"剩余 {duration(due_at - now)}", tone, "clock", running=True)
