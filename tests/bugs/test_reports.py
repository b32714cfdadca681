"""Bug reports: the device is checked, the ticket is opened, doubles can be found."""

from __future__ import annotations

from typing import Any

import pytest

from server.domain import bugs, tickets
from server.domain.bugs import BadDevice
from tests.factories import citizens
from tests.factories.tickets import ticket

DEVICE = {"app_version": "1.4.1", "platform": "ios", "page": "pages/index", "model": "iPhone 15"}


def test_a_report_is_a_ticket_with_a_device(session: Any) -> None:
    made = bugs.report(citizens.actor("wang"), text="打不开", device=DEVICE)
    assert made.ticket.kind is tickets.Kind.BUG
    assert bugs.report_of(made.ticket) is made.report
    assert made.report.device == DEVICE
    assert bugs.facts_of(made.report)[0] == ("小程序版本", "1.4.1")
    assert bugs.report_of(ticket(citizens.actor("wang"))) is None


def test_doubles_from_the_same_page_are_found(session: Any) -> None:
    wang = citizens.actor("wang")
    first = bugs.report(wang, text="打不开", device=DEVICE)
    second = bugs.report(wang, text="也打不开", device=DEVICE)
    bugs.report(wang, text="别处", device=DEVICE | {"page": "pages/me"})
    bugs.report(wang, text="无设备")
    assert bugs.seen_with(second.report) == [first.ticket.id]


@pytest.mark.parametrize(
    ("device", "field"),
    [
        ({"openid": "x"}, "device.openid"),
        ({"model": 15}, "device.model"),
        ({"model": "x" * 65}, "device.model"),
        ({"app_env": "production"}, "device.app_env"),
    ],
)
def test_what_is_wrong_with_the_device_is_named(session: Any, device: dict[str, Any], field: str) -> None:
    with pytest.raises(BadDevice) as refused:
        bugs.report(citizens.actor("wang"), text="打不开", device=device)
    assert list(refused.value.fields) == [field]


def test_a_pages_query_and_empty_values_are_not_kept(session: Any) -> None:
    device = {"page": "pages/find?name=张三#x", "brand": "  ", "network": "wifi\0"}
    made = bugs.report(citizens.actor("wang"), text="打不开", device=device)
    assert made.report.device == {"page": "pages/find", "network": "wifi"}
