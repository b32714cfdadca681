"""The room's words, each with its Chinese name."""

from __future__ import annotations

from server.core.enums import Labelled


class Pattern(Labelled):
    """How people take turns."""

    DAILY = "daily", "每日轮换"
    WEEKLY = "weekly", "每周轮换"
    DAY_NIGHT = "day_night", "白班夜班轮换"


class CallState(Labelled):
    """What became of a call (A19)."""

    ANSWERED = "answered", "已接听"
    MISSED = "missed", "未接"
    CALLED_BACK = "called_back", "已回拨"


class CallSource(Labelled):
    """How a call came into the log."""

    TYPED = "typed", "手工登记"
    IMPORTED = "imported", "话单导入"
