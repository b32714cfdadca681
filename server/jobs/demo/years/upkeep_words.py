"""What the maintainers of the two years noted: work, guidance, visits, findings, plans."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.upkeep import DrillResult, GuidanceChannel, PlanDraft, Risk, Severity, WorkKind


@dataclass(frozen=True, slots=True)
class Chore:
    """Work that comes again."""

    kind: WorkKind
    what: str
    why: str
    after: str
    systems: str
    minutes: int
    risk: Risk = Risk.NONE
    rollback: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What an inspection found, in which month, at which item, and how many days later it was put right."""

    item: str
    text: str
    severity: Severity
    advice: str
    days: int
    note: str


A_CHORES = (
    Chore(
        WorkKind.ROUTINE,
        "清理应用服务器过期日志",
        "磁盘占用接近 70%",
        "释放 18 GB，占用降至 52%",
        "应用服务器",
        25,
    ),
    Chore(
        WorkKind.BACKUP,
        "抽查数据库备份并做恢复演练",
        "每季度验证备份可用",
        "恢复库核对 36 张表，数量一致",
        "数据库服务器",
        90,
    ),
    Chore(
        WorkKind.SECURITY,
        "更换业务域名证书",
        "证书 30 天内到期",
        "新证书生效，小程序请求正常",
        "接口网关",
        40,
        Risk.MIDDLE,
        "保留旧证书，异常时切回",
    ),
    Chore(
        WorkKind.CHANGE,
        "调整接口连接池上限",
        "高峰期连接等待",
        "等待次数由每日 40 次降为 0",
        "接口服务",
        30,
        Risk.LOW,
        "还原配置并重启",
    ),
    Chore(WorkKind.DATA, "补录办事指南字段", "局方更新了办理条件", "12 条指南已更新并复核", "后台管理", 60),
    Chore(
        WorkKind.SECURITY,
        "安装操作系统安全更新",
        "安全通报要求",
        "两台服务器更新完成，服务正常",
        "应用服务器、数据库服务器",
        75,
        Risk.MIDDLE,
        "快照回退",
    ),
)
B_CHORES = (
    Chore(
        WorkKind.DATA,
        "补推异常交换任务",
        "夜间网络抖动，2 张表未推送",
        "补推后两端数量一致",
        "数据交换平台",
        35,
    ),
    Chore(WorkKind.ROUTINE, "归档交换日志", "日志库增长过快", "归档 90 天前日志，释放 26 GB", "日志库", 45),
    Chore(
        WorkKind.CHANGE,
        "调整增量任务并发数",
        "下发窗口拥堵",
        "下发用时由 95 分钟降为 60 分钟",
        "调度服务",
        30,
        Risk.LOW,
        "恢复原并发数",
    ),
    Chore(WorkKind.BACKUP, "检查前置库备份", "每月例行", "备份完整，抽查可恢复", "前置库", 40),
)
GUIDANCE = (
    (GuidanceChannel.PHONE, "方科员", "办公室", "公告怎样置顶？", "在公告列表选择“置顶”，到期自动取消。", 8),
    (GuidanceChannel.ZHEZHENGDING, "林科", "信用监管科", "统计口径怎样导出？", "在月度统计页选择口径后点导出。", 15),
    (
        GuidanceChannel.ON_SITE,
        "孙窗口",
        "登记窗口",
        "迁入企业查不到档案怎么办？",
        "先查迁移批次，未到的按反馈单提交省局。",
        30,
    ),
    (GuidanceChannel.REMOTE, "钱科", "登记注册科", "办事指南图片上传失败", "图片超过 5 MB，已演示压缩后上传。", 20),
)
A_FINDINGS = {
    4: Found("证书有效期", "业务域名证书剩余 26 天", Severity.MAJOR, "十日内更换证书", 6, "已更换，有效期一年"),
    6: Found(
        "公告、办事指南", "3 条办事指南的联系电话已停用", Severity.MINOR, "与局方核对后更新", 5, "已更新并请局方复核"
    ),
    9: Found(
        "数据库备份",
        "恢复抽查发现一张日志表未纳入备份",
        Severity.MAJOR,
        "补充备份清单并再次抽查",
        9,
        "清单已补充，抽查恢复成功",
    ),
    11: Found(
        "错误日志",
        "登录失败次数偏多，来源集中",
        Severity.MINOR,
        "对该来源限速并观察一周",
        8,
        "已限速，登录失败恢复到平时水平",
    ),
    2: Found("系统补丁", "应用服务器有一个高危补丁未安装", Severity.CRITICAL, "维护窗口内安装", 3, "已安装并复测"),
}
B_FINDINGS = {
    8: Found(
        "前置交换服务器", "磁盘峰值 84%，超过警戒值", Severity.MAJOR, "归档日志，必要时申请扩容", 7, "归档后降至 61%"
    ),
    10: Found(
        "上报数据局",
        "一张表因字段超长被拒收",
        Severity.MINOR,
        "与数据局确认字段长度",
        10,
        "双方调整为 200 字，补推成功",
    ),
    12: Found(
        "源端与目标端", "食品许可表两端相差 126 条", Severity.MAJOR, "核对截止时间与删除同步", 6, "统一截止时间后一致"
    ),
    3: Found("调度、接口", "调度服务重启后未自动恢复", Severity.MAJOR, "增加开机自启与告警", 5, "已设置自启并验证"),
}
PLANS = (
    PlanDraft(
        scenario="数据库不可用",
        trigger="应用连续 5 分钟无法连接数据库，或主库磁盘写满。",
        steps="1. 值班人员十分钟内确认影响范围并电话通知局方。\n2. 切换到备库，核对最近一小时数据。\n"
        "3. 主库恢复后反向同步，局方确认后切回。\n4. 三个工作日内提交故障报告。",
        owner="乔安",
        contacts="值班电话见值班表",
        every_months=6,
    ),
    PlanDraft(
        scenario="网络中断或专线故障",
        trigger="与上级平台连续 15 分钟不通。",
        steps="1. 与网络管理单位确认故障点。\n2. 暂停定时任务，避免堆积重试。\n3. 恢复后按水位补推，逐表核对数量。\n4. 告知局方补推结果。",
        owner="顾远",
        contacts="网络管理单位值班室",
        every_months=12,
    ),
)
DRILLS = (
    (
        DrillResult.PARTLY,
        "按预案推演切换备库，通知、切换、核对各步计时。",
        "备库口令过期，切换多用 12 分钟；已更新并纳入月度检查。",
    ),
    (DrillResult.PASSED, "实际切换备库 40 分钟，业务无感知，切回正常。", ""),
)
