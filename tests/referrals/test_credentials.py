"""No passwords in clear (domain.md B20): which words are refused, and which talk of passwords is harmless."""

from __future__ import annotations

import pytest

from server.domain.referrals import CredentialRefused, looks_like_credentials
from server.domain.referrals.credentials import refuse_credentials

REFUSED = [
    "密码：Abc123",
    "密码是 qwerty",
    "口令为Sjjh@2025",
    "口 令：12345678",
    "密码Abc12345",
    "新密码改为 Sjjh2025",
    "账号sjjh，密码：******** 已改成 Sjjh2025；密码 Sjjh2025",
    "账号/密码：sa/Abc123",
    "用户名、密码: sjjh / sjjh123",
    "password=hunter2",
    "PWD: hunter2!",
    "passwd hunter22",
    "ｐａｓｓｗｏｒｄ：ｈｕｎｔｅｒ２",
    "jdbc:mysql://sa:Abc123@10.0.0.1:3306/sjjh",
    "redis://user:s3cret@10.1.1.1",
    "sqlplus sjjh/Abc123@prod",
    "mysql -h 10.0.0.1 -uroot -pAbc123 sjjh",
    "create user sjjh identified by Abc123",
    "access_key: AKIA1234567890",
    "token=eyJhbGciOi",
    "密钥：0f1e2d3c4b5a",
    "连不上时用 Qwe!2345rt 试试",
]
HARMLESS = [
    "",
    "密码由市数据局运维处保管，凭函件领取。",
    "密码已重置，请联系保管人。",
    "密码：******",
    "口令：见保险柜",
    "密码过期，对方已延长 90 天。",
    "请勿在此填写密码或口令",
    "账号 sjjh，口令向数据局领取",
    "登录后提示“用户名或密码错误”",
    "前置库 10.0.0.1:1521/ORCL 表 T_SCZT_SCZTJBXX 14 张",
    "https://zjzwfw.example.gov.cn/Portal?id=1#Top",
    "联系 Li.Ming2@data.example.gov.cn",
    "版本 v1.4.2-RC1，构建 2025.07.07",
    "password policy was discussed",
    "token 机制由省里统一",
    "数据量 1,234,567 行，耗时 3h20m",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused_b20(text: str) -> None:
    assert looks_like_credentials(text)
    with pytest.raises(CredentialRefused) as refused:
        refuse_credentials(text, "note")
    assert list(refused.value.fields) == ["note"]
    assert text not in refused.value.text


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_b20(text: str) -> None:
    assert not looks_like_credentials(text)


def test_hostile_lengths_are_read_quickly() -> None:
    for text in ("密码" * 2500, "a/" * 2500, "mysql -p" * 600, "A1a" * 1600, "://:" * 1200, "账号/密码" * 1000):
        looks_like_credentials(text)
