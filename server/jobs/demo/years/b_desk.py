"""Year B at the desk: patrols, consulting, security notices; no clock runs, since the contract names no response time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from server.domain import tickets
from server.domain.calendar import CycleKind, cycles_touched
from server.domain.tickets import AskerKind, Channel, ConsultKind, Kind, Scope, Severity
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.routine import month_of
from server.jobs.demo.years.script import Story, at
from server.jobs.demo.years.service_records import closed
from server.jobs.demo.years.words import DATA_EXCHANGE

A_MONTH = 15
STARTS, LAST_ROUTINE = date(2025, 7, 7), date(2026, 6, 30)
CHANNELS = (
    Channel.PATROL,
    Channel.PATROL,
    Channel.PHONE,
    Channel.ZHEZHENGDING,
    Channel.ZHEZHENGDING,
    Channel.QQ,
    Channel.WECHAT,
    Channel.EMAIL,
)


def stories(year: Year) -> Iterator[Story]:
    """Everything at the desk."""
    for cycle in cycles_touched(CycleKind.MONTH, STARTS, LAST_ROUTINE):
        first = max(cycle.starts_on, STARTS)
        yield from month_of(year, first, cycle.ends_on, many=A_MONTH, matters=DATA_EXCHANGE, channels=CHANNELS)
    yield from (_failure(year), _consulting(year), _wrong_list(year), _new_table(year))


def _failure(year: Year) -> Story:
    """A technical failure of the vendor's (B30); the order to rectify it is told among the money's stories."""
    yield at(2025, 9, 12, 8, 40)
    ticket_id = tickets.open(
        year.handler,
        kind=Kind.FAULT,
        title="连续三天上报数据缺失",
        text="数据局反馈 9 月 9 日至 11 日主体信息没有上报，市级统计断档。",
        channel=Channel.ZHEZHENGDING,
        severity=Severity.MAJOR,
        business_stopped=True,
        contract_id=year.contract_id,
    ).id
    year.named["failure"] = ticket_id
    yield at(2025, 9, 12, 9, 0)
    tickets.respond(year.maintainer, ticket_id, text="已确认，调度配置被误改，正在补报。")
    tickets.start(year.maintainer, ticket_id)
    yield at(2025, 10, 21, 11, 0)
    tickets.resolve(
        year.maintainer, ticket_id, text="三天数据已补报并逐表核对，调度配置改为双人复核。", cause="乙方误改调度配置"
    )
    yield at(2025, 10, 22, 9, 0)
    closed(year, ticket_id)


def _consulting(year: Year) -> Story:
    """Consulting for the public on a system that the province built (B15)."""
    yield at(2025, 11, 18, 14, 0)
    ticket_id = tickets.open(
        year.maintainer,
        kind=Kind.CONSULTATION,
        title="经营范围勾选哪一项",
        text="开一家宠物寄养店，网上登记时经营范围应该勾选哪一项？",
        channel=Channel.WECHAT,
        contract_id=year.contract_id,
        asker_kind=AskerKind.PUBLIC,
        consult_kind=ConsultKind.BUSINESS,
        consulted_system="全程电子化登记",
    ).id
    year.named["consulting"] = ticket_id
    yield at(2025, 11, 18, 14, 20)
    tickets.respond(year.maintainer, ticket_id, text="请勾选“宠物服务（不含动物诊疗）”。")
    yield at(2025, 11, 18, 14, 30)
    tickets.resolve(year.maintainer, ticket_id, text="已答复并发送填报截图。", cause="")
    yield at(2025, 11, 19, 9, 0)
    closed(year, ticket_id)


def _wrong_list(year: Year) -> Story:
    """A fault of the province's software: it goes on as a feedback sheet (B17), told among the referrals."""
    yield at(2026, 1, 13, 10, 10)
    ticket_id = tickets.open(
        year.handler,
        kind=Kind.BUG,
        title="省系统导出名单缺少注销日期",
        text="登记系统导出注销企业名单，注销日期一列全是空的。",
        channel=Channel.PHONE,
        contract_id=year.contract_id,
        asker_kind=AskerKind.BUREAU,
    ).id
    year.named["wrong_list"] = ticket_id
    yield at(2026, 1, 13, 10, 40)
    tickets.respond(year.maintainer, ticket_id, text="已复现，属省系统导出功能问题，填写反馈单。")
    yield at(2026, 1, 27, 15, 0)
    tickets.resolve(year.maintainer, ticket_id, text="省项目组已修复，重新导出正常。", cause="省系统导出模板缺列")
    yield at(2026, 1, 28, 9, 0)
    closed(year, ticket_id)


def _new_table(year: Year) -> Story:
    """A change of requirement: to the bureau, and on to the province (B18); inside the contract as both confirm."""
    yield at(2026, 3, 3, 9, 30)
    ticket_id = tickets.open(
        year.handler,
        kind=Kind.REQUIREMENT,
        title="增加歇业备案信息下发",
        text="希望省里把歇业备案信息表纳入每日下发。",
        channel=Channel.EMAIL,
        contract_id=year.contract_id,
        asker_kind=AskerKind.BUREAU,
    ).id
    year.named["new_table"] = ticket_id
    yield at(2026, 3, 3, 10, 30)
    tickets.respond(year.manager, ticket_id, text="已收到，需报省级确认数据源。")
    yield at(2026, 3, 4, 9, 0)
    tickets.propose_scope(year.manager, ticket_id, scope=Scope.INSIDE, reason="任务清单随业务调整，属合同内容。")
    yield at(2026, 3, 4, 15, 0)
    tickets.confirm_scope(year.administrator, ticket_id, agreed=True, reason="同意。")
    yield at(2026, 3, 5, 9, 0)
    tickets.start(year.maintainer, ticket_id)
    yield at(2026, 4, 20, 16, 0)
    tickets.resolve(year.maintainer, ticket_id, text="省级已开通下发，目录与巡检清单同步更新。", cause="")
    yield at(2026, 4, 21, 9, 0)
    closed(year, ticket_id)
