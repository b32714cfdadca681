"""Whatever is said, it fits the field: checked against the simulator's rules, which were written from WeChat's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.notices import fitting
from server.simulators.wechat.rules.fields import RULES, fault_of


@pytest.mark.parametrize("kind", sorted(RULES))
@settings(derandomize=True)
@given(value=st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.datetimes(timezones=st.just(UTC))))
def test_no_value_is_ever_refused(kind, value):
    fitted = fitting.fitted(f"{kind}1", value)
    assert fault_of(f"{kind}1", fitted) is None, (value, fitted)


def test_every_kind_that_wechat_has_is_known():
    assert set(fitting.RULES) == set(RULES)


@pytest.mark.parametrize(
    ("field", "value", "fitted"),
    [
        ("thing1", "首页打不开", "首页打不开"),
        ("thing1", "一" * 20, "一" * 20),
        ("thing1", "一" * 21, "一" * 19 + "…"),
        ("thing1", "第一行\n第二行\u200b", "第一行 第二行"),
        ("thing1", "😀" * 11, "😀" * 9 + "…"),
        ("thing1", "  ", "无"),
        ("character_string1", "FW-2026-0042", "FW-2026-0042"),
        ("character_string1", "编号", "-"),
        ("phrase1", "已响应", "已响应"),
        ("phrase1", "等待反馈 (内部)", "等待反馈内"),
        ("time4", datetime(2026, 11, 20, 1, 5, tzinfo=UTC), "2026-11-20 09:05"),
        ("time4", "2026年11月20日 15:01", "2026年11月20日 15:01"),
        ("date2", "2026-11-20 15:01", "2026-11-20"),
        ("number1", "共 12.5 次", "12.5"),
        ("amount1", "¥12.50元", "¥12.50元"),
        ("name1", "张三123", "张三"),
    ],
)
def test_what_a_person_reads(field, value, fitted):
    assert fitting.fitted(field, value) == fitted


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("thing1", "thing"),
        ("character_string12", "character_string"),
        ("thing", None),
        ("img1", None),
        ("1thing", None),
    ],
)
def test_the_kind_is_in_the_name(field, kind):
    assert fitting.kind_of(field) == kind
