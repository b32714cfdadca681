"""What the papers of the room look like (domain.md §5.1): labels in Chinese, room for both signatures."""

from __future__ import annotations

from server.gateways.office.layout import Align, Column, Field, Fields, Form, Prose, SignBlock, Table

BOTH = (SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）"))

INSPECTION_BLOCKS = (
    Fields(
        "facts",
        (
            Field("number", "巡检编号"),
            Field("month", "巡检月份"),
            Field("day", "巡检日期"),
            Field("place", "巡检地点"),
            Field("on_site", "是否现场"),
            Field("inspector", "巡检人"),
            Field("companion", "甲方陪同"),
            Field("verdicts", "检查结果"),
        ),
    ),
    Table(
        "hosts",
        (
            Column("title", "主机", 4),
            Column("cpu", "CPU\n平均/峰值", 3, Align.CENTRE),
            Column("memory", "内存\n平均/峰值", 3, Align.CENTRE),
            Column("disk", "磁盘\n平均/峰值", 3, Align.CENTRE),
            Column("threshold", "警戒/严重", 3, Align.CENTRE),
            Column("verdict", "结论", 2, Align.CENTRE),
            Column("remark", "说明", 3),
        ),
        label="主机资源",
        empty="本次无主机检查项",
    ),
    Table(
        "tasks",
        (
            Column("title", "交换任务", 4),
            Column("total", "总数", 1, Align.RIGHT),
            Column("normal", "正常", 1, Align.RIGHT),
            Column("abnormal", "异常", 1, Align.RIGHT),
            Column("repushed", "已补推", 1, Align.RIGHT),
            Column("verdict", "结论", 2, Align.CENTRE),
            Column("remark", "说明", 4),
        ),
        label="数据交换与比对",
        empty="本合同无数据交换任务",
    ),
    Table(
        "checks",
        (
            Column("section", "类别", 2),
            Column("title", "检查项", 3),
            Column("standard", "标准", 3),
            Column("result", "检查情况", 4),
            Column("verdict", "结论", 2, Align.CENTRE),
        ),
        label="其他检查项",
    ),
    Table(
        "findings",
        (
            Column("severity", "程度", 1, Align.CENTRE),
            Column("text", "发现的问题", 4),
            Column("advice", "整改建议", 3),
            Column("owner", "责任人", 2),
            Column("due", "期限", 2),
            Column("done", "整改情况", 3),
            Column("links", "关联工单、预案", 2),
        ),
        label="问题与整改",
        empty="本次巡检未发现问题",
    ),
    Table(
        "works",
        (
            Column("day", "日期", 2),
            Column("number", "编号", 2),
            Column("what", "维护内容", 5),
            Column("who", "人员", 2),
        ),
        label="本月运行维护日志",
        empty="本月无维护记录",
    ),
    Table(
        "plans",
        (
            Column("number", "编号", 2),
            Column("scenario", "场景", 4),
            Column("version", "版本", 1, Align.CENTRE),
            Column("owner", "负责人", 2),
            Column("drill", "下次演练", 2),
        ),
        label="应急预案",
        empty="尚未编制应急预案",
    ),
    Prose("summary", "巡检总结"),
    Prose("advice", "优化建议"),
)
INSPECTION = Form("巡检单", INSPECTION_BLOCKS, BOTH)
INSPECTION_MONTHLY = Form("巡检单（月报）", INSPECTION_BLOCKS, BOTH)

WORK = Form(
    "维护记录",
    (
        Fields(
            "facts",
            (
                Field("number", "记录编号"),
                Field("kind", "维护类别"),
                Field("started", "开始时间"),
                Field("ended", "结束时间"),
                Field("who", "维护人员"),
                Field("risk", "风险等级"),
                Field("systems", "涉及系统", wide=True),
                Field("versions", "涉及版本", wide=True),
                Field("linked", "关联事项", wide=True),
                Field("what", "维护内容", wide=True, lines=2),
                Field("why", "维护原因", wide=True, lines=2),
                Field("before", "维护前情况", wide=True, lines=2),
                Field("after", "维护后情况", wide=True, lines=2),
                Field("rollback", "回退办法", wide=True, lines=2),
            ),
        ),
        Table(
            "corrections",
            (Column("at", "时间", 3), Column("who", "更正人", 2), Column("reason", "更正原因", 6)),
            label="更正记录",
            empty="未更正",
        ),
    ),
    BOTH,
)

GUIDANCE = Form(
    "操作指导记录",
    (
        Fields(
            "facts",
            (
                Field("number", "记录编号"),
                Field("given", "指导时间"),
                Field("asker", "咨询人"),
                Field("unit", "所在部门"),
                Field("channel", "方式"),
                Field("minutes", "用时"),
                Field("who", "指导人员"),
                Field("linked", "关联事项"),
                Field("question", "问题", wide=True, lines=2),
                Field("answer", "指导内容", wide=True, lines=3),
            ),
        ),
    ),
    BOTH,
)

VISIT = Form(
    "现场服务记录",
    (
        Fields(
            "facts",
            (
                Field("number", "记录编号"),
                Field("day", "服务日期"),
                Field("place", "服务地点"),
                Field("who", "服务人员"),
                Field("host", "甲方接待人"),
                Field("ticket", "关联工单"),
                Field("dispatched", "派员时间"),
                Field("arrived", "到达时间"),
                Field("signed", "到场签认"),
                Field("left", "离开时间"),
                Field("consent", "甲方同意处置", wide=True),
                Field("reason", "服务事由", wide=True, lines=2),
                Field("work", "处理过程", wide=True, lines=3),
                Field("result", "处理结果", wide=True, lines=2),
            ),
        ),
    ),
    BOTH,
)

PLAN = Form(
    "应急预案",
    (
        Fields(
            "facts",
            (
                Field("number", "预案编号"),
                Field("version", "版本"),
                Field("scenario", "适用场景", wide=True),
                Field("owner", "负责人"),
                Field("contacts", "联系方式"),
                Field("every", "演练周期"),
                Field("next", "下次演练"),
            ),
        ),
        Prose("trigger", "启动条件"),
        Prose("steps", "处置步骤"),
        Table(
            "drills",
            (
                Column("day", "日期", 2),
                Column("form", "方式", 2),
                Column("result", "结果", 2),
                Column("lessons", "改进", 5),
            ),
            label="演练情况",
            empty="尚未演练",
        ),
    ),
    BOTH,
)

DRILL = Form(
    "应急演练记录",
    (
        Fields(
            "facts",
            (
                Field("number", "演练编号"),
                Field("plan", "应急预案"),
                Field("day", "演练日期"),
                Field("form", "演练方式"),
                Field("leader", "组织人"),
                Field("result", "演练结果"),
                Field("people", "参加人员", wide=True),
            ),
        ),
        Prose("course", "演练过程"),
        Prose("lessons", "存在问题与改进措施"),
    ),
    BOTH,
)
