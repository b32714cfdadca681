"""Year A at the desk: the dated tickets of the calendar's rules, two outages on site, two reports of one fault."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.domain import tickets
from server.domain.calendar import CycleKind, cycles_touched
from server.domain.tickets import AskerKind, Channel, Kind, Scope, Severity
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.routine import month_of
from server.jobs.demo.years.script import Story, at
from server.jobs.demo.years.service_records import closed
from server.jobs.demo.years.words import MINI_PROGRAM

A_MONTH = 20
# Nothing new comes so late that it could not be closed before the term ends.
LAST_ROUTINE = date(2026, 3, 26)
CHANNELS = (
    Channel.MINI_PROGRAM,
    Channel.MINI_PROGRAM,
    Channel.PHONE,
    Channel.PHONE,
    Channel.WECHAT,
    Channel.QQ,
    Channel.ZHEZHENGDING,
    Channel.EMAIL,
    Channel.VISIT,
    Channel.INSPECTION,
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A ticket whose moment matters: when it came, when it was answered."""

    name: str
    received_at: datetime
    answered_at: datetime
    title: str
    text: str


DATED = (
    Dated(
        "wednesday",
        at(2025, 3, 12, 9, 20),
        at(2025, 3, 12, 9, 55),
        "预约页提交后没有提示",
        "点提交后页面不动，也不知道约上没有。",
    ),
    Dated(
        "saturday",
        at(2025, 3, 15, 10),
        at(2025, 3, 15, 13, 59),
        "周末查不到网点营业时间",
        "周六想去办事，网点页没有营业时间。",
    ),
    Dated("labour_day", at(2025, 5, 5, 10), at(2025, 5, 5, 13, 10), "假期预约按钮是灰的", "放假期间预约按钮点不了。"),
    Dated(
        "worked_sunday",
        at(2025, 9, 28, 9, 12),
        at(2025, 9, 28, 11, 12),
        "调休日预约显示休息",
        "今天调休上班，小程序却显示休息日。",
    ),
    Dated("holiday_night", at(2025, 10, 8, 22, 30), at(2025, 10, 9, 2, 10), "夜里登录失败", "登录一直提示网络异常。"),
    Dated(
        "friday_night", at(2025, 10, 10, 23, 30), at(2025, 10, 11, 1, 40), "订阅提醒点了报错", "订阅年报提醒提示失败。"
    ),
    Dated(
        "worked_saturday",
        at(2025, 10, 11, 16, 40),
        at(2025, 10, 11, 19, 10),
        "办件进度停在昨天",
        "今天窗口已办结，进度还是昨天的。",
    ),
    Dated(
        "worked_sunday_night",
        at(2026, 1, 4, 23, 10),
        at(2026, 1, 5, 0, 40),
        "年份切换后列表为空",
        "到了新年，历年办件列表空了。",
    ),
    Dated(
        "before_festival",
        at(2026, 2, 15, 8),
        at(2026, 2, 15, 11, 30),
        "春节网点安排没更新",
        "想知道节前最后一天几点关门。",
    ),
)


def stories(year: Year) -> Iterator[Story]:
    """Everything at the desk that is not somebody else's story."""
    for cycle in cycles_touched(CycleKind.MONTH, date(2025, 3, 4), LAST_ROUTINE):
        first, last = max(cycle.starts_on, date(2025, 3, 4)), min(cycle.ends_on, LAST_ROUTINE)
        yield from month_of(year, first, last, many=A_MONTH, matters=MINI_PROGRAM, channels=CHANNELS)
    yield from (_dated(year, each) for each in DATED)
    yield from (_outage(year), _night_outage(year), _twice_reported(year), _requirement(year))


