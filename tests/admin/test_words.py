"""How the console writes moments, spans, amounts and clocks, and what a list reads from its address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from server.admin import filters
from server.admin.countdown import countdown
from server.admin.listing import Column, Listing
from server.core.enums import Labelled

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


class Colour(Labelled):
    RED = "red", "红"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (filters.local(NOW), "2026-11-20 09:30"),
        (filters.local(datetime(2026, 12, 31, 16, tzinfo=UTC)), "2027-01-01 00:00"),
        (filters.local(None), "–"),
        (filters.local_date(date(2026, 2, 3)), "2026-02-03"),
        (filters.local_date(datetime(2026, 12, 31, 16, tzinfo=UTC)), "2027-01-01"),
        (filters.local_time(NOW), "09:30"),
        (filters.ago(NOW - timedelta(seconds=59), NOW), "刚刚"),
        (filters.ago(NOW - timedelta(minutes=59), NOW), "59分钟前"),
        (filters.ago(NOW + timedelta(hours=2), NOW), "2小时后"),
        (filters.ago(NOW - timedelta(days=6), NOW), "6天前"),
        (filters.ago(NOW - timedelta(days=8), NOW), "2026-11-12"),
        (filters.duration(timedelta(hours=2, minutes=5)), "2时05分"),
        (filters.duration(-41 * 60), "41分"),
        (filters.duration(59), "59秒"),
        (filters.duration(timedelta(days=3, hours=2)), "3天2时"),
        (filters.duration(None), "–"),
        (filters.mask_phone("13812348000"), "138****8000"),
        (filters.mask_phone("12315"), "***15"),
        (filters.mask_phone(None), "–"),
        (filters.money(Decimal(28000)), "28,000.00"),
        (filters.money(Decimal("0.5")), "0.50"),
        (filters.money(None), "–"),
        (filters.filesize(0), "0 B"),
        (filters.filesize(1536), "1.5 KB"),
        (filters.filesize(3 * 1024**3), "3.0 GB"),
        (filters.label(Colour.RED), "红"),
        (filters.label(True), "是"),
        (filters.label(None), "–"),
        (filters.label("自己写的"), "自己写的"),
    ],
)
def test_words(written: str, expected: str) -> None:
    assert written == expected


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        filters.local(datetime(2026, 11, 20))


@pytest.mark.parametrize(
    ("due", "met", "text", "tone", "running"),
    [
        (None, None, "未约定", "gray", False),
        (None, -5, "未约定", "gray", False),
        (41, None, "剩余 41分", "blue", True),
        (30, None, "剩余 30分", "amber", True),
        (0, None, "超时 0秒", "red", True),
        (-125, None, "超时 2时05分", "red", True),
        (-10, -30, "达标", "green", False),
        (-10, -10, "达标", "green", False),
        (-30, -10, "超时完成 20分", "red", False),
    ],
)
def test_a_clock(due: int | None, met: int | None, text: str, tone: str, running: bool) -> None:
    due_at, met_at = (None if each is None else NOW + timedelta(minutes=each) for each in (due, met))
    left = countdown(due_at, met_at, NOW)
    assert (left.text, left.tone, left.running) == (text, tone, running)


COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "标题", sort="title"),
    Column("state", "状态"),
    Column("channel", "渠道", shown=False),
)


def listing(*arguments: tuple[str, str], **changed: Any) -> Listing:
    return Listing("tickets", COLUMNS, MultiDict(arguments), **{"default_sort": "-number", **changed})


def test_an_empty_address_gives_the_defaults() -> None:
    plain = listing()
    assert (plain.sort_key, plain.descending, plain.page, plain.per_page) == ("number", True, 1, 20)
    assert [column.key for column in plain.columns] == ["number", "title", "state"]
    assert plain.filters == {}
    assert plain.own_arguments == []


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("sort", "password", "-number"),
        ("sort", "-title", "-title"),
        ("page", "x", 1),
        ("page", "-3", 1),
        ("per_page", "100000", 100),
        ("per_page", "0", 1),
    ],
)
def test_what_is_not_on_offer_falls_back(name: str, value: str, found: object) -> None:
    assert getattr(listing((name, value)), name) == found


def test_columns_and_filters_come_from_the_address() -> None:
    asked = listing(("columns", "channel"), ("state", "new"), ("q", " "), ("page", "2"))
    assert [column.key for column in asked.columns] == ["number", "channel"]
    assert asked.filters == {"state": ["new"]}
    assert asked.own_arguments == [("columns", "channel")]


def test_a_second_click_turns_the_order() -> None:
    number, title, state, _ = COLUMNS
    assert [listing().order_of(each) for each in (number, title, state)] == ["descending", "none", "none"]
    assert listing().next_sort(number) == "number"
    assert listing().next_sort(title) == "title"
    assert listing(("sort", "title")).next_sort(title) == "-title"
