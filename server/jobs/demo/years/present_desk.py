"""What is alive under the mini program's contract: papers, acceptances, material, calls, a supplement in draft, articles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from server.core import clock
from server.domain import contracts, duty, knowledge, records, tickets
from server.domain.knowledge import Audience
from server.domain.records import ItemDraft, MaterialForm
from server.domain.tickets import Channel, Kind
from server.jobs.demo.years import papers
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story
from server.jobs.demo.years.today import Today


def stories(today: Today) -> Iterator[Story]:
    """Everything but the people. Last month's summary is still to come."""
    year = today.year
    last_month = (today.day.replace(day=1) - timedelta(days=1)).replace(day=1)
    yield from papers.of_each_cycle(
        year,
        "inspection",
        handed_in=papers.before_the_end,
        late={},
        says=lambda period: f"{period}现场巡检：逐项检查，无重大隐患。",
    )
    yield from papers.of_each_cycle(
        year,
        "summary",
        handed_in=papers.after_the_end,
        late={},
        says=lambda period: f"{period}运维总结：问题、整改和下月计划。",
        missing=last_month,
    )
    yield papers.once(year, "plan", today.ago(200), "运维服务方案：范围、人员、值守、应急预案。")
    yield from (_awaiting_acceptance(today), _awaiting_receipt(today), _owed(today), _missed_call(today))
    yield from (_supplement(today), _articles(today))


def _awaiting_acceptance(today: Today) -> Story:
    """Received yesterday: the bureau has until the third natural day."""
    yield today.ago(6)
    ticket = _opened(today.year, "预约结果加短信提醒", "预约成功后希望有短信。")
    yield today.ago(1.4)
    completion = _noticed(today.year, ticket, "预约短信提醒完工")
    yield today.ago(1.2)
    records.receive(today.year.handler, completion.id, by="林晓")


def _awaiting_receipt(today: Today) -> Story:
    """Sent this morning; nobody has signed for it yet, so no clock runs."""
    yield today.ago(4)
    ticket = _opened(today.year, "网点页增加停车信息", "群众常问哪里能停车。")
    yield today.ago(0.2)
    _noticed(today.year, ticket, "网点停车信息完工")


def _owed(today: Today) -> Story:
    yield today.ago(3)
    ticket = _opened(today.year, "更新收费公示内容", "收费公示需按新文件更新。")
    yield today.ago(2.5)
    records.request_material(
        today.year.maintainer,
        contract_id=today.year.contract_id,
        ticket_id=ticket.id,
        item="收费公示新文件",
        form=MaterialForm.DOCUMENT,
        requested_on=clock.today(),
        due_on=today.day + timedelta(days=3),
        note="缺文件正文和附表。",
    )


def _missed_call(today: Today) -> Story:
    """A call of this hour that nobody took."""
    yield today.ago(0.03)
    started_at = clock.now() - timedelta(minutes=2)
    duty.log_call(
        today.year.maintainer,
        contract_id=today.year.contract_id,
        number="13600001234",
        started_at=started_at,
        answered=False,
        ended_at=started_at + timedelta(seconds=40),
    )


def _supplement(today: Today) -> Story:
    yield today.ago(5)
    contracts.draft_supplement(
        today.year.administrator,
        today.year.contract_id,
        title="增加适老化语音播报",
        reason="长辈版用户反映需要语音",
        changes={},
        amount=Decimal("3200.00"),
        scope="办事指南和公告的语音播报",
        effective_from=min(today.day + timedelta(days=20), today.ends_on),
    )


def _articles(today: Today) -> Story:
    """Two that citizens can read, one for the staff, one still being written."""
    yield today.ago(40)
    year = today.year
    for title, body, keywords in (
        ("个体户怎么注销", "带身份证和营业执照到窗口，或在网上提交**简易注销**申请。", "注销 个体户"),
        ("年报在哪里填", "在国家企业信用信息公示系统填报，每年 6 月 30 日前完成。", "年报 公示"),
    ):
        published = knowledge.draft(year.handler, title=title, body=body, audience=Audience.CITIZENS, keywords=keywords)
        knowledge.publish(year.handler, published.id)
    runbook = knowledge.draft(
        year.maintainer,
        title="证书到期前的检查步骤",
        body="到期前 30 天开始检查：域名、有效期、续期方式。",
        audience=Audience.STAFF,
        keywords="证书 到期",
        contract_id=year.contract_id,
    )
    knowledge.publish(year.maintainer, runbook.id)
    yield today.ago(1)
    knowledge.draft(
        year.maintainer,
        title="预约成功却没有短信怎么办",
        body="先看手机号是否正确，再看拦截短信。",
        audience=Audience.CITIZENS,
        keywords="预约 短信",
        contract_id=year.contract_id,
    )


def _opened(year: Year, title: str, text: str) -> tickets.Ticket:
    ticket = tickets.open(
        year.handler,
        kind=Kind.OPTIMISATION,
        title=title,
        text=text,
        channel=Channel.ZHEZHENGDING,
        contract_id=year.contract_id,
    )
    tickets.respond(year.maintainer, ticket.id, text="已收到，本周安排。")
    tickets.start(year.maintainer, ticket.id)
    return ticket


def _noticed(year: Year, ticket: tickets.Ticket, title: str) -> records.Completion:
    tickets.resolve(year.maintainer, ticket.id, text="已完成，请验收。", cause="")
    return records.notify_completion(
        year.maintainer,
        contract_id=year.contract_id,
        title=title,
        content="体验版和正式版均已更新。",
        how_to_check="在两种手机上各操作一遍。",
        items=[ItemDraft("功能符合工单要求", "按工单描述逐项操作"), ItemDraft("原有功能不受影响", "抽查常用页面")],
        ticket_id=ticket.id,
    )