def _dated(year: Year, dated: Dated) -> Story:
    yield dated.received_at
    ticket = tickets.open(
        year.handler,
        kind=Kind.FAULT,
        title=dated.title,
        text=dated.text,
        channel=Channel.PHONE,
        contract_id=year.contract_id,
        contact_name="值班电话来电人",
        contact_phone="13800000000",
    )
    year.named[dated.name] = ticket.id
    yield dated.answered_at
    tickets.respond(year.maintainer, ticket.id, text="已收到，马上查看。")
    yield dated.answered_at + timedelta(minutes=20)
    tickets.start(year.maintainer, ticket.id)
    yield dated.answered_at + timedelta(hours=5)
    tickets.resolve(year.maintainer, ticket.id, text="已处理，请重新打开小程序查看。", cause="日历数据未及时更新")
    yield dated.answered_at + timedelta(hours=30)
    closed(year, ticket.id)


def _outage(year: Year) -> Story:
    """A11 as written: notice, dispatch, arrival signed, analysed together, the bureau's consent, and then the repair."""
    yield at(2025, 8, 19, 8, 35)
    ticket_id = tickets.open(
        year.handler,
        kind=Kind.FAULT,
        title="全部办事页面打不开，窗口停办",
        text="窗口和群众的手机都打不开办事页面，业务停办。",
        channel=Channel.PHONE,
        severity=Severity.MAJOR,
        business_stopped=True,
        contract_id=year.contract_id,
        contact_name="政务大厅 2 号窗口",
        contact_phone="13900000000",
    ).id
    year.named["outage"] = ticket_id
    yield at(2025, 8, 19, 8, 41)
    tickets.respond(year.manager, ticket_id, text="已派员前往，同步远程排查。")
    tickets.assign(year.manager, ticket_id, assignee_id=year.maintainer.id, note="现场处理")
    yield at(2025, 8, 19, 8, 50)
    tickets.dispatch(year.manager, ticket_id, who="唐川")
    yield at(2025, 8, 19, 14, 10)
    tickets.sign_arrival(year.handler, ticket_id, who="唐川")
    yield at(2025, 8, 19, 15, 0)
    tickets.analyse(
        year.maintainer, ticket_id, text="数据库连接数耗尽：夜间批量任务未释放连接，双方查看日志后一致认定。"
    )
    yield at(2025, 8, 19, 15, 20)
    tickets.ask_consent(
        year.maintainer, ticket_id, proposal="停批量任务、重启应用、把连接上限提高一倍，预计中断 10 分钟。"
    )
    yield at(2025, 8, 19, 15, 35)
    tickets.consent(year.administrator, ticket_id, agreed=True, text="同意，先在大厅公告。")
    yield at(2025, 8, 19, 15, 40)
    tickets.start(year.maintainer, ticket_id)
    yield at(2025, 8, 19, 17, 5)
    tickets.resolve(
        year.maintainer, ticket_id, text="全部页面已恢复，批量任务改为分批。", cause="乙方批量任务未释放数据库连接"
    )
    yield at(2025, 8, 20, 10, 0)
    closed(year, ticket_id, note="窗口确认业务正常。")


def _night_outage(year: Year) -> Story:
    """Graded major later than it was reported: the on-site clock starts with the grading. They came too late."""
    yield at(2026, 1, 31, 22, 20)
    ticket_id = tickets.open(
        year.handler,
        kind=Kind.FAULT,
        title="夜间办件提交失败",
        text="网上提交的办件全部失败，提示系统繁忙。",
        channel=Channel.PHONE,
        severity=Severity.HIGH,
        contract_id=year.contract_id,
    ).id
    year.named["night_outage"] = ticket_id
    yield at(2026, 1, 31, 22, 31)
    tickets.respond(year.maintainer, ticket_id, text="正在查看服务器。")
    yield at(2026, 1, 31, 22, 45)
    tickets.set_severity(
        year.handler, ticket_id, severity=Severity.MAJOR, business_stopped=True, reason="业务已全部停办，请到现场。"
    )
    yield at(2026, 1, 31, 23, 30)
    tickets.dispatch(year.manager, ticket_id, who="唐川")
    yield at(2026, 2, 1, 13, 15)
    tickets.sign_arrival(year.handler, ticket_id, who="唐川")
    yield at(2026, 2, 1, 13, 40)
    tickets.analyse(year.maintainer, ticket_id, text="存储空间用尽，附件无法写入。")
    tickets.ask_consent(year.maintainer, ticket_id, proposal="清理过期的临时文件并扩容 100 GB。")
    yield at(2026, 2, 1, 13, 50)
    tickets.consent(year.administrator, ticket_id, agreed=False, text="先确认临时文件里没有未归档的材料。")
    yield at(2026, 2, 1, 14, 40)
    tickets.ask_consent(year.maintainer, ticket_id, proposal="逐一核对后只清理已归档的临时文件，并扩容 100 GB。")
    yield at(2026, 2, 1, 14, 50)
    tickets.consent(year.administrator, ticket_id, agreed=True, text="同意。")
    tickets.start(year.maintainer, ticket_id)
    yield at(2026, 2, 1, 16, 5)
    tickets.resolve(year.maintainer, ticket_id, text="已恢复提交，失败的办件已补传。", cause="乙方未按巡检建议扩容存储")
    yield at(2026, 2, 2, 9, 30)
    closed(year, ticket_id)


