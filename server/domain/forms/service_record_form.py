"""How the 运维服务记录单 is laid out, and an example of one (domain.md §5.1)."""

from __future__ import annotations

from server.gateways.office.layout import Column, Field, Fields, Form, SignBlock, Table

FORM = Form(
    title="运维服务记录单",
    blocks=(
        Fields(
            "service",
            (
                Field("ticket", "工单编号"),
                Field("contract", "合同编号"),
                Field("client", "客户单位"),
                Field("contact", "联系人"),
                Field("received_at", "接报时间"),
                Field("channel", "受理渠道"),
                Field("kind", "服务类别"),
                Field("severity", "严重程度"),
                Field("working_day", "接报日"),
                Field("scope", "合同范围"),
                Field("response_due", "应响应时间"),
                Field("response_at", "实际响应"),
                Field("on_site_due", "应到场时间"),
                Field("on_site_at", "实际到场"),
            ),
            label="服务请求",
        ),
        Fields(
            "work",
            (
                Field("symptom", "故障现象或需求", wide=True),
                Field("cause", "原因", wide=True),
                Field("handling", "处理过程", wide=True, lines=2),
                Field("result", "处理结果", wide=True),
                Field("left_over", "遗留问题", wide=True),
                Field("used", "使用材料和版本", wide=True),
                Field("people", "服务人员"),
                Field("hours", "工时"),
                Field("solved_at", "解决时间"),
                Field("satisfaction", "满意度"),
                Field("acceptance", "验收情况", wide=True),
            ),
            label="服务情况",
        ),
        Table(
            "on_site",
            (
                Column("at", "时间", 3),
                Column("what", "事项", 2),
                Column("who", "办理人", 2),
                Column("text", "内容", 5),
            ),
            label="现场服务",
            optional=True,
        ),
        Table(
            "remote",
            (
                Column("number", "编号", 2),
                Column("span", "起止时间", 4),
                Column("channel", "方式", 2),
                Column("who", "人员", 2),
                Column("from_where", "地点和账号", 3),
                Column("text", "目的和内容", 4),
            ),
            label="远程服务",
            numbered=False,
            optional=True,
        ),
    ),
    signs=(SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）")),
    note="本单由系统按工单记录生成，双方签字后方可结单。",
)

SAMPLE = {
    "service": {
        "ticket": "FW-2025-0012",
        "contract": "ZK-YW-2025-01",
        "client": "某某市市场监督管理局专业分局",
        "contact": "王*（138****0000）",
        "received_at": "2025年3月12日 09:20",
        "channel": "电话",
        "kind": "故障",
        "severity": "一般",
        "working_day": "工作日（星期三）",
        "scope": "合同范围内",
        "response_due": "2025年3月12日 11:20",
        "response_at": "2025年3月12日 09:55（按时）",
        "on_site_due": "不涉及",
        "on_site_at": "不涉及",
    },
    "work": {
        "symptom": "预约页提交后没有提示：点提交后页面不动，也不知道约上没有。",
        "cause": "日历数据未及时更新",
        "handling": "3月12日 09:55 响应：已收到，马上查看。\n3月12日 10:15 开始处理",
        "result": "已处理，请重新打开小程序查看。",
        "left_over": "无",
        "used": "小程序版本 1.4.2（已全量）",
        "people": "唐川",
        "hours": "1.5 小时",
        "solved_at": "2025年3月12日 14:55",
        "acceptance": "无需验收",
        "satisfaction": "5 星",
    },
    "remote": [
        {
            "number": "YC-2025-0003",
            "span": "2025年3月12日 10:15至11:40",
            "channel": "远程接入",
            "who": "唐川",
            "from_where": "公司机房堡垒机（ops-mini）",
            "text": "查看配置并在体验版验证",
        }
    ],
}
