"""What people wrote in during the played years, and what became of it: material for the routine tickets."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.tickets import AskerKind, ConsultKind, Kind, Severity


@dataclass(frozen=True, slots=True)
class Matter:
    """One sort of ticket: what is said when it comes in, is answered and is solved."""

    kind: Kind
    title: str
    text: str
    answer: str
    solved: str
    cause: str = ""
    severity: Severity = Severity.NORMAL
    asker: AskerKind | None = None
    consult: ConsultKind | None = None
    system: str = ""


MINI_PROGRAM = (
    Matter(
        Kind.FAULT,
        "办事指南页加载很慢",
        "早上九点左右打开办事指南要等半分钟，有时直接超时。",
        "已收到，正在查看接口耗时。",
        "已给指南列表加缓存，早高峰打开时间恢复到一秒内。",
        "指南列表每次都全量查询",
    ),
    Matter(
        Kind.FAULT,
        "验证码收不到",
        "绑定手机号时点获取验证码，等了十分钟也没有短信。",
        "已联系短信通道核查，请稍后再试一次。",
        "短信通道签名过期，已续期并补发。",
        "短信签名到期",
        Severity.HIGH,
    ),
    Matter(
        Kind.BUG,
        "企业名称查询结果重复",
        "查“滨河餐饮”，同一家店出现两次，统一社会信用代码也一样。",
        "已复现，正在定位。",
        "查询结果按信用代码去重，随下一版本发布。",
        "变更前后的两条登记都被返回",
    ),
    Matter(
        Kind.BUG,
        "日期选择器选不到 31 日",
        "预约办理日期只能选到 30 日，31 日是灰的。",
        "收到，是我们的控件问题。",
        "已修正控件的月末计算，并补充测试。",
        "月末天数写成固定值",
        Severity.LOW,
    ),
    Matter(
        Kind.BUG,
        "返回上一页后筛选条件丢失",
        "在网点列表选了区县，点进详情再返回，又变成全部。",
        "已记录，安排本周修复。",
        "返回时保留筛选条件，已在体验版验证。",
        "页面重新初始化",
        Severity.LOW,
    ),
    Matter(
        Kind.CONSULTATION,
        "营业执照丢了怎么补",
        "个体户执照遗失，需要先登报吗？要带什么？",
        "不需要登报，可在政务服务网自助补领，也可以到窗口办理。",
        "已把补领步骤发给您，所需材料为身份证和补领申请。",
        asker=AskerKind.PUBLIC,
        consult=ConsultKind.BUSINESS,
        system="全程电子化登记",
    ),
    Matter(
        Kind.CONSULTATION,
        "年报什么时候截止",
        "公司去年九月成立，今年要不要报年报，最晚哪天？",
        "要报，每年 1 月 1 日至 6 月 30 日报送上一年度年报。",
        "已答复，并附年报填写指引链接。",
        asker=AskerKind.ENTERPRISE,
        consult=ConsultKind.POLICY,
        system="国家企业信用信息公示系统",
    ),
    Matter(
        Kind.CONSULTATION,
        "小程序登录后看不到我的企业",
        "法定代表人换人了，登录后企业列表是空的。",
        "请问变更登记是哪天核准的？数据每天夜里同步一次。",
        "变更数据已同步，重新登录后可以看到。",
        asker=AskerKind.ENTERPRISE,
        consult=ConsultKind.TECHNICAL,
        system="小程序",
    ),
    Matter(
        Kind.SUGGESTION,
        "希望网点列表能按距离排序",
        "办事的网点太多，能不能按离我最近排？",
        "谢谢建议，我们评估后答复您。",
        "已纳入下一版本的优化清单。",
        severity=Severity.LOW,
        asker=AskerKind.PUBLIC,
    ),
    Matter(
        Kind.OPTIMISATION,
        "办件进度页文字太密",
        "窗口同事反映进度页一屏塞了太多字，群众找不到当前环节。",
        "收到，先出一版样式给您看。",
        "当前环节放到最上面并加粗，样式经确认后已上线。",
    ),
    Matter(
        Kind.FAULT,
        "地图导航点了没反应",
        "网点详情里点导航没有反应，苹果手机。",
        "请问系统版本是多少？我们正在试。",
        "补上了位置权限说明，导航恢复。",
        "隐私接口声明缺一项",
    ),
    Matter(
        Kind.SECURITY_NOTICE,
        "第三方组件安全通报",
        "转来安全通报：所用图表组件存在跨站脚本风险，请核查版本。",
        "已收到通报，正在核对组件清单。",
        "组件升级到修复版本，已复测。",
        "组件版本过旧",
        Severity.HIGH,
    ),
)

DATA_EXCHANGE = (
    Matter(
        Kind.FAULT,
        "下发任务运行异常：变更信息",
        "日巡检发现变更信息表昨夜任务异常中断，目标表少 1 240 行。",
        "已停止后续任务，正在定位。",
        "按水位重推一次，省、市两侧数量一致。",
        "源表短时锁表，任务超时",
        Severity.HIGH,
    ),
    Matter(
        Kind.FAULT,
        "上报任务未启动：股权出质",
        "日巡检发现股权出质上报任务当天没有启动记录。",
        "收到，先手工启动。",
        "调度节点重启后任务未恢复，已补跑并加启动检查。",
        "调度节点重启后未自动恢复",
    ),
    Matter(
        Kind.FAULT,
        "食品安全三小一摊任务出错",
        "登记证有效期字段写入失败，任务报错退出。",
        "正在比对字段长度。",
        "有效期字段格式不一，增加转换后重推成功。",
        "源端日期格式变化",
    ),
    Matter(
        Kind.CONSULTATION,
        "省系统里怎么查已注销企业",
        "区局同事问，省登记系统里注销三年以上的企业查不到。",
        "注销满三年的转入历史库，请用历史查询入口。",
        "已电话演示历史查询入口。",
        asker=AskerKind.BUREAU,
        consult=ConsultKind.BUSINESS,
        system="省市场主体登记系统",
    ),
    Matter(
        Kind.CONSULTATION,
        "处罚信息多久能公示",
        "企业来电问处罚决定作出后多久公示，能不能提前信用修复。",
        "作出之日起 20 个工作日内公示；信用修复请按公示系统流程申请。",
        "已答复，并提供办事入口。",
        asker=AskerKind.ENTERPRISE,
        consult=ConsultKind.POLICY,
        system="国家企业信用信息公示系统",
    ),
    Matter(
        Kind.CONSULTATION,
        "部门要企业名单怎么申请",
        "人社部门想要本区新设企业名单，用于稳岗政策比对。",
        "需走数据申请流程，请提供用途和字段清单。",
        "已把申请表和联系人发给对方。",
        asker=AskerKind.DEPARTMENT,
        consult=ConsultKind.BUSINESS,
        system="数据共享平台",
    ),
    Matter(
        Kind.CONSULTATION,
        "网上登记上传材料报错",
        "群众反映全程电子化上传章程提示格式不支持。",
        "请转换为 PDF 后再传，单个文件不超过 20 MB。",
        "按提示转换后上传成功。",
        asker=AskerKind.PUBLIC,
        consult=ConsultKind.TECHNICAL,
        system="全程电子化登记",
    ),
    Matter(
        Kind.SECURITY_NOTICE,
        "数据库补丁安全通告",
        "转来通告：数据库存在权限绕过风险，请评估并安排升级。",
        "已收到，今天给出升级计划。",
        "从库、主库依次升级，业务未中断，已复测。",
        "数据库小版本过旧",
        Severity.HIGH,
    ),
    Matter(
        Kind.BUG,
        "月度统计里未分类行业偏多",
        "本月统计表行业“未分类”有 317 户，比上月多一倍。",
        "正在核对行业代码字典。",
        "补充 2017 版行业代码映射后剩余 21 户，已列清单。",
        "新设企业用了旧版行业代码",
    ),
    Matter(
        Kind.DATA_REQUEST,
        "申请食品经营许可台账数据",
        "食品科申请本市食品经营许可有效台账，用于年度检查计划。",
        "收到，先核对目录里的字段。",
        "数据已交付到指定库表，申请人确认数量无误。",
        asker=AskerKind.BUREAU,
        system="数据共享平台",
    ),
)
