"""How the room's papers look, and what stands on the sample that a template's author sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.training.privacy import SHEET
from server.gateways.office.layout import Align, Column, Field, Fields, Form, Prose, SignBlock, Table

RECORD, PLAN = "training_record", "training_plan"
LEAST_ROWS, PAGE_ROWS = 11, 21
FREE = "0 元（上线培训，不另收费）"

SIGNS = (SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）"))

RECORD_FORM = Form(
    title="培训记录",
    blocks=(
        Fields(
            "facts",
            (
                Field("number", "培训编号"),
                Field("ground", "培训性质"),
                Field("topic", "培训主题", wide=True),
                Field("place", "地点或方式", wide=True),
                Field("planned", "计划时间", wide=True),
                Field("actual", "实际时间", wide=True),
                Field("hours", "课时（小时）"),
                Field("people", "参训人数"),
                Field("trainer", "培训人"),
                Field("cost", "培训费用"),
                Field("title", "单位及职务", wide=True),
                Field("audience", "培训对象", wide=True),
                Field("reason", "培训缘由", wide=True),
                Field("materials", "材料和附件", wide=True),
            ),
        ),
        Prose("content", "培训内容"),
        Prose("outcome", "培训情况及效果"),
        Table(
            "answers",
            (Column("question", "问卷题目", 4), Column("count", "作答", 1, Align.CENTRE), Column("result", "结果", 7)),
            "测验与反馈汇总",
            empty="未开展问卷",
        ),
    ),
    signs=SIGNS,
)

SHEET_FORM = Form(
    title="培训签到表",
    blocks=(
        Fields(
            "facts",
            (
                Field("number", "培训编号"),
                Field("trainer", "培训人"),
                Field("topic", "培训主题", wide=True),
                Field("time", "培训时间", wide=True),
                Field("place", "地点或方式"),
                Field("hours", "课时（小时）"),
            ),
        ),
        Table(
            "people",
            (
                Column("name", "姓名", 3),
                Column("unit", "单位", 5),
                Column("phone", "联系电话", 4),
                Column("at", "签到时间", 4, Align.CENTRE, by_hand=True),
                Column("way", "签到方式", 3, Align.CENTRE, by_hand=True),
                Column("sign", "签名", 4, by_hand=True),
            ),
            "参训人员",
            least=LEAST_ROWS,
        ),
        Prose("note", "说明"),
    ),
    signs=SIGNS,
)

PLAN_FORM = Form(
    title="培训计划",
    blocks=(
        Fields(
            "facts",
            (
                Field("number", "培训编号"),
                Field("ground", "培训性质"),
                Field("topic", "培训主题", wide=True),
                Field("time", "计划时间", wide=True),
                Field("place", "地点或方式", wide=True),
                Field("trainer", "培训人"),
                Field("title", "单位及职务"),
                Field("audience", "培训对象", wide=True),
                Field("reason", "培训缘由", wide=True),
                Field("cost", "培训费用", wide=True),
            ),
        ),
        Prose("content", "培训内容"),
        Prose("check", "签到与考核方式"),
    ),
    signs=SIGNS,
)

_SAMPLE_FACTS = {
    "number": "PX-2025-0003",
    "ground": "上线培训",
    "topic": "企业年报自助填报功能使用培训",
    "place": "现场：市局三楼会议室",
    "trainer": "郑一鸣",
    "title": "云桥软件有限公司 运维工程师",
    "audience": "各科室和基层所业务骨干",
    "reason": "版本 1.4.2 上线",
    "cost": FREE,
}
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    RECORD: {
        "facts": _SAMPLE_FACTS
        | {
            "planned": "2025年6月12日 14:00 至 16:00",
            "actual": "2025年6月12日 14:05 至 16:10",
            "hours": "2.0",
            "people": "18 人（手工登记 2 人）",
            "materials": "年报填报操作手册.pdf",
        },
        "content": "一、系统运行概况\n二、日常维护与常见问题\n三、功能操作演示",
        "outcome": "参训人员均能独立完成填报与核对。",
        "answers": [{"question": "培训内容是否实用", "count": "16", "result": "平均 4.8 分；5 分 13 人；4 分 3 人"}],
    },
    SHEET: {
        "facts": {name: _SAMPLE_FACTS[name] for name in ("number", "topic", "place", "trainer")}
        | {"time": "2025年6月12日 14:05 至 16:10", "hours": "2.0"},
        "people": [
            {"name": "张伟", "unit": "注册登记科", "phone": "138****8000", "at": "13:58", "way": "扫码"},
            {"name": "王秀兰", "unit": "城东市场监管所", "phone": "", "at": "14:20（迟到）", "way": "手工登记"},
        ],
        "note": "手工登记人员请在“签名”栏签字。",
    },
    PLAN: {
        "facts": _SAMPLE_FACTS | {"time": "2025年6月12日 14:00 至 16:00"},
        "content": "系统运行、日常维护、功能操作。",
        "check": "扫码签到，培训后填写问卷。",
    },
}
