"""Marks of state secrets in words, both ways: what bears one, and what only speaks of secrets."""

from __future__ import annotations

import pytest

from server.core.secrecy import mark_at_head, mark_in_name, mark_in_properties, mark_in_text

TEXTS = [
    ("秘密★", "秘密"),
    ("机密★10年", "机密"),
    ("绝密★启用前", "绝密"),
    ("000001  机密 ★ 长期  特急", "机密"),
    ("秘　密★5年", "秘密"),
    ("密级：机密", "机密"),
    ("密级: 绝密级", "绝密"),
    ("密级：秘密★10年", "秘密"),
    ("密级\n\t机密\n\t", "机密"),
    ("保密级别： 秘密，不得外传", "秘密"),
    ("密级：☑机密", "机密"),
    ("正文第一段。\n密级：秘密\n正文", "秘密"),
    ("机密*10年", "机密"),
    ("商业秘密保护办法", ""),
    ("商业秘密★10年", ""),
    ("本人签署保密承诺书", ""),
    ("秘密级以下不得上网", ""),
    ("国家秘密不得上传", ""),
    ("不得泄露个人秘密", ""),
    ("机密性要求：传输加密", ""),
    ("密级：内部", ""),
    ("密级：□绝密 □机密 □秘密", ""),
    ("密级：秘密、机密、绝密三级", ""),
    ("标有“秘密★10年”的文件不得上传", ""),
    ("密级为机密的文件另行保管", ""),
    ("密级\t持有人\n\n\t秘密的东西", ""),
    ("**机密性**", ""),
]
NAMES = [
    ("【机密】名单.xlsx", "机密"),
    ("名单（秘密）.docx", "秘密"),
    ("绝密-方案.pdf", "绝密"),
    ("方案_机密_v2.docx", "机密"),
    ("秘密★10年 通知.pdf", "秘密"),
    ("机密文件.docx", "机密"),
    ("C:\\资料\\机密.doc.pdf", "机密"),
    ("ＸＸ（机密）.pdf", "机密"),
    ("机\u200b密★.pdf", "机密"),
    ("保密承诺书.pdf", ""),
    ("商业秘密保护办法.docx", ""),
    ("国家秘密不得上传的通知.pdf", ""),
    ("机密性要求.docx", ""),
    ("秘密级以下不得.docx", ""),
    ("机密文件管理办法.docx", ""),
    ("个人秘密.txt", ""),
    ("巡检单.pdf", ""),
]


@pytest.mark.parametrize(("text", "level"), TEXTS)
def test_text(text: str, level: str) -> None:
    assert mark_in_text(text) == level


@pytest.mark.parametrize(("name", "level"), NAMES)
def test_name(name: str, level: str) -> None:
    assert mark_in_name(name) == level


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        (["机密"], "机密"),
        (["", "000001", "秘 密", "特急"], "秘密"),
        (["【绝密】"], "绝密"),
        (["机密 10年"], "机密"),
        (["秘密级"], "秘密"),
        (["一", "二", "三", "四", "五", "秘密"], ""),
        (["秘密花园"], ""),
        (["商业秘密"], ""),
        (["密级：机密"], ""),
    ],
)
def test_alone_at_the_head(lines: list[str], level: str) -> None:
    assert mark_at_head(lines) == level


@pytest.mark.parametrize(
    ("values", "level"),
    [
        (["运维", "内部; 机密"], "机密"),
        (["密级：秘密"], "秘密"),
        (["秘密"], "秘密"),
        (["商业秘密", "保密承诺书", "机密性"], ""),
    ],
)
def test_properties(values: list[str], level: str) -> None:
    assert mark_in_properties(values) == level
