"""What the demo's flags and segments say: documents as an officer authors them, small enough to read."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from server.domain import flags

Document = dict[str, Any]
ON_OFF = {"on": True, "off": False}
TESTERS = 8


def flag(key: str, name: str, **told: Any) -> Document:
    """A flag, a boolean one that is off unless told otherwise."""
    usual = {
        "key": key,
        "kind": "boolean",
        "name": name,
        "owner": "唐川",
        "variants": ON_OFF,
        "default": "off",
        "seed": uuid.uuid5(uuid.NAMESPACE_URL, f"shijian-demo/{key}").hex,
    }
    return usual | told


def rule(name: str, *when: Document, **serve: Any) -> Document:
    """A rule that serves one variant."""
    return {"name": name, "when": list(when), "serve": serve}


def share(percent: int) -> Document:
    """So many percent are on, always the same people."""
    return {"split": [["on", percent * 100], ["off", 10_000 - percent * 100]], "by": "targetingKey"}


def since(version: str) -> Document:
    """From a version on; who tells none is left out."""
    return {"attribute": "version", "op": "at_least", "values": [version], "missing": False}


def within(segment: str) -> Document:
    """Who belongs to a segment."""
    return {"attribute": "segment", "op": "in", "values": [segment]}


def tester(number: int) -> str:
    """The pseudonym of one of those who try things first."""
    return flags.pseudonym(f"demo-tester-{number}")


def segments() -> list[Document]:
    """Those who try things first, and those whose phones are old."""
    return [
        {
            "key": "testers",
            "name": "内测人员",
            "description": "局方和运维单位参与试用的同事",
            "any": [
                [
                    {
                        "attribute": "targetingKey",
                        "op": "in",
                        "values": sorted(tester(number) for number in range(TESTERS)),
                    }
                ]
            ],
        },
        {
            "key": "old-android",
            "name": "老旧安卓机",
            "description": "基础库低于 3.0.0 的安卓手机",
            "any": [
                [
                    {"attribute": "platform", "op": "in", "values": ["android"]},
                    {"attribute": "baseLibrary", "op": "below", "values": ["3.0.0"], "missing": False},
                ]
            ],
        },
    ]


def first_five() -> list[Document]:
    """What could be switched before there was a history."""
    return [
        flag(
            "elder-mode",
            "长辈版入口",
            description="“我的”页面显示长辈版入口，长期保留。",
            tags=["适老化"],
            permanent=True,
            default="on",
        ),
        flag(
            "notice-layout",
            "公告列表样式",
            kind="string",
            tags=["首页"],
            variants={"list": "list", "card": "card"},
            default="list",
        ),
        flag(
            "query-page-size",
            "企业查询每页条数",
            kind="number",
            tags=["查询"],
            variants={"few": 10, "more": 20},
            default="few",
        ),
        flag(
            "upload-limits",
            "上传限制",
            kind="object",
            tags=["上传"],
            variants={"usual": {"max_mb": 10, "count": 9}, "large": {"max_mb": 50, "count": 9}},
            default="usual",
        ),
        flag("office-map", "附近监管所地图", tags=["首页"], default="on"),
    ]


def window_banner(first: datetime, last: datetime) -> Document:
    """A banner that shows itself between two moments, and should be gone after."""
    spelt = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (first, last)]
    shown = {"attribute": "time", "op": "between", "values": spelt}
    return flag(
        "window-banner",
        "窗口调整横幅",
        tags=["首页"],
        expires_on=f"{last:%Y-%m-%d}",
        rules=[rule("调整期间", shown, variant="on")],
    )


def photo_compress() -> Document:
    """Photographs made smaller on the phone, for versions that can."""
    return flag("photo-compress", "证照图片压缩", tags=["上传"], rules=[rule("1.4.3 起", since("1.4.3"), variant="on")])


def page_size(document: Document) -> Document:
    """More lines for phones that can show them."""
    newer = {"attribute": "baseLibrary", "op": "at_least", "values": ["3.5.0"], "missing": False}
    return document | {"rules": [rule("较新的基础库", newer, variant="more")]}


def new_search(percent: int) -> Document:
    """The search of 1.5.0: testers always, others by share, old phones not."""
    return flag(
        "new-search",
        "新版搜索",
        description="支持拼音和信用代码的企业搜索。",
        owner="乔安",
        tags=["查询", "1.5.0"],
        rules=[
            rule("老旧安卓机不用", within("old-android"), variant="off"),
            rule("内测人员", within("testers"), variant="on"),
            {"name": "灰度", "when": [since("1.5.0")], "serve": share(percent)},
        ],
    )


def elder_font() -> Document:
    """Larger letters where the elders' version is on."""
    return flag(
        "elder-font",
        "长辈版字号可调",
        tags=["适老化", "1.5.0"],
        prerequisites=[{"flag": "elder-mode", "variants": ["on"]}],
        otherwise="off",
        rules=[rule("1.5.0 起", since("1.5.0"), variant="on")],
    )


def licence_ocr(*, android: bool = False) -> Document:
    """Licences read from a photograph: testers, later all of Android."""
    everybody = [rule("安卓", {"attribute": "platform", "op": "in", "values": ["android"]}, variant="on")]
    return flag(
        "licence-ocr",
        "营业执照拍照识别",
        owner="乔安",
        tags=["上传"],
        prerequisites=[{"flag": "photo-compress", "variants": ["on"]}],
        otherwise="off",
        rules=[rule("内测人员", within("testers"), variant="on"), *(everybody if android else [])],
    )


def rating_style() -> Document:
    """Another look of the stars."""
    return flag("rating-style", "办结评价新样式", tags=["评价"], default="on")
