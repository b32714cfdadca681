"""A form with everything, filled with ordinary and with hostile text."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageDraw

from server.gateways.office.layout import (
    Align,
    Chart,
    Column,
    Field,
    Fields,
    Filled,
    Form,
    Prose,
    SignBlock,
    Signed,
    Table,
)

HOSTILE = (
    'a<b&c #set text(red) $x$ \\ `raw` @ref *b* _i_ [x] // 注释 /* */ = 标题 <label> "引号" {{ 编号 }} {% if %} {_{ ~'
)
RARE = "㛃𬭎䶮"
URL = "https://shijian.example/verify/7KQF-2MXA-9TRD"
SIGNS = (SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）"))
FORM = Form(
    "运维服务记录单",
    (
        Fields("base", (Field("contract", "合同编号"), Field("client", "客户单位"), Field("channel", "受理渠道"))),
        Fields(
            "work",
            (Field("symptom", "故障现象", wide=True, lines=3), Field("result", "处理结果", wide=True)),
            label="处理情况",
        ),
        Table(
            "parts",
            (Column("name", "名称", 3), Column("count", "数量", 1, Align.RIGHT, number=True)),
            label="使用材料",
            least=2,
        ),
        Table("none", (Column("what", "事项"), Column("note", "说明")), label="异常与整改"),
        Chart("load", "处理用时", "分钟"),
        Chart("trend", "响应率走势", "%", lines=True),
        Prose("sum", "小结"),
    ),
    SIGNS,
    note="本单一式两份。",
)


def content(text: str = "已恢复") -> dict[str, Any]:
    """Content for the form, the text in each kind of block."""
    return {
        "base": {"contract": "JX-2026-001", "client": text, "channel": "小程序"},
        "work": {"symptom": f"第一行\n{text}", "result": text},
        "parts": [{"name": text, "count": "1,234"}, {"name": "=1+1", "count": "=2+2"}],
        "none": [],
        "load": {
            "labels": ["1月", "2月", "3月"],
            "series": [{"name": "故障", "values": [12, None, -3.5]}, {"name": "咨询", "values": [8, 19, 14]}],
        },
        "trend": {"labels": ["1日", "2日"], "series": [{"name": "响应率", "values": [90, 95]}]},
        "sum": f"{text}\n第二段",
    }


def filled(text: str = "已恢复", **more: Any) -> Filled:
    """The form, filled in."""
    told: dict[str, Any] = {
        "number": "FW-JX-2026-001-2026-0042",
        "version": 2,
        "code": "7KQF-2MXA-9TRD",
        "verify_url": URL,
        "head": ("合同：小程序运行维护服务合同", "期间：2026年3月"),
    }
    return Filled(FORM, content(text), **(told | more))


def drawing() -> bytes:
    """A drawn signature."""
    picture = Image.new("RGBA", (200, 80), (0, 0, 0, 0))
    ImageDraw.Draw(picture).line([(10, 60), (60, 10), (120, 70), (190, 20)], fill=(0, 0, 60, 255), width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def signed() -> tuple[Signed, ...]:
    """Both sides have signed."""
    return (
        Signed("vendor", "王工程师", "绍兴某某信息技术有限公司", "2026年3月6日 10:11:12", "普通电子签名", drawing()),
        Signed("bureau", "李科长", "越城区市场监督管理局", "2026年3月6日 11:00:00", "普通电子签名"),
    )
