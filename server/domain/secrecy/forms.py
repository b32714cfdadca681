"""How the room's papers look, and what stands on the sample that a template's author sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.gateways.office.layout import Align, Column, Field, Fields, Form, Prose, SignBlock, Table

REGISTER, PERSON, VENDOR = "secrecy_register", "secrecy_promise", "security_promise"
HANDOVER, INCIDENT = "results_handover", "security_incident"

SIGNS = (SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）"))

REGISTER_FORM = Form(
    title="涉密、敏感资料登记表",
    landscape=True,
    blocks=(
        Fields("facts", (Field("as_of", "登记截止"), Field("count", "在册情况"))),
        Table(
            "items",
            (
                Column("number", "登记编号", 6),
                Column("item", "资料名称", 8),
                Column("level", "密级", 4, Align.CENTRE),
                Column("carrier", "载体及份数", 6),
                Column("holder", "持有人", 4),
                Column("handed_on", "交接日期", 10),
                Column("purpose", "用途", 6),
                Column("due", "应还日期", 10),
                Column("end", "归还或销毁", 11, by_hand=True),
            ),
            least=3,
        ),
        Prose("note"),
    ),
    signs=SIGNS,
)


def _promise(title: str, label: str, who: str, *, seal: bool) -> Form:
    return Form(
        title=title,
        blocks=(
            Fields(
                "facts",
                (
                    Field("number", "编号"),
                    Field("version", "文本版本"),
                    Field("name", label),
                    Field("role", "岗位或职责"),
                    Field("valid", "有效期", wide=True),
                ),
            ),
            Prose("opening"),
            Prose("words"),
        ),
        signs=(SignBlock("vendor", who, seal=seal),),
    )


PERSON_FORM = _promise("保密承诺书", "承诺人", "承诺人（签字）", seal=False)
VENDOR_FORM = _promise("网络安全和数据安全承诺书", "承诺单位", "承诺单位（签字盖章）", seal=True)

HANDOVER_FORM = Form(
    title="技术成果移交清单",
    blocks=(
        Fields(
            "facts",
            (
                Field("number", "清单编号"),
                Field("delivered", "移交日期"),
                Field("title", "移交内容", wide=True),
                Field("by", "移交人"),
                Field("received", "接收情况"),
                Field("use", "其他使用", wide=True),
            ),
        ),
        Table(
            "assets",
            (
                Column("kind", "类别", 2),
                Column("name", "成果名称", 3),
                Column("version", "版本快照", 2),
                Column("file", "文件", 3),
                Column("sha256", "SHA-256 校验值", 6),
            ),
            label="移交成果",
            least=1,
        ),
        Prose("note"),
    ),
    signs=SIGNS,
)

INCIDENT_FORM = Form(
    title="网络安全事件报告",
    blocks=(
        Fields(
            "facts",
            (
                Field("number", "事件编号"),
                Field("state", "当前状态"),
                Field("title", "事件名称", wide=True),
                Field("kind", "事件类别"),
                Field("grade", "事件级别"),
                Field("found", "发现时间"),
                Field("by", "发现人"),
                Field("systems", "影响系统", wide=True),
                Field("due", "上报时限"),
                Field("reported", "上报时间"),
                Field("to", "上报单位"),
                Field("kept", "时限执行"),
                Field("rule", "时限依据", wide=True),
            ),
        ),
        Prose("symptom", "事件经过和现象"),
        Prose("impact", "影响和危害"),
        Fields(
            "persons",
            (
                Field("leak", "涉及个人信息"),
                Field("count", "涉及人数"),
                Field("kinds", "信息种类", wide=True),
                Field("told", "通知个人情况", wide=True),
            ),
            label="个人信息影响（个人信息保护法第五十七条）",
        ),
        Table(
            "steps",
            (Column("at", "时间", 4), Column("who", "人员", 2), Column("what", "处置、通知和上报", 7)),
            label="处置过程",
        ),
        Prose("cause", "原因分析"),
        Prose("measures", "已采取和拟采取的措施"),
        Prose("review", "总结和整改"),
    ),
    signs=SIGNS,
)

_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PROMISE: Mapping[str, Any] = {
    "facts": {
        "number": "CN-2026-0001",
        "version": "2026-1",
        "name": "郑一鸣",
        "role": "运维工程师",
        "valid": "自签署之日起至合同终止",
    },
    "opening": "本人参加本合同的运维服务，已了解有关保密法律法规和保密要求，现郑重承诺：",
    "words": "一、遵守保密规定。\n二、不向任何单位或个人提供接触到的资料和数据。",
}
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    REGISTER: {
        "facts": {"as_of": "2026年6月30日", "count": "登记 1 项，持有 1 项，未申报密级 0 项"},
        "items": [
            {
                "number": "MJ-2026-0001",
                "item": "前置库接口说明",
                "level": "内部",
                "carrier": "纸质 1 份",
                "holder": "郑一鸣",
                "handed_on": "2026年6月1日",
                "purpose": "接口核对",
                "due": "2026年7月1日",
                "end": "持有中",
            }
        ],
        "note": "未申报密级的资料按“内部”对待。",
    },
    PERSON: _PROMISE,
    VENDOR: {
        **_PROMISE,
        "facts": {**_PROMISE["facts"], "name": "云桥软件有限公司", "role": "运维单位"},
        "opening": "本单位承担本合同的服务，为保障网络安全和数据安全，现郑重承诺：",
    },
    HANDOVER: {
        "facts": {
            "number": "YJ-2026-0001",
            "delivered": "2026年6月30日",
            "title": "小程序 2.4.0 源代码和文档",
            "by": "吴桐",
            "received": "已接收",
            "use": "仅限履约",
        },
        "assets": [{"kind": "源代码", "name": "小程序前端", "version": "2.4.0", "file": "source.zip", "sha256": _HASH}],
        "note": "成果归甲方所有。",
    },
    INCIDENT: {
        "facts": {
            "number": "AQ-2026-0001",
            "state": "已结案",
            "title": "接口遭异常访问",
            "kind": "网络攻击",
            "grade": "较大",
            "found": "2026年6月3日 09:12",
            "by": "郑一鸣",
            "systems": "小程序接口",
            "due": "2026年6月3日 13:12",
            "reported": "2026年6月3日 11:40",
            "to": "省级网信部门",
            "kept": "在时限内",
            "rule": "发现后 4 小时内",
        },
        "symptom": "监测到异常访问。",
        "impact": "未造成业务中断。",
        "persons": {"leak": "否", "count": "", "kinds": "", "told": ""},
        "steps": [{"at": "2026年6月3日 09:20", "who": "郑一鸣", "what": "封禁来源地址。"}],
        "cause": "接口缺少频率限制。",
        "measures": "增加限流。",
        "review": "已复测。",
    },
}