def _twice_reported(year: Year) -> Story:
    """One fault by telephone and by e-mail: one event is one ticket."""
    yield at(2025, 11, 4, 8, 50)
    kept = _reported(year, Channel.PHONE, "办件查询报错", "输入受理号后提示参数错误。")
    year.named["merged_into"] = kept
    yield at(2025, 11, 4, 9, 5)
    tickets.respond(year.maintainer, kept, text="已收到，正在核查。")
    yield at(2025, 11, 4, 9, 30)
    doubled = _reported(year, Channel.EMAIL, "查询受理号出错", "邮件转来：受理号查询提示参数错误，附截图说明。")
    year.named["merged"] = doubled
    yield at(2025, 11, 4, 9, 45)
    tickets.respond(year.maintainer, doubled, text="与电话反映的是同一问题，合并处理。")
    yield at(2025, 11, 4, 9, 50)
    tickets.merge(year.handler, doubled, into_id=kept)
    yield at(2025, 11, 4, 10, 0)
    tickets.start(year.maintainer, kept)
    yield at(2025, 11, 4, 15, 0)
    tickets.resolve(year.maintainer, kept, text="受理号校验规则已改，两位来电来信人均已回告。", cause="新受理号多一位")
    yield at(2025, 11, 5, 9, 0)
    closed(year, kept)


def _requirement(year: Year) -> Story:
    """New functions are both included and charged (#9): decided by both before work starts, and here it lay outside."""
    yield at(2025, 10, 21, 15, 0)
    ticket_id = tickets.open(
        year.handler,
        kind=Kind.REQUIREMENT,
        title="增加夜间应急到场服务",
        text="希望重大故障时到场时限缩短到 12 小时，含夜间和节假日。",
        channel=Channel.VISIT,
        contract_id=year.contract_id,
        asker_kind=AskerKind.BUREAU,
    ).id
    year.named["requirement"] = ticket_id
    yield at(2025, 10, 21, 16, 10)
    tickets.respond(year.manager, ticket_id, text="已收到，先判定是否在合同范围内。")
    yield at(2025, 10, 23, 10, 0)
    tickets.propose_scope(year.manager, ticket_id, scope=Scope.OUTSIDE, reason="合同约定到场 24 小时，缩短需另行约定。")
    yield at(2025, 10, 24, 9, 30)
    tickets.confirm_scope(year.administrator, ticket_id, agreed=True, reason="同意，另签补充协议。")
    yield at(2025, 11, 20, 9, 30)
    tickets.start(year.manager, ticket_id, note="补充协议第 1 号已签")
    yield at(2025, 12, 1, 9, 0)
    tickets.resolve(year.manager, ticket_id, text="自 12 月 1 日起按 12 小时到场执行。", cause="")
    yield at(2025, 12, 2, 9, 0)
    closed(year, ticket_id)


def _reported(year: Year, channel: Channel, title: str, text: str) -> uuid.UUID:
    return tickets.open(
        year.handler, kind=Kind.FAULT, title=title, text=text, channel=channel, contract_id=year.contract_id
    ).id
