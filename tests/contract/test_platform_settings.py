"""The platform's settings: all of them or none, and every fault named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import make_settings

WHOLE = {
    "wechat_platform_appid": "wxc0c0c0c0c0c0c0c0",
    "wechat_platform_secret": "s" * 32,
    "wechat_platform_token": "component-token",
    "wechat_platform_aes_key": "k" * 43,
}


def test_all_or_none_is_fine(tmp_path: Path) -> None:
    assert make_settings(tmp_path).faults() == []
    assert make_settings(tmp_path, **WHOLE).faults() == []


@pytest.mark.parametrize("name", WHOLE)
def test_one_alone_names_the_others(tmp_path: Path, name: str) -> None:
    found = make_settings(tmp_path, **{name: WHOLE[name]}).faults()
    assert [fault.split(":")[0] for fault in found] == [f"SHIJIAN_{other.upper()}" for other in WHOLE if other != name]


def test_a_key_of_another_length_is_named(tmp_path: Path) -> None:
    (fault,) = make_settings(tmp_path, **WHOLE | {"wechat_platform_aes_key": "short"}).faults()
    assert fault == "SHIJIAN_WECHAT_PLATFORM_AES_KEY: must have 43 characters"
